//! A caller and a callee: as two components, or as one with a boundary function between them.

use std::fmt::Write;

use wasm_encoder::ValType;

use super::ty::{Place, Text, Ty};
use crate::canonical_abi::Encoding;
use crate::canonical_abi::layout::Layout;

/// A memory, a `realloc` that logs all of its calls, and functions for tests to write and read the
/// memory.
///
/// 0x10: where the next call of `realloc` is logged; 0x14: the next free address; 0x18: how many
/// calls remain until one gives a bad address; 0x1c: which; 0x20: the key that changes handles;
/// 0x28: the byte that fills free memory.
const LIBC: &str = r#"
  (memory (export "memory") 4 32)
  (func $log (param $value i32)
    (i32.store (i32.load (i32.const 0x10)) (local.get $value))
    (i32.store (i32.const 0x10) (i32.add (i32.load (i32.const 0x10)) (i32.const 4))))
  (func (export "realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $new i32)
    (call $log (local.get $old)) (call $log (local.get $old_size))
    (call $log (local.get $align)) (call $log (local.get $size))
    (local.set $new (local.get $old))
    (if (i32.and (i32.ne (local.get $old) (i32.const 0)) (i32.le_u (local.get $size) (local.get $old_size)))
      (then (memory.fill (i32.add (local.get $old) (local.get $size)) (i32.const 0)
        (i32.sub (local.get $old_size) (local.get $size))))
      (else
        (local.set $new (i32.and
          (i32.add (i32.load (i32.const 0x14)) (i32.sub (local.get $align) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get $align))))
        (if (i32.gt_u (local.get $size) (i32.const 0x100000)) (then unreachable))
        (i32.store (i32.const 0x14) (i32.add (local.get $new) (local.get $size)))
        (block $enough (loop $more
          (br_if $enough (i32.le_u (i32.load (i32.const 0x14)) (i32.shl (memory.size) (i32.const 16))))
          (memory.fill (i32.shl (memory.grow (i32.const 1)) (i32.const 16)) (i32.load8_u (i32.const 0x28)) (i32.const 0x10000))
          (br $more)))
        (memory.copy (local.get $new) (local.get $old) (local.get $old_size))
        (memory.fill (local.get $old) (i32.const 0) (local.get $old_size))))
    (if (i32.eqz (i32.load (i32.const 0x18)))
      (then (local.set $new (select (i32.add (local.get $new) (i32.const 1)) (i32.const 0xfffffff0) (i32.load (i32.const 0x1c))))))
    (i32.store (i32.const 0x18) (i32.sub (i32.load (i32.const 0x18)) (i32.const 1)))
    (call $log (local.get $new))
    (local.get $new))
  (func (export "key") (param i32) (result i32) (i32.xor (local.get 0) (i32.load (i32.const 0x20))))
  (func (export "begin") (param i32 i32 i32 i32) (result i32) (i32.const 0))
  (func (export "poke") (param i32 i32)
    (i32.store (i32.const 0x10) (i32.const 0x8000))
    (i32.store (i32.const 0x14) (i32.const 0x10000))
    (memory.fill (i32.const 0x10000) (i32.load8_u (i32.const 0x28)) (i32.const 0x30000)))
  (func (export "peek") (result i32)
    (i32.store (i32.const 0x8) (i32.const 0))
    (i32.store (i32.const 0xc) (i32.shl (memory.size) (i32.const 16)))
    (i32.const 0x8))
"#;

/// The function that both forms are made for.
pub struct Subject<'s> {
    pub params: &'s [Ty],
    pub result: Option<&'s Ty>,
    /// The type of the lowered function, and of the lifted one.
    pub lowered: (Vec<ValType>, Vec<ValType>),
    pub lifted: (Vec<ValType>, Vec<ValType>),
    /// Whether the callee frees its results.
    pub post_return: bool,
    pub encodings: [Encoding; 2],
    pub trusts_callee: bool,
}

fn list(kind: &str, types: &[ValType]) -> String {
    let types = types.iter().fold(String::new(), |all, ty| all + " " + name(*ty));
    if types.is_empty() { types } else { format!("({kind}{types})") }
}

fn name(ty: ValType) -> &'static str {
    match ty {
        ValType::I32 => "i32",
        ValType::I64 => "i64",
        ValType::F32 => "f32",
        _ => "f64",
    }
}

