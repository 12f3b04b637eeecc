//! Code that moves values: out of flat locals into memory, and whatever they point to into an arena.

use wasm_encoder::{BlockType, Instruction, MemArg, ValType};

use crate::abi::Encoding;
use crate::layout::{Handle, Layout, Scalar, Shape};

use crate::substitute::Code;

use ValType::{F32, F64, I32, I64};

/// The bit of a length in [`Encoding::Compact`] which says UTF-16.
const UTF16_TAG: i32 = i32::MIN;

/// A flat value: the local it is in, and that local's type, which is joined from all cases of a variant.
pub(crate) type Flat = (u32, ValType);

/// A function body under construction.
pub(crate) struct Body {
    pub run: Vec<Instruction<'static>>,
    params: u32,
    locals: Vec<ValType>,
}

/// Traps unless the address in local `pointer` is a multiple of `align`.
pub(super) fn push_check_aligned(run: &mut Vec<Instruction<'static>>, pointer: u32, align: u32) {
    if align > 1 {
        run.extend([
            Instruction::LocalGet(pointer),
            Instruction::I32Const(align as i32 - 1),
            Instruction::I32And,
            Instruction::If(BlockType::Empty),
            Instruction::Unreachable,
            Instruction::End,
        ]);
    }
}

/// The functions `(i32) -> i32` that give what takes the places of handles.
pub(crate) type ExchangeWith<'e> = &'e dyn Fn(Handle) -> Option<u32>;

/// What values that move need to know.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Move {
    /// `(size, align) -> address` in memory `to`.
    pub alloc: u32,
    /// The memory that they point into, and the one that takes them, as indices of the module.
    pub from: u32,
    pub to: u32,
    pub encoding: Encoding,
}

impl Body {
    /// An empty body of a function with so many parameters.
    pub fn new(params: usize) -> Body {
        Body { run: Vec::new(), params: params as u32, locals: Vec::new() }
    }

    /// A new local.
    pub fn local(&mut self, ty: ValType) -> u32 {
        self.locals.push(ty);
        self.params + self.locals.len() as u32 - 1
    }

    /// The finished body.
    pub fn into_code(self) -> Code {
        Code { locals: self.locals, instructions: self.run }
    }

    /// Traps unless the address in local `pointer` is a multiple of `align`.
    pub fn check_aligned(&mut self, pointer: u32, align: u32) {
        push_check_aligned(&mut self.run, pointer, align);
    }

    /// Pushes flat value `from` as one of type `want`: the joined flat types of variants back to that of a case.
    pub fn push_flat(&mut self, (local, have): Flat, want: ValType) {
        self.run.push(Instruction::LocalGet(local));
        match (have, want) {
            (I64, I32) => self.run.push(Instruction::I32WrapI64),
            (I64, F32) => self.run.extend([Instruction::I32WrapI64, Instruction::F32ReinterpretI32]),
            (I64, F64) => self.run.push(Instruction::F64ReinterpretI64),
            (I32, F32) => self.run.push(Instruction::F32ReinterpretI32),
            _ => {}
        }
    }

    /// Pushes the value of `local`, of type `have`, as the bits of an `i64`.
    pub fn push_bits(&mut self, (local, have): Flat) {
        self.run.push(Instruction::LocalGet(local));
        match have {
            I32 => self.run.push(Instruction::I64ExtendI32U),
            F32 => self.run.extend([Instruction::I32ReinterpretF32, Instruction::I64ExtendI32U]),
            F64 => self.run.push(Instruction::I64ReinterpretF64),
            _ => {}
        }
    }

