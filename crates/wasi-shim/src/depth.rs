//! Checks that parsers and validators of components leave out: the nesting depth of types, because
//! they are recursive and a stack overflow ends the process, and the ends of nested components.

use std::ops::Range;

use wasmparser::Payload;

use crate::Error;

/// How deep types of instances and components may be nested. Toolchains nest about three.
const MOST: usize = 1000;

/// The codes of a type declaration, and of the types that have declarations.
const TYPE: u8 = 0x01;
const OF_COMPONENT: u8 = 0x41;
const OF_INSTANCE: u8 = 0x42;

/// Fails if `payload`, which is in `bytes`, begins a module or component that would end behind
/// `bytes`, or may be a section with types that are nested too deep. The check reads no type,
/// because reading is what has to be avoided.
pub(crate) fn check(bytes: &[u8], payload: &Payload<'_>) -> Result<(), Error> {
    let section = match payload {
        Payload::ModuleSection { unchecked_range: range, .. }
        | Payload::ComponentSection { unchecked_range: range, .. }
            if range.end > bytes.len() as u64 =>
        {
            return Err(Error::Invalid { message: "unexpected end-of-file".into(), offset: bytes.len() as u64 });
        }
        Payload::ComponentTypeSection(section) => section,
        _ => return Ok(()),
    };
    let Range { start, end } = section.range();
    let section = bytes.get(start as usize..end as usize).unwrap_or_default();
    let nested = section.windows(2).filter(|pair| matches!(pair, [TYPE, OF_COMPONENT | OF_INSTANCE]));
    match nested.count() <= MOST {
        true => Ok(()),
        false => Err(Error::unsupported(format!("a section with more than {MOST} types of instances in others"))),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Generation, Surface, Wrap};

    #[test]
    fn types_that_stand_too_deep_are_refused() {
        let few = format!("(component (type {}(component){}))", "(component (type ".repeat(20), "))".repeat(20));
        assert!(Surface::of(&wat::parse_str(few).unwrap()).is_ok());
        // Text cannot be nested deep enough.
        for kind in [super::OF_COMPONENT, super::OF_INSTANCE] {
            let depth = 100_000;
            let mut types = vec![1];
            (0..depth).for_each(|_| types.extend([kind, 1, super::TYPE]));
            types.extend([kind, 0]);
            let mut bytes = b"\0asm\x0d\0\x01\0\x07".to_vec();
            let mut size = types.len();
            while size >= 0x80 {
                bytes.push(size as u8 | 0x80);
                size >>= 7;
            }
            bytes.push(size as u8);
            bytes.extend(types);
            assert!(matches!(Surface::of(&bytes), Err(Error::Obstacles(_))));
            assert!(matches!(Wrap::new(&bytes).to(Generation::Wasi03).run(), Err(Error::Obstacles(_))));
        }
    }
}
