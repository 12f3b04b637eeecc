//! Futures, resources, and what must not be done with handles.

use super::{Engine::*, Trap, Value, Verdict::*, rows};

/// A future's writer, and whoever has the readable end.
macro_rules! with_writer {
    ($code:literal) => {
        concat!(
            r#"part c
              start: async func() -> future<u8>
              write: async func() -> u32
              acknowledge: async func()
              close: async func()
              start-stream: async func() -> stream<u8>
              write-stream: async func() -> u32
              acknowledge-stream: async func()
              close-stream: async func()
              (global $own (mut i32) #0)
              (global $set (mut i32) #0)
              (func $start (global.set $set (call $waitable-set.new)))
              (start $start)
              (func (export "start") (result i32)
                (call $pair (call $future.new<u8>)) (global.set $own @w) (call $waitable.join @own @set) @r)
              (func (export "write") (result i32) (i32.store #16 #42) (call $future.write<u8> @own #16))
              (func (export "acknowledge") (call $next @set #5 @own #0))
              (func (export "close") (call $future.drop-writable<u8> @own))
              (func (export "start-stream") (result i32)
                (call $pair (call $stream.new<u8>)) (global.set $own @w) (call $waitable.join @own @set) @r)
              (func (export "write-stream") (result i32) (i32.store #16 #42) (call $stream.write<u8> @own #16 #1))
              (func (export "acknowledge-stream") (call $next @set #3 @own #0x11))
              (func (export "close-stream") (call $stream.drop-writable<u8> @own))
            part t
              take: async func(f: future<u8>)
              take-stream: async func(s: stream<u8>)
              (func (export "take") (param i32))
              (func (export "take-stream") (param i32))
            part d
              run: async func() -> u32
              (global $h (mut i32) #0)
              (func (export "run") (result i32) "#,
            $code,
            " #1)"
        )
    };
}

/// A waitable that waits in a set, then is used without `async`.
macro_rules! in_a_set {
    ($code:literal) => {
        concat!(
            r#"part c
              f: async func() -> u32
              (func (export "f") (result i32) (call $wait-on (call $waitable-set.new)))
              (func (export "f-cb") (param i32 i32 i32) (result i32) unreachable)
            part d
              run: async func() -> u32
              (func $rx (result i32) (call $pair (call $stream.new<u8>)) @r)
              (func $tx (result i32) (call $pair (call $stream.new<u8>)) @w)
              (func $frx (result i32) (call $pair (call $future.new<unit>)) @r)
              (func $ftx (result i32) (call $pair (call $future.new<unit>)) @w)
              (func $sets (param $h i32) (call $waitable.join %h (call $waitable-set.new)))
              (func (export "run") (result i32) (local $h i32) "#,
            $code,
            " #1)"
        )
    };
}

/// A resource of `c`, lent to tasks of `d` by `e`.
macro_rules! lent {
    ($code:literal) => {
        concat!(
            r#"part c
              resource thing
              new-thing: func(number: u32) -> own<c.thing>
              number: func(self: borrow<c.thing>) -> u32
              (func (export "number") (param i32) (result i32) (local.get 0))
            part d
              keeps: async func(thing: borrow<c.thing>) -> u32
              drops: func() -> u32
              resumes: func()
              drops-both: async func(thing: borrow<c.thing>) -> u32
              drops-other: async func(thing: borrow<c.thing>)
              (global $thing (mut i32) #0)
              (global $number (mut i32) #0)
              (global $set (mut i32) #0)
              (func (export "keeps") (param $h i32) (result i32)
                (global.set $thing %h) (global.set $number (call $c.number %h))
                (global.set $set (call $waitable-set.new)) (call $wait-on @set))
              (func (export "keeps-cb") (param i32 i32 i32) (result i32) (call $task.return<u32> @number) #0)
              (func (export "drops") (result i32) (local $n i32)
                (local.set $n (call $c.number @thing)) (call $resource.drop<c.thing> @thing) %n)
              (func (export "resumes")
                (call $pair (call $future.new<unit>)) (call $is (call $future.read<unit> @r #0) #-1)
                (call $is (call $future.write<unit> @w #0) #0) (call $waitable.join @r @set))
              (func (export "drops-both") (param $h i32) (result i32) (local $n i32)
                (local.set $n (call $c.number @thing)) (call $resource.drop<c.thing> @thing)
                (call $resource.drop<c.thing> %h) (call $task.return<u32> %n) #0)
              (func (export "drops-both-cb") (param i32 i32 i32) (result i32) unreachable)
              (func (export "drops-other") (param $h i32) (result i32)
                (call $resource.drop<c.thing> @thing) (call $task.return) #0)
              (func (export "drops-other-cb") (param i32 i32 i32) (result i32) unreachable)
            part e
              run: async func() -> u32
              (func (export "run") (result i32) (local $h i32) (local $subtask i32)
                (local.set $h (call $c.new-thing #10))
                (local.set $subtask (call $subtask (call $async:d.keeps %h #16) #1)) "#,
            $code,
            "(call $d.resumes) (call $await %subtask #1 #2) (call $is (i32.load #16) #10) #1)"
        )
    };
}

/// A stream of handles, of which one is read.
macro_rules! things {
    ($code:literal) => {
        concat!(
            r#"part c
              resource thing
              foo: async func(self: borrow<c.thing>) -> u32
              start: async func() -> stream<own<c.thing>>
              cancel: async func()
              again: async func()
              (global $own (mut i32) #0)
              (global $one (mut i32) #0)
              (global $two (mut i32) #0)
              (func (export "start") (result i32)
                (call $pair (call $stream.new<own<c.thing>>)) (global.set $own @w)
                (global.set $one (call $resource.new<c.thing> #50)) (global.set $two (call $resource.new<c.thing> #51))
                (i32.store #8 @one) (i32.store #12 @two)
                (call $is (call $stream.write<own<c.thing>> @own #8 #2) #-1)
                (call $is (call $resource.rep<c.thing> @one) #50) (call $is (call $resource.rep<c.thing> @two) #51) @r)
              (func (export "cancel")
                (call $is (call $stream.cancel-write-sync<own<c.thing>> @own) #0x11)
                (call $is (call $resource.rep<c.thing> @two) #51) (call $stream.drop-writable<own<c.thing>> @own))
              (func (export "foo") (param $rep i32) (result i32) (i32.add %rep #50))
              (func (export "again") (drop (call $resource.rep<c.thing> @one)))
            part d
              run: async func() -> u32
              (func (export "run") (result i32) (local $s i32)
                (local.set $s (call $c.start)) (call $is %s #1) (i64.store #8 (i64.const -1))
                (call $is (call $stream.read<own<c.thing>> %s #8 #1) #0x10) (call $is (i32.load #12) #-1)
                (call $is (call $c.foo (i32.load #8)) #100)
                (call $stream.drop-readable<own<c.thing>> %s) (call $c.cancel) "#,
            $code,
            " #1)"
        )
    };
}

rows! {
    written_by_another_task: "cross-task-future.wast", "one task makes a future, another one returns and writes it",
        r#"part c
          one: func()
          two: async func() -> future<u8>
          (func (export "one") (call $pair (call $future.new<u8>)))
          (func (export "two") (result i32)
            (call $task.return<future<u8>> @r) (i32.store #32 #0x42) (call $is (call $future.write<u8> @w #32) #-1) #0)
          (func (export "two-cb") (param i32 i32 i32) (result i32) unreachable)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (local $f i32)
            (call $c.one) (local.set $f (call $c.two)) (call $is (call $future.read<u8> %f #32) #0) (i32.load8_u #32))"#,
        Value(0x42);

    written_when_nobody_reads: "futures-must-write.wast", "a future's readable end is dropped, then it is written",
        with_writer!("(call $future.drop-readable<u8> (call $c.start)) (call $is (call $c.write) #1)"), Value(1);
    dropped_unwritten: "futures-must-write.wast", "a future's writable end is dropped unwritten",
        with_writer!("(drop (call $c.start)) (call $c.close)"), Trap;

    future_written_twice: "trap-if-done.wast", "a future is written again after a write that was complete at once",
        with_writer!("(global.set $h (call $c.start)) (call $is (call $future.read<u8> @h #16) #-1)
            (call $is (call $c.write) #0) (drop (call $c.write))"), Trap;
    future_written_after_its_event: "trap-if-done.wast", "a future is written again after it was told that it was read",
        with_writer!("(global.set $h (call $c.start)) (call $is (call $c.write) #-1)
            (call $is (call $future.read<u8> @h #16) #0) (call $is (i32.load8_u #16) #42)
            (call $c.acknowledge) (drop (call $c.write))"), Trap;
    future_written_after_drop: "trap-if-done.wast", "a future is written again after it was told that nobody reads",
        with_writer!("(global.set $h (call $c.start)) (call $future.drop-readable<u8> @h)
            (call $is (call $c.write) #1) (drop (call $c.write))"), Trap;
    future_read_twice: "trap-if-done.wast", "a future is read again after a read that was complete at once",
        with_writer!("(global.set $h (call $c.start)) (call $is (call $c.write) #-1)
            (call $is (call $future.read<u8> @h #16) #0) (drop (call $future.read<u8> @h #16))"), Trap;
    future_passed_after_read: "trap-if-done.wast", "a future is passed on after a read that was complete at once",
        with_writer!("(global.set $h (call $c.start)) (call $is (call $c.write) #-1)
            (call $is (call $future.read<u8> @h #16) #0) (call $t.take @h)"), Trap;
    future_read_after_its_event: "trap-if-done.wast", "a future is read again after it was told that it was written",
        with_writer!("(global.set $h (call $c.start)) (call $is (call $future.read<u8> @h #16) #-1)
            (call $is (call $c.write) #0) (call $await @h #4 #0) (drop (call $future.read<u8> @h #16))"), Trap;
    future_passed_after_its_event: "trap-if-done.wast", "a future is passed on after it was told that it was written",
        with_writer!("(global.set $h (call $c.start)) (call $is (call $future.read<u8> @h #16) #-1)
            (call $is (call $c.write) #0) (call $await @h #4 #0) (call $t.take @h)"), Trap;
    stream_written_after_drop: "trap-if-done.wast", "a stream is written again after a write that told that nobody reads",
        with_writer!("(call $stream.drop-readable<u8> (call $c.start-stream)) (call $is (call $c.write-stream) #1)
            (drop (call $c.write-stream))"), Trap;
    stream_written_after_its_event: "trap-if-done.wast", "a stream is written again after an event that told that nobody reads",
        with_writer!("(global.set $h (call $c.start-stream)) (call $is (call $c.write-stream) #-1)
            (call $is (call $stream.read<u8> @h #16 #100) #0x10) (call $is (i32.load8_u #16) #42)
            (call $stream.drop-readable<u8> @h) (call $c.acknowledge-stream) (drop (call $c.write-stream))"), Trap;
    stream_read_after_drop: "trap-if-done.wast", "a stream is read again after a read that told that nobody writes",
        with_writer!("(global.set $h (call $c.start-stream)) (call $c.close-stream)
            (call $is (call $stream.read<u8> @h #16 #100) #1) (drop (call $stream.read<u8> @h #16 #100))"), Trap;
    stream_passed_after_drop: "trap-if-done.wast", "a stream is passed on after a read that told that nobody writes",
        with_writer!("(global.set $h (call $c.start-stream)) (call $c.close-stream)
            (call $is (call $stream.read<u8> @h #16 #100) #1) (call $t.take-stream @h)"), Trap;
    stream_read_after_its_event: "trap-if-done.wast", "a stream is read again after an event that told that nobody writes",
        with_writer!("(global.set $h (call $c.start-stream)) (call $is (call $stream.read<u8> @h #16 #100) #-1)
            (call $c.close-stream) (call $await @h #2 #1) (drop (call $stream.read<u8> @h #16 #100))"), Trap;
    stream_passed_after_its_event: "trap-if-done.wast", "a stream is passed on after an event that told that nobody writes",
        with_writer!("(global.set $h (call $c.start-stream)) (call $is (call $stream.read<u8> @h #16 #100) #-1)
            (call $c.close-stream) (call $await @h #2 #1) (call $t.take-stream @h)"), Trap;

    joined_while_used: "trap-if-sync-and-waitable-set.wast",
        "an end is put into a set while another thread reads or writes it without `async` (four situations)", "", Value(1),
        verdict: LeftOut("threads");
    future_read_in_a_set: "trap-if-sync-and-waitable-set.wast", "a future in a set is read without `async`",
        in_a_set!("(local.set $h (call $frx)) (call $sets %h) (drop (call $future.read-sync<unit> %h #0))"), Trap;
    future_written_in_a_set: "trap-if-sync-and-waitable-set.wast", "a future in a set is written without `async`",
        in_a_set!("(local.set $h (call $ftx)) (call $sets %h) (drop (call $future.write-sync<unit> %h #0))"), Trap;
    stream_read_in_a_set: "trap-if-sync-and-waitable-set.wast", "a stream in a set is read without `async`",
        in_a_set!("(local.set $h (call $rx)) (call $sets %h) (drop (call $stream.read-sync<u8> %h #0 #4))"), Trap;
    stream_written_in_a_set: "trap-if-sync-and-waitable-set.wast", "a stream in a set is written without `async`",
        in_a_set!("(local.set $h (call $tx)) (call $sets %h) (drop (call $stream.write-sync<u8> %h #0 #4))"), Trap;
    future_read_cancelled_in_a_set: "trap-if-sync-and-waitable-set.wast", "a read of a future in a set is cancelled without `async`",
        in_a_set!("(local.set $h (call $frx)) (call $is (call $future.read<unit> %h #0) #-1) (call $sets %h)
            (drop (call $future.cancel-read-sync<unit> %h))"), Trap;
    future_write_cancelled_in_a_set: "trap-if-sync-and-waitable-set.wast", "a write of a future in a set is cancelled without `async`",
        in_a_set!("(local.set $h (call $ftx)) (call $is (call $future.write<unit> %h #0) #-1) (call $sets %h)
            (drop (call $future.cancel-write-sync<unit> %h))"), Trap;
    stream_read_cancelled_in_a_set: "trap-if-sync-and-waitable-set.wast", "a read of a stream in a set is cancelled without `async`",
        in_a_set!("(local.set $h (call $rx)) (call $is (call $stream.read<u8> %h #0 #4) #-1) (call $sets %h)
            (drop (call $stream.cancel-read-sync<u8> %h))"), Trap;
    stream_write_cancelled_in_a_set: "trap-if-sync-and-waitable-set.wast", "a write of a stream in a set is cancelled without `async`",
        in_a_set!("(local.set $h (call $tx)) (call $is (call $stream.write<u8> %h #0 #4) #-1) (call $sets %h)
            (drop (call $stream.cancel-write-sync<u8> %h))"), Trap;
    subtask_cancelled_in_a_set: "trap-if-sync-and-waitable-set.wast", "a subtask in a set is cancelled without `async`",
        in_a_set!("(local.set $h (call $subtask (call $async:c.f #0) #1)) (call $sets %h)
            (drop (call $subtask.cancel-sync %h))"), Trap;

    future_returned_in_a_set: "trap-if-transfer-in-waitable-set.wast", "a future is returned while it is in a set",
        r#"part c
          f: async func() -> future<u8>
          (func (export "f") (result i32)
            (call $pair (call $future.new<u8>)) (call $waitable.join @r (call $waitable-set.new)) @r)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (drop (call $c.f)) #1)"#, Trap;
    stream_returned_in_a_set: "trap-if-transfer-in-waitable-set.wast", "a stream is returned while it is in a set",
        r#"part c
          f: async func() -> stream<u8>
          (func (export "f") (result i32)
            (call $pair (call $stream.new<u8>)) (call $waitable.join @r (call $waitable-set.new)) @r)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (drop (call $c.f)) #1)"#, Trap;

    units_within_a_part: "same-component-stream-future.wast", "a part reads and writes streams and futures of its own without payload",
        r#"part c
          run: async func() -> u32
          (func (export "run") (result i32)
            (call $pair (call $future.new<unit>))
            (call $is (call $future.read<unit> @r #-3) #-1) (call $is (call $future.write<unit> @w #-3) #0)
            (call $pair (call $future.new<unit>))
            (call $is (call $future.write<unit> @w #-3) #-1) (call $is (call $future.read<unit> @r #-3) #0)
            (call $pair (call $stream.new<unit>))
            (call $is (call $stream.read<unit> @r #-3 #1) #-1) (call $is (call $stream.write<unit> @w #-3 #1) #0x10)
            (call $pair (call $stream.new<unit>))
            (call $is (call $stream.write<unit> @w #-3 #1) #-1) (call $is (call $stream.read<unit> @r #-3 #1) #0x10) #1)"#, Value(1);
    bytes_within_a_part: "same-component-stream-future.wast",
        "a part reads and writes streams and futures of its own with bytes, where buffers overlap, too",
        r#"part c
          run: async func() -> u32
          (func $ready (param $to i32) (i64.store %to (i64.const 0)) (i64.store #16 (i64.const 0x123456789abcdef)))
          (func $both (param $to i32)
            (call $ready %to) (call $pair (call $stream.new<u8>))
            (call $is (call $stream.read<u8> @r %to #8) #-1) (call $is (call $stream.write<u8> @w #16 #8) #0x80)
            (call $is (i64.eq (i64.load %to) (i64.const 0x123456789abcdef)) #1)
            (call $ready %to) (call $pair (call $stream.new<u8>))
            (call $is (call $stream.write<u8> @w #16 #8) #-1) (call $is (call $stream.read<u8> @r %to #8) #0x80)
            (call $is (i64.eq (i64.load %to) (i64.const 0x123456789abcdef)) #1))
          (func (export "run") (result i32) (local $to i32)
            (i32.store8 #16 #42) (call $pair (call $future.new<u8>))
            (call $is (call $future.read<u8> @r #17) #-1) (call $is (call $future.write<u8> @w #16) #0)
            (call $is (i32.load8_u #17) #42) (i32.store8 #17 #0) (call $pair (call $future.new<u8>))
            (call $is (call $future.write<u8> @w #16) #-1) (call $is (call $future.read<u8> @r #17) #0)
            (call $is (i32.load8_u #17) #42)
            (local.set $to #8)
            (loop $again (call $both %to) (local.set $to (i32.add %to #1)) (br_if $again (i32.le_u %to #24))) #1)"#, Value(1);
    read_then_written_char: "same-component-stream-future.wast", "a part writes a future of its own with a character that it reads",
        r#"part c
          run: async func() -> u32
          (func (export "run") (result i32) (call $pair (call $future.new<char>))
            (call $is (call $future.read<char> @r #0) #-1) (drop (call $future.write<char> @w #0)) #1)"#, Trap;
    written_then_read_char: "same-component-stream-future.wast", "a part reads a future of its own with a character that it writes",
        r#"part c
          run: async func() -> u32
          (func (export "run") (result i32) (call $pair (call $future.new<char>))
            (call $is (call $future.write<char> @w #0) #-1) (drop (call $future.read<char> @r #0)) #1)"#, Trap;

    handles_half_read: "passing-resources.wast", "one of two handles is read, the other one stays the writer's",
        things!(""), Value(1);
    handle_used_after_read: "passing-resources.wast", "a handle is used by its writer after it was read",
        things!("(call $c.again)"), Trap;

    borrow_dropped_by_another_task: "drop-cross-task-borrow.wast", "a handle that a task has borrowed is dropped by another one",
        lent!("(call $is (call $d.drops) #10)"), Value(1);
    borrows_dropped_by_another_task: "drop-cross-task-borrow.wast", "a task drops what another one has borrowed, and what it has itself",
        lent!("(call $is (call $d.drops-both %h) #10)"), Value(1);
    wrong_borrow_dropped: "drop-cross-task-borrow.wast", "a task drops what another one has borrowed, but not what it has itself",
        lent!("(call $d.drops-other %h)"), Trap;

    four_parameters: "cross-abi-calls.wast", "four parameters, by all kinds of calls",
        r#"part c
          sync: async func(a: u32, b: u64, c: f32, d: f64)
          by-callback: async func(a: u32, b: u64, c: f32, d: f64)
          (func (export "sync") (param $a i32) (param $b i64) (param $c f32) (param $d f64)
            (call $is %a #42) (call $is (i64.eq %b (i64.const 43)) #1)
            (call $is (f32.eq %c (f32.const 44.5)) #1) (call $is (f64.eq %d (f64.const 45.5)) #1))
          (func (export "by-callback") (param $a i32) (param $b i64) (param $c f32) (param $d f64) (result i32)
            (call $is %a #42) (call $is (i64.eq %b (i64.const 43)) #1)
            (call $is (f32.eq %c (f32.const 44.5)) #1) (call $is (f64.eq %d (f64.const 45.5)) #1) (call $task.return) #0)
          (func (export "by-callback-cb") (param i32 i32 i32) (result i32) unreachable)
        part d
          run: async func() -> u32
          (func (export "run") (result i32)
            (call $c.sync #42 (i64.const 43) (f32.const 44.5) (f64.const 45.5))
            (call $c.by-callback #42 (i64.const 43) (f32.const 44.5) (f64.const 45.5))
            (call $is (call $async:c.sync #42 (i64.const 43) (f32.const 44.5) (f64.const 45.5)) #2)
            (call $is (call $async:c.by-callback #42 (i64.const 43) (f32.const 44.5) (f64.const 45.5)) #2) #1)"#, Value(1);
    five_parameters: "cross-abi-calls.wast", "five parameters, which async calls have in memory, by all kinds of calls",
        r#"part c
          sync: async func(a: u32, b: u64, c: f32, d: f64, e: u32)
          by-callback: async func(a: u32, b: u64, c: f32, d: f64, e: u32)
          (func (export "sync") (param $a i32) (param $b i64) (param $c f32) (param $d f64) (param $e i32)
            (call $is %a #42) (call $is (i64.eq %b (i64.const 43)) #1)
            (call $is (f32.eq %c (f32.const 44.5)) #1) (call $is (f64.eq %d (f64.const 45.5)) #1) (call $is %e #46))
          (func (export "by-callback") (param $a i32) (param $b i64) (param $c f32) (param $d f64) (param $e i32) (result i32)
            (call $is %a #42) (call $is (i64.eq %b (i64.const 43)) #1)
            (call $is (f32.eq %c (f32.const 44.5)) #1) (call $is (f64.eq %d (f64.const 45.5)) #1) (call $is %e #46)
            (call $task.return) #0)
          (func (export "by-callback-cb") (param i32 i32 i32) (result i32) unreachable)
        part d
          run: async func() -> u32
          (func (export "run") (result i32)
            (call $c.sync #42 (i64.const 43) (f32.const 44.5) (f64.const 45.5) #46)
            (call $c.by-callback #42 (i64.const 43) (f32.const 44.5) (f64.const 45.5) #46)
            (i32.store #64 #42) (i64.store #72 (i64.const 43)) (f32.store #80 (f32.const 44.5))
            (f64.store #88 (f64.const 45.5)) (i32.store #96 #46)
            (call $is (call $async:c.sync #64) #2) (call $is (call $async:c.by-callback #64) #2) #1)"#, Value(1);
    seventeen_parameters: "cross-abi-calls.wast", "seventeen parameters, which all have in memory, by all kinds of calls",
        r#"part c
          sync: async func(a: tuple<u32,u64,f32,f64,u32,u64,f32,f64,u32,u64,f32,f64,u32,u64,f32,f64,u32>)
          by-callback: async func(a: tuple<u32,u64,f32,f64,u32,u64,f32,f64,u32,u64,f32,f64,u32,u64,f32,f64,u32>)
          (func $check (param $p i32)
            (call $is (i32.load %p) #1) (call $is (i64.eq (i64.load offset=40 %p) (i64.const 6)) #1)
            (call $is (f32.eq (f32.load offset=80 %p) (f32.const 11)) #1)
            (call $is (f64.eq (f64.load offset=120 %p) (f64.const 16)) #1) (call $is (i32.load offset=128 %p) #17))
          (func (export "sync") (param $p i32) (call $check %p))
          (func (export "by-callback") (param $p i32) (result i32) (call $check %p) (call $task.return) #0)
          (func (export "by-callback-cb") (param i32 i32 i32) (result i32) unreachable)
        part d
          run: async func() -> u32
          (func (export "run") (result i32)
            (i32.store #64 #1) (i64.store #104 (i64.const 6)) (f32.store #144 (f32.const 11))
            (f64.store #184 (f64.const 16)) (i32.store #192 #17)
            (call $c.sync #64) (call $c.by-callback #64)
            (call $is (call $async:c.sync #64) #2) (call $is (call $async:c.by-callback #64) #2) #1)"#, Value(1);
    one_result: "cross-abi-calls.wast", "one result, by all kinds of calls",
        r#"part c
          sync: async func() -> f64
          by-callback: async func() -> f64
          (func (export "sync") (result f64) (f64.const -1.5))
          (func (export "by-callback") (result i32) (call $task.return<f64> (f64.const -1.5)) #0)
          (func (export "by-callback-cb") (param i32 i32 i32) (result i32) unreachable)
        part d
          run: async func() -> u32
          (func (export "run") (result i32)
            (call $is (f64.eq (call $c.sync) (f64.const -1.5)) #1) (call $is (f64.eq (call $c.by-callback) (f64.const -1.5)) #1)
            (call $is (call $async:c.sync #64) #2) (call $is (f64.eq (f64.load #64) (f64.const -1.5)) #1)
            (call $is (call $async:c.by-callback #72) #2) (call $is (f64.eq (f64.load #72) (f64.const -1.5)) #1) #1)"#, Value(1);
    sixteen_results: "cross-abi-calls.wast", "sixteen flat results, by all kinds of calls",
        r#"part c
          sync: async func() -> tuple<u32,u64,f32,f64,u32,u64,f32,f64,u32,u64,f32,f64,u32,u64,f32,f64>
          by-callback: async func() -> tuple<u32,u64,f32,f64,u32,u64,f32,f64,u32,u64,f32,f64,u32,u64,f32,f64>
          (func (export "sync") (result i32)
            (i32.store #64 #1) (i64.store #104 (i64.const 6)) (f32.store #144 (f32.const 11)) (f64.store #184 (f64.const 16)) #64)
          (func (export "by-callback") (result i32)
            (call $task.return<tuple<u32|u64|f32|f64|u32|u64|f32|f64|u32|u64|f32|f64|u32|u64|f32|f64>>
              #1 (i64.const 0) (f32.const 0) (f64.const 0) #0 (i64.const 6) (f32.const 0) (f64.const 0)
              #0 (i64.const 0) (f32.const 11) (f64.const 0) #0 (i64.const 0) (f32.const 0) (f64.const 16)) #0)
          (func (export "by-callback-cb") (param i32 i32 i32) (result i32) unreachable)
        part d
          run: async func() -> u32
          (func $check (param $p i32)
            (call $is (i32.load %p) #1) (call $is (i64.eq (i64.load offset=40 %p) (i64.const 6)) #1)
            (call $is (f32.eq (f32.load offset=80 %p) (f32.const 11)) #1)
            (call $is (f64.eq (f64.load offset=120 %p) (f64.const 16)) #1))
          (func (export "run") (result i32)
            (call $c.sync #64) (call $check #64) (call $c.by-callback #256) (call $check #256)
            (call $is (call $async:c.sync #512) #2) (call $check #512)
            (call $is (call $async:c.by-callback #768) #2) (call $check #768) #1)"#, Value(1);
    seventeen_results: "cross-abi-calls.wast", "seventeen flat results, which `task.return` has in memory, by all kinds of calls",
        r#"part c
          sync: async func() -> tuple<u32,u64,f32,f64,u32,u64,f32,f64,u32,u64,f32,f64,u32,u64,f32,f64,u32>
          by-callback: async func() -> tuple<u32,u64,f32,f64,u32,u64,f32,f64,u32,u64,f32,f64,u32,u64,f32,f64,u32>
          (func $store (result i32)
            (i32.store #64 #1) (i64.store #104 (i64.const 6)) (f32.store #144 (f32.const 11)) (f64.store #184 (f64.const 16))
            (i32.store #192 #17) #64)
          (func (export "sync") (result i32) (call $store))
          (func (export "by-callback") (result i32)
            (call $task.return<tuple<u32|u64|f32|f64|u32|u64|f32|f64|u32|u64|f32|f64|u32|u64|f32|f64|u32>> (call $store)) #0)
          (func (export "by-callback-cb") (param i32 i32 i32) (result i32) unreachable)
        part d
          run: async func() -> u32
          (func $check (param $p i32)
            (call $is (i32.load %p) #1) (call $is (i64.eq (i64.load offset=40 %p) (i64.const 6)) #1)
            (call $is (f32.eq (f32.load offset=80 %p) (f32.const 11)) #1)
            (call $is (f64.eq (f64.load offset=120 %p) (f64.const 16)) #1) (call $is (i32.load offset=128 %p) #17))
          (func (export "run") (result i32)
            (call $c.sync #64) (call $check #64) (call $c.by-callback #256) (call $check #256)
            (call $is (call $async:c.sync #512) #2) (call $check #512)
            (call $is (call $async:c.by-callback #768) #2) (call $check #768) #1)"#, Value(1);

    may_block_for_other_threads: "during-sync-call-may-block-if-other-ready-threads.wast",
        "a function that is not async blocks while other threads are ready (two situations)", "", Value(1),
        verdict: LeftOut("threads");
    resumes_nothing_exclusive: "during-sync-call-no-exclusive-resume.wast",
        "while a function that is not async blocks, callbacks of its part are not called (two situations)", "", Value(1),
        verdict: LeftOut("threads");
    resumes_nothing_of_siblings: "during-sync-call-no-sibling-resume.wast",
        "while a function that is not async blocks, threads of other parts are not resumed (two situations)", "", Value(1),
        verdict: LeftOut("threads");

    reenters: "trap-on-reenter.wast", "a component calls its child, which calls it", "", Trap,
        verdict: LeftOut("a component that uses the async component model, nested in one with code of its own, is refused by name");
    calls_its_child: "trap-on-reenter.wast", "a component calls its child",
        r#"(component
          (component $child (core module $m (func (export "f"))) (core instance $m (instantiate $m))
            (func (export "f") (canon lift (core func $m "f"))))
          (instance $child (instantiate $child)) (core func $f (canon lower (func $child "f")))
          (core module $m (import "" "f" (func $f)) (func (export "run") (result i32) (call $f) (i32.const 1)))
          (core instance $m (instantiate $m (with "" (instance (export "f" (func $f))))))
          (func (export "run") async (result u32) (canon lift (core func $m "run"))))"#, Value(1),
        engine: Differs(Trap, "components that are nested in each other may not call each other (49 does as specified)"),
        verdict: super::Verdict::Guarded(Trap, "components stay nested, and wasmtime 48 guards against it");
    calls_its_parent: "trap-on-reenter.wast", "a component is called by its child",
        r#"(component
          (core module $inner (func (export "f"))) (core instance $inner (instantiate $inner))
          (func $f (canon lift (core func $inner "f")))
          (component $child (import "f" (func $f)) (core func $f' (canon lower (func $f)))
            (core module $m (import "" "f" (func $f)) (func (export "run") (result i32) (call $f) (i32.const 1)))
            (core instance $m (instantiate $m (with "" (instance (export "f" (func $f'))))))
            (func (export "run") async (result u32) (canon lift (core func $m "run"))))
          (instance $child (instantiate $child (with "f" (func $f))))
          (export "run" (func $child "run")))"#, Value(1),
        engine: Differs(Trap, "components that are nested in each other may not call each other (49 does as specified)"),
        verdict: super::Verdict::Guarded(Trap, "components stay nested, and wasmtime 48 guards against it");

    outer_core_module: "alias outer", "a nested component instantiates a core module of the component around it",
        r#"(component
          (core module $m (func (export "f") (result i32) (i32.const 1)) (func (export "cb") (param i32 i32 i32) (result i32) unreachable))
          (component $c (core instance $m (instantiate $m))
            (func (export "f") async (result u32) (canon lift (core func $m "f"))))
          (instance $c (instantiate $c))
          (component $d (import "f" (func $f async (result u32))) (core func $f (canon lower (func $f)))
            (core module $n (import "" "f" (func $f (result i32))) (func (export "run") (result i32) (call $f)))
            (core instance $n (instantiate $n (with "" (instance (export "f" (func $f))))))
            (func (export "run") async (result u32) (canon lift (core func $n "run"))))
          (instance $d (instantiate $d (with "f" (func $c "f")))) (export "run" (func $d "run")))"#, Value(1);
    outer_type: "alias outer", "nested components use a type of the component around them",
        r#"(component
          (type $ends (tuple (stream u8) (future u32)))
          (component $c (core module $m (func (export "f") (param i32 i32) (result i32) (i32.const 1))) (core instance $m (instantiate $m))
            (func (export "f") async (param "ends" $ends) (result u32) (canon lift (core func $m "f"))))
          (instance $c (instantiate $c))
          (component $d (import "f" (func $f async (param "ends" $ends) (result u32))) (core func $f (canon lower (func $f)))
            (type $s (stream u8)) (type $f (future u32))
            (core func $s (canon stream.new $s)) (core func $n (canon future.new $f))
            (core module $n (import "" "f" (func $f (param i32 i32) (result i32))) (import "" "s" (func $s (result i64)))
              (import "" "n" (func $n (result i64)))
              (func (export "run") (result i32) (call $f (i32.wrap_i64 (call $s)) (i32.wrap_i64 (call $n)))))
            (core instance $n (instantiate $n
              (with "" (instance (export "f" (func $f)) (export "s" (func $s)) (export "n" (func $n))))))
            (func (export "run") async (result u32) (canon lift (core func $n "run"))))
          (instance $d (instantiate $d (with "f" (func $c "f")))) (export "run" (func $d "run")))"#, Value(1);
    async_lift_of_a_sync_type: "validate-no-async-abi-for-sync-type.wast", "a function that is not async is lifted `async`",
        r#"(component (core module $m (func (export "run"))) (core instance $m (instantiate $m))
          (func (export "run") (canon lift (core func $m "run") async)))"#, super::Invalid;
    callback_of_a_sync_type: "validate-no-async-abi-for-sync-type.wast", "a function that is not async is lifted with a callback",
        r#"(component (core module $m (func (export "run") (result i32) unreachable)
            (func (export "cb") (param i32 i32 i32) (result i32) unreachable)) (core instance $m (instantiate $m))
          (func (export "run") (canon lift (core func $m "run") async (callback (core func $m "cb")))))"#, super::Invalid;
    async_lowering_of_a_sync_type: "validate-no-async-abi-for-sync-type.wast", "a function that is not async is lowered `async`",
        r#"(component (import "f" (func $f)) (core func $f' (canon lower (func $f) async)))"#, super::Invalid;
    stream_of_characters: "validate-no-stream-char.wast", "a stream of characters",
        "(component (type (stream char)))", super::Invalid;
}
