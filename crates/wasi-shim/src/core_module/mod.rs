//! Core modules that are reduced and extended: an item keeps its index for life, and only reachable
//! items are encoded.

mod encode;
mod inline;

use std::borrow::Cow;
use std::collections::HashMap;

use wasm_encoder::ValType;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasmparser::{
    BinaryReader, ConstExpr, Data, Element, ExternalKind, FromReader, FunctionBody, Global, GlobalType, MemoryType,
    Operator, Parser, Payload, SectionLimited, Table, TypeRef,
};

use crate::Error;
use crate::code::{FuncIndex, GlobalIndex, Index, MemoryIndex, Signature, Slot, TableIndex, TypeIndex};

/// A core module, as far as compilers of Rust use the features of modules.
#[derive(Clone, Default)]
pub(crate) struct Module<'a> {
    types: Vec<Signature>,
    pub functions: Vec<Function<'a>>,
    tables: Vec<Table<'a>>,
    memories: Vec<Memory>,
    globals: Vec<Global<'a>>,
    pub exports: Vec<Export<'a>>,
    start: Option<FuncIndex>,
    elements: Vec<Element<'a>>,
    data: Vec<Data<'a>>,
    imported_table: Option<ImportedTable>,
}

#[derive(Debug, Clone)]
pub(crate) struct Function<'a> {
    ty: TypeIndex,
    pub source: Source<'a>,
    /// The name that an engine prints in the backtrace of a trap.
    pub name: Option<String>,
}

/// Where a function comes from.
#[derive(Debug, Clone)]
pub(crate) enum Source<'a> {
    Import {
        module: Cow<'a, str>,
        name: Cow<'a, str>,
    },
    /// Locals and instructions, as in a code section.
    Code(Cow<'a, [u8]>),
}

impl Source<'_> {
    /// Code that only traps.
    pub const UNREACHABLE: Source<'static> = Source::Code(Cow::Borrowed(&[0, 0x00, 0x0b]));
}

#[derive(Debug, Clone)]
pub(crate) struct Export<'a> {
    pub name: Cow<'a, str>,
    pub item: Exported,
}

/// An exported item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exported {
    Function(FuncIndex),
    Table(TableIndex),
    Memory(MemoryIndex),
    Global(GlobalIndex),
}

impl<'a> Export<'a> {
    fn read(export: wasmparser::Export<'a>) -> Result<Export<'a>, Error> {
        let item = match export.kind {
            ExternalKind::Func => Exported::Function(FuncIndex(export.index)),
            ExternalKind::Table => Exported::Table(TableIndex(export.index)),
            ExternalKind::Memory => Exported::Memory(MemoryIndex(export.index)),
            ExternalKind::Global => Exported::Global(GlobalIndex(export.index)),
            other => return Err(Error::unsound(format!("a prebuilt module exports {other:?}"))),
        };
        Ok(Export { name: export.name.into(), item })
    }

    /// The function, if it is one.
    pub fn function(&self) -> Option<FuncIndex> {
        if let Exported::Function(function) = self.item { Some(function) } else { None }
    }
}

#[derive(Debug, Clone)]
struct Memory {
    ty: MemoryType,
    /// The import's module and name, if the memory is imported.
    import: Option<(String, String)>,
}

/// A table of functions that is imported, beside the module's own tables, and the elements of it
/// that are set when the module is instantiated.
#[derive(Debug, Clone)]
struct ImportedTable {
    module: String,
    name: String,
    slots: Vec<(Slot, FuncIndex)>,
}

/// The index by which added code refers to the imported table.
pub(crate) const IMPORTED_TABLE: TableIndex = TableIndex(u32::MAX);

impl<'a> Module<'a> {
    /// The module that is encoded as `bytes`, without names and other custom sections.
    pub fn decode(bytes: &'a [u8]) -> Result<Module<'a>, Error> {
        let mut module = Module::default();
        let mut code = Vec::new();
        for payload in Parser::new(0).parse_all(bytes) {
            module.read(payload.map_err(Error::unsound)?, &mut code)?;
        }
        let own = module.functions.iter_mut().filter(|function| matches!(function.source, Source::Code(_)));
        for (function, code) in own.zip(code) {
            function.source = Source::Code(Cow::Borrowed(code));
        }
        Ok(module)
    }

    fn read(&mut self, payload: Payload<'a>, code: &mut Vec<&'a [u8]>) -> Result<(), Error> {
        match payload {
            Payload::TypeSection(types) => {
                for ty in types.into_iter_err_on_gc_types() {
                    let ty = ty.map_err(Error::unsound)?;
                    let convert = |types: &[wasmparser::ValType]| {
                        let types = types.iter().map(|ty| RoundtripReencoder.val_type(*ty));
                        types.collect::<Result<_, _>>().map_err(Error::unsound)
                    };
                    self.types.push(Signature { params: convert(ty.params())?, results: convert(ty.results())? });
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import.map_err(Error::unsound)?;
                    let TypeRef::Func(ty) = import.ty else {
                        return Err(Error::unsound("a prebuilt module imports more than functions"));
                    };
                    let source = Source::Import { module: import.module.into(), name: import.name.into() };
                    self.functions.push(Function { ty: TypeIndex(ty), source, name: None });
                }
            }
            Payload::FunctionSection(types) => {
                let types = collect(types)?.into_iter().map(TypeIndex);
                self.functions.extend(types.map(|ty| Function { ty, source: Source::UNREACHABLE, name: None }));
            }
            Payload::TableSection(tables) => self.tables = collect(tables)?,
            Payload::MemorySection(memories) => {
                let memories = collect(memories)?.into_iter();
                self.memories = memories.map(|ty| Memory { ty, import: None }).collect();
            }
            Payload::GlobalSection(globals) => self.globals = collect(globals)?,
            Payload::ExportSection(exports) => {
                self.exports = collect(exports)?.into_iter().map(Export::read).collect::<Result<_, _>>()?;
            }
            Payload::StartSection { func, .. } => self.start = Some(FuncIndex(func)),
            Payload::ElementSection(elements) => self.elements = collect(elements)?,
            Payload::DataSection(data) => self.data = collect(data)?,
            Payload::CodeSectionEntry(body) => code.push(body.as_bytes()),
            Payload::Version { .. } | Payload::DataCountSection { .. } | Payload::CodeSectionStart { .. } => {}
            Payload::CustomSection(_) | Payload::End(_) => {}
            other => return Err(Error::unsound(format!("a prebuilt module has {other:?}"))),
        }
        Ok(())
    }

    /// The function that is exported as `name`.
    pub fn exported(&self, name: &str) -> Option<FuncIndex> {
        self.exports.iter().filter(|export| export.name == name).find_map(Export::function)
    }

    /// The code of a function; `None` if it is imported.
    fn body(&self, function: FuncIndex) -> Option<FunctionBody<'_>> {
        match &self.functions[function.position()].source {
            Source::Code(code) => Some(FunctionBody::new(BinaryReader::new(code, 0))),
            Source::Import { .. } => None,
        }
    }

