//! The Canonical ABI as core code: a generated function between two core modules of one component
//! does the work of an engine between two components, when one calls the other.
//!
//! Values move as the Canonical ABI lifts them from one side and lowers them to the other, in the
//! order of engines: the same checks, and the same calls of `realloc`. A value in memory is copied
//! as bytes first; then it is *amended*: the pointers, handles and small values that the other side
//! must not get as they are.

mod amend;
pub(crate) mod layout;
mod memory;
mod strings;
#[cfg(test)]
mod tests;

use ValType::I32;
use amend::Kind;
pub(crate) use amend::{Place, Transfer};
use wasm_encoder::ValType;
use wasmparser::CanonicalOption;

use crate::canonical_abi::layout::{Handle, Layout, Shape};
use crate::code::{Body, CoreModule, Func, Local, Memory, Signature};
use crate::component::CoreFuncId;

/// The most flat parameters; more are passed in memory.
const MAX_FLAT_PARAMS: usize = 16;
/// The most flat results; more are passed in memory.
const MAX_FLAT_RESULTS: usize = 1;

/// The type of `cabi_realloc`: the old address, size and alignment, and the new size.
pub(crate) const REALLOC: ([ValType; 4], [ValType; 1]) = ([I32; 4], [I32]);

/// The encoding of strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Utf16,
    /// Latin-1, or UTF-16 if the length says so.
    Compact,
}

impl Encoding {
    /// The one that canonical options name.
    pub fn of(options: &[CanonicalOption]) -> Encoding {
        let encoding = options.iter().find_map(|option| match option {
            CanonicalOption::UTF16 => Some(Encoding::Utf16),
            CanonicalOption::CompactUTF16 => Some(Encoding::Compact),
            _ => None,
        });
        encoding.unwrap_or(Encoding::Utf8)
    }
}

/// One of the two modules that a value moves between.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side {
    pub memory: Option<Memory>,
    pub realloc: Option<Func>,
    pub encoding: Encoding,
    /// The module's values and the pointers that its `realloc` returns are valid, so they are not
    /// checked.
    pub is_trusted: bool,
}

/// The treatment of handles on their way.
pub(crate) trait Handles {
    /// Whether the handle arrives unchanged.
    fn is_passed_on(&self, handle: Handle) -> bool;
    /// Replaces the handle on the stack, which is part of a parameter.
    fn param(&self, body: &mut Body<'_>, handle: Handle);
    /// Replaces the handle on the stack, which is part of a result.
    fn result(&self, body: &mut Body<'_>, handle: Handle);
}

/// A function between a caller and a callee: `lift` and `lower` in one.
pub(crate) struct Boundary<'b> {
    /// The name that an engine prints in the backtrace of a trap.
    pub name: String,
    pub params: &'b [Layout],
    pub result: Option<&'b Layout>,
    pub caller: Side,
    pub callee: Side,
    /// The core function that is lifted.
    pub inner: Func,
    /// The function that frees the results of `inner`.
    pub post_return: Option<Func>,
    pub handles: &'b dyn Handles,
}

impl Boundary<'_> {
    /// Adds the function. It has the type that the lowered function has.
    pub fn build(&self, module: &mut CoreModule, def: Option<CoreFuncId>) -> Func {
        module.function(def, self.name.clone(), self.signature(), |body| {
            let lowered = body.params();
            self.pass_params(body, &lowered);
            body.call(self.inner);
            self.pass_result(body, lowered.last().copied());
        })
    }

    /// Whether values move between the memories.
    pub fn uses_memory(&self) -> bool {
        let layouts = || self.params.iter().chain(self.result);
        self.is_spilled()
            || self.result.is_some_and(|layout| layout.flat.len() > MAX_FLAT_RESULTS)
            || layouts().any(Layout::has_pointers)
    }

