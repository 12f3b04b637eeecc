//! Services whose clients do what libraries avoid: HTTP/1.0, requests sent before the last is
//! answered, and bodies that wait for `100 Continue`. What is on the wire must be the same natively
//! and wrapped.

use crate::support::http::raw::{seen, write};
use crate::support::http::{Form, Running, same};

#[track_caller]
fn check(fixture: &'static str, forms: &[Form]) {
    let all = same(fixture, forms, |running| seen(running.address));
    let whole = |of: &str| {
        let (_, messages) = all.iter().find(|(name, _)| *name == of).expect("it was asked");
        messages.iter().map(|message| String::from_utf8_lossy(&message.body.0).into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(whole("1.0: echo"), ["hello"]);
    assert_eq!(whole("1.0: trailers"), ["body\n"]);
    let texts = ["awake\n", "hello", "hello", "", "status\n", "Hello from the probe\n"];
    assert_eq!(whole("pipelined"), texts);
    assert_eq!(whole("waiting"), ["", "\"hello\", end\n"]);
}

#[test]
fn services_of_02_are_the_same_on_the_wire() {
    check("http-probe", &[Form::Wrapped, Form::Reused]);
}

#[test]
fn services_of_03_are_the_same_on_the_wire() {
    check("http-probe-p3", &[Form::Wrapped]);
}

/// A host of 0.2 refuses it before a service learns of it; on one of 0.3 an adapted service has a
/// usable request.
#[test]
fn a_request_without_a_host() {
    let refused = [("http-probe", Form::Native), ("http-probe-p3", Form::Wrapped)].map(|of| (of, 500));
    let served = [("http-probe", Form::Wrapped), ("http-probe-p3", Form::Native)].map(|of| (of, 200));
    for ((fixture, form), status) in refused.into_iter().chain(served) {
        let running = Running::new(fixture, form);
        let messages = write("GET / HTTP/1.0\r\n\r\n").with(running.address);
        assert!(messages[0].start.starts_with(&format!("HTTP/1.0 {status} ")), "{fixture} {form:?}: {messages:#?}");
        running.end();
    }
}
