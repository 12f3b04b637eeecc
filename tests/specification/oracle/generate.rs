//! Random scripts: the model runs ahead, and says which operations are in place.

use crate::support::seeds::Random;

use super::script::{Answer, Body, Function, Kind, Mode, Op, Script, Side, Type};
use super::world::*;

/// Which of the ways that the model may go a script is made for.
#[derive(Clone, Copy)]
enum Order {
    First,
    Last,
    Random,
}

struct Generator {
    random: Random,
    script: Script,
    types: Vec<Type>,
    /// After so many operations everything comes to its end.
    length: usize,
    /// After so many, an operation is out of place.
    misuse: usize,
    /// Whether parts that are called block in the middle of their code.
    blocks: bool,
    order: Order,
    /// A register with a number that was guessed.
    guess: Option<u8>,
    /// The next register of each part that was not used.
    fresh: Vec<u8>,
    /// Of the next value that is written.
    value: u32,
}

/// A script for a composition of so many parts.
pub fn generate(seed: u64, parts: usize, blocks: bool) -> Script {
    let mut random = Random::new(seed);
    let all: Vec<Type> = Type::all().collect();
    let types = (0..1 + random.below(3)).map(|_| random.pick(&all)).collect();
    let length = 8 + random.below(40 * parts);
    let misuse = if random.percent(25) { random.below(length) } else { usize::MAX };
    let order = random.pick(&[Order::First, Order::Last, Order::Random]);
    let body = Body { part: 0, ops: vec![] };
    let script = Script { bodies: vec![body] };
    let mut generator = Generator {
        random,
        script,
        types,
        length,
        misuse,
        blocks,
        order,
        guess: None,
        fresh: vec![1; parts],
        value: 0x101,
    };
    generator.enter(0);
    generator.run(World::new(parts));
    generator.finish();
    generator.script
}

fn op(kind: Kind, a: u8, b: u8, c: u32) -> Op {
    Op { kind, a, b, c }
}

impl Generator {
    /// Follows one of the ways that the model may go, and adds what the tasks do.
    fn run(&mut self, mut world: World) {
        loop {
            if let Some((body, at)) = world.at()
                && at == self.script.bodies[body].ops.len()
            {
                if self.script.bodies.len() > 100 || self.script.len() > 3 * self.length + 100 {
                    return;
                }
                let next = self.next(&mut world, body);
                self.script.bodies[body].ops.push(next);
            }
            let (random, order) = (&mut self.random, self.order);
            let mut choose = |of| match order {
                Order::First => 0,
                Order::Last => of - 1,
                Order::Random => random.below(of),
            };
            let mut ctx =
                Context { script: &self.script, rules: Rules::Specification, choose: &mut choose, log: vec![] };
            if world.step(&mut ctx).is_err() {
                return;
            }
        }
    }

    /// Whatever has not come to its end in that run returns.
    fn finish(&mut self) {
        let calls = self.script.bodies.iter().flat_map(|body| &body.ops).filter_map(|op| match op.kind {
            Kind::Call(function, _) => Some((op.c as usize, function.answer())),
            _ => None,
        });
        let answers: Vec<(usize, Answer)> = calls.chain([(0, Answer::None)]).collect();
        for (body, answer) in answers {
            let Body { part, ref ops } = self.script.bodies[body];
            if ops.iter().any(|op| matches!(op.kind, Kind::Return(_) | Kind::Exit | Kind::TaskCancel)) {
                continue;
            }
            let a = self.register(part);
            if let Answer::End(ty) = answer {
                let b = self.register(part);
                self.script.bodies[body].ops.push(op(Kind::New(ty), a, b, 0));
            }
            self.script.bodies[body].ops.push(op(Kind::Return(answer), a, 0, 0));
        }
    }

    fn register(&mut self, part: usize) -> u8 {
        self.fresh[part] = self.fresh[part].saturating_add(1).min(250);
        self.fresh[part] - 1
    }

    fn enter(&mut self, body: usize) {
        let part = self.script.bodies[body].part;
        let register = self.register(part);
        self.script.bodies[body].ops.push(op(Kind::Enter, register, 0, 0));
    }

    fn call(&mut self, part: usize, function: Function, mode: Mode, a: u8) -> Op {
        let body = self.script.bodies.len();
        self.script.bodies.push(Body { part: part + 1, ops: vec![] });
        self.enter(body);
        let register = self.register(part);
        self.register(part);
        op(Kind::Call(function, mode), a, register, body as u32)
    }

    /// Whether the task may block in the middle of its code.
    fn may_block(&self, part: usize) -> bool {
        part == 0 || self.blocks
    }

    fn mode(&mut self, part: usize, rarely: bool) -> Mode {
        let sync = self.may_block(part) && self.random.percent(if rarely { 10 } else { 40 });
        if sync { Mode::Sync } else { Mode::Async }
    }

