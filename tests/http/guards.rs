//! Services of 0.2 behind guards of 0.2, which refuse requests or hand them on, as hosts of 0.2
//! have it, and on the host of 0.3, where the guard is what the host calls and has to answer.

use std::sync::OnceLock;
use std::time::Duration;

use crate::support::http::client::{Answer, Ask, get, post};
use crate::support::http::{Running, eventually};
use crate::support::text::used;
use crate::support::{fixture_bytes, pattern};
use wasi_shim::{Generation, WrapOptions, compose};

const GUARD: &str = "../parts/http-guard";

/// The service behind so many guards. The host may use an instance for many requests if it `reuses`
/// them.
fn behind(guards: usize, to: Generation, reuses: bool) -> Running {
    let names = vec![GUARD; guards].into_iter().chain(["http-probe"]);
    let components: Vec<Vec<u8>> = names.map(fixture_bytes).collect();
    let components: Vec<&[u8]> = components.iter().map(|bytes| &bytes[..]).collect();
    let mut options = WrapOptions::default();
    options.to = Some(to);
    options.reuse_instance = reuses;
    Running::of(&compose(&components, &options).unwrap().bytes, to)
}

/// Natively, and wrapped in three ways.
fn guarded() -> &'static [Running] {
    static GUARDED: OnceLock<Vec<Running>> = OnceLock::new();
    GUARDED.get_or_init(|| {
        vec![
            behind(1, Generation::Wasi02, false),
            behind(1, Generation::Wasi03, false),
            behind(1, Generation::Wasi03, true),
            behind(2, Generation::Wasi03, false),
        ]
    })
}

/// Sends `ask` to all; the answers must be equal.
#[track_caller]
fn answer(ask: Ask) -> Answer {
    let mut answers = guarded().iter().map(|running| ask.clone().send(running.address));
    let native = answers.next().unwrap();
    for (at, other) in answers.enumerate() {
        assert!(other == native, "number {at} differs\n--- native\n{native:#?}\n--- wrapped\n{other:#?}");
    }
    native
}

#[test]
fn the_service_answers() {
    answer(get("/")).is(200, b"Hello from the probe\n");
    answer(get("/").header("x-slow", "1")).is(200, b"Hello from the probe\n");
    answer(get("/nothing/here")).is(404, b"no such route\n");
    answer(get("/empty")).is(204, b"");
    answer(get("/unwritten")).is(200, b"");
    answer(get("/set-headers")).is(200, b"headers\n");
    answer(get("/status?code=418")).is(418, b"status\n");
}

#[test]
fn the_guard_answers() {
    answer(get("/").header("x-deny", "1")).is(403, b"denied\n");
    answer(post("/echo", pattern(100_000)).header("x-deny", "1").header("x-slow", "1")).is(403, b"denied\n");
}

/// A response that is larger than all buffers gets through only if it goes out while the service
/// still writes it.
#[test]
fn the_response_goes_out_before_the_end() {
    answer(get("/bulk?n=20000000"));
    answer(post("/echo", pattern(10_000_000))).is(200, &pattern(10_000_000));
    answer(get("/chunks?n=5&ms=20"));
    answer(post("/early", pattern(100_000)));
    answer(get("/late?ms=50")).is(200, b"the end comes later\n");
    answer(get("/burst"));
    answer(get("/write-before-set")).is(200, b"before, after\n");
}

#[test]
fn trailers_pass() {
    let ask = post("/trailers", "body").trailers(&[("x-one", "1"), ("x-two", "2")]).header("te", "trailers");
    answer(ask.header("trailer", "x-one, x-two"));
}

/// Every case of `error-code`, with its text, as the host's log shows it.
#[test]
fn every_error_reaches_the_host() {
    let see = |running: Running| {
        let mut seen = Vec::new();
        for code in 0..39 {
            let answer = get(&format!("/error?code={code}")).send(running.address);
            eventually("the report", || running.failures().len() > code);
            seen.push((answer, running.failures().pop()));
        }
        running.end();
        seen
    };
    let native = see(behind(1, Generation::Wasi02, false));
    assert!(native[38].1.as_ref().is_some_and(|report| report.contains("on purpose")), "{native:?}");
    assert_eq!(see(behind(1, Generation::Wasi03, true)), native);
}

#[test]
fn no_answer_is_an_error_of_the_server() {
    for path in ["/never", "/leak?what=outparam", "/trap-before"] {
        assert_eq!(answer(get(path)).status, 500, "{path}");
    }
}

/// Whether the client can tell that the body is not whole is not the same on both hosts.
#[test]
fn a_trap_after_the_response() {
    for running in guarded() {
        let answer = get("/trap-after?ms=50").send(running.address);
        assert_eq!((answer.status, &answer.body.0[..]), (200, &b"part of the body"[..]));
        get("/").send(running.address).is(200, b"Hello from the probe\n");
    }
}

#[test]
fn many_requests_one_after_the_other() {
    for count in 0..200 {
        let ask = match count % 3 {
            0 => get("/").header("x-deny", "1"),
            1 => post("/echo", pattern(count * 100)),
            _ => get("/error?code=38"),
        };
        answer(ask);
    }
}

#[test]
fn several_requests_at_once() {
    std::thread::scope(|scope| {
        for count in 0..20 {
            scope.spawn(move || answer(post("/echo", pattern(50_000 + count)).slowly(Duration::from_millis(1))));
        }
    });
}

/// As if the service had core modules with memories of their own: an answer from any of them is one
/// of the task.
#[test]
fn a_service_with_several_memories() {
    let text = wasmprinter::print_bytes(fixture_bytes("http-probe")).unwrap();
    let set = text.rsplit_once(r#""[static]response-outparam.set" (func (;"#).unwrap().1;
    let (set, _) = set.split_once(';').unwrap();
    let other = format!(
        r#"(core module $other (memory (export "memory") 1)) (core instance $other (instantiate $other))
           (core func (canon lower (func {set}) (memory (core memory $other "memory")))))"#
    );
    let with_other = text.trim_end().strip_suffix(')').unwrap().to_string() + &used(&other);
    let with_other = wat::parse_str(with_other).unwrap();
    let wrapped = wasi_shim::Wrap::new(&with_other).to(Generation::Wasi03).run().unwrap();
    let running = Running::of(&wrapped.bytes, Generation::Wasi03);
    get("/").send(running.address).is(200, b"Hello from the probe\n");
    post("/echo", pattern(3_000_000)).send(running.address).is(200, &pattern(3_000_000));
    assert_eq!(get("/error?code=38").send(running.address).status, 500);
    eventually("the report", || running.failures().iter().any(|report| report.contains("on purpose")));
}
