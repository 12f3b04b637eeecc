//! The world of an adapter: the interfaces that one guest needs, with the functions and forms that
//! it needs.

use std::collections::BTreeSet;

use wit_parser::{
    FunctionKind, Handle, InterfaceId, Package, Param, Resolve, Result_, Tuple, Type, TypeDef, TypeDefKind, TypeOwner,
    WorldId, WorldItem,
};

use crate::rewrite::forms::{Defined, Form, Function, Types};
use crate::{Error, Generation};

/// Interfaces (without version) and those whose types they use, all of version `version`.
pub(super) fn with_used(resolve: &Resolve, names: impl Iterator<Item = String>, version: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut pending: Vec<String> = names.collect();
    while let Some(name) = pending.pop() {
        let versioned = format!("{name}@{version}");
        let mut ids = resolve.interfaces.iter().map(|(id, _)| id);
        let Some(id) = ids.find(|id| resolve.id_of(*id).as_ref() == Some(&versioned)) else { continue };
        if all.insert(name) {
            for used in resolve.interface_direct_deps(id) {
                let used = resolve.id_of(used).unwrap_or_default();
                pending.extend(used.split('@').next().map(String::from));
            }
        }
    }
    all
}

/// The world of an adapter that exports `exported` and the interfaces `private`. It may import all
/// of `imported`, of which the encoder keeps what the module uses.
pub(super) fn world_text(
    resolve: &Resolve,
    imported: Generation,
    exported: &BTreeSet<String>,
    version: &str,
    private: &[&str],
) -> String {
    let mut text = String::from("package wasi-shim:adapter;\nworld adapter {\n");
    for (id, interface) in resolve.interfaces.iter() {
        let (Some(name), Some(package)) = (resolve.id_of(id), interface.package) else { continue };
        if is_of(&resolve.packages[package], imported) && !name.starts_with("wasi:cli/run@") {
            text += &format!("  import {name};\n");
        }
    }
    for name in exported {
        text += &format!("  export {name}@{version};\n");
    }
    for name in private {
        text += &format!("  export {name};\n");
    }
    text + "}\n"
}

/// The interfaces that `world` exports.
pub(super) fn exported_interfaces(resolve: &Resolve, world: WorldId) -> Vec<InterfaceId> {
    let exports = resolve.worlds[world].exports.values();
    exports
        .filter_map(|item| match item {
            WorldItem::Interface { id, .. } => Some(*id),
            _ => None,
        })
        .collect()
}

/// Sets the version of the packages of `generation`, whatever version their text has.
pub(super) fn set_version(resolve: &mut Resolve, generation: Generation, version: &str) -> Result<(), Error> {
    let version: semver::Version = version.parse().map_err(Error::unsound)?;
    for (_, package) in resolve.packages.iter_mut() {
        if is_of(package, generation) {
            package.name.version = Some(version.clone());
        }
    }
    Ok(())
}

fn is_of(package: &Package, generation: Generation) -> bool {
    let version = package.name.version.as_ref();
    version.is_some_and(|version| format!("{}.{}", version.major, version.minor) == generation.number())
}

/// Makes every `stream` and `future` a `u32`.
pub(super) fn without_async(resolve: &mut Resolve) {
    for (_, ty) in resolve.types.iter_mut() {
        if let TypeDefKind::Stream(_) | TypeDefKind::Future(_) = ty.kind {
            ty.kind = TypeDefKind::Type(Type::U32);
        }
    }
}

/// An interface that the adapter exports. Its functions are replaced by those that are offered.
pub(crate) struct Offered<'r> {
    resolve: &'r mut Resolve,
    interface: InterfaceId,
}

impl<'r> Offered<'r> {
    /// Interface `interface` with `functions`, each in its form, in the order in which the
    /// interface has them.
    pub(super) fn new<F: Form>(
        resolve: &'r mut Resolve,
        interface: InterfaceId,
        functions: &BTreeSet<(String, F)>,
    ) -> Offered<'r> {
        let originals = std::mem::take(&mut resolve.interfaces[interface].functions);
        let mut this = Offered { resolve, interface };
        for (name, original) in originals {
            for (_, form) in functions.iter().filter(|(function, _)| *function == name) {
                this.add_in_form(&original, *form);
            }
        }
        this
    }

    fn add_in_form<F: Form>(&mut self, original: &wit_parser::Function, form: F) {
        let params = original.params.iter().map(|param| (param.name.clone(), param.ty)).collect();
        let function = form.function(&Function { params, result: original.result }, self);
        let name = form.name(&original.name);
        let kind = match original.kind.resource() {
            None => FunctionKind::Freestanding,
            Some(resource) if name.starts_with("[method]") => FunctionKind::Method(resource),
            Some(resource) if name.starts_with("[static]") => FunctionKind::Static(resource),
            Some(resource) => FunctionKind::Constructor(resource),
        };
        self.insert(wit_parser::Function { kind, ..to_wit(name, function) });
    }

    /// Adds a function that is not one of a resource.
    pub fn add(&mut self, name: &str, function: Function<Type>) {
        self.insert(to_wit(name.to_string(), function));
    }

    fn insert(&mut self, function: wit_parser::Function) {
        self.resolve.interfaces[self.interface].functions.insert(function.name.clone(), function);
    }
}

/// A function without a resource.
fn to_wit(name: String, function: Function<Type>) -> wit_parser::Function {
    let params = function.params.into_iter().map(|(name, ty)| Param { name, ty, span: Default::default() });
    wit_parser::Function {
        name,
        kind: FunctionKind::Freestanding,
        params: params.collect(),
        result: function.result,
        docs: Default::default(),
        stability: Default::default(),
        span: Default::default(),
        external_id: Default::default(),
    }
}

impl Types for Offered<'_> {
    type Type = Type;

    const U8: Type = Type::U8;
    const U32: Type = Type::U32;
    const U64: Type = Type::U64;

    fn define(&mut self, ty: Defined<Type>) -> Type {
        let kind = match ty {
            Defined::List(element) => TypeDefKind::List(element),
            Defined::Tuple(types) => TypeDefKind::Tuple(Tuple { types }),
            Defined::Option(some) => TypeDefKind::Option(some),
            Defined::Result { ok, err } => TypeDefKind::Result(Result_ { ok, err }),
            Defined::Own(Type::Id(resource)) => TypeDefKind::Handle(Handle::Own(resource)),
            Defined::Own(_) => unreachable!("a resource is no primitive type"),
        };
        Type::Id(self.resolve.types.alloc(TypeDef {
            name: None,
            kind,
            owner: TypeOwner::None,
            docs: Default::default(),
            stability: Default::default(),
            span: Default::default(),
            external_id: Default::default(),
        }))
    }

    fn exported(&self, name: &str) -> Result<Type, Error> {
        let id = self.resolve.interfaces[self.interface].types.get(name);
        id.map(|id| Type::Id(*id)).ok_or_else(|| Error::unsound(format!("an interface without its type `{name}`")))
    }

    fn is_list_of_bytes(&self, ty: Type) -> bool {
        is_list_of_bytes(self.resolve, &ty)
    }
}

pub(crate) fn is_list_of_bytes(resolve: &Resolve, ty: &Type) -> bool {
    matches!(ty, Type::Id(id) if resolve.types[*id].kind == TypeDefKind::List(Type::U8))
}
