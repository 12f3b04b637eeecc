//! Templates: what linking has to know of the adapters, as components that are encoded beforehand.
//! A template imports
//!
//! - the interfaces that the adapter offers, and exports them again,
//! - those that it calls, in canonical definitions that the template gives to a core module without
//!   code, under the names under which the adapter's core module imports them.

/// The template of P.
pub(crate) const P: &[u8] = include_bytes!("../../adapters/p2-on-p3.template.wasm");

/// The template of R, without what depends on a guest.
pub(crate) const R: &[u8] = include_bytes!("../../adapters/p3-on-p2.template.wasm");

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};
    use std::fmt::Write;

    use wasm_encoder::ValType;
    use wasmparser::{
        ComponentAlias, ComponentExport, ComponentExternalKind, Export, ExternalKind, Instance, InstantiationArg,
        InstantiationArgKind, WasmFeatures,
    };
    use wit_parser::abi::{AbiVariant, WasmType};
    use wit_parser::{WorldItem, WorldKey};

    use crate::adapter::{Prepared, blessed, encode};
    use crate::code::{FuncIndex, Index, Signature};
    use crate::component::{
        Arena, Component, CoreFuncId, CoreInstanceId, CoreModuleId, Def, InstanceId, ItemKind, extern_name,
    };
    use crate::core_module::{Module, Source};
    use crate::{Generation, p2_on_p3, p3_on_p2};

    /// A function that a core module imports.
    struct Import {
        module: String,
        name: String,
        signature: Signature,
    }

    fn imports(module: &[u8]) -> Vec<Import> {
        let module = Module::decode(module).unwrap();
        let imports =
            FuncIndex(0).onwards().zip(&module.functions).filter_map(|(at, function)| match &function.source {
                Source::Import { module: from, name } => Some(Import {
                    module: from.to_string(),
                    name: name.to_string(),
                    signature: module.signature(at).clone(),
                }),
                Source::Code(_) => None,
            });
        imports.collect()
    }

    /// A module with `imports`, and with what canonical definitions need (`rest`).
    fn hollow(imports: &[Import], rest: &str) -> Vec<u8> {
        let mut text = String::from("(module\n");
        for Import { module, name, signature } in imports {
            let types =
                |types: &[ValType]| types.iter().map(|ty| format!(" {ty:?}").to_lowercase()).collect::<String>();
            let (params, results) = (types(&signature.params), types(&signature.results));
            writeln!(text, "(import {module:?} {name:?} (func (param{params}) (result{results})))").unwrap();
        }
        wat::parse_str(text + rest + ")").unwrap()
    }

    /// The module name of the functions that the encoder's module puts into the table.
    const FILLED: &str = "actual";

    const MEMORY_AND_REALLOC: &str = r#"(memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)"#;

    /// The component for the adapter that `prepared` is.
    fn template(mut prepared: Prepared, target: Generation) -> Vec<u8> {
        // Built-ins for resources and tasks of the adapter's own are no definitions of the
        // component.
        let own = ["[resource-new]", "[resource-rep]", "[resource-drop]", "[task-return]"];
        let mut needed = imports(&prepared.module);
        needed.retain(|import| {
            !import.module.starts_with("[export]") || !own.iter().any(|own| import.name.starts_with(own))
        });

        // Offered functions are called, too, so that the encoder does not leave them out.
        let mut called: Vec<Import> = Vec::new();
        for Import { module, name, signature } in &needed {
            let module = module.strip_prefix("[export]").unwrap_or(module).to_string();
            called.push(Import { module, name: name.clone(), signature: signature.clone() });
        }
        let resolve = &mut prepared.resolve;
        let offered = std::mem::take(&mut resolve.worlds[prepared.world].exports);
        for item in offered.values() {
            let WorldItem::Interface { id, .. } = item else { continue };
            for function in resolve.interfaces[*id].functions.values() {
                let signature = resolve.wasm_signature(AbiVariant::GuestImport, function);
                let types = |types: &[WasmType]| types.iter().map(|ty| core_type(*ty)).collect();
                let signature = Signature { params: types(&signature.params), results: types(&signature.results) };
                called.push(Import { module: resolve.id_of(*id).unwrap(), name: function.name.clone(), signature });
            }
        }
        let names: Vec<String> = offered.keys().map(|key: &WorldKey| resolve.name_world_key(key)).collect();
        resolve.worlds[prepared.world].imports.extend(offered);
        prepared.module = hollow(&called, MEMORY_AND_REALLOC);
        let encoded = encode(prepared, target).unwrap();

        let arena = Arena::default();
        let mut component = Component::decode(&encoded, WasmFeatures::all()).unwrap();
        let defs = definitions(&component);
        let wanted: BTreeMap<(&str, &str), CoreFuncId> = needed
            .iter()
            .map(|Import { module, name, .. }| {
                let imported = module.strip_prefix("[export]").unwrap_or(module);
                ((&module[..], &name[..]), defs[&(imported.to_string(), name.clone())])
            })
            .collect();
        rebuild(&mut component, &arena, &wanted, &hollow(&needed, ""));
        for name in &names {
            let imported = component.imports().find(|(_, import)| import.name.name == name).map(|(def, _)| def);
            let Some(Def { id: index, .. }) = imported else { panic!("`{name}` is not imported") };
            let export = ComponentExport {
                name: extern_name(arena.text(name)),
                kind: ComponentExternalKind::Instance,
                index,
                ty: None,
            };
            let (_, item) = component.define_as::<InstanceId>(ItemKind::Export(export));
            component.items.push(item);
        }
        component.gc();
        component.encode().unwrap()
    }

    fn core_type(ty: WasmType) -> ValType {
        match ty {
            WasmType::I64 | WasmType::PointerOrI64 => ValType::I64,
            WasmType::F32 => ValType::F32,
            WasmType::F64 => ValType::F64,
            WasmType::I32 | WasmType::Pointer | WasmType::Length => ValType::I32,
        }
    }

    /// The canonical definitions that the core module of an encoded component imports, by module
    /// and name. Definitions that need its memory are behind a shim module, which calls them
    /// through a table; the module that fills the table gets them under the names of the shim's
    /// exports.
    fn definitions(component: &Component<'_>) -> HashMap<(String, String), CoreFuncId> {
        let bundle = |instance| match component.get(CoreInstanceId(instance).into()) {
            Some(ItemKind::CoreInstance(Instance::FromExports(exports))) => &exports[..],
            _ => &[],
        };
        let args = component.items.iter().filter_map(|item| match &item.kind {
            ItemKind::CoreInstance(Instance::Instantiate { args, .. }) => Some(&args[..]),
            _ => None,
        });
        let args: Vec<_> = args.flatten().map(|arg| (arg.name, bundle(arg.index))).collect();
        let filled: HashMap<&str, CoreFuncId> = args
            .iter()
            .filter(|(module, _)| *module == FILLED)
            .flat_map(|(_, exports)| exports.iter().map(|export| (export.name, CoreFuncId(export.index))))
            .collect();
        let mut definitions = HashMap::new();
        for (module, exports) in args.iter().filter(|(module, _)| *module != FILLED) {
            for export in exports.iter().filter(|export| export.kind == ExternalKind::Func) {
                let def = match component.get(CoreFuncId(export.index).into()) {
                    Some(ItemKind::Alias(ComponentAlias::CoreInstanceExport { name, .. })) => filled[name],
                    _ => CoreFuncId(export.index),
                };
                definitions.insert((module.to_string(), export.name.to_string()), def);
            }
        }
        definitions
    }

    /// Gives the `wanted` definitions to core module `hollow`, in place of all core modules.
    fn rebuild<'a>(
        component: &mut Component<'a>,
        arena: &'a Arena,
        wanted: &BTreeMap<(&str, &str), CoreFuncId>,
        hollow: &[u8],
    ) {
        let module = |bytes: &[u8]| ItemKind::CoreModule(arena.bytes(bytes.to_vec()).into());
        let (stub_module, stub) = component.define_as::<CoreModuleId>(module(&self::hollow(&[], MEMORY_AND_REALLOC)));
        let instance = Instance::Instantiate { module_index: stub_module.into(), args: [].into() };
        let (stub_instance, instance) = component.define_as::<CoreInstanceId>(ItemKind::CoreInstance(instance));
        let mut items = vec![stub, instance];
        let mut others = Vec::new();
        for mut item in std::mem::take(&mut component.items) {
            match &mut item.kind {
                ItemKind::Alias(ComponentAlias::CoreInstanceExport { instance_index, name, .. }) => {
                    if ["memory", "cabi_realloc"].contains(name) {
                        *instance_index = stub_instance.into();
                        items.push(item);
                    }
                }
                ItemKind::CoreModule(_) | ItemKind::CoreInstance(_) | ItemKind::Export(_) | ItemKind::Custom { .. } => {
                }
                _ => others.push(item),
            }
        }
        component.items = items;
        component.items.append(&mut others);

        let mut bundles: BTreeMap<&str, Vec<Export<'a>>> = BTreeMap::new();
        for ((module, name), def) in wanted {
            let export = Export { name: arena.text(name), kind: ExternalKind::Func, index: (*def).into() };
            bundles.entry(module).or_default().push(export);
        }
        let mut args = Vec::new();
        for (name, exports) in bundles {
            let bundle = ItemKind::CoreInstance(Instance::FromExports(exports.into()));
            let (instance, item) = component.define_as::<CoreInstanceId>(bundle);
            component.items.push(item);
            let index = instance.into();
            args.push(InstantiationArg { name: arena.text(name), kind: InstantiationArgKind::Instance, index });
        }
        let (hollow, item) = component.define_as::<CoreModuleId>(module(hollow));
        component.items.push(item);
        let instance = Instance::Instantiate { module_index: hollow.into(), args: args.into() };
        let (_, item) = component.define_as::<CoreInstanceId>(ItemKind::CoreInstance(instance));
        component.items.push(item);
    }

    /// `adapters/*.template.wasm` are what the core modules and the WIT make; `BLESS=1` writes them
    /// anew.
    #[test]
    fn templates_are_what_is_encoded() {
        let of_p = template(p2_on_p3::adapter::all().unwrap(), Generation::Wasi03);
        blessed::check("adapters/p2-on-p3.template.wasm", of_p);
        let of_r = template(p3_on_p2::adapter::all().unwrap(), Generation::Wasi02);
        blessed::check("adapters/p3-on-p2.template.wasm", of_r);
    }
}
