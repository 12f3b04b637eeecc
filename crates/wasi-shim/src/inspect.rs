//! The WASI that a component uses, the result of wrapping it, and the obstacles.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use semver::Version;
use serde::Serialize;

use crate::error::Obstacle;
use crate::report::metadata::{Step, history};
use crate::report::surface::{Extern, Surface};
use crate::report::{Linking, Note, reasons};
use crate::wasi::{CANDIDATES, InterfaceName, table, versions};
use crate::{Error, Generation, WrapOptions, reversion, wasi, wrap};

/// The report of [`inspect`]. Serialised, it is the output of `wasi-shim inspect --json`.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The generations of WASI that the component uses: `0.2`, `0.3`, both or none.
    pub generations: Vec<String>,
    /// The WASI packages that the component uses.
    pub packages: Vec<Package>,
    /// The imports, in the order of the component.
    pub imports: Vec<Item>,
    /// The exports, in the order of the component.
    pub exports: Vec<Item>,
    /// The outcome of wrapping, for each target.
    pub targets: Vec<Plan>,
    /// Other notes for the user, one line each.
    pub notes: Vec<String>,
    /// Where the adapter is, by the last of these steps that added one; `None` if none did, so that
    /// the component is not adapted.
    pub linking: Option<Linking>,
    /// The steps of this tool that led to the component, the oldest first, each with the imports
    /// and exports before it.
    pub history: Vec<Step>,
}

/// A WASI package.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Package {
    /// The name without version: `wasi:cli`.
    pub name: String,
    /// The versions under which it is used.
    pub versions: Vec<String>,
}

/// An import or export.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Item {
    /// The name of the import or export.
    pub name: String,
    /// The generation of WASI that it belongs to, if any.
    pub generation: Option<String>,
    /// The functions of an interface.
    pub functions: Vec<String>,
}

/// The outcome of wrapping for one target.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Plan {
    /// The target: `0.2` or `0.3`.
    pub target: String,
    /// Whether there is something to do, and whether it can be done.
    pub verdict: Verdict,
    /// The size of the adapted component in bytes.
    pub size: Option<usize>,
    /// Where the adapter would be, if one is needed.
    pub linking: Option<Linking>,
    /// The changes of imports and exports of the other generation.
    pub changes: Vec<Change>,
    /// The differences that the user of the adapted component should know.
    pub notes: Vec<Note>,
    /// The reasons why wrapping fails.
    pub obstacles: Vec<Obstacle>,
}

/// The short answer to whether a component can be wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verdict {
    /// The component needs nothing that a host of the target lacks.
    NothingToDo,
    /// Wrapping succeeds.
    Adaptable,
    /// Wrapping fails; the obstacles say why.
    Blocked,
}

/// The change of an import or export.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The import or export.
    pub subject: String,
    /// The change in words.
    pub change: String,
}

/// Looks at `component`, a binary WebAssembly component. To learn what wrapping would do, it wraps.
///
/// # Errors
///
/// [`Error`] when the input is not a valid component.
pub fn inspect(component: &[u8]) -> Result<Report, Error> {
    let surface = Surface::of(component)?;
    let imports: Vec<Item> = surface.imports.iter().map(item).collect();
    let exports: Vec<Item> = surface.exports.iter().map(item).collect();

    let names: Vec<&InterfaceName> =
        surface.imports.iter().chain(&surface.exports).filter_map(|item| item.interface.as_ref()).collect();
    let mut packages: BTreeMap<&str, Vec<&Version>> = BTreeMap::new();
    for name in names.iter().filter(|name| name.package.starts_with("wasi:")) {
        packages.entry(&name.package).or_default().push(&name.version);
    }
    let packages = packages.into_iter().map(|(name, mut versions)| {
        versions.sort();
        versions.dedup();
        Package { name: name.into(), versions: versions.iter().map(ToString::to_string).collect() }
    });
    let candidates = reversion::candidates(component);
    let history = history(component);
    Ok(Report {
        generations: Generation::ALL
            .into_iter()
            .filter(|generation| surface.uses(*generation))
            .map(|generation| generation.number().to_string())
            .collect(),
        packages: packages.collect(),
        targets: [Generation::Wasi03, Generation::Wasi02]
            .into_iter()
            .map(|target| {
                let has_work = surface.uses(target.other()) || !candidates.is_empty();
                plan(component, target, &imports, &exports, has_work)
            })
            .collect(),
        notes: notes(&candidates),
        linking: history.iter().rev().find_map(|step| step.linking),
        history,
        imports,
        exports,
    })
}

