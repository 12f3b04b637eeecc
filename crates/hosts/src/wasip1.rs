//! A host of WASI 0.1: core modules as their toolchains made them, to compare with the components
//! made from them.

use wasmtime::{Config, Engine, ExternType, Linker, Module, Store};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::p1::{self, WasiP1Ctx};

use super::{Cause, CommandOptions, HostError, Outcome, state};
use crate::panics::caught;

/// Runs `module` from a fresh instance to its end, on an engine with the settings of `config`. How
/// much memory it takes is not told.
///
/// # Errors
///
/// [`HostError::Module`] when the engine does not accept it, or it imports something else or is no
/// command; [`HostError::Directory`] when it cannot be given what `options` say.
pub fn run_command(module: &[u8], config: &Config, options: CommandOptions) -> Result<Outcome, HostError> {
    let not = |source: Cause| HostError::Module { source };
    let engine = Engine::new(config).map_err(|error| not(error.into()))?;
    let mut linker: Linker<WasiP1Ctx> = Linker::new(&engine);
    p1::add_to_linker_sync(&mut linker, |state| state).map_err(|error| not(error.into()))?;
    // The engine's own takes codes below 126 only.
    linker
        .allow_shadowing(true)
        .func_wrap(MODULE, "proc_exit", |code: u32| -> wasmtime::Result<()> {
            Err(I32Exit(u8::try_from(code).map_or(1, i32::from)).into())
        })
        .map_err(|error| not(error.into()))?;
    let module = caught(|| Module::from_binary(&engine, module)).map_err(not)?;
    let instance = linker.instantiate_pre(&module).map_err(|error| not(error.into()))?;
    if !matches!(module.get_export("_start"), Some(ExternType::Func(_))) {
        return Err(not("it exports no function `_start`".into()));
    }
    let mut store = Store::new(&engine, state::of_command(options)?.build_p1());
    let result = instance
        .instantiate(&mut store)
        .and_then(|instance| instance.get_typed_func::<(), ()>(&mut store, "_start"))
        .and_then(|start| start.call(&mut store, ()));
    Ok(match result {
        Ok(()) => Outcome::Exit(0),
        Err(error) => Outcome::of_error(&error),
    })
}

const MODULE: &str = "wasi_snapshot_preview1";
