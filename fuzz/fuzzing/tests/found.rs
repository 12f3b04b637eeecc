//! The faults that the fuzz targets found, as the smallest worlds that show them.

use wasi_shim::{Error, Generation, Linking, Surface, Wrap, WrapOptions, compose};
use wasi_shim_fuzzing::component;

fn of_world(items: &str) -> Vec<u8> {
    of_package("", items)
}

fn of_package(interfaces: &str, items: &str) -> Vec<u8> {
    let text = format!("package test:found;\n{interfaces}\nworld w {{\n{items}\n}}");
    component(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The program's types have their names in an import that goes, from which the others get types of
/// their own.
#[test]
fn a_service_beside_a_function_with_types_of_wasi() {
    let guest = of_world(
        "export wasi:http/handler@0.3.2;
         use wasi:sockets/ip-name-lookup@0.3.2.{ip-address};
         export f: func(p: ip-address);",
    );
    for linking in [Linking::Linked, Linking::Composed] {
        Wrap::new(&guest).to(Generation::Wasi02).linking(linking).run().unwrap();
    }
    // And one whose export has its type ascribed, as that of a wrapped service.
    let guest = of_world(
        "export wasi:http/incoming-handler@0.2.12;
         use wasi:cli/stdin@0.3.2.{error-code};
         export f: func(p: error-code);",
    );
    let wrapped = Wrap::new(&guest).to(Generation::Wasi03).async_exports().linking(Linking::Linked).run().unwrap();
    Wrap::new(&wrapped.bytes).to(Generation::Wasi02).linking(Linking::Linked).run().unwrap();
}

/// Nobody can call it, so it is not in the way.
#[test]
fn an_export_that_the_composition_does_not_have() {
    let interface = "interface api {
        use wasi:http/types@0.3.2.{request};
        variant t { a(list<future<bool>>), b }
        f: func(x: request) -> t;
    }";
    let front = of_world("import wasi:cli/run@0.2.12;");
    let behind = of_package(interface, "export wasi:cli/run@0.3.2; export api;");
    let composed = compose(&[&front, &behind], &WrapOptions::default()).unwrap();
    assert_eq!(composed.target, Generation::Wasi02);
}

/// A host's interface knows no resource of a component.
#[test]
fn a_resource_of_a_component_in_an_interface_of_the_host() {
    let front = of_world("import wasi:io/streams@0.2.12;");
    let behind = of_world("export wasi:io/error@0.2.12;");
    let Err(Error::DoNotFit { front: 0, behind: 1, message }) = compose(&[&front, &behind], &WrapOptions::default())
    else {
        panic!("they do not fit");
    };
    let expected = "interface `wasi:io/streams@0.2.12` uses `error` of `wasi:io/error@0.2.12`: \
                    expected that of component 2, found the host's";
    assert_eq!(message, expected);
}

/// Its host has to know the async component model, whatever its interfaces are.
#[test]
fn an_async_composition_is_of_03() {
    let interface = "interface api { f: func(x: stream<u8>); }";
    let front = of_package(interface, "import wasi:random/random@0.2.12; import api;");
    let behind = of_package(interface, "export api;");
    let composed = compose(&[&front, &behind], &WrapOptions::default()).unwrap();
    assert_eq!(composed.target, Generation::Wasi03);
}

/// It was wrapped twice: as an async export, and as a program.
#[test]
fn a_program_of_02_that_is_async() {
    let guest = r#"(component
      (import "wasi:random/random@0.2.0" (instance $random (export "get-random-u64" (func (result u64)))))
      (core func $random (canon lower (func $random "get-random-u64")))
      (core module $m (import "" "f" (func (result i64)))
        (func (export "run") (result i32) unreachable)
        (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
      (core instance $m (instantiate $m (with "" (instance (export "f" (func $random))))))
      (func $run async (result (result)) (canon lift (core func $m "run") async (callback (core func $m "callback"))))
      (instance $run (export "run" (func $run)))
      (export "wasi:cli/run@0.2.0" (instance $run)))"#;
    let wrapped = Wrap::new(&wat::parse_str(guest).unwrap()).to(Generation::Wasi03).run();
    let Err(Error::Obstacles(found)) = wrapped else { panic!("it is no program") };
    assert_eq!(found.iter().map(|obstacle| obstacle.code).collect::<Vec<_>>(), ["E0014"]);
}

/// The validator takes it.
#[test]
fn a_nested_component_that_is_cut_off() {
    let nested = &b"\0asm\x0d\0\x01\0"[..];
    for (id, rest) in [(4, nested), (1, &b"\0asm\x01\0\0\0"[..])] {
        let whole = [nested, &[id, rest.len() as u8][..], rest].concat();
        Surface::of(&whole).unwrap();
        let cut_off = [nested, &[id, rest.len() as u8 + 1][..], rest].concat();
        let refused = Surface::of(&cut_off);
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    }
}

/// Adapting the component behind does not help: its function stays as it is.
#[test]
fn an_async_function_that_adapting_does_not_change() {
    let interface = "interface api { f: async func(); } interface other { g: func(); }";
    let front = of_package(interface, "import api; import other;");
    let middle = of_package(interface, "import wasi:cli/run@0.2.12; export other;");
    let behind = of_package(interface, "import wasi:random/random@0.3.2; export wasi:cli/run@0.3.2; export api;");
    let composed = compose(&[&front, &middle, &behind], &WrapOptions::default());
    assert!(matches!(composed, Err(Error::DoNotFit { front: 0, .. })), "{composed:?}");
}

/// The first component's types mention a resource by a name that the composition does not export.
#[test]
fn a_resource_of_an_interface_that_stays_inside() {
    let composed = |resource: &str| {
        let interfaces = format!(
            "interface inner {{ {resource} record holder {{ handle: thing }} f: func(); }}
             interface outer {{ use inner.{{holder as held}}; f: func(); }}"
        );
        let front = of_package(&interfaces, "export outer;");
        let behind = of_package(&interfaces, "export inner;");
        compose(&[&front, &behind], &WrapOptions::default())
    };
    composed("use wasi:cli/terminal-output@0.3.2.{terminal-output as thing};").unwrap();
    let Err(Error::DoNotFit { front: 0, behind: 1, message }) = composed("resource thing;") else {
        panic!("nobody exports it");
    };
    let expected = "interface `test:found/outer` uses `thing` of `test:found/inner`, which component 2 defines: \
                    expected a resource of the host, or of component 1";
    assert_eq!(message, expected);
}

/// Its core modules cannot call it, so the output imports nothing for it.
#[test]
fn a_lowered_function_that_nothing_uses() {
    let guest = r#"(component
      (import "wasi:clocks/monotonic-clock@0.3.2" (instance $clock (export "now" (func (result u64)))))
      (import "wasi:random/random@0.3.2" (instance $random (export "get-random-u64" (func (result u64)))))
      (core func $now (canon lower (func $clock "now")))
      (core func $random (canon lower (func $random "get-random-u64")))
      (core module $m (import "" "f" (func (result i64))))
      (core instance (instantiate $m (with "" (instance (export "f" (func $random)))))))"#;
    for linking in [Linking::Linked, Linking::Composed] {
        let wrapped = Wrap::new(&wat::parse_str(guest).unwrap()).to(Generation::Wasi02).linking(linking).run().unwrap();
        let surface = Surface::of(&wrapped.bytes).unwrap();
        assert!(!surface.imports.iter().any(|import| import.name.starts_with("wasi:clocks/")), "{surface:?}");
    }
}

/// Nothing is left that mentions them.
#[test]
fn types_of_somebody_else_in_a_function_that_goes() {
    let guest = r#"(component
      (import "test:own/types" (instance $types 
        (type $e (enum "io" "pipe")) (export "error-code" (type (eq $e)))))
      (alias export $types "error-code" (type $error))
      (import "wasi:clocks/monotonic-clock@0.3.2" (instance $clock (export "now" (func (result u64)))))
      (core func $now (canon lower (func $clock "now")))
      (type $future (future (result (error $error))))
      (core func $new (canon future.new $future))
      (core module $m (import "" "now" (func (result i64))) (import "" "new" (func (result i64))))
      (core instance (instantiate $m
        (with "" (instance (export "now" (func $now)) (export "new" (func $new)))))))"#;
    for linking in [Linking::Linked, Linking::Composed] {
        Wrap::new(&wat::parse_str(guest).unwrap()).to(Generation::Wasi02).linking(linking).run().unwrap();
    }
}

