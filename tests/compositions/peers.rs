//! Components that are told by each other to make, read and write a stream or future, and scenarios
//! of that.

use crate::support::both::{natively, run_on_wasi02, translated};
use crate::support::text::edited;
use wasi_shim::{Generation, WrapOptions};

/// A type whose values are numbered.
pub struct Shape {
    pub name: &'static str,
    /// A type that is defined first, as `$ty'`; else the type itself.
    pub ty: &'static str,
    pub is_named: bool,
    pub size: u32,
    /// Stores value `$n` at `$p`.
    pub store: &'static str,
    /// 1 if the value at `$p` is number `$n`.
    pub check: &'static str,
    /// Gives up what the value at `$p` owns: handles of things, of type `$thing`. `$forget` does it
    /// for the one at its address.
    pub forget: &'static str,
}

impl Shape {
    fn has_things(&self) -> bool {
        self.ty.contains("$thing")
    }
}

/// Who defines the resource of things, of which values own handles. A thing has a number.
#[derive(Clone, Copy, PartialEq)]
pub enum Definer {
    Nobody,
    /// A component that all peers import it from.
    Apart,
    /// The callee `b`; there is no `c`.
    Callee,
    /// One apart, from which the callee `b` hands them on to the caller.
    HandedOn,
    /// The host: a component that the whole is composed with afterwards.
    Host,
    /// The host, but in an instance within an instance.
    Nested,
    /// WASI: they are sockets, numbered by their hop limit.
    Wasi,
}

impl Definer {
    fn callees(self) -> &'static [&'static str] {
        if self == Definer::Callee { &["b"] } else { &["b", "c"] }
    }
}

/// The definer's component and instance of the things.
const DEFINITION: &str = r#"
    (core module $count (global $n (mut i32) (i32.const 0))
      (func (export "drop") (param i32) (global.set $n (i32.add (global.get $n) (i32.const 1))))
      (func (export "dropped") (result i32) (global.get $n))
      (func (export "number") (param i32) (result i32) (local.get 0)))
    (core instance $count (instantiate $count))
    (type $thing (resource (rep i32) (dtor (core func $count "drop"))))
    (core func $thing.new (canon resource.new $thing))
    (core func $thing.number (canon resource.rep $thing))
    (core func $thing.drop (canon resource.drop $thing))
    (alias core export $count "dropped" (core func $thing.dropped))
    (func $new-thing (param "number" u32) (result (own $thing)) (canon lift (core func $thing.new)))
    (func $number-of (param "thing" (borrow $thing)) (result u32) (canon lift (core func $count "number")))
    (func $dropped (result u32) (canon lift (core func $count "dropped")))
    (instance $things (export "thing" (type $thing))
      (export "new" (func $new-thing)) (export "number" (func $number-of)) (export "dropped" (func $dropped)))
    (export "test:exchange/things" (instance $things))"#;

/// The same in others.
const IMPORT: &str = r#"
    (import "things" (instance $things
      (export "thing" (type $thing (sub resource)))
      (export "new" (func (param "number" u32) (result (own $thing))))
      (export "number" (func (param "thing" (borrow $thing)) (result u32)))
      (export "dropped" (func (result u32)))))
    (alias export $things "thing" (type $thing))
    (core func $thing.new (canon lower (func $things "new")))
    (core func $thing.number (canon lower (func $things "number")))
    (core func $thing.drop (canon resource.drop $thing))
    (core func $thing.dropped (canon lower (func $things "dropped")))"#;

/// As an export of one that imports it.
const HANDED_ON: &str = r#"
    (alias export $things "new" (func $new)) (alias export $things "number" (func $number))
    (alias export $things "dropped" (func $dropped))
    (instance $handed-on (export "thing" (type $thing))
      (export "new" (func $new)) (export "number" (func $number)) (export "dropped" (func $dropped)))
    (export "test:exchange/things" (instance $handed-on))"#;

