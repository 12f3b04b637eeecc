//! Encoding: items → bytes, and the references of an item.
//!
//! Both are one walk over an item with `wasm-encoder`'s re-encoder, whose hooks see every index
//! that the item mentions. Encoding answers each with the new index of the definition;
//! [`Item::references`] only records it.

use std::borrow::Cow;

use wasm_encoder as enc;
use wasm_encoder::reencode::{self, Reencode, ReencodeComponent};
use wasmparser::{ComponentType, ExternalKind, Instance, InstanceTypeDeclaration};

use super::{Component, Def, Item, ItemKind, SORTS, Sort};
use crate::hash::IdMap;

/// An item refers to something that does not stand before it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EncodeError {
    /// The definition that is missing.
    #[error("an item refers to {0:?}, which is not defined before it")]
    Dangling(Def),
    /// A construct that `wasm-encoder` cannot write.
    #[error("{0}")]
    Unencodable(String),
}

/// The indices of one component's definitions while it is encoded.
#[derive(Default)]
struct Scope {
    indices: IdMap<Def, u32>,
    count: [u32; SORTS],
}

/// Maps ids to indices (or takes note of ids) for the re-encoder.
#[derive(Default)]
struct Walk {
    /// The components being encoded, outermost first.
    scopes: Vec<Scope>,
    /// How many type scopes are open in the innermost component.
    depth: usize,
    /// Definitions mentioned, with the number of components between; `None` while encoding.
    noted: Option<Vec<(usize, Def)>>,
    dangling: Option<Def>,
}

impl Walk {
    /// The index of `id` in the innermost component, or itself inside a type.
    fn local(&mut self, sort: Sort, id: u32) -> u32 {
        if self.depth > 0 { id } else { self.component_level(0, sort, id) }
    }

    /// The index of `id` in the component or type scope that `count` leads to.
    fn outer(&mut self, count: u32, sort: Sort, id: u32) -> u32 {
        match (count as usize).checked_sub(self.depth) {
            Some(up) => self.component_level(up, sort, id),
            None => id,
        }
    }

    fn component_level(&mut self, up: usize, sort: Sort, id: u32) -> u32 {
        let def = Def { sort, id };
        if let Some(noted) = &mut self.noted {
            noted.push((up, def));
            return id;
        }
        let scope = self.scopes.len().checked_sub(1 + up);
        match scope.and_then(|at| self.scopes[at].indices.get(&def)) {
            Some(index) => *index,
            None => {
                self.dangling.get_or_insert(def);
                0
            }
        }
    }
}

type Result<T> = std::result::Result<T, reencode::Error>;

impl Reencode for Walk {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, id: u32) -> Result<u32> {
        Ok(self.local(Sort::CoreFunc, id))
    }
    fn global_index(&mut self, id: u32) -> Result<u32> {
        Ok(self.local(Sort::CoreGlobal, id))
    }
    fn memory_index(&mut self, id: u32) -> Result<u32> {
        Ok(self.local(Sort::CoreMemory, id))
    }
    fn table_index(&mut self, id: u32) -> Result<u32> {
        Ok(self.local(Sort::CoreTable, id))
    }
    fn tag_index(&mut self, id: u32) -> Result<u32> {
        Ok(self.local(Sort::CoreTag, id))
    }
    fn type_index(&mut self, id: u32) -> Result<u32> {
        Ok(self.local(Sort::CoreType, id))
    }
    fn external_index(&mut self, kind: ExternalKind, id: u32) -> Result<u32> {
        Ok(self.local(Sort::from(kind), id))
    }
}

impl ReencodeComponent for Walk {
    fn component_type_index(&mut self, id: u32) -> u32 {
        self.local(Sort::Type, id)
    }
    fn component_instance_index(&mut self, id: u32) -> u32 {
        self.local(Sort::Instance, id)
    }
    fn component_func_index(&mut self, id: u32) -> u32 {
        self.local(Sort::Func, id)
    }
    fn component_index(&mut self, id: u32) -> u32 {
        self.local(Sort::Component, id)
    }
    fn module_index(&mut self, id: u32) -> u32 {
        self.local(Sort::CoreModule, id)
    }
    fn instance_index(&mut self, id: u32) -> u32 {
        self.local(Sort::CoreInstance, id)
    }
    fn component_value_index(&mut self, id: u32) -> u32 {
        self.local(Sort::Value, id)
    }
    fn outer_type_index(&mut self, count: u32, id: u32) -> Result<u32> {
        Ok(self.outer(count, Sort::CoreType, id))
    }
    fn outer_component_type_index(&mut self, count: u32, id: u32) -> u32 {
        self.outer(count, Sort::Type, id)
    }
    fn outer_component_index(&mut self, count: u32, id: u32) -> u32 {
        self.outer(count, Sort::Component, id)
    }
    fn outer_module_index(&mut self, count: u32, id: u32) -> u32 {
        self.outer(count, Sort::CoreModule, id)
    }
    fn push_depth(&mut self) {
        self.depth += 1;
    }
    fn pop_depth(&mut self) {
        self.depth -= 1;
    }
}

