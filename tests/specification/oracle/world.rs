//! The state of the model: component instances with their tables, tasks, and what streams and
//! futures share.

use std::collections::BTreeMap;

use super::script::{Entry as Logged, Kind, Mode};
use super::script::{Function, Script, Seen, Side, Type};

/// Why nothing goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stop {
    /// An operation is out of place; why.
    Trap(&'static str),
    /// Every task waits.
    Deadlock,
    /// The engine may do anything here.
    Anything,
}

pub fn trap_if(condition: bool, why: &'static str) -> Result<(), Stop> {
    if condition { Err(Stop::Trap(why)) } else { Ok(()) }
}

/// Whose rules hold where an engine is known to differ from the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// The specification's.
    Specification,
    /// The same, with the limits of components that are translated to 0.2.
    Translated,
    /// Those of wasmtime 48.
    Wasmtime,
}

/// The surroundings of a step: the script, the choices, and the log that the step adds.
pub struct Context<'a> {
    pub script: &'a Script,
    pub rules: Rules,
    /// Of so many ways, which.
    pub choose: &'a mut dyn FnMut(usize) -> usize,
    pub log: Vec<Logged>,
}

impl Context<'_> {
    pub fn say(&mut self, body: usize, seen: Seen) {
        self.log.push(Logged { body: body as u32, seen });
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[if of.len() > 1 { (self.choose)(of.len()) } else { 0 }]
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub struct World {
    pub parts: Vec<Instance>,
    /// By the body that a task runs: no body is run twice.
    pub tasks: BTreeMap<usize, Task>,
    pub shared: Vec<Shared>,
    /// The tasks on the stack, the one that runs last.
    pub running: Vec<usize>,
    /// Tasks that block in the middle of their code, each with the stack below it that it holds up;
    /// only in translated components.
    pub frozen: Vec<(usize, Vec<usize>)>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Instance {
    pub handles: Table,
    /// Those of the interpreter.
    pub registers: Vec<u32>,
    pub backpressure: u32,
    /// How many tasks wait to be let in.
    pub entering: u32,
    /// The task whose code runs or blocks: no other may run code meanwhile.
    pub exclusive: Option<usize>,
}

/// Handles: a number that was given back is given out first.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Table {
    entries: Vec<Option<Handle>>,
    free: Vec<u32>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Handle {
    End(End),
    /// The call of the task with this body.
    Subtask(usize, Joined),
    /// How many tasks wait for it.
    Set(u32),
}

impl Handle {
    /// Whether it is in this set.
    pub fn is_in(&self, set: u32) -> bool {
        match self {
            Handle::End(end) => end.joined.set == set,
            Handle::Subtask(_, joined) => joined.set == set,
            Handle::Set(_) => false,
        }
    }
}

/// The state that all waitables have.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Joined {
    /// 0: none.
    pub set: u32,
    /// A built-in blocks on it.
    pub sync: bool,
}

impl Table {
    pub fn add(&mut self, handle: Handle) -> u32 {
        match self.free.pop() {
            Some(number) => {
                self.entries[number as usize - 1] = Some(handle);
                number
            }
            None => {
                self.entries.push(Some(handle));
                self.entries.len() as u32
            }
        }
    }

    pub fn get(&mut self, number: u32) -> Result<&mut Handle, Stop> {
        let entry = (number as usize).checked_sub(1).and_then(|at| self.entries.get_mut(at)).and_then(Option::as_mut);
        entry.ok_or(Stop::Trap("no such handle"))
    }

    pub fn remove(&mut self, number: u32) -> Result<Handle, Stop> {
        let handle = self.get(number)?.clone();
        self.entries[number as usize - 1] = None;
        self.free.push(number);
        Ok(handle)
    }

    pub fn iter(&self) -> impl Iterator<Item = (u32, &Handle)> {
        self.entries.iter().enumerate().filter_map(|(at, entry)| Some((at as u32 + 1, entry.as_ref()?)))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Handle> {
        self.entries.iter_mut().flatten()
    }

    pub fn end(&mut self, number: u32, side: Side, ty: Type) -> Result<&mut End, Stop> {
        match self.get(number)? {
            Handle::End(end) if (end.side, end.ty) == (side, ty) => Ok(end),
            Handle::End(_) => Err(Stop::Trap("an end of another kind or type")),
            _ => Err(Stop::Trap("no end")),
        }
    }

    pub fn joined(&mut self, number: u32) -> Result<&mut Joined, Stop> {
        match self.get(number)? {
            Handle::End(end) => Ok(&mut end.joined),
            Handle::Subtask(_, joined) => Ok(joined),
            Handle::Set(_) => Err(Stop::Trap("no waitable")),
        }
    }

    /// The number of tasks that wait for a set.
    pub fn set(&mut self, number: u32) -> Result<&mut u32, Stop> {
        match self.get(number)? {
            Handle::Set(waiting) => Ok(waiting),
            _ => Err(Stop::Trap("no set")),
        }
    }

    /// The call, and the waitable.
    pub fn subtask(&mut self, number: u32) -> Result<(usize, Joined), Stop> {
        match self.get(number)? {
            Handle::Subtask(task, joined) => Ok((*task, *joined)),
            _ => Err(Stop::Trap("no subtask")),
        }
    }
}

/// One end of a stream or future.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct End {
    pub ty: Type,
    pub side: Side,
    /// The state that it shares with the other one.
    pub shared: usize,
    pub state: CopyState,
    /// Of the latest copy.
    pub buffer: Buffer,
    pub event: Option<CopyEvent>,
    /// It is told that the other one was dropped though it copies nothing; only in wasmtime.
    pub echo: bool,
    pub joined: Joined,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CopyState {
    Idle,
    Copying,
    Done,
}

#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Buffer {
    pub length: u32,
    pub progress: u32,
    /// Of a write, all; of a read, those that were read.
    pub values: Vec<u32>,
}

impl Buffer {
    pub fn remain(&self) -> u32 {
        self.length - self.progress
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CopyEvent {
    pub result: u32,
    /// The buffer is still offered to the other end until the event is delivered.
    pub offered: bool,
}

pub const COMPLETED: u32 = 0;
pub const DROPPED: u32 = 1;
pub const CANCELLED: u32 = 2;
pub const BLOCKED: u32 = u32::MAX;

/// The state that the two ends of a stream or future share.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Shared {
    pub dropped: bool,
    /// The end whose buffer waits: part and handle.
    pub pending: Option<(usize, u32)>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Task {
    pub part: usize,
    /// The function that is called; `run` if none is.
    pub function: Option<Function>,
    pub state: TaskState,
    pub point: Point,
    pub context: u32,
    /// It has returned before it was told that it is cancelled, and is told nevertheless; only in
    /// wasmtime.
    pub late: bool,
    /// The call, as its caller sees it.
    pub subtask: Subtask,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskState {
    Initial,
    Started,
    CancelPending,
    /// It will be told, but others may go first; only in wasmtime.
    CancelQueued,
    CancelDelivered,
    Resolved,
}

/// Where a task is. Numbers are positions in its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Point {
    /// Its call waits for its turn, as that of any other task that is ready; only in wasmtime.
    Queued,
    /// It waits to be let in.
    Entering,
    /// This operation is next.
    Code(usize),
    /// In a call, whose callee is on the stack.
    Calling(usize),
    /// In a `subtask.cancel`, whose callee is on the stack.
    Cancelling(usize),
    /// In an operation that blocks.
    Blocked(usize, Wait),
    /// Between two turns; it waits for this set, or has yielded.
    Turn(usize, Option<u32>),
    Exited,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wait {
    Copy(u32),
    Set(u32),
    Subtask(u32),
    Return(usize),
    Yield,
    /// A call is in the queue or runs; only in wasmtime.
    Callee(usize),
    /// It has cancelled a call, and others go first; only in wasmtime.
    Cancel,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Subtask {
    /// The task that calls.
    pub caller: Option<usize>,
    /// The end that it passes.
    pub argument: u32,
    /// In the caller's table, once it is there.
    pub handle: Option<u32>,
    pub state: u32,
    pub result: u32,
    pub event: bool,
    pub delivered: bool,
    pub cancelled: bool,
    /// Where the caller keeps an end that is returned.
    pub register: u8,
}

pub const STARTING: u32 = 0;
pub const STARTED: u32 = 1;
pub const RETURNED: u32 = 2;
pub const CANCELLED_BEFORE_STARTED: u32 = 3;
pub const CANCELLED_BEFORE_RETURNED: u32 = 4;

impl Subtask {
    pub fn resolved(&self) -> bool {
        self.state >= RETURNED
    }
}

impl World {
    /// The host has just called `run`.
    pub fn new(parts: usize) -> World {
        let instance = Instance {
            handles: Table::default(),
            registers: vec![0; 256],
            backpressure: 0,
            entering: 0,
            exclusive: None,
        };
        let mut world = World {
            parts: vec![instance; parts],
            tasks: BTreeMap::new(),
            shared: vec![],
            running: vec![0],
            frozen: vec![],
        };
        world.tasks.insert(0, Task::new(0, None, Subtask::of(None, 0, 0)));
        world.parts[0].exclusive = Some(0);
        let task = world.task(0);
        (task.state, task.point) = (TaskState::Started, Point::Code(0));
        world
    }

    pub fn task(&mut self, task: usize) -> &mut Task {
        self.tasks.get_mut(&task).unwrap()
    }

    pub fn instance(&mut self, task: usize) -> &mut Instance {
        let part = self.tasks[&task].part;
        &mut self.parts[part]
    }

    /// Whether the host's call may be over: natively when it has returned, else when its task has
    /// ended.
    pub fn is_over(&self, rules: Rules) -> bool {
        let task = &self.tasks[&0];
        match rules {
            Rules::Wasmtime => task.state == TaskState::Resolved,
            Rules::Specification | Rules::Translated => task.point == Point::Exited,
        }
    }

    /// The task whose next operation is this one, if one runs code.
    pub fn at(&self) -> Option<(usize, usize)> {
        let task = *self.running.last()?;
        match self.tasks[&task].point {
            Point::Code(at) => Some((task, at)),
            _ => None,
        }
    }
}

impl Task {
    pub fn new(part: usize, function: Option<Function>, subtask: Subtask) -> Task {
        Task { part, function, state: TaskState::Initial, point: Point::Entering, context: 0, late: false, subtask }
    }
}

impl Subtask {
    pub fn of(caller: Option<usize>, argument: u32, register: u8) -> Subtask {
        Subtask {
            caller,
            argument,
            register,
            handle: None,
            state: STARTING,
            result: 0,
            event: false,
            delivered: false,
            cancelled: false,
        }
    }
}

/// The code of an event of a copy.
pub fn event_code(side: Side, ty: Type) -> u32 {
    2 + (side == Side::Write) as u32 + 2 * ty.future as u32
}

/// Whether an operation may have to wait in the middle of the code.
pub fn may_block(kind: Kind) -> bool {
    match kind {
        Kind::SetWait | Kind::Yield => true,
        Kind::Copy(_, _, mode) | Kind::Call(_, mode) | Kind::SubtaskCancel(mode) => mode == Mode::Sync,
        _ => false,
    }
}
