//! Lowerings of functions of R, or of another part of the composition.

use wasm_encoder::ValType;
use wasmparser::component_types::{ComponentDefinedType, ComponentValType};
use wasmparser::types::TypesRef;
use wasmparser::{CanonicalOption, PrimitiveValType};

use super::Rewrite;
use crate::Error;
use crate::canonical_abi::layout::{Layout, Shape};
use crate::code::Scatter;
use crate::component::options::{is_async, memory, realloc};
use crate::component::types::ById;
use crate::component::{Component, CoreFuncId, FuncId, types};
use crate::p3_on_p2::Form;
use crate::p3_on_p2::trampoline::{AsyncCall, Finish, SizedResult, Start, SyncCall, identified};

/// Flat parameters of an async lowering; more go through memory.
const MAX_FLAT_ASYNC_PARAMS: usize = 4;

/// Flat parameters of a sync lowering.
const MAX_FLAT_PARAMS: usize = 16;

impl Rewrite<'_> {
    pub(super) fn lower_adapted(
        &mut self,
        def: CoreFuncId,
        func: FuncId,
        options: &[CanonicalOption],
    ) -> Result<(), Error> {
        if let Some(plain) = self.forms.get(&(func, Form::Plain)).copied() {
            if let Some(identify) = self.identify().filter(|_| self.passes_ends(func)) {
                let (inner, signature) = (self.lower(plain, options), self.core_signature(def)?);
                self.pending.add(def, None, identified(def, identify, inner, signature));
                return Ok(());
            }
            self.lower_to(def, plain, options);
            return Ok(());
        }
        let (instance, name) = self.functions[&func];
        let name = format!("{}#{name}", self.adapted[&instance].unversioned());
        let signature = self.core_signature(def)?;
        let needed = forms(&self.component, func, options)?;
        let value = self.flat_result(func);
        let finish = self
            .forms
            .get(&(func, Form::Finish))
            .copied()
            .filter(|_| needed.contains(&Form::Finish))
            .map(|finish| Finish { func: self.lower(finish, options), value });
        let sized = needed.contains(&Form::FinishInChunks).then(|| self.sized(func, options)).flatten();
        if !is_async(options) {
            let has_cookie = needed.contains(&Form::Start);
            let start = self.forms[&(func, if has_cookie { Form::Start } else { Form::StartBare })];
            let start = self.lower(start, options);
            let blocking = self.blocking();
            let identify = self.identify();
            let call = SyncCall { def, name, signature, start, has_cookie, finish, sized, blocking, identify };
            let memory = memory(options).filter(|_| sized.is_some());
            self.pending.add(def, memory, move |module| call.build(module));
            return Ok(());
        }
        let start = match needed.contains(&Form::StartByList) {
            true => Start::ByList(self.lower(self.forms[&(func, Form::StartByList)], options), self.bytes(func)),
            false => Start::Direct(self.lower(self.forms[&(func, Form::Start)], options)),
        };
        let finish = finish.map(|finish| (finish, self.slot()));
        let (params, identify) = (signature.params, self.identify());
        let call = AsyncCall { def, name, params, start, finish, sized, task: self.task, identify };
        let uses_memory = sized.is_some() || matches!(start, Start::ByList(_, Some(_)));
        let memory =
            memory(options).filter(|_| uses_memory || finish.is_some_and(|(finish, _)| finish.value.is_some()));
        self.pending.add(def, memory, move |module| call.build(module));
        Ok(())
    }

    /// The functions that fetch the bytes in the result of `func` in chunks.
    fn sized(&mut self, func: FuncId, options: &[CanonicalOption]) -> Option<SizedResult> {
        let types = self.component.validated();
        let offset = bytes_in(types, types.func(func).result?)?;
        let (memory, realloc) = (memory(options)?, realloc(options)?);
        let (Scatter { aim, realloc: scatter }, _) = self.scatter(memory);
        let finish = self.forms[&(func, Form::FinishInChunks)];
        let finish =
            self.lower(finish, &[CanonicalOption::Memory(memory.into()), CanonicalOption::Realloc(scatter.into())]);
        Some(SizedResult { realloc, aim, finish, offset })
    }

    /// The offset of the first parameter of `func` that is a list of bytes, among its parameters in
    /// memory.
    fn bytes(&self, func: FuncId) -> Option<u32> {
        let types = self.component.validated();
        let params = &types.func(func).params;
        let position = params.iter().position(|(_, ty)| is_bytes(types, *ty))?;
        let params = Layout::of_record(params.iter().map(|(_, ty)| Layout::of(types, *ty)).collect());
        let Shape::Record(fields) = params.shape else { return None };
        Some(fields[position].0)
    }

    pub(super) fn is_async(&self, func: FuncId) -> bool {
        let types = self.component.validated();
        types.func(func).async_
    }

    pub(super) fn flat_results(&self, func: FuncId) -> Vec<ValType> {
        let types = self.component.validated();
        let mut flat = Vec::new();
        if let Some(ty) = types.func(func).result {
            types::flatten(types, ty, &mut flat);
        }
        flat
    }

    /// The flat type and size in memory of the result of `func`, if it is one flat value.
    pub(super) fn flat_result(&self, func: FuncId) -> Option<(ValType, u32)> {
        let types = self.component.validated();
        match self.flat_results(func).as_slice() {
            [one] => Some((*one, Layout::of(types, types.func(func).result?).size)),
            _ => None,
        }
    }
}

