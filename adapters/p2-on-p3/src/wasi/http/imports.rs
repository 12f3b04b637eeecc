//! `wasi:http@0.3` as P imports it.
//!
//! # Safety
//!
//! The signatures are those of the Canonical ABI for the WIT. The host reads and writes memory at
//! the given addresses until the function returns; that of an async call, read or write until it
//! has resolved or is cancelled.

type Out = *mut u8;
type Text = *const u8;

#[link(wasm_import_module = "wasi:http/types@0.3")]
unsafe extern "C" {
    #[link_name = "[resource-drop]fields"]
    pub fn fields_drop(fields: u32);
    #[link_name = "[constructor]fields"]
    pub fn fields_new() -> u32;
    #[link_name = "[static]fields.from-list"]
    pub fn fields_from_list(entries: Text, count: u32, result: Out);
    #[link_name = "[method]fields.get"]
    pub fn fields_get(fields: u32, name: Text, len: u32, list: Out);
    #[link_name = "[method]fields.has"]
    pub fn fields_has(fields: u32, name: Text, len: u32) -> u32;
    #[link_name = "[method]fields.set"]
    pub fn fields_set(fields: u32, name: Text, len: u32, values: Text, count: u32, result: Out);
    #[link_name = "[method]fields.delete"]
    pub fn fields_delete(fields: u32, name: Text, len: u32, result: Out);
    #[link_name = "[method]fields.append"]
    pub fn fields_append(fields: u32, name: Text, len: u32, value: Text, value_len: u32, result: Out);
    #[link_name = "[method]fields.copy-all"]
    pub fn fields_copy_all(fields: u32, list: Out);
    #[link_name = "[method]fields.clone"]
    pub fn fields_clone(fields: u32) -> u32;

    #[link_name = "[resource-drop]request"]
    pub fn request_drop(request: u32);
    /// The result is { request, future }.
    #[link_name = "[static]request.new"]
    pub fn request_new(
        headers: u32,
        has_contents: u32,
        contents: u32,
        trailers: u32,
        has_options: u32,
        options: u32,
        result: *mut [u32; 2],
    );
    #[link_name = "[method]request.get-method"]
    pub fn request_method(request: u32, method: Out);
    #[link_name = "[method]request.set-method"]
    pub fn request_set_method(request: u32, tag: u32, text: Text, len: u32) -> u32;
    #[link_name = "[method]request.get-path-with-query"]
    pub fn request_path(request: u32, path: Out);
    #[link_name = "[method]request.set-path-with-query"]
    pub fn request_set_path(request: u32, some: u32, path: Text, len: u32) -> u32;
    #[link_name = "[method]request.get-scheme"]
    pub fn request_scheme(request: u32, scheme: Out);
    #[link_name = "[method]request.set-scheme"]
    pub fn request_set_scheme(request: u32, some: u32, tag: u32, text: Text, len: u32) -> u32;
    #[link_name = "[method]request.get-authority"]
    pub fn request_authority(request: u32, authority: Out);
    #[link_name = "[method]request.set-authority"]
    pub fn request_set_authority(request: u32, some: u32, authority: Text, len: u32) -> u32;
    #[link_name = "[method]request.get-headers"]
    pub fn request_headers(request: u32) -> u32;
    /// The result is { stream, future }.
    #[link_name = "[static]request.consume-body"]
    pub fn request_consume(request: u32, res: u32, ends: *mut [u32; 2]);

    #[link_name = "[resource-drop]response"]
    pub fn response_drop(response: u32);
    /// The result is { response, future }.
    #[link_name = "[static]response.new"]
    pub fn response_new(headers: u32, has_contents: u32, contents: u32, trailers: u32, result: *mut [u32; 2]);
    #[link_name = "[method]response.get-status-code"]
    pub fn response_status(response: u32) -> u32;
    #[link_name = "[method]response.set-status-code"]
    pub fn response_set_status(response: u32, status: u32) -> u32;
    #[link_name = "[method]response.get-headers"]
    pub fn response_headers(response: u32) -> u32;
    #[link_name = "[static]response.consume-body"]
    pub fn response_consume(response: u32, res: u32, ends: *mut [u32; 2]);

    #[link_name = "[resource-drop]request-options"]
    pub fn options_drop(options: u32);
    #[link_name = "[constructor]request-options"]
    pub fn options_new() -> u32;
    #[link_name = "[method]request-options.get-connect-timeout"]
    pub fn options_connect(options: u32, duration: Out);
    #[link_name = "[method]request-options.set-connect-timeout"]
    pub fn options_set_connect(options: u32, some: u32, duration: u64, result: Out);
    #[link_name = "[method]request-options.get-first-byte-timeout"]
    pub fn options_first_byte(options: u32, duration: Out);
    #[link_name = "[method]request-options.set-first-byte-timeout"]
    pub fn options_set_first_byte(options: u32, some: u32, duration: u64, result: Out);
    #[link_name = "[method]request-options.get-between-bytes-timeout"]
    pub fn options_between_bytes(options: u32, duration: Out);
    #[link_name = "[method]request-options.set-between-bytes-timeout"]
    pub fn options_set_between_bytes(options: u32, some: u32, duration: u64, result: Out);

    // `future<result<option<trailers>, error-code>>`, whoever it belongs to.
    #[link_name = "[future-new-1][static]request.new"]
    pub fn trailers_new() -> u64;
    #[link_name = "[async-lower][future-write-1][static]request.new"]
    pub fn trailers_write(future: u32, value: Out) -> u32;
    #[link_name = "[future-drop-writable-1][static]request.new"]
    pub fn trailers_drop_writable(future: u32);
    #[link_name = "[async-lower][future-read-1][static]request.new"]
    pub fn trailers_read(future: u32, value: Out) -> u32;
    #[link_name = "[future-cancel-read-1][static]request.new"]
    pub fn trailers_cancel_read(future: u32) -> u32;
    #[link_name = "[future-drop-readable-1][static]request.new"]
    pub fn trailers_drop_readable(future: u32);

    // `future<result<_, error-code>>`.
    #[link_name = "[future-new-2][static]request.new"]
    pub fn result_new() -> u64;
    #[link_name = "[async-lower][future-write-2][static]request.new"]
    pub fn result_write(future: u32, value: Out) -> u32;
    #[link_name = "[future-drop-writable-2][static]request.new"]
    pub fn result_drop_writable(future: u32);
    #[link_name = "[future-drop-readable-2][static]request.new"]
    pub fn result_drop_readable(future: u32);
}

#[link(wasm_import_module = "wasi:http/client@0.3")]
unsafe extern "C" {
    #[link_name = "[async-lower]send"]
    pub fn send(request: u32, result: Out) -> u32;
}
