//! Connects components by their imports and exports.
//!
//! The result has the exports of the first component. Each component gets its imports from the
//! nearest component behind it that exports them, and the host provides all others. Programs
//! (`run`, `handler`) connect across the generations: the component behind is adapted first, so
//! that both have the same generation. The same holds for functions that are `async` on one side
//! only.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use wasmparser::WasmFeatures;

use crate::component::{Arena, Component};
use crate::diagnose::features::Beyond;
use crate::error::Obstacle;
use crate::graph::check;
use crate::graph::check::{Mismatch, Role};
use crate::graph::composition::Source;
use crate::graph::root::{Placed, compose_all};
use crate::report::metadata;
use crate::report::notes::{self, Note};
use crate::report::surface::Extern;
use crate::wasi::program;
use crate::wrap::{WrapOptions, Wrapped};
use crate::{Error, Generation, Surface, p3_on_p2, reversion, verify, wrap};

/// Composes `components`. A host sees the exports of the first; each component gets an import from
/// the nearest component behind it that exports it, or else from the host.
///
/// The result is adapted to `options.to`, if that is given.
///
/// # Errors
///
/// [`Error`] when one of them is not a component, is not connected with any before it or does not
/// fit, or something cannot be adapted.
pub fn compose(components: &[&[u8]], options: &WrapOptions) -> Result<Wrapped, Error> {
    let arena = Arena::default();
    let mut notes = Vec::new();
    let mut inputs = Vec::new();
    for bytes in components {
        let (bytes, note) = reversion::to_release(bytes)?;
        let bytes = match options.wasi_patch {
            Some(patch) => reversion::to_patch(bytes, patch)?,
            None => bytes,
        };
        inputs.push(Rc::new(Decoded::of(match bytes {
            Cow::Borrowed(bytes) => bytes,
            Cow::Owned(bytes) => arena.bytes(bytes),
        })?));
        notes.extend(note);
    }
    if inputs.is_empty() {
        return Err(Error::NothingToConnect { component: 0, wants: Vec::new(), offers: Vec::new() });
    }
    let (parts, offers, used) = (Vec::new(), Vec::new(), BTreeSet::new());
    let mut graph = Graph { arena: &arena, inputs, options, parts, offers, used, notes };
    for at in (0..components.len()).rev() {
        graph.put_before(at)?;
    }
    graph.check_use()?;
    graph.check_imports()?;
    let encoded = graph.encode(&|offer| offer.component == 0).map_err(|error| graph.explained(error))?;
    let mut bytes = metadata::carry_over(components, encoded, None)?;
    let target = options.to.unwrap_or_else(|| graph.generation(&bytes));
    let wrapped = options.to.map(|_| wrap(&bytes, options));
    let (mut notes, mut adapter, mut linking) = (std::mem::take(&mut graph.notes), None, None);
    match wrapped {
        Some(Ok(wrapped)) => {
            (adapter, linking) = (wrapped.adapter, wrapped.linking);
            notes.extend(wrapped.notes);
            notes.extend(linking.and_then(|_| adapted_again(components.iter().copied(), target)));
            bytes = wrapped.bytes;
        }
        None | Some(Err(Error::AlreadyForTarget(_) | Error::NoWasi)) => {
            graph.check_features()?;
            notes.extend(graph.parts.iter().flat_map(|part| part.decoded.beyond.notes(target)));
        }
        Some(Err(error)) => return Err(error),
    }
    let mut known = BTreeSet::new();
    notes.retain(|note| known.insert(note.text.clone()));
    Ok(Wrapped { bytes, target, notes, adapter, linking })
}

/// The note that one of `components` has an adapter already. The composition has no history.
fn adapted_again<'c>(mut components: impl Iterator<Item = &'c [u8]>, target: Generation) -> Option<Note> {
    components.find_map(|component| notes::of_history(&metadata::history(component), target))
}

/// A component, and what it imports and exports.
struct Decoded<'a> {
    bytes: &'a [u8],
    component: Component<'a>,
    surface: Surface,
    beyond: Beyond,
}

impl<'a> Decoded<'a> {
    fn of(bytes: &'a [u8]) -> Result<Decoded<'a>, Error> {
        let (component, beyond) = Beyond::decode(bytes)?;
        let surface = Surface::of_decoded(&component);
        Ok(Decoded { bytes, component, surface, beyond })
    }
}

/// The components that are in place already. The next one comes before them.
struct Graph<'a> {
    arena: &'a Arena,
    /// The components, as the user names them.
    inputs: Vec<Rc<Decoded<'a>>>,
    options: &'a WrapOptions,
    parts: Vec<Node<'a>>,
    /// The exports of the components, those of the nearest first.
    offers: Vec<Offer>,
    /// The components that others take from.
    used: BTreeSet<usize>,
    notes: Vec<Note>,
}

