//! Resources between components that bindings were generated for: one defines them, one passes them
//! on, one uses both. In parameters and results of async functions, methods and constructors, and
//! in streams and futures.

use std::fs;
use std::path::Path;

use crate::support::engine;
use wasi_shim::{Generation, WrapOptions};
use wasi_shim_hosts::{CommandOptions, Host, Meter, Outcome};

fn things(target: Generation) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/things");
    let components =
        ["user", "store", "definer"].map(|name| fs::read(folder.join(name).with_extension("wasm")).unwrap());
    let components: Vec<&[u8]> = components.iter().map(|bytes| &bytes[..]).collect();
    let mut options = WrapOptions::default();
    options.to = Some(target);
    wasi_shim::compose(&components, &options).unwrap_or_else(|error| panic!("{error}")).bytes
}

fn run(host: &Host, component: &[u8], args: &[&str]) -> usize {
    let meter = Meter::new();
    let mut options = CommandOptions::default();
    options.args = ["things"].iter().chain(args).map(|arg| arg.to_string()).collect();
    options.meter = meter.clone();
    let outcome = host.run_command(component, options).unwrap();
    assert_eq!(outcome, Outcome::Exit(0), "{args:?}");
    meter.bytes()
}

const CASES: &[&[&str]] = &[
    &["calls"],
    &["streams"],
    &["entries", "12"],
    &["entries", "10"],
    &["batches"],
    &["futures"],
    &["unread"],
    &["cancelled"],
    &["texts"],
];

#[test]
fn cases_end_alike_on_both_hosts() {
    for target in [Generation::Wasi02, Generation::Wasi03] {
        let (host, component) = (engine::host(target), things(target));
        for args in CASES {
            run(host, &component, args);
        }
    }
}

/// However many things go through, nothing of them is kept.
#[test]
fn memory_is_given_back() {
    let (host, component) = (engine::host(Generation::Wasi02), things(Generation::Wasi02));
    for case in ["streams", "entries", "unread"] {
        let [few, many] = ["300", "9999"].map(|count| run(host, &component, &[case, count]));
        assert_eq!(few, many, "{case}");
    }
}
