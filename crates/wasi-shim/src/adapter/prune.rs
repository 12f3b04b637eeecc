//! Reduces a prebuilt core module to the functions that are needed.

use std::collections::HashSet;

use crate::Error;
use crate::code::{FuncIndex, Index};
use crate::core_module::{Export, Exported, Module, Source};

/// The exports and imports that a prebuilt module keeps.
pub(crate) struct Keep<'k> {
    /// Functions to be exported under another name, too: the function, and the name.
    pub copies: &'k [(String, String)],
    /// Whether an export stays. Exports under [`HOOK`] are asked for by their name without it.
    pub export: &'k dyn Fn(&str) -> bool,
    /// Whether the hook `name` can be reached.
    pub hook: &'k dyn Fn(&str) -> bool,
    /// Whether exports under [`INSTEAD`] take the place of those that they are named after.
    pub instead: bool,
    /// Whether import `name` from `module` may be reached.
    pub import: &'k dyn Fn(&str, &str) -> bool,
    /// The new name of imports from `module`, if it is another.
    pub rename: &'k dyn Fn(&str) -> Option<String>,
}

impl<'k> Keep<'k> {
    /// For a module that is linked: [`link`](super::link::link) chooses the exports and names the
    /// imports.
    pub fn of_linked(
        hook: &'k dyn Fn(&str) -> bool,
        import: &'k dyn Fn(&str, &str) -> bool,
        instead: bool,
    ) -> Keep<'k> {
        Keep { copies: &[], export: &|_| false, hook, instead, import, rename: &|_| None }
    }
}

/// Prefix of exports that mark a function that many guests can do without: code that only
/// dynamic dispatch leads to, so that garbage collection alone would keep it.
pub(super) const HOOK: &str = "hook:";

/// Prefix of exports that stand in for others where the host lacks what those need.
const INSTEAD: &str = "instead:";

/// Prefix of exports that only trap: their names are for the backtrace.
const TRAP: &str = "trap: ";

/// Prunes `module`.
pub(crate) fn prune(module: &[u8], keep: &Keep<'_>) -> Result<Vec<u8>, Error> {
    let mut module = Module::decode(module)?;
    replace_by_instead(&mut module, keep.instead);
    for (original, copy) in keep.copies {
        let function = module.exported(original);
        let function = function.ok_or_else(|| Error::unsound(format!("the adapter does not export `{original}`")))?;
        module.exports.push(Export { name: copy.clone().into(), item: Exported::Function(function) });
    }
    cut(&mut module, keep);
    module.exports.retain(|export| {
        ![HOOK, TRAP].iter().any(|prefix| export.name.starts_with(prefix)) && (keep.export)(&export.name)
    });
    let mut reach = module.reach()?;
    module.inline(&mut reach)?;
    Ok(module.encode_reached(&reach)?.bytes)
}

/// Names the functions that only trap, and makes what cannot be reached trap.
pub(crate) fn cut(module: &mut Module<'_>, keep: &Keep<'_>) {
    let mut unreached = HashSet::new();
    for Export { name, item } in &module.exports {
        let Exported::Function(function) = *item else { continue };
        if name.starts_with(TRAP) {
            module.functions[function.position()].name = Some(name.to_string());
        } else if name.strip_prefix(HOOK).is_some_and(|hook| !(keep.hook)(hook)) {
            unreached.insert(function);
        }
    }
    for (at, function) in FuncIndex(0).onwards().zip(&mut module.functions) {
        match &mut function.source {
            Source::Code(_) if !unreached.contains(&at) => {}
            Source::Import { module, name } if (keep.import)(module, name) => {
                if let Some(renamed) = (keep.rename)(module) {
                    *module = renamed.into();
                }
            }
            unreached => *unreached = Source::UNREACHABLE,
        }
    }
}

