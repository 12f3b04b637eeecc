//! The model of tasks: what one step of the model is, calls, turns, waiting, cancellation.

use super::script::{Answer, Function, Kind, Mode, Op, Seen, Side};
use super::world::*;

/// The event that tells a task that its caller does not want it any more.
const TASK_CANCELLED: u32 = 6;
const SUBTASK: u32 = 1;

impl World {
    /// The task that runs does its next operation; if none runs, one that is ready goes on.
    pub fn step(&mut self, ctx: &mut Context) -> Result<(), Stop> {
        let Some(&task) = self.running.last() else {
            if let Some((_, below)) =
                self.frozen.pop_if(|(top, _)| !matches!(self.tasks[top].point, Point::Blocked(..)))
            {
                self.running = below;
                return Ok(());
            }
            let goes_on = |task: &usize| {
                let top = self.frozen.last().map(|(top, _)| *top);
                self.is_ready(*task)
                    && top.is_none_or(|top| *task == top || self.tasks[task].part > self.tasks[&top].part)
            };
            let ready: Vec<usize> = self.tasks.keys().copied().filter(goes_on).collect();
            if ready.is_empty() {
                // Then what was written may be taken ahead of the reader; the model does not follow
                // that.
                let taken = !self.frozen.is_empty() && self.is_written();
                return Err(if taken { Stop::Anything } else { Stop::Deadlock });
            }
            let task = ctx.pick(&ready);
            self.running.push(task);
            return self.go_on(task, false, ctx);
        };
        match self.tasks[&task].point {
            Point::Code(at) => self.operation(task, at, ctx),
            Point::Calling(at) => self.called(task, at, ctx),
            Point::Cancelling(at) => self.cancel_requested(task, at, ctx),
            _ => unreachable!("it does not run"),
        }
    }

    fn lets_in(&self, part: usize) -> bool {
        self.parts[part].backpressure == 0 && self.parts[part].exclusive.is_none()
    }

    pub fn is_ready(&self, task: usize) -> bool {
        let Task { part, point, state, late, .. } = &self.tasks[&task];
        let handle = |number: u32| self.parts[*part].handles.iter().find(|(other, _)| *other == number).unwrap().1;
        match *point {
            Point::Entering => self.lets_in(*part),
            Point::Turn(_, set) => {
                let happens = set.is_none_or(|set| !self.events(*part, set).is_empty());
                self.parts[*part].exclusive.is_none() && (happens || *late || *state == TaskState::CancelQueued)
            }
            Point::Queued | Point::Blocked(_, Wait::Cancel) => true,
            // Whether the callee has stopped for the first time.
            Point::Blocked(_, Wait::Callee(callee)) => {
                let point = self.tasks[&callee].point;
                !matches!(point, Point::Queued | Point::Code(_) | Point::Calling(_) | Point::Cancelling(_))
            }
            Point::Blocked(_, Wait::Set(set)) => !self.events(*part, set).is_empty(),
            Point::Blocked(_, Wait::Copy(end)) => matches!(handle(end), Handle::End(end) if end.event.is_some()),
            // An event that tells of the beginning does not end the wait: `canon_subtask_cancel`
            // answers how the call has ended.
            Point::Blocked(_, Wait::Subtask(subtask)) => {
                matches!(handle(subtask), Handle::Subtask(callee, _) if self.tasks[callee].subtask.resolved())
            }
            Point::Blocked(_, Wait::Return(callee)) => self.tasks[&callee].subtask.resolved(),
            Point::Blocked(_, Wait::Yield) => true,
            Point::Code(_) | Point::Calling(_) | Point::Cancelling(_) | Point::Exited => false,
        }
    }

    fn has_event(&self, handle: &Handle) -> bool {
        match handle {
            Handle::End(end) => end.event.is_some() || end.echo,
            Handle::Subtask(callee, _) => self.tasks[callee].subtask.event,
            Handle::Set(_) => false,
        }
    }

    /// The waitables in a set that have an event.
    pub fn events(&self, part: usize, set: u32) -> Vec<u32> {
        let with = |(number, handle): (u32, &Handle)| (handle.is_in(set) && self.has_event(handle)).then_some(number);
        self.parts[part].handles.iter().filter_map(with).collect()
    }

