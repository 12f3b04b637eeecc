//! Guests of 0.3 on a host of 0.2: functions lowered both ways, and the built-ins of every stream
//! and future.

use wasi_shim::Generation;
use wit_parser::abi::AbiVariant;
use wit_parser::{Function, Resolve, TypeDefKind};

use super::{ENDS, Guest, Import, Random, SLOTS, Script, compare, guest};

/// Scripts for each function.
const TIMES: u64 = 4;

/// Prepares handles of several types, does what its argument says, and looks whether it can still
/// print, and wait.
const MAIN: &str = r#"
  (func $lower (param i64) (result i32) (i32.wrap_i64 (local.get 0)))
  (func $upper (param i64) (result i32) (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32))))
  (func (export "wasi:cli/run@0.3.2#run") (result i32) (local $set i32) (local $pair i64) (local $result i32) (local $status i32)
    (local.set $set (call $set-new))
    (call $join (i32.shr_u (call $begin-wait (i64.const 3000000)) (i32.const 4)) (local.get $set))
    (drop (call $begin-wait (i64.const 300000000)))
    (call $stdin (i32.const 0x3100))
    (drop (call $bytes-new))
    (drop (call $trailers-new))
    (call $directories (i32.const 0x3100))
    (drop (call $fields))
    (call $request-new (call $fields) (i32.const 0) (i32.const 0) (call $lower (call $trailers-new)) (i32.const 0) (i32.const 0) (i32.const 0x3100))
    (drop (call $request-options))
    (call $response-new (call $fields) (i32.const 0) (i32.const 0) (call $lower (call $trailers-new)) (i32.const 0x3100))
    (call $tcp (i32.const 0) (i32.const 0x3100))
    (call $udp (i32.const 0) (i32.const 0x3100))
    (call $arguments (i32.const 0x3100))
    (call $attack-as (i32.add (i32.load (i32.const 0x3100)) (i32.const 8)))
    (local.set $set (call $set-new))
    (local.set $pair (call $bytes-new))
    (local.set $result (call $stdout (call $lower (local.get $pair))))
    (local.set $status (call $bytes-write (call $upper (local.get $pair)) (i32.const 0x3000) (i32.const 3)))
    (if (i32.eq (local.get $status) (i32.const -1)) (then
      (call $join (call $upper (local.get $pair)) (local.get $set))
      (drop (call $wait-for-event (local.get $set) (i32.const 0x3100)))
      (local.set $status (i32.load (i32.const 0x3104)))
      (call $join (call $upper (local.get $pair)) (i32.const 0))))
    (call $bytes-drop-writable (call $upper (local.get $pair)))
    (if (i32.eq (call $result-read (local.get $result) (i32.const 0x3100)) (i32.const -1)) (then
      (call $join (local.get $result) (local.get $set))
      (drop (call $wait-for-event (local.get $set) (i32.const 0x3110)))))
    (call $wait (i64.const 1000000))
    (i32.or (i32.ne (i32.shr_u (local.get $status) (i32.const 4)) (i32.const 3)) (i32.load8_u (i32.const 0x3100))))
"#;

