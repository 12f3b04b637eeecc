//! Puts the parts of a guest and an adapter under one root.
//!
//! The root only wires: it has no core instance and calls nothing, because a component that calls
//! its child, or is called by it, traps in engines that guard against re-entrance. All parts and
//! the adapter are siblings.

mod core_type;
mod names;
mod own_types;
mod share;
mod types;
mod unit;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

pub(crate) use own_types::with_own_types;
use semver::Version;
use types::{Level, Members, Types, Wanted, external, item_name, sort_of};
use unit::{Package, Place, Provider, Side, Unit};
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ComponentInstanceTypeId};
use wasmparser::{ComponentExport, ComponentExternName, ComponentInstance, ComponentInstantiationArg};

use crate::component::{Arena, Component, Def, InstanceId, ItemKind, extern_name, extern_names};
use crate::graph::check;
use crate::graph::composition::{Origin, Source};
use crate::wasi::InterfaceName;
use crate::{Error, Generation};

/// A component of the output, as it is placed in the root.
pub(crate) struct Placed<'a> {
    pub bytes: Vec<u8>,
    /// Where its imports come from; those that are not listed come from the root under their own
    /// names.
    pub args: BTreeMap<&'a str, Source<'a>>,
}

/// Composes `parts` with `adapter` so that the root exports `exports`.
///
/// The adapter's exports satisfy the imports `satisfied` of the root, matched by interface whatever
/// the patch version; any other source at the root is the adapter's export of exactly that name, or
/// an import of the result. Each generation of WASI is imported in one patch, the latest that a
/// part imports. `original` is the composition that the parts came from, whose imports may have
/// attributes beside their names. A single part that needs no adapter is the result itself, if the
/// root has its names.
pub(crate) fn compose_all(
    original: Option<&Component<'_>>,
    mut parts: Vec<Placed<'_>>,
    exports: &[(&str, Source<'_>)],
    adapter: Option<&[u8]>,
    satisfied: &BTreeSet<String>,
) -> Result<Vec<u8>, Error> {
    if let ([part], None) = (&mut parts[..], adapter)
        && is_root(part, exports)
    {
        return Ok(std::mem::take(&mut part.bytes));
    }
    let arena = Arena::default();
    let mut root = Root::new(&arena, original, &parts, adapter, satisfied)?;
    root.instantiate_all()?;
    for (name, source) in exports {
        root.export(name, source)?;
    }
    root.types.root.encode().map_err(Error::unsound)
}

/// Whether a root around `part` alone that exports `exports` would import and export what the part
/// does, under the same names.
fn is_root(part: &Placed<'_>, exports: &[(&str, Source<'_>)]) -> bool {
    let [imported, exported] = extern_names(&part.bytes);
    let is_same = |name: &str| exports.iter().any(|(known, source)| *known == name && source.is_export(0, name));
    let is_imported = |name: &str| part.args.get(name).is_none_or(|source| source.root_import() == Some(name));
    exported.len() == exports.len() && exported.into_iter().all(is_same) && imported.into_iter().all(is_imported)
}

/// The root under construction.
struct Root<'p> {
    original: Option<&'p Component<'p>>,
    types: Types<'p>,
    /// Where the root's own imports are found: in the adapter, if that exports them.
    sources: Sources<'p>,
}