/// Whether `ty` is `list<u8>`.
fn is_bytes(types: TypesRef<'_>, ty: ComponentValType) -> bool {
    let ComponentValType::Type(id) = ty else { return false };
    matches!(types[id], ComponentDefinedType::List { element: ComponentValType::Primitive(PrimitiveValType::U8), .. })
}

/// The offset of `list<u8>` in result type `ty`: it is the type itself, in the type of `ok`, or in
/// a tuple, and nothing else there points to memory.
fn bytes_in(types: TypesRef<'_>, ty: ComponentValType) -> Option<u32> {
    if is_bytes(types, ty) {
        return Some(0);
    }
    let ComponentValType::Type(id) = ty else { return None };
    match (&types[id], Layout::of(types, ty).shape) {
        (ComponentDefinedType::Result { ok, .. }, Shape::Variant { payload, .. }) => {
            Some(payload + bytes_in(types, (*ok)?)?)
        }
        (ComponentDefinedType::Tuple(tuple), Shape::Record(fields)) => {
            let mut pointing = tuple.types.iter().zip(&fields).filter(|(_, (_, field))| field.has_pointers());
            let (ty, (offset, _)) = pointing.next().filter(|_| pointing.next().is_none())?;
            Some(offset + bytes_in(types, *ty)?)
        }
        _ => None,
    }
}

/// The forms of function `func` that a lowering needs.
pub(super) fn forms(component: &Component<'_>, func: FuncId, options: &[CanonicalOption]) -> Result<Vec<Form>, Error> {
    let types = component.validated();
    let ty = types.func(func);
    if !ty.async_ {
        return Ok(vec![Form::Plain]);
    }
    let mut flat = Vec::new();
    for (_, param) in &ty.params {
        types::flatten(types, *param, &mut flat);
    }
    let start = match is_async(options) {
        true if flat.len() > MAX_FLAT_ASYNC_PARAMS => Form::StartByList,
        false if flat.len() >= MAX_FLAT_PARAMS => Form::StartBare,
        _ => Form::Start,
    };
    let mut forms = vec![start];
    forms.extend(ty.result.map(|_| Form::Finish));
    forms.extend(ty.result.and_then(|ty| bytes_in(types, ty)).map(|_| Form::FinishInChunks));
    Ok(forms)
}