/// The functions that the guest itself calls.
const NAMED: &[(&str, &str, &str)] = &[
    ("$set-new", "$root", "[waitable-set-new]"),
    ("$join", "$root", "[waitable-join]"),
    ("$wait-for-event", "$root", "[waitable-set-wait]"),
    ("$begin-wait", "wasi:clocks/monotonic-clock@0.3.2", "[async-lower]wait-for"),
    ("$wait", "wasi:clocks/monotonic-clock@0.3.2", "wait-for"),
    ("$stdin", "wasi:cli/stdin@0.3.2", "read-via-stream"),
    ("$stdout", "wasi:cli/stdout@0.3.2", "write-via-stream"),
    ("$bytes-new", "wasi:cli/stdout@0.3.2", "[stream-new-0]write-via-stream"),
    ("$bytes-write", "wasi:cli/stdout@0.3.2", "[async-lower][stream-write-0]write-via-stream"),
    ("$bytes-drop-writable", "wasi:cli/stdout@0.3.2", "[stream-drop-writable-0]write-via-stream"),
    ("$result-read", "wasi:cli/stdout@0.3.2", "[async-lower][future-read-1]write-via-stream"),
    ("$directories", "wasi:filesystem/preopens@0.3.2", "get-directories"),
    ("$fields", "wasi:http/types@0.3.2", "[constructor]fields"),
    ("$trailers-new", "wasi:http/types@0.3.2", "[future-new-1][static]request.new"),
    ("$request-new", "wasi:http/types@0.3.2", "[static]request.new"),
    ("$request-options", "wasi:http/types@0.3.2", "[constructor]request-options"),
    ("$response-new", "wasi:http/types@0.3.2", "[static]response.new"),
    ("$tcp", "wasi:sockets/types@0.3.2", "[static]tcp-socket.create"),
    ("$udp", "wasi:sockets/types@0.3.2", "[static]udp-socket.create"),
    ("$arguments", "wasi:cli/environment@0.3.2", "get-arguments"),
];

/// The resources that the guest has, by their handles from 1 on.
const LIVE: &[&str] = &["descriptor", "fields", "request", "request-options", "response", "tcp-socket", "udp-socket"];

/// Its other handles, numbered in the order in which they are made: the beginnings of the names of
/// built-ins for them.
const OTHERS: &[&str] = &["[waitable-set-", "[subtask-", "[subtask-", "[stream-", "[future-", "[stream-", "[stream-"];

/// The built-ins that belong to no function.
fn of_root() -> Vec<Import> {
    let built_ins: &[(&str, &[&str], &[&str])] = &[
        ("[backpressure-inc]", &[], &[]),
        ("[backpressure-dec]", &[], &[]),
        ("[waitable-set-new]", &[], &["i32"]),
        ("[waitable-set-wait]", &["i32", "i32"], &["i32"]),
        ("[waitable-set-poll]", &["i32", "i32"], &["i32"]),
        ("[waitable-set-drop]", &["i32"], &[]),
        ("[waitable-join]", &["i32", "i32"], &[]),
        ("[thread-yield]", &[], &["i32"]),
        ("[subtask-drop]", &["i32"], &[]),
        ("[subtask-cancel]", &["i32"], &["i32"]),
        ("[context-get-0]", &[], &["i32"]),
        ("[context-set-0]", &["i32"], &[]),
    ];
    let built_ins = built_ins.iter();
    built_ins.map(|(name, params, results)| Import::new("$root", name.to_string(), params, results)).collect()
}

/// Beside a function: the same lowered async, and the built-ins of the streams and futures that it
/// mentions.
fn beside(resolve: &Resolve, interface: &str, function: &Function) -> Vec<Import> {
    let mut imports = Vec::new();
    if function.kind.is_async() {
        imports.push(Import::lowered(resolve, interface, function, AbiVariant::GuestImportAsync));
    }
    for (at, id) in function.find_futures_and_streams(resolve).into_iter().enumerate() {
        let (kind, copies): (&str, &[&str]) = match resolve.types[id].kind {
            TypeDefKind::Stream(_) => ("stream", &["i32", "i32", "i32"]),
            _ => ("future", &["i32", "i32"]),
        };
        let mut add = |prefix: &str, what: &str, params: &[&'static str], results: &[&'static str]| {
            let name = format!("{prefix}[{kind}-{what}-{at}]{}", function.name);
            imports.push(Import::new(interface, name, params, results));
        };
        add("", "new", &[], &["i64"]);
        add("[async-lower]", "read", copies, &["i32"]);
        add("[async-lower]", "write", copies, &["i32"]);
        for what in ["cancel-read", "cancel-write"] {
            add("", what, &["i32"], &["i32"]);
        }
        for what in ["drop-readable", "drop-writable"] {
            add("", what, &["i32"], &[]);
        }
    }
    imports
}

/// The name of `import`, however it is lowered.
fn name(import: &Import) -> &str {
    import.name.trim_start_matches("[async-lower]")
}

