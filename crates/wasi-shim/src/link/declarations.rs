//! The declarations in the type of an imported instance: a subset of them, or the union of two.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentOuterAliasKind, ComponentTypeRef, InstanceTypeDeclaration,
    TypeBounds,
};

use crate::component::{Def, Item, ItemKind, Sort, renumbered};

type Declaration<'a> = InstanceTypeDeclaration<'a>;

/// Whether `declaration` adds a type.
fn adds_type(declaration: &Declaration<'_>) -> bool {
    match declaration {
        Declaration::Type(_) => true,
        Declaration::Export { ty, .. } => matches!(ty, ComponentTypeRef::Type(_)),
        Declaration::Alias(
            ComponentAlias::Outer { kind: ComponentOuterAliasKind::Type, .. }
            | ComponentAlias::InstanceExport { kind: ComponentExternalKind::Type, .. },
        ) => true,
        _ => false,
    }
}

/// The types of the same instance that `declaration` mentions.
fn mentions(declaration: &Declaration<'_>) -> Vec<u32> {
    match declaration {
        Declaration::Type(ty) => {
            let item = Item { def: None, kind: ItemKind::Type(ty.clone()) };
            item.references().into_iter().filter(|def| def.sort == Sort::Type).map(|def| def.id).collect()
        }
        Declaration::Export { ty: ComponentTypeRef::Func(ty) | ComponentTypeRef::Type(TypeBounds::Eq(ty)), .. } => {
            vec![*ty]
        }
        _ => Vec::new(),
    }
}

/// `declaration` with other numbers for the types of the same instance.
fn renumber<'a>(declaration: &Declaration<'a>, number: &dyn Fn(u32) -> u32) -> Declaration<'a> {
    match declaration {
        Declaration::Type(ty) => {
            match renumbered(&ItemKind::Type(ty.clone()), &|def| Def { id: number(def.id), ..def }) {
                Some(ItemKind::Type(ty)) => Declaration::Type(ty),
                _ => unreachable!("a type stays one"),
            }
        }
        Declaration::Export { name, ty: ComponentTypeRef::Func(ty) } => {
            Declaration::Export { name: *name, ty: ComponentTypeRef::Func(number(*ty)) }
        }
        Declaration::Export { name, ty: ComponentTypeRef::Type(TypeBounds::Eq(ty)) } => {
            Declaration::Export { name: *name, ty: ComponentTypeRef::Type(TypeBounds::Eq(number(*ty))) }
        }
        other => other.clone(),
    }
}

/// Keeps the exported functions and types for which `is_used` holds, and the types that those
/// mention.
pub(super) fn narrow<'a>(
    declarations: &[Declaration<'a>],
    is_used: &dyn Fn(Sort, &str) -> bool,
) -> Vec<Declaration<'a>> {
    let types: Vec<usize> = (0..declarations.len()).filter(|at| adds_type(&declarations[*at])).collect();
    let is_root = |declaration: &Declaration<'_>| match declaration {
        Declaration::Export { name, ty: ComponentTypeRef::Func(_) } => is_used(Sort::Func, name.name),
        Declaration::Export { name, ty: ComponentTypeRef::Type(_) } => is_used(Sort::Type, name.name),
        _ => false,
    };
    let mut kept: BTreeSet<usize> = (0..declarations.len()).filter(|at| is_root(&declarations[*at])).collect();
    let mut open: Vec<usize> = kept.iter().copied().collect();
    while let Some(at) = open.pop() {
        for ty in mentions(&declarations[at]) {
            let defined = types.get(ty as usize).copied();
            open.extend(defined.filter(|at| kept.insert(*at)));
        }
    }
    let numbers: HashMap<u32, u32> =
        (0..).zip(&types).filter(|(_, at)| kept.contains(at)).map(|(ty, _)| ty).zip(0..).collect();
    kept.iter().map(|at| renumber(&declarations[*at], &|ty| numbers[&ty])).collect()
}

/// The union of two types of one interface, by the names of exports.
pub(super) fn merge<'a>(own: &[Declaration<'a>], more: &[Declaration<'a>]) -> Vec<Declaration<'a>> {
    let mut merged = Vec::new();
    let mut exports: BTreeMap<&str, u32> = BTreeMap::new();
    let mut types = 0;
    for declarations in [own, more] {
        let mut numbers = Vec::new();
        for declaration in declarations {
            let exported = match declaration {
                Declaration::Export { name, .. } => Some(name.name),
                _ => None,
            };
            match exported.and_then(|name| exports.get(name).copied()) {
                Some(known) if adds_type(declaration) => numbers.push(known),
                Some(_) => {}
                None => {
                    merged.push(renumber(declaration, &|ty| numbers[ty as usize]));
                    exports.extend(exported.map(|name| (name, types)));
                    if adds_type(declaration) {
                        numbers.push(types);
                        types += 1;
                    }
                }
            }
        }
    }
    // Types that both define are there twice by now.
    narrow(&merged, &|_, _| true)
}

#[cfg(test)]
mod tests {
    use wasmparser::{ComponentType, WasmFeatures};

    use super::*;
    use crate::component::Component;

    /// The declarations of the only type of a component.
    fn with<T>(wat: &str, then: impl FnOnce(&[Declaration<'_>]) -> T) -> T {
        let bytes = wat::parse_str(format!("(component (type (instance {wat})))")).unwrap();
        let component = Component::decode(&bytes, WasmFeatures::all()).unwrap();
        let ItemKind::Type(ComponentType::Instance(declarations)) = &component.items[0].kind else { unreachable!() };
        then(declarations)
    }

    fn assert_same(declarations: &[Declaration<'_>], wat: &str) {
        with(wat, |expected| assert_eq!(format!("{declarations:?}"), format!("{expected:?}")));
    }

    const OWN: &str = r#"
        (type $a (record (field "x" u8))) (export "a" (type $ea (eq $a)))
        (type $f (func (param "a" $ea))) (export "f" (func (type $f)))"#;

    const MORE: &str = r#"
        (export "r" (type $r (sub resource)))
        (type $a (record (field "x" u8))) (export "a" (type $ea (eq $a)))
        (type $b (list $ea)) (export "b" (type $eb (eq $b)))
        (type $own (own $r))
        (type $g (func (param "b" $eb) (result $own))) (export "g" (func (type $g)))
        (type $f (func (param "a" $ea))) (export "f" (func (type $f)))"#;

    #[test]
    fn what_nobody_uses_goes() {
        let narrowed = |names: &'static [&str]| {
            with(MORE, |declarations| narrow(declarations, &|_, name| names.contains(&name)).len())
        };
        with(MORE, |declarations| assert_same(&narrow(declarations, &|_, name| name == "f"), OWN));
        assert_eq!(narrowed(&[]), 0);
        assert_eq!(narrowed(&["r"]), 1);
        assert_eq!(narrowed(&["g"]), 8);
    }

    #[test]
    fn what_both_have_is_there_once() {
        let expected = r#"
            (type $a (record (field "x" u8))) (export "a" (type $ea (eq $a)))
            (type $f (func (param "a" $ea))) (export "f" (func (type $f)))
            (export "r" (type $r (sub resource)))
            (type $b (list $ea)) (export "b" (type $eb (eq $b)))
            (type $own (own $r))
            (type $g (func (param "b" $eb) (result $own))) (export "g" (func (type $g)))"#;
        with(OWN, |own| with(MORE, |more| assert_same(&merge(own, more), expected)));
    }
}
