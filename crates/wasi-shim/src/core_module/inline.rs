//! Replaces calls by the code of the callee: engines compile one function faster than two, and
//! reducing a module leaves many functions with a single caller.

use wasm_encoder as enc;
use wasm_encoder::reencode::Reencode;
use wasm_encoder::{BlockType, Encode, Instruction, ValType};
use wasmparser::{Element, ElementItems, Operator};

use super::encode::{NoItem, Reach, Result};
use super::{Module, Source};
use crate::Error;
use crate::code::{FuncIndex, Index, LocalIndex, Signature};
use crate::hash::{IdMap, IdSet};

impl Module<'_> {
    /// Replaces the only call of a function by the function's code, and removes the function from
    /// what is reached. Functions with names stay, because backtraces show the names.
    pub fn inline(&mut self, reach: &mut Reach) -> Result<(), Error> {
        let changed = self.inlined(reach).map_err(Error::unsound)?;
        for (at, code) in changed {
            self.functions[at.position()].source = Source::Code(code.into());
        }
        Ok(())
    }

    /// The functions that change, with their code.
    fn inlined(&self, reach: &mut Reach) -> Result<Vec<(FuncIndex, Vec<u8>)>> {
        let reached: Vec<FuncIndex> = reach.functions().collect();
        let codes = reached.iter().map(|at| Ok((*at, self.code(*at)?))).collect::<Result<IdMap<FuncIndex, Code>>>()?;
        let inlined = self.called_once(&reached, &codes)?;
        let changes =
            |at: &&FuncIndex| !inlined.contains(*at) && codes[*at].calls.iter().any(|called| inlined.contains(called));
        let changed = reached.iter().filter(changes).map(|at| {
            let params = &self.signature(*at).params;
            let mut caller =
                Caller { module: self, codes: &codes, inlined: &inlined, locals: params.clone(), code: Vec::new() };
            caller.locals.extend(self.locals(*at)?);
            caller.append(*at, LocalIndex(0), None)?;
            let mut function = enc::Function::new_with_locals_types(caller.locals[params.len()..].iter().copied());
            function.raw(caller.code);
            Ok((*at, function.into_raw_body()))
        });
        let changed = changed.collect();
        reach.forget(&inlined);
        changed
    }

    fn code(&self, at: FuncIndex) -> Result<Code> {
        let (mut code, mut depth) = (Code::default(), 0_u32);
        for operator in self.operators(at)? {
            match operator? {
                Operator::Call { function_index } => code.calls.push(FuncIndex(function_index)),
                Operator::RefFunc { function_index } => code.mentions.push(FuncIndex(function_index)),
                Operator::ReturnCall { function_index } => {
                    code.mentions.push(FuncIndex(function_index));
                    code.has_tail_calls = true;
                }
                Operator::ReturnCallIndirect { .. } | Operator::ReturnCallRef { .. } => code.has_tail_calls = true,
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => depth += 1,
                Operator::End => depth = depth.saturating_sub(1),
                Operator::Return => code.returns_early = true,
                Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                    code.returns_early |= relative_depth == depth;
                }
                Operator::BrTable { targets } => {
                    code.returns_early |= targets.default() == depth;
                    for target in targets.targets() {
                        code.returns_early |= target? == depth;
                    }
                }
                _ => {}
            }
        }
        Ok(code)
    }

    /// The functions that are called in one place, and that nothing else leads to.
    fn called_once(&self, reached: &[FuncIndex], codes: &IdMap<FuncIndex, Code>) -> Result<IdSet<FuncIndex>> {
        let originals = self.originals(reached);
        let original = |at: FuncIndex| originals.get(&at).copied().unwrap_or(at);
        let mut calls: IdMap<FuncIndex, usize> = IdMap::default();
        let mut kept: IdSet<FuncIndex> = self.roots().map(original).collect();
        for (_, code) in codes.iter().filter(|(at, _)| !originals.contains_key(at)) {
            code.calls.iter().for_each(|called| *calls.entry(original(*called)).or_default() += 1);
            kept.extend(code.mentions.iter().map(|at| original(*at)));
        }
        for Element { items, .. } in &self.elements {
            if let ElementItems::Functions(functions) = items {
                for function in functions.clone() {
                    kept.insert(original(FuncIndex(function?)));
                }
            }
        }
        let mut inlined = IdSet::default();
        for (at, _) in calls.into_iter().filter(|(at, calls)| *calls == 1 && !kept.contains(at)) {
            if self.can_be_inlined(at, &codes[&at])? {
                inlined.insert(at);
            }
        }
        Ok(inlined)
    }

    /// Whether a function is as simple as compilers make them: one result at most, numeric locals,
    /// no tail calls. Functions with names stay.
    fn can_be_inlined(&self, at: FuncIndex, code: &Code) -> Result<bool> {
        let is_simple = self.functions[at.position()].name.is_none()
            && self.body(at).is_some()
            && self.signature(at).results.len() <= 1
            && !code.has_tail_calls;
        Ok(is_simple && self.locals(at)?.iter().all(|ty| zero(*ty).is_some()))
    }

    /// The types of a function's locals, without its parameters.
    fn locals(&self, at: FuncIndex) -> Result<Vec<ValType>> {
        let mut locals = Vec::new();
        for local in self.body(at).map(|body| body.get_locals_reader()).transpose()?.into_iter().flatten() {
            let (count, ty) = local?;
            locals.extend(std::iter::repeat_n(Unchanged.val_type(ty)?, count as usize));
        }
        Ok(locals)
    }
}

