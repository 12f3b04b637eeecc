//! Interfaces of one's own, and worlds, that use value types of WASI, or that define resources in
//! the world itself: the root of the wrapped component says the same of them as that of the input
//! did.

use std::collections::BTreeSet;

use wasi_shim::wasi::InterfaceName;
use wasi_shim::{Generation, Linking, Wrap, WrapOptions};
use wasi_shim_hosts::{CommandOptions, Host, Outcome};
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, Linker, Resource, ResourceTable, ResourceType, Val};
use wasmtime::{Engine, Store};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView, p3};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve, Type, TypeDefKind, WorldId};

use crate::support::{engine, wit};

/// A component for the world `w` of package `text`; its code does nothing.
pub fn component(text: &str) -> Vec<u8> {
    component_of(text, |resolve, world| dummy_module(resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync)))
}

/// A component for the world `w` of package `text`, with the core module that `module` gives.
fn component_of(text: &str, module: impl FnOnce(&Resolve, WorldId) -> Vec<u8>) -> Vec<u8> {
    let mut resolve = wit::resolve();
    let package = resolve.push_str("own.wit", text).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    let world = resolve.packages[package].worlds["w"];
    // Who calls this one is a middleware, which needs a component behind it; its types can be used
    // without that.
    for (_, interface) in resolve.interfaces.iter_mut() {
        if interface.name.as_deref() == Some("handler") {
            interface.functions.clear();
        }
    }
    let mut module = module(&resolve, world);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().encode().unwrap_or_else(|error| panic!("{error:?}\n{text}"))
}

/// Whether values of this type hold no handles and nothing that is async.
fn is_value(resolve: &Resolve, ty: &Type) -> bool {
    let Type::Id(id) = ty else { return *ty != Type::ErrorContext };
    let is_value = |ty: &Type| is_value(resolve, ty);
    match &resolve.types[*id].kind {
        TypeDefKind::Record(record) => record.fields.iter().all(|field| is_value(&field.ty)),
        TypeDefKind::Variant(variant) => variant.cases.iter().filter_map(|case| case.ty.as_ref()).all(is_value),
        TypeDefKind::Tuple(tuple) => tuple.types.iter().all(is_value),
        TypeDefKind::Result(result) => [&result.ok, &result.err].into_iter().flatten().all(is_value),
        TypeDefKind::Option(ty) | TypeDefKind::List(ty) | TypeDefKind::Type(ty) => is_value(ty),
        TypeDefKind::Flags(_) | TypeDefKind::Enum(_) => true,
        _ => false,
    }
}

/// The interfaces of `generation` with the value types that they name, those that they use of
/// others included.
fn value_types(generation: Generation) -> Vec<(String, Vec<String>)> {
    let resolve = wit::resolve();
    let interfaces = wit::interfaces(&resolve, generation).into_iter().map(|(_, id)| {
        let types = resolve.interfaces[id].types.iter();
        let types = types.filter(|(_, ty)| is_value(&resolve, &Type::Id(**ty))).map(|(name, _)| name.clone());
        (resolve.id_of(id).unwrap(), types.collect::<Vec<_>>())
    });
    interfaces.filter(|(_, types)| !types.is_empty()).collect()
}

/// The imports and exports of a component that are not WASI's: place, and the types of functions.
fn own(engine: &Engine, bytes: &[u8]) -> Vec<(String, ComponentFunc)> {
    let component = Component::new(engine, bytes).unwrap_or_else(|error| panic!("{error:?}"));
    let ty = component.component_type();
    let mut found = Vec::new();
    let mut note = |side: &str, name: &str, item: ComponentItem| match item {
        ComponentItem::ComponentFunc(ty) => found.push((format!("{side} {name}"), ty)),
        ComponentItem::ComponentInstance(instance) if !name.starts_with("wasi:") => {
            for (member, item) in instance.exports(engine) {
                if let ComponentItem::ComponentFunc(ty) = item.ty {
                    found.push((format!("{side} {name}#{member}"), ty));
                }
            }
        }
        _ => {}
    };
    ty.imports(engine).for_each(|(name, item)| note("import", name, item.ty));
    ty.exports(engine).for_each(|(name, item)| note("export", name, item.ty));
    found
}

