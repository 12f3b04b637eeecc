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
    let by = way.by().map(|(interface, function)| match interface == way.interface {
        true => format!("`{}`", named(function)),
        false => format!("`{interface}` `{}`", named(function)),
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
            let _ = writeln!(text, "\nWhat is different: {}.", notes.join(", "));
        }
    }
    text
}

fn link(code: &str) -> String {
    format!("[{code}](losses.md#{})", code.to_lowercase())
}

#[test]
fn the_functions_of_02() {
    let about = "How each of the COUNT functions of WASI 0.2.12 is done on a host that has only WASI 0.3. *waits*: the call waits as an async \
                 function does. *may yield*: it lets the host go on before it answers, so that programs that ask again and again get \
                 on. The others answer at once. The last column names the functions that are called for it; where nothing else is said, that is the \
                 same function, perhaps under another name. `wasi-shim explain wasi:io/poll#poll` prints one row.";
    same("functions-0.2.md", &functions(Generation::Wasi02, "Functions of WASI 0.2", about));
}

#[test]
fn the_functions_of_03() {
    let about = "How each of the COUNT functions of WASI 0.3.2 is done on a host that has only WASI 0.2. *waits*: the call is a task that \
                 waits for a pollable. The others are done when the call returns. The last column names the functions that are \
                 called for it; where nothing else is said, that is the same function, perhaps under another name. `wasi-shim explain wasi:cli/stdin#read-via-stream` prints one row.";
    same("functions-0.3.md", &functions(Generation::Wasi03, "Functions of WASI 0.3", about));
}

fn explained(note: &Explanation) -> String {
    let Explanation { code, title, meaning, approximation, advice, lossy, .. } = note;
    let kind = if *lossy { "" } else { " It is not about loss: `--deny lossy` lets it pass." };
    let mut text = format!("\n### {code}\n\n**{title}.**{kind}\n\n{meaning}\n\n{approximation}\n\n{advice}\n");
    let applies = note.applies.iter().map(|(interface, functions)| {
        let functions: Vec<String> = functions.iter().map(|function| format!("`{}`", named(function))).collect();
        match functions.is_empty() {
            true => format!("`{interface}`"),
            false => format!("`{interface}`: {}", functions.join(", ")),
        }
    });
    let applies: Vec<String> = applies.collect();
    if !applies.is_empty() {
        let _ = writeln!(text, "\nSaid of programs that use {}.", applies.join("; "));
    }
    text
}

#[test]
fn the_losses() {
    let mut text = format!(
        "# What is lost\n\n{NOTE}\nThe {} notes that `wrap` can give, each once for a component. `wasi-shim explain CODE` prints one. `--deny lossy` makes \
         errors of those that are about loss, `--allow CODE` exceptions: [Notes](commands.md#notes). What only components \
         written by hand can tell, in compositions towards WASI 0.2, has no note: [The specification](specification.md#what-hosts-of-02-cannot-do).\n",
        explanations().len()
    );
    for (target, title) in [(Generation::Wasi03, "On hosts of WASI 0.3"), (Generation::Wasi02, "On hosts of WASI 0.2")]
    {
        let _ = write!(text, "\n## {title}\n");
        explanations().iter().filter(|note| note.target == target).for_each(|note| text += &explained(note));
    }
    same("losses.md", &text);
}
