//! Copies the memory that pointers refer to. All boundary functions of a module share these
//! functions.

use ValType::I32;
use wasm_encoder::{Instruction as I, ValType};

use super::Side;
use super::amend::{Kind, Place, Transfer, by_case, load};
use crate::canonical_abi::layout::{Layout, Shape};
use crate::code::{Body, CoreModule, Func, Local};

/// The longest run of bytes that loads and stores copy, at most two of each.
const MAX_INLINE: u32 = 16;

impl Transfer<'_> {
    /// Traps unless the address in `pointer` can be that of such a value on `side`.
    pub fn check_pointer(&self, body: &mut Body<'_>, side: &Side, pointer: Local, layout: &Layout) {
        if !side.is_trusted {
            let check = check(body.module, side);
            body.get(pointer).u32(layout.size).u32(layout.align).call(check);
        }
    }

    /// Copies the bytes of a value, `offset` bytes behind both addresses, as the Canonical ABI
    /// stores it: no padding, and of a variant only the payload of its case.
    pub fn copy_bytes(&self, body: &mut Body<'_>, layout: &Layout, from: Local, to: Local, offset: u32) {
        let Bytes { runs, variants } = Bytes::of(layout);
        for (at, size) in runs {
            self.copy_run(body, from, to, offset + at, size);
        }
        for (at, Variant { discriminant, payload, cases }) in variants {
            let mut treatments: Vec<Bytes<'_>> = Vec::new();
            let of_cases = cases.iter().map(|case| {
                let bytes = Bytes::of(case.as_ref().filter(|case| case.size > 0)?);
                let known = treatments.iter().position(|known| *known == bytes);
                Some(known.unwrap_or_else(|| {
                    treatments.push(bytes);
                    treatments.len() - 1
                }))
            });
            let of_cases: Vec<Option<usize>> = of_cases.collect();
            let payload = |body: &mut Body<'_>, treatment: usize| {
                let case = of_cases.iter().position(|of| *of == Some(treatment)).and_then(|case| cases[case].as_ref());
                self.copy_bytes(body, case.expect("it has bytes"), from, to, offset + at + payload);
            };
            if treatments.len() == 1 && of_cases.iter().all(Option::is_some) {
                payload(body, 0);
                continue;
            }
            let source = self.from.memory.expect("values in memory have one");
            let push_at = |body: &mut Body<'_>| {
                body.get(from);
                load(body, discriminant, source, offset + at);
            };
            by_case(body, &push_at, &of_cases, false, payload);
        }
    }

    fn copy_run(&self, body: &mut Body<'_>, from: Local, to: Local, mut offset: u32, run: u32) {
        let [source, target] = [&self.from, &self.to].map(|side| side.memory.expect("values in memory have one"));
        let mut sizes = Vec::new();
        let mut rest = run;
        for size in [8, 4, 2, 1] {
            sizes.extend(std::iter::repeat_n(size, (rest / size) as usize));
            rest %= size;
        }
        if run > MAX_INLINE || sizes.len() > 2 {
            for address in [to, from] {
                body.get(address);
                if offset > 0 {
                    body.u32(offset).op(I::I32Add);
                }
            }
            body.u32(run).memory_copy(target, source);
            return;
        }
        for size in sizes {
            body.get(to).get(from);
            match size {
                8 => body.load(I::I64Load, source, offset).store(I::I64Store, target, offset),
                4 => body.load(I::I32Load, source, offset).store(I::I32Store, target, offset),
                2 => body.load(I::I32Load16U, source, offset).store(I::I32Store16, target, offset),
                _ => body.load(I::I32Load8U, source, offset).store(I::I32Store8, target, offset),
            };
            offset += size;
        }
    }

    /// Copies a value at the address in `from`, with what it points to; gives the local with the
    /// address of the copy.
    pub fn copy_whole(&self, body: &mut Body<'_>, layout: &Layout, from: Local) -> Local {
        let to = body.local(I32);
        let copy = self.copy(body.module);
        body.get(from).i32(1).u32(layout.size).u32(layout.align).call(copy).set(to);
        self.amend(body, layout, Place::Memory { from, to, offset: 0 });
        to
    }

    /// Whether the copy of a string can have another number of code units.
    pub fn changes_len(&self, layout: &Layout) -> bool {
        matches!(layout.shape, Shape::String) && self.transcodes()
    }

    /// Takes pointer and length of a string or list from the stack, and pushes the pointer of a
    /// copy; then the length, if it can change.
    pub fn copy_pointed(&self, body: &mut Body<'_>, layout: &Layout) {
        match &layout.shape {
            Shape::List(element) if self.amends_memory(element) => {
                let copy = self.copy_list(body.module, element);
                body.call(copy);
            }
            Shape::List(element) => {
                let copy = self.copy(body.module);
                body.u32(element.size).u32(element.align).call(copy);
            }
            _ => self.copy_string(body),
        }
    }

    /// The function `(pointer, count, size, align) -> pointer` that copies elements as bytes.
    pub fn copy(&self, module: &mut CoreModule) -> Func {
        let [source, target] = [&self.from, &self.to].map(|side| side.memory.expect("pointers have a memory"));
        let realloc = self.to.realloc.expect("pointers have a realloc");
        module.shared("wasi-shim: copy", ([I32; 4], [I32]), |body| {
            let [pointer, count, size, align] = [0, 1, 2, 3].map(|at| body.param(at));
            let (bytes, copy) = (body.local(I32), body.local(I32));
            body.get(count).get(size).op(I::I32Mul).set(bytes);
            if !self.from.is_trusted {
                // Traps if the number of bytes does not fit in 32 bits.
                body.get(count).op(I::I64ExtendI32U).get(size).op(I::I64ExtendI32U).op(I::I64Mul);
                body.i64(32).op(I::I64ShrU).op(I::I32WrapI64).trap_if();
                let check = check(body.module, &self.from);
                body.gets([pointer, bytes, align]).call(check);
            }
            match self.kind {
                Kind::Kept => body.gets([bytes, align]).call(realloc).set(copy),
                _ => body.i32(0).i32(0).gets([align, bytes]).call(realloc).set(copy),
            };
            if !self.to.is_trusted {
                let check = check(body.module, &self.to);
                body.gets([copy, bytes, align]).call(check);
            }
            body.gets([copy, pointer, bytes]).memory_copy(target, source).get(copy);
        })
    }

    /// The function `(pointer, count) -> pointer` that copies elements, and amends each.
    fn copy_list(&self, module: &mut CoreModule, element: &Layout) -> Func {
        module.shared("wasi-shim: copy list", ([I32; 2], [I32]), |body| {
            let [from, count] = [0, 1].map(|at| body.param(at));
            let (first, to) = (body.local(I32), body.local(I32));
            let copy = self.copy(body.module);
            body.gets([from, count]).u32(element.size).u32(element.align).call(copy).tee(first).set(to);
            self.push_loop(body, element, from, to, count);
            body.get(first);
        })
    }

    /// Takes pointer and length of a list from the stack, and amends each element in place.
    pub fn amend_elements(&self, body: &mut Body<'_>, element: &Layout) {
        let amend = body.module.shared("wasi-shim: amend list", ([I32; 2], []), |body| {
            let [at, count] = [0, 1].map(|at| body.param(at));
            self.push_loop(body, element, at, at, count);
        });
        body.call(amend);
    }

    /// Amends `count` elements, beginning at the addresses `from` and `to`.
    fn push_loop(&self, body: &mut Body<'_>, element: &Layout, from: Local, to: Local, count: Local) {
        body.get(count).if_(|body| {
            body.loop_(|body, next| {
                self.amend(body, element, Place::Memory { from, to, offset: 0 });
                body.get(from).u32(element.size).op(I::I32Add).set(from);
                if to != from {
                    body.get(to).u32(element.size).op(I::I32Add).set(to);
                }
                body.get(count).i32(1).op(I::I32Sub).tee(count).br_if(next);
            });
        });
    }
}

