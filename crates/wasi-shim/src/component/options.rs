//! Questions about canonical options.

use wasmparser::{CanonicalFunction, CanonicalOption};

use super::{CoreFuncId, MemoryId};

pub(crate) fn is_async(options: &[CanonicalOption]) -> bool {
    options.iter().any(|option| matches!(option, CanonicalOption::Async))
}

pub(crate) fn is_encoding(option: &CanonicalOption) -> bool {
    matches!(option, CanonicalOption::UTF8 | CanonicalOption::UTF16 | CanonicalOption::CompactUTF16)
}

/// The options of a definition, or `$none` if it is of a kind that has none.
macro_rules! options_of {
    ($canon:expr, $none:expr) => {
        match $canon {
            CanonicalFunction::Lift { options, .. }
            | CanonicalFunction::Lower { options, .. }
            | CanonicalFunction::TaskReturn { options, .. }
            | CanonicalFunction::StreamRead { options, .. }
            | CanonicalFunction::StreamWrite { options, .. }
            | CanonicalFunction::FutureRead { options, .. }
            | CanonicalFunction::FutureWrite { options, .. } => options,
            _ => $none,
        }
    };
}

/// The options of `canon`, if it is of a kind that has them.
pub(crate) fn options(canon: &CanonicalFunction) -> &[CanonicalOption] {
    options_of!(canon, &[])
}

/// Like [`options`], but mutable.
pub(crate) fn options_mut(canon: &mut CanonicalFunction) -> &mut [CanonicalOption] {
    options_of!(canon, &mut [])
}

pub(crate) fn memory(options: &[CanonicalOption]) -> Option<MemoryId> {
    options.iter().find_map(|option| match option {
        CanonicalOption::Memory(memory) => Some(MemoryId(*memory)),
        _ => None,
    })
}

pub(crate) fn realloc(options: &[CanonicalOption]) -> Option<CoreFuncId> {
    options.iter().find_map(|option| match option {
        CanonicalOption::Realloc(realloc) => Some(CoreFuncId(*realloc)),
        _ => None,
    })
}

pub(crate) fn callback(options: &[CanonicalOption]) -> Option<CoreFuncId> {
    options.iter().find_map(|option| match option {
        CanonicalOption::Callback(callback) => Some(CoreFuncId(*callback)),
        _ => None,
    })
}

pub(crate) fn post_return(options: &[CanonicalOption]) -> Option<CoreFuncId> {
    options.iter().find_map(|option| match option {
        CanonicalOption::PostReturn(function) => Some(CoreFuncId(*function)),
        _ => None,
    })
}