/// Wraps `native` and compares what is not WASI's at the root, before and after.
fn same_before_and_after(engine: &Engine, native: &[u8], wrap: &Wrap<'_>, text: &str) -> Vec<u8> {
    let wrapped = wrap.clone().run().unwrap_or_else(|error| panic!("{error}\n{text}"));
    let (target, wrapped) = (wrapped.target, wrapped.bytes);
    let away = if target == Generation::Wasi03 { Generation::Wasi02 } else { Generation::Wasi03 };
    let surface = wasi_shim::Surface::of(&wrapped).unwrap();
    for import in &surface.imports {
        let generation = InterfaceName::parse(&import.name).and_then(|name| name.generation());
        assert_ne!(generation, Some(away), "{}\n{text}", import.name);
    }
    // Tools that read components as WIT, jco among them, can read this one if they could read that.
    if wit_component::decode(native).is_ok() {
        wit_component::decode(&wrapped).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    }
    let (before, after) = (own(engine, native), own(engine, &wrapped));
    let names = |all: &[(String, ComponentFunc)]| all.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>();
    assert_eq!(names(&before), names(&after), "{text}");
    assert!(!before.is_empty(), "{text}");
    for (name, ty) in &before {
        let (_, now) = after.iter().find(|(known, _)| known == name).unwrap();
        assert!(ty.params().eq(now.params()) && ty.results().eq(now.results()), "{name}: {ty:?}\n{now:?}\n{text}");
    }
    wrapped
}

fn engine() -> Engine {
    let mut config = engine::config();
    config.wasm_component_model_async(true);
    Engine::new(&config).unwrap()
}

/// A way to wrap `component` with the adapter inside of it. Exports become async, where a call of
/// one that is not might need more.
fn linked(component: &[u8], target: Generation) -> Wrap<'_> {
    let wrap = Wrap::new(component).to(target).linking(Linking::Linked);
    if target == Generation::Wasi03 { wrap.async_exports() } else { wrap }
}

/// Every value type of every interface of both generations: in an imported and an exported
/// interface, one by one, so that those that it consists of have no name there; and in the world.
#[test]
fn value_types_of_wasi() {
    let engine = engine();
    for (generation, version, target) in
        [(Generation::Wasi02, "0.2.12", Generation::Wasi03), (Generation::Wasi03, "0.3.2", Generation::Wasi02)]
    {
        let all = value_types(generation);
        assert!(all.len() > 5, "{all:?}");
        for (interface, types) in all {
            let mut interfaces = String::new();
            let (mut imported, mut exported) = (String::new(), String::new());
            let (mut in_world, mut functions) = (String::new(), String::new());
            let together = types.join(", ");
            let together = format!("use {interface}.{{{together}}}; resource own-resource; ");
            let all: String = types.iter().map(|ty| format!("f-{ty}: func(v: {ty}) -> {ty}; ")).collect();
            interfaces += &format!("interface together {{ {together} {all} }}\n");
            for ty in &types {
                let used = format!("use {interface}.{{{ty}}};");
                interfaces += &format!("interface i-{ty} {{ {used} f: func(v: {ty}) -> list<{ty}>; }}\n");
                imported += &format!("import i-{ty}; ");
                exported += &format!("export i-{ty}; ");
                in_world += &used;
                functions += &format!("import f-{ty}: func(v: {ty}) -> {ty}; export g-{ty}: func(v: option<{ty}>); ");
            }
            for world in [imported.clone(), exported.clone(), imported + &exported, in_world + &functions] {
                let world = format!("world w {{ import wasi:cli/stdout@{version}; {world} }}");
                let text = format!("package acme:app@1.0.0;\n{interfaces}{world}");
                let native = component(&text);
                same_before_and_after(&engine, &native, &linked(&native, target), &text);
            }
            // Two of them: one may be what the other consists of.
            let (mut pairs, mut names) = (String::new(), Vec::new());
            let firsts = types.iter().enumerate();
            let all = firsts.flat_map(|(at, first)| types[at + 1..].iter().map(move |second| (first, second)));
            for (first, second) in all {
                names.push(format!("pair-{first}-{second}"));
                let used = format!("use {interface}.{{{first} as a, {second} as b}};");
                pairs += &format!("interface pair-{first}-{second} {{ {used} f: func(a: a, b: b); }}\n");
            }
            for side in ["import", "export"].into_iter().filter(|_| !names.is_empty()) {
                let world: String = names.iter().map(|name| format!("{side} {name}; ")).collect();
                let world = format!("world w {{ import wasi:cli/stdout@{version}; {world} }}");
                both_ways(&engine, &format!("package acme:app@1.0.0;\n{pairs}{world}"), target);
            }
            // An interface that names all of them, beside a resource, needs no other names for
            // these.
            for side in ["import", "export"] {
                let world = format!("world w {{ import wasi:cli/stdout@{version}; {side} together; }}");
                let text = format!("package acme:app@1.0.0;\n{interfaces}{world}");
                let native = component(&text);
                for wrap in [linked(&native, target), Wrap::new(&native).to(target).linking(Linking::Composed)] {
                    let wrapped = same_before_and_after(&engine, &native, &wrap, &text);
                    let imports = wasi_shim::Surface::of(&wrapped).unwrap().imports;
                    let named = imports.iter().map(|import| &import.name).filter(|name| types.contains(name));
                    assert_eq!(named.collect::<Vec<_>>(), [""; 0], "{text}");
                }
            }
        }
    }
}

