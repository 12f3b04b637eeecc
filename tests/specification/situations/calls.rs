//! Calls, tasks, subtasks and their cancellation.

use super::{Engine::*, Hangs, STACK, Stuck, Trap, TrapForGood, Value, Verdict::*, rows};

/// One part whose `run` is `code`.
macro_rules! alone {
    ($ty:literal, $code:expr) => {
        concat!("part c\nrun: ", $ty, "\n", $code)
    };
}

/// `f` waits on an empty set, `g` on a future: with a callback, or within its code.
const CANCELLED_AT_ONCE: &str = r#"part c
  f: async func() -> u32
  (func (export "f") (result i32) (call $wait-on (call $waitable-set.new)))
  (func (export "f-cb") (param $event i32) (param $p i32) (param $q i32) (result i32)
    (call $is %event #6) (call $is %p #0) (call $is %q #0) (call $task.cancel) #0)
part d
  run: async func() -> u32
  (func (export "run") (result i32) (local $subtask i32)
    (i32.store #4 #77) (local.set $subtask (call $subtask (call $async:c.f #4) #1))
    (call $is (call $subtask.cancel %subtask) #4) (call $is (i32.load #4) #77)
    (call $subtask.drop %subtask) #1)"#;

/// A callee that is asked to end while it waits for a future and returns nevertheless; its function
/// `g` is `$code`.
macro_rules! unwilling {
    ($code:literal) => {
        concat!(
            r#"part c
              g: async func(f: future) -> u32
              "#,
            $code,
            r#"
            part d
              run: async func() -> u32
              (func (export "run") (result i32) (local $subtask i32) (local $w i32)
                (call $pair (call $future.new<unit>)) (local.set $w @w)
                (local.set $subtask (call $subtask (call $async:c.g @r #4) #1))
                (call $is (call $subtask.cancel %subtask) #-1)
                (call $is (call $future.write<unit> %w #0) #0)
                (call $await %subtask #1 #2) (call $is (i32.load #4) #42) (call $subtask.drop %subtask) #1)"#
        )
    };
}

/// `block` returns a number of its own as soon as `unblock` was called.
macro_rules! inner {
    () => {
        r#"part c
          block: async func() -> u32
          unblock: async func()
          (global $open (mut i32) #0)
          (global $count (mut i32) #2)
          (func (export "block") (result i32) (call $context.set @count) (global.set $count (i32.add @count #1)) #1)
          (func (export "block-cb") (param i32 i32 i32) (result i32)
            (if (i32.eqz @open) (then (return #1))) (call $task.return<u32> (call $context.get)) #0)
          (func (export "unblock") (result i32) (global.set $open #1) (call $task.return) #0)
          (func (export "unblock-cb") (param i32 i32 i32) (result i32) unreachable)
        "#
    };
}

/// Calls `f` of both `m` and `n` twice, and checks states and results.
macro_rules! outer {
    () => {
        r#"part o
          run: async func() -> u32
          (global $set (mut i32) #0)
          (global $left (mut i32) #4)
          (func $start (global.set $set (call $waitable-set.new)))
          (start $start)
          (func $begin (param $answer i32) (param $want i32)
            (call $is %answer %want) (call $waitable.join (i32.shr_u %answer #4) @set))
          (func (export "run") (result i32)
            (call $begin (call $async:m.f #8) #0x21) (call $begin (call $async:n.f #12) #0x31)
            (call $begin (call $async:m.f #16) #0x40) (call $begin (call $async:n.f #20) #0x50)
            (call $c.unblock) (call $wait-on @set))
          (func (export "run-cb") (param $event i32) (param $subtask i32) (param $state i32) (result i32)
            (call $is %event #1)
            (if (i32.eq %state #1) (then
              (call $is (i32.shr_u %subtask #1) #2) (return (call $wait-on @set))))
            (call $is %state #2) (call $is (i32.load (i32.mul %subtask #4)) %subtask)
            (call $subtask.drop %subtask) (global.set $left (i32.sub @left #1))
            (if @left (then (return (call $wait-on @set))))
            (call $task.return<u32> #1) #0)"#
    };
}

/// `loop` goes on until `stop` was called.
macro_rules! looper {
    ($code:literal) => {
        concat!(
            r#"part c
              loop: async func()
              stop: async func()
              (global $done (mut i32) #0)
              (func (export "loop") (result i32) #1)
              (func (export "loop-cb") (param $event i32) (param $p i32) (param $q i32) (result i32)
                (call $is %event #0) (call $is %p #0) (call $is %q #0)
                (if (i32.eqz @done) (then (return #1))) (call $task.return) #0)
              (func (export "stop") (global.set $done #1))
            part d
              run: async func() -> u32
              (func (export "run") (result i32) (local $subtask i32)
                (local.set $subtask (call $subtask (call $async:c.loop) #1)) "#,
            $code,
            " #1)"
        )
    };
}

/// A sync function enters a part in which a task waits or yields, and ends that.
macro_rules! barges_in {
    ($code:literal) => {
        concat!(
            r#"part c
              resource waker wake
              resource poker poke
              new-waker: func(number: u32) -> own<c.waker>
              new-poker: func(number: u32) -> own<c.poker>
              waits: async func() -> u32
              yields: async func() -> u32
              wake: func(number: u32)
              poke: func(number: u32)
              (global $set (mut i32) #0)
              (global $number (mut i32) #0)
              (func $start (global.set $set (call $waitable-set.new)))
              (start $start)
              (func (export "waits") (result i32) (call $wait-on @set))
              (func (export "waits-cb") (param $event i32) (param i32) (param $payload i32) (result i32)
                (call $is %event #4) (call $is %payload #0) (call $task.return<u32> @number) #0)
              (func (export "wake") (param $n i32)
                (call $pair (call $future.new<unit>)) (call $is (call $future.read<unit> @r #0) #-1)
                (call $waitable.join @r @set) (call $is (call $future.write<unit> @w #0) #0)
                (global.set $number %n))
              (func (export "yields") (result i32) (global.set $number #0) #1)
              (func (export "yields-cb") (param $event i32) (param $p i32) (param $q i32) (result i32)
                (call $is %event #0) (call $is %p #0) (call $is %q #0)
                (if (i32.eqz @number) (then (return #1))) (call $task.return<u32> @number) #0)
              (func (export "poke") (param $n i32) (global.set $number %n))
            part d
              run: async func() -> u32
              (func (export "run") (result i32) (local $subtask i32) (local $own i32) "#,
            $code,
            " (call $await %subtask #1 #2) (call $is (i32.load #8) #92) (call $subtask.drop %subtask) #1)"
        )
    };
}

/// A function answers this code with a set in which there is an event.
macro_rules! answers {
    ($code:literal) => {
        alone!("async func() -> u32", concat!(
            r#"(func (export "run") (result i32) (local $set i32)
              (call $pair (call $stream.new<u8>)) (call $is (call $stream.read<u8> @r #64 #1) #-1)
              (call $stream.drop-writable<u8> @w) (local.set $set (call $waitable-set.new)) (call $waitable.join @r %set)
              (i32.or #"#, $code, r#" (i32.shl %set #4)))
            (func (export "run-cb") (param i32 i32 i32) (result i32) (call $task.return<u32> #1) #0)"#))
    };
}

/// A function that is not async does something that might block.
macro_rules! blocks {
    ($code:literal) => {
        concat!("part c\nrun: func() -> u32\n(func (export \"run\") (result i32) ", $code, " #1)")
    };
}

/// `f` of the part behind it, and `run`.
macro_rules! two {
    ($f:literal, $of:literal, $run:literal, $code:literal) => {
        concat!("part c\nf: ", $f, "\n", $of, "\npart d\nrun: ", $run, "\n", $code)
    };
}

rows! {
    syncs_in_two_instances: "async-calls-sync.wast",
        "calls of sync lifted functions that block in a call: one of each instance begins, others are held back",
        concat!(inner!(), r#"part m
            f: async func() -> u32
            (func (export "f") (result i32) (call $c.block))
        part n like m
        "#, outer!()), Value(1), verdict: CannotBe(Hangs, STACK);
    callbacks_that_block: "async-calls-sync.wast",
        "calls of functions with callbacks that block in a call: one of each instance begins, others are held back",
        concat!(inner!(), r#"part m
            f: async func() -> u32
            (func (export "f") (result i32) (call $task.return<u32> (call $c.block)) #0)
            (func (export "f-cb") (param i32 i32 i32) (result i32) unreachable)
        part n like m
        "#, outer!()), Value(1), verdict: CannotBe(Hangs, STACK);

    unreachable_for_good: "builtin-trap-poisons-instance.wast", "after a trap of code nothing is called any more",
        alone!("async func() -> u32", r#"(func (export "run") (result i32) unreachable)"#), TrapForGood;
    built_in_for_good: "builtin-trap-poisons-instance.wast", "after a trap of a built-in nothing is called any more",
        alone!("async func() -> u32", r#"(func (export "run") (result i32)
            (call $pair (call $stream.new<u8>)) (drop (call $stream.write<u8> @w #0 #4))
            (call $stream.drop-writable<u8> @w) #1)"#), TrapForGood;

    cancelled_while_waiting: "cancel-subtask.wast",
        "a callee that waits on an empty set is cancelled, and ends at once without a value", CANCELLED_AT_ONCE, Value(1);
    cancelled_in_its_code: "cancel-subtask.wast",
        "a callee that waits in its code for a future is cancelled, and returns a value afterwards",
        unwilling!(r#"(func (export "g") (param $f i32) (result i32) (local $set i32)
            (call $is (call $future.read<unit> %f #0) #-1) (call $await %f #4 #0) #42)"#), Value(1),
        verdict: CannotBe(Stuck, STACK);
    cancelled_but_goes_on: "cancel-subtask.wast",
        "a callee that waits by its callback is cancelled, waits again, and returns a value afterwards",
        unwilling!(r#"(global $set (mut i32) #0)
          (func (export "g") (param $f i32) (result i32)
            (call $is (call $future.read<unit> %f #0) #-1) (global.set $set (call $waitable-set.new))
            (call $waitable.join %f @set) (call $wait-on @set))
          (func (export "g-cb") (param $event i32) (param i32) (param i32) (result i32)
            (if (i32.eq %event #6) (then (return (call $wait-on @set))))
            (call $is %event #4) (call $task.return<u32> #42) #0)"#), Value(1);

    cancelled_in_built_ins: "cancellable.wast",
        "built-ins that wait, poll and yield in the code of a callee tell of its cancellation (four situations)", "", Value(1),
        verdict: LeftOut("the option `cancellable`, which has left the component model");

    deadlock: "deadlock.wast", "everybody waits",
        two!("async func() -> u32", r#"(func (export "f") (result i32) (call $wait-on (call $waitable-set.new)))
            (func (export "f-cb") (param i32 i32 i32) (result i32) unreachable)"#,
            "async func() -> u32", r#"(func (export "run") (result i32)
            (call $await (call $subtask (call $async:c.f #0) #1) #1 #2) #1)"#), Stuck;

    waits_in_the_beginning: "dont-block-start.wast", "a start function waits",
        alone!("async func() -> u32", r#"(func $start (drop (call $waitable-set.wait (call $waitable-set.new) #0)))
            (start $start) (func (export "run") (result i32) #1)"#), Stuck;
    calls_in_the_beginning: "dont-block-start.wast", "a start function calls an async function that would answer",
        two!("async func()", r#"(func (export "f") (result i32) (call $task.return) #0)
            (func (export "f-cb") (param i32 i32 i32) (result i32) unreachable)"#,
            "async func() -> u32", r#"(func $start (call $c.f)) (start $start) (func (export "run") (result i32) #1)"#), Value(1),
        engine: Differs(Trap, "a call without `async` of an async function traps where the caller may not wait (49 does as specified)");

    woken_by_another_task: "empty-wait.wast", "a task waits on an empty set, and another one puts a future into it",
        r#"part c
          blocker: async func() -> u32
          unblocker: async func() -> u32
          (global $set (mut i32) #0)
          (global $future (mut i32) #0)
          (func $start (global.set $set (call $waitable-set.new)))
          (start $start)
          (func (export "blocker") (result i32) (call $wait-on @set))
          (func (export "blocker-cb") (param $event i32) (param $handle i32) (param $payload i32) (result i32)
            (call $is %event #4) (call $is %handle @future) (call $is %payload #0)
            (call $future.drop-readable<unit> @future) (call $task.return<u32> #42) #0)
          (func (export "unblocker") (result i32)
            (call $pair (call $future.new<unit>)) (call $is @r #2) (call $is @w #3) (global.set $future @r)
            (call $is (call $future.read<unit> @r #0) #-1) (call $waitable.join @r @set)
            (call $is (call $future.write<unit> @w #0) #0) (call $future.drop-writable<unit> @w)
            (call $task.return<u32> #43) #0)
          (func (export "unblocker-cb") (param i32 i32 i32) (result i32) unreachable)
        part d
          run: async func() -> u32
          (global $set (mut i32) #0)
          (func $start (global.set $set (call $waitable-set.new)))
          (start $start)
          (func (export "run") (result i32) (local $subtask i32)
            (local.set $subtask (call $subtask (call $async:c.blocker #4) #1)) (call $is %subtask #2)
            (call $is (call $async:c.unblocker #8) #2) (call $is (i32.load #8) #43)
            (call $waitable.join %subtask @set) (call $next @set #1 %subtask #2)
            (call $is (i32.load #4) #42) (call $subtask.drop %subtask) #44)"#, Value(44);

    dropped_after_return: "drop-subtask.wast", "a subtask is dropped when it was told to have returned",
        looper!("(call $c.stop) (call $await %subtask #1 #2) (call $subtask.drop %subtask)"), Value(1);
    dropped_before_return: "drop-subtask.wast", "a subtask is dropped before it returns",
        looper!("(call $subtask.drop %subtask)"), Trap;

    set_with_a_waiter: "drop-waitable-set.wast", "a set is dropped on which a task waits",
        r#"part c
          waits: async func()
          drops: async func()
          (global $set (mut i32) #0)
          (func $start (global.set $set (call $waitable-set.new)))
          (start $start)
          (func (export "waits") (result i32) (call $wait-on @set))
          (func (export "waits-cb") (param i32 i32 i32) (result i32) unreachable)
          (func (export "drops") (call $waitable-set.drop @set))
        part d
          run: async func() -> u32
          (func (export "run") (result i32) (call $is (call $async:c.waits) #0x11) (call $c.drops) #1)"#, Trap;

    function_ends_a_wait: "sync-barges-in.wast", "a sync function of a part ends the wait of a task in it",
        barges_in!("(local.set $subtask (call $subtask (call $async:c.waits #8) #1)) (call $c.wake #92)"), Value(1);
    destructor_ends_a_wait: "sync-barges-in.wast", "a destructor of a part ends the wait of a task in it",
        barges_in!("(local.set $own (call $c.new-waker #92))
            (local.set $subtask (call $subtask (call $async:c.waits #8) #1)) (call $resource.drop<c.waker> %own)"), Value(1);
    function_while_yielding: "sync-barges-in.wast", "a sync function of a part in which a task yields",
        barges_in!("(local.set $subtask (call $subtask (call $async:c.yields #8) #1)) (call $c.poke #92)"), Value(1);
    destructor_while_yielding: "sync-barges-in.wast", "a destructor of a part in which a task yields",
        barges_in!("(local.set $own (call $c.new-poker #92))
            (local.set $subtask (call $subtask (call $async:c.yields #8) #1)) (call $resource.drop<c.poker> %own)"), Value(1);
    stackful_callees: "sync-barges-in.wast", "the same of tasks that wait and yield in their code (four situations)", "", Value(1),
        verdict: LeftOut("stackful lift");

    sync_calls_a_sync_lift: "trap-if-block-and-sync.wast", "a function that is not async calls an async one that is lifted without `async`",
        two!("async func() -> u32", r#"(func (export "f") (result i32) #1)"#,
            "func() -> u32", r#"(func (export "run") (result i32) (call $c.f))"#), Value(1),
        engine: Differs(Trap, "a call without `async` of an async function traps where the caller may not wait (49 does as specified)");
    sync_calls_a_callback_lift: "trap-if-block-and-sync.wast", "a function that is not async calls an async one that waits",
        two!("async func() -> u32", r#"(func (export "f") (result i32) (call $wait-on (call $waitable-set.new)))
            (func (export "f-cb") (param i32 i32 i32) (result i32) unreachable)"#,
            "func() -> u32", r#"(func (export "run") (result i32) (call $c.f))"#), Stuck;
    async_calls_a_sync_that_waits: "trap-if-block-and-sync.wast", "an async function calls one that is not, and which waits",
        two!("func()", r#"(func (export "f") (drop (call $waitable-set.wait (call $waitable-set.new) #0)))"#,
            "async func() -> u32", r#"(func (export "run") (result i32) (call $c.f) #1)"#), Stuck;
    sync_waits: "trap-if-block-and-sync.wast", "a function that is not async waits",
        blocks!("(drop (call $waitable-set.wait (call $waitable-set.new) #0))"), Stuck;
    sync_polls: "trap-if-block-and-sync.wast", "a function that is not async polls",
        blocks!("(i64.store #8 (i64.const -1)) (call $is (call $waitable-set.poll (call $waitable-set.new) #8) #0)
            (call $is (i32.load #8) #0) (call $is (i32.load #12) #0)"), Value(1);
    callback_code_3: "trap-if-block-and-sync.wast", "a function with a callback answers 3, and a set with an event",
        answers!("3"), Trap;
    callback_code_4: "trap-if-block-and-sync.wast", "a function with a callback answers 4, and a set with an event",
        answers!("4"), Trap;
    callback_code_15: "trap-if-block-and-sync.wast", "a function with a callback answers 15, and a set with an event",
        answers!("15"), Trap;
    callback_code_15_of_a_part: "trap-if-block-and-sync.wast", "a callback of a part answers 15",
        two!("async func() -> u32", r#"(func (export "f") (result i32) #1)
            (func (export "f-cb") (param i32 i32 i32) (result i32) #15)"#,
            "async func() -> u32", r#"(func (export "run") (result i32) (call $c.f))"#), Trap;
    sync_yields: "trap-if-block-and-sync.wast", "a function that is not async yields",
        blocks!("(drop (call $thread.yield))"), Value(1);
    callback_yields: "trap-if-block-and-sync.wast", "a function with a callback answers YIELD, and something that is no set",
        alone!("async func() -> u32", r#"(func (export "run") (result i32) (i32.or #1 (i32.shl #0xdead #4)))
            (func (export "run-cb") (param i32 i32 i32) (result i32) (call $task.return<u32> #1) #0)"#), Value(1);
    sync_cancels: "trap-if-block-and-sync.wast", "a function that is not async cancels what is no subtask",
        blocks!("(drop (call $subtask.cancel-sync #0xdead))"), Trap;
    sync_reads_a_stream: "trap-if-block-and-sync.wast", "a function that is not async reads what is no stream",
        blocks!("(drop (call $stream.read-sync<u8> #0xdead #0 #1))"), Trap;
    sync_writes_a_stream: "trap-if-block-and-sync.wast", "a function that is not async writes what is no stream",
        blocks!("(drop (call $stream.write-sync<u8> #0xdead #0 #1))"), Trap;
    sync_reads_a_future: "trap-if-block-and-sync.wast", "a function that is not async reads what is no future",
        blocks!("(drop (call $future.read-sync<u8> #0xdead #0))"), Trap;
    sync_writes_a_future: "trap-if-block-and-sync.wast", "a function that is not async writes what is no future",
        blocks!("(drop (call $future.write-sync<u8> #0xdead #0))"), Trap;
    sync_cancels_a_read: "trap-if-block-and-sync.wast", "a function that is not async cancels a read of what is no stream",
        blocks!("(drop (call $stream.cancel-read-sync<u8> #0xdead))"), Trap;
    sync_cancels_a_write: "trap-if-block-and-sync.wast", "a function that is not async cancels a write of what is no stream",
        blocks!("(drop (call $stream.cancel-write-sync<u8> #0xdead))"), Trap;
    sync_cancels_a_futures_read: "trap-if-block-and-sync.wast", "a function that is not async cancels a read of what is no future",
        blocks!("(drop (call $future.cancel-read-sync<u8> #0xdead))"), Trap;
    sync_cancels_a_futures_write: "trap-if-block-and-sync.wast", "a function that is not async cancels a write of what is no future",
        blocks!("(drop (call $future.cancel-write-sync<u8> #0xdead))"), Trap;
    sync_reads_for_ever: "trap-if-block-and-sync.wast", "a function that is not async reads a stream that nobody writes",
        blocks!("(call $pair (call $stream.new<u8>)) (drop (call $stream.read-sync<u8> @r #0 #1))"), Stuck;
    threads_in_sync: "trap-if-block-and-sync.wast", "a function that is not async suspends itself, or resumes other threads (four situations)",
        "", Value(1), verdict: LeftOut("threads");

    waits_in_a_callback_lift: "wait-during-callback.wast", "a function with a callback waits for an event that is there",
        alone!("async func() -> u32", r#"(func (export "run") (result i32)
            (call $pair (call $future.new<unit>)) (call $is (call $future.read<unit> @r #-3) #-1)
            (call $is (call $future.write<unit> @w #-3) #0) (call $await @r #4 #0) (call $task.return<u32> #1) #0)
            (func (export "run-cb") (param i32 i32 i32) (result i32) unreachable)"#), Value(1);
}
