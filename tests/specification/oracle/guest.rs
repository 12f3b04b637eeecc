//! The interpreter: a component that runs the bodies of scripts, and compositions of it.
//!
//! It fetches each operation from the host and tells the host what it sees, so that one compiled
//! component runs every script, and nothing is lost when it traps. In its context it keeps where a
//! task goes on: body and position, below eight bits for the script.

use std::fmt::Write;

use super::script::{Answer, CONFUSED, ELEMENT, EVENT, Function, Kind, Mode, Payload, RESULT, RETURNED, Side, Type};

/// Both are functions of the host: the encoded operation of a body, and an entry of the log.
const HOST: &str = r#"(import "test:oracle/host" (instance $host
    (export "fetch" (func (param "body" u32) (param "at" u32) (result u64)))
    (export "log" (func (param "body" u32) (param "what" u32) (param "a" u32) (param "b" u32)))))"#;

/// In the place of a payload: nothing was read from this end yet.
const UNREAD: u32 = 255;

const MEMORY: &str = r#"
    (core module $mem
      (memory (export "mem") 4)
      (global $next (mut i32) (i32.const 0x8000))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.get $next)
        (global.set $next (i32.and (i32.add (global.get $next) (i32.add (local.get 3) (i32.const 15))) (i32.const -8)))))
    (core instance $mem (instantiate $mem))
    (alias core export $mem "mem" (core memory $memory))
    (alias core export $mem "realloc" (core func $realloc))"#;

