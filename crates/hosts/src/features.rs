//! The bundled hosts have the features that engines have by default: programs that use WebAssembly
//! 3.0.

use super::*;
use wasi_shim::{Error, Generation, Wrap};

/// A core module with a function `run`, which returns 0 if the feature does what it should.
const PROGRAMS: &[(&str, &str)] = &[
    (
        "exceptions",
        r#"(tag $thrown (param i32))
           (func (export "run") (result i32)
             (i32.sub (block $caught (result i32)
               (try_table (catch $thrown $caught) (throw $thrown (i32.const 7))) (i32.const 1)) (i32.const 7)))"#,
    ),
    (
        "garbage collection",
        r#"(type $box (struct (field (mut i32))))
           (type $row (array (mut i8)))
           (func (export "run") (result i32) (local $i i32)
             (loop (drop (array.new_default $row (i32.const 1000)))
               (local.set $i (i32.add (local.get $i) (i32.const 1)))
               (br_if 0 (i32.lt_u (local.get $i) (i32.const 10000))))
             (i32.sub (struct.get $box 0 (struct.new $box (i32.const 7))) (i32.const 7)))"#,
    ),
    (
        "function references",
        r#"(type $f (func (result i32)))
           (elem declare func $zero)
           (func $zero (result i32) (i32.const 0))
           (func (export "run") (result i32) (call_ref $f (ref.func $zero)))"#,
    ),
    (
        "tail calls",
        r#"(func $count (param i32) (result i32)
             (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
             (return_call $count (i32.sub (local.get 0) (i32.const 1))))
           (func (export "run") (result i32) (call $count (i32.const 1000000)))"#,
    ),
    (
        "multiple memories",
        r#"(memory $a 1) (memory $b 1)
           (func (export "run") (result i32)
             (i32.store $b (i32.const 8) (i32.const 7))
             (i32.load $a (i32.const 8)))"#,
    ),
    (
        "64-bit memories",
        r#"(memory i64 1)
           (func (export "run") (result i32) (i32.load (i64.const 8)))"#,
    ),
    (
        "relaxed SIMD",
        r#"(func (export "run") (result i32)
             (i32x4.extract_lane 0 (i32x4.relaxed_trunc_f32x4_s (v128.const f32x4 0 1 2 3))))"#,
    ),
    (
        "extended constants",
        r#"(global $zero i32 (i32.sub (i32.const 7) (i32.const 7)))
           (func (export "run") (result i32) (global.get $zero))"#,
    ),
    (
        "threads",
        r#"(memory 1)
           (func (export "run") (result i32) (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))"#,
    ),
];

#[test]
fn the_features_of_wasm_3_are_there() {
    for (feature, code) in PROGRAMS {
        let text = format!(
            r#"(component
              (core module $m {code})
              (core instance $i (instantiate $m))
              (func $run (result (result)) (canon lift (core func $i "run")))
              (instance $run (export "run" (func $run)))
              (export "wasi:cli/run@0.2.3" (instance $run)))"#
        );
        let native = wat::parse_str(text).unwrap();
        for host in [Generation::Wasi02, Generation::Wasi03] {
            let component = match Wrap::new(&native).to(host).run() {
                Ok(wrapped) => wrapped.bytes,
                Err(Error::AlreadyForTarget(_)) => native.clone(),
                Err(error) => panic!("{feature}: {error}"),
            };
            let outcome = Host::new(host).unwrap().run_command(&component, CommandOptions::default());
            assert_eq!(outcome.unwrap(), Outcome::Exit(0), "{feature} on {}", host.name());
        }
    }
}

/// Instances of services come from a pool, which has limits of its own, those of `wasmtime serve`:
/// one memory for each module.
#[test]
fn they_are_there_in_services_too() {
    for (feature, code) in PROGRAMS.iter().filter(|(feature, _)| *feature != "multiple memories") {
        for host in [Generation::Wasi02, Generation::Wasi03] {
            let engine = serve::pooling_engine(&wasmtime::Config::new()).unwrap();
            let module = wasmtime::Module::new(&engine, wat::parse_str(format!("(module {code})")).unwrap()).unwrap();
            let mut store = Store::new(&engine, ());
            let instance = wasmtime::Instance::new(&mut store, &module, &[]).unwrap();
            let run = instance.get_typed_func::<(), i32>(&mut store, "run").unwrap();
            assert_eq!(run.call(&mut store, ()).unwrap(), 0, "{feature} on {}", host.name());
        }
    }
}
