//! Reads and writes of streams and futures.
//!
//! R keeps no pointer into the guest. The values of a write go to R at once. The values of a read
//! are fetched from R: at once, or where `fill` reports that a pending read has received values, or
//! just before the guest learns of them. They go into the guest's own buffer.

use wasm_encoder::Instruction::{
    I32And, I32Eq, I32Eqz, I32GeU, I32Mul, I32Ne, I32Or, I32ShrU, I32Sub, I64Add, I64ExtendI32U, I64GtU, I64Load,
    I64Mul, I64Shl, I64Store, Return, Select, Unreachable,
};
use wasm_encoder::ValType::{I32, I64};

use super::call::Blocking;
use super::handles::{HandleExchange, Keeps, Order};
use super::{BLOCKED, Task, delivery};
use crate::code::{Body, CoreModule, Func, Local, Memory, Signature, Slot};
use crate::component::{CoreFuncId, MemoryId, TableId};
use crate::p3_on_p2::numbers::TypeNumber;

/// How the values of a completed read reach the guest's buffer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Take<F = CoreFuncId> {
    /// There are no values to fetch.
    Nothing,
    /// Numbers of `size` bytes, as chunks: R's functions, and `aim` of the realloc they are lowered
    /// with.
    Bytes { size: u32, aim: F, head: F, body: F, tail: F },
    /// By a function of R's, lowered with a realloc whose first allocation is where `aim` says.
    Values { source: Takes<F>, aim: F },
}

/// Functions `(end, return area)` that return values as a list.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Takes<F = CoreFuncId> {
    One(F),
    /// `typed` for values that R made, `part` for values that another part wrote; `asks` tells
    /// which of them to call.
    Either {
        typed: F,
        part: F,
        asks: F,
    },
}

/// Size and alignment of a payload in memory, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element {
    pub size: u32,
    pub align: u32,
}

/// `stream.read` or `future.read`: `(end, address, [count]) -> result`.
#[derive(Debug, Clone)]
pub(crate) struct Read {
    pub def: CoreFuncId,
    pub is_future: bool,
    /// The elements of the buffer; `None` for units.
    pub element: Option<Element>,
    /// R's `read`.
    pub inner: CoreFuncId,
    /// The number of the type of stream or future.
    pub ty: TypeNumber,
    pub take: Take,
    /// Gives the reader the handles in values that another part wrote.
    pub give: Option<HandleExchange>,
    /// The slot through which the values are delivered later.
    pub slot: Slot,
    pub task: Task,
    /// For bytes in a linked guest: the host's bytes go directly to the buffer.
    pub in_place: Option<InPlace>,
    /// For the sync form: the functions by which it waits.
    pub blocking: Option<Blocking>,
}

impl Read {
    /// Adds the function.
    pub fn build(self, module: &mut CoreModule) {
        let Read { def, is_future, element, ty, slot, .. } = self;
        let in_place = self.in_place.map(|in_place| in_place.add_to(module));
        let mut params = vec![I32, I32, I32, I64];
        params.extend(in_place.map(|_| I32));
        let read = module.import(self.inner, Signature { params, results: vec![I32] });
        let take = self.take.import(module);
        let give = self.give.map(|give| give.import(module));
        let blocking = self.blocking.map(|blocking| blocking.import(module));
        module.import_table(self.task.table);
        let give = give.map(|give| give.build(module, "wasi-shim: give handles", Order::First));
        let deliver_values = (!matches!(take, Take::Nothing)).then(|| {
            module.function(None, "wasi-shim: deliver values", delivery(), |body| {
                let scratch = body.locals([I32, I32, I32, I64]);
                let result = body.param(2);
                body.copied(result, is_future).if_(|body| push_take(body, take, scratch, give, is_future));
            })
        });
        if let Some(function) = deliver_values {
            module.slot(slot, function);
        }
        module.function(Some(def), "wasi-shim: read", signature(is_future), |body| {
            let params = Params::of(body, is_future);
            let result = body.local(I32);
            params.begin(body, blocking, element, true);
            body.get(params.end).u32(ty).count(params);
            match deliver_values {
                Some(_) => body.cookie(slot, params.address),
                None => body.i64(0),
            };
            if let Some(in_place) = in_place {
                body.u32(in_place);
            }
            body.call(read).set(result);
            // R knows whether there is anything left to deliver.
            let deliver = match in_place {
                Some(_) => Some(Deliver::IfAny(body.module.import(self.task.deliver, ([I32, I32], [])))),
                None => deliver_values.map(Deliver::Values),
            };
            params.end(body, blocking, deliver, result);
        });
    }
}

