//! Whether this process was started without a stdout (`>&-`). Rust's runtime opens `/dev/null` in
//! its place before `main`, so that a result would be lost without an error.

use std::sync::atomic::{AtomicBool, Ordering};

static CLOSED: AtomicBool = AtomicBool::new(false);

/// Whether stdout was closed when the process began.
pub fn is_stdout_closed() -> bool {
    CLOSED.load(Ordering::Relaxed)
}

/// Runs before Rust's runtime opens anything.
#[cfg(any(target_os = "linux", target_os = "macos"))]
extern "C" fn note_closed_stdout() {
    // SAFETY: the descriptor is only asked for its flags, which is sound for a closed one too.
    let stdout = unsafe { std::os::fd::BorrowedFd::borrow_raw(1) };
    CLOSED.store(rustix::io::fcntl_getfd(stdout) == Err(rustix::io::Errno::BADF), Ordering::Relaxed);
}

// SAFETY: the linker's section for functions without parameters that run before `main`;
// `note_closed_stdout` needs nothing of Rust's runtime.
#[cfg(any(target_os = "linux", target_os = "macos"))]
#[used]
#[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array"))]
#[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
static BEFORE_MAIN: extern "C" fn() = note_closed_stdout;
