//! Puts items of one component among those of another, where they get new ids.

use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentDefinedType, ComponentFuncType, ComponentImport,
    ComponentType, ComponentTypeDeclaration, ComponentTypeRef, ComponentValType, InstanceTypeDeclaration, TypeBounds,
    VariantCase,
};

use super::{Def, ItemKind, Sort};

/// Gives what a definition becomes in the other component.
pub(crate) type Ids<'i> = dyn Fn(Def) -> Def + 'i;

/// `kind` with its ids mapped by `ids`: an import, a type, an alias or a canonical definition;
/// `None` for anything else.
pub(crate) fn renumbered<'a>(kind: &ItemKind<'a>, ids: &Ids<'_>) -> Option<ItemKind<'a>> {
    let at_top = Renumber { ids, depth: 0 };
    Some(match kind {
        ItemKind::Import(import) => {
            ItemKind::Import(ComponentImport { name: import.name, ty: at_top.type_ref(&import.ty) })
        }
        ItemKind::Type(ty) => ItemKind::Type(at_top.ty(ty)),
        ItemKind::Alias(alias) => ItemKind::Alias(at_top.alias(alias)),
        ItemKind::Canon(canon) => ItemKind::Canon(at_top.canon(canon)?),
        _ => return None,
    })
}

struct Renumber<'r, 'i> {
    ids: &'r Ids<'i>,
    /// Number of open types: indices inside a type are local to it, and stay.
    depth: u32,
}

impl Renumber<'_, '_> {
    fn id(&self, sort: Sort, id: u32) -> u32 {
        if self.depth > 0 { id } else { (self.ids)(Def::new(sort, id)).id }
    }

    fn inside(&self) -> Renumber<'_, '_> {
        Renumber { ids: self.ids, depth: self.depth + 1 }
    }

    fn val(&self, ty: ComponentValType) -> ComponentValType {
        match ty {
            ComponentValType::Type(id) => ComponentValType::Type(self.id(Sort::Type, id)),
            primitive => primitive,
        }
    }

    fn optional(&self, ty: Option<ComponentValType>) -> Option<ComponentValType> {
        ty.map(|ty| self.val(ty))
    }

    fn type_ref(&self, ty: &ComponentTypeRef) -> ComponentTypeRef {
        match *ty {
            ComponentTypeRef::Module(id) => ComponentTypeRef::Module(self.id(Sort::CoreType, id)),
            ComponentTypeRef::Func(id) => ComponentTypeRef::Func(self.id(Sort::Type, id)),
            ComponentTypeRef::Value(ty) => ComponentTypeRef::Value(self.val(ty)),
            ComponentTypeRef::Type(TypeBounds::Eq(id)) => {
                ComponentTypeRef::Type(TypeBounds::Eq(self.id(Sort::Type, id)))
            }
            ComponentTypeRef::Type(TypeBounds::SubResource) => ComponentTypeRef::Type(TypeBounds::SubResource),
            ComponentTypeRef::Instance(id) => ComponentTypeRef::Instance(self.id(Sort::Type, id)),
            ComponentTypeRef::Component(id) => ComponentTypeRef::Component(self.id(Sort::Type, id)),
        }
    }

