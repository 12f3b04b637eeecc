//! Forms of functions: the types of a function that an adapter offers otherwise than the guest
//! imports it.
//!
//! A guest and its adapter must agree on the names and types. But the guest's imports have the
//! types of `wasmparser`, and the adapter's exports those of `wit_parser`; so a direction describes
//! its forms once, for [`Types`] of either.

use std::collections::BTreeSet;

use wasmparser::{
    ComponentDefinedType, ComponentFuncType, ComponentType, ComponentTypeRef, ComponentValType,
    InstanceTypeDeclaration, PrimitiveValType,
};

use crate::Error;
use crate::component::{Arena, Sort, alias_sort};

/// The forms of functions in one direction.
pub(crate) trait Form: Copy + Ord {
    /// The form of a function that stays as it is.
    const PLAIN: Self;

    /// The name of function `f` in this form.
    fn name(self, f: &str) -> String;

    /// The type of function `f` in this form.
    fn function<T: Types>(self, f: &Function<T::Type>, types: &mut T) -> Function<T::Type>;
}

/// The type of a function.
#[derive(Debug, Clone)]
pub(crate) struct Function<T> {
    pub params: Vec<(String, T)>,
    pub result: Option<T>,
}

impl<T: Copy> Function<T> {
    pub fn new<const N: usize>(params: [(&str, T); N], result: Option<T>) -> Function<T> {
        Function { params: params.map(|(name, ty)| (name.to_string(), ty)).into(), result }
    }
}

/// The types of an interface, to which others can be added.
pub(crate) trait Types {
    type Type: Copy;

    const U8: Self::Type;
    const U32: Self::Type;
    const U64: Self::Type;

    /// A new type.
    fn define(&mut self, ty: Defined<Self::Type>) -> Self::Type;

    /// The type that the interface exports under `name`.
    fn exported(&self, name: &str) -> Result<Self::Type, Error>;

    fn is_list_of_bytes(&self, ty: Self::Type) -> bool;

    /// The type in which bulk bytes travel: a list of tuples of 64 bytes.
    fn chunks(&mut self) -> Self::Type {
        let chunk = self.define(Defined::Tuple(vec![Self::U64; 8]));
        self.define(Defined::List(chunk))
    }
}

/// A new type, by what it is made of.
pub(crate) enum Defined<T> {
    List(T),
    Tuple(Vec<T>),
    Option(T),
    Result {
        ok: Option<T>,
        err: Option<T>,
    },
    /// The handle that owns a resource.
    Own(T),
}

/// The type of an import whose functions are offered in other forms.
///
/// Declarations keep their order and so their local type indices; new ones are added behind them.
pub(crate) struct ImportType<'t, 'a> {
    arena: &'a Arena,
    /// The types by their local indices; `None` for names of other types and for types defined
    /// outside.
    types: Vec<Option<&'t ComponentType<'a>>>,
    /// The types that it exports.
    named: Vec<(&'a str, u32)>,
    /// The functions that are not offered yet, each with its type.
    functions: Vec<(&'a str, u32)>,
    declarations: Vec<InstanceTypeDeclaration<'a>>,
    /// How many types the declarations declare.
    count: u32,
    chunks: Option<ComponentValType>,
    exports: Vec<(String, u32)>,
}

impl<'t, 'a> ImportType<'t, 'a> {
    /// The type of an import with `declarations`, without its functions, except those for which
    /// `stays` holds.
    pub fn new(
        declarations: &'t [InstanceTypeDeclaration<'a>],
        arena: &'a Arena,
        stays: impl Fn(&str) -> bool,
    ) -> ImportType<'t, 'a> {
        let (mut types, mut named, mut functions, mut kept) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for declaration in declarations {
            match declaration {
                InstanceTypeDeclaration::Type(ty) => types.push(Some(ty)),
                InstanceTypeDeclaration::Alias(alias) if alias_sort(alias) == Sort::Type => types.push(None),
                InstanceTypeDeclaration::Export { name, ty: ComponentTypeRef::Type(_) } => {
                    named.push((name.name, types.len() as u32));
                    types.push(None);
                }
                InstanceTypeDeclaration::Export { name, ty: ComponentTypeRef::Func(ty) } if !stays(name.name) => {
                    functions.push((name.name, *ty));
                    continue;
                }
                _ => {}
            }
            kept.push(declaration.clone());
        }
        let count = types.len() as u32;
        let (declarations, chunks, exports) = (kept, None, Vec::new());
        ImportType { arena, types, named, functions, declarations, count, chunks, exports }
    }

    /// The functions that are not offered yet.
    pub fn functions(&self) -> impl Iterator<Item = &'a str> {
        self.functions.iter().map(|(name, _)| *name)
    }

