//! The tool's reports of loss and refusals: codes, `explain`, `check` and `--deny`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn shim(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wasi-shim")).args(args).output().unwrap()
}

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/built").join(format!("{name}.wasm"));
    path.to_str().unwrap().to_string()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Exit code, stdout, stderr.
fn seen(output: &Output) -> (i32, String, String) {
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn scratch() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out.wasm");
    (dir, out)
}

#[test]
fn every_code_is_explained() {
    let (code, list, _) = seen(&shim(&["explain"]));
    assert_eq!(code, 0);
    let notes = wasi_shim::explanations().iter().map(|known| (known.code, known.title));
    let known: Vec<_> = notes.chain(wasi_shim::reasons().map(|known| (known.code, known.title))).collect();
    assert_eq!(list.lines().count(), known.len());
    for (known, title) in known {
        assert!(list.contains(&format!("{known}  {title}\n")), "{list}");
        let (code, shown, _) = seen(&shim(&["explain", &known.to_lowercase()]));
        assert_eq!(code, 0);
        assert!(shown.starts_with(&format!("{known}: {title}\n")), "{shown}");
        assert!(shown.lines().all(|line| line.starts_with("  ") || line.chars().count() <= 110), "{shown}");
    }
}

#[test]
fn interfaces_are_explained() {
    let (code, shown, _) = seen(&shim(&["explain", "wasi:io/poll"]));
    assert_eq!(code, 0);
    assert!(
        shown.contains("waits, as an async function of WASI 0.3 does:\n    [method]pollable.block\n    poll\n"),
        "{shown}"
    );
    let (_, versioned, _) = seen(&shim(&["explain", "wasi:io/poll@0.2.6"]));
    assert_eq!(versioned, shown);
    let (_, shown, _) = seen(&shim(&["explain", "wasi:filesystem/types"]));
    assert!(shown.contains("types of WASI 0.2") && shown.contains("types of WASI 0.3"), "{shown}");
    assert!(shown.contains("W0119") && shown.contains("W0210"), "{shown}");
    let (code, function, _) = seen(&shim(&["explain", "wasi:io/poll@0.2.6#pollable.block"]));
    assert_eq!(code, 0);
    assert!(function.starts_with("wasi:io/poll#[method]pollable.block of WASI 0.2\n"), "{function}");
    assert!(
        function.contains("the call waits, as an async function of WASI 0.3 does.\n`poll` on this pollable alone.\n"),
        "{function}"
    );
    let (_, function, _) = seen(&shim(&["explain", "wasi:filesystem/types#[method]descriptor.stat"]));
    assert_eq!(
        function
            .matches("Functions that are called instead:\n  wasi:filesystem/types#[method]descriptor.stat\n")
            .count(),
        2,
        "{function}"
    );
    assert_eq!(function.matches("  W0119  ").count() + function.matches("  W0210  ").count(), 2, "{function}");
    let (code, both, _) = seen(&shim(&["explain", "e0015", "wasi:io/poll"]));
    let (_, first, _) = seen(&shim(&["explain", "E0015"]));
    let (_, second, _) = seen(&shim(&["explain", "wasi:io/poll"]));
    assert_eq!((code, both), (0, format!("{first}\n{second}")));
    assert_eq!(seen(&shim(&["explain", "wasi:io/poll#pol"])).0, 2);
    assert_eq!(seen(&shim(&["explain", "E0015", "wasi:io/pol"])).0, 2);
    let (code, _, said) = seen(&shim(&["explain", "wasi:io/pol"]));
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("found `wasi:io/pol`\nhint: "), "{said}");
}

#[test]
fn loss_is_told_once_each() {
    let (_dir, out) = scratch();
    let (code, _, said) = seen(&shim(&["wrap", &fixture("std-cli"), "--notes", "-o", out.to_str().unwrap()]));
    assert_eq!(code, 0, "{said}");
    for line in said.lines() {
        assert!(line.starts_with("note[W01"), "{line}");
        assert_eq!(said.matches(&line[..12]).count(), 1, "{said}");
    }
    assert!(said.contains("note[W0110]: ") && said.contains("note[W0121]: "), "{said}");
    let (code, _, said) = seen(&shim(&["wrap", &fixture("std-cli"), "-q", "-o", out.to_str().unwrap()]));
    assert_eq!((code, said.as_str()), (0, ""));
}

