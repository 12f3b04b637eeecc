//! A guest that calls every function of every interface of 0.2 with numbers that make no sense. Whatever it passes, it is told what an
//! engine tells a component that calls another: the same call traps or returns where the adapter is in the guest's own component
//! and where it is a component beside it, and what the guest has besides goes on working, or not, in both.

use std::fmt::Write;

use wasi_shim::harness::{Capture, CommandOptions, Host, Outcome, Output, Program};
use wasi_shim::wasi::{Catalogue, Generation};
use wasi_shim::{Linking, Target, Wrap};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;
use wit_parser::abi::{AbiVariant, WasmSignature, WasmType};

/// Calls of each function.
const CALLS: u64 = 10;
/// The words that a call can take.
const SLOTS: usize = 17;

/// Prepares handles of several types (from 1 on), does what its argument says (the number of a function and its parameters, in
/// hexadecimal digits; the last word is what `cabi_realloc` then gives, if it is not zero), and looks whether the rest still works.
/// Its own data lies where no result goes: the padding of results is copied, too.
const MAIN: &str = r#"
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
  (func (export "wasi:cli/run@0.2.12#run") (result i32) (local $text i32) (local $at i32) (local $live i32)
    (drop (call $stdout)) (drop (call $stderr)) (drop (call $stdin))
    (local.set $live (call $timer (i64.const 0)))
    (drop (call $fields))
    (call $directories (i32.const 0x3100))
    (drop (call $network))
    (call $tcp (i32.const 0) (i32.const 0x3100))
    (call $udp (i32.const 0) (i32.const 0x3100))
    (drop (call $request (call $fields)))
    (drop (call $request-options))
    (drop (call $response (call $fields)))
    (call $drop-pollable (call $timer (i64.const 0)))
    (call $arguments (i32.const 0x3100))
    (local.set $text (i32.load offset=8 (i32.load (i32.const 0x3100))))
    (loop $next
      (i64.store (i32.add (i32.const 0x3200) (i32.shl (local.get $at) (i32.const 3)))
        (call $hex (i32.add (i32.add (local.get $text) (i32.const 4)) (i32.shl (local.get $at) (i32.const 4))) (i32.const 16)))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 18))))
    (global.set $given (i32.wrap_i64 (call $slot (i32.const 17))))
    (call $attack (i32.wrap_i64 (call $hex (local.get $text) (i32.const 4))))
    (global.set $given (i32.const 0))
    (call $write (call $stdout) (i32.const 0x3000) (i32.const 3) (i32.const 0x3100))
    (i32.or (i32.load8_u (i32.const 0x3100)) (i32.eqz (call $ready (local.get $live)))))
"#;

/// What the guest itself calls.
const NAMED: &[(&str, &str, &str)] = &[
    ("$stdout", "wasi:cli/stdout@0.2.12", "get-stdout"),
    ("$stderr", "wasi:cli/stderr@0.2.12", "get-stderr"),
    ("$stdin", "wasi:cli/stdin@0.2.12", "get-stdin"),
    ("$timer", "wasi:clocks/monotonic-clock@0.2.12", "subscribe-duration"),
    ("$fields", "wasi:http/types@0.2.12", "[constructor]fields"),
    ("$network", "wasi:sockets/instance-network@0.2.12", "instance-network"),
    ("$tcp", "wasi:sockets/tcp-create-socket@0.2.12", "create-tcp-socket"),
    ("$udp", "wasi:sockets/udp-create-socket@0.2.12", "create-udp-socket"),
    ("$request", "wasi:http/types@0.2.12", "[constructor]outgoing-request"),
    ("$request-options", "wasi:http/types@0.2.12", "[constructor]request-options"),
    ("$response", "wasi:http/types@0.2.12", "[constructor]outgoing-response"),
    ("$directories", "wasi:filesystem/preopens@0.2.12", "get-directories"),
    ("$arguments", "wasi:cli/environment@0.2.12", "get-arguments"),
    ("$write", "wasi:io/streams@0.2.12", "[method]output-stream.blocking-write-and-flush"),
    ("$ready", "wasi:io/poll@0.2.12", "[method]pollable.ready"),
    ("$drop-pollable", "wasi:io/poll@0.2.12", "[resource-drop]pollable"),
];