fn item(item: &Extern) -> Item {
    Item {
        name: item.name.clone(),
        generation: item.generation().map(|generation| generation.number().into()),
        functions: item.functions.clone(),
    }
}

/// Notes on release candidates, which are easily taken for the release.
fn notes(candidates: &BTreeSet<Version>) -> Vec<String> {
    let note = |version: &Version| {
        let known = CANDIDATES.iter().any(|candidate| candidate.version == version.to_string());
        let release = versions::first(Generation::Wasi03);
        let wrapped = if known { format!("; `wrap` and `reversion` make {release} of it") } else { String::new() };
        format!("{version} is a release candidate: hosts of the release do not offer it{wrapped}")
    };
    candidates.iter().map(note).collect()
}

fn plan(component: &[u8], target: Generation, imports: &[Item], exports: &[Item], has_work: bool) -> Plan {
    let mut plan = Plan {
        target: target.number().into(),
        verdict: Verdict::NothingToDo,
        size: None,
        linking: None,
        changes: vec![],
        notes: vec![],
        obstacles: vec![],
    };
    if !has_work {
        return plan;
    }
    match wrap(component, &WrapOptions { to: Some(target), ..WrapOptions::default() }) {
        Ok(wrapped) => {
            plan.verdict = Verdict::Adaptable;
            plan.size = Some(wrapped.bytes.len());
            plan.linking = wrapped.linking;
            plan.changes = changes(target, imports, exports);
            plan.notes = wrapped.notes;
        }
        Err(Error::AlreadyForTarget(_)) => {}
        Err(Error::Obstacles(obstacles)) => {
            plan.verdict = Verdict::Blocked;
            plan.obstacles = obstacles;
        }
        Err(error) => {
            plan.verdict = Verdict::Blocked;
            let (message, hints) = (error.to_string(), error.hints().join("; "));
            let values = [("message", &message[..]), ("hints", &hints)];
            plan.obstacles = vec![reasons::WHOLE_COMPONENT.of("the component", &values)];
        }
    }
    plan
}

fn changes(target: Generation, imports: &[Item], exports: &[Item]) -> Vec<Change> {
    let other = target.other();
    let candidate = |item: &Item| InterfaceName::parse(&item.name).filter(wasi::is_candidate);
    let of_other = |item: &&Item| match candidate(item) {
        Some(_) => other == Generation::Wasi03,
        None => item.generation.as_deref() == Some(other.number()),
    };
    let renamed = imports.iter().chain(exports).filter(|item| other == Generation::Wasi02 && candidate(item).is_some());
    let release = versions::first(Generation::Wasi03);
    let renamed =
        renamed.map(|item| Change { subject: item.name.clone(), change: format!("named by {release} instead") });
    let imports = imports.iter().filter(of_other).map(|item| {
        let adapted =
            InterfaceName::parse(&item.name).is_some_and(|name| table::is_adapted(other, &name.unversioned()));
        let change = match adapted {
            true => format!("implemented on {} by the adapter", target.name()),
            false => "stays an import".into(),
        };
        Change { subject: item.name.clone(), change }
    });
    let has_other_run = exports
        .iter()
        .any(|item| !of_other(&item) && item.generation.is_some() && item.name.starts_with("wasi:cli/run@"));
    let exports = exports.iter().filter(of_other).map(|item| {
        let change = match has_other_run {
            true => format!("dropped, as the component exports it for {} too", target.name()),
            false => format!("exported for {} instead", target.name()),
        };
        Change { subject: item.name.clone(), change }
    });
    imports.chain(exports).chain(renamed).collect()
}

/// The imports and exports of a component before a step, as text for people.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "before it was {} by wasi-shim {}", self.action, self.version)?;
        for (title, externs) in [("imports", &self.imports), ("exports", &self.exports)] {
            list(f, title, externs.iter().map(|extern_| (&extern_.name[..], &extern_.functions[..])))?;
        }
        Ok(())
    }
}

/// The place of an adapter in words, behind a comma.
fn form(linking: Linking) -> &'static str {
    match linking {
        Linking::Linked => ", linked",
        Linking::Composed => ", composed",
    }
}

