//! Other versions of the same interfaces: candidates of 0.3 and its release, patches of 0.2.
//!
//! Names change and nothing else, so this is done only between versions whose interfaces are the
//! same for the component at hand.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use semver::Version;
use wasmparser::WasmFeatures;

use crate::component::{Arena, Component, ItemKind, extern_names, functions_of, rename};
use crate::error::{Error, Obstacle};
use crate::graph::patch;
use crate::report::notes::{Note, note};
use crate::report::reasons;
use crate::wasi::{CANDIDATES, Catalogue, InterfaceName, versions};
use crate::{Generation, verify, wasi};

/// The versions for [`reversion`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReversionOptions {
    /// The versions that are replaced: `0.3.0-rc-2026-03-15`.
    pub from: Vec<Version>,
    /// The version that takes its place: `0.3.0`.
    pub to: Version,
}

impl ReversionOptions {
    /// Replaces `from` by `to`.
    pub fn new(from: Vec<Version>, to: Version) -> ReversionOptions {
        ReversionOptions { from, to }
    }
}

/// The outcome of [`reversion`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Reversioned {
    /// The component, with the same core modules, byte for byte.
    pub bytes: Vec<u8>,
    /// The interfaces, by name without version, that it now imports or exports at the new version;
    /// at any depth.
    pub interfaces: Vec<String>,
}

/// Renames the interfaces of WASI that `component`, a binary WebAssembly component, and those in it
/// import and export, from one version to another that has the same interfaces.
///
/// # Errors
///
/// [`Error`] when the input is not a component or does not use the version, when one of the
/// versions is not known, or an interface is not the same in both.
pub fn reversion(component: &[u8], options: &ReversionOptions) -> Result<Reversioned, Error> {
    replace(component, options.from.iter().cloned().collect(), &options.to)
}

/// Renames the interfaces of all versions `from` at once, so that obstacles name them as the
/// component does.
fn replace(component: &[u8], from: BTreeSet<Version>, to: &Version) -> Result<Reversioned, Error> {
    let new = Series::of(to)?;
    let old = from.iter().map(|version| Ok((version.clone(), Series::of(version)?)));
    let old: BTreeMap<Version, Series> = old.collect::<Result<_, Error>>()?;
    if let Some((from, _)) = old.iter().find(|(_, series)| series.generation() != new.generation()) {
        return Err(Error::OtherGeneration { from: from.clone(), to: to.clone() });
    }
    let arena = Arena::default();
    let mut decoded = Component::decode_all(component, WasmFeatures::all())?;
    let renamed = |name: &str| {
        let name = InterfaceName::parse(name)?;
        let is_it = old.contains_key(&name.version) && wasi::is_of_wasi(&name);
        is_it.then(|| (InterfaceName { version: to.clone(), ..name.clone() }, name.version))
    };

    let mut found = Found {
        catalogue: Catalogue::all(),
        old: &old,
        new,
        renamed: &renamed,
        unused: from,
        names: BTreeSet::new(),
        obstacles: Vec::new(),
    };
    found.component(&decoded);
    let Found { names, unused, mut obstacles, .. } = found;
    if let Some(version) = unused.into_iter().next() {
        return Err(Error::NotUsed { version });
    }
    if !obstacles.is_empty() {
        obstacles.sort();
        obstacles.dedup();
        return Err(Error::Obstacles(obstacles));
    }
    rename(&mut decoded, &arena, &|name| Some(renamed(name)?.0.to_string()));
    let bytes = decoded.encode().map_err(Error::unsound)?;
    verify::same_modules(&decoded.modules(), &bytes)?;
    Ok(Reversioned { bytes, interfaces: names.into_iter().collect() })
}

/// `component` with the release in the place of known candidates, and notes that say so.
///
/// # Errors
///
/// [`Error`] when it uses candidates that are not known, or interfaces that have changed since.
pub(crate) fn to_release(component: &[u8]) -> Result<(Cow<'_, [u8]>, Vec<Note>), Error> {
    let candidates = candidates(component);
    if candidates.is_empty() {
        return Ok((Cow::Borrowed(component), Vec::new()));
    }
    let release = versions::first(Generation::Wasi03);
    let notes = candidates.iter().map(|candidate| {
        note("W0106", format!("WASI {candidate} was taken for {release}, which has the same interfaces"))
    });
    let notes = notes.collect();
    Ok((Cow::Owned(replace(component, candidates, &release)?.bytes), notes))
}

