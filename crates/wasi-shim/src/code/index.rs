//! Indices in a core module, with a type for each index space.

/// An index.
pub(crate) trait Index: Copy + From<u32> + Into<u32> {
    /// The index of the definition that `count` others come before.
    fn after(count: usize) -> Self {
        Self::from(count as u32)
    }

    /// How many definitions come before.
    fn position(self) -> usize {
        Into::<u32>::into(self) as usize
    }

    /// This index and all that follow.
    fn onwards(self) -> impl Iterator<Item = Self> {
        (self.into()..).map(Self::from)
    }
}

macro_rules! indices {
    ($($(#[$about:meta])* $name:ident,)*) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) struct $name(pub u32);

        impl Index for $name {}

        impl From<u32> for $name {
            fn from(index: u32) -> $name {
                $name(index)
            }
        }

        impl From<$name> for u32 {
            fn from(index: $name) -> u32 {
                index.0
            }
        }
    )*};
}

indices! {
    FuncIndex,
    TypeIndex,
    GlobalIndex,
    TableIndex,
    MemoryIndex,
    ElementIndex,
    DataIndex,
    /// A parameter or local of a function.
    LocalIndex,
    /// The position of an element in a table of functions.
    Slot,
}
