//! Pages that follow from what the program knows. `BLESS=1` writes them anew.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use wasi_shim::wasi::{Effect, Way, ways};
use wasi_shim::{Explanation, Generation, explanations};

use crate::{book, read, shown};

const NOTE: &str = "<!-- Written by a test from what the program knows: `BLESS=1 cargo test --test docs`. -->\n";

fn same(page: &str, text: &str) {
    let path = book().join(page);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let committed = if path.exists() { read(&path) } else { String::new() };
    assert!(committed == text, "`BLESS=1 cargo test --test docs` writes {}", shown(&path));
}

/// `[method]pollable.block` as people write it.
fn named(function: &str) -> String {
    match function.split_once(']') {
        Some(("[constructor", resource)) => format!("{resource} (constructor)"),
        Some((_, path)) => path.to_string(),
        None => function.to_string(),
    }
}

fn row(way: &Way) -> String {
    let effect = match (way.generation, way.effect()) {
        (_, Effect::Waits) => "waits",
        (_, Effect::Repeats) => "may yield",
        (_, Effect::Direct) => "",
    };
    let by = way.by().map(|(interface, function)| {
        if interface == way.interface {
            format!("`{}`", named(function))
        } else {
            format!("`{interface}` `{}`", named(function))
        }
    });
    let by = by.collect::<Vec<_>>().join(", ");
    let separator = if by.is_empty() || way.how.is_empty() { "" } else { ": " };
    format!("| `{}` | {effect} | {by}{separator}{} |\n", named(way.function), way.how)
}

/// The functions of a generation, by interface in the order of the table.
fn functions(generation: Generation, title: &str, about: &str) -> String {
    let all: Vec<&Way> = ways(generation).collect();
    let mut interfaces: Vec<&str> = all.iter().map(|way| way.interface).collect();
    interfaces.dedup();
    let target = match generation {
        Generation::Wasi02 => Generation::Wasi03,
        Generation::Wasi03 => Generation::Wasi02,
    };
    let mut text = format!("# {title}\n\n{NOTE}\n{}\n", about.replace("COUNT", &all.len().to_string()));
    let mut done = BTreeSet::new();
    for interface in interfaces.into_iter().filter(|interface| done.insert(*interface)) {
        let on = target.name();
        let _ = write!(text, "\n## {interface}\n\n| function | | on {on} |\n|---|---|---|\n");
        all.iter().filter(|way| way.interface == interface).for_each(|way| text += &row(way));
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
    let about = "How each of the COUNT functions of WASI 0.2.12 works on a host that has only WASI 0.3.\n\n\
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
    let about = "How each of the COUNT functions of WASI 0.3.2 works on a host that has only WASI 0.2.\n\n\
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
        "# What is lost\n\n{NOTE}\n\
         `wrap` can give {} notes, each once for a component. `wasi-shim explain CODE` prints one.\n\
         `--deny lossy` makes the notes about loss errors, `--allow CODE` makes an exception:\n\
         [Notes](commands.md#notes). In compositions towards WASI 0.2, differences that only components\n\
         written by hand can notice have no note: see\n\
         [The specification](specification.md#what-hosts-of-02-cannot-do).\n",
        explanations().len()
    );
    for (target, title) in [(Generation::Wasi03, "On hosts of WASI 0.3"), (Generation::Wasi02, "On hosts of WASI 0.2")]
    {
        let _ = write!(text, "\n## {title}\n");
        explanations().iter().filter(|note| note.target == target).for_each(|note| text += &explained(note));
    }
    same("losses.md", &text);
}
