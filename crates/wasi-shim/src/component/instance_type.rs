//! Types of instances whose functions use types from outside of the instance type.

use wasmparser::{
    ComponentAlias, ComponentDefinedType, ComponentFuncType, ComponentOuterAliasKind, ComponentType, ComponentTypeRef,
    ComponentValType, InstanceTypeDeclaration, TypeBounds,
};

use crate::component::{TypeId, extern_name};

/// An instance type under construction.
pub(crate) struct InstanceType<'a> {
    declarations: Vec<InstanceTypeDeclaration<'a>>,
    types: u32,
}

impl<'a> InstanceType<'a> {
    /// An instance type that exports `types`: names, and types outside.
    pub fn of(types: &[(&'a str, TypeId)]) -> InstanceType<'a> {
        let mut this = InstanceType { declarations: Vec::new(), types: 0 };
        for (name, ty) in types {
            let alias = ComponentAlias::Outer { kind: ComponentOuterAliasKind::Type, count: 1, index: (*ty).into() };
            let outer = this.add(InstanceTypeDeclaration::Alias(alias));
            let ty = ComponentTypeRef::Type(TypeBounds::Eq(outer));
            this.add(InstanceTypeDeclaration::Export { name: extern_name(name), ty });
        }
        this
    }

    /// Type `at` of the given `types`.
    pub fn given(&self, at: usize) -> ComponentValType {
        ComponentValType::Type(2 * at as u32 + 1)
    }

    /// The handle that owns resource `at` of the given `types`.
    pub fn own(&mut self, at: usize) -> ComponentValType {
        self.define(ComponentDefinedType::Own(2 * at as u32 + 1))
    }

    /// Defines a type.
    pub fn define(&mut self, ty: ComponentDefinedType<'a>) -> ComponentValType {
        ComponentValType::Type(self.add(InstanceTypeDeclaration::Type(ComponentType::Defined(ty))))
    }

    /// Exports type `ty` as `name`; the result is the exported type.
    pub fn export(&mut self, name: &'a str, ty: ComponentValType) -> ComponentValType {
        let ComponentValType::Type(index) = ty else { return ty };
        let ty = ComponentTypeRef::Type(TypeBounds::Eq(index));
        ComponentValType::Type(self.add(InstanceTypeDeclaration::Export { name: extern_name(name), ty }))
    }

    /// Exports a function.
    pub fn function(
        &mut self,
        name: &'a str,
        params: &[(&'a str, ComponentValType)],
        result: Option<ComponentValType>,
    ) {
        self.add_function(name, ComponentFuncType { async_: false, params: params.into(), result });
    }

    /// Exports an async function.
    pub fn async_function(
        &mut self,
        name: &'a str,
        params: &[(&'a str, ComponentValType)],
        result: Option<ComponentValType>,
    ) {
        self.add_function(name, ComponentFuncType { async_: true, params: params.into(), result });
    }

    fn add_function(&mut self, name: &'a str, ty: ComponentFuncType<'a>) {
        let ty = self.add(InstanceTypeDeclaration::Type(ComponentType::Func(ty)));
        let ty = ComponentTypeRef::Func(ty);
        self.declarations.push(InstanceTypeDeclaration::Export { name: extern_name(name), ty });
    }

    /// The finished type.
    pub fn into_declarations(self) -> Vec<InstanceTypeDeclaration<'a>> {
        self.declarations
    }

    /// Adds a declaration of a type; answers its index.
    fn add(&mut self, declaration: InstanceTypeDeclaration<'a>) -> u32 {
        self.declarations.push(declaration);
        self.types += 1;
        self.types - 1
    }
}
