//! The payload of a stream or future, as far as the rewrite has to know it.

use std::collections::HashMap;

use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentDefinedTypeId, ComponentEntityType, ComponentValType,
};
use wasmparser::types::TypesRef;
use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentDefinedType as Defined, ComponentExternalKind, ComponentType,
    ComponentValType as Val, PrimitiveValType,
};

use crate::component::types::ById;
use crate::component::{Component, InstanceId, ItemKind, TypeId, types};
use crate::wasi::HTTP_TYPES;

/// The payload of a stream or future.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Payload {
    Unit,
    /// A number of so many bytes.
    Number(u32),
    /// A value that functions of R's hand out and take.
    Typed(Typed),
    /// Any other value. Nothing on a host of 0.2 can give or take it, and within one component the
    /// Canonical ABI lets only units and numbers pass. Between parts of a composition, the
    /// [`Exchange`](super::exchange::Exchange) carries it.
    Other,
}

/// An enumeration that knows all of its variants.
macro_rules! enumerate {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$($name::$variant,)*];
        }
    };
}

enumerate! {
    /// The types of values that R has functions for.
    Typed {
        /// `result<_, error-code>` of `wasi:cli/types`
        CliResult,
        /// `result<_, error-code>` of `wasi:filesystem/types`
        FilesystemResult,
        /// `directory-entry`
        DirectoryEntry,
        /// `result<_, error-code>` of `wasi:http/types`
        HttpResult,
        /// `result<option<trailers>, error-code>`
        HttpTrailers,
        /// `result<_, error-code>` of `wasi:sockets/types`
        SocketResult,
        /// `tcp-socket`
        Socket,
    }
}

/// The direction in which a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Transfer {
    /// To the guest, which has read it.
    Take,
    /// From the guest, which writes it.
    Write,
}

/// The type of a typed value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ElementType {
    /// An exported type of the interface.
    Named(&'static str),
    /// An owned resource of the interface.
    Own(&'static str),
    /// `result<_, E>`, where E is an exported type; with a resource R, `result<option<own<R>>, E>`.
    Result { resource: Option<&'static str>, error: &'static str },
}

impl Typed {
    /// The interface that the type and its functions are in.
    pub fn interface(self) -> &'static str {
        match self {
            Typed::CliResult => "wasi:cli/types",
            Typed::FilesystemResult | Typed::DirectoryEntry => "wasi:filesystem/types",
            Typed::HttpResult | Typed::HttpTrailers => HTTP_TYPES,
            Typed::SocketResult | Typed::Socket => "wasi:sockets/types",
        }
    }

    /// The types of the interface that the value contains.
    fn parts(self) -> Vec<&'static str> {
        match self.shape() {
            ElementType::Named(name) | ElementType::Own(name) => vec![name],
            ElementType::Result { resource, error } => resource.into_iter().chain([error]).collect(),
        }
    }

    /// The names of those types, for messages.
    pub fn part_names(self) -> String {
        let names: Vec<String> = self.parts().iter().map(|name| format!("`{name}`")).collect();
        names.join(" and ")
    }

    /// The instance among `interfaces` (those that R provides) that the functions for such values
    /// are taken from: the first that has the types.
    pub fn giver(self, component: &Component<'_>, interfaces: &HashMap<InstanceId, String>) -> Option<InstanceId> {
        let types = component.validated();
        let has_types = |id: InstanceId| {
            let exports = &types.instance(id).exports;
            self.parts()
                .iter()
                .all(|name| exports.get(*name).is_some_and(|item| matches!(item.ty, ComponentEntityType::Type { .. })))
        };
        let instances = interfaces.iter().filter(|(_, known)| *known == self.interface()).map(|(id, _)| *id);
        instances.filter(|id| has_types(*id)).min()
    }

    /// The name of the function, if values go in this direction.
    pub fn function(self, transfer: Transfer) -> Option<&'static str> {
        match (self, transfer) {
            (Typed::CliResult | Typed::FilesystemResult | Typed::HttpResult | Typed::SocketResult, Transfer::Take) => {
                Some("take-result")
            }
            (Typed::Socket, Transfer::Take) => Some("take-sockets"),
            (Typed::DirectoryEntry, Transfer::Take) => Some("take-directory-entries"),
            (Typed::HttpTrailers, Transfer::Take) => Some("take-trailers"),
            (Typed::HttpResult, Transfer::Write) => Some("write-result"),
            (Typed::HttpTrailers, Transfer::Write) => Some("write-trailers"),
            (_, Transfer::Write) => None,
        }
    }

    pub fn shape(self) -> ElementType {
        match self {
            Typed::CliResult | Typed::FilesystemResult | Typed::HttpResult | Typed::SocketResult => {
                ElementType::Result { resource: None, error: ERROR_CODE }
            }
            Typed::DirectoryEntry => ElementType::Named("directory-entry"),
            Typed::HttpTrailers => ElementType::Result { resource: Some(FIELDS), error: ERROR_CODE },
            Typed::Socket => ElementType::Own("tcp-socket"),
        }
    }
}

