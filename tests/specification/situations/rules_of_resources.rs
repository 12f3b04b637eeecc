//! Rules of `definitions.py` that the specification's tests lack: handles of resources, owned and
//! borrowed.

use super::{Engine::*, Trap, Value, rows};

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

rows! {
    borrow_of_a_third: "canon_lower", "a callee that borrows a third part's resource yields: the call is STARTED",
        third!("(local.set $subtask (call $subtask (call $async:d.looks %h #8) #1))
            (call $await %subtask #1 #2) (call $is (i32.load #8) #77) (call $subtask.drop %subtask)"), Value(1);
    borrow_of_a_third_sync: "canon_lower", "the same, called without `async`", third!("(call $is (call $d.looks %h) #77)"), Value(1);
    lent_is_not_dropped: "canon_resource_drop", "a handle is dropped while a callee has borrowed it",
        third!("(local.set $subtask (call $subtask (call $async:d.looks %h #8) #1)) (call $resource.drop<c.thing> %h)"), Trap;

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
