//! Handles of resources in streams and futures between the parts of a composition. As in
//! `exchange`, natively and translated.

use super::peers::{BLOCKED, Definer, FROM_B, Shape, TO_B, composition, holds_with, scenario};
use crate::support::both::{natively, run_translated};
use wasi_shim::{Error, Generation, WrapOptions};

const OWN: Shape = Shape {
    name: "own",
    ty: "(own $thing)",
    is_named: false,
    size: 4,
    store: "(i32.store (local.get $p) (call $thing.new (local.get $n)))",
    check: "(i32.eq (call $thing.number (i32.load (local.get $p))) (local.get $n))",
    forget: "(call $thing.drop (i32.load (local.get $p)))",
};

const RECORD: Shape = Shape {
    name: "record",
    ty: "(record (field \"a\" u8) (field \"thing\" (own $thing)) (field \"more\" (list (tuple string (own $thing)))))",
    is_named: true,
    size: 16,
    store: "(i32.store8 (local.get $p) (local.get $n))
        (i32.store offset=4 (local.get $p) (call $thing.new (local.get $n)))
        (i32.store offset=8 (local.get $p) (i32.add (i32.const 0x9000) (i32.mul (local.get $n) (i32.const 16))))
        (i32.store offset=12 (local.get $p) (i32.and (local.get $n) (i32.const 1)))
        (if (i32.and (local.get $n) (i32.const 1)) (then
          (call $text (i32.load offset=8 (local.get $p)) (local.get $n))
          (i32.store offset=8 (i32.load offset=8 (local.get $p)) (call $thing.new (i32.add (local.get $n) (i32.const 100))))))",
    check: "(i32.eq (i32.load8_u (local.get $p)) (local.get $n))
        (i32.eq (call $thing.number (i32.load offset=4 (local.get $p))) (local.get $n)) (i32.and)
        (i32.eq (i32.load offset=12 (local.get $p)) (i32.and (local.get $n) (i32.const 1))) (i32.and)
        (if (result i32) (i32.and (local.get $n) (i32.const 1))
          (then (i32.and (call $is-text (i32.load offset=8 (local.get $p)) (local.get $n))
            (i32.eq (call $thing.number (i32.load offset=8 (i32.load offset=8 (local.get $p))))
              (i32.add (local.get $n) (i32.const 100)))))
          (else (i32.const 1))) (i32.and)",
    forget: "(call $thing.drop (i32.load offset=4 (local.get $p)))
        (if (i32.load offset=12 (local.get $p))
          (then (call $thing.drop (i32.load offset=8 (i32.load offset=8 (local.get $p))))))",
};