/// WASI's sockets, as far as they are needed.
const SOCKETS: &str = r#"
    (import "wasi:sockets/types@0.3.0" (instance $things
      (export "tcp-socket" (type $thing (sub resource)))
      (type $family' (enum "ipv4" "ipv6")) (export "ip-address-family" (type $family (eq $family')))
      (type $error' (variant (case "access-denied") (case "not-supported") (case "invalid-argument") (case "out-of-memory")
        (case "timeout") (case "invalid-state") (case "address-not-bindable") (case "address-in-use")
        (case "remote-unreachable") (case "connection-refused") (case "connection-broken") (case "connection-reset")
        (case "connection-aborted") (case "datagram-too-large") (case "other" (option string))))
      (export "error-code" (type $error (eq $error')))
      (export "[static]tcp-socket.create"
        (func (param "address-family" $family) (result (result (own $thing) (error $error)))))
      (export "[method]tcp-socket.set-hop-limit"
        (func (param "self" (borrow $thing)) (param "value" u8) (result (result (error $error)))))
      (export "[method]tcp-socket.get-hop-limit"
        (func (param "self" (borrow $thing)) (result (result u8 (error $error)))))))"#;

/// The functions of a peer: name, parameters and result as component and core have them. `$end` is
/// its stream or future.
const FUNCTIONS: &[(&str, &str, &str)] = &[
    ("make", "(result $end)", "(result i32)"),
    ("give", "(param \"end\" $end)", "(param i32)"),
    ("release", "(result $end)", "(result i32)"),
    ("write", "(param \"first\" u32) (param \"count\" u32) (result u32)", "(param i32 i32) (result i32)"),
    ("write-now", "async (param \"first\" u32) (param \"count\" u32) (result u32)", "(param i32 i32) (result i32)"),
    ("read", "(param \"count\" u32) (result u32)", "(param i32) (result i32)"),
    ("read-now", "async (param \"count\" u32) (result u32)", "(param i32) (result i32)"),
    ("poll", "(result u32)", "(result i32)"),
    ("check", "(param \"first\" u32) (param \"count\" u32)", "(param i32 i32)"),
    ("returned", "(param \"at\" u32) (param \"first\" u32) (param \"count\" u32)", "(param i32 i32 i32)"),
    ("cancel-read", "(result u32)", "(result i32)"),
    ("cancel-write", "(result u32)", "(result i32)"),
    ("drop-readable", "", ""),
    ("drop-writable", "", ""),
];

/// The functions of the peers, in the core module of the caller and of its callees.
fn core(shape: &Shape, kind: &str, definer: Definer) -> String {
    let Shape { size, store, check, forget, .. } = shape;
    let new = match definer {
        Definer::Wasi => {
            "(func $done (if (i32.load8_u (i32.const 0x6000)) (then unreachable)))
            (func $thing.new (param $n i32) (result i32) (local $socket i32)
              (call $create (i32.const 0) (i32.const 0x6000))
              (call $done)
              (local.set $socket (i32.load (i32.const 0x6004)))
              (call $set (local.get $socket) (local.get $n) (i32.const 0x6000))
              (call $done)
              (local.get $socket))
            (func $thing.number (param $socket i32) (result i32)
              (call $get (local.get $socket) (i32.const 0x6000))
              (call $done)
              (i32.load8_u (i32.const 0x6004)))"
        }
        _ => "",
    };
    // Handles that were not read come back to where they were.
    let wipes = i32::from(!shape.has_things());
    let count = if kind == "stream" { "(local.get $count)" } else { "" };
    format!(
        r#"
      (global $r (mut i32) (i32.const 0)) (global $w (mut i32) (i32.const 0)) (global $set (mut i32) (i32.const 0))
      (func $is (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then unreachable)))
      ;; A string of 4 to 7 bytes, which begins with a number.
      (func $text (param $p i32) (param $n i32) (local $at i32)
        (local.set $at (i32.add (i32.const 0x8000) (i32.mul (local.get $n) (i32.const 16))))
        (i64.store (local.get $at) (i64.add (i64.const 0x7a7a7a7a30303030) (i64.extend_i32_u (local.get $n))))
        (i32.store (local.get $p) (local.get $at))
        (i32.store offset=4 (local.get $p) (i32.add (i32.const 4) (i32.and (local.get $n) (i32.const 3)))))
      (func $is-text (param $p i32) (param $n i32) (result i32)
        (i32.and (i32.eq (i32.load offset=4 (local.get $p)) (i32.add (i32.const 4) (i32.and (local.get $n) (i32.const 3))))
          (i32.eq (i32.load (i32.load (local.get $p))) (i32.add (i32.const 0x30303030) (local.get $n)))))
      {new}
      (func $store (param $p i32) (param $n i32) {store})
      (func $check-one (param $p i32) (param $n i32) (result i32) {check})
      (func $forget (param $p i32) {forget})
      (func $join-set (param i32)
        (if (i32.eqz (global.get $set)) (then (global.set $set (call $set.new))))
        (call $join (local.get 0) (global.get $set)))
      (func $make (export "make") (result i32) (local i64)
        (local.set 0 (call $end.new))
        (global.set $w (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32))))
        (i32.wrap_i64 (local.get 0)))
      (func $give (export "give") (param i32) (global.set $r (local.get 0)))
      (func $release (export "release") (result i32) (call $join (global.get $r) (i32.const 0)) (global.get $r))
      ;; Values to write; `$wipe` overwrites them at once, unless the write has to wait.
      (func $fill (param $first i32) (param $count i32) (local $at i32)
        (memory.fill (i32.const 0x1000) (i32.const 0x55) (i32.const 0x800))
        (block $done (loop $next
          (br_if $done (i32.eq (local.get $at) (local.get $count)))
          (call $store (i32.add (i32.const 0x1000) (i32.mul (local.get $at) (i32.const {size})))
            (i32.add (local.get $first) (local.get $at)))
          (local.set $at (i32.add (local.get $at) (i32.const 1))) (br $next))))
      (func $wipe (param $answer i32) (result i32)
        (if (i32.and (i32.ne (local.get $answer) (i32.const -1)) (i32.const {wipes})) (then
          (memory.fill (i32.const 0x1000) (i32.const 0x55) (i32.const 0x800))
          (memory.fill (i32.const 0x8000) (i32.const 0x55) (i32.const 0x2000))))
        (local.get $answer))
      (func $write (export "write") (param $first i32) (param $count i32) (result i32)
        (call $fill (local.get $first) (local.get $count))
        (call $join-set (global.get $w))
        (call $wipe (call $end.write (global.get $w) (i32.const 0x1000) {count})))
      (func $write-now (export "write-now") (param $first i32) (param $count i32) (result i32)
        (call $fill (local.get $first) (local.get $count))
        (call $join (global.get $w) (i32.const 0))
        (call $wipe (call $end.write! (global.get $w) (i32.const 0x1000) {count})))
      (func $read (export "read") (param $count i32) (result i32)
        (memory.fill (i32.const 0x4000) (i32.const 0xaa) (i32.const 0x800))
        (call $join-set (global.get $r))
        (call $end.read (global.get $r) (i32.const 0x4000) {count}))
      (func $read-now (export "read-now") (param $count i32) (result i32)
        (memory.fill (i32.const 0x4000) (i32.const 0xaa) (i32.const 0x800))
        (call $join (global.get $r) (i32.const 0))
        (call $end.read! (global.get $r) (i32.const 0x4000) {count}))
      ;; The result of a copy, from the next event, or -2 if there is none.
      (func $poll (export "poll") (result i32)
        (if (result i32) (call $set.poll (global.get $set) (i32.const 0))
          (then (i32.load (i32.const 4))) (else (i32.const -2))))
      ;; The values that were read, and that there are no others.
      (func $check (export "check") (param $first i32) (param $count i32) (local $at i32)
        (block $done (loop $next
          (br_if $done (i32.eq (local.get $at) (local.get $count)))
          (if (i32.eqz (call $check-one (i32.add (i32.const 0x4000) (i32.mul (local.get $at) (i32.const {size})))
            (i32.add (local.get $first) (local.get $at)))) (then unreachable))
          (call $forget (i32.add (i32.const 0x4000) (i32.mul (local.get $at) (i32.const {size}))))
          (local.set $at (i32.add (local.get $at) (i32.const 1))) (br $next)))
        (call $is (i32.load8_u (i32.add (i32.const 0x4000) (i32.mul (local.get $count) (i32.const {size}))))
          (i32.const 0xaa)))
      ;; The values from number `at` of the last write, which the peer still has.
      (func $returned (export "returned") (param $at i32) (param $first i32) (param $count i32) (local $p i32)
        (local.set $p (i32.add (i32.const 0x1000) (i32.mul (local.get $at) (i32.const {size}))))
        (block $done (loop $next
          (br_if $done (i32.eqz (local.get $count)))
          (if (i32.eqz (call $check-one (local.get $p) (local.get $first))) (then unreachable))
          (call $forget (local.get $p))
          (local.set $p (i32.add (local.get $p) (i32.const {size})))
          (local.set $first (i32.add (local.get $first) (i32.const 1)))
          (local.set $count (i32.sub (local.get $count) (i32.const 1))) (br $next))))
      (func $cancel-read (export "cancel-read") (result i32) (call $end.cancel-read (global.get $r)))
      (func $cancel-write (export "cancel-write") (result i32) (call $end.cancel-write (global.get $w)))
      (func $drop-readable (export "drop-readable") (call $end.drop-readable (global.get $r)))
      (func $drop-writable (export "drop-writable") (call $end.drop-writable (global.get $w)))"#
    )
}

