//! Generated core modules, connected to the component that gets them.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use indexmap::{IndexMap, IndexSet};
use wasm_encoder as enc;
use wasm_encoder::{Encode, ExportKind, Instruction, ValType};
use wasmparser::{ComponentAlias, Export, ExternalKind, Instance, InstantiationArg, InstantiationArgKind};

use super::body::{Body, Func, Global, Memory, forward};
use super::index::{FuncIndex, GlobalIndex, Index, Slot, TableIndex, TypeIndex};
use crate::Error;
use crate::component::{
    Arena, Component, CoreFuncId, CoreInstanceId, CoreModuleId, Def, Item, ItemKind, MemoryId, TableId,
};

/// The type of a core function.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Signature {
    pub params: Vec<ValType>,
    pub results: Vec<ValType>,
}

impl Signature {
    pub fn new(params: &[ValType], results: &[ValType]) -> Signature {
        Signature { params: params.to_vec(), results: results.to_vec() }
    }
}

impl<const P: usize, const R: usize> From<([ValType; P], [ValType; R])> for Signature {
    fn from((params, results): ([ValType; P], [ValType; R])) -> Signature {
        Signature { params: params.into(), results: results.into() }
    }
}

/// The name under which a module imports its memories.
fn memory_name(at: usize) -> String {
    match at {
        0 => "m".into(),
        at => format!("m{at}"),
    }
}

/// The type of core function `def` of a decoded component.
pub(crate) fn core_signature(component: &Component<'_>, def: CoreFuncId) -> Result<Signature, Error> {
    let types = component.validated();
    let ty = types[types.core_function_at(def.into())].unwrap_func();
    // Other value types occur only with the option `gc` and with threads, which stock engines do
    // not have.
    let convert = |types: &[wasmparser::ValType]| -> Result<Vec<ValType>, Error> {
        types
            .iter()
            .map(|ty| ValType::try_from(*ty).map_err(|_| Error::unsound("a canonical function of GC types")))
            .collect()
    };
    Ok(Signature { params: convert(ty.params())?, results: convert(ty.results())? })
}

/// A memory that a module defines.
struct OwnMemory {
    pages: u32,
    /// The id of the memory in the component; `None` for internal memories.
    def: Option<MemoryId>,
}

/// A generated function.
#[derive(Debug)]
pub(crate) struct Function {
    /// The id of the function in the component; `None` for internal functions.
    pub def: Option<CoreFuncId>,
    /// Printed in the backtrace of a trap; empty if neither the function nor what it calls can
    /// trap.
    pub name: String,
    pub signature: Signature,
    locals: Vec<ValType>,
    /// Calls name functions by their index among the callees, and globals by their index among
    /// those of the generated code.
    run: Vec<Instruction<'static>>,
}

impl Function {
    /// Whether `other` has the same name, type and code.
    fn is_like(&self, other: &Function) -> bool {
        let bytes = |function: &Function| {
            let mut bytes = Vec::new();
            function.run.iter().for_each(|instruction| instruction.encode(&mut bytes));
            bytes
        };
        (self.def, &self.name, &self.signature, &self.locals)
            == (other.def, &other.name, &other.signature, &other.locals)
            && bytes(self) == bytes(other)
    }
}

/// A function that generated code calls.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Callee {
    /// A core function of the component.
    Def(CoreFuncId),
    /// A function of the generated code, by its position.
    Own(usize),
}

/// Where generated code begins in the index spaces of a module.
pub(crate) struct Places<'p> {
    /// The indices of the first import, function and global, and of the first type that is called
    /// indirectly.
    pub imports: FuncIndex,
    pub functions: FuncIndex,
    pub globals: GlobalIndex,
    pub indirect: TypeIndex,
    /// The index of table 0.
    pub table: TableIndex,
    /// The functions of a prebuilt module, by the names of their exports.
    pub named: &'p dyn Fn(&str) -> FuncIndex,
}