const SHAPES: &[Shape] = &[
    OWN,
    RECORD,
    Shape {
        name: "result",
        ty: "(result (own $thing) (error string))",
        is_named: false,
        size: 12,
        store: "(i32.store8 (local.get $p) (i32.and (local.get $n) (i32.const 1)))
            (if (i32.and (local.get $n) (i32.const 1))
              (then (call $text (i32.add (local.get $p) (i32.const 4)) (local.get $n)))
              (else (i32.store offset=4 (local.get $p) (call $thing.new (local.get $n)))))",
        check: "(i32.eq (i32.load8_u (local.get $p)) (i32.and (local.get $n) (i32.const 1)))
            (if (result i32) (i32.and (local.get $n) (i32.const 1))
              (then (call $is-text (i32.add (local.get $p) (i32.const 4)) (local.get $n)))
              (else (i32.eq (call $thing.number (i32.load offset=4 (local.get $p))) (local.get $n)))) (i32.and)",
        forget: "(if (i32.eqz (i32.load8_u (local.get $p)))
            (then (call $thing.drop (i32.load offset=4 (local.get $p)))))",
    },
    Shape {
        name: "variant",
        ty: "(variant (case \"one\" (own $thing)) (case \"text\" string) (case \"two\" (tuple u64 (own $thing))))",
        is_named: true,
        size: 24,
        store: "(i32.store8 (local.get $p) (i32.rem_u (local.get $n) (i32.const 3)))
            (i32.store offset=12 (local.get $p) (i32.const 0))
            (if (i32.eqz (i32.load8_u (local.get $p)))
              (then (i32.store offset=8 (local.get $p) (call $thing.new (local.get $n)))))
            (if (i32.eq (i32.load8_u (local.get $p)) (i32.const 1))
              (then (call $text (i32.add (local.get $p) (i32.const 8)) (local.get $n))))
            (if (i32.eq (i32.load8_u (local.get $p)) (i32.const 2)) (then
              (i64.store offset=8 (local.get $p) (i64.extend_i32_u (local.get $n)))
              (i32.store offset=16 (local.get $p) (call $thing.new (local.get $n)))))",
        check: "(i32.eq (i32.load8_u (local.get $p)) (i32.rem_u (local.get $n) (i32.const 3)))
            (if (result i32) (i32.eqz (i32.load8_u (local.get $p)))
              (then (i32.eq (call $thing.number (i32.load offset=8 (local.get $p))) (local.get $n)))
              (else (if (result i32) (i32.eq (i32.load8_u (local.get $p)) (i32.const 1))
                (then (call $is-text (i32.add (local.get $p) (i32.const 8)) (local.get $n)))
                (else (i32.and (i64.eq (i64.load offset=8 (local.get $p)) (i64.extend_i32_u (local.get $n)))
                  (i32.eq (call $thing.number (i32.load offset=16 (local.get $p))) (local.get $n))))))) (i32.and)",
        forget: "(if (i32.eqz (i32.load8_u (local.get $p)))
              (then (call $thing.drop (i32.load offset=8 (local.get $p)))))
            (if (i32.eq (i32.load8_u (local.get $p)) (i32.const 2))
              (then (call $thing.drop (i32.load offset=16 (local.get $p)))))",
    },
    Shape {
        name: "option",
        ty: "(option (list (own $thing)))",
        is_named: false,
        size: 12,
        store: "(i32.store8 (local.get $p) (i32.const 1))
            (i32.store offset=4 (local.get $p) (i32.add (i32.const 0x9000) (i32.mul (local.get $n) (i32.const 16))))
            (i32.store offset=8 (local.get $p) (i32.const 2))
            (i32.store (i32.load offset=4 (local.get $p)) (call $thing.new (local.get $n)))
            (i32.store offset=4 (i32.load offset=4 (local.get $p)) (call $thing.new (i32.const 1000)))",
        check: "(i32.eq (i32.load8_u (local.get $p)) (i32.const 1))
            (i32.eq (i32.load offset=8 (local.get $p)) (i32.const 2)) (i32.and)
            (i32.eq (call $thing.number (i32.load (i32.load offset=4 (local.get $p)))) (local.get $n)) (i32.and)
            (i32.eq (call $thing.number (i32.load offset=4 (i32.load offset=4 (local.get $p)))) (i32.const 1000)) (i32.and)",
        forget: "(call $thing.drop (i32.load (i32.load offset=4 (local.get $p))))
            (call $thing.drop (i32.load offset=4 (i32.load offset=4 (local.get $p))))",
    },
];

/// Who defines the things, and which way they go: each with the ends, the writer and the reader.
fn ways() -> impl Iterator<Item = (Definer, &'static str, [&'static str; 2])> {
    let definers = [Definer::Apart, Definer::Callee];
    definers.into_iter().flat_map(|definer| [(definer, TO_B, ["a", "b"]), (definer, FROM_B, ["b", "a"])])
}

#[track_caller]
fn holds(shape: &Shape, definer: Definer, kind: &str, text: &str) {
    holds_with(shape, kind, [""; 2], definer, text);
}

#[test]
fn values_of_every_shape_arrive() {
    for shape in SHAPES {
        for (definer, ends, [writer, reader]) in ways() {
            // Reads before and after writes; fewer and more than were written; over several writes.
            let text = format!(
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
                {reader}.read 9 = 0x30
                {reader}.check 7 3
                {writer}.poll = 0x40
                {reader}.read 2 = {BLOCKED}
                {writer}.write 1 5 = 0x20
                {writer}.returned 2 3 3
                {reader}.poll = 0x20
                {reader}.check 1 2
                {writer}.drop-writable
                {reader}.read 1 = 1
                {reader}.drop-readable"
            );
            holds(shape, definer, "stream", &text);
            for number in [6, 7] {
                for first in ["write", "read"] {
                    let body = match first {
                        "write" => {
                            format!("{writer}.write {number} 1 = {BLOCKED}\n{reader}.read 1 = 0\n{writer}.poll = 0")
                        }
                        _ => format!("{reader}.read 1 = {BLOCKED}\n{writer}.write {number} 1 = 0\n{reader}.poll = 0"),
                    };
                    let text = format!(
                        "{ends}\n{body}\n{reader}.check {number} 1\n{writer}.drop-writable\n{reader}.drop-readable"
                    );
                    holds(shape, definer, "future", &text);
                }
            }
        }
    }
}

