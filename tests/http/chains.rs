//! A middleware before services of both generations. What a client sees must be what it sees when
//! all are of 0.3 and nothing is adapted.

use std::sync::OnceLock;

use crate::support::http::client::{Answer, Ask, get, post};
use crate::support::http::{Form, Running, component, generation, runtime};
use crate::support::{fixture_bytes, pattern};
use wasi_shim::{Error, Generation, WrapOptions, compose};

const MIDDLEWARE: &str = "http-middleware-p3";
/// The only kind of middleware that 0.2 has: it refuses requests or hands them on.
const GUARD: &str = "../parts/http-guard";

/// The components of `names`, one before the other, for `to`.
fn chain(names: &[&str], to: Option<Generation>) -> Result<Vec<u8>, Error> {
    let components: Vec<Vec<u8>> = names.iter().map(|name| fixture_bytes(name)).collect();
    let components: Vec<&[u8]> = components.iter().map(|bytes| &bytes[..]).collect();
    let mut options = WrapOptions::default();
    options.to = to;
    compose(&components, &options).map(|composed| composed.bytes)
}

/// The chains that are compared with the first one, each with the host that it is for.
fn chains() -> &'static [(String, Running)] {
    static CHAINS: OnceLock<Vec<(String, Running)>> = OnceLock::new();
    CHAINS.get_or_init(|| {
        let of = |names: &[&str], to| {
            let bytes = chain(names, Some(to)).unwrap_or_else(|error| panic!("{names:?} for {to:?}: {error}"));
            (format!("{names:?} for {to:?}"), Running::of(&bytes, to))
        };
        vec![
            of(&[MIDDLEWARE, "http-probe-p3"], Generation::Wasi03),
            of(&[MIDDLEWARE, "http-probe"], Generation::Wasi03),
            of(&[MIDDLEWARE, "http-probe-p3"], Generation::Wasi02),
        ]
    })
}

/// Sends `ask` to all chains; the answers must be equal.
#[track_caller]
fn answer(ask: Ask) -> Answer {
    let mut answers = chains().iter().map(|(name, running)| (name, ask.send(running.address)));
    let (_, first) = answers.next().unwrap();
    for (name, other) in answers {
        assert!(other == first, "{name} differs\n--- all of 0.3\n{first:#?}\n--- {name}\n{other:#?}");
    }
    first
}

#[test]
fn headers_are_seen_and_added() {
    let hello = answer(get("/"));
    hello.is(200, b"Hello from the probe\n");
    assert!(hello.headers.iter().any(|header| header == "x-seen: middleware"));
    answer(get("/nothing/here")).is(404, b"no such route\n");
    answer(get("/status?code=418")).is(418, b"status\n");
}

#[test]
fn bodies_pass_untouched() {
    answer(post("/echo", pattern(3_000_000))).is(200, &pattern(3_000_000));
    answer(post("/sum", pattern(300_000)).with_length());
    answer(get("/chunks?n=5&ms=20"));
}

#[test]
fn bodies_are_carried_over() {
    let capitals = |count: usize| pattern(count).to_ascii_uppercase();
    answer(post("/echo", pattern(3_000_000)).header("x-shout", "1")).is(200, &capitals(3_000_000));
    answer(get("/").header("x-shout", "1")).is(200, b"HELLO FROM THE PROBE\n");
    answer(get("/chunks?n=5&ms=20").header("x-shout", "1"));
}

#[test]
fn trailers_pass() {
    for shout in [false, true] {
        let ask = post("/trailers", "body").trailers(&[("x-one", "1"), ("x-two", "2")]).header("te", "trailers");
        let ask = if shout { ask.header("x-shout", "1") } else { ask };
        answer(ask.header("trailer", "x-one, x-two"));
    }
}

#[test]
fn chains_of_three() {
    for (names, to) in [
        (["http-probe-p3"], Generation::Wasi03),
        (["http-probe"], Generation::Wasi03),
        (["http-probe-p3"], Generation::Wasi02),
    ] {
        let bytes = chain(&[&[MIDDLEWARE, MIDDLEWARE], &names[..]].concat(), Some(to)).unwrap();
        let running = Running::of(&bytes, to);
        let answer = post("/echo", pattern(300_000)).send(running.address);
        answer.is(200, &pattern(300_000));
        assert_eq!(answer.headers.iter().filter(|header| *header == "x-seen: middleware").count(), 2);
        running.end();
    }
}

/// Every order of three of a middleware of 0.3 and a guard of 0.2, before a service of either
/// generation.
#[test]
fn every_order_of_three() {
    for order in 0..8 {
        for service in ["http-probe", "http-probe-p3"] {
            let front: Vec<&str> = (0..3).map(|at| if order >> at & 1 == 0 { MIDDLEWARE } else { GUARD }).collect();
            let names: Vec<&str> = front.iter().copied().chain([service]).collect();
            let middleware = front.iter().filter(|name| **name == MIDDLEWARE).count();
            for to in [Generation::Wasi02, Generation::Wasi03] {
                let bytes = chain(&names, Some(to)).unwrap_or_else(|error| panic!("{names:?} for {to:?}: {error}"));
                serves(&names, &bytes, to, middleware);
            }
        }
    }
}

