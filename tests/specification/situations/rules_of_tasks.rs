//! Rules of `definitions.py` that the specification's tests lack: calls, what tasks may do, and
//! their cancellation.

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
}
