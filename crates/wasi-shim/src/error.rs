//! All errors, among them the reasons why a component cannot be adapted.

use std::fmt;

use crate::Generation;

/// Why a component could not be decoded, adapted or verified.
///
/// The message says what, where, expected and found; [`Error::hints`] says what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input is something else than a WebAssembly component.
    #[error("expected a WebAssembly component, found {found}")]
    NotAComponent {
        /// The kind of the input.
        found: String,
    },

    /// The input is a component, but not a valid one.
    #[error("not a valid component: {message} (at offset {offset:#x})")]
    Invalid {
        /// The validator's message.
        message: String,
        /// Where in the input, in bytes.
        offset: u64,
    },

    /// The core module is not one of WASI 0.1, the only ones that can be made into a component.
    #[error("the core module is not a program for WASI 0.1: {}", foreign(.imports))]
    NotWasip1 {
        /// Its imports from elsewhere: `module.name`.
        imports: Vec<String>,
    },

    /// A core module of WASI 0.1 that is a library: hosts would call its exports, but it does not
    /// tell their types.
    #[error("the core module is a library, not a program, and does not describe its world: {}", lost(.exports))]
    NoWorld {
        /// The functions that it exports.
        exports: Vec<String>,
    },

    /// The core module is the adapter that makes components of core modules of WASI 0.1, not such a
    /// module.
    #[error("the core module is the adapter between WASI 0.1 and components, not a program")]
    AdapterModule,

    /// A core module of WASI 0.1 that cannot be made into a component.
    #[error("cannot make a component from the core module: {0}")]
    Componentize(String),

    /// The component has imports, exports or constructs that cannot be adapted.
    #[error("the component has {} obstacle{}:{}", .0.len(), if .0.len() == 1 { "" } else { "s" }, bullets(.0))]
    Obstacles(Vec<Obstacle>),

    /// The component does not use the generation that would be adapted.
    #[error("nothing to adapt: the component imports and exports no {} interface", .0.other().name())]
    AlreadyForTarget(Generation),

    /// The component uses neither generation.
    #[error("nothing to adapt: the component imports and exports no interface of WASI 0.2 or 0.3")]
    NoWasi,

    /// The component uses both generations, and no target was named.
    #[error(
        "the component uses both WASI 0.2 and WASI 0.3: name the one to keep{}{}",
        choice(.wasi02, Generation::Wasi03),
        choice(.wasi03, Generation::Wasi02)
    )]
    Mixed {
        /// The imports and exports of 0.2.
        wasi02: Vec<String>,
        /// The imports and exports of 0.3.
        wasi03: Vec<String>,
    },

    /// One of the components that were to be composed exports nothing that one before it imports.
    #[error("nothing to connect: it exports {}, those before it import {}", names(.offers), names(.wants))]
    NothingToConnect {
        /// The number of the component, counted from 0.
        component: usize,
        /// The imports of the components before it.
        wants: Vec<String>,
        /// The exports of the component.
        offers: Vec<String>,
    },

    /// Two components that were to be composed have an interface in common, but not its types.
    #[error("{message}")]
    DoNotFit {
        /// The number of the one that imports, counted from 0.
        front: usize,
        /// The number of the one that exports.
        behind: usize,
        /// The place, and the types that were expected and found.
        message: String,
    },

    /// An interface that was asked for and that no adapter offers.
    #[error("no adapter for hosts of {} offers `{interface}`; it offers {}", .target.name(), list(.known))]
    UnknownInterface {
        /// The interface.
        interface: String,
        /// The hosts.
        target: Generation,
        /// The interfaces that there are, without version.
        known: Vec<String>,
    },

    /// An adapter was asked for, for a component that needs none.
    #[error("the component can be adapted to {} without an adapter beside it", .0.name())]
    NoAdapter(Generation),

    /// The adapter cannot be linked to the component, as was asked for.
    #[error("the adapter cannot be linked to the component: {0}")]
    Unlinkable(String),

    /// A version of WASI that nothing is known of.
    #[error("WASI {version} is not known; known are {}", list(.known))]
    UnknownVersion {
        /// The version that was asked for, or that the component uses.
        version: semver::Version,
        /// The known ones, in words.
        known: Vec<String>,
    },

    /// Two versions whose interfaces have little in common.
    #[error("WASI {from} and WASI {to} are different generations: no change of names makes one of the other")]
    OtherGeneration {
        /// The version that was to be replaced.
        from: semver::Version,
        /// The version that was to take its place.
        to: semver::Version,
    },

    /// The component does not use the version that was to be replaced.
    #[error("the component imports and exports no interface of WASI {version}")]
    NotUsed {
        /// The version.
        version: semver::Version,
    },

    /// A library that does a part of the work panicked: the input is unusual, or the library has a
    /// defect.
    #[error("`{library}` failed: {message}")]
    Library {
        /// The library.
        library: &'static str,
        /// The library's message.
        message: String,
    },

    /// The adapted component does not hold what every output must hold. This is a defect of
    /// wasi-shim.
    #[error("the adapted component is not sound: {0}")]
    Unsound(String),
}

/// One reason why a component cannot be adapted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[non_exhaustive]
pub struct Obstacle {
    /// The interface or construct, for example `wasi:blobstore/container@0.2.0-draft`.
    pub subject: String,
    /// The code of the kind of obstacle: `E0101`. [`reason`](crate::reason) tells more.
    pub code: &'static str,
    /// Why it is in the way.
    pub reason: String,
    /// Advice for the user.
    pub hint: String,
}

