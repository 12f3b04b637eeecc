//! Ids, with a type for each index space, so that a function is never mistaken for the instance
//! that exports it.

use super::{Def, Sort};

/// The id of a definition of one sort.
pub(crate) trait Id: Copy + From<u32> + Into<u32> + Into<Def> {
    const SORT: Sort;

    /// The id of `def`, if that is of this sort.
    fn try_of(def: Def) -> Option<Self> {
        (def.sort == Self::SORT).then(|| Self::from(def.id))
    }

    /// The id of `def`, which is of this sort.
    fn of(def: Def) -> Self {
        debug_assert_eq!(def.sort, Self::SORT);
        Self::from(def.id)
    }
}

macro_rules! ids {
    ($($(#[$about:meta])* $name:ident: $sort:ident,)*) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) struct $name(pub u32);

        impl Id for $name {
            const SORT: Sort = Sort::$sort;
        }

        impl From<u32> for $name {
            fn from(id: u32) -> $name {
                $name(id)
            }
        }

        impl From<$name> for u32 {
            fn from(id: $name) -> u32 {
                id.0
            }
        }

        impl From<$name> for Def {
            fn from(id: $name) -> Def {
                Def { sort: Sort::$sort, id: id.0 }
            }
        }
    )*};
}

ids! {
    /// A core function of a component.
    CoreFuncId: CoreFunc,
    /// A core table of a component.
    TableId: CoreTable,
    /// A core memory of a component.
    MemoryId: CoreMemory,
    /// A core module in a component.
    CoreModuleId: CoreModule,
    /// A core instance in a component.
    CoreInstanceId: CoreInstance,
    /// A function of a component.
    FuncId: Func,
    /// An instance in a component.
    InstanceId: Instance,
    /// A type of a component.
    TypeId: Type,
    /// A component in a component.
    ComponentId: Component,
}
