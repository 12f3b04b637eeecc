//! Runs a composition's `run` on a host of 0.3 as it is, and translated on hosts of 0.2.

use std::sync::OnceLock;
use std::time::Duration;

use crate::support::{both::State, engine};
use wasi_shim::{Generation, WrapOptions};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, OptLevel, Store, Trap};
use wasmtime_wasi::{WasiCtx, p2};

/// How calls of `run` end.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Value(u32),
    /// A trap that is not one of the following.
    Trap(String),
    /// A check in a part failed.
    Wrong(String),
    /// It goes on for ever, or never again.
    Hangs,
}

impl Outcome {
    fn of(result: Result<u32, wasmtime::Error>) -> Outcome {
        match result {
            Ok(value) => Outcome::Value(value),
            Err(error) => match error.downcast_ref::<Trap>() {
                Some(Trap::IntegerDivisionByZero) => Outcome::Wrong(format!("{error:#}")),
                Some(Trap::OutOfFuel) => Outcome::Hangs,
                _ => Outcome::Trap(format!("{error:#}")),
            },
        }
    }
}

/// More than any of them needs, and a few seconds.
const FUEL: u64 = 60_000_000;

fn engine(of_03: bool) -> Engine {
    let mut config = engine::config();
    config.consume_fuel(true).cranelift_opt_level(OptLevel::None);
    config.wasm_component_model_async(of_03);
    if of_03 {
        config.wasm_component_model_more_async_builtins(true);
    }
    Engine::new(&config).unwrap()
}

/// How so many calls of `run` end.
pub fn natively(component: &[u8], calls: usize) -> Vec<Outcome> {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    calls_of(ENGINE.get_or_init(|| engine(true)), component, calls)
}

pub fn on_wasi02(component: &[u8], calls: usize) -> Vec<Outcome> {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    calls_of(ENGINE.get_or_init(|| engine(false)), component, calls)
}

pub fn is_valid(component: &[u8]) -> bool {
    Component::new(&engine(true), component).is_ok()
}

fn calls_of(engine: &Engine, component: &[u8], calls: usize) -> Vec<Outcome> {
    let component = Component::new(engine, component).unwrap_or_else(|error| panic!("{error:#}"));
    let mut linker = Linker::<State>::new(engine);
    p2::add_to_linker_async(&mut linker).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut store = Store::new(engine, State::of(WasiCtx::builder().build()));
        store.set_fuel(FUEL).unwrap();
        let instance = match linker.instantiate_async(&mut store, &component).await {
            Ok(instance) => instance,
            Err(error) => return vec![Outcome::of(Err(error)); calls],
        };
        let run = instance.get_typed_func::<(), (u32,)>(&mut store, "run").unwrap();
        let mut outcomes = Vec::new();
        for _ in 0..calls {
            let call = run.call_async(&mut store, ());
            outcomes.push(match tokio::time::timeout(Duration::from_secs(20), call).await {
                Ok(result) => Outcome::of(result.map(|(value,)| value)),
                Err(_) => Outcome::Hangs,
            });
        }
        outcomes
    })
}

/// The same on an engine that predates 0.3.
#[cfg(feature = "wasmtime36")]
pub fn on_wasmtime36(component: &[u8], calls: usize) -> Vec<Outcome> {
    use wasi_shim_hosts::older::wasmtime_wasi36 as wasi;
    use wasi_shim_hosts::older::wasmtime36 as wasmtime;
    struct State {
        wasi: wasi::WasiCtx,
        table: wasmtime::component::ResourceTable,
    }
    impl wasi::WasiView for State {
        fn ctx(&mut self) -> wasi::WasiCtxView<'_> {
            wasi::WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
        }
    }
    static ENGINE: OnceLock<wasmtime::Engine> = OnceLock::new();
    let engine = ENGINE.get_or_init(|| {
        let mut config = wasmtime::Config::new();
        config.consume_fuel(true).cranelift_opt_level(wasmtime::OptLevel::None);
        wasmtime::Engine::new(&config).unwrap()
    });
    let outcome = |result: wasmtime::Result<u32>| match result {
        Ok(value) => Outcome::Value(value),
        Err(error) => match error.downcast_ref::<wasmtime::Trap>() {
            Some(wasmtime::Trap::IntegerDivisionByZero) => Outcome::Wrong(format!("{error:#}")),
            Some(wasmtime::Trap::OutOfFuel) => Outcome::Hangs,
            _ => Outcome::Trap(format!("{error:#}")),
        },
    };
    let component = wasmtime::component::Component::new(engine, component).unwrap_or_else(|error| panic!("{error:#}"));
    let mut linker = wasmtime::component::Linker::<State>::new(engine);
    wasi::p2::add_to_linker_sync(&mut linker).unwrap();
    let state = State { wasi: wasi::WasiCtx::builder().build(), table: wasmtime::component::ResourceTable::new() };
    let mut store = wasmtime::Store::new(engine, state);
    store.set_fuel(FUEL).unwrap();
    let instance = match linker.instantiate(&mut store, &component) {
        Ok(instance) => instance,
        Err(error) => return vec![outcome(Err(error)); calls],
    };
    let run = instance.get_typed_func::<(), (u32,)>(&mut store, "run").unwrap();
    let call = |_| {
        let result = run.call(&mut store, ());
        if result.is_ok() {
            run.post_return(&mut store).unwrap();
        }
        outcome(result.map(|(value,)| value))
    };
    (0..calls).map(call).collect()
}

pub fn translated(component: &[u8]) -> Result<Vec<u8>, String> {
    let mut options = WrapOptions::default();
    options.to = Some(Generation::Wasi02);
    wasi_shim::wrap(component, &options).map(|wrapped| wrapped.bytes).map_err(|error| format!("{error}"))
}