    /// Stores a value that is in `flats` at `address + offset` of `memory`.
    pub fn store(&mut self, layout: &Layout, flats: &[Flat], address: u32, offset: u32, memory: u32) {
        let at = |offset, align| MemArg { offset: u64::from(offset), align, memory_index: memory };
        match &layout.shape {
            Shape::Scalar(_) | Shape::Handle(_) => {
                let ty = layout.flat[0];
                self.run.push(Instruction::LocalGet(address));
                self.push_flat(flats[0], ty);
                self.run.push(match (ty, layout.size) {
                    (I32, 1) => Instruction::I32Store8(at(offset, 0)),
                    (I32, 2) => Instruction::I32Store16(at(offset, 1)),
                    (I32, _) => Instruction::I32Store(at(offset, 2)),
                    (I64, _) => Instruction::I64Store(at(offset, 3)),
                    (F32, _) => Instruction::F32Store(at(offset, 2)),
                    _ => Instruction::F64Store(at(offset, 3)),
                });
            }
            Shape::String | Shape::List(_) => {
                for (at_flat, flat) in flats.iter().take(2).enumerate() {
                    self.run.push(Instruction::LocalGet(address));
                    self.push_flat(*flat, I32);
                    self.run.push(Instruction::I32Store(at(offset + 4 * at_flat as u32, 2)));
                }
            }
            Shape::Record(fields) => {
                let mut flats = flats;
                for (field_offset, field) in fields {
                    let (own, rest) = flats.split_at(field.flat.len());
                    self.store(field, own, address, offset + field_offset, memory);
                    flats = rest;
                }
            }
            Shape::Variant { discriminant, payload, cases } => {
                self.run.push(Instruction::LocalGet(address));
                self.push_flat(flats[0], I32);
                self.run.push(match discriminant {
                    1 => Instruction::I32Store8(at(offset, 0)),
                    2 => Instruction::I32Store16(at(offset, 1)),
                    _ => Instruction::I32Store(at(offset, 2)),
                });
                for (case, own) in cases.iter().enumerate().filter_map(|(case, own)| Some((case, own.as_ref()?))) {
                    self.push_flat(flats[0], I32);
                    self.begin_case(case);
                    self.store(own, &flats[1..], address, offset + payload, memory);
                    self.run.push(Instruction::End);
                }
            }
        }
    }

    /// Loads the value at `address + offset` of memory 0 into `flats`, which are zero.
    pub fn load(&mut self, layout: &Layout, flats: &[Flat], address: u32, offset: u32) {
        let at = |offset, align| MemArg { offset: u64::from(offset), align, memory_index: 0 };
        match &layout.shape {
            Shape::Scalar(_) | Shape::Handle(_) => {
                let ty = layout.flat[0];
                self.run.push(Instruction::LocalGet(address));
                self.run.push(match (ty, layout.size, layout.shape == Shape::Scalar(Scalar::Signed)) {
                    (I32, 1, false) => Instruction::I32Load8U(at(offset, 0)),
                    (I32, 1, true) => Instruction::I32Load8S(at(offset, 0)),
                    (I32, 2, false) => Instruction::I32Load16U(at(offset, 1)),
                    (I32, 2, true) => Instruction::I32Load16S(at(offset, 1)),
                    (I32, ..) => Instruction::I32Load(at(offset, 2)),
                    (I64, ..) => Instruction::I64Load(at(offset, 3)),
                    (F32, ..) => Instruction::F32Load(at(offset, 2)),
                    _ => Instruction::F64Load(at(offset, 3)),
                });
                self.set_flat(flats[0], ty);
            }
            Shape::String | Shape::List(_) => {
                for (at_flat, flat) in flats.iter().take(2).enumerate() {
                    self.run.push(Instruction::LocalGet(address));
                    self.run.push(Instruction::I32Load(at(offset + 4 * at_flat as u32, 2)));
                    self.set_flat(*flat, I32);
                }
            }
            Shape::Record(fields) => {
                let mut flats = flats;
                for (field_offset, field) in fields {
                    let (own, rest) = flats.split_at(field.flat.len());
                    self.load(field, own, address, offset + field_offset);
                    flats = rest;
                }
            }
            Shape::Variant { discriminant, payload, cases } => {
                self.push_discriminant(*discriminant, address, offset, 0);
                self.set_flat(flats[0], I32);
                for (case, own) in cases.iter().enumerate().filter_map(|(case, own)| Some((case, own.as_ref()?))) {
                    self.push_flat(flats[0], I32);
                    self.begin_case(case);
                    self.load(own, &flats[1..], address, offset + payload);
                    self.run.push(Instruction::End);
                }
            }
        }
    }

    /// Sets flat value `to` to the value of type `ty` on the stack: the type of a case to the joined one.
    fn set_flat(&mut self, to: Flat, ty: ValType) {
        match (ty, to.1) {
            (I32, I64) => self.run.push(Instruction::I64ExtendI32U),
            (F32, I32) => self.run.push(Instruction::I32ReinterpretF32),
            (F32, I64) => self.run.extend([Instruction::I32ReinterpretF32, Instruction::I64ExtendI32U]),
            (F64, I64) => self.run.push(Instruction::I64ReinterpretF64),
            _ => {}
        }
        self.run.push(Instruction::LocalSet(to.0));
    }

