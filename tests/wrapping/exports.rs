//! Exports of one's own: async functions become functions that block. Each returns what it was
//! given, of every shape that the Canonical ABI knows, and destroys what it was given as soon as it
//! has returned it.

use crate::support::{engine, text::edited};
use wasi_shim::{Generation, WrapOptions};
use wasmtime::component::{Component, Linker, ResourceTable, Type, Val};
use wasmtime::{Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView, p2, p3};

pub struct State {
    pub wasi: WasiCtx,
    pub table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// Types in text form, with their flat types; more than 16 are passed in memory.
const TYPES: &[(&str, &str)] = &[
    ("bool", "i32"),
    ("s8", "i32"),
    ("u64", "i64"),
    ("f32", "f32"),
    ("f64", "f64"),
    ("char", "i32"),
    ("(flags \"a\" \"b\" \"c\")", "i32"),
    ("(enum \"a\" \"b\" \"c\")", "i32"),
    ("string", "i32 i32"),
    ("(list u8)", "i32 i32"),
    ("(list u64)", "i32 i32"),
    ("(list string)", "i32 i32"),
    ("(list (list (list string)))", "i32 i32"),
    ("(option string)", "i32 i32 i32"),
    ("(result string (error u64))", "i32 i64 i32"),
    ("(result (error string))", "i32 i32 i32"),
    ("(option (option f32))", "i32 i32 f32"),
    ("(tuple u8 f64 string s16 f32 u64)", "i32 f64 i32 i32 i32 f32 i64"),
    ("(record (field \"a\" u8) (field \"b\" (list (tuple u8 string))) (field \"c\" char))", "i32 i32 i32 i32"),
    (
        "(variant (case \"a\") (case \"b\" f32) (case \"c\" u64) (case \"d\" string) (case \"e\" (tuple f64 (list u16))))",
        "i32 i64 i32 i32",
    ),
    ("(list (result (tuple string u8) (error (list (option string)))))", "i32 i32"),
    (
        "(tuple u8 u16 u32 u64 s8 s16 s32 s64 f32 f64 bool char u8 u8 u8 u8)",
        "i32 i32 i32 i64 i32 i32 i32 i64 f32 f64 i32 i32 i32 i32 i32 i32",
    ),
    ("(tuple string string string string string string string string)", I32_16),
    ("(tuple string string string string string string string string u8)", "i32"),
    ("(tuple u8 u64 u8 u64 u8 u64 u8 u64 u8 u64 u8 u64 u8 u64 u8 u64 (option (list string)))", "i32"),
];

const I32_16: &str = "i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32";

/// A core module with a memory that has a realloc, and functions to destroy the parameters of a
/// call.
const MEMORY: &str = r#"
      (core module $memory
        (memory (export "memory") 2)
        (global $next (mut i32) (i32.const 1024))
        (global $start (mut i32) (i32.const 1024))
        (func (export "realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
          (local $at i32)
          ;; No parameter is as large as this.
          (if (i32.ge_u (local.get $size) (i32.const 4096)) (then (return (i32.mul (i32.const 65536)
            (memory.grow (i32.shr_u (i32.add (local.get $size) (i32.const 65535)) (i32.const 16)))))))
          (local.set $at (i32.and
            (i32.sub (i32.add (global.get $next) (local.get $align)) (i32.const 1))
            (i32.sub (i32.const 0) (local.get $align))))
          (global.set $next (i32.add (local.get $at) (local.get $size)))
          (memory.copy (local.get $at) (local.get $old) (local.get $had))
          (local.get $at))
        (func (export "end-of-parameters") (result i32) (global.get $next))
        (func (export "destroy") (param $end i32)
          (memory.fill (global.get $start) (i32.const 0xa5) (i32.sub (local.get $end) (global.get $start)))
          (global.set $start (global.get $next))))
      (core instance $memory (instantiate $memory))
      (alias core export $memory "memory" (core memory $mem))
      (alias core export $memory "realloc" (core func $realloc))"#;

/// `f: async func(x: T) -> T`, lifted with a callback, which yields once after it has returned.
fn identity(ty: &str, flat: &str, encoding: &str) -> String {
    let locals: String = (0..flat.split(' ').count()).map(|at| format!("(local.get {at})")).collect();
    format!(
        r#"(component
      (type $defined {ty})
      (import "t" (type $t (eq $defined)))
      {MEMORY}
      (canon task.return (result $t) (memory $mem) string-encoding={encoding} (core func $return))
      (core module $main
        (import "" "return" (func $return (param {flat})))
        (import "" "end-of-parameters" (func $end (result i32)))
        (import "" "destroy" (func $destroy (param i32)))
        (func (export "f") (param {flat}) (result i32)
          (local $end i32)
          (local.set $end (call $end))
          (call $return {locals})
          (call $destroy (local.get $end))
          (i32.const 1))
        (func (export "callback") (param i32 i32 i32) (result i32) (i32.const 0)))
      (core instance $main (instantiate $main (with "" (instance
        (export "return" (func $return))
        (export "end-of-parameters" (func $memory "end-of-parameters"))
        (export "destroy" (func $memory "destroy"))))))
      (func (export "f") async (param "x" $t) (result $t)
        (canon lift (core func $main "f") async (memory $mem) (realloc (core func $realloc)) string-encoding={encoding}
          (callback (core func $main "callback")))))"#
    )
}

/// A composition whose `g` calls that `f` through its async lowering. `g` takes a list of one where
/// the lowering takes its parameters in memory, and returns one.
fn call_between_parts(ty: &str, flat: &str, encoding: &str) -> String {
    let callee = identity(ty, flat, encoding).replacen("(component", "(component $callee", 1);
    let is_direct = flat.split(' ').count() <= 4;
    let (param, core_params, args) = if is_direct {
        let args: String = (0..flat.split(' ').count()).map(|at| format!("(local.get {at})")).collect();
        ("$t", flat, args)
    } else {
        ("$list", "i32 i32", "(local.get 0)".to_string())
    };
    let lowered = if is_direct { flat } else { "i32" };
    format!(
        r#"(component
      (type $defined {ty})
      (import "t" (type $t (eq $defined)))
      {callee}
      (component $caller
        (type $defined {ty})
        (import "t" (type $t (eq $defined)))
        (type $list (list $t))
        (import "f" (func $f async (param "x" $t) (result $t)))
        {MEMORY}
        (core func $call (canon lower (func $f) async (memory $mem) (realloc (core func $realloc)) string-encoding={encoding}))
        (core func $new (canon waitable-set.new))
        (core func $join (canon waitable.join))
        (core func $wait (canon waitable-set.wait (memory $mem)))
        (core func $drop (canon subtask.drop))
        (core module $main
          (import "" "memory" (memory 1))
          (import "" "call" (func $call (param {lowered} i32) (result i32)))
          (import "" "new" (func $new (result i32)))
          (import "" "join" (func $join (param i32 i32)))
          (import "" "wait" (func $wait (param i32 i32) (result i32)))
          (import "" "drop" (func $drop (param i32)))
          (func (export "g") (param {core_params}) (result i32)
            (local $status i32) (local $subtask i32) (local $set i32)
            (local.set $status (call $call {args} (i32.const 512)))
            (local.set $subtask (i32.shr_u (local.get $status) (i32.const 4)))
            (if (i32.ne (i32.and (local.get $status) (i32.const 15)) (i32.const 2)) (then
              (local.set $set (call $new))
              (call $join (local.get $subtask) (local.get $set))
              (loop $again
                (drop (call $wait (local.get $set) (i32.const 504)))
                (br_if $again (i32.ne (i32.load (i32.const 508)) (i32.const 2))))
              (call $join (local.get $subtask) (i32.const 0))
              (call $drop (local.get $subtask))))
            (i32.store (i32.const 496) (i32.const 512))
            (i32.store (i32.const 500) (i32.const 1))
            (i32.const 496)))
        (core instance $main (instantiate $main (with "" (instance
          (export "memory" (memory $mem)) (export "call" (func $call)) (export "new" (func $new))
          (export "join" (func $join)) (export "wait" (func $wait)) (export "drop" (func $drop))))))
        (func (export "f") async (param "x" {param}) (result $list)
          (canon lift (core func $main "g") (memory $mem) (realloc (core func $realloc)) string-encoding={encoding})))
      (instance $callee (instantiate $callee (with "t" (type $t))))
      (instance $caller (instantiate $caller (with "t" (type $t)) (with "f" (func $callee "f"))))
      (export "f" (func $caller "f")))"#
    )
}

