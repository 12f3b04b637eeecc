//! Engines that remember the functions which they have compiled: the adapters', which are in
//! hundreds of components, and those of programs that are run natively and wrapped.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use wasi_shim::Generation;
use wasi_shim_hosts::{Config, Host};
use wasmtime::CacheStore;

/// The functions of all engines, by what cranelift derives them from.
#[derive(Debug, Default)]
struct Functions(Mutex<HashMap<Vec<u8>, Arc<[u8]>>>);

impl CacheStore for Functions {
    fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        self.0.lock().unwrap().get(key).map(|code| Cow::Owned(code.to_vec()))
    }

    fn insert(&self, key: &[u8], code: Vec<u8>) -> bool {
        self.0.lock().unwrap().insert(key.to_vec(), code.into());
        true
    }
}

/// The default settings of an engine.
pub fn config() -> Config {
    static FUNCTIONS: OnceLock<Arc<Functions>> = OnceLock::new();
    let mut config = Config::new();
    config.enable_incremental_compilation(FUNCTIONS.get_or_init(Default::default).clone()).unwrap();
    config
}

/// The bundled host that offers only `generation`.
pub fn host(generation: Generation) -> &'static Host {
    static HOSTS: [OnceLock<Host>; 2] = [const { OnceLock::new() }; 2];
    let host = &HOSTS[usize::from(generation == Generation::Wasi03)];
    host.get_or_init(|| Host::with_config(generation, config()).unwrap())
}