/// No host calls it.
#[test]
fn a_program_with_another_type() {
    for (run, to) in [("0.2.12", Generation::Wasi03), ("0.3.2", Generation::Wasi02), ("0.3.2", Generation::Wasi03)] {
        for result in ["", "(result u16)"] {
            let is_async = if run == "0.3.2" { "async" } else { "" };
            let guest = format!(
                r#"(component
                  (import "wasi:random/random@0.2.12" (instance (export "get-random-u64" (func (result u64)))))
                  (import "wasi:random/random@0.3.2" (instance (export "get-random-u64" (func (result u64)))))
                  (core module $m (func (export "run") {}unreachable))
                  (core instance $m (instantiate $m))
                  (func $run {is_async} {result} (canon lift (core func $m "run")))
                  (instance $run (export "run" (func $run)))
                  (export "wasi:cli/run@{run}" (instance $run)))"#,
                if result.is_empty() { "" } else { "(result i32) " },
            );
            let wrapped = Wrap::new(&wat::parse_str(&guest).unwrap()).to(to).run();
            let Err(Error::Obstacles(found)) = wrapped else { panic!("no host calls it: {guest}\n{wrapped:?}") };
            assert_eq!(found.iter().map(|obstacle| obstacle.code).collect::<Vec<_>>(), ["E0014"]);
        }
    }
}

