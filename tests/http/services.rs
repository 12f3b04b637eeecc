//! HTTP services behind real sockets: each answers a real client natively on a host of its
//! generation, and wrapped on a host of the other. What the client sees must be the same: status,
//! headers (less date), body and trailers.

use std::time::Duration;

use crate::support::http::client::{Answer, Ask, Connection, ask, get, next, post};
use crate::support::http::origin::Origin;
use crate::support::http::{Form, Running, eventually, runtime, same};
use crate::support::pattern;
use hyper::body::{Bytes, Frame};
use wasi_shim_hosts::serve::ServeOptions;

const MIB: usize = 1 << 20;
const P2: &str = "http-probe";
const P3: &str = "http-probe-p3";

/// In which forms a fixture is compared with itself.
fn forms(fixture: &str) -> &'static [Form] {
    match fixture {
        P2 => &[Form::Wrapped, Form::Reused],
        _ => WRAPPED_03,
    }
}

/// 0.3 on the host of 0.2.
const WRAPPED_03: &[Form] = &[Form::Wrapped];

/// Sends `ask` in all forms; the answers must be equal. Answers the native one.
#[track_caller]
fn answer(fixture: &'static str, ask: Ask) -> Answer {
    same(fixture, forms(fixture), |running| ask.send(running.address))
}

