//! The direction *p3-on-p2*: a component that uses WASI 0.3 is prepared for a host that has only
//! 0.2.
//!
//! Such a host does not know the async component model at all. So every definition of it is
//! replaced, in place and one for one: by a function of runtime R, which has waitable sets,
//! subtasks, streams and futures beside the guest, or by a trampoline. In types, `stream` and
//! `future` become `u32` and `async` goes. `adapters/README.md` describes the interface between
//! guest and R.

pub(crate) mod adapter;
mod control;
mod exchange;
mod guest;
mod handles;
mod interface;
mod lend;
mod needs;
mod numbers;
mod obstacles;
mod payload;
mod services;
mod trampoline;

use std::collections::BTreeMap;
use std::rc::Rc;

pub(crate) use control::Control;
use exchange::Exchange;
pub(crate) use exchange::{EXCHANGE, function as exchange_function};
pub(crate) use guest::SERVE;
use guest::{Edges, Exchanging, Place, Rewrite, Tasks, adapted_imports, parts};
pub(crate) use handles::KEEPERS;
pub(crate) use interface::{CONTROL, Form};
pub(crate) use needs::Needs;
use numbers::{Numbers, PartNumber};
pub(crate) use obstacles::is_async;
pub(crate) use payload::{Transfer, Typed};
use semver::Version;
use wasmparser::WasmFeatures;

use crate::adapter::template;
use crate::component::{Arena, Component, fresh_name};
use crate::direction::{Adapted, Direction, own_exports};
use crate::error::Obstacle;
use crate::graph::composition::{Composition, Origin, Part, Source};
use crate::graph::{patch, root};
use crate::link::{self, Template};
use crate::report::notes::{self, note};
use crate::wasi::program::{self, Program};
use crate::wasi::{InterfaceName, versions};
use crate::{Error, Generation, foreign};

/// Towards hosts of 0.2.
pub(crate) struct ToWasi02<'n> {
    /// The patch that the user asks for.
    patch: Option<u64>,
    /// The interfaces that the component uses, including those of 0.2.
    names: &'n [InterfaceName],
}

impl<'n> ToWasi02<'n> {
    /// For a component that uses the interfaces `names`; towards 0.2.`patch` if that is asked for.
    pub fn new(names: &'n [InterfaceName], patch: Option<u64>) -> ToWasi02<'n> {
        ToWasi02 { patch, names }
    }
}

impl Direction for ToWasi02<'_> {
    const TARGET: Generation = Generation::Wasi02;

    fn composition<'a>(&self, root: &Component<'a>, arena: &'a Arena) -> Result<Composition<'a>, Vec<Obstacle>> {
        let version = self.patch.map(|patch| versions::patch(Generation::Wasi02, patch));
        let mut composition = obstacles::composition(root, version.as_ref())?;
        if let Some(version) = &version {
            patch::rename(&mut composition, arena, version);
        }
        Ok(composition)
    }

    fn is_named(&self, feature: WasmFeatures, found: &[Obstacle]) -> bool {
        obstacles::is_named(feature, found)
    }

    fn template<'a>(&self) -> Result<Template<'a>, Error> {
        Template::of(template::R, adapter::MODULE)
    }

    fn adapt<'a>(
        &self,
        root: &Component<'a>,
        composition: Composition<'a>,
        arena: &'a Arena,
        template: Option<Rc<Template<'a>>>,
    ) -> Result<Adapted<'a>, Error> {
        let is_linked = template.is_some();
        let choose = |needs: &Needs| patch::choose(self.patch, self.names, needs.functions());
        let Rewritten { parts, exports, needs, wasi02, eager } = rewrite(composition, arena, &choose, template)?;
        let mut notes = notes::of_functions(Self::TARGET, needs.functions());
        notes.extend(own_exports(root).filter(|(_, is_async)| *is_async).map(|(export, _)| {
            note("W0201", format!("export `{export}` is async: on WASI 0.2 a call blocks until it has returned"))
        }));
        notes.extend(eager.iter().map(|function| {
            let text = "borrows resources of WASI or of the host, so a call ends before its caller goes on";
            note("W0217", format!("`{function}` {text}"))
        }));
        notes.extend(patch::note_of(&wasi02, needs.functions()));
        let has_adapter = !needs.is_nothing() && !is_linked;
        let encode = || foreign::call("wit-parser", || adapter::component(&needs, &wasi02.to_string()));
        let adapter = has_adapter.then(encode).transpose()?;
        Ok(Adapted { parts, exports, imports: needs.imports, is_linked: needs.linked, adapter, notes })
    }
}

/// The result of the rewrite of a composition.
struct Rewritten<'a> {
    parts: Vec<root::Placed<'a>>,
    exports: Vec<(&'a str, Source<'a>)>,
    needs: Needs,
    /// The version of 0.2 that was chosen.
    wasi02: Version,
    /// Async functions of parts that end before their callers go on, because they are lent
    /// resources that no part defines.
    eager: Vec<String>,
}

/// Gives the version of 0.2 for these needs.
type Choose<'c> = dyn Fn(&Needs) -> Version + 'c;

