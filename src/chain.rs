//! Chains of components: each takes what it imports from the one behind it.
//!
//! A middleware of WASI 0.3 imports `wasi:http/handler` and exports it. What stands behind it may be of the other
//! generation: then it is adapted first, so that both speak of the same requests.

use std::collections::{BTreeMap, BTreeSet};

use crate::compose::{Part, compose_all};
use crate::composition::{Origin, Source};
use crate::program::{self, Program};
use crate::wasi::{Generation, InterfaceName};
use crate::wrap::{Note, WrapOptions, Wrapped};
use crate::{Error, Surface, Target, reversion, verify, wrap};

/// Composes `components`: the first is what a host sees, each takes what it imports from the one behind it, and what none has
/// the host gives.
///
/// The result is adapted to `options.to`, if that is given.
///
/// # Errors
///
/// [`Error`] when one of them is not a component, two neighbours have nothing to do with each other or do not fit, or
/// something cannot be adapted.
pub fn compose(components: &[&[u8]], options: &WrapOptions) -> Result<Wrapped, Error> {
    let released = components.iter().map(|bytes| reversion::to_release(bytes)).collect::<Result<Vec<_>, _>>()?;
    let (components, notes): (Vec<_>, Vec<_>) = released.into_iter().unzip();
    let components = reversion::unify(components, options.wasi_patch)?;
    let Some((last, before)) = components.split_last() else {
        return Err(Error::NothingToConnect { front: 0, wants: Vec::new(), offers: Vec::new() });
    };
    Surface::of(last)?;
    let mut chain = Chain { bytes: last.to_vec(), notes: notes.concat() };
    for (at, front) in before.iter().enumerate().rev() {
        chain.put_before(front, at)?;
    }
    let target = options.to.unwrap_or_else(|| generation(&chain.bytes));
    if options.to.is_some() {
        match wrap(&chain.bytes, options) {
            Ok(wrapped) => {
                chain.notes.extend(wrapped.notes);
                chain.bytes = wrapped.bytes;
            }
            Err(Error::AlreadyForTarget(_)) => {}
            Err(error) => return Err(error),
        }
    }
    chain.notes.dedup();
    Ok(Wrapped { bytes: chain.bytes, target, notes: chain.notes })
}

/// The later generation that `component` uses.
fn generation(component: &[u8]) -> Target {
    let surface = Surface::of(component).ok();
    let names = surface.iter().flat_map(|surface| surface.imports.iter().chain(&surface.exports));
    match names.filter_map(|name| name.interface.as_ref()?.generation()).max() {
        Some(Generation::Wasi02) => Target::Wasi02,
        _ => Target::Wasi03,
    }
}

/// The end of a chain.
struct Chain {
    bytes: Vec<u8>,
    notes: Vec<Note>,
}

impl Chain {
    /// Puts `front`, component number `at`, before what there is.
    fn put_before(&mut self, front: &[u8], at: usize) -> Result<(), Error> {
        let surface = Surface::of(front)?;
        let mut args = connections(&surface, &Surface::of(&self.bytes)?);
        if args.is_empty()
            && let Some(target) = self.other_generation(&surface)?
        {
            // The host calls the front, so only the front could keep other requests out.
            let options = WrapOptions { to: Some(target), reuse_instance: true, ..WrapOptions::default() };
            let wrapped = wrap(&self.bytes, &options)?;
            self.bytes = wrapped.bytes;
            self.notes.extend(wrapped.notes);
            args = connections(&surface, &Surface::of(&self.bytes)?);
        }
        if args.is_empty() {
            let names = |of: &[crate::surface::Extern]| of.iter().map(|one| one.name.clone()).collect();
            let (wants, offers) = (names(&surface.imports), names(&Surface::of(&self.bytes)?.exports));
            return Err(Error::NothingToConnect { front: at, wants, offers });
        }
        let exports: Vec<_> =
            surface.exports.iter().map(|export| (&export.name[..], Source::export(1, &export.name))).collect();
        let behind = Part { bytes: std::mem::take(&mut self.bytes), args: BTreeMap::new() };
        let args = args
            .iter()
            .map(|(import, export)| (&import[..], Source { origin: Origin::Part(0), path: vec![&export[..]] }));
        let front = Part { bytes: front.to_vec(), args: args.collect() };
        let bytes = compose_all(&[], &[behind, front], &exports, None, &BTreeSet::new());
        let mismatch = |message| Error::DoNotFit { front: at, message };
        self.bytes = bytes.map_err(|error| match error {
            Error::Unsound(message) => mismatch(message),
            other => other,
        })?;
        wasmparser::Validator::new_with_features(verify::features(Target::Wasi03))
            .validate_all(&self.bytes)
            .map_err(|error| mismatch(error.to_string()))?;
        Ok(())
    }

    /// The generation that this would have to be of, to be the program that `front` imports.
    fn other_generation(&self, front: &Surface) -> Result<Option<Target>, Error> {
        let programs = |of: &[crate::surface::Extern]| -> Vec<(Program, Generation)> {
            of.iter().filter_map(|one| program::role(&one.name)).collect()
        };
        let offered = programs(&Surface::of(&self.bytes)?.exports);
        let wanted = programs(&front.imports);
        let wanted = wanted.into_iter().find(|(program, _)| offered.iter().any(|(offered, _)| offered == program));
        Ok(wanted.map(|(_, generation)| match generation {
            Generation::Wasi02 => Target::Wasi02,
            Generation::Wasi03 => Target::Wasi03,
        }))
    }
}

/// The imports of `front` that `behind` exports, and under which names.
fn connections(front: &Surface, behind: &Surface) -> Vec<(String, String)> {
    let imports = front.imports.iter().filter_map(|import| {
        let fits = |export: &&crate::surface::Extern| {
            export.kind == import.kind
                && (export.name == import.name
                    || match (&import.interface, &export.interface) {
                        (Some(import), Some(export)) => are_compatible(import, export),
                        _ => false,
                    })
        };
        let export = behind.exports.iter().find(fits)?;
        Some((import.name.clone(), export.name.clone()))
    });
    imports.collect()
}

/// Whether the names are of one interface, whose versions semver calls compatible.
fn are_compatible(a: &InterfaceName, b: &InterfaceName) -> bool {
    let (x, y) = (&a.version, &b.version);
    let same_series = x.major == y.major && (x.major > 0 || x.minor == y.minor && (x.minor > 0 || x.patch == y.patch));
    a.package == b.package && a.interface == b.interface && same_series && x.pre.is_empty() && y.pre.is_empty()
}
