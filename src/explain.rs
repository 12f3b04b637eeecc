//! `wasi-shim explain`

use std::fmt::Write;

use anyhow::Result;
use wasi_shim::wasi::{Catalogue, Effect, InterfaceName, Way, ways};
use wasi_shim::{Explanation, Generation, explain, explanations};

use super::{Usage, output};

/// Explain a note, or how an interface or a function works on hosts of the other generation
#[derive(clap::Args)]
pub struct Args {
    /// A code like `W0104`, an interface like `wasi:io/poll` or a function like `wasi:io/poll#poll` [default: list the codes]
    #[arg(value_name = "WHAT")]
    what: Option<String>,
}

/// Prints to stdout.
pub fn run(args: Args) -> Result<()> {
    let text = match args.what {
        None => list(),
        Some(what) => match explain(&what) {
            Some(explanation) => of_note(explanation),
            None => of_name(&what).ok_or_else(|| Usage {
                what: format!(
                    "expected a code of a note, or an interface of WASI or a function of one, found `{what}`"
                ),
                hint: "`wasi-shim explain` lists the codes; names are as in `wasi:io/poll` and `wasi:io/poll#poll`"
                    .into(),
            })?,
        },
    };
    output::stdout(text.as_bytes())
}

fn list() -> String {
    explanations().iter().map(|known| format!("{}  {}\n", known.code, known.title)).collect()
}

fn of_note(explanation: &Explanation) -> String {
    let Explanation { code, title, meaning, approximation, advice, lossy, target, .. } = explanation;
    let mut text = format!("{code}: {title}\n\n");
    for paragraph in [*meaning, *approximation, *advice] {
        text += &filled(paragraph);
        text.push('\n');
    }
    let kind = if *lossy { "lossy, so `--deny lossy` refuses it" } else { "not lossy" };
    let _ = writeln!(text, "On hosts of {}. It is {kind}.", target.name());
    for (interface, functions) in explanation.applies {
        let functions = if functions.is_empty() { "all functions".to_string() } else { functions.join(", ") };
        let _ = writeln!(text, "  {interface}: {functions}");
    }
    text
}

/// `None` for names that are neither an interface of WASI nor a function of one.
fn of_name(what: &str) -> Option<String> {
    let (interface, function) = match what.split_once('#') {
        Some((interface, function)) => (interface, Some(function)),
        None => (what, None),
    };
    let name = InterfaceName::parse(interface).map_or_else(|| interface.to_string(), |name| name.unversioned());
    let catalogue = Catalogue::all();
    let texts = Generation::ALL.into_iter().filter_map(|generation| match function {
        None => of_interface(&catalogue, generation, &name),
        Some(function) => of_function(&catalogue, generation, &name, function),
    });
    let text = texts.collect::<Vec<String>>().join("\n");
    (!text.is_empty()).then_some(text)
}

fn of_interface(catalogue: &Catalogue, generation: Generation, name: &str) -> Option<String> {
    let interface = catalogue.interfaces(generation).find(|known| known.name() == name)?;
    let target = generation.other();
    let mut text = format!("{name} of {}\n\n", generation.name());
    text += &first_paragraph(interface.docs());
    text += match generation {
        Generation::Wasi02 => "On a host of WASI 0.3 an adapter implements it on the interfaces there.\n",
        Generation::Wasi03 => "On a host of WASI 0.2 a runtime implements it on the interfaces there.\n",
    };
    for effect in [Effect::Waits, Effect::Repeats, Effect::Direct] {
        let of_it = ways(generation).filter(|way| way.interface == name && way.effect() == effect);
        functions(&mut text, of_effect(generation, effect), of_it.map(|way| way.function).collect());
    }
    let notes = explanations().iter().filter(|known| known.target == target && known.concerns(name));
    differences(&mut text, notes);
    if interface.functions().next().is_some() {
        let _ = writeln!(text, "\n`wasi-shim explain {name}#FUNCTION` says how one is done.");
    }
    Some(text)
}

/// Methods may be named without what says that they are: `pollable.block`.
fn of_function(catalogue: &Catalogue, generation: Generation, interface: &str, function: &str) -> Option<String> {
    let is_it = |known: &str| known == function || known.split_once(']').is_some_and(|(_, name)| name == function);
    let way = ways(generation).find(|way| way.interface == interface && is_it(way.function))?;
    let of_it = catalogue.interfaces(generation).find(|known| known.name() == interface)?;
    let known = of_it.functions().find(|known| known.name() == way.function)?;
    let target = generation.other();
    let mut text = format!("{interface}#{} of {}\n\n", way.function, generation.name());
    text += &first_paragraph(known.docs());
    let _ = writeln!(text, "On a host of {} it {}.", target.name(), of_effect(generation, way.effect()));
    text += &filled(&format!("{}.", how(way)));
    for (at, (interface, function)) in way.by().enumerate() {
        text += if at == 0 { "In its place:\n" } else { "" };
        let _ = writeln!(text, "  {interface}#{function}");
    }
    let applies = |note: &&Explanation| {
        let mut all = note.applies.iter().filter(|(known, _)| *known == interface);
        note.target == target && all.any(|(_, functions)| functions.is_empty() || functions.contains(&way.function))
    };
    differences(&mut text, explanations().iter().filter(applies));
    Some(text)
}

/// How it is done, as the beginning of a sentence.
fn how(way: &Way) -> String {
    let mut letters = way.how.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => "The same function is there".into(),
    }
}

fn of_effect(generation: Generation, effect: Effect) -> &'static str {
    match (generation, effect) {
        (Generation::Wasi02, Effect::Waits) => "waits, as an async function of WASI 0.3 does",
        (Generation::Wasi03, Effect::Waits) => "is a task of the runtime, which waits with `wasi:io/poll`",
        (_, Effect::Repeats) => "may let the host go on before it answers",
        (Generation::Wasi02, Effect::Direct) => "answers at once",
        (Generation::Wasi03, Effect::Direct) => "is done when the call returns",
    }
}

/// With an empty line behind it; nothing if there is none.
fn first_paragraph(docs: Option<&str>) -> String {
    match docs.unwrap_or_default().split("\n\n").next().unwrap_or_default().replace('\n', " ") {
        first if first.is_empty() => first,
        first => filled(&first) + "\n",
    }
}

fn differences<'n>(text: &mut String, notes: impl Iterator<Item = &'n Explanation>) {
    for (at, note) in notes.enumerate() {
        *text += if at == 0 { "\nWhat is different:\n" } else { "" };
        let _ = writeln!(text, "  {}  {}", note.code, note.title);
    }
}

fn functions(text: &mut String, title: &str, functions: Vec<&str>) {
    if !functions.is_empty() {
        let _ = writeln!(text, "  {title}:");
        functions.iter().for_each(|function| *text += &format!("    {function}\n"));
    }
}

/// A paragraph in lines of at most 80 characters.
fn filled(paragraph: &str) -> String {
    let mut text = String::new();
    let mut column = 0;
    for word in paragraph.split_whitespace() {
        let width = word.chars().count();
        if column > 0 && column + 1 + width > 80 {
            text.push('\n');
            column = 0;
        }
        if column > 0 {
            text.push(' ');
            column += 1;
        }
        text += word;
        column += width;
    }
    text.push('\n');
    text
}
