//! Compares the imports and exports of an output with those of its input. The root of a linked
//! output stays the guest's, so nothing in it changes but WASI of the generation that is adapted
//! away.

use std::collections::{BTreeSet, HashMap, HashSet};

use semver::Version;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType};
use wasmparser::{ComponentAlias, ComponentExternName, ComponentExternalKind, ComponentTypeRef, TypeBounds};

use crate::component::{Component, Def, InstanceId, ItemKind, Sort, functions_of};
use crate::graph::check::{Comparison, Mismatch, Role};
use crate::graph::composition::Composition;
use crate::wasi::program::Program;
use crate::wasi::{InterfaceName, program, table};
use crate::{Error, Generation};

/// An input, and how it is to be adapted.
pub(crate) struct Before<'b, 'a> {
    root: &'b Component<'a>,
    /// The imports that code uses, and those that it takes functions from; by their new names.
    live: BTreeSet<&'a str>,
    called: BTreeSet<&'a str>,
    pub(super) target: Generation,
    /// The version of 0.2 that its imports and exports get.
    version: Option<&'b Version>,
    /// Whether its own exports become async.
    async_exports: bool,
}

impl<'b, 'a> Before<'b, 'a> {
    /// The input with `root`, taken apart into `composition`.
    pub fn of(
        root: &'b Component<'a>,
        composition: &Composition<'a>,
        target: Generation,
        version: Option<&'b Version>,
        async_exports: bool,
    ) -> Before<'b, 'a> {
        let (mut live, mut called) = (BTreeSet::new(), BTreeSet::new());
        for part in &composition.parts {
            let (lives, gives) = uses(&part.component);
            for (def, import) in part.component.imports() {
                let Some(name) = part.args.get(import.name.name).and_then(|source| source.root_name()) else {
                    continue;
                };
                live.extend(lives.contains(&def).then_some(name));
                called.extend(gives.contains(&def).then_some(name));
            }
        }
        Before { root, live, called, target, version, async_exports }
    }

    /// Compares the input with `after`, which was made of it.
    pub(super) fn check(&self, after: &Component<'_>, is_linked: bool) -> Result<(), Error> {
        if is_linked {
            self.imports_stay(after)?;
            self.exports_stay(after)?;
            self.nothing_else_is_imported(after)?;
            self.sections_stay(after)?;
        }
        self.programs_stay(after)
    }

    /// The name of import or export `name` in the output; `None` if it is adapted away.
    fn renamed(&self, name: &str) -> Option<String> {
        let Some(interface) = InterfaceName::parse(name) else { return Some(name.into()) };
        match (interface.generation(), self.version) {
            (Some(generation), _) if generation == self.target.other() => None,
            (Some(Generation::Wasi02), Some(version)) => {
                Some(InterfaceName { version: version.clone(), ..interface }.to_string())
            }
            _ => Some(name.into()),
        }
    }

    /// Whether `name` is an interface of the generation that stays: the adapter may import more of
    /// it.
    fn is_of_target(&self, name: &str) -> bool {
        InterfaceName::parse(name).is_some_and(|name| name.generation() == Some(self.target))
    }

    fn imports_stay(&self, after: &Component<'_>) -> Result<(), Error> {
        let mut comparison = Comparison::of(self.root, after, Role::Import);
        let kept: HashMap<&str, _> = after.imports().map(|(_, import)| (import.name.name, import.name)).collect();
        for (def, import) in self.root.imports() {
            let name = import.name.name;
            let Some(renamed) = self.renamed(name) else { continue };
            let is_shared = self.is_of_target(name);
            // The types of an import may have been there only for interfaces that are adapted away.
            let is_asked = is_shared || has_only_value_types(self.root, def);
            let is_used = if is_asked { &self.called } else { &self.live }.contains(&renamed[..]);
            let Some(found) = kept.get(&renamed[..]) else {
                match is_used {
                    true => return Err(Error::unsound(format!("the import `{name}` is missing"))),
                    false => continue,
                }
            };
            // An import that nobody used may be the adapter's alone now.
            if is_shared && !is_used {
                continue;
            }
            if (ComponentExternName { name: &renamed, ..import.name }) != *found {
                return Err(Error::unsound(format!("the import `{name}` has other attributes")));
            }
            if let Some(change) = comparison.changes(name, &renamed, is_shared).first() {
                return Err(Error::unsound(format!("an import was changed: {change}")));
            }
        }
        Ok(())
    }