/// A section being filled: consecutive items of one kind share a section.
enum Section {
    CoreInstances(enc::InstanceSection),
    CoreTypes(enc::CoreTypeSection),
    Instances(enc::ComponentInstanceSection),
    Aliases(enc::ComponentAliasSection),
    Types(enc::ComponentTypeSection),
    Canons(enc::CanonicalFunctionSection),
    Imports(enc::ComponentImportSection),
    Exports(enc::ComponentExportSection),
}

impl Section {
    fn write(self, to: &mut enc::Component) {
        match self {
            Section::CoreInstances(section) => to.section(&section),
            Section::CoreTypes(section) => to.section(&section),
            Section::Instances(section) => to.section(&section),
            Section::Aliases(section) => to.section(&section),
            Section::Types(section) => to.section(&section),
            Section::Canons(section) => to.section(&section),
            Section::Imports(section) => to.section(&section),
            Section::Exports(section) => to.section(&section),
        };
    }
}

/// The section of the wanted kind: the one being filled, or a new one.
macro_rules! section {
    ($open:ident, $out:ident, $kind:ident) => {{
        if !matches!($open, Some(Section::$kind(_))) {
            if let Some(done) = $open.replace(Section::$kind(Default::default())) {
                done.write(&mut $out);
            }
        }
        match &mut $open {
            Some(Section::$kind(section)) => section,
            _ => unreachable!(),
        }
    }};
}

impl<'a> Component<'a> {
    /// Encodes the component.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if an item refers to something that no longer stands before it.
    pub fn encode(&self) -> std::result::Result<Vec<u8>, EncodeError> {
        let mut walk = Walk::default();
        let out = self.encode_in(&mut walk)?;
        Ok(out.finish())
    }

    fn encode_in(&self, walk: &mut Walk) -> std::result::Result<enc::Component, EncodeError> {
        walk.scopes.push(Scope::default());
        let depth = std::mem::take(&mut walk.depth);
        let mut out = enc::Component::new();
        let mut open: Option<Section> = None;
        for item in &self.items {
            let written: Result<()> = match &item.kind {
                ItemKind::CoreInstance(instance) => {
                    walk.parse_instance(section!(open, out, CoreInstances), instance.clone())
                }
                ItemKind::CoreType(ty) => {
                    walk.parse_component_core_type(section!(open, out, CoreTypes).ty(), ty.clone())
                }
                ItemKind::Instance(instance) => {
                    walk.parse_component_instance(section!(open, out, Instances), instance.clone())
                }
                ItemKind::Alias(alias) => {
                    let section = section!(open, out, Aliases);
                    walk.component_alias(alias.clone()).map(|alias| {
                        section.alias(alias);
                    })
                }
                ItemKind::Type(ty) => walk.parse_component_type(section!(open, out, Types).ty(), ty.clone()),
                ItemKind::Canon(canon) => walk.parse_component_canonical(section!(open, out, Canons), canon.clone()),
                ItemKind::Import(import) => {
                    let section = section!(open, out, Imports);
                    walk.component_type_ref(import.ty).map(|ty| {
                        section.import(import.name, ty);
                    })
                }
                ItemKind::Export(export) => walk.parse_component_export(section!(open, out, Exports), export.clone()),
                unsectioned => {
                    if let Some(done) = open.take() {
                        done.write(&mut out);
                    }
                    match unsectioned {
                        ItemKind::CoreModule(bytes) => {
                            out.section(&enc::RawSection {
                                id: enc::ComponentSectionId::CoreModule.into(),
                                data: bytes,
                            });
                            Ok(())
                        }
                        ItemKind::Component(component) => {
                            let nested = component.encode_in(walk)?;
                            out.section(&enc::NestedComponentSection(&nested));
                            Ok(())
                        }
                        ItemKind::Start(start) => walk.parse_component_start_section(&mut out, start.clone()),
                        ItemKind::Custom { name, data } => {
                            out.section(&enc::CustomSection { name: Cow::Borrowed(name), data: Cow::Borrowed(data) });
                            Ok(())
                        }
                        ItemKind::Names => {
                            let names = self.encode_names(walk.scopes.last().expect("the scope pushed above"));
                            if !names.is_empty() {
                                out.section(&names.as_custom());
                            }
                            Ok(())
                        }
                        _ => unreachable!("an item kind with a section of its own"),
                    }
                }
            };
            written.map_err(|error| EncodeError::Unencodable(error.to_string()))?;
            if let Some(def) = walk.dangling.take() {
                return Err(EncodeError::Dangling(def));
            }
            if let Some(def) = item.def {
                let scope = walk.scopes.last_mut().expect("the scope pushed above");
                let count = &mut scope.count[def.sort as usize];
                scope.indices.insert(def, *count);
                *count += 1;
            }
        }
        if let Some(done) = open.take() {
            done.write(&mut out);
        }
        walk.scopes.pop();
        walk.depth = depth;
        Ok(out)
    }

