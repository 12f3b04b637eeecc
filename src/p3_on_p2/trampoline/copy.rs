//! Reads and writes of streams and futures.
//!
//! R keeps no pointer into the guest. What a write gives is handed to R at once. What a read gets is fetched from R, at
//! once, or where `fill` says that a pending read has got something, or just before the guest learns of it; it lands in the guest's own buffer.

use wasm_encoder::{BlockType, Instruction, MemArg, ValType};

use super::call::{Blocking, import_identify};
use super::handles::{Exchange, Keeps, Order};
use super::{BLOCKED, Task, delivery, push_cookie};
use crate::substitute::{Code, CoreModule, Signature, push_carrier};

use ValType::{I32, I64};

/// How the values of a completed read are had.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Take {
    /// There is nothing to have.
    Nothing,
    /// Numbers of `size` bytes, as chunks: R's functions, and `aim` of the realloc they are lowered with.
    Bytes { size: u32, aim: u32, head: u32, body: u32, tail: u32 },
    /// By a function of R's, lowered with a realloc whose first allocation is where `aim` says.
    Values { source: Takes, aim: u32 },
}

/// Functions `(end, return area)` that give values as a list.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Takes {
    One(u32),
    /// The one of `typed` for what R made, `part` for what another part wrote; `asks` tells which it is.
    Either {
        typed: u32,
        part: u32,
        asks: u32,
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
    pub def: u32,
    pub is_future: bool,
    /// What the buffer is made of, unless that is nothing.
    pub element: Option<Element>,
    /// R's `read`.
    pub inner: u32,
    /// The number of the type of stream or future.
    pub ty: u32,
    pub take: Take,
    /// What gives the handles in values that another part wrote.
    pub give: Option<Exchange>,
    /// The slot through which the values are delivered later.
    pub kind: u32,
    pub task: Task,
    /// For the sync form: what it waits with.
    pub blocking: Option<Blocking>,
}

impl Read {
    /// Imports what the function calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let read = module.import_at(self.inner, Signature::new(&[I32, I32, I32, I64], &[I32]));
        let take = import_take(module, self.take);
        let give = self.give.map(|give| give.import(module));
        let blocking = self.blocking.map(|blocking| blocking.import(module));
        module.import_table(self.task.table);
        move |module| {
            let give = give.map(|give| give.build(module, "wasi-shim: give handles", Order::First));
            // `(end, address, result)`
            let deliver_values = (!matches!(take, Take::Nothing)).then(|| {
                let mut run = Vec::new();
                run.push(Instruction::LocalGet(2));
                match self.is_future {
                    true => run.extend([Instruction::I32Const(0xf), Instruction::I32And, Instruction::I32Eqz]),
                    false => run.extend([Instruction::I32Const(4), Instruction::I32ShrU]),
                }
                run.push(Instruction::If(BlockType::Empty));
                push_take(&mut run, take, give, self.is_future);
                run.push(Instruction::End);
                let code = Code { locals: vec![I32, I32, I32, I64], instructions: run };
                module.add(None, "wasi-shim: deliver values", delivery(), code)
            });
            if let Some(function) = deliver_values {
                module.slot_at(self.kind, function);
            }
            let params = if self.is_future { 2 } else { 3 };
            let result = params;
            let count = if self.is_future { Instruction::I32Const(1) } else { Instruction::LocalGet(2) };
            let mut run = Vec::new();
            push_alone(&mut run, blocking.as_ref());
            if let Some(element) = self.element {
                push_check(&mut run, element, &count, true);
            }
            run.extend([Instruction::LocalGet(0), Instruction::I32Const(self.ty as i32), count]);
            match deliver_values {
                Some(_) => push_cookie(&mut run, self.kind, 1),
                None => run.push(Instruction::I64Const(0)),
            }
            run.extend([Instruction::Call(read), Instruction::LocalSet(result)]);
            if let Some(blocking) = blocking {
                push_wait(&mut run, &blocking, result);
            }
            if let Some(function) = deliver_values {
                run.extend([
                    Instruction::LocalGet(result),
                    Instruction::I32Const(BLOCKED),
                    Instruction::I32Ne,
                    Instruction::If(BlockType::Empty),
                    Instruction::LocalGet(0),
                    Instruction::LocalGet(1),
                    Instruction::LocalGet(result),
                    Instruction::Call(function),
                    Instruction::End,
                ]);
            }
            run.push(Instruction::LocalGet(result));
            let signature = Signature { params: vec![I32; params as usize], results: vec![I32] };
            let code = Code { locals: vec![I32], instructions: run };
            module.add(Some(self.def), "wasi-shim: read", signature, code);
        }
    }
}

