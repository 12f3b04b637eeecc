//! Values, other than units and numbers, that pass between the parts of a composition by streams
//! and futures.
//!
//! The Canonical ABI copies any value deeply when a function with a list of it is called. So R has
//! two functions for each such type, `put` and `take`, which are the same core functions for all
//! types: R keeps the values without knowing their types. Types are spelled structurally, with
//! `u32` for ends of streams and futures, which all parts share, and for handles, which wait
//! elsewhere meanwhile ([`handles`](super::handles)).

use std::collections::{BTreeSet, HashMap};

use wasmparser::component_types::{ComponentDefinedType, ComponentValType, ResourceId};
use wasmparser::types::TypesRef;
use wasmparser::{
    ComponentDefinedType as Defined, ComponentType, ComponentValType as Val, PrimitiveValType, VariantCase,
};

use super::guest;
use super::handles::{Home, KEEPERS, RESOURCE, keeper, resources};
use super::payload::{Payload, Transfer, copied, number, payload_of};
use crate::Error;
use crate::canonical_abi::layout::{Handle, Layout};
use crate::component::instance_type::InstanceType;
use crate::component::{Arena, Def, ItemKind, TypeId, fresh_name, types};
use crate::error::Obstacle;
use crate::graph::composition::{Origin, Part};
use crate::graph::root;
use crate::report::reasons;

/// The private interface with the functions.
pub(crate) const EXCHANGE: &str = "wasi-shim:p3-on-p2/exchange";

/// The private interfaces with the functions for R's resources; each appends its number to this
/// name.
pub(crate) const HANDLES: &str = "wasi-shim:p3-on-p2/handles";

/// The name of exports with the functions for a resource; those of parts append a number.
const KEEPER: &str = "wasi-shim-handles";

const U32: PrimitiveValType = PrimitiveValType::U32;

/// The number of a payload that travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PayloadNumber(usize);

/// The values that travel between the parts of a composition.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    /// The types of the values, each after the types that it contains.
    values: Vec<Value>,
    /// The payloads that travel. The number of a payload names its functions `put` and `take`.
    payloads: Vec<Ty>,
    /// For each part, its types of streams and futures that carry such payloads, and the numbers of
    /// the payloads.
    parts: Vec<HashMap<TypeId, PayloadNumber>>,
    /// For each part, the resources whose handles are in the payloads.
    held: Vec<Vec<Held>>,
    /// For each part, the resources that it defines and whose handles wait in its table, each with
    /// the name of the export that has the functions for these handles.
    keepers: Vec<Vec<(TypeId, String)>>,
    /// The paths to the host's resources whose handles travel. Each has a component of its own,
    /// which counts as a part after all others.
    of_host: Vec<Vec<String>>,
    /// R's resources whose handles travel: interface and name; their numbers name the private
    /// interfaces.
    of_runtime: Vec<(String, String)>,
}

/// A resource whose handles travel, in one part.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub resource: ResourceId,
    pub by: Holder,
}

/// Where handles of a resource wait.
#[derive(Debug, Clone)]
pub(crate) enum Holder {
    /// In the part's own table: the part defines the resource, as this type.
    Itself(TypeId),
    /// In the table of the component that exports the functions for the resource.
    Other {
        /// The import that the resource comes from, and the names of the members that lead to it.
        import: Def,
        path: Vec<String>,
        /// R (to parts, it is the root) or a part, and the export.
        origin: Origin,
        export: String,
    },
}

/// A type, by its structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ty {
    Primitive(PrimitiveValType),
    /// One of the exchange's values.
    Defined(usize),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Record(Vec<(String, Ty)>),
    Variant(Vec<(String, Option<Ty>)>),
    Flags(Vec<String>),
    Enum(Vec<String>),
    Tuple(Vec<Ty>),
    List(Ty),
    FixedLengthList(Ty, u32),
    Map(Ty, Ty),
    Option(Ty),
    Result(Option<Ty>, Option<Ty>),
    /// A handle of any resource, because parts know one resource by different names.
    Handle,
}

/// A payload that functions between parts mention.
struct Crossing {
    payload: Ty,
    /// The first function that mentions the payload.
    function: String,
    parts: BTreeSet<usize>,
    readers: BTreeSet<usize>,
    writers: BTreeSet<usize>,
}