/// The function that is called with the outcome of a copy.
#[derive(Debug, Clone, Copy)]
enum Deliver {
    /// `(end, address, result) -> ()`
    Values(Func),
    /// `(end, result) -> ()`
    IfAny(Func),
}

/// A function in the table by which a linked R moves bytes between the host and this memory:
/// `(stream, address, count, result) -> ()`. It writes the result of the host's function (twelve
/// bytes) to `result` in R's memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InPlace {
    pub slot: Slot,
    pub table: TableId,
    /// `input-stream.read` or `output-stream.write` of 0.2, lowered with this memory.
    pub host: CoreFuncId,
    /// For reads: `aim` of the realloc that `host` is lowered with.
    pub aim: Option<CoreFuncId>,
    /// R's memory.
    pub memory: MemoryId,
}

impl InPlace {
    /// Adds the function, and returns its slot.
    fn add_to(self, module: &mut CoreModule) -> Slot {
        let aim = self.aim.map(|aim| module.import(aim, ([I32], [])));
        let (name, host) = match aim {
            Some(_) => ("wasi-shim: read in place", module.import(self.host, ([I32, I64, I32], []))),
            None => ("wasi-shim: write in place", module.import(self.host, ([I32; 4], []))),
        };
        module.import_table(self.table);
        let r = module.import_memory(self.memory);
        let function = module.shared(name, ([I32; 4], []), |body| {
            let [stream, address, count, result] = body.first_params();
            let scratch = body.local(I32);
            let saved = [0, 8].map(|offset| (offset, body.local(I64)));
            // The host writes its result to this memory, too. Sixteen bytes outside the buffer are
            // borrowed for it: at the beginning of the memory, or at the end of its first page.
            body.i32(0).i32(65520).get(address).i32(16).op(I32GeU).op(Select).set(scratch);
            for (offset, saved) in saved {
                body.get(scratch).load(I64Load, Memory::FIRST, offset).set(saved);
            }
            body.get(stream);
            match aim {
                Some(aim) => {
                    // A buffer at the beginning gets only half of the bytes, so that they end
                    // before the borrowed ones.
                    body.get(count).get(count).i32(1).op(I32ShrU).i32(1).op(I32Or);
                    body.get(scratch).op(I32Eqz).op(Select).op(I64ExtendI32U).get(address).call(aim)
                }
                None => body.get(address).get(count),
            };
            body.get(scratch).call(host);
            for (offset, saved) in saved {
                body.get(result).get(scratch).load(I64Load, Memory::FIRST, offset).store(I64Store, r, offset);
                body.get(scratch).get(saved).store(I64Store, Memory::FIRST, offset);
            }
        });
        module.slot(self.slot, function);
        self.slot
    }
}

fn signature(is_future: bool) -> Signature {
    Signature { params: vec![I32; if is_future { 2 } else { 3 }], results: vec![I32] }
}

/// The parameters of a read or write.
#[derive(Debug, Clone, Copy)]
struct Params {
    end: Local,
    address: Local,
    /// `None` for a future: one.
    count: Option<Local>,
}

impl Params {
    fn of(body: &Body<'_>, is_future: bool) -> Params {
        Params { end: body.param(0), address: body.param(1), count: (!is_future).then(|| body.param(2)) }
    }

