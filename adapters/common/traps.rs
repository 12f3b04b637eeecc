//! Traps that explain themselves: the name of the function that traps is the message.
//!
//! They are exported only so that their names survive: the pruner moves these names into the name
//! section, where backtraces find them, and removes the exports.

macro_rules! traps {
    ($($(#[$doc:meta])* $name:ident = $message:literal;)*) => {$(
        $(#[$doc])*
        #[cold]
        #[inline(never)]
        #[export_name = concat!("trap: ", $message)]
        pub extern "C" fn $name() -> ! {
            core::arch::wasm32::unreachable()
        }
    )*};
}

pub(crate) use traps;
