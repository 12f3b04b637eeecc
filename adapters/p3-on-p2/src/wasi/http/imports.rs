//! `wasi:http` of 0.2. The last parameter of most functions is the address of the result. Strings,
//! lists and errors that are parameters are passed as flat values.
//!
//! # Safety
//!
//! The signatures are those of the Canonical ABI for the WIT. The host reads and writes memory at
//! the given addresses only until the function returns.

use super::message::Message;
use common::shared::Shared;

type Text = *const u8;
type Result = *mut u8;

#[link(wasm_import_module = "wasi:http/types@0.2")]
unsafe extern "C" {
    #[link_name = "http-error-code"]
    pub fn http_error_code(error: u32, option: Result);

    #[link_name = "[constructor]fields"]
    pub fn fields_new() -> u32;
    #[link_name = "[static]fields.from-list"]
    pub fn fields_from_list(entries: *const u8, count: u32, result: Result);
    #[link_name = "[method]fields.get"]
    pub fn fields_get(this: u32, name: Text, len: u32, values: Result);
    #[link_name = "[method]fields.has"]
    pub fn fields_has(this: u32, name: Text, len: u32) -> u32;
    #[link_name = "[method]fields.set"]
    pub fn fields_set(this: u32, name: Text, len: u32, values: *const u8, count: u32, result: Result);
    #[link_name = "[method]fields.delete"]
    pub fn fields_delete(this: u32, name: Text, len: u32, result: Result);
    #[link_name = "[method]fields.append"]
    pub fn fields_append(this: u32, name: Text, len: u32, value: *const u8, value_len: u32, result: Result);
    #[link_name = "[method]fields.entries"]
    pub fn fields_entries(this: u32, entries: Result);
    #[link_name = "[method]fields.clone"]
    pub fn fields_clone(this: u32) -> u32;
    #[link_name = "[resource-drop]fields"]
    pub fn fields_drop(this: u32);

    #[link_name = "[method]incoming-request.method"]
    pub fn in_request_method(this: u32, method: Result);
    #[link_name = "[method]incoming-request.path-with-query"]
    pub fn in_request_path(this: u32, option: Result);
    #[link_name = "[method]incoming-request.scheme"]
    pub fn in_request_scheme(this: u32, option: Result);
    #[link_name = "[method]incoming-request.authority"]
    pub fn in_request_authority(this: u32, option: Result);
    #[link_name = "[method]incoming-request.headers"]
    pub fn in_request_headers(this: u32) -> u32;
    #[link_name = "[method]incoming-request.consume"]
    pub fn in_request_consume(this: u32, result: Result);
    #[link_name = "[resource-drop]incoming-request"]
    pub fn in_request_drop(this: u32);

    #[link_name = "[constructor]outgoing-request"]
    pub fn out_request_new(headers: u32) -> u32;
    #[link_name = "[method]outgoing-request.body"]
    pub fn out_request_body(this: u32, result: Result);
    #[link_name = "[method]outgoing-request.method"]
    pub fn out_request_method(this: u32, method: Result);
    #[link_name = "[method]outgoing-request.set-method"]
    pub fn out_request_set_method(this: u32, tag: u32, text: Text, len: u32) -> u32;
    #[link_name = "[method]outgoing-request.path-with-query"]
    pub fn out_request_path(this: u32, option: Result);
    #[link_name = "[method]outgoing-request.set-path-with-query"]
    pub fn out_request_set_path(this: u32, tag: u32, text: Text, len: u32) -> u32;
    #[link_name = "[method]outgoing-request.scheme"]
    pub fn out_request_scheme(this: u32, option: Result);
    #[link_name = "[method]outgoing-request.set-scheme"]
    pub fn out_request_set_scheme(this: u32, tag: u32, scheme: u32, text: Text, len: u32) -> u32;
    #[link_name = "[method]outgoing-request.authority"]
    pub fn out_request_authority(this: u32, option: Result);
    #[link_name = "[method]outgoing-request.set-authority"]
    pub fn out_request_set_authority(this: u32, tag: u32, text: Text, len: u32) -> u32;
    #[link_name = "[method]outgoing-request.headers"]
    pub fn out_request_headers(this: u32) -> u32;
    #[link_name = "[resource-drop]outgoing-request"]
    pub fn out_request_drop(this: u32);

    #[link_name = "[constructor]request-options"]
    pub fn options_new() -> u32;
    #[link_name = "[method]request-options.connect-timeout"]
    pub fn options_connect_timeout(this: u32, option: Result);
    #[link_name = "[method]request-options.set-connect-timeout"]
    pub fn options_set_connect_timeout(this: u32, tag: u32, duration: u64) -> u32;
    #[link_name = "[method]request-options.first-byte-timeout"]
    pub fn options_first_byte_timeout(this: u32, option: Result);
    #[link_name = "[method]request-options.set-first-byte-timeout"]
    pub fn options_set_first_byte_timeout(this: u32, tag: u32, duration: u64) -> u32;
    #[link_name = "[method]request-options.between-bytes-timeout"]
    pub fn options_between_bytes_timeout(this: u32, option: Result);
    #[link_name = "[method]request-options.set-between-bytes-timeout"]
    pub fn options_set_between_bytes_timeout(this: u32, tag: u32, duration: u64) -> u32;
    #[link_name = "[resource-drop]request-options"]
    pub fn options_drop(this: u32);

    /// `result<outgoing-response, error-code>` has eight flat values.
    #[link_name = "[static]response-outparam.set"]
    pub fn outparam_set(this: u32, tag: u32, a: u32, b: u32, c: u64, d: u32, e: u32, f: u32, g: u32);

    #[link_name = "[method]incoming-response.status"]
    pub fn in_response_status(this: u32) -> u32;
    #[link_name = "[method]incoming-response.headers"]
    pub fn in_response_headers(this: u32) -> u32;
    #[link_name = "[method]incoming-response.consume"]
    pub fn in_response_consume(this: u32, result: Result);
    #[link_name = "[resource-drop]incoming-response"]
    pub fn in_response_drop(this: u32);

    #[link_name = "[method]incoming-body.stream"]
    pub fn in_body_stream(this: u32, result: Result);
    #[link_name = "[static]incoming-body.finish"]
    pub fn in_body_finish(this: u32) -> u32;
    #[link_name = "[resource-drop]incoming-body"]
    pub fn in_body_drop(this: u32);

    #[link_name = "[method]future-trailers.subscribe"]
    pub fn trailers_subscribe(this: u32) -> u32;
    #[link_name = "[method]future-trailers.get"]
    pub fn trailers_get(this: u32, option: Result);
    #[link_name = "[resource-drop]future-trailers"]
    pub fn trailers_drop(this: u32);

    #[link_name = "[constructor]outgoing-response"]
    pub fn out_response_new(headers: u32) -> u32;
    #[link_name = "[method]outgoing-response.status-code"]
    pub fn out_response_status(this: u32) -> u32;
    #[link_name = "[method]outgoing-response.set-status-code"]
    pub fn out_response_set_status(this: u32, status: u32) -> u32;
    #[link_name = "[method]outgoing-response.headers"]
    pub fn out_response_headers(this: u32) -> u32;
    #[link_name = "[method]outgoing-response.body"]
    pub fn out_response_body(this: u32, result: Result);
    #[link_name = "[resource-drop]outgoing-response"]
    pub fn out_response_drop(this: u32);

    #[link_name = "[method]outgoing-body.write"]
    pub fn out_body_write(this: u32, result: Result);
    #[link_name = "[static]outgoing-body.finish"]
    pub fn out_body_finish(this: u32, tag: u32, trailers: u32, result: Result);
    #[link_name = "[resource-drop]outgoing-body"]
    pub fn out_body_drop(this: u32);

    #[link_name = "[method]future-incoming-response.subscribe"]
    pub fn response_subscribe(this: u32) -> u32;
    #[link_name = "[method]future-incoming-response.get"]
    pub fn response_get(this: u32, option: Result);
    #[link_name = "[resource-drop]future-incoming-response"]
    pub fn response_drop(this: u32);
}

