//! Libraries of 0.2 whose functions are not async, on a host of 0.3: the adapter is inside of
//! them as long as no result with a text is read between two calls. Inside or beside, they do
//! the same.

use std::time::Duration;

use crate::exports::State;
use crate::support::engine;
use wasi_shim::{Generation, Linking, Wrap};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::{FsPerms, WasiCtx, p3};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

const WORLD: &str = "
    package test:library;
    world library {
        import wasi:clocks/monotonic-clock@0.2.12;
        import wasi:filesystem/preopens@0.2.12;
        import wasi:io/poll@0.2.12;
        import wasi:sockets/instance-network@0.2.12;
        import wasi:sockets/ip-name-lookup@0.2.12;
        export timer: func() -> u32;
        export directories: func() -> u32;
        export same: func() -> u32;
        export begin: func() -> u32;
        export is-ready: func() -> u32;
        export address: func() -> u32;
    }";

/// `address` gives the first byte of an IPv4 address, or what went wrong.
const LIBRARY: &str = r#"(module
    (import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $timer (param i64) (result i32)))
    (import "wasi:filesystem/preopens@0.2.12" "get-directories" (func $directories (param i32)))
    (import "wasi:filesystem/types@0.2.12" "[method]descriptor.is-same-object" (func $same (param i32 i32) (result i32)))
    (import "wasi:io/poll@0.2.12" "poll" (func $poll (param i32 i32 i32)))
    (import "wasi:io/poll@0.2.12" "[method]pollable.ready" (func $ready (param i32) (result i32)))
    (import "wasi:sockets/instance-network@0.2.12" "instance-network" (func $network (result i32)))
    (import "wasi:sockets/ip-name-lookup@0.2.12" "resolve-addresses" (func $resolve (param i32 i32 i32 i32)))
    (import "wasi:sockets/ip-name-lookup@0.2.12" "[method]resolve-address-stream.subscribe" (func $subscribe (param i32) (result i32)))
    (import "wasi:sockets/ip-name-lookup@0.2.12" "[method]resolve-address-stream.resolve-next-address" (func $next (param i32 i32)))
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 1024))
    (global $stream (mut i32) (i32.const 0))
    (global $pollable (mut i32) (i32.const 0))
    (data (i32.const 64) "127.0.0.1")
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $free)
      (global.set $free (i32.and (i32.add (i32.add (global.get $free) (local.get 3)) (i32.const 7)) (i32.const -8))))
    (func (export "timer") (result i32)
      (i32.store (i32.const 32) (call $timer (i64.const 5000000)))
      (call $poll (i32.const 32) (i32.const 1) (i32.const 16))
      (i32.load (i32.const 20)))
    (func (export "directories") (result i32) (call $directories (i32.const 16)) (i32.load (i32.const 20)))
    (func (export "same") (result i32)
      (call $directories (i32.const 16))
      (call $same (i32.load (i32.load (i32.const 16))) (i32.load (i32.load (i32.const 16)))))
    (func (export "begin") (result i32)
      (call $resolve (call $network) (i32.const 64) (i32.const 9) (i32.const 16))
      (global.set $stream (i32.load (i32.const 20)))
      (global.set $pollable (call $subscribe (global.get $stream)))
      (i32.load8_u (i32.const 16)))
    (func (export "is-ready") (result i32) (call $ready (global.get $pollable)))
    (func (export "address") (result i32)
      (call $next (global.get $stream) (i32.const 16))
      (if (result i32) (i32.eqz (i32.load8_u (i32.const 16)))
        (then (i32.load8_u (i32.const 22))) (else (i32.load16_u (i32.const 16))))))"#;

fn library() -> Vec<u8> {
    let mut resolve = crate::support::wit::resolve();
    let package = resolve.push_str("library.wit", WORLD).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    let mut module = wat::parse_str(LIBRARY).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}

/// Whether the host reads files while a library runs. `Busy`: its one thread for that is taken, so
/// that a function on files has to wait for certain (a free thread may answer before it is asked).
#[derive(Clone, Copy, PartialEq)]
enum Files {
    Ready,
    Busy,
}

/// Calls `functions` of an instance of `component`, one after the other, and gives their results.
/// `is-ready` is called until it says yes.
fn call(component: &[u8], files: Files, functions: &[&str]) -> Vec<Result<u32, String>> {
    let mut config = engine::config();
    config.wasm_component_model_async(true);
    let engine = Engine::new(&config).unwrap();
    let mut linker = Linker::new(&engine);
    p3::add_to_linker(&mut linker).unwrap();
    let component = Component::new(&engine, component).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let mut wasi = WasiCtx::builder();
    wasi.allow_ip_name_lookup(true);
    wasi.preopened_dir(directory.path(), "/", FsPerms::ReadWrite).unwrap();
    let mut store = Store::new(&engine, State { wasi: wasi.build(), table: ResourceTable::new() });
    let runtime = tokio::runtime::Builder::new_multi_thread().max_blocking_threads(1).enable_all().build().unwrap();
    let (done, busy) = std::sync::mpsc::channel::<()>();
    if files == Files::Busy {
        runtime.spawn_blocking(move || busy.recv());
    }
    let results = runtime.block_on(async {
        let instance = linker.instantiate_async(&mut store, &component).await.unwrap();
        let mut results = Vec::new();
        for function in functions {
            let function = (*function, instance.get_typed_func::<(), (u32,)>(&mut store, function).unwrap());
            let result = loop {
                match function.1.call_async(&mut store, ()).await {
                    Ok((0,)) if function.0 == "is-ready" => tokio::time::sleep(Duration::from_millis(1)).await,
                    Ok((result,)) => break Ok(result),
                    Err(error) => break Err(format!("{error:?}")),
                }
            };
            results.push(result);
        }
        results
    });
    drop(done);
    results
}

#[test]
fn they_do_the_same_with_the_adapter_inside() {
    let library = library();
    for linking in [Linking::Linked, Linking::Composed] {
        let wrapped = Wrap::new(&library).to(Generation::Wasi03).linking(linking).run().unwrap().bytes;
        let results = call(&wrapped, Files::Ready, &["timer", "directories", "begin", "is-ready", "address"]);
        assert_eq!(results, [Ok(1), Ok(1), Ok(0), Ok(1), Ok(127)], "{linking:?}");
        let results = call(&wrapped, Files::Busy, &["directories", "same"]);
        let reason = "wasi-shim: this call has to wait, but no async export of the component is running";
        assert!(matches!(&results[..], [Ok(1), Err(error)] if error.contains(reason)), "{linking:?}: {results:?}");
    }
    assert_eq!(Wrap::new(&library).run().unwrap().linking, Some(Linking::Linked));
}
