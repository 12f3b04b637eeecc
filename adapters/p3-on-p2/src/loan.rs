//! Handles that calls borrow while they wait (see `lend` of `wrap`): those that the callees' tasks have, and those of the callers.

use crate::handles;
use crate::subtask::Subtask;
use crate::task::{self, Task};
use crate::trap;
use common::array::Array;
use common::cell::Global;

/// A handle that a task has instead of the one that its call borrows.
#[derive(Clone, Copy)]
struct Loan {
    part: u32,
    handle: u32,
    task: *mut Task,
}

/// A handle that a call borrows, until its caller knows that it has returned.
#[derive(Clone, Copy)]
struct Lent {
    part: u32,
    handle: u32,
    subtask: *mut Subtask,
}

static LOANS: Global<Array<Loan>> = Global::new(Array::new());
static LENT: Global<Array<Lent>> = Global::new(Array::new());

fn remove<T: Copy>(array: &mut Array<T>, at: u32) {
    array.len -= 1;
    array.set(at, array.get(array.len));
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#borrowed")]
extern "C" fn borrowed(handle: u32) {
    LOANS.get().push(Loan { part: handles::part(), handle, task: task::newest() });
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#lent")]
extern "C" fn lent(handle: u32) -> u32 {
    let subtask = task::answered();
    if !subtask.is_null() {
        LENT.get().push(Lent { part: handles::part(), handle, subtask });
    }
    handle
}

/// Whether some call borrows something.
pub fn any() -> bool {
    LENT.get().len > 0
}

/// The caller knows that the call has returned.
#[inline(never)]
#[unsafe(export_name = "part:parts/told")]
pub extern "C" fn part_told(subtask: *mut Subtask) {
    let lent = LENT.get();
    let mut at = lent.len;
    while at > 0 {
        at -= 1;
        if core::ptr::eq(lent.get(at).subtask, subtask) {
            remove(lent, at);
        }
    }
}

/// Which loan `handle` of the part that R works for is.
fn loan(handle: u32) -> Option<u32> {
    let (part, loans) = (handles::part(), LOANS.get());
    (0..loans.len).find(|at| loans.get(*at).part == part && loans.get(*at).handle == handle)
}

fn check_lent(handle: u32) {
    let (part, lent) = (handles::part(), LENT.get());
    if (0..lent.len).any(|at| lent.get(at).part == part && lent.get(at).handle == handle) {
        trap::is_lent()
    }
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#give-back")]
extern "C" fn give_back(handle: u32) -> u32 {
    check_lent(handle);
    match loan(handle) {
        Some(at) => {
            remove(LOANS.get(), at);
            1
        }
        None => 0,
    }
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#give-away")]
extern "C" fn give_away(handle: u32) -> u32 {
    check_lent(handle);
    if loan(handle).is_some() {
        trap::only_borrowed()
    }
    handle
}

/// A task returns, or is cancelled.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#may-return")]
pub extern "C" fn may_return(task: *mut Task) {
    let loans = LOANS.get();
    if (0..loans.len).any(|at| core::ptr::eq(loans.get(at).task, task)) {
        trap::borrows_left()
    }
}
