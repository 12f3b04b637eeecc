//! Scripts: what the parts of a composition do, one body for each call.

use std::fmt;

use Kind::*;

/// A type of streams or futures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Type {
    pub future: bool,
    pub payload: Payload,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Payload {
    Unit,
    U8,
    U32,
    String,
}

impl Type {
    pub fn all() -> impl Iterator<Item = Type> {
        let payloads = [Payload::Unit, Payload::U8, Payload::U32, Payload::String];
        [false, true].into_iter().flat_map(move |future| payloads.map(|payload| Type { future, payload }))
    }

    /// Whether one component may have both ends of a copy.
    pub fn passes_inside(self) -> bool {
        self.payload != Payload::String
    }

    /// The number that a reader logs for an element that was written as `value`.
    pub fn seen(self, value: u32) -> u32 {
        match self.payload {
            Payload::Unit => 0,
            Payload::U8 => value & 0xff,
            Payload::U32 => value,
            Payload::String => text(value),
        }
    }

    /// The number that a reader logs for an element that was not written.
    pub fn untouched(self) -> u32 {
        if self.payload == Payload::U8 { 0xee } else { 0xeeee_eeee }
    }
}

/// The four letters of a string that is written as `value`.
pub fn text(value: u32) -> u32 {
    (0..4).map(|at| (0x61 + (value >> (4 * at) & 15)) << (8 * at)).sum()
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}-{:?}", if self.future { "future" } else { "stream" }, self.payload)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    Read,
    Write,
}

/// Whether a built-in or a lowering has the option `async`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    Sync,
    Async,
}

/// The functions that a part exports to the one above it. All take the number of the body that they
/// run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// Returns a number.
    Plain,
    /// Takes a readable end.
    Give(Type),
    /// Returns one.
    Take(Type),
}

/// The type of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    None,
    Number,
    End(Type),
}

impl Function {
    pub fn all() -> impl Iterator<Item = Function> {
        std::iter::once(Function::Plain).chain(Type::all().map(Function::Give)).chain(Type::all().map(Function::Take))
    }

    pub fn answer(self) -> Answer {
        match self {
            Function::Plain => Answer::Number,
            Function::Give(_) => Answer::None,
            Function::Take(ty) => Answer::End(ty),
        }
    }
}

/// The kinds of operations. Operands `a` and `b` are registers if nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The body begins: `a` becomes what the call passes.
    Enter,
    /// `a` becomes the number `c`.
    Number,
    /// `a` and `b` become a readable and a writable end.
    New(Type),
    /// Reads into a new buffer of `b` elements, or writes the values `c`, `c + 1`, … . Above the
    /// count in `b`: see [`Op::place`].
    Copy(Side, Type, Mode),
    CancelCopy(Side, Type, Mode),
    /// Looks into the buffer of the latest read of `a`, whether it is over or not.
    Look,
    Drop(Side, Type),
    SetNew,
    SetWait,
    SetPoll,
    SetDrop,
    /// `a` into the set `b`.
    Join,
    SubtaskCancel(Mode),
    SubtaskDrop,
    ContextGet,
    /// To the number `c`.
    ContextSet,
    /// `c` times.
    BackpressureInc,
    BackpressureDec,
    /// The end `a` or the number `c`.
    Return(Answer),
    TaskCancel,
    Yield,
    /// Calls a function of the part below, which gets the body `c` and the end `a`; `b` becomes the
    /// end that it returns.
    Call(Function, Mode),
    /// The turn ends.
    Exit,
    TurnYield,
    TurnWait,
    /// … with a code that there is not.
    TurnBad,
}

impl Kind {
    /// The type of the ends that it is for.
    pub fn ty(self) -> Option<Type> {
        match self {
            New(ty) | Copy(_, ty, _) | CancelCopy(_, ty, _) | Drop(_, ty) | Return(Answer::End(ty)) => Some(ty),
            Call(Function::Give(ty) | Function::Take(ty), _) => Some(ty),
            _ => None,
        }
    }

    /// All kinds; their positions are their codes.
    pub fn all() -> Vec<Kind> {
        let modes = [Mode::Sync, Mode::Async];
        let sides = [Side::Read, Side::Write];
        let mut all =
            vec![Enter, Number, Look, SetNew, SetWait, SetPoll, SetDrop, Join, SubtaskDrop, ContextGet, ContextSet];
        all.extend([BackpressureInc, BackpressureDec, TaskCancel, Yield, Exit, TurnYield, TurnWait, TurnBad]);
        all.extend([Return(Answer::None), Return(Answer::Number)]);
        all.extend(modes.map(SubtaskCancel));
        for ty in Type::all() {
            all.extend([New(ty), Return(Answer::End(ty))]);
            for side in sides {
                all.push(Drop(side, ty));
                all.extend(modes.into_iter().flat_map(|mode| [Copy(side, ty, mode), CancelCopy(side, ty, mode)]));
            }
        }
        all.extend(Function::all().flat_map(|function| modes.map(|mode| Call(function, mode))));
        all
    }
}

/// Where the buffer of a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    Good,
    Misaligned,
    OutOfBounds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Op {
    pub kind: Kind,
    pub a: u8,
    pub b: u8,
    pub c: u32,
}

/// More than any buffer may have, as the count of a copy: written as 15.
pub const TOO_MANY: u32 = 1 << 28;

impl Op {
    /// The number of elements of a copy.
    pub fn count(self) -> u32 {
        if self.b & 15 == 15 { TOO_MANY } else { self.b as u32 & 15 }
    }

