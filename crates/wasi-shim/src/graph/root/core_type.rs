//! Types of core modules that are imported or exported.

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{CoreTypeSection, Encode, EntityType, ModuleType};
use wasmparser::component_types::ComponentCoreModuleTypeId;
use wasmparser::types::{CoreTypeId, EntityType as KnownEntity, TypesRef};
use wasmparser::{BinaryReader, CompositeInnerType, CoreType, CoreTypeSectionReader};

use crate::Error;
use crate::component::Arena;

/// The type of a core module, on its own.
pub(super) fn of_module<'p>(
    types: TypesRef<'_>,
    id: ComponentCoreModuleTypeId,
    arena: &'p Arena,
) -> Result<CoreType<'p>, Error> {
    let mut module = ModuleType::new();
    for ((from, name), ty) in &types[id].imports {
        let ty = entity(types, ty, &mut module)?;
        module.import(from, name, ty);
    }
    for (name, ty) in &types[id].exports {
        let ty = entity(types, ty, &mut module)?;
        module.export(name, ty);
    }
    // wasmparser can only read types of modules, not make them.
    let mut section = CoreTypeSection::new();
    section.ty().module(&module);
    let mut bytes = Vec::new();
    section.encode(&mut bytes);
    let mut reader = BinaryReader::new(arena.bytes(bytes), 0);
    let section = reader.read_reader().and_then(CoreTypeSectionReader::new).map_err(Error::unsound)?;
    let ty = section.into_iter().next().ok_or_else(|| Error::unsound("the type of a core module is lost"))?;
    ty.map_err(Error::unsound)
}

fn entity(types: TypesRef<'_>, ty: &KnownEntity, module: &mut ModuleType) -> Result<EntityType, Error> {
    let unusual = || Error::unsupported("a core module that is imported or exported and uses types of Wasm 3.0");
    let mut function = |id: CoreTypeId| {
        let CompositeInnerType::Func(ty) = &types[id].composite_type.inner else { return Err(unusual()) };
        let ty = RoundtripReencoder.func_type(ty.clone()).map_err(|_| unusual())?;
        let index = module.type_count();
        module.ty().func_type(&ty);
        Ok(index)
    };
    let mut reencode = RoundtripReencoder;
    Ok(match ty {
        KnownEntity::Func(id) | KnownEntity::FuncExact(id) => EntityType::Function(function(*id)?),
        KnownEntity::Tag(id) => EntityType::Tag(wasm_encoder::TagType {
            kind: wasm_encoder::TagKind::Exception,
            func_type_idx: function(*id)?,
        }),
        KnownEntity::Table(ty) => EntityType::Table(reencode.table_type(*ty).map_err(|_| unusual())?),
        KnownEntity::Memory(ty) => EntityType::Memory(reencode.memory_type(*ty).map_err(|_| unusual())?),
        KnownEntity::Global(ty) => EntityType::Global(reencode.global_type(*ty).map_err(|_| unusual())?),
    })
}