/// The resources that the guest has, by their handles from 1 on. The one behind the last was dropped.
const LIVE: &[&str] = &[
    "output-stream",
    "output-stream",
    "input-stream",
    "pollable",
    "fields",
    "descriptor",
    "network",
    "tcp-socket",
    "udp-socket",
    "outgoing-request",
    "request-options",
    "outgoing-response",
];

/// An imported function.
struct Import {
    interface: String,
    name: String,
    params: Vec<&'static str>,
    results: Vec<&'static str>,
    has_result_area: bool,
}

fn core_type(ty: &WasmType) -> &'static str {
    match ty {
        WasmType::I64 | WasmType::PointerOrI64 => "i64",
        WasmType::F32 => "f32",
        WasmType::F64 => "f64",
        WasmType::I32 | WasmType::Pointer | WasmType::Length => "i32",
    }
}

/// All functions of 0.2 that guests import.
fn imports(resolve: &Resolve, interfaces: &[(String, wit_parser::InterfaceId)]) -> Vec<Import> {
    let mut imports = Vec::new();
    for (_, id) in interfaces {
        let interface = resolve.id_of(*id).unwrap();
        for function in resolve.interfaces[*id].functions.values() {
            let WasmSignature { params, results, retptr, .. } =
                resolve.wasm_signature(AbiVariant::GuestImport, function);
            imports.push(Import {
                interface: interface.clone(),
                name: function.name.clone(),
                params: params.iter().map(core_type).collect(),
                results: results.iter().map(core_type).collect(),
                has_result_area: retptr,
            });
        }
        for (name, ty) in &resolve.interfaces[*id].types {
            if matches!(resolve.types[*ty].kind, wit_parser::TypeDefKind::Resource) {
                imports.push(Import {
                    interface: interface.clone(),
                    name: format!("[resource-drop]{name}"),
                    params: vec!["i32"],
                    results: vec![],
                    has_result_area: false,
                });
            }
        }
    }
    imports
}

/// The guest.
fn guest(catalogue: &Catalogue) -> (Vec<u8>, Vec<Import>) {
    let mut resolve = catalogue.resolve().clone();
    let exported = ["wasi:cli/run", "wasi:http/incoming-handler"];
    let interfaces: Vec<_> =
        catalogue.interfaces(Generation::Wasi02).filter(|(name, _)| !exported.contains(&name.as_str())).collect();
    let imports = imports(&resolve, &interfaces);
    let mut world = "package test:wild; world wild { export wasi:cli/run@0.2.12;\n".to_string();
    for (_, id) in &interfaces {
        let _ = writeln!(world, "import {};", resolve.id_of(*id).unwrap());
    }
    let package = resolve.push_str("wild.wit", &(world + "}")).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();

    let list = |kind: &str, types: &[&str]| match types {
        [] => String::new(),
        types => format!("({kind} {})", types.join(" ")),
    };
    let mut text = "(module\n".to_string();
    for (at, import) in imports.iter().enumerate() {
        let Import { interface, name, params, results, .. } = import;
        let (params, results) = (list("param", params), list("result", results));
        let _ = writeln!(text, "(import \"{interface}\" \"{name}\" (func $f{at} {params} {results}))");
        if let Some((id, ..)) = NAMED.iter().find(|(_, of, named)| of == interface && named == name) {
            let _ = writeln!(text, "(import \"{interface}\" \"{name}\" (func {id} {params} {results}))");
        }
    }
    text += MAIN;
    text += "(func $attack (param i32)";
    for (at, import) in imports.iter().enumerate() {
        let _ = write!(text, "(if (i32.eq (local.get 0) (i32.const {at})) (then ");
        for (slot, ty) in import.params.iter().enumerate() {
            let slot = format!("(call $slot (i32.const {slot}))");
            let _ = match *ty {
                "i64" => write!(text, "{slot}"),
                "i32" => write!(text, "(i32.wrap_i64 {slot})"),
                "f32" => write!(text, "(f32.reinterpret_i32 (i32.wrap_i64 {slot}))"),
                _ => write!(text, "(f64.reinterpret_i64 {slot})"),
            };
        }
        let _ = writeln!(text, "(call $f{at}) {}))", "drop ".repeat(import.results.len()));
    }
    text += "))";
    let mut module = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    let component = ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap();
    (component, imports)
}

