//! `wasi:filesystem@0.3` as P imports it.
//!
//! Functions with more than four flat parameters take them by pointer when lowered async; `call`
//! lays them out.
//!
//! # Safety
//!
//! The signatures are those of the Canonical ABI for the WIT. The host reads and writes memory at
//! the given addresses until the function returns; that of an async call, read or write until it
//! has resolved or is cancelled.

type Out = *mut u8;

#[link(wasm_import_module = "wasi:filesystem/types@0.3")]
unsafe extern "C" {
    #[link_name = "[resource-drop]descriptor"]
    pub fn descriptor_drop(descriptor: u32);

    #[link_name = "[method]descriptor.read-via-stream"]
    pub fn read_via_stream(descriptor: u32, offset: u64, ends: *mut [u32; 2]);
    #[link_name = "[method]descriptor.write-via-stream"]
    pub fn write_via_stream(descriptor: u32, data: u32, offset: u64) -> u32;
    #[link_name = "[method]descriptor.append-via-stream"]
    pub fn append_via_stream(descriptor: u32, data: u32) -> u32;
    #[link_name = "[method]descriptor.read-directory"]
    pub fn read_directory(descriptor: u32, ends: *mut [u32; 2]);

    #[link_name = "[async-lower][future-read-1][method]descriptor.read-via-stream"]
    pub fn future_read(future: u32, value: Out) -> u32;
    #[link_name = "[future-cancel-read-1][method]descriptor.read-via-stream"]
    pub fn future_cancel(future: u32) -> u32;
    #[link_name = "[future-drop-readable-1][method]descriptor.read-via-stream"]
    pub fn future_drop(future: u32);

    #[link_name = "[async-lower][stream-read-0][method]descriptor.read-directory"]
    pub fn entries_read(stream: u32, entries: Out, count: u32) -> u32;
    #[link_name = "[stream-cancel-read-0][method]descriptor.read-directory"]
    pub fn entries_cancel(stream: u32) -> u32;
    #[link_name = "[stream-drop-readable-0][method]descriptor.read-directory"]
    pub fn entries_drop(stream: u32);

    #[link_name = "[async-lower][method]descriptor.advise"]
    pub fn advise(descriptor: u32, offset: u64, length: u64, advice: u32, result: Out) -> u32;
    #[link_name = "[async-lower][method]descriptor.sync-data"]
    pub fn sync_data(descriptor: u32, result: Out) -> u32;
    #[link_name = "[async-lower][method]descriptor.get-flags"]
    pub fn get_flags(descriptor: u32, result: Out) -> u32;
    #[link_name = "[async-lower][method]descriptor.get-type"]
    pub fn get_type(descriptor: u32, result: Out) -> u32;
    #[link_name = "[async-lower][method]descriptor.set-size"]
    pub fn set_size(descriptor: u32, size: u64, result: Out) -> u32;
    #[link_name = "[async-lower][method]descriptor.set-times"]
    pub fn set_times(params: Out, result: Out) -> u32;
    #[link_name = "[async-lower][method]descriptor.sync"]
    pub fn sync(descriptor: u32, result: Out) -> u32;
    #[link_name = "[async-lower][method]descriptor.create-directory-at"]
    pub fn create_directory_at(descriptor: u32, path: Out, len: u32, result: Out) -> u32;
    #[link_name = "[async-lower][method]descriptor.stat"]
    pub fn stat(descriptor: u32, result: Out) -> u32;
    #[link_name = "[async-lower][method]descriptor.stat-at"]
    pub fn stat_at(descriptor: u32, flags: u32, path: Out, len: u32, result: Out) -> u32;
    #[link_name = "[async-lower][method]descriptor.set-times-at"]
    pub fn set_times_at(params: Out, result: Out) -> u32;
    #[link_name = "[async-lower][method]descriptor.link-at"]
    pub fn link_at(params: Out, result: Out) -> u32;
    #[link_name = "[async-lower][method]descriptor.open-at"]
    pub fn open_at(params: Out, result: Out) -> u32;
    #[link_name = "[async-lower][method]descriptor.readlink-at"]
    pub fn readlink_at(descriptor: u32, path: Out, len: u32, result: Out) -> u32;
    #[link_name = "[async-lower][method]descriptor.remove-directory-at"]
    pub fn remove_directory_at(descriptor: u32, path: Out, len: u32, result: Out) -> u32;
    #[link_name = "[async-lower][method]descriptor.rename-at"]
    pub fn rename_at(params: Out, result: Out) -> u32;
    #[link_name = "[async-lower][method]descriptor.symlink-at"]
    pub fn symlink_at(params: Out, result: Out) -> u32;
    #[link_name = "[async-lower][method]descriptor.unlink-file-at"]
    pub fn unlink_file_at(descriptor: u32, path: Out, len: u32, result: Out) -> u32;
    #[link_name = "[async-lower][method]descriptor.is-same-object"]
    pub fn is_same_object(descriptor: u32, other: u32, result: Out) -> u32;
    #[link_name = "[async-lower][method]descriptor.metadata-hash"]
    pub fn metadata_hash(descriptor: u32, result: Out) -> u32;
    #[link_name = "[async-lower][method]descriptor.metadata-hash-at"]
    pub fn metadata_hash_at(descriptor: u32, flags: u32, path: Out, len: u32, result: Out) -> u32;
}

#[link(wasm_import_module = "wasi:filesystem/preopens@0.3")]
unsafe extern "C" {
    /// The result is `list<tuple<descriptor, string>>`.
    #[link_name = "get-directories"]
    pub fn get_directories(list: Out);
}
