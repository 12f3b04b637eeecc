//! Own handles of the resources of 0.2.
//!
//! # Safety
//!
//! The engine calls the destructor of a resource when its handle is dropped; [`TAKING`] tells the
//! destructor to do nothing.

use common::global::Global;
use core::cell::Cell;

/// Set while P drops an own handle out of which it has taken the resource.
static TAKING: Global<Cell<bool>> = Global::new(Cell::new(false));

/// Whether a destructor must do nothing.
pub fn taking() -> bool {
    TAKING.get()
}

/// Drops an own handle, but not its representation.
pub fn taken(drop: impl FnOnce()) {
    TAKING.set(true);
    drop();
    TAKING.set(false);
}

macro_rules! resources {
    ($($name:ident: $rep:ty = $new_name:literal, $rep_name:literal, $drop_name:literal;)*) => {$(
        pub mod $name {
            #[allow(unused_imports)]
            use super::super::*;
            #[allow(unused_imports)]
            use common::shared::Shared;

            #[link(wasm_import_module = "[export]wasi:http/types@0.2")]
            unsafe extern "C" {
                #[link_name = $new_name]
                fn resource_new(rep: $rep) -> u32;
                #[link_name = $rep_name]
                fn resource_rep(handle: u32) -> $rep;
                #[link_name = $drop_name]
                fn resource_drop(handle: u32);
            }

            /// Makes a handle.
            #[allow(dead_code)]
            pub fn new(rep: $rep) -> u32 {
                unsafe { resource_new(rep) }
            }

            /// Takes the resource out of a handle, and drops the handle.
            #[allow(dead_code)]
            pub fn take(handle: u32) -> $rep {
                unsafe {
                    let rep = resource_rep(handle);
                    super::taken(|| resource_drop(handle));
                    rep
                }
            }
        }
    )*};
}

resources! {
    fields: u32 = "[resource-new]fields", "[resource-rep]fields", "[resource-drop]fields";
    incoming_request: Shared<incoming::Incoming> =
        "[resource-new]incoming-request", "[resource-rep]incoming-request", "[resource-drop]incoming-request";
    incoming_response: Shared<incoming::Incoming> =
        "[resource-new]incoming-response", "[resource-rep]incoming-response", "[resource-drop]incoming-response";
    incoming_body: Shared<IncomingBody> =
        "[resource-new]incoming-body", "[resource-rep]incoming-body", "[resource-drop]incoming-body";
    future_trailers: Shared<IncomingBody> =
        "[resource-new]future-trailers", "[resource-rep]future-trailers", "[resource-drop]future-trailers";
    outgoing_request: Shared<outgoing::Outgoing> =
        "[resource-new]outgoing-request", "[resource-rep]outgoing-request", "[resource-drop]outgoing-request";
    outgoing_response: Shared<outgoing::Outgoing> =
        "[resource-new]outgoing-response", "[resource-rep]outgoing-response", "[resource-drop]outgoing-response";
    outgoing_body: Shared<outgoing_body::OutgoingBody> =
        "[resource-new]outgoing-body", "[resource-rep]outgoing-body", "[resource-drop]outgoing-body";
    request_options: u32 =
        "[resource-new]request-options", "[resource-rep]request-options", "[resource-drop]request-options";
    response_outparam: u32 =
        "[resource-new]response-outparam", "[resource-rep]response-outparam", "[resource-drop]response-outparam";
    future_incoming_response: Shared<FutureResponse> =
        "[resource-new]future-incoming-response",
        "[resource-rep]future-incoming-response",
        "[resource-drop]future-incoming-response";
}
