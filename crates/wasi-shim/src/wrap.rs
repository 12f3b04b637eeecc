//! The whole tool as one function: a component in, an adapted component out.

use std::borrow::Cow;
use std::rc::Rc;

use wasmparser::WasmFeatures;

use crate::component::{Arena, Component, close, extern_names, without_maps};
use crate::diagnose::conformance;
use crate::diagnose::features::{self, Beyond};
use crate::direction::{Adapted, Direction};
use crate::graph::composition::Composition;
use crate::graph::root;
use crate::p2_on_p3::ToWasi03;
use crate::p3_on_p2::ToWasi02;
use crate::report::metadata::Step;
use crate::report::notes::Note;
use crate::report::{Linking, metadata, notes};
use crate::wasi::{InterfaceName, versions};
use crate::{Error, Generation, Surface, componentize, is_core_module, p3_on_p2, reversion, verify};

/// How [`wrap`] adapts a component.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct WrapOptions {
    /// The generation to adapt to; `None` stands for the one that the component does not use.
    pub to: Option<Generation>,
    /// Towards 0.2: the N of the version 0.2.N that the adapted component imports and exports.
    /// `None` stands for the lowest that offers what is needed, and is not below those that the
    /// component uses already.
    pub wasi_patch: Option<u64>,
    /// Towards 0.3: whether one instance of a service handles one request after another. By default
    /// each has an instance for itself, as on a host of 0.2.
    pub reuse_instance: bool,
    /// Towards 0.3: whether exported functions of the component's own become `async`, so that a
    /// call of them may wait.
    pub async_exports: bool,
    /// Where the adapter is put; `None` stands for linked if that can be.
    pub linking: Option<Linking>,
}

/// The outcome of [`wrap`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Wrapped {
    /// The adapted component: validated, deterministic for the same input and options.
    pub bytes: Vec<u8>,
    /// The generation it was adapted to.
    pub target: Generation,
    /// The notes for the user, in a deterministic order.
    pub notes: Vec<Note>,
    /// The adapter that is beside it, as a component of its own; `None` if it needs none, or is
    /// linked to it.
    pub adapter: Option<Vec<u8>>,
    /// Where the adapter is; `None` if the component needs none.
    pub linking: Option<Linking>,
}

/// A component to be adapted, and how: [`wrap`] step by step.
///
/// ```
/// use wasi_shim::{Generation, Wrap};
///
/// // A component that imports one interface of WASI 0.2. In practice this is a file.
/// let component = wat::parse_str(
///     r#"(component
///          (import "wasi:random/random@0.2.3"
///            (instance $random (export "get-random-u64" (func (result u64)))))
///          (core func (canon lower (func $random "get-random-u64"))))"#,
/// )
/// .unwrap();
/// let wrapped = Wrap::new(&component).to(Generation::Wasi03).run()?;
/// assert_eq!(wrapped.target, Generation::Wasi03);
/// for note in &wrapped.notes {
///     eprintln!("{note}");
/// }
/// # Ok::<(), wasi_shim::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing happens before `run`"]
pub struct Wrap<'a> {
    component: &'a [u8],
    options: WrapOptions,
}

impl<'a> Wrap<'a> {
    /// The binary component, or core module of WASI 0.1, `component`, to be adapted to the
    /// generation that it does not use.
    pub fn new(component: &'a [u8]) -> Wrap<'a> {
        Wrap { component, options: WrapOptions::default() }
    }

    /// Adapts it to `target`: [`WrapOptions::to`].
    pub fn to(mut self, target: Generation) -> Wrap<'a> {
        self.options.to = Some(target);
        self
    }

    /// Imports and exports 0.2.`patch`: [`WrapOptions::wasi_patch`].
    pub fn patch(mut self, patch: u64) -> Wrap<'a> {
        self.options.wasi_patch = Some(patch);
        self
    }

    /// Lets an instance of a service be used again: [`WrapOptions::reuse_instance`].
    pub fn reuse_instance(mut self) -> Wrap<'a> {
        self.options.reuse_instance = true;
        self
    }

    /// Makes exports of the component's own async: [`WrapOptions::async_exports`].
    pub fn async_exports(mut self) -> Wrap<'a> {
        self.options.async_exports = true;
        self
    }

    /// Puts the adapter where `linking` says: [`WrapOptions::linking`].
    pub fn linking(mut self, linking: Linking) -> Wrap<'a> {
        self.options.linking = Some(linking);
        self
    }

    /// Adapts the component.
    ///
    /// # Errors
    ///
    /// As [`wrap`].
    pub fn run(self) -> Result<Wrapped, Error> {
        wrap(self.component, &self.options)
    }
}

/// Adapts `component`, a binary WebAssembly component, to the generation that `options` name. A
/// core module of WASI 0.1 is made into a component first; towards 0.2 that is all.
///
/// # Errors
///
/// [`Error`] when the input is neither, is already for the target, uses both generations while
/// `options` name none, or contains something that the target cannot express; nothing is returned
/// half-adapted.
pub fn wrap(component: &[u8], options: &WrapOptions) -> Result<Wrapped, Error> {
    match options.to {
        _ if !is_core_module(component) => adapt(component, options),
        Some(target @ Generation::Wasi02) => {
            let (component, note) = componentize::for_patch(component, options.wasi_patch)?;
            let bytes = metadata::carry_over(&[&component], component.clone(), None)?;
            Ok(Wrapped { bytes, target, notes: note.into_iter().collect(), adapter: None, linking: None })
        }
        _ => adapt(&componentize(component)?, options),
    }
}

