//! Rules of `definitions.py` that the specification's tests lack: streams, futures, and the sets
//! that they are in.

use super::{Engine::*, Trap, Value, rows};

/// `c` has ends of its own, `t` takes ends of others; `run` of `d` is what is tried.
macro_rules! misuse {
    ($run:literal) => {
        concat!(
            r#"part c
              holds: async func()
              checks: async func() -> u32
              gives: async func() -> stream<u8>
              (global $stream i32 #1)
              (func (export "holds") (call $pair (call $stream.new<u8>)) (i32.store #64 #42)
                (call $is (call $stream.write<u8> @w #64 #1) #-1))
              (func (export "checks") (result i32) (call $stream.read<u8> @r #65 #1))
              (func (export "gives") (result i32) (call $pair (call $stream.new<u8>)) @r)
            part t
              takes: async func(s: stream<u8>)
              takes-future: async func(s: future<u8>)
              reads: async func(s: stream<u8>) -> u32
              (func (export "takes") (param i32))
              (func (export "takes-future") (param i32))
              (func (export "reads") (param $s i32) (result i32) (call $stream.read<u8> %s #64 #1))
            part d
              run: async func() -> u32
              (func (export "run") (result i32) (local $set i32) (local.set $set (call $waitable-set.new)) "#,
            $run,
            " #1)"
        )
    };
}

rows! {
    numbers_of_a_part: "Table.add", "handles of a part are numbered from 1, whatever other parts have, and numbers are used again",
        misuse!("(call $c.holds) (call $is %set #1) (call $pair (call $stream.new<u8>)) (call $is @r #2) (call $is @w #3)
            (call $stream.drop-readable<u8> @r) (call $stream.drop-writable<u8> @w)
            (call $is (call $waitable-set.new) #3) (call $is (call $waitable-set.new) #2)
            (call $is (call $c.gives) #4)"), Value(1);
    guessed_read: "Table.get", "a part reads another part's stream by its number",
        misuse!("(call $c.holds) (call $is (call $stream.read<u8> #2 #64 #1) #0x10)"), Trap;
    guessed_and_untouched: "Table.get", "streams of other parts are not one's own",
        misuse!("(call $c.holds) (call $pair (call $stream.new<u8>)) (call $stream.drop-readable<u8> @r)
            (call $is (call $c.checks) #0x10)"), Value(1);
    guessed_drop: "Table.remove", "a part drops another part's stream by its number",
        misuse!("(call $c.holds) (call $stream.drop-readable<u8> #2)"), Trap;
    guessed_join: "canon_waitable_join", "a part puts another part's stream into its set",
        misuse!("(call $c.holds) (call $waitable.join #2 %set)"), Trap;
    given_and_read: "lift_async_value", "a part reads a stream that it has given away",
        misuse!("(call $pair (call $stream.new<u8>)) (call $t.takes @r) (drop (call $stream.read<u8> @r #64 #1))"), Trap;
    given_twice: "lift_async_value", "a part gives away a stream that it has given away",
        misuse!("(call $pair (call $stream.new<u8>)) (call $t.takes @r) (call $t.takes @r)"), Trap;
    given_zero: "lift_async_value", "handle 0 is passed", misuse!("(call $t.takes #0)"), Trap;
    given_in_a_set: "lift_async_value", "a stream that is in a set is passed",
        misuse!("(call $pair (call $stream.new<u8>)) (call $waitable.join @r %set) (call $t.takes @r)"), Trap;
    given_while_read: "lift_async_value", "a stream whose read is blocked is passed",
        misuse!("(call $pair (call $stream.new<u8>)) (call $is (call $stream.read<u8> @r #64 #1) #-1) (call $t.takes @r)"), Trap;
    given_writer: "lift_async_value", "a writable end is passed",
        misuse!("(call $pair (call $stream.new<u8>)) (call $t.takes @w)"), Trap;
    given_as_a_future: "lift_async_value", "a stream is passed as a future",
        misuse!("(call $pair (call $stream.new<u8>)) (call $t.takes-future @r)"), Trap;
    given_as_a_stream: "lift_async_value", "a future is passed as a stream",
        misuse!("(call $pair (call $future.new<u8>)) (call $t.takes @r)"), Trap;
    given_of_another_type: "lift_async_value", "a stream of other elements is passed",
        misuse!("(call $pair (call $stream.new<u16>)) (call $t.takes @r)"), Trap;
    given_as_units: "lift_async_value", "a stream without payload is passed as one of bytes",
        misuse!("(call $pair (call $stream.new<unit>)) (call $t.takes @r)"), Trap;
    given_a_set: "lift_async_value", "a set is passed as a stream", misuse!("(call $t.takes %set)"), Trap;
    given_and_written: "lift_async_value", "a stream that was given away is written by its maker and read by its taker",
        misuse!("(i32.store #64 #42) (call $pair (call $stream.new<u8>)) (call $is (call $stream.write<u8> @w #64 #1) #-1)
            (call $is (call $t.reads @r) #0x10) (call $await @w #3 #0x10)"), Value(1);
    read_by_another_type: "stream_copy", "a stream is read by the built-in of other elements",
        misuse!("(call $pair (call $stream.new<u8>)) (drop (call $stream.read<u16> @r #64 #1))"), Trap;
    dropped_by_another_type: "drop", "a stream is dropped by the built-in of other elements",
        misuse!("(call $pair (call $stream.new<u8>)) (call $stream.drop-readable<u16> @r)"), Trap;
    dropped_as_the_other_end: "drop", "a readable end is dropped as a writable one",
        misuse!("(call $pair (call $stream.new<u8>)) (call $stream.drop-writable<u8> @r)"), Trap;
    dropped_as_a_future: "drop", "a stream is dropped as a future",
        misuse!("(call $pair (call $stream.new<u8>)) (call $future.drop-readable<u8> @r)"), Trap;
    joined_to_an_end: "canon_waitable_join", "an end is put into what is no set",
        misuse!("(call $pair (call $stream.new<u8>)) (call $waitable.join @r @w)"), Trap;
    joined_a_set: "canon_waitable_join", "a set is put into a set", misuse!("(call $waitable.join %set (call $waitable-set.new))"), Trap;
    waited_on_an_end: "canon_waitable_set_wait", "an end is waited on as a set",
        misuse!("(call $pair (call $stream.new<u8>)) (drop (call $waitable-set.poll @r #64))"), Trap;
    set_that_is_not_empty: "WaitableSet.drop", "a set is dropped that has something in it",
        misuse!("(call $pair (call $stream.new<u8>)) (call $waitable.join @r %set) (call $waitable-set.drop %set)"), Trap;

    drops_and_nobody_runs: "canon_stream_drop_readable", "dropping an end lets nobody else run",
        r#"part c
          f: async func(s: stream<u8>)
          turns: func() -> u32
          (global $turns (mut i32) #0)
          (global $set (mut i32) #0)
          (func (export "f") (param $s i32) (result i32)
            (call $is (call $stream.read<u8> %s #64 #1) #-1) (call $task.return)
            (global.set $set (call $waitable-set.new)) (call $waitable.join %s @set) (call $wait-on @set))
          (func (export "f-cb") (param i32 i32 i32) (result i32) (global.set $turns #1) #0)
          (func (export "turns") (result i32) @turns)
        part d
          run: async func() -> u32
          (func (export "run") (result i32)
            (call $pair (call $stream.new<u8>)) (call $is (call $async:c.f @r) #2)
            (call $stream.drop-writable<u8> @w) (call $is (call $c.turns) #0) #1)"#, Value(1);
    pending_at_once: "WaitableSet.poll", "an event is there as soon as its cause was",
        r#"part c
          f: async func() -> u32
          (func (export "f") (result i32) (call $wait-on (call $waitable-set.new)))
          (func (export "f-cb") (param i32 i32 i32) (result i32) (call $task.cancel) #0)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (local $subtask i32)
            (call $pair (call $stream.new<u8>)) (call $is (call $stream.read<u8> @r #64 #1) #-1)
            (call $is (call $stream.write<u8> @w #128 #1) #0x10) (call $polls @r #2 #0x10) (call $polls @r #0 #0) #1)"#, Value(1);

    looked_at_in_a_call: "SharedStreamImpl.read",
        "what a blocked read got is there when another task of its part looks",
        r#"part c
          takes: async func(s: stream<u8>)
          looks: async func() -> u32
          (func (export "takes") (param $s i32) (result i32) (local $set i32) (call $is (call $stream.read<u8> %s #64 #4) #-1)
            (local.set $set (call $waitable-set.new)) (call $waitable.join %s %set) (call $wait-on %set))
          (func (export "takes-cb") (param i32 i32 i32) (result i32) (call $task.return) #0)
          (func (export "looks") (result i32) (call $task.return<u32> (i32.load8_u #64)) #0)
          (func (export "looks-cb") (param i32 i32 i32) (result i32) unreachable)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (call $pair (call $stream.new<u8>)) (drop (call $subtask (call $async:c.takes @r) #1))
            (i32.store #128 #42) (call $is (call $stream.write<u8> @w #128 #1) #0x10)
            (call $is (call $async:c.looks #256) #2) (i32.load #256))"#, Value(42);
    looked_at_in_a_sync_call: "SharedStreamImpl.read",
        "the same, when a function that is not async looks",
        r#"part c
          takes: async func(s: stream<u8>)
          looks: func() -> u32
          (func (export "takes") (param $s i32) (result i32) (local $set i32) (call $is (call $stream.read<u8> %s #64 #4) #-1)
            (local.set $set (call $waitable-set.new)) (call $waitable.join %s %set) (call $wait-on %set))
          (func (export "takes-cb") (param i32 i32 i32) (result i32) (call $task.return) #0)
          (func (export "looks") (result i32) (i32.load8_u #64))
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (call $pair (call $stream.new<u8>)) (drop (call $subtask (call $async:c.takes @r) #1))
            (i32.store #128 #42) (call $is (call $stream.write<u8> @w #128 #1) #0x10)
            (call $c.looks))"#, Value(42);
    looked_at_after_yield: "SharedStreamImpl.read",
        "the same, when the reading task has yielded",
        r#"part c
          takes: async func(s: stream<u8>) -> u32
          (func (export "takes") (param $s i32) (result i32) (call $is (call $stream.read<u8> %s #64 #4) #-1) #1)
          (func (export "takes-cb") (param i32 i32 i32) (result i32) (call $task.return<u32> (i32.load8_u #64)) #0)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (local $subtask i32) (call $pair (call $stream.new<u8>)) (local.set $subtask (call $subtask (call $async:c.takes @r #256) #1))
            (i32.store #128 #42) (call $is (call $stream.write<u8> @w #128 #1) #0x10)
            (call $await %subtask #1 #2) (i32.load #256))"#, Value(42);
    looked_at_after_thread_yield: "SharedStreamImpl.read",
        "the same, in the middle of the code",
        r#"part c
          gives: async func() -> stream<u8>
          (func (export "gives") (result i32) (call $pair (call $stream.new<u8>)) (call $task.return<stream<u8>> @r) #1)
          (func (export "gives-cb") (param i32 i32 i32) (result i32) (i32.store #128 #42)
             (call $is (call $stream.write<u8> @w #128 #1) #0x10) #0)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (local $s i32) (local.set $s (call $c.gives))
             (call $is (call $stream.read<u8> %s #64 #4) #-1) (drop (call $thread.yield)) (i32.load8_u #64))"#, Value(42);
    looked_at_after_cancel: "SharedStreamImpl.read",
        "the same, after a cancellation that let the writer go on",
        r#"part c
          takes: async func() -> stream<u8>
          (func (export "takes") (result i32) (call $pair (call $stream.new<u8>)) (call $task.return<stream<u8>> @r) #0)
          (func (export "takes-cb") (param i32 i32 i32) (result i32) unreachable)
          waits: async func()
          (func (export "waits") (result i32) (call $wait-on (call $waitable-set.new)))
          (func (export "waits-cb") (param $e i32) (param i32 i32) (result i32) (i32.store #128 #42)
             (call $is (call $stream.write<u8> @w #128 #1) #0x10) (call $wait-on (call $waitable-set.new)))
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (local $s i32) (local $subtask i32) (local.set $s (call $c.takes))
             (local.set $subtask (call $subtask (call $async:c.waits) #1))
             (call $is (call $stream.read<u8> %s #64 #4) #-1) (call $is (call $subtask.cancel %subtask) #-1) (i32.load8_u #64))"#, Value(42);
    nothing_read_anywhere: "BufferGuestImpl", "nothing is read and written at addresses that are outside of memory or odd",
        r#"part c
          run: async func() -> u32
          (func (export "run") (result i32) (call $pair (call $stream.new<u32>))
            (call $is (call $stream.read<u32> @r #-3 #0) #-1) (call $is (call $stream.write<u32> @w #-5 #0) #0)
            (call $polls @r #0 #0) #1)"#, Value(1);
    read_outside: "BufferGuestImpl", "a buffer is outside of memory",
        r#"part c
          run: async func() -> u32
          (func (export "run") (result i32) (call $pair (call $stream.new<u32>))
            (drop (call $stream.read<u32> @r #65536 #1)) #1)"#, Trap;
    read_at_an_odd_address: "BufferGuestImpl", "a buffer is not aligned",
        r#"part c
          run: async func() -> u32
          (func (export "run") (result i32) (call $pair (call $stream.new<u32>))
            (drop (call $stream.read<u32> @r #66 #1)) #1)"#, Trap,
        engine: Differs(Value(1), "alignment is looked at when something is copied");
    read_too_much: "Buffer.MAX_LENGTH", "a read of more than 2^28 - 1 elements",
        r#"part c
          run: async func() -> u32
          (func (export "run") (result i32) (call $pair (call $stream.new<unit>))
            (drop (call $stream.read<unit> @r #0 #0x10000000)) #1)"#, Trap;
    idle_writer: "SharedStreamImpl.drop", "an idle writer is not told that its reader went",
        r#"part c
          run: async func() -> u32
          (func (export "run") (result i32) (call $pair (call $stream.new<u8>)) (call $stream.drop-readable<u8> @r)
            (call $waitable.join @w (call $waitable-set.new)) (call $waitable-set.poll #1 #8))"#, Value(0),
        engine: Differs(Value(3), "the writer is told with DROPPED");
    copy_cancelled_when_done: "cancel_copy", "a read that is complete is cancelled before it was told",
        r#"part c
          run: async func() -> u32
          (func (export "run") (result i32) (call $pair (call $stream.new<u8>))
            (call $is (call $stream.read<u8> @r #8 #4) #-1) (call $is (call $stream.write<u8> @w #64 #4) #0x40)
            (call $stream.cancel-read<u8> @r))"#, Value(0x40),
        engine: Differs(Value(0x42), "CANCELLED with the count");
    idle_cancelled: "cancel_copy", "a read is cancelled that is not there",
        r#"part c
          run: async func() -> u32
          (func (export "run") (result i32) (call $pair (call $stream.new<u8>)) (call $stream.cancel-read<u8> @r))"#, Trap;
    read_on_while_told: "SharedStreamImpl.read", "two reads take from one write before its writer was told",
        r#"part c
          run: async func() -> u32
          (func (export "run") (result i32) (call $pair (call $stream.new<u8>)) (i32.store #64 #0x44332211)
            (call $is (call $stream.write<u8> @w #64 #4) #-1) (call $is (call $stream.read<u8> @r #8 #1) #0x10)
            (call $is (call $stream.read<u8> @r #9 #3) #0x30) (call $is (i32.load #8) #0x44332211)
            (call $polls @w #3 #0x40) #1)"#, Value(1);
    three_parts: "lift_async_value", "a stream is handed on through three parts and read in the last",
        r#"part c
          reads: async func(s: stream<u8>) -> u32
          (global $s (mut i32) #0)
          (global $set (mut i32) #0)
          (func (export "reads") (param $s i32) (result i32)
            (if (i32.eq (call $stream.read<u8> %s #64 #4) #0x40) (then (call $task.return<u32> (i32.load #64)) (return #0)))
            (global.set $set (call $waitable-set.new)) (call $waitable.join %s @set) (call $wait-on @set))
          (func (export "reads-cb") (param $event i32) (param $s i32) (param $payload i32) (result i32)
            (call $is %event #2) (call $is %payload #0x40) (call $task.return<u32> (i32.load #64)) #0)
        part d
          passes: async func(s: stream<u8>) -> u32
          (global $set (mut i32) #0)
          (func (export "passes") (param $s i32) (result i32) (local $answer i32)
            (local.set $answer (call $async:c.reads %s #64))
            (if (i32.eq %answer #2) (then (call $task.return<u32> (i32.load #64)) (return #0)))
            (global.set $set (call $waitable-set.new))
            (call $waitable.join (call $subtask %answer #1) @set) (call $wait-on @set))
          (func (export "passes-cb") (param $event i32) (param i32) (param $payload i32) (result i32)
            (call $is %event #1) (call $is %payload #2) (call $task.return<u32> (i32.load #64)) #0)
        part e
          run: async func() -> u32
          (func (export "run") (result i32) (local $subtask i32)
            (call $pair (call $stream.new<u8>)) (local.set $subtask (call $subtask (call $async:d.passes @r #8) #1))
            (i32.store #64 #0x44332211) (if (i32.ne (call $stream.write<u8> @w #64 #4) #0x40) (then (call $await @w #3 #0x40)))
            (call $await %subtask #1 #2) (i32.load #8))"#, Value(0x44332211);
    writer_cancels_in_a_set: "cancel_copy", "a write in a set is cancelled with `async`, and is not told again",
        r#"part c
          run: async func() -> u32
          (func (export "run") (result i32) (local $set i32) (local.set $set (call $waitable-set.new))
            (call $pair (call $stream.new<u8>)) (call $is (call $stream.write<u8> @w #64 #4) #-1)
            (call $waitable.join @w %set) (call $is (call $stream.cancel-write<u8> @w) #2)
            (call $is (call $waitable-set.poll %set #8) #0) #1)"#, Value(1);
    future_writer_is_told: "SharedFutureImpl.drop", "a write of a future is blocked when its reader goes",
        "script f.new0 f.write0=-1 f.drop-reader0 f.poll-writer0=1 f.drop-writer0", Value(1);
    future_read_again_after_cancel: "future_copy", "a read of a future that was cancelled is made again",
        "script f.new0 f.read0=-1 f.cancel-read0=2 f.write0=-1 f.read0=0 f.poll-writer0=0 f.drop-writer0 f.drop-reader0", Value(1);
    moved_between_sets: "Waitable.join", "an end is moved from one set to another, and its event with it",
        r#"part c
          run: async func() -> u32
          (func (export "run") (result i32) (local $one i32) (local $two i32)
            (local.set $one (call $waitable-set.new)) (local.set $two (call $waitable-set.new))
            (call $pair (call $stream.new<u8>)) (call $is (call $stream.read<u8> @r #64 #4) #-1)
            (call $waitable.join @r %one) (call $is (call $stream.write<u8> @w #64 #1) #0x10)
            (call $waitable.join @r %two) (call $is (call $waitable-set.poll %one #8) #0) (call $waitable-set.drop %one)
            (call $next %two #2 @r #0x10) #1)"#, Value(1);
    written_nothing_to_a_reader: "SharedStreamImpl.write", "nothing is written while a read is blocked, which goes on",
        "script new0 read0:4=-1 write0:0=0 poll-reader0=none write0:4=0x40 poll-reader0=0x40", Value(1);
    read_nothing_from_a_writer: "SharedStreamImpl.read", "nothing is read while a write is blocked, which goes on",
        "script new0 write0:4=-1 read0:0=0 poll-writer0=none read0:4=0x40 poll-writer0=0x40", Value(1);
    reader_of_nothing_is_told: "SharedStreamImpl.write", "a read of nothing ends when something is written, which waits for another read",
        "script new0 read0:0=-1 write0:4=-1 poll-reader0=0 read0:4=0x40 poll-writer0=0x40", Value(1);
    writer_of_nothing_is_told: "SharedStreamImpl.read", "a write of nothing ends when something is read, which waits for another write",
        "script new0 write0:0=-1 read0:4=-1 poll-writer0=0 write0:4=0x40 poll-reader0=0x40", Value(1);
    part_and_the_end: "SharedStreamImpl.drop", "a read has got something when its writer goes: it is told both",
        "script new0 read0:8=-1 write0:4=0x40 drop-writer0 poll-reader0=0x41 drop-reader0", Value(1);
    part_and_nobody_reads: "SharedStreamImpl.drop", "a write was read in part when its reader goes: it is told both",
        "script new0 write0:8=-1 read0:4=0x40 drop-reader0 poll-writer0=0x41 drop-writer0", Value(1);
    written_before_it_was_told: "stream_copy", "a stream is written again after its write was read, but before that was told",
        "script new0 write0:4=-1 read0:4=0x40 write0:4=-1", Trap;
    cancelled_and_written_again: "cancel_copy", "a write is cancelled and made again",
        "script new0 write0:4=-1 cancel-write0=2 write0:8=-1 read0:8=0x80 poll-writer0=0x80", Value(1);
    given_after_cancel: "cancel_copy", "a stream whose read was cancelled is given to a callee",
        "script new0 read0:4=-1 cancel-read0=2 sink0 write0:4=0x40 drop-writer0", Value(1);

}