    /// Before the copy: if it is sync, checks that it is the only one of its end; checks the
    /// buffer.
    fn begin(self, body: &mut Body<'_>, blocking: Option<Blocking<Func>>, element: Option<Element>, in_memory: bool) {
        if let Some(blocking) = blocking {
            body.get(self.end).call(blocking.alone);
        }
        if let Some(element) = element {
            self.check(body, element, in_memory);
        }
    }

    /// After the copy has begun with `result`, which the function returns: a sync copy waits, and
    /// `deliver` is called with the outcome, unless the copy is still pending.
    fn end(self, body: &mut Body<'_>, blocking: Option<Blocking<Func>>, deliver: Option<Deliver>, result: Local) {
        if let Some(blocking) = blocking {
            body.get(result).i32(BLOCKED).op(I32Eq).if_(|body| {
                blocking.push_wait(body, self.end);
                body.set(result);
            });
        }
        if let Some(deliver) = deliver {
            body.get(result).i32(BLOCKED).op(I32Ne).if_(|body| {
                match deliver {
                    Deliver::Values(deliver) => body.get(self.end).get(self.address).get(result).call(deliver),
                    Deliver::IfAny(deliver) => body.get(self.end).get(result).call(deliver),
                };
            });
        }
        body.get(result);
    }

    /// Traps unless the elements of the buffer are aligned and, if `in_memory` is set, in the first
    /// memory.
    fn check(self, body: &mut Body<'_>, element: Element, in_memory: bool) {
        let Element { size, align } = element;
        if align > 1 {
            body.get(self.address).u32(align - 1).op(I32And).i32(0).op(I32Ne);
        }
        if in_memory {
            body.get(self.address).op(I64ExtendI32U);
            body.count(self).op(I64ExtendI32U).i64(size.into()).op(I64Mul).op(I64Add);
            body.memory_size(Memory::FIRST).op(I64ExtendI32U).i64(16).op(I64Shl).op(I64GtU);
        }
        match (align > 1, in_memory) {
            (false, false) => return,
            (true, true) => {
                body.op(I32Or);
            }
            _ => {}
        }
        body.count(self).i32(0).op(I32Ne).op(I32And).trap_if();
    }
}

impl Body<'_> {
    /// Pushes the number of elements in the buffer.
    fn count(&mut self, params: Params) -> &mut Self {
        match params.count {
            Some(count) => self.get(count),
            None => self.i32(1),
        }
    }

    /// Pushes the address of the buffer. An empty list's pointer is never dereferenced but must
    /// still be aligned and in memory, so it becomes 0.
    fn somewhere(&mut self, params: Params) -> &mut Self {
        self.get(params.address).i32(0).count(params).op(Select)
    }
}

/// How values are written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Writing {
    /// R's `write-unit`.
    Unit(CoreFuncId),
    /// R's `write`, of numbers of so many bytes.
    Bytes(CoreFuncId, u32),
    /// A function of R's that takes a list of one value.
    Typed(CoreFuncId),
    /// A function of R's that takes a list of values, after `gather`.
    Carried(CoreFuncId, CoreFuncId),
}

/// `stream.write` or `future.write`: `(end, address, [count]) -> result`.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    pub def: CoreFuncId,
    pub is_future: bool,
    pub element: Option<Element>,
    /// The number of the type of stream or future.
    pub ty: TypeNumber,
    pub writing: Writing,
    /// Tells R which part of a composition writes.
    pub identify: Option<CoreFuncId>,
    /// The first module's `fill`, if reads of the same part may get the values.
    pub fill: Option<CoreFuncId>,
    /// The treatment of handles in the values.
    pub keeps: Option<Keeps>,
    /// For bytes in a linked guest: R's `linked:write`, which is tried first, and the function by
    /// which it takes them from the buffer.
    pub in_place: Option<(CoreFuncId, InPlace)>,
    pub blocking: Option<Blocking>,
}

