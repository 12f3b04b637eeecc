//! The library's types as those of the WIT.

use crate::bindings::exports::wasi_shim::tool::operations::{
    Change, Error, ErrorKind, Generation, Item, Linking, Note, Obstacle, Plan, Report, Step, Verdict, WasiPackage,
    WrapOptions, Wrapped,
};
use wasi_shim::inspect;

/// Each of `items`, converted.
pub fn all<A: Into<B>, B>(items: Vec<A>) -> Vec<B> {
    items.into_iter().map(A::into).collect()
}

/// The generation that the library's reports call `number`: `0.2`.
fn generation(number: &str) -> Option<Generation> {
    wasi_shim::Generation::ALL.into_iter().find(|known| known.number() == number).map(Generation::from)
}

/// Memories have 32 bits, so sizes of what is in them do, too.
fn size(size: usize) -> u32 {
    size as u32
}

impl From<wasi_shim::Generation> for Generation {
    fn from(generation: wasi_shim::Generation) -> Generation {
        match generation {
            wasi_shim::Generation::Wasi02 => Generation::Wasi02,
            wasi_shim::Generation::Wasi03 => Generation::Wasi03,
        }
    }
}

impl From<wasi_shim::Linking> for Linking {
    fn from(linking: wasi_shim::Linking) -> Linking {
        match linking {
            wasi_shim::Linking::Linked => Linking::Linked,
            wasi_shim::Linking::Composed => Linking::Composed,
        }
    }
}

impl From<WrapOptions> for wasi_shim::WrapOptions {
    fn from(given: WrapOptions) -> wasi_shim::WrapOptions {
        let mut options = wasi_shim::WrapOptions::default();
        options.to = given.to.map(|to| match to {
            Generation::Wasi02 => wasi_shim::Generation::Wasi02,
            Generation::Wasi03 => wasi_shim::Generation::Wasi03,
        });
        options.wasi_patch = given.wasi_patch.map(u64::from);
        options.reuse_instance = given.reuse_instance;
        options.async_exports = given.async_exports;
        options.linking = given.linking.map(|linking| match linking {
            Linking::Linked => wasi_shim::Linking::Linked,
            Linking::Composed => wasi_shim::Linking::Composed,
        });
        options
    }
}

impl From<wasi_shim::Note> for Note {
    fn from(note: wasi_shim::Note) -> Note {
        let known = wasi_shim::explain(note.code);
        Note {
            code: note.code.into(),
            lossy: note.lossy,
            urgent: known.is_none_or(|known| known.urgent),
            message: note.text,
            hint: known.map(|known| known.advice.into()).unwrap_or_default(),
        }
    }
}

impl From<wasi_shim::Wrapped> for Wrapped {
    fn from(wrapped: wasi_shim::Wrapped) -> Wrapped {
        Wrapped {
            component: wrapped.bytes,
            target: wrapped.target.into(),
            notes: all(wrapped.notes),
            linking: wrapped.linking.map(Linking::from),
        }
    }
}

impl From<wasi_shim::Obstacle> for Obstacle {
    fn from(obstacle: wasi_shim::Obstacle) -> Obstacle {
        Obstacle { code: obstacle.code.into(), subject: obstacle.subject, reason: obstacle.reason, hint: obstacle.hint }
    }
}

impl From<wasi_shim::Error> for Error {
    fn from(error: wasi_shim::Error) -> Error {
        use wasi_shim::Error as E;
        let kind = match &error {
            E::NotAComponent { .. } => ErrorKind::NotAComponent,
            E::Invalid { .. } => ErrorKind::Invalid,
            E::NotWasip1 { .. } | E::NoWorld { .. } | E::AdapterModule | E::Componentize(_) => {
                ErrorKind::NotComponentizable
            }
            E::Obstacles(_) => ErrorKind::Obstacles,
            E::AlreadyForTarget(_) => ErrorKind::AlreadyForTarget,
            E::NoWasi => ErrorKind::NoWasi,
            E::Mixed { .. } => ErrorKind::Mixed,
            E::NothingToConnect { .. } | E::DoNotFit { .. } => ErrorKind::NotComposable,
            E::Unlinkable(_) => ErrorKind::Unlinkable,
            E::UnknownVersion { .. } => ErrorKind::UnknownVersion,
            _ => ErrorKind::Other,
        };
        let components = match &error {
            E::NothingToConnect { component, .. } => vec![size(*component)],
            E::DoNotFit { front, behind, .. } => vec![size(*front), size(*behind)],
            _ => Vec::new(),
        };
        let (message, hints) = (error.to_string(), error.hints());
        let obstacles = match error {
            E::Obstacles(obstacles) => all(obstacles),
            _ => Vec::new(),
        };
        Error { kind, message, hints, obstacles, components }
    }
}

impl From<inspect::Item> for Item {
    fn from(item: inspect::Item) -> Item {
        Item { name: item.name, generation: item.generation.as_deref().and_then(generation), functions: item.functions }
    }
}

impl From<wasi_shim::Extern> for Item {
    fn from(item: wasi_shim::Extern) -> Item {
        // A record of an earlier step has no more than the name.
        let interface = item.interface.clone().or_else(|| wasi_shim::wasi::InterfaceName::parse(&item.name));
        let generation = interface.and_then(|name| name.generation()).map(Generation::from);
        Item { name: item.name, generation, functions: item.functions }
    }
}

impl From<inspect::Plan> for Plan {
    fn from(plan: inspect::Plan) -> Plan {
        Plan {
            target: generation(&plan.target).expect("targets are generations"),
            verdict: match plan.verdict {
                inspect::Verdict::NothingToDo => Verdict::NothingToDo,
                inspect::Verdict::Adaptable => Verdict::Adaptable,
                _ => Verdict::Blocked,
            },
            size: plan.size.map(size),
            linking: plan.linking.map(Linking::from),
            changes: plan
                .changes
                .into_iter()
                .map(|change| Change { subject: change.subject, change: change.change })
                .collect(),
            notes: all(plan.notes),
            obstacles: all(plan.obstacles),
        }
    }
}

impl From<wasi_shim::Step> for Step {
    fn from(step: wasi_shim::Step) -> Step {
        Step {
            version: step.version,
            action: step.action,
            linking: step.linking.map(Linking::from),
            imports: all(step.imports),
            exports: all(step.exports),
        }
    }
}

impl From<inspect::Report> for Report {
    fn from(report: inspect::Report) -> Report {
        let package = |package: inspect::Package| WasiPackage { name: package.name, versions: package.versions };
        Report {
            generations: report.generations.iter().filter_map(|number| generation(number)).collect(),
            packages: report.packages.into_iter().map(package).collect(),
            imports: all(report.imports),
            exports: all(report.exports),
            targets: all(report.targets),
            notes: report.notes,
            linking: report.linking.map(Linking::from),
            history: all(report.history),
        }
    }
}
