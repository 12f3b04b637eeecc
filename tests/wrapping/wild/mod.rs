//! Guests that call every function of every interface of a generation with numbers that make no
//! sense. Whatever they pass, they are told what an engine tells a component that calls another:
//! the same call traps or returns where the adapter is in the guest's own component and where it is
//! a component beside it, and what the guest has besides goes on working, or not, in both.

mod wasi02;
mod wasi03;

use std::fmt::Write;

use wasi_shim::{Generation, Linking, Wrap};
use wasi_shim_hosts::{Capture, CommandOptions, Directory, Input, Outcome, Output, Program};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::abi::{AbiVariant, WasmSignature, WasmType};
use wit_parser::{Function, Resolve};

use crate::support::wit;
use crate::support::{
    engine,
    seeds::{Random, Seeds},
};

/// The words that a call can take.
const SLOTS: usize = 17;

/// Words that stand for the ends of a stream or future that were made last: the readable one, the
/// writable one.
const ENDS: [u64; 2] = [0xeeee_0001, 0xeeee_0002];

/// The code that all guests have. `$attack-as` follows the text of its argument, call by call: the
/// number of a function and its parameters, in hexadecimal digits; the last word is the address
/// that `cabi_realloc` then gives, if it is not zero. The guest's own data lies where no result
/// goes.
const COMMON: &str = r#"
  (memory (export "memory") 4)
  (global $next (mut i32) (i32.const 0x10000))
  (global $given (mut i32) (i32.const 0))
  (data (i32.const 0x3000) "ok\n")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (if (global.get $given) (then (return (global.get $given))))
    (global.set $next (i32.and (i32.add (global.get $next) (i32.add (local.get 2) (i32.const -1))) (i32.sub (i32.const 0) (local.get 2))))
    (global.get $next)
    (global.set $next (i32.add (global.get $next) (local.get 3)))
    (loop $more (if (i32.gt_u (global.get $next) (i32.shl (memory.size) (i32.const 16)))
      (then (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable)) (br $more)))))
  (func $hex (param $at i32) (param $digits i32) (result i64) (local $all i64) (local $digit i32)
    (loop $next
      (local.set $digit (i32.load8_u (local.get $at)))
      (local.set $all (i64.or (i64.shl (local.get $all) (i64.const 4)) (i64.extend_i32_u
        (i32.sub (local.get $digit) (select (i32.const 48) (i32.const 87) (i32.lt_u (local.get $digit) (i32.const 58)))))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (local.tee $digits (i32.sub (local.get $digits) (i32.const 1)))))
    (local.get $all))
  (func $slot (param i32) (result i64) (i64.load (i32.add (i32.const 0x3200) (i32.shl (local.get 0) (i32.const 3)))))
  (global $pair (mut i64) (i64.const 0))
  (func $slot-or-end (param i32) (result i32) (local $slot i64)
    (local.set $slot (call $slot (local.get 0)))
    (if (i64.eq (local.get $slot) (i64.const 0xeeee0001)) (then (return (i32.wrap_i64 (global.get $pair)))))
    (if (i64.eq (local.get $slot) (i64.const 0xeeee0002)) (then (return (i32.wrap_i64 (i64.shr_u (global.get $pair) (i64.const 32))))))
    (i32.wrap_i64 (local.get $slot)))
  (func $attack-as (param $argument i32) (local $text i32) (local $end i32) (local $at i32)
    (local.set $text (i32.load (local.get $argument)))
    (local.set $end (i32.add (local.get $text) (i32.load offset=4 (local.get $argument))))
    (loop $more
      (local.set $at (i32.const 0))
      (loop $next
        (i64.store (i32.add (i32.const 0x3200) (i32.shl (local.get $at) (i32.const 3)))
          (call $hex (i32.add (i32.add (local.get $text) (i32.const 4)) (i32.shl (local.get $at) (i32.const 4))) (i32.const 16)))
        (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 18))))
      (global.set $given (i32.wrap_i64 (call $slot (i32.const 17))))
      (call $attack (i32.wrap_i64 (call $hex (local.get $text) (i32.const 4))))
      (global.set $given (i32.const 0))
      (br_if $more (i32.lt_u (local.tee $text (i32.add (local.get $text) (i32.const 292))) (local.get $end)))))
"#;

/// An imported function.
struct Import {
    module: String,
    name: String,
    params: Vec<&'static str>,
    results: Vec<&'static str>,
    has_result_area: bool,
}

impl Import {
    /// Function `name` of `module`.
    fn new(module: &str, name: String, params: &[&'static str], results: &[&'static str]) -> Import {
        let (params, results) = (params.to_vec(), results.to_vec());
        Import { module: module.into(), name, params, results, has_result_area: false }
    }

