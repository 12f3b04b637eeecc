//! Handles of a part's resources that tasks of other parts have borrowed (see `lend` of `wrap`).

use crate::array::Array;
use crate::cell::Global;
use crate::handles;
use crate::task::{self, Task};
use crate::trap;

/// A handle that a task has instead of the one that its call borrows.
#[derive(Clone, Copy)]
struct Loan {
    part: u32,
    handle: u32,
    task: *mut Task,
}

/// A resource that is lent so often, by the part that defines it.
#[derive(Clone, Copy)]
struct Lent {
    part: u32,
    rep: u32,
    times: u32,
}

static LOANS: Global<Array<Loan>> = Global::new(Array::new());
static LENT: Global<Array<Lent>> = Global::new(Array::new());

fn remove<T: Copy>(array: &mut Array<T>, at: u32) {
    array.len -= 1;
    array.set(at, array.get(array.len));
}

#[export_name = "wasi-shim:p3-on-p2/control#lent"]
extern "C" fn lent(handle: u32) {
    LOANS.get().push(Loan { part: handles::part(), handle, task: task::newest() });
}

/// Which loan `handle` of the part that R works for is.
fn loan(handle: u32) -> Option<u32> {
    let (part, loans) = (handles::part(), LOANS.get());
    (0..loans.len).find(|at| loans.get(*at).part == part && loans.get(*at).handle == handle)
}

#[export_name = "wasi-shim:p3-on-p2/control#give-back"]
extern "C" fn give_back(handle: u32) -> u32 {
    match loan(handle) {
        Some(at) => {
            remove(LOANS.get(), at);
            1
        }
        None => 0,
    }
}

#[export_name = "wasi-shim:p3-on-p2/control#give-away"]
extern "C" fn give_away(handle: u32) -> u32 {
    if loan(handle).is_some() {
        trap::only_borrowed()
    }
    handle
}

#[export_name = "wasi-shim:p3-on-p2/control#may-return"]
extern "C" fn may_return(task: *mut Task) {
    let loans = LOANS.get();
    if (0..loans.len).any(|at| core::ptr::eq(loans.get(at).task, task)) {
        trap::borrows_left()
    }
}

fn find(rep: u32) -> Option<u32> {
    let (part, lent) = (handles::part(), LENT.get());
    (0..lent.len).find(|at| lent.get(*at).part == part && lent.get(*at).rep == rep)
}

#[export_name = "wasi-shim:p3-on-p2/control#lending"]
extern "C" fn lending(rep: u32, up: u32) {
    let lent = LENT.get();
    let Some(at) = find(rep) else {
        return lent.push(Lent { part: handles::part(), rep, times: 1 });
    };
    let times = unsafe { &mut (*lent.at(at)).times };
    if up != 0 {
        *times += 1;
    } else {
        *times -= 1;
        if *times == 0 {
            remove(lent, at);
        }
    }
}

#[export_name = "wasi-shim:p3-on-p2/control#unlent"]
extern "C" fn unlent(rep: u32) {
    if find(rep).is_some() {
        trap::is_lent()
    }
}