impl<'p> Root<'p> {
    fn new(
        arena: &'p Arena,
        original: Option<&'p Component<'p>>,
        parts: &'p [Placed<'_>],
        adapter: Option<&'p [u8]>,
        satisfied: &'p BTreeSet<String>,
    ) -> Result<Root<'p>, Error> {
        let mut known: HashMap<&[u8], Rc<Package<'p>>> = HashMap::new();
        let mut packages = Vec::new();
        for bytes in parts.iter().map(|part| &part.bytes[..]).chain(adapter) {
            let package = match known.get(bytes) {
                Some(package) => package.clone(),
                None => Rc::new(Package::of(bytes, arena)?),
            };
            known.insert(bytes, package.clone());
            packages.push(package);
        }
        let adapter = adapter.map(|_| (parts.len(), packages[parts.len()].clone()));
        let mut sources = Sources { adapter, satisfied, latest: BTreeMap::new() };
        let nothing = BTreeMap::new();
        let args: Vec<_> = parts.iter().map(|part| &part.args).chain([&nothing]).collect();
        for (package, args) in packages.iter().zip(&args) {
            for (_, import) in package.component.imports() {
                let name = import.name.name;
                let root = args.get(name).map_or(Some(name), |source| source.root_name());
                root.into_iter().for_each(|root| sources.note(root));
            }
        }
        let mut units = Vec::new();
        for (package, args) in packages.into_iter().zip(args) {
            let mut providers = HashMap::new();
            for (_, import) in package.component.imports() {
                let name = import.name.name;
                let provider = match args.get(name) {
                    Some(source) => sources.provider(source)?,
                    None if units.len() == parts.len() => Provider::Host(vec![sources.latest(name)]),
                    None => sources.provider(&Source { origin: Origin::Root, path: vec![name] })?,
                };
                providers.insert(name, provider);
            }
            units.push(Unit { package, providers });
        }
        let imports = imports(arena, original, &units);
        Ok(Root { original, types: Types::new(arena, units, imports), sources })
    }

    /// Defines the imports and instantiates all units: the adapter, then the parts.
    fn instantiate_all(&mut self) -> Result<(), Error> {
        self.types.import_all()?;
        let components = share::define(&mut self.types)?;
        let count = self.types.units.len();
        let adapter = self.sources.adapter.as_ref().map(|(at, _)| *at);
        self.types.instances = vec![InstanceId(0); count];
        let order = adapter.into_iter().chain((0..count).filter(|at| Some(*at) != adapter));
        for at in order {
            let package = self.types.units[at].package.clone();
            let mut args = Vec::new();
            for (_, import) in package.component.imports() {
                let name = import.name.name;
                let def = self.argument(at, name)?;
                args.push(ComponentInstantiationArg { name, kind: external(def.sort), index: def.id });
            }
            let component_index = components[at].into();
            let kind = ItemKind::Instance(ComponentInstance::Instantiate { component_index, args: args.into() });
            self.types.instances[at] = self.types.define_as(kind);
        }
        Ok(())
    }

    /// The argument for import `name` of unit `at`.
    fn argument(&mut self, at: usize, name: &str) -> Result<Def, Error> {
        match self.types.units[at].provider(name)? {
            Provider::Host(path) => {
                let path = path.clone();
                self.types.host(&path)
            }
            Provider::Unit(unit, path) => {
                let (unit, path) = (*unit, path.clone());
                self.exported(unit, &path)
            }
            Provider::Type => self.types.imported_type(at, name).map(Def::from),
        }
    }

    /// Export `path` of `unit`.
    fn exported(&mut self, unit: usize, path: &[String]) -> Result<Def, Error> {
        let instance = self.types.instances[unit];
        if path.is_empty() {
            return Ok(instance.into());
        }
        let found = self.types.units[unit].package.export(path);
        let found = found.ok_or_else(|| Error::unsound(format!("nothing exports `{}`", path.join("#"))))?;
        self.types.along(Level::ROOT, instance.into(), path, sort_of(found))
    }

    /// Exports `source` as `name`.
    fn export(&mut self, name: &str, source: &Source<'_>) -> Result<(), Error> {
        let arena = self.types.arena;
        let provider = self.sources.provider(source)?;
        let (def, ty) = match &provider {
            Provider::Host(path) => (self.types.host(path)?, None),
            Provider::Type => return Err(Error::unsound(format!("nothing says what type `{name}` is"))),
            Provider::Unit(unit, path) => {
                (self.exported(*unit, path)?, names::ascription(&mut self.types, *unit, path)?)
            }
        };
        let of_part = match &provider {
            Provider::Unit(unit, path) if path.len() == 1 => {
                let mut exports = self.types.units[*unit].package.component.exports();
                exports.find(|export| export.name.name == path[0]).map(|export| export.name)
            }
            _ => None,
        };
        let of_root = self.original.and_then(|original| {
            let item = original.validated().component_item_for_export(name)?;
            Some(item_name(name, item, arena))
        });
        let name = renamed(arena.text(name), of_root, of_part);
        let export = ComponentExport { name, kind: external(def.sort), index: def.id, ty };
        let export = self.types.define(def.sort, ItemKind::Export(export));
        if let Provider::Unit(unit, path) = provider {
            self.types.exported.entry((unit, path)).or_insert((export, ty.is_some()));
        }
        Ok(())
    }
}

/// Where definitions that come from the root are found.
struct Sources<'p> {
    /// The adapter, and its number among the units.
    adapter: Option<(usize, Rc<Package<'p>>)>,
    satisfied: &'p BTreeSet<String>,
    /// The latest patch of each generation of WASI that units import.
    latest: BTreeMap<Generation, Version>,
}