/// The words of the obstacle that any part of the library may find, below the other reasons.
pub(crate) struct Unsupported {
    pub code: &'static str,
    pub reason: &'static str,
    pub hint: &'static str,
}

pub(crate) const UNSUPPORTED: Unsupported = Unsupported {
    code: "E0033",
    reason: "constructs like this one cannot be adapted",
    hint: "build the component without it; if a toolchain makes it so by itself, please report that",
};

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}: {}", self.code, self.subject, self.reason)
    }
}

fn bullets(obstacles: &[Obstacle]) -> String {
    obstacles.iter().map(|obstacle| format!("\n  - {obstacle}")).collect()
}

fn choice(replaced: &[String], target: Generation) -> String {
    let number = target.number();
    format!("\n  - `--to {number}` leaves {} only, and adapts {}", target.name(), some(replaced))
}

fn foreign(imports: &[String]) -> String {
    match imports {
        [] => "it neither imports `wasi_snapshot_preview1` nor exports `_start`".into(),
        imports => {
            let imports: Vec<String> = imports.iter().map(|import| format!("`{import}`")).collect();
            format!("it imports {}", some(&imports))
        }
    }
}

fn lost(exports: &[String]) -> String {
    let exports: Vec<String> = exports.iter().map(|export| format!("`{export}`")).collect();
    match exports.is_empty() {
        true => "it exports no `_start`".into(),
        false => format!("the component would not have its {}", some(&exports)),
    }
}

fn names(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "nothing".into() } else { some(&names) }
}

/// The first few of `names`.
fn some(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let more = match names.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", names[..names.len().min(SHOWN)].join(", "))
}

fn list(words: &[String]) -> String {
    match words {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        words => words.concat(),
    }
}

impl Error {
    /// Advice for the user: lines without the `hint:` prefix.
    pub fn hints(&self) -> Vec<String> {
        match self {
            Error::NotAComponent { .. } => {
                vec!["build the program as a component, for example for the target wasm32-wasip2".into()]
            }
            Error::Invalid { .. } => vec!["the file may be truncated or damaged: build or download it again".into()],
            Error::NotWasip1 { .. } | Error::Componentize(_) => {
                vec![
                    "build the program for wasm32-wasip1 or wasm32-wasip2, or componentize it with its own tool".into(),
                ]
            }
            Error::NoWorld { .. } => vec![
                "build it with bindings of a WIT world, for example by `wit-bindgen`; or as a command, which exports `_start`"
                    .into(),
            ],
            Error::AdapterModule => {
                vec!["name the program's module: wasi-shim has this adapter built in, and puts it beside".into()]
            }
            Error::Obstacles(obstacles) => {
                let mut hints: Vec<String> = obstacles.iter().map(|obstacle| obstacle.hint.clone()).collect();
                hints.sort();
                hints.dedup();
                hints
            }
            Error::AlreadyForTarget(target) => {
                let versions = "`--wasi-patch 0.2.N` names its interfaces by another version, for hosts that want just that one";
                let versions = (*target == Generation::Wasi02).then_some(versions.into());
                std::iter::once(format!("run it as it is on a host that offers {}", target.name())).chain(versions).collect()
            }
            Error::NoWasi => vec!["run it as it is on a host of either generation".into()],
            Error::Mixed { .. } => vec!["pass `--to 0.2` or `--to 0.3`, for the host that will run it".into()],
            Error::NothingToConnect { .. } => {
                vec!["name the component that a host sees first, then those that it imports from: a middleware, then the service".into()]
            }
            Error::DoNotFit { .. } => vec![
                "build both components from the same version of the interface, and let both take its types from the same one"
                    .into(),
            ],
            Error::UnknownVersion { .. } => {
                vec!["build the component anew, with a toolchain for a version that is known".into()]
            }
            Error::UnknownInterface { .. } => vec!["name interfaces as in `wasi:cli/stdout`".into()],
            Error::NoAdapter(_) => vec!["`wasi-shim wrap` rewrites the component itself".into()],
            Error::Unlinkable(_) => vec!["`--link composed` puts it beside the component".into()],
            Error::OtherGeneration { .. } => vec!["`wasi-shim wrap` adapts one generation to the other".into()],
            Error::NotUsed { .. } => vec!["`wasi-shim inspect` shows which versions a component uses".into()],
            Error::Library { .. } | Error::Unsound(_) => vec!["please report this with the component that caused it".into()],
        }
    }

    pub(crate) fn invalid(error: wasmparser::Error) -> Error {
        Error::Invalid { message: error.message().to_string(), offset: error.offset() }
    }

    /// The component uses `construct`, a noun phrase, which cannot be carried over.
    pub(crate) fn unsupported(construct: impl Into<String>) -> Error {
        let Unsupported { code, reason, hint } = UNSUPPORTED;
        Error::Obstacles(vec![Obstacle { subject: construct.into(), code, reason: reason.into(), hint: hint.into() }])
    }

    pub(crate) fn unsound(error: impl std::fmt::Display) -> Error {
        Error::Unsound(error.to_string())
    }

    /// The error for bytes that are not a binary component at all.
    pub(crate) fn not_a_component(bytes: &[u8]) -> Error {
        let found = if bytes.is_empty() {
            "an empty file"
        } else if wasmparser::Parser::is_core_wasm(bytes) {
            "a core module"
        } else if wasmparser::Parser::is_component(bytes) || b"\0asm".starts_with(&bytes[..bytes.len().min(4)]) {
            "a truncated or unknown binary"
        } else {
            "bytes that are not WebAssembly"
        };
        Error::NotAComponent { found: found.into() }
    }
}
