//! The generations of WASI that the tool knows.

/// A generation of WASI: the one that a component was built for, or that a host offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Generation {
    /// 0.2.0 and its patches: resources of `wasi:io`, no async types.
    Wasi02,
    /// 0.3.0 and its patches: `future`, `stream` and `async func`.
    Wasi03,
}

impl Generation {
    /// Both generations, the older one first.
    pub const ALL: [Generation; 2] = [Generation::Wasi02, Generation::Wasi03];

    /// The generation that an adapter translates this one from and to.
    pub fn other(self) -> Generation {
        match self {
            Generation::Wasi02 => Generation::Wasi03,
            Generation::Wasi03 => Generation::Wasi02,
        }
    }

    /// The version without its patch: `0.2`.
    pub fn number(self) -> &'static str {
        match self {
            Generation::Wasi02 => "0.2",
            Generation::Wasi03 => "0.3",
        }
    }

    /// The generation in words: `WASI 0.2`.
    pub fn name(self) -> &'static str {
        match self {
            Generation::Wasi02 => "WASI 0.2",
            Generation::Wasi03 => "WASI 0.3",
        }
    }
}
