//! Control interfaces: the functions of an adapter that guests call and that are not WASI's.
//!
//! The tables `p2_on_p3/control.rs` and `p3_on_p2/control.rs` are made of their WIT, so that a
//! component is wrapped without reading WIT.

use wasm_encoder::ValType;
use wasmparser::{
    ComponentDefinedType, ComponentFuncType, ComponentType, ComponentTypeRef, ComponentValType,
    InstanceTypeDeclaration, PrimitiveValType,
};

use crate::code::Signature;
use crate::component::extern_name;

/// A function of a control interface.
#[derive(Debug)]
pub(crate) struct Function {
    pub name: &'static str,
    pub is_async: bool,
    pub params: &'static [(&'static str, Type)],
    pub result: Option<Type>,
}

/// A type of its parameters or results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    U32,
    U64,
    /// `list<u8>`
    Bytes,
    /// `list<chunk>`
    Chunks,
}

impl Function {
    /// The core type of the function; `None` if the type has pointers.
    pub fn signature(&self) -> Option<Signature> {
        let flat = |ty: &Type| match ty {
            Type::U32 => Some(ValType::I32),
            Type::U64 => Some(ValType::I64),
            Type::Bytes | Type::Chunks => None,
        };
        let params = self.params.iter().map(|(_, ty)| flat(ty)).collect::<Option<_>>()?;
        let results = self.result.iter().map(flat).collect::<Option<_>>()?;
        Some(Signature { params, results })
    }
}

/// The type of a control interface that has `functions`.
pub(crate) fn import_type<'a>(functions: impl Iterator<Item = &'static Function>) -> ComponentType<'a> {
    const U64: ComponentValType = ComponentValType::Primitive(PrimitiveValType::U64);
    let mut declarations = Vec::new();
    let mut declare = |ty| {
        declarations.push(InstanceTypeDeclaration::Type(ty));
        declarations.len() as u32 - 1
    };
    let mut exports = Vec::new();
    for function in functions {
        let mut define = |ty| ComponentValType::Type(declare(ComponentType::Defined(ty)));
        let mut value = |ty| match ty {
            Type::U32 => ComponentValType::Primitive(PrimitiveValType::U32),
            Type::U64 => U64,
            Type::Bytes => define(ComponentDefinedType::List(ComponentValType::Primitive(PrimitiveValType::U8))),
            Type::Chunks => {
                let chunk = define(ComponentDefinedType::Tuple([U64; 8].into()));
                define(ComponentDefinedType::List(chunk))
            }
        };
        let params = function.params.iter().map(|(name, ty)| (*name, value(*ty))).collect();
        let result = function.result.map(value);
        let ty = declare(ComponentType::Func(ComponentFuncType { async_: function.is_async, params, result }));
        let ty = ComponentTypeRef::Func(ty);
        exports.push(InstanceTypeDeclaration::Export { name: extern_name(function.name), ty });
    }
    declarations.extend(exports);
    ComponentType::Instance(declarations.into())
}

/// Declares `Control`, the functions of a control interface.
macro_rules! control {
    ($($variant:ident = $name:literal: $kind:ident($($param:ident: $ty:ident),*) $(-> $result:ident)?;)*) => {
        /// A function of the control interface.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) enum Control {
            $($variant,)*
        }

        impl Control {
            pub const ALL: &'static [Control] = &[$(Control::$variant),*];

            /// The row of the function.
            pub fn function(self) -> &'static $crate::adapter::control::Function {
                use $crate::adapter::control::{Function, Type};
                match self {
                    $(Control::$variant => &Function {
                        name: $name,
                        is_async: $crate::adapter::control::control!(@ $kind),
                        params: &[$((stringify!($param), Type::$ty)),*],
                        result: $crate::adapter::control::control!(@ $($result)?),
                    },)*
                }
            }

            /// The name in the interface.
            pub fn name(self) -> &'static str {
                self.function().name
            }

            /// The type of an import of the interface with `functions`.
            pub fn import_type<'a>(functions: &std::collections::BTreeSet<Control>) -> wasmparser::ComponentType<'a> {
                $crate::adapter::control::import_type(functions.iter().map(|function| function.function()))
            }

            /// The function of this name, if guests call it.
            pub fn named(name: &str) -> Option<Control> {
                Control::ALL.iter().copied().find(|function| function.name() == name)
            }
        }
    };
    (@ func) => { false };
    (@ async_func) => { true };
    (@) => { None };
    (@ $result:ident) => { Some(Type::$result) };
}
pub(crate) use control;

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use wit_parser::{Resolve, Type, TypeDefKind};

    use crate::adapter::blessed;
    use crate::{p2_on_p3, p3_on_p2};

    /// The table of the `control` interface that `wit` describes.
    fn table(folder: &str, wit: &str) -> String {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("control.wit", wit).unwrap();
        let interface = resolve.packages[package].interfaces["control"];
        let mut table = format!(
            "//! The functions of the control interface, made of `wit/wasi-shim/{folder}/control.wit` by\n\
             //! `BLESS=1 cargo test -p wasi-shim-lib --lib control`.\n\n\
             crate::adapter::control::control! {{\n"
        );
        for (name, function) in &resolve.interfaces[interface].functions {
            let variant = name.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect::<String>();
            let kind = if function.kind.is_async() { "async_func" } else { "func" };
            let params =
                function.params.iter().map(|param| Some(format!("{}: {}", param.name, ty(&resolve, &param.ty)?)));
            // Guests cannot call functions of other types: those stand for built-ins.
            let Some(params) = params.collect::<Option<Vec<_>>>() else { continue };
            let params = params.join(", ");
            let result = function.result.map(|result| format!(" -> {}", ty(&resolve, &result).unwrap()));
            writeln!(table, "    {variant} = {name:?}: {kind}({params}){};", result.unwrap_or_default()).unwrap();
        }
        table + "}\n"
    }

    fn ty(resolve: &Resolve, ty: &Type) -> Option<&'static str> {
        let Type::Id(id) = ty else {
            return match ty {
                Type::U32 => Some("U32"),
                Type::U64 => Some("U64"),
                _ => None,
            };
        };
        match resolve.types[*id].kind {
            TypeDefKind::List(Type::U8) => Some("Bytes"),
            TypeDefKind::List(Type::Id(chunk)) => match &resolve.types[chunk].kind {
                TypeDefKind::Tuple(tuple) if tuple.types == [Type::U64; 8] => Some("Chunks"),
                _ => None,
            },
            _ => None,
        }
    }

    /// `BLESS=1` makes the tables anew.
    #[test]
    fn tables_are_what_the_wit_says() {
        blessed::check("src/p2_on_p3/control.rs", table("p2-on-p3", p2_on_p3::adapter::CONTROL_WIT));
        blessed::check("src/p3_on_p2/control.rs", table("p3-on-p2", p3_on_p2::adapter::CONTROL_WIT));
    }

    /// A function whose type no table can have would be left out.
    #[test]
    fn nothing_but_built_ins_is_left_out() {
        for (wit, functions, left_out) in [
            (p2_on_p3::adapter::CONTROL_WIT, p2_on_p3::Control::ALL.len(), 1),
            (p3_on_p2::adapter::CONTROL_WIT, p3_on_p2::Control::ALL.len(), 0),
        ] {
            let mut resolve = Resolve::default();
            let package = resolve.push_str("control.wit", wit).unwrap();
            let interface = resolve.packages[package].interfaces["control"];
            assert_eq!(resolve.interfaces[interface].functions.len(), functions + left_out);
        }
    }
}