/// Re-encodes code with the indices that it mentions.
struct Unchanged;

impl Reencode for Unchanged {
    type Error = NoItem;
}

/// Facts about the code of a function.
#[derive(Default)]
struct Code {
    /// The functions that it calls, and those that it mentions in other ways.
    calls: Vec<FuncIndex>,
    mentions: Vec<FuncIndex>,
    /// Whether it returns in other places than at its end.
    returns_early: bool,
    has_tail_calls: bool,
}

/// A function whose calls are replaced.
struct Caller<'m> {
    module: &'m Module<'m>,
    codes: &'m IdMap<FuncIndex, Code>,
    inlined: &'m IdSet<FuncIndex>,
    /// The parameters and locals of the function, and of those that have become part of it.
    locals: Vec<ValType>,
    code: Vec<u8>,
}

/// How an inlined function stands in its caller.
#[derive(Clone, Copy)]
struct Inside {
    /// Whether it runs more than once for one call of the caller.
    repeats: bool,
    /// Whether it is a block of its own, which it can leave before its end.
    is_block: bool,
}

impl Caller<'_> {
    /// Appends the code of function `at`, whose first parameter is local `first`.
    fn append(&mut self, at: FuncIndex, first: LocalIndex, inside: Option<Inside>) -> Result<()> {
        // For each open block, whether it is a loop.
        let mut blocks = Vec::new();
        for operator in self.module.operators(at)? {
            let operator = operator?;
            match operator {
                Operator::Loop { .. } => blocks.push(true),
                Operator::Block { .. } | Operator::If { .. } => blocks.push(false),
                _ => {}
            }
            let is_end = matches!(operator, Operator::End) && blocks.pop().is_none();
            match operator {
                Operator::Call { function_index } if self.inlined.contains(&FuncIndex(function_index)) => {
                    let repeats = blocks.contains(&true) || inside.is_some_and(|inside| inside.repeats);
                    self.replace_call(FuncIndex(function_index), repeats)?;
                }
                Operator::End if is_end && inside.is_some_and(|inside| !inside.is_block) => {}
                Operator::Return if inside.is_some() => self.push(&Instruction::Br(blocks.len() as u32)),
                Operator::LocalGet { local_index } => self.push(&Instruction::LocalGet(first.0 + local_index)),
                Operator::LocalSet { local_index } => self.push(&Instruction::LocalSet(first.0 + local_index)),
                Operator::LocalTee { local_index } => self.push(&Instruction::LocalTee(first.0 + local_index)),
                other => Unchanged.instruction(other)?.encode(&mut self.code),
            }
        }
        Ok(())
    }

    /// Appends function `at`, for parameters that are on the stack.
    fn replace_call(&mut self, at: FuncIndex, repeats: bool) -> Result<()> {
        let Signature { params, results } = self.module.signature(at);
        let first = LocalIndex::after(self.locals.len());
        let own = self.module.locals(at)?;
        self.locals.extend(params.iter().chain(&own));
        let locals = LocalIndex::after(first.position() + params.len());
        (first.0..locals.0).rev().for_each(|param| self.push(&Instruction::LocalSet(param)));
        for (local, ty) in locals.onwards().zip(own).filter(|_| repeats) {
            self.push(&zero(ty).expect("others are not inlined"));
            self.push(&Instruction::LocalSet(local.0));
        }
        let is_block = self.codes[&at].returns_early;
        if is_block {
            self.push(&Instruction::Block(results.first().map_or(BlockType::Empty, |ty| BlockType::Result(*ty))));
        }
        self.append(at, first, Some(Inside { repeats, is_block }))
    }

    fn push(&mut self, instruction: &Instruction<'_>) {
        instruction.encode(&mut self.code);
    }
}