    /// The type of `inner`.
    pub fn inner_signature(params: &[Layout], result: Option<&Layout>) -> Signature {
        let flat = |layouts: &mut dyn Iterator<Item = &Layout>, most: usize| {
            let flat: Vec<ValType> = layouts.flat_map(|layout| layout.flat.clone()).collect();
            if flat.len() > most { vec![I32] } else { flat }
        };
        Signature {
            params: flat(&mut params.iter(), MAX_FLAT_PARAMS),
            results: flat(&mut result.into_iter(), MAX_FLAT_RESULTS),
        }
    }

    /// Whether the function would only call `inner`, which can then take its place.
    pub fn is_trivial(&self) -> bool {
        let [params, result] = [self.params(), self.result()];
        self.post_return.is_none()
            && !self.is_spilled()
            && !self.params.iter().any(|layout| params.amends_flats(layout, &layout.flat))
            && self.result.is_none_or(|layout| {
                layout.flat.len() <= MAX_FLAT_RESULTS && !result.amends_flats(layout, &layout.flat)
            })
    }

    /// The type of the lowered function.
    fn signature(&self) -> Signature {
        let mut signature = Signature::default();
        match self.is_spilled() {
            true => signature.params.push(I32),
            false => signature.params.extend(self.params.iter().flat_map(|layout| &layout.flat)),
        }
        match self.result {
            Some(layout) if layout.flat.len() > MAX_FLAT_RESULTS => signature.params.push(I32),
            result => signature.results.extend(result.into_iter().flat_map(|layout| &layout.flat)),
        }
        signature
    }

    /// Whether the parameters lie in memory.
    fn is_spilled(&self) -> bool {
        self.params.iter().map(|layout| layout.flat.len()).sum::<usize>() > MAX_FLAT_PARAMS
    }

    fn params(&self) -> Transfer<'_> {
        Transfer { from: self.caller, to: self.callee, handles: self.handles, kind: Kind::Params }
    }

    fn result(&self) -> Transfer<'_> {
        Transfer { from: self.callee, to: self.caller, handles: self.handles, kind: Kind::Result }
    }

    /// Pushes the arguments of `inner`.
    fn pass_params(&self, body: &mut Body<'_>, lowered: &[Local]) {
        let transfer = self.params();
        if self.is_spilled() {
            let layout = Layout::of_record(self.params.to_vec());
            let to = transfer.copy_whole(body, &layout, lowered[0]);
            body.get(to);
            return;
        }
        let mut rest = lowered;
        for layout in self.params {
            let (flats, others) = rest.split_at(layout.flat.len());
            match layout.shape {
                Shape::Scalar(_) | Shape::Handle(_) => transfer.push_amended(body, layout, Place::Flats(flats)),
                _ => {
                    transfer.amend(body, layout, Place::Flats(flats));
                    body.gets(flats.iter().copied());
                }
            }
            rest = others;
        }
    }

    /// Passes the result that `inner` left on the stack to the caller: to the address in local `to`
    /// if it is not flat.
    fn pass_result(&self, body: &mut Body<'_>, to: Option<Local>) {
        let transfer = self.result();
        match (self.result, to) {
            (None, _) => {
                body.calls(self.post_return);
            }
            (Some(layout), Some(to)) if layout.flat.len() > MAX_FLAT_RESULTS => {
                let from = body.local(I32);
                body.set(from);
                transfer.check_pointer(body, &self.callee, from, layout);
                transfer.check_pointer(body, &self.caller, to, layout);
                transfer.copy_bytes(body, layout, from, to, 0);
                transfer.amend(body, layout, Place::Memory { from, to, offset: 0 });
                if let Some(post_return) = self.post_return {
                    body.get(from).call(post_return);
                }
            }
            (Some(layout), _) => {
                let flat = body.local(layout.flat[0]);
                match self.post_return {
                    Some(post_return) => {
                        let original = body.local(flat.ty);
                        body.tee(original).set(flat);
                        transfer.amend(body, layout, Place::Flats(&[flat]));
                        body.get(original).call(post_return).get(flat);
                    }
                    None if transfer.amends_flats(layout, &layout.flat) => {
                        body.set(flat);
                        transfer.amend(body, layout, Place::Flats(&[flat]));
                        body.get(flat);
                    }
                    None => {}
                }
            }
        }
    }
}
