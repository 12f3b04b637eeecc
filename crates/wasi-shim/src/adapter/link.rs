//! Makes the adapter's core module one of the guest's component.

use std::borrow::Cow;
use std::collections::HashMap;

use wasm_encoder::Instruction;

use super::prune::{self, Keep};
use crate::Error;
use crate::code::{CoreModule, FuncIndex, Index, Places, Signature, Slot};
use crate::core_module::{Export, Exported, IMPORTED_TABLE, Module, Source};

/// The functions that a prebuilt module exports.
type Exports<'m> = HashMap<Cow<'m, str>, FuncIndex>;

/// The module name of a linked adapter's imports.
pub(crate) const IMPORTS: &str = "p";

/// The module name of imports that are elements of the table, which the guest's side sets; the
/// first parameter is the position.
pub(crate) const BY_TABLE: &str = "linked";

/// Prefix of the hooks that call these imports.
pub(crate) const HOOKS: &str = "linked/";

/// Code of a function that answers with what it is given.
const IDENTITY: &[u8] = &[0, 0x20, 0, 0x0b];

/// Code of a function that does nothing.
const NOTHING: &[u8] = &[0, 0x0b];

/// An adapter's core module, cut down to what is used.
pub(crate) struct Linked {
    pub bytes: Vec<u8>,
    pub imports: Vec<Import>,
    /// The pages of memory that the module needs to begin with.
    pub pages: u32,
    /// Whether it sets the first element of the table that it imports to its `cabi_realloc`.
    pub sets_realloc: bool,
}

/// A function that such a module imports.
pub(crate) struct Import {
    /// The names that it has in the adapter.
    pub module: String,
    pub name: String,
    /// The name that it was given.
    pub given: String,
}

/// Prebuilt `module`, reduced to the functions that `core` asks for, with the code of `core`. It
/// imports its memory. If an import `needs_realloc`, it also sets its realloc in a table that it
/// imports.
///
/// Inside the adapter, a handle of one of its resources is the representation; its table of handles
/// is for the guest's.
pub(crate) fn link(
    module: &[u8],
    core: &CoreModule,
    keep: &Keep<'_>,
    needs_realloc: &dyn Fn(&str, &str) -> bool,
) -> Result<Linked, Error> {
    let mut module = Module::decode(module)?;
    prune::replace_by_instead(&mut module, keep.instead);
    let imports =
        module.functions.iter().take_while(|function| matches!(function.source, Source::Import { .. })).count();
    prune::cut(&mut module, keep);
    call_by_table(&mut module, imports);
    let exports: Exports<'_> = std::mem::take(&mut module.exports)
        .into_iter()
        .filter_map(|export| export.function().map(|function| (export.name, function)))
        .collect();
    let originals = rename_imports(&mut module, imports, &exports);
    extend(&mut module, core, &exports)?;
    module.import_memory("", "m");
    let mut reach = module.reach()?;
    let original = |at: FuncIndex| originals.get(at.position());
    let sets_realloc = module.imports(&reach).filter_map(original).any(|(module, name)| needs_realloc(module, name));
    if sets_realloc {
        let realloc = exports.get("cabi_realloc").ok_or_else(|| Error::unsound("the adapter has no realloc"))?;
        module.import_table("", "t", [(Slot(0), *realloc)]);
        module.reach_more(&mut reach)?;
    }
    module.inline(&mut reach)?;
    let encoded = module.encode_reached(&reach)?;
    let imports = encoded.imports.iter().filter_map(|at| {
        let (module, name) = original(*at)?.clone();
        Some(Import { module, name, given: at.0.to_string() })
    });
    Ok(Linked { imports: imports.collect(), pages: module.pages(), sets_realloc, bytes: encoded.bytes })
}

