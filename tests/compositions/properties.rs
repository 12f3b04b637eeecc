//! Generated pairs of components: one calls functions of the other, whose parameters and results
//! have types of every shape of the Canonical ABI. Each side checks every value that it gets. A
//! pair must do on the other generation's host, wrapped, what it does natively. `PROPTEST_CASES` is
//! how many pairs there are in each direction.

use crate::support::{
    engine,
    pairs::{Encoding, Function, Pair, Ty, strategy},
};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use wasi_shim::{Generation, WrapOptions, compose, wrap};
use wasi_shim_hosts::{CommandOptions, Outcome};

/// Runs `holds` with pairs of `generation`, the same ones each time.
fn check(generation: Generation, holds: fn(&[u8]) -> Result<(), String>) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(32);
    let config = Config { cases, max_shrink_iters: 150, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let result = TestRunner::new_with_rng(config, rng).run(&strategy(generation), |pair| {
        let [caller, callee] = pair.components();
        let composed = compose(&[&caller, &callee], &WrapOptions::default())
            .map_err(|error| TestCaseError::fail(format!("not composed: {error}")))?;
        holds(&composed.bytes).map_err(TestCaseError::fail)
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, pair)) => panic!("{reason}\n{}\n{pair:?}", pair.wit()),
        Err(error) => panic!("{error}"),
    }
}

fn run(component: &[u8], target: Generation) -> Result<(), String> {
    match engine::host(target).run_command(component, CommandOptions::default()) {
        Ok(Outcome::Exit(0)) => Ok(()),
        other => Err(format!("for {}: {other:?}", target.name())),
    }
}

#[test]
fn pairs_of_03_on_both_hosts() {
    check(Generation::Wasi03, |pair| {
        crate::support::both::natively(pair).map_err(|error| format!("natively: {error}"))?;
        crate::support::both::run_translated(pair).map_err(|error| format!("translated: {error}"))
    });
}

#[test]
fn pairs_of_02_on_both_hosts() {
    check(Generation::Wasi02, |pair| {
        run(pair, Generation::Wasi02)?;
        let mut options = WrapOptions::default();
        options.to = Some(Generation::Wasi03);
        let wrapped = wrap(pair, &options).map_err(|error| format!("not wrapped: {error}"))?;
        run(&wrapped.bytes, Generation::Wasi03)
    });
}

/// The checks are not vacuous: a value that differs is found, on either side.
#[test]
fn other_values_are_found() {
    let shapes = [
        Ty::U8,
        Ty::F64,
        Ty::Text,
        Ty::List(Box::new(Ty::S16)),
        Ty::Record(vec![Ty::Char, Ty::Option(Box::new(Ty::Text))]),
        Ty::Own,
        Ty::Stream(Box::new(Ty::U32)),
        Ty::Future(Box::new(Ty::U16)),
    ];
    for ty in shapes {
        let pair = |params: Vec<Ty>, result: Option<Ty>| {
            let function = Function {
                params,
                result,
                is_async: true,
                lowered_async: true,
                waits: false,
                returns_early: false,
                cancelled: false,
                seed: 1,
            };
            let encodings = [Encoding::Utf8, Encoding::Utf16];
            Pair { generation: Generation::Wasi03, functions: vec![function], at_once: false, encodings }
        };
        for pair in [pair(vec![ty.clone()], None), pair(vec![], Some(ty.clone()))] {
            let [caller, callee] = pair.components();
            let mut other = pair.clone();
            other.functions[0].seed = 2;
            let [_, other] = other.components();
            let run = |callee| {
                crate::support::both::natively(&compose(&[&caller, callee], &WrapOptions::default()).unwrap().bytes)
            };
            run(&callee).unwrap_or_else(|error| panic!("{ty:?}: {error}"));
            run(&other).expect_err(&format!("{ty:?}"));
        }
    }
}
