//! Streams and futures of any type between the parts of a composition: values that are neither
//! units nor numbers. Each composition runs natively on the host of 0.3 and translated on the host
//! of 0.2.

use super::peers::{BLOCKED, Definer, FROM_B, Shape, TO_B, composition, holds_with, scenario};
use crate::support::both::{natively, run_translated};

const SHAPES: &[Shape] = &[
    Shape {
        forget: "",
        name: "bool",
        ty: "bool",
        is_named: false,
        size: 1,
        store: "(i32.store8 (local.get $p) (i32.and (local.get $n) (i32.const 1)))",
        check: "(i32.eq (i32.load8_u (local.get $p)) (i32.and (local.get $n) (i32.const 1)))",
    },
    Shape {
        forget: "",
        name: "char",
        ty: "(tuple char)",
        is_named: false,
        size: 4,
        store: "(i32.store (local.get $p) (i32.add (local.get $n) (i32.const 0x1f600)))",
        check: "(i32.eq (i32.load (local.get $p)) (i32.add (local.get $n) (i32.const 0x1f600)))",
    },
    Shape {
        forget: "",
        name: "string",
        ty: "string",
        is_named: false,
        size: 8,
        store: "(call $text (local.get $p) (local.get $n))",
        check: "(call $is-text (local.get $p) (local.get $n))",
    },
    Shape {
        forget: "",
        name: "record",
        ty: "(record (field \"a\" u8) (field \"list\" string) (field \"c\" (tuple u64 f32)))",
        is_named: true,
        size: 32,
        store: "(i32.store8 (local.get $p) (local.get $n)) (call $text (i32.add (local.get $p) (i32.const 4)) (local.get $n))
            (i64.store offset=16 (local.get $p) (i64.extend_i32_u (local.get $n)))
            (f32.store offset=24 (local.get $p) (f32.convert_i32_u (local.get $n)))",
        check: "(i32.eq (i32.load8_u (local.get $p)) (local.get $n))
            (call $is-text (i32.add (local.get $p) (i32.const 4)) (local.get $n)) (i32.and)
            (i64.eq (i64.load offset=16 (local.get $p)) (i64.extend_i32_u (local.get $n))) (i32.and)
            (f32.eq (f32.load offset=24 (local.get $p)) (f32.convert_i32_u (local.get $n))) (i32.and)",
    },
    Shape {
        forget: "",
        name: "variant",
        ty: "(variant (case \"n\" u64) (case \"s\" string) (case \"none\"))",
        is_named: true,
        size: 16,
        store: "(i32.store8 (local.get $p) (i32.rem_u (local.get $n) (i32.const 3)))
            (if (i32.eq (i32.rem_u (local.get $n) (i32.const 3)) (i32.const 1))
              (then (call $text (i32.add (local.get $p) (i32.const 8)) (local.get $n)))
              (else (i64.store offset=8 (local.get $p) (i64.extend_i32_u (local.get $n)))))",
        check: "(i32.eq (i32.load8_u (local.get $p)) (i32.rem_u (local.get $n) (i32.const 3)))
            (if (result i32) (i32.eq (i32.rem_u (local.get $n) (i32.const 3)) (i32.const 1))
              (then (call $is-text (i32.add (local.get $p) (i32.const 8)) (local.get $n)))
              (else (i32.or (i32.eq (i32.rem_u (local.get $n) (i32.const 3)) (i32.const 2))
                (i64.eq (i64.load offset=8 (local.get $p)) (i64.extend_i32_u (local.get $n)))))) (i32.and)",
    },
    Shape {
        forget: "",
        name: "list",
        ty: "(list string)",
        is_named: false,
        size: 8,
        store: "(i32.store (local.get $p) (i32.add (i32.const 0x9000) (i32.mul (local.get $n) (i32.const 16))))
            (i32.store offset=4 (local.get $p) (i32.and (local.get $n) (i32.const 1)))
            (call $text (i32.load (local.get $p)) (local.get $n))",
        check: "(i32.eq (i32.load offset=4 (local.get $p)) (i32.and (local.get $n) (i32.const 1)))
            (i32.or (i32.eqz (i32.and (local.get $n) (i32.const 1)))
              (call $is-text (i32.load (local.get $p)) (local.get $n))) (i32.and)",
    },
    Shape {
        forget: "",
        name: "numbers",
        ty: "(list u32)",
        is_named: false,
        size: 8,
        store: "(i32.store (local.get $p) (i32.const 0xa000)) (i32.store offset=4 (local.get $p) (local.get $n))",
        check: "(i32.eq (i32.load offset=4 (local.get $p)) (local.get $n))",
    },
    Shape {
        forget: "",
        name: "option",
        ty: "(option (tuple u16 string))",
        is_named: false,
        size: 16,
        store: "(i32.store8 (local.get $p) (i32.const 1)) (i32.store16 offset=4 (local.get $p) (local.get $n))
            (call $text (i32.add (local.get $p) (i32.const 8)) (local.get $n))",
        check: "(i32.eq (i32.load16_u offset=4 (local.get $p)) (local.get $n))
            (call $is-text (i32.add (local.get $p) (i32.const 8)) (local.get $n)) (i32.and)
            (i32.eq (i32.load8_u (local.get $p)) (i32.const 1)) (i32.and)",
    },
    Shape {
        forget: "",
        name: "result",
        ty: "(result string (error u8))",
        is_named: false,
        size: 12,
        store: "(i32.store8 (local.get $p) (i32.const 0))
            (call $text (i32.add (local.get $p) (i32.const 4)) (local.get $n))",
        check: "(i32.eqz (i32.load8_u (local.get $p)))
            (call $is-text (i32.add (local.get $p) (i32.const 4)) (local.get $n)) (i32.and)",
    },
    Shape {
        forget: "",
        name: "enum",
        ty: "(enum \"a\" \"b\" \"flags\")",
        is_named: true,
        size: 1,
        store: "(i32.store8 (local.get $p) (i32.rem_u (local.get $n) (i32.const 3)))",
        check: "(i32.eq (i32.load8_u (local.get $p)) (i32.rem_u (local.get $n) (i32.const 3)))",
    },
    Shape {
        forget: "",
        name: "flags",
        ty: "(flags \"a\" \"b\" \"record\" \"d\" \"e\" \"f\" \"g\" \"h\" \"i\")",
        is_named: true,
        size: 2,
        store: "(i32.store16 (local.get $p) (i32.add (local.get $n) (i32.const 256)))",
        check: "(i32.eq (i32.load16_u (local.get $p)) (i32.add (local.get $n) (i32.const 256)))",
    },
];

