//! Whether an export has the type that an import expects, and if not, the place where they differ.
//!
//! Types of the component model are equal or not (a record has no subtypes), but an instance may
//! export more than is imported. So types are compared as text, named as in WIT. A resource of
//! another interface is named with that interface, because `descriptor` of WASI 0.2 is not
//! `descriptor` of 0.3.

use std::collections::{HashMap, HashSet};
use std::fmt::{self, Display};

use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentEntityType, ComponentFuncTypeId, ComponentInstanceTypeId,
    ComponentTypeId, ComponentValType, ResourceId,
};
use wasmparser::types::TypesRef;

use crate::Generation;
use crate::component::{Component, Def, Sort, types};
use crate::graph::composition::Part;
use crate::wasi::InterfaceName;

/// Where an import and an export differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// A function is async on one side only. Expected is the generation that would make them equal.
    Async { place: String, expected: Generation },
    /// Something else differs.
    Other { place: String, expected: String, found: String },
}

impl Mismatch {
    /// The same mismatch, found by the other side.
    fn swapped(self) -> Mismatch {
        match self {
            Mismatch::Async { place, expected } => Mismatch::Async { place, expected: expected.other() },
            Mismatch::Other { place, expected, found } => Mismatch::Other { place, expected: found, found: expected },
        }
    }
}

impl Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mismatch::Async { place, expected } => {
                let name = |target| if target == Generation::Wasi03 { "`async func`" } else { "`func`" };
                write!(f, "{place}: expected {}, found {}", name(*expected), name(expected.other()))
            }
            Mismatch::Other { place, expected, found } => write!(f, "{place}: expected {expected}, found {found}"),
        }
    }
}

/// Compares import `import` of `front` with export `export` of `behind`. Of several mismatches it
/// tells one that adapting either component does not remove, if there is one.
pub(crate) fn check(front: &Component<'_>, import: &str, behind: &Component<'_>, export: &str) -> Result<(), Mismatch> {
    let front = Side::importing(front, import);
    let behind = Side::exporting(behind, export, &front);
    let wanted = front.types.component_item_for_import(import).map(|item| item.ty);
    let found = behind.types.component_item_for_export(export).map(|item| item.ty);
    let (Some(wanted), Some(found)) = (wanted, found) else { return Ok(()) };
    let (ComponentEntityType::Instance(wanted), ComponentEntityType::Instance(found)) = (wanted, found) else {
        return front.compare(&behind, wanted, found, || format!("import `{import}`"));
    };
    let place = |name: &str| format!("interface `{import}`, {}", described(name));
    let mismatches = front.mismatches(&behind, wanted, found, &place);
    let other = mismatches.iter().find(|mismatch| matches!(mismatch, Mismatch::Other { .. }));
    other.or(mismatches.first()).cloned().map_or(Ok(()), Err)
}

/// Compares what two components import under one name: what both have of it must be the same.
pub(crate) fn check_common(one: &Component<'_>, other: &Component<'_>, import: &str) -> Result<(), Mismatch> {
    let [front, behind] = [one, other].map(|component| Side::importing(component, import));
    let item = |side: &Side<'_>| side.types.component_item_for_import(import).map(|item| item.ty);
    let (Some(wanted), Some(found)) = (item(&front), item(&behind)) else { return Ok(()) };
    match (wanted, found) {
        (ComponentEntityType::Instance(wanted), ComponentEntityType::Instance(found)) => {
            let place = |name: &str| format!("interface `{import}`, {}", described(name));
            let found = &behind.types[found].exports;
            let common =
                front.types[wanted].exports.iter().filter_map(|(name, item)| Some((name, item, found.get(name)?)));
            let mut compared =
                common.map(|(name, item, found)| front.compare(&behind, item.ty, found.ty, || place(name)));
            compared.find(Result::is_err).unwrap_or(Ok(()))
        }
        (wanted, found) => front.compare(&behind, wanted, found, || format!("import `{import}`")),
    }
}

/// The imports or exports of a component, to be compared with those of another, one by one.
pub(crate) struct Comparison<'t> {
    role: Role,
    before: Side<'t>,
    after: Side<'t>,
}

