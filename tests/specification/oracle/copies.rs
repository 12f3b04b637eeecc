//! The model of copies: built-ins of streams and futures, and what happens when ends meet.

use super::script::{Mode, TOO_MANY};
use super::script::{Op, Payload, Place, Seen, Side, Type};
use super::world::*;

impl World {
    pub fn new_pair(&mut self, part: usize, ty: Type) -> (u32, u32) {
        self.shared.push(Shared::default());
        let shared = self.shared.len() - 1;
        let readable = self.add_end(part, ty, Side::Read, shared);
        (readable, self.add_end(part, ty, Side::Write, shared))
    }

    pub fn add_end(&mut self, part: usize, ty: Type, side: Side, shared: usize) -> u32 {
        let (state, buffer, joined) = (CopyState::Idle, Buffer::default(), Joined::default());
        let end = End { ty, side, shared, state, buffer, event: None, echo: false, joined };
        self.parts[part].handles.add(Handle::End(end))
    }

    /// A readable end leaves the table of `part`; what it shares with the other one.
    pub fn lift_end(&mut self, part: usize, ty: Type, number: u32) -> Result<usize, Stop> {
        let handles = &mut self.parts[part].handles;
        let end = handles.end(number, Side::Read, ty)?;
        trap_if(end.state != CopyState::Idle, "an end that is busy or finished is passed")?;
        trap_if(end.joined.set != 0, "an end that is in a set is passed")?;
        let shared = end.shared;
        handles.remove(number)?;
        Ok(shared)
    }

    /// It enters the table of `part`.
    pub fn lower_end(&mut self, part: usize, ty: Type, shared: usize, ctx: &mut Context) -> u32 {
        let number = self.add_end(part, ty, Side::Read, shared);
        if ctx.rules == Rules::Wasmtime && self.shared[shared].dropped {
            self.end((part, number)).echo = ctx.pick(&[true, false]);
        }
        number
    }

    /// Begins a copy; the answer if it is complete at once.
    pub fn copy(
        &mut self,
        part: usize,
        number: u32,
        (side, ty, mode): (Side, Type, Mode),
        op: Op,
        rules: Rules,
    ) -> Result<bool, Stop> {
        let end = self.parts[part].handles.end(number, side, ty)?;
        trap_if(end.state != CopyState::Idle, "a copy by an end that is busy or finished")?;
        if end.joined.set != 0 && mode == Mode::Sync {
            // It traps only if it has to wait.
            return Err(if rules == Rules::Wasmtime {
                Stop::Anything
            } else {
                Stop::Trap("a sync copy by an end that is in a set")
            });
        }
        let length = if ty.future { 1 } else { op.count() };
        trap_if(length >= TOO_MANY, "a buffer that is too long")?;
        if length > 0 && ty.payload != Payload::Unit {
            trap_if(op.place() == Place::Misaligned && ty.payload != Payload::U8, "a misaligned buffer")?;
            trap_if(op.place() == Place::OutOfBounds, "a buffer out of bounds")?;
        }
        let values = if side == Side::Write { (op.c..op.c + length).collect() } else { vec![] };
        end.state = CopyState::Copying;
        end.buffer = Buffer { length, progress: 0, values };
        let shared = end.shared;
        if rules == Rules::Wasmtime && length == 0 && self.is_met(shared, side) {
            return Err(Stop::Anything);
        }
        self.meet((part, number), shared, side, ty)?;
        Ok(self.end((part, number)).event.is_some())
    }

    fn end(&mut self, (part, number): (usize, u32)) -> &mut End {
        match self.parts[part].handles.get(number) {
            Ok(Handle::End(end)) => end,
            _ => unreachable!("an end that copies stays in its table"),
        }
    }

    /// Whether a write waits for its reader.
    pub fn is_written(&self) -> bool {
        self.shared.iter().filter_map(|shared| shared.pending).any(|(part, number)| {
            let mut handles = self.parts[part].handles.iter();
            handles
                .any(|(other, handle)| other == number && matches!(handle, Handle::End(end) if end.side == Side::Write))
        })
    }

    /// Whether the other end has an empty buffer whose event is still to be delivered: wasmtime
    /// still takes it as waiting.
    fn is_met(&self, shared: usize, side: Side) -> bool {
        let mut handles = self.parts.iter().flat_map(|part| part.handles.iter());
        handles.any(|(_, handle)| match handle {
            Handle::End(end) => {
                end.shared == shared && end.side != side && end.event.is_some() && end.buffer.length == 0
            }
            _ => false,
        })
    }

    fn happens_to(&mut self, end: (usize, u32), result: u32, offered: bool) {
        self.end(end).event = Some(CopyEvent { result, offered });
    }

