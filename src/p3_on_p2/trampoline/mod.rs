//! The code that stands in the guest for what was replaced. All ids are core functions of the component.

mod arena;
mod call;
mod cancel;
mod context;
mod copy;
mod door;
mod driver;
mod ends;
mod handles;
mod known;
mod lend;
mod part_call;
mod step;
mod task;
mod task_return;
mod turn;
mod values;

pub(crate) use arena::Arena;
pub(crate) use call::{AsyncCall, Blocking, Finish, Start, SyncCall};
pub(crate) use cancel::{Cancel, typed};
pub(crate) use context::{post_return, realloc_apart};
pub(crate) use copy::{Element, Landing, Read, Take, Takes, Write, Writing};
pub(crate) use door::{Door, identified};
pub(crate) use driver::{Callback, Driver, Given, Responds, Returns, Wait};
pub(crate) use ends::{Ends, Pass, PassingLift, pass_between};
pub(crate) use handles::{Drop, DropReadable, Exchange, Keeps, realloc};
pub(crate) use known::Known;
pub(crate) use lend::{borrow, chained, drop_or_unlend};
pub(crate) use part_call::{AsyncPartCall, Callee, Hold, SyncCallee, SyncPartCall};
pub(crate) use step::{StepCalls, StepFunctions, Steps};
pub(crate) use task::{Calls as TaskCalls, NOT_CANCELLED, Task, constants, trap};
pub(crate) use task_return::{Returned, TaskReturn};
pub(crate) use turn::{Fetch, TurnCalls, Turns};

use wasm_encoder::{Instruction, ValType};

/// Bits of an event as R packs it: code, waitable, payload.
const CODE: i32 = 0xf;
const WAITABLE: i32 = 0x0fff_ffff;

/// What built-ins answer when an operation has to wait.
const BLOCKED: i32 = -1;

/// States of a subtask.
const RETURNED: i32 = 2;

/// Pushes the waitable of the event in local `event`.
fn push_waitable(run: &mut Vec<Instruction<'static>>, event: u32) {
    run.extend([
        Instruction::LocalGet(event),
        Instruction::I32WrapI64,
        Instruction::I32Const(4),
        Instruction::I32ShrU,
        Instruction::I32Const(WAITABLE),
        Instruction::I32And,
    ]);
}

/// Pushes the payload of the event in local `event`.
fn push_payload(run: &mut Vec<Instruction<'static>>, event: u32) {
    run.extend([
        Instruction::LocalGet(event),
        Instruction::I64Const(32),
        Instruction::I64ShrU,
        Instruction::I32WrapI64,
    ]);
}

/// Pushes the code of the event in local `event`.
fn push_code(run: &mut Vec<Instruction<'static>>, event: u32) {
    run.extend([
        Instruction::LocalGet(event),
        Instruction::I32WrapI64,
        Instruction::I32Const(CODE),
        Instruction::I32And,
    ]);
}

/// The cookie of an operation that delivers through slot `kind` to the address in local `pointer`.
fn push_cookie(run: &mut Vec<Instruction<'static>>, kind: u32, pointer: u32) {
    run.extend([
        Instruction::LocalGet(pointer),
        Instruction::I64ExtendI32U,
        Instruction::I64Const(i64::from(kind) << 32),
        Instruction::I64Or,
    ]);
}

/// The signature of what a slot of the delivery table holds: `(waitable, address, payload)`.
fn delivery() -> crate::substitute::Signature {
    crate::substitute::Signature::new(&[ValType::I32, ValType::I32, ValType::I32], &[])
}