fn adapt(component: &[u8], options: &WrapOptions) -> Result<Wrapped, Error> {
    let arena = Arena::default();
    let (released, mut notes) = reversion::to_release(component)?;
    let input = Input::decode(&released, &arena)?;
    let surface = match &released {
        Cow::Borrowed(_) => Surface::of_decoded(&input.component),
        Cow::Owned(_) => Surface::of(component)?,
    };
    let target = options.to.map_or_else(|| input.target(), Ok)?;
    let wrapped = match target {
        Generation::Wasi03 => in_direction(
            &ToWasi03::new(&input.names, options.reuse_instance, options.async_exports),
            input,
            &arena,
            options,
        ),
        Generation::Wasi02 => {
            let names = input.names.clone();
            in_direction(&ToWasi02::new(&names, options.wasi_patch), input, &arena, options)
        }
    };
    let wrapped = match (wrapped, released) {
        // A component for the target may still have versions that the host does not take.
        (Err(Error::AlreadyForTarget(target)), released) => {
            let patch = options.wasi_patch.filter(|_| target == Generation::Wasi02);
            let bytes = match patch {
                Some(patch) => reversion::to_patch(released, patch)?,
                None => released,
            };
            let Cow::Owned(bytes) = bytes else { return Err(Error::AlreadyForTarget(target)) };
            Wrapped { bytes, target, notes: Vec::new(), adapter: None, linking: None }
        }
        (Err(Error::Unlinkable(_)), _) if options.linking.is_none() => {
            return adapt(component, &WrapOptions { linking: Some(Linking::Composed), ..options.clone() });
        }
        (Err(error), released) => return Err(explained(error, &released, target)),
        (Ok(wrapped), _) => wrapped,
    };
    notes.extend(wrapped.notes);
    let again = notes::of_history(&metadata::history(component), wrapped.target);
    notes.extend(again.filter(|_| wrapped.linking.is_some()));
    notes.sort_by_key(|note| note.code);
    let step = Step::of(surface, metadata::wrapped_for(wrapped.target), wrapped.linking);
    let bytes = metadata::carry_over(&[component], wrapped.bytes, Some(step))?;
    Ok(Wrapped { bytes, notes, ..wrapped })
}

/// A decoded component, and what it uses.
struct Input<'a> {
    bytes: &'a [u8],
    /// The component that `bytes` are, without definitions that nothing uses.
    component: Component<'a>,
    /// The interfaces that it imports and exports.
    names: Vec<InterfaceName>,
    beyond: Beyond,
}

