//! A variant with at most a string as its payload: `option<string>`, `method`, `scheme`.
//!
//! # Safety
//!
//! The host writes the variant in the layout of the Canonical ABI.

use common::abi::Area;
use common::memory::Buffer;
use core::cell::Cell;

#[derive(Clone, Copy)]
pub struct Text {
    pub tag: u32,
    pub text: Buffer,
}

/// Cases of `method` whose requests have no body unless they say so.
pub const GET: u32 = 0;
pub const HEAD: u32 = 1;
pub const CONNECT: u32 = 5;

/// Case `other(string)` of `method` and `scheme`.
pub const OTHER_METHOD: u32 = 9;
pub const OTHER_SCHEME: u32 = 2;

impl Text {
    pub const NONE: Text = Text { tag: 0, text: Buffer::NONE };

    /// The variant as it is passed in registers. `with_text`: the case that has the string.
    pub fn lowered(tag: u32, at: *mut u8, len: u32, with_text: u32) -> Text {
        let text = if tag == with_text { Buffer::lowered(at, len) } else { Buffer::NONE };
        Text { tag, text }
    }

    /// The same, as the host writes it to memory.
    pub fn stored(at: *const [u32; 3], with_text: u32) -> Text {
        let [tag, text, len] = unsafe { at.read() };
        Text::lowered(tag & 0xff, text as *mut u8, len, with_text)
    }

    pub fn put(&self, area: &Area, offset: usize) {
        area.u8(offset, self.tag as u8).u32(offset + 4, self.text.start() as u32).u32(offset + 8, self.text.len);
    }

    /// Replaces another value, and frees that.
    pub fn replace(self, old: &Cell<Text>) {
        old.get().text.free();
        old.set(self);
    }
}