/// People read what asks for a decision; the others are one line.
#[test]
fn other_notes_are_counted() {
    let (dir, out) = scratch();
    let wrap = |name: &str, args: &[&str]| {
        let (code, _, said) = seen(&shim(&[&["wrap", &fixture(name), "-o", out.to_str().unwrap()], args].concat()));
        assert_eq!(code, 0, "{said}");
        said
    };
    let all = wrap("std-cli", &["--notes"]);
    let codes: Vec<&str> = all.lines().map(|line| &line["note[".len()..][..5]).collect();
    let counted = format!("note: {} notes: {}; `--notes` shows them\n", codes.len(), codes.join(" "));
    assert_eq!(wrap("std-cli", &[]), counted);
    assert_eq!(wrap("std-cli", &["-q"]), "");
    let one = wrap("hello", &[]);
    assert!(one.starts_with("note[W0110]: ") && one.lines().count() == 1, "{one}");

    let both = wrap("wstd-server", &[]);
    let (urgent, last) = both.trim_end().rsplit_once('\n').unwrap();
    assert!(urgent.lines().all(|line| line.starts_with("note[W010")) && urgent.contains("W0103"), "{both}");
    assert!(last.starts_with("note: 2 other notes: W01"), "{both}");

    let [first, second] = ["std-cli", "hello"].map(fixture);
    let said = seen(&shim(&["wrap", &first, &second, "--out-dir", dir.path().to_str().unwrap()])).2;
    for (line, about) in said.lines().zip([format!("note: `{first}`: "), format!("note[W0110]: `{second}`: ")]) {
        assert!(line.starts_with(&about), "{said}");
    }
    assert_eq!(said.lines().count(), 2, "{said}");
}

#[test]
fn loss_can_be_denied() {
    let (_dir, out) = scratch();
    let wrap = |args: &[&str]| {
        let input = fixture("hello");
        seen(&shim(&[&["wrap", &input, "-o", out.to_str().unwrap()], args].concat()))
    };
    let (code, _, said) = wrap(&["--deny", "lossy"]);
    assert_eq!(code, 1);
    assert!(
        said.starts_with("error[W0110]: ") && said.contains("`wasi-shim explain W0110` says more; `--allow CODE`"),
        "{said}"
    );
    assert!(!out.exists(), "something was written");
    assert_eq!(wrap(&["--deny", "W0101,w0102"]).0, 0);
    assert_eq!(wrap(&["--deny", "w0110"]).0, 1);
    assert_eq!(wrap(&["--deny", "notes", "--allow", "W0110"]).0, 0);
    for code in ["W9999", "E0015"] {
        let (code, _, said) = wrap(&["--deny", code]);
        assert_eq!(code, 2, "{said}");
    }
}

/// Wrapping a result back does not give the original, so it says so.
#[test]
fn an_adapter_upon_an_adapter_is_told() {
    let (dir, out) = scratch();
    let back = dir.path().join("back.wasm");
    let [out, back] = [&out, &back].map(|path| path.to_str().unwrap());
    for (name, there, to, code, original) in [
        ("hello", "0.3", "0.2", "W0220", "wasi:cli@0.2.0, wasi:io@0.2.0"),
        ("hello-p3", "0.2", "0.3", "W0107", "wasi:cli@0.3.0"),
    ] {
        let (_, _, said) = seen(&shim(&["wrap", &fixture(name), "--to", there, "-o", out]));
        assert!(!said.contains(code), "{said}");
        let (status, _, said) = seen(&shim(&["wrap", out, "--to", to, "-o", back]));
        assert_eq!(status, 0, "{said}");
        let line = said.lines().find(|line| line.starts_with(&format!("note[{code}]: "))).expect(&said);
        assert!(line.contains("adapter upon an adapter; the original, which uses "), "{line}");
        assert!(original.split(", ").all(|package| line.contains(package)), "{line}");
        let (status, _, said) = seen(&shim(&["check", out, "--to", to, "--deny", "lossy"]));
        assert!(status == 1 && said.contains(&format!("error[{code}]")), "{said}");
    }
    // A composition has no metadata of its parts.
    assert_eq!(seen(&shim(&["wrap", &fixture("http-hello"), "--to", "0.3", "-o", out])).0, 0);
    let composed = seen(&shim(&["compose", &fixture("http-middleware-p3"), out, "--to", "0.2", "-o", back]));
    assert!(composed.0 == 0 && composed.2.matches("note[W0220]: ").count() == 1, "{}", composed.2);
}

