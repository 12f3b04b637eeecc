//! Signals that end the process, put off for a moment.

/// Does `work`, which leaves a file with a wrong name if it is cut short; signals come after it.
/// One thread does all work of a command that writes files, so its mask is enough.
#[cfg(unix)]
pub fn deferred<T>(work: impl FnOnce() -> T) -> T {
    use std::mem::MaybeUninit;
    let (mut all, mut before) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: `sigfillset` and `pthread_sigmask` write the sets before they are read.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), before.as_mut_ptr());
    }
    let result = work();
    // SAFETY: `before` was written above.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), std::ptr::null_mut()) };
    result
}

/// Does `work`.
#[cfg(not(unix))]
pub fn deferred<T>(work: impl FnOnce() -> T) -> T {
    work()
}