impl Sources<'_> {
    /// Notes that a unit imports `name` of the root.
    fn note(&mut self, name: &str) {
        if let Some((name, generation)) = of_wasi(name) {
            let latest = self.latest.entry(generation).or_insert_with(|| name.version.clone());
            *latest = name.version.max(latest.clone());
        }
    }

    /// The name under which the root imports `name`, in the latest patch.
    fn latest(&self, name: &str) -> String {
        let latest = of_wasi(name).and_then(|(name, generation)| {
            let version = self.latest.get(&generation)?.clone();
            Some(InterfaceName { version, ..name }.to_string())
        });
        latest.unwrap_or_else(|| name.to_string())
    }

    fn provider(&self, source: &Source<'_>) -> Result<Provider, Error> {
        let path = || source.path.iter().map(ToString::to_string);
        let (Origin::Root, Some(name)) = (source.origin, source.path.first()) else {
            return Ok(match source.origin {
                Origin::Part(part) => Provider::Unit(part, path().collect()),
                Origin::Root => Provider::Type,
            });
        };
        let satisfied = self.satisfied.contains(*name);
        let matches = |export: &&str| export == name || (satisfied && check::series(export) == check::series(name));
        let export = self.adapter.as_ref().and_then(|(adapter, package)| {
            let export = package.component.exports().map(|export| export.name.name).find(matches)?;
            Some((*adapter, export))
        });
        match export {
            Some((adapter, export)) => {
                Ok(Provider::Unit(adapter, [export.to_string()].into_iter().chain(path().skip(1)).collect()))
            }
            None if satisfied => Err(Error::unsound(format!("the adapter does not export `{name}`"))),
            None => Ok(Provider::Host([self.latest(name)].into_iter().chain(path().skip(1)).collect())),
        }
    }
}

fn of_wasi(name: &str) -> Option<(InterfaceName, Generation)> {
    let name = InterfaceName::parse(name)?;
    let generation = name.generation()?;
    Some((name, generation))
}

/// The imports of `units` from the host, in their order.
fn imports<'p>(arena: &'p Arena, original: Option<&Component<'_>>, units: &[Unit<'p>]) -> Members<'p> {
    let mut imports = Members::new();
    for (unit, Unit { package, providers }) in units.iter().enumerate() {
        for (_, import) in package.component.imports() {
            let own = import.name;
            let (Some(Provider::Host(path)), Some(item)) =
                (providers.get(own.name), package.types().component_item_for_import(own.name))
            else {
                continue;
            };
            let (last, instances) = path.split_last().expect("an import of the root has a name");
            let mut members = &mut imports;
            for name in instances {
                let instance = || Wanted::Instance { name: extern_name(arena.text(name)), members: Members::new() };
                match members.entry(name.clone()).or_insert_with(instance) {
                    Wanted::Instance { members: inner, .. } => members = inner,
                    Wanted::Item { .. } => unreachable!("the validator lets nobody take a member of something else"),
                }
            }
            let of_root = original.and_then(|original| {
                let item = original.validated().component_item_for_import(last)?;
                Some(item_name(last, item, arena))
            });
            let name = renamed(arena.text(last), of_root.filter(|_| instances.is_empty()), Some(own));
            let place = Place { side: Side::Import, path: vec![own.name.to_string()] };
            Merge { arena, unit, package }.add(members, name, place, item.ty);
        }
    }
    imports
}

/// `name` with the attributes that the input's root has for it, or else those of the part.
fn renamed<'p>(
    name: &'p str,
    of_root: Option<ComponentExternName<'p>>,
    of_part: Option<ComponentExternName<'p>>,
) -> ComponentExternName<'p> {
    let says = |known: &ComponentExternName<'_>| known.implements.is_some() || known.external_id.is_some();
    let known = of_root.filter(says).or(of_part);
    known.map_or(extern_name(name), |known| ComponentExternName { name, ..known })
}

/// Adds the imports of one unit to those of the root.
struct Merge<'u, 'p> {
    arena: &'p Arena,
    unit: usize,
    package: &'u Package<'p>,
}

impl<'p> Merge<'_, 'p> {
    /// Adds `ty`, which the unit has at `place`, under `name`.
    fn add(&self, to: &mut Members<'p>, name: ComponentExternName<'p>, place: Place, ty: ComponentEntityType) {
        let ComponentEntityType::Instance(id) = ty else {
            let resource = match ty {
                ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(id), .. } => Some(id.resource()),
                _ => None,
            };
            let defines = resource.is_some_and(|id| self.package.defines(id, &place));
            let new = Wanted::Item { unit: self.unit, ty, name, defines };
            match to.get_mut(name.name) {
                None => {
                    to.insert(name.name.to_string(), new);
                }
                // A unit that takes the resource from another interface needs just that one; a unit
                // that lets this interface define it takes any.
                Some(known @ Wanted::Item { defines: true, .. }) if !defines => *known = new,
                Some(_) => {}
            }
            return;
        };
        let instance = || Wanted::Instance { name, members: Members::new() };
        let Wanted::Instance { members, .. } = to.entry(name.name.to_string()).or_insert_with(instance) else { return };
        self.add_members(members, &place, id);
    }

    /// Adds the members of the instance at `place`.
    fn add_members(&self, to: &mut Members<'p>, place: &Place, id: ComponentInstanceTypeId) {
        for (name, item) in &self.package.types()[id].exports {
            let path = place.path.iter().cloned().chain([name.clone()]).collect();
            self.add(to, item_name(name, item, self.arena), Place { side: place.side, path }, item.ty);
        }
    }
}