    fn encode_names(&self, scope: &Scope) -> enc::ComponentNameSection {
        let mut sorted: Vec<(Sort, u32, &str)> =
            self.names.iter().filter_map(|(def, name)| Some((def.sort, *scope.indices.get(def)?, *name))).collect();
        sorted.sort_unstable();
        let mut section = enc::ComponentNameSection::new();
        if let Some(name) = self.name {
            section.component(name);
        }
        for group in sorted.chunk_by(|a, b| a.0 == b.0) {
            let mut map = enc::NameMap::new();
            for (_, index, name) in group {
                map.append(*index, name);
            }
            match group[0].0 {
                Sort::CoreFunc => section.core_funcs(&map),
                Sort::CoreTable => section.core_tables(&map),
                Sort::CoreMemory => section.core_memories(&map),
                Sort::CoreGlobal => section.core_globals(&map),
                Sort::CoreTag => section.core_tags(&map),
                Sort::CoreType => section.core_types(&map),
                Sort::CoreModule => section.core_modules(&map),
                Sort::CoreInstance => section.core_instances(&map),
                Sort::Func => section.funcs(&map),
                Sort::Value => section.values(&map),
                Sort::Type => section.types(&map),
                Sort::Component => section.components(&map),
                Sort::Instance => section.instances(&map),
            }
        }
        section
    }
}

impl Component<'_> {
    /// Whether nothing in the component mentions a definition of the components around it.
    pub fn is_closed(&self) -> bool {
        let mut walk = Walk { noted: Some(Vec::new()), ..Walk::default() };
        self.items.iter().for_each(|item| item.note(&mut walk));
        walk.noted.unwrap_or_default().iter().all(|(up, _)| *up == 0)
    }
}

impl Item<'_> {
    /// The definitions of its component that the item refers to.
    pub fn references(&self) -> Vec<Def> {
        let mut walk = Walk { noted: Some(Vec::new()), ..Walk::default() };
        self.note(&mut walk);
        let mut noted: Vec<Def> =
            walk.noted.unwrap_or_default().into_iter().filter(|(up, _)| *up == 0).map(|(_, def)| def).collect();
        noted.sort_unstable();
        noted.dedup();
        noted
    }

    /// Lets `walk` see every index that the item mentions. The encoded bytes are thrown away; an
    /// item that cannot be encoded has mentioned its indices before that shows.
    fn note(&self, walk: &mut Walk) {
        match &self.kind {
            ItemKind::CoreInstance(Instance::Instantiate { module_index, args }) => {
                walk.local(Sort::CoreModule, *module_index);
                for arg in args {
                    walk.local(Sort::CoreInstance, arg.index);
                }
            }
            ItemKind::CoreInstance(Instance::FromExports(exports)) => {
                for export in exports {
                    walk.local(Sort::from(export.kind), export.index);
                }
            }
            ItemKind::CoreType(ty) => {
                let _ = walk.parse_component_core_type(enc::CoreTypeSection::new().ty(), ty.clone());
            }
            ItemKind::Instance(instance) => {
                let _ = walk.parse_component_instance(&mut Default::default(), instance.clone());
            }
            ItemKind::Alias(alias) => {
                let _ = walk.component_alias(alias.clone());
            }
            ItemKind::Type(ty) => note_type(ty, walk),
            ItemKind::Canon(canon) => {
                let _ = walk.parse_component_canonical(&mut Default::default(), canon.clone());
            }
            ItemKind::Import(import) => {
                let _ = walk.component_type_ref(import.ty);
            }
            ItemKind::Export(export) => {
                let _ = walk.parse_component_export(&mut Default::default(), export.clone());
            }
            ItemKind::Start(start) => {
                let _ = walk.parse_component_start_section(&mut enc::Component::new(), start.clone());
            }
            ItemKind::Component(component) => {
                let before = walk.noted.replace(Vec::new()).unwrap_or_default();
                for item in &component.items {
                    item.note(walk);
                }
                let inside = walk.noted.replace(before).unwrap_or_default();
                let noted = walk.noted.as_mut().expect("just put there");
                noted.extend(inside.into_iter().filter_map(|(up, def)| Some((up.checked_sub(1)?, def))));
            }
            ItemKind::CoreModule(_) | ItemKind::Custom { .. } | ItemKind::Names => {}
        }
    }
}

/// Like [`Item::note`], for a type. Instance types are long, and refer outwards only by aliases and
/// by core types and types of their kind.
fn note_type(ty: &ComponentType<'_>, walk: &mut Walk) {
    let ComponentType::Instance(declarations) = ty else {
        let _ = walk.parse_component_type(enc::ComponentTypeSection::new().ty(), ty.clone());
        return;
    };
    walk.push_depth();
    for declaration in declarations {
        match declaration {
            InstanceTypeDeclaration::Alias(alias) => {
                let _ = walk.component_alias(alias.clone());
            }
            InstanceTypeDeclaration::Type(ty @ (ComponentType::Instance(_) | ComponentType::Component(_))) => {
                note_type(ty, walk);
            }
            InstanceTypeDeclaration::CoreType(ty) => {
                let _ = walk.parse_component_core_type(enc::CoreTypeSection::new().ty(), ty.clone());
            }
            InstanceTypeDeclaration::Type(_) | InstanceTypeDeclaration::Export { .. } => {}
        }
    }
    walk.pop_depth();
}