impl Write {
    /// Adds the function.
    pub fn build(self, module: &mut CoreModule) {
        let Write { def, is_future, element, ty, writing, .. } = self;
        let write = match writing {
            Writing::Unit(func) => module.import(func, ([I32; 3], [I32])),
            Writing::Bytes(func, _) => module.import(func, ([I32; 7], [I32])),
            Writing::Typed(func) => module.import(func, ([I32; 3], [I32])),
            Writing::Carried(func, _) => module.import(func, ([I32, I32, I32, I32, I64], [I32])),
        };
        let gather = match writing {
            Writing::Carried(_, gather) => Some(module.import(gather, ([], []))),
            _ => None,
        };
        let identify = self.identify.map(|identify| module.import(identify, ([], [])));
        let fill = self.fill.map(|fill| module.import(fill, ([], [])));
        let keeps = self.keeps.map(|keeps| keeps.import(module));
        let in_place =
            self.in_place.map(|(write, in_place)| (module.import(write, ([I32; 5], [I32])), in_place.add_to(module)));
        let blocking = self.blocking.map(|blocking| blocking.import(module));
        let kept = keeps.as_ref().map(|keeps| keeps.build(module, is_future));
        module.function(Some(def), "wasi-shim: write", signature(is_future), |body| {
            let params = Params::of(body, is_future);
            let [result, pointer, len] = body.locals([I32; 3]);
            params.begin(body, blocking, element, matches!(writing, Writing::Unit(_)) || in_place.is_some());
            let write = |body: &mut Body<'_>| {
                if let Writing::Bytes(_, size) = writing {
                    body.somewhere(params).set(pointer).count(params).u32(size).op(I32Mul).set(len);
                }
                if let Some(kept) = &kept {
                    body.get(params.address).i32(0).count(params).call(kept.keep);
                }
                body.calls(identify).calls(gather).get(params.end);
                match (writing, &keeps) {
                    (Writing::Unit(_), _) => body.u32(ty).count(params),
                    (Writing::Bytes(..), _) => body.u32(ty).count(params).in_chunks(pointer, len),
                    (Writing::Typed(_), _) => body.somewhere(params).count(params),
                    (Writing::Carried(..), Some(keeps)) => {
                        body.u32(ty).somewhere(params).count(params).cookie(keeps.slot, params.address)
                    }
                    (Writing::Carried(..), None) => body.u32(ty).somewhere(params).count(params).i64(0),
                };
                body.call(write).set(result);
                if let Some(fill) = fill {
                    // If a read of the same part has received values, `fill` moves them to its
                    // buffer.
                    body.get(result).i32(0xf).op(I32And).i32(FILLED).op(I32Eq).if_(|body| {
                        body.get(result).i32(!FILLED).op(I32And).set(result).call(fill);
                    });
                }
            };
            match in_place {
                Some((write_in_place, slot)) => {
                    body.get(params.end).u32(ty).count(params).u32(slot).get(params.address).call(write_in_place);
                    body.tee(result).i32(COPY).op(I32Eq).if_(write);
                }
                None => write(body),
            }
            params.end(body, blocking, kept.map(|kept| Deliver::Values(kept.settle)), result);
        });
    }
}

/// The answer of R's `linked:write` if the values have to be copied to R.
const COPY: i32 = -2;

/// The bit in the answer of R's `write` that says that a read of the same part has received values.
const FILLED: i32 = 8;

impl Take {
    /// The same, with functions of `module`.
    fn import(self, module: &mut CoreModule) -> Take<Func> {
        match self {
            Take::Nothing => Take::Nothing,
            Take::Bytes { size, aim, head, body, tail } => Take::Bytes {
                size,
                aim: module.import(aim, ([I32], [])),
                head: module.import(head, ([I32; 3], [])),
                body: module.import(body, ([I32, I32], [])),
                tail: module.import(tail, ([I32, I32], [])),
            },
            Take::Values { source, aim } => {
                let mut take = |func| module.import(func, ([I32, I32], []));
                let source = match source {
                    Takes::One(func) => Takes::One(take(func)),
                    Takes::Either { typed, part, asks } => Takes::Either {
                        typed: take(typed),
                        part: take(part),
                        asks: module.import(asks, ([I32], [I32])),
                    },
                };
                Take::Values { source, aim: module.import(aim, ([I32], [])) }
            }
        }
    }
}

