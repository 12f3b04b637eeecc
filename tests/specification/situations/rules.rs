//! Rules of `definitions.py` that the specification's tests lack.

use super::{Engine::*, Trap, Value, rows};

/// A part that can be held back, and counts how often it began.
macro_rules! held {
    ($functions:literal, $code:literal, $run:literal) => {
        concat!(
            "part c\nhold: func()\nrelease: func()\nbegan: func() -> u32\n", $functions, "\n",
            r#"(global $began (mut i32) #0)
              (func $begins (global.set $began (i32.add @began #1)))
              (func (export "hold") (call $backpressure.inc))
              (func (export "release") (call $backpressure.dec))
              (func (export "began") (result i32) @began)
            "#,
            $code,
            "\npart d\nrun: async func() -> u32\n(func (export \"run\") (result i32) (local $subtask i32) (local $other i32) ", $run, " #1)"
        )
    };
}

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

/// Two handles of the same representation, of which a task borrows `%h`.
macro_rules! lent {
    ($run:literal) => {
        concat!(
            r#"part c
          resource thing
          new-thing: func(number: u32) -> own<c.thing>
          consume: func(thing: own<c.thing>) -> u32
          (func (export "consume") (param $h i32) (result i32) (call $resource.rep<c.thing> %h))
        part d
          looks: async func(thing: borrow<c.thing>) -> u32
          (global $thing (mut i32) #0)
          (global $turns (mut i32) #0)
          (func (export "looks") (param $h i32) (result i32) (global.set $thing %h) #1)
          (func (export "looks-cb") (param $event i32) (param i32 i32) (result i32)
            (if (i32.eq %event #6) (then (call $task.cancel) (return #0)))
            (global.set $turns (i32.add @turns #1)) (if (i32.lt_u @turns #3) (then (return #1)))
            (call $resource.drop<c.thing> @thing) (call $task.return<u32> #5) #0)
        part e
          run: async func() -> u32
          (func (export "run") (result i32) (local $h i32) (local $other i32) (local $subtask i32)
            (local.set $h (call $c.new-thing #7)) (local.set $other (call $c.new-thing #7))
            (local.set $subtask (call $subtask (call $async:d.looks %h #8) #1))
            "#,
            $run,
            ")"
        )
    };
}

/// A resource of `c`; `d` has functions that borrow it and yield; `run` is of `e`.
macro_rules! third {
    ($run:literal) => {
        concat!(
            r#"part c
              resource thing
              new-thing: func(number: u32) -> own<c.thing>
              number: func(self: borrow<c.thing>) -> u32
              (func (export "number") (param i32) (result i32) (local.get 0))
            part d
              looks: async func(thing: borrow<c.thing>) -> u32
              (global $thing (mut i32) #0)
              (global $turns (mut i32) #0)
              (func (export "looks") (param $h i32) (result i32) (global.set $thing %h) #1)
              (func (export "looks-cb") (param i32 i32 i32) (result i32)
                (global.set $turns (i32.add @turns #1)) (if (i32.lt_u @turns #5) (then (return #1)))
                (call $task.return<u32> (call $c.number @thing) (call $resource.drop<c.thing> @thing)) #0)
            part e
              run: async func() -> u32
              (func (export "run") (result i32) (local $h i32) (local $subtask i32)
                (local.set $h (call $c.new-thing #77)) "#,
            $run,
            " (call $resource.drop<c.thing> %h) #1)"
        )
    };
}

/// A filter: it returns a stream of its own and goes on reading its parameter.
macro_rules! filter {
    ($run:literal) => {
        concat!(
            r#"part c
              filter: async func(in: stream<u8>) -> stream<u8>
              (global $in (mut i32) #0)
              (global $out (mut i32) #0)
              (global $set (mut i32) #0)
              (func (export "filter") (param $s i32) (result i32)
                (global.set $in %s) (call $pair (call $stream.new<u8>)) (global.set $out @w)
                (call $task.return<stream<u8>> @r)
                (global.set $set (call $waitable-set.new)) (call $waitable.join @in @set) (call $waitable.join @out @set)
                (call $is (call $stream.read<u8> @in #64 #8) #-1) (call $wait-on @set))
              (func (export "filter-cb") (param $event i32) (param $handle i32) (param $payload i32) (result i32)
                (if (i32.eq %event #2) (then
                  (call $is %payload #0x40) (i32.store #64 (i32.add (i32.load #64) #0x01010101))
                  (if (i32.eq (call $stream.write<u8> @out #64 #4) #-1) (then (return (call $wait-on @set)))))
                  (else (call $is %event #3) (call $is %payload #0x40)))
                (call $stream.drop-readable<u8> @in) (call $stream.drop-writable<u8> @out) #0)
            part d
              run: async func() -> u32
              (func (export "run") (result i32) (local $tx i32) (local $rx i32)
                (call $pair (call $stream.new<u8>)) (local.set $tx @w) "#,
            $run,
            r#" (i32.store #64 #0x41414141) (call $is (call $stream.write<u8> %tx #64 #4) #0x40)
                (call $is (call $stream.read<u8> %rx #128 #4) #-1) (call $await %rx #2 #0x41) (i32.load #128))"#
        )
    };
}

rows! {
    starting: "canon_lower", "a call that is held back is STARTING, and starts when the callee releases it",
        held!("f: async func() -> u32", r#"(func (export "f") (result i32) (call $begins) (call $task.return<u32> #7) #0)
            (func (export "f-cb") (param i32 i32 i32) (result i32) unreachable)"#,
            "(call $c.hold) (local.set $subtask (call $subtask (call $async:c.f #8) #0)) (call $is (call $c.began) #0)
             (call $polls %subtask #0 #0) (call $is (call $c.began) #0)
             (call $c.release) (call $await %subtask #1 #2) (call $is (i32.load #8) #7) (call $is (call $c.began) #1)
             (call $subtask.drop %subtask)"), Value(1);
    started: "canon_lower", "a call that was held back is told to be STARTED, then RETURNED",
        held!("f: async func() -> u32\nends: func()", r#"(global $done (mut i32) #0)
            (func (export "f") (result i32) #1)
            (func (export "f-cb") (param i32 i32 i32) (result i32)
              (if (i32.eqz @done) (then (return #1))) (call $task.return<u32> #7) #0)
            (func (export "ends") (global.set $done #1))"#,
            "(call $c.hold) (local.set $subtask (call $subtask (call $async:c.f #8) #0)) (call $c.release)
             (call $await %subtask #1 #1) (call $c.ends) (call $await %subtask #1 #2) (call $subtask.drop %subtask)"), Value(1);
    parameters_read_late: "canon_lower", "the parameters of a call that is held back are read when it starts",
        held!("f: async func(a: u64, b: u64, c: u64, d: u64, e: u32) -> u32",
            r#"(func (export "f") (param i64 i64 i64 i64 i32) (result i32) (call $task.return<u32> (local.get 4)) #0)
            (func (export "f-cb") (param i32 i32 i32) (result i32) unreachable)"#,
            "(call $c.hold) (i32.store #96 #5) (local.set $subtask (call $subtask (call $async:c.f #64 #8) #0))
             (i32.store #96 #6) (call $c.release) (call $await %subtask #1 #2) (call $is (i32.load #8) #6)"), Value(1);
    cancelled_before_start: "Subtask.State", "a call that is held back is cancelled, and never starts",
        held!("f: async func()", r#"(func (export "f") (result i32) (call $begins) (call $task.return) #0)
            (func (export "f-cb") (param i32 i32 i32) (result i32) unreachable)"#,
            "(call $c.hold) (local.set $subtask (call $subtask (call $async:c.f) #0))
             (call $is (call $subtask.cancel %subtask) #3) (call $subtask.drop %subtask) (call $c.release)
             (call $is (call $async:c.f) #2) (call $is (call $c.began) #1)"), Value(1);
    sync_cancelled_before_start: "Subtask.State", "a call that is held back is cancelled without `async`",
        held!("f: async func()", r#"(func (export "f") (result i32) (call $begins) (call $task.return) #0)
            (func (export "f-cb") (param i32 i32 i32) (result i32) unreachable)"#,
            "(call $c.hold) (local.set $subtask (call $subtask (call $async:c.f) #0))
             (call $is (call $subtask.cancel-sync %subtask) #3) (call $subtask.drop %subtask)"), Value(1);
    end_kept_before_start: "canon_lower", "a call that is held back and cancelled leaves the end that it was given to its caller",
        held!("f: async func(s: stream<u8>)", r#"(func (export "f") (param i32) (result i32) (call $task.return) #0)
            (func (export "f-cb") (param i32 i32 i32) (result i32) unreachable)"#,
            "(call $c.hold) (call $pair (call $stream.new<u8>)) (local.set $subtask (call $subtask (call $async:c.f @r) #0))
             (call $is (call $subtask.cancel %subtask) #3) (call $is (call $stream.read<u8> @r #8 #1) #-1)"), Value(1);
    callers_queue: "Task.enter_implicit_thread", "calls that are held back start one after the other",
        held!("f: async func() -> u32", r#"(func (export "f") (result i32) (call $begins) (call $task.return<u32> @began) #0)
            (func (export "f-cb") (param i32 i32 i32) (result i32) unreachable)"#,
            "(call $c.hold) (local.set $subtask (call $subtask (call $async:c.f #8) #0))
             (local.set $other (call $subtask (call $async:c.f #12) #0)) (call $c.release)
             (call $await %subtask #1 #2) (call $await %other #1 #2)
             (call $is (i32.add (i32.load #8) (i32.load #12)) #3)"), Value(1);
    sync_callee_held_back: "Task.enter_implicit_thread", "a call of a function that is lifted without `async` is held back, too",
        held!("f: async func() -> u32", r#"(func (export "f") (result i32) (call $begins) #7)"#,
            "(call $c.hold) (local.set $subtask (call $subtask (call $async:c.f #8) #0)) (call $is (call $c.began) #0)
             (call $c.release) (call $await %subtask #1 #2) (call $is (i32.load #8) #7)"), Value(1);

    returns_and_reads_on: "canon_lower", "a call without `async` answers at `task.return`, not when the callee ends",
        filter!("(local.set $rx (call $c.filter @r))"), Value(0x42424242);
    returns_and_reads_on_async: "canon_lower", "a call with `async` answers at `task.return`, not when the callee ends",
        filter!("(call $is (call $async:c.filter @r #8) #2) (local.set $rx (i32.load #8))"), Value(0x42424242);
    cancelled_and_waited_for: "canon_subtask_cancel", "a cancellation without `async` waits for a callee that does not end at once",
        r#"part c
          f: async func()
          (global $turns (mut i32) #0)
          (func (export "f") (result i32) (call $wait-on (call $waitable-set.new)))
          (func (export "f-cb") (param $event i32) (param i32) (param i32) (result i32)
            (global.set $turns (i32.add @turns #1)) (if (i32.lt_u @turns #4) (then (return #1)))
            (call $task.cancel) #0)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (call $subtask.cancel-sync (call $subtask (call $async:c.f) #1)))"#, Value(4);
    cancelled_and_waited_for_with_help: "canon_subtask_cancel",
        "a cancellation without `async` waits for a callee that ends when another part has done something",
        r#"part b
          later: async func() -> u32
          (global $turns (mut i32) #0)
          (func (export "later") (result i32) #1)
          (func (export "later-cb") (param i32 i32 i32) (result i32)
            (global.set $turns (i32.add @turns #1)) (if (i32.lt_u @turns #9) (then (return #1)))
            (call $task.return<u32> #7) #0)
        part c
          f: async func() -> u32
          (global $set (mut i32) #0)
          (func (export "f") (result i32)
            (global.set $set (call $waitable-set.new))
            (call $waitable.join (call $subtask (call $async:b.later #8) #1) @set) (call $wait-on @set))
          (func (export "f-cb") (param $event i32) (param i32) (param i32) (result i32)
            (if (i32.eq %event #6) (then (return (call $wait-on @set))))
            (call $task.return<u32> (i32.load #8)) #0)
        part d
          run: async func() -> u32
          (func (export "run") (result i32)
            (call $is (call $subtask.cancel-sync (call $subtask (call $async:c.f #8) #1)) #2) (i32.load #8))"#, Value(7);
    cancelled_and_helped_by_a_sibling: "canon_subtask_cancel",
        "a cancellation without `async` waits for a callee that ends when another callee has written to it",
        r#"part b
          later: async func() -> future<u8>
          (global $turns (mut i32) #0)
          (func (export "later") (result i32)
            (call $pair (call $future.new<u8>)) (call $task.return<future<u8>> @r) #1)
          (func (export "later-cb") (param i32 i32 i32) (result i32)
            (global.set $turns (i32.add @turns #1)) (if (i32.lt_u @turns #5) (then (return #1)))
            (if (i32.eq @turns #5) (then
              (i32.store #64 #7) (call $is (call $future.write<u8> @w #64) #0) (call $future.drop-writable<u8> @w)))
            #0)
        part c
          f: async func(f: future<u8>) -> u32
          (global $set (mut i32) #0)
          (func (export "f") (param $f i32) (result i32)
            (call $is (call $future.read<u8> %f #64) #-1)
            (global.set $set (call $waitable-set.new)) (call $waitable.join %f @set) (call $wait-on @set))
          (func (export "f-cb") (param $event i32) (param i32) (param i32) (result i32)
            (if (i32.eq %event #6) (then (return (call $wait-on @set))))
            (call $task.return<u32> (i32.load8_u #64)) #0)
        part d
          run: async func() -> u32
          (func (export "run") (result i32)
            (call $is (call $subtask.cancel-sync (call $subtask (call $async:c.f (call $b.later) #8) #1)) #2) (i32.load #8))"#,
        Value(7);
    borrow_of_a_third: "canon_lower", "a callee that borrows a third part's resource yields: the call is STARTED",
        third!("(local.set $subtask (call $subtask (call $async:d.looks %h #8) #1))
            (call $await %subtask #1 #2) (call $is (i32.load #8) #77) (call $subtask.drop %subtask)"), Value(1);
    borrow_of_a_third_sync: "canon_lower", "the same, called without `async`", third!("(call $is (call $d.looks %h) #77)"), Value(1);
    lent_is_not_dropped: "canon_resource_drop", "a handle is dropped while a callee has borrowed it",
        third!("(local.set $subtask (call $subtask (call $async:d.looks %h #8) #1)) (call $resource.drop<c.thing> %h)"), Trap;

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

    polls_and_nobody_runs: "WaitableSet.poll", "`waitable-set.poll` lets nobody else run",
        held!("f: async func()", r#"(func (export "f") (result i32) #1)
            (func (export "f-cb") (param i32 i32 i32) (result i32)
              (call $begins) (if (i32.lt_u @began #3) (then (return #1))) (call $task.return) #0)"#,
            "(local.set $subtask (call $subtask (call $async:c.f) #1))
             (call $polls %subtask #0 #0) (call $polls %subtask #0 #0) (call $is (call $c.began) #0)
             (call $await %subtask #1 #2) (call $is (call $c.began) #3)"), Value(1);
    cancels_and_nobody_runs: "Task.request_cancellation", "`subtask.cancel` lets only the callee run",
        held!("f: async func()\ng: async func()", r#"(func (export "f") (result i32) #1)
            (func (export "f-cb") (param $event i32) (param i32) (param i32) (result i32)
              (call $is %event #0)
              (call $begins) (if (i32.lt_u @began #3) (then (return #1))) (call $task.return) #0)
            (func (export "g") (result i32) (call $wait-on (call $waitable-set.new)))
            (func (export "g-cb") (param i32 i32 i32) (result i32) (call $task.cancel) #0)"#,
            "(local.set $other (call $subtask (call $async:c.f) #1)) (local.set $subtask (call $subtask (call $async:c.g) #1))
             (call $is (call $subtask.cancel %subtask) #4) (return (i32.add (call $c.began) #16))
             (call $await %other #1 #2)"), Value(0x10),
        engine: Differs(Value(0x11), "a task that yields gets a turn");
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
    borrowed_given_away: "lift_own", "a task gives away, as a handle that owns, what it has only borrowed",
        r#"part c
              resource thing
              new-thing: func(number: u32) -> own<c.thing>
              number: func(self: borrow<c.thing>) -> u32
              consume: func(thing: own<c.thing>) -> u32
              (func (export "number") (param i32) (result i32) (local.get 0))
              (func (export "consume") (param $h i32) (result i32) (call $resource.rep<c.thing> %h))
            part d
              looks: async func(thing: borrow<c.thing>) -> u32
              (global $thing (mut i32) #0)
              (func (export "looks") (param $h i32) (result i32) (global.set $thing %h) #1)
              (func (export "looks-cb") (param i32 i32 i32) (result i32)
                (drop (call $c.consume @thing)) (call $wait-on (call $waitable-set.new)))
            part e
              run: async func() -> u32
              (func (export "run") (result i32) (local $h i32) (local $subtask i32)
                (local.set $h (call $c.new-thing #77))
                (local.set $subtask (call $subtask (call $async:d.looks %h #8) #1)) (drop (call $thread.yield)) #1)"#, Trap;

    lent_and_another_dropped: "ResourceHandle.num_lends", "a handle of the same representation as one that is lent is dropped",
        lent!("(call $resource.drop<c.thing> %other) (call $await %subtask #1 #2) (call $resource.drop<c.thing> %h)
                (i32.load #8)"), Value(5);
    lent_to_its_definer: "canon_resource_drop", "a handle is dropped while a task of the part that defines the resource borrows it",
        r#"part c
          resource thing
          new-thing: func(number: u32) -> own<c.thing>
          looks: async func(thing: borrow<c.thing>) -> u32
          (global $turns (mut i32) #0)
          (func (export "looks") (param i32) (result i32) #1)
          (func (export "looks-cb") (param i32 i32 i32) (result i32)
            (global.set $turns (i32.add @turns #1)) (if (i32.lt_u @turns #3) (then (return #1))) (call $task.return<u32> #5) #0)
        part e
          run: async func() -> u32
          (func (export "run") (result i32) (local $h i32)
            (local.set $h (call $c.new-thing #7)) (drop (call $subtask (call $async:c.looks %h #8) #1))
            (call $resource.drop<c.thing> %h) #1)"#, Trap;
    lent_and_given_away: "lift_own", "a handle is given away while a call borrows it",
        lent!("(call $c.consume %h)"), Trap;
    cancelled_with_a_borrow: "Task.cancel", "a task is cancelled while it has a borrowed handle",
        lent!("(call $subtask.cancel %subtask)"), Trap,
        engine: Differs(Value(u32::MAX), "a task that has yielded learns of it at its next turn");
    code_above_2: "unpack_callback_result", "a callback of a part answers 3 when it was cancelled",
        r#"part c
          f: async func()
          (func (export "f") (result i32) (call $wait-on (call $waitable-set.new)))
          (func (export "f-cb") (param i32 i32 i32) (result i32) (call $task.cancel) #3)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (call $subtask.cancel (call $subtask (call $async:c.f) #1)))"#, Trap;
    waits_on_no_set: "canon_lift", "WAIT on what is no set",
        r#"part c
          f: async func()
          (func (export "f") (result i32) (call $pair (call $stream.new<u8>)) (call $wait-on @r))
          (func (export "f-cb") (param i32 i32 i32) (result i32) (call $task.cancel) #0)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (call $is (call $async:c.f) #0x11) #1)"#, Trap;
    waits_on_0: "canon_lift", "WAIT on handle 0",
        r#"part c
          f: async func()
          (func (export "f") (result i32) #2)
          (func (export "f-cb") (param i32 i32 i32) (result i32) (call $task.cancel) #0)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (call $is (call $async:c.f) #0x11) #1)"#, Trap;
    waits_on_anothers_set: "canon_lift", "WAIT on the number of a set of another part",
        r#"part b
          g: async func() -> u32
          (func (export "g") (result i32) (call $waitable-set.new))
        part c
          f: async func()
          (func (export "f") (result i32) (call $wait-on (call $b.g)))
          (func (export "f-cb") (param i32 i32 i32) (result i32) (call $task.cancel) #0)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (call $is (call $async:c.f) #0x11) #1)"#, Trap;
    returns_another_type: "canon_task_return", "`task.return` of another type than the function's",
        r#"part c
          f: async func() -> u32
          g: async func() -> s32
          (func (export "f") (result i32) (call $task.return<s32> #1) #0)
          (func (export "f-cb") (param i32 i32 i32) (result i32) unreachable)
          (func (export "g") (result i32) (call $task.return<s32> #1) #0)
          (func (export "g-cb") (param i32 i32 i32) (result i32) unreachable)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (call $is (call $c.g) #1) (call $c.f))"#, Trap;
    returns_nothing: "canon_task_return", "`task.return` of nothing in a function that has a result",
        r#"part c
          f: async func() -> u32
          g: async func()
          (func (export "f") (result i32) (call $task.return) #0)
          (func (export "f-cb") (param i32 i32 i32) (result i32) unreachable)
          (func (export "g") (result i32) (call $task.return) #0)
          (func (export "g-cb") (param i32 i32 i32) (result i32) unreachable)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (call $c.g) (drop (call $c.f)) #1)"#, Trap;
    returns_twice: "Task.return_", "`task.return` twice",
        r#"part c
          f: async func()
          (func (export "f") (result i32) (call $task.return) (call $task.return) #0)
          (func (export "f-cb") (param i32 i32 i32) (result i32) unreachable)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (call $c.f) #1)"#, Trap;
    ends_without_a_return: "Task.unregister_thread", "a task ends that has not returned",
        r#"part c
          f: async func()
          (func (export "f") (result i32) #0)
          (func (export "f-cb") (param i32 i32 i32) (result i32) unreachable)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (call $c.f) #1)"#, Trap;
    cancels_unasked: "Task.cancel", "`task.cancel` of a task that nobody has cancelled",
        r#"part c
          f: async func()
          (func (export "f") (result i32) (call $task.cancel) #0)
          (func (export "f-cb") (param i32 i32 i32) (result i32) unreachable)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (drop (call $async:c.f)) #1)"#, Trap;
    returns_in_a_sync_lift: "canon_task_return", "`task.return` in a function that is lifted without `async`",
        r#"part c
          f: async func()
          (func (export "f") (call $task.return))
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (call $c.f) #1)"#, Trap;
    backpressure_below_0: "canon_backpressure_dec", "backpressure below 0",
        r#"part c
          run: async func() -> u32
          (func (export "run") (result i32) (call $backpressure.inc) (call $backpressure.dec) (call $backpressure.dec) #1)"#, Trap;
    backpressure_65535: "canon_backpressure_inc", "backpressure of 65535",
        r#"part c
          run: async func() -> u32
          (func (export "run") (result i32) (local $n i32)
            (loop $again (call $backpressure.inc) (local.set $n (i32.add %n #1)) (br_if $again (i32.lt_u %n #65535))) #1)"#, Value(1);
    backpressure_65536: "canon_backpressure_inc", "backpressure above 65535",
        r#"part c
          run: async func() -> u32
          (func (export "run") (result i32) (local $n i32)
            (loop $again (call $backpressure.inc) (local.set $n (i32.add %n #1)) (br_if $again (i32.lt_u %n #65536))) #1)"#, Trap;

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
    context_until_post_return: "canon_context_get", "the context of a call is there in its `post-return`, and not that of `realloc`",
        r#"part c
          f: func(text: string)
          seen: func() -> u32
          (global $seen (mut i32) #0)
          (func (export "realloc") (param i32 i32 i32 i32) (result i32)
            (call $is (call $context.get) #0) (call $context.set #5) #0x4000)
          (func (export "f") (param i32 i32) (call $is (call $context.get) #0) (call $context.set #77))
          (func (export "f-post") (global.set $seen (call $context.get)))
          (func (export "seen") (result i32) @seen)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (call $context.set #9)
            (call $c.f #64 #3) (call $is (call $context.get) #9) (call $c.seen))"#, Value(77);
    context_of_each_task: "canon_context_get", "each task has a context of its own",
        r#"part c
          f: async func() -> u32
          (global $count (mut i32) #1)
          (func (export "f") (result i32)
            (call $is (call $context.get) #0) (call $context.set @count) (global.set $count (i32.add @count #1)) #1)
          (func (export "f-cb") (param i32 i32 i32) (result i32) (call $task.return<u32> (call $context.get)) #0)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (local $one i32) (local $two i32)
            (local.set $one (call $subtask (call $async:c.f #8) #1)) (local.set $two (call $subtask (call $async:c.f #12) #1))
            (call $await %one #1 #2) (call $await %two #1 #2)
            (call $is (i32.load #8) #1) (call $is (i32.load #12) #2) #1)"#, Value(1);

    idle_writer: "SharedStreamImpl.drop", "an idle writer is not told that its reader went",
        r#"part c
          run: async func() -> u32
          (func (export "run") (result i32) (call $pair (call $stream.new<u8>)) (call $stream.drop-readable<u8> @r)
            (call $waitable.join @w (call $waitable-set.new)) (call $waitable-set.poll #1 #8))"#, Value(0),
        engine: Differs(Value(3), "the writer is told with DROPPED");
    cancelled_twice: "canon_subtask_cancel", "a subtask is cancelled again while its callee goes on",
        r#"part c
          f: async func()
          (func (export "f") (result i32) (call $wait-on (call $waitable-set.new)))
          (func (export "f-cb") (param i32 i32 i32) (result i32) #1)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (local $subtask i32) (local.set $subtask (call $subtask (call $async:c.f) #1))
            (call $is (call $subtask.cancel %subtask) #-1) (drop (call $subtask.cancel %subtask)) #1)"#, Trap,
        engine: Differs(Value(1), "the second one is answered as the first one");
    cancelled_after_the_end: "canon_subtask_cancel", "a subtask is cancelled that was told to have returned",
        r#"part c
          f: async func()
          (func (export "f") (result i32) #1)
          (func (export "f-cb") (param i32 i32 i32) (result i32) (call $task.return) #0)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (local $subtask i32) (local.set $subtask (call $subtask (call $async:c.f) #1))
            (call $await %subtask #1 #2) (drop (call $subtask.cancel %subtask)) #1)"#, Trap;
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
    nested_calls_begin_at_once: "canon_lift", "a call of a callee's callee has begun when the first call answers",
        r#"part c
          f: async func()
          begun: func() -> u32
          (global $begun (mut i32) #0)
          (func (export "f") (result i32) (global.set $begun #1) (call $wait-on (call $waitable-set.new)))
          (func (export "f-cb") (param i32 i32 i32) (result i32) (call $task.cancel) #0)
          (func (export "begun") (result i32) @begun)
        part d
          f: async func()
          (func (export "f") (result i32) (drop (call $async:c.f)) (call $wait-on (call $waitable-set.new)))
          (func (export "f-cb") (param i32 i32 i32) (result i32) (call $task.cancel) #0)
        part e
          run: async func() -> u32
          (func (export "run") (result i32) (drop (call $async:d.f)) (i32.add (call $c.begun) #16))"#, Value(0x11),
        engine: Differs(Value(0x10), "it begins when the outermost caller waits (49 does as specified)");
    cancelled_when_returned: "canon_subtask_cancel", "a subtask is cancelled that has returned, but was not told to have",
        r#"part b
          turns: async func()
          (func (export "turns") (result i32) #1)
          (func (export "turns-cb") (param i32 i32 i32) (result i32) (call $task.return) #0)
        part c
          f: async func() -> u32
          end: async func()
          (global $set (mut i32) #0)
          (func (export "f") (result i32) (global.set $set (call $waitable-set.new)) (call $wait-on @set))
          (func (export "f-cb") (param $event i32) (param i32) (param i32) (result i32)
            (call $is %event #2) (call $task.return<u32> #7) #0)
          (func (export "end")
            (call $pair (call $stream.new<u8>)) (call $is (call $stream.read<u8> @r #64 #1) #-1)
            (call $waitable.join @r @set) (call $stream.drop-writable<u8> @w))
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (local $subtask i32)
            (local.set $subtask (call $subtask (call $async:c.f #8) #1)) (call $c.end)
            (call $await (call $subtask (call $async:b.turns) #1) #1 #2) (call $b.turns) (call $b.turns)
            (call $is (call $subtask.cancel %subtask) #2) (call $subtask.drop %subtask) (i32.load #8))"#, Value(7);
    returned_after_cancel: "Task.return_", "`task.return` after `task.cancel`",
        r#"part c
          f: async func()
          (func (export "f") (result i32) (call $wait-on (call $waitable-set.new)))
          (func (export "f-cb") (param i32 i32 i32) (result i32) (call $task.cancel) (call $task.return) #0)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (call $subtask.cancel (call $subtask (call $async:c.f) #1)))"#, Trap;
    cancelled_is_told_once: "Task.deliver_pending_cancel", "a task that has been told of its cancellation waits as any other",
        r#"part c
          f: async func() -> u32
          (global $told (mut i32) #0)
          (func (export "f") (result i32) (call $wait-on (call $waitable-set.new)))
          (func (export "f-cb") (param $event i32) (param i32) (param i32) (result i32)
            (if (i32.eq %event #6) (then (global.set $told (i32.add @told #1)) (return #1)))
            (call $task.return<u32> @told) #0)
        part d
          run: async func() -> u32
          (func (export "run") (result i32)
            (call $is (call $subtask.cancel-sync (call $subtask (call $async:c.f #8) #1)) #2) (i32.load #8))"#, Value(1);
    leaves_in_post_return: "canon_stream_new", "a `post-return` makes a stream",
        r#"part c
          f: func(text: string)
          (func (export "f") (param i32 i32))
          (func (export "f-post") (drop (call $stream.new<u8>)))
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (call $c.f #64 #3) #1)"#, Trap,
        engine: Differs(Value(1), "`stream.new` does not look whether the component may be left"),
        verdict: super::Verdict::CannotBe(Value(1), "hosts of 0.2 let a `post-return` call what it imports");
    leaves_in_realloc: "LiftLowerContext.reallocate", "a `realloc` makes a waitable set",
        r#"part c
          f: func(text: string)
          (func (export "realloc") (param i32 i32 i32 i32) (result i32) (drop (call $waitable-set.new)) #0x4000)
          (func (export "f") (param i32 i32))
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (call $c.f #64 #3) #1)"#, Trap;
    context_in_post_return: "canon_context_set", "a `post-return` has the context that the function has set",
        r#"part c
          f: func(text: string)
          seen: func() -> u32
          (global $seen (mut i32) #0)
          (func (export "f") (param i32 i32) (call $context.set #77))
          (func (export "f-post") (global.set $seen (call $context.get)))
          (func (export "seen") (result i32) @seen)
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (call $c.f #64 #3) (call $c.seen))"#, Value(77);
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

    numbers_beside_resources: "ComponentInstance.handles", "handles of resources and of all else are numbered in one table",
        r#"part c
          resource thing
          new-thing: func(number: u32) -> own<c.thing>
        part d
          run: async func() -> u32
          (func (export "run") (result i32)
            (drop (call $c.new-thing #1)) (call $pair (call $stream.new<u8>)) (i32.add @r #16))"#, Value(0x12),
        verdict: super::Verdict::CannotBe(Value(0x11), "handles of resources are in a table of the host's engine");
    resource_as_a_stream: "stream_copy", "a handle of a resource is read as a stream",
        r#"part c
          resource thing
          new-thing: func(number: u32) -> own<c.thing>
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (local $h i32)
            (local.set $h (call $c.new-thing #1)) (drop (call $stream.read<u8> %h #64 #1)) #1)"#, Trap;
    given_of_another_resource: "lift_async_value", "a stream of handles of another resource is passed",
        r#"part c
          resource thing
          resource other
          takes: async func(s: stream<own<c.thing>>)
          (func (export "takes") (param i32))
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (call $pair (call $stream.new<own<c.other>>)) (call $c.takes @r) #1)"#, Trap;
    lent_until_told: "Subtask.deliver_resolve", "a handle is dropped when its borrower has returned, but that was not told",
        r#"part c
          resource thing
          new-thing: func(number: u32) -> own<c.thing>
        part d
          looks: async func(thing: borrow<c.thing>)
          later: async func()
          (global $thing (mut i32) #0)
          (global $turns (mut i32) #0)
          (func (export "looks") (param $h i32) (result i32) (global.set $thing %h) #1)
          (func (export "looks-cb") (param i32 i32 i32) (result i32)
            (call $resource.drop<c.thing> @thing) (call $task.return) #0)
          (func (export "later") (result i32) #1)
          (func (export "later-cb") (param i32 i32 i32) (result i32)
            (global.set $turns (i32.add @turns #1)) (if (i32.lt_u @turns #9) (then (return #1))) (call $task.return) #0)
        part e
          run: async func() -> u32
          (func (export "run") (result i32) (local $h i32)
            (local.set $h (call $c.new-thing #1)) (drop (call $subtask (call $async:d.looks %h) #1))
            (call $await (call $subtask (call $async:d.later) #1) #1 #2) (call $resource.drop<c.thing> %h) #1)"#, Trap,
        engine: Differs(Value(1), "it is free as soon as its borrower has returned");
    borrowed_in_another_task: "Task.return_", "a task returns while it has a borrowed handle",
        r#"part c
          resource thing
          new-thing: func(number: u32) -> own<c.thing>
        part d
          keeps: async func(thing: borrow<c.thing>)
          (func (export "keeps") (param i32) (result i32) (call $task.return) #0)
          (func (export "keeps-cb") (param i32 i32 i32) (result i32) unreachable)
        part e
          run: async func() -> u32
          (func (export "run") (result i32) (call $d.keeps (call $c.new-thing #1)) #1)"#, Trap;
}