#[link(wasm_import_module = "wasi:http/outgoing-handler@0.2")]
unsafe extern "C" {
    #[link_name = "handle"]
    pub fn handle(request: u32, tag: u32, options: u32, result: Result);
}

// R's own resources.
#[link(wasm_import_module = "[export]wasi:http/types@0.3")]
unsafe extern "C" {
    #[link_name = "[resource-new]fields"]
    pub fn fields3_new(rep: u32) -> u32;
    #[link_name = "[resource-rep]fields"]
    pub fn fields3_rep(handle: u32) -> u32;
    #[link_name = "[resource-drop]fields"]
    pub fn fields3_drop(handle: u32);

    #[link_name = "[resource-new]request-options"]
    pub fn options3_new(rep: u32) -> u32;
    #[link_name = "[resource-rep]request-options"]
    pub fn options3_rep(handle: u32) -> u32;
    #[link_name = "[resource-drop]request-options"]
    pub fn options3_drop(handle: u32);

    #[link_name = "[resource-new]request"]
    pub fn request3_new(rep: Shared<Message>) -> u32;
    #[link_name = "[resource-rep]request"]
    pub fn request3_rep(handle: u32) -> Shared<Message>;
    #[link_name = "[resource-drop]request"]
    pub fn request3_drop(handle: u32);

    #[link_name = "[resource-new]response"]
    pub fn response3_new(rep: Shared<Message>) -> u32;
    #[link_name = "[resource-rep]response"]
    pub fn response3_rep(handle: u32) -> Shared<Message>;
    #[link_name = "[resource-drop]response"]
    pub fn response3_drop(handle: u32);
}
