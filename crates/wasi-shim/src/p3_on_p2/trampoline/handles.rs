//! Handles in values that pass between parts. While a value is on its way, its handles are in the
//! table of the component that defines their resources, and the value has their indices there.

use wasm_encoder::Instruction::{I32Add, I32And, I32Eqz, I32GeU, I32Load, I32Mul, I32ShrU, I32Sub};
use wasm_encoder::ValType::I32;

use super::ends::find;
use super::values::Exchanged;
use super::{Task, delivery};
use crate::canonical_abi::layout::{Handle, Layout};
use crate::canonical_abi::{Place, Transfer};
use crate::code::{Body, CoreModule, Func, Local, Memory, Slot};
use crate::component::CoreFuncId;
use crate::p3_on_p2::numbers::TypeNumber;

/// Functions `(i32) -> i32` that replace handles in values.
#[derive(Debug, Clone)]
pub(crate) struct HandleExchange<F = CoreFuncId> {
    /// The layout of one value.
    pub layout: Layout,
    pub functions: Vec<(Handle, F)>,
}

/// Whether the first or the last value of a buffer is treated first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    First,
    Last,
}

impl HandleExchange {
    /// The same, with functions of `module`.
    pub(super) fn import(self, module: &mut CoreModule) -> HandleExchange<Func> {
        let functions = self.functions.into_iter();
        let functions = functions.map(|(handle, function)| (handle, module.import(function, ([I32], [I32])))).collect();
        HandleExchange { layout: self.layout, functions }
    }
}

impl HandleExchange<Func> {
    /// Adds `(address, from, to)`: exchanges the handles in the values `from` to `to` of the buffer
    /// at the address.
    pub(super) fn build(&self, module: &mut CoreModule, name: &str, order: Order) -> Func {
        let HandleExchange { layout, functions } = self;
        let handles = Exchanged(|handle| find(functions, handle));
        module.function(None, name, ([I32; 3], []), |body| {
            let [address, from, to] = body.first_params();
            let at = body.local(I32);
            body.block(|body, done| {
                body.loop_(|body, again| {
                    body.get(from).get(to).op(I32GeU).br_if(done);
                    if order == Order::Last {
                        body.get(to).i32(1).op(I32Sub).set(to);
                    }
                    body.get(address).get(if order == Order::Last { to } else { from });
                    body.u32(layout.size).op(I32Mul).op(I32Add).set(at);
                    Transfer::in_place(Memory::FIRST, &handles).amend(body, layout, Place::at(at));
                    if order == Order::First {
                        body.get(from).i32(1).op(I32Add).set(from);
                    }
                    body.br(again);
                });
            });
        })
    }
}

/// The treatment of the handles in the values of a write: they leave the writer when the write
/// begins, and those in unread values come back into the buffer before the writer learns the
/// outcome.
#[derive(Debug, Clone)]
pub(crate) struct Keeps<F = CoreFuncId> {
    pub keep: HandleExchange<F>,
    pub give: HandleExchange<F>,
    /// R's `offered`.
    pub offered: F,
    /// The slot through which they come back later.
    pub slot: Slot,
    pub task: Task,
}

/// The functions of the module for [`Keeps`].
pub(super) struct Kept {
    /// `(address, from, to)`
    pub keep: Func,
    /// `(end, address, result)`, as a delivery.
    pub settle: Func,
}

impl Keeps {
    /// The same, with functions of `module`.
    pub(super) fn import(self, module: &mut CoreModule) -> Keeps<Func> {
        module.import_table(self.task.table);
        Keeps {
            keep: self.keep.import(module),
            give: self.give.import(module),
            offered: module.import(self.offered, ([I32], [I32])),
            slot: self.slot,
            task: self.task,
        }
    }
}

impl Keeps<Func> {
    /// Adds the functions.
    pub(super) fn build(&self, module: &mut CoreModule, is_future: bool) -> Kept {
        let keep = self.keep.build(module, "wasi-shim: keep handles", Order::First);
        // Last first: engines that reuse the index freed last then give the handles their old
        // indices.
        let give = self.give.build(module, "wasi-shim: give handles back", Order::Last);
        let settle = module.function(None, "wasi-shim: settle a write", delivery(), |body| {
            let [end, address, result] = body.first_params();
            body.get(address).copied(result, is_future).get(end).call(self.offered).call(give);
        });
        module.slot(self.slot, settle);
        Kept { keep, settle }
    }
}

