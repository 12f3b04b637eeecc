//! Behaviour that bindings by `wit-bindgen` rely on: calls that are held back, dropped, and made
//! without `async`, and ends that are handed on. The same composition runs natively on the host of
//! 0.3 and translated on the host of 0.2.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Duration;
use std::{fs, thread};

use wasi_shim::{Generation, WrapOptions};
use wasi_shim_hosts::{CommandOptions, Outcome};

use crate::support::{TIME_LIMIT, engine};

fn tasks(target: Generation) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tasks");
    let mut components = ["caller", "between", "worker", "things"]
        .map(|name| fs::read(folder.join(name).with_extension("wasm")).unwrap())
        .to_vec();
    components.push(wat::parse_file(folder.join("stubborn.wat")).unwrap());
    let components: Vec<&[u8]> = components.iter().map(|bytes| &bytes[..]).collect();
    let mut options = WrapOptions::default();
    options.to = Some(target);
    wasi_shim::compose(&components, &options).unwrap_or_else(|error| panic!("{error}")).bytes
}

type Program = dyn Fn(CommandOptions) -> Outcome + Send + Sync;

/// It, on the host of that generation.
fn program(target: Generation) -> Arc<Program> {
    static PROGRAMS: [OnceLock<Arc<Program>>; 2] = [const { OnceLock::new() }; 2];
    let compiled = || -> Arc<Program> {
        let program = engine::host(target).compile(&tasks(target)).unwrap();
        Arc::new(move |options| program.run(options).unwrap())
    };
    PROGRAMS[(target == Generation::Wasi03) as usize].get_or_init(compiled).clone()
}

fn holds(case: &str) {
    for target in [Generation::Wasi03, Generation::Wasi02] {
        let program = program(target);
        let mut options = CommandOptions::default();
        options.args = vec!["caller".into(), case.into()];
        let (ended, end) = mpsc::channel();
        thread::spawn(move || drop(ended.send(program(options))));
        let outcome = end.recv_timeout(Duration::from_secs(TIME_LIMIT.load(Ordering::Relaxed)));
        assert_eq!(outcome, Ok(Outcome::Exit(0)), "{case} on {target:?}");
    }
}

macro_rules! cases {
    ($($(#[$doc:meta])* $name:ident: $case:literal;)*) => {
        $($(#[$doc])*
        #[test]
        fn $name() {
            holds($case);
        })*
    };
}

cases! {
    /// The bindings assert that such a call is STARTING, and cancelled before it started.
    held_back_and_dropped: "held-back";
    held_back_and_kept: "held-back-twice";
    filter: "filter";
    /// The call answers when its callee returns, which goes on reading.
    filter_called_without_async: "filter-sync";
    dropped_call: "dropped";
    dropped_call_of_a_callee: "dropped-below";
    /// The bindings wait for its end, without `async`.
    dropped_call_goes_on: "stubborn";
    dropped_call_is_helped: "stubborn-helped";
    borrowed_of_a_third: "borrowed";
    borrowed_of_a_third_without_async: "borrowed-sync";
    stream_through_three: "through-three";
    stream_through_three_without_async: "through-three-sync";
    future_through_three: "future-through-three";
    polled_calls: "polled";
    polled_sets: "polled-in-a-set";
}
