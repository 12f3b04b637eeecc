//! Something is begun in a function that is not async, and others, which are not either, look
//! whether it is done. The library is wrapped alone, so its functions stay as they are, and
//! composed with a command of 0.3 afterwards.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::support::http::origin::Origin;
use crate::support::{Host, Outcome, Run, Stdin, Stdout, shim};

fn part(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/polled/{name}.wasm"))
}

fn run_shim(args: &[&Path]) {
    let output = shim().args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The library wrapped, then composed; and composed, then wrapped, where its functions get the
/// `async` effect.
fn compositions() -> &'static [PathBuf; 2] {
    static DONE: OnceLock<[PathBuf; 2]> = OnceLock::new();
    DONE.get_or_init(|| {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("polled-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let [library, wrapped, composed] = ["library", "wrapped", "composed"].map(|name| dir.join(name));
        let to = ["--to", "0.3", "-q", "-o"].map(Path::new);
        run_shim(&[&[Path::new("wrap"), &part("library")], &to[..], &[&library]].concat());
        run_shim(&[&[Path::new("compose"), &part("program"), &library], &to[2..], &[&wrapped]].concat());
        run_shim(&[&[Path::new("compose"), &part("program"), &part("library")], &to[..], &[&composed]].concat());
        [wrapped, composed]
    })
}

fn run(component: &Path, args: &[&str], stdin: Stdin) -> Outcome {
    let run = Run { dirs: &[], env: &[], args, stdin, stdout: Stdout::Pipe, network: true };
    run.on(Host::Only03, component)
}

#[track_caller]
fn says(args: &[&str], stdin: Stdin, stdout: &str) {
    for component in compositions() {
        let outcome = run(component, args, stdin);
        assert_eq!(String::from_utf8_lossy(&outcome.stdout), stdout, "{args:?}: {}", outcome.stderr);
        assert_eq!(outcome.code, Some(0));
    }
}

fn authority(origin: &Origin) -> String {
    origin.url("").replace("http://", "")
}

#[test]
fn timers_are_seen_to_be_due() {
    says(&["looks", "timer", "30"], Stdin::Null, "due\n");
    says(&["looks-busily", "timer", "30"], Stdin::Null, "due\n");
    // Time passes without the host.
    says(&["waits", "timer", "30"], Stdin::Null, "[0]\n");
}

#[test]
fn responses_are_seen_to_be_there() {
    let origin = Origin::new();
    let authority = &authority(&origin);
    for how in ["looks", "looks-busily"] {
        says(&[how, "request", authority, "/"], Stdin::Null, "200 hello from the origin\nclosed\n");
        says(&[how, "request", authority, "/slow-body?ms=30"], Stdin::Null, "200 first, second\nclosed\n");
        // The end of a body comes with a result that may have a text, which only a task that waits
        // can read.
        says(&[how, "request", authority, "/cut"], Stdin::Null, "200 part of the bodybroken\n");
        says(&[how, "request", "127.0.0.1:1", "/"], Stdin::Null, "ErrorCode::ConnectionRefused\n");
    }
}

#[test]
fn connections_are_seen_to_be_there() {
    let origin = Origin::new();
    let port = authority(&origin).rsplit(':').next().unwrap().to_string();
    for component in compositions() {
        for how in ["looks", "looks-busily"] {
            let outcome = run(component, &[how, "connect", &port, "/"], Stdin::Null);
            let text = String::from_utf8_lossy(&outcome.stdout).into_owned();
            assert!(
                text.starts_with("HTTP/1.0 200 OK\r\n") && text.ends_with("hello from the origin\nclosed\n"),
                "{text}"
            );
        }
    }
    let refused = "ErrorCode { code: 14, name: \"connection-refused\", message: \"\" }\n";
    says(&["looks", "connect", "1", "/"], Stdin::Null, refused);
}

#[test]
fn standard_input_is_seen_to_be_there() {
    says(&["looks", "stdin"], Stdin::Slow(30, &["one ", "two"]), "one twoclosed\n");
    says(&["looks", "stdin"], Stdin::Null, "closed\n");
}

/// A list with something that the host has to tell besides a timer: within a call that is not async
/// it never will.
#[test]
fn waiting_for_the_host_is_refused_by_name() {
    let origin = Origin::new();
    let authority = &authority(&origin);
    let [wrapped, composed] = compositions();
    for args in [&["waits", "request", authority, "/slow-head?ms=2000"][..], &["waits", "stdin"]] {
        let outcome = run(wrapped, args, Stdin::Silent);
        let reason = "wasi-shim: this call has to wait, but no async export of the component is running";
        assert!(outcome.stderr.contains(reason), "{args:?}: {outcome:?}");
        assert_ne!(outcome.code, Some(0));
        let outcome = run(composed, args, Stdin::Slow(100, &["late"]));
        assert_eq!(String::from_utf8_lossy(&outcome.stdout), "[0]\n", "{args:?}: {}", outcome.stderr);
    }
    // A response that is there already is no reason to wait.
    says(&["waits-later", "request", authority, "/"], Stdin::Null, "[0]\n");
    says(&["waits-later", "request", "127.0.0.1:1", "/"], Stdin::Null, "[0]\n");
}
