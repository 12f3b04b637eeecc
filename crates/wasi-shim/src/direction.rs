//! The functions of the two directions that [`wrap`](crate::wrap) calls, in this order; the steps
//! are the same for both.

use std::collections::BTreeSet;
use std::rc::Rc;

use wasmparser::WasmFeatures;

use crate::component::{Arena, Component, ItemKind, Sort, types};
use crate::error::Obstacle;
use crate::graph::composition::{Composition, Source};
use crate::graph::root;
use crate::link::Template;
use crate::report::notes::Note;
use crate::{Error, Generation};

/// The adaptation from one generation to the other.
pub(crate) trait Direction {
    /// The generation of the hosts that outputs are for.
    const TARGET: Generation;

    /// The composition that `root` is.
    ///
    /// # Errors
    ///
    /// Everything that stands in the way of adapting it, in the order of the component.
    fn composition<'a>(&self, root: &Component<'a>, arena: &'a Arena) -> Result<Composition<'a>, Vec<Obstacle>>;

    /// Whether an obstacle in `found` says already that `feature` of the component model stands in
    /// the way.
    fn is_named(&self, _feature: WasmFeatures, _found: &[Obstacle]) -> bool {
        false
    }

    /// Why the adapter cannot be linked to `composition`, whose root is `root` and which has one
    /// part.
    fn unlinkable(&self, _root: &Component<'_>, _composition: &Composition<'_>) -> Option<String> {
        None
    }

    /// The template of the adapter.
    ///
    /// # Errors
    ///
    /// [`Error::Unsound`] if the prebuilt files are not what they should be.
    fn template<'a>(&self) -> Result<Template<'a>, Error>;

    /// Rewrites the parts of `composition`, whose root is `root`. With `template`, the adapter is
    /// linked into the only part.
    ///
    /// # Errors
    ///
    /// [`Error`] if the parts, or what they carry to each other, cannot be adapted after all.
    fn adapt<'a>(
        &self,
        root: &Component<'a>,
        composition: Composition<'a>,
        arena: &'a Arena,
        template: Option<Rc<Template<'a>>>,
    ) -> Result<Adapted<'a>, Error>;
}

/// The parts of a composition, prepared to stand beside an adapter.
pub(crate) struct Adapted<'a> {
    /// The parts, in order of instantiation.
    pub parts: Vec<root::Placed<'a>>,
    /// The exports of the root.
    pub exports: Vec<(&'a str, Source<'a>)>,
    /// The imports of the parts that the adapter satisfies.
    pub imports: BTreeSet<String>,
    /// Whether the adapter is in the only part.
    pub is_linked: bool,
    /// The adapter as a component beside the parts, if they need one.
    pub adapter: Option<Vec<u8>>,
    /// The notes for the user.
    pub notes: Vec<Note>,
}

/// The exports of functions and instances that are not WASI's, and whether they are async.
pub(crate) fn own_exports(component: &Component<'_>) -> impl Iterator<Item = (String, bool)> {
    let exports = component.items.iter().filter_map(|item| match (&item.kind, item.def) {
        (ItemKind::Export(export), Some(def)) => Some((export.name.name, def)),
        _ => None,
    });
    exports
        .filter(|(name, _)| !name.starts_with("wasi:"))
        .filter(|(_, def)| matches!(def.sort, Sort::Func | Sort::Instance))
        .map(|(name, def)| (name.to_string(), types::is_async(component.validated(), def)))
}