    /// The task that runs waits, unless it can go on; even then, others may go first.
    fn wait(&mut self, task: usize, point: Point, cancellable: bool, ctx: &mut Context) -> Result<(), Stop> {
        let this = self.task(task);
        this.point = point;
        if cancellable && matches!(this.state, TaskState::CancelPending | TaskState::CancelQueued) {
            if ctx.rules == Rules::Wasmtime && ctx.pick(&[false, true]) {
                this.state = TaskState::CancelQueued;
                self.running.pop();
                return Ok(());
            }
            this.state = TaskState::CancelDelivered;
            return self.go_on(task, true, ctx);
        }
        if self.is_ready(task) && ctx.pick(&[true, false]) {
            return self.go_on(task, false, ctx);
        }
        self.running.pop();
        self.freeze(task, ctx);
        Ok(())
    }

    /// A limit of translated components: where a part that is called blocks in the middle of its
    /// code, those that have called it, or were letting it go on, are below it on the stack. Until
    /// its turn ends, only the parts that it calls go on.
    fn freeze(&mut self, task: usize, ctx: &mut Context) {
        let Task { part, point, .. } = self.tasks[&task];
        let holds = self.frozen.last().is_some_and(|(other, _)| *other == task);
        let may = ctx.rules == Rules::Translated && part > 0 && matches!(point, Point::Blocked(..)) && !holds;
        if may && ctx.pick(&[false, true]) {
            self.frozen.push((task, std::mem::take(&mut self.running)));
        }
    }

    /// A task goes on, because the event that it has waited for is there or because it is
    /// cancelled.
    fn go_on(&mut self, task: usize, cancelled: bool, ctx: &mut Context) -> Result<(), Stop> {
        let part = self.tasks[&task].part;
        match self.tasks[&task].point {
            Point::Queued => self.enter(task, ctx),
            Point::Blocked(at, Wait::Callee(_)) => self.called(task, at, ctx),
            Point::Blocked(at, Wait::Cancel) => self.cancel_requested(task, at, ctx),
            Point::Entering => {
                self.parts[part].entering -= 1;
                if cancelled {
                    self.resolve(task, CANCELLED_BEFORE_STARTED, 0);
                    self.task(task).point = Point::Exited;
                    self.running.pop();
                    return Ok(());
                }
                self.begin(task, ctx)
            }
            Point::Turn(at, set) => {
                if let Some(set) = set {
                    *self.parts[part].handles.set(set)? -= 1;
                }
                let cancelled = self.is_told(task, cancelled);
                self.parts[part].exclusive = Some(task);
                self.task(task).point = Point::Code(at);
                match set {
                    _ if cancelled => ctx.say(task, Seen::Event(TASK_CANCELLED, 0, 0)),
                    Some(set) => self.tell_event(task, set, ctx),
                    None => ctx.say(task, Seen::Event(0, 0, 0)),
                }
                Ok(())
            }
            Point::Blocked(at, wait) => {
                self.task(task).point = Point::Code(at + 1);
                match wait {
                    Wait::Callee(_) | Wait::Cancel => {
                        unreachable!("it is in a call")
                    }
                    Wait::Copy(end) => {
                        self.parts[part].handles.joined(end)?.sync = false;
                        self.tell_copy(task, at, end, ctx);
                    }
                    Wait::Set(set) => {
                        *self.parts[part].handles.set(set)? -= 1;
                        self.tell_event(task, set, ctx);
                    }
                    Wait::Subtask(subtask) => {
                        self.parts[part].handles.joined(subtask)?.sync = false;
                        self.tell_cancelled(task, at, subtask, ctx)?;
                    }
                    Wait::Return(callee) => self.tell_returned(task, at, callee, ctx),
                    Wait::Yield => ctx.say(task, Seen::Result(at as u32, 0, 0)),
                }
                Ok(())
            }
            _ => unreachable!("it does not wait"),
        }
    }