    fn exports_stay(&self, after: &Component<'_>) -> Result<(), Error> {
        let mut comparison = Comparison::of(self.root, after, Role::Export);
        let kept: HashMap<&str, _> = after.exports().map(|export| (export.name.name, export.name)).collect();
        let mut expected = HashSet::new();
        for export in self.root.exports() {
            let name = export.name.name;
            let Some(renamed) = self.renamed(name) else { continue };
            let Some(found) = kept.get(&renamed[..]) else {
                // Of two programs of a kind one goes.
                if program::role(name).is_none() {
                    return Err(Error::unsound(format!("the export `{name}` is missing")));
                }
                continue;
            };
            if (ComponentExternName { name: &renamed, ..export.name }) != *found {
                return Err(Error::unsound(format!("the export `{name}` has other attributes")));
            }
            let changes = comparison.changes(name, &renamed, false);
            if let Some(change) = changes.iter().find(|change| !self.is_meant(change)) {
                return Err(Error::unsound(format!("an export was changed: {change}")));
            }
            expected.insert(renamed);
        }
        let mut exports = after.exports().map(|export| export.name.name);
        match exports.find(|name| program::role(name).is_none() && !expected.contains(*name)) {
            Some(name) => Err(Error::unsound(format!("`{name}` is exported, and was not"))),
            None => Ok(()),
        }
    }

    /// Whether the adaptation is meant to make this change to an export.
    fn is_meant(&self, change: &Mismatch) -> bool {
        match (change, self.target) {
            (Mismatch::Async { expected, .. }, Generation::Wasi02) => *expected == Generation::Wasi03,
            (Mismatch::Async { expected, .. }, Generation::Wasi03) => {
                *expected == Generation::Wasi02 && self.async_exports
            }
            (Mismatch::Other { .. }, _) => false,
        }
    }

    /// Each kind of program stays, perhaps under another name; programs of the other generation go.
    fn programs_stay(&self, after: &Component<'_>) -> Result<(), Error> {
        let expected: BTreeSet<Program> =
            self.root.exports().filter_map(|export| Some(program::role(export.name.name)?.0)).collect();
        let mut found = BTreeSet::new();
        for export in after.exports() {
            let name = export.name.name;
            let Some((program, generation)) = program::role(name) else { continue };
            if generation != self.target || !found.insert(program) {
                return Err(Error::unsound(format!("`{name}` is a program too many")));
            }
            if !program::is_callable(after, name, program, self.target) {
                return Err(Error::unsound(format!("`{name}` is not what hosts of {} call", self.target.name())));
            }
        }
        match expected == found {
            true => Ok(()),
            false => Err(Error::unsound("a program of the input is missing, or there is another one")),
        }
    }

    /// A new import is a counterpart of an interface that was used, or has types for one.
    fn nothing_else_is_imported(&self, after: &Component<'_>) -> Result<(), Error> {
        let counterparts = self.counterparts();
        let is_counterpart = |name: &str| {
            self.is_of_target(name)
                && InterfaceName::parse(name).is_some_and(|name| counterparts.contains(&name.unversioned()[..]))
        };
        let known: HashMap<String, Def> =
            self.root.imports().filter_map(|(def, import)| Some((self.renamed(import.name.name)?, def))).collect();
        let reached =
            after.reached(|item| matches!(&item.kind, ItemKind::Import(import) if is_counterpart(import.name.name)));
        for (item, is_reached) in after.items.iter().zip(reached) {
            let (ItemKind::Import(import), Some(def)) = (&item.kind, item.def) else { continue };
            let name = import.name.name;
            // The import of a name for a value type asks nothing of a host.
            let is_name = matches!(import.ty, ComponentTypeRef::Type(TypeBounds::Eq(_)));
            if is_name || is_counterpart(name) {
                continue;
            }
            let had = known.get(name).map(|def| functions_of(self.root, *def));
            let has_more =
                functions_of(after, def).iter().any(|function| had.as_ref().is_none_or(|had| !had.contains(function)));
            let is_known = had.is_some() || (is_reached && self.is_of_target(name) && def.sort == Sort::Instance);
            if has_more || !is_known {
                return Err(Error::unsound(format!("`{name}` is imported for more than the input's counterparts")));
            }
        }
        Ok(())
    }

