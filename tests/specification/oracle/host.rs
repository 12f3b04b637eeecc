//! Runs scripts: the interpreter on a host that gives it the operations and keeps what it says.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake};

use wasi_shim::{Generation, WrapOptions};
use wasmtime::component::{Component, InstancePre, Linker, ResourceTable};
use wasmtime::{Engine, Store, StoreContextMut, Trap};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView, p2, p3};

use super::guest;
use super::script::{End, Entry, Kind, Observed, Script, Seen};
use crate::support::engine;

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    /// The operations of each body, encoded.
    code: Vec<Vec<u64>>,
    end: u64,
    log: Vec<Entry>,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// Messages of wasmtime when it is wrong itself: it panics; or a task has ended whose copy, or
/// whose cancelled call, is still there.
const BUGS: [&str; 4] = [
    "a bug of the engine",
    "resource not present",
    "resource is of another type",
    "cannot drop a subtask which has not yet resolved",
];

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Runs it to its end, unless it waits for what never comes: nothing comes from outside.
fn finish<T>(future: impl Future<Output = T>) -> Option<T> {
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = woken.clone().into();
    let mut future = pin!(future);
    while woken.0.swap(false, Ordering::SeqCst) {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(value);
        }
    }
    None
}

/// Instructions for one script: no script needs a tenth of them.
const FUEL: u64 = 20_000_000;

/// A composition that is compiled for a host of one generation.
pub struct Host {
    engine: Engine,
    instance: InstancePre<State>,
    generation: Generation,
    kinds: Vec<Kind>,
}

impl Host {
    /// So many parts; natively on 0.3, or translated on 0.2.
    pub fn new(parts: usize, generation: Generation) -> Host {
        let mut bytes = guest::composition(parts);
        let native = generation == Generation::Wasi03;
        if !native {
            let mut options = WrapOptions::default();
            options.to = Some(Generation::Wasi02);
            bytes = wasi_shim::wrap(&bytes, &options).unwrap_or_else(|error| panic!("{error}")).bytes;
        }
        let mut config = engine::config();
        config.consume_fuel(true).wasm_component_model_async(native).wasm_component_model_more_async_builtins(native);
        let engine = Engine::new(&config).unwrap();
        let mut linker: Linker<State> = Linker::new(&engine);
        if native {
            p3::add_to_linker(&mut linker).unwrap();
        } else {
            p2::add_to_linker_async(&mut linker).unwrap();
        }
        let mut host = linker.instance("test:oracle/host").unwrap();
        host.func_wrap("fetch", |store: StoreContextMut<'_, State>, (body, at): (u32, u32)| {
            let State { code, end, .. } = store.data();
            Ok::<_, wasmtime::Error>((code
                .get(body as usize)
                .and_then(|ops| ops.get(at as usize))
                .copied()
                .unwrap_or(*end),))
        })
        .unwrap();
        host.func_wrap("log", |mut store: StoreContextMut<'_, State>, (body, what, a, b): (u32, u32, u32, u32)| {
            store.data_mut().log.push(Entry { body, seen: Seen::from_raw(what, a, b) });
            Ok(())
        })
        .unwrap();
        let component = Component::new(&engine, bytes).unwrap_or_else(|error| panic!("{error:?}"));
        let instance = linker.instantiate_pre(&component).unwrap();
        Host { engine, instance, generation, kinds: Kind::all() }
    }

    /// Runs a script in an instance of its own.
    pub fn run(&self, script: &Script) -> Observed {
        let code =
            script.bodies.iter().map(|body| body.ops.iter().map(|op| op.encoded(&self.kinds)).collect()).collect();
        let end = script.op(usize::MAX, 0).encoded(&self.kinds);
        let state = State { wasi: WasiCtx::builder().build(), table: ResourceTable::new(), code, end, log: vec![] };
        let mut store = Store::new(&self.engine, state);
        store.set_fuel(FUEL).unwrap();
        let run = async {
            let instance = self.instance.instantiate_async(&mut store).await?;
            let run = instance.get_typed_func::<(u32,), ()>(&mut store, "run")?;
            match self.generation {
                Generation::Wasi02 => run.call_async(&mut store, (0,)).await,
                Generation::Wasi03 => {
                    store.run_concurrent(async |store| run.call_concurrent(store, (0,)).await).await?
                }
            }
        };
        // Wasmtime panics where it finds that it is wrong itself.
        let ended = catch_unwind(AssertUnwindSafe(|| finish(run)));
        let (end, report) = match ended.unwrap_or_else(|_| Some(Err(wasmtime::Error::msg("a bug of the engine")))) {
            None => (End::Deadlock, "it is stuck".into()),
            Some(Ok(())) => (End::Returned, String::new()),
            Some(Err(error)) => {
                let report = format!("{error:?}");
                let end = match error.downcast_ref::<Trap>() {
                    _ if BUGS.iter().any(|bug| report.contains(bug)) => End::EngineBug,
                    Some(Trap::OutOfFuel) => End::Endless,
                    _ if report.contains("deadlock") => End::Deadlock,
                    _ => End::Trap,
                };
                (end, report)
            }
        };
        Observed { log: std::mem::take(&mut store.data_mut().log), end, report }
    }
}
