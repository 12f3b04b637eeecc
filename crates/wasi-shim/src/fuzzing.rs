//! The inside, as fuzz targets see it. It may change at any time.

use wasmparser::WasmFeatures;

use crate::Error;
use crate::component::Component;

/// Decodes `component` and encodes it again.
///
/// # Errors
///
/// As [`wrap`](crate::wrap()).
pub fn roundtrip(component: &[u8]) -> Result<Vec<u8>, Error> {
    Component::decode_all(component, WasmFeatures::all())?.encode().map_err(Error::unsound)
}
