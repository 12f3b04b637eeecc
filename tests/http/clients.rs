//! Programs that send HTTP requests: each runs natively on a host of its generation, and wrapped on
//! a host of the other, against a real server. What it prints must be the same.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, mpsc};
use std::time::Duration;

use crate::support::http::origin::Origin;
use crate::support::http::{Form, Running, component, generation};
use crate::support::{Host, Run, Stdin, Stdout, engine, fixture as fixture_path, toolchains, wrapped_for};
use wasi_shim::Generation;
use wasi_shim_hosts::{Capture, CommandOptions, Outcome, Output, Program};

const P2: &str = "http-client";
const P3: &str = "http-client-p3";

/// In which forms a fixture is compared with itself.
fn forms() -> &'static [Form] {
    static FORMS: OnceLock<&[Form]> = OnceLock::new();
    FORMS.get_or_init(|| if toolchains::asked() { &[Form::Wrapped, Form::Newest] } else { &[Form::Wrapped] })
}

fn program(fixture: &'static str, form: Form) -> Program {
    static PROGRAMS: OnceLock<Mutex<HashMap<(&str, Form), Program>>> = OnceLock::new();
    let mut programs = PROGRAMS.get_or_init(Default::default).lock().unwrap_or_else(|error| error.into_inner());
    let program = programs.entry((fixture, form)).or_insert_with(|| {
        let (bytes, target) = component(fixture, form);
        let compiled = engine::host(target).compile(&bytes);
        compiled.unwrap_or_else(|error| panic!("{fixture}: {error}: {:?}", std::error::Error::source(&error)))
    });
    program.clone()
}

/// The output of the client on the newest `wasmtime`; it must end well.
fn run_on_the_newest(fixture: &'static str, args: &[&str]) -> String {
    let host = match generation(fixture) {
        Generation::Wasi02 => Host::Newest03,
        Generation::Wasi03 => Host::Newest02,
    };
    let component = wrapped_for(host, &fixture_path(fixture));
    let run = Run { dirs: &[], env: &[], args, stdin: Stdin::Null, stdout: Stdout::Pipe, network: true };
    let outcome = run.on(host, &component);
    assert_eq!(outcome.code, Some(0), "{args:?}: {outcome:?}");
    String::from_utf8(outcome.stdout).unwrap()
}

/// The output of the client; it must end well.
#[track_caller]
fn run(fixture: &'static str, form: Form, args: &[&str]) -> String {
    if form == Form::Newest {
        return run_on_the_newest(fixture, args);
    }
    let (stdout, stderr) = (Capture::new(), Capture::new());
    let mut options = CommandOptions::default();
    options.network.http = true;
    options.args = [fixture].iter().chain(args).map(|arg| arg.to_string()).collect();
    options.stdout = Output::Capture(stdout.clone());
    options.stderr = Output::Capture(stderr.clone());
    let program = program(fixture, form);
    let (ended, end) = mpsc::channel();
    std::thread::spawn(move || ended.send(program.run(options)));
    let text = |capture: &Capture| String::from_utf8(capture.contents()).unwrap();
    let outcome = end.recv_timeout(Duration::from_secs(60));
    let outcome = outcome.unwrap_or_else(|_| panic!("{form:?} {args:?} goes on: {}", text(&stdout))).unwrap();
    assert!(outcome == Outcome::Exit(0), "{form:?} {args:?}: {outcome:?}\n{}\n{}", text(&stdout), text(&stderr));
    text(&stdout)
}

/// The output of the client in all forms.
#[track_caller]
fn prints(fixture: &'static str, args: &[&str]) -> String {
    prints_less(fixture, args, |text| text)
}

/// The same, less what `known` takes out because it is known to differ.
#[track_caller]
fn prints_less(fixture: &'static str, args: &[&str], known: fn(String) -> String) -> String {
    let native = known(run(fixture, Form::Native, args));
    for form in forms() {
        let seen = known(run(fixture, *form, args));
        assert!(seen == native, "{args:?} {form:?} differs\n--- native\n{native}\n--- {form:?}\n{seen}");
    }
    native
}

