//! Handles in values that travel between parts. While a value is on its way, its handles are in the table of the component that
//! defines their resources, and their indices there take their places.

use wasm_encoder::{BlockType, Instruction, MemArg, ValType};

use super::values::Body;
use super::{Task, delivery};
use crate::layout::{Handle, Layout};
use crate::substitute::{CoreModule, Signature};

use ValType::I32;

/// What takes the places of handles in values: functions `(i32) -> i32`.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// Of one value.
    pub layout: Layout,
    pub functions: Vec<(Handle, u32)>,
}

/// Which values of a buffer come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    First,
    Last,
}

impl Exchange {
    /// The same, with functions of `module`.
    pub(super) fn import(mut self, module: &mut CoreModule) -> Exchange {
        for (_, function) in &mut self.functions {
            *function = module.import_at(*function, Signature::new(&[I32], &[I32]));
        }
        self
    }

    /// Adds `(address, from, to)`: exchanges the handles in the values `from` to `to` of the buffer at the address.
    pub(super) fn build(&self, module: &mut CoreModule, name: &str, order: Order) -> u32 {
        let Exchange { layout, functions } = self;
        let exchange = |handle| functions.iter().find(|(known, _)| *known == handle).map(|(_, function)| *function);
        let [address, from, to] = [0, 1, 2];
        let mut body = Body::new(3);
        let at = body.local(I32);
        body.run.extend([
            Instruction::Block(BlockType::Empty),
            Instruction::Loop(BlockType::Empty),
            Instruction::LocalGet(from),
            Instruction::LocalGet(to),
            Instruction::I32GeU,
            Instruction::BrIf(1),
        ]);
        if order == Order::Last {
            body.run.extend([
                Instruction::LocalGet(to),
                Instruction::I32Const(1),
                Instruction::I32Sub,
                Instruction::LocalSet(to),
            ]);
        }
        body.run.extend([
            Instruction::LocalGet(address),
            Instruction::LocalGet(if order == Order::Last { to } else { from }),
            Instruction::I32Const(layout.size as i32),
            Instruction::I32Mul,
            Instruction::I32Add,
            Instruction::LocalSet(at),
        ]);
        body.exchange(layout, at, 0, 0, &exchange);
        if order == Order::First {
            body.run.extend([
                Instruction::LocalGet(from),
                Instruction::I32Const(1),
                Instruction::I32Add,
                Instruction::LocalSet(from),
            ]);
        }
        body.run.extend([Instruction::Br(0), Instruction::End, Instruction::End]);
        module.add(None, name, Signature::new(&[I32; 3], &[]), body.into_code())
    }
}

/// What a write does with the handles in its values: they leave the writer when it begins, and those that nobody has read come back
/// into the buffer before the writer learns of it.
#[derive(Debug, Clone)]
pub(crate) struct Keeps {
    pub keep: Exchange,
    pub give: Exchange,
    /// R's `offered`.
    pub offered: u32,
    /// The slot through which they come back later.
    pub kind: u32,
    pub task: Task,
}

/// The functions of the module for that.
pub(super) struct Kept {
    /// `(address, from, to)`
    pub keep: u32,
    /// `(end, address, result)`, as a delivery.
    pub settle: u32,
}

impl Keeps {
    /// Imports what the functions call.
    pub(super) fn import(self, module: &mut CoreModule) -> Keeps {
        module.import_table(self.task.table);
        Keeps {
            keep: self.keep.import(module),
            give: self.give.import(module),
            offered: module.import_at(self.offered, Signature::new(&[I32], &[I32])),
            ..self
        }
    }

    /// Adds the functions.
    pub(super) fn build(&self, module: &mut CoreModule, is_future: bool) -> Kept {
        let keep = self.keep.build(module, "wasi-shim: keep handles", Order::First);
        // In the order in which engines that give out the index first that was freed last give the same ones.
        let give = self.give.build(module, "wasi-shim: give handles back", Order::Last);
        let mut body = Body::new(3);
        body.run.extend([Instruction::LocalGet(1), Instruction::LocalGet(2)]);
        match is_future {
            true => body.run.extend([Instruction::I32Const(0xf), Instruction::I32And, Instruction::I32Eqz]),
            false => body.run.extend([Instruction::I32Const(4), Instruction::I32ShrU]),
        }
        body.run.extend([Instruction::LocalGet(0), Instruction::Call(self.offered), Instruction::Call(give)]);
        let settle = module.add(None, "wasi-shim: settle a write", delivery(), body.into_code());
        module.slot_at(self.kind, settle);
        Kept { keep, settle }
    }
}

