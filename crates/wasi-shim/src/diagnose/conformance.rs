//! Whether the imports of WASI are as WASI defines them.
//!
//! Types that differ would only be noticed when the adapted parts are put together. So this check
//! runs when an adaptation fails, and reports all differences.

use wasmparser::WasmFeatures;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ComponentTypeId};

use crate::Generation;
use crate::component::{Component, Sort};
use crate::error::Obstacle;
use crate::graph::check;
use crate::graph::composition::Part;
use crate::report::reasons;
use crate::wasi::{Catalogue, InterfaceName, versions};

/// The imports of `generation` in `parts` that differ from the latest patch.
pub(crate) fn obstacles(parts: &[Part<'_>], generation: Generation) -> Vec<Obstacle> {
    let bytes = released(generation);
    let Some((released, world)) = bytes.as_deref().and_then(|bytes| {
        let component = Component::decode(bytes, WasmFeatures::all()).ok()?;
        let world = world(&component)?;
        Some((component, world))
    }) else {
        return Vec::new();
    };
    let version = versions::latest(generation);
    let released_as = format!("WASI {version}");
    let mut found: Vec<Obstacle> = Vec::new();
    for part in parts {
        for (def, import) in part.component.imports() {
            let root = part.args.get(import.name.name).and_then(|source| source.root_import());
            let Some(interface) = root.and_then(InterfaceName::parse) else { continue };
            if interface.generation() != Some(generation) {
                continue;
            }
            let types = released.validated();
            let known = types[world].imports.iter().find(|(name, _)| {
                InterfaceName::parse(name).is_some_and(|name| name.unversioned() == interface.unversioned())
            });
            let Some((name, ComponentEntityType::Instance(known))) = known.map(|(name, item)| (name, item.ty)) else {
                continue;
            };
            let mut tell = |difference: String| {
                let values = [("wasi", &released_as[..]), ("difference", &difference)];
                let new = reasons::NOT_OF_WASI.of(interface.to_string(), &values);
                if !found.contains(&new) {
                    found.push(new);
                }
            };
            if def.sort != Sort::Instance {
                tell("expected an interface, found something else".into());
                continue;
            }
            check::differences((part, def), (types, world, name, known)).into_iter().for_each(tell);
        }
    }
    found
}

const PACKAGE: &str = "wasi-shim:released";
const WORLD: &str = "all";

/// A component with the types of all interfaces of `generation`, as the imports of a world.
fn released(generation: Generation) -> Option<Vec<u8>> {
    let catalogue = Catalogue::all();
    let names = catalogue.interface_ids(generation).filter_map(|(_, id)| catalogue.resolve().id_of(id));
    let imports: String = names.map(|name| format!("import {name};\n")).collect();
    let mut resolve = catalogue.resolve().clone();
    let package =
        resolve.push_str("released.wit", &format!("package {PACKAGE};\nworld {WORLD} {{\n{imports}}}\n")).ok()?;
    wit_component::encode(&resolve, package).ok()
}

/// The type of that world in `component`.
fn world(component: &Component<'_>) -> Option<ComponentTypeId> {
    let types = component.validated();
    let component = |ty: ComponentEntityType| match ty {
        ComponentEntityType::Component(id)
        | ComponentEntityType::Type { referenced: ComponentAnyTypeId::Component(id), .. } => Some(id),
        _ => None,
    };
    let outer = component(types.component_item_for_export(WORLD)?.ty)?;
    component(types[outer].exports.get(&format!("{PACKAGE}/{WORLD}"))?.ty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::composition::Composition;

    #[test]
    fn all_interfaces_are_known() {
        for generation in [Generation::Wasi02, Generation::Wasi03] {
            let bytes = released(generation).unwrap();
            let component = Component::decode(&bytes, WasmFeatures::all()).unwrap();
            let world = world(&component).unwrap();
            let known = component.validated()[world].imports.len();
            assert_eq!(known, Catalogue::all().interface_ids(generation).count());
        }
    }

    /// Components that toolchains build import WASI as it is defined.
    #[test]
    fn fixtures_are_as_wasi_is() {
        let mut imports = 0;
        for dir in ["built", "graph", "parts"] {
            let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(dir);
            for entry in std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
                let bytes = std::fs::read(&entry).unwrap();
                let Ok(component) = Component::decode(&bytes, WasmFeatures::all()) else { continue };
                let (composition, _) = Composition::of(&component);
                imports += component.imports().count();
                for generation in [Generation::Wasi02, Generation::Wasi03] {
                    assert_eq!(obstacles(&composition.parts, generation), [], "{}", entry.display());
                }
            }
        }
        assert!(imports > 100);
    }
}
