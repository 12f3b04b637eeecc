//! Code that moves values between flat locals and memory.

use wasm_encoder::Instruction::{
    F32Load, F32ReinterpretI32, F32Store, F64Load, F64ReinterpretI64, F64Store, I32And, I32Eq, I32Load, I32Load8S,
    I32Load8U, I32Load16S, I32Load16U, I32ReinterpretF32, I32Store, I32Store8, I32Store16, I32WrapI64, I64ExtendI32U,
    I64Load, I64ReinterpretF64, I64Store,
};
use wasm_encoder::ValType;
use wasm_encoder::ValType::{F32, F64, I32, I64};

use crate::canonical_abi::Handles;
use crate::canonical_abi::layout::{Handle, Layout, Scalar, Shape};
use crate::code::{Body, Func, Local, Memory};

/// Replaces handles by the results of functions `(i32) -> i32`; handles without a function stay.
pub(crate) struct Exchanged<F>(pub F);

impl<F: Fn(Handle) -> Option<Func>> Handles for Exchanged<F> {
    fn is_passed_on(&self, handle: Handle) -> bool {
        (self.0)(handle).is_none()
    }

    fn param(&self, body: &mut Body<'_>, handle: Handle) {
        body.calls((self.0)(handle));
    }

    fn result(&self, body: &mut Body<'_>, handle: Handle) {
        self.param(body, handle);
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

/// The cases of a variant that have a payload.
fn payloads(cases: &[Option<Layout>]) -> impl Iterator<Item = (u32, &Layout)> {
    (0..).zip(cases).filter_map(|(case, own)| Some((case, own.as_ref()?)))
}

impl<'m> Body<'m> {
    /// Traps unless an address is a multiple of `align`.
    pub fn check_aligned(&mut self, pointer: Local, align: u32) {
        if align > 1 {
            self.get(pointer).u32(align - 1).op(I32And).trap_if();
        }
    }

    /// Pushes a flat value, converted from the joined flat type of a variant to the type `want` of
    /// a case.
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

    /// Sets a flat value to the value on the stack, converted from the type `ty` of a case to the
    /// joined type.
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

    /// Stores the flat value on the stack, which has `size` bytes in memory, at the address below
    /// it.
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
                for (case, own) in payloads(cases) {
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
                for (case, own) in payloads(cases) {
                    self.get_flat(flats[0], I32).if_case(case, |body| {
                        body.load_value(own, &flats[1..], address, offset + payload);
                    });
                }
            }
        }
    }
}