impl<'t> Comparison<'t> {
    pub fn of(before: &'t Component<'_>, after: &'t Component<'_>, role: Role) -> Comparison<'t> {
        let [front, behind] = [before, after].map(|component| Side::importing(component, ""));
        let (before, after) = match role {
            Role::Import => (front, behind),
            Role::Export => {
                let front = Side::exporting(before, "", &front);
                let behind = Side::exporting(after, "", &front);
                (front, behind)
            }
        };
        Comparison { role, before, after }
    }

    /// How import or export `name` differs from `renamed` of the other component. With `may_grow`,
    /// only the members that the first has are compared.
    pub fn changes(&mut self, name: &str, renamed: &str, may_grow: bool) -> Vec<Mismatch> {
        (self.before.interface, self.after.interface) = (series(name), series(renamed));
        let item = |types: TypesRef<'_>, name: &str| match self.role {
            Role::Import => types.component_item_for_import(name).map(|item| item.ty),
            Role::Export => types.component_item_for_export(name).map(|item| item.ty),
        };
        match (item(self.before.types, name), item(self.after.types, renamed)) {
            (Some(wanted), Some(found)) => {
                self.before.changes(&self.after, (wanted, found), may_grow, &format!("`{name}`"))
            }
            _ => Vec::new(),
        }
    }
}

/// The differences of import `def` of `part` from instance type `known`, which a world imports
/// under `name`: that type is expected, but the import may have less.
pub(crate) fn differences(
    (part, def): (&Part<'_>, Def),
    (types, world, name, known): (TypesRef<'_>, ComponentTypeId, &str, ComponentInstanceTypeId),
) -> Vec<String> {
    let mut front = Side { types: part.component.validated(), resources: HashMap::new(), interface: series(name) };
    for (import, resource, id) in imported_resources(&part.component) {
        // The name that the root has for it.
        let import = part.args.get(import).and_then(|source| source.root_import()).unwrap_or(import);
        front.resources.entry(id).or_insert_with(|| place(&(import, resource, id)));
    }
    let imports = types[world].imports.iter().map(|(name, item)| (name.as_str(), item.ty));
    let resources = resources(types, imports);
    let mut behind = Side { types, resources: HashMap::new(), interface: series(name) };
    for resource in resources {
        behind.resources.entry(resource.2).or_insert_with(|| place(&resource));
    }
    let wanted = front.types.component_instance_at(def.id);
    let mismatches = front.mismatches(&behind, wanted, known, &described).into_iter();
    mismatches.map(|mismatch| mismatch.swapped().to_string()).collect()
}

/// The function or type `name` of an interface in words.
fn described(name: &str) -> String {
    match name.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some(("constructor", resource)) => format!("constructor of `{resource}`"),
        Some((kind @ ("method" | "static"), path)) => {
            let kind = if kind == "static" { "static function" } else { kind };
            format!("{kind} `{path}`")
        }
        _ => format!("`{name}`"),
    }
}

/// The name of a resource: the interface, without what may differ in compatible versions, and the
/// name in it.
type Place = (String, String);

/// The types of one component, and what its resources are called.
struct Side<'t> {
    types: TypesRef<'t>,
    resources: HashMap<ResourceId, Place>,
    /// The interface that is compared, whose own resources are called by their names alone.
    interface: String,
}

