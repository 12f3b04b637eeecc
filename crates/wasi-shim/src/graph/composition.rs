//! A composition, seen through its wiring: the components with code that it instantiates, and the
//! source of each of their imports.
//!
//! The components in between (the root, and nested ones without code of their own) only pass
//! definitions on. They are evaluated here, and *parts* and *sources* remain: no levels, no
//! indices.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use wasmparser::{ComponentAlias, ComponentInstance, ComponentType};

use crate::Generation;
use crate::component::{Component, ComponentId, Def, InstanceId, Item, ItemKind, Sort};
use crate::error::Obstacle;
use crate::report::reasons;
use crate::wasi::program;
use crate::wasi::program::Program;

/// The components with code of a composition, and its exports.
pub(crate) struct Composition<'a> {
    /// In the order of instantiation: a part's sources among the parts stand before it. A component
    /// that is instantiated twice is two parts.
    pub parts: Vec<Part<'a>>,
    /// The exports of the root.
    pub exports: Vec<(&'a str, Source<'a>)>,
}

/// One instantiation of a component with code.
pub(crate) struct Part<'a> {
    /// The name of the part in messages.
    pub label: String,
    pub component: Component<'a>,
    /// Where each import comes from.
    pub args: BTreeMap<&'a str, Source<'a>>,
}

/// Where something comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Source<'a> {
    pub origin: Origin,
    /// The name of the import or export, then the names of the members that lead to the item. Empty
    /// for all exports of a part, as one instance; or for a type that the root defines as the
    /// import says.
    pub path: Vec<&'a str>,
}

/// The root or the part that provides an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// The host, by an import of the root.
    Root,
    /// An export of that part.
    Part(usize),
}

impl<'a> Source<'a> {
    /// The export `name` of part `part`.
    pub fn export(part: usize, name: &'a str) -> Source<'a> {
        Source { origin: Origin::Part(part), path: vec![name] }
    }

    /// The name of the root's import, if the source is one.
    pub fn root_import(&self) -> Option<&'a str> {
        match (self.origin, &self.path[..]) {
            (Origin::Root, [name]) => Some(*name),
            _ => None,
        }
    }