    /// The next operation of a body, whose task runs.
    fn next(&mut self, world: &mut World, body: usize) -> Op {
        let task = world.tasks[&body].clone();
        if self.script.len() >= self.misuse {
            self.misuse = usize::MAX;
            return self.out_of_place(world, &task);
        }
        let mut ways = self.of_handles(world, &task);
        ways.extend(self.of_task(world, &task));
        if self.script.len() >= self.length {
            // Whoever has not returned does; whoever has, ends, and lets go of what others wait
            // for.
            let ends = |(_, op): &(usize, Op)| matches!(op.kind, Kind::Exit | Kind::Return(_) | Kind::TaskCancel);
            let closes =
                |(_, op): &(usize, Op)| ends(&(0, *op)) || matches!(op.kind, Kind::Drop(..) | Kind::BackpressureDec);
            if self.random.percent(50) && ways.iter().any(closes) {
                ways.retain(closes);
            } else if ways.iter().any(ends) {
                ways.retain(ends);
            } else if let Some(Function::Take(ty)) = task.function {
                let (a, b) = (self.register(task.part), self.register(task.part));
                return op(Kind::New(ty), a, b, 0);
            }
        }
        let total: usize = ways.iter().map(|(weight, _)| weight).sum();
        let mut at = self.random.below(total);
        let chosen = ways.iter().find(|(weight, _)| {
            if at < *weight {
                true
            } else {
                at -= weight;
                false
            }
        });
        let mut chosen = chosen.unwrap().1;
        // Only now, for bodies and registers are numbered in order.
        match chosen.kind {
            Kind::New(_) => (chosen.a, chosen.b) = (self.register(task.part), self.register(task.part)),
            Kind::SetNew => chosen.a = self.register(task.part),
            Kind::Call(function, mode) => chosen = self.call(task.part, function, mode, chosen.a),
            _ => {}
        }
        chosen
    }

    /// The operations on the handles that a part has, each with a weight.
    fn of_handles(&mut self, world: &World, task: &Task) -> Vec<(usize, Op)> {
        let instance = &world.parts[task.part];
        let register = |number: u32| instance.registers.iter().position(|other| *other == number).map(|at| at as u8);
        let below = task.part + 1 < world.parts.len();
        let mut ways = vec![];
        let sets: Vec<u8> = (instance.handles.iter())
            .filter_map(|(number, handle)| register(number).filter(|_| matches!(handle, Handle::Set(_))))
            .collect();
        for (number, handle) in instance.handles.iter() {
            let Some(r) = register(number) else { continue };
            let joined = match handle {
                Handle::End(end) => end.joined,
                Handle::Subtask(_, joined) => *joined,
                Handle::Set(waiting) => {
                    let elements = instance.handles.iter().filter(|(_, other)| other.is_in(number)).count();
                    let ready = !world.events(task.part, number).is_empty();
                    let others =
                        world.tasks.values().any(|other| other.point != Point::Exited && other.part > task.part);
                    // Translated components may take values ahead of the reader if a part offers
                    // them that is called.
                    let writes = |other: &Handle| matches!(other, Handle::End(end) if end.side == Side::Write);
                    let waits_for_write =
                        instance.handles.iter().any(|(_, other)| other.is_in(number) && writes(other));
                    let hopeful = ready || others && elements > 0;
                    ways.push((if ready { 6 } else { 1 }, op(Kind::SetPoll, r, 0, 0)));
                    ways.push((
                        if ready {
                            10
                        } else if hopeful {
                            6
                        } else {
                            0
                        },
                        op(Kind::TurnWait, r, 0, 0),
                    ));
                    if !hopeful && self.random.percent(4) {
                        ways.push((1, op(Kind::TurnWait, r, 0, 0)));
                    }
                    if self.may_block(task.part) && !(task.part > 0 && waits_for_write) {
                        ways.push((if ready { 5 } else { hopeful as usize }, op(Kind::SetWait, r, 0, 0)));
                    }
                    if *waiting == 0 && elements == 0 || *waiting > 0 && self.random.percent(10) {
                        ways.push((1, op(Kind::SetDrop, r, 0, 0)));
                    }
                    continue;
                }
            };
            if !joined.sync {
                if let Some(set) = sets.get(self.random.below(sets.len().max(1))) {
                    ways.push((if joined.set == 0 { 6 } else { 1 }, op(Kind::Join, r, *set, 0)));
                }
                ways.push(((joined.set != 0) as usize, op(Kind::Join, r, 0, 0)));
            }
            match handle {
                Handle::End(end) => self.of_end(world, task, end, r, below, &mut ways),
                Handle::Subtask(callee, _) => {
                    let subtask = &world.tasks[callee].subtask;
                    // A second time, now and then.
                    if (subtask.delivered || subtask.cancelled) && self.random.percent(5) {
                        ways.push((4, op(Kind::SubtaskCancel(Mode::Async), r, 0, 0)));
                    }
                    if subtask.delivered {
                        ways.push((4, op(Kind::SubtaskDrop, r, 0, 0)));
                    } else if !subtask.cancelled {
                        let mode = if joined.set == 0 { self.mode(task.part, false) } else { Mode::Async };
                        ways.push((2, op(Kind::SubtaskCancel(mode), r, 0, 0)));
                    }
                }
                Handle::Set(_) => {}
            }
        }
        ways
    }

