//! The adapter as a component that offers all it can: the types of its functions, and the canonical definitions that its
//! core module imports.

use std::collections::{HashMap, HashSet};

use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentEntityType, ComponentFuncTypeId, ComponentInstanceTypeId, ResourceId,
};
use wasmparser::types::TypesRef;
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentType, ExternalKind, Instance, InstantiationArg,
};

use crate::Error;
use crate::component::{Component, Def, ItemKind, Sort};

/// An adapter of a kind that `wit-component` encodes.
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
    /// The adapter that `component` is, with core module `module`.
    pub fn of(component: Component<'t>, module: &'t [u8]) -> Result<Template<'t>, Error> {
        let positions = component.positions();
        let mut template = Template {
            component,
            positions,
            imports: HashMap::new(),
            interfaces: HashMap::new(),
            resources: HashMap::new(),
            exports: exports(module)?,
        };
        for export in template.component.exports() {
            let name = export.name.name;
            let item = template.component.validated().component_item_for_export(name).map(|item| item.ty);
            if let Some(ComponentEntityType::Instance(id)) = item {
                template.interfaces.insert(unversioned(name).to_string(), (name.to_string(), id));
            }
        }
        template.find_imports()?;
        template.find_resources();
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
        let options = match self.import(module, name).and_then(|def| self.canon(def)) {
            Some(
                CanonicalFunction::Lower { options, .. }
                | CanonicalFunction::StreamRead { options, .. }
                | CanonicalFunction::FutureRead { options, .. },
            ) => options,
            _ => return false,
        };
        options.iter().any(|option| matches!(option, CanonicalOption::Realloc(_)))
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
    pub fn canon(&self, def: u32) -> Option<&CanonicalFunction> {
        match self.get(Def::new(Sort::CoreFunc, def))? {
            ItemKind::Canon(canon) => Some(canon),
            _ => None,
        }
    }

    fn resource_at(&self, ty: u32) -> Option<ResourceId> {
        match self.types().component_any_type_at(ty) {
            ComponentAnyTypeId::Resource(id) => Some(id.resource()),
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

    /// Finds what the core module imports. Functions that need its memory are behind a shim module, which calls them through a
    /// table: what the table holds is given to the module that fills it, under the name that the shim exports.
    fn find_imports(&mut self) -> Result<(), Error> {
        let instances: Vec<&[InstantiationArg<'t>]> = (self.component.items.iter())
            .filter_map(|item| match &item.kind {
                ItemKind::CoreInstance(Instance::Instantiate { args, .. }) => Some(&args[..]),
                _ => None,
            })
            .collect();
        let main = instances.iter().find(|args| args.iter().any(|arg| arg.name.contains(':')));
        let main = main.ok_or_else(|| Error::unsound("the adapter instantiates no core module"))?;
        let filled: HashMap<&str, u32> = (instances.iter())
            .flat_map(|args| args.iter().filter(|arg| arg.name == "actual"))
            .flat_map(|arg| self.bundle(arg.index))
            .filter(|export| export.kind == ExternalKind::Func)
            .map(|export| (export.name, export.index))
            .collect();
        let mut imports = HashMap::new();
        for arg in main.iter() {
            for export in self.bundle(arg.index).iter().filter(|export| export.kind == ExternalKind::Func) {
                let def = match self.get(Def::new(Sort::CoreFunc, export.index)) {
                    Some(ItemKind::Alias(ComponentAlias::CoreInstanceExport { name, .. })) => filled.get(name).copied(),
                    _ => Some(export.index),
                };
                let def = def.ok_or_else(|| Error::unsound(format!("the adapter's import `{}`", export.name)))?;
                imports.insert((unversioned(arg.name), export.name), def);
            }
        }
        self.imports = imports;
        Ok(())
    }

    fn find_resources(&mut self) {
        let defined: Vec<ResourceId> = (self.component.items.iter())
            .filter(|item| matches!(item.kind, ItemKind::Type(ComponentType::Resource { .. })))
            .filter_map(|item| self.resource_at(item.def?.id))
            .collect();
        let mut made: Vec<(&str, &str, u32)> = (self.imports.iter())
            .filter_map(|((module, name), def)| Some((module.strip_prefix("[export]")?, *name, *def)))
            .collect();
        made.sort_unstable();
        let mut resources = HashMap::new();
        for (interface, name, def) in made {
            let Some(CanonicalFunction::ResourceNew { resource }) = self.canon(def) else { continue };
            let (Some(id), Some(name)) = (self.resource_at(*resource), name.strip_prefix("[resource-new]")) else {
                continue;
            };
            if let (Some(at), Some((versioned, _))) =
                (defined.iter().position(|known| *known == id), self.interfaces.get(interface))
            {
                let destructor = format!("{versioned}#[dtor]{name}");
                resources.insert(id, Resource { tag: at as u32 + 1, destructor });
            }
        }
        self.resources = resources;
    }
}

/// `wasi:io/poll@0.2.0` → `wasi:io/poll`
fn unversioned(name: &str) -> &str {
    name.split('@').next().unwrap_or_default()
}

fn exports(module: &[u8]) -> Result<HashSet<&str>, Error> {
    let mut exports = HashSet::new();
    for payload in wasmparser::Parser::new(0).parse_all(module) {
        if let wasmparser::Payload::ExportSection(section) = payload.map_err(Error::unsound)? {
            for export in section {
                exports.insert(export.map_err(Error::unsound)?.name);
            }
        }
    }
    Ok(exports)
}