    /// The type of a function that is not offered yet.
    pub fn function(&self, name: &str) -> Result<Function<ComponentValType>, Error> {
        let ty = self.functions.iter().find(|(known, _)| *known == name).map(|(_, ty)| *ty as usize);
        match ty.and_then(|ty| *self.types.get(ty)?) {
            Some(ComponentType::Func(func)) => Ok(Function {
                params: func.params.iter().map(|(name, ty)| (name.to_string(), *ty)).collect(),
                result: func.result,
            }),
            _ => Err(Error::unsound(format!("the type of `{name}` is defined elsewhere"))),
        }
    }

    /// The structure of `ty`, if it is a type without a name.
    pub fn defined(&self, ty: ComponentValType) -> Option<&'t ComponentDefinedType<'a>> {
        let ComponentValType::Type(ty) = ty else { return None };
        match self.types.get(ty as usize)? {
            Some(ComponentType::Defined(ty)) => Some(ty),
            _ => None,
        }
    }

    /// Offers `functions`, each in its form.
    pub fn offer<F: Form>(&mut self, functions: &BTreeSet<(String, F)>) -> Result<(), Error> {
        for (name, ty) in self.functions.clone() {
            for (_, form) in functions.iter().filter(|(function, _)| function == name) {
                if *form == F::PLAIN {
                    self.exports.push((name.to_string(), ty));
                } else {
                    let function = form.function(&self.function(name)?, self);
                    self.export(form.name(name), function);
                }
            }
        }
        Ok(())
    }

    /// Adds a function.
    pub fn export(&mut self, name: String, function: Function<ComponentValType>) {
        let params = function.params.iter().map(|(name, ty)| (self.arena.text(name), *ty)).collect();
        let ty = ComponentFuncType { async_: false, params, result: function.result };
        let ty = self.declare(ComponentType::Func(ty));
        self.exports.push((name, ty));
    }

    /// The finished type.
    pub fn into_type(mut self) -> ComponentType<'a> {
        let exports = self.exports.iter().map(|(name, ty)| InstanceTypeDeclaration::Export {
            name: self.arena.name(name),
            ty: ComponentTypeRef::Func(*ty),
        });
        self.declarations.extend(exports);
        ComponentType::Instance(self.declarations.into())
    }

    fn declare(&mut self, ty: ComponentType<'a>) -> u32 {
        self.declarations.push(InstanceTypeDeclaration::Type(ty));
        self.count += 1;
        self.count - 1
    }
}

impl Types for ImportType<'_, '_> {
    type Type = ComponentValType;

    const U8: ComponentValType = ComponentValType::Primitive(PrimitiveValType::U8);
    const U32: ComponentValType = ComponentValType::Primitive(PrimitiveValType::U32);
    const U64: ComponentValType = ComponentValType::Primitive(PrimitiveValType::U64);

    fn define(&mut self, ty: Defined<ComponentValType>) -> ComponentValType {
        let ty = match ty {
            Defined::List(element) => ComponentDefinedType::List(element),
            Defined::Tuple(types) => ComponentDefinedType::Tuple(types.into()),
            Defined::Option(some) => ComponentDefinedType::Option(some),
            Defined::Result { ok, err } => ComponentDefinedType::Result { ok, err },
            Defined::Own(ComponentValType::Type(resource)) => ComponentDefinedType::Own(resource),
            Defined::Own(ComponentValType::Primitive(_)) => unreachable!("a resource is no primitive type"),
        };
        ComponentValType::Type(self.declare(ComponentType::Defined(ty)))
    }

    fn exported(&self, name: &str) -> Result<ComponentValType, Error> {
        let found = self.named.iter().find(|(known, _)| *known == name);
        let found = found.map(|(_, ty)| ComponentValType::Type(*ty));
        found.ok_or_else(|| Error::unsound(format!("an import without its type `{name}`")))
    }

    fn is_list_of_bytes(&self, ty: ComponentValType) -> bool {
        matches!(self.defined(ty), Some(ComponentDefinedType::List(element)) if *element == Self::U8)
    }

    /// All functions share one type of chunks.
    fn chunks(&mut self) -> ComponentValType {
        if let Some(chunks) = self.chunks {
            return chunks;
        }
        let chunk = self.define(Defined::Tuple(vec![Self::U64; 8]));
        let chunks = self.define(Defined::List(chunk));
        *self.chunks.insert(chunks)
    }
}