/// Hosts of 0.2 refuse the type, whether something uses it or not.
#[test]
fn an_async_type_that_nothing_uses() {
    let guest = r#"(component
      (import "wasi:random/random@0.2.0" (instance (export "get-random-u64" (func (result u64)))))
      (type (instance (export "f" (func async)))))"#;
    let wrapped = Wrap::new(&wat::parse_str(guest).unwrap()).to(Generation::Wasi02).patch(5).run().unwrap();
    let features = wasmparser::WasmFeatures::all() - wasmparser::WasmFeatures::CM_ASYNC;
    wasmparser::Validator::new_with_features(features).validate_all(&wrapped.bytes).unwrap();
}

/// The engine knows no resources of a linked adapter.
#[test]
fn a_built_in_that_carries_a_resource_of_the_adapter() {
    let guest = r#"(component
      (import "wasi:io/poll@0.2.12" (instance $poll (export "pollable" (type (sub resource)))))
      (alias export $poll "pollable" (type $pollable))
      (import "wasi:random/random@0.2.12" (instance $random (export "get-random-u64" (func (result u64)))))
      (core func $random (canon lower (func $random "get-random-u64")))
      (core func $return (canon task.return (result (own $pollable))))
      (core module $m (import "" "f" (func (result i64))) (import "" "return" (func (param i32))))
      (core instance (instantiate $m
        (with "" (instance (export "f" (func $random)) (export "return" (func $return)))))))"#;
    let guest = wat::parse_str(guest).unwrap();
    let linked = Wrap::new(&guest).to(Generation::Wasi03).linking(Linking::Linked).run();
    assert!(matches!(linked, Err(Error::Unlinkable(_))), "{linked:?}");
    assert_eq!(Wrap::new(&guest).to(Generation::Wasi03).run().unwrap().linking, Some(Linking::Composed));
}

