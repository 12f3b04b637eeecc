//! An application whose own interfaces use types of WASI: handles, streams and futures in
//! parameters, results, records and methods, between a program, a library and what is between the
//! two. What the program does natively it does adapted.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::support::{Host, Run, Stdin, Stdout, in_process, prepare, readable, snapshot};
use wasi_shim::{Generation, WrapOptions, compose, wrap};

/// A part of the application of that generation, `p2` or `p3`.
fn part(name: &str, generation: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/parts/{name}-{generation}.wasm"));
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The application, composed, and adapted.
struct Application {
    _dir: tempfile::TempDir,
    native: (Host, PathBuf),
    adapted: (Host, PathBuf),
}

impl Application {
    fn of(generation: &str, hosts: [Host; 2], to: Generation) -> Application {
        let dir = tempfile::tempdir().unwrap();
        let parts = ["program", "between", "library"].map(|name| part(name, generation));
        let parts: Vec<&[u8]> = parts.iter().map(|bytes| &bytes[..]).collect();
        let composed = compose(&parts, &WrapOptions::default()).unwrap().bytes;
        let mut options = WrapOptions::default();
        options.to = Some(to);
        let adapted = wrap(&composed, &options).unwrap_or_else(|error| panic!("{error}")).bytes;
        // Composing for the other generation at once is the same.
        assert!(compose(&parts, &options).unwrap().bytes == adapted);
        let notes = wrap(&composed, &options).unwrap().notes;
        let lends: Vec<_> = notes.iter().filter(|note| note.code == "W0217").map(|note| &note.text[..]).collect();
        let text = "borrows resources of WASI or of the host, so a call ends before its caller goes on";
        let expected = ["api@1.0.0#open", "api@1.0.0#stat", "front@1.0.0#sources"];
        let expected = expected.map(|function| format!("`test:parts/{function}` {text}"));
        assert_eq!(lends, if to == Generation::Wasi02 { &expected[..] } else { &[] });
        let write = |name: &str, bytes: &[u8]| {
            let path = dir.path().join(name).join("application.wasm");
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, bytes).unwrap();
            path
        };
        let (native, adapted) = (write("native", &composed), write("adapted", &adapted));
        Application { native: (hosts[0], native), adapted: (hosts[1], adapted), _dir: dir }
    }

    fn p2() -> &'static Application {
        static APPLICATION: OnceLock<Application> = OnceLock::new();
        APPLICATION.get_or_init(|| Application::of("p2", [Host::Only02, Host::Only03], Generation::Wasi03))
    }

    fn p3() -> &'static Application {
        static APPLICATION: OnceLock<Application> = OnceLock::new();
        APPLICATION.get_or_init(|| Application::of("p3", [Host::Only03, Host::Only02], Generation::Wasi02))
    }

    /// Runs probe `what` natively and adapted: it ends well, says `stdout`, and leaves the same.
    #[track_caller]
    fn does(&self, what: &str, stdout: &str) {
        let seen = [&self.native, &self.adapted].map(|(host, path)| {
            let dir = tempfile::tempdir().unwrap();
            prepare(dir.path());
            let dirs = [(dir.path().to_path_buf(), "/")];
            let (stdin, output) = (Stdin::File("some input "), Stdout::Pipe);
            let run = Run { dirs: &dirs, env: &[], args: &[what], stdin, stdout: output, network: true };
            let outcome = in_process::run_on(*host, path, run, in_process::input(stdin).unwrap(), |_| {});
            assert_eq!(outcome.code, Some(0), "on {}: {}\n{}", host.name(), readable(&outcome.stdout), outcome.stderr);
            assert_eq!(readable(&outcome.stdout), stdout, "on {}", host.name());
            (outcome.stderr, snapshot(dir.path()))
        });
        assert_eq!(seen[0], seen[1]);
    }
}

mod p2 {
    use super::Application;

    #[test]
    fn pollables_of_another_component() {
        Application::p2().does("pollables", "[1]\ntrue false\n[2]\n[1, 2]\n");
    }