impl<'a> Input<'a> {
    fn decode(bytes: &'a [u8], arena: &'a Arena) -> Result<Input<'a>, Error> {
        let (mut component, mut beyond) = Beyond::decode(bytes)?;
        component.remove_dead_definitions();
        if !beyond.is_empty() {
            // Some may be features of definitions that nothing uses.
            (component, beyond) = Beyond::decode(arena.bytes(component.encode().map_err(Error::unsound)?))?;
        }
        let imports = component.imports().map(|(_, import)| import.name.name);
        let exports = component.exports().map(|export| export.name.name);
        let names = imports.chain(exports).filter_map(InterfaceName::parse).collect();
        let closed = close(&component, arena);
        let input = Input { bytes, component, names, beyond };
        match closed {
            Some(closed) => input.become_component(closed, arena),
            None => Ok(input),
        }
    }

    /// The input with `component`, which means the same, in the place of its own.
    fn become_component(self, component: Component<'a>, arena: &'a Arena) -> Result<Input<'a>, Error> {
        let bytes = arena.bytes(component.encode().map_err(Error::unsound)?);
        let mut component = Component::decode(bytes, WasmFeatures::all())?;
        component.remove_dead_definitions();
        Ok(Input { component, ..self })
    }

    /// The input with lists in the place of maps, which hosts of WASI 0.2 do not know.
    fn without_maps(self, arena: &'a Arena) -> Result<Input<'a>, Error> {
        let mut component = self.component.clone();
        without_maps(&mut component);
        self.become_component(component, arena)
    }

    /// The composition, unless something stands in the way of adapting it: known obstacles, or
    /// features.
    fn unless_refused<D: Direction>(&self, direction: &D, arena: &'a Arena) -> Result<Composition<'a>, Error> {
        let composition = direction.composition(&self.component, arena);
        let mut found = composition.as_ref().err().cloned().unwrap_or_default();
        let mut beyond = self.beyond.obstacles(D::TARGET, &|feature| direction.is_named(feature, &found));
        beyond.retain(|new| !found.iter().any(|known| known.reason == new.reason));
        found.extend(beyond);
        composition.ok().filter(|_| found.is_empty()).ok_or(Error::Obstacles(found))
    }

    /// The uses of `generation` in the component: interfaces, or the async component model of 0.3.
    fn uses(&self, generation: Generation) -> Vec<String> {
        let mut uses: Vec<String> = self
            .names
            .iter()
            .filter(|name| name.generation() == Some(generation))
            .map(|name| format!("`{name}`"))
            .collect();
        if uses.is_empty() && generation == Generation::Wasi03 && p3_on_p2::is_async(&self.component) {
            uses.push("the async component model".into());
        }
        uses
    }

    /// Whether the component is for hosts of `target` already, with the definitions that nothing
    /// uses.
    fn fits(&self, target: Generation) -> bool {
        let is_known = || match target {
            Generation::Wasi02 => Component::decode(self.bytes, features::known_to_wasi02()).is_ok(),
            Generation::Wasi03 => true,
        };
        self.uses(target.other()).is_empty() && is_known()
    }

    /// The generation that the component does not use.
    fn target(&self) -> Result<Generation, Error> {
        let [wasi02, wasi03] = Generation::ALL.map(|generation| self.uses(generation));
        match (wasi02.is_empty(), wasi03.is_empty()) {
            (false, true) => Ok(Generation::Wasi03),
            (true, false) => Ok(Generation::Wasi02),
            (true, true) => Err(Error::NoWasi),
            (false, false) => Err(Error::Mixed { wasi02, wasi03 }),
        }
    }
}

/// The error, with all imports of the component `bytes` that differ from WASI's definition. Only an
/// error leads to this check, because such a component never gives a sound output.
fn explained(error: Error, bytes: &[u8], target: Generation) -> Error {
    let mut found = match &error {
        Error::Obstacles(found) => found.clone(),
        Error::Unsound(_) => Vec::new(),
        _ => return error,
    };
    let Ok(component) = Component::decode(bytes, WasmFeatures::all()) else { return error };
    let (composition, _) = Composition::of(&component);
    let differences = conformance::obstacles(&composition.parts, target.other());
    found.extend(differences.into_iter().filter(|new| !found.contains(new)).collect::<Vec<_>>());
    if found.is_empty() { error } else { Error::Obstacles(found) }
}

/// Adapts `input` in `direction`: the steps of both.
fn in_direction<'a, D: Direction>(
    direction: &D,
    input: Input<'a>,
    arena: &'a Arena,
    options: &WrapOptions,
) -> Result<Wrapped, Error> {
    let target = D::TARGET;
    let has_maps = target == Generation::Wasi02 && input.beyond.contains(WasmFeatures::CM_MAP);
    if input.fits(target) {
        return Err(Error::AlreadyForTarget(target));
    }
    let input = if has_maps { input.without_maps(arena)? } else { input };
    let mut composition = input.unless_refused(direction, arena)?;
    let Input { component, beyond, .. } = input;
    let modules = composition.modules();
    let unlinkable = several_parts(&composition).or_else(|| direction.unlinkable(&component, &composition));
    let template = match linking(options.linking, unlinkable)? {
        Linking::Linked => Some(Rc::new(direction.template()?)),
        Linking::Composed => None,
    };
    let is_linked = template.is_some();
    // Nobody can call them, so their types are not in the way.
    composition.remove_unused_exports();
    let version =
        options.wasi_patch.filter(|_| target == Generation::Wasi02).map(|patch| versions::patch(target, patch));
    let before = verify::Before::of(&component, &composition, target, version.as_ref(), options.async_exports);
    let adapted = direction.adapt(&component, composition, arena, template)?;
    let Adapted { parts, exports, imports, adapter, mut notes, .. } = adapted;
    notes.extend(beyond.notes(target));
    notes.extend(has_maps.then(|| notes::titled("W0231")));
    let bytes = root::compose_all(Some(&component), parts, &exports, adapter.as_deref(), &imports)?;
    let [imported, _] = extern_names(&bytes);
    notes.extend(notes::of_imports(component.imports().map(|(_, import)| import.name.name), imported));
    notes.sort_by_key(|note| note.code);
    verify::verify(&modules, &before, &bytes, is_linked)?;
    let linking = match adapted.is_linked {
        true => Some(Linking::Linked),
        false => adapter.as_ref().map(|_| Linking::Composed),
    };
    Ok(Wrapped { bytes, target, notes, adapter, linking })
}

/// Why an adapter cannot be linked to `composition`, if it has several parts.
fn several_parts(composition: &Composition<'_>) -> Option<String> {
    let parts = composition.parts.len();
    (parts != 1).then(|| format!("it is composed of {parts} components, which share an adapter"))
}

/// The form that is `wanted`, if it can be: `unlinkable` says why not.
fn linking(wanted: Option<Linking>, unlinkable: Option<String>) -> Result<Linking, Error> {
    match (wanted, unlinkable) {
        (Some(Linking::Linked), Some(reason)) => Err(Error::Unlinkable(reason)),
        (Some(wanted), _) => Ok(wanted),
        (None, Some(_)) => Ok(Linking::Composed),
        (None, None) => Ok(Linking::Linked),
    }
}