/// The same composition, in which the caller imports all that the callee exports as one instance.
fn whole_instance(text: &str) -> String {
    let edits = [
        (
            r#"(import "f" (func $f async (param "x" $t) (result $t)))"#,
            r#"(import "callee" (instance $callee (alias outer 1 $t (type $t))
                 (export "f" (func async (param "x" $t) (result $t)))))
               (alias export $callee "f" (func $f))"#,
        ),
        (r#"(with "f" (func $callee "f"))"#, r#"(with "callee" (instance $callee))"#),
    ];
    edited(text, &edits)
}

/// Some value of `ty`; `seed` makes them differ.
fn value(ty: &Type, seed: &mut u64) -> Val {
    *seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    let n = *seed >> 33;
    match ty {
        Type::Bool => Val::Bool(n & 1 == 1),
        Type::S8 => Val::S8(n as i8),
        Type::U8 => Val::U8(n as u8),
        Type::S16 => Val::S16(n as i16),
        Type::U16 => Val::U16(n as u16),
        Type::S32 => Val::S32(n as i32),
        Type::U32 => Val::U32(n as u32),
        Type::S64 => Val::S64(*seed as i64),
        Type::U64 => Val::U64(*seed),
        Type::Float32 => Val::Float32(n as f32 / 7.0),
        Type::Float64 => Val::Float64(n as f64 / 7.0),
        Type::Char => Val::Char(['a', 'é', '\u{4e2d}', '\u{1f600}'][n as usize % 4]),
        Type::String => {
            let words = ["", "plain", "d\u{e9}j\u{e0} vu", "\u{4e2d}\u{6587} text", "\u{1f600}"];
            Val::String(words[n as usize % 5].repeat(1 + n as usize % 3))
        }
        Type::List(list) => Val::List((0..n % 5).map(|_| value(&list.ty(), seed)).collect()),
        Type::Record(record) => {
            Val::Record(record.fields().map(|field| (field.name.to_string(), value(&field.ty, seed))).collect())
        }
        Type::Tuple(tuple) => Val::Tuple(tuple.types().map(|ty| value(&ty, seed)).collect()),
        Type::Variant(variant) => {
            let cases: Vec<_> = variant.cases().collect();
            let case = &cases[n as usize % cases.len()];
            Val::Variant(case.name.to_string(), case.ty.as_ref().map(|ty| Box::new(value(ty, seed))))
        }
        Type::Enum(names) => {
            let names: Vec<_> = names.names().collect();
            Val::Enum(names[n as usize % names.len()].to_string())
        }
        Type::Option(option) => Val::Option((n & 1 == 1).then(|| Box::new(value(&option.ty(), seed)))),
        Type::Result(result) => Val::Result(match n & 1 {
            0 => Ok(result.ok().map(|ty| Box::new(value(&ty, seed)))),
            _ => Err(result.err().map(|ty| Box::new(value(&ty, seed)))),
        }),
        Type::Flags(flags) => {
            Val::Flags(flags.names().filter(|name| (n >> name.len()) & 1 == 1).map(String::from).collect())
        }
        other => panic!("no value of {other:?}"),
    }
}

