//! A hostile part of a composition tries every built-in and every function with every number,
//! before, while and after its victim waits. Nothing of the victim's is reached, and each misuse
//! traps as natively.

mod text;
mod wasi02;
mod wasi03;

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use crate::support::{both::State, engine};
use wasi_shim::{Generation, WrapOptions};
use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{Engine, Store};
use wasmtime_wasi::p2::pipe::MemoryInputPipe;
use wasmtime_wasi::{FsPerms, WasiCtx, p2, p3};

/// When the hostile part acts, what it holds itself, what it does, and with which number; then what
/// it does next, or [`NO_MORE`], and with which number.
type Attack = (u32, u32, u32, u32, u32, u32);

const NO_MORE: u32 = u32::MAX;

/// How an attack ends.
enum Ends {
    /// The number that the act gave, and the resources that the victim misses.
    Returns {
        got: u32,
        lost: u32,
    },
    Traps(String),
    Hangs,
}

impl PartialEq for Ends {
    fn eq(&self, other: &Ends) -> bool {
        match (self, other) {
            (Ends::Returns { got, lost }, Ends::Returns { got: got2, lost: lost2 }) => (got, lost) == (got2, lost2),
            (Ends::Traps(_), Ends::Traps(_)) => true,
            _ => false,
        }
    }
}

impl fmt::Display for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ends::Returns { got, lost: 0 } => write!(f, "{got:#x}"),
            Ends::Returns { got, lost } => write!(f, "{got:#x}, and the victim misses {lost:#x}"),
            Ends::Traps(why) => write!(f, "a trap ({why})"),
            Ends::Hangs => write!(f, "nothing, for it goes on for ever"),
        }
    }
}

/// A composition on a host of one generation. It is compiled once, and instantiated for each
/// attack: a trap ends an instance.
struct Composition {
    generation: Generation,
    engine: Engine,
    instance: InstancePre<State>,
    directory: tempfile::TempDir,
}

impl Composition {
    fn new(generation: Generation, bytes: &[u8]) -> Composition {
        let mut config = engine::config();
        config.consume_fuel(true).memory_reservation(1 << 20).memory_guard_size(0).wasm_backtrace_max_frames(None);
        let is_async = generation == Generation::Wasi03;
        config.wasm_component_model_async(is_async).wasm_component_model_more_async_builtins(is_async);
        let engine = Engine::new(&config).unwrap();
        let mut linker = Linker::new(&engine);
        match generation {
            Generation::Wasi02 => p2::add_to_linker_async(&mut linker).unwrap(),
            Generation::Wasi03 => p3::add_to_linker(&mut linker).unwrap(),
        }
        let component = Component::new(&engine, bytes).unwrap_or_else(|error| panic!("{error:?}"));
        let instance = linker.instantiate_pre(&component).unwrap();
        Composition { generation, engine, instance, directory: tempfile::tempdir().unwrap() }
    }

    async fn attacked(&self, attack: Attack) -> Ends {
        let mut wasi = WasiCtx::builder();
        wasi.allow_tcp(true)
            .stdin(MemoryInputPipe::new("abc"))
            .preopened_dir(self.directory.path(), "/", FsPerms::ReadWrite)
            .unwrap();
        let mut store = Store::new(&self.engine, State::of(wasi.build()));
        store.set_fuel(FUEL).unwrap();
        let called = async {
            let instance = self.instance.instantiate_async(&mut store).await?;
            let function = instance.get_typed_func::<Attack, (u64,)>(&mut store, "attack")?;
            match self.generation {
                Generation::Wasi02 => function.call_async(&mut store, attack).await,
                Generation::Wasi03 => {
                    store.run_concurrent(async |store| function.call_concurrent(store, attack).await).await?
                }
            }
        };
        match tokio::time::timeout(TIME_LIMIT, called).await {
            Ok(Ok((result,))) => Ends::Returns { got: result as u32, lost: (result >> 32) as u32 },
            Ok(Err(_)) if store.get_fuel().is_ok_and(|left| left == 0) => Ends::Hangs,
            Ok(Err(error)) => Ends::Traps(error.root_cause().to_string()),
            Err(_) => Ends::Hangs,
        }
    }
}

/// More than a thousand times as much as an attack takes.
const FUEL: u64 = 100_000_000;
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// The numbers that are tried: the victim's are the small ones, natively and where all parts have
/// one table.
fn numbers() -> impl Iterator<Item = u32> {
    (0..=12).chain([1 << 16, 0x0fff_ffff, u32::MAX])
}