const ERROR_CODE: &str = "error-code";
const FIELDS: &str = "fields";

impl Payload {
    /// The payload of original type `ty`, a stream or future. `interfaces` names the interfaces
    /// behind the instances that R provides.
    pub fn of(component: &Component<'_>, ty: TypeId, interfaces: &HashMap<InstanceId, String>) -> Payload {
        let types = component.validated();
        let payload = match payload_of(types, ty) {
            Some(Some(payload)) => payload,
            Some(None) => return Payload::Unit,
            None => return Payload::Other,
        };
        if let Some(size) = number(types, payload) {
            return Payload::Number(size);
        }
        let of_http = match payload {
            ComponentValType::Type(id) => http(component, id, interfaces),
            ComponentValType::Primitive(_) => None,
        };
        of_http.or_else(|| named(component, ty, interfaces)).map_or(Payload::Other, Payload::Typed)
    }

    /// The payload as a parameter of R's `new`.
    pub fn element(&self) -> u32 {
        match self {
            Payload::Unit => 0,
            Payload::Number(size) => *size,
            Payload::Typed(_) | Payload::Other => u32::MAX,
        }
    }
}

/// The payload of `ty`, if that is a stream or future; `Some(None)` for units.
pub(crate) fn payload_of(types: TypesRef<'_>, ty: TypeId) -> Option<Option<ComponentValType>> {
    match types.ty(ty) {
        ComponentAnyTypeId::Defined(id) => match types[id] {
            ComponentDefinedType::Stream { ty, .. } | ComponentDefinedType::Future { ty, .. } => Some(ty),
            _ => None,
        },
        _ => None,
    }
}

/// The stream or future type that `canon` makes, reads or writes, of which it drops readable ends
/// or cancels writes; and the direction of its values.
pub(crate) fn copied(canon: &CanonicalFunction) -> Option<(TypeId, Option<Transfer>)> {
    use CanonicalFunction as C;
    match canon {
        C::StreamNew { ty }
        | C::FutureNew { ty }
        | C::StreamDropReadable { ty }
        | C::FutureDropReadable { ty }
        | C::StreamCancelWrite { ty, .. }
        | C::FutureCancelWrite { ty, .. } => Some((TypeId(*ty), None)),
        C::StreamRead { ty, .. } | C::FutureRead { ty, .. } => Some((TypeId(*ty), Some(Transfer::Take))),
        C::StreamWrite { ty, .. } | C::FutureWrite { ty, .. } => Some((TypeId(*ty), Some(Transfer::Write))),
        _ => None,
    }
}

