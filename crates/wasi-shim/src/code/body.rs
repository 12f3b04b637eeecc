//! The body of a generated function, written from its first instruction to its last. Functions and
//! globals get their indices when the module is encoded, so that they can be imported and added at
//! any time.

use std::borrow::Borrow;

use wasm_encoder::{BlockType, Instruction, MemArg, ValType};

use super::{CoreModule, Signature};

/// A function that generated code calls: one among the callees of a [`CoreModule`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Func(pub(super) u32);

/// A global of a [`CoreModule`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Global(pub(super) u32);

/// A memory of a [`CoreModule`], by its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Memory(pub(super) u32);

impl Memory {
    /// The memory that was imported first, or that the module defines.
    pub const FIRST: Memory = Memory(0);
}

/// A parameter or local of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Local {
    index: u32,
    pub ty: ValType,
}

/// Where a branch leads: out of a block, or to the beginning of a loop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Label(u32);

/// A function body under construction.
pub(crate) struct Body<'m> {
    /// The module that the function is part of.
    pub module: &'m mut CoreModule,
    params: Vec<Local>,
    locals: Vec<ValType>,
    run: Vec<Instruction<'static>>,
    /// How many blocks are open.
    depth: u32,
}

impl<'m> Body<'m> {
    /// The empty body of a function with these parameters.
    pub(super) fn new(module: &'m mut CoreModule, params: &[ValType]) -> Body<'m> {
        let params = (0..).zip(params).map(|(index, ty)| Local { index, ty: *ty }).collect();
        Body { module, params, locals: Vec::new(), run: Vec::new(), depth: 0 }
    }

    /// The locals and the instructions, without the final `end`.
    pub(super) fn finish(self) -> (Vec<ValType>, Vec<Instruction<'static>>) {
        (self.locals, self.run)
    }

    /// Parameter `at`.
    pub fn param(&self, at: usize) -> Local {
        self.params[at]
    }

    /// All parameters.
    pub fn params(&self) -> Vec<Local> {
        self.params.clone()
    }

    /// The first parameters.
    pub fn first_params<const N: usize>(&self) -> [Local; N] {
        std::array::from_fn(|at| self.params[at])
    }

    /// A new local, which begins as zero.
    pub fn local(&mut self, ty: ValType) -> Local {
        self.locals.push(ty);
        Local { index: (self.params.len() + self.locals.len() - 1) as u32, ty }
    }

    /// New locals.
    pub fn locals<const N: usize>(&mut self, types: [ValType; N]) -> [Local; N] {
        types.map(|ty| self.local(ty))
    }

    /// Appends an instruction without operands that have types here, such as [`Local`].
    pub fn op(&mut self, instruction: Instruction<'static>) -> &mut Self {
        self.run.push(instruction);
        self
    }

    pub fn get(&mut self, local: Local) -> &mut Self {
        self.op(Instruction::LocalGet(local.index))
    }

    /// Pushes the locals in order.
    pub fn gets(&mut self, locals: impl IntoIterator<Item = impl Borrow<Local>>) -> &mut Self {
        self.run.extend(locals.into_iter().map(|local| Instruction::LocalGet(local.borrow().index)));
        self
    }

    /// Pushes all parameters.
    pub fn get_params(&mut self) -> &mut Self {
        self.gets(self.params())
    }

    pub fn set(&mut self, local: Local) -> &mut Self {
        self.op(Instruction::LocalSet(local.index))
    }

    pub fn tee(&mut self, local: Local) -> &mut Self {
        self.op(Instruction::LocalTee(local.index))
    }

    pub fn global_get(&mut self, global: Global) -> &mut Self {
        self.op(Instruction::GlobalGet(global.0))
    }

    pub fn global_set(&mut self, global: Global) -> &mut Self {
        self.op(Instruction::GlobalSet(global.0))
    }

    pub fn i32(&mut self, value: i32) -> &mut Self {
        self.op(Instruction::I32Const(value))
    }

    /// Pushes the bits of `value` as `i32`.
    pub fn u32(&mut self, value: impl Into<u32>) -> &mut Self {
        self.i32(value.into() as i32)
    }

    pub fn i64(&mut self, value: i64) -> &mut Self {
        self.op(Instruction::I64Const(value))
    }

    /// The zero of an integer type.
    pub fn zero(&mut self, ty: ValType) -> &mut Self {
        match ty {
            ValType::I64 => self.i64(0),
            _ => self.i32(0),
        }
    }

    /// Pushes zeros of the types.
    pub fn zeros(&mut self, types: &[ValType]) -> &mut Self {
        types.iter().fold(self, |body, ty| body.zero(*ty))
    }

    pub fn call(&mut self, func: Func) -> &mut Self {
        self.op(Instruction::Call(func.0))
    }

    /// Calls the functions in order; an [`Option`] calls none or one.
    pub fn calls(&mut self, funcs: impl IntoIterator<Item = Func>) -> &mut Self {
        self.run.extend(funcs.into_iter().map(|func| Instruction::Call(func.0)));
        self
    }

    /// Calls the element of table 0 whose position is on the stack.
    pub fn call_indirect(&mut self, signature: impl Into<Signature>) -> &mut Self {
        let type_index = self.module.indirect_type(signature.into()).0;
        self.op(Instruction::CallIndirect { type_index, table_index: 0 })
    }

    /// Loads from an address on the stack: `load(Instruction::I32Load8U, memory, offset)`.
    pub fn load(&mut self, kind: fn(MemArg) -> Instruction<'static>, memory: Memory, offset: u32) -> &mut Self {
        let access = |align| kind(MemArg { offset: offset.into(), align, memory_index: memory.0 });
        self.op(access(natural_alignment(&access(0))))
    }

    /// Stores the value on the stack at the address below it:
    /// `store(Instruction::I32Store8, memory, offset)`.
    pub fn store(&mut self, kind: fn(MemArg) -> Instruction<'static>, memory: Memory, offset: u32) -> &mut Self {
        self.load(kind, memory, offset)
    }

    pub fn memory_size(&mut self, memory: Memory) -> &mut Self {
        self.op(Instruction::MemorySize(memory.0))
    }

    pub fn memory_grow(&mut self, memory: Memory) -> &mut Self {
        self.op(Instruction::MemoryGrow(memory.0))
    }

    pub fn memory_copy(&mut self, to: Memory, from: Memory) -> &mut Self {
        self.op(Instruction::MemoryCopy { dst_mem: to.0, src_mem: from.0 })
    }

    /// A block: a branch to the label leaves it.
    pub fn block(&mut self, build: impl FnOnce(&mut Body<'m>, Label)) -> &mut Self {
        self.nest(Instruction::Block(BlockType::Empty), build).op(Instruction::End)
    }

    /// A loop: a branch to the label begins it anew.
    pub fn loop_(&mut self, build: impl FnOnce(&mut Body<'m>, Label)) -> &mut Self {
        self.nest(Instruction::Loop(BlockType::Empty), build).op(Instruction::End)
    }

    pub fn if_(&mut self, then: impl FnOnce(&mut Body<'m>)) -> &mut Self {
        self.nest(Instruction::If(BlockType::Empty), |body, _| then(body)).op(Instruction::End)
    }

    /// Each branch leaves a value of type `ty`, or nothing if that is `None`.
    pub fn if_else(
        &mut self,
        ty: Option<ValType>,
        then: impl FnOnce(&mut Body<'m>),
        otherwise: impl FnOnce(&mut Body<'m>),
    ) -> &mut Self {
        let ty = ty.map_or(BlockType::Empty, BlockType::Result);
        self.nest(Instruction::If(ty), |body, _| then(body));
        self.nest(Instruction::Else, |body, _| otherwise(body)).op(Instruction::End)
    }

    /// Calls `func` if the condition on the stack holds.
    pub fn call_if(&mut self, func: Func) -> &mut Self {
        self.if_(|body| {
            body.call(func);
        })
    }

    /// Traps if the condition on the stack holds.
    pub fn trap_if(&mut self) -> &mut Self {
        self.if_(|body| {
            body.op(Instruction::Unreachable);
        })
    }

    pub fn br(&mut self, label: Label) -> &mut Self {
        self.op(Instruction::Br(self.depth - label.0))
    }

    pub fn br_if(&mut self, label: Label) -> &mut Self {
        self.op(Instruction::BrIf(self.depth - label.0))
    }

    /// Branches to the label whose position in `labels` is on the stack, or to `otherwise` if there
    /// is none.
    pub fn br_table(&mut self, labels: &[Label], otherwise: Label) -> &mut Self {
        let depths: Vec<u32> = labels.iter().map(|label| self.depth - label.0).collect();
        self.op(Instruction::BrTable(depths.into(), self.depth - otherwise.0))
    }

    /// Appends `open` and the code of the block that it opens.
    fn nest(&mut self, open: Instruction<'static>, build: impl FnOnce(&mut Body<'m>, Label)) -> &mut Self {
        self.run.push(open);
        self.depth += 1;
        build(self, Label(self.depth));
        self.depth -= 1;
        self
    }
}

/// A body that calls `func` with all parameters.
pub(crate) fn forward(func: Func) -> impl FnOnce(&mut Body<'_>) {
    move |body| {
        body.get_params().call(func);
    }
}

/// The base-2 logarithm of the number of bytes that an instruction loads or stores.
fn natural_alignment(access: &Instruction<'_>) -> u32 {
    use Instruction as I;
    match access {
        I::I32Load8S(_) | I::I32Load8U(_) | I::I64Load8S(_) | I::I64Load8U(_) | I::I32Store8(_) | I::I64Store8(_) => 0,
        I::I32Load16S(_) | I::I32Load16U(_) | I::I64Load16S(_) | I::I64Load16U(_) => 1,
        I::I32Store16(_) | I::I64Store16(_) => 1,
        I::I64Load(_) | I::F64Load(_) | I::I64Store(_) | I::F64Store(_) => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use ValType::{I32, I64};
    use wasm_encoder as enc;
    use wasm_encoder::Instruction::{I32Add, I32Eqz, I32Load8U, I32Ne, I32Store16, I64Store};

    use super::*;
    use crate::code::{FuncIndex, GlobalIndex, Index, Places, Slot, TableIndex, TypeIndex};
    use crate::component::{CoreFuncId, MemoryId};

    /// The text of the module, which is valid.
    fn print(module: CoreModule) -> String {
        let bytes = module.encode();
        wasmparser::Validator::new().validate_all(&bytes).unwrap();
        wasmprinter::print_bytes(&bytes).unwrap()
    }

    /// The same print of a module that is given as text.
    fn text(wat: &str) -> String {
        wasmprinter::print_bytes(wat::parse_str(wat).unwrap()).unwrap()
    }

    #[test]
    fn functions_are_imported_when_they_are_first_used() {
        let mut module = CoreModule::default();
        let first = module.import(CoreFuncId(70), ([], []));
        module.function(Some(CoreFuncId(80)), "one", ([], [I64]), |body| {
            let late = body.module.import(CoreFuncId(60), ([], [I64]));
            body.call(first).call(late);
        });
        module.function(None, "two", ([], []), |body| {
            let again = body.module.import(CoreFuncId(70), ([], []));
            body.call(again);
        });
        assert_eq!(module.imports().map(|(def, _)| def.0).collect::<Vec<_>>(), [70, 60]);
        let expected = r#"(module (type (func)) (type (func (result i64)))
            (import "" "0" (func (type 0))) (import "" "1" (func (type 1)))
            (export "0" (func 2))
            (func $one (type 1) call 0 call 1)
            (func $two (type 0) call 0))"#;
        assert_eq!(print(module), text(expected));
    }

    #[test]
    fn a_function_that_the_module_provides_is_not_imported() {
        let mut module = CoreModule::default();
        let provided = module.import(CoreFuncId(7), ([I32], []));
        let imported = module.import(CoreFuncId(8), ([I32], []));
        module.function(Some(CoreFuncId(9)), "caller", ([I32], []), |body| {
            body.get_params().call(provided).get_params().call(imported);
        });
        module.function(Some(CoreFuncId(7)), "provided", ([I32], []), |_| {});
        assert_eq!(module.imports().map(|(def, _)| def.0).collect::<Vec<_>>(), [8]);
        let expected = r#"(module (type (func (param i32)))
            (import "" "0" (func (type 0)))
            (export "0" (func 1)) (export "1" (func 2))
            (func $caller (type 0) local.get 0 call 2 local.get 0 call 0)
            (func $provided (type 0)))"#;
        assert_eq!(print(module), text(expected));
    }

    #[test]
    fn declared_functions_call_each_other() {
        let mut module = CoreModule::default();
        let [even, odd] = ["even", "odd"].map(|name| module.declare(None, name, ([I32], [I32])));
        for (this, other, at_zero) in [(even, odd, 1), (odd, even, 0)] {
            module.define(this, |body| {
                let n = body.param(0);
                body.get(n).op(I32Eqz).if_else(
                    Some(I32),
                    |body| {
                        body.i32(at_zero);
                    },
                    |body| {
                        body.get(n).i32(-1).op(I32Add).call(other);
                    },
                );
            });
        }
        let function = |name: &str, at_zero: i32, other: u32| {
            format!(
                "(func ${name} (type 0) local.get 0 i32.eqz if (result i32) i32.const {at_zero} else
                 local.get 0 i32.const -1 i32.add call {other} end)"
            )
        };
        let [even, odd] = [function("even", 1, 1), function("odd", 0, 0)];
        assert_eq!(print(module), text(&format!("(module (type (func (param i32) (result i32))) {even} {odd})")));
    }

    #[test]
    fn labels_are_counted_from_where_a_branch_is() {
        let mut module = CoreModule::default();
        module.function(None, "count", ([I32, I32], []), |body| {
            let [at, end] = body.first_params();
            body.block(|body, done| {
                body.loop_(|body, again| {
                    body.get(at).get(end).op(I32Ne).if_(|body| {
                        body.get(at).i32(1).op(I32Add).set(at).br(again);
                    });
                    body.get(end).br_if(done).br(again);
                });
            });
        });
        let expected = "(module (type (func (param i32 i32))) (func $count (type 0)
            block loop
              local.get 0 local.get 1 i32.ne
              if local.get 0 i32.const 1 i32.add local.set 0 br 1 end
              local.get 1 br_if 1 br 0
            end end))";
        assert_eq!(print(module), text(expected));
    }

    #[test]
    fn memory_is_accessed_with_the_alignment_of_the_access() {
        let mut module = CoreModule::default();
        let [own, other] = [3, 4].map(|def| module.import_memory(MemoryId(def)));
        assert_eq!([own, module.import_memory(MemoryId(3))], [Memory::FIRST; 2]);
        module.function(None, "access", ([I32], []), |body| {
            let (address, wide) = (body.param(0), body.local(I64));
            body.get(address).get(address).load(I32Load8U, own, 3).store(I32Store16, other, 8);
            body.get(address).get(wide).store(I64Store, own, 0);
            body.get(address).memory_size(other).memory_grow(own).i32(4).memory_copy(other, own);
        });
        let expected = r#"(module (type (func (param i32)))
            (import "" "m" (memory 0)) (import "" "m1" (memory 0))
            (func $access (type 0) (local i64)
              local.get 0 local.get 0 i32.load8_u offset=3 i32.store16 1 offset=8
              local.get 0 local.get 1 i64.store
              local.get 0 memory.size 1 memory.grow i32.const 4 memory.copy 1 0))"#;
        assert_eq!(print(module), text(expected));
    }