    /// The name of the root's import that the source is, or is a member of.
    pub fn root_name(&self) -> Option<&'a str> {
        self.path.first().copied().filter(|_| self.origin == Origin::Root)
    }

    /// Whether this is the export `name` of part `part`.
    pub fn is_export(&self, part: usize, name: &str) -> bool {
        self.origin == Origin::Part(part) && self.path[..] == [name]
    }

    /// The exports of `part`, its origin, that the source is or has members of.
    pub fn exports_of(&self, part: &Part<'a>) -> Vec<&'a str> {
        match self.path.first() {
            Some(export) => vec![*export],
            None => part.component.exports().map(|export| export.name.name).collect(),
        }
    }

    fn member(&self, name: &'a str) -> Source<'a> {
        let path = self.path.iter().copied().chain([name]).collect();
        Source { origin: self.origin, path }
    }
}

impl<'a> Composition<'a> {
    /// Takes `root` apart into a composition as far as possible, and names what stands against it.
    /// A root with code of its own is one part, whatever is nested in it.
    pub fn of(root: &Component<'a>) -> (Composition<'a>, Vec<Obstacle>) {
        if root.has_code() {
            return (Composition::single(root), Vec::new());
        }
        let imports = root.imports().map(|(_, import)| import.name.name);
        let args =
            imports.map(|name| (name, Value::Source(Source { origin: Origin::Root, path: vec![name] }))).collect();
        let mut evaluation = Evaluation::default();
        let exports = evaluation.component(root, None, &args);
        let exports = exports.into_iter().filter_map(|(name, value)| {
            let source = evaluation.source(&value, || format!("export `{name}`"))?;
            Some((name, source))
        });
        let exports = exports.collect();
        let Evaluation { parts, found, .. } = evaluation;
        match parts.is_empty() && found.is_empty() {
            true => (Composition::single(root), found),
            false => (Composition { parts, exports }, found),
        }
    }

    /// The core modules that run.
    pub fn modules(&self) -> Vec<Cow<'a, [u8]>> {
        self.parts.iter().flat_map(|part| part.component.modules()).collect()
    }

    /// The exports that stay when programs change their generation. There is one program of a kind:
    /// toolchains leave stubs of 0.2 beside programs of 0.3.
    pub fn kept(&self) -> Vec<(&'a str, Source<'a>)> {
        let programs = self.exports.iter().filter_map(|(name, _)| program::of_generation(name, Generation::Wasi03));
        let mut seen: BTreeSet<Program> = programs.collect();
        let mut is_kept = |name: &str| match program::of_generation(name, Generation::Wasi02) {
            Some(program) => seen.insert(program),
            None => true,
        };
        self.exports.iter().filter(|(name, _)| is_kept(name)).cloned().collect()
    }

    /// Removes the exported functions and instances of parts that neither the root exports nor
    /// another part imports, unless something in the part refers to the export; and what was there
    /// for them alone.
    pub fn remove_unused_exports(&mut self) {
        let sources = self.exports.iter().map(|(_, source)| source);
        let sources = sources.chain(self.parts.iter().flat_map(|part| part.args.values()));
        let used = sources.flat_map(|source| match source.origin {
            Origin::Part(at) => source.exports_of(&self.parts[at]).into_iter().map(|name| (at, name)).collect(),
            Origin::Root => Vec::new(),
        });
        let used: BTreeSet<(usize, &str)> = used.collect();
        for (at, part) in self.parts.iter_mut().enumerate() {
            // An export may have been referred to for another one alone.
            loop {
                let before = part.component.items.len();
                let referred: BTreeSet<Def> = part.component.items.iter().flat_map(Item::references).collect();
                part.component.items.retain(|item| match (&item.kind, item.def) {
                    (ItemKind::Export(export), Some(def)) if matches!(def.sort, Sort::Func | Sort::Instance) => {
                        referred.contains(&def) || used.contains(&(at, export.name.name))
                    }
                    _ => true,
                });
                part.component.remove_dead_definitions();
                if part.component.items.len() == before {
                    break;
                }
            }
        }
    }

    fn single(root: &Component<'a>) -> Composition<'a> {
        let imports = root.imports().map(|(_, import)| import.name.name);
        let args = imports.map(|name| (name, Source { origin: Origin::Root, path: vec![name] })).collect();
        let exports = root.exports().map(|export| export.name.name);
        let exports = exports.map(|name| (name, Source::export(0, name))).collect();
        let part = Part { label: "the component".into(), component: root.clone(), args };
        Composition { parts: vec![part], exports }
    }
}

/// The value of a definition of a wiring component.
#[derive(Clone)]
enum Value<'c, 'a> {
    Source(Source<'a>),
    /// An instance that is put together from others.
    Bundle(Rc<BTreeMap<&'a str, Value<'c, 'a>>>),
    Component {
        component: &'c Component<'a>,
        label: Option<&'a str>,
        scope: Rc<Scope<'c, 'a>>,
    },
    Module(Cow<'a, [u8]>),
    /// A type of values that the wiring component defines itself.
    Type,
    /// Another definition of the wiring component itself.
    Own(&'static str),
    /// Cannot be followed; the obstacle has been noted.
    Refused,
}

/// The values of the definitions of a wiring component.
struct Scope<'c, 'a> {
    values: RefCell<HashMap<Def, Value<'c, 'a>>>,
    outer: Option<Rc<Scope<'c, 'a>>>,
}

impl<'c, 'a> Scope<'c, 'a> {
    fn get(&self, def: Def) -> Value<'c, 'a> {
        self.values.borrow().get(&def).cloned().unwrap_or(Value::Own("a definition"))
    }
}

/// The name in messages of the component that `item` of `component` defines.
pub(crate) fn label(component: &Component<'_>, item: &Item<'_>) -> String {
    let own = match &item.kind {
        ItemKind::Component(nested) => nested.name,
        _ => None,
    };
    let label = item.def.and_then(|def| component.names.get(&def).copied()).or(own);
    label.map_or("a component".into(), |label| format!("component `{label}`"))
}

/// How many instantiations are followed: a small input may ask for a great many.
const MAX_INSTANTIATIONS: usize = 1000;

#[derive(Default)]
struct Evaluation<'a> {
    parts: Vec<Part<'a>>,
    found: Vec<Obstacle>,
    instantiations: usize,
}

impl<'a> Evaluation<'a> {
    /// The exports of wiring component `component`, instantiated with `args`.
    fn component<'c>(
        &mut self,
        component: &'c Component<'a>,
        outer: Option<Rc<Scope<'c, 'a>>>,
        args: &BTreeMap<&'a str, Value<'c, 'a>>,
    ) -> Vec<(&'a str, Value<'c, 'a>)> {
        let scope = Rc::new(Scope { values: RefCell::default(), outer });
        let mut exports = Vec::new();
        for item in &component.items {
            let Some(def) = item.def else { continue };
            let value = self.item(component, item, &scope, args);
            if let ItemKind::Export(export) = &item.kind {
                exports.push((export.name.name, value.clone()));
            }
            scope.values.borrow_mut().insert(def, value);
        }
        exports
    }

    fn item<'c>(
        &mut self,
        component: &'c Component<'a>,
        item: &'c Item<'a>,
        scope: &Rc<Scope<'c, 'a>>,
        args: &BTreeMap<&'a str, Value<'c, 'a>>,
    ) -> Value<'c, 'a> {
        match &item.kind {
            ItemKind::Import(import) => args.get(import.name.name).cloned().unwrap_or(Value::Own("an import")),
            ItemKind::Export(export) => scope.get(Def::new(export.kind, export.index)),
            ItemKind::Alias(ComponentAlias::InstanceExport { instance_index, name, .. }) => {
                match scope.get(InstanceId(*instance_index).into()) {
                    Value::Source(source) => Value::Source(source.member(name)),
                    Value::Bundle(members) => members.get(name).cloned().unwrap_or(Value::Own("a definition")),
                    other => other,
                }
            }
            ItemKind::Alias(ComponentAlias::Outer { kind, count, index }) => {
                let mut from = Some(scope.clone());
                for _ in 0..*count {
                    from = from.and_then(|scope| scope.outer.clone());
                }
                from.map_or(Value::Own("a definition"), |scope| scope.get(Def::new(*kind, *index)))
            }
            ItemKind::Component(nested) => {
                let label = item.def.and_then(|def| component.names.get(&def).copied()).or(nested.name);
                Value::Component { component: nested, label, scope: scope.clone() }
            }
            ItemKind::Instance(ComponentInstance::FromExports(exports)) => {
                let members =
                    exports.iter().map(|export| (export.name.name, scope.get(Def::new(export.kind, export.index))));
                Value::Bundle(Rc::new(members.collect()))
            }
            ItemKind::Instance(ComponentInstance::Instantiate { component_index, args }) => {
                let args = args.iter().map(|arg| (arg.name, scope.get(Def::new(arg.kind, arg.index))));
                self.instantiate(scope.get(ComponentId(*component_index).into()), args.collect())
            }
            ItemKind::CoreModule(bytes) => Value::Module(bytes.clone()),
            ItemKind::Type(ComponentType::Defined(_)) => Value::Type,
            ItemKind::Type(_) => Value::Own("a type that the composition defines"),
            _ => Value::Own("a definition"),
        }
    }

    fn instantiate<'c>(&mut self, component: Value<'c, 'a>, args: BTreeMap<&'a str, Value<'c, 'a>>) -> Value<'c, 'a> {
        let Value::Component { component, label, scope } = component else {
            let subject = match component {
                Value::Source(source) => format!("component `{}`", source.path.join("#")),
                _ => "a component".into(),
            };
            self.found.push(reasons::COMPONENT_IMPORTED.of(subject, &[]));
            return Value::Refused;
        };
        self.instantiations += 1;
        if self.instantiations > MAX_INSTANTIATIONS {
            if self.instantiations == MAX_INSTANTIATIONS + 1 {
                let most = MAX_INSTANTIATIONS.to_string();
                self.found.push(reasons::TOO_MANY_COMPONENTS.of("the composition", &[("most", &most)]));
            }
            return Value::Refused;
        }
        if !component.has_code() {
            return Value::Bundle(Rc::new(self.component(component, Some(scope), &args).into_iter().collect()));
        }
        let part = self.parts.len();
        let label = match label {
            Some(label) => format!("component `{label}`"),
            None => format!("component {part} of the composition"),
        };
        if !component.is_closed() {
            self.found.push(reasons::NOT_CLOSED.of(&label[..], &[]));
        }
        let mut component = component.clone();
        let sources = args.iter().filter_map(|(name, value)| {
            let source = match value {
                Value::Type => Source { origin: Origin::Root, path: Vec::new() },
                value if given(&mut component, name, value) => return None,
                value => self.source(value, || format!("argument `{name}` of {label}"))?,
            };
            Some((*name, source))
        });
        let args = sources.collect();
        self.parts.push(Part { label, component, args });
        // The value stands for all exports of the part; those are its members, so paths begin with
        // their names.
        Value::Source(Source { origin: Origin::Part(part), path: Vec::new() })
    }

    /// The source of `value` as a whole; `subject` becomes an obstacle if it has none.
    fn source(&mut self, value: &Value<'_, 'a>, subject: impl FnOnce() -> String) -> Option<Source<'a>> {
        let what = match value {
            Value::Source(source) => return Some(source.clone()),
            Value::Bundle(members) => match whole(members) {
                Some(source) => return Some(source),
                None => "an instance that is put together from several",
            },
            Value::Component { .. } => "a component",
            Value::Module(_) => "a core module",
            Value::Type => "a type that the composition defines",
            Value::Own(what) => what,
            Value::Refused => return None,
        };
        self.found.push(reasons::NOT_BETWEEN_COMPONENTS.of(subject(), &[("what", what)]));
        None
    }
}

