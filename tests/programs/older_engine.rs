//! WASI 0.3 on an engine that predates it: wasmtime 36. `p3.rs` runs all its programs there as
//! well; here is that the host is what it should be, that it takes every fixture, and the programs
//! that have no native host.
//!
//!     cargo test --features wasmtime36 --test programs
//!
//! With `WASI_SHIM_TEST_LANGUAGES=1` the stock program of that release is installed and used too.

use std::path::Path;
use std::process::Command;

use crate::support::case::Case;
use crate::support::toolchains::{Release, asked, wasmtime};
use crate::support::{Host, Stdin, components, fixture, fixture_bytes, shim, wrapped_for};
use wasi_shim_hosts::{self, HostError};

const OLDER: &[Host] = &[Host::Older];

#[test]
fn knows_nothing_of_0_3() {
    let host = wasi_shim_hosts::older::Host::new().unwrap();
    let error = host.compile(&fixture_bytes("direct-p3")).map(|_| ()).unwrap_err();
    assert!(matches!(error, HostError::Compile { .. }), "{error:?}");
}

#[test]
fn runs_0_2_as_it_is() {
    let native = |name, args| Case::new(Host::Older, name, args).in_process();
    native("hello", &[]).says(&[Host::Only03], "hello\n");
    native("std-cli", &["cat"]).stdin(Stdin::Slow(20, &["a", "bc\n", "d"])).holds(&[Host::Only03]);
    native("std-fs", &["tree", "/work"]).dirs(&["/work"]).holds(&[Host::Only03]);
    native("c-polling", &[]).stdin(Stdin::File("abc")).holds(&[Host::Only03]);
    native("std-cli", &["panic"]).traps().holds(&[Host::Only03]);
}

/// Whatever uses 0.3 can be compiled and linked there once it is translated, unless it needs HTTP,
/// which this host does not have. Without a patch only `exit-with-code` is in the way.
#[test]
fn takes_every_fixture() {
    let host = wasi_shim_hosts::older::Host::new().unwrap();
    let (mut count, mut refused) = (0, Vec::new());
    for name in components() {
        let report = wasi_shim::inspect::inspect(&fixture_bytes(&name)).unwrap();
        if name.starts_with("http-") || !report.generations.iter().any(|generation| generation == "0.3") {
            continue;
        }
        count += 1;
        let compile = |form| {
            let translated = std::fs::read(wrapped_for(form, &fixture(&name))).unwrap();
            let source = |error| format!("{error}: {:?}", std::error::Error::source(&error));
            host.compile(&translated).map(|_| ()).map_err(source)
        };
        assert_eq!(compile(Host::Older), Ok(()), "{name}");
        if let Err(error) = compile(Host::Only02) {
            assert!(error.contains("instance export `exit-with-code`"), "{name}: {error}");
            refused.push(name);
        }
    }
    assert!(count >= 8, "only {count} fixtures of 0.3");
    assert_eq!(refused, ["c-p3-callback", "c-p3-sync", "direct-p3"]);
}

/// The switch of the stock program gives it `exit-with-code`: then nothing is lost.
#[test]
fn the_stock_program_tells_exit_codes_by_a_switch() {
    if !asked() {
        return;
    }
    let wasmtime = wasmtime(Release::Older);
    let run = |switches: &[&str], component: &Path| {
        let mut command = Command::new(&wasmtime);
        let output = command.arg("run").args(switches).arg(component).args(["exit-code", "33"]).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let program = wrapped_for(Host::Only02, &fixture("direct-p3"));
    let (code, stderr) = run(&[], &program);
    assert!(code == Some(1) && stderr.contains("instance export `exit-with-code`"), "{code:?}: {stderr}");
    assert_eq!(run(&["-S", "cli-exit-with-code"], &program).0, Some(33));
    assert_eq!(run(&[], &wrapped_for(Host::Older, &fixture("direct-p3"))).0, Some(1));

    let dir = tempfile::tempdir().unwrap();
    std::fs::copy(fixture("hello-p3"), dir.path().join("hello.wasm")).unwrap();
    let matrix =
        shim().arg("matrix").arg(dir.path()).args(["--host", "stock-0.2", "--wasmtime"]).arg(&wasmtime).output();
    let matrix = String::from_utf8(matrix.unwrap().stdout).unwrap();
    assert!(matrix.contains("wasmtime 36.0.9") && matrix.contains("wrapped"), "{matrix}");
}

/// Programs of both generations have no host that runs them as they are: what they say is fixed
/// here.
#[test]
fn mixed_programs_run() {
    let case = |name, args| Case::new(Host::Older, name, args).in_process();
    let says = |case: Case, text: &str| assert_eq!(case.run(OLDER).stdout(), text, "{:?}", case.args);
    says(case("mixed-sync", &[]), "by 0.2 from run of 0.3\n");
    says(case("only-0.3", &[]), "");
    says(case("mixed", &["both"]), &(0..5).map(|i| format!("0.2 says {i}\n0.3 says {i}\n")).collect::<String>());
    says(case("mixed", &["timers"]), "0.3 waited: true\n0.2 slept: true\n[\"30 ms\", \"60 ms\"]\n");
    says(case("mixed", &["stdin-0.2"]).stdin(Stdin::Slow(20, &["by ", "pieces"])), "by pieces");
    says(case("mixed", &["stdin-0.3"]).stdin(Stdin::Slow(20, &["by ", "pieces"])), "by pieces");
    says(case("mixed", &["fail"]).code(1), "0.2, no newline");
    says(case("mixed", &["exit"]).code(1), "leaving\n");
    let seen = case("mixed", &["files"]).dirs(&["/work"]).run(OLDER);
    assert!(seen.stdout().starts_with("/work ") && seen.stdout().contains("\"given\""), "{}", seen.stdout());
}