    #[test]
    fn code_can_be_part_of_a_prebuilt_module() {
        let mut module = CoreModule::default();
        let global = module.global(I32);
        module.exported(CoreFuncId(8), "start");
        let prebuilt = module.import(CoreFuncId(8), ([], []));
        let imported = module.import(CoreFuncId(5), ([I32], []));
        let own = module.trap("wasi-shim: trap");
        let exported = module.import(CoreFuncId(9), ([], []));
        module.function(Some(CoreFuncId(6)), "uses all", ([], []), |body| {
            body.call(prebuilt).global_get(global).call(imported).call(own).i32(0).call_indirect(([I64], []));
            body.call(exported);
        });
        module.slot(Slot(1), own);
        module.exported(CoreFuncId(9), "ninth");
        assert_eq!(module.roots().collect::<Vec<_>>(), ["start", "ninth"]);
        assert_eq!(module.imports().map(|(def, _)| def.0).collect::<Vec<_>>(), [5]);
        let places = Places {
            imports: FuncIndex(2),
            functions: FuncIndex(10),
            globals: GlobalIndex(3),
            indirect: TypeIndex(4),
            table: TableIndex(7),
            named: &|name| FuncIndex::after(name.len()),
        };
        let function = module.functions(&places).nth(1).unwrap();
        assert_eq!((function.0.def, &function.0.name[..]), (Some(CoreFuncId(6)), "uses all"));
        let mut expected = enc::Function::new([]);
        for instruction in [
            Instruction::Call("start".len() as u32),
            Instruction::GlobalGet(3),
            Instruction::Call(2),
            Instruction::Call(10),
            Instruction::I32Const(0),
            Instruction::CallIndirect { type_index: 4, table_index: 7 },
            Instruction::Call("ninth".len() as u32),
            Instruction::End,
        ] {
            expected.instruction(&instruction);
        }
        assert_eq!(function.1.into_raw_body(), expected.into_raw_body());
        assert_eq!(module.slots(&places).collect::<Vec<_>>(), [(Slot(1), FuncIndex(10))]);
    }
}
