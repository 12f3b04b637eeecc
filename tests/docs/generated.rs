//! Pages that follow from what the program knows. `BLESS=1` writes them anew.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use wasi_shim::wasi::{Catalogue, Effect, FunctionMapping, mappings};
use wasi_shim::{Explanation, Generation, Reason, explanations, reasons};

use crate::{book, read, shown};

const NOTE: &str = "<!-- Written by a test from what the program knows: `BLESS=1 cargo test --test docs`. -->\n";

/// The comment behind such a part of a page.
const END: &str = "<!-- The end of what is written by a test. -->\n";

fn same(page: &str, text: &str) {
    let path = book().join(page);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let committed = if path.exists() { read(&path) } else { String::new() };
    assert!(committed == text, "`BLESS=1 cargo test --test docs` writes {}", shown(&path));
}

/// The text around the part of `page` that is written by a test, with the comments that enclose it.
pub fn around_generated(page: &str) -> (&str, &str) {
    let (before, rest) = page.split_once(NOTE).expect("it says where that part begins");
    let (part, after) = rest.split_once(END).expect("it says where that part ends");
    (&page[..before.len() + NOTE.len()], &rest[part.len()..][..END.len() + after.len()])
}

/// `[method]pollable.block` as people write it.
fn named(function: &str) -> String {
    match function.split_once(']') {
        Some(("[constructor", resource)) => format!("{resource} (constructor)"),
        Some((_, path)) => path.to_string(),
        None => function.to_string(),
    }
}

fn row(mapping: &FunctionMapping) -> String {
    let effect = match (mapping.generation(), mapping.effect()) {
        (_, Effect::Waits) => "waits",
        (_, Effect::Repeats) => "may yield",
        (_, Effect::Direct) => "",
    };
    let calls = mapping.calls().map(|(interface, function)| {
        if interface == mapping.interface() {
            format!("`{}`", named(function))
        } else {
            format!("`{interface}` `{}`", named(function))
        }
    });
    let calls = calls.collect::<Vec<_>>().join(", ");
    let separator = if calls.is_empty() || mapping.how().is_empty() { "" } else { ": " };
    format!("| `{}` | {effect} | {calls}{separator}{} |\n", named(mapping.function()), mapping.how())
}

/// The version of the release that is known of a generation, from the first line of its WIT.
fn version(generation: Generation) -> &'static str {
    let (_, text) = Catalogue::texts(generation)[0];
    text.split(['@', ';']).nth(1).expect("a package has a version")
}

/// The functions of a generation, by interface in the order of the table.
fn functions(generation: Generation, title: &str, about: &str) -> String {
    let all: Vec<FunctionMapping> = mappings(generation).collect();
    let mut interfaces: Vec<&str> = all.iter().map(FunctionMapping::interface).collect();
    interfaces.dedup();
    let target = generation.other();
    let about = about.replace("COUNT", &all.len().to_string()).replace("VERSION", version(generation));
    let mut text = format!("# {title}\n\n{NOTE}\n{about}\n");
    let mut done = BTreeSet::new();
    for interface in interfaces.into_iter().filter(|interface| done.insert(*interface)) {
        let on = target.name();
        let _ = write!(text, "\n## {interface}\n\n| function | | on {on} |\n|---|---|---|\n");
        all.iter().filter(|mapping| mapping.interface() == interface).for_each(|mapping| text += &row(mapping));
        let notes = explanations().iter().filter(|known| known.target == target && known.concerns(interface));
        let notes: Vec<String> = notes.map(|note| link(note.code)).collect();
        if !notes.is_empty() {
            text += &format!("\n{}\n", wrapped(&format!("Differences: {}.", notes.join(", "))));
        }
    }
    text
}

fn link(code: &str) -> String {
    format!("[{code}](losses.md#{})", code.to_lowercase())
}

#[test]
fn the_page_of_the_functions_of_02_is_up_to_date() {
    let about = "How each of the COUNT functions of WASI VERSION works on a host that has only WASI 0.3.\n\n\
                 * *waits*: the call waits as an async function does.\n\
                 * *may yield*: the call lets the host make progress before it answers, so that programs that repeat\n  \
                 the call get on.\n\
                 * All other calls answer at once.\n\n\
                 The last column names the functions of WASI 0.3 that are called. Where it says nothing else, the\n\
                 function is the same, perhaps under another name.\n\
                 `wasi-shim explain wasi:io/poll#poll` prints one row.";
    same("functions-0.2.md", &functions(Generation::Wasi02, "Functions of WASI 0.2", about));
}

