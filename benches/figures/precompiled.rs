//! Programs that were compiled before: what hosts do that keep compiled code.

use wasi_shim::Generation;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView, p2, p3};

pub struct Precompiled {
    host: Generation,
    code: Vec<u8>,
    linker: Linker<State>,
    runtime: tokio::runtime::Runtime,
}

impl Precompiled {
    pub fn new(component: &[u8], host: Generation) -> Precompiled {
        let mut config = Config::new();
        config.wasm_component_model_async(host == Generation::Wasi03);
        let engine = Engine::new(&config).unwrap();
        let code = engine.precompile_component(component).unwrap();
        let mut linker = Linker::new(&engine);
        match host {
            Generation::Wasi02 => p2::add_to_linker_async(&mut linker).unwrap(),
            Generation::Wasi03 => p3::add_to_linker(&mut linker).unwrap(),
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Precompiled { host, code, linker, runtime }
    }

    /// Loads and links the code, and runs it in an instance.
    pub fn run(&self, prints: &str) {
        let engine = self.linker.engine();
        // SAFETY: an engine with the same configuration has made the code.
        let component = unsafe { Component::deserialize(engine, &self.code) }.unwrap();
        let instance = self.linker.instantiate_pre(&component).unwrap();
        let wasi = WasiCtx::builder().args(&["program", prints]).stdout(tokio::io::empty()).build();
        let mut store = Store::new(engine, State { wasi, table: ResourceTable::new() });
        let result = self.runtime.block_on(async {
            match self.host {
                Generation::Wasi02 => {
                    let command = p2::bindings::CommandPre::new(instance)?.instantiate_async(&mut store).await?;
                    command.wasi_cli_run().call_run(&mut store).await
                }
                Generation::Wasi03 => {
                    let command = p3::bindings::CommandPre::new(instance)?.instantiate_async(&mut store).await?;
                    store.run_concurrent(async |store| command.wasi_cli_run().call_run(store).await).await?
                }
            }
        });
        assert_eq!(result.unwrap(), Ok(()));
    }
}

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}
