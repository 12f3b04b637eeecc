//! Versions of WASI: those of the WIT, and those under which hosts of a generation are addressed.

use semver::Version;

use super::Catalogue;
use crate::Generation;

/// The version `0.N.patch` of `generation`.
pub(crate) fn patch(generation: Generation, patch: u64) -> Version {
    let minor = match generation {
        Generation::Wasi02 => 2,
        Generation::Wasi03 => 3,
    };
    Version::new(0, minor, patch)
}

/// The first version of `generation`. Hosts of later patches are hosts of this one, too.
pub(crate) fn first(generation: Generation) -> Version {
    patch(generation, 0)
}

/// The latest version of `generation` that is known: that of the WIT.
pub fn latest(generation: Generation) -> Version {
    let (package, text) = Catalogue::texts(generation)[0];
    let version = text.strip_prefix("package ").and_then(|text| text.strip_prefix(package)?.strip_prefix('@'));
    let version = version.and_then(|text| Version::parse(text.split(';').next()?).ok());
    version.unwrap_or_else(|| unreachable!("the WIT of {package} begins with its version"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_one_version() {
        let catalogue = Catalogue::all();
        for (_, package) in catalogue.resolve().packages.iter() {
            let version = package.name.version.as_ref().unwrap();
            assert!(Generation::ALL.map(latest).contains(version), "{}", package.name);
        }
        for generation in Generation::ALL {
            assert_eq!(first(generation).minor, latest(generation).minor);
            assert!(first(generation) < latest(generation));
        }
    }
}