/// A chain with so many middlewares of 0.3 does what each of its members does.
fn serves(names: &[&str], bytes: &[u8], target: Generation, middleware: usize) {
    let running = Running::of(bytes, target);
    let seen = |answer: &Answer| answer.headers.iter().filter(|header| *header == "x-seen: middleware").count();
    let hello = get("/").header("x-slow", "1").send(running.address);
    hello.is(200, b"Hello from the probe\n");
    assert_eq!(seen(&hello), middleware, "{names:?} for {target:?}");
    let echo = post("/echo", pattern(100_000)).send(running.address);
    echo.is(200, &pattern(100_000));
    let trailers =
        post("/trailers", "body").trailers(&[("x-one", "1")]).header("te", "trailers").header("trailer", "x-one");
    let expected = trailers.clone().send(chains()[0].1.address);
    let trailers = trailers.send(running.address);
    assert_eq!(
        (trailers.status, &trailers.body, &trailers.trailers),
        (expected.status, &expected.body, &expected.trailers)
    );
    if names.contains(&GUARD) {
        get("/").header("x-deny", "1").send(running.address).is(403, b"denied\n");
    }
    assert_eq!(running.failures(), [""; 0], "{names:?} for {target:?}");
    running.end();
}

/// Towards 0.2, a service of 0.2 behind the middleware blocks while the middleware is on the stack:
/// R takes its response. What only the middleware could give it is a deadlock.
#[test]
fn a_service_that_blocks() {
    let bytes = chain(&[MIDDLEWARE, "http-probe"], Some(Generation::Wasi02)).unwrap();
    let running = Running::of(&bytes, Generation::Wasi02);
    let shouted = get("/").header("x-shout", "1");
    let asks = || [get("/"), get("/status?code=418"), post("/echo", pattern(3_000_000)), shouted.clone()];
    for ask in asks() {
        let expected = ask.clone().send(chains()[0].1.address);
        assert!(ask.send(running.address) == expected, "{expected:#?}");
    }
    assert_eq!(running.failures(), [""; 0]);
    post("/echo", pattern(300_000))
        .header("x-shout", "1")
        .send(running.address)
        .is(500, b"500 Internal Server Error\n");
    let failures = running.failures().join("\n");
    assert!(failures.contains("deadlock") && failures.contains("nobody writes to it"), "{failures}");
}

/// Requests overlap in the middleware, and a service of 0.2 behind it has one at a time.
#[test]
fn several_requests_at_once() {
    for (_, running) in chains() {
        runtime().block_on(async {
            let asks: Vec<_> = (0..20).map(|i| post("/echo", pattern(10_000 + i))).collect();
            let tasks: Vec<_> = asks
                .into_iter()
                .map(|ask| {
                    let address = running.address;
                    tokio::spawn(async move { ask.send_async(address).await })
                })
                .collect();
            for (i, task) in tasks.into_iter().enumerate() {
                task.await.unwrap().is(200, &pattern(10_000 + i));
            }
        });
    }
}

/// A middleware that stands five times in a chain is there once, though each place needs wiring of
/// its own.
#[test]
fn a_long_chain_has_the_code_of_its_middleware_once() {
    for (to, service) in [(Generation::Wasi02, "http-probe-p3"), (Generation::Wasi03, "http-probe")] {
        let short = chain(&[MIDDLEWARE, service], Some(to)).unwrap();
        let names = [MIDDLEWARE, MIDDLEWARE, MIDDLEWARE, MIDDLEWARE, MIDDLEWARE, service];
        let long = chain(&names, Some(to)).unwrap();
        let added = long.len() - short.len();
        let middleware = fixture_bytes(MIDDLEWARE).len();
        assert!(added < 4 * middleware / 3, "{added} bytes for four more places of {middleware} bytes, for {to:?}");
        serves(&names, &long, to, 5);
    }
}

#[test]
fn what_does_not_connect_is_named() {
    let error = chain(&["http-probe-p3", MIDDLEWARE], None).unwrap_err();
    assert!(matches!(&error, Error::NothingToConnect { component: 1, .. }), "{error}");
    assert!(error.to_string().contains("wasi:http/handler@0.3.2"), "{error}");
    let error = chain(&[MIDDLEWARE, "hello"], None).unwrap_err();
    assert!(matches!(&error, Error::NothingToConnect { component: 1, .. }), "{error}");
}

/// A service that is composed before it is wrapped is the same as one that is wrapped before.
#[test]
fn wrapped_services_connect_too() {
    let (service, _) = component("http-probe", Form::Reused);
    assert_eq!(generation("http-probe"), Generation::Wasi02);
    let composed = compose(&[&fixture_bytes(MIDDLEWARE), &service], &WrapOptions::default()).unwrap();
    assert_eq!(composed.target, Generation::Wasi03);
    assert!(composed.bytes == chain(&[MIDDLEWARE, "http-probe"], Some(Generation::Wasi03)).unwrap());
}