impl Body<'_> {
    /// Pushes how many values were copied, by the result of a read or write.
    pub(super) fn copied(&mut self, result: Local, is_future: bool) -> &mut Self {
        self.get(result);
        match is_future {
            true => self.i32(0xf).op(I32And).op(I32Eqz),
            false => self.i32(4).op(I32ShrU),
        }
    }
}

/// `stream.drop-readable` or `future.drop-readable` of an end whose values have handles: drops the
/// handles in values that R took ahead.
#[derive(Debug, Clone)]
pub(crate) struct DropReadable {
    pub def: CoreFuncId,
    /// R's `drop-readable`.
    pub inner: CoreFuncId,
    /// The number of the type of stream or future.
    pub ty: TypeNumber,
    pub unread: CoreFuncId,
    /// `(end, return area)`: gives the values, in memory that `alloc` gives out.
    pub take: CoreFuncId,
    pub alloc: CoreFuncId,
    pub reset: CoreFuncId,
    pub layout: Layout,
    /// By handle: the function that returns it for its index in another table (`None` if the index
    /// is in this one), and the function that drops it.
    pub drops: Vec<(Handle, Option<CoreFuncId>, Drop)>,
}

/// The function or built-in that drops a handle.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Drop {
    /// `resource.drop`
    Resource(CoreFuncId),
    /// R's `drop-readable`, of this type.
    End(CoreFuncId, TypeNumber),
}

impl DropReadable {
    /// Adds the function.
    pub fn build(self, module: &mut CoreModule) {
        let DropReadable { def, inner, ty, unread, take, alloc, reset, layout, drops } = self;
        let inner = module.import(inner, ([I32, I32], []));
        let unread = module.import(unread, ([I32], [I32]));
        let take = module.import(take, ([I32, I32], []));
        let alloc = module.import(alloc, ([I32, I32], [I32]));
        let reset = module.import(reset, ([], []));
        let functions = drops.into_iter().map(|(handle, give, drop)| {
            let give = give.map(|give| module.import(give, ([I32], [I32])));
            let (drop, ty) = match drop {
                Drop::Resource(drop) => (module.import(drop, ([I32], [])), None),
                Drop::End(drop, ty) => (module.import(drop, ([I32, I32], [])), Some(ty)),
            };
            let function = module.function(None, "wasi-shim: drop a handle", ([I32], [I32]), |body| {
                body.get_params().calls(give);
                if let Some(ty) = ty {
                    body.u32(ty);
                }
                body.call(drop).i32(0);
            });
            (handle, function)
        });
        let functions = functions.collect();
        let forget = HandleExchange { layout, functions }.build(module, "wasi-shim: drop handles", Order::First);
        module.function(Some(def), "wasi-shim: drop-readable", ([I32], []), |body| {
            let (end, area) = (body.param(0), body.local(I32));
            body.get(end).call(unread).if_(|body| {
                body.call(reset).get(end).i32(8).i32(4).call(alloc).tee(area).call(take);
                body.get(area).load(I32Load, Memory::FIRST, 0).i32(0).get(area).load(I32Load, Memory::FIRST, 4);
                body.call(forget);
            });
            body.get(end).u32(ty).call(inner);
        });
    }
}

/// `realloc` in terms of a result area's `alloc`, for values that are allocated once and never
/// moved.
pub(crate) fn realloc(def: CoreFuncId, alloc: CoreFuncId) -> CoreModule {
    let mut module = CoreModule::default();
    let alloc = module.import(alloc, ([I32, I32], [I32]));
    module.function(Some(def), "wasi-shim: realloc", ([I32; 4], [I32]), |body| {
        let [align, size] = [body.param(2), body.param(3)];
        body.get(size).get(align).call(alloc);
    });
    module
}