/// Handles that nobody has read belong to the writer again, and every thing is dropped once.
#[test]
fn what_nobody_has_read_is_the_writers_again() {
    for shape in [&OWN, &RECORD] {
        // How many things are in the values 1 to 4.
        let things = if shape.name == "own" { 4 } else { 6 };
        for (definer, ends, [writer, reader]) in ways() {
            let prefix = |peer: &str| if peer == "a" { String::new() } else { format!("{peer}.") };
            let (cancel_write, cancel_read) = (prefix(writer) + "cancel-write", prefix(reader) + "cancel-read");
            // Before anything was read.
            holds(
                shape,
                definer,
                "stream",
                &format!(
                    "{ends}\n{writer}.write 1 4 = {BLOCKED}\n{writer}.cancel-write = 2\nthing.dropped = 0
                    {writer}.returned 0 1 4\nthing.dropped = {things}
                    {writer}.drop-writable\n{reader}.read 1 = 1\n{reader}.drop-readable"
                ),
            );
            // A part was read. (Then it is complete; wasmtime 48 says that it was cancelled.)
            holds(
                shape,
                definer,
                "stream",
                &format!(
                    "{ends}\n{writer}.write 1 4 = {BLOCKED}\n{reader}.read 1 = 0x10\n{reader}.check 1 1
                    (call $is (i32.and (call ${cancel_write}) (i32.const -16)) (i32.const 0x10))
                    {writer}.returned 1 2 3\nthing.dropped = {things}
                    {reader}.drop-readable\n{writer}.write 1 4 = 1\n{writer}.returned 0 1 4\n{writer}.drop-writable"
                ),
            );
            // A read that was cancelled after it has got values, and before.
            holds(
                shape,
                definer,
                "stream",
                &format!(
                    "{ends}\n{reader}.read 9 = {BLOCKED}\n{reader}.cancel-read = 2\n{reader}.read 9 = {BLOCKED}
                    {writer}.write 1 4 = 0x40
                    (call $is (i32.and (call ${cancel_read}) (i32.const -16)) (i32.const 0x40))
                    {reader}.check 1 4\nthing.dropped = {things}"
                ),
            );
            // The reader goes: before the write, while it waits, after it has read a part.
            holds(
                shape,
                definer,
                "stream",
                &format!(
                    "{ends}\n{reader}.drop-readable\n{writer}.write 1 4 = 1\n{writer}.returned 0 1 4
                    thing.dropped = {things}\n{writer}.drop-writable"
                ),
            );
            holds(
                shape,
                definer,
                "stream",
                &format!(
                    "{ends}\n{writer}.write 1 4 = {BLOCKED}\n{reader}.read 3 = 0x30\n{reader}.check 1 3
                    {reader}.drop-readable\n{writer}.poll = 0x31\n{writer}.returned 3 4 1\nthing.dropped = {things}
                    {writer}.drop-writable"
                ),
            );
            // The writer goes while the reader waits; after it has written.
            holds(
                shape,
                definer,
                "stream",
                &format!(
                    "{ends}\n{reader}.read 8 = {BLOCKED}\n{writer}.write 1 4 = 0x40\n{writer}.drop-writable
                    {reader}.poll = 0x41\n{reader}.check 1 4\n{reader}.drop-readable\nthing.dropped = {things}"
                ),
            );
            holds(
                shape,
                definer,
                "future",
                &format!(
                    "{ends}\n{reader}.read 1 = {BLOCKED}\n{reader}.cancel-read = 2\n{writer}.write 2 1 = {BLOCKED}
                    {writer}.cancel-write = 2\n{writer}.returned 0 2 1\nthing.dropped = 1
                    {writer}.write 4 1 = {BLOCKED}\n{reader}.read 1 = 0\n{reader}.check 4 1\n{writer}.poll = 0
                    thing.dropped = 2\n{writer}.drop-writable\n{reader}.drop-readable"
                ),
            );
            holds(
                shape,
                definer,
                "future",
                &format!(
                    "{ends}\n{reader}.drop-readable\n{writer}.write 2 1 = 1\n{writer}.returned 0 2 1
                    thing.dropped = 1\n{writer}.drop-writable"
                ),
            );
            holds(
                shape,
                definer,
                "future",
                &format!(
                    "{ends}\n{writer}.write 2 1 = {BLOCKED}\n{reader}.drop-readable\n{writer}.poll = 1
                    {writer}.returned 0 2 1\nthing.dropped = 1\n{writer}.drop-writable"
                ),
            );
        }
    }
}