/// Type, memory and built-ins of a peer, and its core imports and arguments for them.
fn wiring(kind: &str, encoding: &str, definer: Definer) -> (String, String, String) {
    let count = if kind == "stream" { " i32" } else { "" };
    let memory = format!("(memory $memory) {encoding}");
    let copies = [
        ("read", format!("async {memory} (realloc $realloc)")),
        ("write", format!("async {memory}")),
        ("read!", format!("{memory} (realloc $realloc)")),
        ("write!", memory.clone()),
    ];
    let mut built_ins = vec![("end.new".to_string(), format!("(canon {kind}.new $end)"), "(result i64)".to_string())];
    for (name, options) in copies {
        let canon = name.trim_end_matches('!');
        let ty = format!("(param i32 i32{count}) (result i32)");
        built_ins.push((format!("end.{name}"), format!("(canon {kind}.{canon} $end {options})"), ty));
    }
    for name in ["cancel-read", "cancel-write"] {
        let ty = "(param i32) (result i32)".to_string();
        built_ins.push((format!("end.{name}"), format!("(canon {kind}.{name} $end async)"), ty));
    }
    for name in ["drop-readable", "drop-writable"] {
        built_ins.push((format!("end.{name}"), format!("(canon {kind}.{name} $end)"), "(param i32)".into()));
    }
    let sets = [
        ("set.new", "(canon waitable-set.new)", "(result i32)"),
        ("set.poll", "(canon waitable-set.poll (memory $memory))", "(param i32 i32) (result i32)"),
        ("join", "(canon waitable.join)", "(param i32 i32)"),
        ("set.wait", "(canon waitable-set.wait (memory $memory))", "(param i32 i32) (result i32)"),
        ("set.drop", "(canon waitable-set.drop)", "(param i32)"),
        ("subtask.drop", "(canon subtask.drop)", "(param i32)"),
    ];
    built_ins.extend(sets.map(|(name, canon, ty)| (name.to_string(), canon.to_string(), ty.to_string())));
    if definer == Definer::Wasi {
        let lower =
            |function: &str| format!("(canon lower (func $things \"{function}\") (memory $memory) (realloc $realloc))");
        for (name, canon, ty) in [
            ("create", lower("[static]tcp-socket.create"), "(param i32 i32)"),
            ("set", lower("[method]tcp-socket.set-hop-limit"), "(param i32 i32 i32)"),
            ("get", lower("[method]tcp-socket.get-hop-limit"), "(param i32 i32)"),
            ("thing.drop", "(canon resource.drop $thing)".into(), "(param i32)"),
        ] {
            built_ins.push((name.into(), canon, ty.into()));
        }
    }
    let mut definitions = r#"
    (core module $mem
      (memory (export "mem") 4)
      (global $next (mut i32) (i32.const 65536))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
        (global.get $next)
        (if (local.get 1) (then (memory.copy (global.get $next) (local.get 0) (local.get 1))))
        (global.set $next (i32.add (global.get $next) (local.get 3)))))
    (core instance $mem (instantiate $mem))
    (alias core export $mem "mem" (core memory $memory))
    (alias core export $mem "realloc" (core func $realloc))
