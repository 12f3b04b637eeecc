//! Lowerings of functions that R or another part of the composition has.

use super::Rewrite;
use super::options::{is_async, memory};
use crate::component::{Component, Def, Item, ItemKind, Sort};
use crate::layout::Layout;
use crate::p3_on_p2::interface::Form;
use crate::p3_on_p2::trampoline::{AsyncCall, Finish, Start, SyncCall};
use crate::{Error, types};
use wasm_encoder::ValType;
use wasmparser::{CanonicalFunction, CanonicalOption};

/// Flat parameters of an async lowering; more go through memory.
const MAX_FLAT_ASYNC_PARAMS: usize = 4;

impl Rewrite<'_> {
    pub(super) fn lower_adapted(&mut self, def: u32, func: u32, options: &[CanonicalOption]) -> Result<(), Error> {
        if let Some(plain) = self.forms.get(&(func, Form::Plain)).copied() {
            let lower = CanonicalFunction::Lower { func_index: plain, options: options.into() };
            self.out.push(Item { def: Some(Def::new(Sort::CoreFunc, def)), kind: ItemKind::Canon(lower) });
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
        if !is_async(options) {
            let start = self.forms[&(func, Form::Start)];
            let start = self.lower(start, options);
            let call = SyncCall { def, name, signature, start, finish, blocking: self.blocking() };
            self.pending.add(def, None, move |module| call.build(module));
            return Ok(());
        }
        let start = match needed.contains(&Form::StartByList) {
            true => Start::ByList(self.lower(self.forms[&(func, Form::StartByList)], options)),
            false => Start::Direct(self.lower(self.forms[&(func, Form::Start)], options)),
        };
        let finish = finish.map(|finish| (finish, self.kind()));
        let call = AsyncCall { def, name, params: signature.params, start, finish, task: self.task };
        let memory = memory(options).filter(|_| finish.is_some_and(|(finish, _)| finish.value.is_some()));
        self.pending.add(def, memory, move |module| call.build(module));
        Ok(())
    }

    pub(super) fn is_async(&self, func: u32) -> bool {
        let types = self.component.validated();
        types[types.component_function_at(func)].async_
    }

    fn flat_results(&self, func: u32) -> Vec<ValType> {
        let types = self.component.validated();
        let mut flat = Vec::new();
        if let Some(ty) = types[types.component_function_at(func)].result {
            types::flatten(types, ty, &mut flat);
        }
        flat
    }

    /// The flat type and size in memory of the result of `func`, if it is one flat value.
    pub(super) fn flat_result(&self, func: u32) -> Option<(ValType, u32)> {
        let types = self.component.validated();
        match self.flat_results(func).as_slice() {
            [one] => Some((*one, Layout::of(types, types[types.component_function_at(func)].result?).size)),
            _ => None,
        }
    }
}

/// In which forms a lowering needs function `func`.
pub(super) fn forms(component: &Component<'_>, func: u32, options: &[CanonicalOption]) -> Result<Vec<Form>, Error> {
    let types = component.validated();
    let ty = &types[types.component_function_at(func)];
    if !ty.async_ {
        return Ok(vec![Form::Plain]);
    }
    let mut flat = Vec::new();
    for (_, param) in &ty.params {
        types::flatten(types, *param, &mut flat);
    }
    let by_list = is_async(options) && flat.len() > MAX_FLAT_ASYNC_PARAMS;
    let mut forms = vec![if by_list { Form::StartByList } else { Form::Start }];
    forms.extend(ty.result.map(|_| Form::Finish));
    Ok(forms)
}
