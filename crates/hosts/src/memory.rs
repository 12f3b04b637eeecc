//! The memory that a program takes, and the handles that it leaves behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wasmtime::ResourceLimiter;

/// Adds up the linear memories of all instances of a program. Memories only grow, so after the
/// program has ended this is the most that it ever had. Clones share what they count.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    bytes: Arc<AtomicUsize>,
    handles: Arc<AtomicUsize>,
}

impl Meter {
    /// A meter at zero.
    pub fn new() -> Meter {
        Meter::default()
    }

    /// The bytes counted so far.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The objects that a command left behind: resources of WASI and, on a host of 0.3, streams,
    /// futures and calls.
    pub fn handles(&self) -> usize {
        self.handles.load(Ordering::Relaxed)
    }

    pub(super) fn note_handles(&self, count: usize) {
        self.handles.store(count, Ordering::Relaxed);
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.bytes.fetch_add(desired - current, Ordering::Relaxed);
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(true)
    }

    fn instances(&self) -> usize {
        usize::MAX
    }

    fn tables(&self) -> usize {
        usize::MAX
    }

    fn memories(&self) -> usize {
        usize::MAX
    }
}