/// An import of a prebuilt module, and the core function of the component that satisfies it.
#[derive(Debug, Clone)]
pub(crate) struct PrebuiltImport {
    pub module: String,
    pub name: String,
    pub def: CoreFuncId,
}

/// A core module under construction whose imports are core definitions of the component around it,
/// and whose exports become core functions there.
#[derive(Default)]
pub(crate) struct CoreModule {
    /// The core functions that were imported, in the order of their first import.
    imports: IndexMap<CoreFuncId, Signature>,
    /// The core functions that the prebuilt module provides, with the names of its exports.
    exported: IndexMap<CoreFuncId, String>,
    /// Core functions that the module provides, but that only its own code calls.
    inner: HashSet<CoreFuncId>,
    callees: IndexSet<Callee>,
    /// Imported memories, by core memory of the component; they come first in the index space.
    memories: Vec<MemoryId>,
    /// The memory that is defined: memory 0.
    own_memory: Option<OwnMemory>,
    /// The core table that is imported: table 0.
    table: Option<TableId>,
    /// The core table that is defined and provided, with its number of elements: table 0.
    own_table: Option<(TableId, u32)>,
    /// Elements of table 0, set when the module is instantiated.
    slots: Vec<(Slot, Func)>,
    /// The types of functions that are called through the table: they come first in the index
    /// space.
    pub indirect: IndexSet<Signature>,
    pub globals: Vec<ValType>,
    functions: Vec<Function>,
}

impl CoreModule {
    /// Imports core function `def` of the component. If the module turns out to provide it, it is
    /// called directly instead.
    pub fn import(&mut self, def: CoreFuncId, signature: impl Into<Signature>) -> Func {
        let signature = signature.into();
        let known = self.imports.entry(def).or_insert_with(|| signature.clone());
        debug_assert_eq!(*known, signature, "a function has one type");
        self.callee(Callee::Def(def))
    }

    fn callee(&mut self, callee: Callee) -> Func {
        Func(self.callees.insert_full(callee).0 as u32)
    }

    /// Imports core memory `def`.
    pub fn import_memory(&mut self, def: MemoryId) -> Memory {
        let known = self.memories.iter().position(|memory| *memory == def);
        let index = known.unwrap_or_else(|| {
            self.memories.push(def);
            self.memories.len() - 1
        });
        Memory(index as u32)
    }

    /// Defines a memory of one page, for modules that import none.
    pub fn define_memory(&mut self) -> Memory {
        self.own_memory = Some(OwnMemory { pages: 1, def: None });
        Memory::FIRST
    }

    /// Defines a memory of `pages` pages, which becomes core memory `def` of the component, for
    /// modules that import none.
    pub fn provide_memory(&mut self, def: MemoryId, pages: u32) -> Memory {
        self.own_memory = Some(OwnMemory { pages, def: Some(def) });
        Memory::FIRST
    }

    /// Whether the module imports a table.
    pub fn imports_table(&self) -> bool {
        self.table.is_some()
    }

    /// Imports core table `def` of functions, to set elements of it and to call them.
    pub fn import_table(&mut self, def: TableId) {
        self.table = Some(def);
    }

    /// Defines a table of `size` empty elements, which becomes core table `def` of the component.
    pub fn provide_table(&mut self, def: TableId, size: u32) {
        self.own_table = Some((def, size));
    }

    /// The index of the type `signature`, for calls through the table.
    pub fn indirect_type(&mut self, signature: Signature) -> TypeIndex {
        TypeIndex::after(self.indirect.insert_full(signature).0)
    }

    /// Sets element `slot` of table 0 to `function` when the module is instantiated.
    pub fn slot(&mut self, slot: Slot, function: Func) {
        if !self.slots.contains(&(slot, function)) {
            self.slots.push((slot, function));
        }
    }

    /// A new mutable global that begins as zero.
    pub fn global(&mut self, ty: ValType) -> Global {
        self.globals.push(ty);
        Global(self.globals.len() as u32 - 1)
    }