    /// Puts in the place of each handle in the value at `address + offset` of memory `memory` what `exchange` gives for it, if it has a
    /// function `(i32) -> i32` for the handle.
    pub fn exchange(&mut self, layout: &Layout, address: u32, offset: u32, memory: u32, exchange: ExchangeWith<'_>) {
        let is_exchanged = |layout: &Layout| layout.has_handle(&|handle| exchange(handle).is_some());
        let at = |offset| MemArg { offset: u64::from(offset), align: 2, memory_index: memory };
        match &layout.shape {
            Shape::Scalar(_) | Shape::String => {}
            Shape::Handle(handle) => {
                let Some(function) = exchange(*handle) else { return };
                self.run.extend([
                    Instruction::LocalGet(address),
                    Instruction::LocalGet(address),
                    Instruction::I32Load(at(offset)),
                    Instruction::Call(function),
                    Instruction::I32Store(at(offset)),
                ]);
            }
            Shape::List(element) if is_exchanged(element) => {
                let [pointer, len] = [self.local(I32), self.local(I32)];
                for (local, offset) in [(pointer, offset), (len, offset + 4)] {
                    self.run.extend([
                        Instruction::LocalGet(address),
                        Instruction::I32Load(at(offset)),
                        Instruction::LocalSet(local),
                    ]);
                }
                self.exchange_elements(element, pointer, len, memory, exchange);
            }
            Shape::List(_) => {}
            Shape::Record(fields) => {
                for (field_offset, field) in fields.iter().filter(|(_, field)| is_exchanged(field)) {
                    self.exchange(field, address, offset + field_offset, memory, exchange);
                }
            }
            Shape::Variant { discriminant, payload, cases } => {
                let cases = cases.iter().enumerate().filter_map(|(case, own)| Some((case, own.as_ref()?)));
                for (case, own) in cases.filter(|(_, own)| is_exchanged(own)) {
                    self.push_discriminant(*discriminant, address, offset, memory);
                    self.begin_case(case);
                    self.exchange(own, address, offset + payload, memory, exchange);
                    self.run.push(Instruction::End);
                }
            }
        }
    }

    fn exchange_elements(&mut self, element: &Layout, pointer: u32, len: u32, memory: u32, exchange: ExchangeWith<'_>) {
        let bytes = self.local(I32);
        self.run.extend([
            Instruction::LocalGet(len),
            Instruction::I32Const(element.size as i32),
            Instruction::I32Mul,
            Instruction::LocalSet(bytes),
        ]);
        self.for_each(element, pointer, bytes, |body, at| body.exchange(element, at, 0, memory, exchange));
    }

    /// The same with a value that is in `flats`, and points into memory `memory`.
    pub fn exchange_flat(&mut self, layout: &Layout, flats: &[Flat], memory: u32, exchange: ExchangeWith<'_>) {
        let is_exchanged = |layout: &Layout| layout.has_handle(&|handle| exchange(handle).is_some());
        match &layout.shape {
            Shape::Scalar(_) | Shape::String => {}
            Shape::Handle(handle) => {
                let Some(function) = exchange(*handle) else { return };
                self.push_flat(flats[0], I32);
                self.run.push(Instruction::Call(function));
                self.set_flat(flats[0], I32);
            }
            Shape::List(element) if is_exchanged(element) => {
                let [pointer, len] = [self.local(I32), self.local(I32)];
                for (flat, local) in flats.iter().zip([pointer, len]) {
                    self.push_flat(*flat, I32);
                    self.run.push(Instruction::LocalSet(local));
                }
                self.exchange_elements(element, pointer, len, memory, exchange);
            }
            Shape::List(_) => {}
            Shape::Record(fields) => {
                let mut flats = flats;
                for (_, field) in fields {
                    let (own, rest) = flats.split_at(field.flat.len());
                    self.exchange_flat(field, own, memory, exchange);
                    flats = rest;
                }
            }
            Shape::Variant { cases, .. } => {
                let cases = cases.iter().enumerate().filter_map(|(case, own)| Some((case, own.as_ref()?)));
                for (case, own) in cases.filter(|(_, own)| is_exchanged(own)) {
                    self.push_flat(flats[0], I32);
                    self.begin_case(case);
                    self.exchange_flat(own, &flats[1..], memory, exchange);
                    self.run.push(Instruction::End);
                }
            }
        }
    }