/// A component for `text` keeps what is not WASI's, with the adapter inside of it and beside it.
fn both_ways(engine: &Engine, text: &str, target: Generation) {
    let native = component(text);
    for wrap in [linked(&native, target), Wrap::new(&native).to(target).linking(Linking::Composed)] {
        same_before_and_after(engine, &native, &wrap, text);
    }
}

/// Types of two interfaces, one of which the other consists of: both have names of their own.
#[test]
fn value_types_of_several_interfaces() {
    let used = "use wasi:sockets/udp@0.2.12.{incoming-datagram as d}; \
                use wasi:sockets/network@0.2.12.{ipv4-socket-address as a, ipv6-address};";
    for side in ["import", "export"] {
        let interface = format!("interface i {{ {used} f: func(x: d, y: a) -> option<ipv6-address>; }}");
        let world = format!("world w {{ import wasi:cli/stdout@0.2.12; {side} i; }}");
        both_ways(&engine(), &format!("package acme:app@1.0.0;\n{interface}\n{world}"), Generation::Wasi03);
    }
}

/// A component in words: the package that is not WASI's, and what the world says beside WASI.
fn in_words(bytes: &[u8]) -> String {
    let decoded = wit_component::decode(bytes).unwrap();
    let resolve = decoded.resolve();
    let mut text = String::new();
    for (id, package) in resolve.packages.iter().filter(|(_, package)| package.name.namespace != "wasi") {
        let mut printer = wit_component::WitPrinter::default();
        printer.print_package(resolve, id, package.name.namespace == "root").unwrap();
        text += &printer.output.to_string();
    }
    // In which order imports stand means nothing.
    let mut lines: Vec<&str> = text.lines().filter(|line| !line.contains("wasi:")).collect();
    if let Some(imports) = lines.iter().position(|line| line.contains("world root")) {
        lines[imports..].sort_unstable();
    }
    lines.join("\n")
}

