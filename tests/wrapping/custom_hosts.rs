//! Hosts made for one purpose: libraries without `run`, imports that are not WASI's, and a host
//! whose file operations complete later instead of at once.

use crate::support::{engine, fixture_bytes, prepare, snapshot};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView, p3};

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    logged: Vec<u32>,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// A host of WASI 0.3 alone.
fn host() -> (Engine, Linker<State>) {
    let mut config = engine::config();
    config.wasm_component_model_async(true);
    let engine = Engine::new(&config).unwrap();
    let mut linker = Linker::new(&engine);
    p3::add_to_linker(&mut linker).unwrap();
    (engine, linker)
}

fn wrapped(engine: &Engine, name: &str) -> Component {
    let bytes = wasi_shim::wrap(&fixture_bytes(name), &Default::default()).unwrap().bytes;
    Component::new(engine, bytes).unwrap()
}

fn store(engine: &Engine, wasi: &mut WasiCtxBuilder) -> Store<State> {
    Store::new(engine, State { wasi: wasi.build(), table: ResourceTable::new(), logged: vec![] })
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn exports_of_a_library_print_and_stay_synchronous() {
    let (engine, linker) = host();
    let component = wrapped(&engine, "library");
    let stdout = MemoryOutputPipe::new(1 << 20);
    block_on(async {
        let mut store = store(&engine, WasiCtxBuilder::new().stdout(stdout.clone()));
        let instance = linker.instantiate_async(&mut store, &component).await.unwrap();
        let greet = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "greet").unwrap();
        assert_eq!(greet.call_async(&mut store, (3,)).await.unwrap(), (30,));
        let api = instance.get_export_index(&mut store, None, "example:library/api@1.0.0").unwrap();
        let greet = instance.get_export_index(&mut store, Some(&api), "greet").unwrap();
        let greet = instance.get_typed_func::<(u32,), (u32,)>(&mut store, greet).unwrap();
        assert_eq!(greet.call_async(&mut store, (1,)).await.unwrap(), (10,));
    });
    assert_eq!(stdout.contents(), "greetings\n".repeat(4));
}

/// They become async when asked, and may wait then.
#[test]
fn exports_that_become_async() {
    let mut options = wasi_shim::WrapOptions::default();
    options.async_exports = true;
    let wrapped = wasi_shim::wrap(&fixture_bytes("library"), &options).unwrap();
    assert!(wrapped.notes.iter().all(|note| note.code != "W0101"), "{:?}", wrapped.notes);
    let (engine, linker) = host();
    let component = Component::new(&engine, wrapped.bytes).unwrap();
    let stdout = MemoryOutputPipe::new(1 << 20);
    block_on(async {
        let mut store = store(&engine, WasiCtxBuilder::new().stdout(stdout.clone()));
        let instance = linker.instantiate_async(&mut store, &component).await.unwrap();
        let greet = instance.get_func(&mut store, "greet").unwrap();
        assert!(greet.ty(&store).async_());
        let api = instance.get_export_index(&mut store, None, "example:library/api@1.0.0").unwrap();
        let inner = instance.get_export_index(&mut store, Some(&api), "greet").unwrap();
        let inner = instance.get_func(&mut store, inner).unwrap();
        assert!(inner.ty(&store).async_());
        for (greet, times) in [(greet, 3), (inner, 1)] {
            let greet = greet.typed::<(u32,), (u32,)>(&store).unwrap();
            let result = store.run_concurrent(async |store| greet.call_concurrent(store, (times,)).await).await;
            assert_eq!(result.unwrap().unwrap(), (times * 10,));
        }
    });
    assert_eq!(stdout.contents(), "greetings\n".repeat(4));
}

