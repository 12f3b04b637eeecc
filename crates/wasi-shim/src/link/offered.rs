//! The interfaces that an adapter offers to a guest, with their types.

use std::collections::HashMap;

use wasmparser::WasmFeatures;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentEntityType, ComponentFuncTypeId, ComponentInstanceTypeId, ResourceId,
};
use wasmparser::types::TypesRef;

use super::template::unversioned;
use crate::Error;
use crate::component::Component;

/// A component that exports those interfaces.
pub(super) struct Offered<'t> {
    component: Component<'t>,
    /// The interfaces, by name without version: with version, and the type.
    interfaces: HashMap<&'t str, (&'t str, ComponentInstanceTypeId)>,
    resources: HashMap<ResourceId, Resource>,
}

/// The number that marks handles of a resource of the adapter's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tag(pub u32);

impl From<Tag> for u32 {
    fn from(tag: Tag) -> u32 {
        tag.0
    }
}

/// A resource that the adapter defines.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    pub tag: Tag,
    /// The export of the core module that is its destructor, if it has one.
    pub destructor: String,
}

/// A function that the adapter exports.
#[derive(Debug, Clone)]
pub(super) struct Function {
    /// The core module's export that is lifted as this function.
    pub export: String,
    pub ty: ComponentFuncTypeId,
}

impl<'t> Offered<'t> {
    /// The interfaces that `component` exports. `tag` gives the number of a resource that the
    /// adapter defines, by interface and name.
    pub fn of(component: &'t [u8], tag: &dyn Fn(&str, &str) -> Option<Tag>) -> Result<Offered<'t>, Error> {
        let component = Component::decode(component, WasmFeatures::all())?;
        let types = component.validated();
        let (mut interfaces, mut resources) = (HashMap::new(), HashMap::new());
        for export in component.exports() {
            let interface = export.name.name;
            let item = types.component_item_for_export(interface).map(|item| item.ty);
            let Some(ComponentEntityType::Instance(id)) = item else { continue };
            interfaces.insert(unversioned(interface), (interface, id));
            for (name, item) in &types[id].exports {
                if let ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(id), .. } = item.ty
                    && let Some(tag) = tag(interface, name)
                {
                    let destructor = format!("{interface}#[dtor]{name}");
                    resources.insert(id.resource(), Resource { tag, destructor });
                }
            }
        }
        Ok(Offered { component, interfaces, resources })
    }

    pub fn types(&self) -> TypesRef<'_> {
        self.component.validated()
    }

    /// Function `name` of `interface`, which is named without version.
    pub fn function(&self, interface: &str, name: &str) -> Option<Function> {
        let (versioned, id) = self.interfaces.get(interface)?;
        match self.types()[*id].exports.get(name)?.ty {
            ComponentEntityType::Func(ty) => Some(Function { export: format!("{versioned}#{name}"), ty }),
            _ => None,
        }
    }

    /// The type `name` of `interface`.
    pub fn exported_type(&self, interface: &str, name: &str) -> Option<ComponentAnyTypeId> {
        let (_, id) = self.interfaces.get(interface)?;
        match self.types()[*id].exports.get(name)?.ty {
            ComponentEntityType::Type { referenced, .. } => Some(referenced),
            _ => None,
        }
    }

    /// The adapter's resource `id`; `None` if it is the host's.
    pub fn resource(&self, id: ResourceId) -> Option<&Resource> {
        self.resources.get(&id)
    }
}