    /// An end offers its buffer to the other one.
    fn meet(&mut self, own: (usize, u32), shared: usize, side: Side, ty: Type) -> Result<(), Stop> {
        if self.shared[shared].dropped {
            self.happens_to(own, DROPPED, false);
            return Ok(());
        }
        let Some(other) = self.shared[shared].pending else {
            self.shared[shared].pending = Some(own);
            return Ok(());
        };
        trap_if(own.0 == other.0 && !ty.passes_inside(), "values that may not pass inside a component")?;
        let (mine, theirs) = (self.end(own).buffer.clone(), self.end(other).buffer.clone());
        if ty.future {
            self.transfer(own, other, side, 1);
            self.shared[shared].pending = None;
            self.happens_to(other, COMPLETED, false);
            self.happens_to(own, COMPLETED, false);
        } else if theirs.remain() > 0 {
            let count = mine.remain().min(theirs.remain());
            if count > 0 {
                self.transfer(own, other, side, count);
                self.happens_to(other, COMPLETED, true);
            }
            self.happens_to(own, COMPLETED, false);
        } else if side == Side::Write && mine.length == 0 && theirs.length == 0 {
            self.happens_to(own, COMPLETED, false);
        } else {
            self.happens_to(other, COMPLETED, false);
            self.shared[shared].pending = Some(own);
        }
        Ok(())
    }

    fn transfer(&mut self, own: (usize, u32), other: (usize, u32), side: Side, count: u32) {
        let (from, to) = if side == Side::Write { (own, other) } else { (other, own) };
        let source = self.end(from);
        let at = source.buffer.progress as usize;
        let values = source.buffer.values[at..at + count as usize].to_vec();
        source.buffer.progress += count;
        let target = &mut self.end(to).buffer;
        target.values.extend(values);
        target.progress += count;
    }

    /// Delivers the event of an end: the payload.
    pub fn take_copy_event(&mut self, end: (usize, u32)) -> u32 {
        let this = self.end(end);
        if this.event.is_none() && std::mem::take(&mut this.echo) {
            return DROPPED;
        }
        let CopyEvent { result, offered } = this.event.take().unwrap();
        let finished = result == DROPPED || this.ty.future && result == COMPLETED;
        this.state = if finished { CopyState::Done } else { CopyState::Idle };
        let payload = if this.ty.future { result } else { result | this.buffer.progress << 4 };
        let shared = this.shared;
        if offered {
            self.shared[shared].pending = None;
        }
        payload
    }

    /// The elements that the reader finds in its buffer.
    pub fn elements(&mut self, end: (usize, u32)) -> Vec<Seen> {
        let End { ty, side, buffer, .. } = self.end(end);
        if *side == Side::Write || ty.payload == Payload::Unit {
            return vec![];
        }
        let value = |at: u32| buffer.values.get(at as usize).map_or(ty.untouched(), |value| ty.seen(*value));
        (0..buffer.length).map(|at| Seen::Element(value(at))).collect()
    }

    pub fn cancel_copy(
        &mut self,
        part: usize,
        number: u32,
        (side, ty, mode): (Side, Type, Mode),
        ctx: &mut Context,
    ) -> Result<u32, Stop> {
        let known = self.parts[part].handles.end(number, side, ty);
        // It does not tell the ends of a future apart.
        let end = known.map_err(|stop| if ctx.rules == Rules::Wasmtime { Stop::Anything } else { stop })?;
        trap_if(end.state != CopyState::Copying || end.joined.sync, "there is no copy to cancel")?;
        trap_if(end.joined.set != 0 && mode == Mode::Sync, "a sync cancel of an end that is in a set")?;
        let shared = end.shared;
        match &mut end.event {
            // It answers CANCELLED, as the specification's own tests expect, or that the other end
            // was dropped since.
            Some(event) if ctx.rules == Rules::Wasmtime && !ty.future && event.result == COMPLETED => {
                event.result = if self.shared[shared].dropped { ctx.pick(&[CANCELLED, DROPPED]) } else { CANCELLED };
            }
            Some(_) => {}
            None => {
                end.event = Some(CopyEvent { result: CANCELLED, offered: false });
                self.shared[shared].pending = None;
            }
        }
        Ok(self.take_copy_event((part, number)))
    }

    pub fn drop_end(
        &mut self,
        part: usize,
        number: u32,
        (side, ty): (Side, Type),
        ctx: &mut Context,
    ) -> Result<(), Stop> {
        let end = self.parts[part].handles.end(number, side, ty)?;
        trap_if(end.state == CopyState::Copying, "an end that is busy is dropped")?;
        let must_write = ty.future && side == Side::Write && end.state != CopyState::Done;
        trap_if(must_write, "a future that was not written is dropped")?;
        let shared = end.shared;
        self.parts[part].handles.remove(number)?;
        if std::mem::replace(&mut self.shared[shared].dropped, true) {
            return Ok(());
        }
        match self.shared[shared].pending.take() {
            Some(other) => self.happens_to(other, DROPPED, false),
            // It tells an idle end, too, unless that has an event already.
            None if ctx.rules == Rules::Wasmtime && ctx.pick(&[true, false]) => {
                let ends = self.parts.iter_mut().flat_map(|part| part.handles.iter_mut());
                let mut ends = ends.filter_map(|handle| if let Handle::End(end) = handle { Some(end) } else { None });
                match ends.find(|end| end.shared == shared) {
                    Some(End { event: Some(event), .. }) if !ty.future && ctx.pick(&[true, false]) => {
                        event.result = DROPPED
                    }
                    Some(end) => end.echo = true,
                    None => {}
                }
            }
            None => {}
        }
        Ok(())
    }
}
