//! Services as frameworks make them, natively and wrapped: what a client sees must be the same.

use std::io::Write;
use std::net::TcpStream;

use crate::support::http::client::{Answer, Ask, Connection, ask, get, next, post};
use crate::support::http::origin::Origin;
use crate::support::http::{Form, Running, runtime, same};
use crate::support::pattern;

const FORMS: &[Form] = &[Form::Wrapped, Form::Reused];

/// Sends `ask` in all forms; the answers must be equal. Answers the native one.
#[track_caller]
fn answer(fixture: &'static str, ask: Ask) -> Answer {
    same(fixture, FORMS, |running| ask.send(running.address))
}

mod wstd {
    use super::*;

    const WSTD: &str = "wstd-server";

    #[test]
    fn routes_are_found() {
        answer(WSTD, get("/")).is(200, b"Hello from wstd\n");
        answer(WSTD, get("/sleep")).is(200, b"slept: true\n");
        answer(WSTD, get("/nothing")).is(404, b"not here\n");
    }

    #[test]
    fn bodies_arrive_whole() {
        for bytes in [0, 1, 1000, 100_000, 3_000_000] {
            answer(WSTD, post("/echo", pattern(bytes))).is(200, &pattern(bytes));
            answer(WSTD, post("/echo", pattern(bytes)).with_length()).is(200, &pattern(bytes));
        }
    }

    #[test]
    fn its_client_forwards() {
        let origin = Running::new("http-probe", Form::Native);
        let to = |path: &str| format!("/proxy?{}", origin.url(path));
        answer(WSTD, get(&to("/"))).is(200, b"Hello from the probe\n");
        answer(WSTD, post(&to("/echo"), pattern(100_000))).is(200, &pattern(100_000));
        answer(WSTD, get(&to("/big?bytes=1000000"))).is(200, &pattern(1_000_000));
        let shown = answer(WSTD, get(&to("/headers")).header("x-own", "1").header("accept", "no"));
        assert!(shown.text().contains("x-own: 1\n") && !shown.text().contains("accept"), "{shown:?}");
    }

    /// Neither body is kept until it is whole.
    #[test]
    fn its_client_forwards_bodies_piece_by_piece() {
        let origin = Origin::new();
        let to = |path: &str| format!("/proxy?{}", origin.url(path));
        let pieces = pattern(10 << 20).chunks(70_001).map(<[u8]>::to_vec).collect();
        let shown = answer(WSTD, ask("POST", &to("/show")).pieces(pieces));
        assert!(shown.text().ends_with("10485760 bytes, end\n"), "{shown:?}");
        for form in [Form::Native, Form::Wrapped, Form::Reused] {
            let running = Running::new(WSTD, form);
            let (held, never) = (format!("/held?{form:?}"), format!("/never?{form:?}"));
            runtime().block_on(async {
                let mut connection = Connection::open(running.address).await;
                let (_, mut response) = connection.begin(&get(&to(&held))).await;
                assert_eq!(next(&mut response).await.as_deref(), Some(&b"first, "[..]), "{form:?}");
                origin.release(&held);
                assert_eq!(next(&mut response).await.as_deref(), Some(&b"second\n"[..]), "{form:?}");
                assert_eq!(next(&mut response).await, None, "{form:?}");
            });
            let mut stream = TcpStream::connect(running.address).unwrap();
            let head = format!("POST {} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n", to(&never));
            stream.write_all((head + "5\r\nfirst\r\n").as_bytes()).unwrap();
            origin.has_begun(&never);
            drop(stream);
            origin.is_abandoned(&never);
            running.end();
        }
    }
}

mod axum {
    use super::*;

    const AXUM: &str = "axum-server";

    #[test]
    fn routes_are_found() {
        answer(AXUM, get("/")).is(200, b"Hello from axum\n");
        answer(AXUM, get("/items/7")).is(200, br#"{"id":7,"name":"item 7"}"#);
        let page = br#"[{"id":3,"name":"item 3"},{"id":4,"name":"item 4"}]"#;
        answer(AXUM, get("/items?from=3&count=2")).is(200, page);
    }

    #[test]
    fn bodies_arrive_whole() {
        let json = |text: &str| post("/items", text).header("content-type", "application/json");
        answer(AXUM, json(r#"{"id":4,"name":"x"}"#)).is(201, br#"{"id":5,"name":"x"}"#);
        answer(AXUM, post("/text", "text").with_length()).is(200, b"TEXT");
        answer(AXUM, post("/text", vec![b'a'; 1_000_000])).is(200, &[b'A'; 1_000_000]);
    }

    /// Requests that the framework refuses by itself.
    #[test]
    fn what_the_framework_refuses_stays_refused() {
        for (ask, status) in [
            (get("/nothing"), 404),
            (get("/items/seven"), 400),
            (get("/items?from=3"), 400),
            (get("/text"), 405),
            (post("/items", "{").header("content-type", "application/json"), 400),
            (post("/items", "{}"), 415),
        ] {
            // The connection may be closed, for the request was not read.
            let seen = same(AXUM, FORMS, |running| {
                let answer = ask.send(running.address);
                (answer.status, answer.body)
            });
            assert_eq!(seen.0, status);
        }
    }
}