fn shape(name: &str) -> &'static Shape {
    SHAPES.iter().find(|shape| shape.name == name).unwrap()
}

#[track_caller]
fn holds(name: &str, kind: &str, text: &str) {
    holds_with(shape(name), kind, [""; 2], Definer::Nobody, text);
}

#[test]
fn values_of_every_shape_arrive() {
    for shape in SHAPES {
        for ends in [TO_B, FROM_B] {
            let (writer, reader) = if ends == TO_B { ("a", "b") } else { ("b", "a") };
            // Reads before and after writes; fewer and more than were written; over several writes.
            holds_with(
                shape,
                "stream",
                [""; 2],
                Definer::Nobody,
                &format!(
                    "{ends}
                    {writer}.write 1 3 = {BLOCKED}
                    {reader}.read 3 = 0x30
                    {reader}.check 1 3
                    {writer}.poll = 0x30
                    {reader}.read 5 = {BLOCKED}
                    {writer}.write 4 2 = 0x20
                    {reader}.poll = 0x20
                    {reader}.check 4 2
                    {writer}.write 6 4 = {BLOCKED}
                    {reader}.read 1 = 0x10
                    {reader}.check 6 1
                    {reader}.read 2 = 0x20
                    {reader}.check 7 2
                    {reader}.read 9 = 0x10
                    {reader}.check 9 1
                    {writer}.poll = 0x40
                    {reader}.read 7 = {BLOCKED}
                    {writer}.write 1 1 = 0x10
                    {writer}.write 2 2 = 0x20
                    {reader}.poll = 0x30
                    {reader}.check 1 3
                    {writer}.drop-writable
                    {reader}.read 1 = 1
                    {reader}.drop-readable"
                ),
            );
            for first in ["write", "read"] {
                let body = match first {
                    "write" => format!("{writer}.write 7 1 = {BLOCKED}\n{reader}.read 1 = 0\n{writer}.poll = 0"),
                    _ => format!("{reader}.read 1 = {BLOCKED}\n{writer}.write 7 1 = 0\n{reader}.poll = 0"),
                };
                let ends =
                    format!("{ends}\n{body}\n{reader}.check 7 1\n{writer}.drop-writable\n{reader}.drop-readable");
                holds_with(shape, "future", [""; 2], Definer::Nobody, &ends);
            }
        }
    }
}