/// The tests of services of both generations.
macro_rules! both {
    ($($(#[$doc:meta])* $name:ident($fixture:ident) $body:block)*) => {
        $($(#[$doc])* mod $name {
            use super::*;
            fn check($fixture: &'static str) $body
            #[test] fn services_of_02_do_wrapped_what_they_did() { check(P2) }
            #[test] fn services_of_03_do_wrapped_what_they_did() { check(P3) }
        })*
    };
}

both! {
    hello(fixture) {
        answer(fixture, get("/")).is(200, b"Hello from the probe\n");
    }

    no_such_route(fixture) {
        answer(fixture, get("/nothing/here?a=b")).is(404, b"no such route\n");
    }

    /// Without a body there is no length and no encoding.
    nothing_in_the_body(fixture) {
        let empty = answer(fixture, get("/empty"));
        assert_eq!(empty.is(204, b"").headers, [""; 0]);
        answer(fixture, get("/unwritten")).is(200, b"");
    }

    statuses(fixture) {
        for code in [200, 201, 206, 301, 400, 404, 418, 500, 503, 599] {
            answer(fixture, get(&format!("/status?code={code}"))).is(code, b"status\n");
        }
        for code in [204, 304] {
            assert_eq!(answer(fixture, get(&format!("/status?code={code}"))).status, code);
        }
    }

    methods(fixture) {
        for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "PURGE", "M-SEARCH"] {
            let shown = seen_headers(fixture, ask(method, "/headers"));
            assert!(shown.to_lowercase().starts_with("method: method::"), "{shown}");
            assert!(shown.to_lowercase().contains(&method.to_lowercase()), "{shown}");
        }
        answer(fixture, ask("HEAD", "/")).is(200, b"");
        answer(fixture, ask("HEAD", "/length?says=100&bytes=100")).is(200, b"");
    }

    headers_of_requests(fixture) {
        let shown = seen_headers(
            fixture,
            get("/headers?a=b&c=%20d")
                .header("X-Mixed-Case", "Kept As It Is")
                .header("x-repeated", "one")
                .header("X-Repeated", "two")
                .header("x-empty", "")
                .header("x-bytes", vec![0xe4, 0xf6])
                .header("cookie", "a=1")
                .header("cookie", "b=2"),
        );
        assert!(shown.contains("path: /headers?a=b&c=%20d\n"), "{shown}");
        assert!(shown.contains("x-repeated: one\nx-repeated: two\n"), "{shown}");
        assert!(shown.contains("x-bytes: \\xe4\\xf6\n"), "{shown}");
        assert!(shown.contains("cookie: a=1\ncookie: b=2\n"), "{shown}");
        assert!(!shown.contains("host: "), "{shown}");
    }

    large_headers(fixture) {
        let mut ask = get("/headers").header("x-large", vec![b'l'; 30_000]);
        for i in 0..60 {
            ask = ask.header(&format!("x-{i}"), format!("{i}"));
        }
        assert!(seen_headers(fixture, ask).len() > 30_000);
    }

    headers_of_responses(fixture) {
        let answer = answer(fixture, get("/set-headers"));
        answer.is(200, b"headers\n");
        let has = |line: &str| answer.headers.iter().any(|header| header == line);
        assert!(has("x-mixed-case: Kept As It Is") && has("x-bytes: \\xe4\\xf6\\xfc") && has("x-empty: "));
        assert!(has("set-cookie: a=1; Path=/") && has("set-cookie: b=2") && has("x-number-49: 49"));
        assert!(has(&format!("x-large: {}", "l".repeat(20_000))));
    }

    forbidden_headers(fixture) {
        let answer = answer(fixture, get("/forbidden"));
        assert_eq!(answer.text().matches("HeaderError::Forbidden) false").count(), 5);
    }

    echo(fixture) {
        answer(fixture, post("/echo", "hello")).is(200, b"hello");
        answer(fixture, post("/echo", "hello").with_length()).is(200, b"hello");
        answer(fixture, post("/echo", "").with_length()).is(200, b"");
        answer(fixture, get("/echo")).is(200, b"");
        answer(fixture, post("/echo", "text").header("content-type", "text/x-own")).is(200, b"text");
        answer(fixture, post("/echo", pattern(100_000)).with_length()).is(200, &pattern(100_000));
    }

    echo_10_mb(fixture) {
        let pieces: Vec<Vec<u8>> = pattern(10 * MIB).chunks(70_001).map(<[u8]>::to_vec).collect();
        answer(fixture, ask("POST", "/echo").pieces(pieces)).is(200, &pattern(10 * MIB));
    }

    echo_in_small_pieces(fixture) {
        let pieces: Vec<Vec<u8>> = pattern(20_000).chunks(13).map(<[u8]>::to_vec).collect();
        answer(fixture, ask("POST", "/echo").pieces(pieces)).is(200, &pattern(20_000));
    }

    /// Each piece comes back before the next is sent.
    full_duplex(fixture) {
        let seen = same(fixture, forms(fixture), |running| {
            runtime().block_on(async {
                let mut connection = Connection::open(running.address).await;
                let (body, mut response) = connection.begin(&ask("POST", "/echo")).await;
                let mut seen = String::new();
                for piece in ["one", "two", "three"] {
                    body.send(Frame::data(Bytes::from(piece))).await.unwrap();
                    let mut got = Vec::new();
                    while got.len() < piece.len() {
                        got.extend_from_slice(&next(&mut response).await.expect("an echo"));
                    }
                    seen += std::str::from_utf8(&got).unwrap();
                }
                drop(body);
                assert!(next(&mut response).await.is_none());
                seen
            })
        });
        assert_eq!(seen, "onetwothree");
    }

    reading_all_first(fixture) {
        answer(fixture, post("/sum", "short")).is(200, b"\"short\", end\n");
        answer(fixture, get("/sum")).is(200, b"\"\", end\n");
        assert!(answer(fixture, post("/sum", pattern(3 * MIB))).text().starts_with("3145728 bytes, "));
    }

    /// The response is there while the request still goes on.
    an_early_response(fixture) {
        same(fixture, forms(fixture), |running| {
            runtime().block_on(async {
                let mut connection = Connection::open(running.address).await;
                let (body, mut response) = connection.begin(&ask("POST", "/early")).await;
                assert_eq!(next(&mut response).await.as_deref(), Some(&b"early\n"[..]));
                for _ in 0..3 {
                    body.send(Frame::data(Bytes::from(pattern(50_000)))).await.unwrap();
                }
                drop(body);
                assert!(next(&mut response).await.is_none());
            });
            running.prints("read 150000 bytes, end");
        });
    }

    chunks(fixture) {
        let seen = same(fixture, forms(fixture), |running| {
            runtime().block_on(async {
                let mut connection = Connection::open(running.address).await;
                let (_, mut response) = connection.begin(&get("/chunks?n=3&delay=60")).await;
                let mut frames = Vec::new();
                while let Some(frame) = next(&mut response).await {
                    frames.push(frame);
                }
                frames
            })
        });
        // Not collected first: each has a frame of its own.
        assert_eq!(seen, ["chunk 0\n", "chunk 1\n", "chunk 2\n"]);
    }

    a_big_response(fixture) {
        answer(fixture, get("/big?bytes=10485760")).is(200, &pattern(10 * MIB));
        answer(fixture, get("/big?bytes=1")).is(200, &pattern(1));
        answer(fixture, get("/big?bytes=65537")).is(200, &pattern(65537));
    }

    a_slow_reader(fixture) {
        let ask = get("/big?bytes=3000000").read_slowly(Duration::from_millis(3));
        answer(fixture, ask).is(200, &pattern(3_000_000));
    }

    a_slow_writer(fixture) {
        let pieces = pattern(200).chunks(20).map(<[u8]>::to_vec).collect();
        let ask = ask("POST", "/echo").pieces(pieces).slowly(Duration::from_millis(10));
        answer(fixture, ask).is(200, &pattern(200));
    }

    trailers(fixture) {
        let te = |ask: Ask| ask.header("te", "trailers");
        let own = answer(fixture, te(post("/trailers", "some")));
        assert_eq!(own.is(200, b"body\n").trailers, Some(vec!["x-own: end".into()]));
        let request = te(post("/trailers", pattern(1000)).header("trailer", "x-one, x-two"));
        let request = request.trailers(&[("x-one", "1"), ("x-two", "2"), ("x-one", "1 again")]);
        let echoed = answer(fixture, request);
        let expected = ["x-one: 1", "x-one: 1 again", "x-own: end", "x-two: 2"].map(String::from);
        assert_eq!(echoed.is(200, b"body\n").trailers, Some(expected.to_vec()));
    }

    the_length_that_was_set(fixture) {
        let exact = answer(fixture, get("/length?says=100&bytes=100"));
        assert!(exact.is(200, &pattern(100)).headers.contains(&"content-length: 100".into()));
        answer(fixture, get("/length?bytes=100")).is(200, &pattern(100));
        answer(fixture, get("/length?says=0&bytes=0")).is(200, b"");
    }

    /// Work after the response is done to its end.
    work_after_the_response(fixture) {
        same(fixture, forms(fixture), |running| {
            get("/late?ms=200").send(running.address).is(200, b"the end comes later\n");
            running.prints("late\n");
        });
    }

    printing(fixture) {
        same(fixture, forms(fixture), |running| {
            get("/print").send(running.address).is(200, b"printed\n");
            running.prints("noted\n");
        });
    }

    sleeping(fixture) {
        answer(fixture, get("/sleep?ms=30")).is(200, b"awake\n");
    }

    written_before_the_response(fixture) {
        answer(fixture, get("/write-before-set")).is(200, b"before, after\n");
    }

    written_and_forgotten(fixture) {
        answer(fixture, get("/burst")).is(200, &pattern(MIB));
    }

    /// They may keep an instance busy (a request that is not read does on the host of 0.3), but no
    /// client waits for it.
    things_left_over(fixture) {
        for what in ["response", "request", "pollable"] {
            for form in [&[Form::Native], forms(fixture)].concat() {
                let running = Running::new(fixture, form);
                let answer = post(&format!("/leak?what={what}"), "some").with_length().send(running.address);
                assert!(answer.is(200, &answer.body.0).text().starts_with("leaked "), "{answer:?}");
            }
        }
    }

    every_error_code(fixture) {
        let seen = same(fixture, forms(fixture), |running| {
            let mut seen = Vec::new();
            for code in 0..39 {
                let answer = get(&format!("/error?code={code}")).send(running.address);
                eventually("the report", || running.failures().len() > code);
                seen.push((answer, running.failures().pop()));
            }
            seen
        });
        assert!(seen.iter().all(|(answer, _)| answer.status == 500), "{seen:?}");
        let reports: Vec<_> = seen.iter().filter_map(|(_, report)| report.as_deref()).collect();
        assert!(reports[1].contains("NXDOMAIN") && reports[36].contains("LoopDetected"), "{reports:?}");
        assert!(reports[38].contains("on purpose"), "{reports:?}");
    }

    a_trap_before_the_response(fixture) {
        same(fixture, forms(fixture), |running| {
            let answer = get("/trap-before").send(running.address);
            running.prints("before the response\n");
            // The next request is not harmed.
            get("/").send(running.address).is(200, b"Hello from the probe\n");
            answer.status
        });
    }

    a_trap_after_the_response(fixture) {
        let seen = same(fixture, forms(fixture), |running| {
            let answer = get("/trap-after?ms=100").send(running.address);
            running.prints("after the response\n");
            get("/").send(running.address).is(200, b"Hello from the probe\n");
            // Whether the client can tell that the body is not whole is not the same on both hosts.
            (answer.status, answer.headers, answer.body)
        });
        assert_eq!(seen.2.0, b"part of the body");
    }

    /// Instances notice that nobody reads, and the server goes on.
    a_client_that_goes_away_while_reading(fixture) {
        same(fixture, forms(fixture), |running| {
            runtime().block_on(async {
                let mut connection = Connection::open(running.address).await;
                let (_, mut response) = connection.begin(&get("/big?bytes=1000000000")).await;
                next(&mut response).await.unwrap();
            });
            running.prints("nobody reads any more\n");
            get("/").send(running.address).is(200, b"Hello from the probe\n");
        });
    }

    a_client_that_goes_away_while_writing(fixture) {
        same(fixture, forms(fixture), |running| {
            runtime().block_on(async {
                let mut connection = Connection::open(running.address).await;
                let (body, mut response) = connection.begin(&ask("POST", "/echo")).await;
                body.send(Frame::data(Bytes::from("some"))).await.unwrap();
                assert_eq!(next(&mut response).await.as_deref(), Some(&b"some"[..]));
            });
            eventually("the end of the request", || !running.finished().is_empty());
            get("/").send(running.address).is(200, b"Hello from the probe\n");
        });
    }

    /// Several requests on one connection.
    keep_alive(fixture) {
        same(fixture, forms(fixture), |running| {
            runtime().block_on(async {
                let mut connection = Connection::open(running.address).await;
                for i in 0..20 {
                    let body = pattern(i * 1000);
                    connection.send(&post("/echo", body.clone()).with_length()).await.is(200, &body);
                    connection.send(&post("/echo", body.clone())).await.is(200, &body);
                    connection.send(&get("/")).await.is(200, b"Hello from the probe\n");
                    connection.send(&get("/empty")).await.is(204, b"");
                }
                assert!(connection.is_open().await);
            });
            running.finished().len()
        });
    }

    a_hundred_connections(fixture) {
        same(fixture, forms(fixture), |running| {
            runtime().block_on(async {
                let one = async |i: usize| {
                    let mut connection = Connection::open(running.address).await;
                    for round in 0..3 {
                        let body = pattern(i * 100 + round);
                        connection.send(&post("/echo", body.clone())).await.is(200, &body);
                        connection.send(&get("/sleep?ms=5")).await.is(200, b"awake\n");
                    }
                };
                futures((0..100).map(one)).await;
            });
        });
    }

    forwarding(fixture) {
        let routes: &[&str] = if fixture == P3 { &["/proxy", "/relay"] } else { &["/proxy"] };
        let origin = Running::new("http-probe", Form::Native);
        let to = |route: &str, path: &str| format!("{route}?url={}", origin.url(path));
        for route in routes {
            answer(fixture, get(&to(route, "/"))).is(200, b"Hello from the probe\n");
            answer(fixture, get(&to(route, "/status?code=418"))).is(418, b"status\n");
            answer(fixture, get(&to(route, "/set-headers"))).is(200, b"headers\n");
            answer(fixture, post(&to(route, "/echo"), "through")).is(200, b"through");
            answer(fixture, post(&to(route, "/echo"), "through").with_length()).is(200, b"through");
            answer(fixture, post(&to(route, "/echo"), pattern(5 * MIB))).is(200, &pattern(5 * MIB));
            answer(fixture, get(&to(route, "/big?bytes=5000000"))).is(200, &pattern(5_000_000));
            answer(fixture, get(&format!("{route}?url=http://127.0.0.1:1/"))).is(502, b"ErrorCode::ConnectionRefused\n");
        }
    }
}

/// The next piece of the request is written only when the last has come back.
#[test]
fn forwarding_both_bodies_at_once() {
    for (fixture, route) in [(P2, "/proxy"), (P3, "/proxy"), (P3, "/relay")] {
        let origin = Origin::new();
        same(fixture, forms(fixture), |running| {
            runtime().block_on(async {
                let mut connection = Connection::open(running.address).await;
                let to = format!("{route}?url={}", origin.url("/echo"));
                let (body, mut response) = connection.begin(&ask("POST", &to)).await;
                for i in 0..20 {
                    let piece = Bytes::from(format!("piece {i}"));
                    body.send(Frame::data(piece.clone())).await.unwrap();
                    assert_eq!(next(&mut response).await, Some(piece), "{fixture} {route} {:?}", running.form);
                }
                drop(body);
                assert_eq!(next(&mut response).await, None);
            });
        });
    }
}

/// The answer to `/headers`, less the headers in which the hosts of the two generations differ:
/// only the host of 0.2 tells scheme and authority.
#[track_caller]
fn seen_headers(fixture: &'static str, ask: Ask) -> String {
    let mut text = same(fixture, forms(fixture), |running| {
        let answer = ask.send(running.address);
        let (scheme, authority) = (line(&answer, "scheme: "), line(&answer, "authority: "));
        let address = format!("Some({:?})", running.address.to_string());
        match (fixture, running.form) {
            (P2, Form::Native) | (P3, Form::Wrapped) => {
                assert_eq!((scheme.as_str(), authority), ("Some(Scheme::Http)", address));
            }
            (P2, _) => {
                assert_eq!((scheme.as_str(), authority.as_str()), ("Some(Scheme::Http)", "Some(\"localhost\")"));
            }
            _ => assert_eq!((scheme.as_str(), authority.as_str()), ("None", "None")),
        }
        let rest = |line: &&str| !line.starts_with("scheme: ") && !line.starts_with("authority: ");
        answer.text().lines().filter(rest).map(|line| format!("{line}\n")).collect::<String>()
    });
    assert!(text.ends_with("immutable: Err(HeaderError::Immutable)\n"), "{text}");
    text.truncate(text.find("immutable: ").unwrap());
    text
}

fn line(answer: &Answer, name: &str) -> String {
    let line = answer.text().lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("{answer:?}")).to_string()
}

/// All at once.
async fn futures(all: impl Iterator<Item = impl Future<Output = ()>>) {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    std::future::poll_fn(|cx| {
        all.retain_mut(|future| future.as_mut().poll(cx).is_pending());
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await
}

mod of_02_alone {
    use super::*;

    #[test]
    fn no_response_at_all_is_an_error_of_the_server() {
        for path in ["/never", "/leak?what=outparam"] {
            let answer = answer(P2, get(path));
            assert_eq!(answer.status, 500);
        }
        // Why, the server is told.
        for form in [&[Form::Native], forms(P2)].concat() {
            let running = Running::new(P2, form);
            get("/never").send(running.address);
            eventually("a report", || !running.failures().is_empty());
            let failures = running.failures();
            assert!(
                failures[0].contains("guest never invoked `response-outparam::set` method"),
                "{form:?}: {failures:?}"
            );
            running.end();
        }
    }

    /// They are a feature that hosts of 0.2 do not offer by default. In 0.3 there are none, and the
    /// service learns it.
    #[test]
    fn informational_responses() {
        for form in [Form::Wrapped, Form::Reused] {
            let running = Running::new("informational", form);
            get("/").send(running.address).is(200, b"");
            running.end();
        }
    }

    #[test]
    fn a_length_that_is_wrong() {
        same(P2, forms(P2), |running| {
            let short = get("/length?says=200&bytes=100").send(running.address);
            running.prints("written true, finished Err(ErrorCode::HttpResponseBodySize(Some(100)))\n");
            assert!(short.trailers.is_none(), "{short:?}");
        });
        same(P2, forms(P2), |running| {
            get("/length?says=50&bytes=100").send(running.address);
            running.prints("written false, finished ");
        });
    }

    #[test]
    fn bodies_left_over() {
        answer(P2, get("/leak?what=unsent")).is(200, b"leaked nothing\n");
        let unfinished = answer(P2, get("/leak?what=unfinished"));
        assert!(unfinished.trailers.is_none(), "{unfinished:?}");
        answer(P2, get("/leak?what=unfinished-length")).is(200, b"the whole body!!");
        // The host of 0.2 ends the body of a guest that forgets it as if it were whole.
        answer(P2, get("/leak?what=body")).is(200, b"part of the body");
    }

    /// However many requests the host would like to give it, a guest of 0.2 has one at a time.
    #[test]
    fn never_two_requests_at_once() {
        for form in [Form::Native, Form::Wrapped, Form::Reused] {
            let running = Running::new(P2, form);
            runtime().block_on(futures((0..40).map(|_| async {
                get("/alone?ms=10").send_async(running.address).await.is(200, b"alone\n");
            })));
            running.end();
        }
    }

    #[test]
    fn each_request_has_an_instance_of_its_own() {
        let counts = same(P2, &[Form::Wrapped], |running| count(running, 5));
        assert_eq!(counts, ["1"; 5].map(|n| format!("{n}\n")));
    }

    #[test]
    fn reused_instances_count_on() {
        let running = reused(|_| ());
        assert_eq!(count(&running, 5), ["1", "2", "3", "4", "5"].map(|n| format!("{n}\n")));
        running.end();

        // The host decides how often.
        let running = reused(|options| options.max_reuse = Some(2));
        assert_eq!(count(&running, 5), ["1", "2", "1", "2", "1"].map(|n| format!("{n}\n")));
        running.end();
    }

    /// The rest of a request does not get into the way of the next in the same instance.
    #[test]
    fn leftovers_do_not_harm_the_next_request() {
        let leave = [
            "/never",
            "/error?code=3",
            "/leak?what=outparam",
            "/leak?what=response",
            "/leak?what=request",
            "/leak?what=pollable",
            "/leak?what=body",
            "/leak?what=unfinished",
            "/leak?what=unsent",
            "/length?says=200&bytes=100",
        ];
        let running = reused(|_| ());
        let counts = |expected: usize| {
            get("/count").send(running.address).is(200, format!("{expected}\n").as_bytes());
        };
        for (i, path) in leave.iter().enumerate() {
            post(path, pattern(100_000)).send(running.address);
            counts(4 * i + 2);
            post("/echo", pattern(300_000)).send(running.address).is(200, &pattern(300_000));
            counts(4 * i + 4);
        }
        running.end();
    }

    /// Instances may wait for their next request as long as a test takes.
    fn reused(change: impl FnOnce(&mut ServeOptions)) -> Running {
        Running::with(P2, Form::Reused, |options| {
            options.idle_timeout = Duration::from_secs(60);
            change(options);
        })
    }

    fn count(running: &Running, times: usize) -> Vec<String> {
        (0..times).map(|_| get("/count").send(running.address).text().to_string()).collect()
    }
}

mod of_03_alone {
    use super::*;

    /// The body ends with an error: its client sees that it is not whole.
    #[test]
    fn an_error_in_the_body() {
        for code in [0, 28, 38] {
            let seen = answer(P3, get(&format!("/body-error?code={code}")));
            assert!(seen.trailers.is_none(), "{seen:?}");
        }
    }

    /// The service learns that its response is out.
    #[test]
    fn a_service_learns_that_its_response_is_out() {
        same(P3, forms(P3), |running| {
            get("/told").send(running.address).is(200, b"told\n");
            running.prints("sent Ok(())\n");
        });
        same(P3, forms(P3), |running| {
            let short = get("/length?says=200&bytes=100").send(running.address);
            running.prints("sent Err(ErrorCode::HttpResponseBodySize(Some(100)))\n");
            assert!(short.trailers.is_none(), "{short:?}");
        });
        same(P3, forms(P3), |running| {
            let long = get("/length?says=50&bytes=100").send(running.address);
            running.prints("sent Err(ErrorCode::HttpResponseBodySize(Some(100)))\n");
            assert!(long.body.0.len() <= 50, "{long:?}");
        });
    }

    #[test]
    fn a_writer_that_is_dropped_ends_the_body() {
        answer(P3, get("/leak?what=unfinished")).is(200, b"part of the body");
    }

    /// One after the other; on the host of 0.3 also at once, which that of 0.2 never does.
    #[test]
    fn instances_are_used_as_the_host_likes() {
        for form in [Form::Native, Form::Wrapped] {
            let counts = |max_reuse| {
                let running = Running::with(P3, form, |options| {
                    options.idle_timeout = Duration::from_secs(60);
                    options.max_reuse = Some(max_reuse);
                });
                let count = |_| get("/count").send(running.address).text().trim().parse().unwrap();
                let counts: Vec<u32> = (0..5).map(count).collect();
                running.end();
                counts
            };
            assert_eq!(counts(1), [1, 1, 1, 1, 1], "{form:?}");
            assert_eq!(counts(3), [1, 2, 3, 1, 2], "{form:?}");
            assert_eq!(counts(100), [1, 2, 3, 4, 5], "{form:?}");
        }
        let running = Running::new(P3, Form::Native);
        let at_once = async || {
            let most = std::cell::Cell::new(0);
            futures((0..8).map(|_| async {
                let running = get("/running?ms=50").send_async(running.address).await;
                most.set(most.get().max(running.text().trim().parse::<u32>().unwrap()));
            }))
            .await;
            most.get() > 1
        };
        // Which of its instances the host gives a request is a matter of time.
        let seen = (0..100).any(|_| runtime().block_on(at_once()));
        assert!(seen, "the host of 0.3 gives an instance one request at a time");
        running.end();
    }
}