"#
    .to_string();
    let (mut imports, mut args) = (String::new(), String::new());
    for (name, canon, ty) in &built_ins {
        definitions += &format!("(core func ${name} {canon})\n");
        imports += &format!("(import \"\" \"{name}\" (func ${name} {ty}))\n");
        args += &format!("(export \"{name}\" (func ${name}))\n");
    }
    let of_things = [
        ("thing.new", "(param i32) (result i32)"),
        ("thing.number", "(param i32) (result i32)"),
        ("thing.drop", "(param i32)"),
        ("thing.dropped", "(result i32)"),
    ];
    for (name, ty) in of_things.iter().filter(|_| !matches!(definer, Definer::Nobody | Definer::Wasi)) {
        imports += &format!("(import \"\" \"{name}\" (func ${name} {ty}))\n");
        args += &format!("(export \"{name}\" (func ${name}))\n");
    }
    (definitions, imports, args)
}

/// The exported functions of a peer as an instance type has them.
fn interface(shape: &Shape, kind: &str) -> String {
    let payload = if shape.is_named {
        format!("(type $ty' {}) (export \"ty\" (type $ty (eq $ty')))", shape.ty)
    } else {
        format!("(type $ty {})", shape.ty)
    };
    let functions = FUNCTIONS.iter().map(|(name, ty, _)| format!("(export \"{name}\" (func {ty}))\n"));
    let thing = if shape.has_things() {
        "(alias outer 1 $thing (type $thing')) (export \"thing\" (type $thing (eq $thing')))"
    } else {
        ""
    };
    format!("{thing} {payload} (type $end ({kind} $ty)) {}", functions.collect::<String>())
}

