//! Amends copied values: replaces the pointers, handles and small values that the other side must
//! not get as they are.

use ValType::{I32, I64};
use wasm_encoder::{Instruction as I, MemArg, ValType};

use super::{Encoding, Handles, Side};
use crate::canonical_abi::layout::{Layout, Scalar, Shape};
use crate::code::{Body, CoreModule, Func, Label, Local, Memory};

/// Values on their way from one side to the other.
pub(crate) struct Transfer<'t> {
    pub(super) from: Side,
    pub(super) to: Side,
    pub(super) handles: &'t dyn Handles,
    pub(super) kind: Kind,
}

/// Why values move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Params,
    Result,
    /// The values are lifted later, which checks them; until then they are kept as unchanged
    /// copies. Memory for them comes from `(size, align) -> address` instead of a realloc.
    Kept,
    /// The values stay where they are, and so does all that they point to.
    InPlace,
}

/// Where a value is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'p> {
    /// In locals, whose types may be joined from several cases of a variant.
    Flats(&'p [Local]),
    /// At the address in `from`, with its bytes already copied to the address in `to`, both plus
    /// `offset`.
    Memory { from: Local, to: Local, offset: u32 },
}

impl<'p> Place<'p> {
    /// A value that stays at an address.
    pub fn at(address: Local) -> Place<'p> {
        Place::Memory { from: address, to: address, offset: 0 }
    }

    /// Part of the value: its flat values begin at `flat`, its bytes at `offset`.
    fn part(self, layout: &Layout, flat: usize, by: u32) -> Place<'p> {
        match self {
            Place::Flats(locals) => Place::Flats(&locals[flat..][..layout.flat.len()]),
            Place::Memory { from, to, offset } => Place::Memory { from, to, offset: offset + by },
        }
    }
}

/// The work on the payload of a case of a variant.
#[derive(PartialEq)]
struct Treatment<'l>(Option<&'l Layout>);