macro_rules! both {
    ($($(#[$doc:meta])* $name:ident($fixture:ident, $origin:ident) $body:block)*) => {
        $($(#[$doc])* mod $name {
            use super::*;
            fn check($fixture: &'static str, $origin: &Origin) $body
            #[test] fn clients_of_02_do_wrapped_what_they_did() { check(P2, &Origin::new()) }
            #[test] fn clients_of_03_do_wrapped_what_they_did() { check(P3, &Origin::new()) }
        })*
    };
}

/// The host of 0.2 says that a body is cut off, but not by what, and then that it has no trailers.
fn broken(text: String) -> String {
    let errors = text.lines().filter(|line| line.starts_with("broken ") || line.starts_with("trailers ErrorCode::"));
    assert!(errors.count() > 0, "the body is not cut off\n{text}");
    let rest = text.lines().filter(|line| !line.starts_with("broken ") && !line.starts_with("trailers "));
    rest.map(|line| format!("{line}\n")).collect()
}

/// The host of 0.2 keeps parts of a request as they were set, that of 0.3 in their usual form.
fn as_set(text: String) -> String {
    let usual = [(" Some(\"\")\n", " Some(\"/\")\n"), (" Some(\"/frag#ment\")", " Some(\"/frag\")")];
    usual.iter().fold(text, |text, (set, usual)| text.replace(set, usual))
}

/// Asserts that `text` has these lines, among others.
#[track_caller]
fn has(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.lines().any(|seen| seen == *line), "no `{line}` in\n{text}");
    }
}

both! {
    a_response(fixture, origin) {
        has(&prints(fixture, &["get", &origin.url("/")]), &["status 200", r#"body "hello from the origin\n""#, "trailers none"]);
        has(&prints(fixture, &["get", &origin.url("/status?code=404")]), &["status 404", r#"body "ok\n""#]);
        has(&prints(fixture, &["get", &origin.url("/status?code=204")]), &["status 204", r#"body """#]);
        has(&prints(fixture, &["get", &origin.url("/length")]), &["header content-length: 100"]);
    }

    headers_of_responses(fixture, origin) {
        let text = prints(fixture, &["get", &origin.url("/headers")]);
        has(&text, &["header x-repeated: one", "header x-repeated: two", "header x-empty: ", "header x-bytes: \\xe4\\xf6"]);
        assert!(text.len() > 30_000);
    }

    methods(fixture, origin) {
        for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "PURGE"] {
            // Only the host of 0.3 says that nothing follows where something could, and how.
            let known = |text: String| text.replace("content-length: 0\\n", "").replace("transfer-encoding: chunked\\n", "");
            let text = prints_less(fixture, &["method", method, &origin.url("/show?a=%20b")], known);
            assert!(text.contains(&format!("\"{method} /show?a=%20b\\n")), "{text}");
            assert!(text.contains("host: true\\n0 bytes, end"), "{text}");
        }
        has(&prints(fixture, &["method", "HEAD", &origin.url("/length")]), &["status 200", r#"body """#]);
    }

    headers_of_requests(fixture, origin) {
        let text = prints(fixture, &["header", &origin.url("/show"), "X-Own", "Kept As It Is"]);
        assert!(text.contains("\\nx-own: Kept As It Is\\n"), "{text}");
    }

    bodies(fixture, origin) {
        for bytes in ["1", "1000", "65536", "1000000"] {
            let text = prints(fixture, &["post", &origin.url("/show"), bytes]);
            assert!(text.contains(&format!("{bytes} bytes, end")), "{text}");
            let text = prints(fixture, &["post-length", &origin.url("/show"), bytes, bytes]);
            assert!(text.contains(&format!("\\ncontent-length: {bytes}\\n")), "{text}");
            prints(fixture, &["post", &origin.url("/echo"), bytes]);
        }
    }

    /// More than fits into all buffers on the way: up and down at once.
    ten_megabytes_there_and_back(fixture, origin) {
        let text = prints(fixture, &["post", &origin.url("/echo"), "10485760"]);
        assert!(text.contains("\nbody 10485760 bytes, "), "{text}");
    }

    a_big_response_read_slowly(fixture, origin) {
        let text = prints(fixture, &["slow-read", &origin.url("/big?bytes=5000000")]);
        assert!(text.starts_with("body 5000000 bytes, "), "{text}");
    }

    full_duplex(fixture, origin) {
        has(&prints(fixture, &["duplex", &origin.url("/echo"), "5"]), &["status 200", "5: true", "trailers none"]);
    }

    a_response_before_the_request_ends(fixture, origin) {
        has(&prints(fixture, &["early", &origin.url("/status?code=201")]), &["status 201", "dropped the body"]);
    }

    trailers(fixture, origin) {
        let expected = r#"trailers ["x-one: 1", "x-one: 1 again", "x-own: origin", "x-two: 2"]"#;
        has(&run(fixture, Form::Native, &["trailers", &origin.url("/trailers")]), &[expected]);
        // The newest `wasmtime` sends only the last of several with the same name, natively too.
        let known = |text: String| text.replace(r#""x-one: 1", "#, "");
        prints_less(fixture, &["trailers", &origin.url("/trailers")], known);
    }

    timeouts(fixture, origin) {
        let error = "error ErrorCode::ConnectionReadTimeout";
        has(&prints(fixture, &["timeout", "first-byte", "50", &origin.url("/slow-head?ms=20000")]), &[error]);
        let args = ["timeout", "between-bytes", "50", &origin.url("/slow-body?ms=20000")];
        assert!(!prints_less(fixture, &args, broken).contains("second"));
        for which in ["connect", "first-byte", "between-bytes"] {
            has(&prints(fixture, &["timeout", which, "20000", &origin.url("/slow-body?ms=20")]), &["status 200"]);
        }
    }

    a_response_that_is_cut_off(fixture, origin) {
        let text = prints_less(fixture, &["get", &origin.url("/cut")], broken);
        has(&text, &["status 200", r#"body "part of the body""#]);
    }

    errors_of_connections(fixture, origin) {
        let _ = origin;
        has(&prints(fixture, &["get", "http://127.0.0.1:1/"]), &["error ErrorCode::ConnectionRefused"]);
        let text = prints(fixture, &["get", "http://does-not-exist.invalid/"]);
        assert!(text.starts_with("error ErrorCode::DnsError"), "{text}");
    }

    a_request_that_is_dropped(fixture, origin) {
        for form in [&[Form::Native], forms()].concat() {
            let origin = Origin::new();
            let text = run(fixture, form, &["drop", &origin.url("/never"), &origin.url("/")]);
            has(&text, &["answered: false", "dropped", "status 200"]);
            origin.is_abandoned("/never");
        }
        prints(fixture, &["drop", &origin.url("/never"), &origin.url("/")]);
    }

    a_body_that_never_ends(fixture, origin) {
        // From a server that does not answer before it has seen that.
        let text = prints(fixture, &["unfinished", &origin.url("/slow-head?ms=500")]);
        assert!(text.starts_with("error "), "{text}");
    }

    a_length_that_is_wrong(fixture, origin) {
        for (bytes, length) in [("100", "200"), ("200", "100")] {
            // Whether the server answers before it notices is a matter of time.
            for form in [&[Form::Native], forms()].concat() {
                let text = run(fixture, form, &["post-length", &origin.url("/show"), bytes, length]);
                assert!(text.contains("HttpRequestBodySize") || text.contains("HttpProtocolError"), "{form:?} {text}");
            }
        }
    }

    many_at_once(fixture, origin) {
        let text = prints(fixture, &["many", &origin.url("/item?n="), "50"]);
        has(&text, &[r#"0: "item 0\n""#, r#"49: "item 49\n""#]);
    }

    one_after_the_other(fixture, origin) {
        let text = prints(fixture, &["repeat", &origin.url("/"), "50"]);
        assert_eq!(text.matches("hello from the origin").count(), 50);
    }

    refused_requests(fixture, origin) {
        // Which code it is, is the host's affair.
        let known = |text: String| text.replace("no path: Err(ErrorCode::HttpProtocolError)", "no path: Err(ErrorCode::HttpRequestUriInvalid)");
        let text = prints_less(fixture, &["refused-requests", &origin.url("/")], known);
        has(&text, &["no authority: Err(ErrorCode::HttpRequestUriInvalid)", "other method: Ok(200)"]);
    }

    fields(fixture, origin) {
        let _ = origin;
        let text = prints(fixture, &["fields"]);
        has(&text, &["get [[116, 104, 114, 101, 101]]", "immutable append Err(HeaderError::Immutable)"]);
    }

    forbidden_headers(fixture, origin) {
        let _ = origin;
        assert_eq!(prints(fixture, &["forbidden"]).matches("Err(HeaderError::Forbidden)").count(), 40);
    }

    parts_of_requests(fixture, origin) {
        let _ = origin;
        let text = prints_less(fixture, &["request"], as_set);
        has(&text, &[r#"path "/a?b=c": Ok(()) Some("/a?b=c")"#]);
    }

    options(fixture, origin) {
        let _ = origin;
        let text = prints(fixture, &["options"]);
        assert!(text.contains("Some(1000000): (Ok(()), Ok(()), Ok(())) (Some(1000000), "), "{text}");
    }

    /// From one wrapped program to another.
    services_of_our_own(fixture, origin) {
        let _ = origin;
        let service = Running::new("http-probe", Form::Wrapped);
        has(&prints(fixture, &["get", &service.url("/")]), &["status 200", r#"body "Hello from the probe\n""#]);
        prints(fixture, &["post", &service.url("/echo"), "3000000"]);
    }
}

mod of_02_alone {
    use super::*;

    /// Also where the host of 0.3 knows at once.
    #[test]
    fn a_refused_connection_is_told_by_the_future() {
        let text = run(P2, Form::Wrapped, &["refused-requests", &Origin::new().url("/")]);
        has(&text, &["nobody there: Err(ErrorCode::ConnectionRefused)"]);
    }

    #[test]
    fn bodies_and_trailers_can_be_taken_once() {
        let text = prints(P2, &["bodies", &Origin::new().url("/echo")]);
        has(
            &text,
            &["body again: Err(())", "write again: Err(())", "get again: Some(Err(()))", "stream again: Err(())"],
        );
    }
}

mod of_03_alone {
    use super::*;

    #[test]
    fn responses_of_ones_own() {
        has(&prints(P3, &["response"]), &["200", "404: Ok(()) 404", "99: Err(()) 404"]);
    }

    #[test]
    fn bodies_that_stay_in_the_program() {
        assert_eq!(prints(P3, &["local"]), "(0, Ok(\"hello\"))\n");
    }

    #[test]
    fn a_response_that_nobody_reads() {
        let origin = Origin::new();
        has(&prints(P3, &["unread", &origin.url("/big?bytes=10000000")]), &["status 200", "dropped the response"]);
    }

    #[test]
    fn an_error_instead_of_trailers() {
        // From a server that does not answer before it has seen that.
        let text = prints(P3, &["failing", &Origin::new().url("/slow-head?ms=500")]);
        assert!(text.contains("on purpose"), "{text}");
    }
}
