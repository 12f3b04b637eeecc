//! Generated core modules, wired to the component they are put into.

use std::borrow::Cow;

use indexmap::IndexMap;
use wasm_encoder as enc;
use wasm_encoder::{ExportKind, Instruction, ValType};
use wasmparser::{ComponentAlias, Export, ExternalKind, Instance, InstantiationArg, InstantiationArgKind};

use crate::Error;
use crate::component::{Arena, Component, Def, Item, ItemKind, Sort};

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

/// The name under which a module imports its memories.
fn memory_name(at: usize) -> String {
    match at {
        0 => "m".into(),
        at => format!("m{at}"),
    }
}

/// The type of core function `def` of a decoded component.
pub(crate) fn core_signature(component: &Component<'_>, def: u32) -> Result<Signature, Error> {
    let types = component.validated();
    let ty = types[types.core_function_at(def)].unwrap_func();
    // Only what stock engines do not have takes values of other types: the option `gc`, and threads.
    let convert = |types: &[wasmparser::ValType]| -> Result<Vec<ValType>, Error> {
        types
            .iter()
            .map(|ty| ValType::try_from(*ty).map_err(|_| Error::unsound("a canonical function of GC types")))
            .collect()
    };
    Ok(Signature { params: convert(ty.params())?, results: convert(ty.results())? })
}

/// The body of a generated function: locals beyond the parameters, and instructions without the final `end`.
#[derive(Debug, Default)]
pub(crate) struct Code {
    pub locals: Vec<ValType>,
    pub instructions: Vec<Instruction<'static>>,
}

/// A memory that a module defines.
struct OwnMemory {
    pages: u32,
    /// The core memory that it becomes in the component; `None` for internal ones.
    def: Option<u32>,
}

struct Function {
    /// The core function that it becomes in the component; `None` for internal ones.
    def: Option<u32>,
    name: String,
    signature: Signature,
    code: Code,
}

/// A core module under construction whose imports are core definitions of the component around it, and
/// whose exports become core functions there.
///
/// Imported functions come first in the index space, so all of them must be imported before the first call of
/// [`CoreModule::function`].
#[derive(Default)]
pub(crate) struct CoreModule {
    imports: IndexMap<u32, Signature>,
    /// Imported memories, by core memory of the component; they come first in the index space.
    memories: Vec<u32>,
    /// The memory that is defined: memory 0.
    own_memory: Option<OwnMemory>,
    /// The core table that is imported: table 0.
    table: Option<u32>,
    /// The core table that is defined and provided, with its number of elements: table 0.
    own_table: Option<(u32, u32)>,
    /// Elements of table 0, set when the module is instantiated: position and function.
    slots: Vec<(u32, u32)>,
    /// The type of functions that are called through the table: type 0.
    indirect: Option<Signature>,
    globals: Vec<ValType>,
    functions: Vec<Function>,
}

impl CoreModule {
    /// The index of core function `def` of the component, imported with `signature`.
    pub fn import(&mut self, def: u32, signature: Signature) -> u32 {
        debug_assert!(self.functions.is_empty(), "imports come before functions");
        let (index, _) = self.imports.insert_full(def, signature);
        index as u32
    }

    /// The index of core memory `def`, imported.
    pub fn import_memory(&mut self, def: u32) -> u32 {
        let known = self.memories.iter().position(|memory| *memory == def);
        known.unwrap_or_else(|| {
            self.memories.push(def);
            self.memories.len() - 1
        }) as u32
    }

    /// Defines a memory of one page, for modules that import none.
    pub fn define_memory(&mut self) {
        self.own_memory = Some(OwnMemory { pages: 1, def: None });
    }

    /// Defines a memory of so many pages, which becomes core memory `def` of the component, for modules that import none.
    pub fn provide_memory(&mut self, def: u32, pages: u32) {
        self.own_memory = Some(OwnMemory { pages, def: Some(def) });
    }

    /// Imports core table `def` of functions, to set elements of it.
    pub fn import_table(&mut self, def: u32) {
        self.table = Some(def);
    }

    /// Defines a table of `size` empty elements, which becomes core table `def` of the component.
    pub fn provide_table(&mut self, def: u32, size: u32) {
        self.own_table = Some((def, size));
    }

    /// Functions of type 0 are called through the table.
    pub fn calls_indirectly(&mut self, signature: Signature) {
        self.indirect = Some(signature);
    }

    /// Sets element `at` of table 0 to `function` when the module is instantiated.
    pub fn slot(&mut self, at: u32, function: u32) {
        self.slots.push((at, function));
    }

    /// A new mutable global that begins as zero.
    pub fn global(&mut self, ty: ValType) -> u32 {
        self.globals.push(ty);
        self.globals.len() as u32 - 1
    }

    /// The index that the next function will have.
    pub fn next_function(&self) -> u32 {
        (self.imports.len() + self.functions.len()) as u32
    }

