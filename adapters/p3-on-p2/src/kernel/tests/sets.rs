//! Waitable sets.

use super::*;

#[test]
fn events_come_in_the_order_in_which_they_happened() {
    let streams = [stream(), stream(), stream()];
    let set = set_of(&streams.map(|(readable, _)| readable));
    for (readable, _) in streams {
        assert_eq!(read(readable, 1), BLOCKED);
    }
    for at in [1, 2, 0] {
        write(streams[at].1, b"x");
    }
    for at in [1, 2, 0] {
        let readable = streams[at].0;
        assert_eq!(event(set::waitable_set_wait(set)), (STREAM_READ, readable, copied(COMPLETED, 1)));
    }
    assert_eq!(set::waitable_set_poll(set), 0);
}

#[test]
fn a_waitable_takes_its_event_into_another_set() {
    let (streams, sets) = ([stream(), stream()], [set_of(&[]), set_of(&[])]);
    for (readable, writable) in streams {
        set::waitable_join(readable, sets[0]);
        assert_eq!(read(readable, 1), BLOCKED);
        write(writable, b"x");
    }
    set::waitable_join(streams[0].0, sets[1]);
    let happened = |at: usize| (STREAM_READ, streams[at].0, copied(COMPLETED, 1));
    assert_eq!(event(set::waitable_set_poll(sets[0])), happened(1));
    assert_eq!(set::waitable_set_poll(sets[0]), 0);
    assert_eq!(event(set::waitable_set_poll(sets[1])), happened(0));
    for (readable, _) in streams {
        set::waitable_join(readable, 0);
    }
    // They are empty again.
    for set in sets {
        set::waitable_set_drop(set);
    }
}

#[test]
fn a_waitable_without_a_set_keeps_its_event() {
    let (readable, writable) = stream();
    assert_eq!(read(readable, 1), BLOCKED);
    write(writable, b"x");
    set::alone(readable);
    let set = set_of(&[readable]);
    assert_eq!(event(set::waitable_set_poll(set)), (STREAM_READ, readable, copied(COMPLETED, 1)));
}