    /// The interfaces of the target that may be called for those that the input uses.
    fn counterparts(&self) -> BTreeSet<&'static str> {
        let programs = self.root.exports().map(|export| export.name.name);
        // Even for types alone R has the functions that read streams of them.
        let (used, always): (_, &[&str]) = match self.target {
            Generation::Wasi03 => (&self.called, &[]),
            Generation::Wasi02 => (&self.live, table::IO),
        };
        let replaced = self.target.other();
        let used = used.iter().copied().chain(programs).filter_map(InterfaceName::parse);
        let used = used.filter(|name| name.generation() == Some(replaced));
        used.flat_map(|name| table::counterparts(replaced, &name.unversioned())).chain(always).copied().collect()
    }

    /// Custom sections of a root with code are the guest's.
    fn sections_stay(&self, after: &Component<'_>) -> Result<(), Error> {
        match !self.root.has_code() || sections(self.root).eq(sections(after)) {
            true => Ok(()),
            false => Err(Error::unsound("a custom section was lost or changed")),
        }
    }
}

/// The definitions of `component` that code uses, and the instances and functions among its imports
/// that it takes functions from.
fn uses(component: &Component<'_>) -> (HashSet<Def>, HashSet<Def>) {
    let (mut live, mut called) = (HashSet::new(), HashSet::new());
    for (item, _) in component.items.iter().zip(component.live()).filter(|(_, is_live)| *is_live) {
        live.extend(item.def);
        match (&item.kind, item.def) {
            (
                ItemKind::Alias(ComponentAlias::InstanceExport {
                    kind: ComponentExternalKind::Func,
                    instance_index,
                    ..
                }),
                _,
            ) => {
                called.insert(InstanceId(*instance_index).into());
            }
            (ItemKind::Import(_), Some(def)) if def.sort == Sort::Func => {
                called.insert(def);
            }
            _ => {}
        }
    }
    (live, called)
}

/// Whether import `def` gives names to value types, and nothing else.
fn has_only_value_types(component: &Component<'_>, def: Def) -> bool {
    let types = component.validated();
    let is_value = |ty| match ty {
        ComponentEntityType::Type { referenced, .. } => !matches!(referenced, ComponentAnyTypeId::Resource(_)),
        _ => false,
    };
    def.sort == Sort::Instance
        && types[types.component_instance_at(def.id)].exports.values().all(|item| is_value(item.ty))
}

