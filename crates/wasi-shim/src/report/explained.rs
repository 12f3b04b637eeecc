//! What is known of a code, an interface or a function, as text for people.

use std::fmt::Write;

use crate::Generation;
use crate::report::notes::{Explanation, explain, explanations};
use crate::report::reasons::{Reason, reason};
use crate::wasi::{Catalogue, Effect, FunctionMapping, InterfaceName, mappings};

/// The text of `wasi-shim explain WHAT`: about a code (`W0110`, `E0015`), an interface of WASI
/// (`wasi:io/poll`) or one of its functions (`wasi:io/poll#poll`). `None` for anything else.
pub fn explained(what: &str) -> Option<String> {
    explain(what).map(of_note).or_else(|| reason(what).map(of_obstacle)).or_else(|| of_name(what))
}

fn of_note(explanation: &Explanation) -> String {
    let Explanation { code, title, meaning, approximation, advice, lossy, target, .. } = explanation;
    let mut text = format!("{code}: {title}\n\n");
    for paragraph in [*meaning, *approximation, *advice] {
        text += &filled(paragraph);
        text.push('\n');
    }
    let kind =
        if *lossy { "lossy: `--deny lossy` makes it an error" } else { "not lossy: `--deny lossy` lets it pass" };
    let _ = writeln!(text, "The note is about hosts of {}, and {kind}.", target.name());
    for (interface, functions) in explanation.applies {
        let functions = if functions.is_empty() { "all functions".to_string() } else { functions.join(", ") };
        let _ = writeln!(text, "  {interface}: {functions}");
    }
    text
}

fn of_obstacle(reason: &Reason) -> String {
    let mut text = format!("{}: {}\n\n", reason.code, reason.title);
    let _ = writeln!(text, "  {}\n  hint: {}\n", reason.message(), reason.hint());
    for paragraph in [reason.meaning, reason.cause, reason.advice] {
        text += &filled(paragraph);
        text.push('\n');
    }
    let hosts = reason.target().map_or("either generation", Generation::name);
    let _ = writeln!(text, "The component is refused for hosts of {hosts}, and nothing is written.");
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
        None => of_interface(catalogue, generation, &name),
        Some(function) => of_function(catalogue, generation, &name, function),
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
        Generation::Wasi02 => "On a host of WASI 0.3 the adapter implements this interface by those of 0.3.\n",
        Generation::Wasi03 => "On a host of WASI 0.2 the adapter implements this interface by those of 0.2.\n",
    };
    for effect in [Effect::Waits, Effect::Repeats, Effect::Direct] {
        let of_it = mappings(generation).filter(|mapping| mapping.interface() == name && mapping.effect() == effect);
        functions(&mut text, of_effect(generation, effect), of_it.map(|mapping| mapping.function()).collect());
    }
    let notes = explanations().iter().filter(|known| known.target == target && known.concerns(name));
    differences(&mut text, notes);
    if interface.functions().next().is_some() {
        let _ = writeln!(text, "\n`wasi-shim explain {name}#FUNCTION` explains one function.");
    }
    Some(text)
}

/// Methods may be named without their prefix: `pollable.block`.
fn of_function(catalogue: &Catalogue, generation: Generation, interface: &str, function: &str) -> Option<String> {
    let is_named = |known: &str| known == function || known.split_once(']').is_some_and(|(_, name)| name == function);
    let mapping =
        mappings(generation).find(|mapping| mapping.interface() == interface && is_named(mapping.function()))?;
    let function = mapping.function();
    let described = catalogue.interfaces(generation).find(|known| known.name() == interface)?;
    let known = described.functions().find(|known| known.name() == function)?;
    let target = generation.other();
    let mut text = format!("{interface}#{function} of {}\n\n", generation.name());
    text += &first_paragraph(known.docs());
    let _ = writeln!(text, "On a host of {} the call {}.", target.name(), of_effect(generation, mapping.effect()));
    text += &filled(&format!("{}.", how(&mapping)));
    for (at, (interface, function)) in mapping.calls().enumerate() {
        text += if at == 0 { "Functions that are called instead:\n" } else { "" };
        let _ = writeln!(text, "  {interface}#{function}");
    }
    let applies = |note: &&Explanation| {
        let mut all = note.applies.iter().filter(|(known, _)| *known == interface);
        note.target == target && all.any(|(_, functions)| functions.is_empty() || functions.contains(&function))
    };
    differences(&mut text, explanations().iter().filter(applies));
    Some(text)
}

/// How the function works, as the beginning of a sentence.
fn how(mapping: &FunctionMapping) -> String {
    let mut letters = mapping.how().chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => "The same function is there".into(),
    }
}

fn of_effect(generation: Generation, effect: Effect) -> &'static str {
    match (generation, effect) {
        (Generation::Wasi02, Effect::Waits) => "waits, as an async function of WASI 0.3 does",
        (Generation::Wasi03, Effect::Waits) => "is a task of the adapter, which waits by `wasi:io/poll`",
        (_, Effect::Repeats) => "may let the host make progress before it answers",
        (Generation::Wasi02, Effect::Direct) => "answers at once",
        (Generation::Wasi03, Effect::Direct) => "is complete when it returns",
    }
}

/// The first paragraph and an empty line; nothing if there is none.
fn first_paragraph(docs: Option<&str>) -> String {
    match docs.unwrap_or_default().split("\n\n").next().unwrap_or_default().replace('\n', " ") {
        first if first.is_empty() => first,
        first => filled(&first) + "\n",
    }
}

fn differences<'n>(text: &mut String, notes: impl Iterator<Item = &'n Explanation>) {
    for (at, note) in notes.enumerate() {
        *text += if at == 0 { "\nDifferences:\n" } else { "" };
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