/// How values are written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Writing {
    /// R's `write-unit`.
    Unit(u32),
    /// R's `write`, of numbers of so many bytes.
    Bytes(u32, u32),
    /// A function of R's that takes a list of one value.
    Typed(u32),
    /// A function of R's that takes a list of values, after `gather`.
    Carried(u32, u32),
}

/// The cookie of a write that has nothing to deliver.
const NO_COOKIE: Instruction<'static> = Instruction::I64Const(0);

/// `stream.write` or `future.write`: `(end, address, [count]) -> result`.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    pub def: u32,
    pub is_future: bool,
    pub element: Option<Element>,
    /// The number of the type of stream or future.
    pub ty: u32,
    pub writing: Writing,
    /// What tells R which part of a composition writes.
    pub identify: Option<u32>,
    /// The first module's `fill`, if reads of the same part may get the values.
    pub fill: Option<u32>,
    /// What happens to handles in the values.
    pub keeps: Option<Keeps>,
    pub blocking: Option<Blocking>,
}

impl Write {
    /// Imports what the function calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let write = match self.writing {
            Writing::Unit(func) => module.import_at(func, Signature::new(&[I32; 3], &[I32])),
            Writing::Bytes(func, _) => module.import_at(func, Signature::new(&[I32; 7], &[I32])),
            Writing::Typed(func) => module.import_at(func, Signature::new(&[I32; 3], &[I32])),
            Writing::Carried(func, _) => module.import_at(func, Signature::new(&[I32, I32, I32, I32, I64], &[I32])),
        };
        let gather = match self.writing {
            Writing::Carried(_, gather) => Some(module.import_at(gather, Signature::default())),
            _ => None,
        };
        let identify = import_identify(module, self.identify);
        let fill = self.fill.map(|fill| module.import_at(fill, Signature::default()));
        let keeps = self.keeps.map(|keeps| keeps.import(module));
        let blocking = self.blocking.map(|blocking| blocking.import(module));
        move |module| {
            let kept = keeps.as_ref().map(|keeps| keeps.build(module, self.is_future));
            let params = if self.is_future { 2 } else { 3 };
            let [result, pointer, len] = [params, params + 1, params + 2];
            let count = if self.is_future { Instruction::I32Const(1) } else { Instruction::LocalGet(2) };
            let mut run = Vec::new();
            push_alone(&mut run, blocking.as_ref());
            if let Some(element) = self.element {
                push_check(&mut run, element, &count, matches!(self.writing, Writing::Unit(_)));
            }
            if let Writing::Bytes(_, size) = self.writing {
                run.extend(push_somewhere(&count));
                run.extend([
                    Instruction::LocalSet(pointer),
                    count.clone(),
                    Instruction::I32Const(size as i32),
                    Instruction::I32Mul,
                    Instruction::LocalSet(len),
                ]);
            }
            if let Some(kept) = &kept {
                run.extend([
                    Instruction::LocalGet(1),
                    Instruction::I32Const(0),
                    count.clone(),
                    Instruction::Call(kept.keep),
                ]);
            }
            run.extend(identify.into_iter().chain(gather).map(Instruction::Call));
            run.push(Instruction::LocalGet(0));
            if !matches!(self.writing, Writing::Typed(_)) {
                run.push(Instruction::I32Const(self.ty as i32));
            }
            if matches!(self.writing, Writing::Typed(_) | Writing::Carried(..)) {
                run.extend(push_somewhere(&count));
            }
            run.push(count);
            match (self.writing, &keeps) {
                (Writing::Bytes(..), _) => push_carrier(&mut run, pointer, len),
                (Writing::Carried(..), Some(keeps)) => push_cookie(&mut run, keeps.kind, 1),
                (Writing::Carried(..), None) => run.push(NO_COOKIE),
                (Writing::Unit(_) | Writing::Typed(_), _) => {}
            }
            run.extend([Instruction::Call(write), Instruction::LocalSet(result)]);
            if let Some(fill) = fill {
                push_fill(&mut run, fill, result);
            }
            if let Some(blocking) = blocking {
                push_wait(&mut run, &blocking, result);
            }
            if let Some(kept) = &kept {
                run.extend([
                    Instruction::LocalGet(result),
                    Instruction::I32Const(BLOCKED),
                    Instruction::I32Ne,
                    Instruction::If(BlockType::Empty),
                    Instruction::LocalGet(0),
                    Instruction::LocalGet(1),
                    Instruction::LocalGet(result),
                    Instruction::Call(kept.settle),
                    Instruction::End,
                ]);
            }
            run.push(Instruction::LocalGet(result));
            let signature = Signature { params: vec![I32; params as usize], results: vec![I32] };
            let code = Code { locals: vec![I32, I32, I32], instructions: run };
            module.add(Some(self.def), "wasi-shim: write", signature, code);
        }
    }
}