/// A component that calls the library, composed with it, exports a function that is not async
/// either.
#[test]
fn exports_of_a_composed_library_print_and_stay_synchronous() {
    let user = r#"(component
      (import "greet" (func $greet (param "times" u32) (result u32)))
      (core func $greet (canon lower (func $greet)))
      (core module $m
        (import "" "greet" (func $greet (param i32) (result i32)))
        (func (export "twice") (param i32) (result i32)
          (i32.add (call $greet (local.get 0)) (call $greet (local.get 0)))))
      (core instance $i (instantiate $m (with "" (instance (export "greet" (func $greet))))))
      (func (export "twice") (param "times" u32) (result u32) (canon lift (core func $i "twice"))))"#;
    let mut graph = wac_graph::CompositionGraph::new();
    let [library, user] =
        [("library", fixture_bytes("library")), ("user", wat::parse_str(user).unwrap())].map(|(name, bytes)| {
            let package = wac_graph::types::Package::from_bytes(name, None, bytes, graph.types_mut()).unwrap();
            graph.register_package(package).unwrap()
        });
    wac_graph::plug(&mut graph, vec![library], user).unwrap();
    let composed = graph.encode(wac_graph::EncodeOptions::default()).unwrap();
    let wrapped = wasi_shim::wrap(&composed, &Default::default()).unwrap();
    assert!(
        wrapped.notes.iter().any(|note| note.text.contains("export `twice` keeps its type")),
        "{:?}",
        wrapped.notes
    );

    let (engine, linker) = host();
    let component = Component::new(&engine, wrapped.bytes).unwrap();
    let stdout = MemoryOutputPipe::new(1 << 20);
    block_on(async {
        let mut store = store(&engine, WasiCtxBuilder::new().stdout(stdout.clone()));
        let instance = linker.instantiate_async(&mut store, &component).await.unwrap();
        let twice = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "twice").unwrap();
        assert_eq!(twice.call_async(&mut store, (3,)).await.unwrap(), (60,));
    });
    assert_eq!(stdout.contents(), "greetings\n".repeat(6));
}

#[test]
fn imports_that_are_not_wasi_reach_the_host() {
    let (engine, mut linker) = host();
    (linker.instance("example:host/log@1.0.0").unwrap())
        .func_wrap("log", |mut store: wasmtime::StoreContextMut<'_, State>, (number,): (u32,)| {
            store.data_mut().logged.push(number);
            Ok(())
        })
        .unwrap();
    let component = wrapped(&engine, "custom-import");
    let stdout = MemoryOutputPipe::new(1 << 20);
    block_on(async {
        let mut store = store(&engine, WasiCtxBuilder::new().stdout(stdout.clone()));
        let command = p3::bindings::Command::instantiate_async(&mut store, &component, &linker).await.unwrap();
        let result = store.run_concurrent(async |store| command.wasi_cli_run().call_run(store).await).await;
        assert_eq!(result.unwrap().unwrap(), Ok(()));
        assert_eq!(store.data().logged, [42]);
    });
    assert_eq!(stdout.contents(), "logged\n");
}

