//! Code that moves values: out of flat locals into memory, and whatever they point to into an arena.

use wasm_encoder::Instruction::{
    F32Load, F32ReinterpretI32, F32Store, F64Load, F64ReinterpretI64, F64Store, I32Add, I32And, I32Eq, I32Eqz, I32Load,
    I32Load8S, I32Load8U, I32Load16S, I32Load16U, I32Mul, I32ReinterpretF32, I32Shl, I32Store, I32Store8, I32Store16,
    I32WrapI64, I64Eqz, I64ExtendI32U, I64Load, I64Mul, I64ReinterpretF64, I64ShrU, I64Store, Select,
};
use wasm_encoder::ValType;
use wasm_encoder::ValType::{F32, F64, I32, I64};

use crate::abi::Encoding;
use crate::layout::{Handle, Layout, Scalar, Shape};
use crate::substitute::{Body, Func, Local, Memory};

/// The bit of a length in [`Encoding::Compact`] which says UTF-16.
const UTF16_TAG: i32 = i32::MIN;

/// The functions `(i32) -> i32` that give what takes the places of handles.
pub(crate) type ExchangeWith<'e> = &'e dyn Fn(Handle) -> Option<Func>;

/// What values that move need to know.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Move {
    /// `(size, align) -> address` in memory `to`.
    pub alloc: Func,
    /// The memory that they point into, and the one that takes them.
    pub from: Memory,
    pub to: Memory,
    pub encoding: Encoding,
}

/// Where a value is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'p> {
    /// In locals. A flat value may be in a local of another type than its own, which is joined from all cases of a
    /// variant.
    Flats(&'p [Local]),
    /// At an address plus an offset.
    Memory(Local, u32),
}

impl<'p> Place<'p> {
    /// Part of the value: its flat values begin at `flat`, its bytes at `by`.
    fn part(self, layout: &Layout, flat: usize, by: u32) -> Place<'p> {
        match self {
            Place::Flats(locals) => Place::Flats(&locals[flat..][..layout.flat.len()]),
            Place::Memory(address, offset) => Place::Memory(address, offset + by),
        }
    }
}

/// The fields of a record, each with the numbers of flat values and of bytes before it.
fn with_flats(fields: &[(u32, Layout)]) -> impl Iterator<Item = (usize, u32, &Layout)> {
    fields.iter().scan(0, |flats, (offset, field)| {
        let flat = *flats;
        *flats += field.flat.len();
        Some((flat, *offset, field))
    })
}

/// The cases of a variant that have a payload, and one like this.
fn payloads(cases: &[Option<Layout>], is_wanted: impl Fn(&Layout) -> bool) -> impl Iterator<Item = (u32, &Layout)> {
    (0..).zip(cases).filter_map(move |(case, own)| Some((case, own.as_ref().filter(|own| is_wanted(own))?)))
}

impl<'m> Body<'m> {
    /// Traps unless an address is a multiple of `align`.
    pub fn check_aligned(&mut self, pointer: Local, align: u32) {
        if align > 1 {
            self.get(pointer).u32(align - 1).op(I32And).trap_if();
        }
    }

    /// Pushes a flat value as one of type `want`: the joined flat types of variants back to that of a case.
    pub fn get_flat(&mut self, flat: Local, want: ValType) -> &mut Self {
        self.get(flat);
        match (flat.ty, want) {
            (I64, I32) => self.op(I32WrapI64),
            (I64, F32) => self.op(I32WrapI64).op(F32ReinterpretI32),
            (I64, F64) => self.op(F64ReinterpretI64),
            (I32, F32) => self.op(F32ReinterpretI32),
            _ => self,
        }
    }