    /// Adds a function. With `def`, it becomes that core function of the component.
    ///
    /// `name` is what an engine prints in the backtrace of a trap.
    pub fn function(
        &mut self,
        def: Option<CoreFuncId>,
        name: impl Into<String>,
        signature: impl Into<Signature>,
        build: impl FnOnce(&mut Body<'_>),
    ) -> Func {
        let func = self.declare(def, name, signature);
        self.define(func, build);
        func
    }

    /// Adds a function whose body comes later, so that others can call it before: see
    /// [`CoreModule::define`].
    pub fn declare(
        &mut self,
        def: Option<CoreFuncId>,
        name: impl Into<String>,
        signature: impl Into<Signature>,
    ) -> Func {
        let (name, signature) = (name.into(), signature.into());
        self.functions.push(Function { def, name, signature, locals: Vec::new(), run: Vec::new() });
        self.callee(Callee::Own(self.functions.len() - 1))
    }

    /// Writes the body of a declared function.
    pub fn define(&mut self, func: Func, build: impl FnOnce(&mut Body<'_>)) {
        let Callee::Own(at) = self.callees[func.0 as usize] else { unreachable!("only own functions are declared") };
        let params = self.functions[at].signature.params.clone();
        let mut body = Body::new(self, &params);
        build(&mut body);
        let (locals, run) = body.finish();
        let function = &mut self.functions[at];
        (function.locals, function.run) = (locals, run);
    }

    /// A function that several others need: an earlier one with the same name and code is reused.
    pub fn shared(
        &mut self,
        name: &'static str,
        signature: impl Into<Signature>,
        build: impl FnOnce(&mut Body<'_>),
    ) -> Func {
        let func = self.function(None, name, signature, build);
        let Callee::Own(at) = self.callees[func.0 as usize] else { unreachable!("it was just added") };
        let (before, rest) = self.functions.split_at(at);
        let Some(known) = before.iter().position(|known| known.is_like(&rest[0])) else { return func };
        // The callees of the function are older than it, or its code would differ: so it was added
        // last.
        debug_assert!(rest.len() == 1 && func.0 as usize == self.callees.len() - 1);
        self.functions.pop();
        self.callees.pop();
        self.callee(Callee::Own(known))
    }

    /// Adds a function that only traps: its name is for the backtrace.
    pub fn trap(&mut self, name: impl Into<String>) -> Func {
        self.function(None, name, Signature::default(), |body| {
            body.op(Instruction::Unreachable);
        })
    }

    /// Adds `() -> i32`, which returns `global`.
    pub fn getter(&mut self, def: CoreFuncId, global: Global) {
        self.function(Some(def), "", ([], [ValType::I32]), |body| {
            body.global_get(global);
        });
    }

    /// Adds `(i32) -> ()`, which sets `global`.
    pub fn setter(&mut self, def: CoreFuncId, global: Global) {
        self.function(Some(def), "", ([ValType::I32], []), |body| {
            body.get_params().global_set(global);
        });
    }

    /// Adds a function that becomes core function `def` and only calls `inner` of the same type.
    pub fn forward(&mut self, def: CoreFuncId, inner: CoreFuncId, signature: Signature) {
        let inner = self.import(inner, signature.clone());
        self.function(Some(def), "wasi-shim: forward", signature, forward(inner));
    }

    /// Adds a function `() -> i32` that becomes core function `def`, calls `inner` and answers 0.
    pub fn then_zero(&mut self, def: CoreFuncId, inner: CoreFuncId) {
        let inner = self.import(inner, ([], []));
        self.function(Some(def), "wasi-shim: yield", ([], [ValType::I32]), |body| {
            body.call(inner).i32(0);
        });
    }

    /// The prebuilt module provides core function `def` of the component as its export `export`.
    pub fn exported(&mut self, def: CoreFuncId, export: impl Into<String>) {
        self.exported.insert(def, export.into());
    }

    /// Exports only functions that the component uses, and keeps of the prebuilt module only those
    /// and the callees of the generated code. The reason: engines compile each exported function a
    /// second time, for calls from their hosts.
    pub fn retain_exported(&mut self, is_used: impl Fn(CoreFuncId) -> bool) {
        let callees = &self.callees;
        self.exported.retain(|def, _| is_used(*def) || callees.contains(&Callee::Def(*def)));
        self.inner = self.provides().chain(self.prebuilt()).filter(|def| !is_used(*def)).collect();
    }

    /// Whether core function `def`, which the module provides, is exported.
    pub fn exports_function(&self, def: CoreFuncId) -> bool {
        !self.inner.contains(&def)
    }

    /// The exports of the prebuilt module that the generated code calls, or that become core
    /// functions of the component.
    pub fn roots(&self) -> impl Iterator<Item = &str> {
        self.exported.values().map(|export| &export[..])
    }

    /// The exports of the prebuilt module that become core functions of the component, each with
    /// its short name in the output.
    pub fn exports(&self) -> impl Iterator<Item = (&str, String)> {
        let exported = self.exported.iter().filter(|(def, _)| self.exports_function(**def));
        let exports: BTreeSet<&str> = exported.map(|(_, export)| &export[..]).collect();
        exports.into_iter().enumerate().map(|(at, export)| (export, format!("p{at}")))
    }

    /// The imports of the generated code: core functions of the component that the module does not
    /// provide itself.
    pub fn imports(&self) -> impl Iterator<Item = (CoreFuncId, &Signature)> {
        let provided: HashSet<CoreFuncId> = self.provides().chain(self.prebuilt()).collect();
        let imports = self.imports.iter().map(|(def, signature)| (*def, signature));
        imports.filter(move |(def, _)| !provided.contains(def))
    }

    /// The core functions of the component that the prebuilt module provides.
    pub fn prebuilt(&self) -> impl Iterator<Item = CoreFuncId> {
        self.exported.keys().copied()
    }

    /// The definitions that the generated code imports.
    pub fn uses(&self) -> Vec<Def> {
        let functions = self.imports().map(|(def, _)| Def::from(def));
        let memories = self.memories.iter().map(|def| Def::from(*def));
        functions.chain(memories).chain(self.table.map(Def::from)).collect()
    }

    /// The core functions of the component that the generated code provides.
    pub fn provides(&self) -> impl Iterator<Item = CoreFuncId> {
        self.functions.iter().filter_map(|function| function.def)
    }

    /// The items that define and instantiate the module and alias what it provides.
    pub fn into_items<'a>(self, component: &mut Component<'a>, arena: &'a Arena) -> Vec<Item<'a>> {
        let bytes = self.encode();
        self.instantiate(bytes, &[], component, arena)
    }

    /// Like [`CoreModule::into_items`], for an encoded module: `bytes` has the generated code,
    /// perhaps in a prebuilt module with the imports `prebuilt`.
    pub fn instantiate<'a>(
        self,
        bytes: Vec<u8>,
        prebuilt: &[PrebuiltImport],
        component: &mut Component<'a>,
        arena: &'a Arena,
    ) -> Vec<Item<'a>> {
        let mut items = Vec::new();
        let (module, item) = component.define_as::<CoreModuleId>(ItemKind::CoreModule(Cow::Owned(bytes)));
        items.push(item);

        let mut args: IndexMap<&str, Vec<Export<'a>>> = IndexMap::new();
        let mut give = |module, name: &str, kind, index| {
            args.entry(module).or_default().push(Export { name: arena.text(name), kind, index });
        };
        for (at, (def, _)) in self.imports().enumerate() {
            give("", &at.to_string(), ExternalKind::Func, def.into());
        }
        for (at, def) in self.memories.iter().enumerate() {
            give("", &memory_name(at), ExternalKind::Memory, (*def).into());
        }
        if let Some(def) = self.table {
            give("", "t", ExternalKind::Table, def.into());
        }
        for PrebuiltImport { module, name, def } in prebuilt {
            give(module, name, ExternalKind::Func, (*def).into());
        }
        let mut with = Vec::new();
        for (module, exports) in args {
            let bundle = ItemKind::CoreInstance(Instance::FromExports(exports.into()));
            let (instance, item) = component.define_as::<CoreInstanceId>(bundle);
            items.push(item);
            let kind = InstantiationArgKind::Instance;
            with.push(InstantiationArg { name: arena.text(module), kind, index: instance.into() });
        }
        let instantiate = Instance::Instantiate { module_index: module.into(), args: with.into() };
        let (instance, item) = component.define_as::<CoreInstanceId>(ItemKind::CoreInstance(instantiate));
        items.push(item);
        let instance_index = instance.into();
        let alias = |def, kind, name| Item {
            def: Some(def),
            kind: ItemKind::Alias(ComponentAlias::CoreInstanceExport { kind, instance_index, name }),
        };
        for (at, function) in self.functions.iter().enumerate() {
            if let Some(id) = function.def.filter(|def| self.exports_function(*def)) {
                let name = arena.text(&at.to_string());
                items.push(alias(id.into(), ExternalKind::Func, name));
            }
        }
        let given: HashMap<&str, String> = self.exports().collect();
        for (id, export) in self.exported.iter().filter(|(def, _)| self.exports_function(**def)) {
            items.push(alias((*id).into(), ExternalKind::Func, arena.text(&given[&export[..]])));
        }
        if let Some(OwnMemory { def: Some(id), .. }) = self.own_memory {
            items.push(alias(id.into(), ExternalKind::Memory, "m"));
        }
        if let Some((id, _)) = self.own_table {
            items.push(alias(id.into(), ExternalKind::Table, "t"));
        }
        items
    }

    /// The functions, with their code encoded for a module that has the generated code at `places`.
    pub fn functions<'a>(&'a self, places: &Places<'_>) -> impl Iterator<Item = (&'a Function, enc::Function)> {
        let Places { globals, indirect, table, .. } = *places;
        let indices = self.indices(places);
        self.functions.iter().map(move |function| {
            let mut code = enc::Function::new_with_locals_types(function.locals.iter().copied());
            for instruction in &function.run {
                code.instruction(&match *instruction {
                    Instruction::Call(callee) => Instruction::Call(indices[callee as usize].0),
                    Instruction::GlobalGet(at) => Instruction::GlobalGet(globals.0 + at),
                    Instruction::GlobalSet(at) => Instruction::GlobalSet(globals.0 + at),
                    Instruction::CallIndirect { type_index, .. } => {
                        Instruction::CallIndirect { type_index: indirect.0 + type_index, table_index: table.0 }
                    }
                    ref other => other.clone(),
                });
            }
            code.instruction(&Instruction::End);
            (function, code)
        })
    }