/// `stream.drop-readable` or `future.drop-readable` of an end whose values have handles: what R took ahead is dropped.
#[derive(Debug, Clone)]
pub(crate) struct DropReadable {
    pub def: u32,
    /// R's.
    pub inner: u32,
    /// The number of the type of stream or future.
    pub ty: u32,
    pub unread: u32,
    /// `(end, return area)`: gives the values, in memory that `alloc` gives out.
    pub take: u32,
    pub alloc: u32,
    pub reset: u32,
    pub layout: Layout,
    /// By handle: what gives it for its index elsewhere, unless that is its index; and what drops it.
    pub drops: Vec<(Handle, Option<u32>, Drop)>,
}

/// What drops a handle.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Drop {
    /// `resource.drop`
    Resource(u32),
    /// R's `drop-readable`, of this type.
    End(u32, u32),
}

impl DropReadable {
    /// Imports what the function calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let DropReadable { def, inner, ty, unread, take, alloc, reset, layout, drops } = self;
        let inner = module.import_at(inner, Signature::new(&[I32, I32], &[]));
        let unread = module.import_at(unread, Signature::new(&[I32], &[I32]));
        let take = module.import_at(take, Signature::new(&[I32, I32], &[]));
        let alloc = module.import_at(alloc, Signature::new(&[I32, I32], &[I32]));
        let reset = module.import_at(reset, Signature::default());
        let unary = Signature::new(&[I32], &[I32]);
        let drops = drops.into_iter().map(|(handle, give, drop)| {
            let give = give.map(|give| module.import_at(give, unary.clone()));
            let drop = match drop {
                Drop::Resource(drop) => Drop::Resource(module.import_at(drop, Signature::new(&[I32], &[]))),
                Drop::End(drop, ty) => Drop::End(module.import_at(drop, Signature::new(&[I32, I32], &[])), ty),
            };
            (handle, give, drop)
        });
        let drops: Vec<_> = drops.collect();
        move |module| {
            let functions = drops.into_iter().map(|(handle, give, drop)| {
                let mut body = Body::new(1);
                body.run.push(Instruction::LocalGet(0));
                body.run.extend(give.map(Instruction::Call));
                match drop {
                    Drop::Resource(drop) => body.run.push(Instruction::Call(drop)),
                    Drop::End(drop, ty) => {
                        body.run.extend([Instruction::I32Const(ty as i32), Instruction::Call(drop)]);
                    }
                }
                body.run.push(Instruction::I32Const(0));
                (handle, module.add(None, "wasi-shim: drop a handle", unary.clone(), body.into_code()))
            });
            let functions = functions.collect();
            let forget = Exchange { layout, functions }.build(module, "wasi-shim: drop handles", Order::First);
            let mut body = Body::new(1);
            let area = body.local(I32);
            let at = |offset| MemArg { offset, align: 2, memory_index: 0 };
            body.run.extend([
                Instruction::LocalGet(0),
                Instruction::Call(unread),
                Instruction::If(BlockType::Empty),
                Instruction::Call(reset),
                Instruction::LocalGet(0),
                Instruction::I32Const(8),
                Instruction::I32Const(4),
                Instruction::Call(alloc),
                Instruction::LocalTee(area),
                Instruction::Call(take),
                Instruction::LocalGet(area),
                Instruction::I32Load(at(0)),
                Instruction::I32Const(0),
                Instruction::LocalGet(area),
                Instruction::I32Load(at(4)),
                Instruction::Call(forget),
                Instruction::End,
                Instruction::LocalGet(0),
                Instruction::I32Const(ty as i32),
                Instruction::Call(inner),
            ]);
            module.add(Some(def), "wasi-shim: drop-readable", Signature::new(&[I32], &[]), body.into_code());
        }
    }
}

/// `realloc` in terms of an arena's `alloc`, for values that only grow.
pub(crate) fn realloc(def: u32, alloc: u32) -> CoreModule {
    let mut module = CoreModule::default();
    let alloc = module.import_at(alloc, Signature::new(&[I32, I32], &[I32]));
    let mut body = Body::new(4);
    body.run.extend([Instruction::LocalGet(3), Instruction::LocalGet(2), Instruction::Call(alloc)]);
    module.add(Some(def), "wasi-shim: realloc", Signature::new(&[I32; 4], &[I32]), body.into_code());
    module
}