/// Rewrites `composition`. `choose` gives the version under which it imports and exports 0.2. With
/// `template`, R is linked into the only part.
fn rewrite<'a>(
    mut composition: Composition<'a>,
    arena: &'a Arena,
    choose: &Choose<'_>,
    template: Option<Rc<Template<'a>>>,
) -> Result<Rewritten<'a>, Error> {
    if template.is_some() {
        for part in &mut composition.parts {
            let adapted = adapted_imports(part).into_keys().collect();
            link::prepare(part, &adapted, arena)?;
        }
    }
    let exports = composition.kept();
    let edges = edges(&composition.parts, &exports);
    let wanted = parts::wanted(&composition.parts);
    let exchange = Exchange::of(&composition.parts).map_err(Error::Obstacles)?;
    let lends = lend::prefix(&composition.parts);
    let numbers = Rc::new(Numbers::new(handles::resources(&composition.parts)));
    let is_alone = composition.parts.len() == 1;
    let (mut rewrites, mut links) = (Vec::new(), Vec::new());
    for (at, ((mut part, edges), wanted)) in composition.parts.into_iter().zip(edges).zip(wanted).enumerate() {
        let tasks = Tasks::plan(&mut part, arena, &wanted, &links, numbers.resources(at), &lends);
        links.push(tasks.link(&part));
        let place = Place {
            index: at,
            part: if is_alone { PartNumber::NONE } else { PartNumber::of(at) },
            numbers: numbers.clone(),
        };
        rewrites.push(Rewrite::plan(
            part,
            edges,
            tasks,
            Exchanging::plan(&exchange, at, arena),
            place,
            template.clone(),
            arena,
        )?);
    }
    let eager = rewrites.iter_mut().flat_map(|rewrite| std::mem::take(&mut rewrite.tasks.eager)).collect();
    let borrowers: Vec<_> = rewrites.iter().map(|rewrite| &rewrite.tasks.borrowed).collect();
    let lent = lend::lent(rewrites.len(), &borrowers, &|ty| lend::export_name(arena, &lends, ty));
    rewrites.iter_mut().zip(lent).for_each(|(rewrite, lent)| rewrite.lent = lent);
    let mut needs = Needs::default();
    rewrites.iter().for_each(|rewrite| needs.merge(&rewrite.needs));
    let wasi02 = choose(&needs);
    let drains = needs
        .interfaces
        .iter()
        .any(|(interface, functions)| !functions.is_empty() && TAKES_OUTPUT.contains(&interface.as_str()));
    let mut programs = Vec::new();
    for rewrite in &mut rewrites {
        rewrite.drains = drains;
        rewrite.wasi02 = wasi02.to_string();
        rewrite.programs = program_names(rewrite, &wasi02);
        programs.push(rewrite.programs.clone());
    }
    // The keepers of the host's resources come first, because they need nothing from the other
    // parts.
    let count = rewrites.len();
    let mut parts = exchange.keepers_of_host(arena)?;
    let keepers = parts.len();
    let place = |mut source: Source<'a>| {
        if let Origin::Part(part) = &mut source.origin {
            *part = if *part < count { *part + keepers } else { *part - count };
        }
        source
    };
    for rewrite in rewrites {
        let (mut part, finished) = rewrite.run(&exchange)?;
        needs.merge(&finished);
        part.args = part.args.into_iter().map(|(name, source)| (name, place(source))).collect();
        parts.push(part);
    }
    if !needs.carried.is_empty() {
        needs.exchange = exchange.wit(&needs.carried, &versions::latest(Generation::Wasi03).to_string());
    }
    let exports = exports.into_iter().map(|(name, source)| {
        match (program::of_generation(name, Generation::Wasi03), source.origin) {
            (Some(program), Origin::Part(part)) => {
                let name = arena.text(&program_name(program, &wasi02));
                (name, place(Source::export(part, programs[part][source.path[0]])))
            }
            _ => (name, place(source)),
        }
    });
    Ok(Rewritten { parts, exports: exports.collect(), needs, wasi02, eager })
}

/// The name of a program in 0.2.
fn program_name(program: Program, wasi02: &Version) -> String {
    format!("{}@{wasi02}", program.interface(Generation::Wasi02))
}

/// The names of 0.2 for the programs of a part, which may have exports of those names that are not
/// programs.
fn program_names<'a>(rewrite: &Rewrite<'a>, wasi02: &Version) -> BTreeMap<&'a str, &'a str> {
    let names = rewrite.edges.programs.iter().map(|(old, program)| {
        let name = fresh_name(program_name(*program, wasi02), |name| rewrite.edges.shared.contains(name));
        (*old, rewrite.arena.text(&name))
    });
    names.collect()
}

/// How each part is tied to the others.
fn edges<'a>(parts: &[Part<'a>], exports: &[(&'a str, Source<'a>)]) -> Vec<Edges<'a>> {
    let mut edges: Vec<Edges<'a>> = parts.iter().map(|_| Edges::default()).collect();
    for source in parts.iter().flat_map(|part| part.args.values()) {
        if let Origin::Part(from) = source.origin {
            edges[from].shared.extend(source.exports_of(&parts[from]));
            edges[from].is_called = true;
        }
    }
    for (name, source) in exports {
        let Origin::Part(part) = source.origin else { continue };
        edges[part].exposed.extend(source.exports_of(&parts[part]));
        match program::of_generation(name, Generation::Wasi03) {
            Some(program) => {
                edges[part].programs.insert(source.path[0], program);
            }
            None => edges[part].shared.extend(source.exports_of(&parts[part])),
        }
    }
    edges
}

/// Interfaces whose functions take streams that R writes to the host.
const TAKES_OUTPUT: &[&str] = &["wasi:cli/stdout", "wasi:cli/stderr", "wasi:filesystem/types"];
