//! Futures that the host resolves: how a stream ended (`future<result<_, error-code>>`).

use super::pair::{OTHER, Pair, Type};
use super::transfer;
use crate::hooks::io::{self, Failure};
use common::shared::Shared;

/// The value of a future: not known yet, `ok`, or the case of an error. If an interface keeps
/// values whole, this is `ok`, and the pair's `outcome` has the value.
#[derive(Clone, Copy, PartialEq)]
#[repr(transparent)]
pub struct Value(u8);

impl Value {
    pub const UNKNOWN: Value = Value(0);
    pub const OK: Value = Value(1);

    pub const fn error(case: u8) -> Value {
        Value(2 + case)
    }

    pub fn is_known(self) -> bool {
        self != Value::UNKNOWN
    }

    pub fn is_error(self) -> bool {
        self != Value::OK
    }

    /// The case of an error.
    pub fn case(self) -> u8 {
        self.0.wrapping_sub(2)
    }
}

/// A future that the host will resolve; its readable end is to be given to the guest.
pub fn promise(ty: Type) -> Shared<Pair> {
    let future = Pair::new(ty, OTHER);
    future.promised.set(true);
    future
}

pub fn resolve(future: Shared<Pair>, value: Value) {
    transfer::settle(future, value, None);
}

/// The value that tells how a stream ended: `ok` without a failure, `closed` if the host closed its
/// stream, else the error whose case `case` asks the host for.
pub fn value_of(failure: Option<Failure>, closed: Value, case: impl FnOnce(u32) -> u8) -> Value {
    let Some(failure) = failure else { return Value::OK };
    let Some(error) = failure.error() else { return closed };
    let value = Value::error(case(error));
    io::drop_error(error);
    value
}

/// A stream that is at its end already, and its future: both readable ends for the guest.
pub fn ended(stream: Type, element: u32, future: Type, value: Value) -> [u32; 2] {
    let pair = Pair::new(stream, element);
    pair.dropped.set(true);
    let future = promise(future);
    let ends = [Pair::give_reader(pair), Pair::give_reader(future)];
    resolve(future, value);
    ends
}
