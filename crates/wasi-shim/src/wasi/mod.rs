//! The catalogue: what is known of WASI 0.2 and 0.3. The WIT has packages, interfaces and
//! functions; the `table` says how each function behaves when its generation is implemented on the
//! other.

mod candidates;
mod declare;
mod mapping;
mod name;
pub(crate) mod program;
pub(crate) mod table;
pub(crate) mod versions;

use std::sync::LazyLock;

pub use candidates::{CANDIDATES, Candidate};
pub(crate) use candidates::{is_candidate, is_of_wasi};
pub(crate) use declare::declare;
pub(crate) use mapping::from_host;
pub use mapping::{FunctionMapping, mappings};
pub use name::InterfaceName;
pub use table::Effect;
pub(crate) use table::{is_split, later, since};
pub use versions::latest;
use wit_parser::{InterfaceId, Resolve, UnresolvedPackageGroup};

use crate::Generation;

/// The interface of both generations with the types of HTTP, without version: nothing of HTTP works
/// without its resources.
pub(crate) const HTTP_TYPES: &str = "wasi:http/types";

/// The function of 0.2 that tells exit codes, without which adapters make do with `exit`: interface
/// and name.
pub(crate) const EXIT_WITH_CODE: (&str, &str) = ("wasi:cli/exit", "exit-with-code");

/// The texts of `wit/`, one package each.
const WASI02: &[(&str, &str)] = &[
    ("wasi:io", include_str!("../../wit/0.2/io.wit")),
    ("wasi:clocks", include_str!("../../wit/0.2/clocks.wit")),
    ("wasi:random", include_str!("../../wit/0.2/random.wit")),
    ("wasi:filesystem", include_str!("../../wit/0.2/filesystem.wit")),
    ("wasi:sockets", include_str!("../../wit/0.2/sockets.wit")),
    ("wasi:cli", include_str!("../../wit/0.2/cli.wit")),
    ("wasi:http", include_str!("../../wit/0.2/http.wit")),
];
const WASI03: &[(&str, &str)] = &[
    ("wasi:clocks", include_str!("../../wit/0.3/clocks.wit")),
    ("wasi:random", include_str!("../../wit/0.3/random.wit")),
    ("wasi:filesystem", include_str!("../../wit/0.3/filesystem.wit")),
    ("wasi:sockets", include_str!("../../wit/0.3/sockets.wit")),
    ("wasi:cli", include_str!("../../wit/0.3/cli.wit")),
    ("wasi:http", include_str!("../../wit/0.3/http.wit")),
];

fn read(package: &str, text: &str) -> UnresolvedPackageGroup {
    UnresolvedPackageGroup::parse(package, text)
        .unwrap_or_else(|(_, error)| unreachable!("the WIT of {package} is part of the program: {error}"))
}

/// WASI as released: the packages of both generations, with all feature gates open.
pub struct Catalogue {
    resolve: Resolve,
}

impl Catalogue {
    /// The packages of both generations, read once.
    pub fn all() -> &'static Catalogue {
        static ALL: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::without(&[]));
        &ALL
    }

    /// As [`Catalogue::all`], but for HTTP, which is a third of the text.
    pub(crate) fn without_http() -> &'static Catalogue {
        static OTHERS: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::without(&["wasi:http"]));
        &OTHERS
    }

    /// Reads the packages of both generations except those named, which no other may use.
    fn without(packages: &[&str]) -> Catalogue {
        let mut resolve = Resolve { all_features: true, ..Resolve::default() };
        for generation in Generation::ALL {
            let texts = Catalogue::texts(generation).iter();
            for (package, text) in texts.filter(|(package, _)| !packages.contains(package)) {
                // Listed so that each follows those that it uses.
                if let Err(error) = resolve.push_group(read(package, text)) {
                    unreachable!("the WIT of {package} is part of the program: {error}");
                }
            }
        }
        Catalogue { resolve }
    }

    /// The WIT of `generation`: package and text, each behind the packages that it uses.
    pub fn texts(generation: Generation) -> &'static [(&'static str, &'static str)] {
        match generation {
            Generation::Wasi02 => WASI02,
            Generation::Wasi03 => WASI03,
        }
    }

    /// The packages as `wit-parser` has them.
    pub(crate) fn resolve(&self) -> &Resolve {
        &self.resolve
    }

    /// The interfaces of `generation`, in the order of the WIT.
    pub fn interfaces(&self, generation: Generation) -> impl Iterator<Item = Interface<'_>> {
        self.interface_ids(generation).map(|(name, id)| Interface { name, wit: &self.resolve.interfaces[id] })
    }

    /// The interfaces of `generation`: names without version, in the order of the WIT.
    pub(crate) fn interface_ids(&self, generation: Generation) -> impl Iterator<Item = (String, InterfaceId)> {
        self.resolve.interfaces.iter().filter_map(move |(id, _)| {
            let name = InterfaceName::parse(&self.resolve.id_of(id)?)?;
            (name.generation() == Some(generation)).then(|| (name.unversioned(), id))
        })
    }

    /// The functions of 0.2: interface without version, function, and effect when implemented on
    /// 0.3.
    pub fn effects(&self) -> impl Iterator<Item = (String, &str, Effect)> {
        let mappings = mappings(Generation::Wasi02);
        mappings.map(|mapping| (mapping.interface().to_string(), mapping.function(), mapping.effect()))
    }
}

/// An interface of WASI.
#[derive(Debug, Clone)]
pub struct Interface<'c> {
    name: String,
    wit: &'c wit_parser::Interface,
}

impl<'c> Interface<'c> {
    /// The name without version: `wasi:io/poll`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The documentation of the interface in the WIT; `None` if there is none.
    pub fn docs(&self) -> Option<&'c str> {
        self.wit.docs.contents.as_deref()
    }

    /// The functions, in the order of the WIT.
    pub fn functions(&self) -> impl Iterator<Item = Function<'c>> + use<'c> {
        self.wit.functions.values().map(|wit| Function { wit })
    }
}

/// A function of WASI.
#[derive(Debug, Clone, Copy)]
pub struct Function<'c> {
    wit: &'c wit_parser::Function,
}

impl<'c> Function<'c> {
    /// The name as in binaries: `[method]pollable.block`.
    pub fn name(&self) -> &'c str {
        &self.wit.name
    }

    /// The documentation of the function in the WIT; `None` if there is none.
    pub fn docs(&self) -> Option<&'c str> {
        self.wit.docs.contents.as_deref()
    }

    /// Whether the function is an `async func`.
    pub fn is_async(&self) -> bool {
        self.wit.kind.is_async()
    }
}