    /// Whether a task learns now that it is cancelled.
    fn is_told(&mut self, task: usize, cancelled: bool) -> bool {
        let this = self.task(task);
        let queued = this.state == TaskState::CancelQueued;
        if queued {
            this.state = TaskState::CancelDelivered;
        }
        queued || cancelled || std::mem::take(&mut this.late)
    }

    /// One of the events of a set is delivered.
    fn tell_event(&mut self, task: usize, set: u32, ctx: &mut Context) {
        let part = self.tasks[&task].part;
        let number = ctx.pick(&self.events(part, set));
        match self.parts[part].handles.get(number).unwrap().clone() {
            Handle::End(end) => {
                let payload = self.take_copy_event((part, number));
                ctx.say(task, Seen::Event(event_code(end.side, end.ty), number, payload));
                for element in self.elements((part, number)) {
                    ctx.say(task, element);
                }
            }
            Handle::Subtask(callee, _) => {
                let state = self.take_subtask_event(callee);
                ctx.say(task, Seen::Event(SUBTASK, number, state));
                self.tell_result(task, callee, ctx);
            }
            Handle::Set(_) => unreachable!(),
        }
    }

    fn tell_copy(&mut self, task: usize, at: usize, end: u32, ctx: &mut Context) {
        let part = self.tasks[&task].part;
        let payload = self.take_copy_event((part, end));
        ctx.say(task, Seen::Result(at as u32, payload, 0));
        for element in self.elements((part, end)) {
            ctx.say(task, element);
        }
    }

    fn take_subtask_event(&mut self, callee: usize) -> u32 {
        let subtask = &mut self.task(callee).subtask;
        subtask.event = false;
        subtask.delivered = subtask.resolved();
        subtask.state
    }

    /// The caller takes the result of a call, if the call has returned.
    fn tell_result(&mut self, task: usize, callee: usize, ctx: &mut Context) {
        let Task { function, subtask: Subtask { state, result, register, .. }, .. } = self.tasks[&callee];
        let answer = function.map_or(Answer::None, Function::answer);
        if state != RETURNED || answer == Answer::None {
            return;
        }
        ctx.say(task, Seen::Returned(result));
        if matches!(answer, Answer::End(_)) {
            self.instance(task).registers[register as usize + 1] = result;
        }
    }

    /// A call that is lowered without `async` is over.
    fn tell_returned(&mut self, task: usize, at: usize, callee: usize, ctx: &mut Context) {
        let Task { function, subtask: Subtask { result, register, .. }, .. } = self.tasks[&callee];
        self.task(callee).subtask.delivered = true;
        ctx.say(task, Seen::Result(at as u32, result, 0));
        if matches!(function.map(Function::answer), Some(Answer::End(_))) {
            self.instance(task).registers[register as usize + 1] = result;
        }
    }

    fn tell_cancelled(&mut self, task: usize, at: usize, number: u32, ctx: &mut Context) -> Result<(), Stop> {
        let (callee, _) = self.instance(task).handles.subtask(number)?;
        let state = self.take_subtask_event(callee);
        ctx.say(task, Seen::Result(at as u32, state, 0));
        self.tell_result(task, callee, ctx);
        Ok(())
    }

    /// A call reaches its final state.
    fn resolve(&mut self, task: usize, state: u32, result: u32) {
        let this = self.task(task);
        this.state = TaskState::Resolved;
        this.subtask.state = state;
        this.subtask.result = result;
        this.subtask.event = this.subtask.handle.is_some();
    }

    fn enter(&mut self, task: usize, ctx: &mut Context) -> Result<(), Stop> {
        let part = self.tasks[&task].part;
        if self.lets_in(part) && self.parts[part].entering == 0 {
            return self.begin(task, ctx);
        }
        self.parts[part].entering += 1;
        self.wait(task, Point::Entering, true, ctx)
    }