/// The readable end goes on to a third component, back to the one that made it, and values are read
/// on the way.
#[test]
fn ends_are_passed_on() {
    for name in ["string", "bool"] {
        holds(
            name,
            "stream",
            &format!(
                "{FROM_B}
                b.write 1 6 = {BLOCKED}
                a.read 2 = 0x20
                a.check 1 2
                (call $c.give (call $release))
                c.read 2 = 0x20
                c.check 3 2
                (call $give (call $c.release))
                a.read 5 = 0x20
                a.check 5 2
                b.poll = 0x60
                b.drop-writable
                a.drop-readable"
            ),
        );
    }
}

/// Within one component, values that are no numbers cannot be copied, be it booleans.
#[test]
fn copies_within_one_component_trap() {
    for name in ["string", "bool", "char"] {
        for kind in ["stream", "future"] {
            for body in [
                format!("(call $give (call $make))\na.write 1 1 = {BLOCKED}\n(drop (call $read (i32.const 1)))"),
                format!(
                    "(call $give (call $make))\na.read 1 = {BLOCKED}\n(drop (call $write (i32.const 1) (i32.const 1)))"
                ),
                // Back from another component.
                format!(
                    "{TO_B}\n(call $give (call $b.release))\na.read 1 = {BLOCKED}
                    (drop (call $write (i32.const 1) (i32.const 1)))"
                ),
            ] {
                let component = composition(shape(name), kind, [""; 2], Definer::Nobody, &scenario(&body));
                let native = natively(&component).expect_err("no trap natively");
                assert!(native.contains("intra-component"), "{native}");
                let translated = run_translated(&component).expect_err("no trap translated");
                assert!(translated.contains("within one component"), "{translated}");
            }
        }
    }
}

#[test]
fn nothing_is_read_and_written() {
    for name in ["string", "char"] {
        holds(
            name,
            "stream",
            &format!(
                "{TO_B}
                b.read 0 = {BLOCKED}
                a.write 1 2 = {BLOCKED}
                b.poll = 0
                b.read 0 = 0
                b.read 2 = 0x20
                b.check 1 2
                a.poll = 0x20
                a.write 1 0 = {BLOCKED}
                b.read 2 = {BLOCKED}
                a.poll = 0
                a.write 5 0 = 0
                a.write 5 1 = 0x10
                b.poll = 0x10
                b.check 5 1"
            ),
        );
    }
}

#[test]
fn what_is_cancelled_or_dropped_leaves_nothing_behind() {
    for name in ["string", "list", "enum"] {
        for (ends, writer, reader) in [(TO_B, "a", "b"), (FROM_B, "b", "a")] {
            // A write that is cancelled, whole or in part, leaves nothing behind. (If a part was
            // read, it is complete; wasmtime 48 says that it was cancelled.)
            let prefix = |peer: &str| if peer == "a" { String::new() } else { format!("{peer}.") };
            let (cancel_write, cancel_read) = (prefix(writer) + "cancel-write", prefix(reader) + "cancel-read");
            holds(
                name,
                "stream",
                &format!(
                    "{ends}
                    {writer}.write 1 4 = {BLOCKED}
                    {writer}.cancel-write = 2
                    {writer}.write 11 4 = {BLOCKED}
                    {reader}.read 1 = 0x10
                    {reader}.check 11 1
                    (call $is (i32.and (call ${cancel_write}) (i32.const -16)) (i32.const 0x10))
                    {reader}.read 9 = {BLOCKED}
                    {reader}.cancel-read = 2
                    {reader}.read 9 = {BLOCKED}
                    {writer}.write 21 2 = 0x20
                    (call $is (i32.and (call ${cancel_read}) (i32.const -16)) (i32.const 0x20))
                    {reader}.check 21 2
                    {writer}.write 31 3 = {BLOCKED}
                    {reader}.drop-readable
                    {writer}.poll = 1
                    {writer}.drop-writable"
                ),
            );
            // The reader goes before the write, or after it has read a part.
            holds(
                name,
                "stream",
                &format!("{ends}\n{reader}.drop-readable\n{writer}.write 1 2 = 1\n{writer}.drop-writable"),
            );
            holds(
                name,
                "stream",
                &format!(
                    "{ends}\n{writer}.write 1 3 = {BLOCKED}\n{reader}.read 2 = 0x20\n{reader}.check 1 2
                    {reader}.drop-readable\n{writer}.poll = 0x21\n{writer}.drop-writable"
                ),
            );
            // The writer goes while the reader waits; after it has written.
            holds(
                name,
                "stream",
                &format!(
                    "{ends}\n{reader}.read 3 = {BLOCKED}\n{writer}.write 1 2 = 0x20\n{writer}.drop-writable
                    {reader}.poll = 0x21\n{reader}.check 1 2\n{reader}.drop-readable"
                ),
            );
            holds(
                name,
                "future",
                &format!(
                    "{ends}\n{reader}.read 1 = {BLOCKED}\n{reader}.cancel-read = 2\n{writer}.write 1 1 = {BLOCKED}
                    {writer}.cancel-write = 2\n{writer}.write 2 1 = {BLOCKED}\n{reader}.read 1 = 0\n{reader}.check 2 1
                    {writer}.poll = 0\n{writer}.drop-writable\n{reader}.drop-readable"
                ),
            );
            holds(
                name,
                "future",
                &format!("{ends}\n{reader}.drop-readable\n{writer}.write 1 1 = 1\n{writer}.drop-writable"),
            );
        }
    }
}

