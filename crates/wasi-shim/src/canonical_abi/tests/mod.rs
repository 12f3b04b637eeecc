//! An engine is the measure: the same caller and callee run once as two components, once as one
//! with a boundary function between them. Afterwards both memories have the same bytes, and
//! `realloc` got the same calls; or both calls trap.

mod component;
mod image;
mod ty;

use std::collections::BTreeMap;

use component::{Subject, flat};
use image::{ARGS, FAULT, HANDLE_KEY, Image, KEY, RESULT};
use ty::{Place, Random, Text, Ty};
use wasm_encoder::ValType::I32;
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, OptLevel, Store};

use super::{Boundary, Encoding, Handles, Side};
use crate::canonical_abi::layout::{Handle, Layout};
use crate::code::{Body, CoreModule, Func, Signature};
use crate::component::{CoreFuncId, MemoryId};

/// Number of random types; `COPIER_TYPES` asks for more.
const TYPES: u64 = 120;
/// Number of calls for each type.
const CALLS: u64 = 12;

fn engine() -> Engine {
    let mut config = Config::new();
    config.cranelift_opt_level(OptLevel::None);
    config.wasm_component_model_map(true);
    config.wasm_component_model_fixed_length_lists(true);
    Engine::new(&config).unwrap()
}

/// Changes handles by the keys of their senders.
struct Keys([Func; 2]);

impl Handles for Keys {
    fn is_passed_on(&self, handle: Handle) -> bool {
        !image::is_changed(handle)
    }

    fn param(&self, body: &mut Body<'_>, _: Handle) {
        body.call(self.0[0]);
    }

    fn result(&self, body: &mut Body<'_>, _: Handle) {
        body.call(self.0[1]);
    }
}

/// The layouts of parameters and result.
fn layouts(params: &[Ty], result: Option<&Ty>) -> (Vec<Layout>, Option<Layout>) {
    let mut text = Text::new(Place::Alone);
    let signature = text.signature(params, result);
    let text = format!("(component {} (type (func{signature})))", text.text);
    let bytes = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut validator = wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all());
    let types = validator.validate_all(&bytes).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let types = types.as_ref();
    let ty = types.component_any_type_at(types.component_type_count() - 1);
    let ty = &types[ty.unwrap_func()];
    let params = ty.params.iter().map(|(_, ty)| Layout::of(types, *ty)).collect();
    (params, ty.result.map(|ty| Layout::of(types, ty)))
}

/// Adds the function between the two sides; definition `at` is the callee's.
fn build(module: &mut CoreModule, subject: &Subject<'_>, params: &[Layout], result: Option<&Layout>, at: u32) {
    let memories = [0, 1].map(|def| module.import_memory(MemoryId(def)));
    let mut side = |at: usize| Side {
        memory: Some(memories[at]),
        realloc: Some(module.import(CoreFuncId(at as u32), ([I32; 4], [I32]))),
        encoding: subject.encodings[at],
        is_trusted: at == 1 && subject.trusts_callee,
    };
    let [caller, callee] = [side(0), side(1)];
    let keys = Keys([2, 3].map(|def| module.import(CoreFuncId(def), ([I32], [I32]))));
    let (params_of_callee, results) = &subject.lifted;
    let post_return = subject.post_return.then(|| module.import(CoreFuncId(4), Signature::new(results, &[])));
    let inner = module.import(CoreFuncId(at), Signature::new(params_of_callee, results));
    let boundary = Boundary { name: "f".into(), params, result, caller, callee, inner, post_return, handles: &keys };
    boundary.build(module, Some(CoreFuncId(at + 100)));
}

/// The component with the function between the two sides.
fn linked(subject: &Subject<'_>, params: &[Layout], result: Option<&Layout>) -> String {
    let mut module = CoreModule::default();
    build(&mut module, subject, params, result, 5);
    let sources = [
        "$caller-libc \"realloc\"",
        "$callee-libc \"realloc\"",
        "$caller-libc \"key\"",
        "$callee-libc \"key\"",
        "$callee \"free\"",
        "$callee \"f\"",
    ];
    let imports: Vec<&str> = module.imports().map(|(def, _)| sources[def.0 as usize]).collect();
    subject.linked(&wasmprinter::print_bytes(module.encode()).unwrap(), &imports)
}

/// The outcome of a call: both memories, or the reason of a trap.
type Outcome = Result<[Vec<u8>; 2], String>;