impl<'t> Side<'t> {
    /// The importing side.
    fn importing(component: &'t Component<'_>, import: &str) -> Side<'t> {
        let mut resources = HashMap::new();
        for resource in imported_resources(component) {
            resources.entry(resource.2).or_insert_with(|| place(&resource));
        }
        Side { types: component.validated(), resources, interface: series(import) }
    }

    /// The exporting side. A resource of its own may be exported by several interfaces: then it is
    /// named as the other side expects, if it is exported there.
    fn exporting(component: &'t Component<'_>, export: &str, front: &Side<'_>) -> Side<'t> {
        let mut side = Side { interface: series(export), ..Side::importing(component, export) };
        let expected: HashSet<&Place> = front.resources.values().collect();
        let mut own: HashMap<ResourceId, Place> = HashMap::new();
        for resource in exported_resources(component) {
            let place = place(&resource);
            if !own.contains_key(&resource.2) || expected.contains(&place) {
                own.insert(resource.2, place);
            }
        }
        for (id, place) in own {
            side.resources.entry(id).or_insert(place);
        }
        side
    }

    /// The differences of the members of instance `wanted` of this side from `found` of the other.
    fn mismatches(
        &self,
        other: &Side<'_>,
        wanted: ComponentInstanceTypeId,
        found: ComponentInstanceTypeId,
        place: &dyn Fn(&str) -> String,
    ) -> Vec<Mismatch> {
        let found = &other.types[found].exports;
        // Functions come first: they tell more about a resource than its name.
        let is_resource = |item: &ComponentEntityType| {
            matches!(item, ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(_), .. })
        };
        let (resources, others): (Vec<_>, Vec<_>) =
            self.types[wanted].exports.iter().partition(|(_, item)| is_resource(&item.ty));
        let compared = others.into_iter().chain(resources).map(|(name, item)| match found.get(name) {
            Some(found) => self.compare(other, item.ty, found.ty, || place(name)),
            None => {
                let (expected, found) = (self.kind(item.ty).to_string(), "nothing of that name".to_string());
                Err(Mismatch::Other { place: place(name), expected, found })
            }
        });
        compared.filter_map(Result::err).collect()
    }

    /// The differences of an item of this side from one of the other, on every level.
    fn changes(
        &self,
        other: &Side<'_>,
        (wanted, found): (ComponentEntityType, ComponentEntityType),
        may_grow: bool,
        place: &str,
    ) -> Vec<Mismatch> {
        let (ComponentEntityType::Instance(wanted), ComponentEntityType::Instance(found)) = (wanted, found) else {
            return self.compare(other, wanted, found, || place.to_string()).err().into_iter().collect();
        };
        let (wanted, found) = (&self.types[wanted].exports, &other.types[found].exports);
        let inside = |name: &str| format!("{place}, {}", described(name));
        let nothing = || "nothing of that name".to_string();
        let mut changes = Vec::new();
        for (name, item) in wanted {
            match found.get(name) {
                Some(found) => changes.extend(self.changes(other, (item.ty, found.ty), may_grow, &inside(name))),
                None => {
                    let expected = self.kind(item.ty).into();
                    changes.push(Mismatch::Other { place: inside(name), expected, found: nothing() });
                }
            }
        }
        for (name, item) in found.iter().filter(|(name, _)| !may_grow && !wanted.contains_key(*name)) {
            let found = other.kind(item.ty).into();
            changes.push(Mismatch::Other { place: inside(name), expected: nothing(), found });
        }
        changes
    }

    /// The name of the resource in messages.
    fn resource(&self, id: ResourceId) -> String {
        match self.resources.get(&id) {
            Some((interface, name)) if interface.is_empty() || *interface == self.interface => name.clone(),
            Some((interface, name)) => format!("{interface}#{name}"),
            None => "resource".into(),
        }
    }

    /// The kind of `ty`, as a noun.
    fn kind(&self, ty: ComponentEntityType) -> &'static str {
        match ty {
            ComponentEntityType::Func(_) => "a function",
            ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(_), .. } => "a resource",
            ComponentEntityType::Type { .. } => "a type",
            ComponentEntityType::Instance(_) => "an instance",
            ComponentEntityType::Component(_) => "a component",
            ComponentEntityType::Module(_) => "a core module",
            ComponentEntityType::Value(_) => "a value",
        }
    }

    /// Compares an item of this side with one of the other.
    fn compare(
        &self,
        other: &Side<'_>,
        wanted: ComponentEntityType,
        found: ComponentEntityType,
        place: impl Fn() -> String,
    ) -> Result<(), Mismatch> {
        let differ = |place: String, expected: String, found: String| match expected == found {
            true => Ok(()),
            false => Err(Mismatch::Other { place, expected, found }),
        };
        match (wanted, found) {
            (ComponentEntityType::Func(wanted), ComponentEntityType::Func(found)) => {
                self.compare_functions(other, wanted, found, place)
            }
            (
                ComponentEntityType::Type { referenced: wanted, .. },
                ComponentEntityType::Type { referenced: found, .. },
            ) => differ(place(), self.any(wanted), other.any(found)),
            (wanted, found) => differ(place(), self.kind(wanted).into(), other.kind(found).into()),
        }
    }

    fn compare_functions(
        &self,
        other: &Side<'_>,
        wanted: ComponentFuncTypeId,
        found: ComponentFuncTypeId,
        place: impl Fn() -> String,
    ) -> Result<(), Mismatch> {
        let (wanted, found) = (&self.types[wanted], &other.types[found]);
        let mismatch = |at: String, expected: String, found: String| {
            Err(Mismatch::Other { place: format!("{}{at}", place()), expected, found })
        };
        for (at, (name, ty)) in wanted.params.iter().enumerate() {
            let expected = format!("`{name}: {}`", self.value(*ty));
            let there = found.params.get(at).map(|(name, ty)| format!("`{name}: {}`", other.value(*ty)));
            let there = there.unwrap_or_else(|| "nothing".into());
            if expected != there {
                return mismatch(format!(", parameter {}", at + 1), expected, there);
            }
        }
        if let Some((name, ty)) = found.params.get(wanted.params.len()) {
            let found = format!("`{name}: {}`", other.value(*ty));
            return mismatch(format!(", parameter {}", wanted.params.len() + 1), "nothing".into(), found);
        }
        let result = |side: &Side<'_>, ty: Option<ComponentValType>| match ty {
            Some(ty) => format!("`{}`", side.value(ty)),
            None => "nothing".into(),
        };
        let (expected, there) = (result(self, wanted.result), result(other, found.result));
        if expected != there {
            return mismatch(", result".into(), expected, there);
        }
        match (wanted.async_, found.async_) {
            (true, false) => Err(Mismatch::Async { place: place(), expected: Generation::Wasi03 }),
            (false, true) => Err(Mismatch::Async { place: place(), expected: Generation::Wasi02 }),
            _ => Ok(()),
        }
    }

    fn any(&self, ty: ComponentAnyTypeId) -> String {
        match ty {
            ComponentAnyTypeId::Resource(id) => match self.resources.get(&id.resource()) {
                Some((interface, _)) if *interface != self.interface => {
                    format!("the resource `{}`", self.resource(id.resource()))
                }
                _ => "a resource".into(),
            },
            ComponentAnyTypeId::Defined(id) => format!("`{}`", self.value(ComponentValType::Type(id))),
            ComponentAnyTypeId::Func(_) => "a type of functions".into(),
            ComponentAnyTypeId::Instance(_) => "a type of instances".into(),
            ComponentAnyTypeId::Component(_) => "a type of components".into(),
        }
    }

    /// A value type, spelled out.
    fn value(&self, ty: ComponentValType) -> String {
        let id = match ty {
            ComponentValType::Primitive(primitive) => return primitive.to_string(),
            ComponentValType::Type(id) => id,
        };
        let value = |ty: &ComponentValType| self.value(*ty);
        let optional = |ty: &Option<ComponentValType>| ty.as_ref().map_or("_".into(), value);
        use ComponentDefinedType as D;
        match &self.types[id] {
            D::Primitive(primitive) => primitive.to_string(),
            D::Record(record) => {
                braces("record", record.fields.iter().map(|(name, ty)| format!("{name}: {}", value(ty))))
            }
            D::Variant(variant) => braces(
                "variant",
                variant.cases.iter().map(|(name, case)| match &case.ty {
                    Some(ty) => format!("{name}({})", value(ty)),
                    None => name.to_string(),
                }),
            ),
            D::List { element, .. } => format!("list<{}>", value(element)),
            D::FixedLengthList { element, length, .. } => format!("list<{}, {length}>", value(element)),
            D::Map { key, value: to, .. } => format!("map<{}, {}>", value(key), value(to)),
            D::Tuple(tuple) => format!("tuple<{}>", tuple.types.iter().map(value).collect::<Vec<_>>().join(", ")),
            D::Flags(names) => braces("flags", names.iter().map(ToString::to_string)),
            D::Enum(names) => braces("enum", names.iter().map(ToString::to_string)),
            D::Option { ty, .. } => format!("option<{}>", value(ty)),
            D::Result { ok: None, err: None, .. } => "result".into(),
            D::Result { ok, err: None, .. } => format!("result<{}>", optional(ok)),
            D::Result { ok, err, .. } => format!("result<{}, {}>", optional(ok), optional(err)),
            D::Own(id) => self.resource(id.resource()),
            D::Borrow(id) => format!("borrow<{}>", self.resource(id.resource())),
            D::Future { ty: None, .. } => "future".into(),
            D::Future { ty, .. } => format!("future<{}>", optional(ty)),
            D::Stream { ty: None, .. } => "stream".into(),
            D::Stream { ty, .. } => format!("stream<{}>", optional(ty)),
        }
    }
}

