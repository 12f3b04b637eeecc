//! Calls of libraries that panic on unexpected inputs.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::Error;

/// The result of `call`. If it panics, that is an error of `library`, which it mainly calls.
///
/// After an error nobody may use values that `call` has borrowed mutably.
pub(crate) fn call<T>(library: &'static str, call: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(call))
        .unwrap_or_else(|panic| Err(Error::Library { library, message: message(&*panic) }))
}

/// The message of a panic.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("it does not say why").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_of_the_library() {
        let error = call::<()>("somebody", || panic!("no {}", 1)).unwrap_err();
        assert_eq!(error.to_string(), "`somebody` failed: no 1");
        assert_eq!(call("somebody", || Ok(1)).unwrap(), 1);
    }
}
