//! Memories with values in them, as a module would have written them, and corrupted ones.

use std::ops::Range;

use wasm_encoder::ValType;

use super::ty::Random;
use crate::canonical_abi::Encoding;
use crate::canonical_abi::layout::{Handle, Layout, Scalar, Shape};

/// Where things are in the memory of either side; the modules in `component.rs` know it, too.
pub const FAULT: usize = 0x18;
pub const KEY: usize = 0x20;
pub const FILL: usize = 0x28;
pub const ARGS: usize = 0x100;
pub const RESULT: usize = 0x200;
const DATA: usize = 0x1000;
/// The rest is for `realloc`.
const END: usize = 0x8000;

/// Handles that change on their way are combined with this by XOR.
pub const HANDLE_KEY: u32 = 0x5a5a;

/// Whether a handle changes on its way.
pub fn is_changed(handle: Handle) -> bool {
    !matches!(handle, Handle::End(_))
}

/// Bytes of a value that can be spoilt.
#[derive(Debug, Clone, Copy)]
struct Leaf {
    at: usize,
    size: usize,
}

/// The contents of one side's memory before a call.
#[derive(Debug, Clone)]
pub struct Image {
    pub bytes: Vec<u8>,
    leaves: Vec<Leaf>,
    /// Addresses of handles.
    pub handles: Vec<usize>,
    /// Where the other side's result goes.
    pub result: Range<usize>,
    encoding: Encoding,
    next: usize,
}

impl Image {
    pub fn new(encoding: Encoding) -> Image {
        Image { bytes: vec![0; END], leaves: Vec::new(), handles: Vec::new(), result: 0..0, encoding, next: DATA }
    }

    pub fn set(&mut self, at: usize, value: u64, size: usize) {
        self.bytes[at..at + size].copy_from_slice(&value.to_le_bytes()[..size]);
    }

    pub fn get(&self, at: usize, size: usize) -> u64 {
        let mut bytes = [0; 8];
        bytes[..size].copy_from_slice(&self.bytes[at..at + size]);
        u64::from_le_bytes(bytes)
    }

    /// Turns handles into those that the receiver gets, or back.
    pub fn change_handles(&mut self) {
        for at in self.handles.clone() {
            let handle = self.get(at, 4) ^ u64::from(HANDLE_KEY);
            self.set(at, handle, 4);
        }
    }

    /// Sets all bytes that only the other side writes to `byte`.
    pub fn fill_unwritten(&mut self, byte: u8) {
        self.bytes[FILL] = byte;
        self.bytes[self.result.clone()].fill(byte);
    }

    /// Allocates `size` bytes; `None` if fewer are left.
    pub fn alloc(&mut self, size: usize, align: usize) -> Option<usize> {
        let at = self.next.next_multiple_of(align);
        self.next = at + size;
        (self.next < END).then_some(at)
    }

    /// Writes a random value.
    pub fn fill(&mut self, random: &mut Random, layout: &Layout, at: usize) -> Option<()> {
        let size = layout.size as usize;
        let scalar = |image: &mut Image, value: u64| {
            image.set(at, value, size);
            image.leaves.push(Leaf { at, size });
        };
        match &layout.shape {
            Shape::Scalar(kind) => {
                let value = match kind {
                    Scalar::Bool => random.below(2),
                    Scalar::Char => char(random, 0x11_0000).into(),
                    Scalar::Enum(count) => random.below((*count).into()),
                    Scalar::Flags(count) => random.next() & (u64::MAX >> (64 - count)),
                    // Among the floats, also each kind of NaN.
                    Scalar::Unsigned if random.chance(10) => {
                        *random.of(&[0x7fa0_0001, 0xffc0_0000, 0x7ff4_0000_0000_0001, 0xfff8_0000_0000_0000])
                    }
                    Scalar::Signed | Scalar::Unsigned => random.next(),
                };
                scalar(self, value);
            }
            Shape::Handle(handle) => {
                if is_changed(*handle) {
                    self.handles.push(at);
                }
                scalar(self, random.below(1 << 16));
            }
            Shape::String => {
                let (pointer, len) = self.string(random)?;
                self.pointer(at, pointer, len);
            }
            Shape::List(element) => {
                let len = match random.chance(5) {
                    true => 40,
                    false => random.below(4) as usize,
                };
                let pointer = self.alloc(element.size as usize * len, element.align as usize)?;
                for item in 0..len {
                    self.fill(random, element, pointer + item * element.size as usize)?;
                }
                self.pointer(at, pointer, len as u32);
            }
            Shape::Record(fields) => {
                for (offset, field) in fields {
                    self.fill(random, field, at + *offset as usize)?;
                }
            }
            Shape::Variant { discriminant, payload, cases } => {
                let case = random.below(cases.len() as u64);
                self.set(at, case, *discriminant as usize);
                let payload = at + *payload as usize;
                self.leaves.push(Leaf { at, size: *discriminant as usize });
                if let Some(layout) = &cases[case as usize] {
                    self.fill(random, layout, payload)?;
                }
            }
        }
        Some(())
    }

    /// Writes the flat values of a random value to slots of eight bytes.
    pub fn fill_flat(&mut self, random: &mut Random, layout: &Layout, slots: usize) -> Option<()> {
        let (size, align) = (layout.size as usize, layout.align as usize);
        let at = self.alloc(size, align)?;
        self.fill(random, layout, at)?;
        for (index, (value, is_handle)) in self.flatten(layout, at, &layout.flat).into_iter().enumerate() {
            self.set(slots + 8 * index, value, 8);
            if is_handle {
                self.handles.push(slots + 8 * index);
            }
        }
        let is_here = |other: usize| (at..at + size).contains(&other);
        self.leaves.retain(|leaf| !is_here(leaf.at));
        self.handles.retain(|handle| !is_here(*handle));
        self.bytes[at..at + size].fill(0);
        Some(())
    }

