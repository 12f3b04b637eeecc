//! Cutting a prebuilt core module down to the functions that are needed.

use std::collections::HashSet;

use walrus::{ExportItem, ImportKind, Module, ModuleConfig};

use crate::{Error, foreign};

/// What of a prebuilt module is kept.
pub(crate) struct Keep<'k> {
    /// Functions that are exported under other names, too: which, and the name.
    pub copies: &'k [(String, String)],
    /// Whether an export stays. Exports under [`PART`] are asked for by their name without it.
    pub export: &'k dyn Fn(&str) -> bool,
    /// Whether part `name` of the module can be reached.
    pub part: &'k dyn Fn(&str) -> bool,
    /// Whether exports under [`INSTEAD`] take the place of those that they are named after.
    pub instead: bool,
    /// Whether imports from `module` may be reached.
    pub import: &'k dyn Fn(&str) -> bool,
    /// What imports from `module` are called in the result.
    pub rename: &'k dyn Fn(&str) -> Option<String>,
}

/// Prefix of exports that mark the border of a part of the module that many guests can do without: code that only
/// dynamic dispatch leads to, so that garbage collection alone would keep it.
const PART: &str = "part:";

/// Prefix of exports that stand in for others where the host lacks what those need.
const INSTEAD: &str = "instead:";

/// Prefix of exports that only trap: their names are for the backtrace.
const TRAP: &str = "trap: ";

/// Prunes `module`.
pub(crate) fn prune(module: &[u8], keep: &Keep<'_>) -> Result<Vec<u8>, Error> {
    foreign::call("walrus", || pruned(module, keep))
}

fn pruned(module: &[u8], keep: &Keep<'_>) -> Result<Vec<u8>, Error> {
    let mut config = ModuleConfig::new();
    config.generate_name_section(true).generate_producers_section(false);
    let mut module = config.parse(module).map_err(Error::unsound)?;

    replace_by_instead(&mut module, keep.instead);
    for (original, copy) in keep.copies {
        let item = module.exports.iter().find(|export| export.name == *original).map(|export| export.item);
        let item = item.ok_or_else(|| Error::unsound(format!("the adapter does not export `{original}`")))?;
        module.exports.add(copy, item);
    }
    let mut dropped = Vec::new();
    let mut unreached = HashSet::new();
    for export in module.exports.iter() {
        match (export.name.strip_prefix(PART), export.item) {
            (Some(part), ExportItem::Function(function)) => {
                if !(keep.part)(part) {
                    unreached.insert(function);
                }
                dropped.push(export.id());
            }
            _ if export.name.starts_with(TRAP) || !(keep.export)(&export.name) => dropped.push(export.id()),
            _ => {}
        }
    }
    for function in &unreached {
        make_unreachable(&mut module, *function);
    }
    for export in dropped {
        let named = module.exports.get(export);
        if let (true, ExportItem::Function(function)) = (named.name.starts_with(TRAP), named.item) {
            let name = named.name.clone();
            module.funcs.get_mut(function).name = Some(name);
        }
        module.exports.delete(export);
    }
    let stubs: Vec<_> = module
        .imports
        .iter()
        .filter(|import| !(keep.import)(&import.module))
        .filter_map(|import| match import.kind {
            ImportKind::Function(function) => Some(function),
            _ => None,
        })
        .collect();
    for function in stubs {
        module
            .replace_imported_func(function, |(body, _)| {
                body.func_body().unreachable();
            })
            .map_err(Error::unsound)?;
    }
    walrus::passes::gc::run(&mut module);
    for import in module.imports.iter_mut() {
        if let Some(name) = (keep.rename)(&import.module) {
            import.module = name;
        }
    }
    for function in module.funcs.iter_mut() {
        if function.name.as_ref().is_some_and(|name| !name.starts_with(TRAP)) {
            function.name = None;
        }
    }
    Ok(module.emit_wasm())
}

/// Puts the exports under [`INSTEAD`] in their places, or removes them.
fn replace_by_instead(module: &mut Module, wanted: bool) {
    let instead: Vec<_> = module
        .exports
        .iter()
        .filter_map(|export| Some((export.id(), export.name.strip_prefix(INSTEAD)?.to_string())))
        .collect();
    for (id, name) in instead {
        if !wanted {
            module.exports.delete(id);
            continue;
        }
        let original = module.exports.iter().find(|export| export.name == name).map(|export| export.id());
        if let Some(original) = original {
            module.exports.delete(original);
        }
        module.exports.get_mut(id).name = name;
    }
}

/// Replaces the body of `function` by a trap.
fn make_unreachable(module: &mut Module, function: walrus::FunctionId) {
    let ty = module.funcs.get(function).ty();
    let (params, results) = module.types.params_results(ty);
    let (params, results) = (params.to_vec(), results.to_vec());
    let mut builder = walrus::FunctionBuilder::new(&mut module.types, &params, &results);
    builder.func_body().unreachable();
    let args: Vec<_> = params.iter().map(|ty| module.locals.add(*ty)).collect();
    module.funcs.get_mut(function).kind = walrus::FunctionKind::Local(builder.local_func(args));
}