impl Subject<'_> {
    /// Calls `f` with what lies at 0x100 and stores the result at 0x200.
    fn caller(&self) -> String {
        let (params, results) = &self.lowered;
        let mut text =
            format!("(import \"\" \"memory\" (memory 0)) (import \"\" \"f\" (func $f {}", list("param", params));
        let _ = write!(text, "{})) (func (export \"run\")", list("result", results));
        text += if results.is_empty() { "" } else { "(i32.const 0x200)" };
        for (at, ty) in params.iter().enumerate() {
            let _ = write!(text, "({}.load (i32.const {}))", name(*ty), 0x100 + 8 * at);
        }
        text += "(call $f)";
        text += &results.iter().map(|ty| format!(" {}.store", name(*ty))).collect::<String>();
        text + ")"
    }

    /// `f` stores its parameters at 0x300 and returns what lies at 0x200; `free` stores its
    /// parameters at 0x400.
    fn callee(&self) -> String {
        let (params, results) = &self.lifted;
        let mut text = "(import \"\" \"memory\" (memory 0))".to_string();
        let store = |text: &mut String, types: &[ValType], at: usize| {
            for (index, ty) in types.iter().enumerate() {
                let at = at + 8 * index;
                let _ = write!(text, "({}.store (i32.const {at}) (local.get {index}))", name(*ty));
            }
        };
        let _ = write!(text, "(func (export \"f\") {}{}", list("param", params), list("result", results));
        store(&mut text, params, 0x300);
        text += "(i32.store (i32.const 0x3f0) (i32.add (i32.load (i32.const 0x3f0)) (i32.const 1)))";
        text += &results.iter().map(|ty| format!("({}.load (i32.const 0x200))", name(*ty))).collect::<String>();
        let _ = write!(text, ") (func (export \"free\") {}", list("param", results));
        store(&mut text, results, 0x400);
        text += "(i32.store (i32.const 0x410) (i32.add (i32.load (i32.const 0x410)) (i32.const 1)))";
        text + ")"
    }

    /// Lifts the functions that tests call on both sides.
    fn tools(libc: &str, prefix: &str) -> String {
        format!(
            r#"
            (func (export "{prefix}-poke") (param "bytes" (list u8)) (canon lift (core func {libc} "poke")
              (memory (core memory {libc} "memory")) (realloc (core func {libc} "begin"))))
            (func (export "{prefix}-peek") (result (list u8)) (canon lift (core func {libc} "peek")
              (memory (core memory {libc} "memory"))))"#
        )
    }

    fn options(&self, side: usize) -> String {
        let encoding = match self.encodings[side] {
            Encoding::Utf8 => "utf8",
            Encoding::Utf16 => "utf16",
            Encoding::Compact => "latin1+utf16",
        };
        format!(
            "string-encoding={encoding} (memory (core memory $libc \"memory\")) (realloc (core func $libc \"realloc\"))"
        )
    }

    /// A component that exports the function.
    fn callee_component(&self) -> String {
        let mut types = Text::new(Place::Component);
        let signature = types.signature(self.params, self.result);
        let post_return = if self.post_return { "(post-return (core func $main \"free\"))" } else { "" };
        format!(
            r#"{types}
            (core module $libc {LIBC})
            (core instance $libc (instantiate $libc))
            (core module $main {main})
            (core instance $main (instantiate $main (with "" (instance (export "memory" (memory $libc "memory"))))))
            (func (export "f"){signature} (canon lift (core func $main "f") {options} {post_return}))
            {tools}"#,
            types = types.text,
            main = self.callee(),
            options = self.options(1),
            tools = Subject::tools("$libc", "callee"),
        )
    }

    /// Two components: the engine copies.
    pub fn composed(&self) -> String {
        let mut types = Text::new(Place::Instance);
        let signature = types.signature(self.params, self.result);
        format!(
            r#"(component
            (component $callee {callee})
            (instance $callee (instantiate $callee))
            (component $caller
              (import "callee" (instance $callee {types} (export "f" (func{signature}))))
              (core module $libc {LIBC})
              (core instance $libc (instantiate $libc))
              (core func $f (canon lower (func $callee "f") {options}))
              (core module $main {main})
              (core instance $main (instantiate $main (with "" (instance
                (export "memory" (memory $libc "memory")) (export "f" (func $f))))))
              (func (export "run") (canon lift (core func $main "run")))
              {tools})
            (instance $caller (instantiate $caller (with "callee" (instance $callee))))
            (export "run" (func $caller "run"))
            (export "caller-poke" (func $caller "caller-poke")) (export "caller-peek" (func $caller "caller-peek"))
            (export "callee-poke" (func $callee "callee-poke")) (export "callee-peek" (func $callee "callee-peek")))"#,
            callee = self.callee_component(),
            types = types.text,
            options = self.options(0),
            main = self.caller(),
            tools = Subject::tools("$libc", "caller"),
        )
    }

    /// One component, with core module `boundary` between the two sides, whose imports are
    /// `imports`.
    pub fn linked(&self, boundary: &str, imports: &[&str]) -> String {
        let imports: String =
            imports.iter().enumerate().map(|(at, import)| format!("(export \"{at}\" (func {import}))")).collect();
        let boundary = boundary.trim_start().strip_prefix("(module").expect("it is a module");
        format!(
            r#"(component
            (core module $libc {LIBC})
            (core instance $caller-libc (instantiate $libc))
            (core instance $callee-libc (instantiate $libc))
            (core module $callee {callee})
            (core instance $callee (instantiate $callee (with "" (instance
              (export "memory" (memory $callee-libc "memory"))))))
            (core module $boundary {boundary}
            (core instance $boundary (instantiate $boundary (with "" (instance
              (export "m" (memory $caller-libc "memory")) (export "m1" (memory $callee-libc "memory")) {imports}))))
            (core module $caller {caller})
            (core instance $caller (instantiate $caller (with "" (instance
              (export "memory" (memory $caller-libc "memory")) (export "f" (func $boundary "0"))))))
            (func (export "run") (canon lift (core func $caller "run")))
            {caller_tools} {callee_tools})"#,
            callee = self.callee(),
            caller = self.caller(),
            caller_tools = Subject::tools("$caller-libc", "caller"),
            callee_tools = Subject::tools("$callee-libc", "callee"),
        )
    }
}

/// The flat types of a function: of parameters and result, each in memory if there are too many.
pub fn flat(params: &[Layout], result: Option<&Layout>, is_lowered: bool) -> (Vec<ValType>, Vec<ValType>) {
    let mut flats: Vec<_> = params.iter().flat_map(|layout| layout.flat.clone()).collect();
    if flats.len() > 16 {
        flats = vec![ValType::I32];
    }
    let mut results = result.map_or(Vec::new(), |layout| layout.flat.clone());
    if results.len() > 1 {
        match is_lowered {
            true => {
                flats.push(ValType::I32);
                results.clear();
            }
            false => results = vec![ValType::I32],
        }
    }
    (flats, results)
}