fn callee(shape: &Shape, kind: &str, encoding: &str, definer: Definer) -> String {
    let (definitions, imports, args) = wiring(kind, encoding, definer);
    let core = core(shape, kind, definer);
    let (mut lifts, mut exports) = (String::new(), String::new());
    let things = match definer {
        Definer::Nobody => String::new(),
        Definer::Apart | Definer::Host | Definer::Nested => IMPORT.to_string(),
        Definer::HandedOn => [IMPORT, HANDED_ON].concat(),
        Definer::Callee => DEFINITION.to_string(),
        Definer::Wasi => sockets(),
    };
    if shape.has_things() {
        exports += "(export \"thing\" (type $thing))";
    }
    if shape.is_named {
        exports += "(export \"ty\" (type $ty))";
    }
    for (name, ty, _) in FUNCTIONS {
        lifts += &format!("(func ${name} {ty} (canon lift (core func $main \"{name}\")))\n");
        exports += &format!("(export \"{name}\" (func ${name}))\n");
    }
    format!(
        r#"{things} (type $ty {}) (type $end ({kind} $ty)) {definitions}
    (core module $main (import "" "mem" (memory 1)) {imports} {core})
    (core instance $main (instantiate $main (with "" (instance (export "mem" (memory $mem "mem")) {args}))))
    {lifts}
    (instance $peer {exports})
    (export "test:exchange/peer" (instance $peer))"#,
        shape.ty
    )
}

