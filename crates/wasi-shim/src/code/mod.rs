//! Generated core modules: the builder of their functions, and their connection to a component.

mod body;
mod chunks;
mod index;
mod module;

pub(crate) use body::{Body, Func, Global, Label, Local, Memory, forward};
pub(crate) use chunks::{CHUNK, Scatter};
pub(crate) use index::{
    DataIndex, ElementIndex, FuncIndex, GlobalIndex, Index, LocalIndex, MemoryIndex, Slot, TableIndex, TypeIndex,
};
pub(crate) use module::{CoreModule, Places, PrebuiltImport, Signature, core_signature};