/// A sync operation on the end in local 0 begins.
fn push_alone(run: &mut Vec<Instruction<'static>>, blocking: Option<&Blocking>) {
    run.extend(blocking.into_iter().flat_map(|blocking| [Instruction::LocalGet(0), Instruction::Call(blocking.alone)]));
}

/// Pushes the address in local 1; where nothing lies does not matter, but lists of nothing must be aligned and in memory, too.
fn push_somewhere(count: &Instruction<'static>) -> [Instruction<'static>; 4] {
    [Instruction::LocalGet(1), Instruction::I32Const(0), count.clone(), Instruction::Select]
}

/// In what R's `write` answers: a read of the same part has got values.
const FILLED: i32 = 8;

/// If local `result` says so, the values go where that read wants them.
fn push_fill(run: &mut Vec<Instruction<'static>>, fill: u32, result: u32) {
    run.extend([
        Instruction::LocalGet(result),
        Instruction::I32Const(0xf),
        Instruction::I32And,
        Instruction::I32Const(FILLED),
        Instruction::I32Eq,
        Instruction::If(BlockType::Empty),
        Instruction::LocalGet(result),
        Instruction::I32Const(!FILLED),
        Instruction::I32And,
        Instruction::LocalSet(result),
        Instruction::Call(fill),
        Instruction::End,
    ]);
}

/// If local `result` is BLOCKED, waits for the copy of the end in local 0 and puts its outcome there.
fn push_wait(run: &mut Vec<Instruction<'static>>, blocking: &Blocking, result: u32) {
    run.extend([
        Instruction::LocalGet(result),
        Instruction::I32Const(BLOCKED),
        Instruction::I32Eq,
        Instruction::If(BlockType::Empty),
    ]);
    blocking.push_wait(run, 0);
    run.extend([Instruction::LocalSet(result), Instruction::End]);
}