/// A component whose `run` is `body`: it has its own functions, those of one callee as `$b.…`, of
/// another as `$c.…`.
fn caller(shape: &Shape, kind: &str, encoding: &str, definer: Definer, body: &str) -> String {
    let (definitions, mut imports, mut args) = wiring(kind, encoding, definer);
    let core = core(shape, kind, definer);
    let interface = interface(shape, kind);
    let mut lowers = String::new();
    match definer {
        Definer::Nobody => {}
        Definer::Wasi => lowers += &sockets(),
        _ => lowers += IMPORT,
    }
    for peer in definer.callees() {
        lowers += &format!("(import \"{peer}\" (instance ${peer} {interface}))\n");
    }
    for peer in definer.callees() {
        for (name, _, ty) in FUNCTIONS {
            let id = format!("{peer}.{name}");
            lowers += &format!("(core func ${id} (canon lower (func ${peer} \"{name}\")))\n");
            imports += &format!("(import \"\" \"{id}\" (func ${id} {ty}))\n");
            args += &format!("(export \"{id}\" (func ${id}))\n");
        }
    }
    lowers += "(alias export $b \"write-now\" (func $write-later))";
    imports += "(import \"\" \"b.write-later\" (func $b.write-later (param i32 i32 i32) (result i32)))";
    args += "(export \"b.write-later\" (func $b.write-later))";
    let payload = if shape.is_named {
        "(alias export $b \"ty\" (type $ty))".to_string()
    } else {
        format!("(type $ty {})", shape.ty)
    };
    format!(
        r#"{lowers} {payload} (type $end ({kind} $ty)) {definitions}
    (core func $b.write-later (canon lower (func $write-later) async (memory $memory)))
    (core module $main (import "" "mem" (memory 1)) {imports} {core}
      (global $call (mut i32) (i32.const 0))
      ;; Waits for the call, unless it has returned.
      (func $returns (local $set i32)
        (if (i32.eq (i32.and (global.get $call) (i32.const 15)) (i32.const 1)) (then
          (local.set $set (call $set.new))
          (global.set $call (i32.shr_u (global.get $call) (i32.const 4)))
          (call $join (global.get $call) (local.get $set))
          (call $is (call $set.wait (local.get $set) (i32.const 0)) (i32.const 1))
          (call $subtask.drop (global.get $call))
          (call $set.drop (local.get $set)))))
      (func (export "run") (result i32) {body} (i32.const 0)))
    (core instance $main (instantiate $main (with "" (instance (export "mem" (memory $mem "mem")) {args}))))
    (func $run async (result (result)) (canon lift (core func $main "run")))
    (instance $run (export "run" (func $run)))
    (export "wasi:cli/run@0.3.0" (instance $run))"#
    )
}

fn sockets() -> String {
    format!("{SOCKETS} (alias export $things \"tcp-socket\" (type $thing))")
}

