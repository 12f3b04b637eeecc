//! `ip-socket-address`, as parameters and in memory.
//!
//! # Safety
//!
//! Pointers are to places of [`SIZE`] bytes, aligned to 4.

/// In memory: the case, then { port: u16, four bytes } or { port: u16, flow-info: u32, eight u16,
/// scope-id: u32 }.
pub const SIZE: usize = 32;

/// The twelve core parameters: the case, then those of the larger record.
pub type Flat = [u32; 12];

/// Writes the parameters to memory.
pub fn store(flat: &Flat, at: *mut u8) {
    unsafe {
        at.write(flat[0] as u8);
        (at.add(4) as *mut u16).write(flat[1] as u16);
        if flat[0] == 0 {
            for (index, byte) in flat[2..6].iter().enumerate() {
                at.add(6 + index).write(*byte as u8);
            }
            return;
        }
        (at.add(8) as *mut u32).write(flat[2]);
        for (index, segment) in flat[3..11].iter().enumerate() {
            (at.add(12 + 2 * index) as *mut u16).write(*segment as u16);
        }
        (at.add(28) as *mut u32).write(flat[11]);
    }
}

/// Whether two addresses in memory are the same.
pub fn same(a: *const u8, b: *const u8) -> bool {
    // The bytes between are padding.
    let significant = |index: usize| match (unsafe { *a }, index) {
        (_, 0 | 4 | 5) => true,
        (0, index) => (6..10).contains(&index),
        (_, index) => index >= 8,
    };
    (0..SIZE).all(|index| !significant(index) || unsafe { *a.add(index) == *b.add(index) })
}