fn engine(target: Generation) -> (Engine, Linker<State>) {
    let mut config = engine::config();
    config.wasm_component_model_async(target == Generation::Wasi03);
    let engine = Engine::new(&config).unwrap();
    let mut linker = Linker::new(&engine);
    match target {
        Generation::Wasi02 => p2::add_to_linker_async(&mut linker).unwrap(),
        Generation::Wasi03 => p3::add_to_linker(&mut linker).unwrap(),
    }
    (engine, linker)
}

fn wrap(component: &[u8]) -> Vec<u8> {
    let mut options = WrapOptions::default();
    options.to = Some(Generation::Wasi02);
    let wrapped = wasi_shim::wrap(component, &options).unwrap_or_else(|error| panic!("{error}"));
    let notes: Vec<String> = wrapped.notes.into_iter().map(|note| note.text).collect();
    assert_eq!(notes, ["export `f` is async: on WASI 0.2 a call blocks until it has returned"]);
    wrapped.bytes
}

/// Whether a value is passed as it is or in a list.
#[derive(Clone, Copy, PartialEq)]
enum Passed {
    Itself,
    InList,
}

impl Passed {
    fn pass(self, value: &Val) -> Val {
        match self {
            Passed::Itself => value.clone(),
            Passed::InList => Val::List(vec![value.clone()]),
        }
    }
}

