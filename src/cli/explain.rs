//! `wasi-shim explain`

use std::fmt::Write;

use anyhow::Result;
use wasi_shim::wasi::{Catalogue, Effect, Generation, InterfaceName};
use wasi_shim::{Explanation, Target, explain, explanations};

use super::{Usage, output};

/// Explain a note by its code, or what becomes of an interface
#[derive(clap::Args)]
pub struct Args {
    /// A code like `W0104` or an interface like `wasi:io/poll` [default: list the codes]
    #[arg(value_name = "WHAT")]
    what: Option<String>,
}

/// Prints to stdout.
pub fn run(args: Args) -> Result<()> {
    let text = match args.what {
        None => list(),
        Some(what) => match explain(&what) {
            Some(explanation) => of_note(explanation),
            None => of_interface(&what).ok_or_else(|| Usage {
                what: format!("expected a code of a note or an interface of WASI, found `{what}`"),
                hint: "`wasi-shim explain` lists the codes; interfaces are named as in `wasi:io/poll`".into(),
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

/// `None` for names that are no interface of WASI.
fn of_interface(what: &str) -> Option<String> {
    let name = InterfaceName::parse(what).map_or_else(|| what.to_string(), |name| name.unversioned());
    let catalogue = Catalogue::all();
    let mut text = String::new();
    for (generation, title) in
        [(Generation::Wasi02, Target::Wasi02.name()), (Generation::Wasi03, Target::Wasi03.name())]
    {
        let Some((_, id)) = catalogue.interfaces(generation).find(|(known, _)| *known == name) else { continue };
        let interface = &catalogue.resolve().interfaces[id];
        let _ = writeln!(text, "{name} of {title}\n");
        let docs = interface.docs.contents.as_deref().unwrap_or_default();
        let first = docs.split("\n\n").next().unwrap_or_default().replace('\n', " ");
        if !first.is_empty() {
            text += &filled(&first);
            text.push('\n');
        }
        match generation {
            Generation::Wasi02 => {
                let of = |wanted: Effect| {
                    let all = catalogue.effects().filter(|(known, ..)| *known == name);
                    all.filter(|(.., effect)| *effect == wanted).map(|(_, function, _)| function.to_string()).collect()
                };
                text += "On a host of WASI 0.3 an adapter implements it on the interfaces there.\n";
                functions(&mut text, "waits, as an async function of WASI 0.3 does", of(Effect::Waits));
                functions(&mut text, "lets the host go on when it is called again and again", of(Effect::Repeats));
                functions(&mut text, "answers at once", of(Effect::Direct));
            }
            Generation::Wasi03 => {
                let of = |is_async: bool| {
                    let all = interface.functions.values().filter(|function| function.kind.is_async() == is_async);
                    all.map(|function| function.name.clone()).collect()
                };
                text += "On a host of WASI 0.2 a runtime implements it on the interfaces there.\n";
                functions(&mut text, "is a task of the runtime, which waits with `wasi:io/poll`", of(true));
                functions(&mut text, "answers at once", of(false));
            }
        }
        let target = match generation {
            Generation::Wasi02 => Target::Wasi03,
            Generation::Wasi03 => Target::Wasi02,
        };
        let notes = explanations().iter().filter(|known| known.target == target && known.concerns(&name));
        for (at, note) in notes.enumerate() {
            text += if at == 0 { "\nWhat is different:\n" } else { "" };
            let _ = writeln!(text, "  {}  {}", note.code, note.title);
        }
        text.push('\n');
    }
    let text = text.trim_end();
    (!text.is_empty()).then(|| format!("{text}\n"))
}

fn functions(text: &mut String, title: &str, functions: Vec<String>) {
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