    /// Sets a flat value to the value of type `ty` on the stack: the type of a case to the joined one.
    fn set_flat(&mut self, flat: Local, ty: ValType) -> &mut Self {
        match (ty, flat.ty) {
            (I32, I64) => self.op(I64ExtendI32U),
            (F32, I32) => self.op(I32ReinterpretF32),
            (F32, I64) => self.op(I32ReinterpretF32).op(I64ExtendI32U),
            (F64, I64) => self.op(I64ReinterpretF64),
            _ => self,
        };
        self.set(flat)
    }

    /// Pushes the value of a local as the bits of an `i64`.
    pub fn get_bits(&mut self, local: Local) -> &mut Self {
        self.get(local);
        match local.ty {
            I32 => self.op(I64ExtendI32U),
            F32 => self.op(I32ReinterpretF32).op(I64ExtendI32U),
            F64 => self.op(I64ReinterpretF64),
            _ => self,
        }
    }

    /// Stores a flat value that has `size` bytes in memory, which are on the stack.
    pub fn store_flat(&mut self, ty: ValType, size: u32, memory: Memory, offset: u32) -> &mut Self {
        let kind = match (ty, size) {
            (I32, 1) => I32Store8,
            (I32, 2) => I32Store16,
            (I32, _) => I32Store,
            (I64, _) => I64Store,
            (F32, _) => F32Store,
            _ => F64Store,
        };
        self.store(kind, memory, offset)
    }

    /// Loads a flat value that has `size` bytes in memory, from the address on the stack.
    fn load_flat(&mut self, ty: ValType, size: u32, is_signed: bool, memory: Memory, offset: u32) -> &mut Self {
        let kind = match (ty, size, is_signed) {
            (I32, 1, false) => I32Load8U,
            (I32, 1, true) => I32Load8S,
            (I32, 2, false) => I32Load16U,
            (I32, 2, true) => I32Load16S,
            (I32, ..) => I32Load,
            (I64, ..) => I64Load,
            (F32, ..) => F32Load,
            _ => F64Load,
        };
        self.load(kind, memory, offset)
    }

    /// Code for the case that the discriminant on the stack is `case`.
    fn if_case(&mut self, case: u32, then: impl FnOnce(&mut Body<'m>)) {
        self.u32(case).op(I32Eq).if_(then);
    }

    /// Stores a value that is in `flats` at `address + offset` of `memory`.
    pub fn store_value(&mut self, layout: &Layout, flats: &[Local], address: Local, offset: u32, memory: Memory) {
        match &layout.shape {
            Shape::Scalar(_) | Shape::Handle(_) => {
                let ty = layout.flat[0];
                self.get(address).get_flat(flats[0], ty).store_flat(ty, layout.size, memory, offset);
            }
            Shape::String | Shape::List(_) => {
                for (flat, offset) in flats.iter().zip([offset, offset + 4]) {
                    self.get(address).get_flat(*flat, I32).store(I32Store, memory, offset);
                }
            }
            Shape::Record(fields) => {
                for (flat, by, field) in with_flats(fields) {
                    self.store_value(field, &flats[flat..], address, offset + by, memory);
                }
            }
            Shape::Variant { discriminant, payload, cases } => {
                self.get(address).get_flat(flats[0], I32).store_flat(I32, *discriminant, memory, offset);
                for (case, own) in payloads(cases, |_| true) {
                    self.get_flat(flats[0], I32).if_case(case, |body| {
                        body.store_value(own, &flats[1..], address, offset + payload, memory);
                    });
                }
            }
        }
    }

    /// Pushes the flat values of the value at an address in the first memory.
    pub fn get_value(&mut self, layout: &Layout, address: Local) -> &mut Self {
        let flats: Vec<Local> = layout.flat.iter().map(|ty| self.local(*ty)).collect();
        self.load_value(layout, &flats, address, 0);
        self.gets(flats)
    }

    /// Loads the value at `address + offset` of the first memory into `flats`, which are zero.
    fn load_value(&mut self, layout: &Layout, flats: &[Local], address: Local, offset: u32) {
        let memory = Memory::FIRST;
        match &layout.shape {
            Shape::Scalar(_) | Shape::Handle(_) => {
                let ty = layout.flat[0];
                let is_signed = layout.shape == Shape::Scalar(Scalar::Signed);
                self.get(address).load_flat(ty, layout.size, is_signed, memory, offset).set_flat(flats[0], ty);
            }
            Shape::String | Shape::List(_) => {
                for (flat, offset) in flats.iter().zip([offset, offset + 4]) {
                    self.get(address).load(I32Load, memory, offset).set_flat(*flat, I32);
                }
            }
            Shape::Record(fields) => {
                for (flat, by, field) in with_flats(fields) {
                    self.load_value(field, &flats[flat..], address, offset + by);
                }
            }
            Shape::Variant { discriminant, payload, cases } => {
                self.get(address).load_flat(I32, *discriminant, false, memory, offset).set_flat(flats[0], I32);
                for (case, own) in payloads(cases, |_| true) {
                    self.get_flat(flats[0], I32).if_case(case, |body| {
                        body.load_value(own, &flats[1..], address, offset + payload);
                    });
                }
            }
        }
    }

    /// Pushes a scalar of `size` bytes.
    fn read(&mut self, place: Place<'_>, size: u32, memory: Memory) -> &mut Self {
        match place {
            Place::Flats(flats) => self.get_flat(flats[0], I32),
            Place::Memory(address, offset) => self.get(address).load_flat(I32, size, false, memory, offset),
        }
    }

    /// Writes a scalar of four bytes, which `push` pushes.
    fn write(&mut self, place: Place<'_>, memory: Memory, push: impl FnOnce(&mut Body<'m>)) {
        match place {
            Place::Flats(flats) => {
                push(self);
                self.set_flat(flats[0], I32);
            }
            Place::Memory(address, offset) => {
                self.get(address);
                push(self);
                self.store(I32Store, memory, offset);
            }
        }
    }

