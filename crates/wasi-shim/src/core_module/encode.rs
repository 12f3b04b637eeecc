//! The reachable items of a module, and their encoding.

use std::collections::BTreeMap;

use indexmap::IndexSet;
use wasm_encoder as enc;
use wasm_encoder::reencode::{self, Reencode};
use wasmparser::{Data, DataKind, Element, ElementKind, ExternalKind, Operator, TableInit};

use super::{Export, Exported, IMPORTED_TABLE, Module, Source};
use crate::Error;
use crate::code::{DataIndex, ElementIndex, FuncIndex, GlobalIndex, Index, Signature, TableIndex, TypeIndex};
use crate::hash::{IdMap, IdSet, IdState};

/// A module as bytes.
pub(crate) struct Encoded {
    pub bytes: Vec<u8>,
    /// The functions that it imports, by their indices in the [`Module`].
    pub imports: Vec<FuncIndex>,
}

pub(super) type Result<T, E = reencode::Error<NoItem>> = std::result::Result<T, E>;

impl Module<'_> {
    /// All that exports and segments lead to.
    pub fn reach(&self) -> Result<Reach, Error> {
        let mut reach = Reach { items: IndexSet::default(), followed: 0, statics: self.statics() };
        self.reach_more(&mut reach)?;
        Ok(reach)
    }

    /// Extends `reach` after something was added to the module.
    pub fn reach_more(&self, reach: &mut Reach) -> Result<(), Error> {
        self.follow(reach).map_err(Error::unsound)
    }

    /// The imported functions that are reached.
    pub fn imports<'r>(&'r self, reach: &'r Reach) -> impl Iterator<Item = FuncIndex> + 'r {
        let functions = FuncIndex(0).onwards().zip(&self.functions);
        let imports = functions.filter(|(_, function)| matches!(function.source, Source::Import { .. }));
        imports.map(|(at, _)| at).filter(|at| reach.items.contains(&Item::Function(*at)))
    }

    /// The module with what is reached. Functions that are the same become one, except those with
    /// names.
    pub fn encode_reached(&self, reach: &Reach) -> Result<Encoded, Error> {
        self.encode_with(Indices::new(self, reach)).map_err(Error::unsound)
    }

    fn follow(&self, reach: &mut Reach) -> Result<()> {
        for export in &self.exports {
            let (kind, index) = export.item.encoded();
            reach.external_index(kind, index)?;
        }
        for function in self.roots() {
            reach.function_index(function.0)?;
        }
        for data in self.data.iter().filter(|data| static_of(data).is_none()) {
            if let DataKind::Active { offset_expr, .. } = &data.kind {
                reach.const_expr(offset_expr.clone())?;
            }
        }
        while let Some(item) = reach.items.get_index(reach.followed).copied() {
            self.reach_from(item, reach)?;
            reach.followed += 1;
        }
        Ok(())
    }

    /// The start function, and the functions that others can call.
    pub(super) fn roots(&self) -> impl Iterator<Item = FuncIndex> {
        let exported = self.exports.iter().filter_map(Export::function);
        let slots = self.imported_table.iter().flat_map(|table| &table.slots);
        exported.chain(self.start).chain(slots.map(|(_, function)| *function))
    }

    /// The segments that are statics, by address: index and length.
    fn statics(&self) -> BTreeMap<u32, (DataIndex, u32)> {
        let statics = DataIndex(0)
            .onwards()
            .zip(&self.data)
            .filter_map(|(at, data)| Some((static_of(data)?, at, data.data.len() as u32)));
        statics.map(|(start, at, length)| (start, (at, length))).collect()
    }

    /// Adds all that `item` mentions to what is reached.
    fn reach_from(&self, item: Item, reach: &mut Reach) -> Result<()> {
        let none = || reencode::Error::UserError(NoItem(item));
        match item {
            Item::Function(at) => {
                self.functions.get(at.position()).ok_or_else(none)?;
                if let Some(body) = self.body(at) {
                    let mut reader = body.get_operators_reader()?;
                    while !reader.eof() {
                        reach.parse_instruction(&mut reader)?;
                    }
                }
            }
            Item::Table(at) => {
                let table = self.tables.get(at.position()).ok_or_else(none)?;
                if let TableInit::Expr(init) = &table.init {
                    reach.const_expr(init.clone())?;
                }
                let elements = ElementIndex(0).onwards().zip(&self.elements);
                for (element, _) in elements.filter(|(_, element)| table_of(element) == Some(at)) {
                    reach.element_index(element.0)?;
                }
            }
            Item::Global(at) => {
                let global = self.globals.get(at.position()).ok_or_else(none)?;
                // The initial stack pointer is the first static's address, but does not mention it.
                let statics = std::mem::take(&mut reach.statics);
                reach.const_expr(global.init_expr.clone())?;
                reach.statics = statics;
            }
            Item::Element(at) => {
                let element = self.elements.get(at.position()).ok_or_else(none)?;
                if let ElementKind::Active { offset_expr, .. } = &element.kind {
                    reach.const_expr(offset_expr.clone())?;
                }
                reach.element_items(element.items.clone())?;
            }
            Item::Static(at) => {
                let words = self.data[at.position()].data.chunks_exact(size_of::<u32>());
                words.filter_map(|word| word.try_into().ok()).for_each(|word| reach.address(u32::from_le_bytes(word)));
            }
            Item::Data(_) | Item::Type(_) => {}
        }
        Ok(())
    }

    fn encode_with(&self, mut indices: Indices<'_>) -> Result<Encoded> {
        let mut imports = enc::ImportSection::new();
        for at in indices.imports.clone() {
            let function = &self.functions[at.position()];
            if let Source::Import { module, name } = &function.source {
                imports.import(module, name, enc::EntityType::Function(indices.type_index(function.ty.0)?));
            }
        }
        if let Some(table) = &self.imported_table {
            let element_type = enc::RefType::FUNCREF;
            let minimum = table.slots.iter().map(|(at, _)| u64::from(at.0) + 1).max().unwrap_or(0);
            let ty = enc::TableType { element_type, table64: false, minimum, maximum: None, shared: false };
            imports.import(&table.module, &table.name, ty);
        }
        let mut memories = enc::MemorySection::new();
        for memory in &self.memories {
            let ty = indices.memory_type(memory.ty)?;
            match &memory.import {
                Some((module, name)) => {
                    imports.import(module, name, ty);
                }
                None => {
                    memories.memory(ty);
                }
            }
        }
        let mut functions = enc::FunctionSection::new();
        let mut code = enc::CodeSection::new();
        let mut names = enc::NameMap::new();
        for (index, at) in FuncIndex::after(indices.imports.len()).onwards().zip(indices.own.clone()) {
            let function = &self.functions[at.position()];
            if let Some(body) = self.body(at) {
                functions.function(indices.type_index(function.ty.0)?);
                indices.parse_function_body(&mut code, body)?;
            }
            if let Some(name) = &function.name {
                names.append(index.0, name);
            }
        }
        let mut tables = enc::TableSection::new();
        for (at, table) in TableIndex(0).onwards().zip(&self.tables) {
            if indices.has(Item::Table(at)) {
                indices.parse_table(&mut tables, table.clone())?;
            }
        }
        let mut globals = enc::GlobalSection::new();
        for (at, global) in GlobalIndex(0).onwards().zip(&self.globals) {
            if indices.has(Item::Global(at)) {
                indices.parse_global(&mut globals, global.clone())?;
            }
        }
        let mut exports = enc::ExportSection::new();
        for export in &self.exports {
            let (kind, index) = export.item.encoded();
            exports.export(&export.name, indices.export_kind(kind)?, indices.external_index(kind, index)?);
        }
        let start = self.start.map(|start| indices.function_index(start.0)).transpose()?;
        let mut elements = enc::ElementSection::new();
        for (at, element) in ElementIndex(0).onwards().zip(&self.elements) {
            if indices.has(Item::Element(at)) {
                indices.parse_element(&mut elements, element.clone())?;
            }
        }
        for (slot, function) in self.imported_table.iter().flat_map(|table| &table.slots) {
            let functions = vec![indices.function_index(function.0)?];
            elements.active(
                None,
                &enc::ConstExpr::i32_const(slot.0 as i32),
                enc::Elements::Functions(functions.into()),
            );
        }
        let mut data = enc::DataSection::new();
        for (at, segment) in DataIndex(0).onwards().zip(&self.data) {
            match static_of(segment) {
                Some(start) if !indices.counts_data => {
                    let begin =
                        segment.data.iter().position(|byte| *byte != 0).filter(|_| indices.has(Item::Static(at)));
                    let Some(begin) = begin else { continue };
                    let end = segment.data.iter().rposition(|byte| *byte != 0).unwrap_or(begin);
                    let start = start + begin as u32;
                    data.active(0, &enc::ConstExpr::i32_const(start as i32), segment.data[begin..=end].iter().copied());
                }
                _ => {
                    indices.parse_data(&mut data, segment.clone())?;
                }
            }
        }
        let mut types = enc::TypeSection::new();
        for Signature { params, results } in &indices.types {
            types.ty().function(params.iter().copied(), results.iter().copied());
        }

        let mut module = enc::Module::new();
        module.section(&types);
        if !imports.is_empty() {
            module.section(&imports);
        }
        module.section(&functions);
        if !tables.is_empty() {
            module.section(&tables);
        }
        if !memories.is_empty() {
            module.section(&memories);
        }
        if !globals.is_empty() {
            module.section(&globals);
        }
        module.section(&exports);
        if let Some(function_index) = start {
            module.section(&enc::StartSection { function_index });
        }
        if !elements.is_empty() {
            module.section(&elements);
        }
        if indices.counts_data {
            module.section(&enc::DataCountSection { count: data.len() });
        }
        module.section(&code);
        if !data.is_empty() {
            module.section(&data);
        }
        if !names.is_empty() {
            let mut section = enc::NameSection::new();
            section.functions(&names);
            module.section(&section);
        }
        Ok(Encoded { bytes: module.finish(), imports: indices.imports })
    }
}