/// Types of a world that are not WASI's, and interfaces that use types of each other.
#[test]
fn types_of_ones_own() {
    let engine = engine();
    for (version, target) in [("0.2.12", Generation::Wasi03), ("0.3.2", Generation::Wasi02)] {
        for world in [
            "record point { x: u32, y: f32 }  import f: func(p: point) -> point;  export g: func() -> list<point>;",
            "resource counter { constructor(start: u32); next: func() -> u32; }  import f: func(c: borrow<counter>);",
            "resource counter { next: func() -> u32; }  import f: func() -> counter;  import other;  export api;",
            "use other.{name, thing};  import f: func(n: name, t: thing);  export g: func(n: name);",
            "export other;  export api;",
            "import api;  export other;",
        ] {
            let text = format!(
                "package acme:app@1.0.0;
                interface other {{ variant name {{ short(u8), long(string) }}  resource thing {{ get: func() -> name; }} }}
                interface api {{
                    use other.{{name, thing}};
                    record named {{ name: name, of: option<u32> }}
                    f: func(n: named) -> result<thing, name>;
                    g: func(t: borrow<thing>) -> list<named>;
                }}
                world w {{ import wasi:cli/stdout@{version}; {world} }}"
            );
            let native = component(&text);
            let mut options = WrapOptions::default();
            options.to = Some(target);
            let wrapped = wasi_shim::wrap(&native, &options).unwrap_or_else(|error| panic!("{error}\n{text}")).bytes;
            Component::new(&engine, &wrapped).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
            assert_eq!(in_words(&wrapped), in_words(&native), "{text}");
        }
    }
}

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    said: Vec<u64>,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// A resource of the world, and records of WASI in functions of the world, work on the host that
/// has only the other generation.
#[test]
fn resources_and_records_of_the_world_reach_the_host() {
    let text = r#"(component
      (import "wasi:clocks/wall-clock@0.2.12" (instance $clock
        (type (record (field "seconds" u64) (field "nanoseconds" u32)))
        (export "datetime" (type (eq 0)))
        (type (func (result 1)))
        (export "now" (func (type 2)))))
      (alias export $clock "datetime" (type $datetime))
      (import "datetime" (type $own (eq $datetime)))
      (import "say" (func $say (param "at" $own)))
      (import "counter" (type $counter (sub resource)))
      (import "[constructor]counter" (func $new (param "start" u64) (result (own $counter))))
      (import "[method]counter.next" (func $next (param "self" (borrow $counter)) (result u64)))
      (core module $memory (memory (export "memory") 1))
      (core instance $memory (instantiate $memory))
      (alias core export $memory "memory" (core memory $memory))
      (core func $now (canon lower (func $clock "now") (memory $memory)))
      (core func $say (canon lower (func $say)))
      (core func $new (canon lower (func $new)))
      (core func $next (canon lower (func $next)))
      (core func $drop (canon resource.drop $counter))
      (core module $m
        (import "" "memory" (memory 1))
        (import "" "now" (func $now (param i32)))
        (import "" "say" (func $say (param i64 i32)))
        (import "" "new" (func $new (param i64) (result i32)))
        (import "" "next" (func $next (param i32) (result i64)))
        (import "" "drop" (func $drop (param i32)))
        (func (export "run") (result i32) (local $counter i32)
          (call $now (i32.const 8))
          (local.set $counter (call $new (i64.const 40)))
          (drop (call $next (local.get $counter)))
          (call $say (call $next (local.get $counter)) (i64.eqz (i64.load (i32.const 8))))
          (call $drop (local.get $counter))
          (i32.const 0)))
      (core instance $i (instantiate $m (with "" (instance
        (export "memory" (memory $memory)) (export "now" (func $now)) (export "say" (func $say))
        (export "new" (func $new)) (export "next" (func $next)) (export "drop" (func $drop))))))
      (func $run (result (result)) (canon lift (core func $i "run")))
      (instance $run (export "run" (func $run)))
      (export "wasi:cli/run@0.2.12" (instance $run)))"#;
    let wrapped = wasi_shim::wrap(&wat::parse_str(text).unwrap(), &WrapOptions::default()).unwrap();
    assert_eq!(wrapped.linking, Some(Linking::Linked));
    let wrapped = wrapped.bytes;
    let engine = engine();
    let mut linker = Linker::<State>::new(&engine);
    p3::add_to_linker(&mut linker).unwrap();
    let mut root = linker.root();
    root.resource("counter", ResourceType::host::<u64>(), |mut store, rep| {
        store.data_mut().said.push(rep.into());
        Ok(())
    })
    .unwrap();
    root.func_wrap("[constructor]counter", |_, (start,): (u64,)| Ok((Resource::<u64>::new_own(start as u32),)))
        .unwrap();
    root.func_wrap(
        "[method]counter.next",
        |mut store: wasmtime::StoreContextMut<'_, State>, (this,): (Resource<u64>,)| {
            let made = store.data().said.len() as u64;
            store.data_mut().said.push(0);
            Ok((u64::from(this.rep()) + made,))
        },
    )
    .unwrap();
    root.func_new("say", |mut store, _, args, _| {
        let Val::Record(fields) = &args[0] else { panic!("a record, not {args:?}") };
        assert_eq!(fields[1].1, Val::U32(0), "the clock was read");
        let Val::U64(seconds) = fields[0].1 else { panic!("seconds, not {fields:?}") };
        store.data_mut().said.push(seconds);
        Ok(())
    })
    .unwrap();
    let component = Component::new(&engine, wrapped).unwrap();
    let wasi = WasiCtxBuilder::new().stdout(MemoryOutputPipe::new(16)).build();
    let mut store = Store::new(&engine, State { wasi, table: ResourceTable::new(), said: Vec::new() });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let command = p3::bindings::Command::instantiate_async(&mut store, &component, &linker).await.unwrap();
        let result = store.run_concurrent(async |store| command.wasi_cli_run().call_run(store).await).await;
        assert_eq!(result.unwrap().unwrap(), Ok(()));
    });
    assert_eq!(store.data().said, [0, 0, 41, 40], "twice next, the time that was said, and the drop");
}