    fn pointer(&mut self, at: usize, pointer: usize, len: u32) {
        self.set(at, pointer as u64, 4);
        self.set(at + 4, len.into(), 4);
        self.leaves.extend([at, at + 4].map(|at| Leaf { at, size: 4 }));
    }

    fn string(&mut self, random: &mut Random) -> Option<(usize, u32)> {
        // ASCII, Latin-1, the basic plane, all; some with a single character that is not like the
        // rest.
        let range = *random.of(&[0x80, 0x80, 0x100, 0x100, 0x1_0000, 0x11_0000]);
        let rest = *random.of(&[0x80, range, range]);
        let count = if random.chance(10) { 60 } else { random.below(12) };
        let odd = random.below(count + 1);
        let text: Vec<char> = (0..count)
            .map(|at| char(random, if at == odd { range } else { rest }))
            .filter_map(char::from_u32)
            .collect();
        let utf16 = || text.iter().flat_map(|char| char.encode_utf16(&mut [0; 2]).to_vec()).collect::<Vec<u16>>();
        let is_latin1 = text.iter().all(|char| u32::from(*char) < 0x100);
        let (bytes, units, align) = match self.encoding {
            Encoding::Utf8 => {
                let bytes = text.iter().collect::<String>().into_bytes();
                (bytes.clone(), bytes.len() as u32, 1)
            }
            Encoding::Compact if is_latin1 && random.chance(70) => {
                (text.iter().map(|char| *char as u8).collect(), text.len() as u32, 2)
            }
            encoding => {
                let tag = if encoding == Encoding::Compact { 1 << 31 } else { 0 };
                let units = utf16();
                (units.iter().flat_map(|unit| unit.to_le_bytes()).collect(), units.len() as u32 | tag, 2)
            }
        };
        let pointer = self.alloc(bytes.len(), align)?;
        self.bytes[pointer..pointer + bytes.len()].copy_from_slice(&bytes);
        self.leaves.extend((0..bytes.len()).map(|at| Leaf { at: pointer + at, size: 1 }));
        Some((pointer, units))
    }

    /// The flat values of the value at `at`, in slots of these types; marks those that are handles.
    pub fn flatten(&self, layout: &Layout, at: usize, types: &[ValType]) -> Vec<(u64, bool)> {
        let zeros = |count| std::iter::repeat_n((0, false), count);
        match &layout.shape {
            Shape::Scalar(kind) => {
                let value = self.get(at, layout.size as usize);
                let value = match (kind, layout.size) {
                    (Scalar::Signed, 1) => u64::from(value as i8 as u32),
                    (Scalar::Signed, 2) => u64::from(value as i16 as u32),
                    _ => value,
                };
                vec![(value, false)]
            }
            Shape::Handle(handle) => vec![(self.get(at, 4), is_changed(*handle))],
            Shape::String | Shape::List(_) => vec![(self.get(at, 4), false), (self.get(at + 4, 4), false)],
            Shape::Record(fields) => {
                let mut flats = Vec::new();
                for (offset, field) in fields {
                    flats.extend(self.flatten(field, at + *offset as usize, &types[flats.len()..]));
                }
                flats
            }
            Shape::Variant { discriminant, payload, cases } => {
                let case = self.get(at, *discriminant as usize);
                let mut flats = vec![(case, false)];
                if let Some(case) = &cases[case as usize] {
                    flats.extend(self.flatten(case, at + *payload as usize, &types[1..]));
                }
                flats.extend(zeros(layout.flat.len() - flats.len()));
                flats
            }
        }
    }

    /// Changes some of what was written, or of the `count` flat values at `slots`.
    pub fn spoil(&mut self, random: &mut Random, slots: usize, count: usize) {
        for _ in 0..1 + random.below(2) {
            let leaf = match count > 0 && random.chance(40) {
                true => Leaf { at: slots + 8 * random.below(count as u64) as usize, size: 8 },
                false if self.leaves.is_empty() => continue,
                false => *random.of(&self.leaves),
            };
            let value = spoilt(random, self.get(leaf.at, leaf.size));
            self.set(leaf.at, value, leaf.size);
        }
    }
}

/// Another value.
fn spoilt(random: &mut Random, value: u64) -> u64 {
    const TELLING: &[u64] = &[
        0,
        1,
        2,
        3,
        5,
        7,
        0x7f,
        0x80,
        0xbf,
        0xc0,
        0xc1,
        0xe0,
        0xed,
        0xf0,
        0xf4,
        0xf5,
        0xff,
        0xd800,
        0xdbff,
        0xdc00,
        0xdfff,
        0xe000,
        0x10_ffff,
        0x11_0000,
        0x3_fff8,
        0x3_ffff,
        0x4_0000,
        0x4_0001,
        0x10_0000,
        0x2000_0000,
        0x2aaa_aaab,
        0x4000_0000,
        0x5555_5556,
        0x7fff_ffff,
        0x8000_0000,
        0x8000_0001,
        0xffff_ffff,
        0x1_0000_0000,
        u64::MAX,
    ];
    match random.below(4) {
        0 => value.wrapping_add(random.below(3)).wrapping_sub(1),
        1 => value ^ (1 << random.below(64)),
        2 => value ^ (1 << random.below(8)),
        _ => *random.of(TELLING),
    }
}

/// A character below `end`.
fn char(random: &mut Random, end: u64) -> u32 {
    char::from_u32(random.below(end) as u32).map_or(0xe000, u32::from)
}