    fn push_discriminant(&mut self, size: u32, address: u32, offset: u32, memory_index: u32) {
        let at = |align| MemArg { offset: u64::from(offset), align, memory_index };
        self.run.push(Instruction::LocalGet(address));
        self.run.push(match size {
            1 => Instruction::I32Load8U(at(0)),
            2 => Instruction::I32Load16U(at(1)),
            _ => Instruction::I32Load(at(2)),
        });
    }

    /// Moves what a value in `flats` points to; its pointers then point to the copies.
    pub fn move_flat(&mut self, layout: &Layout, flats: &[Flat], how: Move) {
        match &layout.shape {
            Shape::Scalar(_) | Shape::Handle(_) => {}
            Shape::String | Shape::List(_) => {
                let [pointer, len] = [self.local(I32), self.local(I32)];
                for (flat, local) in flats.iter().zip([pointer, len]) {
                    self.push_flat(*flat, I32);
                    self.run.push(Instruction::LocalSet(local));
                }
                self.move_buffer(layout, pointer, len, how);
                self.run.push(Instruction::LocalGet(pointer));
                if flats[0].1 == I64 {
                    self.run.push(Instruction::I64ExtendI32U);
                }
                self.run.push(Instruction::LocalSet(flats[0].0));
            }
            Shape::Record(fields) => {
                let mut flats = flats;
                for (_, field) in fields {
                    let (own, rest) = flats.split_at(field.flat.len());
                    self.move_flat(field, own, how);
                    flats = rest;
                }
            }
            Shape::Variant { cases, .. } => {
                for (case, own) in with_pointers(cases) {
                    self.push_flat(flats[0], I32);
                    self.begin_case(case);
                    self.move_flat(own, &flats[1..], how);
                    self.run.push(Instruction::End);
                }
            }
        }
    }

    /// Moves what the value at `address + offset` of memory `to` points to.
    pub fn move_in_memory(&mut self, layout: &Layout, address: u32, offset: u32, how: Move) {
        let at = |offset, align| MemArg { offset: u64::from(offset), align, memory_index: how.to };
        match &layout.shape {
            Shape::Scalar(_) | Shape::Handle(_) => {}
            Shape::String | Shape::List(_) => {
                let [pointer, len] = [self.local(I32), self.local(I32)];
                for (local, offset) in [(pointer, offset), (len, offset + 4)] {
                    self.run.extend([
                        Instruction::LocalGet(address),
                        Instruction::I32Load(at(offset, 2)),
                        Instruction::LocalSet(local),
                    ]);
                }
                self.move_buffer(layout, pointer, len, how);
                self.run.extend([
                    Instruction::LocalGet(address),
                    Instruction::LocalGet(pointer),
                    Instruction::I32Store(at(offset, 2)),
                ]);
            }
            Shape::Record(fields) => {
                for (field_offset, field) in fields.iter().filter(|(_, field)| field.has_pointers()) {
                    self.move_in_memory(field, address, offset + field_offset, how);
                }
            }
            Shape::Variant { discriminant, payload, cases } => {
                for (case, own) in with_pointers(cases) {
                    self.push_discriminant(*discriminant, address, offset, how.to);
                    self.begin_case(case);
                    self.move_in_memory(own, address, offset + payload, how);
                    self.run.push(Instruction::End);
                }
            }
        }
    }

    /// Copies a value of `layout` at the address in local `pointer`, with what it points to; the local then has the
    /// address of the copy.
    pub fn move_whole(&mut self, layout: &Layout, pointer: u32, how: Move) {
        let bytes = self.local(I32);
        self.run.extend([Instruction::I32Const(layout.size as i32), Instruction::LocalSet(bytes)]);
        self.copy(pointer, bytes, layout.align, how);
        self.move_in_memory(layout, pointer, 0, how);
    }