    /// `function` of `module`, lowered so.
    fn lowered(resolve: &Resolve, module: &str, function: &Function, variant: AbiVariant) -> Import {
        let WasmSignature { params, results, retptr, .. } = resolve.wasm_signature(variant, function);
        let prefix = if variant == AbiVariant::GuestImportAsync { "[async-lower]" } else { "" };
        Import {
            module: module.into(),
            name: format!("{prefix}{}", function.name),
            params: params.iter().map(core_type).collect(),
            results: results.iter().map(core_type).collect(),
            has_result_area: retptr,
        }
    }
}

fn core_type(ty: &WasmType) -> &'static str {
    match ty {
        WasmType::I64 | WasmType::PointerOrI64 => "i64",
        WasmType::F32 => "f32",
        WasmType::F64 => "f64",
        WasmType::I32 | WasmType::Pointer | WasmType::Length => "i32",
    }
}

/// A guest, and what it imports.
struct Guest {
    component: Vec<u8>,
    imports: Vec<Import>,
}

/// The guest of `generation` with the functions of `main`, which calls those that are `named`.
/// `imports` gives what an interface has beside functions and resources.
fn guest(
    generation: Generation,
    main: &str,
    named: &[(&str, &str, &str)],
    exported: &[&str],
    more: impl Fn(&Resolve, &str, &Function) -> Vec<Import>,
    mut imports: Vec<Import>,
) -> Guest {
    let mut resolve = wit::resolve();
    let mut interfaces = wit::interfaces(&resolve, generation);
    let run = interfaces.iter().find(|(name, _)| name == "wasi:cli/run").unwrap().1;
    interfaces.retain(|(name, _)| !exported.contains(&name.as_str()));
    let mut world = String::new();
    for (_, id) in &interfaces {
        let interface = resolve.id_of(*id).unwrap();
        let _ = writeln!(world, "import {interface};");
        for function in resolve.interfaces[*id].functions.values() {
            imports.push(Import::lowered(&resolve, &interface, function, AbiVariant::GuestImport));
            imports.extend(more(&resolve, &interface, function));
        }
        for (name, ty) in &resolve.interfaces[*id].types {
            if matches!(resolve.types[*ty].kind, wit_parser::TypeDefKind::Resource) {
                imports.push(Import::new(&interface, format!("[resource-drop]{name}"), &["i32"], &[]));
            }
        }
    }
    let run = resolve.id_of(run).unwrap();
    let world = format!("package test:wild; world wild {{ export {run};\n{world} }}");
    let package = resolve.push_str("wild.wit", &world).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();

    let list = |kind: &str, types: &[&str]| match types {
        [] => String::new(),
        types => format!("({kind} {})", types.join(" ")),
    };
    let mut text = "(module\n".to_string();
    for (at, import) in imports.iter().enumerate() {
        let Import { module, name, params, results, .. } = import;
        let (params, results) = (list("param", params), list("result", results));
        let _ = writeln!(text, "(import \"{module}\" \"{name}\" (func $f{at} {params} {results}))");
        if let Some((id, ..)) = named.iter().find(|(_, of, named)| of == module && named == name) {
            let _ = writeln!(text, "(import \"{module}\" \"{name}\" (func {id} {params} {results}))");
        }
    }
    let _ = write!(text, "{COMMON}{main}(func $attack (param i32)");
    for (at, import) in imports.iter().enumerate() {
        let _ = write!(text, "(if (i32.eq (local.get 0) (i32.const {at})) (then ");
        for (slot_at, ty) in import.params.iter().enumerate() {
            let slot = format!("(call $slot (i32.const {slot_at}))");
            let _ = match *ty {
                "i64" => write!(text, "{slot}"),
                "i32" => write!(text, "(call $slot-or-end (i32.const {slot_at}))"),
                "f32" => write!(text, "(f32.reinterpret_i32 (i32.wrap_i64 {slot}))"),
                _ => write!(text, "(f64.reinterpret_i64 {slot})"),
            };
        }
        let result = if import.results == ["i64"] { "(global.set $pair)" } else { "drop" };
        let _ = writeln!(text, "(call $f{at}) {}))", if import.results.is_empty() { "" } else { result });
    }
    text += "))";
    let mut module = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    let component = ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap();
    Guest { component, imports }
}