    /// A task is let in: it takes its parameters.
    fn begin(&mut self, task: usize, ctx: &mut Context) -> Result<(), Stop> {
        self.instance(task).exclusive = Some(task);
        let this = self.task(task);
        (this.state, this.point) = (TaskState::Started, Point::Code(0));
        this.subtask.state = STARTED;
        this.subtask.event = this.subtask.handle.is_some();
        if let (Some(Function::Give(ty)), Some(caller)) = (this.function, this.subtask.caller) {
            let (part, argument) = (this.part, this.subtask.argument);
            let shared = self.lift_end(self.tasks[&caller].part, ty, argument)?;
            let parameter = self.lower_end(part, ty, shared, ctx);
            self.task(task).subtask.argument = parameter;
        }
        Ok(())
    }

    /// A call has come back, though it may not have returned.
    fn called(&mut self, task: usize, at: usize, ctx: &mut Context) -> Result<(), Stop> {
        let Op { kind, c, .. } = ctx.script.op(task, at);
        let callee = c as usize;
        let Subtask { state, register, .. } = self.tasks[&callee].subtask;
        let resolved = self.tasks[&callee].subtask.resolved();
        self.task(task).point = Point::Code(at + 1);
        if matches!(kind, Kind::Call(_, Mode::Sync)) {
            if !resolved {
                return self.wait(task, Point::Blocked(at, Wait::Return(callee)), false, ctx);
            }
            self.tell_returned(task, at, callee, ctx);
            return Ok(());
        }
        let mut number = 0;
        if resolved {
            self.task(callee).subtask.delivered = true;
        } else {
            number = self.instance(task).handles.add(Handle::Subtask(callee, Joined::default()));
            self.task(callee).subtask.handle = Some(number);
        }
        self.instance(task).registers[register as usize] = number;
        ctx.say(task, Seen::Result(at as u32, state | number << 4, 0));
        self.tell_result(task, callee, ctx);
        Ok(())
    }

    /// A callee knows that its caller does not want it any more.
    fn cancel_requested(&mut self, task: usize, at: usize, ctx: &mut Context) -> Result<(), Stop> {
        let Op { kind, a, .. } = ctx.script.op(task, at);
        self.task(task).point = Point::Code(at + 1);
        let number = self.instance(task).registers[a as usize];
        let (callee, _) = self.instance(task).handles.subtask(number)?;
        if self.tasks[&callee].subtask.resolved() {
            return self.tell_cancelled(task, at, number, ctx);
        }
        if kind == Kind::SubtaskCancel(Mode::Async) {
            ctx.say(task, Seen::Result(at as u32, BLOCKED, 0));
            return Ok(());
        }
        self.instance(task).handles.joined(number)?.sync = true;
        self.wait(task, Point::Blocked(at, Wait::Subtask(number)), false, ctx)
    }

    fn cancel_subtask(
        &mut self,
        task: usize,
        at: usize,
        number: u32,
        mode: Mode,
        ctx: &mut Context,
    ) -> Result<(), Stop> {
        let (callee, joined) = self.instance(task).handles.subtask(number)?;
        let subtask = &mut self.task(callee).subtask;
        trap_if(subtask.delivered, "a call that is over is cancelled")?;
        if subtask.cancelled && ctx.rules == Rules::Wasmtime {
            return Err(Stop::Anything);
        }
        trap_if(subtask.cancelled, "a call is cancelled twice")?;
        trap_if(joined.set != 0 && mode == Mode::Sync, "a sync cancel of a call that is in a set")?;
        self.task(task).point = Point::Cancelling(at);
        if self.tasks[&callee].subtask.resolved() {
            return Ok(());
        }
        self.task(callee).subtask.cancelled = true;
        let Task { part, state, point, .. } = self.tasks[&callee];
        let free = self.parts[part].exclusive.is_none_or(|other| other == callee);
        let on_stack = self.running.iter().any(|task| self.tasks[task].part == part);
        let between = matches!(point, Point::Turn(..));
        if state != TaskState::Initial && !(between && free && !on_stack) {
            let queued = ctx.rules == Rules::Wasmtime && between;
            self.task(callee).state = if queued { TaskState::CancelQueued } else { TaskState::CancelPending };
            return Ok(());
        }
        if ctx.rules == Rules::Wasmtime && state != TaskState::Initial {
            // Others may go first: the callee, and the caller.
            match ctx.pick(&[0, 1, 2]) {
                0 => {}
                1 => {
                    self.task(callee).state = TaskState::CancelQueued;
                    return Ok(());
                }
                _ => {
                    self.task(callee).state = TaskState::CancelQueued;
                    self.task(task).point = Point::Blocked(at, Wait::Cancel);
                    self.running.pop();
                    return Ok(());
                }
            }
        }
        self.task(callee).state = TaskState::CancelDelivered;
        self.running.push(callee);
        self.go_on(callee, true, ctx)
    }