/// Puts the exports under [`INSTEAD`] in their places, or removes them.
pub(crate) fn replace_by_instead(module: &mut Module<'_>, wanted: bool) {
    let (instead, mut others): (Vec<_>, Vec<_>) =
        std::mem::take(&mut module.exports).into_iter().partition(|export| export.name.starts_with(INSTEAD));
    for export in instead.into_iter().filter(|_| wanted) {
        let name = export.name[INSTEAD.len()..].to_string();
        others.retain(|other| other.name != name);
        others.push(Export { name: name.into(), ..export });
    }
    module.exports = others;
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEEP: Keep<'static> = Keep {
        copies: &[],
        export: &|_| true,
        hook: &|_| true,
        instead: false,
        import: &|_, _| true,
        rename: &|_| None,
    };

    fn pruned(text: &str, keep: &Keep<'_>) -> Result<String, Error> {
        let bytes = prune(&wat::parse_str(text).unwrap(), keep)?;
        wasmparser::Validator::new().validate_all(&bytes).unwrap();
        Ok(wasmprinter::print_bytes(bytes).unwrap())
    }

    #[track_caller]
    fn becomes(text: &str, keep: &Keep<'_>, expected: &str) {
        let expected = wasmprinter::print_bytes(wat::parse_str(expected).unwrap()).unwrap();
        assert_eq!(pruned(text, keep).unwrap(), expected);
    }

    #[test]
    fn what_no_export_reaches_goes() {
        let text = r#"(module
            (type $unused (func (param f64)))
            (import "a" "unused" (func (type $unused)))
            (import "a" "used" (func $used (param i32)))
            (memory 1)
            (global $unused i64 (i64.const 1))
            (global $base i32 (i32.const 8))
            (global $used (mut i32) (i32.const 2))
            (table $used 2 funcref)
            (table $unused 1 funcref)
            (elem (table $unused) (i32.const 0) func $of_unused_table)
            (elem (table $used) (i32.const 1) func $of_table)
            (data (i32.const 8) "stays")
            (data (i32.const 4096) "goes")
            (func $of_unused_table (global.set $used (i32.const 5)))
            (func $unused (call $inner))
            (func $inner (call $used (global.get $used)))
            (func $of_table (param i64))
            (func (export "gone") (call $unused))
            (func (export "stays")
                (call $inner)
                (call $inner)
                (call_indirect $used (param i64) (i64.const 0) (i32.const 1))
                (drop (i32.load offset=8 (i32.const 0)))))"#;
        let keep = Keep { export: &|name| name == "stays", ..KEEP };
        let expected = r#"(module
            (type (func (param i32))) (type (func)) (type (func (param i64)))
            (import "a" "used" (func (type 0)))
            (func (type 1) global.get 0 call 0)
            (func (type 2))
            (func (type 1) call 1 call 1 i64.const 0 i32.const 1 call_indirect (type 2) i32.const 0 i32.load offset=8 drop)
            (table 2 funcref)
            (memory 1)
            (global (mut i32) i32.const 2)
            (export "stays" (func 3))
            (elem (table 0) (i32.const 1) func 2)
            (data (i32.const 8) "stays"))"#;
        becomes(text, &keep, expected);
    }

    #[test]
    fn statics_are_kept_that_code_or_others_have_the_addresses_of() {
        let text = r#"(module
            (memory 1)
            (global (mut i32) (i32.const 1100))
            (data (i32.const 1000) "\00\00first\00\00")
            (data (i32.const 1100) "of nothing")
            (data (i32.const 1200) "\14\05\00\00")
            (data (i32.const 1300) "of another")
            (data (i32.const 1400) "from one on")
            (data (i32.const 1500) "\00\00\00")
            (data (i32.const 1600) "offset")
            (func (export "f") (param i32)
                (global.set 0 (global.get 0))
                (drop (i32.load8_u (i32.const 1001)))
                (drop (i32.load (i32.const 1200)))
                (drop (i32.load8_u (i32.add (i32.const 1399) (local.get 0))))
                (drop (i32.load (i32.const 1500)))
                (drop (i32.load8_u offset=1605 (local.get 0)))))"#;
        let printed = pruned(text, &KEEP).unwrap();
        let data: Vec<&str> = printed.lines().map(str::trim).filter(|line| line.starts_with("(data")).collect();
        let expected = [
            r#"(data (;0;) (i32.const 1002) "first")"#,
            r#"(data (;1;) (i32.const 1200) "\14\05")"#,
            r#"(data (;2;) (i32.const 1300) "of another")"#,
            r#"(data (;3;) (i32.const 1400) "from one on")"#,
            r#"(data (;4;) (i32.const 1600) "offset")"#,
        ];
        assert_eq!(data, expected);
    }

    #[test]
    fn parts_and_imports_that_are_not_needed_trap() {
        let text = r#"(module
            (import "x" "f" (func $x (result i32)))
            (import "y" "f" (func $y (result i32)))
            (import "x" "g" (func $z (result i32)))
            (func $one (export "hook:x/one") (result i32) (call $x))
            (func $two (export "hook:y/two") (result i32) (call $y))
            (func (export "all") (result i32) (i32.add (i32.add (call $one) (call $two)) (i32.add (call $x) (i32.add (call $y) (call $z))))))"#;
        let keep = Keep {
            hook: &|hook| hook.starts_with("x/"),
            import: &|module, name| module == "x" && name == "f",
            rename: &|module| Some(format!("{module}@2")),
            ..KEEP
        };
        // The hook and the imports that are gone are one function.
        let expected = r#"(module (type (func (result i32)))
            (import "x@2" "f" (func (type 0)))
            (func (type 0) unreachable)
            (func (type 0) call 0 call 1 i32.add call 0 call 1 call 1 i32.add i32.add i32.add)
            (export "all" (func 2)))"#;
        becomes(text, &keep, expected);
    }

    #[test]
    fn exports_are_copied_replaced_and_named() {
        let text = r#"(module
            (func $trap (export "trap: why") unreachable)
            (func (export "f") i32.const 1 drop)
            (func (export "instead:f") call $trap))"#;
        let copies = [("f".to_string(), "g".to_string())];
        let trap = r#"(func $"trap: why" unreachable)"#;
        let keep = Keep { copies: &copies, ..KEEP };
        becomes(text, &keep, r#"(module (func (export "f") (export "g") i32.const 1 drop))"#);
        let keep = Keep { instead: true, ..keep };
        becomes(text, &keep, &format!(r#"(module {trap} (func (export "f") (export "g") call 0))"#));
    }

    #[test]
    fn what_is_not_a_prebuilt_module_is_an_error() {
        let truncated = &wat::parse_str("(module (func (export \"f\")))").unwrap()[..12];
        assert!(matches!(prune(truncated, &KEEP), Err(Error::Unsound(_))));
        for text in [r#"(module (import "a" "t" (table 1 funcref)))"#, r#"(module (tag (export "t")))"#] {
            assert!(matches!(pruned(text, &KEEP), Err(Error::Unsound(_))), "{text}");
        }
        let copies = [("f".to_string(), "g".to_string())];
        assert!(matches!(pruned("(module)", &Keep { copies: &copies, ..KEEP }), Err(Error::Unsound(_))));
        let dangling = r#"(module (func (export "f") call 7))"#;
        assert!(matches!(pruned(dangling, &KEEP), Err(Error::Unsound(_))));
    }
}