    fn alias<'a>(&self, alias: &ComponentAlias<'a>) -> ComponentAlias<'a> {
        match alias.clone() {
            ComponentAlias::InstanceExport { kind, instance_index, name } => {
                ComponentAlias::InstanceExport { kind, instance_index: self.id(Sort::Instance, instance_index), name }
            }
            ComponentAlias::CoreInstanceExport { kind, instance_index, name } => ComponentAlias::CoreInstanceExport {
                kind,
                instance_index: self.id(Sort::CoreInstance, instance_index),
                name,
            },
            ComponentAlias::Outer { kind, count, index } if count == self.depth => {
                ComponentAlias::Outer { kind, count, index: (self.ids)(Def::new(kind, index)).id }
            }
            alias => alias,
        }
    }

    fn ty<'a>(&self, ty: &ComponentType<'a>) -> ComponentType<'a> {
        let inside = self.inside();
        match ty {
            ComponentType::Defined(ty) => ComponentType::Defined(self.defined(ty)),
            ComponentType::Func(func) => ComponentType::Func(ComponentFuncType {
                params: func.params.iter().map(|(name, ty)| (*name, self.val(*ty))).collect(),
                result: self.optional(func.result),
                ..func.clone()
            }),
            ComponentType::Instance(declarations) => {
                let declarations = declarations.iter().map(|declaration| match declaration {
                    InstanceTypeDeclaration::Type(ty) => InstanceTypeDeclaration::Type(inside.ty(ty)),
                    InstanceTypeDeclaration::Alias(alias) => InstanceTypeDeclaration::Alias(inside.alias(alias)),
                    other => other.clone(),
                });
                ComponentType::Instance(declarations.collect())
            }
            ComponentType::Component(declarations) => {
                let declarations = declarations.iter().map(|declaration| match declaration {
                    ComponentTypeDeclaration::Type(ty) => ComponentTypeDeclaration::Type(inside.ty(ty)),
                    ComponentTypeDeclaration::Alias(alias) => ComponentTypeDeclaration::Alias(inside.alias(alias)),
                    other => other.clone(),
                });
                ComponentType::Component(declarations.collect())
            }
            other => other.clone(),
        }
    }

    fn defined<'a>(&self, ty: &ComponentDefinedType<'a>) -> ComponentDefinedType<'a> {
        use ComponentDefinedType as T;
        match ty {
            T::Record(fields) => T::Record(fields.iter().map(|(name, ty)| (*name, self.val(*ty))).collect()),
            T::Variant(cases) => T::Variant(
                cases.iter().map(|case| VariantCase { name: case.name, ty: self.optional(case.ty) }).collect(),
            ),
            T::List(ty) => T::List(self.val(*ty)),
            T::Map(key, value) => T::Map(self.val(*key), self.val(*value)),
            T::FixedLengthList(ty, length) => T::FixedLengthList(self.val(*ty), *length),
            T::Tuple(types) => T::Tuple(types.iter().map(|ty| self.val(*ty)).collect()),
            T::Option(ty) => T::Option(self.val(*ty)),
            T::Result { ok, err } => T::Result { ok: self.optional(*ok), err: self.optional(*err) },
            T::Own(id) => T::Own(self.id(Sort::Type, *id)),
            T::Borrow(id) => T::Borrow(self.id(Sort::Type, *id)),
            T::Future(ty) => T::Future(self.optional(*ty)),
            T::Stream(ty) => T::Stream(self.optional(*ty)),
            T::Primitive(_) | T::Flags(_) | T::Enum(_) => ty.clone(),
        }
    }

    fn options(&self, options: &[CanonicalOption]) -> Box<[CanonicalOption]> {
        let options = options.iter().map(|option| match *option {
            CanonicalOption::Memory(id) => CanonicalOption::Memory(self.id(Sort::CoreMemory, id)),
            CanonicalOption::Realloc(id) => CanonicalOption::Realloc(self.id(Sort::CoreFunc, id)),
            CanonicalOption::PostReturn(id) => CanonicalOption::PostReturn(self.id(Sort::CoreFunc, id)),
            CanonicalOption::Callback(id) => CanonicalOption::Callback(self.id(Sort::CoreFunc, id)),
            CanonicalOption::CoreType(id) => CanonicalOption::CoreType(self.id(Sort::CoreType, id)),
            option => option,
        });
        options.collect()
    }

    /// `canon` with its ids mapped; `None` for built-ins of threads and the like.
    fn canon(&self, canon: &CanonicalFunction) -> Option<CanonicalFunction> {
        use CanonicalFunction as C;
        let ty = |id: u32| self.id(Sort::Type, id);
        Some(match canon {
            C::Lift { core_func_index, type_index, options } => C::Lift {
                core_func_index: self.id(Sort::CoreFunc, *core_func_index),
                type_index: ty(*type_index),
                options: self.options(options),
            },
            C::Lower { func_index, options } => {
                C::Lower { func_index: self.id(Sort::Func, *func_index), options: self.options(options) }
            }
            C::ResourceNew { resource } => C::ResourceNew { resource: ty(*resource) },
            C::ResourceRep { resource } => C::ResourceRep { resource: ty(*resource) },
            C::ResourceDrop { resource } => C::ResourceDrop { resource: ty(*resource) },
            C::TaskReturn { result, options } => {
                C::TaskReturn { result: self.optional(*result), options: self.options(options) }
            }
            C::StreamNew { ty: id } => C::StreamNew { ty: ty(*id) },
            C::StreamRead { ty: id, options } => C::StreamRead { ty: ty(*id), options: self.options(options) },
            C::StreamWrite { ty: id, options } => C::StreamWrite { ty: ty(*id), options: self.options(options) },
            C::StreamCancelRead { ty: id, async_ } => C::StreamCancelRead { ty: ty(*id), async_: *async_ },
            C::StreamCancelWrite { ty: id, async_ } => C::StreamCancelWrite { ty: ty(*id), async_: *async_ },
            C::StreamDropReadable { ty: id } => C::StreamDropReadable { ty: ty(*id) },
            C::StreamDropWritable { ty: id } => C::StreamDropWritable { ty: ty(*id) },
            C::FutureNew { ty: id } => C::FutureNew { ty: ty(*id) },
            C::FutureRead { ty: id, options } => C::FutureRead { ty: ty(*id), options: self.options(options) },
            C::FutureWrite { ty: id, options } => C::FutureWrite { ty: ty(*id), options: self.options(options) },
            C::FutureCancelRead { ty: id, async_ } => C::FutureCancelRead { ty: ty(*id), async_: *async_ },
            C::FutureCancelWrite { ty: id, async_ } => C::FutureCancelWrite { ty: ty(*id), async_: *async_ },
            C::FutureDropReadable { ty: id } => C::FutureDropReadable { ty: ty(*id) },
            C::FutureDropWritable { ty: id } => C::FutureDropWritable { ty: ty(*id) },
            C::WaitableSetWait { cancellable, memory } => {
                C::WaitableSetWait { cancellable: *cancellable, memory: self.id(Sort::CoreMemory, *memory) }
            }
            C::WaitableSetPoll { cancellable, memory } => {
                C::WaitableSetPoll { cancellable: *cancellable, memory: self.id(Sort::CoreMemory, *memory) }
            }
            C::BackpressureInc
            | C::BackpressureDec
            | C::TaskCancel
            | C::ContextGet { .. }
            | C::ContextSet { .. }
            | C::ThreadYield { .. }
            | C::SubtaskDrop
            | C::SubtaskCancel { .. }
            | C::WaitableSetNew
            | C::WaitableSetDrop
            | C::WaitableJoin => canon.clone(),
            _ => return None,
        })
    }
}