impl Crossing {
    /// Whether one part may write what another one reads.
    fn may_pass(&self) -> bool {
        self.writers.iter().any(|writer| self.readers.iter().any(|reader| reader != writer))
    }
}

/// The name of the function for payload `number`.
pub(crate) fn function(PayloadNumber(number): PayloadNumber, transfer: Transfer) -> String {
    match transfer {
        Transfer::Take => format!("take{number}"),
        Transfer::Write => format!("put{number}"),
    }
}

impl Exchange {
    /// The exchange of the values that travel between `parts`.
    ///
    /// # Errors
    ///
    /// Payloads that cannot travel: they have handles of resources of which it is unclear who
    /// defines them.
    pub fn of(parts: &[Part<'_>]) -> Result<Exchange, Vec<Obstacle>> {
        let mut exchange = Exchange::default();
        let mut crossings = exchange.crossings(parts);
        // Of each part: the crossing that each of its types carries.
        let mut carried: Vec<HashMap<TypeId, usize>> = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            carried.push(exchange.payloads(at, part, &mut crossings));
        }
        let mut numbers = HashMap::new();
        for (at, crossing) in crossings.iter().enumerate().filter(|(_, crossing)| crossing.may_pass()) {
            numbers.insert(at, PayloadNumber(exchange.payloads.len()));
            exchange.payloads.push(crossing.payload);
        }
        for part in &mut carried {
            part.retain(|_, crossing| numbers.contains_key(crossing));
        }
        let found = exchange.hold(parts, &crossings, &carried);
        let numbered = |part: HashMap<TypeId, usize>| part.into_iter().map(|(ty, at)| (ty, numbers[&at])).collect();
        exchange.parts = carried.into_iter().map(numbered).collect();
        if found.is_empty() { Ok(exchange) } else { Err(found) }
    }

    /// Finds where the handles in crossing payloads wait. Returns an obstacle for each payload with
    /// handles that have no place.
    fn hold(
        &mut self,
        parts: &[Part<'_>],
        crossings: &[Crossing],
        carried: &[HashMap<TypeId, usize>],
    ) -> Vec<Obstacle> {
        self.held = vec![Vec::new(); parts.len()];
        self.keepers = vec![Vec::new(); parts.len()];
        let has_handles = |crossing: &usize| self.has_handles(crossings[*crossing].payload);
        if !carried.iter().flat_map(|part| part.values()).any(has_handles) {
            return Vec::new();
        }
        let known = resources(parts);
        let mut found = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            let types = part.component.validated();
            let mut exchanging: Vec<_> = carried[at].iter().map(|(ty, crossing)| (*ty, *crossing)).collect();
            exchanging.sort_unstable();
            for (ty, crossing) in exchanging {
                let mut owned = Vec::new();
                let payload = payload_of(types, ty).flatten();
                payload.iter().for_each(|payload| {
                    Layout::of(types, *payload).handles(&mut |handle| match handle {
                        Handle::Own(id) => owned.push(id),
                        Handle::Borrow(_) | Handle::End(_) => {}
                    });
                });
                for resource in owned {
                    if self.held[at].iter().any(|held| held.resource == resource) {
                        continue;
                    }
                    let crossing = &crossings[crossing];
                    match known[at].get(&resource) {
                        Some(known) => {
                            let by = self.holder(parts, &known.home, known.import.clone());
                            self.held[at].push(Held { resource, by });
                        }
                        None => {
                            let new = self.homeless(crossing);
                            if !found.contains(&new) {
                                found.push(new);
                            }
                        }
                    }
                }
            }
        }
        found
    }