/// The wiring of a composition takes a function out of an import and gives the whole to another
/// part under another name.
#[test]
fn imports_reach_the_parts_of_a_composition_that_ask_for_them() {
    let text = r#"(component
      (import "wasi:random/random@0.2.3" (instance $random (export "get-random-u64" (func (result u64)))))
      (import "example:host/log@1.0.0" (instance $log (export "log" (func (param "number" u32)))))
      (component $whole
        (import "test:other/name" (instance $log (export "log" (func (param "number" u32)))))
        (core func $log (canon lower (func $log "log")))
        (core module $m
          (import "" "log" (func $log (param i32)))
          (func (export "f") (call $log (i32.const 1))))
        (core instance $i (instantiate $m (with "" (instance (export "log" (func $log))))))
        (func (export "f") (canon lift (core func $i "f"))))
      (component $program
        (import "wasi:random/random@0.2.3" (instance $random (export "get-random-u64" (func (result u64)))))
        (import "log" (func $log (param "number" u32)))
        (import "f" (func $f))
        (core func $random (canon lower (func $random "get-random-u64")))
        (core func $log (canon lower (func $log)))
        (core func $f (canon lower (func $f)))
        (core module $m
          (import "" "random" (func $random (result i64)))
          (import "" "log" (func $log (param i32)))
          (import "" "f" (func $f))
          (func (export "run") (result i32)
            (drop (call $random))
            (call $f)
            (call $log (i32.const 2))
            (i32.const 0)))
        (core instance $i (instantiate $m (with "" (instance
          (export "random" (func $random)) (export "log" (func $log)) (export "f" (func $f))))))
        (func $run (result (result)) (canon lift (core func $i "run")))
        (instance $run (export "run" (func $run)))
        (export "wasi:cli/run@0.2.3" (instance $run)))
      (instance $whole (instantiate $whole (with "test:other/name" (instance $log))))
      (instance $program (instantiate $program
        (with "wasi:random/random@0.2.3" (instance $random))
        (with "log" (func $log "log"))
        (with "f" (func $whole "f"))))
      (export "wasi:cli/run@0.2.3" (instance $program "wasi:cli/run@0.2.3")))"#;
    let wrapped = wasi_shim::wrap(&wat::parse_str(text).unwrap(), &Default::default()).unwrap();
    let (engine, mut linker) = host();
    (linker.instance("example:host/log@1.0.0").unwrap())
        .func_wrap("log", |mut store: wasmtime::StoreContextMut<'_, State>, (number,): (u32,)| {
            store.data_mut().logged.push(number);
            Ok(())
        })
        .unwrap();
    let component = Component::new(&engine, wrapped.bytes).unwrap();
    block_on(async {
        let mut store = store(&engine, &mut WasiCtxBuilder::new());
        let command = p3::bindings::Command::instantiate_async(&mut store, &component, &linker).await.unwrap();
        let result = store.run_concurrent(async |store| command.wasi_cli_run().call_run(store).await).await;
        assert_eq!(result.unwrap().unwrap(), Ok(()));
        assert_eq!(store.data().logged, [1, 2]);
    });
}

/// The bundled hosts do file operations on the spot, so nothing there ever waits for a file. This
/// one hands them to another thread: what a program sees and leaves must be the same.
#[test]
fn files_on_a_host_that_answers_later() {
    let (engine, linker) = host();
    let run = |component: &Component, args: &[&str], later: bool| {
        let dir = tempfile::tempdir().unwrap();
        prepare(dir.path());
        let (stdout, stderr) = (MemoryOutputPipe::new(1 << 24), MemoryOutputPipe::new(1 << 24));
        let mut wasi = WasiCtxBuilder::new();
        wasi.allow_blocking_current_thread(!later).stdout(stdout.clone()).stderr(stderr.clone()).args(args);
        wasi.preopened_dir(dir.path(), "/work", FsPerms::ReadWrite).unwrap();
        let code = block_on(async {
            let mut store = store(&engine, &mut wasi);
            let command = p3::bindings::Command::instantiate_async(&mut store, component, &linker).await.unwrap();
            let run = store.run_concurrent(async |store| command.wasi_cli_run().call_run(store).await);
            let result = tokio::time::timeout(std::time::Duration::from_secs(60), run).await;
            match result.unwrap_or_else(|_| panic!("{args:?}: still running")).flatten() {
                Ok(Ok(())) => 0,
                Ok(Err(())) => 1,
                Err(e) => {
                    e.downcast_ref::<I32Exit>()
                        .unwrap_or_else(|| {
                            panic!("{args:?}, later {later}: {e:?} {stderr:?}", stderr = stderr.contents())
                        })
                        .0
                }
            }
        });
        (code, stdout.contents(), snapshot(dir.path()))
    };
    for (name, all) in [
        ("std-fs", "write append seek truncate stat times rename links read-directory tree errors large leave-open"),
        ("c-files", "/work"),
        (
            "direct",
            "file-positional file-streams file-streams-nonblocking file-stream-dropped file-stream-lost file-splice \
             file-directories file-flags file-stream-errors file-times file-same file-paths file-size file-no-permit",
        ),
    ] {
        let component = wrapped(&engine, name);
        for what in all.split_whitespace() {
            let args: &[&str] = if name == "std-fs" { &[name, what, "/work"] } else { &[name, what] };
            let (at_once, later) = (run(&component, args, false), run(&component, args, true));
            assert_eq!(at_once.0, later.0, "{args:?}");
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            assert_eq!(text(&at_once.1), text(&later.1), "{args:?}");
            assert!(!at_once.2.is_empty() && at_once.2 == later.2, "{args:?}: other files");
        }
    }
}
