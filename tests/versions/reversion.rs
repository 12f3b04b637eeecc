//! `reversion`, and what the other commands make of release candidates.

use crate::support::{engine, fixture, fixture_bytes, shim};
use wasi_shim::{
    Error, Generation, Obstacle, ReversionOptions, Reversioned, Surface, WrapOptions, compose, reversion, wrap,
};
use wasi_shim_hosts::{Capture, CommandOptions, Outcome, Output};

const CANDIDATE: &str = "0.3.0-rc-2026-03-15";

/// The programs of 0.3 among the fixtures, and their versions.
const PROGRAMS: &[(&str, &str)] = &[
    ("hello-p3", "0.3.0"),
    ("files-p3", "0.3.2"),
    ("http-probe-p3", "0.3.2"),
    ("http-middleware-p3", "0.3.2"),
    ("c-p3-callback", "0.3.2"),
];

fn renamed(component: &[u8], from: &str, to: &str) -> Result<Reversioned, Error> {
    reversion(component, &ReversionOptions::new(vec![from.parse().unwrap()], to.parse().unwrap()))
}

/// A fixture as a toolchain for the candidate would have made it.
fn of_candidate(fixture: &str) -> Vec<u8> {
    let (_, version) = PROGRAMS.iter().find(|(name, _)| *name == fixture).unwrap();
    renamed(&fixture_bytes(fixture), version, CANDIDATE).unwrap().bytes
}

fn versions(component: &[u8]) -> Vec<String> {
    let surface = Surface::of(component).unwrap();
    let names = surface.imports.iter().chain(&surface.exports).filter_map(|name| name.interface.as_ref());
    let mut versions: Vec<String> = names.map(|name| name.version.to_string()).collect();
    versions.sort();
    versions.dedup();
    versions
}

fn to(target: Generation) -> WrapOptions {
    let mut options = WrapOptions::default();
    options.to = Some(target);
    options
}

fn text(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).unwrap()
}

#[track_caller]
fn obstacles(result: Result<Reversioned, Error>) -> Vec<Obstacle> {
    match result {
        Err(Error::Obstacles(obstacles)) => obstacles,
        other => panic!("{other:?}"),
    }
}

/// The output of a command on a host of `target`.
fn prints(component: &[u8], target: Generation) -> Result<String, String> {
    let stdout = Capture::new();
    let options = CommandOptions { stdout: Output::Capture(stdout.clone()), ..CommandOptions::default() };
    match engine::host(target).run_command(component, options) {
        Ok(Outcome::Exit(0)) => Ok(String::from_utf8(stdout.contents()).unwrap()),
        other => Err(format!("{other:?}")),
    }
}

#[test]
fn there_and_back_gives_the_same_component() {
    for (name, version) in PROGRAMS {
        let original = fixture_bytes(name);
        let there = renamed(&original, version, CANDIDATE).unwrap();
        assert_eq!(versions(&there.bytes), [CANDIDATE], "{name}");
        assert!(there.interfaces.iter().any(|name| name.starts_with("wasi:")), "{name}");
        let back = renamed(&there.bytes, CANDIDATE, version).unwrap();
        assert_eq!(back.interfaces, there.interfaces);
        assert!(back.bytes == original, "{name}");
    }
}

#[test]
fn candidates_run_as_the_release() {
    let candidate = of_candidate("hello-p3");
    prints(&candidate, Generation::Wasi03).expect_err("no host has the candidate");
    let wrapped = wrap(&candidate, &WrapOptions::default()).unwrap();
    assert_eq!(wrapped.target, Generation::Wasi02);
    assert!(wrapped.notes.iter().any(|note| note.text.starts_with(&format!("WASI {CANDIDATE} was taken for 0.3.0"))));
    let released = wrap(&fixture_bytes("hello-p3"), &WrapOptions::default()).unwrap();
    // They differ in what they say that they were.
    let was = wasi_shim::history(&wrapped.bytes);
    assert!(was[0].exports.iter().any(|export| export.name == format!("wasi:cli/run@{CANDIDATE}")));
    assert!(without_history(&wrapped.bytes) == without_history(&released.bytes));
    let kept = wrap(&candidate, &to(Generation::Wasi03)).unwrap();
    assert_eq!(versions(&kept.bytes), ["0.3.0"]);
    assert_eq!(kept.notes.len(), 1);
    let expected = prints(&fixture_bytes("hello-p3"), Generation::Wasi03).unwrap();
    assert!(!expected.is_empty());
    assert_eq!(prints(&wrapped.bytes, Generation::Wasi02).unwrap(), expected);
    assert_eq!(prints(&kept.bytes, Generation::Wasi03).unwrap(), expected);
}