impl Exported {
    /// The kind and index, as in an export section.
    fn encoded(self) -> (ExternalKind, u32) {
        match self {
            Exported::Function(at) => (ExternalKind::Func, at.0),
            Exported::Table(at) => (ExternalKind::Table, at.0),
            Exported::Memory(at) => (ExternalKind::Memory, at.0),
            Exported::Global(at) => (ExternalKind::Global, at.0),
        }
    }
}

/// The address of a segment that holds one static, or several without padding between them: memory
/// is zero anyway, so padding is left out.
fn static_of(data: &Data<'_>) -> Option<u32> {
    let DataKind::Active { memory_index: 0, offset_expr } = &data.kind else { return None };
    match offset_expr.get_operators_reader().read() {
        Ok(Operator::I32Const { value }) => Some(value as u32),
        _ => None,
    }
}

/// The table whose elements an active segment sets.
fn table_of(element: &Element<'_>) -> Option<TableIndex> {
    match element.kind {
        ElementKind::Active { table_index, .. } => Some(TableIndex(table_index.unwrap_or(0))),
        _ => None,
    }
}

/// An item that code or data mentions, by index. Types are encoded when they are mentioned. Statics
/// are mentioned by their addresses, data by instructions that copy a segment: if one does, all
/// segments are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Item {
    Function(FuncIndex),
    Table(TableIndex),
    Global(GlobalIndex),
    Element(ElementIndex),
    Data(DataIndex),
    Static(DataIndex),
    Type(TypeIndex),
}