/// A sequence of random numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    /// A parameter: often a handle, a length or a case that there is, an address, or nonsense.
    fn word(&mut self) -> u64 {
        // Nothing that an adapter would allocate before it is too much: more than there is, or little.
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
            0..=3 => self.below(LIVE.len() as u64 + 3),
            4 => 0x1000 + 8 * self.below(2),
            5 => self.below(3),
            _ => WILD[self.below(WILD.len() as u64) as usize],
        }
    }
}

/// How a call ended, and what was printed afterwards.
fn outcome(program: &Program, argument: &str) -> (Result<i32, String>, Vec<u8>) {
    let directory = tempfile::tempdir().unwrap();
    let stdout = Capture::new();
    let mut options = CommandOptions::default();
    options.args = vec!["wild".into(), argument.into()];
    options.dirs = vec![(directory.path().into(), "/".into())];
    options.stdout = Output::Capture(stdout.clone());
    let outcome = match program.run(options).unwrap() {
        Outcome::Exit(code) => Ok(code),
        Outcome::Trap { report } => Err(report),
        _ => unreachable!(),
    };
    (outcome, stdout.contents())
}

#[test]
fn what_is_passed_is_checked_as_between_components() {
    let (guest, imports) = guest(&Catalogue::all());
    let host = Host::new(Target::Wasi03).unwrap();
    let [linked, composed] = [Linking::Linked, Linking::Composed].map(|linking| {
        let wrapped = Wrap::new(&guest).to(Target::Wasi03).linking(linking).run().unwrap();
        host.compile(&wrapped.bytes).unwrap()
    });
    let mut random = Random(0);
    let (mut returned, mut trapped) = (0, 0);
    for (at, import) in imports.iter().enumerate() {
        for _ in 0..CALLS {
            let mut words: Vec<u64> = (0..=SLOTS).map(|_| random.word()).collect();
            words[SLOTS] = if random.below(8) == 0 { random.word() } else { 0 };
            if import.has_result_area && random.below(8) > 0 {
                words[import.params.len() - 1] = 0x1000;
            }
            // Mostly a method of what it is a method of.
            let resource = import.name.split([']', '.']).nth(1).filter(|_| !import.name.starts_with("[c"));
            if let Some(live) = LIVE.iter().rposition(|live| Some(*live) == resource)
                && random.below(4) > 0
            {
                words[0] = live as u64 + 1;
            }
            let argument = words.iter().fold(format!("{at:04x}"), |all, word| format!("{all}{word:016x}"));
            let call = || format!("{} of {} with {:x?}", import.name, import.interface, words);
            let (expected, actual) = (outcome(&composed, &argument), outcome(&linked, &argument));
            match (&expected.0, &actual.0) {
                (Ok(_), Ok(_)) => returned += 1,
                (Err(_), Err(_)) => trapped += 1,
                (expected, actual) => panic!("{}: {expected:?} composed, {actual:?} linked", call()),
            }
            assert_eq!(expected.1, actual.1, "{}", call());
            assert_eq!(expected.0.ok(), actual.0.ok(), "{}", call());
        }
    }
    assert!(returned > 500 && trapped > 500, "{returned} returned, {trapped} trapped");
}