    pub fn place(self) -> Place {
        match self.b >> 4 {
            0 => Place::Good,
            1 => Place::Misaligned,
            _ => Place::OutOfBounds,
        }
    }

    /// As the guest reads it.
    pub fn encoded(self, kinds: &[Kind]) -> u64 {
        let code = kinds.iter().position(|kind| *kind == self.kind).unwrap();
        code as u64 | (self.a as u64) << 8 | (self.b as u64) << 16 | (self.c as u64) << 32
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Op { kind, a, b, c } = *self;
        match kind {
            Enter => write!(f, "enter -> r{a}"),
            Number => write!(f, "number {c} -> r{a}"),
            New(ty) => write!(f, "new {ty} -> r{a}, r{b}"),
            Copy(side, ty, mode) => {
                write!(f, "{side:?} {ty} {mode:?} r{a}, count {}, {:?} place, values {c}..", self.count(), self.place())
            }
            CancelCopy(side, ty, mode) => write!(f, "cancel {side:?} {ty} {mode:?} r{a}"),
            Drop(side, ty) => write!(f, "drop {side:?} end of {ty} r{a}"),
            SetNew => write!(f, "set.new -> r{a}"),
            Join => write!(f, "join r{a}, set r{b}"),
            Look | SetWait | SetPoll | SetDrop | SubtaskCancel(_) | SubtaskDrop | TurnWait => {
                write!(f, "{kind:?} r{a}")
            }
            ContextSet | BackpressureInc | BackpressureDec => write!(f, "{kind:?} {c}"),
            Return(Answer::Number) => write!(f, "return {c}"),
            Return(Answer::End(ty)) => write!(f, "return {ty} r{a}"),
            Call(function, mode) => write!(f, "call {function:?} {mode:?}, body {c}, end r{a} -> r{b}"),
            Return(Answer::None) | ContextGet | TaskCancel | Yield | Exit | TurnYield | TurnBad => {
                write!(f, "{kind:?}")
            }
        }
    }
}

/// The bodies; the first is that of the export `run` of the uppermost part. A body that ends
/// otherwise exits.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Script {
    pub bodies: Vec<Body>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pub part: usize,
    pub ops: Vec<Op>,
}

/// The operation behind the end of a body.
const END: Op = Op { kind: Exit, a: 0, b: 0, c: 0 };

impl Script {
    pub fn op(&self, body: usize, at: usize) -> Op {
        self.bodies.get(body).and_then(|body| body.ops.get(at)).copied().unwrap_or(END)
    }

    /// Aligns all buffers.
    pub fn align(&mut self) {
        let ops = self.bodies.iter_mut().flat_map(|body| &mut body.ops);
        ops.filter(|op| matches!(op.kind, Copy(..)) && op.place() == Place::Misaligned).for_each(|op| op.b &= 15);
    }

    pub fn len(&self) -> usize {
        self.bodies.iter().map(|body| body.ops.len()).sum()
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (number, Body { part, ops }) in self.bodies.iter().enumerate() {
            if ops.is_empty() && number > 0 {
                continue;
            }
            writeln!(f, "body {number}, of part {part}:")?;
            for (at, op) in ops.iter().enumerate() {
                writeln!(f, "  {at}: {op}")?;
            }
        }
        Ok(())
    }
}

/// An observation that a part logs.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Entry {
    /// The body whose code says it.
    pub body: u32,
    pub seen: Seen,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Seen {
    /// The operation at the first number gave these.
    Result(u32, u32, u32),
    /// An event: code, handle, payload.
    Event(u32, u32, u32),
    /// An element of the buffer of a read that is over.
    Element(u32),
    /// The result of a call that has returned.
    Returned(u32),
    /// An event of what the part has not begun, by this handle.
    Confused(u32),
}

impl Seen {
    /// As the guest says it.
    pub fn from_raw(what: u32, a: u32, b: u32) -> Seen {
        match what & 0xff {
            RESULT => Seen::Result(what >> 8, a, b),
            EVENT => Seen::Event(what >> 8, a, b),
            ELEMENT => Seen::Element(a),
            RETURNED => Seen::Returned(a),
            _ => Seen::Confused(a),
        }
    }
}

pub const RESULT: u32 = 1;
pub const EVENT: u32 = 2;
pub const ELEMENT: u32 = 3;
pub const RETURNED: u32 = 4;
pub const CONFUSED: u32 = 5;

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "body {}: ", self.body)?;
        match self.seen {
            Seen::Result(at, a, 0) => write!(f, "{at} gives {a:#x}"),
            Seen::Result(at, a, b) => write!(f, "{at} gives {a:#x}, {b:#x}"),
            Seen::Event(code, handle, payload) => write!(f, "event {code} of {handle}: {payload:#x}"),
            Seen::Element(value) => write!(f, "read {value:#x}"),
            Seen::Returned(value) => write!(f, "the call returned {value:#x}"),
            Seen::Confused(handle) => write!(f, "nothing was begun by {handle}"),
        }
    }
}

/// How a script ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// `run` has returned.
    Returned,
    Trap,
    /// Every task waits.
    Deadlock,
    /// Whatever it was, it took too long.
    Endless,
    /// The engine says that it is wrong itself.
    EngineBug,
}

/// The observations of one run of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    pub log: Vec<Entry>,
    pub end: End,
    /// The engine's message about a trap.
    pub report: String,
}