#[derive(Debug, thiserror::Error)]
#[error("a prebuilt module has no {0:?}")]
pub(crate) struct NoItem(Item);

/// The items that are mentioned, in the order of the first mentions.
pub(crate) struct Reach {
    items: IndexSet<Item, IdState>,
    /// How many of them have been searched for mentions.
    followed: usize,
    /// By address: index and length.
    statics: BTreeMap<u32, (DataIndex, u32)>,
}

/// How far below a static a number may lie and still lead to it: compilers fold a negative offset
/// into the address if the index is never 0.
const BEFORE: u32 = 64;

impl Reach {
    /// The functions that are reached.
    pub(super) fn functions(&self) -> impl Iterator<Item = FuncIndex> {
        self.items.iter().filter_map(|item| if let Item::Function(at) = item { Some(*at) } else { None })
    }

    /// Removes `functions` from what is reached.
    pub(super) fn forget(&mut self, functions: &IdSet<FuncIndex>) {
        self.items.retain(|item| !matches!(item, Item::Function(at) if functions.contains(at)));
        self.followed = self.items.len();
    }

    fn mention<I: From<u32>>(&mut self, item: fn(I) -> Item, at: u32) -> Result<u32> {
        self.items.insert(item(at.into()));
        Ok(at)
    }

    /// Reaches statics that `address` may lie in.
    fn address(&mut self, address: u32) {
        for (start, (at, length)) in self.statics.range(..=address.saturating_add(BEFORE)).rev() {
            if address >= start.saturating_add(*length) {
                break;
            }
            self.items.insert(Item::Static(*at));
        }
    }
}

impl Reencode for Reach {
    type Error = NoItem;

    fn function_index(&mut self, at: u32) -> Result<u32> {
        self.mention(Item::Function, at)
    }