/// The bytes of a value in memory, without padding.
#[derive(Default, PartialEq)]
struct Bytes<'l> {
    /// Runs that every value of the type has: offset and length.
    runs: Vec<(u32, u32)>,
    /// Variants, by offset. Their discriminants are among the runs.
    variants: Vec<(u32, Variant<'l>)>,
}

#[derive(PartialEq)]
struct Variant<'l> {
    discriminant: u32,
    payload: u32,
    cases: &'l [Option<Layout>],
}

impl<'l> Bytes<'l> {
    fn of(layout: &'l Layout) -> Bytes<'l> {
        let mut bytes = Bytes::default();
        bytes.add(layout, 0);
        bytes
    }

    fn add(&mut self, layout: &'l Layout, offset: u32) {
        let size = match &layout.shape {
            Shape::Record(fields) => {
                for (at, field) in fields {
                    self.add(field, offset + at);
                }
                return;
            }
            Shape::Variant { discriminant, payload, cases } => {
                let variant = Variant { discriminant: *discriminant, payload: *payload, cases };
                self.variants.push((offset, variant));
                *discriminant
            }
            _ => layout.size,
        };
        match self.runs.last_mut() {
            Some((start, length)) if *start + *length == offset => *length += size,
            _ => self.runs.push((offset, size)),
        }
    }
}

/// The function `(pointer, bytes, align)` that traps unless the bytes at the pointer are aligned
/// and in the memory of `side`.
pub(super) fn check(module: &mut CoreModule, side: &Side) -> Func {
    let memory = side.memory.expect("pointers have a memory");
    module.shared("wasi-shim: invalid pointer", ([I32; 3], []), |body| {
        let [pointer, bytes, align] = [0, 1, 2].map(|at| body.param(at));
        body.get(pointer).get(align).i32(1).op(I::I32Sub).op(I::I32And).trap_if();
        body.get(pointer).op(I::I64ExtendI32U).get(bytes).op(I::I64ExtendI32U).op(I::I64Add);
        body.memory_size(memory).op(I::I64ExtendI32U).i64(16).op(I::I64Shl).op(I::I64GtU).trap_if();
    })
}