impl Import {
    /// The stream or future that the built-in belongs to: which one, of which function.
    fn end(&self) -> Option<&str> {
        let name = name(self);
        let is_end = name.starts_with("[stream-") || name.starts_with("[future-");
        is_end.then(|| &name[name.find(']').unwrap() - 1..])
    }
}

/// Makes scripts: before a function the ends of a stream or future that it, or a built-in, takes;
/// then that; then what can be done to them, or to waitables.
struct Scripts<'g> {
    guest: &'g Guest,
    random: &'g mut Random,
    script: Script,
}

impl Scripts<'_> {
    /// Built-ins for the same ends as `import`, or the first ends that this function mentions; all
    /// without ends if there are none.
    fn beside(&self, import: &Import) -> Vec<usize> {
        let own = format!("0]{}", name(import));
        let end = import.end().unwrap_or(&own);
        let is_beside = |other: &Import| other.module == import.module && other.end() == Some(end);
        let imports = &self.guest.imports;
        let found: Vec<usize> = (0..imports.len()).filter(|at| is_beside(&imports[*at])).collect();
        if found.is_empty() { (0..imports.len()).filter(|at| imports[*at].module == "$root").collect() } else { found }
    }

    fn of(mut self, first: usize) -> Script {
        let import = &self.guest.imports[first];
        let beside = self.beside(import);
        let new = beside.iter().find(|at| self.guest.imports[**at].name.contains("-new-"));
        if let Some(new) = new.filter(|_| self.random.below(8) > 0) {
            self.script.push((*new, vec![0; SLOTS + 1]));
        }
        self.call(first);
        for _ in 0..self.random.below(3) {
            let is_root = self.random.below(4) == 0;
            let root: Vec<usize> = self.beside(&Import::new("$root", String::new(), &[], &[]));
            let from = if is_root { &root } else { &beside };
            let next = self.random.pick(from);
            self.call(next);
        }
        self.script
    }

    fn call(&mut self, at: usize) {
        let import = &self.guest.imports[at];
        let random = &mut *self.random;
        let mut words = random.words(import, LIVE, LIVE.len() + 3);
        let is_root = import.module == "$root";
        let place = if import.end().is_some() || is_root { 0 } else { random.below(import.params.len().max(1)) };
        let of_kind: Vec<usize> = (0..OTHERS.len()).filter(|at| name(import).starts_with(OTHERS[*at])).collect();
        match random.below(8) {
            0..=5 if import.end().is_some() || !is_root && place > 0 => {
                let writable = name(import).contains("writ");
                words[place] = ENDS[if random.below(8) == 0 { random.below(2) } else { usize::from(writable) }];
            }
            0..=5 if is_root => {
                words[0] = 1 + match &of_kind[..] {
                    [] => 1 + random.below(OTHERS.len()),
                    of_kind => random.pick(of_kind),
                } as u64;
                words[1] = if name(import) == "[waitable-join]" { random.below(2) as u64 } else { 0x1000 };
            }
            _ => {}
        }
        // Of a copy, mostly a buffer that there is.
        if import.end().is_some() && import.params.len() > 1 && random.below(2) > 0 {
            words[1] = random.pick(&[0x1000, 0x3200]);
            words[2] = random.below(40) as u64;
        }
        if import.module.starts_with("wasi:random/") {
            // Bytes that are never the same would be put over those that are printed.
            words[SLOTS] = 0;
        }
        self.script.push((at, words));
    }
}

#[test]
fn what_is_passed_is_checked_as_between_components() {
    let exported = ["wasi:cli/run", "wasi:http/handler"];
    let guest = guest(Generation::Wasi03, MAIN, NAMED, &exported, beside, of_root());
    // A function that waits for time alone would wait as long as it is told to.
    let is_endless = |at: usize| matches!(&guest.imports[at].name[..], "wait-for" | "wait-until");
    let harmless = guest.imports.iter().position(|import| import.name == "[context-get-0]").unwrap();
    compare(&guest, Generation::Wasi02, TIMES, |random, at| {
        let scripts = Scripts { guest: &guest, random, script: Vec::new() };
        scripts.of(if is_endless(at) { harmless } else { at })
    });
}
