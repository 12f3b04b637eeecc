//! What a component uses, what wrapping it would do, and what stands in the way.

use std::collections::BTreeMap;
use std::fmt;

use semver::Version;
use serde::Serialize;
use wasmparser::component_types::ComponentEntityType;

use crate::component::{Component, Def, ItemKind, Sort};
use crate::error::Obstacle;
use crate::wasi::{Generation, InterfaceName};
use crate::{Error, Target, WrapOptions, adapter, verify, wrap};

/// What [`inspect`] finds. Serialised, it is the output of `wasi-shim inspect --json`.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The generations of WASI that the component uses: `0.2`, `0.3`, both or none.
    pub generations: Vec<String>,
    /// The WASI packages that the component uses.
    pub packages: Vec<Package>,
    /// What the component imports, in its own order.
    pub imports: Vec<Item>,
    /// What the component exports, in its own order.
    pub exports: Vec<Item>,
    /// What wrapping would do, for each target.
    pub targets: Vec<Plan>,
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
    /// Its name.
    pub name: String,
    /// The generation of WASI that it belongs to, if any.
    pub generation: Option<String>,
    /// The functions of an interface.
    pub functions: Vec<String>,
}

/// What wrapping for one target would do.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Plan {
    /// The target: `0.2` or `0.3`.
    pub target: String,
    /// Whether there is something to do, and whether it can be done.
    pub verdict: Verdict,
    /// The size of the adapted component in bytes.
    pub size: Option<usize>,
    /// What becomes of each import and export of the other generation.
    pub changes: Vec<Change>,
    /// What stands in the way.
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

/// What becomes of an import or export.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The import or export.
    pub subject: String,
    /// What becomes of it.
    pub change: String,
}

/// Looks at `component`, a binary WebAssembly component. To learn what wrapping would do, it wraps.
///
/// # Errors
///
/// [`Error`] when the input is not a valid component.
pub fn inspect(component: &[u8]) -> Result<Report, Error> {
    let decoded = Component::decode(component, verify::features(Target::Wasi03))?;
    let imports: Vec<Item> =
        decoded.imports().map(|(def, import)| item(&decoded, import.name.name, Some(def))).collect();
    let exports: Vec<Item> = decoded
        .items
        .iter()
        .filter_map(|at| match &at.kind {
            ItemKind::Export(export) => Some(item(&decoded, export.name.name, at.def)),
            _ => None,
        })
        .collect();

    let names: Vec<InterfaceName> =
        imports.iter().chain(&exports).filter_map(|item| InterfaceName::parse(&item.name)).collect();
    let mut packages: BTreeMap<&str, Vec<&Version>> = BTreeMap::new();
    for name in names.iter().filter(|name| name.package.starts_with("wasi:")) {
        packages.entry(&name.package).or_default().push(&name.version);
    }
    let packages = packages.into_iter().map(|(name, mut versions)| {
        versions.sort();
        versions.dedup();
        Package { name: name.into(), versions: versions.iter().map(ToString::to_string).collect() }
    });
    let uses = |generation| names.iter().any(|name| name.generation() == Some(generation));
    let targets = [(Target::Wasi03, Generation::Wasi02), (Target::Wasi02, Generation::Wasi03)];
    Ok(Report {
        generations: [Generation::Wasi02, Generation::Wasi03]
            .into_iter()
            .filter(|generation| uses(*generation))
            .map(|generation| number(generation).to_string())
            .collect(),
        packages: packages.collect(),
        targets: targets
            .into_iter()
            .map(|(target, other)| plan(component, target, other, &imports, &exports, uses(other)))
            .collect(),
        imports,
        exports,
    })
}

fn number(generation: Generation) -> &'static str {
    match generation {
        Generation::Wasi02 => "0.2",
        Generation::Wasi03 => "0.3",
    }
}

fn item(component: &Component<'_>, name: &str, def: Option<Def>) -> Item {
    let types = component.validated();
    let functions = match def {
        Some(def) if def.sort == Sort::Instance => types[types.component_instance_at(def.id)]
            .exports
            .iter()
            .filter(|(_, item)| matches!(item.ty, ComponentEntityType::Func(_)))
            .map(|(name, _)| name.clone())
            .collect(),
        _ => Vec::new(),
    };
    let generation = InterfaceName::parse(name).and_then(|name| name.generation());
    Item { name: name.into(), generation: generation.map(|generation| number(generation).into()), functions }
}

/// `other` is the generation that a host of `target` lacks.
fn plan(
    component: &[u8],
    target: Target,
    other: Generation,
    imports: &[Item],
    exports: &[Item],
    uses_other: bool,
) -> Plan {
    let name = match target {
        Target::Wasi02 => "0.2",
        Target::Wasi03 => "0.3",
    };
    let mut plan =
        Plan { target: name.into(), verdict: Verdict::NothingToDo, size: None, changes: vec![], obstacles: vec![] };
    if !uses_other {
        return plan;
    }
    match wrap(component, &WrapOptions { to: Some(target) }) {
        Ok(wrapped) => {
            plan.verdict = Verdict::Adaptable;
            plan.size = Some(wrapped.bytes.len());
            plan.changes = changes(target, other, imports, exports);
        }
        Err(Error::AlreadyForTarget(_)) => {}
        Err(Error::Obstacles(obstacles)) => {
            plan.verdict = Verdict::Blocked;
            plan.obstacles = obstacles;
        }
        Err(error) => {
            plan.verdict = Verdict::Blocked;
            plan.obstacles = vec![Obstacle {
                subject: "the component".into(),
                reason: error.to_string(),
                hint: error.hints().join("; "),
            }];
        }
    }
    plan
}

fn changes(target: Target, other: Generation, imports: &[Item], exports: &[Item]) -> Vec<Change> {
    let of_other = |item: &&Item| item.generation.as_deref() == Some(number(other));
    let imports = imports.iter().filter(of_other).map(|item| {
        let adapted =
            InterfaceName::parse(&item.name).is_some_and(|name| adapter::p2_on_p3::has_interface(&name.unversioned()));
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
    imports.chain(exports).collect()
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
        for (title, items) in [("imports", &self.imports), ("exports", &self.exports)] {
            if !items.is_empty() {
                writeln!(f, "\n{title}")?;
            }
            for item in items {
                match item.functions.as_slice() {
                    [] => writeln!(f, "  {}", item.name)?,
                    functions => writeln!(f, "  {}: {}", item.name, functions.join(", "))?,
                }
            }
        }
        for plan in &self.targets {
            plan.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\nwrap --to {}: ", self.target)?;
        match (self.verdict, self.size) {
            (Verdict::NothingToDo, _) => writeln!(f, "nothing to do")?,
            (Verdict::Adaptable, Some(size)) => writeln!(f, "possible, {size} bytes")?,
            (Verdict::Adaptable, None) => writeln!(f, "possible")?,
            (Verdict::Blocked, _) => writeln!(f, "not possible")?,
        }
        for change in &self.changes {
            writeln!(f, "  {}: {}", change.subject, change.change)?;
        }
        for obstacle in &self.obstacles {
            writeln!(f, "  {}: {}", obstacle.subject, obstacle.reason)?;
            if !obstacle.hint.is_empty() {
                writeln!(f, "    hint: {}", obstacle.hint)?;
            }
        }
        Ok(())
    }
}