    /// Adds a function. With `def`, it becomes that core function of the component.
    ///
    /// `name` is what an engine prints in the backtrace of a trap.
    pub fn function(&mut self, def: Option<u32>, name: impl Into<String>, signature: Signature, code: Code) -> u32 {
        let index = self.next_function();
        self.functions.push(Function { def, name: name.into(), signature, code });
        index
    }

    /// Adds a function that becomes core function `def` and only calls function `inner` of the same type.
    pub fn forward(&mut self, def: u32, inner: u32, signature: Signature) {
        let mut instructions: Vec<_> = (0..signature.params.len() as u32).map(Instruction::LocalGet).collect();
        instructions.push(Instruction::Call(inner));
        self.function(Some(def), "wasi-shim: forward", signature, Code { instructions, ..Code::default() });
    }

    /// Adds a function `() -> i32` that becomes core function `def`, calls `inner` and answers 0.
    pub fn then_zero(&mut self, def: u32, inner: u32) {
        let instructions = vec![Instruction::Call(inner), Instruction::I32Const(0)];
        let code = Code { instructions, ..Code::default() };
        self.function(Some(def), "wasi-shim: yield", Signature::new(&[], &[ValType::I32]), code);
    }

    /// The core functions of the component that the module provides.
    pub fn provides(&self) -> impl Iterator<Item = u32> {
        self.functions.iter().filter_map(|function| function.def)
    }

    /// The items that define and instantiate the module and alias what it provides.
    pub fn into_items<'a>(self, component: &mut Component<'a>, arena: &'a Arena) -> Vec<Item<'a>> {
        let bytes = self.encode();
        let mut items = Vec::new();
        let (module, item) = component.define(Sort::CoreModule, ItemKind::CoreModule(Cow::Owned(bytes)));
        items.push(item);

        let mut args: Vec<Export<'a>> = self
            .imports
            .keys()
            .enumerate()
            .map(|(at, def)| Export { name: arena.text(&at.to_string()), kind: ExternalKind::Func, index: *def })
            .collect();
        args.extend(self.memories.iter().enumerate().map(|(at, index)| Export {
            name: arena.text(&memory_name(at)),
            kind: ExternalKind::Memory,
            index: *index,
        }));
        args.extend(self.table.map(|index| Export { name: "t", kind: ExternalKind::Table, index }));
        let mut with = Vec::new();
        if !args.is_empty() {
            let (index, item) =
                component.define(Sort::CoreInstance, ItemKind::CoreInstance(Instance::FromExports(args.into())));
            items.push(item);
            with.push(InstantiationArg { name: "", kind: InstantiationArgKind::Instance, index });
        }
        let instantiate = Instance::Instantiate { module_index: module, args: with.into() };
        let (instance_index, item) = component.define(Sort::CoreInstance, ItemKind::CoreInstance(instantiate));
        items.push(item);
        let alias = |def, kind, name| Item {
            def: Some(def),
            kind: ItemKind::Alias(ComponentAlias::CoreInstanceExport { kind, instance_index, name }),
        };
        for (at, function) in self.functions.iter().enumerate() {
            if let Some(id) = function.def {
                let name = arena.text(&at.to_string());
                items.push(alias(Def::new(Sort::CoreFunc, id), ExternalKind::Func, name));
            }
        }
        if let Some(OwnMemory { def: Some(id), .. }) = self.own_memory {
            items.push(alias(Def::new(Sort::CoreMemory, id), ExternalKind::Memory, "m"));
        }
        if let Some((id, _)) = self.own_table {
            items.push(alias(Def::new(Sort::CoreTable, id), ExternalKind::Table, "t"));
        }
        items
    }

    fn encode(&self) -> Vec<u8> {
        let mut signatures: IndexMap<&Signature, u32> = IndexMap::new();
        let mut types = enc::TypeSection::new();
        let functions = self.functions.iter().map(|function| &function.signature);
        for signature in self.indirect.iter().chain(self.imports.values()).chain(functions) {
            let next = signatures.len() as u32;
            signatures.entry(signature).or_insert_with(|| {
                types.ty().function(signature.params.iter().copied(), signature.results.iter().copied());
                next
            });
        }
        let mut imports = enc::ImportSection::new();
        for (at, signature) in self.imports.values().enumerate() {
            imports.import("", &at.to_string(), enc::EntityType::Function(signatures[signature]));
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
        for (at, function) in self.functions.iter().enumerate() {
            let index = (self.imports.len() + at) as u32;
            functions.function(signatures[&function.signature]);
            if function.def.is_some() {
                exports.export(&at.to_string(), ExportKind::Func, index);
            }
            names.append(index, &function.name);
            let mut body = enc::Function::new_with_locals_types(function.code.locals.iter().copied());
            for instruction in &function.code.instructions {
                body.instruction(instruction);
            }
            body.instruction(&Instruction::End);
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
            for (at, function) in &self.slots {
                let offset = enc::ConstExpr::i32_const(*at as i32);
                elements.active(None, &offset, enc::Elements::Functions(Cow::Owned(vec![*function])));
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