/// The composition of `generation` natively, and wrapped for the other.
fn compositions(generation: Generation, text: &str) -> [Composition; 2] {
    let bytes = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
    let target = if generation == Generation::Wasi02 { Generation::Wasi03 } else { Generation::Wasi02 };
    [Composition::new(generation, &bytes), Composition::new(target, &wrapped(&bytes, target))]
}

fn wrapped(bytes: &[u8], target: Generation) -> Vec<u8> {
    let mut options = WrapOptions::default();
    options.to = Some(target);
    options.async_exports = target == Generation::Wasi03;
    wasi_shim::wrap(bytes, &options).unwrap_or_else(|error| panic!("{error}")).bytes
}

/// Has the hostile part do all acts that `is_tried` takes, in every phase, `having` nothing or
/// something. `expected` says what an act gives; else it traps.
fn tried(
    [native, wrapped]: &[Composition; 2],
    having: &[&str],
    acts: &[String],
    is_tried: impl Fn(&str) -> bool,
    expected: impl Fn(u32, &str, u32) -> Option<Expected>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut count = 0;
    let mut wrong = Vec::new();
    for (act, name) in (0..).zip(acts).filter(|(_, name)| is_tried(name)) {
        for (phase, when) in (0..).zip(["before the victim waits", "while it waits", "after it waited"]) {
            for (holds, having) in (0..).zip(having) {
                for n in numbers() {
                    let expected = match expected(holds, name, n) {
                        Some(Expected::Forever) => continue,
                        Some(Expected::Gives(got)) => Ends::Returns { got, lost: 0 },
                        None => Ends::Traps("the specification".into()),
                    };
                    count += 1;
                    let attack = (phase, holds, act, n, NO_MORE, 0);
                    let what = format!("`{name}` with {n}, {when}, by a part that holds {having}");
                    let natively = runtime.block_on(native.attacked(attack));
                    assert!(natively == expected, "{what}: natively {natively}, and not {expected}");
                    let ends = runtime.block_on(wrapped.attacked(attack));
                    if ends != expected {
                        wrong.push(format!("{what}: {ends} instead of {expected}"));
                    }
                }
            }
        }
    }
    assert!(count > 0);
    report(&wrong, count);
}

/// Of pairs of acts, one in as many is tried, unless `ATTACKS` says how many.
const ONE_IN: usize = 11;