/// Values of a type that goes, in an imported and an exported interface, go to and come from the
/// host that has only the other generation.
#[test]
fn values_reach_the_host_and_come_from_it() {
    for (clock, ty, target) in [
        ("wasi:clocks/wall-clock@0.2.12", "datetime", Generation::Wasi03),
        ("wasi:clocks/system-clock@0.3.2", "instant", Generation::Wasi02),
    ] {
        let text = format!(
            "package acme:app@1.0.0;
            interface log {{ use {clock}.{{{ty}}};  say: func(at: {ty}); }}
            interface api {{ use {clock}.{{{ty}}};  tick: func(at: {ty}) -> {ty}; }}
            world w {{ import {clock};  import log;  export api; }}"
        );
        let module = format!(
            r#"(module
              (import "{clock}" "now" (func $now (param i32)))
              (import "acme:app/log@1.0.0" "say" (func $say (param i64 i32)))
              (memory (export "memory") 1)
              (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
              (func (export "acme:app/api@1.0.0#tick") (param i64 i32) (result i32)
                (call $now (i32.const 16))
                (call $say (i64.add (local.get 0) (i64.const 1)) (i64.eqz (i64.load (i32.const 16))))
                (i64.store (i32.const 32) (i64.add (local.get 0) (i64.const 2)))
                (i32.store (i32.const 40) (local.get 1))
                (i32.const 32)))"#
        );
        let native = component_of(&text, |_, _| wat::parse_str(module).unwrap());
        let wrapped = Wrap::new(&native).to(target).linking(Linking::Linked).run().unwrap().bytes;
        let engine = engine();
        let mut linker = Linker::<State>::new(&engine);
        match target {
            Generation::Wasi02 => wasmtime_wasi::p2::add_to_linker_async(&mut linker).unwrap(),
            Generation::Wasi03 => p3::add_to_linker(&mut linker).unwrap(),
        }
        let time = |seconds: u64, nanoseconds| {
            let seconds = if target == Generation::Wasi03 { Val::U64(seconds) } else { Val::S64(seconds as i64) };
            Val::Record(vec![("seconds".into(), seconds), ("nanoseconds".into(), Val::U32(nanoseconds))])
        };
        let said = time(41, 0);
        let mut log = linker.instance("acme:app/log@1.0.0").unwrap();
        log.func_new("say", move |mut store, _, args, _| {
            assert_eq!(args, std::slice::from_ref(&said));
            store.data_mut().said.push(0);
            Ok(())
        })
        .unwrap();
        let component = Component::new(&engine, wrapped).unwrap();
        let wasi = WasiCtxBuilder::new().build();
        let mut store = Store::new(&engine, State { wasi, table: ResourceTable::new(), said: Vec::new() });
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let instance = linker.instantiate_async(&mut store, &component).await.unwrap();
            let api = instance.get_export_index(&mut store, None, "acme:app/api@1.0.0").unwrap();
            let tick = instance.get_export_index(&mut store, Some(&api), "tick").unwrap();
            let tick = instance.get_func(&mut store, tick).unwrap();
            let mut results = [Val::Bool(false)];
            tick.call_async(&mut store, &[time(40, 7)], &mut results).await.unwrap();
            assert_eq!(results, [time(42, 7)]);
        });
        assert_eq!(store.data().said, [0]);
    }
}

