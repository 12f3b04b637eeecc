//! However many requests an adapted instance sends or serves, it takes no more memory for it.

use std::time::Duration;

use crate::support::http::client::{get, post};
use crate::support::http::origin::Origin;
use crate::support::http::{Form, Running, component};
use crate::support::{engine, pattern};
use wasi_shim_hosts::{CommandOptions, Meter, Outcome, Output};

/// Bytes of all memories of a program that sends `count` requests, one after the other.
fn memory_of_client(fixture: &'static str, count: usize) -> usize {
    let (origin, meter) = (Origin::new(), Meter::new());
    let (bytes, target) = component(fixture, Form::Wrapped);
    let mut options = CommandOptions::default();
    options.network.http = true;
    options.args = [fixture, "repeat", &origin.url("/"), &count.to_string()].map(String::from).to_vec();
    options.stdout = Output::Discard;
    options.meter = meter.clone();
    assert_eq!(engine::host(target).compile(&bytes).unwrap().run(options).unwrap(), Outcome::Exit(0));
    meter.bytes()
}

#[test]
fn ten_thousand_requests_sent_leave_nothing_behind() {
    for fixture in ["http-client", "http-client-p3"] {
        let [few, many] = [100, 10_000].map(|count| memory_of_client(fixture, count));
        assert_eq!(few, many, "{fixture}: bytes for a hundredth, and for all");
    }
}

/// Bytes of memory of an instance that serves `count` requests with a body each, which it does not
/// read.
fn memory_of_service(count: usize) -> usize {
    let meter = Meter::new();
    let running = Running::with("http-probe", Form::Reused, |options| {
        options.max_reuse = Some(usize::MAX);
        options.idle_timeout = Duration::from_secs(60);
        options.meter = meter.clone();
    });
    let body = post("/count", pattern(1000));
    // A request that comes before the last one is put away gets another instance.
    let instances = (0..count).filter(|_| body.send(running.address).text() == "1\n").count();
    assert!(instances <= count / 10, "{instances} instances");
    running.end();
    assert_eq!(meter.bytes() % instances, 0, "{instances} instances");
    meter.bytes() / instances
}

#[test]
fn ten_thousand_requests_served_leave_nothing_behind() {
    let [few, many] = [100, 10_000].map(memory_of_service);
    assert_eq!(few, many, "bytes for a hundredth, and for all");
}

/// The least that can be leaked is seen after so many.
#[test]
fn what_the_guest_leaks_is_seen() {
    let leaking = |count: usize| {
        let meter = Meter::new();
        let running = Running::with("http-probe", Form::Reused, |options| {
            options.max_reuse = Some(usize::MAX);
            options.idle_timeout = Duration::from_secs(60);
            options.meter = meter.clone();
        });
        (0..count).for_each(|_| drop(get("/leak?what=response").send(running.address)));
        running.end();
        meter.bytes()
    };
    assert!(leaking(10_000) > leaking(100));
}