/// Has the hostile part do one act that is no misuse, then any other. wasmtime knows how that ends,
/// but for what `known` says.
fn tried_in_pairs(
    [native, wrapped]: &[Composition; 2],
    acts: &[String],
    expected: impl Fn(u32, &str, u32) -> Option<Expected>,
    known: impl Fn((&str, u32), (&str, u32)) -> Option<Ends>,
) {
    let one_in = std::env::var("ATTACKS").map_or(ONE_IN, |text| text.parse().unwrap());
    let mut pairs = Vec::new();
    for (act, name) in (0..).zip(acts).filter(|(_, name)| *name != "nothing") {
        for (holds, n) in (1..=2).flat_map(|holds| (0..=8).map(move |n| (holds, n))) {
            if matches!(expected(holds, name, n), Some(Expected::Gives(_))) {
                for (then, next) in (0..).zip(acts) {
                    let others = (0..=8).filter(|m| !matches!(expected(holds, next, *m), Some(Expected::Forever)));
                    pairs.extend(others.map(|m| (holds, (act, &name[..], n), (then, &next[..], m))));
                }
            }
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut wrong = Vec::new();
    let tried = pairs.iter().step_by(one_in);
    for (holds, (act, name, n), (then, next, m)) in tried.clone() {
        let attack = (0, *holds, *act, *n, *then, *m);
        let natively = runtime.block_on(native.attacked(attack));
        let what = format!("`{name}` with {n}, then `{next}` with {m}");
        let expected = match known((name, *n), (next, *m)) {
            Some(known) => {
                assert!(natively != known, "{what}: natively {natively}, too");
                known
            }
            None => natively,
        };
        let ends = runtime.block_on(wrapped.attacked(attack));
        if ends != expected || matches!(ends, Ends::Hangs | Ends::Returns { lost: 1.., .. }) {
            wrong.push(format!("{what}: {ends} instead of {expected}"));
        }
    }
    assert!(tried.len() > 1000, "{} pairs", tried.len());
    report(&wrong, tried.len());
}

fn report(wrong: &[String], count: usize) {
    let first: String = wrong.iter().take(40).map(|line| format!("\n  {line}")).collect();
    assert!(wrong.is_empty(), "{} of {count} attacks end otherwise than natively:{first}", wrong.len());
}

/// The result of an act that is no misuse.
enum Expected {
    Gives(u32),
    /// It waits for what never happens.
    Forever,
}

mod of_03 {
    use super::*;

    fn compositions() -> &'static [Composition; 2] {
        static COMPOSITIONS: OnceLock<[Composition; 2]> = OnceLock::new();
        COMPOSITIONS.get_or_init(|| super::compositions(Generation::Wasi03, &wasi03::composition()))
    }

    fn acts() -> Vec<String> {
        wasi03::acts().into_iter().map(|act| act.name).chain(wasi03::BY_CALLS.map(String::from)).collect()
    }

    fn holds(is_tried: impl Fn(&str) -> bool) {
        let having = ["nothing", "ends, sets and a subtask", "resources"];
        tried(compositions(), &having, &acts(), is_tried, expected);
    }

    /// A part that holds ends has a stream's as 1 and 2, a future's as 3 and 4, sets as 5 and 7, in
    /// the latter of which a task of its own waits, and a subtask as 6. One that holds resources
    /// has them as 1 and 2.
    fn expected(holds: u32, act: &str, n: u32) -> Option<Expected> {
        use Expected::{Forever, Gives};
        const BLOCKED: u32 = u32::MAX;
        const CANCELLED_BEFORE_RETURNED: u32 = 4;
        let done = Gives(text::DONE);
        Some(match (holds, act, n) {
            (_, "nothing", _) => Gives(0),
            (1, "stream<u8>.read async" | "take-stream-u8" | "give-stream" | "give-later", 1) => Gives(BLOCKED),
            (1, "stream<u8>.write async", 2) => Gives(BLOCKED),
            (1, "stream<u8>.read", 1) | (1, "stream<u8>.write", 2) => Forever,
            (1, "stream<u8>.drop-readable", 1) | (1, "stream<u8>.drop-writable", 2) => done,
            (1, "future<none>.read async" | "take-future-none", 3) => Gives(BLOCKED),
            (1, "future<none>.write async", 4) => Gives(BLOCKED),
            // The writable end of a future is dropped only after it has written.
            (1, "future<none>.drop-readable", 3) => done,
            (1, "join, to no set" | "join, to its set", 1..=4 | 6) => done,
            (1, "join its end to", 0 | 5 | 7) => done,
            (1, "poll", 5 | 7) => Gives(0),
            (1, "wait" | "wait-on", 5 | 7) => Forever,
            (1, "waitable-set.drop", 5) => done,
            (1, "subtask.cancel" | "subtask.cancel async", 6) => Gives(CANCELLED_BEFORE_RETURNED),
            (2, "drop a thing", 1 | 2) => done,
            (2, "borrow-thing" | "take-thing" | "give-thing", 1 | 2) => Gives(n + 4),
            _ => return None,
        })
    }

    /// The victim is what it should be if nobody does anything.
    #[test]
    fn doing_nothing_changes_nothing() {
        holds(|act| act == "nothing");
    }

    #[test]
    fn misuse_of_streams_reaches_nothing() {
        holds(|act| act.starts_with("stream<"));
    }

    #[test]
    fn misuse_of_futures_reaches_nothing() {
        holds(|act| act.starts_with("future<"));
    }

    #[test]
    fn misuse_of_ends_that_pass_reaches_nothing() {
        holds(|act| (act.starts_with("take-") || act.starts_with("give-")) && !is_of_resources(act));
    }

    #[test]
    fn misuse_of_sets_reaches_nothing() {
        holds(|act| act.starts_with("join") || act.starts_with("wait") || act == "poll");
    }

    #[test]
    fn misuse_of_subtasks_reaches_nothing() {
        holds(|act| act.starts_with("subtask."));
    }

    fn is_of_resources(act: &str) -> bool {
        act.ends_with(" thing")
            || act.ends_with(" secret")
            || matches!(act.split_once('-'), Some((_, "thing" | "secret")))
    }

    #[test]
    fn misuse_of_resources_reaches_nothing() {
        holds(is_of_resources);
    }

    /// Each act is in a test.
    #[test]
    fn every_act_is_in_a_test() {
        let names = ["nothing", "stream<", "future<", "take-", "give-", "join", "wait", "poll", "subtask."];
        let is_known = |act: &str| is_of_resources(act) || names.iter().any(|name| act.starts_with(name));
        acts().iter().for_each(|act| assert!(is_known(act), "{act}"));
    }

    /// Ends that were given away, are busy, in a set or gone; sets that are not empty, subtasks
    /// that have ended. wasmtime cancels a copy by the function for the other end, and tells an end
    /// that is not busy, in a set that a task waits on, of the other end's drop.
    #[test]
    fn two_acts_in_a_row_reach_nothing() {
        tried_in_pairs(compositions(), &acts(), expected, |first, second| {
            let dropped = ("stream<u8>.drop-writable", 2);
            let joined = ("join its end to", 7);
            match (first, second) {
                _ if [(dropped, joined), (joined, dropped)].contains(&(first, second)) => {
                    Some(Ends::Returns { got: text::DONE, lost: 0 })
                }
                ((read, n), (cancel, m)) if n == m => {
                    let (of, copy) = read.strip_suffix(" async")?.split_once('.')?;
                    let cancelled = cancel.strip_prefix(of)?.strip_prefix(".cancel-")?;
                    let other = if copy == "read" { "write" } else { "read" };
                    cancelled.starts_with(other).then(|| Ends::Traps("an end of the other kind".into()))
                }
                _ => None,
            }
        });
    }
}

mod of_02 {
    use super::*;
    use wasi02::KINDS;

    fn compositions() -> &'static [Composition; 2] {
        static COMPOSITIONS: OnceLock<[Composition; 2]> = OnceLock::new();
        COMPOSITIONS.get_or_init(|| super::compositions(Generation::Wasi02, &wasi02::composition()))
    }

    fn acts() -> Vec<String> {
        wasi02::acts().into_iter().map(|act| act.name).chain(wasi02::by_calls()).collect()
    }

    fn holds(is_tried: impl Fn(&str) -> bool) {
        tried(compositions(), &["nothing", "one of each kind"], &acts(), is_tried, expected);
    }

    /// A part that holds resources has one of each kind, from 1 on: the pollable is not ready.
    fn expected(holds: u32, act: &str, n: u32) -> Option<Expected> {
        use Expected::{Forever, Gives};
        if act == "nothing" {
            return Some(Gives(0));
        }
        let kind = KINDS.get(n.checked_sub(1)? as usize).filter(|_| holds == 1)?;
        let next = KINDS.len() as u32 + 1;
        Some(match act.split_once(['.', ' ']) {
            _ if act == "poll" && *kind == "pollable" => Forever,
            None => match act.split_once('-')? {
                (how, of) if of == *kind => match how {
                    "drop" => Gives(text::DONE),
                    "borrow" => Gives(wasi02::BORROWED),
                    "take" => Gives(wasi02::TAKEN),
                    _ => Gives(wasi02::GIVEN),
                },
                _ => return None,
            },
            Some(("splice", of)) if of == *kind => Gives(0),
            Some((of, method)) if of == *kind => match method {
                "block" => Forever,
                "subscribe" => Gives(next),
                "is-same-object" => Gives(1),
                // Results that are no errors, and what is not the case.
                _ => Gives(0),
            },
            _ => return None,
        })
    }

    /// The victim is what it should be if nobody does anything.
    #[test]
    fn doing_nothing_changes_nothing() {
        holds(|act| act == "nothing");
    }

    #[test]
    fn misuse_of_drops_reaches_nothing() {
        holds(|act| act.starts_with("drop-"));
    }

    #[test]
    fn misuse_of_resources_that_pass_reaches_nothing() {
        holds(passes);
    }

    fn passes(act: &str) -> bool {
        ["borrow-", "take-", "give-"].iter().any(|how| act.starts_with(how))
    }

    #[test]
    fn misuse_of_methods_reaches_nothing() {
        holds(|act| act != "nothing" && !act.starts_with("drop-") && !passes(act));
    }

    /// Resources that were given away, dropped, or have children.
    #[test]
    fn two_acts_in_a_row_reach_nothing() {
        tried_in_pairs(compositions(), &acts(), expected, |_, _| None);
    }

    /// Wrapped, and the result translated back: handles of WASI's resources stay the engine's.
    #[test]
    fn wrapped_and_translated_back_misuse_reaches_nothing() {
        let bytes = wat::parse_str(wasi02::composition()).unwrap();
        let back = wrapped(&wrapped(&bytes, Generation::Wasi03), Generation::Wasi02);
        let compositions = [Composition::new(Generation::Wasi02, &bytes), Composition::new(Generation::Wasi02, &back)];
        tried_in_pairs(&compositions, &acts(), expected, |_, _| None);
    }
}
