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
            // Something that the others do not have: equal functions would be merged into one, with one name.
            const OWN: usize = $crate::traps::hash($message);
            unsafe { (OWN as *const u8).read_volatile() };
            core::arch::wasm32::unreachable()
        }
    )*};
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

pub(crate) use traps;
