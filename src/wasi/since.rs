//! What came to WASI 0.2 after 0.2.0.

use semver::Version;

/// Functions that 0.2.0 did not have: interface, function, and the patch of 0.2 that brought it.
const LATER: &[(&str, &str, u64)] = &[("wasi:cli/exit", "exit-with-code", 12)];

/// The first version of 0.2 whose `interface` has `function`.
pub(crate) fn since(interface: &str, function: &str) -> Version {
    let later = LATER.iter().find(|(known, name, _)| (*known, *name) == (interface, function));
    Version::new(0, 2, later.map_or(0, |(_, _, patch)| *patch))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasi::{Catalogue, Generation};
    use wit_parser::Stability;

    #[test]
    fn versions_are_those_of_the_wit() {
        let catalogue = Catalogue::all();
        let mut later = 0;
        for (interface, id) in catalogue.interfaces(Generation::Wasi02) {
            for function in catalogue.resolve().interfaces[id].functions.values() {
                let Stability::Stable { since: version, .. } = &function.stability else { continue };
                assert_eq!(&since(&interface, &function.name), version, "{interface}#{}", function.name);
                later += usize::from(version.patch > 0);
            }
        }
        assert_eq!(later, LATER.len());
    }
}