    /// Copies the buffer of a string or list; local `pointer` then has the address of the copy.
    fn move_buffer(&mut self, layout: &Layout, pointer: u32, len: u32, how: Move) {
        let bytes = self.local(I32);
        match &layout.shape {
            Shape::List(element) => {
                self.run.extend([
                    // More than memory can hold would not fit into 32 bits.
                    Instruction::LocalGet(len),
                    Instruction::I64ExtendI32U,
                    Instruction::I64Const(i64::from(element.size)),
                    Instruction::I64Mul,
                    Instruction::I64Const(32),
                    Instruction::I64ShrU,
                    Instruction::I64Eqz,
                    Instruction::I32Eqz,
                    Instruction::If(BlockType::Empty),
                    Instruction::Unreachable,
                    Instruction::End,
                    Instruction::LocalGet(len),
                    Instruction::I32Const(element.size as i32),
                    Instruction::I32Mul,
                    Instruction::LocalSet(bytes),
                ]);
                self.copy(pointer, bytes, element.align, how);
                if element.has_pointers() {
                    self.move_elements(element, pointer, bytes, how);
                }
            }
            _ => {
                self.run.push(Instruction::LocalGet(len));
                match how.encoding {
                    Encoding::Utf8 => {}
                    Encoding::Utf16 => self.run.extend([Instruction::I32Const(1), Instruction::I32Shl]),
                    // The shift drops the tag.
                    Encoding::Compact => self.run.extend([
                        Instruction::I32Const(1),
                        Instruction::I32Shl,
                        Instruction::LocalGet(len),
                        Instruction::LocalGet(len),
                        Instruction::I32Const(UTF16_TAG),
                        Instruction::I32And,
                        Instruction::Select,
                    ]),
                }
                self.run.push(Instruction::LocalSet(bytes));
                self.copy(pointer, bytes, if how.encoding == Encoding::Utf8 { 1 } else { 2 }, how);
            }
        }
    }

    /// Moves what each element of a list points to, of which there are `bytes` bytes at `pointer`.
    fn move_elements(&mut self, element: &Layout, pointer: u32, bytes: u32, how: Move) {
        self.for_each(element, pointer, bytes, |body, at| body.move_in_memory(element, at, 0, how));
    }

    /// Does `what` with each element of a list, of which there are `bytes` bytes at `pointer`; it is told the local with the address.
    fn for_each(&mut self, element: &Layout, pointer: u32, bytes: u32, what: impl FnOnce(&mut Body, u32)) {
        let [at, end] = [self.local(I32), self.local(I32)];
        self.run.extend([
            Instruction::LocalGet(pointer),
            Instruction::LocalTee(at),
            Instruction::LocalGet(bytes),
            Instruction::I32Add,
            Instruction::LocalSet(end),
            Instruction::Block(BlockType::Empty),
            Instruction::Loop(BlockType::Empty),
            Instruction::LocalGet(at),
            Instruction::LocalGet(end),
            Instruction::I32Eq,
            Instruction::BrIf(1),
        ]);
        what(self, at);
        self.run.extend([
            Instruction::LocalGet(at),
            Instruction::I32Const(element.size as i32),
            Instruction::I32Add,
            Instruction::LocalSet(at),
            Instruction::Br(0),
            Instruction::End,
            Instruction::End,
        ]);
    }

    /// Copies `bytes` bytes at `pointer`, which has to be aligned, and sets `pointer` to the copy.
    fn copy(&mut self, pointer: u32, bytes: u32, align: u32, how: Move) {
        let new = self.local(I32);
        self.check_aligned(pointer, align);
        self.run.extend([
            Instruction::LocalGet(bytes),
            Instruction::I32Const(align as i32),
            Instruction::Call(how.alloc),
            Instruction::LocalTee(new),
            Instruction::LocalGet(pointer),
            Instruction::LocalGet(bytes),
            Instruction::MemoryCopy { src_mem: how.from, dst_mem: how.to },
            Instruction::LocalGet(new),
            Instruction::LocalSet(pointer),
        ]);
    }

    /// `if` the discriminant on the stack is `case`.
    fn begin_case(&mut self, case: usize) {
        self.run.extend([Instruction::I32Const(case as i32), Instruction::I32Eq, Instruction::If(BlockType::Empty)]);
    }
}

fn with_pointers(cases: &[Option<Layout>]) -> impl Iterator<Item = (usize, &Layout)> {
    cases.iter().enumerate().filter_map(|(case, own)| Some((case, own.as_ref().filter(|own| own.has_pointers())?)))
}