#[test]
fn the_page_of_the_functions_of_03_is_up_to_date() {
    let about = "How each of the COUNT functions of WASI VERSION works on a host that has only WASI 0.2.\n\n\
                 * *waits*: the call is a task that waits for a pollable.\n\
                 * All others are complete when the call returns.\n\n\
                 The last column names the functions of WASI 0.2 that are called. Where it says nothing else, the\n\
                 function is the same, perhaps under another name.\n\
                 `wasi-shim explain wasi:cli/stdin#read-via-stream` prints one row.";
    same("functions-0.3.md", &functions(Generation::Wasi03, "Functions of WASI 0.3", about));
}

/// A paragraph in lines of at most 100 columns.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().unwrap();
        if line.chars().count() + word.chars().count() >= 100 {
            lines.push(word.into());
        } else {
            *line += if line.is_empty() { "" } else { " " };
            *line += word;
        }
    }
    lines.join("\n")
}

fn explained(note: &Explanation) -> String {
    let Explanation { code, title, meaning, approximation, advice, lossy, .. } = note;
    let kind = if *lossy { "" } else { " It is not about loss: `--deny lossy` lets it pass." };
    let title = format!("**{title}.**{kind}");
    let mut text = format!("\n### {code}\n");
    for paragraph in [&title[..], meaning, approximation, advice] {
        text += &format!("\n{}\n", wrapped(paragraph));
    }
    let applies = note.applies.iter().map(|(interface, functions)| {
        let functions: Vec<String> = functions.iter().map(|function| format!("`{}`", named(function))).collect();
        if functions.is_empty() { format!("`{interface}`") } else { format!("`{interface}`: {}", functions.join(", ")) }
    });
    let applies: Vec<String> = applies.collect();
    if !applies.is_empty() {
        let given = format!("Given for programs that use {}.", applies.join("; "));
        text += &format!("\n{}\n", wrapped(&given));
    }
    text
}

#[test]
fn the_page_of_losses_is_up_to_date() {
    let mut text = format!(
        "# Losses\n\n{NOTE}\n\
         `wrap` can give {} notes, each once for a component. `wasi-shim explain CODE` prints one.\n\
         `--deny lossy` makes the notes about loss errors, `--allow CODE` makes an exception:\n\
         [Notes](commands.md#notes). In compositions towards WASI 0.2, differences that only components\n\
         written by hand can notice have no note: see\n\
         [The specification](specification.md#limits-of-hosts-of-02).\n",
        explanations().len()
    );
    for (target, title) in [(Generation::Wasi03, "On hosts of WASI 0.3"), (Generation::Wasi02, "On hosts of WASI 0.2")]
    {
        let _ = write!(text, "\n## {title}\n");
        explanations().iter().filter(|note| note.target == target).for_each(|note| text += &explained(note));
    }
    same("losses.md", &text);
}

fn refused(reason: &Reason) -> String {
    let (title, message) = (format!("**{}.**", reason.title), format!("> {}", reason.message()));
    let mut text = format!("\n### {}\n", reason.code);
    for paragraph in [&title[..], &message, reason.meaning, reason.cause, reason.advice] {
        text += &format!("\n{}\n", wrapped(paragraph));
    }
    text
}

#[test]
fn the_page_of_refusals_is_up_to_date() {
    let mut text = format!(
        "# Refusals\n\n{NOTE}\n\
         A component can be refused for {} reasons, before anything is written. The error lists all that\n\
         apply, each with its code; `wasi-shim explain CODE` prints one. Errors about the input as a whole,\n\
         or about arguments, are in [Troubleshooting](troubleshooting.md).\n",
        reasons().count()
    );
    for (target, title) in [
        (None, "On hosts of either generation"),
        (Some(Generation::Wasi03), "On hosts of WASI 0.3"),
        (Some(Generation::Wasi02), "On hosts of WASI 0.2"),
    ] {
        let _ = write!(text, "\n## {title}\n");
        reasons().filter(|reason| reason.target() == target).for_each(|reason| text += &refused(reason));
    }
    same("refusals.md", &text);
}

#[test]
fn the_obstacles_in_troubleshooting_are_up_to_date() {
    let mut table = String::from("| code | message | remedy |\n|---|---|---|\n");
    for reason in reasons() {
        let link = format!("[{}](refusals.md#{})", reason.code, reason.code.to_lowercase());
        let _ = writeln!(table, "| {link} {} | {} | {} |", reason.title, reason.message(), reason.hint());
    }
    let page = read(&book().join("troubleshooting.md"));
    let (before, after) = around_generated(&page);
    same("troubleshooting.md", &format!("{before}\n{table}\n{after}"));
}
