//! Renames the imports and exports of a component, at any depth.

use wasmparser::{
    ComponentAlias, ComponentExternName, ComponentInstance, ComponentType, ComponentTypeDeclaration,
    InstanceTypeDeclaration,
};

use super::{Arena, Component, ItemKind};

/// Replaces each name of an import or export by the answer of `new`, if there is one: also in
/// types, instances and nested components, and in what refers to them. Names inside core modules
/// stay.
pub(crate) fn rename<'a>(component: &mut Component<'a>, arena: &'a Arena, new: &dyn Fn(&str) -> Option<String>) {
    Rename { arena, new }.component(component);
}

struct Rename<'a, 'n> {
    arena: &'a Arena,
    new: &'n dyn Fn(&str) -> Option<String>,
}

impl<'a> Rename<'a, '_> {
    fn component(&self, component: &mut Component<'a>) {
        for item in &mut component.items {
            match &mut item.kind {
                ItemKind::Component(nested) => self.component(nested),
                ItemKind::Import(import) => self.name(&mut import.name),
                ItemKind::Export(export) => self.name(&mut export.name),
                ItemKind::Type(ty) => self.ty(ty),
                ItemKind::Alias(alias) => self.alias(alias),
                ItemKind::Instance(ComponentInstance::Instantiate { args, .. }) => {
                    args.iter_mut().for_each(|arg| self.text(&mut arg.name));
                }
                ItemKind::Instance(ComponentInstance::FromExports(exports)) => {
                    exports.iter_mut().for_each(|export| self.name(&mut export.name));
                }
                ItemKind::CoreModule(_)
                | ItemKind::CoreInstance(_)
                | ItemKind::CoreType(_)
                | ItemKind::Canon(_)
                | ItemKind::Start(_)
                | ItemKind::Custom { .. }
                | ItemKind::Names => {}
            }
        }
    }

    fn ty(&self, ty: &mut ComponentType<'a>) {
        match ty {
            ComponentType::Component(declarations) => {
                for declaration in declarations {
                    match declaration {
                        ComponentTypeDeclaration::CoreType(_) => {}
                        ComponentTypeDeclaration::Type(ty) => self.ty(ty),
                        ComponentTypeDeclaration::Alias(alias) => self.alias(alias),
                        ComponentTypeDeclaration::Export { name, .. } => self.name(name),
                        ComponentTypeDeclaration::Import(import) => self.name(&mut import.name),
                    }
                }
            }
            ComponentType::Instance(declarations) => {
                for declaration in declarations {
                    match declaration {
                        InstanceTypeDeclaration::CoreType(_) => {}
                        InstanceTypeDeclaration::Type(ty) => self.ty(ty),
                        InstanceTypeDeclaration::Alias(alias) => self.alias(alias),
                        InstanceTypeDeclaration::Export { name, .. } => self.name(name),
                    }
                }
            }
            ComponentType::Defined(_) | ComponentType::Func(_) | ComponentType::Resource { .. } => {}
        }
    }

    fn alias(&self, alias: &mut ComponentAlias<'a>) {
        if let ComponentAlias::InstanceExport { name, .. } = alias {
            self.text(name);
        }
    }

    fn name(&self, name: &mut ComponentExternName<'a>) {
        self.text(&mut name.name);
        if let Some(implements) = &mut name.implements {
            self.text(implements);
        }
    }

    fn text(&self, text: &mut &'a str) {
        if let Some(new) = (self.new)(text) {
            *text = self.arena.text(&new);
        }
    }
}