fn call(engine: &Engine, component: &Component, images: [&Image; 2]) -> Outcome {
    let mut store = Store::new(engine, ());
    let instance = Linker::new(engine).instantiate(&mut store, component).unwrap();
    for (side, image) in ["caller-poke", "callee-poke"].into_iter().zip(images) {
        let poke = instance.get_typed_func::<(&[u8],), ()>(&mut store, side).unwrap();
        poke.call(&mut store, (&image.bytes,)).unwrap();
    }
    let run = instance.get_typed_func::<(), ()>(&mut store, "run").unwrap();
    run.call(&mut store, ()).map_err(|error| format!("{error:#}"))?;
    Ok(["caller-peek", "callee-peek"].map(|side| {
        let peek = instance.get_typed_func::<(), (Vec<u8>,)>(&mut store, side).unwrap();
        peek.call(&mut store, ()).unwrap().0
    }))
}

/// The memories of both sides before a call.
fn images(
    random: &mut Random,
    subject: &Subject<'_>,
    params: &[Layout],
    result: Option<&Layout>,
) -> Option<[Image; 2]> {
    let [mut caller, mut callee] = subject.encodings.map(Image::new);
    let of_params = Layout::of_record(params.to_vec());
    if of_params.flat.len() > 16 {
        let at = caller.alloc(of_params.size as usize, of_params.align as usize)?;
        caller.fill(random, &of_params, at)?;
        caller.set(ARGS, at as u64, 4);
    } else {
        caller.fill_flat(random, &of_params, ARGS)?;
    }
    if let Some(layout) = result {
        if layout.flat.len() > 1 {
            let (size, align) = (layout.size as usize, layout.align as usize);
            let (to, from) = (caller.alloc(size, align)?, callee.alloc(size, align)?);
            callee.fill(random, layout, from)?;
            callee.set(RESULT, from as u64, 4);
            caller.set(ARGS + 8 * (subject.lowered.0.len() - 1), to as u64, 4);
            caller.result = to..to + size;
        } else {
            callee.fill_flat(random, layout, RESULT)?;
        }
    }
    for image in [&mut caller, &mut callee] {
        image.set(FAULT, u64::MAX, 4);
    }
    Some([caller, callee])
}

/// Makes something invalid, or at least unusual.
fn spoil(random: &mut Random, [caller, callee]: &mut [Image; 2], subject: &Subject<'_>) {
    match subject.trusts_callee || random.chance(60) {
        true => {
            caller.spoil(random, ARGS, subject.lowered.0.len());
        }
        false => callee.spoil(random, RESULT, subject.lifted.1.len()),
    }
    if random.chance(20) {
        let image = if subject.trusts_callee || random.chance(50) { caller } else { callee };
        image.set(FAULT, random.below(4), 4);
        image.set(FAULT + 4, random.below(2), 4);
    }
}

/// The outcomes of all calls.
#[derive(Debug, Default)]
struct Tally {
    returned: u64,
    trapped: BTreeMap<String, u64>,
}

fn check(engine: &Engine, seed: u64, tally: &mut Tally) {
    let mut random = Random(seed);
    let depth = random.below(4) as u32;
    let count = if random.chance(15) { 6 + random.below(14) } else { random.below(4) };
    let tys: Vec<Ty> = (0..count).map(|_| Ty::random(&mut random, depth, true)).collect();
    let result_ty = random.chance(75).then(|| Ty::random(&mut random, depth, false));
    let encodings = [(); 2].map(|()| *random.of(&[Encoding::Utf8, Encoding::Utf16, Encoding::Compact]));
    let mut subject = Subject {
        params: &tys,
        result: result_ty.as_ref(),
        lowered: Default::default(),
        lifted: Default::default(),
        post_return: false,
        encodings,
        trusts_callee: random.chance(25),
    };
    let (params, result) = layouts(&tys, result_ty.as_ref());
    subject.lowered = flat(&params, result.as_ref(), true);
    subject.lifted = flat(&params, result.as_ref(), false);
    // `free` would store a handle that is the only result as it was sent.
    let is_handle =
        result.as_ref().is_some_and(|layout| layout.flat.len() == 1 && layout.has_handle(&image::is_changed));
    subject.post_return = !is_handle && random.chance(40);
    let trusts_callee = subject.trusts_callee;
    let text = linked(&subject, &params, result.as_ref());
    let compile = |text: &str| {
        let bytes = wat::parse_str(text).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
        Component::new(engine, bytes).unwrap_or_else(|error| panic!("seed {seed}: {error:#}\n{text}"))
    };
    let [composed, linked] = [compile(&subject.composed()), compile(&text)];
    for round in 0..CALLS {
        let Some(mut images) = images(&mut random, &subject, &params, result.as_ref()) else { continue };
        let is_valid = round < 3;
        if is_valid {
            images.iter_mut().for_each(|image| image.set(KEY, HANDLE_KEY.into(), 4));
        } else {
            spoil(&mut random, &mut images, &subject);
        }
        let expect = |fill: u8| {
            let mut images = images.clone();
            for image in &mut images {
                image.fill_unwritten(fill);
                if is_valid {
                    image.change_handles();
                }
            }
            let mut memories = call(engine, &composed, images.each_ref())?;
            for (memory, image) in memories.iter_mut().zip(&mut images).filter(|_| is_valid) {
                let end = image.bytes.len();
                image.bytes.copy_from_slice(&memory[..end]);
                image.change_handles();
                memory[..end].copy_from_slice(&image.bytes);
            }
            Outcome::Ok(memories)
        };
        let actual = call(engine, &linked, images.each_ref());
        let what =
            || format!("seed {seed}, call {round}: {tys:?} -> {result_ty:?}, {encodings:?}, trusted {trusts_callee}");
        match (expect(0), actual) {
            (Ok(expected), Ok(actual)) if expected == actual => tally.returned += 1,
            (Ok(expected), Ok(actual)) => {
                // Boundary functions may copy padding of spoilt values, which engines skip: there,
                // the engine's bytes are the fill byte.
                let other = expect(!0).unwrap();
                for side in [0, 1] {
                    let all = expected[side].iter().zip(&actual[side]).zip(&other[side]);
                    let at =
                        all.clone().position(|((expected, actual), other)| expected != actual && expected == other);
                    let is_same = at.is_none() && expected[side].len() == actual[side].len();
                    assert!(is_same, "{}: memory {side} differs at {at:x?}\n{text}", what());
                }
                assert!(!is_valid, "{}: padding was written\n{text}", what());
                tally.returned += 1;
            }
            (Err(expected), Err(_)) => {
                assert!(!is_valid, "{}: {expected}", what());
                let reason = expected.rsplit(": ").next().unwrap_or_default().to_string();
                *tally.trapped.entry(reason).or_default() += 1;
            }
            (expected, actual) => {
                let [engine, linked] = [expected.err(), actual.err()];
                panic!("{}: {engine:?} with an engine, {linked:?} linked\n{text}", what());
            }
        }
    }
}