    fn table_index(&mut self, at: u32) -> Result<u32> {
        if at == IMPORTED_TABLE.0 { Ok(0) } else { self.mention(Item::Table, at) }
    }

    fn global_index(&mut self, at: u32) -> Result<u32> {
        self.mention(Item::Global, at)
    }

    fn element_index(&mut self, at: u32) -> Result<u32> {
        self.mention(Item::Element, at)
    }

    fn data_index(&mut self, at: u32) -> Result<u32> {
        self.mention(Item::Data, at)
    }

    fn mem_arg(&mut self, arg: wasmparser::MemArg) -> Result<enc::MemArg> {
        self.address(arg.offset as u32);
        reencode::utils::mem_arg(self, arg)
    }

    fn instruction<'a>(&mut self, operator: Operator<'a>) -> Result<enc::Instruction<'a>> {
        if let Operator::I32Const { value } = operator {
            self.address(value as u32);
        }
        reencode::utils::instruction(self, operator)
    }
}

/// The indices of what is encoded.
struct Indices<'m> {
    items: IdMap<Item, u32>,
    /// Whether a data count section is needed, because code mentions data segments.
    counts_data: bool,
    /// The imported functions, in order.
    imports: Vec<FuncIndex>,
    /// The functions with code, in order.
    own: Vec<FuncIndex>,
    /// All types of the module.
    known: &'m [Signature],
    /// The types that are encoded. A type gets its index when it is first mentioned.
    types: IndexSet<&'m Signature>,
}

/// The reached ones of the first `count` items of a kind.
fn in_order<I: From<u32>>(
    reached: &IndexSet<Item, IdState>,
    item: fn(I) -> Item,
    count: usize,
) -> impl Iterator<Item = Item> {
    (0..count as u32).map(move |at| item(at.into())).filter(|item| reached.contains(item))
}

impl<'m> Indices<'m> {
    fn new(module: &'m Module<'_>, Reach { items: reached, .. }: &Reach) -> Indices<'m> {
        let functions = FuncIndex(0).onwards().take(module.functions.len());
        let functions: Vec<FuncIndex> = functions.filter(|at| reached.contains(&Item::Function(*at))).collect();
        let originals = module.originals(&functions);
        let (own, imports): (Vec<_>, Vec<_>) = functions
            .into_iter()
            .filter(|at| !originals.contains_key(at))
            .partition(|at| matches!(module.functions[at.position()].source, Source::Code(_)));
        let mut items: IdMap<Item, u32> = imports.iter().chain(&own).copied().map(Item::Function).zip(0..).collect();
        for (copy, original) in originals {
            items.insert(Item::Function(copy), items[&Item::Function(original)]);
        }
        let imported_tables = u32::from(module.imported_table.is_some());
        items.extend(in_order(reached, Item::Table, module.tables.len()).zip(imported_tables..));
        items.extend(in_order(reached, Item::Global, module.globals.len()).zip(0..));
        items.extend(in_order(reached, Item::Element, module.elements.len()).zip(0..));
        items.extend(in_order(reached, Item::Static, module.data.len()).zip(0..));
        let counts_data = reached.iter().any(|item| matches!(item, Item::Data(_)));
        Indices { items, counts_data, imports, own, known: &module.types, types: IndexSet::new() }
    }

    fn has(&self, item: Item) -> bool {
        self.items.contains_key(&item)
    }

    fn index(&self, item: Item) -> Result<u32> {
        self.items.get(&item).copied().ok_or(reencode::Error::UserError(NoItem(item)))
    }
}

impl Reencode for Indices<'_> {
    type Error = NoItem;

    fn function_index(&mut self, at: u32) -> Result<u32> {
        self.index(Item::Function(FuncIndex(at)))
    }

    fn table_index(&mut self, at: u32) -> Result<u32> {
        if at == IMPORTED_TABLE.0 { Ok(0) } else { self.index(Item::Table(TableIndex(at))) }
    }

    fn global_index(&mut self, at: u32) -> Result<u32> {
        self.index(Item::Global(GlobalIndex(at)))
    }

    fn element_index(&mut self, at: u32) -> Result<u32> {
        self.index(Item::Element(ElementIndex(at)))
    }

    fn type_index(&mut self, at: u32) -> Result<u32> {
        let ty = self.known.get(at as usize).ok_or(reencode::Error::UserError(NoItem(Item::Type(TypeIndex(at)))))?;
        Ok(self.types.insert_full(ty).0 as u32)
    }
}