impl<'t> Transfer<'t> {
    /// Copies values that lie in memory `from`, or point into it, to memory `to`, which `alloc`
    /// allocates.
    pub fn keep(from: Memory, to: Memory, alloc: Func, encoding: Encoding, handles: &'t dyn Handles) -> Transfer<'t> {
        let side = |memory, realloc| Side { memory: Some(memory), realloc, encoding, is_trusted: false };
        let (from, to) = (side(from, None), Side { is_trusted: true, ..side(to, Some(alloc)) });
        Transfer { from, to, handles, kind: Kind::Kept }
    }

    /// Keeps values, and all that they point to in `memory`, in their places: only handles change.
    pub fn in_place(memory: Memory, handles: &'t dyn Handles) -> Transfer<'t> {
        let side = Side { memory: Some(memory), realloc: None, encoding: Encoding::Utf8, is_trusted: true };
        Transfer { from: side, to: side, handles, kind: Kind::InPlace }
    }

    /// Whether the sender's values have to be checked, and normalized for the receiver.
    fn is_checked(&self) -> bool {
        !self.from.is_trusted && self.kind != Kind::Kept
    }

    /// Whether a value in memory needs more than a copy of its bytes.
    pub fn amends_memory(&self, layout: &Layout) -> bool {
        match &layout.shape {
            Shape::Scalar(scalar) => self.amends_scalar(*scalar, layout.size * 8),
            Shape::Handle(handle) => !self.handles.is_passed_on(*handle),
            Shape::List(element) if self.kind == Kind::InPlace => self.amends_memory(element),
            Shape::String | Shape::List(_) => self.kind != Kind::InPlace,
            Shape::Record(fields) => fields.iter().any(|(_, field)| self.amends_memory(field)),
            Shape::Variant { discriminant, cases, .. } => {
                self.amends_scalar(Scalar::Enum(cases.len() as u32), discriminant * 8)
                    || cases.iter().flatten().any(|case| self.amends_memory(case))
            }
        }
    }

    /// Like [`Transfer::amends_memory`], for flat values in locals of these types.
    pub fn amends_flats(&self, layout: &Layout, types: &[ValType]) -> bool {
        let is_narrowed =
            || self.is_checked() && types.iter().zip(&layout.flat).any(|(have, want)| is_wider(*have, *want));
        match &layout.shape {
            Shape::Scalar(Scalar::Unsigned | Scalar::Signed) if layout.size < 4 => self.is_checked(),
            Shape::Scalar(scalar) => self.amends_scalar(*scalar, 32) || is_narrowed(),
            Shape::Handle(_) | Shape::String | Shape::List(_) => self.amends_memory(layout) || is_narrowed(),
            Shape::Record(fields) => {
                let mut rest = types;
                fields.iter().any(|(_, field)| {
                    let (own, others) = rest.split_at(field.flat.len());
                    rest = others;
                    self.amends_flats(field, own)
                })
            }
            Shape::Variant { cases, .. } => {
                self.is_checked()
                    || cases.iter().flatten().any(|case| self.amends_flats(case, &types[1..][..case.flat.len()]))
            }
        }
    }

    /// Whether some values of so many bits are not passed on as they are.
    fn amends_scalar(&self, scalar: Scalar, bits: u32) -> bool {
        let is_amended = match scalar {
            Scalar::Unsigned | Scalar::Signed => false,
            Scalar::Bool | Scalar::Char => true,
            Scalar::Enum(cases) => u64::from(cases) < 1 << bits,
            Scalar::Flags(count) => count < bits,
        };
        is_amended && self.is_checked()
    }

    /// Replaces what the other side must not get of the value in `place`.
    pub fn amend(&self, body: &mut Body<'_>, layout: &Layout, place: Place<'_>) {
        let is_amended = match place {
            Place::Flats(locals) => self.amends_flats(layout, &locals.iter().map(|local| local.ty).collect::<Vec<_>>()),
            Place::Memory { .. } => self.amends_memory(layout),
        };
        if !is_amended {
            return;
        }
        match &layout.shape {
            Shape::Scalar(_) | Shape::Handle(_) => self.write(body, layout, place, |body| {
                self.push_amended(body, layout, place);
            }),
            Shape::String | Shape::List(_) => self.amend_pointer(body, layout, place),
            Shape::Record(fields) => {
                let mut flat = 0;
                for (offset, field) in fields {
                    self.amend(body, field, place.part(field, flat, *offset));
                    flat += field.flat.len();
                }
            }
            Shape::Variant { discriminant, payload, cases } => {
                self.amend_variant(body, place, *discriminant, *payload, cases);
            }
        }
    }

    /// Pushes a single flat value as the other side may get it.
    pub fn push_amended(&self, body: &mut Body<'_>, layout: &Layout, place: Place<'_>) {
        match &layout.shape {
            Shape::Scalar(Scalar::Char) if self.is_checked() => {
                self.read(body, layout, place);
                let check = check_char(body.module);
                body.call(check);
            }
            Shape::Scalar(Scalar::Enum(cases)) if self.is_checked() => {
                self.read(body, layout, place);
                check_discriminant(body, *cases);
            }
            _ => {}
        }
        self.read(body, layout, place);
        match &layout.shape {
            Shape::Handle(handle) if self.handles.is_passed_on(*handle) => {}
            Shape::Handle(handle) if self.kind == Kind::Result => self.handles.result(body, *handle),
            Shape::Handle(handle) => self.handles.param(body, *handle),
            _ if !self.is_checked() => {}
            Shape::Scalar(Scalar::Bool) => {
                body.i32(0).op(I::I32Ne);
            }
            Shape::Scalar(Scalar::Flags(count @ ..32)) => {
                body.i32((1 << count) - 1).op(I::I32And);
            }
            Shape::Scalar(Scalar::Signed) if layout.size == 1 => {
                body.op(I::I32Extend8S);
            }
            Shape::Scalar(Scalar::Signed) if layout.size == 2 => {
                body.op(I::I32Extend16S);
            }
            Shape::Scalar(Scalar::Unsigned) if layout.size < 4 => {
                body.i32((1 << (layout.size * 8)) - 1).op(I::I32And);
            }
            _ => {}
        }
    }

    /// Replaces the pointer of a string or list by that of a copy, or amends in place.
    fn amend_pointer(&self, body: &mut Body<'_>, layout: &Layout, place: Place<'_>) {
        let word = scalar(Scalar::Unsigned, 4);
        let [pointer, len] = [0, 1].map(|at| place.part(&word, at, 4 * at as u32));
        let copy = |body: &mut Body<'_>| {
            self.read(body, &word, pointer);
            self.read(body, &word, len);
            self.copy_pointed(body, layout);
        };
        if let (Kind::InPlace, Shape::List(element)) = (self.kind, &layout.shape) {
            self.read(body, &word, pointer);
            self.read(body, &word, len);
            self.amend_elements(body, element);
            return;
        }
        if self.changes_len(layout) {
            let news = [body.local(I32), body.local(I32)];
            copy(body);
            body.set(news[1]).set(news[0]);
            for (part, new) in [pointer, len].into_iter().zip(news) {
                self.write(body, &word, part, |body| {
                    body.get(new);
                });
            }
            return;
        }
        self.write(body, &word, pointer, copy);
        if is_joined(&word, len) && self.is_checked() {
            self.write(body, &word, len, |body| self.read(body, &word, len));
        }
    }

    fn amend_variant(&self, body: &mut Body<'_>, place: Place<'_>, size: u32, payload: u32, cases: &[Option<Layout>]) {
        let count = cases.len() as u32;
        let discriminant = scalar(Scalar::Enum(count), size);
        let whole = place.part(&discriminant, 0, 0);
        let is_checked = match place {
            Place::Flats(_) => self.is_checked(),
            Place::Memory { .. } => self.amends_scalar(Scalar::Enum(count), size * 8),
        };
        // The treatment of each case that has one; equal ones are shared.
        let mut treatments: Vec<Treatment<'_>> = Vec::new();
        let of_cases: Vec<Option<usize>> = cases
            .iter()
            .map(|case| {
                self.treats(case.as_ref(), place).then(|| {
                    let treatment = Treatment(case.as_ref());
                    treatments.iter().position(|known| *known == treatment).unwrap_or_else(|| {
                        treatments.push(treatment);
                        treatments.len() - 1
                    })
                })
            })
            .collect();
        // An unchecked discriminant is read only once, so it needs no local.
        let at = match place {
            Place::Flats(locals) if locals[0].ty == I32 => Some(locals[0]),
            _ if !is_checked => None,
            _ => {
                let at = body.local(I32);
                self.read(body, &discriminant, whole);
                body.set(at);
                Some(at)
            }
        };
        let push_at = |body: &mut Body<'_>| match at {
            Some(at) => {
                body.get(at);
            }
            None => self.read(body, &discriminant, whole),
        };
        if is_checked && treatments.len() < 3 {
            push_at(body);
            check_discriminant(body, count);
        }
        if is_checked && is_joined(&discriminant, whole) {
            self.write(body, &discriminant, whole, push_at);
        }
        let treat = |body: &mut Body<'_>, treatment: usize| {
            self.treat(body, treatments[treatment].0, place, payload);
        };
        by_case(body, &push_at, &of_cases, is_checked && treatments.len() > 2, treat);
    }

    /// Whether the payload of a case needs a treatment.
    fn treats(&self, case: Option<&Layout>, place: Place<'_>) -> bool {
        match place {
            Place::Memory { .. } => case.is_some_and(|case| self.amends_memory(case)),
            Place::Flats(locals) => {
                let types: Vec<_> = locals[1..].iter().map(|local| local.ty).collect();
                let len = case.map_or(0, |case| case.flat.len());
                (len < types.len() && self.is_checked())
                    || case.is_some_and(|case| self.amends_flats(case, &types[..len]))
            }
        }
    }

    fn treat(&self, body: &mut Body<'_>, case: Option<&Layout>, place: Place<'_>, payload: u32) {
        if let Some(case) = case {
            self.amend(body, case, place.part(case, 1, payload));
        }
        if let Place::Flats(locals) = place
            && self.is_checked()
        {
            for local in &locals[1 + case.map_or(0, |case| case.flat.len())..] {
                match local.ty {
                    ValType::F32 => body.op(I::F32Const(0.0.into())),
                    I64 => body.i64(0),
                    ValType::F64 => body.op(I::F64Const(0.0.into())),
                    _ => body.i32(0),
                };
                body.set(*local);
            }
        }
    }

    /// Pushes an `i32` (or the bits of an `f32`) as the sender has it.
    fn read(&self, body: &mut Body<'_>, layout: &Layout, place: Place<'_>) {
        match place {
            Place::Flats(locals) => {
                body.get(locals[0]);
                if locals[0].ty == I64 && layout.size <= 4 {
                    body.op(I::I32WrapI64);
                }
            }
            Place::Memory { from, offset, .. } => {
                let memory = self.from.memory.expect("values in memory have one");
                body.get(from);
                load(body, layout.size, memory, offset);
            }
        }
    }

    /// Writes the `i32` that `push` pushes for the receiver.
    fn write<'m>(&self, body: &mut Body<'m>, layout: &Layout, place: Place<'_>, push: impl FnOnce(&mut Body<'m>)) {
        match place {
            Place::Flats(locals) => {
                push(body);
                if locals[0].ty == I64 {
                    body.op(I::I64ExtendI32U);
                }
                body.set(locals[0]);
            }
            Place::Memory { to, offset, .. } => {
                let memory = self.to.memory.expect("values in memory have one");
                body.get(to);
                push(body);
                store(body, layout.size, memory, offset);
            }
        }
    }
}