/// Lets `component` define the module, or closed component, that `value` is, instead of importing
/// it as `name`; answers whether it does.
fn given<'a>(component: &mut Component<'a>, name: &str, value: &Value<'_, 'a>) -> bool {
    let kind = match value {
        Value::Module(bytes) => ItemKind::CoreModule(bytes.clone()),
        Value::Component { component, .. } if component.is_closed() => {
            ItemKind::Component(Box::new((*component).clone()))
        }
        _ => return false,
    };
    let is_import = |item: &&mut Item<'a>| matches!(&item.kind, ItemKind::Import(import) if import.name.name == name);
    component.items.iter_mut().find(is_import).into_iter().for_each(|item| item.kind = kind.clone());
    true
}

/// The one instance whose members these are, under their own names.
fn whole<'a>(members: &BTreeMap<&'a str, Value<'_, 'a>>) -> Option<Source<'a>> {
    let mut sources = members.iter().map(|(name, value)| match value {
        Value::Source(Source { origin, path }) => match path.split_last() {
            Some((last, instance)) if last == name && !instance.is_empty() => {
                Some(Source { origin: *origin, path: instance.to_vec() })
            }
            _ => None,
        },
        _ => None,
    });
    let first = sources.next()??;
    sources.all(|source| source.as_ref() == Some(&first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Generation, verify};

    fn composition(text: &str) -> Result<Vec<String>, Vec<Obstacle>> {
        let bytes = wat::parse_str(text).unwrap();
        let root = Component::decode(&bytes, verify::features(Generation::Wasi03)).unwrap();
        let (Composition { parts, exports }, unclear) = Composition::of(&root);
        if !unclear.is_empty() {
            return Err(unclear);
        }
        let show = |source: &Source<'_>| match source.origin {
            Origin::Root => format!("root {}", source.path.join(".")),
            Origin::Part(part) => format!("{part} {}", source.path.join(".")),
        };
        let parts = parts.iter().map(|part| {
            let args = part.args.iter().map(|(name, source)| format!("{name} = {}; ", show(source)));
            format!("{}: {}", part.label, args.collect::<String>())
        });
        let exports = exports.iter().map(|(name, source)| format!("{name} = {}", show(source)));
        Ok(parts.chain(exports).collect())
    }

    const LEAF: &str = r#"(component $leaf
        (import "f" (func $f))
        (core func $f (canon lower (func $f)))
        (func (export "g") (canon lift (core func $f))))"#;

    #[test]
    fn wiring_is_seen_through() {
        let seen = composition(&format!(
            r#"(component
                (import "host" (instance $host (export "f" (func))))
                (alias export $host "f" (func $f))
                {LEAF}
                (component $middle
                    (import "lib" (instance $lib (export "g" (func))))
                    (alias outer 1 $leaf (component $leaf))
                    (instance $a (instantiate $leaf (with "f" (func $lib "g"))))
                    (instance $again (export "g" (func $a "g")))
                    (export "inner" (instance $again)))
                (instance $one (instantiate $leaf (with "f" (func $f))))
                (instance $middle (instantiate $middle (with "lib" (instance $one))))
                (alias export $middle "inner" (instance $inner))
                (instance $two (instantiate $leaf (with "f" (func $inner "g"))))
                (export "h" (func $two "g")))"#
        ));
        assert_eq!(
            seen.unwrap(),
            [
                "component `leaf`: f = root host.f; ",
                "component `leaf`: f = 0 g; ",
                "component `leaf`: f = 1 g; ",
                "h = 2 g",
            ]
        );
    }

    #[test]
    fn a_component_with_code_is_one_part() {
        let seen = composition(
            r#"(component
                (import "f" (func $f))
                (core func $f (canon lower (func $f)))
                (component (core module))
                (func (export "g") (canon lift (core func $f))))"#,
        );
        assert_eq!(seen.unwrap(), ["the component: f = root f; ", "g = 0 g"]);
    }

    #[test]
    fn what_is_not_seen_through_is_named() {
        let found = composition(&format!(
            r#"(component
                (import "f" (func $f))
                (import "other" (component $other))
                (instance (instantiate $other))
                (type $t u32)
                (component $open
                    (alias outer 1 $t (type $t))
                    (import "lib" (instance))
                    (core module))
                {LEAF}
                (instance $one (instantiate $leaf (with "f" (func $f))))
                (instance $lib (export "x" (func $one "g")))
                (instance (instantiate $open (with "lib" (instance $lib))))
                (export "t" (type $t)))"#
        ));
        let subjects: Vec<String> = found.unwrap_err().into_iter().map(|obstacle| obstacle.subject).collect();
        let expected = ["component `other`", "component `open`", "argument `lib` of component `open`", "export `t`"];
        assert_eq!(subjects, expected);
    }
}
