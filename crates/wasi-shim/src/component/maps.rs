//! Maps become lists of tuples, which have the same Canonical ABI: `map<K, V>` came with WASI
//! 0.3.1, and older hosts do not know it.
//!
//! A list of tuples takes two definitions instead of one. Definitions of components have ids, but
//! those in instance and component types have indices, so the definitions that follow a map in its
//! type are numbered anew.

use wasmparser::{
    ComponentAlias, ComponentDefinedType, ComponentOuterAliasKind, ComponentType, ComponentTypeDeclaration,
    ComponentTypeRef, ComponentValType, InstanceTypeDeclaration, TypeBounds,
};

use super::{Component, ItemKind, Sort, TypeId};

/// Replaces all maps by lists of tuples, on every level.
pub(crate) fn without_maps(component: &mut Component<'_>) {
    let mut scopes = Scopes::default();
    for mut item in std::mem::take(&mut component.items) {
        match item.kind {
            ItemKind::Component(ref mut nested) => without_maps(nested),
            ItemKind::Type(ComponentType::Defined(ComponentDefinedType::Map(key, value))) => {
                let tuple = ItemKind::Type(tuple(key, value));
                let (id, tuple) = component.define_as::<TypeId>(tuple);
                component.items.push(tuple);
                item.kind = ItemKind::Type(list(id.into()));
            }
            ItemKind::Type(ref mut ty) => scopes.ty(ty),
            _ => {}
        }
        component.items.push(item);
    }
}

fn tuple<'a>(key: ComponentValType, value: ComponentValType) -> ComponentType<'a> {
    ComponentType::Defined(ComponentDefinedType::Tuple([key, value].into()))
}

fn list<'a>(element: u32) -> ComponentType<'a> {
    ComponentType::Defined(ComponentDefinedType::List(ComponentValType::Type(element)))
}

/// The types of the instance and component types that are open, the innermost last.
#[derive(Default)]
struct Scopes(Vec<Scope>);

#[derive(Default)]
struct Scope {
    /// The new index of each type.
    indices: Vec<u32>,
    next: u32,
}

/// A declaration of an instance or component type.
trait Declaration<'a>: Sized {
    fn of_type(ty: ComponentType<'a>) -> Self;
    fn as_type(&mut self) -> Option<&mut ComponentType<'a>>;
    fn as_alias(&mut self) -> Option<&mut ComponentAlias<'a>>;
    fn as_named(&mut self) -> Option<&mut ComponentTypeRef>;
}

impl<'a> Declaration<'a> for InstanceTypeDeclaration<'a> {
    fn of_type(ty: ComponentType<'a>) -> Self {
        InstanceTypeDeclaration::Type(ty)
    }
    fn as_type(&mut self) -> Option<&mut ComponentType<'a>> {
        if let InstanceTypeDeclaration::Type(ty) = self { Some(ty) } else { None }
    }
    fn as_alias(&mut self) -> Option<&mut ComponentAlias<'a>> {
        if let InstanceTypeDeclaration::Alias(alias) = self { Some(alias) } else { None }
    }
    fn as_named(&mut self) -> Option<&mut ComponentTypeRef> {
        if let InstanceTypeDeclaration::Export { ty, .. } = self { Some(ty) } else { None }
    }
}

impl<'a> Declaration<'a> for ComponentTypeDeclaration<'a> {
    fn of_type(ty: ComponentType<'a>) -> Self {
        ComponentTypeDeclaration::Type(ty)
    }
    fn as_type(&mut self) -> Option<&mut ComponentType<'a>> {
        if let ComponentTypeDeclaration::Type(ty) = self { Some(ty) } else { None }
    }
    fn as_alias(&mut self) -> Option<&mut ComponentAlias<'a>> {
        if let ComponentTypeDeclaration::Alias(alias) = self { Some(alias) } else { None }
    }
    fn as_named(&mut self) -> Option<&mut ComponentTypeRef> {
        match self {
            ComponentTypeDeclaration::Export { ty, .. } => Some(ty),
            ComponentTypeDeclaration::Import(import) => Some(&mut import.ty),
            _ => None,
        }
    }
}

impl Scopes {
    fn declarations<'a, D: Declaration<'a> + Clone>(&mut self, declarations: &mut Box<[D]>) {
        self.0.push(Scope::default());
        let mut all = Vec::new();
        for mut declaration in std::mem::take(declarations) {
            if let Some(ty) = declaration.as_type() {
                self.ty(ty);
                if let ComponentType::Defined(ComponentDefinedType::Map(key, value)) = *ty {
                    all.push(D::of_type(tuple(key, value)));
                    *ty = list(self.innermost().skip());
                }
                self.innermost().define();
            } else if let Some(alias) = declaration.as_alias() {
                if self.alias(alias) {
                    self.innermost().define();
                }
            } else if let Some(named) = declaration.as_named() {
                self.named(named);
                if matches!(named, ComponentTypeRef::Type(_)) {
                    self.innermost().define();
                }
            }
            all.push(declaration);
        }
        *declarations = all.into();
        self.0.pop();
    }

    fn innermost(&mut self) -> &mut Scope {
        self.0.last_mut().expect("pushed before")
    }

    /// Sets the `index` of a type of the scope `count` scopes out to its new value. Types of the
    /// component keep their ids.
    fn index(&self, count: u32, index: &mut u32) {
        let scope = self.0.len().checked_sub(count as usize + 1).map(|at| &self.0[at]);
        if let Some(new) = scope.and_then(|scope| scope.indices.get(*index as usize)) {
            *index = *new;
        }
    }

