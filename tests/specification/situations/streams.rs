//! Reads, writes and cancellations of streams between parts.

use super::{Engine::*, Trap, Value, rows};

/// A writer that does what it is told with one stream of its own.
macro_rules! with_writer {
    ($code:literal) => {
        concat!(
            r#"part c
              start: async func() -> stream<u8>
              write: async func(n: u32) -> u32
              cancel: async func() -> u32
              close: async func()
              (global $own (mut i32) #0)
              (func (export "start") (result i32) (call $pair (call $stream.new<u8>)) (global.set $own @w) @r)
              (func (export "write") (param $n i32) (result i32)
                (i64.store #64 (i64.const 0x8877665544332211)) (call $stream.write<u8> @own #64 %n))
              (func (export "cancel") (result i32) (call $stream.cancel-write-sync<u8> @own))
              (func (export "close") (call $stream.drop-writable<u8> @own))
            part d
              run: async func() -> u32
              (global $s (mut i32) #0)
              (func (export "run") (result i32) (global.set $s (call $c.start)) (call $is @s #1)
                "#,
            $code,
            " #1)"
        )
    };
}

rows! {
    nothing_was_read: "cancel-stream.wast", "a blocked read is cancelled before anything comes",
        with_writer!("(call $is (call $stream.read<u8> @s #8 #100) #-1)
            (call $is (call $stream.cancel-read-sync<u8> @s) #2)"), Value(1);
    part_was_read: "cancel-stream.wast", "a read of 100 bytes is cancelled when 4 came",
        with_writer!("(call $is (call $stream.read<u8> @s #8 #100) #-1) (call $is (call $c.write #4) #0x40)
            (call $is (i32.load #8) #0x44332211) (return (call $stream.cancel-read-sync<u8> @s))"), Value(0x40),
        engine: Differs(Value(0x42), "CANCELLED with the count, as the specification's own test has it");
    part_was_read_and_the_writer_went: "cancel-stream.wast",
        "a read of 100 bytes is cancelled when 4 came and the writer went",
        with_writer!("(call $is (call $stream.read<u8> @s #8 #100) #-1)
            (call $is (call $c.write #4) #0x40) (call $c.close)
            (call $is (call $stream.cancel-read-sync<u8> @s) #0x41) (call $is (i32.load #8) #0x44332211)
            (call $stream.drop-readable<u8> @s)"), Value(1);
    part_was_written: "cancel-stream.wast", "a write is cancelled before a read, and another when half of it was read",
        with_writer!("(call $is (call $c.write #8) #-1) (call $is (call $c.cancel) #2)
            (call $is (call $c.write #8) #-1) (call $is (call $stream.read<u8> @s #8 #4) #0x40)
            (call $is (i32.load #8) #0x44332211) (return (call $c.cancel))"), Value(0x40),
        engine: Differs(Value(0x42), "CANCELLED with the count, as the specification's own test has it");

    read_after_the_end: "closed-stream.wast", "a read of a stream whose writer went without writing",
        with_writer!("(call $c.close) (call $is (call $stream.read<u8> @s #8 #4) #1)"), Value(1);

    dropped_while_reading: "drop-stream.wast", "a readable end is dropped when its read has got something, but nobody was told",
        with_writer!("(call $is (call $stream.read<u8> @s #8 #100) #-1) (call $is (call $c.write #4) #0x40)
            (call $stream.drop-readable<u8> @s)"), Trap;
    copied_at_once: "drop-stream.wast", "what a blocked read gets is in its buffer before it is told",
        with_writer!("(call $is (call $stream.read<u8> @s #8 #100) #-1) (call $is (call $c.write #4) #0x40)
            (call $is (i32.load #8) #0x44332211)"), Value(1);
    dropped_while_writing: "drop-stream.wast", "a writable end is dropped when half of its write was read",
        with_writer!("(call $is (call $c.write #8) #-1) (call $is (call $stream.read<u8> @s #8 #4) #0x40)
            (call $is (i32.load #8) #0x44332211) (call $c.close)"), Trap;

    read_in_pieces: "partial-stream-copies.wast",
        "a blocked read takes several writes, then several reads take a blocked write; numbers of handles",
        r#"part c
          transform: async func(in: stream<u8>) -> stream<u8>
          (global $in (mut i32) #0)
          (global $out (mut i32) #0)
          (func (export "transform") (param $s i32) (result i32) (local $set i32)
            (local.set $set (call $waitable-set.new)) (call $is %set #2)
            (global.set $in %s) (call $is %s #1)
            (call $pair (call $stream.new<u8>)) (call $is @r #3) (call $is @w #4) (global.set $out @w)
            (call $is (call $stream.read<u8> %s #16 #12) #-1)
            (call $task.return<stream<u8>> @r)
            (call $waitable.join %s %set) (call $waitable.join @out %set) (call $wait-on %set))
          (func (export "transform-cb") (param $event i32) (param $handle i32) (param $payload i32) (result i32)
            (call $is %event #2) (call $is %handle @in) (call $is %payload #0xc0)
            (call $is (i32.load #16) #0x44332211) (call $is (i32.load #24) #0x44332211)
            (call $is (call $stream.read<u8> %handle #16 #4) #0x40) (call $is (i32.load #16) #0x14131211)
            (call $is (call $stream.read<u8> %handle #16 #2) #0x20) (call $is (i32.load16_u #16) #0x1615)
            (call $is (call $stream.read<u8> %handle #16 #8) #0x60) (call $is (i32.load #16) #0x1a191817)
            (call $is (i32.load16_u #20) #0x1c1b)
            (call $stream.drop-readable<u8> %handle) (call $stream.drop-writable<u8> @out) #0)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (local $back i32)
            (call $pair (call $stream.new<u8>)) (call $is @r #1) (call $is @w #2)
            (call $is (call $async:c.transform @r #8) #2) (local.set $back (i32.load #8)) (call $is %back #1)
            (i64.store #32 (i64.const 0x8877665544332211))
            (call $is (call $stream.write<u8> @w #32 #8) #0x80) (call $is (call $stream.write<u8> @w #32 #8) #0x40)
            (i64.store #32 (i64.const 0x1817161514131211)) (i32.store #40 #0x1c1b1a19)
            (call $is (call $stream.write<u8> @w #32 #12) #-1)
            (call $await @w #3 #0xc1)
            (call $stream.drop-writable<u8> @w) (call $stream.drop-readable<u8> %back) #1)"#, Value(1);

    nothing_first: "zero-length.wast", "both sides learn by reads and writes of no elements that the other is ready",
        r#"part c
          produce: async func() -> stream<u8>
          (global $out (mut i32) #0)
          (global $set (mut i32) #0)
          (global $turn (mut i32) #0)
          (func (export "produce") (result i32)
            (call $pair (call $stream.new<u8>)) (global.set $out @w) (call $task.return<stream<u8>> @r)
            (call $is (call $stream.write<u8> @out #-3 #0) #-1)
            (global.set $set (call $waitable-set.new)) (call $waitable.join @out @set) (call $wait-on @set))
          (func (export "produce-cb") (param $event i32) (param $handle i32) (param $payload i32) (result i32)
            (call $is %event #3) (call $is %handle @out)
            (if (i32.eqz @turn) (then
              (call $is %payload #0) (global.set $turn #1) (i32.store #8 #0x44332211)
              (call $is (call $stream.write<u8> @out #8 #4) #-1) (return (call $wait-on @set))))
            (call $is %payload #0x41) (call $stream.drop-writable<u8> @out) #0)
        part d
          consume: async func(in: stream<u8>) -> u32
          (global $set (mut i32) #0)
          (func (export "consume") (param $s i32) (result i32)
            (call $is (call $stream.read<u8> %s #-3 #0) #-1)
            (global.set $set (call $waitable-set.new)) (call $waitable.join %s @set) (call $wait-on @set))
          (func (export "consume-cb") (param $event i32) (param $handle i32) (param $payload i32) (result i32)
            (call $is %event #2) (call $is %payload #0)
            (call $is (call $stream.read<u8> %handle #8 #100) #0x40) (call $is (i32.load #8) #0x44332211)
            (call $stream.drop-readable<u8> %handle) (call $task.return<u32> #1) #0)
        part e
          run: async func() -> u32
          (func (export "run") (result i32) (call $d.consume (call $c.produce)))"#, Value(1);

    writes_before_the_caller_reads: "sync-streams.wast", "a function returns a stream, then writes to it without `async`",
        r#"part c
          get: async func() -> stream<u8>
          (func (export "get") (result i32) (local $tx i32)
            (call $pair (call $stream.new<u8>)) (local.set $tx @w) (call $task.return<stream<u8>> @r)
            (i32.store #16 #0x44332211) (call $is (call $stream.write-sync<u8> %tx #16 #4) #0x41)
            (call $stream.drop-writable<u8> %tx) #0)
          (func (export "get-cb") (param i32 i32 i32) (result i32) unreachable)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (local $rx i32)
            (local.set $rx (call $c.get)) (call $is (call $stream.read<u8> %rx #16 #4) #0x40)
            (call $is (i32.load #16) #0x44332211) (call $stream.drop-readable<u8> %rx) #1)"#, Value(1),
        verdict: super::Verdict::CannotBe(super::Wrong, super::STACK);
    reads_before_the_caller_writes: "sync-streams.wast", "a function reads its parameter without `async` before its caller writes",
        r#"part c
          set: async func(in: stream<u8>)
          (func (export "set") (param $rx i32) (result i32)
            (call $is (call $stream.read-sync<u8> %rx #16 #4) #0x41) (call $is (i32.load #16) #0x44332211)
            (call $stream.drop-readable<u8> %rx) (call $task.return) #0)
          (func (export "set-cb") (param i32 i32 i32) (result i32) unreachable)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (local $tx i32) (local $subtask i32)
            (call $pair (call $stream.new<u8>)) (local.set $tx @w)
            (local.set $subtask (call $subtask (call $async:c.set @r) #1))
            (i32.store #16 #0x44332211) (call $is (call $stream.write<u8> %tx #16 #4) #0x40)
            (call $stream.drop-writable<u8> %tx) (call $await %subtask #1 #2) (call $subtask.drop %subtask) #1)"#, Value(1),
        verdict: super::Verdict::CannotBe(super::Stuck, super::STACK);
}
