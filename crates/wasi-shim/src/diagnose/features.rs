//! Features of WebAssembly that stock engines do not have by default: those that are passed on, and
//! those that are refused.
//!
//! The line is adoption by a standard: the core specification and proposals in its last phases, the
//! component model as WASI 0.3 needs it, and the features that WASI 0.3.1 adopted since (`map`,
//! `implements`, `external-id`). An output with such a feature is valid, but engines may need an
//! option for it, so there is a note. Proposals that may still change are refused, each by name.

use wasmparser::WasmFeatures;

use crate::component::Component;
use crate::error::Obstacle;
use crate::report::notes::{Note, note};
use crate::report::reasons;
use crate::{Error, Generation};

/// Adopted features that stock engines do not have by default, with their names and wasmtime's
/// options.
const ADOPTED: [(WasmFeatures, &str, &str); 5] = [
    (WasmFeatures::THREADS, "threads", "-W shared-memory"),
    (WasmFeatures::WIDE_ARITHMETIC, "wide arithmetic", "-W wide-arithmetic"),
    (WasmFeatures::COMPACT_IMPORTS, "compact import sections", "no option yet"),
    (WasmFeatures::CM_MAP, "maps", "-W component-model-map"),
    (WasmFeatures::CM_IMPLEMENTS, "`implements` or `external-id` of names", "-W component-model-implements"),
];

/// The features of either generation that an output of `target` may have.
pub(crate) fn of_outputs(target: Generation) -> WasmFeatures {
    let features = adopted().union(WasmFeatures::default());
    match target {
        Generation::Wasi03 => features,
        Generation::Wasi02 => features.intersection(known_to_wasi02()),
    }
}

/// All features but those that 0.3 has brought. Maps become lists.
pub(crate) fn known_to_wasi02() -> WasmFeatures {
    WasmFeatures::all().difference(WasmFeatures::CM_ASYNC.union(WasmFeatures::CM_MAP))
}

fn adopted() -> WasmFeatures {
    ADOPTED.iter().fold(WasmFeatures::empty(), |all, (feature, ..)| all.union(*feature))
}

/// The features that stock engines have by default.
fn stock() -> WasmFeatures {
    WasmFeatures::default().difference(adopted())
}

/// The name by which wasm-tools knows `feature`: `cm-fixed-length-lists`.
fn name(feature: WasmFeatures) -> String {
    feature.iter_names().map(|(name, _)| name.to_ascii_lowercase().replace('_', "-")).collect()
}

/// The features that a component needs and stock engines do not have by default, each with the
/// validator's message without it.
#[derive(Debug, Default, Clone)]
pub(crate) struct Beyond(Vec<(WasmFeatures, String)>);

impl Beyond {
    /// Decodes `bytes` and validates all of it, bodies of core functions included; and finds the
    /// features that it needs beyond stock.
    ///
    /// # Errors
    ///
    /// Those of [`Component::decode`].
    pub fn decode(bytes: &[u8]) -> Result<(Component<'_>, Beyond), Error> {
        match Component::decode_all(bytes, stock()) {
            Err(Error::Invalid { .. }) => {}
            decoded => return Ok((decoded?, Beyond::default())),
        }
        let component = Component::decode_all(bytes, WasmFeatures::all())?;
        let unusual: Vec<WasmFeatures> = WasmFeatures::all().difference(stock()).iter().collect();
        let mut beyond = Beyond::default();
        beyond.find(bytes, &unusual);
        Ok((component, beyond))
    }

    /// Finds the needed ones of `features` by bisection, because most are not needed.
    fn find(&mut self, bytes: &[u8], features: &[WasmFeatures]) {
        let without = features.iter().fold(WasmFeatures::all(), |rest, feature| rest.difference(*feature));
        let Err(Error::Invalid { message, .. }) = Component::decode_all(bytes, without) else { return };
        match features {
            [feature] => self.0.push((*feature, message)),
            features => {
                let (first, second) = features.split_at(features.len() / 2);
                self.find(bytes, first);
                self.find(bytes, second);
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn contains(&self, feature: WasmFeatures) -> bool {
        self.0.iter().any(|(known, _)| *known == feature)
    }

    /// Obstacles for the features that an output of `target` cannot have, except those that another
    /// obstacle names (`is_named`).
    pub fn obstacles(&self, target: Generation, is_named: &dyn Fn(WasmFeatures) -> bool) -> Vec<Obstacle> {
        // Towards 0.2, all of the async component model is translated, though stock engines of 0.3
        // lack some of it.
        let translated = match target {
            Generation::Wasi03 => WasmFeatures::empty(),
            Generation::Wasi02 => WasmFeatures::CM_MORE_ASYNC_BUILTINS.union(WasmFeatures::CM_MAP),
        };
        let taken = of_outputs(target).union(translated);
        let refused = self.0.iter().filter(|(feature, _)| !taken.contains(*feature) && !is_named(*feature));
        let obstacle = |(feature, message): &(WasmFeatures, String)| {
            reasons::UNADOPTED_FEATURE.of(format!("feature `{}`", name(*feature)), &[("message", message)])
        };
        refused.map(obstacle).collect()
    }

    /// Notes for the features that an output of `target` has as well.
    pub fn notes(&self, target: Generation) -> Vec<Note> {
        let passed_on = ADOPTED.iter().filter(|(feature, ..)| of_outputs(target).contains(*feature));
        let used = passed_on.filter(|(feature, ..)| self.contains(*feature));
        let code = if target == Generation::Wasi03 { "W0130" } else { "W0230" };
        used.map(|(_, name, option)| {
            note(
                code,
                format!("engines may refuse the component by default, because it uses {name} (wasmtime: {option})"),
            )
        })
        .collect()
    }
}