    /// Address and length of a string or list, in locals of their own.
    fn list(&mut self, place: Place<'_>, memory: Memory) -> [Local; 2] {
        let list = self.locals([I32; 2]);
        for (at, local) in list.into_iter().enumerate() {
            let word = match place {
                Place::Flats(flats) => Place::Flats(&flats[at..]),
                Place::Memory(address, offset) => Place::Memory(address, offset + 4 * at as u32),
            };
            self.read(word, 4, memory).set(local);
        }
        list
    }

    /// Puts in the place of each handle in a value what `exchange` gives for it, if it has a function `(i32) -> i32`
    /// for the handle. `memory` is where the value is, or what it points into.
    pub fn exchange(&mut self, layout: &Layout, place: Place<'_>, memory: Memory, exchange: ExchangeWith<'_>) {
        let is_exchanged = |layout: &Layout| layout.has_handle(&|handle| exchange(handle).is_some());
        match &layout.shape {
            Shape::Scalar(_) | Shape::String => {}
            Shape::Handle(handle) => {
                let Some(function) = exchange(*handle) else { return };
                self.write(place, memory, |body| {
                    body.read(place, 4, memory).call(function);
                });
            }
            Shape::List(element) if is_exchanged(element) => {
                let [pointer, len] = self.list(place, memory);
                let bytes = self.local(I32);
                self.get(len).u32(element.size).op(I32Mul).set(bytes);
                self.for_each(element, pointer, bytes, |body, at| body.exchange(element, at, memory, exchange));
            }
            Shape::List(_) => {}
            Shape::Record(fields) => {
                for (flat, by, field) in with_flats(fields) {
                    self.exchange(field, place.part(field, flat, by), memory, exchange);
                }
            }
            Shape::Variant { discriminant, payload, cases } => {
                for (case, own) in payloads(cases, is_exchanged) {
                    self.read(place, *discriminant, memory).if_case(case, |body| {
                        body.exchange(own, place.part(own, 1, *payload), memory, exchange);
                    });
                }
            }
        }
    }