    fn of_end(&mut self, world: &World, task: &Task, end: &End, r: u8, below: bool, ways: &mut Vec<(usize, Op)>) {
        let End { ty, side, shared, state, joined, .. } = *end;
        let other = &world.shared[shared];
        match state {
            CopyState::Idle => {
                let meets =
                    other.dropped || other.pending.is_some_and(|(part, _)| part != task.part || ty.passes_inside());
                // Values that may not pass inside a component are met there rarely.
                let forbidden = other.pending.is_some_and(|(part, _)| part == task.part) && !ty.passes_inside();
                let blocks = !meets && (world.parts.len() == 1 || self.random.percent(80)) && self.random.percent(90);
                let blocks = blocks || task.part > 0 && side == Side::Write;
                let mode = if joined.set == 0 && !blocks { self.mode(task.part, !meets) } else { Mode::Async };
                let count = if ty.future { 1 } else { self.random.pick(&[0, 1, 1, 2, 2, 3, 4, 6]) };
                let place = if count == 0 { self.random.pick(&[0x00, 0x10, 0x20]) } else { 0 };
                let copy = op(Kind::Copy(side, ty, mode), r, count | place, self.value);
                self.value += 8;
                if !forbidden || self.random.percent(1) {
                    ways.push((if meets { 12 } else { 8 }, copy));
                }
                if side == Side::Read && joined.set == 0 {
                    if below {
                        let mode = self.mode(task.part, true);
                        ways.push((6, op(Kind::Call(Function::Give(ty), mode), r, 0, 0)));
                    }
                    if task.function == Some(Function::Take(ty)) && task.state != TaskState::Resolved {
                        ways.push((6, op(Kind::Return(Answer::End(ty)), r, 0, 0)));
                    }
                }
                if !(ty.future && side == Side::Write) {
                    ways.push((1, op(Kind::Drop(side, ty), r, 0, 0)));
                }
            }
            CopyState::Copying if !joined.sync => {
                let mode = if joined.set == 0 { self.mode(0, false) } else { Mode::Async };
                ways.push((2, op(Kind::CancelCopy(side, ty, mode), r, 0, 0)));
                if side == Side::Read {
                    ways.push((if end.event.is_some() { 8 } else { 1 }, op(Kind::Look, r, 0, 0)));
                }
            }
            CopyState::Copying => {}
            CopyState::Done => ways.push((4, op(Kind::Drop(side, ty), r, 0, 0))),
        }
    }

    /// The operations that a task can do by itself.
    fn of_task(&mut self, world: &World, task: &Task) -> Vec<(usize, Op)> {
        let part = task.part;
        let ty = self.random.pick(&self.types.clone());
        let handles = world.parts[part].handles.iter().count();
        let mut ways = vec![
            (if handles < 8 { 8 } else { 1 }, op(Kind::New(ty), 0, 0, 0)),
            (if handles < 8 { 5 } else { 1 }, op(Kind::SetNew, 0, 0, 0)),
            (1, op(Kind::ContextGet, 0, 0, 0)),
            (1, op(Kind::ContextSet, 0, 0, self.random.below(256) as u32)),
            (2, op(Kind::TurnYield, 0, 0, 0)),
        ];
        if self.may_block(part) {
            ways.push((1, op(Kind::Yield, 0, 0, 0)));
        }
        if part + 1 < world.parts.len() {
            let mode = self.mode(part, true);
            let function = if self.random.percent(30) { Function::Plain } else { Function::Take(ty) };
            ways.push((10, op(Kind::Call(function, mode), 0, 0, 0)));
        }
        match world.parts[part].backpressure {
            0 if part > 0 => ways.push((1, op(Kind::BackpressureInc, 0, 0, 1))),
            0 => {}
            up => ways.push((6, op(Kind::BackpressureDec, 0, 0, up))),
        }
        if task.state == TaskState::Resolved {
            ways.push((3, op(Kind::Exit, 0, 0, 0)));
            return ways;
        }
        if task.state == TaskState::CancelDelivered {
            ways.push((10, op(Kind::TaskCancel, 0, 0, 0)));
        }
        let late = part > 0 || self.script.len() >= self.length;
        match task.function.map_or(Answer::None, Function::answer) {
            Answer::End(_) => {}
            answer => ways.push((4 * late as usize, op(Kind::Return(answer), 0, 0, self.random.below(1000) as u32))),
        }
        ways
    }