/// A component that instantiates others finds two imports of one type in one of them.
#[test]
fn two_imports_of_one_type() {
    let text = r#"(component
      (import "wasi:random/random@0.2.3" (instance $random (export "get-random-u64" (func (result u64)))))
      (type $api (instance
        (type (record (field "x" u32)))
        (export "point" (type (eq 0)))
        (type (func (result 1)))
        (export "get" (func (type 2)))))
      (import "acme:app/left" (instance $left (type $api)))
      (import "acme:app/right" (instance $right (type $api)))
      (core func (canon lower (func $random "get-random-u64")))
      (core func $left (canon lower (func $left "get")))
      (core func $right (canon lower (func $right "get")))
      (core module $m
        (import "" "left" (func $left (result i32)))
        (import "" "right" (func $right (result i32)))
        (func (export "f") (result i32) (i32.sub (call $left) (call $right))))
      (core instance $i (instantiate $m (with "" (instance (export "left" (func $left)) (export "right" (func $right))))))
      (func (export "f") (result u32) (canon lift (core func $i "f"))))"#;
    let engine = engine();
    let native = wat::parse_str(text).unwrap();
    let wrap = Wrap::new(&native).to(Generation::Wasi03).linking(Linking::Linked);
    same_before_and_after(&engine, &native, &wrap, text);
}

/// An export that says its type says that of the async function when it becomes one.
#[test]
fn types_of_exports_become_async() {
    let text = r#"(component
      (import "wasi:random/random@0.2.3" (instance $random (export "get-random-u64" (func (result u64)))))
      (core func $random (canon lower (func $random "get-random-u64")))
      (core module $m
        (import "" "f" (func (result i64)))
        (func (export "f") (param i32) (result i32) (local.get 0)))
      (core instance $i (instantiate $m (with "" (instance (export "f" (func $random))))))
      (type $own (enum "left" "right"))
      (func $f (param "x" u32) (result u32) (canon lift (core func $i "f")))
      (func $g (param "x" $own) (result $own) (canon lift (core func $i "f")))
      (instance $api (export "g" (func $g)) (export "own" (type $own)) (export "f" (func $f)))
      (export "f" (func $f) (func (param "x" u32) (result u32)))
      (export "test:own/api" (instance $api) (instance
        (export "f" (func (param "x" u32) (result u32)))
        (type $o (enum "left" "right"))
        (export "own" (type $own (eq $o)))
        (export "g" (func (param "x" $own) (result $own))))))"#;
    let engine = engine();
    let native = wat::parse_str(text).unwrap();
    for linking in [Linking::Linked, Linking::Composed] {
        let wrap = Wrap::new(&native).to(Generation::Wasi03).async_exports().linking(linking);
        let own = own(&engine, &wrap.run().unwrap().bytes);
        let found: BTreeSet<_> = own.iter().map(|(name, ty)| (&name[..], ty.async_())).collect();
        let expected = ["export f", "export test:own/api#f", "export test:own/api#g"].map(|name| (name, true));
        assert_eq!(found, BTreeSet::from(expected), "{linking:?}");
    }
}

