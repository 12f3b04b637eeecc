//! Values that P writes to futures of the host. The writable end may be dropped only when the value
//! is taken or the reader is gone, so a write that does not complete at once lives on by itself.
//!
//! # Safety
//!
//! The host reads the value until the write has ended; then, or at once, the write frees itself.

use super::imports::*;
use crate::hooks::Owner;
use crate::kernel::canon::DROPPED;
use crate::kernel::waitable::Waitable;
use common::global::Global;
use common::shared::Shared;
use core::cell::{Cell, UnsafeCell};

/// `result<option<trailers>, error-code>`, the larger of the two types.
pub type Value = [u64; 5];

pub struct FutureWrite {
    end: Waitable,
    /// The value, where the host reads it.
    value: UnsafeCell<Value>,
    trailers: bool,
    /// The future that tells how the transmission of the message went; 0 if there is none. Nobody
    /// reads it, but a host may end the transmission when it is dropped.
    transmission: Cell<u32>,
}

/// Writes in flight.
static PENDING: Global<Cell<u32>> = Global::new(Cell::new(0));

pub fn any_pending() -> bool {
    PENDING.get() > 0
}

/// `ok(trailers)`; 0: no trailers.
pub fn ok(trailers: u32) -> Value {
    let mut value = [0; 5];
    if trailers != 0 {
        value[1] = 1 | (trailers as u64) << 32;
    }
    value
}

/// Writes what became of a body, and drops the end. `transmission` is dropped when the host has the
/// value.
pub fn trailers(end: u32, value: Value, transmission: u32) {
    write(end, value, true, transmission)
}

/// Writes that a body was read, and drops the end.
pub fn result(end: u32) {
    write(end, [0; 5], false, 0)
}

fn write(end: u32, value: Value, trailers: bool, transmission: u32) {
    let (value, transmission) = (UnsafeCell::new(value), Cell::new(transmission));
    let this = Shared::new(FutureWrite { end: Waitable::none(), value, trailers, transmission });
    this.end.set(end, Owner::HttpWrite(this));
    let at = this.value.get() as *mut u8;
    let result = unsafe {
        match trailers {
            true => trailers_write(end, at),
            false => result_write(end, at),
        }
    };
    match this.end.started(result) {
        Some(result) => this.complete(result),
        None => PENDING.update(|count| count + 1),
    }
}

impl FutureWrite {
    fn complete(&self, result: u32) {
        self.end.leave();
        unsafe {
            match self.trailers {
                true => trailers_drop_writable(self.end.handle.get()),
                false => result_drop_writable(self.end.handle.get()),
            }
        }
        if result & 15 == DROPPED {
            drop_value(unsafe { &*self.value.get() });
        }
        drop_transmission(&self.transmission);
        unsafe { Shared::of(self).free() };
    }
}

/// Drops the future of a transmission, once.
pub fn drop_transmission(transmission: &Cell<u32>) {
    match transmission.replace(0) {
        0 => {}
        future => unsafe { result_drop_readable(future) },
    }
}

/// Drops the trailers in a value that nobody took.
pub fn drop_value(value: &Value) {
    if value[0] as u8 == 0 && value[1] as u8 != 0 {
        unsafe { fields_drop((value[1] >> 32) as u32) };
    }
}

/// The write has completed.
#[inline(never)]
#[unsafe(export_name = "hook:http/written")]
pub extern "C" fn hook_written(write: &FutureWrite) {
    let result = write.end.result().unwrap_or(DROPPED);
    PENDING.update(|count| count - 1);
    write.complete(result);
}