fn sections<'c>(component: &'c Component<'_>) -> impl Iterator<Item = (&'c str, &'c [u8])> {
    component.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Custom { name, data } => Some((*name, &data[..])),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use wasmparser::WasmFeatures;

    use super::*;

    const BEFORE: &str = r#"(component
        (import "wasi:random/random@0.2.3" (instance $random (export "get-random-u64" (func (result u64)))))
        (import "wasi:clocks/system-clock@0.3.0" (instance $clock (export "get-resolution" (func (result u64)))))
        (import "test:own/api" (instance $own (export "f" (func (param "x" u8)))))
        (core func $random (canon lower (func $random "get-random-u64")))
        (core func $clock (canon lower (func $clock "get-resolution")))
        (core func $own (canon lower (func $own "f")))
        (core module $main
            (import "" "random" (func (result i64)))
            (import "" "clock" (func (result i64)))
            (import "" "own" (func (param i32)))
            (func (export "f") (result i32) i32.const 0))
        (core instance $main (instantiate $main
            (with "" (instance
                (export "random" (func $random)) (export "clock" (func $clock)) (export "own" (func $own))))))
        (func $g (result u32) (canon lift (core func $main "f")))
        (export "g" (func $g))
        (func $run (result (result)) (canon lift (core func $main "f")))
        (instance $program (export "run" (func $run)))
        (export "wasi:cli/run@0.2.3" (instance $program))
        (@custom "mine" "data"))"#;

    /// The changes to `BEFORE` towards 0.3.
    const ADAPTED: [(&str, &str); 3] = [
        ("wasi:random/random@0.2.3", "wasi:random/random@0.3.0"),
        ("(func $run (result (result))", "(func $run async (result (result))"),
        ("wasi:cli/run@0.2.3", "wasi:cli/run@0.3.0"),
    ];

    fn edited(text: &str, edits: &[(&str, &str)]) -> String {
        edits.iter().fold(text.to_string(), |text, (from, to)| {
            assert!(text.contains(from), "{from} in {text}");
            text.replace(from, to)
        })
    }

    fn compare(before: &str, after: &str, target: Generation, async_exports: bool) -> Result<(), String> {
        let [before, after] = [before, after].map(|text| wat::parse_str(text).expect("the text is valid"));
        let [before, after] =
            [&before, &after].map(|bytes| Component::decode(bytes, WasmFeatures::all()).expect("a valid component"));
        let (composition, _) = Composition::of(&before);
        let before = Before::of(&before, &composition, target, None, async_exports);
        before.check(&after, true).map_err(|error| error.to_string())
    }

    /// Compares `BEFORE` with its adapted form after `edits`.
    fn with(edits: &[(&str, &str)]) -> Result<(), String> {
        compare(BEFORE, &edited(&edited(BEFORE, &ADAPTED), edits), Generation::Wasi03, false)
    }

    #[track_caller]
    fn refused(edits: &[(&str, &str)], reason: &str) {
        let found = with(edits).expect_err("it is refused");
        assert!(found.contains(reason), "{found}");
    }

    #[test]
    fn what_is_adapted_as_meant_passes() {
        with(&[]).unwrap();
    }

    #[test]
    fn imports_of_its_own_stay() {
        refused(&[("test:own/api", "test:own/other")], "the import `test:own/api` is missing");
        refused(&[(r#"(param "x" u8)"#, r#"(param "x" u16)"#)], "expected `x: u8`, found `x: u16`");
        refused(&[(r#"(param "x" u8)))"#, r#"(param "x" u8))) (export "more" (func))"#)], "found a function");
        let implements = r#"(import "api" (implements "test:own/api@1.0.0") "#;
        let after = edited(BEFORE, &ADAPTED).replace(r#"(import "test:own/api" "#, implements);
        let before = BEFORE.replace("test:own/api", "api");
        let error = compare(&before, &after, Generation::Wasi03, false).unwrap_err();
        assert!(error.contains("the import `api` has other attributes"), "{error}");
        refused(
            &[(r#"(import "test:own/api""#, r#"(import "more" (func)) (import "test:own/api""#)],
            "`more` is imported for more",
        );
    }

    #[test]
    fn names_of_types_may_be_new() {
        let import = r#"(import "test:own/api""#;
        let with_type = |bounds: &str| {
            let types = r#"(type $record (record (field "x" u8)))"#;
            format!(r#"{types} (import "more" (type {bounds})) {import}"#)
        };
        with(&[(import, &with_type("(eq $record)"))]).unwrap();
        refused(&[(import, &with_type("(sub resource)"))], "`more` is imported for more");
    }

    #[test]
    fn imports_of_the_target_stay_and_may_only_grow_for_counterparts() {
        let clock = "wasi:clocks/system-clock@0.3.0";
        refused(&[(clock, "wasi:random/insecure@0.3.0")], "the import `wasi:clocks/system-clock@0.3.0` is missing");
        let resolution = r#"(export "get-resolution" (func (result u64)))"#;
        let other = r#"(export "get-resolution" (func (result u64))) (export "now" (func (result u64)))"#;
        refused(&[(resolution, other)], "`wasi:clocks/system-clock@0.3.0` is imported for more");
        let changed = [(resolution, r#"(export "get-resolution" (func (result s64)))"#)];
        refused(&changed, "expected `u64`, found `s64`");
    }

    #[test]
    fn what_is_new_is_a_counterpart_or_has_types_for_one() {
        let random = "wasi:random/random@0.3.0";
        refused(&[(random, "wasi:random/insecure@0.3.0")], "`wasi:random/insecure@0.3.0` is imported for more");
        let import = r#"(import "wasi:random/random@0.3.0" (instance $random "#;
        let types = |function: &str| {
            format!(
                r#"(import "wasi:random/types@0.3.0" (instance $types (export "x" (type (sub resource))) {function}))"#
            )
        };
        let unused = format!("{} {import}", types(""));
        refused(&[(import, &unused)], "`wasi:random/types@0.3.0` is imported for more");
        let using = |function: &str| {
            let alias = r#"(alias export $types "x" (type $x))"#;
            let used = r#"(alias outer 1 $x (type $y)) (export "y" (type (eq $y)))"#;
            format!("{} {alias} {import} {used}", types(function))
        };
        with(&[(import, &using(""))]).unwrap();
        refused(&[(import, &using(r#"(export "f" (func))"#))], "`wasi:random/types@0.3.0` is imported for more");
    }

    #[test]
    fn exports_stay() {
        refused(&[(r#"(export "g""#, r#"(export "h""#)], "the export `g` is missing");
        refused(&[("(func $g (result u32)", "(func $g (result s32)")], "`g`, result: expected `u32`, found `s32`");
        let more = (r#"(export "g" (func $g))"#, r#"(export "g" (func $g)) (export "h" (func $g))"#);
        refused(&[more], "`h` is exported, and was not");
        refused(&[(r#""data""#, r#""date""#)], "a custom section was lost or changed");
    }

    #[test]
    fn exports_become_async_only_if_asked_for() {
        let becomes_async = [("(func $g (result u32)", "(func $g async (result u32)")];
        refused(&becomes_async, "expected `func`, found `async func`");
        let after = edited(&edited(BEFORE, &ADAPTED), &becomes_async);
        compare(BEFORE, &after, Generation::Wasi03, true).unwrap();
    }

    #[test]
    fn exports_lose_async_towards_02() {
        let async_export = [("(func $g (result u32)", "(func $g async (result u32)")];
        let before = edited(&edited(BEFORE, &[("wasi:clocks/system-clock@0.3.0", "wasi:clocks/x@0.2.0")]), &ADAPTED);
        let before = edited(&before, &async_export);
        let back: Vec<(&str, &str)> = ADAPTED.iter().chain(&async_export).map(|(to, from)| (*from, *to)).collect();
        let after = edited(&before, &back);
        compare(&before, &after, Generation::Wasi02, false).unwrap();
        let changed = edited(&after, &[("(func $g (result u32)", "(func $g (result s32)")]);
        assert!(compare(&before, &changed, Generation::Wasi02, false).is_err());
    }

    #[test]
    fn programs_stay_programs() {
        let run = r#"(export "wasi:cli/run@0.3.0" (instance $program))"#;
        refused(&[(run, "")], "a program of the input is missing");
        refused(&[("(func $run async ", "(func $run ")], "is not what hosts of WASI 0.3 call");
        let both = format!(r#"{run} (export "wasi:cli/run@0.2.3" (instance $program))"#);
        refused(&[(run, &both)], "`wasi:cli/run@0.2.3` is a program too many");
        let other = r#"(export "wasi:http/handler@0.3.0" (instance $program))"#;
        refused(&[(run, other)], "`wasi:http/handler@0.3.0` is not what hosts of WASI 0.3 call");
    }
}
