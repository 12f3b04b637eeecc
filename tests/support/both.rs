//! Running a program of 0.3 natively, with built-ins that engines do not have by default, and
//! translated.

use std::time::Duration;

use super::engine;
use wasi_shim::{Generation, WrapOptions};
use wasi_shim_hosts::{CommandOptions, Outcome};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView, p3};

/// The state that a host of WASI keeps.
pub struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl State {
    pub fn of(wasi: WasiCtx) -> State {
        State { wasi, table: ResourceTable::new() }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// The end of a deadlock in which wasmtime does not trap, as it sometimes does not.
pub const STUCK: &str = "stuck";

/// Runs it on a host of 0.3 that also has the built-ins which engines do not have by default: `Ok`
/// if `run` does, else the trap.
pub fn natively(component: &[u8]) -> Result<(), String> {
    let mut config = engine::config();
    config.wasm_component_model_async(true).wasm_component_model_more_async_builtins(true);
    let engine = Engine::new(&config).unwrap();
    let mut linker = Linker::new(&engine);
    p3::add_to_linker(&mut linker).unwrap();
    let component = Component::new(&engine, component).unwrap_or_else(|error| panic!("{error:?}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut store = Store::new(&engine, State::of(WasiCtx::builder().allow_tcp(true).build()));
        let command = p3::bindings::Command::instantiate_async(&mut store, &component, &linker).await.unwrap();
        let run = store.run_concurrent(async |store| command.wasi_cli_run().call_run(store).await);
        let Ok(result) = tokio::time::timeout(Duration::from_secs(5), run).await else { return Err(STUCK.into()) };
        let result = result.flatten().map_err(|error| format!("{error:?}"))?;
        assert_eq!(result, Ok(()));
        Ok(())
    })
}

/// Runs it translated.
pub fn run_translated(component: &[u8]) -> Result<(), String> {
    run_on_wasi02(&translated(component))
}

/// Runs a command of 0.2.
pub fn run_on_wasi02(component: &[u8]) -> Result<(), String> {
    let mut options = CommandOptions::default();
    options.network.sockets = true;
    match engine::host(Generation::Wasi02).run_command(component, options).unwrap() {
        Outcome::Exit(0) => Ok(()),
        Outcome::Trap { report } => Err(report),
        other => panic!("{other:?}"),
    }
}

pub fn translated(component: &[u8]) -> Vec<u8> {
    let mut options = WrapOptions::default();
    options.to = Some(Generation::Wasi02);
    wasi_shim::wrap(component, &options).unwrap_or_else(|error| panic!("{error}")).bytes
}
