//! The WIT of both generations, to build components with.

use std::sync::LazyLock;

use wasi_shim::Generation;
use wasi_shim::wasi::{Catalogue, InterfaceName};
use wit_parser::{InterfaceId, Resolve, UnresolvedPackageGroup};

/// The packages of both generations, with all feature gates open.
pub fn resolve() -> Resolve {
    static RESOLVE: LazyLock<Resolve> = LazyLock::new(|| {
        let mut resolve = Resolve { all_features: true, ..Resolve::default() };
        for (package, text) in Generation::ALL.into_iter().flat_map(Catalogue::texts) {
            resolve.push_group(UnresolvedPackageGroup::parse(package, text).unwrap()).unwrap();
        }
        resolve
    });
    RESOLVE.clone()
}

/// The interfaces of `generation`, in the order of the WIT: names without version.
pub fn interfaces(resolve: &Resolve, generation: Generation) -> Vec<(String, InterfaceId)> {
    let named = resolve.interfaces.iter().filter_map(|(id, _)| {
        let name = InterfaceName::parse(&resolve.id_of(id)?)?;
        (name.generation() == Some(generation)).then(|| (name.unversioned(), id))
    });
    named.collect()
}