/// The layout of an integer of `size` bytes.
fn scalar(scalar: Scalar, size: u32) -> Layout {
    Layout { size, align: size, flat: vec![I32], shape: Shape::Scalar(scalar) }
}

/// Whether a flat value of type `want` has bits to spare in a local of type `have`.
fn is_wider(have: ValType, want: ValType) -> bool {
    have == I64 && matches!(want, ValType::I32 | ValType::F32)
}

fn is_joined(layout: &Layout, place: Place<'_>) -> bool {
    matches!(place, Place::Flats(locals) if is_wider(locals[0].ty, layout.flat[0]))
}

/// Loads an integer of `size` bytes.
pub(super) fn load(body: &mut Body<'_>, size: u32, memory: Memory, offset: u32) {
    let kind: fn(MemArg) -> I<'static> = match size {
        1 => I::I32Load8U,
        2 => I::I32Load16U,
        _ => I::I32Load,
    };
    body.load(kind, memory, offset);
}

fn store(body: &mut Body<'_>, size: u32, memory: Memory, offset: u32) {
    let kind: fn(MemArg) -> I<'static> = match size {
        1 => I::I32Store8,
        2 => I::I32Store16,
        _ => I::I32Store,
    };
    body.store(kind, memory, offset);
}

/// Traps unless the discriminant on the stack is less than `cases`.
fn check_discriminant(body: &mut Body<'_>, cases: u32) {
    let check = body.module.shared("wasi-shim: invalid discriminant", ([I32, I32], []), |body| {
        body.get_params().op(I::I32GeU).trap_if();
    });
    body.u32(cases).call(check);
}