#[test]
fn values_pass_as_engines_pass_them() {
    let types = std::env::var("COPIER_TYPES").map_or(TYPES, |count| count.parse().unwrap());
    let first = std::env::var("COPIER_SEED").map_or(0, |seed| seed.parse().unwrap());
    let engine = engine();
    let mut tally = Tally::default();
    for seed in first..first + types {
        check(&engine, seed, &mut tally);
    }
    println!("{tally:#?}");
}

/// Every byte is compiled at each start of a program, so the code that typical functions add is
/// limited.
#[test]
fn functions_are_small() {
    let own = || Ty::Handle("(own $resource)");
    let borrow = || Ty::Handle("(borrow $resource)");
    let result = |ok: Option<Ty>, error: Ty| Some(Ty::Result(ok.map(Box::new), Some(Box::new(error))));
    let stream_error = || Ty::Variant(vec![Some(own()), None]);
    let code = || Ty::Enum(37);
    let bytes = || Ty::List(Box::new(Ty::Plain("u8")));
    let strings = || Ty::List(Box::new(Ty::Tuple(vec![Ty::String, Ty::String])));
    let time = || Ty::Option(Box::new(Ty::Record(vec![Ty::Plain("u64"), Ty::Plain("u32")])));
    let stat = Ty::Record(vec![Ty::Enum(8), Ty::Plain("u64"), Ty::Plain("u64"), time(), time(), time()]);
    let functions = [
        // The first functions bring code that the others share.
        ("write", vec![borrow(), bytes()], result(None, stream_error()), 345),
        ("path", vec![borrow(), Ty::String], result(None, code()), 500),
        ("environment", vec![], Some(strings()), 250),
        ("read", vec![borrow(), Ty::Plain("u64")], result(Some(bytes()), stream_error()), 175),
        ("check", vec![borrow()], result(Some(Ty::Plain("u64")), stream_error()), 135),
        ("stat", vec![borrow(), Ty::Flags(1), Ty::String], result(Some(stat), code()), 240),
        ("open", vec![borrow(), Ty::Flags(1), Ty::String, Ty::Flags(4)], result(Some(own()), code()), 150),
        ("subscribe", vec![borrow()], Some(own()), 38),
    ];
    let mut module = CoreModule::default();
    for (at, (name, params, result, most)) in functions.iter().enumerate() {
        let layouts = layouts(params, result.as_ref());
        let subject = Subject {
            params,
            result: result.as_ref(),
            lowered: Default::default(),
            lifted: flat(&layouts.0, layouts.1.as_ref(), false),
            post_return: false,
            encodings: [Encoding::Utf8; 2],
            trusts_callee: true,
        };
        let before = module.encode().len();
        build(&mut module, &subject, &layouts.0, layouts.1.as_ref(), 5 + at as u32);
        let added = module.encode().len() - before;
        assert!(added <= *most, "{name} adds {added} bytes");
    }
    wasmparser::validate(&module.encode()).unwrap();
}