    /// Any operation, on anything that is near at hand.
    fn out_of_place(&mut self, world: &World, task: &Task) -> Op {
        let part = task.part;
        let answer = task.function.map_or(Answer::None, Function::answer);
        if task.state == TaskState::Resolved && !matches!(answer, Answer::End(_)) && self.random.percent(20) {
            return op(Kind::Return(answer), 0, 0, 7);
        }
        if self.guess.is_none() && self.random.percent(25) {
            let register = self.register(part);
            (self.guess, self.misuse) = (Some(register), self.script.len() + 1);
            return op(Kind::Number, register, 0, self.random.below(12) as u32);
        }
        let mut registers: Vec<u8> = (0..=self.fresh[part]).collect();
        let live = |number: u32| world.parts[part].handles.iter().any(|(other, _)| other == number);
        if self.random.percent(80) {
            registers.retain(|at| live(world.parts[part].registers[*at as usize]));
        }
        // Those that are busy in some way are the more interesting ones.
        let busy = |number: u32| {
            world.parts[part].handles.iter().any(|(other, handle)| match handle {
                Handle::End(end) => other == number && end.joined.set != 0,
                Handle::Subtask(..) => other == number,
                Handle::Set(_) => false,
            })
        };
        if self.random.percent(40) && registers.iter().any(|at| busy(world.parts[part].registers[*at as usize])) {
            registers.retain(|at| busy(world.parts[part].registers[*at as usize]));
        } else {
            registers.push(0);
        }
        registers = self.guess.map_or(registers, |guess| vec![guess]);
        let (a, b) = (self.random.pick(&registers), self.random.pick(&registers));
        let number = world.parts[part].registers[a as usize];
        let handle = world.parts[part].handles.iter().find(|(other, _)| *other == number).map(|(_, handle)| handle);
        let handle = handle.filter(|_| self.random.percent(60));
        let kinds: Vec<Kind> = Kind::all()
            .into_iter()
            .filter(|kind| self.may_block(part) || !may_block(*kind))
            // Translated components may take a write ahead of the reader that the writer waits for.
            .filter(|kind| part == 0 || !matches!(kind, Kind::SetWait | Kind::Copy(Side::Write, _, Mode::Sync)))
            .filter(|kind| match kind {
                Kind::Call(Function::Give(_), _) => part + 1 < world.parts.len(),
                Kind::Call(..) | Kind::Enter | Kind::Number | Kind::Look => false,
                _ => true,
            })
            .filter(|kind| match handle {
                Some(handle) => fits(*kind, handle),
                None => kind.ty().is_none_or(|ty| self.types.contains(&ty)),
            })
            .collect();
        let kind = self.random.pick(&kinds);
        match kind {
            Kind::Call(function, mode) => self.call(part, function, mode, a),
            Kind::New(_) | Kind::SetNew => op(kind, self.register(part), self.register(part), 0),
            Kind::BackpressureInc => op(kind, 0, 0, 0xffff + self.random.below(2) as u32),
            Kind::BackpressureDec => op(kind, 0, 0, 1 + world.parts[part].backpressure),
            Kind::Copy(_, ty, _) => {
                let count = if ty.future { 1 } else { self.random.pick(&[0, 1, 2, 15]) };
                // Values that are too many to be written are none.
                let place = if count == 15 { 2 } else { self.random.below(3) as u8 };
                op(kind, a, count | place << 4, 7)
            }
            _ => op(kind, a, b, 7),
        }
    }
}

/// Whether an operation is for such a handle, though perhaps not now.
fn fits(kind: Kind, handle: &Handle) -> bool {
    match (kind, handle) {
        (Kind::Copy(side, ty, _) | Kind::CancelCopy(side, ty, _) | Kind::Drop(side, ty), Handle::End(end)) => {
            (end.side, end.ty) == (side, ty)
        }
        (Kind::Return(Answer::End(ty)) | Kind::Call(Function::Give(ty), _), Handle::End(end)) => {
            (end.side, end.ty) == (Side::Read, ty)
        }
        (Kind::Join, Handle::End(_) | Handle::Subtask(..)) => true,
        (Kind::SubtaskCancel(_) | Kind::SubtaskDrop, Handle::Subtask(..)) => true,
        (Kind::SetWait | Kind::SetPoll | Kind::SetDrop | Kind::TurnWait, Handle::Set(_)) => true,
        _ => false,
    }
}