    fn returns(&mut self, task: usize, answer: Answer, op: Op, ctx: &mut Context) -> Result<(), Stop> {
        let Task { part, function, state, ref subtask, .. } = self.tasks[&task];
        trap_if(function.map_or(Answer::None, Function::answer) != answer, "a result of another type")?;
        let caller = subtask.caller;
        let result = match (answer, caller) {
            (Answer::End(ty), Some(caller)) => {
                let shared = self.lift_end(part, ty, self.parts[part].registers[op.a as usize])?;
                trap_if(state == TaskState::Resolved, "a task returns twice")?;
                self.lower_end(self.tasks[&caller].part, ty, shared, ctx)
            }
            (Answer::Number, _) => op.c,
            _ => 0,
        };
        trap_if(state == TaskState::Resolved, "a task returns twice")?;
        let is_cancelled = matches!(state, TaskState::CancelPending | TaskState::CancelQueued);
        self.task(task).late = is_cancelled && ctx.rules == Rules::Wasmtime;
        self.resolve(task, RETURNED, result);
        Ok(())
    }

    /// The turn of a task ends.
    fn end_turn(&mut self, task: usize, at: usize, kind: Kind, set: u32, ctx: &mut Context) -> Result<(), Stop> {
        self.instance(task).exclusive = None;
        let set = match kind {
            Kind::Exit => {
                trap_if(self.tasks[&task].state != TaskState::Resolved, "a task ends that has not returned")?;
                self.task(task).point = Point::Exited;
                self.running.pop();
                return Ok(());
            }
            Kind::TurnYield => None,
            Kind::TurnWait => {
                *self.instance(task).handles.set(set)? += 1;
                Some(set)
            }
            _ => return Err(Stop::Trap("a turn ends with a code that there is not")),
        };
        self.wait(task, Point::Turn(at + 1, set), true, ctx)
    }