/// Fetches the values of the read `(end, address, result)` in the parameters.
///
/// A function that returns a list needs eight bytes of the guest's memory for its address and
/// length. They are borrowed at the beginning of the memory, or at the end of its first page if the
/// buffer is at the beginning, and restored. After values that another part wrote, `give` is
/// called.
fn push_take(
    body: &mut Body<'_>,
    take: Take<Func>,
    [scratch, head, left, saved]: [Local; 4],
    give: Option<Func>,
    is_future: bool,
) {
    let [end, address, result] = body.first_params();
    body.i32(0).i32(65528).get(address).i32(8).op(I32GeU).op(Select).tee(scratch);
    body.load(I64Load, Memory::FIRST, 0).set(saved);
    match take {
        Take::Nothing => {}
        Take::Values { source, aim } => {
            let take = |func| {
                move |body: &mut Body<'_>| {
                    body.get(end).get(scratch).call(func);
                }
            };
            let take_part = |func| {
                move |body: &mut Body<'_>| {
                    take(func)(body);
                    if let Some(give) = give {
                        body.get(address).i32(0);
                        match is_future {
                            true => body.i32(1),
                            false => body.get(result).i32(4).op(I32ShrU),
                        };
                        body.call(give);
                    }
                }
            };
            body.get(address).call(aim);
            match source {
                Takes::One(func) => take_part(func)(body),
                Takes::Either { typed, part, asks } => {
                    body.get(end).call(asks).if_else(None, take_part(part), take(typed));
                }
            }
        }
        Take::Bytes { size, aim, head: take_head, body: take_body, tail } => {
            match is_future {
                true => body.u32(size),
                false => body.get(result).i32(4).op(I32ShrU).u32(size).op(I32Mul),
            };
            body.set(left).get(address).call(aim);
            // The bytes before the first address that is aligned for chunks, unless `tail` takes
            // all.
            body.get(left).i32(64).op(I32GeU).if_(|body| {
                body.i32(0).get(address).op(I32Sub).i32(7).op(I32And).tee(head).if_(|body| {
                    body.get(end).get(head).get(scratch).call(take_head);
                });
                body.get(left).get(head).op(I32Sub).tee(left).i32(6).op(I32ShrU).if_(|body| {
                    body.get(end).get(scratch).call(take_body);
                });
                body.get(left).i32(63).op(I32And).set(left);
            });
            body.get(left).if_(|body| {
                body.get(end).get(scratch).call(tail);
            });
        }
    }
    body.get(scratch).get(saved).store(I64Store, Memory::FIRST, 0);
}

/// The functions of a realloc whose first allocation after `aim` is at the given address; all
/// others are the guest's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RedirectedRealloc {
    pub aim: CoreFuncId,
    pub realloc: CoreFuncId,
    /// The guest's realloc, if the values need more than one allocation.
    pub guest: Option<CoreFuncId>,
}

impl RedirectedRealloc {
    /// Adds it to `module`.
    pub fn add_to(&self, module: &mut CoreModule) {
        let guest = self.guest.map(|guest| module.import(guest, ([I32; 4], [I32])));
        let [armed, address] = [(); 2].map(|()| module.global(I32));
        module.function(Some(self.aim), "wasi-shim: aim", ([I32], []), |body| {
            body.i32(1).global_set(armed).get_params().global_set(address);
        });
        module.function(Some(self.realloc), "wasi-shim: realloc", ([I32; 4], [I32]), |body| {
            body.global_get(armed).if_(|body| {
                body.i32(0).global_set(armed).global_get(address).op(Return);
            });
            match guest {
                Some(guest) => body.get_params().call(guest),
                None => body.op(Unreachable),
            };
        });
    }
}
