//! Subtasks that wait for time.

use super::*;
use crate::hooks::io::HOST;
use crate::kernel::subtask;

const STARTED: u32 = 1;
const RETURNED: u32 = 2;
const CANCELLED_BEFORE_RETURNED: u32 = 4;

fn start(deadline: u64) -> u32 {
    let answer = subtask::start(deadline, 0);
    assert_eq!(answer & 15, STARTED);
    answer >> 4
}

#[test]
fn deadlines_come_in_their_order_whatever_was_cancelled() {
    for seed in 0..50 {
        let mut random = Random(seed);
        let set = set_of(&[]);
        let start_of = HOST.with_borrow(|host| host.now);
        let mut waiting: Vec<(u64, u32)> = (0..40)
            .map(|_| {
                let deadline = start_of + 1 + u64::from(random.below(1000));
                let subtask = start(deadline);
                set::waitable_join(subtask, set);
                (deadline, subtask)
            })
            .collect();
        for _ in 0..15 {
            let (_, subtask) = waiting.swap_remove(random.below(waiting.len() as u32) as usize);
            assert_eq!(subtask::subtask_cancel(subtask), CANCELLED_BEFORE_RETURNED);
            set::waitable_join(subtask, 0);
            subtask::subtask_drop(subtask);
        }
        while !waiting.is_empty() {
            let (code, subtask, status) = event(set::waitable_set_wait(set));
            assert_eq!((code, status), (SUBTASK, RETURNED));
            let now = HOST.with_borrow(|host| host.now);
            let at = waiting.iter().position(|(_, other)| *other == subtask).unwrap();
            let (deadline, _) = waiting.swap_remove(at);
            assert!(deadline <= now, "seed {seed}");
            let earliest = waiting.iter().map(|(deadline, _)| *deadline).min();
            assert!(earliest.is_none_or(|earliest| deadline <= earliest), "seed {seed}");
            subtask::subtask_drop(subtask);
        }
        set::waitable_set_drop(set);
        HOST.with_borrow(|host| assert!(host.pollables.is_empty()));
    }
}

#[test]
fn a_cancelled_wait_is_not_delivered() {
    let (first, second) = (start(10), start(20));
    let set = set_of(&[first, second]);
    assert_eq!(subtask::subtask_cancel(first), CANCELLED_BEFORE_RETURNED);
    assert_eq!(event(set::waitable_set_wait(set)), (SUBTASK, second, RETURNED));
    assert_eq!(HOST.with_borrow(|host| host.now), 20);
}
