//! The imports and exports of a component.

use wasmparser::component_types::{ComponentEntityType, ComponentInstanceTypeId};
use wasmparser::types::TypesRef;
use wasmparser::{ComponentExternalKind, Encoding, Parser, Payload, ValidPayload, Validator, WasmFeatures};

use crate::component::Component;
use crate::wasi::InterfaceName;
use crate::{Error, Generation, depth, foreign};

/// The imports and exports of a component's root, in the component's order.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Surface {
    /// The imports, which a host has to offer.
    pub imports: Vec<Extern>,
    /// The exports, which a host can use.
    pub exports: Vec<Extern>,
}

/// One import or export.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct Extern {
    /// Its name, with the version if it has one.
    pub name: String,
    /// The kind of item.
    pub kind: ExternKind,
    /// The name as that of an interface, if it is one with a version.
    #[serde(skip)]
    pub interface: Option<InterfaceName>,
    /// The functions of an instance that the component mentions, in its order. A function of a
    /// resource is named as in binaries: `[method]pollable.block`.
    pub functions: Vec<String>,
}

/// The kind of an import or export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ExternKind {
    /// An instance of an interface.
    Instance,
    /// A single function.
    Function,
    /// A type.
    Type,
    /// A component.
    Component,
    /// A core module.
    Module,
    /// A value.
    Value,
}

impl Surface {
    /// Reads the imports and exports of a binary component.
    ///
    /// All features of the binary format are accepted, even those that no engine has by default,
    /// because this is for looking at a component. The bodies of core functions are not validated.
    ///
    /// # Errors
    ///
    /// [`Error::NotAComponent`] for other bytes, [`Error::Invalid`] for an invalid component.
    pub fn of(component: &[u8]) -> Result<Surface, Error> {
        foreign::call("wasmparser", || Surface::read(component))
    }

    fn read(component: &[u8]) -> Result<Surface, Error> {
        if !Parser::is_component(component) {
            return Err(Error::not_a_component(component));
        }
        let mut surface = Surface { imports: Vec::new(), exports: Vec::new() };
        let mut validator = Validator::new_with_features(WasmFeatures::all());
        let mut depth = 0;
        for payload in Parser::new(0).parse_all(component) {
            let payload = payload.map_err(Error::invalid)?;
            depth::check(component, &payload)?;
            let valid = validator.payload(&payload).map_err(Error::invalid)?;
            match payload {
                Payload::Version { encoding: Encoding::Component | Encoding::Module, .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                Payload::ComponentImportSection(section) if depth == 1 => {
                    for import in section {
                        let import = import.map_err(Error::invalid)?;
                        surface.imports.push(Extern::new(import.name.name, import.ty.kind()));
                    }
                }
                Payload::ComponentExportSection(section) if depth == 1 => {
                    for export in section {
                        let export = export.map_err(Error::invalid)?;
                        surface.exports.push(Extern::new(export.name.name, export.kind));
                    }
                }
                _ => {}
            }
            if let (0, ValidPayload::End(types)) = (depth, valid) {
                surface.fill_in(types.as_ref());
                return Ok(surface);
            }
        }
        Err(Error::not_a_component(component))
    }

    /// Like [`Surface::of`], for a component that is decoded already.
    pub(crate) fn of_decoded(component: &Component<'_>) -> Surface {
        let imports = component.imports().map(|(_, import)| Extern::new(import.name.name, import.ty.kind()));
        let exports = component.exports().map(|export| Extern::new(export.name.name, export.kind));
        let mut surface = Surface { imports: imports.collect(), exports: exports.collect() };
        surface.fill_in(component.validated());
        surface
    }

    /// Fills in the functions of all instances, which are known only at the component's end.
    fn fill_in(&mut self, types: TypesRef<'_>) {
        for import in &mut self.imports {
            import.fill_in(types, types.component_item_for_import(&import.name).map(|item| item.ty));
        }
        for export in &mut self.exports {
            export.fill_in(types, types.component_item_for_export(&export.name).map(|item| item.ty));
        }
    }

    /// Imports and exports of WASI interfaces of `generation`.
    pub fn of_generation(&self, generation: Generation) -> impl Iterator<Item = &Extern> {
        self.imports.iter().chain(&self.exports).filter(move |extern_| extern_.generation() == Some(generation))
    }

    /// Whether anything of `generation` is imported or exported.
    pub fn uses(&self, generation: Generation) -> bool {
        self.of_generation(generation).next().is_some()
    }
}

impl Extern {
    fn new(name: &str, kind: ComponentExternalKind) -> Extern {
        let kind = match kind {
            ComponentExternalKind::Instance => ExternKind::Instance,
            ComponentExternalKind::Func => ExternKind::Function,
            ComponentExternalKind::Type => ExternKind::Type,
            ComponentExternalKind::Component => ExternKind::Component,
            ComponentExternalKind::Module => ExternKind::Module,
            ComponentExternalKind::Value => ExternKind::Value,
        };
        Extern { name: name.into(), kind, interface: InterfaceName::parse(name), functions: Vec::new() }
    }

    fn fill_in(&mut self, types: TypesRef<'_>, ty: Option<ComponentEntityType>) {
        if let Some(ComponentEntityType::Instance(instance)) = ty {
            self.functions = functions(types, instance);
        }
    }

    /// The generation of WASI that the import or export belongs to.
    pub fn generation(&self) -> Option<Generation> {
        self.interface.as_ref()?.generation()
    }
}

fn functions(types: TypesRef<'_>, instance: ComponentInstanceTypeId) -> Vec<String> {
    let exports = &types[instance].exports;
    let functions = exports.iter().filter(|(_, item)| matches!(item.ty, ComponentEntityType::Func(_)));
    functions.map(|(name, _)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surface(text: &str) -> Result<Surface, Error> {
        Surface::of(&wat::parse_str(text).expect("the text is valid"))
    }

    #[test]
    fn functions_of_instances_are_listed() {
        let surface = surface(
            r#"(component
                (import "wasi:io/poll@0.2.6" (instance $poll
                    (export "pollable" (type $pollable (sub resource)))
                    (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
                (import "log" (func (param "text" string)))
                (component (import "hidden" (func)))
                (export "again" (instance $poll)))"#,
        )
        .unwrap();
        let names: Vec<&str> = surface.imports.iter().map(|import| import.name.as_str()).collect();
        assert_eq!(names, ["wasi:io/poll@0.2.6", "log"]);
        assert_eq!(surface.imports[0].functions, ["[method]pollable.block"]);
        assert_eq!(surface.imports[0].generation(), Some(Generation::Wasi02));
        assert_eq!(surface.imports[1].kind, ExternKind::Function);
        assert_eq!(surface.exports[0].functions, ["[method]pollable.block"]);
        assert!(surface.uses(Generation::Wasi02) && !surface.uses(Generation::Wasi03));
    }

    #[test]
    fn other_bytes_are_refused() {
        assert!(matches!(Surface::of(b""), Err(Error::NotAComponent { .. })));
        assert!(matches!(surface("(module)"), Err(Error::NotAComponent { .. })));
        let whole = wat::parse_str(r#"(component (import "log" (func)))"#).unwrap();
        let truncated = Surface::of(&whole[..whole.len() - 2]);
        assert!(matches!(truncated, Err(Error::Invalid { .. } | Error::NotAComponent { .. })), "{truncated:?}");
    }
}