/// Calls `f` of `component` `times` times with a value of its own, or without parameters, on a host
/// of `target`. The results, or that there was a trap.
fn call(component: &[u8], target: Generation, times: usize) -> Result<Vec<Val>, wasmtime::Error> {
    call_passing(component, target, times, Passed::Itself, Passed::Itself)
}

/// The same, passing parameter and result in a list or not.
fn call_passing(
    component: &[u8],
    target: Generation,
    times: usize,
    param: Passed,
    result: Passed,
) -> Result<Vec<Val>, wasmtime::Error> {
    let (engine, linker) = engine(target);
    let component = Component::new(&engine, component)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let state = State { wasi: WasiCtx::builder().build(), table: ResourceTable::new() };
        let mut store = Store::new(&engine, state);
        let instance = linker.instantiate_async(&mut store, &component).await?;
        let f = instance.get_func(&mut store, "f").expect("an export");
        let mut seed = 7;
        let mut all = Vec::new();
        for _ in 0..times {
            let ty = f.ty(&store);
            let expected = match (result, ty.results().next().expect("a result")) {
                (Passed::InList, Type::List(list)) => value(&list.ty(), &mut seed),
                (_, ty) => value(&ty, &mut seed),
            };
            let params: Vec<Val> = ty.params().map(|_| param.pass(&expected)).collect();
            let mut results = [Val::Bool(false)];
            f.call_async(&mut store, &params, &mut results).await?;
            if !params.is_empty() {
                assert_eq!(results[0], result.pass(&expected), "on {target:?}");
            }
            all.extend(results);
        }
        Ok(all)
    })
}

#[test]
fn values_of_every_shape_are_returned() {
    for (ty, flat) in TYPES {
        for encoding in ["utf8", "utf16", "latin1+utf16"] {
            if encoding != "utf8" && !ty.contains("string") {
                continue;
            }
            let component = wat::parse_str(identity(ty, flat, encoding)).unwrap();
            let native = call(&component, Generation::Wasi03, 20).unwrap_or_else(|error| panic!("{ty}: {error:?}"));
            let wrapped =
                call(&wrap(&component), Generation::Wasi02, 20).unwrap_or_else(|error| panic!("{ty}: {error:?}"));
            assert_eq!(native, wrapped, "{ty} in {encoding}");
        }
    }
}

#[test]
fn values_of_every_shape_go_from_part_to_part() {
    for (ty, flat) in TYPES {
        for encoding in ["utf8", "utf16", "latin1+utf16"] {
            if encoding != "utf8" && !ty.contains("string") {
                continue;
            }
            let param = if flat.split(' ').count() <= 4 { Passed::Itself } else { Passed::InList };
            let text = call_between_parts(ty, flat, encoding);
            for text in [whole_instance(&text), text] {
                let component = wat::parse_str(text).unwrap();
                let call = |component: &[u8], target| {
                    let results = call_passing(component, target, 5, param, Passed::InList);
                    results.unwrap_or_else(|error| panic!("{ty} in {encoding}: {error:?}"))
                };
                let (native, wrapped) =
                    (call(&component, Generation::Wasi03), call(&wrap(&component), Generation::Wasi02));
                assert_eq!(native, wrapped, "{ty} in {encoding}");
            }
        }
    }
}