    fn operation(&mut self, task: usize, at: usize, ctx: &mut Context) -> Result<(), Stop> {
        let op = ctx.script.op(task, at);
        let Op { kind, a, b, c } = op;
        let part = self.tasks[&task].part;
        let (a_value, b_value) = (self.parts[part].registers[a as usize], self.parts[part].registers[b as usize]);
        self.task(task).point = Point::Code(at + 1);
        let mut result = (0, 0);
        let this = &mut self.parts[part];
        match kind {
            Kind::Enter => {
                let is_given = matches!(self.tasks[&task].function, Some(Function::Give(_)));
                result.0 = if is_given { self.tasks[&task].subtask.argument } else { 0 };
                self.parts[part].registers[a as usize] = result.0;
            }
            Kind::Number => {
                this.registers[a as usize] = c;
                return Ok(());
            }
            Kind::New(ty) => {
                result = self.new_pair(part, ty);
                self.parts[part].registers[a as usize] = result.0;
                self.parts[part].registers[b as usize] = result.1;
            }
            Kind::Copy(side, ty, mode) => {
                if self.copy(part, a_value, (side, ty, mode), op, ctx.rules)? {
                    self.tell_copy(task, at, a_value, ctx);
                    return Ok(());
                }
                if mode == Mode::Sync {
                    self.parts[part].handles.joined(a_value)?.sync = true;
                    return self.wait(task, Point::Blocked(at, Wait::Copy(a_value)), false, ctx);
                }
                result.0 = BLOCKED;
            }
            Kind::CancelCopy(side, ty, mode) => {
                let payload = self.cancel_copy(part, a_value, (side, ty, mode), ctx)?;
                ctx.say(task, Seen::Result(at as u32, payload, 0));
                for element in self.elements((part, a_value)) {
                    ctx.say(task, element);
                }
                return Ok(());
            }
            Kind::Look => {
                // Only the interpreter knows the values that other ends with this number have read.
                match this.handles.get(a_value) {
                    Ok(Handle::End(end))
                        if end.state == CopyState::Copying && !end.joined.sync && end.side == Side::Read => {}
                    _ => return Err(Stop::Anything),
                }
                ctx.say(task, Seen::Result(at as u32, 0, 0));
                for element in self.elements((part, a_value)) {
                    ctx.say(task, element);
                }
                return Ok(());
            }
            Kind::Drop(side, ty) => self.drop_end(part, a_value, (side, ty), ctx)?,
            Kind::SetNew => {
                result.0 = this.handles.add(Handle::Set(0));
                this.registers[a as usize] = result.0;
            }
            Kind::SetWait => {
                *this.handles.set(a_value)? += 1;
                return self.wait(task, Point::Blocked(at, Wait::Set(a_value)), false, ctx);
            }
            Kind::SetPoll => {
                this.handles.set(a_value)?;
                if self.events(part, a_value).is_empty() {
                    ctx.say(task, Seen::Event(0, 0, 0));
                } else {
                    self.tell_event(task, a_value, ctx);
                }
                return Ok(());
            }
            Kind::SetDrop => {
                trap_if(*this.handles.set(a_value)? > 0, "a set that a task waits for is dropped")?;
                let holds = this.handles.iter().any(|(_, handle)| handle.is_in(a_value));
                trap_if(holds, "a set that is not empty is dropped")?;
                this.handles.remove(a_value)?;
            }
            Kind::Join => {
                trap_if(this.handles.joined(a_value)?.sync, "a waitable that a built-in blocks on joins a set")?;
                if b_value != 0 {
                    this.handles.set(b_value)?;
                }
                this.handles.joined(a_value)?.set = b_value;
            }
            Kind::SubtaskCancel(mode) => return self.cancel_subtask(task, at, a_value, mode, ctx),
            Kind::SubtaskDrop => {
                let (callee, _) = this.handles.subtask(a_value)?;
                trap_if(!self.tasks[&callee].subtask.delivered, "a call that is not over is dropped")?;
                self.parts[part].handles.remove(a_value)?;
            }
            Kind::ContextGet => result.0 = self.tasks[&task].context,
            Kind::ContextSet => self.task(task).context = c,
            Kind::BackpressureInc => {
                this.backpressure += c;
                trap_if(this.backpressure >= 1 << 16, "too much backpressure")?;
            }
            Kind::BackpressureDec => {
                trap_if(c > this.backpressure, "less backpressure than none")?;
                this.backpressure -= c;
            }
            Kind::Return(answer) => self.returns(task, answer, op, ctx)?,
            Kind::TaskCancel => {
                trap_if(
                    self.tasks[&task].state != TaskState::CancelDelivered,
                    "a task is given up that was not cancelled",
                )?;
                self.resolve(task, CANCELLED_BEFORE_RETURNED, 0);
            }
            Kind::Yield => return self.wait(task, Point::Blocked(at, Wait::Yield), false, ctx),
            Kind::Call(function, _) => {
                trap_if(part + 1 == self.parts.len(), "nothing is below")?;
                self.task(task).point = Point::Calling(at);
                let callee = c as usize;
                let argument = if matches!(function, Function::Give(_)) { a_value } else { 0 };
                self.tasks.insert(callee, Task::new(part + 1, Some(function), Subtask::of(Some(task), argument, b)));
                if ctx.rules == Rules::Wasmtime {
                    self.task(callee).point = Point::Queued;
                    self.task(task).point = Point::Blocked(at, Wait::Callee(callee));
                    self.running.pop();
                    return Ok(());
                }
                self.running.push(callee);
                return self.enter(callee, ctx);
            }
            Kind::Exit | Kind::TurnYield | Kind::TurnWait | Kind::TurnBad => {
                return self.end_turn(task, at, kind, a_value, ctx);
            }
        }
        ctx.say(task, Seen::Result(at as u32, result.0, result.1));
        Ok(())
    }
}