/// The sections at the root but the one that tells what the component was.
fn without_history(component: &[u8]) -> Vec<&[u8]> {
    let mut depth = 0;
    let mut sections = Vec::new();
    for payload in wasmparser::Parser::new(0).parse_all(component) {
        let payload = payload.unwrap();
        match &payload {
            wasmparser::Payload::ModuleSection { .. } | wasmparser::Payload::ComponentSection { .. } => depth += 1,
            wasmparser::Payload::End(_) => depth -= 1,
            wasmparser::Payload::CustomSection(section) if depth == 0 && section.name() == "wasi-shim" => continue,
            _ => {}
        }
        if let Some((_, range)) = payload.as_section() {
            sections.push(&component[range.start as usize..range.end as usize]);
        }
    }
    assert!(sections.len() > 5);
    sections
}

#[test]
fn candidates_are_composed_with_the_release() {
    let [front, behind] = ["http-middleware-p3", "http-probe-p3"].map(of_candidate);
    let released = ["http-middleware-p3", "http-probe-p3"].map(|name| {
        let version = "0.3.2";
        renamed(&fixture_bytes(name), version, "0.3.0").unwrap().bytes
    });
    let expected = compose(&[&released[0], &released[1]], &WrapOptions::default()).unwrap();
    for pair in [[&front, &behind], [&released[0], &behind], [&front, &released[1]]] {
        let composed = compose(&pair.map(|bytes| &bytes[..]), &WrapOptions::default()).unwrap();
        assert!(composed.bytes == expected.bytes);
        assert!(composed.notes.iter().any(|note| note.text.contains(CANDIDATE)));
    }
}