/// Traps unless `count` elements of a buffer at the address in local 1 are aligned and, if `memory` is the module's, in it.
fn push_check(run: &mut Vec<Instruction<'static>>, element: Element, count: &Instruction<'static>, in_memory: bool) {
    let Element { size, align } = element;
    let mut conditions = 0;
    if align > 1 {
        conditions += 1;
        run.extend([
            Instruction::LocalGet(1),
            Instruction::I32Const(align as i32 - 1),
            Instruction::I32And,
            Instruction::I32Const(0),
            Instruction::I32Ne,
        ]);
    }
    if in_memory {
        conditions += 1;
        run.extend([
            Instruction::LocalGet(1),
            Instruction::I64ExtendI32U,
            count.clone(),
            Instruction::I64ExtendI32U,
            Instruction::I64Const(i64::from(size)),
            Instruction::I64Mul,
            Instruction::I64Add,
            Instruction::MemorySize(0),
            Instruction::I64ExtendI32U,
            Instruction::I64Const(16),
            Instruction::I64Shl,
            Instruction::I64GtU,
        ]);
    }
    if conditions == 0 {
        return;
    }
    if conditions == 2 {
        run.push(Instruction::I32Or);
    }
    run.extend([
        count.clone(),
        Instruction::I32Const(0),
        Instruction::I32Ne,
        Instruction::I32And,
        Instruction::If(BlockType::Empty),
        Instruction::Unreachable,
        Instruction::End,
    ]);
}

fn import_take(module: &mut CoreModule, take: Take) -> Take {
    match take {
        Take::Nothing => Take::Nothing,
        Take::Bytes { size, aim, head, body, tail } => Take::Bytes {
            size,
            aim: module.import_at(aim, Signature::new(&[I32], &[])),
            head: module.import_at(head, Signature::new(&[I32, I32, I32], &[])),
            body: module.import_at(body, Signature::new(&[I32, I32], &[])),
            tail: module.import_at(tail, Signature::new(&[I32, I32], &[])),
        },
        Take::Values { source, aim } => {
            let mut take = |func| module.import_at(func, Signature::new(&[I32, I32], &[]));
            let source = match source {
                Takes::One(func) => Takes::One(take(func)),
                Takes::Either { typed, part, asks } => Takes::Either {
                    typed: take(typed),
                    part: take(part),
                    asks: module.import_at(asks, Signature::new(&[I32], &[I32])),
                },
            };
            Take::Values { source, aim: module.import_at(aim, Signature::new(&[I32], &[])) }
        }
    }
}