/// It is adapted together with the component that defines the resource.
#[test]
fn an_interface_with_a_resource_of_the_component_behind() {
    let interfaces = "interface inner { resource thing; }
        interface outer { use inner.{thing}; f: func(x: thing) -> list<thing>; }";
    let front = of_package(interfaces, "import wasi:cli/run@0.2.12; import inner; import outer;");
    let middle = of_package(interfaces, "import inner; export outer;");
    let behind = of_package(interfaces, "export wasi:cli/run@0.3.2; export inner;");
    compose(&[&front, &middle, &behind], &WrapOptions::default()).unwrap();
}

/// The interface that defines it is adapted together with the program, if it can be.
#[test]
fn a_service_with_requests_of_its_own() {
    let front = of_world("import wasi:http/incoming-handler@0.2.12; export wasi:http/incoming-handler@0.2.12;");
    let behind = of_world("export wasi:http/types@0.3.2; export wasi:http/handler@0.3.2;");
    let Err(Error::Obstacles(found)) = compose(&[&front, &behind], &WrapOptions::default()) else {
        panic!("0.2 has no such interface");
    };
    assert!(found.iter().any(|obstacle| obstacle.subject == "wasi:http/types@0.3.2"), "{found:?}");
}

/// Nobody can call them.
#[test]
fn exports_that_refer_to_each_other_and_that_the_composition_does_not_have() {
    let interfaces = "interface inner { use wasi:cli/terminal-stdout@0.2.12.{terminal-output}; resource thing; }
        interface outer { use inner.{thing, terminal-output}; f: func(x: thing, y: borrow<terminal-output>); }";
    let front = of_world("import wasi:cli/run@0.3.2;");
    let behind = of_package(interfaces, "export wasi:cli/run@0.2.12; export inner; export outer;");
    compose(&[&front, &behind], &WrapOptions::default()).unwrap();
}

/// The program wants a resource from one component, and functions with it from another that has a
/// resource of the same name; both have to be adapted for the program.
#[test]
fn a_resource_that_two_components_define() {
    let interfaces = "interface kinds {
            resource kind; record grade { value: u32 } record both { one: grade, other: grade }
        }
        interface api { use kinds.{kind, both}; f: func(kind: borrow<kind>); }";
    let user = of_package(interfaces, "import wasi:cli/run@0.2.12; import kinds; import api;");
    let shadow = of_package(interfaces, "export wasi:cli/run@0.3.2; export kinds;");
    let owner = of_package(interfaces, "export kinds; export api;");
    let refused = compose(&[&user, &shadow, &owner], &WrapOptions::default());
    let Err(Error::DoNotFit { front: 0, behind: 2, message }) = refused else { panic!("{refused:?}") };
    assert_eq!(
        message,
        "interface `test:found/api` uses `kind` of `test:found/kinds`: expected that of component 2, found that of \
         component 3"
    );
    // All that are behind have become one by then.
    let between = of_package(interfaces, "import wasi:cli/run@0.2.12; export wasi:cli/run@0.2.12;");
    let refused = compose(&[&user, &between, &shadow, &owner], &WrapOptions::default());
    let Err(Error::DoNotFit { front: 0, message, .. }) = refused else { panic!("{refused:?}") };
    assert!(
        message.ends_with("expected `kind: borrow<test:found/kinds#kind>`, found `kind: borrow<kind>`"),
        "{message}"
    );
    // It does not matter to one that takes the resource from where its functions are.
    let user = wat::parse_str(
        r#"(component (core module)
          (import "wasi:cli/run@0.2.12" (instance (export "run" (func (result (result))))))
          (import "test:found/api" (instance
            (export "kind" (type $kind (sub resource))) (export "f" (func (param "kind" (borrow $kind)))))))"#,
    );
    compose(&[&user.unwrap(), &shadow, &owner], &WrapOptions::default()).unwrap();
}