    /// Renumbers the alias; answers whether it defines a type.
    fn alias(&self, alias: &mut ComponentAlias<'_>) -> bool {
        match alias {
            ComponentAlias::Outer { kind: ComponentOuterAliasKind::Type, count, index } => {
                self.index(*count, index);
                true
            }
            ComponentAlias::InstanceExport { kind, .. } => Sort::from(*kind) == Sort::Type,
            _ => false,
        }
    }

    fn named(&self, ty: &mut ComponentTypeRef) {
        match ty {
            ComponentTypeRef::Func(index)
            | ComponentTypeRef::Instance(index)
            | ComponentTypeRef::Component(index)
            | ComponentTypeRef::Type(TypeBounds::Eq(index)) => self.index(0, index),
            ComponentTypeRef::Value(ty) => self.value(ty),
            ComponentTypeRef::Module(_) | ComponentTypeRef::Type(TypeBounds::SubResource) => {}
        }
    }

    fn value(&self, ty: &mut ComponentValType) {
        if let ComponentValType::Type(index) = ty {
            self.index(0, index);
        }
    }

    fn ty(&mut self, ty: &mut ComponentType<'_>) {
        match ty {
            ComponentType::Defined(defined) => self.defined(defined),
            ComponentType::Func(func) => {
                func.params.iter_mut().for_each(|(_, ty)| self.value(ty));
                func.result.iter_mut().for_each(|ty| self.value(ty));
            }
            ComponentType::Instance(declarations) => self.declarations(declarations),
            ComponentType::Component(declarations) => self.declarations(declarations),
            ComponentType::Resource { .. } => {}
        }
    }

    fn defined(&self, ty: &mut ComponentDefinedType<'_>) {
        use ComponentDefinedType as D;
        match ty {
            D::Primitive(_) | D::Flags(_) | D::Enum(_) => {}
            D::Record(fields) => fields.iter_mut().for_each(|(_, ty)| self.value(ty)),
            D::Variant(cases) => cases.iter_mut().flat_map(|case| &mut case.ty).for_each(|ty| self.value(ty)),
            D::Tuple(types) => types.iter_mut().for_each(|ty| self.value(ty)),
            D::List(ty) | D::FixedLengthList(ty, _) | D::Option(ty) => self.value(ty),
            D::Map(key, value) => [key, value].into_iter().for_each(|ty| self.value(ty)),
            D::Result { ok, err } => [ok, err].into_iter().flatten().for_each(|ty| self.value(ty)),
            D::Future(ty) | D::Stream(ty) => ty.iter_mut().for_each(|ty| self.value(ty)),
            D::Own(resource) | D::Borrow(resource) => self.index(0, resource),
        }
    }
}

impl Scope {
    /// Counts a type that was added; returns its index.
    fn skip(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    /// Counts the next of the original types, and notes its new index.
    fn define(&mut self) {
        let new = self.skip();
        self.indices.push(new);
    }
}

#[cfg(test)]
mod tests {
    use wasmparser::WasmFeatures;

    use super::*;

    /// Types that follow a map are numbered anew, also where nested types refer to them.
    #[test]
    fn the_same_as_lists_of_tuples() {
        let text = r#"(component
            MAP(u8, string)
            (type $i (instance
              (type $first u8) MAP($first, string)
              (type $r (record (field "m" $m) (field "n" (list $m)))) (export "r" (type $r' (eq $r)))
              (type $resource (sub resource)) (type $own (own $resource))
              (type $inner (instance (alias outer 1 $r' (type $r)) (alias outer 2 $m (type $far))
                (type $v (variant (case "a" $r) (case "b" (result $far (error $r))))) (export "v" (type (eq $v)))
                MAP(u8, $r) (export "n" (type (eq $m)))))
              (export "inner" (instance (type $inner)))
              (export "f" (func (param "x" $r') (param "y" $m) (result (option $m)))) (export "g" (func (param "z" $own)))))
            (type (component (alias outer 1 $i (type $i)) MAP(string, u8) (import "i" (instance (type $i)))
              (type $f (func (param "m" $m))) (export "f" (func (type $f))))))"#;
        let text = text
            .replace(r#"(type $resource (sub resource))"#, r#"(export "resource" (type $resource (sub resource)))"#);
        let with = |replace: &dyn Fn(&str, &str) -> String| {
            let mut parts = text.split("MAP(");
            let mut all = parts.next().unwrap().to_string();
            for part in parts {
                let (arguments, rest) = part.split_once(')').unwrap();
                let (key, value) = arguments.split_once(", ").unwrap();
                all += &(replace(key, value) + rest);
            }
            wat::parse_str(all).unwrap()
        };
        let maps = with(&|key, value| format!("(type $m (map {key} {value}))"));
        let lists = with(&|key, value| format!("(type $t (tuple {key} {value})) (type $m (list $t))"));
        let mut component = Component::decode(&maps, WasmFeatures::all()).unwrap();
        component.items.retain(|item| !matches!(item.kind, ItemKind::Names));
        let mut expected = Component::decode(&lists, WasmFeatures::default()).unwrap();
        expected.items.retain(|item| !matches!(item.kind, ItemKind::Names));
        without_maps(&mut component);
        let print = |component: Component<'_>| wasmprinter::print_bytes(component.encode().unwrap()).unwrap();
        assert_eq!(print(component), print(expected));
    }
}