    /// Where handles of a resource of `home` wait, for a part that has it by `import`, unless it is
    /// the part's own.
    fn holder(&mut self, parts: &[Part<'_>], home: &Home, import: Option<(Def, Vec<String>)>) -> Holder {
        let (origin, export) = match home {
            Home::Host { path } => {
                let at = position(&mut self.of_host, path.clone());
                (Origin::Part(parts.len() + at), KEEPER.to_string())
            }
            Home::Runtime { interface, name } => {
                let own = (interface.clone(), name.clone());
                (Origin::Root, format!("{HANDLES}{}", position(&mut self.of_runtime, own)))
            }
            Home::Part { part, ty } if import.is_some() => {
                let keepers = &mut self.keepers[*part];
                let known = keepers.iter().find(|(known, _)| known == ty).map(|(_, export)| export.clone());
                let export = known.unwrap_or_else(|| {
                    let export = fresh_name(format!("{KEEPER}{}", keepers.len()), |name| {
                        parts[*part].component.exports().any(|known| known.name.name == name)
                    });
                    keepers.push((*ty, export.clone()));
                    export
                });
                (Origin::Part(*part), export)
            }
            Home::Part { ty, .. } => return Holder::Itself(*ty),
        };
        let (import, path) = import.expect("it is a part's own or imported");
        Holder::Other { import, path, origin, export }
    }

    fn homeless(&self, crossing: &Crossing) -> Obstacle {
        let payload = self.text(crossing.payload, false);
        reasons::HANDLES_WITHOUT_HOME.of(&crossing.function[..], &[("payload", &payload)])
    }

    /// The components that keep handles of the host's resources.
    pub fn keepers_of_host<'a>(&self, arena: &'a Arena) -> Result<Vec<root::Placed<'a>>, Error> {
        self.of_host.iter().map(|path| keeper(arena, path, KEEPER)).collect()
    }

    /// The resources whose handles are in what part `at` reads and writes.
    pub fn held(&self, at: usize) -> &[Held] {
        &self.held[at]
    }

    /// The resources of part `at` whose handles wait in its table: type and export.
    pub fn keepers(&self, at: usize) -> &[(TypeId, String)] {
        &self.keepers[at]
    }

    /// The payloads of the streams and futures of part `at` that travel: number by type.
    pub fn of_part(&self, at: usize) -> HashMap<TypeId, PayloadNumber> {
        self.parts[at].clone()
    }

    /// The payloads that functions between `parts` mention.
    fn crossings(&mut self, parts: &[Part<'_>]) -> Vec<Crossing> {
        let mut crossings: Vec<Crossing> = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            let types = part.component.validated();
            for (def, import) in part.component.imports() {
                let import = import.name.name;
                let Some(Origin::Part(from)) = part.args.get(import).map(|source| source.origin) else { continue };
                for (function, payload) in types::payloads(types, def) {
                    if number(types, payload).is_some() {
                        continue;
                    }
                    let payload = self.ty(types, payload);
                    let known = crossings.iter().position(|crossing| crossing.payload == payload);
                    let known = known.unwrap_or_else(|| {
                        let function = match function {
                            Some(function) => format!("{import}#{function}"),
                            None => import.to_string(),
                        };
                        let [parts, readers, writers] = [(); 3].map(|()| BTreeSet::new());
                        crossings.push(Crossing { payload, function, parts, readers, writers });
                        crossings.len() - 1
                    });
                    crossings[known].parts.extend([at, from]);
                }
            }
        }
        crossings
    }

    /// The streams and futures of a part that carry crossing payloads: number of the crossing by
    /// type.
    fn payloads(&mut self, at: usize, part: &Part<'_>, crossings: &mut [Crossing]) -> HashMap<TypeId, usize> {
        let mut exchanging = HashMap::new();
        if !crossings.iter().any(|crossing| crossing.parts.contains(&at)) {
            return exchanging;
        }
        let component = &part.component;
        let types = component.validated();
        let interfaces = guest::adapted_imports(part).into_iter().map(|(id, name)| (id, name.unversioned())).collect();
        for item in &component.items {
            let ItemKind::Canon(canon) = &item.kind else { continue };
            let Some((ty, transfer)) = copied(canon) else { continue };
            let Some(Some(payload)) = payload_of(types, ty) else { continue };
            // R's own functions take values of some types, whoever will read them.
            let by_type = match Payload::of(component, ty, &interfaces) {
                Payload::Unit | Payload::Number(_) => continue,
                Payload::Typed(typed) => typed.function(Transfer::Write).is_some(),
                Payload::Other => false,
            };
            let payload = self.ty(types, payload);
            let crosses = |crossing: &Crossing| crossing.payload == payload && crossing.parts.contains(&at);
            let Some(known) = crossings.iter().position(crosses).filter(|_| !by_type) else { continue };
            match transfer {
                Some(Transfer::Take) => {
                    crossings[known].readers.insert(at);
                }
                Some(Transfer::Write) => {
                    crossings[known].writers.insert(at);
                }
                None => {}
            }
            exchanging.insert(ty, known);
        }
        exchanging
    }

    fn ty(&mut self, types: TypesRef<'_>, ty: ComponentValType) -> Ty {
        let id = match ty {
            ComponentValType::Primitive(primitive) => return Ty::Primitive(primitive),
            ComponentValType::Type(id) => id,
        };
        let names = |names: &mut dyn Iterator<Item = &str>| names.map(String::from).collect();
        let value = match &types[id] {
            ComponentDefinedType::Primitive(primitive) => return Ty::Primitive(*primitive),
            ComponentDefinedType::Future { .. } | ComponentDefinedType::Stream { .. } => return Ty::Primitive(U32),
            ComponentDefinedType::Record(record) => {
                let fields = record.fields.iter();
                Value::Record(fields.map(|(name, ty)| (name.to_string(), self.ty(types, *ty))).collect())
            }
            ComponentDefinedType::Variant(variant) => {
                let cases = variant.cases.iter();
                Value::Variant(
                    cases.map(|(name, case)| (name.to_string(), case.ty.map(|ty| self.ty(types, ty)))).collect(),
                )
            }
            ComponentDefinedType::Flags(flags) => Value::Flags(names(&mut flags.iter().map(|name| name.as_str()))),
            ComponentDefinedType::Enum(cases) => Value::Enum(names(&mut cases.iter().map(|name| name.as_str()))),
            ComponentDefinedType::Tuple(tuple) => {
                Value::Tuple(tuple.types.iter().map(|ty| self.ty(types, *ty)).collect())
            }
            ComponentDefinedType::List { element, .. } => Value::List(self.ty(types, *element)),
            ComponentDefinedType::FixedLengthList { element, length, .. } => {
                Value::FixedLengthList(self.ty(types, *element), *length)
            }
            ComponentDefinedType::Map { key, value, .. } => Value::Map(self.ty(types, *key), self.ty(types, *value)),
            ComponentDefinedType::Option { ty, .. } => Value::Option(self.ty(types, *ty)),
            ComponentDefinedType::Result { ok, err, .. } => {
                Value::Result(ok.map(|ty| self.ty(types, ty)), err.map(|ty| self.ty(types, ty)))
            }
            ComponentDefinedType::Own(_) | ComponentDefinedType::Borrow(_) => Value::Handle,
        };
        let known = self.values.iter().position(|known| *known == value);
        Ty::Defined(known.unwrap_or_else(|| {
            self.values.push(value);
            self.values.len() - 1
        }))
    }

    fn has_handles(&self, ty: Ty) -> bool {
        let Ty::Defined(at) = ty else { return false };
        self.values[at] == Value::Handle || self.values[at].parts().into_iter().any(|part| self.has_handles(part))
    }

    /// The values that `payloads` are made of.
    fn needed(&self, payloads: impl Iterator<Item = PayloadNumber>) -> BTreeSet<usize> {
        let mut needed = BTreeSet::new();
        let mut open: Vec<Ty> = payloads.map(|number| self.payloads[number.0]).collect();
        while let Some(ty) = open.pop() {
            if let Ty::Defined(at) = ty
                && needed.insert(at)
            {
                open.extend(self.values[at].parts());
            }
        }
        needed
    }

    /// The type of the interface, as an import of `functions` sees it.
    pub fn instance_type<'a>(
        &self,
        functions: &BTreeSet<(PayloadNumber, Transfer)>,
        arena: &'a Arena,
    ) -> ComponentType<'a> {
        let mut instance = InstanceType::of(&[]);
        let mut known: HashMap<usize, Val> = HashMap::new();
        let val = |known: &HashMap<usize, Val>, ty: Ty| match ty {
            Ty::Primitive(primitive) => Val::Primitive(primitive),
            Ty::Defined(at) => known[&at],
        };
        for at in self.needed(functions.iter().map(|(number, _)| *number)) {
            let val = |ty: &Ty| val(&known, *ty);
            let texts = |names: &[String]| names.iter().map(|name| arena.text(name)).collect();
            let value = &self.values[at];
            let defined = match value {
                Value::Record(fields) => {
                    Defined::Record(fields.iter().map(|(name, ty)| (arena.text(name), val(ty))).collect())
                }
                Value::Variant(cases) => {
                    let case = |(name, ty): &(String, Option<Ty>)| VariantCase {
                        name: arena.text(name),
                        ty: ty.as_ref().map(val),
                    };
                    Defined::Variant(cases.iter().map(case).collect())
                }
                Value::Flags(names) => Defined::Flags(texts(names)),
                Value::Enum(names) => Defined::Enum(texts(names)),
                Value::Tuple(types) => Defined::Tuple(types.iter().map(val).collect()),
                Value::List(ty) => Defined::List(val(ty)),
                Value::FixedLengthList(ty, length) => Defined::FixedLengthList(val(ty), *length),
                Value::Map(key, value) => Defined::Map(val(key), val(value)),
                Value::Option(ty) => Defined::Option(val(ty)),
                Value::Result(ok, err) => Defined::Result { ok: ok.as_ref().map(val), err: err.as_ref().map(val) },
                Value::Handle => Defined::Primitive(U32),
            };
            let mut ty = instance.define(defined);
            if value.has_name() {
                ty = instance.export(arena.text(&name(at)), ty);
            }
            known.insert(at, ty);
        }
        for (number, transfer) in functions {
            let element = val(&known, self.payloads[number.0]);
            let list = instance.define(Defined::List(element));
            let ty = |part: &ValueType| match part {
                ValueType::Number(primitive) => Val::Primitive(*primitive),
                ValueType::Values => list,
            };
            let (params, result) = signature(*transfer);
            let params: Vec<(&str, Val)> = params.iter().map(|(name, param)| (*name, ty(param))).collect();
            instance.function(arena.text(&function(*number, *transfer)), &params, Some(ty(&result)));
        }
        ComponentType::Instance(instance.into_declarations().into())
    }

    /// The WIT of the interface with `functions`, and of those for R's resources, whose interfaces
    /// have this version.
    pub fn wit(&self, functions: &BTreeSet<(PayloadNumber, Transfer)>, version: &str) -> String {
        let mut text = String::from("interface exchange {\n");
        for at in self.needed(functions.iter().map(|(number, _)| *number)) {
            if self.values[at].has_name() {
                text += &format!("  {}\n", self.definition(at, &name(at), true));
            }
        }
        for (number, transfer) in functions {
            let list = format!("list<{}>", self.text(self.payloads[number.0], true));
            let ty = |part: &ValueType| match part {
                ValueType::Number(primitive) => primitive.to_string(),
                ValueType::Values => list.clone(),
            };
            let (params, result) = signature(*transfer);
            let params: Vec<String> = params.iter().map(|(name, param)| format!("{name}: {}", ty(param))).collect();
            let name = function(*number, *transfer);
            text += &format!("  {name}: func({}) -> {};\n", params.join(", "), ty(&result));
        }
        text += "}\n";
        let [keep, give] = KEEPERS;
        for (at, (interface, resource)) in self.of_runtime.iter().enumerate() {
            let (package, interface) = interface.split_once('/').unwrap_or_default();
            text += &format!(
                "interface handles{at} {{\n  use {package}/{interface}@{version}.{{{resource} as {RESOURCE}}};\n  \
                 {keep}: func(handle: {RESOURCE}) -> u32;\n  {give}: func(index: u32) -> {RESOURCE};\n}}\n"
            );
        }
        text
    }

    /// `ty` in WIT: with the names of types that need some if `names` is set, else spelled out for
    /// messages.
    fn text(&self, ty: Ty, names: bool) -> String {
        let at = match ty {
            Ty::Primitive(primitive) => return primitive.to_string(),
            Ty::Defined(at) => at,
        };
        let text = |ty: &Ty| self.text(*ty, names);
        match &self.values[at] {
            value if value.has_name() && names => name(at),
            value if value.has_name() => self.definition(at, "", names),
            Value::Tuple(types) => format!("tuple<{}>", types.iter().map(text).collect::<Vec<_>>().join(", ")),
            Value::List(ty) => format!("list<{}>", text(ty)),
            Value::FixedLengthList(ty, length) => format!("list<{}, {length}>", text(ty)),
            Value::Map(key, value) => format!("map<{}, {}>", text(key), text(value)),
            Value::Option(ty) => format!("option<{}>", text(ty)),
            Value::Result(None, None) => "result".into(),
            Value::Result(Some(ok), None) => format!("result<{}>", text(ok)),
            Value::Result(ok, err) => {
                let [ok, err] = [ok, err].map(|ty| ty.as_ref().map_or("_".into(), text));
                format!("result<{ok}, {err}>")
            }
            _ if names => U32.to_string(),
            _ => "own<resource>".into(),
        }
    }

    /// The definition of a type that needs a name, which is `name`.
    fn definition(&self, at: usize, name: &str, names: bool) -> String {
        let escape = if names { "%" } else { "" };
        let (kind, members): (_, Vec<String>) = match &self.values[at] {
            Value::Record(fields) => {
                let field = |(name, ty): &(String, Ty)| format!("{escape}{name}: {}", self.text(*ty, names));
                ("record", fields.iter().map(field).collect())
            }
            Value::Variant(cases) => {
                let case = |(name, ty): &(String, Option<Ty>)| match ty {
                    Some(ty) => format!("{escape}{name}({})", self.text(*ty, names)),
                    None => format!("{escape}{name}"),
                };
                ("variant", cases.iter().map(case).collect())
            }
            Value::Flags(flags) => ("flags", flags.iter().map(|name| format!("{escape}{name}")).collect()),
            Value::Enum(cases) => ("enum", cases.iter().map(|name| format!("{escape}{name}")).collect()),
            _ => unreachable!("it needs no name"),
        };
        let name = if name.is_empty() { String::new() } else { format!("{name} ") };
        format!("{kind} {name}{{ {} }}", members.join(", "))
    }
}

