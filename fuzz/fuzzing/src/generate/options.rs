//! Every way to wrap.

use arbitrary::{Result, Unstructured};
use wasi_shim::{Generation, Linking, WrapOptions};

pub fn options(u: &mut Unstructured<'_>) -> Result<WrapOptions> {
    let mut options = WrapOptions::default();
    options.to = *u.choose(&[Some(Generation::Wasi03), Some(Generation::Wasi02), None])?;
    options.linking = *u.choose(&[None, Some(Linking::Linked), Some(Linking::Composed)])?;
    if u.ratio(1, 4)? {
        // Some that there are, and one that there is not.
        options.wasi_patch = Some(u.int_in_range(0..=13)?);
    }
    options.reuse_instance = u.ratio(1, 4)?;
    options.async_exports = u.ratio(1, 4)?;
    Ok(options)
}