/// The built-ins in their sync form.
#[test]
fn copies_may_be_synchronous() {
    for name in ["string", "record", "bool"] {
        for (ends, writer, reader) in [(TO_B, "a", "b"), (FROM_B, "b", "a")] {
            holds(
                name,
                "stream",
                &format!(
                    "{ends}\n{writer}.write 1 3 = {BLOCKED}\n{reader}.read-now 2 = 0x20\n{reader}.check 1 2
                    {reader}.read-now 2 = 0x10\n{reader}.check 3 1\n{writer}.poll = 0x30
                    {reader}.read 2 = {BLOCKED}\n{writer}.write-now 4 3 = 0x20\n{reader}.poll = 0x20\n{reader}.check 4 2"
                ),
            );
        }
    }
}

/// A callee that blocks in the middle of its code until the caller has read: R takes what it
/// writes.
#[test]
fn a_callee_writes_synchronously() {
    for name in ["string", "list", "bool"] {
        holds(
            name,
            "stream",
            &format!(
                "{FROM_B}
                (global.set $call (call $b.write-later (i32.const 1) (i32.const 3) (i32.const 0x20)))
                a.read 2 = 0x20
                a.check 1 2
                a.read 5 = 0x10
                a.check 3 1
                (call $returns)
                (call $is (i32.load (i32.const 0x20)) (i32.const 0x30))
                (global.set $call (call $b.write-later (i32.const 5) (i32.const 2) (i32.const 0x20)))
                a.read 1 = 0x10
                a.check 5 1
                a.drop-readable
                (call $returns)"
            ),
        );
        holds(
            name,
            "future",
            &format!(
                "{FROM_B}
                (global.set $call (call $b.write-later (i32.const 1) (i32.const 1) (i32.const 0x20)))
                a.read 1 = 0
                a.check 1 1
                (call $returns)
                (call $is (i32.load (i32.const 0x20)) (i32.const 0))"
            ),
        );
    }
}

/// Strings in the encoding of either side.
#[test]
fn strings_change_their_encoding() {
    let [utf16, latin] = ["string-encoding=utf16", "string-encoding=latin1+utf16"];
    // Their texts are numbers of UTF-16 code units, of which the strings have half as many as of
    // bytes.
    let shape = Shape {
        store: "(call $text (local.get $p) (local.get $n))
            (i32.store offset=4 (local.get $p) (i32.const 4))",
        check: "(i32.and (i32.eq (i32.load offset=4 (local.get $p)) (i32.const 4))
            (i32.eq (i32.load (i32.load (local.get $p))) (i32.add (i32.const 0x30303030) (local.get $n))))",
        ..*shape("string")
    };
    for encodings in [[utf16, utf16], [latin, latin], ["string-encoding=utf8", latin], [latin, ""]] {
        for (ends, writer, reader) in [(TO_B, "a", "b"), (FROM_B, "b", "a")] {
            holds_with(
                &shape,
                "stream",
                encodings,
                Definer::Nobody,
                &format!(
                    "{ends}\n{writer}.write 1 3 = {BLOCKED}\n{reader}.read 2 = 0x20\n{reader}.check 1 2
                    {reader}.read 2 = 0x10\n{reader}.check 3 1"
                ),
            );
        }
    }
}