/// `component` with 0.2.`patch` in the place of all versions of 0.2.
///
/// # Errors
///
/// [`Error`] when other names alone do not make that version of them.
pub(crate) fn to_patch(component: Cow<'_, [u8]>, patch: u64) -> Result<Cow<'_, [u8]>, Error> {
    let to = versions::patch(Generation::Wasi02, patch);
    let names = root_names(&component).into_iter();
    let names = names.filter(|name| name.generation() == Some(Generation::Wasi02) && wasi::is_of_wasi(name));
    let versions: BTreeSet<Version> = names.map(|name| name.version).filter(|version| *version != to).collect();
    match versions.is_empty() {
        true => Ok(component),
        false => Ok(Cow::Owned(replace(&component, versions, &to)?.bytes)),
    }
}

/// The candidates whose interfaces `component` imports or exports; none if it is not a component.
pub(crate) fn candidates(component: &[u8]) -> BTreeSet<Version> {
    root_names(component).into_iter().filter(wasi::is_candidate).map(|name| name.version).collect()
}

/// The interfaces that `component` imports and exports. Errors in it are left to the decoder.
fn root_names(component: &[u8]) -> Vec<InterfaceName> {
    extern_names(component).iter().flatten().filter_map(|name| InterfaceName::parse(name)).collect()
}

/// A known version: its generation, and the interfaces that are the same in others.
enum Series {
    /// 0.2.N.
    Wasi02(Version),
    /// 0.3.N: all the same.
    Wasi03,
    Candidate(&'static wasi::Candidate),
}

impl Series {
    fn of(version: &Version) -> Result<Series, Error> {
        let is_release = version.major == 0 && version.pre.is_empty() && version.build.is_empty();
        let is_of =
            |generation| is_release && (versions::first(generation)..=versions::latest(generation)).contains(version);
        if is_of(Generation::Wasi02) {
            return Ok(Series::Wasi02(version.clone()));
        } else if is_of(Generation::Wasi03) {
            return Ok(Series::Wasi03);
        }
        let candidate = CANDIDATES.iter().find(|candidate| candidate.version == version.to_string());
        candidate
            .map(Series::Candidate)
            .ok_or_else(|| Error::UnknownVersion { version: version.clone(), known: known() })
    }

    fn generation(&self) -> Generation {
        match self {
            Series::Wasi02(_) => Generation::Wasi02,
            Series::Wasi03 | Series::Candidate(_) => Generation::Wasi03,
        }
    }
}

/// All versions that are known, in words.
fn known() -> Vec<String> {
    let releases = Generation::ALL.map(|known| format!("{} to {}", versions::first(known), versions::latest(known)));
    releases.into_iter().chain(CANDIDATES.iter().map(|candidate| candidate.version.to_string())).collect()
}

/// The interfaces to be renamed, and the obstacles.
struct Found<'r> {
    catalogue: &'static Catalogue,
    old: &'r BTreeMap<Version, Series>,
    new: Series,
    /// The new name of an interface, and its old version.
    renamed: &'r dyn Fn(&str) -> Option<(InterfaceName, Version)>,
    /// The old versions that have not been found yet.
    unused: BTreeSet<Version>,
    names: BTreeSet<String>,
    obstacles: Vec<Obstacle>,
}

impl Found<'_> {
    fn component(&mut self, component: &Component<'_>) {
        // The names that stay come first.
        let externs = component.items.iter().filter_map(|item| match &item.kind {
            ItemKind::Import(import) => Some((false, import.name.name)),
            ItemKind::Export(export) => Some((true, export.name.name)),
            _ => None,
        });
        let stay = externs.filter(|(_, name)| (self.renamed)(name).is_none());
        let mut taken: HashMap<(bool, String), &str> =
            stay.map(|(is_export, name)| ((is_export, name.to_string()), name)).collect();
        for item in &component.items {
            let (old, is_export, def) = match (&item.kind, item.def) {
                (ItemKind::Import(import), Some(def)) => (import.name.name, false, def),
                (ItemKind::Export(export), Some(def)) => (export.name.name, true, def),
                (ItemKind::Component(nested), _) => {
                    self.component(nested);
                    continue;
                }
                _ => continue,
            };
            let Some((new, version)) = (self.renamed)(old) else { continue };
            self.unused.remove(&version);
            self.names.insert(new.unversioned());
            let key = (is_export, new.to_string());
            match taken.get(&key) {
                Some(other) => self.obstacles.push(reasons::SAME_NAME.of(old, &[("interface", other)])),
                None => _ = taken.insert(key, old),
            }
            let functions = functions_of(component, def);
            self.interface((old, &version), &new, &functions, is_export);
        }
    }

    /// Notes why `functions` of the interface are not the same in both versions.
    fn interface(
        &mut self,
        (old, version): (&str, &Version),
        new: &InterfaceName,
        functions: &[String],
        is_export: bool,
    ) {
        let interface = new.unversioned();
        let mut interfaces = self.catalogue.interface_ids(self.new.generation());
        if !interfaces.any(|(name, _)| name == interface) {
            self.obstacles.push(reasons::UNKNOWN_INTERFACE.of(old, &[]));
            return;
        }
        for series in [&self.old[version], &self.new] {
            if let Series::Candidate(candidate) = series
                && !candidate.interfaces.contains(&interface.as_str())
            {
                let release = versions::first(Generation::Wasi03).to_string();
                let values = [("candidate", candidate.version), ("release", &release)];
                self.obstacles.push(reasons::CHANGED_SINCE_CANDIDATE.of(old, &values));
            }
        }
        let (Series::Wasi02(from), Series::Wasi02(to)) = (&self.old[version], &self.new) else { return };
        for function in functions {
            let since = wasi::since(&interface, function);
            if since > *to {
                let new = patch::later_function(format!("{old}#{function}"), to, &since, &since.to_string());
                self.obstacles.push(new);
            }
        }
        for (function, since) in
            wasi::later(&interface).filter(|(function, _)| is_export && !functions.iter().any(|has| has == function))
        {
            if *from < since && since <= *to {
                let (version, since) = (to.to_string(), since.to_string());
                let values = [("version", &version[..]), ("function", function), ("since", &since)];
                self.obstacles.push(reasons::LACKING_FUNCTION.of(old, &values));
            }
        }
    }
}