/// The initial value of a local, if its type is numeric.
fn zero(ty: ValType) -> Option<Instruction<'static>> {
    match ty {
        ValType::I32 => Some(Instruction::I32Const(0)),
        ValType::I64 => Some(Instruction::I64Const(0)),
        ValType::F32 => Some(Instruction::F32Const(0.0.into())),
        ValType::F64 => Some(Instruction::F64Const(0.0.into())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inlined(module: &mut Module<'_>) -> Vec<u8> {
        let mut reach = module.reach().unwrap();
        module.inline(&mut reach).unwrap();
        module.encode_reached(&reach).unwrap().bytes
    }

    #[track_caller]
    fn becomes(text: &str, expected: &str) {
        let bytes = wat::parse_str(text).unwrap();
        let mut module = Module::decode(&bytes).unwrap();
        let inlined = inlined(&mut module);
        wasmparser::Validator::new().validate_all(&inlined).unwrap();
        let print = |bytes: &[u8]| wasmprinter::print_bytes(bytes).unwrap();
        assert_eq!(print(&inlined), print(&wat::parse_str(expected).unwrap()));
    }

    #[test]
    fn a_return_leaves_a_block_and_locals_are_new() {
        becomes(
            r#"(module
                (func $inner (param i32 i64) (result i32) (local f32)
                    (block (br_if 1 (i32.const 4) (local.get 0)) (drop) (return (i32.const 5)))
                    (local.set 2 (f32.const 1))
                    (call $innermost (i32.wrap_i64 (local.get 1))))
                (func $innermost (param i32) (result i32) (return (local.get 0)))
                (func (export "f") (param i32) (result i32) (local i32)
                    (i32.add (call $inner (local.get 0) (i64.const 7)) (local.get 1))))"#,
            r#"(module
                (func (export "f") (param i32) (result i32) (local i32 i32 i64 f32 i32)
                    local.get 0
                    i64.const 7
                    local.set 3
                    local.set 2
                    block (result i32)
                        block
                            i32.const 4
                            local.get 2
                            br_if 1
                            drop
                            i32.const 5
                            br 1
                        end
                        f32.const 1
                        local.set 4
                        local.get 3
                        i32.wrap_i64
                        local.set 5
                        block (result i32)
                            local.get 5
                            br 0
                        end
                    end
                    local.get 1
                    i32.add))"#,
        );
    }

    #[test]
    fn in_a_loop_locals_begin_as_zero_each_time() {
        becomes(
            r#"(module
                (func $count (local i64 i32) (local.set 1 (i32.add (local.get 1) (i32.const 1))))
                (func $once (local f64) (call $count) (drop (local.get 0)))
                (func (export "f") (loop (call $once) (br 0))))"#,
            r#"(module
                (func (export "f") (local f64 i64 i32)
                    loop
                        f64.const 0
                        local.set 0
                        i64.const 0
                        local.set 1
                        i32.const 0
                        local.set 2
                        local.get 2
                        i32.const 1
                        i32.add
                        local.set 2
                        local.get 0
                        drop
                        br 0
                    end))"#,
        );
    }

    /// Not inlined: functions with two callers, in elements, with tail calls or several results,
    /// and recursive ones.
    #[test]
    fn others_stay() {
        let bytes = wat::parse_str(
            r#"(module
            (table 1 funcref)
            (elem (i32.const 0) func $element)
            (func $twice (drop (i32.const 1)))
            (func $element (call_indirect (i32.const 0)))
            (func $tail (return_call $twice))
            (func $pair (result i32 i32) i32.const 2 i32.const 3)
            (func $recursive (param i32) (if (local.get 0) (then (call $recursive (i32.const 0)))))
            (func (export "f")
                call $twice call $element call $tail call $pair drop drop (call $recursive (i32.const 1))))"#,
        );
        let bytes = bytes.unwrap();
        let mut module = Module::decode(&bytes).unwrap();
        let before = module.encode_reached(&module.reach().unwrap()).unwrap().bytes;
        assert_eq!(inlined(&mut module), before);
    }
}
