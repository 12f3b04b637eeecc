//! Which imports R satisfies: those of WASI 0.3 at the root, and of the parts of a composition those that they are
//! passed on to.

use std::collections::HashMap;

use super::parts;
use crate::component::{Component, Sort};
use crate::wasi::{Generation, InterfaceName};

/// Imported instances that R satisfies, by id, with the interface.
pub(super) type Adapted = HashMap<u32, InterfaceName>;

/// Those of a root.
pub(super) fn of_root(component: &Component<'_>) -> Adapted {
    let imports = component.imports().filter(|(def, _)| def.sort == Sort::Instance);
    let imports = imports.filter_map(|(def, import)| Some((def.id, InterfaceName::parse(import.name.name)?)));
    imports.filter(|(_, name)| name.generation() == Some(Generation::Wasi03)).collect()
}

/// Those of `part`, which is definition `id` of `component`. `Err` names an import that is given different things by
/// different instantiations.
pub(super) fn of_part(
    component: &Component<'_>,
    adapted: &Adapted,
    id: u32,
    part: &Component<'_>,
) -> Result<Adapted, String> {
    let instantiations: Vec<_> = parts::instantiations(component).filter(|(_, of, _)| *of == id).collect();
    let mut found = Adapted::new();
    for (def, import) in part.imports().filter(|(def, _)| def.sort == Sort::Instance) {
        let given = |args: &[wasmparser::ComponentInstantiationArg<'_>]| {
            let arg = args.iter().find(|arg| arg.name == import.name.name && Sort::from(arg.kind) == Sort::Instance)?;
            adapted.get(&arg.index).cloned()
        };
        let mut each = instantiations.iter().map(|(_, _, args)| given(args));
        let Some(first) = each.next() else { continue };
        if each.any(|other| other != first) {
            return Err(import.name.name.to_string());
        }
        found.extend(first.map(|name| (def.id, name)));
    }
    Ok(found)
}