#[test]
fn unknown_versions_are_refused_with_the_known_ones() {
    let of = |version: &str| {
        text(&format!(r#"(component (import "wasi:cli/environment@{version}" (instance (export "x" (func)))))"#))
    };
    for version in ["0.3.0-rc-2024-01-01", "0.2.0-rc-2023-12-05"] {
        let component = of(version);
        let outcomes = [
            renamed(&component, version, "0.3.0").map(|_| ()),
            renamed(&of("0.3.0"), "0.3.0", version).map(|_| ()),
            wrap(&component, &WrapOptions::default()).map(|_| ()),
            wrap(&component, &to(Generation::Wasi03)).map(|_| ()),
            compose(&[&component, &component], &WrapOptions::default()).map(|_| ()),
        ];
        for outcome in outcomes {
            let error = outcome.unwrap_err();
            assert!(
                matches!(&error, Error::UnknownVersion { version: found, .. } if found.to_string() == version),
                "{error}"
            );
            let all = "known are 0.2.0 to 0.2.12, 0.3.0 to 0.3.2, 0.3.0-rc-2026-03-15,";
            assert!(error.to_string().contains(all), "{error}");
        }
    }
    // Not of WASI 0.2 or 0.3: none of our business.
    let other = text(r#"(component (import "wasi:nn/tensor@0.2.0-rc-2024-10-28" (instance)))"#);
    assert!(matches!(wrap(&other, &WrapOptions::default()), Err(Error::NoWasi)));
}

#[test]
fn what_differs_in_a_candidate_is_refused_by_name() {
    let old = "0.3.0-rc-2026-01-06";
    let same = format!(
        r#"(import "wasi:cli/environment@{old}" (instance (export "get-initial-cwd" (func (result (option string))))))"#
    );
    let component = text(&format!("(component {same})"));
    assert_eq!(versions(&renamed(&component, old, "0.3.2").unwrap().bytes), ["0.3.2"]);
    assert!(wrap(&component, &WrapOptions::default()).is_ok());
    let differs = text(&format!(r#"(component {same} (import "wasi:cli/stdout@{old}" (instance)))"#));
    let [obstacle] = &obstacles(renamed(&differs, old, "0.3.0"))[..] else { panic!("one obstacle") };
    assert_eq!(obstacle.subject, format!("wasi:cli/stdout@{old}"));
    assert!(obstacle.reason.contains(&format!("differ between {old} and 0.3.0")));
    assert!(matches!(wrap(&differs, &WrapOptions::default()), Err(Error::Obstacles(_))));
    // The way back, and from candidate to candidate.
    let released = text(r#"(component (import "wasi:cli/stdout@0.3.0" (instance)))"#);
    assert_eq!(obstacles(renamed(&released, "0.3.0", old)).len(), 1);
    let later = text(&format!(r#"(component (import "wasi:cli/stdout@{CANDIDATE}" (instance)))"#));
    assert_eq!(obstacles(renamed(&later, CANDIDATE, old)).len(), 1);
}

#[test]
fn names_change_at_every_depth_and_nowhere_else() {
    let component = |version: &str| {
        text(&format!(
            r#"(component $wasi:random/random@0.3.0
                (type $world (component
                    (import "wasi:random/random@{version}" (instance))
                    (export "wasi:random/insecure@{version}" (instance (export "wasi:random/random@{version}" (instance))))))
                (import "wasi:random/random@{version}" (instance $random))
                (import "example:random/random@0.3.0" (instance))
                (import "plugin" (component (type $world)))
                (component $inner
                    (core module (import "wasi:random/random@0.3.0" "get" (func)) (@custom "wasi:random/random@0.3.0" "x"))
                    (component (import "wasi:random/random@{version}" (instance $one))
                        (export "wasi:random/random@{version}" (instance $one)))
                    (import "wasi:random/random@{version}" (instance $random))
                    (instance (export "wasi:random/insecure@{version}" (instance $random)))
                    (export "wasi:random/insecure@{version}" (instance $random)))
                (instance $made (instantiate $inner (with "wasi:random/random@{version}" (instance $random))))
                (alias export $made "wasi:random/insecure@{version}" (instance $insecure))
                (export "wasi:random/insecure@{version}" (instance $insecure)))"#
        ))
    };
    // The name of the root component is no name of an interface.
    let changed = renamed(&component("0.3.0"), "0.3.0", CANDIDATE).unwrap();
    assert_eq!(changed.interfaces, ["wasi:random/insecure", "wasi:random/random"]);
    assert_eq!(
        wasmprinter::print_bytes(&changed.bytes).unwrap(),
        wasmprinter::print_bytes(component(CANDIDATE)).unwrap()
    );
}

#[test]
fn two_names_may_not_become_one() {
    let both = text(&format!(
        r#"(component (import "wasi:random/random@0.3.0" (instance)) (import "wasi:random/random@{CANDIDATE}" (instance)))"#
    ));
    let [obstacle] = &obstacles(renamed(&both, CANDIDATE, "0.3.0"))[..] else { panic!("one obstacle") };
    assert_eq!(obstacle.subject, format!("wasi:random/random@{CANDIDATE}"));
    // An import and an export may have the same name.
    let through = text(&format!(
        r#"(component (import "wasi:random/random@0.3.0" (instance $r)) (export "wasi:random/random@{CANDIDATE}" (instance $r)))"#
    ));
    assert_eq!(versions(&renamed(&through, CANDIDATE, "0.3.0").unwrap().bytes), ["0.3.0"]);
}

#[test]
fn patches_of_02_are_renamed_if_they_have_the_functions() {
    let exit = |version: &str, function: &str| {
        text(&format!(
            r#"(component (import "wasi:cli/exit@{version}" (instance (export "{function}" (func (param "status-code" u8))))))"#
        ))
    };
    assert_eq!(versions(&renamed(&exit("0.2.3", "exit"), "0.2.3", "0.2.6").unwrap().bytes), ["0.2.6"]);
    assert_eq!(versions(&renamed(&exit("0.2.12", "exit"), "0.2.12", "0.2.0").unwrap().bytes), ["0.2.0"]);
    let [obstacle] = &obstacles(renamed(&exit("0.2.12", "exit-with-code"), "0.2.12", "0.2.6"))[..] else {
        panic!("one")
    };
    assert_eq!(obstacle.subject, "wasi:cli/exit@0.2.12#exit-with-code");
    assert!(obstacle.reason.contains("came with 0.2.12"));
    // A component that exports an interface must have all of it.
    let offers = text(
        r#"(component (import "f" (func $f (param "status-code" u8)))
            (instance $exit (export "exit" (func $f))) (export "wasi:cli/exit@0.2.6" (instance $exit)))"#,
    );
    assert!(renamed(&offers, "0.2.6", "0.2.11").is_ok());
    let [obstacle] = &obstacles(renamed(&offers, "0.2.6", "0.2.12"))[..] else { panic!("one") };
    assert!(obstacle.reason.contains("`exit-with-code`, which the component does not export"), "{obstacle:?}");
    let gated =
        text(r#"(component (import "wasi:sockets/network@0.2.6" (instance (export "network-error-code" (func)))))"#);
    assert_eq!(obstacles(renamed(&gated, "0.2.6", "0.2.0")).len(), 1);
}

/// A component whose parts were built against several patches of 0.2.
#[test]
fn many_patches_become_one() {
    let random = r#"(export "get-random-u64" (func (result u64)))"#;
    let component = text(&format!(
        r#"(component
            (import "wasi:random/random@0.2.3" (instance {random}))
            (import "wasi:random/insecure@0.2.6" (instance))
            (import "wasi:cli/exit@0.2.12" (instance (export "exit" (func (param "status" (result)))))))"#
    ));
    let mut options = to(Generation::Wasi02);
    options.wasi_patch = Some(0);
    let lowered = wrap(&component, &options).unwrap();
    assert_eq!(versions(&lowered.bytes), ["0.2.0"]);
    assert!(lowered.adapter.is_none() && lowered.notes.is_empty());
    assert!(matches!(wrap(&lowered.bytes, &options), Err(Error::AlreadyForTarget(Generation::Wasi02))));

    let newer = text(r#"(component (import "wasi:cli/exit@0.2.12" (instance (export "exit-with-code" (func)))))"#);
    match wrap(&newer, &options) {
        Err(Error::Obstacles(found)) => assert_eq!(found[0].subject, "wasi:cli/exit@0.2.12#exit-with-code"),
        other => panic!("{other:?}"),
    }

    let dir = tempfile::tempdir().unwrap();
    let [input, output] = ["in.wasm", "out.wasm"].map(|name| dir.path().join(name));
    std::fs::write(&input, &component).unwrap();
    let mut command = shim();
    command.args(["reversion", "--from", "0.2.3,0.2.6", "--from", "0.2.12", "--to", "0.2.0"]);
    let done = command.arg(&input).arg("-o").arg(&output).output().unwrap();
    let stderr = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && stderr.contains("3 interfaces renamed"), "{stderr}");
    assert_eq!(versions(&std::fs::read(&output).unwrap()), ["0.2.0"]);
}

#[test]
fn what_names_alone_cannot_do_is_refused() {
    let component = fixture_bytes("hello-p3");
    assert!(matches!(renamed(&component, "0.3.0", "0.2.0"), Err(Error::OtherGeneration { .. })));
    assert!(matches!(renamed(&component, "0.3.1", "0.3.0"), Err(Error::NotUsed { .. })));
    assert!(matches!(renamed(&component, "0.3.0", "0.3.99"), Err(Error::UnknownVersion { .. })));
    assert!(matches!(renamed(&component, "0.3.0", "1.3.0"), Err(Error::UnknownVersion { .. })));
    assert!(matches!(renamed(b"\0asm", "0.3.0", CANDIDATE), Err(Error::NotAComponent { .. })));
    let unheard_of = text(r#"(component (import "wasi:cli/speakers@0.3.0" (instance)))"#);
    assert_eq!(obstacles(renamed(&unheard_of, "0.3.0", "0.3.2")).len(), 1);
}

#[test]
fn the_command_renames_and_the_others_take_what_it_makes() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("candidate.wasm");
    let mut command = shim();
    command.args(["reversion", "--from", "0.3.0", "--to", CANDIDATE]).arg(fixture("hello-p3")).arg("-o").arg(&out);
    let done = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && stderr.contains("3 interfaces renamed"), "{stderr}");
    assert!(std::fs::read(&out).unwrap() == of_candidate("hello-p3"));
    let native = shim().arg("run").arg(fixture("hello-p3")).output().unwrap();
    assert!(native.status.success() && !native.stdout.is_empty());
    for host in ["0.2", "0.3"] {
        let run = shim().args(["run", "--host", host]).arg(&out).output().unwrap();
        let stderr = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.stdout, native.stdout, "{stderr}");
        assert!(stderr.contains(&format!("{CANDIDATE} was taken for 0.3.0")), "{stderr}");
    }
    let refused =
        shim().args(["reversion", "--from", "0.3.0", "--to", "0.3.0-rc-1", "-o", "-"]).arg(&out).output().unwrap();
    let stderr = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && refused.stdout.is_empty());
    assert!(stderr.contains("0.3.0-rc-1 is not known") && stderr.contains(CANDIDATE), "{stderr}");
    let refused = shim().args(["reversion", "--from", "1", "--to", "0.2.6", "-o", "-"]).arg(&out).output().unwrap();
    let stderr = String::from_utf8_lossy(&refused.stderr);
    assert!(stderr.contains("expected a version, for example 0.2.6"), "{stderr}");
}