/// A resource: the import or export, its name in that (empty if it is that), and which it is.
type Resource<'n> = (&'n str, String, ResourceId);

/// The resources that `component` imports. An import that defines one stands before those that use
/// it.
fn imported_resources<'a>(component: &Component<'a>) -> Vec<Resource<'a>> {
    let types = component.validated();
    let names = component.imports().map(|(_, import)| import.name.name);
    resources(types, names.filter_map(|name| Some((name, types.component_item_for_import(name)?.ty))))
}

/// The resources that `component` exports.
fn exported_resources<'a>(component: &Component<'a>) -> Vec<Resource<'a>> {
    let types = component.validated();
    let names = component.exports().map(|export| export.name.name);
    resources(types, names.filter_map(|name| Some((name, types.component_item_for_export(name)?.ty))))
}

fn resources<'n>(
    types: TypesRef<'_>,
    items: impl Iterator<Item = (&'n str, ComponentEntityType)>,
) -> Vec<Resource<'n>> {
    let mut found = Vec::new();
    let mut note = |name: &'n str, member: &str, ty: ComponentEntityType| {
        if let ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(id), .. } = ty {
            found.push((name, member.to_string(), id.resource()));
        }
    };
    for (name, ty) in items {
        match ty {
            ComponentEntityType::Instance(id) => {
                types[id].exports.iter().for_each(|(member, item)| note(name, member, item.ty));
            }
            ty => note(name, "", ty),
        }
    }
    found
}

