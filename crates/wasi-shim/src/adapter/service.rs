//! Private interfaces of services: functions of an adapter whose types mention those of WASI.
//!
//! The tables `p2_on_p3/services.rs` and `p3_on_p2/services.rs` are made of their WIT, like those
//! of the control interfaces.

use std::collections::{HashMap, HashSet};

use wasmparser::{ComponentDefinedType, ComponentValType, InstanceTypeDeclaration, PrimitiveValType};

use crate::component::TypeId;
use crate::component::instance_type::InstanceType;

/// A function of such an interface.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Function {
    pub name: &'static str,
    pub params: &'static [(&'static str, Type)],
    pub result: Option<Type>,
}

/// A type of its parameters or results. Types of WASI have their names.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Type {
    U32,
    U64,
    String,
    /// `stream`
    Stream,
    Own(&'static str),
    /// `result<own, error>`
    Result(&'static str, &'static str),
}

impl Type {
    /// The resource that it owns, if it owns one.
    fn owned(self) -> Option<&'static str> {
        match self {
            Type::Own(resource) | Type::Result(resource, _) => Some(resource),
            Type::U32 | Type::U64 | Type::String | Type::Stream => None,
        }
    }
}

/// The type of an interface that has `functions`; `types` are the types of WASI that they mention.
pub(crate) fn import_type<'a>(
    types: &[(&'static str, TypeId)],
    functions: impl Iterator<Item = &'static Function> + Clone,
) -> Vec<InstanceTypeDeclaration<'a>> {
    let mentioned =
        functions.clone().flat_map(|function| function.params.iter().map(|(_, ty)| *ty).chain(function.result));
    let owned: HashSet<&str> = mentioned.filter_map(Type::owned).collect();
    let mut interface = InstanceType::of(types);
    let owns = types.iter().enumerate().filter(|(_, (name, _))| owned.contains(name));
    let owns: HashMap<&str, ComponentValType> = owns.map(|(at, (name, _))| (*name, interface.own(at))).collect();
    for function in functions {
        let mut value = |ty| match ty {
            Type::U32 => ComponentValType::Primitive(PrimitiveValType::U32),
            Type::U64 => ComponentValType::Primitive(PrimitiveValType::U64),
            Type::String => ComponentValType::Primitive(PrimitiveValType::String),
            Type::Stream => interface.define(ComponentDefinedType::Stream(None)),
            Type::Own(resource) => owns[resource],
            Type::Result(resource, error) => {
                let error = types.iter().position(|(name, _)| *name == error).map(|at| interface.given(at));
                interface.define(ComponentDefinedType::Result { ok: Some(owns[resource]), err: error })
            }
        };
        let params: Vec<_> = function.params.iter().map(|(name, ty)| (*name, value(*ty))).collect();
        let result = function.result.map(value);
        interface.function(function.name, &params, result);
    }
    interface.into_declarations()
}

/// Declares the functions of interfaces.
macro_rules! interfaces {
    ($($interface:ident {
        $($name:literal($($param:ident: $ty:expr),*) $(-> $result:expr)?;)*
    })*) => {
        use $crate::adapter::service::Function;
        use $crate::adapter::service::Type::*;

        $(pub(crate) const $interface: &[Function] = &[$(Function {
            name: $name,
            params: &[$((stringify!($param), $ty)),*],
            result: $crate::adapter::service::interfaces!(@ $($result)?),
        }),*];)*
    };
    (@) => { None };
    (@ $result:expr) => { Some($result) };
}
pub(crate) use interfaces;

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use wit_parser::{Handle, Resolve, Type, TypeDefKind, TypeId};

    use crate::adapter::blessed;
    use crate::wasi::Catalogue;
    use crate::{p2_on_p3, p3_on_p2};

    /// The tables of the interfaces of `wit` other than `control`.
    fn tables(folder: &str, wit: &str) -> String {
        let mut resolve = Catalogue::all().resolve().clone();
        let package = resolve.push_str("private.wit", wit).unwrap();
        let mut table = format!(
            "//! The functions of the private interfaces of services, made of `wit/wasi-shim/{folder}/*.wit` by\n\
             //! `BLESS=1 cargo test -p wasi-shim-lib --lib service`.\n\n\
             crate::adapter::service::interfaces! {{\n"
        );
        for (interface, id) in &resolve.packages[package].interfaces {
            if interface == "control" {
                continue;
            }
            writeln!(table, "    {} {{", interface.to_uppercase()).unwrap();
            for (name, function) in &resolve.interfaces[*id].functions {
                assert!(!function.kind.is_async());
                let params = function.params.iter().map(|param| format!("{}: {}", param.name, ty(&resolve, &param.ty)));
                let params = params.collect::<Vec<_>>().join(", ");
                let result = function.result.map(|result| format!(" -> {}", ty(&resolve, &result)));
                writeln!(table, "        {name:?}({params}){};", result.unwrap_or_default()).unwrap();
            }
            table += "    }\n";
        }
        table + "}\n"
    }

    fn ty(resolve: &Resolve, ty: &Type) -> String {
        let named = |ty: TypeId| resolve.types[ty].name.clone().unwrap();
        let owned = |ty: TypeId| match resolve.types[ty].kind {
            TypeDefKind::Handle(Handle::Own(resource)) => named(resource),
            ref other => panic!("{other:?}"),
        };
        match ty {
            Type::U32 => "U32".into(),
            Type::U64 => "U64".into(),
            Type::String => "String".into(),
            Type::Id(id) => match &resolve.types[*id].kind {
                TypeDefKind::Stream(None) => "Stream".into(),
                TypeDefKind::Handle(Handle::Own(resource)) => format!("Own({:?})", named(*resource)),
                TypeDefKind::Result(result) => match (result.ok, result.err) {
                    (Some(Type::Id(ok)), Some(Type::Id(err))) => format!("Result({:?}, {:?})", owned(ok), named(err)),
                    other => panic!("{other:?}"),
                },
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    /// `BLESS=1` makes the tables anew.
    #[test]
    fn tables_are_what_the_wit_says() {
        let of_p = p2_on_p3::adapter::PRIVATE_WIT.concat();
        blessed::check("src/p2_on_p3/services.rs", tables("p2-on-p3", &of_p));
        let of_r = p3_on_p2::adapter::PRIVATE_WIT.concat();
        blessed::check("src/p3_on_p2/services.rs", tables("p3-on-p2", &of_r));
    }
}