/// Registers are at 256, notes of what goes on at 0x1000: handle, whether it is a read (1) or a
/// call (2), three numbers.
fn helpers() -> String {
    format!(
        r#"
    (global $param (mut i32) (i32.const 0))
    (global $notes (mut i32) (i32.const 0x1000))
    (func $alloc (param $size i32) (result i32) (call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (local.get $size)))
    (func $reg (param i32) (result i32) (i32.load offset=256 (i32.shl (local.get 0) (i32.const 2))))
    (func $set-reg (param i32 i32) (i32.store offset=256 (i32.shl (local.get 0) (i32.const 2)) (local.get 1)))
    (func $note (param $handle i32) (param $is i32) (param $x i32) (param $y i32) (param $z i32)
      (i32.store (global.get $notes) (local.get $handle)) (i32.store offset=4 (global.get $notes) (local.get $is))
      (i32.store offset=8 (global.get $notes) (local.get $x)) (i32.store offset=12 (global.get $notes) (local.get $y))
      (i32.store offset=16 (global.get $notes) (local.get $z))
      (global.set $notes (i32.add (global.get $notes) (i32.const 20))))
    ;; A register gets an end, whose number another one may have had, which was read from.
    (func $set-end (param $reg i32) (param $handle i32)
      (call $set-reg (local.get $reg) (local.get $handle))
      (call $note (local.get $handle) (i32.const 1) (i32.const {UNREAD}) (i32.const 0) (i32.const 0)))
    ;; The address of the latest such note, or 0.
    (func $noted (param $handle i32) (param $is i32) (result i32) (local $at i32)
      (local.set $at (global.get $notes))
      (loop $before
        (if (i32.eq (local.get $at) (i32.const 0x1000)) (then (return (i32.const 0))))
        (local.set $at (i32.sub (local.get $at) (i32.const 20)))
        (br_if $before (i32.or (i32.ne (i32.load (local.get $at)) (local.get $handle))
          (i32.ne (i32.load offset=4 (local.get $at)) (local.get $is)))))
      (local.get $at))
    (func $text (param $value i32) (result i32)
      (i32.add (i32.const 0x61616161) (i32.or
        (i32.or (i32.and (local.get $value) (i32.const 15))
          (i32.shl (i32.and (local.get $value) (i32.const 0xf0)) (i32.const 4)))
        (i32.or (i32.shl (i32.and (local.get $value) (i32.const 0xf00)) (i32.const 8))
          (i32.shl (i32.and (local.get $value) (i32.const 0xf000)) (i32.const 12))))))
    ;; The payloads: unit, u8, u32, string.
    (func $fill (param $payload i32) (param $at i32) (param $count i32) (param $value i32)
      (loop $next
        (if (i32.eqz (local.get $count)) (then (return)))
        (block $done (block $text (block $word (block $byte (br_table $done $byte $word $text (local.get $payload)))
          (i32.store8 (local.get $at) (local.get $value)) (local.set $at (i32.add (local.get $at) (i32.const 1))) (br $done))
          (i32.store (local.get $at) (local.get $value)) (local.set $at (i32.add (local.get $at) (i32.const 4))) (br $done))
          (i32.store (local.get $at) (call $alloc (i32.const 8)))
          (i32.store (i32.load (local.get $at)) (call $text (local.get $value)))
          (i32.store offset=4 (local.get $at) (i32.const 4)) (local.set $at (i32.add (local.get $at) (i32.const 8))))
        (local.set $value (i32.add (local.get $value) (i32.const 1)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
    ;; Says what is in the buffer of a read.
    (func $tell (param $body i32) (param $payload i32) (param $at i32) (param $count i32) (local $value i32)
      (loop $next
        (if (i32.or (i32.eqz (local.get $count)) (i32.eqz (local.get $payload))) (then (return)))
        (block $done (block $text (block $word (block $byte (br_table $done $byte $word $text (local.get $payload)))
          (local.set $value (i32.load8_u (local.get $at)))
          (local.set $at (i32.add (local.get $at) (i32.const 1))) (br $done))
          (local.set $value (i32.load (local.get $at)))
          (local.set $at (i32.add (local.get $at) (i32.const 4))) (br $done))
          (local.set $value (i32.load offset=4 (local.get $at)))
          (if (i32.eq (local.get $value) (i32.const 4)) (then (local.set $value (i32.load (i32.load (local.get $at))))))
          (local.set $at (i32.add (local.get $at) (i32.const 8))))
        (call $log (local.get $body) (i32.const {ELEMENT}) (local.get $value) (i32.const 0))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
    (func $tell-read (param $body i32) (param $handle i32) (local $note i32)
      (local.set $note (call $noted (local.get $handle) (i32.const 1)))
      (if (i32.or (i32.eqz (local.get $note)) (i32.eq (i32.load offset=8 (local.get $note)) (i32.const {UNREAD})))
        (then (call $log (local.get $body) (i32.const {CONFUSED}) (local.get $handle) (i32.const 1)) (return)))
      (call $tell (local.get $body) (i32.load offset=8 (local.get $note)) (i32.load offset=12 (local.get $note))
        (i32.load offset=16 (local.get $note))))
    ;; A call has returned nothing (0), a number (1), or an end for this register (2).
    (func $take (param $body i32) (param $answer i32) (param $at i32) (param $reg i32)
      (if (i32.eqz (local.get $answer)) (then (return)))
      (call $log (local.get $body) (i32.const {RETURNED}) (i32.load (local.get $at)) (i32.const 0))
      (if (i32.eq (local.get $answer) (i32.const 2))
        (then (call $set-end (local.get $reg) (i32.load (local.get $at))))))
    (func $call-is-over (param $body i32) (param $handle i32) (local $note i32)
      (local.set $note (call $noted (local.get $handle) (i32.const 2)))
      (if (i32.eqz (local.get $note))
        (then (call $log (local.get $body) (i32.const {CONFUSED}) (local.get $handle) (i32.const 2)) (return)))
      (call $take (local.get $body) (i32.load offset=8 (local.get $note)) (i32.load offset=12 (local.get $note))
        (i32.load offset=16 (local.get $note))))
    (func $result (param $body i32) (param $at i32) (param i32) (param i32)
      (call $log (local.get $body) (i32.or (i32.const {RESULT}) (i32.shl (local.get $at) (i32.const 8))) (local.get 2) (local.get 3)))
    (func $happens (param $body i32) (param $code i32) (param $handle i32) (param $payload i32)
      (call $log (local.get $body) (i32.or (i32.const {EVENT}) (i32.shl (local.get $code) (i32.const 8))) (local.get $handle)
        (local.get $payload))
      (if (i32.or (i32.eq (local.get $code) (i32.const 2)) (i32.eq (local.get $code) (i32.const 4)))
        (then (call $tell-read (local.get $body) (local.get $handle))))
      (if (i32.and (i32.eq (local.get $code) (i32.const 1)) (i32.eq (local.get $payload) (i32.const 2)))
        (then (call $call-is-over (local.get $body) (local.get $handle)))))
    (func $turns-end (param $body i32) (param $at i32) (param $status i32) (result i32)
      (call $context.set (i32.or (i32.and (call $context.get) (i32.const 0xff000000))
        (i32.or (i32.shl (local.get $body) (i32.const 16)) (i32.add (local.get $at) (i32.const 1)))))
      (local.get $status))
    (func $run (param $body i32) (param $at i32) (result i32) (local $op i64) (local $status i32)
      (loop $next
        (local.set $op (call $fetch (local.get $body) (local.get $at)))
        (local.set $status (call_indirect (type $op) (local.get $body) (local.get $at)
          (i32.and (i32.wrap_i64 (i64.shr_u (local.get $op) (i64.const 8))) (i32.const 0xff))
          (i32.and (i32.wrap_i64 (i64.shr_u (local.get $op) (i64.const 16))) (i32.const 0xff))
          (i32.wrap_i64 (i64.shr_u (local.get $op) (i64.const 32)))
          (i32.and (i32.wrap_i64 (local.get $op)) (i32.const 0xff))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br_if $next (i32.eq (local.get $status) (i32.const -1))))
      (local.get $status))
    (func (export "begin") (param $body i32) (result i32)
      (global.set $param (i32.const 0)) (call $run (local.get $body) (i32.const 0)))
    (func (export "begin-with") (param $body i32) (param $end i32) (result i32)
      (global.set $param (local.get $end)) (call $run (local.get $body) (i32.const 0)))
    (func (export "callback") (param $code i32) (param $handle i32) (param $payload i32) (result i32) (local $context i32)
      (local.set $context (i32.and (call $context.get) (i32.const 0xffffff)))
      (call $happens (i32.shr_u (local.get $context) (i32.const 16)) (local.get $code) (local.get $handle) (local.get $payload))
      (call $run (i32.shr_u (local.get $context) (i32.const 16)) (i32.and (local.get $context) (i32.const 0xffff))))"#
    )
}

/// A built-in or a lowered function: the name in the module, its core type, and its definition.
struct Import(String, &'static str, String);

fn text_of(ty: Type) -> String {
    let kind = if ty.future { "future" } else { "stream" };
    let payload = ["", " u8", " u32", " string"][ty.payload as usize];
    format!("({kind}{payload})")
}

/// The position in [`Type::all`].
fn index(ty: Type) -> usize {
    Type::all().position(|other| other == ty).unwrap()
}

pub fn name(function: Function) -> String {
    match function {
        Function::Plain => "plain".into(),
        Function::Give(ty) => format!("give-{}", index(ty)),
        Function::Take(ty) => format!("take-{}", index(ty)),
    }
}

fn signature(function: Function) -> String {
    match function {
        Function::Plain => "async (param \"body\" u32) (result u32)".into(),
        Function::Give(ty) => format!("async (param \"body\" u32) (param \"end\" {})", text_of(ty)),
        Function::Take(ty) => format!("async (param \"body\" u32) (result {})", text_of(ty)),
    }
}

fn word(mode: Mode) -> &'static str {
    if mode == Mode::Async { "async" } else { "" }
}

/// The import of an operation, and its code. Parameters are `$body $at $a $b $c`; the code ends
/// with the status, -1 to go on.
fn code(kind: Kind, below: bool) -> (Option<Import>, String) {
    const ON: &str = "(i32.const -1)";
    const A: &str = "(call $reg (local.get $a))";
    let label = format!("{kind:?}").replace([' ', '(', ')', '{', '}', ':', ','], "_");
    let call = |args: &str| format!("(call ${label} {args})");
    let result = |value: &str| format!("(call $result (local.get $body) (local.get $at) {value} (i32.const 0)) {ON}");
    let unary = |canon: String| {
        let code = format!("{} {}", call(A), result("(i32.const 0)"));
        (Some(Import(label.clone(), "(param i32)", canon)), code)
    };
    let plain = |canon: &str| {
        let code = format!("{} {}", call(""), result("(i32.const 0)"));
        (Some(Import(label.clone(), "", canon.into())), code)
    };
    let turn = |status: &str| (None, format!("(call $turns-end (local.get $body) (local.get $at) {status})"));
    let repeated = |canon: &str| {
        let code = format!(
            "(loop $again (if (local.get $c) (then {} (local.set $c (i32.sub (local.get $c) (i32.const 1))) (br $again)))) {}",
            call(""),
            result("(i32.const 0)")
        );
        (Some(Import(label.clone(), "", canon.into())), code)
    };
    let event = |what: &str| {
        let code = format!(
            "(local.set $r {}) (call $happens (local.get $body) (local.get $r) (i32.load (i32.const 8)) \
             (i32.load (i32.const 12))) {ON}",
            call(&format!("{A} (i32.const 8)"))
        );
        let canon = format!("canon waitable-set.{what} (memory $memory)");
        (Some(Import(label.clone(), "(param i32 i32) (result i32)", canon)), code)
    };
    match kind {
        Kind::Enter => {
            (None, format!("(call $set-end (local.get $a) (global.get $param)) {}", result("(global.get $param)")))
        }
        Kind::Number => (None, format!("(call $set-reg (local.get $a) (local.get $c)) {ON}")),
        Kind::New(ty) => {
            let code = format!(
                "(local.set $two {}) (call $set-end (local.get $a) (i32.wrap_i64 (local.get $two)))
                (call $set-reg (local.get $b) (i32.wrap_i64 (i64.shr_u (local.get $two) (i64.const 32))))
                (call $result (local.get $body) (local.get $at) (i32.wrap_i64 (local.get $two))
                  (i32.wrap_i64 (i64.shr_u (local.get $two) (i64.const 32)))) {ON}",
                call("")
            );
            let what = if ty.future { "future" } else { "stream" };
            (Some(Import(label.clone(), "(result i64)", format!("canon {what}.new $t{}", index(ty)))), code)
        }
        Kind::Copy(side, ty, mode) => {
            let what = if ty.future { "future" } else { "stream" };
            let verb = if side == Side::Read { "read" } else { "write" };
            let core = if ty.future { "(param i32 i32) (result i32)" } else { "(param i32 i32 i32) (result i32)" };
            let realloc = side == Side::Read && ty.payload == Payload::String;
            let options = if realloc { "(memory $memory) (realloc $realloc)" } else { "(memory $memory)" };
            let canon = format!("canon {what}.{verb} $t{} {} {options}", index(ty), word(mode));
            let payload = ty.payload as usize;
            // At `$p`, `$n` elements; in a place out of bounds nothing is touched.
            let mut code = String::from(
                "(local.set $n (i32.and (local.get $b) (i32.const 15)))
                (local.set $p (i32.add (call $alloc (i32.const 128)) (i32.eq (i32.shr_u (local.get $b) (i32.const 4)) (i32.const 1))))
                (if (i32.eq (i32.shr_u (local.get $b) (i32.const 4)) (i32.const 2)) (then (local.set $p (i32.const -16)))",
            );
            match side {
                Side::Read => code += "(else (memory.fill (local.get $p) (i32.const 0xee) (i32.const 120))))",
                Side::Write => write!(
                    code,
                    "(else (call $fill (i32.const {payload}) (local.get $p) (local.get $n) (local.get $c))))"
                )
                .unwrap(),
            }
            code += "(if (i32.eq (local.get $n) (i32.const 15)) (then (local.set $n (i32.const 0x10000000))))";
            let count = if ty.future { "" } else { "(local.get $n)" };
            write!(
                code,
                "(local.set $r {}) (drop {})",
                call(&format!("{A} (local.get $p) {count}")),
                result("(local.get $r)")
            )
            .unwrap();
            if side == Side::Read {
                write!(
                    code,
                    "(call $note {A} (i32.const 1) (i32.const {payload}) (local.get $p) (local.get $n))
                    (if (i32.ne (local.get $r) (i32.const -1)) (then (call $tell-read (local.get $body) {A})))"
                )
                .unwrap();
            }
            (Some(Import(label, core, canon)), code + ON)
        }
        Kind::CancelCopy(side, ty, mode) => {
            let what = if ty.future { "future" } else { "stream" };
            let verb = if side == Side::Read { "read" } else { "write" };
            let canon = format!("canon {what}.cancel-{verb} $t{} {}", index(ty), word(mode));
            let mut code = format!("(local.set $r {}) (drop {})", call(A), result("(local.get $r)"));
            if side == Side::Read {
                write!(
                    code,
                    "(if (i32.ne (local.get $r) (i32.const -1)) (then (call $tell-read (local.get $body) {A})))"
                )
                .unwrap();
            }
            (Some(Import(label, "(param i32) (result i32)", canon)), code + ON)
        }
        Kind::Look => {
            (None, format!("(drop {}) (call $tell-read (local.get $body) {A}) {ON}", result("(i32.const 0)")))
        }
        Kind::Drop(side, ty) => {
            let what = if ty.future { "future" } else { "stream" };
            let verb = if side == Side::Read { "readable" } else { "writable" };
            unary(format!("canon {what}.drop-{verb} $t{}", index(ty)))
        }
        Kind::SetNew => (
            Some(Import(label.clone(), "(result i32)", "canon waitable-set.new".into())),
            format!(
                "(local.set $r {}) (call $set-reg (local.get $a) (local.get $r)) {}",
                call(""),
                result("(local.get $r)")
            ),
        ),
        Kind::SetWait => event("wait"),
        Kind::SetPoll => event("poll"),
        Kind::SetDrop => unary("canon waitable-set.drop".into()),
        Kind::Join => {
            let code = format!("{} {}", call(&format!("{A} (call $reg (local.get $b))")), result("(i32.const 0)"));
            (Some(Import(label, "(param i32 i32)", "canon waitable.join".into())), code)
        }
        Kind::SubtaskCancel(mode) => {
            let code = format!(
                "(local.set $r {}) (drop {}) (if (i32.eq (local.get $r) (i32.const 2))
                  (then (call $call-is-over (local.get $body) {A}))) {ON}",
                call(A),
                result("(local.get $r)")
            );
            (Some(Import(label, "(param i32) (result i32)", format!("canon subtask.cancel {}", word(mode)))), code)
        }
        Kind::SubtaskDrop => unary("canon subtask.drop".into()),
        Kind::ContextGet => (None, result("(i32.shr_u (call $context.get) (i32.const 24))")),
        Kind::ContextSet => {
            (None, format!("(call $context.set (i32.shl (local.get $c) (i32.const 24))) {}", result("(i32.const 0)")))
        }
        Kind::BackpressureInc => repeated("canon backpressure.inc"),
        Kind::BackpressureDec => repeated("canon backpressure.dec"),
        Kind::Return(Answer::None) => plain("canon task.return"),
        Kind::Return(answer) => {
            let (ty, value) = match answer {
                Answer::End(ty) => (text_of(ty), A),
                _ => ("u32".into(), "(local.get $c)"),
            };
            let import = Import(label.clone(), "(param i32)", format!("canon task.return (result {ty})"));
            (Some(import), format!("{} {}", call(value), result("(i32.const 0)")))
        }
        Kind::TaskCancel => plain("canon task.cancel"),
        Kind::Yield => (Some(Import(label.clone(), "(result i32)", "canon thread.yield".into())), result(&call(""))),
        Kind::Call(..) if !below => (None, "unreachable".into()),
        Kind::Call(function, mode) => {
            let answer = match function.answer() {
                Answer::None => 0,
                Answer::Number => 1,
                Answer::End(_) => 2,
            };
            let end = if matches!(function, Function::Give(_)) { A } else { "" };
            let canon = format!("canon lower (func $below \"{}\") {} (memory $memory)", name(function), word(mode));
            if mode == Mode::Sync {
                let core = ["(param i32 i32)", "(param i32) (result i32)", "(param i32) (result i32)"][answer];
                let made = call(&format!("(local.get $c) {end}"));
                let kept = match answer {
                    0 => format!("{made} {}", result("(i32.const 0)")),
                    1 => result(&made),
                    _ => format!(
                        "(local.set $r {made}) (call $set-reg (i32.add (local.get $b) (i32.const 1)) (local.get $r)) {}",
                        result("(local.get $r)")
                    ),
                };
                return (Some(Import(label, core, canon)), kept);
            }
            let pointer = if answer == 0 { "" } else { "(local.get $p)" };
            let code = format!(
                "(local.set $p (call $alloc (i32.const 16))) (local.set $r {}) (drop {})
                (call $set-reg (local.get $b) (i32.shr_u (local.get $r) (i32.const 4)))
                (if (i32.eq (i32.and (local.get $r) (i32.const 15)) (i32.const 2))
                  (then (call $take (local.get $body) (i32.const {answer}) (local.get $p) (i32.add (local.get $b) (i32.const 1))))
                  (else (call $note (i32.shr_u (local.get $r) (i32.const 4)) (i32.const 2) (i32.const {answer}) (local.get $p)
                    (i32.add (local.get $b) (i32.const 1))))) {ON}",
                call(&format!("(local.get $c) {end} {pointer}")),
                result("(local.get $r)")
            );
            (Some(Import(label, "(param i32 i32) (result i32)", canon)), code)
        }
        Kind::Exit => turn("(i32.const 0)"),
        Kind::TurnYield => turn("(i32.const 1)"),
        Kind::TurnWait => turn(&format!("(i32.or (i32.const 2) (i32.shl {A} (i32.const 4)))")),
        Kind::TurnBad => turn("(i32.const 3)"),
    }
}

/// One part: what it calls is `below`; the uppermost exports `run`.
fn part(uppermost: bool, below: bool) -> String {
    let mut definitions = String::new();
    let mut imports = String::new();
    let mut args = String::new();
    let mut functions = String::new();
    let kinds = Kind::all();
    for (number, kind) in kinds.iter().enumerate() {
        let (import, code) = code(*kind, below);
        if let Some(Import(name, ty, canon)) = import {
            writeln!(definitions, "(core func ${name} ({canon}))").unwrap();
            writeln!(imports, "(import \"\" \"{name}\" (func ${name} {ty}))").unwrap();
            writeln!(args, "(export \"{name}\" (func ${name}))").unwrap();
        }
        writeln!(
            functions,
            "(func $op-{number} (param $body i32) (param $at i32) (param $a i32) (param $b i32) (param $c i32) (result i32)
              (local $r i32) (local $p i32) (local $n i32) (local $two i64) {code})"
        )
        .unwrap();
    }
    let table: String = (0..kinds.len()).map(|number| format!(" $op-{number}")).collect();
    let types: String = Type::all().map(|ty| format!("(type $t{} {})", index(ty), text_of(ty))).collect();
    let helpers = helpers();
    let lift = |function: Function| {
        let begin = if matches!(function, Function::Give(_)) { "begin-with" } else { "begin" };
        format!("(canon lift (core func $main \"{begin}\") async (callback (core func $main \"callback\")))")
    };
    let exports: String = if uppermost {
        "(func (export \"run\") async (param \"body\" u32)
          (canon lift (core func $main \"begin\") async (callback (core func $main \"callback\"))))"
            .into()
    } else {
        let export =
            |function| format!("(func (export \"{}\") {} {})\n", name(function), signature(function), lift(function));
        Function::all().map(export).collect()
    };
    let imported: String = if below {
        let export = |function| format!("(export \"{}\" (func {}))\n", name(function), signature(function));
        format!("(import \"below\" (instance $below {}))", Function::all().map(export).collect::<String>())
    } else {
        String::new()
    };
    format!(
        r#"{HOST} {types} {imported} {MEMORY}
    (core func $fetch (canon lower (func $host "fetch"))) (core func $log (canon lower (func $host "log")))
    (core func $context.get (canon context.get i32 0)) (core func $context.set (canon context.set i32 0))
    {definitions}
    (core module $main
      (type $op (func (param i32 i32 i32 i32 i32) (result i32)))
      (import "mem" "mem" (memory 1)) (import "mem" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
      (import "" "fetch" (func $fetch (param i32 i32) (result i64))) (import "" "log" (func $log (param i32 i32 i32 i32)))
      (import "" "context.get" (func $context.get (result i32))) (import "" "context.set" (func $context.set (param i32)))
      {imports}
      (table funcref (elem{table}))
      {helpers}
      {functions})
    (core instance $main (instantiate $main (with "mem" (instance $mem)) (with "" (instance
      (export "fetch" (func $fetch)) (export "log" (func $log))
      (export "context.get" (func $context.get)) (export "context.set" (func $context.set)) {args}))))
    {exports}"#
    )
}

/// A composition of so many parts, each of which calls the next; exports `run`.
pub fn composition(parts: usize) -> Vec<u8> {
    let mut text = format!("(component {HOST}");
    for number in (0..parts).rev() {
        let below = number + 1 < parts;
        let with = if below { format!("(with \"below\" (instance $p{}))", number + 1) } else { String::new() };
        write!(
            text,
            "(component $c{number} {})
            (instance $p{number} (instantiate $c{number} (with \"test:oracle/host\" (instance $host)) {with}))",
            part(number == 0, below)
        )
        .unwrap();
    }
    text += "(alias export $p0 \"run\" (func $run)) (export \"run\" (func $run)))";
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"))
}