/// The function that traps unless its parameter is a character.
pub(super) fn check_char(module: &mut CoreModule) -> Func {
    module.shared("wasi-shim: invalid char", ([I32], []), |body| {
        let char = body.param(0);
        body.get(char).i32(0x11_0000).op(I::I32GeU);
        body.get(char).i32(!0x7ff).op(I::I32And).i32(0xd800).op(I::I32Eq);
        body.op(I::I32Or).trap_if();
    })
}

/// Calls `treat` with the treatment of the case whose discriminant `push_at` pushes, if it has one.
pub(super) fn by_case<'m>(
    body: &mut Body<'m>,
    push_at: &dyn Fn(&mut Body<'_>),
    of_cases: &[Option<usize>],
    is_checked: bool,
    treat: impl Fn(&mut Body<'m>, usize),
) {
    let treatments = of_cases.iter().flatten().max().map_or(0, |last| last + 1);
    let members = of_cases.iter().flatten().count();
    match treatments {
        0 => {}
        1 if members == 1 => {
            let case = of_cases.iter().position(Option::is_some).expect("it has a member");
            push_at(body);
            match case {
                0 => body.op(I::I32Eqz),
                1 if of_cases.len() == 2 => body,
                _ => body.i32(case as i32).op(I::I32Eq),
            };
            body.if_(|body| treat(body, 0));
        }
        2 if of_cases.len() == 2 => {
            push_at(body);
            body.if_else(None, |body| treat(body, 1), |body| treat(body, 0));
        }
        _ => by_table(body, push_at, of_cases, is_checked, treat),
    }
}

/// Like [`by_case`], by a table. An invalid discriminant traps if `is_checked`; else it has no
/// treatment.
fn by_table<'m>(
    body: &mut Body<'m>,
    push_at: &dyn Fn(&mut Body<'_>),
    of_cases: &[Option<usize>],
    is_checked: bool,
    mut treat: impl FnMut(&mut Body<'m>, usize),
) {
    let count = of_cases.iter().flatten().max().map_or(0, |last| last + 1);
    body.block(|body, end| {
        let mut branch = |body: &mut Body<'m>, labels: &[Label]| {
            let labels: Vec<_> = of_cases.iter().map(|of| of.map_or(end, |of| labels[of])).collect();
            match is_checked {
                true => body
                    .block(|body, invalid| {
                        push_at(body);
                        body.br_table(&labels, invalid);
                    })
                    .op(I::Unreachable),
                false => {
                    push_at(body);
                    body.br_table(&labels, end)
                }
            };
        };
        nest(body, count, Vec::new(), &mut branch, &mut |body, treatment| {
            treat(body, treatment);
            if treatment + 1 < count {
                body.br(end);
            }
        });
    });
}

/// Nests `count` blocks, the last one outermost; the code of each follows its end.
fn nest<'m>(
    body: &mut Body<'m>,
    count: usize,
    mut labels: Vec<Label>,
    branch: &mut dyn FnMut(&mut Body<'m>, &[Label]),
    code: &mut dyn FnMut(&mut Body<'m>, usize),
) {
    if count == 0 {
        labels.reverse();
        branch(body, &labels);
        return;
    }
    body.block(|body, label| {
        labels.push(label);
        nest(body, count - 1, labels, branch, code);
    });
    code(body, count - 1);
}
