//! The bounds of a call: memory and time linear in its input.
//!
//! Memory is counted by an allocator, so that tests can hold it. Time is that of the processor, and
//! only measured here: `fuzz/run`, which is built for speed, compares it with [`time`].

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

/// The memory that a call may have at a time, for an input of `length` bytes.
pub fn memory(length: usize) -> usize {
    (32 << 20) + 128 * length
}

/// The time that a call may take in a release build, for an input of `length` bytes.
pub fn time(length: usize) -> Duration {
    Duration::from_millis(500) + Duration::from_micros(5) * u32::try_from(length).unwrap_or(u32::MAX)
}

/// The call that came closest to a bound since the last [`take`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Use {
    pub length: usize,
    pub memory: usize,
    pub time: Duration,
}

thread_local! {
    /// The memory that this thread has, and the most that it had.
    static MEMORY: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
    static SLOWEST: Cell<Use> = const { Cell::new(Use { length: 0, memory: 0, time: Duration::ZERO }) };
}

/// Does `call` with an input of `length` bytes.
///
/// # Panics
///
/// If it has more memory than it may.
pub fn held<T>(length: usize, call: impl FnOnce() -> T) -> T {
    let (before, _) = MEMORY.get();
    MEMORY.set((before, before));
    let start = now();
    let result = call();
    let used = Use { length, memory: (MEMORY.get().1 - before).unsigned_abs(), time: now().saturating_sub(start) };
    let share = |used: Use| used.time.as_secs_f64() / time(used.length).as_secs_f64();
    if share(used) > share(SLOWEST.get()) {
        SLOWEST.set(used);
    }
    assert!(used.memory <= memory(length), "{} bytes of memory for an input of {length}", used.memory);
    result
}

/// The processor time of this thread.
#[cfg(unix)]
fn now() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(now).unwrap_or_default()
}

/// The time, as good as it can be told.
#[cfg(not(unix))]
fn now() -> Duration {
    std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default()
}

/// The slowest call of this thread since the last one.
pub fn take() -> Use {
    SLOWEST.take()
}

/// The allocator of the system, which counts for each thread.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(bytes: isize) {
    // A thread that ends may free memory when its variables are gone.
    let _ = MEMORY.try_with(|memory| {
        let (now, most) = memory.get();
        memory.set((now + bytes, most.max(now + bytes)));
    });
}

// SAFETY: The allocator of the system does it all.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        unsafe { System.realloc(at, layout, size) }
    }
}
