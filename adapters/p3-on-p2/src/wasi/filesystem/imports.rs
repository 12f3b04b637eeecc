//! `wasi:filesystem` of 0.2. The last parameter of most functions is the address of the result.
//!
//! # Safety
//!
//! The signatures are those of the Canonical ABI for the WIT. The host reads and writes memory at
//! the given addresses only until the function returns.

#[link(wasm_import_module = "wasi:filesystem/preopens@0.2")]
unsafe extern "C" {
    #[link_name = "get-directories"]
    pub fn get_directories(list: *mut u8);
}

type Text = *const u8;
type Result = *mut u8;

#[link(wasm_import_module = "wasi:filesystem/types@0.2")]
unsafe extern "C" {
    #[link_name = "filesystem-error-code"]
    pub fn filesystem_error_code(error: u32, option: *mut u8);
    #[link_name = "[resource-drop]descriptor"]
    pub fn descriptor_drop(descriptor: u32);
    #[link_name = "[resource-drop]directory-entry-stream"]
    pub fn entries_drop(stream: u32);
    #[link_name = "[method]directory-entry-stream.read-directory-entry"]
    pub fn read_directory_entry(stream: u32, result: Result);
    #[link_name = "[method]descriptor.read-via-stream"]
    pub fn read_via_stream(this: u32, offset: u64, result: Result);
    #[link_name = "[method]descriptor.write-via-stream"]
    pub fn write_via_stream(this: u32, offset: u64, result: Result);
    #[link_name = "[method]descriptor.append-via-stream"]
    pub fn append_via_stream(this: u32, result: Result);
    #[link_name = "[method]descriptor.advise"]
    pub fn advise(this: u32, offset: u64, length: u64, advice: u32, result: Result);
    #[link_name = "[method]descriptor.sync-data"]
    pub fn sync_data(this: u32, result: Result);
    #[link_name = "[method]descriptor.get-flags"]
    pub fn get_flags(this: u32, result: Result);
    #[link_name = "[method]descriptor.get-type"]
    pub fn get_type(this: u32, result: Result);
    #[link_name = "[method]descriptor.set-size"]
    pub fn set_size(this: u32, size: u64, result: Result);
    #[link_name = "[method]descriptor.set-times"]
    pub fn set_times(
        this: u32,
        tag: u32,
        seconds: u64,
        nanoseconds: u32,
        tag2: u32,
        seconds2: u64,
        nanoseconds2: u32,
        result: Result,
    );
    #[link_name = "[method]descriptor.read-directory"]
    pub fn read_directory(this: u32, result: Result);
    #[link_name = "[method]descriptor.sync"]
    pub fn sync(this: u32, result: Result);
    #[link_name = "[method]descriptor.create-directory-at"]
    pub fn create_directory_at(this: u32, path: Text, len: u32, result: Result);
    #[link_name = "[method]descriptor.stat"]
    pub fn stat(this: u32, result: Result);
    #[link_name = "[method]descriptor.stat-at"]
    pub fn stat_at(this: u32, flags: u32, path: Text, len: u32, result: Result);
    #[link_name = "[method]descriptor.set-times-at"]
    pub fn set_times_at(
        this: u32,
        flags: u32,
        path: Text,
        len: u32,
        tag: u32,
        seconds: u64,
        nanoseconds: u32,
        tag2: u32,
        seconds2: u64,
        nanoseconds2: u32,
        result: Result,
    );
    #[link_name = "[method]descriptor.link-at"]
    pub fn link_at(this: u32, flags: u32, path: Text, len: u32, to: u32, path2: Text, len2: u32, result: Result);
    #[link_name = "[method]descriptor.open-at"]
    pub fn open_at(this: u32, path_flags: u32, path: Text, len: u32, open_flags: u32, flags: u32, result: Result);
    #[link_name = "[method]descriptor.readlink-at"]
    pub fn readlink_at(this: u32, path: Text, len: u32, result: Result);
    #[link_name = "[method]descriptor.remove-directory-at"]
    pub fn remove_directory_at(this: u32, path: Text, len: u32, result: Result);
    #[link_name = "[method]descriptor.rename-at"]
    pub fn rename_at(this: u32, path: Text, len: u32, to: u32, path2: Text, len2: u32, result: Result);
    #[link_name = "[method]descriptor.symlink-at"]
    pub fn symlink_at(this: u32, path: Text, len: u32, path2: Text, len2: u32, result: Result);
    #[link_name = "[method]descriptor.unlink-file-at"]
    pub fn unlink_file_at(this: u32, path: Text, len: u32, result: Result);
    #[link_name = "[method]descriptor.is-same-object"]
    pub fn is_same_object(this: u32, other: u32) -> u32;
    #[link_name = "[method]descriptor.metadata-hash"]
    pub fn metadata_hash(this: u32, result: Result);
    #[link_name = "[method]descriptor.metadata-hash-at"]
    pub fn metadata_hash_at(this: u32, flags: u32, path: Text, len: u32, result: Result);
}
