//! Built-ins of the component model that the whole adapter uses, and the encoding of their results.
//!
//! Only built-ins that engines have by default: stream and future operations are async,
//! cancellation is sync and so allowed only inside of `control.wait`.
//!
//! # Safety
//!
//! The signatures are those that wit-component gives the built-ins. The engine reads and writes
//! memory at the given addresses: of a read or write, until it is complete or cancelled.

#[link(wasm_import_module = "$root")]
unsafe extern "C" {
    #[link_name = "[waitable-set-new]"]
    pub fn waitable_set_new() -> u32;
    #[link_name = "[waitable-set-poll]"]
    pub fn waitable_set_poll(set: u32, payload: *mut [u32; 2]) -> u32;
    /// For linked guests: blocks.
    #[link_name = "[waitable-set-wait]"]
    pub fn waitable_set_wait(set: u32, payload: *mut [u32; 2]) -> u32;
    /// For linked guests: lets the host go on.
    #[link_name = "[thread-yield]"]
    pub fn thread_yield() -> u32;
    #[link_name = "[waitable-set-drop]"]
    pub fn waitable_set_drop(set: u32);
    #[link_name = "[waitable-join]"]
    pub fn waitable_join(waitable: u32, set: u32);
    #[link_name = "[subtask-drop]"]
    pub fn subtask_drop(subtask: u32);
    #[link_name = "[subtask-cancel]"]
    pub fn subtask_cancel(subtask: u32) -> u32;
    #[link_name = "[context-get-0]"]
    pub fn context_get() -> u32;
    #[link_name = "[context-set-0]"]
    pub fn context_set(value: u32);
}

// The built-ins of `stream<u8>` belong to a function of P's own interface: see
// `wit/wasi-shim/p2-on-p3/control.wit`.
#[link(wasm_import_module = "[export]wasi-shim:p2-on-p3/control")]
unsafe extern "C" {
    #[link_name = "[stream-new-0]bytes"]
    pub fn bytes_new() -> u64;
    #[link_name = "[async-lower][stream-read-0]bytes"]
    pub fn bytes_read(stream: u32, at: *mut u8, len: u32) -> u32;
    #[link_name = "[async-lower][stream-write-0]bytes"]
    pub fn bytes_write(stream: u32, at: *const u8, len: u32) -> u32;
    #[link_name = "[stream-cancel-read-0]bytes"]
    pub fn bytes_cancel_read(stream: u32) -> u32;
    #[link_name = "[stream-cancel-write-0]bytes"]
    pub fn bytes_cancel_write(stream: u32) -> u32;
    #[link_name = "[stream-drop-readable-0]bytes"]
    pub fn bytes_drop_readable(stream: u32);
    #[link_name = "[stream-drop-writable-0]bytes"]
    pub fn bytes_drop_writable(stream: u32);

    /// A stream without payload wakes a task that waits on a set of its own.
    #[link_name = "[stream-new-unit]"]
    pub fn wake_new() -> u64;
    #[link_name = "[async-lower][stream-read-unit]"]
    pub fn wake_read(stream: u32, at: *mut u8, len: u32) -> u32;
    #[link_name = "[async-lower][stream-write-unit]"]
    pub fn wake_write(stream: u32, at: *const u8, len: u32) -> u32;
    #[link_name = "[stream-drop-readable-unit]"]
    pub fn wake_drop_readable(stream: u32);
    #[link_name = "[stream-drop-writable-unit]"]
    pub fn wake_drop_writable(stream: u32);

    #[link_name = "[task-return]wait"]
    pub fn task_return_wait();
    #[link_name = "[task-return]look"]
    pub fn task_return_look();
}

// `bytes_write` with the memory of a linked guest, through element `by` of the table, which the
// guest's side sets.
#[link(wasm_import_module = "linked")]
unsafe extern "C" {
    #[cfg_attr(not(test), link_name = "write")]
    // Natively, `write` is the system's.
    #[cfg_attr(test, link_name = "[linked]write")]
    pub fn bytes_write_in_place(by: u32, stream: u32, at: u32, len: u32) -> u32;
}

/// Result of an async stream or future operation that has not finished.
pub const BLOCKED: u32 = !0;

/// Low four bits of the result of a finished stream or future operation; the rest is the count.
pub const DROPPED: u32 = 1;
pub const CANCELLED: u32 = 2;

/// Low four bits of the result of an async-lowered call, and the payload of a subtask event.
pub const RETURNED: u32 = 2;

/// Event codes.
pub const EVENT_NONE: u32 = 0;
pub const EVENT_SUBTASK: u32 = 1;

/// Answers of callbacks.
pub const EXIT: u32 = 0;
pub const YIELD: u32 = 1;
pub const WAIT: u32 = 2;

/// Splits the two ends that `….new` returns: readable, writable.
pub fn ends(pair: u64) -> (u32, u32) {
    (pair as u32, (pair >> 32) as u32)
}
