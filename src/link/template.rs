//! What is known of an adapter: the types of its functions, and the canonical definitions that its core module imports.

use std::collections::{HashMap, HashSet};

use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentEntityType, ComponentFuncTypeId, ComponentInstanceTypeId, ResourceId,
};
use wasmparser::types::TypesRef;
use wasmparser::{CanonicalFunction, Instance, WasmFeatures};

use crate::Error;
use crate::component::{Component, Def, ItemKind, Sort, options};

/// A component of [`adapter::template`](crate::adapter::template).
pub(crate) struct Template<'t> {
    component: Component<'t>,
    /// Where each definition stands.
    positions: HashMap<Def, usize>,
    /// The core definitions that the core module imports, by module (without version) and name.
    imports: HashMap<(&'t str, &'t str), u32>,
    /// The interfaces that it exports, by name without version: with version, and the type.
    interfaces: HashMap<String, (String, ComponentInstanceTypeId)>,
    resources: HashMap<ResourceId, Resource>,
    /// What the core module exports.
    exports: HashSet<&'t str>,
}

/// A resource that the adapter defines.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    /// Its number: what marks handles of it.
    pub tag: u32,
    /// The core module's export that ends one, if it has one.
    pub destructor: String,
}

/// A function that the adapter exports.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    /// The core module's export that is lifted as this function.
    pub export: String,
    pub ty: ComponentFuncTypeId,
}

impl<'t> Template<'t> {
    /// Of the adapter with core module `module` that `component` was encoded for.
    pub fn of(component: &'t [u8], module: &'t [u8]) -> Result<Template<'t>, Error> {
        let component = Component::decode(component, WasmFeatures::all())?;
        let positions = component.positions();
        let (exports, made) = surface(module)?;
        let mut template = Template {
            component,
            positions,
            imports: HashMap::new(),
            interfaces: HashMap::new(),
            resources: HashMap::new(),
            exports,
        };
        for export in template.component.exports() {
            let name = export.name.name;
            let item = template.component.validated().component_item_for_export(name).map(|item| item.ty);
            if let Some(ComponentEntityType::Instance(id)) = item {
                template.interfaces.insert(unversioned(name).to_string(), (name.to_string(), id));
            }
        }
        template.find_imports();
        template.find_resources(&made);
        Ok(template)
    }

    pub fn types(&self) -> TypesRef<'_> {
        self.component.validated()
    }

    /// What defines `def`.
    pub fn get(&self, def: Def) -> Option<&ItemKind<'t>> {
        self.positions.get(&def).map(|at| &self.component.items[*at].kind)
    }

    /// What item `def` refers to.
    pub fn references(&self, def: Def) -> Vec<Def> {
        self.positions.get(&def).map(|at| self.component.items[*at].references()).unwrap_or_default()
    }

    /// The core function that the core module imports under this name.
    pub fn import(&self, module: &str, name: &str) -> Option<u32> {
        self.imports.get(&(unversioned(module), name)).copied()
    }

    /// Whether the definition that the core module imports under this name calls a realloc.
    pub fn needs_realloc(&self, module: &str, name: &str) -> bool {
        let canon = self.import(module, name).and_then(|def| self.canon(def));
        canon.is_some_and(|canon| options::realloc(options::options(canon)).is_some())
    }

    /// Function `name` of `interface`, which is named without version.
    pub fn function(&self, interface: &str, name: &str) -> Option<Function> {
        let (versioned, id) = self.interfaces.get(interface)?;
        match self.types()[*id].exports.get(name)?.ty {
            ComponentEntityType::Func(ty) => Some(Function { export: format!("{versioned}#{name}"), ty }),
            _ => None,
        }
    }

    /// The type `name` of `interface`.
    pub fn exported_type(&self, interface: &str, name: &str) -> Option<ComponentAnyTypeId> {
        let (_, id) = self.interfaces.get(interface)?;
        match self.types()[*id].exports.get(name)?.ty {
            ComponentEntityType::Type { referenced, .. } => Some(referenced),
            _ => None,
        }
    }

    /// Whether the core module exports a function under this name.
    pub fn has_export(&self, name: &str) -> bool {
        self.exports.contains(name)
    }

    /// The adapter's resource `id`; `None` if it is the host's.
    pub fn resource(&self, id: ResourceId) -> Option<&Resource> {
        self.resources.get(&id)
    }

    /// The canonical definition of core function `def`.
    fn canon(&self, def: u32) -> Option<&CanonicalFunction> {
        match self.get(Def::new(Sort::CoreFunc, def))? {
            ItemKind::Canon(canon) => Some(canon),
            _ => None,
        }
    }

    /// The arguments of core instance `instance`, if it is made of exports.
    fn bundle(&self, instance: u32) -> &[wasmparser::Export<'t>] {
        match self.get(Def::new(Sort::CoreInstance, instance)) {
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
        let given = args.flatten().flat_map(|arg| self.bundle(arg.index).iter().map(|export| (arg.name, export)));
        let imports = given.map(|(module, export)| ((unversioned(module), export.name), export.index));
        self.imports = imports.collect();
    }

    /// The resources of the exported interfaces, of which each stands behind those that it uses.
    fn find_resources(&mut self, made: &Resources<'_>) {
        for export in self.component.exports() {
            let interface = export.name.name;
            let Some((_, id)) = self.interfaces.get(unversioned(interface)) else { continue };
            for (name, item) in &self.component.validated()[*id].exports {
                if let ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(id), .. } = item.ty
                    && made.contains(&(interface, &name[..]))
                {
                    let destructor = format!("{interface}#[dtor]{name}");
                    let tag = self.resources.len() as u32 + 1;
                    self.resources.insert(id.resource(), Resource { tag, destructor });
                }
            }
        }
    }
}

/// Resources, by interface and name.
type Resources<'m> = HashSet<(&'m str, &'m str)>;

/// `wasi:io/poll@0.2.0` → `wasi:io/poll`
fn unversioned(name: &str) -> &str {
    name.split('@').next().unwrap_or_default()
}

/// What core module `module` exports, and the resources of which it makes handles, by interface and name.
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