/// The size in bytes of `ty`, if that is a number.
pub(crate) fn number(types: TypesRef<'_>, ty: ComponentValType) -> Option<u32> {
    types::primitive(types, ty).and_then(size_of_number)
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

/// Results of HTTP, recognized by structure: however the component spells them, their error has the
/// cases of `error-code`, and their resource is `fields` of an instance that R provides.
fn http(
    component: &Component<'_>,
    payload: ComponentDefinedTypeId,
    interfaces: &HashMap<InstanceId, String>,
) -> Option<Typed> {
    let types = component.validated();
    let exported = |interface: &str, name: &str| {
        let instances = interfaces.iter().filter(|(_, known)| *known == interface);
        let exports = instances.map(|(id, _)| &types.instance(*id).exports);
        let types = exports.filter_map(|exports| match exports.get(name)?.ty {
            ComponentEntityType::Type { referenced, .. } => Some(referenced),
            _ => None,
        });
        types.collect::<Vec<_>>()
    };
    let ComponentDefinedType::Result { ok, err: Some(ComponentValType::Type(error)), .. } = types[payload] else {
        return None;
    };
    let cases = |id: ComponentDefinedTypeId| match &types[id] {
        ComponentDefinedType::Variant(variant) => Some(variant.cases.keys().collect::<Vec<_>>()),
        _ => None,
    };
    let error = cases(error)?;
    let is_error = |known: ComponentAnyTypeId| match known {
        ComponentAnyTypeId::Defined(id) => cases(id).as_ref() == Some(&error),
        _ => false,
    };
    if !exported(HTTP_TYPES, ERROR_CODE).into_iter().any(is_error) {
        return None;
    }
    let Some(ok) = ok else { return Some(Typed::HttpResult) };
    let ComponentValType::Type(ok) = ok else { return None };
    let ComponentDefinedType::Option { ty: ComponentValType::Type(some), .. } = types[ok] else { return None };
    let ComponentDefinedType::Own(own) = types[some] else { return None };
    let is_fields = |known: ComponentAnyTypeId| match known {
        ComponentAnyTypeId::Resource(id) => id.resource() == own.resource(),
        _ => false,
    };
    exported(HTTP_TYPES, FIELDS).into_iter().any(is_fields).then_some(Typed::HttpTrailers)
}

/// Follows the definition of a stream or future type to the named type that its payload is made of.
fn named(component: &Component<'_>, ty: TypeId, interfaces: &HashMap<InstanceId, String>) -> Option<Typed> {
    let kind = |id: TypeId| component.get(id.into());
    let payload = match kind(ty)? {
        ItemKind::Type(ComponentType::Defined(
            Defined::Stream(Some(Val::Type(id))) | Defined::Future(Some(Val::Type(id))),
        )) => TypeId(*id),
        _ => return None,
    };
    let (name, shape): (_, fn(&'static str) -> ElementType) = match kind(payload)? {
        ItemKind::Type(ComponentType::Defined(Defined::Result { ok: None, err: Some(Val::Type(error)) })) => {
            (TypeId(*error), |error| ElementType::Result { resource: None, error })
        }
        ItemKind::Type(ComponentType::Defined(Defined::Own(resource))) => (TypeId(*resource), ElementType::Own),
        _ => (payload, ElementType::Named),
    };
    let ItemKind::Alias(ComponentAlias::InstanceExport { kind: ComponentExternalKind::Type, instance_index, name }) =
        kind(name)?
    else {
        return None;
    };
    let package = interfaces.get(&InstanceId(*instance_index))?.split('/').next()?;
    // Types of HTTP are recognized by their structure.
    let known = Typed::ALL.iter().filter(|typed| typed.interface() != HTTP_TYPES);
    known.copied().find(|typed| {
        let is_it = match typed.shape() {
            made @ ElementType::Result { error: known, .. }
            | made @ (ElementType::Named(known) | ElementType::Own(known)) => known == *name && made == shape(known),
        };
        is_it && typed.interface().split('/').next() == Some(package)
    })
}
