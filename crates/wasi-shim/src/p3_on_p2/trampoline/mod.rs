//! The generated code that replaces functions of the guest. All ids are core functions of the
//! component.

mod call;
mod cancel;
mod context;
mod copy;
mod door;
mod driver;
mod ends;
mod handles;
mod lend;
mod part_call;
mod result_area;
mod sized_result;
mod step;
mod task;
mod task_return;
mod turn;
mod values;

pub(crate) use call::{AsyncCall, Blocking, Finish, Start, SyncCall};
pub(crate) use cancel::{Cancel, typed};
pub(crate) use context::{post_return, realloc_apart};
pub(crate) use copy::{Element, InPlace, Read, RedirectedRealloc, Take, Takes, Write, Writing};
pub(crate) use door::{Door, identified};
pub(crate) use driver::{Callback, Driver, Responds, ReturnValue, Returns, Wait};
pub(crate) use ends::{Ends, Pass, PassingLift, pass_between};
pub(crate) use handles::{Drop, DropReadable, HandleExchange, Keeps, realloc};
pub(crate) use lend::{borrow, chained, drop_or_unlend};
pub(crate) use part_call::{AsyncPartCall, Callee, Hold, SyncCallee, SyncPartCall};
pub(crate) use result_area::ResultArea;
pub(crate) use sized_result::SizedResult;
pub(crate) use step::{StepCalls, StepFunctions, Steps};
pub(crate) use task::{Calls as TaskCalls, NOT_CANCELLED, ReturnKind, Stash, Task, constants, trap};
pub(crate) use task_return::{Returned, TaskReturn};
pub(crate) use turn::{Fetch, TurnCalls, Turns};
use wasm_encoder::Instruction::{I32And, I32ShrU, I32WrapI64, I64ExtendI32U, I64Or, I64ShrU};
use wasm_encoder::ValType::I32;

use crate::code::{Body, Local, Signature, Slot};

/// Bits of an event as R packs it: code, waitable, payload.
const CODE: i32 = 0xf;
const WAITABLE: i32 = 0x0fff_ffff;

/// The answer of built-ins when an operation has to wait.
const BLOCKED: i32 = -1;

/// The state of a subtask that has returned.
const RETURNED: i32 = 2;

impl Body<'_> {
    /// The upper half of the 64 bits on the stack.
    fn upper_half(&mut self) -> &mut Self {
        self.i64(32).op(I64ShrU).op(I32WrapI64)
    }

    /// Pushes the code of an event.
    fn code_of(&mut self, event: Local) -> &mut Self {
        self.get(event).op(I32WrapI64).i32(CODE).op(I32And)
    }

    /// Pushes the waitable of an event.
    fn waitable_of(&mut self, event: Local) -> &mut Self {
        self.get(event).op(I32WrapI64).i32(4).op(I32ShrU).i32(WAITABLE).op(I32And)
    }

    /// Pushes the payload of an event.
    fn payload_of(&mut self, event: Local) -> &mut Self {
        self.get(event).upper_half()
    }

    /// Pushes the cookie of an operation that delivers through `slot` to an address.
    fn cookie(&mut self, slot: Slot, pointer: Local) -> &mut Self {
        self.get(pointer).op(I64ExtendI32U).i64(i64::from(slot.0) << 32).op(I64Or)
    }
}

/// The signature of the functions in the delivery table: `(waitable, address, payload)`.
fn delivery() -> Signature {
    ([I32, I32, I32], []).into()
}