/// Fetches the values of the read `(end, address, result)` in locals 0 to 2. Locals 3 to 6 are scratch.
///
/// A function that returns a list needs eight bytes of the guest's memory for its address and length. They are
/// borrowed: from the beginning of the memory, or behind the first page's last word if the buffer lies at the
/// beginning, and given back as they were. What another part wrote is followed by `give`.
fn push_take(run: &mut Vec<Instruction<'static>>, take: Take, give: Option<u32>, is_future: bool) {
    let [scratch, head, left, saved] = [3, 4, 5, 6];
    let at = MemArg { offset: 0, align: 3, memory_index: 0 };
    run.extend([
        Instruction::I32Const(0),
        Instruction::I32Const(65528),
        Instruction::LocalGet(1),
        Instruction::I32Const(8),
        Instruction::I32GeU,
        Instruction::Select,
        Instruction::LocalTee(scratch),
        Instruction::I64Load(at),
        Instruction::LocalSet(saved),
    ]);
    match take {
        Take::Nothing => {}
        Take::Values { source, aim } => {
            let take = |func| [Instruction::LocalGet(0), Instruction::LocalGet(scratch), Instruction::Call(func)];
            let push_give = |run: &mut Vec<Instruction<'static>>| {
                let Some(give) = give else { return };
                run.extend([Instruction::LocalGet(1), Instruction::I32Const(0)]);
                match is_future {
                    true => run.push(Instruction::I32Const(1)),
                    false => run.extend([Instruction::LocalGet(2), Instruction::I32Const(4), Instruction::I32ShrU]),
                }
                run.push(Instruction::Call(give));
            };
            run.extend([Instruction::LocalGet(1), Instruction::Call(aim)]);
            match source {
                Takes::One(func) => {
                    run.extend(take(func));
                    push_give(run);
                }
                Takes::Either { typed, part, asks } => {
                    run.extend([Instruction::LocalGet(0), Instruction::Call(asks), Instruction::If(BlockType::Empty)]);
                    run.extend(take(part));
                    push_give(run);
                    run.push(Instruction::Else);
                    run.extend(take(typed));
                    run.push(Instruction::End);
                }
            }
        }
        Take::Bytes { size, aim, head: take_head, body, tail } => {
            match is_future {
                true => run.push(Instruction::I32Const(size as i32)),
                false => run.extend([
                    Instruction::LocalGet(2),
                    Instruction::I32Const(4),
                    Instruction::I32ShrU,
                    Instruction::I32Const(size as i32),
                    Instruction::I32Mul,
                ]),
            }
            run.extend([
                Instruction::LocalSet(left),
                Instruction::LocalGet(1),
                Instruction::Call(aim),
                // The bytes before the first address that is aligned for chunks, unless all go by the tail.
                Instruction::LocalGet(left),
                Instruction::I32Const(64),
                Instruction::I32GeU,
                Instruction::If(BlockType::Empty),
                Instruction::I32Const(0),
                Instruction::LocalGet(1),
                Instruction::I32Sub,
                Instruction::I32Const(7),
                Instruction::I32And,
                Instruction::LocalTee(head),
                Instruction::If(BlockType::Empty),
                Instruction::LocalGet(0),
                Instruction::LocalGet(head),
                Instruction::LocalGet(scratch),
                Instruction::Call(take_head),
                Instruction::End,
                Instruction::LocalGet(left),
                Instruction::LocalGet(head),
                Instruction::I32Sub,
                Instruction::LocalTee(left),
                Instruction::I32Const(6),
                Instruction::I32ShrU,
                Instruction::If(BlockType::Empty),
                Instruction::LocalGet(0),
                Instruction::LocalGet(scratch),
                Instruction::Call(body),
                Instruction::End,
                Instruction::LocalGet(left),
                Instruction::I32Const(63),
                Instruction::I32And,
                Instruction::LocalSet(left),
                Instruction::End,
                Instruction::LocalGet(left),
                Instruction::If(BlockType::Empty),
                Instruction::LocalGet(0),
                Instruction::LocalGet(scratch),
                Instruction::Call(tail),
                Instruction::End,
            ]);
        }
    }
    run.extend([Instruction::LocalGet(scratch), Instruction::LocalGet(saved), Instruction::I64Store(at)]);
}

/// The module with a realloc whose first allocation after `aim` is at the given address; all others are the guest's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Landing {
    pub aim: u32,
    pub realloc: u32,
    /// The guest's realloc, if the values need more than one allocation.
    pub guest: Option<u32>,
}

impl Landing {
    /// The module that provides it.
    pub fn module(&self) -> CoreModule {
        let mut module = CoreModule::default();
        let signature = Signature::new(&[I32; 4], &[I32]);
        let guest = self.guest.map(|guest| module.import_at(guest, signature.clone()));
        let (armed, address) = (module.global_at(I32), module.global_at(I32));
        let aim = vec![
            Instruction::I32Const(1),
            Instruction::GlobalSet(armed),
            Instruction::LocalGet(0),
            Instruction::GlobalSet(address),
        ];
        let aim = Code { instructions: aim, ..Code::default() };
        module.add(Some(self.aim), "wasi-shim: aim", Signature::new(&[I32], &[]), aim);
        let mut realloc = vec![
            Instruction::GlobalGet(armed),
            Instruction::If(BlockType::Empty),
            Instruction::I32Const(0),
            Instruction::GlobalSet(armed),
            Instruction::GlobalGet(address),
            Instruction::Return,
            Instruction::End,
        ];
        match guest {
            Some(guest) => {
                realloc.extend((0..4).map(Instruction::LocalGet));
                realloc.push(Instruction::Call(guest));
            }
            None => realloc.push(Instruction::Unreachable),
        }
        let realloc = Code { instructions: realloc, ..Code::default() };
        module.add(Some(self.realloc), "wasi-shim: realloc", signature, realloc);
        module
    }
}