    /// Moves what a value points to, which is in locals or in memory `to`; its pointers then point to the copies.
    pub fn move_pointed(&mut self, layout: &Layout, place: Place<'_>, how: Move) {
        match &layout.shape {
            Shape::Scalar(_) | Shape::Handle(_) => {}
            Shape::String | Shape::List(_) => {
                let [pointer, len] = self.list(place, how.to);
                self.move_buffer(layout, pointer, len, how);
                self.write(place, how.to, |body| {
                    body.get(pointer);
                });
            }
            Shape::Record(fields) => {
                for (flat, by, field) in with_flats(fields) {
                    self.move_pointed(field, place.part(field, flat, by), how);
                }
            }
            Shape::Variant { discriminant, payload, cases } => {
                for (case, own) in payloads(cases, Layout::has_pointers) {
                    self.read(place, *discriminant, how.to).if_case(case, |body| {
                        body.move_pointed(own, place.part(own, 1, *payload), how);
                    });
                }
            }
        }
    }

    /// Copies a value of `layout` at the address in local `pointer`, with what it points to; the local then has the
    /// address of the copy.
    pub fn move_whole(&mut self, layout: &Layout, pointer: Local, how: Move) {
        let bytes = self.local(I32);
        self.u32(layout.size).set(bytes);
        self.copy(pointer, bytes, layout.align, how);
        self.move_pointed(layout, Place::Memory(pointer, 0), how);
    }

    /// Copies the buffer of a string or list; local `pointer` then has the address of the copy.
    fn move_buffer(&mut self, layout: &Layout, pointer: Local, len: Local, how: Move) {
        let bytes = self.local(I32);
        match &layout.shape {
            Shape::List(element) => {
                // More than memory can hold would not fit into 32 bits.
                self.get(len).op(I64ExtendI32U).i64(element.size.into()).op(I64Mul);
                self.i64(32).op(I64ShrU).op(I64Eqz).op(I32Eqz).trap_if();
                self.get(len).u32(element.size).op(I32Mul).set(bytes);
                self.copy(pointer, bytes, element.align, how);
                if element.has_pointers() {
                    self.for_each(element, pointer, bytes, |body, at| body.move_pointed(element, at, how));
                }
            }
            _ => {
                self.get(len);
                if how.encoding != Encoding::Utf8 {
                    self.i32(1).op(I32Shl);
                }
                if how.encoding == Encoding::Compact {
                    // The shift has dropped the tag.
                    self.get(len).get(len).i32(UTF16_TAG).op(I32And).op(Select);
                }
                self.set(bytes);
                self.copy(pointer, bytes, if how.encoding == Encoding::Utf8 { 1 } else { 2 }, how);
            }
        }
    }

    /// Does `what` with each element of a list, of which there are `bytes` bytes at `pointer`; it is told the local
    /// with the address.
    fn for_each(
        &mut self,
        element: &Layout,
        pointer: Local,
        bytes: Local,
        what: impl FnOnce(&mut Body<'m>, Place<'_>),
    ) {
        let [at, end] = self.locals([I32; 2]);
        self.get(pointer).tee(at).get(bytes).op(I32Add).set(end);
        self.block(|body, done| {
            body.loop_(|body, again| {
                body.get(at).get(end).op(I32Eq).br_if(done);
                what(body, Place::Memory(at, 0));
                body.get(at).u32(element.size).op(I32Add).set(at).br(again);
            });
        });
    }

    /// Copies `bytes` bytes at `pointer`, which has to be aligned, and sets `pointer` to the copy.
    fn copy(&mut self, pointer: Local, bytes: Local, align: u32, how: Move) {
        let new = self.local(I32);
        self.check_aligned(pointer, align);
        self.get(bytes).u32(align).call(how.alloc).tee(new);
        self.get(pointer).get(bytes).memory_copy(how.to, how.from);
        self.get(new).set(pointer);
    }
}