/// Two core modules with a memory of its own each, and exports of either.
#[test]
fn values_lie_in_several_memories() {
    for (ty, flat) in TYPES {
        let [one, other] = ["f", "g"].map(|name| {
            let text = identity(ty, flat, "utf8")
                .replace(r#"(func (export "f") async"#, &format!(r#"(func (export "{name}") async"#));
            text.trim_start().strip_prefix("(component").unwrap().strip_suffix(')').unwrap().to_string()
        });
        // The names of the second.
        let mut second = other.replace(r#"(import "t" (type $t (eq $defined)))"#, "");
        for name in ["$memory", "$mem", "$realloc", "$return", "$main"] {
            for end in [" ", ")", "\n"] {
                second = second.replace(&format!("{name}{end}"), &format!("{name}2{end}"));
            }
        }
        let second = second.replacen("(type $defined ", "(type $defined2 ", 1);
        for [before, behind] in [[&one, &second], [&second, &one]] {
            let types = r#"(import "t" (type $t (eq $defined)))"#;
            let text = if before == &one {
                format!("(component {before} {behind})")
            } else {
                // The types that both use come first.
                let (defined, rest) = behind.split_once(types).unwrap();
                format!("(component {defined} {types} {before} {rest})")
            };
            let component = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
            let mut options = WrapOptions::default();
            options.to = Some(Generation::Wasi02);
            let wrapped = wasi_shim::wrap(&component, &options).unwrap_or_else(|error| panic!("{error}")).bytes;
            let native = call(&component, Generation::Wasi03, 20).unwrap_or_else(|error| panic!("{ty}: {error:?}"));
            let wrapped = call(&wrapped, Generation::Wasi02, 20).unwrap_or_else(|error| panic!("{ty}: {error:?}"));
            assert_eq!(native, wrapped, "{ty}");
        }
    }
}

/// An import whose results are allocated by an adapter of wasip1, which does so only while it calls
/// imports.
const ADAPTED: &str = r#"
    (import "wasi:cli/environment@0.3.0" (instance $environment (export "get-arguments" (func (result (list string))))))
    (core module $adapter (func (export "cabi_import_realloc") (param i32 i32 i32 i32) (result i32) unreachable))
    (core instance $adapter (instantiate $adapter))
    (alias core export $adapter "cabi_import_realloc" (core func $realloc))
    (canon lower (func $environment "get-arguments") (memory $mem) (realloc $realloc) (core func $get-arguments))"#;

/// Nothing in the component allocates: what is returned lies in the guest's memory from the
/// beginning.
#[test]
fn results_need_no_realloc() {
    results_of("");
}

#[test]
fn results_lie_beside_an_adapter() {
    results_of(ADAPTED);
}

fn results_of(beside: &str) {
    let returns = |ty: &str, flat: &str, values: &str, options: &str| {
        format!(
            r#"(component
          (type $t {ty})
          (core module $memory (memory (export "memory") 1)
            (data (i32.const 64) "a text that is returned") (data (i32.const 96) "\40\00\00\00\06\00\00\00\42\00\00\00\04\00\00\00"))
          (core instance $memory (instantiate $memory))
          (alias core export $memory "memory" (core memory $mem)) {beside}
          (canon task.return (result $t) {options} (core func $return))
          (core module $main
            (import "" "return" (func $return (param {flat})))
            (func (export "f") (result i32) (call $return {values}) (i32.const 0))
            (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
          (core instance $main (instantiate $main (with "" (instance (export "return" (func $return))))))
          (func (export "f") async (result $t)
            (canon lift (core func $main "f") async {options} (callback (core func $main "callback")))))"#
        )
    };
    let text = |text: &str| Val::String(text.into());
    for (component, expected) in [
        (returns("string", "i32 i32", "(i32.const 64) (i32.const 6)", "(memory $mem)"), text("a text")),
        (
            returns("(list string)", "i32 i32", "(i32.const 96) (i32.const 2)", "(memory $mem)"),
            Val::List(vec![text("a text"), text("text")]),
        ),
        (
            returns("(tuple u8 u64 f32)", "i32 i64 f32", "(i32.const 1) (i64.const 2) (f32.const 3)", ""),
            Val::Tuple(vec![Val::U8(1), Val::U64(2), Val::Float32(3.0)]),
        ),
    ] {
        let component = wat::parse_str(component).unwrap();
        assert_eq!(call(&component, Generation::Wasi03, 3).unwrap(), [(); 3].map(|()| expected.clone()));
        assert_eq!(call(&wrap(&component), Generation::Wasi02, 3).unwrap(), [(); 3].map(|()| expected.clone()));
    }
    for values in ["(i32.const 65530) (i32.const 100)", "(i32.const 97) (i32.const 2)", "(i32.const 0) (i32.const -1)"]
    {
        let component = wat::parse_str(returns("(list string)", "i32 i32", values, "(memory $mem)")).unwrap();
        assert!(call(&component, Generation::Wasi03, 1).is_err());
        assert!(call(&wrap(&component), Generation::Wasi02, 1).is_err(), "{values}: no trap");
    }
}
