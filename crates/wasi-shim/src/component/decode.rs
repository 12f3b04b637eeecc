//! Decoding: bytes → items, validated on the way.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use wasmparser::types::Types;
use wasmparser::{
    ComponentAlias, ComponentName, ComponentNameSectionReader, CoreType, Encoding, FuncValidatorAllocations, Payload,
    ValidPayload, Validator, WasmFeatures,
};

use super::{Component, Def, Item, ItemKind, SORTS, Sort, sort_of_type_ref};
use crate::{Error, depth, foreign};

/// How deep components may be nested: walking them is recursive.
const MAX_NESTING: usize = 100;

/// A module or component whose sections are being read.
enum Open<'a> {
    Component(Box<Component<'a>>),
    Module { start: usize },
}

impl<'a> Component<'a> {
    /// Decodes a binary component and validates it with `features`.
    ///
    /// The bodies of core functions are not validated: they are copied, not interpreted.
    ///
    /// # Errors
    ///
    /// [`Error::NotAComponent`] if the bytes are no component, [`Error::Invalid`] if they are not a
    /// valid one.
    pub fn decode(bytes: &'a [u8], features: WasmFeatures) -> Result<Component<'a>, Error> {
        Component::decode_with(bytes, features, &|_| true)
    }

    /// Like [`Component::decode`], bodies included: whoever gets an input validates all of it.
    ///
    /// # Errors
    ///
    /// As [`Component::decode`].
    pub fn decode_all(bytes: &'a [u8], features: WasmFeatures) -> Result<Component<'a>, Error> {
        Component::decode_with(bytes, features, &|_| false)
    }

    /// Like [`Component::decode_all`], without the bodies of core modules that are `known`, because
    /// they have been validated already.
    ///
    /// # Errors
    ///
    /// As [`Component::decode`].
    pub fn decode_with(
        bytes: &'a [u8],
        features: WasmFeatures,
        known: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Component<'a>, Error> {
        let mut validator = Validator::new_with_features(features);
        let mut allocations = FuncValidatorAllocations::default();
        let mut is_known = false;
        let mut validate = |payload: &Payload<'a>| {
            depth::check(bytes, payload)?;
            if let Payload::ModuleSection { unchecked_range: Range { start, end }, .. } = payload {
                is_known = bytes.get(*start as usize..*end as usize).is_some_and(known);
            }
            match validator.payload(payload).map_err(Error::invalid)? {
                ValidPayload::Func(function, body) if !is_known => {
                    let mut function = function.into_validator(std::mem::take(&mut allocations));
                    function.validate(&body).map_err(Error::invalid)?;
                    allocations = function.into_allocations();
                    Ok(None)
                }
                ValidPayload::End(types) => Ok(Some(types)),
                _ => Ok(None),
            }
        };
        foreign::call("wasmparser", || Component::read_all(bytes, &mut validate))
    }

    /// Decodes a component that is embedded in the program. Nothing is validated, so types are
    /// unknown.
    ///
    /// # Errors
    ///
    /// As [`Component::decode`].
    pub fn decode_own(bytes: &'a [u8]) -> Result<Component<'a>, Error> {
        Component::read_all(bytes, &mut |_| Ok(None))
    }

    /// Reads the items. `validate` sees each payload first; at the end of a component it returns
    /// the types.
    fn read_all(
        bytes: &'a [u8],
        validate: &mut dyn FnMut(&Payload<'a>) -> Result<Option<Types>, Error>,
    ) -> Result<Component<'a>, Error> {
        if !wasmparser::Parser::is_component(bytes) {
            return Err(Error::not_a_component(bytes));
        }
        let mut open: Vec<Open<'a>> = Vec::new();
        for payload in wasmparser::Parser::new(0).parse_all(bytes) {
            let payload = payload.map_err(Error::invalid)?;
            let types = validate(&payload)?;
            match payload {
                // The error cannot name a component this deep: nothing of it has been read yet.
                Payload::Version { .. } if open.len() > MAX_NESTING => {
                    return Err(Error::unsupported(format!("components nested more than {MAX_NESTING} deep")));
                }
                Payload::Version { encoding: Encoding::Component, .. } => {
                    open.push(Open::Component(Box::new(Component::new())))
                }
                Payload::Version { encoding: Encoding::Module, range, .. } => {
                    open.push(Open::Module { start: range.start as usize });
                }
                Payload::End(end) => {
                    let (sort, kind) = match open.pop() {
                        Some(Open::Component(mut component)) => {
                            component.types = types.map(Arc::new);
                            if open.is_empty() {
                                return Ok(*component);
                            }
                            (Sort::Component, ItemKind::Component(component))
                        }
                        Some(Open::Module { start }) => {
                            (Sort::CoreModule, ItemKind::CoreModule(Cow::Borrowed(&bytes[start..end as usize])))
                        }
                        None => unreachable!("an end without a begin"),
                    };
                    match open.last_mut() {
                        Some(Open::Component(parent)) => parent.push(sort, kind),
                        _ => return Err(Error::not_a_component(bytes)),
                    }
                }
                payload => {
                    if let Some(Open::Component(component)) = open.last_mut() {
                        component.read(payload)?;
                    }
                }
            }
        }
        Err(Error::not_a_component(bytes))
    }

    fn push(&mut self, sort: Sort, kind: ItemKind<'a>) {
        let (_, item) = self.define(sort, kind);
        self.items.push(item);
    }

    fn push_nothing(&mut self, kind: ItemKind<'a>) {
        self.items.push(Item { def: None, kind });
    }

    fn read(&mut self, payload: Payload<'a>) -> Result<(), Error> {
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {}
            Payload::InstanceSection(section) => {
                for instance in section {
                    self.push(Sort::CoreInstance, ItemKind::CoreInstance(instance.map_err(Error::invalid)?));
                }
            }
            Payload::CoreTypeSection(section) => {
                for ty in section {
                    let ty = ty.map_err(Error::invalid)?;
                    // No toolchain writes such a group: components define core types only for
                    // modules that are imported, and for the option `gc`.
                    if matches!(&ty, CoreType::Rec(group) if group.types().len() != 1) {
                        return Err(Error::unsupported("a recursion group of core types at component level"));
                    }
                    self.push(Sort::CoreType, ItemKind::CoreType(ty));
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section {
                    self.push(Sort::Instance, ItemKind::Instance(instance.map_err(Error::invalid)?));
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section {
                    let alias = alias.map_err(Error::invalid)?;
                    let sort = match &alias {
                        ComponentAlias::InstanceExport { kind, .. } => Sort::from(*kind),
                        ComponentAlias::CoreInstanceExport { kind, .. } => Sort::from(*kind),
                        ComponentAlias::Outer { kind, .. } => Sort::from(*kind),
                    };
                    self.push(sort, ItemKind::Alias(alias));
                }
            }
            Payload::ComponentTypeSection(section) => {
                for ty in section {
                    self.push(Sort::Type, ItemKind::Type(ty.map_err(Error::invalid)?));
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                for canon in section {
                    let canon = canon.map_err(Error::invalid)?;
                    let sort = match canon {
                        wasmparser::CanonicalFunction::Lift { .. } => Sort::Func,
                        _ => Sort::CoreFunc,
                    };
                    self.push(sort, ItemKind::Canon(canon));
                }
            }
            Payload::ComponentStartSection { start, .. } => {
                // The validator lets start functions pass only with a feature that engines do not
                // have.
                if start.results != 0 {
                    return Err(Error::unsupported("a component start function with results"));
                }
                self.push_nothing(ItemKind::Start(start));
            }
            Payload::ComponentImportSection(section) => {
                for import in section {
                    let import = import.map_err(Error::invalid)?;
                    self.push(sort_of_type_ref(&import.ty), ItemKind::Import(import));
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    let export = export.map_err(Error::invalid)?;
                    self.push(Sort::from(export.kind), ItemKind::Export(export));
                }
            }
            Payload::CustomSection(section) => match section.as_known() {
                wasmparser::KnownCustom::ComponentName(names) => {
                    // Names are a debugging aid: a damaged section costs the names, nothing else.
                    if self.read_names(names).is_err() {
                        self.names = HashMap::new();
                    }
                    self.push_nothing(ItemKind::Names);
                }
                _ => self.push_nothing(ItemKind::Custom { name: section.name(), data: Cow::Borrowed(section.data()) }),
            },
            other => unreachable!("the validator lets no {other:?} into a component"),
        }
        Ok(())
    }

    fn read_names(&mut self, names: ComponentNameSectionReader<'a>) -> wasmparser::Result<()> {
        for subsection in names {
            let (sort, map) = match subsection? {
                ComponentName::Component { name, .. } => {
                    self.name = Some(name);
                    continue;
                }
                ComponentName::CoreFuncs(map) => (Sort::CoreFunc, map),
                ComponentName::CoreTables(map) => (Sort::CoreTable, map),
                ComponentName::CoreMemories(map) => (Sort::CoreMemory, map),
                ComponentName::CoreGlobals(map) => (Sort::CoreGlobal, map),
                ComponentName::CoreTags(map) => (Sort::CoreTag, map),
                ComponentName::CoreTypes(map) => (Sort::CoreType, map),
                ComponentName::CoreModules(map) => (Sort::CoreModule, map),
                ComponentName::CoreInstances(map) => (Sort::CoreInstance, map),
                ComponentName::Funcs(map) => (Sort::Func, map),
                ComponentName::Values(map) => (Sort::Value, map),
                ComponentName::Types(map) => (Sort::Type, map),
                ComponentName::Components(map) => (Sort::Component, map),
                ComponentName::Instances(map) => (Sort::Instance, map),
                ComponentName::Unknown { .. } => continue,
            };
            for naming in map {
                let naming = naming?;
                self.names.insert(Def::new(sort, naming.index), naming.name);
            }
        }
        Ok(())
    }
}

const _: () = assert!(SORTS == 13, "a new index space needs a row in read_names and in encode");