/// The name of a resource, in whichever compatible version of the interface.
fn place((name, member, _): &Resource<'_>) -> Place {
    match member.as_str() {
        "" => (String::new(), name.to_string()),
        member => (series(name), member.to_string()),
    }
}

/// Whether something is imported or exported.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Role {
    Import,
    Export,
}

/// The resources of other imports of `component` that its import or export `name` uses: the import
/// that defines each, and its name there.
pub(crate) fn foreign_resources<'a>(component: &Component<'a>, name: &str, role: Role) -> Vec<(&'a str, String)> {
    let def = match role {
        Role::Import => component.imports().find(|(_, import)| import.name.name == name).map(|(def, _)| def),
        Role::Export => {
            let export = component.exports().find(|export| export.name.name == name);
            export.map(|export| Def::new(Sort::from(export.kind), export.index))
        }
    };
    let Some(def) = def else { return Vec::new() };
    let mut used = types::resources(component.validated(), def);
    let mut found = Vec::new();
    for (import, resource, id) in imported_resources(component) {
        if used.remove(&id) && !(role == Role::Import && import == name) {
            found.push((import, resource));
        }
    }
    found
}

/// The other exports of `component` that define resources which its export `name` uses.
pub(crate) fn defining_exports<'a>(component: &Component<'a>, name: &str) -> Vec<&'a str> {
    let Some(export) = component.exports().find(|export| export.name.name == name) else { return Vec::new() };
    let mut used = types::resources(component.validated(), Def::new(Sort::from(export.kind), export.index));
    for (.., id) in imported_resources(component) {
        used.remove(&id);
    }
    let own = exported_resources(component).into_iter();
    own.filter(|(export, _, id)| used.remove(id) && *export != name).map(|(export, ..)| export).collect()
}

/// The import that defines `resource` of `export`, and the resource's name there; `None` if
/// `component` defines it.
pub(crate) fn imported_as<'a>(component: &Component<'a>, export: &str, resource: &str) -> Option<(&'a str, String)> {
    let own = exported_resources(component);
    let (.., id) = own.into_iter().find(|(interface, name, _)| *interface == export && name == resource)?;
    let imported = imported_resources(component).into_iter().find(|(.., known)| *known == id);
    imported.map(|(import, name, _)| (import, name))
}

/// The name of an interface without what may differ in compatible versions.
pub(crate) fn series(name: &str) -> String {
    InterfaceName::parse(name).map_or(name.to_string(), |name| name.series())
}

fn braces(word: &str, members: impl Iterator<Item = String>) -> String {
    format!("{word} {{ {} }}", members.collect::<Vec<_>>().join(", "))
}