/// Gives imports short names, because each stands in the module and in the component. Built-ins for
/// resources of the adapter's own become code of the module. Answers with the old names.
fn rename_imports(module: &mut Module<'_>, count: usize, exports: &Exports<'_>) -> Vec<(String, String)> {
    let mut originals = Vec::new();
    for (at, function) in module.functions[..count].iter_mut().enumerate() {
        let Source::Import { module, name } = &mut function.source else {
            // The function is no import any more.
            originals.push(Default::default());
            continue;
        };
        let original = (module.to_string(), name.to_string());
        let own =
            original.0.strip_prefix("[export]").zip(original.1.strip_prefix('[').and_then(|name| name.split_once(']')));
        match own {
            Some((_, ("resource-new" | "resource-rep", _))) => function.source = Source::Code(IDENTITY.into()),
            Some((interface, ("resource-drop", resource))) => {
                let destructor = exports.get(&format!("{interface}#[dtor]{resource}")[..]);
                function.source = Source::Code(destructor.map_or(NOTHING.into(), |at| passing_to(*at).into()));
            }
            _ => (*module, *name) = (IMPORTS.into(), at.to_string().into()),
        }
        originals.push(original);
    }
    originals
}

/// Imports from [`BY_TABLE`] become calls through the table that the module imports.
fn call_by_table(module: &mut Module<'_>, count: usize) {
    for at in 0..count {
        if !matches!(&module.functions[at].source, Source::Import { module, .. } if module == BY_TABLE) {
            continue;
        }
        let Signature { mut params, results } = module.signature(FuncIndex::after(at)).clone();
        let mut code = wasm_encoder::Function::new([]);
        for param in 1..params.len() {
            code.instruction(&Instruction::LocalGet(param as u32));
        }
        params.remove(0);
        let type_index = module.ty(Signature { params, results }).into();
        let call = Instruction::CallIndirect { type_index, table_index: IMPORTED_TABLE.into() };
        code.instruction(&Instruction::LocalGet(0)).instruction(&call).instruction(&Instruction::End);
        module.functions[at].source = Source::Code(code.into_raw_body().into());
    }
}

/// Code of a function that passes its parameter to `function`.
fn passing_to(function: FuncIndex) -> Vec<u8> {
    let mut code = wasm_encoder::Function::new([]);
    let call = Instruction::Call(function.into());
    code.instruction(&Instruction::LocalGet(0)).instruction(&call).instruction(&Instruction::End);
    code.into_raw_body()
}

/// Adds the code of `core`, and exports what `core` asks for.
fn extend(module: &mut Module<'_>, core: &CoreModule, exports: &Exports<'_>) -> Result<(), Error> {
    let missing = core.roots().find(|root| !exports.contains_key(*root));
    if let Some(missing) = missing {
        return Err(Error::unsound(format!("the adapter does not export `{missing}`")));
    }
    let imports = FuncIndex::after(module.functions.len());
    for (at, (_, signature)) in core.imports().enumerate() {
        let source = Source::Import { module: "".into(), name: at.to_string().into() };
        module.function(signature.clone(), source, None);
    }
    let places = Places {
        imports,
        functions: FuncIndex::after(module.functions.len()),
        globals: module.add_globals(&core.globals)?,
        indirect: module.add_types(core.indirect.iter().cloned()),
        table: IMPORTED_TABLE,
        named: &|name| exports[name],
    };
    for (at, (function, code)) in core.functions(&places).enumerate() {
        let source = Source::Code(Cow::Owned(code.into_raw_body()));
        let name = Some(function.name.clone()).filter(|name| !name.is_empty());
        let added = module.function(function.signature.clone(), source, name);
        if function.def.is_some_and(|def| core.exports_function(def)) {
            module.exports.push(Export { name: at.to_string().into(), item: Exported::Function(added) });
        }
    }
    if core.imports_table() {
        module.import_table("", "t", core.slots(&places));
    }
    for (export, given) in core.exports() {
        module.exports.push(Export { name: given.into(), item: Exported::Function(exports[export]) });
    }
    Ok(())
}