/// A component that exports types of the world itself, and functions that use them.
const PROVIDER: &str = r#"(component
      (import "wasi:cli/exit@0.2.12" (instance $r (export "exit" (func (param "status" (result))))))
      (core func $rnd (canon lower (func $r "exit")))
  (type $c (resource (rep i32)))
  (core func $rn (canon resource.new $c))
  (core module $n (import "" "rn" (func $rn (param i32) (result i32))) (import "" "rnd" (func (param i32)))
    (func (export "next") (param i32) (result i64) (i64.extend_i32_u (local.get 0)))
    (func (export "new") (param i64) (result i32) (call $rn (i32.wrap_i64 (local.get 0)))))
  (core instance $j (instantiate $n (with "" (instance (export "rn" (func $rn)) (export "rnd" (func $rnd))))))
  (type $pt (record (field "x" u32)))
  (export $p "point" (type $pt))
  (export $e "counter" (type $c))
  (func $new (param "start" u64) (result (own $e)) (canon lift (core func $j "new")))
  (func $next (param "self" (borrow $e)) (result u64) (canon lift (core func $j "next")))
  (export "[constructor]counter" (func $new))
  (export "[method]counter.next" (func $next))
  (core module $q (func (export "p") (param i32)))
  (core instance $q (instantiate $q))
  (func $pp (param "p" $p) (canon lift (core func $q "p")))
  (export "pp" (func $pp))
)"#;

/// A program that imports them.
const USER: &str = r#"(component
      (import "wasi:cli/exit@0.2.12" (instance $r (export "exit" (func (param "status" (result))))))
      (core func $rnd (canon lower (func $r "exit")))
      (import "counter" (type $counter (sub resource)))
      (import "[constructor]counter" (func $new (param "start" u64) (result (own $counter))))
      (import "[method]counter.next" (func $next (param "self" (borrow $counter)) (result u64)))
      (core func $new (canon lower (func $new)))
      (core func $next (canon lower (func $next)))
      (core func $drop (canon resource.drop $counter))
      (core module $m
        (import "" "new" (func $new (param i64) (result i32)))
        (import "" "next" (func $next (param i32) (result i64)))
        (import "" "drop" (func $drop (param i32)))
        (import "" "rnd" (func $rnd (param i32)))
        (func (export "run") (result i32) (local $counter i32)
          (local.set $counter (call $new (i64.const 40)))
          
          (if (i64.ne (call $next (local.get $counter)) (i64.const 40)) (then unreachable))
          (call $drop (local.get $counter))
          (i32.const 0)))
      (core instance $i (instantiate $m (with "" (instance (export "rnd" (func $rnd))
        (export "new" (func $new)) (export "next" (func $next)) (export "drop" (func $drop))))))
      (func $run (result (result)) (canon lift (core func $i "run")))
      (instance $run (export "run" (func $run)))
      (export "wasi:cli/run@0.2.12" (instance $run)))"#;

/// Types and functions that a world exports are those that another component imports, whenever each
/// is wrapped.
#[test]
fn types_that_a_world_exports() {
    let to = |target| {
        let mut options = WrapOptions::default();
        options.to = target;
        options
    };
    let [user, provider] = [USER, PROVIDER].map(|text| wat::parse_str(text).unwrap());
    let [user03, provider03] =
        [&user, &provider].map(|bytes| wasi_shim::wrap(bytes, &to(Some(Generation::Wasi03))).unwrap().bytes);
    let compose = |parts: [&[u8]; 2], target| wasi_shim::compose(&parts, &to(target)).unwrap().bytes;
    let native = compose([&user, &provider], None);
    let [host02, host03] = [Generation::Wasi02, Generation::Wasi03].map(engine::host);
    let runs = |host: &Host, component: &[u8]| match host.run_command(component, CommandOptions::default()) {
        Ok(outcome) => assert!(matches!(outcome, Outcome::Exit(0)), "{outcome:?}"),
        Err(error) => panic!("{error:?}"),
    };
    runs(host02, &native);
    runs(host03, &wasi_shim::wrap(&native, &to(None)).unwrap().bytes);
    runs(host03, &compose([&user, &provider], Some(Generation::Wasi03)));
    runs(host03, &compose([&user03, &provider03], None));
    runs(
        host02,
        &wasi_shim::wrap(&compose([&user03, &provider03], None), &to(Some(Generation::Wasi02))).unwrap().bytes,
    );
}