/// The same component is instantiated twice behind the caller.
pub fn composition(shape: &Shape, kind: &str, encodings: [&str; 2], definer: Definer, body: &str) -> Vec<u8> {
    let (mut instances, mut args) = (String::new(), String::new());
    let (mut apart, mut with_things) = (String::new(), "");
    if definer == Definer::Host {
        with_things = r#"(with "things" (instance $things))"#;
        let (import, _) = IMPORT.split_once("(alias").unwrap();
        apart = edited(import, &[("\"things\"", "\"test:exchange/things\"")]);
    }
    if definer == Definer::Nested {
        with_things = r#"(with "things" (instance $things))"#;
        let (import, _) = IMPORT.split_once("(alias").unwrap();
        let export = edited(import, &[("(import \"things\" (instance $things", "(export \"things\" (instance")]);
        apart = format!(
            "(import \"test:exchange/nested\" (instance $nested {export})) (alias export $nested \"things\" (instance $things))"
        );
    }
    if definer == Definer::Wasi {
        with_things = r#"(with "wasi:sockets/types@0.3.0" (instance $things))"#;
        apart = SOCKETS.into();
    }
    if matches!(definer, Definer::Apart | Definer::HandedOn) {
        apart = format!("(component $definer {DEFINITION})");
        with_things = r#"(with "things" (instance $things))"#;
        instances += r#"(instance $definer (instantiate $definer))
          (alias export $definer "test:exchange/things" (instance $things))"#;
    }
    for peer in definer.callees() {
        instances += &format!(
            r#"(instance ${peer} (instantiate $callee {with_things}))
            (alias export ${peer} "test:exchange/peer" (instance $peer-{peer}))"#
        );
        args += &format!(r#"(with "{peer}" (instance $peer-{peer}))"#);
    }
    if matches!(definer, Definer::Callee | Definer::HandedOn) {
        with_things = r#"(with "things" (instance $of-b))"#;
        instances += r#"(alias export $b "test:exchange/things" (instance $of-b))"#;
    }
    let text = format!(
        r#"(component
  {apart}
  (component $callee {})
  (component $caller {})
  {instances}
  (instance $caller (instantiate $caller {with_things} {args}))
  (alias export $caller "wasi:cli/run@0.3.0" (instance $run))
  (export "wasi:cli/run@0.3.0" (instance $run)))"#,
        callee(shape, kind, encodings[1], definer),
        caller(shape, kind, encodings[0], definer, body)
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"))
}

/// A line of a scenario, with numbers: `b.write 3 4 = 0x40` becomes a call whose result must be
/// that.
fn step(line: &str) -> String {
    let (call, expected) = match line.split_once('=') {
        Some((call, expected)) => (call.trim(), Some(expected.trim())),
        None => (line, None),
    };
    let mut words = call.split_whitespace();
    let function = words.next().unwrap();
    let function = function.strip_prefix("a.").unwrap_or(function);
    let args: String = words
        .map(|word| if word.starts_with('(') { word.to_string() } else { format!("(i32.const {word})") })
        .collect();
    let call = format!("(call ${function} {args})");
    match expected {
        Some(expected) => format!("(call $is {call} (i32.const {expected}))\n"),
        None => format!("{call}\n"),
    }
}

pub fn scenario(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| if line.starts_with('(') { format!("{line}\n") } else { step(line) }).collect()
}

/// Asserts that the scenario ends well on both hosts, with this payload. Wasmtime 48 cannot end a
/// read whose task has ended: if `b` begins one that has to wait, natively there is nothing to
/// compare.
#[track_caller]
pub fn holds_with(shape: &Shape, kind: &str, encodings: [&str; 2], definer: Definer, text: &str) {
    let component = composition(shape, kind, encodings, definer, &scenario(text));
    let waits = |line: &str| line.trim().starts_with("b.read ") && line.ends_with(BLOCKED);
    if !text.lines().any(waits) {
        let native = match definer {
            Definer::Host => &composition(shape, kind, encodings, Definer::Apart, &scenario(text)),
            _ => &component,
        };
        assert_eq!(natively(native), Ok(()), "natively: {} {kind}", shape.name);
    }
    let mut translated = translated(&component);
    if definer == Definer::Host {
        translated = with_host(&translated);
    }
    assert_eq!(run_on_wasi02(&translated), Ok(()), "translated: {} {kind}", shape.name);
}

/// Composes it with what the host defines.
fn with_host(component: &[u8]) -> Vec<u8> {
    let host = wat::parse_str(format!("(component {DEFINITION})")).unwrap();
    let mut options = WrapOptions::default();
    options.to = Some(Generation::Wasi02);
    let composed = wasi_shim::compose(&[component, &host], &options);
    composed.unwrap_or_else(|error| panic!("{error}")).bytes
}

/// The caller has made a pair and given the readable end to `b`.
pub const TO_B: &str = "(call $b.give (call $make))";
/// The other way round.
pub const FROM_B: &str = "(call $give (call $b.make))";

pub const BLOCKED: &str = "-1";
