//! Streams and futures: making them, reading, writing and cancelling.

use wasmparser::CanonicalOption;
use wasmparser::component_types::ComponentAnyTypeId;

use super::Rewrite;
use crate::Error;
use crate::canonical_abi::layout::Layout;
use crate::code::{Scatter, Slot};
use crate::component::options::{is_async, is_encoding, memory, realloc};
use crate::component::types::ById;
use crate::component::{CoreFuncId, FuncId, InstanceId, MemoryId, TypeId};
use crate::p3_on_p2::adapter::Bulk;
use crate::p3_on_p2::numbers::TypeNumber;
use crate::p3_on_p2::payload::{Payload, Transfer, Typed, payload_of};
use crate::p3_on_p2::trampoline::{
    Blocking, Cancel, Element, InPlace, Keeps, Read, RedirectedRealloc, Take, Takes, Wait, Write, Writing, constants,
    typed,
};
use crate::p3_on_p2::{Control, adapter};

/// The bit of `element`, a parameter of R's `new`, that says that the payload may pass to another
/// part.
const CARRIED: u32 = 1 << 31;

impl Rewrite<'_> {
    /// The number of a type of stream or future.
    pub(super) fn type_number(&self, ty: TypeId) -> TypeNumber {
        let types = self.component.validated();
        match types.ty(ty) {
            ComponentAnyTypeId::Defined(id) => self.numbers.of(self.index, types, id),
            _ => unreachable!("the component is valid: an end has a defined type"),
        }
    }

    /// The cancellation of a read or a write. The sync form traps if the end is in a set.
    pub(super) fn cancel(&mut self, def: CoreFuncId, ty: TypeId, async_: bool, control: Control) {
        let delivers = control == Control::CancelRead || self.gives_back(ty);
        let cancel = Cancel {
            def,
            inner: self.control(control),
            ty: Some(self.type_number(ty)),
            alone: (!async_).then(|| self.control(Control::Alone)),
            deliver: delivers.then_some(self.task.deliver),
        };
        self.pending.add(def, None, move |module| cancel.build(module));
    }

    /// The cancellation of a call, likewise.
    pub(super) fn cancel_subtask(&mut self, def: CoreFuncId, async_: bool) {
        let sync = self.tasks.steps.as_ref().filter(|_| !async_).map(|steps| steps.functions.subtask_cancel);
        let alone = (!async_).then(|| self.control(Control::Alone));
        let inner = sync.unwrap_or(self.task.subtask_cancel);
        let cancel = Cancel { def, inner, ty: None, alone, deliver: None };
        self.pending.add(def, None, move |module| cancel.build(module));
    }

    /// The drop of an end.
    pub(super) fn drop_end(&mut self, def: CoreFuncId, ty: TypeId, control: Control) {
        let (inner, ty) = (self.control(control), self.type_number(ty));
        self.pending.add(def, None, typed(def, inner, ty, control.name()));
    }

    /// Whether a write of values of stream or future type `ty` may give handles back to the writer.
    pub(super) fn gives_back(&self, ty: TypeId) -> bool {
        self.exchanging.with_foreign_handles(self.component.validated(), ty).is_some()
    }

    pub(super) fn new_pair(&mut self, def: CoreFuncId, ty: TypeId) {
        let element = match (self.exchanging.number(ty), self.element(ty)) {
            (Some(_), Some(element)) => CARRIED | element.size,
            _ => self.payloads[&ty].element(),
        };
        let (inner, values) = (self.control(Control::New), vec![self.type_number(ty).into(), element]);
        let name = "wasi-shim: new";
        self.pending.add(def, None, constants(def, inner, values, &[wasm_encoder::ValType::I64], name));
    }

    pub(super) fn wait(&mut self, def: CoreFuncId, memory: MemoryId, control: Control) {
        let wait = Wait { def, inner: self.waiting(control), task: self.task };
        self.pending.add(def, Some(memory), move |module| wait.build(module));
    }

    pub(super) fn blocking(&mut self) -> Blocking {
        Blocking {
            alone: self.control(Control::Alone),
            block_on: self.waiting(Control::BlockOn),
            subtask_drop: self.control(Control::SubtaskDrop),
        }
    }

    pub(super) fn read(
        &mut self,
        def: CoreFuncId,
        ty: TypeId,
        options: &[CanonicalOption],
        is_future: bool,
    ) -> Result<(), Error> {
        let memory = memory(options);
        let is_carried = self.exchanging.number(ty).is_some();
        let take = match (self.payloads[&ty].clone(), memory) {
            (Payload::Number(size), Some(memory)) => {
                let (scatter, [head, body, tail]) = self.scatter(memory);
                Take::Bytes { size, aim: scatter.aim, head, body, tail }
            }
            (payload, Some(memory)) if is_carried || matches!(payload, Payload::Typed(_)) => {
                let fresh: [CoreFuncId; 2] = std::array::from_fn(|_| self.component.fresh());
                let landing = RedirectedRealloc { aim: fresh[0], realloc: fresh[1], guest: realloc(options) };
                self.add_now(&fresh, None, move |module| landing.add_to(module));
                let fixed = [CanonicalOption::Memory(memory.into()), CanonicalOption::Realloc(landing.realloc.into())];
                let exchanged = self.exchange_func(ty, Transfer::Take, &fixed, options);
                let typed = match payload {
                    Payload::Typed(typed) => {
                        let func = self.typed_func(typed, Transfer::Take)?;
                        let encoding = options.iter().copied().filter(is_encoding);
                        let options: Vec<_> = fixed.into_iter().chain(encoding).collect();
                        Some(self.lower(func, &options))
                    }
                    _ => None,
                };
                let source = match (typed, exchanged) {
                    (Some(typed), Some(part)) => Takes::Either { typed, part, asks: self.control(Control::IsCarried) },
                    (Some(func), None) | (None, Some(func)) => Takes::One(func),
                    (None, None) => return Err(Error::unsound("a payload that nobody gives")),
                };
                Take::Values { source, aim: landing.aim }
            }
            _ => Take::Nothing,
        };
        let slot = self.slot();
        let blocking = (!is_async(options)).then(|| self.blocking());
        let in_place = self.in_place(ty, memory, is_future, Bulk::In);
        let inner = match in_place {
            Some(_) => self.linked("linked:read"),
            None => self.control(Control::Read),
        };
        let element = self.element(ty);
        let give = self.exchange(ty, 1);
        let ty = self.type_number(ty);
        let read = Read { def, is_future, element, inner, ty, take, give, slot, task: self.task, in_place, blocking };
        self.pending.add(def, memory.filter(|_| element.is_some()), move |module| read.build(module));
        Ok(())
    }

    pub(super) fn write(
        &mut self,
        def: CoreFuncId,
        ty: TypeId,
        options: &[CanonicalOption],
        is_future: bool,
    ) -> Result<(), Error> {
        let writing = match (self.payloads[&ty].clone(), memory(options)) {
            (Payload::Number(size), Some(memory)) => {
                Writing::Bytes(self.control_with(Control::Write, &[CanonicalOption::Memory(memory.into())]), size)
            }
            (Payload::Typed(typed), Some(memory)) if typed.function(Transfer::Write).is_some() => {
                let func = self.typed_func(typed, Transfer::Write)?;
                let encoding = options.iter().copied().filter(is_encoding);
                let options: Vec<_> = [CanonicalOption::Memory(memory.into())].into_iter().chain(encoding).collect();
                Writing::Typed(self.lower(func, &options))
            }
            (Payload::Typed(_) | Payload::Other, Some(memory)) if self.exchanging.number(ty).is_some() => {
                let put = self.exchange_func(ty, Transfer::Write, &[CanonicalOption::Memory(memory.into())], options);
                let put = put.ok_or_else(|| Error::unsound("a payload that nobody takes"))?;
                Writing::Carried(put, self.control(Control::Gather))
            }
            _ => Writing::Unit(self.control(Control::WriteUnit)),
        };
        let blocking = (!is_async(options)).then(|| self.blocking());
        let is_carried = matches!(writing, Writing::Carried(..));
        let keeps = match (self.exchange(ty, 0), self.exchange(ty, 1)) {
            (Some(keep), Some(give)) if is_carried => {
                Some(Keeps { keep, give, offered: self.control(Control::Offered), slot: self.slot(), task: self.task })
            }
            _ => None,
        };
        // Values that go to R are checked by the engine that copies them; for values that stay
        // where they are, the trampoline needs the memory to check the buffer.
        let stays = matches!(writing, Writing::Unit(_)) && self.element(ty).is_some();
        let in_place = self.in_place(ty, memory(options), is_future, Bulk::Out);
        let in_place = in_place.map(|in_place| (self.linked("linked:write"), in_place));
        let memory = memory(options).filter(|_| keeps.is_some() || stays || in_place.is_some());
        let fill = (matches!(writing, Writing::Bytes(..)) && self.reads).then_some(self.task.fill);
        let (element, identify, ty) = (self.element(ty), self.identify(), self.type_number(ty));
        let write = Write { def, is_future, element, ty, writing, identify, fill, keeps, in_place, blocking };
        self.pending.add(def, memory, move |module| write.build(module));
        Ok(())
    }

    /// The function that moves bytes between the host and `memory`, if streams of type `ty` may be
    /// the host's and R is linked.
    fn in_place(&mut self, ty: TypeId, memory: Option<MemoryId>, is_future: bool, bulk: Bulk) -> Option<InPlace> {
        let (memory, link) = (memory?, self.link.as_mut()?);
        if is_future || self.payloads[&ty] != Payload::Number(1) || !adapter::moves(&self.needs, bulk) {
            return None;
        }
        let known = self.in_place.get(&(memory, bulk)).copied();
        if known.is_some() {
            return known;
        }
        let (slot, table) = link.element(&mut self.component);
        let r = link.memory;
        let aim = (bulk == Bulk::In).then(|| self.scatter(memory).0);
        let realloc = aim.map(|scatter| CanonicalOption::Realloc(scatter.realloc.into()));
        let options: Vec<_> = [CanonicalOption::Memory(memory.into())].into_iter().chain(realloc).collect();
        let import = ("wasi:io/streams", bulk.function());
        let host = self.link.as_mut()?.host(&mut self.component, import, &options);
        let in_place = InPlace { slot, table, host, aim: aim.map(|scatter| scatter.aim), memory: r };
        self.in_place.insert((memory, bulk), in_place);
        Some(in_place)
    }

    /// An export of R's core module.
    fn linked(&mut self, name: &str) -> CoreFuncId {
        let link = self.link.as_mut().expect("only asked for where R is linked");
        link.export(&mut self.component, name)
    }

    /// R's function for values of type `typed`.
    fn typed_func(&mut self, typed: Typed, transfer: Transfer) -> Result<FuncId, Error> {
        let interface = typed.interface();
        match (self.giver(typed), typed.function(transfer)) {
            (Some(instance), Some(function)) => Ok(self.alias_func(instance, function)),
            _ => Err(Error::unsound(format!("values of `{interface}`, which is not imported"))),
        }
    }

    /// The import that R's functions for values of type `typed` come from.
    pub(super) fn giver(&self, typed: Typed) -> Option<InstanceId> {
        let interfaces = self.adapted.iter().map(|(id, name)| (*id, name.unversioned())).collect();
        typed.giver(&self.component, &interfaces)
    }

    /// The elements of a buffer of stream or future type `ty`; `None` for units.
    fn element(&self, ty: TypeId) -> Option<Element> {
        let types = self.component.validated();
        let Layout { size, align, .. } = Layout::of(types, payload_of(types, ty)??);
        Some(Element { size, align })
    }

    /// The functions that move numbers into `memory`: the redirected realloc's, and three of R's.
    pub(super) fn scatter(&mut self, memory: MemoryId) -> (Scatter, [CoreFuncId; 3]) {
        if let Some(known) = self.scatter.get(&memory) {
            return *known;
        }
        let [aim, realloc] = std::array::from_fn(|_| self.component.fresh());
        let scatter = Scatter { aim, realloc };
        self.add_first(|module| scatter.add_to(module));
        let options = [CanonicalOption::Memory(memory.into()), CanonicalOption::Realloc(realloc.into())];
        let functions = [Control::BulkHead, Control::BulkBody, Control::BulkTail]
            .map(|control| self.control_with(control, &options));
        self.scatter.insert(memory, (scatter, functions));
        (scatter, functions)
    }

    /// A slot for a delivery or a turn.
    pub(super) fn slot(&mut self) -> Slot {
        self.slots += 1;
        Slot(self.slots - 1)
    }
}