impl Random {
    /// A parameter: often a handle, a length or a case that there is, an address, or nonsense.
    /// There are handles below `handles`.
    fn word(&mut self, handles: usize) -> u64 {
        // Nothing that an adapter would allocate before it is too much: more than there is, or
        // little.
        const WILD: &[u64] = &[
            9,
            0x21,
            0x101,
            0x402,
            0xd800,
            0x11_0000,
            0x3_fff8,
            0x4_0001,
            0x8000_0000,
            0xffff_fffc,
            0xffff_ffff,
            0x2000_0000_0000_0001,
            u64::MAX,
        ];
        match self.below(8) {
            0..=3 => self.below(handles) as u64,
            4 => 0x1000 + 8 * self.below(2) as u64,
            5 => self.below(3) as u64,
            _ => self.pick(WILD),
        }
    }

    /// The words for a call of `import`: its parameters, and what `cabi_realloc` gives. `live` are
    /// resources, by their handles from 1 on.
    fn words(&mut self, import: &Import, live: &[&str], handles: usize) -> Vec<u64> {
        let mut words: Vec<u64> = (0..=SLOTS).map(|_| self.word(handles)).collect();
        words[SLOTS] = if self.below(8) == 0 { self.word(handles) } else { 0 };
        if import.has_result_area && self.below(8) > 0 {
            words[import.params.len() - 1] = 0x1000;
        }
        // Mostly a method of what it is a method of.
        let name = import.name.trim_start_matches("[async-lower]");
        let resource = name.split([']', '.']).nth(1).filter(|_| !name.starts_with("[c"));
        if let Some(at) = live.iter().rposition(|live| Some(*live) == resource)
            && self.below(4) > 0
        {
            words[0] = at as u64 + 1;
        }
        words
    }
}

/// How a script ended, and what was printed afterwards.
type Ended = (Result<i32, String>, Vec<u8>);

fn outcome(program: &Program, script: &Script) -> Ended {
    let mut argument = String::new();
    for (at, words) in script {
        argument += &format!("{at:04x}");
        words.iter().for_each(|word| argument += &format!("{word:016x}"));
    }
    let directory = tempfile::tempdir().unwrap();
    let stdout = Capture::new();
    let mut options = CommandOptions::default();
    options.args = vec!["wild".into(), argument];
    options.dirs = vec![Directory::new(directory.path(), "/")];
    options.stdin = Input::Bytes(b"what is there to be read".to_vec());
    options.stdout = Output::Capture(stdout.clone());
    let outcome = match program.run(options).unwrap() {
        Outcome::Exit(code) => Ok(code),
        Outcome::Trap { report } => Err(report),
        _ => unreachable!(),
    };
    (outcome, stdout.contents())
}

/// Calls of imported functions, one after the other: which one, and the words.
type Script = Vec<(usize, Vec<u64>)>;

/// Does what `script` makes of each imported function, several times, linked and composed.
fn compare(guest: &Guest, target: Generation, times: u64, mut script: impl FnMut(&mut Random, usize) -> Script) {
    let host = engine::host(target);
    let [linked, composed] = [Linking::Linked, Linking::Composed].map(|linking| {
        let wrapped = Wrap::new(&guest.component).to(target).linking(linking).run().unwrap();
        host.compile(&wrapped.bytes).unwrap()
    });
    let functions = guest.imports.len() as u64;
    let (mut returned, mut trapped, mut fine, mut differ) = (0, 0, 0, 0);
    for seed in Seeds::new(functions * times) {
        let script = script(&mut Random::new(seed), (seed % functions) as usize);
        let run = || (outcome(&composed, &script), outcome(&linked, &script));
        let same = |(expected, actual): &(Ended, Ended)| {
            (expected.0.as_ref().ok(), &expected.1) == (actual.0.as_ref().ok(), &actual.1)
        };
        let mut ended = run();
        // The guest has a timer of 3 ms, and a script may poll it when that is just over.
        if !same(&ended) {
            ended = run();
        }
        let is_same = same(&ended);
        let (expected, actual) = ended;
        match &actual.0 {
            Ok(_) => returned += 1,
            Err(_) => trapped += 1,
        }
        fine += usize::from(actual.0 == Ok(0) && actual.1 == b"ok\n");
        if !is_same {
            differ += 1;
            let calls = script.iter().map(|(at, words)| {
                let Import { module, name, params, .. } = &guest.imports[*at];
                format!("{name} of {module} with {:x?}, {:x}", &words[..params.len()], words[SLOTS])
            });
            let calls = calls.collect::<Vec<_>>().join(", then ");
            println!("seed {seed}: {calls}: {expected:?} composed, {actual:?} linked");
        }
    }
    let counts = format!("{returned} returned, {trapped} trapped, {fine} went on");
    println!("{counts}");
    assert_eq!(differ, 0, "{counts}");
    assert!(returned > 300 && trapped > 300 && fine > 300, "{counts}");
}
