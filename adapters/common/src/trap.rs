//! Traps that explain themselves: the name of the function that traps is the message.
//!
//! They are exported only so that their names survive: the pruner moves these names into the name
//! section, where backtraces find them, and removes the exports.
//!
//! # Safety
//!
//! [`tell_apart`] reads an address of the first page, which every module has.

#[macro_export]
macro_rules! traps {
    ($($(#[$doc:meta])* $name:ident = $message:literal;)*) => {$(
        $(#[$doc])*
        #[cold]
        #[inline(never)]
        #[unsafe(export_name = concat!("trap: ", $message))]
        pub fn $name() -> ! {
            $crate::trap::raise($message, const { $crate::trap::hash($message) })
        }
    )*};
}

/// Traps.
#[cfg(target_family = "wasm")]
#[inline(always)]
pub fn raise(_: &str, own: usize) -> ! {
    tell_apart(own);
    core::arch::wasm32::unreachable()
}

/// Natively, a trap is a panic.
#[cfg(not(target_family = "wasm"))]
pub fn raise(message: &str, _: usize) -> ! {
    panic!("{message}")
}

/// Reads address `own`, a hash of the name: without it equal functions would be merged into one
/// function with one name.
#[inline(always)]
pub fn tell_apart(own: usize) {
    #[cfg(target_family = "wasm")]
    unsafe {
        (own as *const u8).read_volatile();
    }
    #[cfg(not(target_family = "wasm"))]
    let _ = own;
}

/// An address that is always in memory.
pub const fn hash(message: &str) -> usize {
    let (message, mut hash, mut index) = (message.as_bytes(), 0usize, 0);
    while index < message.len() {
        hash = (hash * 31 + message[index] as usize) & 0x3fff;
        index += 1;
    }
    hash | 1
}

traps! {
    no_handle = "unknown handle index";
    wrong_resource = "a handle was used as one of another type of resources";
    is_lent = "a handle was dropped or given away while a call borrows it";
    no_case = "unknown error code";
    out_of_memory = "the adapter is out of memory";
}
