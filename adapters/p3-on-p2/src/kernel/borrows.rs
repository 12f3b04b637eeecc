//! Handles that waiting calls borrow (see `lend` of `wrap`): those that the callees' tasks got, and
//! those that the callers lent.

use super::subtask::Subtask;
use super::table;
use super::task::{self, Task};
use crate::trap;
use common::array::Array;
use common::global::Global;
use common::shared::Shared;

/// A handle that a task got in place of the handle that its call borrows.
#[derive(Clone, Copy)]
struct Borrowed {
    part: u32,
    handle: u32,
    task: Shared<Task>,
}

/// A handle that a call borrows, until the caller knows that the call has returned.
#[derive(Clone, Copy)]
struct Lent {
    part: u32,
    handle: u32,
    subtask: Shared<Subtask>,
}

static BORROWED: Global<Array<Borrowed>> = Global::new(Array::new());
static LENT: Global<Array<Lent>> = Global::new(Array::new());

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#borrowed")]
pub(super) extern "C" fn borrowed(handle: u32) {
    // The newest task is that of the call that borrows.
    if let Some(task) = task::newest() {
        BORROWED.push(Borrowed { part: table::part(), handle, task });
    }
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#lent")]
pub(super) extern "C" fn lent(handle: u32) -> u32 {
    if let Some(subtask) = task::answered() {
        LENT.push(Lent { part: table::part(), handle, subtask });
    }
    handle
}

/// Whether any handle is lent.
pub fn any() -> bool {
    !LENT.is_empty()
}

/// Ends what a call borrows, because its caller knows that it has returned.
#[inline(never)]
#[unsafe(export_name = "hook:parts/told")]
pub extern "C" fn hook_told(subtask: Shared<Subtask>) {
    for at in (0..LENT.len()).rev() {
        if LENT.get(at).subtask == subtask {
            LENT.swap_remove(at);
        }
    }
}

/// The index in `BORROWED` of `handle` of the part that R works for.
fn find(handle: u32) -> Option<u32> {
    let part = table::part();
    (0..BORROWED.len()).find(|at| BORROWED.get(*at).part == part && BORROWED.get(*at).handle == handle)
}

fn check_lent(handle: u32) {
    let part = table::part();
    if (0..LENT.len()).any(|at| LENT.get(at).part == part && LENT.get(at).handle == handle) {
        trap::is_lent()
    }
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#give-back")]
pub(super) extern "C" fn give_back(handle: u32) -> u32 {
    check_lent(handle);
    match find(handle) {
        Some(at) => {
            BORROWED.swap_remove(at);
            1
        }
        None => 0,
    }
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#give-away")]
pub(super) extern "C" fn give_away(handle: u32) -> u32 {
    check_lent(handle);
    if find(handle).is_some() {
        trap::only_borrowed()
    }
    handle
}

/// A task returns, or is cancelled.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#may-return")]
pub extern "C" fn may_return(task: u32) {
    if (0..BORROWED.len()).any(|at| BORROWED.get(at).task.addr() == task) {
        trap::borrows_left()
    }
}
