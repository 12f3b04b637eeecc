//! What an engine does between two components is the judge: the same caller and callee once as two components, once as
//! one with a boundary function between them. Both memories have to be the same bytes afterwards, with all that `realloc`
//! was asked for; or both calls trap.

mod component;
mod image;
mod ty;

use std::collections::BTreeMap;

use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, OptLevel, Store};

use super::{Boundary, Encoding, Handles, Side};
use crate::layout::{Handle, Layout};
use crate::substitute::{Body, CoreModule, Func, Signature};

use component::{Subject, flat};
use image::{ARGS, DATA, FAULT, HANDLE_KEY, HEAP, Image, KEY, LOG, RESULT};
use ty::{Place, Random, Text, Ty};

use wasm_encoder::ValType::I32;

/// Random types; the variable asks for more.
const TYPES: u64 = 120;
/// Calls of each.
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

/// The component with a boundary function.
fn linked(subject: &Subject<'_>, params: &[Layout], result: Option<&Layout>, trusts_callee: bool) -> String {
    let mut module = CoreModule::default();
    let memories = [0, 1].map(|def| module.import_memory(def));
    let realloc = ([I32; 4], [I32]);
    let side = |module: &mut CoreModule, at: usize| Side {
        memory: Some(memories[at]),
        realloc: Some(module.import(2 + at as u32, realloc)),
        encoding: subject.encodings[at],
        is_trusted: at == 1 && trusts_callee,
    };
    let [caller, callee] = [0, 1].map(|at| side(&mut module, at));
    let keys = Keys([4, 5].map(|def| module.import(def, ([I32], [I32]))));
    let signature = |(params, results): &(Vec<_>, Vec<_>)| Signature::new(params, results);
    let inner = module.import(0, signature(&subject.lifted));
    let post_return = subject.post_return.then(|| module.import(1, Signature::new(&subject.lifted.1, &[])));
    let boundary = Boundary { name: "f".into(), params, result, caller, callee, inner, post_return, handles: &keys };
    boundary.build(&mut module, Some(9));
    let sources = [
        "$callee \"f\"",
        "$callee \"free\"",
        "$caller-libc \"realloc\"",
        "$callee-libc \"realloc\"",
        "$caller-libc \"key\"",
        "$callee-libc \"key\"",
    ];
    let imports: Vec<&str> = module.imports().map(|(def, _)| sources[def as usize]).collect();
    let text = wasmprinter::print_bytes(module.encode()).unwrap();
    subject.linked(&text, &imports)
}

/// What a call leaves: both memories; or why it trapped.
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

/// Handles as the receiver gets them.
fn with_changed_handles(image: &Image) -> Image {
    let mut image = image.clone();
    for at in image.handles.clone() {
        let handle = image.get(at, 4) ^ u64::from(HANDLE_KEY);
        image.set(at, handle, 4);
    }
    image
}

/// What both sides have before a call.
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
            let [to, from] =
                [&mut caller, &mut callee].map(|image| image.alloc(layout.size as usize, layout.align as usize));
            callee.fill(random, layout, from?)?;
            callee.set(RESULT, from? as u64, 4);
            caller.set(ARGS + 8 * (subject.lowered.0.len() - 1), to? as u64, 4);
        } else {
            callee.fill_flat(random, layout, RESULT)?;
        }
    }
    for image in [&mut caller, &mut callee] {
        image.set(FAULT, u64::MAX, 4);
    }
    Some([caller, callee])
}

/// Makes something invalid, or at least unusual. Tells whether padding may be copied that is not zero: engines skip it.
fn spoil(random: &mut Random, [caller, callee]: &mut [Image; 2], subject: &Subject<'_>, trusts_callee: bool) -> bool {
    let leads_elsewhere = match trusts_callee || random.chance(60) {
        true => caller.spoil(random, ARGS, subject.lowered.0.len()),
        false => callee.spoil(random, RESULT, subject.lifted.1.len()),
    };
    if random.chance(20) {
        let image = if trusts_callee || random.chance(50) { caller } else { callee };
        image.set(FAULT, random.below(4), 4);
        image.set(FAULT + 4, random.below(2), 4);
    }
    leads_elsewhere
}

/// What became of all calls.
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
    };
    let (params, result) = layouts(&tys, result_ty.as_ref());
    subject.lowered = flat(&params, result.as_ref(), true);
    subject.lifted = flat(&params, result.as_ref(), false);
    // A handle as the only result is told as it was sent.
    let is_handle =
        result.as_ref().is_some_and(|layout| layout.flat.len() == 1 && layout.has_handle(&image::is_changed));
    subject.post_return = !is_handle && random.chance(40);
    let trusts_callee = random.chance(25);
    let text = linked(&subject, &params, result.as_ref(), trusts_callee);
    let compile = |text: &str| {
        let bytes = wat::parse_str(text).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
        Component::new(engine, bytes).unwrap_or_else(|error| panic!("seed {seed}: {error:#}\n{text}"))
    };
    let [composed, linked] = [compile(&subject.composed()), compile(&text)];
    for round in 0..CALLS {
        let Some(mut images) = images(&mut random, &subject, &params, result.as_ref()) else { continue };
        let is_valid = round < 3;
        let mut has_padding = false;
        if is_valid {
            images.iter_mut().for_each(|image| image.set(KEY, HANDLE_KEY.into(), 4));
        } else {
            has_padding = spoil(&mut random, &mut images, &subject, trusts_callee);
        }
        let [caller, callee] = &images;
        let given = if is_valid { images.each_ref().map(with_changed_handles) } else { images.clone() };
        let expected = call(engine, &composed, given.each_ref()).map(|mut memories| {
            for (memory, image) in memories.iter_mut().zip(&images) {
                for at in image.handles.iter().filter(|_| is_valid) {
                    memory[*at..at + 4].copy_from_slice(&(image.get(*at, 4) as u32).to_le_bytes());
                }
            }
            memories
        });
        let actual = call(engine, &linked, [caller, callee]);
        let what =
            || format!("seed {seed}, call {round}: {tys:?} -> {result_ty:?}, {encodings:?}, trusted {trusts_callee}");
        match (&expected, &actual) {
            (Ok(expected), Ok(actual)) => {
                tally.returned += 1;
                for (side, (expected, actual)) in ["caller", "callee"].iter().zip(expected.iter().zip(actual)) {
                    let differs = |at: &usize| expected[*at] != actual[*at];
                    let is_compared = |at: &usize| !has_padding || *at < DATA || (LOG..HEAP).contains(at);
                    let at = (0..expected.len()).filter(is_compared).find(differs);
                    assert!(
                        at.is_none() && expected.len() == actual.len(),
                        "{}: the {side}'s memory differs at {at:x?}\n{text}",
                        what()
                    );
                }
            }
            (Err(expected), Err(_)) => {
                assert!(!is_valid, "{}: {expected}", what());
                let reason = expected.rsplit(": ").next().unwrap_or_default().to_string();
                *tally.trapped.entry(reason).or_default() += 1;
            }
            _ => panic!(
                "{}: {:?} with an engine, {:?} linked\n{text}",
                what(),
                expected.as_ref().err(),
                actual.as_ref().err()
            ),
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