    /// The instructions of a function.
    fn operators(
        &self,
        function: FuncIndex,
    ) -> wasmparser::Result<impl Iterator<Item = wasmparser::Result<Operator<'_>>>> {
        let reader = self.body(function).map(|body| body.get_operators_reader()).transpose()?;
        Ok(reader.into_iter().flatten())
    }

    /// Maps those of `functions` that equal an earlier one to that. A function with a name equals
    /// no other.
    fn originals(&self, functions: &[FuncIndex]) -> HashMap<FuncIndex, FuncIndex> {
        let (mut first, mut originals) = (HashMap::new(), HashMap::new());
        for at in functions.iter().copied() {
            let function = &self.functions[at.position()];
            if let (Source::Code(code), None) = (&function.source, &function.name) {
                let original = *first.entry((self.signature(at), code)).or_insert(at);
                if original != at {
                    originals.insert(at, original);
                }
            }
        }
        originals
    }

    /// The type of a function.
    pub fn signature(&self, function: FuncIndex) -> &Signature {
        &self.types[self.functions[function.position()].ty.position()]
    }

    /// Adds a function.
    pub fn function(&mut self, signature: Signature, source: Source<'a>, name: Option<String>) -> FuncIndex {
        let ty = self.ty(signature);
        self.functions.push(Function { ty, source, name });
        FuncIndex::after(self.functions.len() - 1)
    }

    /// Adds a type.
    pub fn ty(&mut self, signature: Signature) -> TypeIndex {
        self.types.push(signature);
        TypeIndex::after(self.types.len() - 1)
    }

    /// Adds types that follow one another; gives the first's index.
    pub fn add_types(&mut self, types: impl Iterator<Item = Signature>) -> TypeIndex {
        let first = TypeIndex::after(self.types.len());
        self.types.extend(types);
        first
    }

    /// Adds mutable globals that begin as zero; gives the first's index.
    pub fn add_globals(&mut self, types: &[ValType]) -> Result<GlobalIndex, Error> {
        let first = GlobalIndex::after(self.globals.len());
        for ty in types {
            let (content_type, zero): (_, &[u8]) = match ty {
                ValType::I32 => (wasmparser::ValType::I32, &[0x41, 0, 0x0b]),
                ValType::I64 => (wasmparser::ValType::I64, &[0x42, 0, 0x0b]),
                other => return Err(Error::unsound(format!("a global of type {other:?}"))),
            };
            let ty = GlobalType { content_type, mutable: true, shared: false };
            self.globals.push(Global { ty, init_expr: ConstExpr::new(BinaryReader::new(zero, 0)) });
        }
        Ok(first)
    }

    /// The initial size of the memory, in pages.
    pub fn pages(&self) -> u32 {
        self.memories.first().map_or(0, |memory| memory.ty.initial as u32)
    }

    /// Turns the memory into an import.
    pub fn import_memory(&mut self, module: &str, name: &str) {
        for memory in &mut self.memories {
            memory.import = Some((module.into(), name.into()));
        }
    }

    /// Imports a table of functions. The elements `slots` are set when the module is instantiated.
    pub fn import_table(&mut self, module: &str, name: &str, slots: impl IntoIterator<Item = (Slot, FuncIndex)>) {
        let new = || ImportedTable { module: module.into(), name: name.into(), slots: Vec::new() };
        self.imported_table.get_or_insert_with(new).slots.extend(slots);
    }
}

fn collect<'a, T: FromReader<'a>>(section: SectionLimited<'a, T>) -> Result<Vec<T>, Error> {
    section.into_iter().collect::<Result<_, _>>().map_err(Error::unsound)
}
