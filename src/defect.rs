//! Panics of this tool or of a library become errors, and the runtime prints nothing about them.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Mutex, PoisonError};

use anyhow::Result;

use super::messages;

/// A panic.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{culprit} failed at {place}: {message}")]
pub struct Defect {
    culprit: String,
    place: String,
    message: String,
}

impl Defect {
    /// Advice for the user.
    pub fn hint() -> &'static str {
        "this is a defect: please report it with the file that caused it"
    }

    fn of(info: &PanicHookInfo<'_>) -> Defect {
        let message = info.payload_as_str().unwrap_or("it does not say why").to_string();
        let (file, line) = info.location().map_or(("?", 0), |location| (location.file(), location.line()));
        let (culprit, file) = match in_registry(file) {
            Some((library, file)) => (format!("`{library}`"), file),
            None => ("wasi-shim".into(), file),
        };
        Defect { culprit, place: format!("{file}:{line}"), message }
    }
}

/// The library, with its version, that a source file of cargo's registry belongs to, and the path
/// in it.
fn in_registry(file: &str) -> Option<(&str, &str)> {
    let (_, rest) = file.split_once("/registry/src/")?;
    let mut parts = rest.splitn(3, '/').skip(1);
    Some((parts.next()?, parts.next()?))
}

thread_local! {
    /// The number of nested [`caught`] on this thread, and the last panic in them.
    static CAUGHT: RefCell<(usize, Option<Defect>)> = const { RefCell::new((0, None)) };
}

/// The last panic on a thread without [`caught`]: one of a pool, which passes it on to the thread
/// that waits for it.
static ELSEWHERE: Mutex<Option<Defect>> = Mutex::new(None);

/// From here on, panics print nothing by themselves. Nobody waits for servers, so their panics are
/// reported as errors at once.
pub fn watch() {
    panic::set_hook(Box::new(|info| {
        let defect = Defect::of(info);
        let is_caught = CAUGHT.with_borrow_mut(|(depth, last)| {
            if *depth > 0 {
                *last = Some(defect.clone());
            }
            *depth > 0
        });
        match std::thread::current().name() {
            _ if is_caught => {}
            Some(name) if name.starts_with("tokio") => messages::error(defect, &[Defect::hint().into()]),
            _ => *ELSEWHERE.lock().unwrap_or_else(PoisonError::into_inner) = Some(defect),
        }
    }));
}

/// The result of `work`, or an error if it panics.
pub fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    CAUGHT.with_borrow_mut(|(depth, _)| *depth += 1);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    let last = CAUGHT.with_borrow_mut(|(depth, last)| {
        *depth -= 1;
        last.take()
    });
    result.unwrap_or_else(|_| {
        let elsewhere = || ELSEWHERE.lock().unwrap_or_else(PoisonError::into_inner).take();
        let unknown = || Defect { culprit: "wasi-shim".into(), place: "?".into(), message: "a thread panicked".into() };
        Err(last.or_else(elsewhere).unwrap_or_else(unknown).into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error() {
        let error = caught::<()>(|| panic!("no")).unwrap_err();
        assert!(error.is::<Defect>());
        assert_eq!(caught(|| Ok(1)).unwrap(), 1);
    }

    #[test]
    fn libraries_are_named() {
        let file = "/home/x/.cargo/registry/src/index-0/wac-graph-0.12.0/src/encoding.rs";
        assert_eq!(in_registry(file), Some(("wac-graph-0.12.0", "src/encoding.rs")));
        assert_eq!(in_registry("src/wrap.rs"), None);
    }
}