/// A component in its place: where its imports come from.
struct Node<'a> {
    decoded: Rc<Decoded<'a>>,
    /// The number of the component, as the user counts; of several that became one, the first.
    component: usize,
    args: BTreeMap<String, (usize, String)>,
}

/// An export that can be imported.
#[derive(Clone)]
struct Offer {
    export: Extern,
    /// The number of the component that it came from, as the user counts.
    component: usize,
    /// The part that has the export.
    part: usize,
}

/// A connection of two components.
struct Edge {
    import: String,
    offer: Offer,
}

impl Graph<'_> {
    /// Puts component number `at` in front of the graph.
    fn put_before(&mut self, at: usize) -> Result<(), Error> {
        let decoded = self.inputs[at].clone();
        let mut target = self.other_generation(&decoded.surface);
        let mut is_adapted = false;
        let edges = loop {
            // Before the components behind become one, so that it is known which of them defines a
            // resource.
            let edges = self.edges(at, !is_adapted)?;
            match (target.take(), edges) {
                (Some(target), _) => self.adapt_all(at, target)?,
                (None, Ok(edges)) => break edges,
                (None, Err(target)) => {
                    self.adapt_all(at, target)?;
                    is_adapted = true;
                }
            }
        };
        self.used.extend(edges.iter().map(|edge| edge.offer.component));
        let part = self.parts.len();
        let args = edges.into_iter().map(|edge| (edge.import, (edge.offer.part, edge.offer.export.name))).collect();
        let own = decoded.surface.exports.iter().map(|export| Offer { export: export.clone(), component: at, part });
        let own: Vec<Offer> = own.collect();
        self.parts.push(Node { decoded, component: at, args });
        self.offers.retain(|offer| !own.iter().any(|own| own.export.name == offer.export.name));
        self.offers.splice(0..0, own);
        Ok(())
    }

    /// The connections of component `at` with the graph behind it; or the generation that the graph
    /// has to be adapted to first, if it `may_adapt`.
    fn edges(&self, at: usize, may_adapt: bool) -> Result<Result<Vec<Edge>, Generation>, Error> {
        let Decoded { component: front, surface, .. } = &*self.inputs[at];
        let mut edges = Vec::new();
        let mut mismatches: Vec<(usize, String)> = Vec::new();
        for import in &surface.imports {
            let Some(offer) = self.offers.iter().find(|offer| connects(import, &offer.export)) else { continue };
            let behind = self.part(offer.part);
            match check::check(front, &import.name, behind, &offer.export.name) {
                Ok(()) => edges.push(Edge { import: import.name.clone(), offer: offer.clone() }),
                Err(Mismatch::Async { expected, .. }) if may_adapt && self.adapts_to(expected) => {
                    return Ok(Err(expected));
                }
                Err(mismatch) => mismatches.push((offer.component, mismatch.to_string())),
            }
        }
        // The owner of a resource is only known when everything is connected.
        if mismatches.is_empty() {
            let offer = |import: &str| edges.iter().find(|edge| edge.import == import).map(|edge| &edge.offer);
            let mixed_up = |import: &Extern| self.mixed_up(front, &import.name, &edges, offer(&import.name));
            mismatches.extend(surface.imports.iter().filter_map(mixed_up));
        }
        // Every reason why one of them does not fit.
        let Some(behind) = mismatches.first().map(|(behind, _)| *behind) else { return Ok(Ok(edges)) };
        let messages = mismatches.into_iter().filter(|(component, _)| *component == behind).map(|(_, message)| message);
        Err(Error::DoNotFit { front: at, behind, message: messages.collect::<Vec<_>>().join("\n") })
    }

    /// How the resources of other interfaces that `import` uses differ from those that its export
    /// uses, if the two come from different components; and one of these. Without an `offer`, the
    /// host provides the import, and knows only resources of its own.
    fn mixed_up(
        &self,
        front: &Component<'_>,
        import: &str,
        edges: &[Edge],
        offer: Option<&Offer>,
    ) -> Option<(usize, String)> {
        for (interface, resource) in check::foreign_resources(front, import, Role::Import) {
            let edge = edges.iter().find(|edge| edge.import == interface);
            let here = edge.and_then(|edge| self.owner(edge.offer.part, &edge.offer.export.name, &resource));
            let there = offer.and_then(|offer| {
                let used = check::foreign_resources(self.part(offer.part), &offer.export.name, Role::Export);
                let used = used
                    .into_iter()
                    .find(|(known, name)| check::series(known) == check::series(interface) && *name == resource);
                match used {
                    Some((import, resource)) => self.source(offer.part, import, &resource),
                    None => Some(offer.part),
                }
            });
            let name = |part: Option<usize>| match part {
                Some(part) => format!("that of component {}", self.parts[part].component + 1),
                None => "the host's".into(),
            };
            if here != there {
                let behind = offer.or(edge.map(|edge| &edge.offer))?.component;
                let (expected, found) = (name(here), name(there));
                let message = format!(
                    "interface `{import}` uses `{resource}` of `{interface}`: expected {expected}, found {found}"
                );
                return Some((behind, message));
            }
        }
        None
    }

    /// The later generation that `component`, which is the whole graph, uses.
    fn generation(&self, component: &[u8]) -> Generation {
        let surface = Surface::of(component).ok();
        let names = surface.iter().flat_map(|surface| surface.imports.iter().chain(&surface.exports));
        match self.parts.iter().any(|part| p3_on_p2::is_async(&part.decoded.component)) {
            true => Generation::Wasi03,
            false => names.filter_map(Extern::generation).max().unwrap_or(Generation::Wasi03),
        }
    }

    fn part(&self, part: usize) -> &Component<'_> {
        &self.parts[part].decoded.component
    }

    /// The part that defines `resource` of `export` of `part`; `None` if the host does.
    fn owner(&self, part: usize, export: &str, resource: &str) -> Option<usize> {
        match check::imported_as(self.part(part), export, resource) {
            Some((import, resource)) => self.source(part, import, &resource),
            None => Some(part),
        }
    }

    /// The part that defines `resource` of `import` of `part`.
    fn source(&self, part: usize, import: &str, resource: &str) -> Option<usize> {
        let (part, export) = self.parts[part].args.get(import)?;
        self.owner(*part, export, resource)
    }

    /// Whether the graph uses the other generation, so that it can be adapted to `target`.
    fn adapts_to(&self, target: Generation) -> bool {
        self.parts.iter().any(|part| part.decoded.surface.uses(target.other()))
    }

    /// The generation to which programs behind have to be adapted for `front` to import them.
    fn other_generation(&self, front: &Surface) -> Option<Generation> {
        let wanted = front.imports.iter().filter_map(|import| program::role(&import.name));
        let offered: Vec<_> = self.offers.iter().filter_map(|offer| program::role(&offer.export.name)).collect();
        let mut missing = wanted
            .filter(|wanted| !offered.contains(wanted) && offered.iter().any(|(program, _)| *program == wanted.0));
        missing.next().map(|(_, generation)| generation)
    }

    /// Adapts the whole graph, for the sake of component `at`: it becomes one part.
    fn adapt_all(&mut self, at: usize, target: Generation) -> Result<(), Error> {
        let mut options = self.options.clone();
        options.to = Some(target);
        // The host calls the front, so only the front could keep other requests out.
        options.reuse_instance = true;
        options.async_exports = true;
        // Of several exports that suit an import, the nearest.
        let imports = self.inputs[..=at].iter().flat_map(|input| &input.surface.imports);
        let wanted = imports.filter_map(|import| {
            let suits = |offer: &&Offer| connects(import, &offer.export) || same_program(import, &offer.export);
            self.offers.iter().find(suits)
        });
        let mut wanted: Vec<Offer> = wanted.cloned().collect();
        wanted.extend(self.defining(&wanted));
        let is_wanted = |offer: &Offer| {
            wanted.iter().any(|wanted| wanted.part == offer.part && wanted.export.name == offer.export.name)
        };
        let wrapped = wrap(&self.encode(&is_wanted)?, &options)?;
        self.notes.extend(wrapped.notes);
        let behind = self.inputs[at + 1..].iter().map(|input| input.bytes);
        self.notes.extend(wrapped.linking.and_then(|_| adapted_again(behind, target)));
        let decoded = Decoded::of(self.arena.bytes(wrapped.bytes))?;
        let exports = decoded.surface.exports.iter();
        self.offers = exports
            .cloned()
            .map(|export| {
                let was = |offer: &&Offer| offer.export.name == export.name || same_program(&offer.export, &export);
                let component = wanted.iter().find(was).map_or(at + 1, |offer| offer.component);
                Offer { part: 0, component, export }
            })
            .collect();
        self.parts = vec![Node { decoded: Rc::new(decoded), component: at + 1, args: BTreeMap::new() }];
        Ok(())
    }

    /// The exports of the same parts that define resources of `wanted`.
    fn defining(&self, wanted: &[Offer]) -> Vec<Offer> {
        let names = wanted.iter().flat_map(|offer| {
            let names = check::defining_exports(self.part(offer.part), &offer.export.name);
            names.into_iter().map(|name| (offer.part, name))
        });
        let names: BTreeSet<(usize, &str)> = names.collect();
        let is_defining = |offer: &&Offer| names.contains(&(offer.part, &offer.export.name[..]));
        self.offers.iter().filter(is_defining).cloned().collect()
    }

    /// Every component but the first must export something that one before it imports; naming a
    /// component for nothing is a mistake.
    fn check_use(&self) -> Result<(), Error> {
        let Some(component) = (1..self.inputs.len()).find(|at| !self.used.contains(at)) else { return Ok(()) };
        let wants = self.inputs[..component].iter().flat_map(|input| &input.surface.imports);
        let wants: BTreeSet<String> = wants.map(|import| import.name.clone()).collect();
        let offers = self.inputs[component].surface.exports.iter().map(|export| export.name.clone()).collect();
        Err(Error::NothingToConnect { component, wants: wants.into_iter().collect(), offers })
    }

    /// Imports that several components take from the host under one name must be the same.
    fn check_imports(&self) -> Result<(), Error> {
        for (at, one) in self.parts.iter().enumerate() {
            for other in &self.parts[..at] {
                for import in one.decoded.surface.imports.iter().map(|import| &import.name[..]) {
                    let has = |node: &Node<'_>| node.decoded.surface.imports.iter().any(|known| known.name == import);
                    if one.args.contains_key(import) || other.args.contains_key(import) || !has(other) {
                        continue;
                    }
                    if let Err(mismatch) = check::check_common(&one.decoded.component, &other.decoded.component, import)
                    {
                        let (front, behind) = (one.component, other.component);
                        let message = format!("both take it from the host: {mismatch}");
                        return Err(Error::DoNotFit { front, behind, message });
                    }
                }
            }
        }
        Ok(())
    }

    /// The error, or that the first component exports a resource which nobody else does. Only an
    /// error leads to this check, because some types can mention such a resource.
    fn explained(&self, error: Error) -> Error {
        let Some((part, front)) = self.parts.iter().enumerate().find(|(_, part)| part.component == 0) else {
            return error;
        };
        if !matches!(error, Error::Unsound(_)) {
            return error;
        }
        for export in &front.decoded.surface.exports {
            for (interface, resource) in check::foreign_resources(self.part(part), &export.name, Role::Export) {
                let Some(owner) = self.source(part, interface, &resource) else { continue };
                let (name, behind) = (&export.name, self.parts[owner].component);
                let message = format!(
                    "interface `{name}` uses `{resource}` of `{interface}`, which component {} defines: \
                     expected a resource of the host, or of component 1",
                    behind + 1
                );
                return Error::DoNotFit { front: 0, behind, message };
            }
        }
        error
    }

    /// Refuses features that engines would need and that no standard has adopted.
    fn check_features(&self) -> Result<(), Error> {
        let obstacles = |part: &Node<'_>| part.decoded.beyond.obstacles(Generation::Wasi03, &|_| false);
        let found: BTreeSet<Obstacle> = self.parts.iter().flat_map(obstacles).collect();
        if found.is_empty() { Ok(()) } else { Err(Error::Obstacles(found.into_iter().collect())) }
    }

    /// Encodes the graph as one component with the exports for which `is_exported` holds.
    fn encode(&self, is_exported: &dyn Fn(&Offer) -> bool) -> Result<Vec<u8>, Error> {
        let parts = self.parts.iter().map(|node| {
            let args = node.args.iter();
            let args = args.map(|(import, (part, export))| (&import[..], Source::export(*part, export)));
            Placed { bytes: node.decoded.bytes.to_vec(), args: args.collect() }
        });
        let mut parts: Vec<Placed<'_>> = parts.collect();
        let mut exports: Vec<&Offer> = self.offers.iter().filter(|offer| is_exported(offer)).collect();
        // Those behind first: others may use their resources.
        exports.sort_by_key(|offer| offer.part);
        let exports = exports.into_iter();
        let exports: Vec<_> =
            exports.map(|offer| (&offer.export.name[..], Source::export(offer.part, &offer.export.name))).collect();
        let bytes = match &mut parts[..] {
            [part] if self.offers.iter().all(is_exported) => std::mem::take(&mut part.bytes),
            _ => compose_all(None, parts, &exports, None, &BTreeSet::new())?,
        };
        let modules: Vec<_> = self.parts.iter().flat_map(|node| node.decoded.component.modules()).collect();
        verify::validate(&modules, &bytes, WasmFeatures::all())?;
        Ok(bytes)
    }
}

/// Whether `import` can be `export`, by name: the same one, or of the same interface in a
/// compatible version.
fn connects(import: &Extern, export: &Extern) -> bool {
    export.kind == import.kind
        && (export.name == import.name
            || match (&import.interface, &export.interface) {
                (Some(import), Some(export)) => import.series() == export.series(),
                _ => false,
            })
}

/// Whether both are the same program, of whichever generation.
fn same_program(a: &Extern, b: &Extern) -> bool {
    match (program::role(&a.name), program::role(&b.name)) {
        (Some((a, _)), Some((b, _))) => a == b,
        _ => false,
    }
}