    /// The elements of table 0 that are set when the module is instantiated.
    pub fn slots(&self, places: &Places<'_>) -> impl Iterator<Item = (Slot, FuncIndex)> {
        let indices = self.indices(places);
        self.slots.iter().map(move |(slot, func)| (*slot, indices[func.0 as usize]))
    }

    /// The indices of the callees.
    fn indices(&self, places: &Places<'_>) -> Vec<FuncIndex> {
        let imports = places.imports.onwards().zip(self.imports()).map(|(index, (def, _))| (def, index));
        let own = places.functions.onwards().zip(&self.functions);
        let own = own.filter_map(|(index, function)| Some((function.def?, index)));
        let exported = self.exported.iter().map(|(def, export)| (*def, (places.named)(export)));
        let defs: HashMap<CoreFuncId, FuncIndex> = imports.chain(own).chain(exported).collect();
        let index = |callee: &Callee| match callee {
            Callee::Own(at) => FuncIndex::after(places.functions.position() + at),
            Callee::Def(def) => defs[def],
        };
        self.callees.iter().map(index).collect()
    }

    pub fn encode(&self) -> Vec<u8> {
        let places = Places {
            imports: FuncIndex(0),
            functions: FuncIndex::after(self.imports().count()),
            globals: GlobalIndex(0),
            indirect: TypeIndex(0),
            table: TableIndex(0),
            named: &|export| unreachable!("`{export}` is of a prebuilt module"),
        };
        let mut signatures: IndexMap<&Signature, TypeIndex> = IndexMap::new();
        let mut types = enc::TypeSection::new();
        let functions = self.functions.iter().map(|function| &function.signature);
        for signature in self.indirect.iter().chain(self.imports().map(|(_, ty)| ty)).chain(functions) {
            let next = TypeIndex::after(signatures.len());
            signatures.entry(signature).or_insert_with(|| {
                types.ty().function(signature.params.iter().copied(), signature.results.iter().copied());
                next
            });
        }
        let mut imports = enc::ImportSection::new();
        for (at, (_, signature)) in self.imports().enumerate() {
            imports.import("", &at.to_string(), enc::EntityType::Function(signatures[signature].0));
        }
        let memory =
            |minimum| enc::MemoryType { minimum, maximum: None, memory64: false, shared: false, page_size_log2: None };
        for at in 0..self.memories.len() {
            imports.import("", &memory_name(at), memory(0));
        }
        let funcref = |minimum| enc::TableType {
            element_type: enc::RefType::FUNCREF,
            table64: false,
            minimum,
            maximum: None,
            shared: false,
        };
        if self.table.is_some() {
            imports.import("", "t", funcref(0));
        }
        let mut functions = enc::FunctionSection::new();
        let mut exports = enc::ExportSection::new();
        let mut code = enc::CodeSection::new();
        let mut names = enc::NameMap::new();
        for ((at, index), (function, body)) in places.functions.onwards().enumerate().zip(self.functions(&places)) {
            functions.function(signatures[&function.signature].0);
            if function.def.is_some_and(|def| self.exports_function(def)) {
                exports.export(&at.to_string(), ExportKind::Func, index.0);
            }
            if !function.name.is_empty() {
                names.append(index.0, &function.name);
            }
            code.function(&body);
        }
        let mut module = enc::Module::new();
        module.section(&types);
        if !imports.is_empty() {
            module.section(&imports);
        }
        module.section(&functions);
        if let Some((_, size)) = self.own_table {
            let mut tables = enc::TableSection::new();
            tables.table(funcref(u64::from(size)));
            module.section(&tables);
            exports.export("t", ExportKind::Table, 0);
        }
        if let Some(OwnMemory { pages, def }) = self.own_memory {
            debug_assert!(self.memories.is_empty(), "an own memory is the only one");
            let mut memories = enc::MemorySection::new();
            memories.memory(memory(u64::from(pages)));
            module.section(&memories);
            if def.is_some() {
                exports.export("m", ExportKind::Memory, 0);
            }
        }
        if !self.globals.is_empty() {
            let mut globals = enc::GlobalSection::new();
            for val_type in &self.globals {
                let zero = match val_type {
                    ValType::I64 => enc::ConstExpr::i64_const(0),
                    _ => enc::ConstExpr::i32_const(0),
                };
                globals.global(enc::GlobalType { val_type: *val_type, mutable: true, shared: false }, &zero);
            }
            module.section(&globals);
        }
        module.section(&exports);
        if !self.slots.is_empty() {
            let mut elements = enc::ElementSection::new();
            for (slot, function) in self.slots(&places) {
                let offset = enc::ConstExpr::i32_const(slot.0 as i32);
                elements.active(None, &offset, enc::Elements::Functions(Cow::Owned(vec![function.0])));
            }
            module.section(&elements);
        }
        module.section(&code);
        let mut section = enc::NameSection::new();
        section.functions(&names);
        module.section(&section);
        module.finish()
    }
}
