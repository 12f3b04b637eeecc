//! What came to WASI 0.2 after 0.2.0.

use semver::Version;

/// Functions that 0.2.0 did not have: interface, function, and the patch of 0.2 that brought it.
const LATER: &[(&str, &str, u64)] = &[("wasi:cli/exit", "exit-with-code", 12)];

/// The same of functions behind feature gates, which hosts need not have at all.
const GATED: &[(&str, &str, u64)] = &[
    ("wasi:clocks/timezone", "display", 1),
    ("wasi:clocks/timezone", "utc-offset", 1),
    ("wasi:sockets/network", "network-error-code", 2),
    ("wasi:http/types", "[method]response-outparam.send-informational", 4),
];

/// The first version of 0.2 whose `interface` has `function`.
pub(crate) fn since(interface: &str, function: &str) -> Version {
    let later = LATER.iter().chain(GATED).find(|(known, name, _)| (*known, *name) == (interface, function));
    Version::new(0, 2, later.map_or(0, |(_, _, patch)| *patch))
}

/// The functions that came to `interface` after 0.2.0 and that every host has, and when.
pub(crate) fn later(interface: &str) -> impl Iterator<Item = (&'static str, Version)> {
    let of_interface = LATER.iter().filter(move |(known, _, _)| *known == interface);
    of_interface.map(|(_, function, patch)| (*function, Version::new(0, 2, *patch)))
}

#[cfg(test)]
mod tests {
    use wit_parser::Stability;

    use super::*;
    use crate::Generation;
    use crate::wasi::Catalogue;

    #[test]
    fn versions_are_those_of_the_wit() {
        let catalogue = Catalogue::all();
        let mut later = 0;
        for (interface, id) in catalogue.interface_ids(Generation::Wasi02) {
            for function in catalogue.resolve().interfaces[id].functions.values() {
                let Stability::Stable { since: version, .. } = &function.stability else { continue };
                assert_eq!(&since(&interface, &function.name), version, "{interface}#{}", function.name);
                later += usize::from(version.patch > 0);
            }
        }
        assert_eq!(later, LATER.len());
        for (interface, function, _) in GATED {
            let (_, id) = catalogue.interface_ids(Generation::Wasi02).find(|(name, _)| name == interface).unwrap();
            let function = &catalogue.resolve().interfaces[id].functions[*function];
            assert!(matches!(function.stability, Stability::Unstable { .. }), "{interface}#{}", function.name);
        }
    }
}