    #[test]
    fn a_resource_that_gives_pollables() {
        let dropped = "alarm dropped\n".repeat(2);
        Application::p2().does("alarms", &format!("false\n[1]\ntrue false\n1 2\n{dropped}true false\n"));
    }

    #[test]
    fn files_and_their_streams() {
        let no_entry = r#"ErrorCode { code: 20, name: "no-entry", message: "" }"#;
        Application::p2().does(
            "files",
            &format!(
                "given/lines Some(14)\nOk(\"one\\ntwo\\nthree\\n\")\ntrue\nErr({no_entry})\nDescriptorType::RegularFile 9\n\
                 a directory with Ok(14)\n14 bytes\n{no_entry}\n"
            ),
        );
    }

    #[test]
    fn standard_streams_that_are_lent_and_given() {
        Application::p2().does("streams", "LENT\nsome input AND BACK\n1000\n");
    }

    #[test]
    fn requests_and_fields() {
        let asked = "by the library".bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(", ");
        Application::p2().does(
            "requests",
            &format!(
                "(Method::Put, \"/some?where\", [(\"x-own\", [49]), (\"x-asked\", [{asked}])])\n1 \
                 Method::Other(\"ASK\")\ntrue\ntrue\n"
            ),
        );
    }

    /// Handles go through three components, and calls that wait through two.
    #[test]
    fn a_component_between() {
        let error = |code: u8, name| format!("ERRORCODE {{ CODE: {code}, NAME: \"{name}\", MESSAGE: \"\" }}\n");
        Application::p2().does(
            "between",
            &format!(
                "given/lines Some(14)\ngiven/sub/file Some(0)\none\ntwo\nthree\n{}{}[14, 0, 0, 0]\nalarm dropped\ntrue 3\n",
                error(20, "NO-ENTRY"),
                error(24, "NOT-DIRECTORY")
            ),
        );
    }
}

mod p3 {
    use super::Application;

    /// Calls overlap: each counter is increased when its own time has come.
    #[test]
    fn a_resource_with_async_methods() {
        Application::p3().does("counters", "(12, 201, 11)\n225\n(\"12\", \"201\")\n(202, 13)\n");
    }

    #[test]
    fn files_and_their_streams() {
        Application::p3().does(
            "files",
            "given/lines \"one\\ntwo\\nthree\\n\"\nOk(())\nErr(ErrorCode::NoEntry)\nOk(())\nOk(43)\n\
             DescriptorType::RegularFile 43\ntrue\na directory with Ok(14)\n\"one\\ntwo\\nthree\\n\"\nErrorCode::NoEntry\n",
        );
    }

    #[test]
    fn streams_and_futures() {
        Application::p3().does(
            "streams",
            "A TEXT THAT PASSES THROUGH ANOTHER COMPONENT\nOk(44)\n\"\" Err(ErrorCode::Invalid)\ntrue\n\
             STRAIGHT TO THE OUTPUT\nOk(23)\n",
        );
    }

    #[test]
    fn sockets_of_another_component() {
        let greetings = r#"(Ok("from the client"), Ok("from the server"))"#;
        Application::p3().does("sockets", &format!("(127, 0, 0, 1) true\n{greetings}\ntrue\n"));
    }

    #[test]
    fn requests_and_fields() {
        let asked = "by the library".bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(", ");
        Application::p3().does(
            "requests",
            &format!(
                "(Method::Get, Some(\"/some?where\"), [(\"x-own\", [49]), (\"x-asked\", [{asked}])])\n1 \
                 Method::Other(\"ASK\")\n"
            ),
        );
    }

    /// Handles and ends of streams go through three components.
    #[test]
    fn a_component_between() {
        Application::p3().does(
            "between",
            "given/lines\ngiven/sub/file\n[14, 0, 0, 1000]\nTHROUGH TWO COMPONENTS, AND ONE OF THEM TWICE\n",
        );
    }
}
