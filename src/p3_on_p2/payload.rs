//! What a stream or future carries, as far as the rewrite has to know.

use wasmparser::component_types::{ComponentAnyTypeId, ComponentDefinedType, ComponentValType};
use wasmparser::{
    ComponentAlias, ComponentDefinedType as Defined, ComponentExternalKind, ComponentType, ComponentValType as Val,
    PrimitiveValType,
};

use crate::component::{Component, Def, ItemKind, Sort};

/// The payload of a stream or future.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Payload {
    Unit,
    /// A number of so many bytes.
    Number(u32),
    /// A value that a function of R's hands out.
    Typed(Typed),
    /// Any other value. Nothing on a host of 0.2 can give or take it, and within one component the Canonical ABI
    /// lets only units and numbers pass.
    Other,
}

/// The function of R's that hands out values of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Typed {
    /// `result<_, error-code>` of `wasi:cli/types`
    CliResult,
    /// `result<_, error-code>` of `wasi:filesystem/types`
    FilesystemResult,
    /// `directory-entry`
    DirectoryEntry,
}

impl Typed {
    /// The interface that the function is in, and its name.
    pub fn function(self) -> (&'static str, &'static str) {
        match self {
            Typed::CliResult => ("wasi:cli/types", "take-result"),
            Typed::FilesystemResult => ("wasi:filesystem/types", "take-result"),
            Typed::DirectoryEntry => ("wasi:filesystem/types", "take-directory-entries"),
        }
    }

    /// The exported type that the payload is made of, and whether it is the error of a result.
    pub fn payload(self) -> (&'static str, bool) {
        match self {
            Typed::CliResult | Typed::FilesystemResult => ("error-code", true),
            Typed::DirectoryEntry => ("directory-entry", false),
        }
    }
}

impl Payload {
    /// The payload of original type `ty`, a stream or future. `interface` names the interface behind an instance.
    pub fn of<'i>(component: &Component<'_>, ty: u32, interface: &dyn Fn(u32) -> Option<&'i str>) -> Payload {
        let types = component.validated();
        let ComponentAnyTypeId::Defined(id) = types.component_any_type_at(ty) else { return Payload::Other };
        let payload = match types[id] {
            ComponentDefinedType::Stream { ty, .. } | ComponentDefinedType::Future { ty, .. } => ty,
            _ => return Payload::Other,
        };
        let Some(payload) = payload else { return Payload::Unit };
        let primitive = match payload {
            ComponentValType::Primitive(primitive) => Some(primitive),
            ComponentValType::Type(id) => match types[id] {
                ComponentDefinedType::Primitive(primitive) => Some(primitive),
                _ => None,
            },
        };
        if let Some(size) = primitive.and_then(size_of_number) {
            return Payload::Number(size);
        }
        typed(component, ty, interface).map_or(Payload::Other, Payload::Typed)
    }

    /// How `stream-new` and `future-new` of R name it.
    pub fn element(&self) -> u32 {
        match self {
            Payload::Unit => 0,
            Payload::Number(size) => *size,
            Payload::Typed(_) | Payload::Other => u32::MAX,
        }
    }
}

fn size_of_number(primitive: PrimitiveValType) -> Option<u32> {
    use PrimitiveValType::*;
    match primitive {
        S8 | U8 => Some(1),
        S16 | U16 => Some(2),
        S32 | U32 | F32 => Some(4),
        S64 | U64 | F64 => Some(8),
        Bool | Char | String | ErrorContext => None,
    }
}

/// Follows the definition of a stream or future type to the named type that its payload is made of.
fn typed<'i>(component: &Component<'_>, ty: u32, interface: &dyn Fn(u32) -> Option<&'i str>) -> Option<Typed> {
    let kind = |id| component.get(Def::new(Sort::Type, id));
    let payload = match kind(ty)? {
        ItemKind::Type(ComponentType::Defined(
            Defined::Stream(Some(Val::Type(id))) | Defined::Future(Some(Val::Type(id))),
        )) => *id,
        _ => return None,
    };
    let (name, is_error) = match kind(payload)? {
        ItemKind::Type(ComponentType::Defined(Defined::Result { ok: None, err: Some(Val::Type(error)) })) => {
            (*error, true)
        }
        _ => (payload, false),
    };
    let ItemKind::Alias(ComponentAlias::InstanceExport { kind: ComponentExternalKind::Type, instance_index, name }) =
        kind(name)?
    else {
        return None;
    };
    let package = interface(*instance_index)?.split('/').next()?;
    [Typed::CliResult, Typed::FilesystemResult, Typed::DirectoryEntry]
        .into_iter()
        .find(|typed| typed.payload() == (*name, is_error) && typed.function().0.split('/').next() == Some(package))
}