/// The readable end goes on to a third component and back, and values are read on the way.
#[test]
fn ends_are_passed_on() {
    for shape in [&OWN, &RECORD] {
        holds(
            shape,
            Definer::Apart,
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

/// A component knows the resource only from one that has it from a third, and two have it from
/// there.
#[test]
fn resources_are_handed_on() {
    for shape in [&OWN, &RECORD] {
        for (ends, writer, reader) in [(TO_B, "a", "b"), (FROM_B, "b", "a")] {
            holds(
                shape,
                Definer::HandedOn,
                "stream",
                &format!(
                    "{ends}\n{writer}.write 1 4 = {BLOCKED}\n{reader}.read 1 = 0x10\n{reader}.check 1 1
                    {reader}.drop-readable\n{writer}.poll = 0x11\n{writer}.returned 1 2 3"
                ),
            );
        }
        holds(
            shape,
            Definer::HandedOn,
            "stream",
            &format!(
                "{FROM_B}\nb.write 1 4 = {BLOCKED}\n(call $c.give (call $release))\nc.read 2 = 0x20\nc.check 1 2
                c.drop-readable\nb.poll = 0x21\nb.returned 2 3 2"
            ),
        );
    }
}

/// Sockets, which R defines: alone, as they come from listeners, too, and in a result.
#[test]
fn resources_of_wasi_arrive() {
    let result = Shape {
        name: "result",
        ty: "(result (own $thing) (error u8))",
        size: 8,
        store: "(i32.store8 (local.get $p) (i32.const 0))
            (i32.store offset=4 (local.get $p) (call $thing.new (local.get $n)))",
        check: "(i32.eqz (i32.load8_u (local.get $p)))
            (i32.eq (call $thing.number (i32.load offset=4 (local.get $p))) (local.get $n)) (i32.and)",
        forget: "(call $thing.drop (i32.load offset=4 (local.get $p)))",
        ..OWN
    };
    for shape in [&OWN, &result] {
        for (ends, writer, reader) in [(TO_B, "a", "b"), (FROM_B, "b", "a")] {
            holds(
                shape,
                Definer::Wasi,
                "stream",
                &format!(
                    "{ends}\n{writer}.write 1 4 = {BLOCKED}\n{reader}.read 2 = 0x20\n{reader}.check 1 2
                    {reader}.drop-readable\n{writer}.poll = 0x21\n{writer}.returned 2 3 2"
                ),
            );
            holds(
                shape,
                Definer::Wasi,
                "future",
                &format!(
                    "{ends}\n{writer}.write 5 1 = {BLOCKED}\n{writer}.cancel-write = 2\n{writer}.returned 0 5 1
                    {writer}.write 5 1 = {BLOCKED}\n{reader}.read 1 = 0\n{reader}.check 5 1\n{writer}.poll = 0
                    {writer}.drop-writable\n{reader}.drop-readable"
                ),
            );
        }
    }
}

/// A resource that no component of the composition defines.
#[test]
fn resources_of_the_host_arrive() {
    for shape in [&OWN, &RECORD] {
        for (ends, writer, reader) in [(TO_B, "a", "b"), (FROM_B, "b", "a")] {
            holds(
                shape,
                Definer::Host,
                "stream",
                &format!(
                    "{ends}\n{writer}.write 1 4 = {BLOCKED}\n{reader}.read 1 = 0x10\n{reader}.check 1 1
                    {reader}.drop-readable\n{writer}.poll = 0x11\n{writer}.returned 1 2 3"
                ),
            );
        }
    }
}

/// Where it is unclear who defines the resource, that is said before anything is written.
#[test]
fn unclear_resources_are_refused() {
    let component = composition(&RECORD, "stream", [""; 2], Definer::Nested, "");
    let mut options = WrapOptions::default();
    options.to = Some(Generation::Wasi02);
    let Err(Error::Obstacles(obstacles)) = wasi_shim::wrap(&component, &options) else { panic!("it is not refused") };
    let found: Vec<_> = obstacles.iter().map(|obstacle| format!("{}: {}", obstacle.subject, obstacle.reason)).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    let text =
        "a stream or future of `record { a: u8, thing: own<resource>, more: list<tuple<string, own<resource>>> }`";
    assert!(found[0].starts_with("b#") && found[0].contains(text) && found[0].contains("is not known"), "{found:?}");
}

#[test]
fn nothing_is_read_and_written() {
    for definer in [Definer::Apart, Definer::Callee] {
        holds(
            &OWN,
            definer,
            "stream",
            &format!(
                "{FROM_B}
                a.read 0 = {BLOCKED}
                b.write 1 2 = {BLOCKED}
                a.poll = 0
                a.read 0 = 0
                a.read 2 = 0x20
                a.check 1 2
                b.poll = 0x20
                b.write 1 0 = {BLOCKED}
                a.read 2 = {BLOCKED}
                b.poll = 0
                b.write 5 1 = 0x10
                a.poll = 0x10
                a.check 5 1"
            ),
        );
    }
}

/// The built-ins in their sync form.
#[test]
fn copies_may_be_synchronous() {
    for (definer, ends, [writer, reader]) in ways() {
        holds(
            &RECORD,
            definer,
            "stream",
            &format!(
                "{ends}\n{writer}.write 1 3 = {BLOCKED}\n{reader}.read-now 2 = 0x20\n{reader}.check 1 2
                {reader}.read-now 2 = 0x10\n{reader}.check 3 1\n{writer}.poll = 0x30
                {reader}.read 2 = {BLOCKED}\n{writer}.write-now 4 3 = 0x20\n{writer}.returned 2 6 1
                {reader}.poll = 0x20\n{reader}.check 4 2"
            ),
        );
    }
}

/// A callee that blocks in the middle of its code until the caller has read: R takes what it
/// writes.
#[test]
fn a_callee_writes_synchronously() {
    for definer in [Definer::Apart, Definer::Callee] {
        for shape in [&OWN, &RECORD] {
            let begins = format!(
                "{FROM_B}\n(global.set $call (call $b.write-later (i32.const 1) (i32.const 4) (i32.const 0x20)))"
            );
            holds(
                shape,
                definer,
                "stream",
                &format!(
                    "{begins}\na.read 2 = 0x20\na.check 1 2\na.read 5 = 0x20\na.check 3 2\n(call $returns)
                    (call $is (i32.load (i32.const 0x20)) (i32.const 0x40))"
                ),
            );
            // Things that it has taken and nobody reads are dropped. (Natively they would go back
            // to the callee.)
            let things = if shape.name == "own" { 4 } else { 6 };
            let text = format!("{begins}\na.read 2 = 0x20\na.check 1 2\na.drop-readable\nthing.dropped = {things}");
            let component = composition(shape, "stream", [""; 2], definer, &scenario(&text));
            assert_eq!(run_translated(&component), Ok(()), "{}", shape.name);
        }
    }
}

/// Within one component, handles cannot be copied.
#[test]
fn copies_within_one_component_trap() {
    for definer in [Definer::Apart, Definer::Callee] {
        let text = format!("(call $give (call $make))\na.write 1 1 = {BLOCKED}\n(drop (call $read (i32.const 1)))");
        let component = composition(&OWN, "stream", [""; 2], definer, &scenario(&text));
        let native = natively(&component).expect_err("no trap natively");
        assert!(native.contains("intra-component"), "{native}");
        let translated = run_translated(&component).expect_err("no trap translated");
        assert!(translated.contains("within one component"), "{translated}");
    }
}

/// A thing that is lent cannot go: the write of it traps. Neither can a number that is no handle.
#[test]
fn what_is_no_handle_traps() {
    for definer in [Definer::Apart, Definer::Callee] {
        let shape = Shape { store: "(i32.store (local.get $p) (i32.const 77))", ..OWN };
        let text = format!("{TO_B}\nb.read 1 = {BLOCKED}\n(drop (call $write (i32.const 1) (i32.const 1)))");
        let component = composition(&shape, "stream", [""; 2], definer, &scenario(&text));
        let translated = run_translated(&component).expect_err("no trap translated");
        assert!(translated.contains("unknown handle index 77"), "{translated}");
    }
}
