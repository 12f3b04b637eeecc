//! Hosts made for one purpose: libraries without `run`, imports that are not WASI's, and a host whose
//! file operations complete later instead of at once.

#![cfg(feature = "harness")]

mod support;

use support::{fixture_bytes, prepare, snapshot};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store};
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
    let mut config = Config::new();
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

/// The bundled hosts do file operations on the spot, so nothing there ever waits for a file. This one
/// hands them to another thread: what a program sees and leaves must be the same.
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