#[test]
fn checking_says_nothing_but_reasons() {
    let [good, other, module, bad] = ["hello", "hello-p3", "core-wasip1", "blobstore"].map(fixture);
    let check = |args: &[&str]| seen(&shim(&[&["check", "--to", "0.3"], args].concat()));
    // `wrap` has notes about the first and the last.
    assert!(!seen(&shim(&["wrap", &good, "-o", "/dev/null"])).2.is_empty());
    assert_eq!(check(&[&good, &other, &module]), (0, String::new(), String::new()));
    assert_eq!(check(&[&good, "--deny", "lossy", "--allow", "W0110"]), (0, String::new(), String::new()));
    let (code, out, said) = check(&[&bad, &good, &bad]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert_eq!(said.matches("cannot be adapted to WASI 0.3").count(), 2, "{said}");
    assert!(said.contains("`wasi:blobstore/types@0.2.0-draft`") && !said.contains("note["), "{said}");
    let (code, out, said) = check(&[&good, "--deny", "lossy"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(said.starts_with("error[W0110]: ") && said.contains("cannot be adapted"), "{said}");
}

#[test]
fn messages_are_json_for_programs() {
    let [good, bad] = ["http-hello", "blobstore"].map(fixture);
    let messages = |args: &[&str], expected: i32| -> (String, Vec<serde_json::Value>) {
        let (code, _, said) = seen(&shim(&[args, &["--to", "0.3", "--message-format", "json"]].concat()));
        assert_eq!(code, expected);
        let messages = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (said, messages)
    };
    let (said, notes) = messages(&["wrap", &good, "-o", "/dev/null"], 0);
    assert!(notes.iter().all(|note| note["level"] == "note" && note["lossy"].is_boolean()), "{said}");
    assert!(notes.iter().any(|note| note["code"] == "W0104"), "{said}");
    let (said, messages) = messages(&["check", &good, &bad, "--deny", "W0104"], 1);
    assert_eq!((&messages[0]["level"], &messages[0]["code"]), (&"error".into(), &"W0104".into()), "{said}");
    let error = messages.last().unwrap();
    assert_eq!(error["level"], "error");
    assert!(error["message"].as_str().unwrap().contains("[E0015] wasi:blobstore"), "{said}");
    let hints = error["hints"].as_array().unwrap();
    assert_eq!(hints.last().unwrap(), "`wasi-shim explain E0015` says more", "{said}");
    let obstacle = &error["obstacles"][0];
    assert_eq!((&obstacle["code"], &obstacle["hint"]), (&"E0015".into(), &hints[0]), "{said}");
    assert_eq!(obstacle["subject"], "wasi:blobstore/types@0.2.0-draft", "{said}");
}

/// An output that was made from the same input is left as it is, with its date.
#[test]
fn an_unchanged_output_is_not_rewritten() {
    let (_dir, out) = scratch();
    let wrap = |name: &str| assert_eq!(seen(&shim(&["wrap", &fixture(name), "-q", "-o", out.to_str().unwrap()])).0, 0);
    wrap("hello");
    let date = std::time::SystemTime::UNIX_EPOCH;
    fs::File::options().write(true).open(&out).unwrap().set_modified(date).unwrap();
    wrap("hello");
    assert_eq!(fs::metadata(&out).unwrap().modified().unwrap(), date);
    wrap("std-cli");
    assert_ne!(fs::metadata(&out).unwrap().modified().unwrap(), date);
}