impl Value {
    /// The types that the value is made of.
    fn parts(&self) -> Vec<Ty> {
        match self {
            Value::Record(fields) => fields.iter().map(|(_, ty)| *ty).collect(),
            Value::Variant(cases) => cases.iter().filter_map(|(_, ty)| *ty).collect(),
            Value::Tuple(types) => types.clone(),
            Value::List(ty) | Value::FixedLengthList(ty, _) | Value::Option(ty) => vec![*ty],
            Value::Map(key, value) => vec![*key, *value],
            Value::Result(ok, err) => [*ok, *err].into_iter().flatten().collect(),
            Value::Flags(_) | Value::Enum(_) | Value::Handle => Vec::new(),
        }
    }

    /// Whether interfaces must give it a name.
    fn has_name(&self) -> bool {
        matches!(self, Value::Record(_) | Value::Variant(_) | Value::Flags(_) | Value::Enum(_))
    }
}

/// The type of a parameter or result of a function of the exchange.
enum ValueType {
    Number(PrimitiveValType),
    /// The list of values.
    Values,
}

/// The parameters and the result of a function of the exchange: `take` gets the values that were
/// written to an end; `write` writes values to an end, whose type in the part has the number `ty`.
fn signature(transfer: Transfer) -> (&'static [(&'static str, ValueType)], ValueType) {
    const NUMBER: ValueType = ValueType::Number(U32);
    match transfer {
        Transfer::Take => (&[("end", NUMBER)], ValueType::Values),
        Transfer::Write => {
            const COOKIE: ValueType = ValueType::Number(PrimitiveValType::U64);
            (&[("end", NUMBER), ("ty", NUMBER), ("values", ValueType::Values), ("cookie", COOKIE)], NUMBER)
        }
    }
}

/// The position of `item` in `items`, which gets it if it is new.
fn position<T: PartialEq>(items: &mut Vec<T>, item: T) -> usize {
    let known = items.iter().position(|known| *known == item);
    known.unwrap_or_else(|| {
        items.push(item);
        items.len() - 1
    })
}

fn name(at: usize) -> String {
    format!("t{at}")
}
