//! Components as text: a module over canonical functions, and the acts of a hostile part.

use std::fmt::Write;

/// A memory `$mem`, and `$realloc` in it, from 2048 on.
pub const MEMORY: &str = r#"(core module $Memory (memory (export "mem") 1) (global $next (mut i32) (i32.const 2048))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
        (local.set $at (global.get $next))
        (global.set $next (i32.and (i32.add (i32.add (global.get $next) (local.get 3)) (i32.const 7)) (i32.const -8)))
        (local.get $at)))
    (core instance $memory (instantiate $Memory)) (alias core export $memory "mem" (core memory $mem))
    (alias core export $memory "realloc" (core func $realloc))"#;

/// A module over core functions: those that it imports, by name, definition and type, then its own
/// text.
#[derive(Default)]
pub struct Module {
    definitions: String,
    imports: String,
    exports: String,
}

impl Module {
    pub fn function(&mut self, name: &str, definition: &str, ty: &str) {
        let at = self.exports.matches("(export").count();
        writeln!(self.definitions, "(core func $f{at} {definition})").unwrap();
        writeln!(self.imports, "(import \"\" \"{name}\" (func ${name} {ty}))").unwrap();
        write!(self.exports, "(export \"{name}\" (func $f{at}))").unwrap();
    }

    pub fn functions(&mut self, all: &[(&str, &str, &str)]) {
        all.iter().for_each(|(name, definition, ty)| self.function(name, definition, ty));
    }

    pub fn text(&self, body: &str) -> String {
        let Module { definitions, imports, exports } = self;
        format!(
            r#"{definitions}
            (core module $Main {imports} (import "memory" "mem" (memory 1)) {body})
            (core instance $main (instantiate $Main (with "memory" (instance $memory)) (with "" (instance {exports}))))"#
        )
    }
}

/// Something that the hostile part does with the number `$n`.
pub struct Act {
    pub name: String,
    /// The function that does it.
    function: String,
    /// Its core type.
    ty: &'static str,
    arguments: String,
    /// The number that the act gives, if the function has no result.
    gives: String,
}

/// The number that an act gives which has no other result.
pub const DONE: u32 = 1000;

impl Act {
    pub fn new(name: &str, function: &str, ty: &'static str, arguments: &str) -> Act {
        let gives = format!("(i32.const {DONE})");
        Act { name: name.into(), function: function.into(), ty, arguments: arguments.into(), gives }
    }

    /// Of a function that has a result in memory, at 512: whether that is an error.
    pub fn with_result(self) -> Act {
        Act { gives: "(i32.load8_u (i32.const 512))".into(), ..self }
    }
}

/// The function `act(act, n)`, which does one of them.
pub fn acting(module: &mut Module, acts: &[Act]) -> String {
    let mut text = String::from(r#"(func (export "act") (param $act i32) (param $n i32) (result i32)"#);
    for (at, Act { function, ty, arguments, gives, .. }) in acts.iter().enumerate() {
        let name = format!("act{at}");
        module.function(&name, function, ty);
        let does = if ty.contains("(result") {
            format!("(return (call ${name} {arguments}))")
        } else {
            format!("(call ${name} {arguments}) (return {gives})")
        };
        writeln!(text, "(if (i32.eq (local.get $act) (i32.const {at})) (then {does}))").unwrap();
    }
    text + "unreachable)"
}

/// The function that does one act, and perhaps another: its result is that of the last.
pub const ACTS: &str = r#"(func $acts (param $act i32) (param $n i32) (param $then i32) (param $m i32) (result i32)
        (local $got i32)
        (local.set $got (call $attack (local.get $act) (local.get $n)))
        (if (i32.eq (local.get $then) (i32.const -1)) (then (return (local.get $got))))
        (call $attack (local.get $then) (local.get $m)))"#;