/// A list with a title, unless it is empty.
fn list<'i>(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    items: impl Iterator<Item = (&'i str, &'i [String])>,
) -> fmt::Result {
    for (at, (name, functions)) in items.enumerate() {
        if at == 0 {
            writeln!(f, "\n{title}")?;
        }
        match functions {
            [] => writeln!(f, "  {name}")?,
            functions => writeln!(f, "  {name}: {}", functions.join(", "))?,
        }
    }
    Ok(())
}

/// The report as text for people.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.generations.as_slice() {
            [] => writeln!(f, "uses no WASI interface")?,
            generations => writeln!(f, "uses WASI {}", generations.join(" and WASI "))?,
        }
        for package in &self.packages {
            writeln!(f, "  {} {}", package.name, package.versions.join(", "))?;
        }
        for step in &self.history {
            let form = step.linking.map_or("", form);
            writeln!(f, "{} by wasi-shim {}{form}", step.action, step.version)?;
        }
        for (title, items) in [("imports", &self.imports), ("exports", &self.exports)] {
            list(f, title, items.iter().map(|item| (&item.name[..], &item.functions[..])))?;
        }
        for plan in &self.targets {
            plan.fmt(f)?;
        }
        if !self.notes.is_empty() {
            writeln!(f)?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "note: {note}"))
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\nwrap --to {}: ", self.target)?;
        let form = self.linking.map_or("", form);
        match (self.verdict, self.size) {
            (Verdict::NothingToDo, _) => writeln!(f, "nothing to do")?,
            (Verdict::Adaptable, Some(size)) => writeln!(f, "possible, {size} bytes{form}")?,
            (Verdict::Adaptable, None) => writeln!(f, "possible")?,
            (Verdict::Blocked, _) => writeln!(f, "not possible")?,
        }
        for change in &self.changes {
            writeln!(f, "  {}: {}", change.subject, change.change)?;
        }
        for obstacle in &self.obstacles {
            writeln!(f, "  {obstacle}\n    hint: {}", obstacle.hint)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(text: &str) -> Report {
        inspect(&wat::parse_str(text).expect("the text is valid")).expect("a valid component")
    }

    #[test]
    fn patch_versions_of_a_package_are_collected() {
        let report = report(
            r#"(component
                (import "wasi:random/random@0.2.6" (instance))
                (import "wasi:random/insecure@0.2.0" (instance))
                (import "example:random/random@1.0.0" (instance)))"#,
        );
        let [package] = &report.packages[..] else { panic!("{:?}", report.packages) };
        assert_eq!((package.name.as_str(), package.versions.join(" ").as_str()), ("wasi:random", "0.2.0 0.2.6"));
        assert_eq!(report.generations, ["0.2"]);
    }

    #[test]
    fn what_stands_in_the_way_is_named() {
        let report = report(r#"(component (import "wasi:nothing/like-it@0.2.0" (instance)))"#);
        let plan = report.targets.iter().find(|plan| plan.target == "0.3").unwrap();
        assert_eq!(plan.verdict, Verdict::Blocked);
        assert_eq!(plan.obstacles[0].subject, "wasi:nothing/like-it@0.2.0");
    }

    #[test]
    fn release_candidates_are_not_the_release() {
        let report = report(r#"(component (import "wasi:cli/stdout@0.3.0-rc-2026-03-15" (instance)))"#);
        assert!(report.generations.is_empty());
        assert!(report.notes[0].contains("0.3.0-rc-2026-03-15 is a release candidate"), "{:?}", report.notes);
        let verdicts = report.targets.iter().map(|plan| plan.verdict).collect::<Vec<_>>();
        assert_eq!(verdicts, [Verdict::Adaptable, Verdict::Adaptable]);
        assert_eq!(report.targets[0].changes[0].change, "named by 0.3.0 instead");
    }

    #[test]
    fn other_candidates_stand_in_the_way() {
        let report = report(r#"(component (import "wasi:cli/stdout@0.3.0-rc-2000-01-01" (instance)))"#);
        assert!(report.targets.iter().all(|plan| plan.verdict == Verdict::Blocked));
        let reason = &report.targets[0].obstacles[0].reason;
        assert!(reason.contains("known are") && reason.contains("0.3.0-rc-2026-03-15"), "{reason}");
    }
}
