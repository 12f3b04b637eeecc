//! The template of an adapter: the canonical definitions that its core module imports, and the
//! interfaces that it offers.

use std::collections::{HashMap, HashSet};

use wasmparser::{
    CanonicalFunction, ComponentImport, ComponentType, ComponentTypeRef, Instance, InstanceTypeDeclaration, TypeBounds,
};

use super::offered::{Offered, Tag};
use crate::Error;
use crate::component::{Arena, Component, CoreFuncId, CoreInstanceId, Def, ItemKind, TypeId, options};
use crate::hash::IdMap;

/// A component of [`adapter::template`](crate::adapter::template).
pub(crate) struct Template<'t> {
    component: Component<'t>,
    /// Where each definition stands.
    positions: IdMap<Def, usize>,
    /// The core definitions that the core module imports, by module (without version) and name.
    imports: HashMap<(&'t str, &'t str), CoreFuncId>,
    /// The resources that it defines, by interface (with version) and name: their numbers.
    tags: HashMap<(&'t str, &'t str), Tag>,
    /// The exports of the core module.
    exports: HashSet<&'t str>,
}

impl<'t> Template<'t> {
    /// The template `component` of the adapter with core module `module`.
    pub fn of(component: &'t [u8], module: &'t [u8]) -> Result<Template<'t>, Error> {
        let component = Component::decode_own(component)?;
        let positions = component.positions();
        let (exports, made) = surface(module)?;
        let (imports, tags) = (HashMap::new(), HashMap::new());
        let mut template = Template { component, positions, imports, tags, exports };
        template.find_imports();
        template.find_resources(&made);
        Ok(template)
    }

    /// The offered ones of `interfaces`, which are named without version.
    pub(super) fn offered(&self, interfaces: &HashSet<&str>, arena: &'t Arena) -> Result<Offered<'t>, Error> {
        let is_offered = |name: &str| interfaces.contains(unversioned(name));
        let reached = self
            .component
            .reached(|item| matches!(&item.kind, ItemKind::Export(export) if is_offered(export.name.name)));
        let items = self.component.items.iter().zip(reached).filter(|(_, is_reached)| *is_reached);
        let mut component = Component::new();
        component.items = items.map(|(item, _)| item.clone()).collect();
        let component = arena.bytes(component.encode().map_err(Error::unsound)?);
        Offered::of(component, &|interface, name| self.tags.get(&(interface, name)).copied())
    }

    /// The item that defines `def`.
    pub fn get(&self, def: Def) -> Option<&ItemKind<'t>> {
        self.positions.get(&def).map(|at| &self.component.items[*at].kind)
    }

    /// The definitions that item `def` refers to.
    pub fn references(&self, def: Def) -> Vec<Def> {
        self.positions.get(&def).map(|at| self.component.items[*at].references()).unwrap_or_default()
    }

    /// The core function that the core module imports under this name.
    pub fn import(&self, module: &str, name: &str) -> Option<CoreFuncId> {
        self.imports.get(&(unversioned(module), name)).copied()
    }

    /// Whether the definition that the core module imports under this name calls a realloc.
    pub fn needs_realloc(&self, module: &str, name: &str) -> bool {
        let canon = self.import(module, name).and_then(|def| self.canon(def));
        canon.is_some_and(|canon| options::realloc(options::options(canon)).is_some())
    }

    /// Whether the core module exports a function under this name.
    pub fn has_export(&self, name: &str) -> bool {
        self.exports.contains(name)
    }

    /// The canonical definition of core function `def`.
    fn canon(&self, def: CoreFuncId) -> Option<&CanonicalFunction> {
        match self.get(def.into())? {
            ItemKind::Canon(canon) => Some(canon),
            _ => None,
        }
    }

    /// The exports of core instance `instance`, if it is made of exports.
    fn bundle(&self, instance: CoreInstanceId) -> &[wasmparser::Export<'t>] {
        match self.get(instance.into()) {
            Some(ItemKind::CoreInstance(Instance::FromExports(exports))) => exports,
            _ => &[],
        }
    }

    /// The core definitions that are given to a core module.
    fn find_imports(&mut self) {
        let args = self.component.items.iter().filter_map(|item| match &item.kind {
            ItemKind::CoreInstance(Instance::Instantiate { args, .. }) => Some(&args[..]),
            _ => None,
        });
        let given = args
            .flatten()
            .flat_map(|arg| self.bundle(CoreInstanceId(arg.index)).iter().map(|export| (arg.name, export)));
        let imports = given.map(|(module, export)| ((unversioned(module), export.name), CoreFuncId(export.index)));
        self.imports = imports.collect();
    }

    /// Numbers the resources of the exported interfaces, each of which stands behind those that it
    /// uses.
    fn find_resources(&mut self, made: &Resources<'t>) {
        let mut tags = HashMap::new();
        for export in self.component.exports() {
            let interface = export.name.name;
            let declarations = self.declarations(Def::new(export.kind, export.index));
            let resources = declarations.iter().filter_map(|declaration| match declaration {
                InstanceTypeDeclaration::Export { name, ty: ComponentTypeRef::Type(TypeBounds::SubResource) } => {
                    Some((interface, name.name))
                }
                _ => None,
            });
            for resource in resources.filter(|resource| made.contains(resource)) {
                tags.insert(resource, Tag(tags.len() as u32 + 1));
            }
        }
        self.tags = tags;
    }

    /// The type of the instance that import `def` is.
    fn declarations(&self, def: Def) -> &[InstanceTypeDeclaration<'t>] {
        if let Some(ItemKind::Import(ComponentImport { ty: ComponentTypeRef::Instance(ty), .. })) = self.get(def)
            && let Some(ItemKind::Type(ComponentType::Instance(declarations))) = self.get(TypeId(*ty).into())
        {
            return declarations;
        }
        &[]
    }
}

/// Resources, by interface and name.
type Resources<'m> = HashSet<(&'m str, &'m str)>;

/// `wasi:io/poll@0.2.0` → `wasi:io/poll`
pub(super) fn unversioned(name: &str) -> &str {
    name.split('@').next().unwrap_or_default()
}

/// The exports of core module `module`, and the resources of which it makes handles, by interface
/// and name.
fn surface(module: &[u8]) -> Result<(HashSet<&str>, Resources<'_>), Error> {
    let (mut exports, mut made) = (HashSet::new(), HashSet::new());
    for payload in wasmparser::Parser::new(0).parse_all(module) {
        match payload.map_err(Error::unsound)? {
            wasmparser::Payload::ExportSection(section) => {
                for export in section {
                    exports.insert(export.map_err(Error::unsound)?.name);
                }
            }
            wasmparser::Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.map_err(Error::unsound)?;
                    let interface = import.module.strip_prefix("[export]");
                    made.extend(interface.zip(import.name.strip_prefix("[resource-new]")));
                }
            }
            _ => {}
        }
    }
    Ok((exports, made))
}
