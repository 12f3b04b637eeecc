//! What `wrap` writes for any input: also for one that fits already.

use std::fs;

use crate::cli::{Case, ONLY_03, PROGRAM, assert_fails, binary, code, stderr};

/// A component without WASI.
const LIBRARY: &str = r#"(component (import "log" (func)))"#;

/// A rule of make names both files, whatever the input is.
#[test]
fn what_fits_already_is_copied() {
    let inputs = [("new.wasm", binary(ONLY_03)), ("library.wasm", binary(LIBRARY))];
    let case = Case::new(&[("new.wasm", &inputs[0].1), ("library.wasm", &inputs[1].1)]);
    for (name, bytes) in &inputs {
        let output = case.run(&["wrap", name, "--to", "0.3", "-o", "out.wasm"]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let note = format!("note: `{name}` imports and exports no interface of WASI 0.2: copied as it is\n");
        assert_eq!((stderr(&output), output.stdout), (note, Vec::new()));
        assert_eq!(&fs::read(case.path().join("out.wasm")).unwrap(), bytes);
        fs::remove_file(case.path().join("out.wasm")).unwrap();

        let strict = case.run(&["wrap", name, "--to", "0.3", "-o", "out.wasm", "--strict"]);
        assert_fails(&strict, 1, &format!("cannot wrap `{name}`: nothing to adapt"));
        assert_eq!(case.files(), ["library.wasm", "new.wasm"]);
    }
    assert_fails(&case.run(&["wrap", "library.wasm", "--strict"]), 1, "no interface of WASI 0.2 or 0.3");
    assert_eq!(case.pipe(&["wrap", "-q", "-", "--to", "0.3"], ONLY_03.as_bytes()).stdout, inputs[0].1);
}

/// A module that needs no adapter is made a component all the same, with a name of its own.
#[test]
fn a_module_that_fits_becomes_a_component() {
    let mut wit = wit_parser::Resolve::default();
    let package =
        wit.push_str("own.wit", "package test:library; world library { export f: func(text: string); }").unwrap();
    let world = wit.select_world(&[package], None).unwrap();
    let mut module =
        wit_component::dummy_module(&wit, world, wit_parser::ManglingAndAbi::Legacy(wit_parser::LiftLowerAbi::Sync));
    wit_component::embed_component_metadata(&mut module, &wit, world, wit_component::StringEncoding::UTF8).unwrap();
    let case = Case::new(&[("own.wasm", &module)]);
    for args in [&["--to", "0.3"][..], &["--to", "0.2"], &[]] {
        let output = case.run(&[&["wrap", "own.wasm"], args].concat());
        let to = args.get(1).unwrap_or(&"0.2");
        let path = format!("own.p{}.wasm", &to[2..]);
        assert_eq!(
            (code(&output), output.stdout.clone()),
            (0, format!("{path}\n").into_bytes()),
            "{}",
            stderr(&output)
        );
        let component = fs::read(case.path().join(&path)).unwrap();
        assert_eq!(wasi_shim::Surface::of(&component).unwrap().exports[0].name, "f");
        fs::remove_file(case.path().join(path)).unwrap();
    }
    let output = case.run(&["wrap", "own.wasm", "--to", "0.3"]);
    let note = "note: `own.wasm` imports and exports no interface of WASI 0.2: made a component, no more\n";
    assert_eq!(stderr(&output), note);
    assert_fails(&case.run(&["wrap", "own.wasm", "--to", "0.3", "--strict"]), 1, "nothing to adapt");
    assert_eq!(fs::read(case.path().join("own.wasm")).unwrap(), module);
}

/// A name that says the target already stays.
#[test]
fn a_copy_has_a_name_that_fits() {
    let new = binary(ONLY_03);
    let case = Case::new(&[("new.wasm", &new), ("new.p3.wasm", &new), ("library.wat", LIBRARY.as_bytes())]);
    for (args, path) in [
        (&["new.wasm", "--to", "0.3"][..], "new.p3.wasm"),
        (&["new.p3.wasm", "--to", "0.3"], "new.p3.wasm"),
        (&["new.p3.wasm", "--to", "0.2"], "new.p3.p2.wasm"),
        (&["library.wat", "--to", "0.2"], "library.p2.wasm"),
        (&["library.wat"], "library.wasm"),
        (&["library.wasm"], "library.wasm"),
    ] {
        let output = case.run(&[&["wrap"], args].concat());
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert_eq!(output.stdout, format!("{path}\n").as_bytes(), "{args:?}");
        assert!(fs::read(case.path().join(path)).unwrap().starts_with(b"\0asm"));
    }
    assert_eq!(fs::read(case.path().join("new.p3.wasm")).unwrap(), new);
}

/// What is adapted never takes the place of its input.
#[test]
fn an_input_with_a_name_of_its_target_is_kept() {
    let old = binary(PROGRAM);
    let case = Case::new(&[("app.p3.wasm", &old)]);
    assert_eq!(case.run(&["wrap", "-q", "app.p3.wasm"]).stdout, b"app.p3.p3.wasm\n");
    assert_eq!(fs::read(case.path().join("app.p3.wasm")).unwrap(), old);
}

#[test]
fn several_components_are_wrapped_at_once() {
    let [old, new] = [PROGRAM, ONLY_03].map(binary);
    let case = Case::new(&[("app.wasm", &old), ("new.wasm", &new), ("bad.wasm", b"")]);
    let output = case.run(&["wrap", "-q", "app.wasm", "new.wasm"]);
    assert_eq!((code(&output), output.stdout), (0, b"app.p3.wasm\nnew.p2.wasm\n".to_vec()));

    let wrap = ["wrap", "-q", "--out-dir", "made/here", "--to", "0.3"];
    let output = case.run(&[&wrap[..], &["bad.wasm", "app.wasm", "new.wasm"]].concat());
    assert_eq!(code(&output), 1, "one of them failed");
    assert!(stderr(&output).starts_with("error: cannot wrap `bad.wasm`"), "{}", stderr(&output));
    assert_eq!(output.stdout, b"made/here/app.p3.wasm\nmade/here/new.p3.wasm\n", "the others are there");
    let made = |name: &str| fs::read(case.path().join("made/here").join(name)).unwrap();
    assert_eq!(made("app.p3.wasm"), fs::read(case.path().join("app.p3.wasm")).unwrap());
    assert_eq!(made("new.p3.wasm"), new);
}

#[test]
fn outputs_do_not_take_each_others_place() {
    let case = Case::new(&[("app.wasm", &binary(PROGRAM)), ("app.wat", PROGRAM.as_bytes())]);
    for (second, shown) in [("app.wat", "app.p3.wasm"), ("./app.wat", "./app.p3.wasm")] {
        let output = case.run(&["wrap", "-q", "app.wasm", second]);
        assert_eq!((code(&output), output.stdout), (2, b"app.p3.wasm\n".to_vec()));
        let expected = format!("`{shown}` is the output of another component");
        assert!(String::from_utf8_lossy(&output.stderr).contains(&expected));
        fs::remove_file(case.path().join("app.p3.wasm")).unwrap();
    }

    for (args, message) in [
        (&["app.wasm", "app.wat", "-o", "out.wasm"][..], "several components cannot be written to one file"),
        (&["app.wasm", "-"], "stdin has no name"),
        (&["-", "--out-dir", "made"], "stdin has no name"),
        (&["app.wasm", "--out-dir", "made", "-o", "out.wasm"], "cannot be used with"),
    ] {
        assert_fails(&case.run(&[&["wrap"], args].concat()), 2, message);
    }
    assert_fails(&case.run(&["wrap", "app.wasm", "--out-dir", "app.wat"]), 1, "cannot make the directory `app.wat`");
    assert_eq!(case.files(), ["app.wasm", "app.wat"]);
}

/// Toolchains and hosts name the generations in several ways.
#[test]
fn targets_have_the_names_of_toolchains() {
    let case = Case::new(&[("app.wasm", &binary(PROGRAM)), ("new.wasm", &binary(ONLY_03))]);
    let wrap = |input: &str, to: &[&str]| {
        let output = case.run(&[&["wrap", "-q", input, "-o", "-", "--to"], to].concat());
        assert_eq!(code(&output), 0, "{to:?}: {}", stderr(&output));
        output.stdout
    };
    for to in ["p3", "wasip3", "0.3.0", "0.3.1"] {
        assert_eq!(wrap("app.wasm", &[to]), wrap("app.wasm", &["0.3"]), "{to}");
        assert_eq!(code(&case.run(&["check", "app.wasm", "--to", to])), 0);
    }
    for to in ["p2", "wasip2"] {
        assert_eq!(wrap("new.wasm", &[to]), wrap("new.wasm", &["0.2"]), "{to}");
    }
    let patched = wrap("new.wasm", &["0.2", "--wasi-patch", "0.2.6"]);
    assert_ne!(patched, wrap("new.wasm", &["0.2"]));
    assert_eq!(wrap("new.wasm", &["0.2.6"]), patched);
    assert_eq!(wrap("new.wasm", &["0.2.6", "--wasi-patch", "0.2.6"]), patched);
    let two = case.run(&["wrap", "new.wasm", "--to", "0.2.6", "--wasi-patch", "0.2.3"]);
    assert_fails(&two, 2, "name two versions of WASI 0.2");
    assert_fails(&case.run(&["wrap", "new.wasm", "--to", "p1"]), 2, "expected 0.2, 0.3, p2, p3, wasip2, wasip3");
    // The program calls a function of 0.2.12.
    let check = case.run(&["check", "app.wasm", "--to", "0.2.3"]);
    assert_fails(&check, 1, "`app.wasm` cannot be adapted to WASI 0.2");
}

#[test]
fn text_is_printed() {
    let case = Case::new(&[("app.wasm", &binary(PROGRAM)), ("new.wasm", &binary(ONLY_03))]);
    let binary = case.run(&["wrap", "-q", "app.wasm", "-o", "-"]).stdout;
    let expected = wasmprinter::print_bytes(&binary).unwrap();
    for args in [&["-t", "app.wasm"][..], &["--wat", "app.wasm", "-o", "-"]] {
        let output = case.run(&[&["wrap", "-q"], args].concat());
        assert_eq!((code(&output), String::from_utf8(output.stdout).unwrap()), (0, expected.clone()));
    }
    assert_eq!(
        case.run(&["wrap", "-qt", "app.wasm", "new.wasm", "--out-dir", "."]).stdout,
        b"./app.p3.wat\n./new.p2.wat\n"
    );
    assert_eq!(fs::read_to_string(case.path().join("app.p3.wat")).unwrap(), expected);
    assert_fails(&case.run(&["wrap", "-t", "app.wasm", "new.wasm"]), 2, "text of several components");
    let adapter = ["adapter", "--interfaces", "wasi:random/random", "--direction", "0.2-on-0.3", "-t", "-o", "-"];
    assert!(case.run(&adapter).stdout.starts_with(b"(component"));
}
