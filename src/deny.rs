//! Which notes are shown, and which are errors: `--notes`, `--deny` and `--allow`.

use anyhow::Result;
use clap::ValueEnum;
use wasi_shim::Note;

use super::{explain, messages};

/// The notes that are shown, and those that are errors.
#[derive(clap::Args)]
pub struct Notes {
    /// Print all notes [default: only those that ask for a decision, and how many others there are]
    #[arg(long)]
    notes: bool,
    #[command(flatten)]
    deny: Options,
}

impl Notes {
    /// Prints `notes` on the component `shown`, which is empty if there is no other; fails if one
    /// of them is denied.
    pub fn tell(&self, shown: &str, notes: &[Note]) -> Result<()> {
        let (denied, taken) = self.deny.part(notes);
        messages::notes(shown, &taken, self.notes);
        refuse(&denied)
    }
}

/// The notes that are errors.
#[derive(clap::Args)]
pub struct Options {
    /// Make these notes errors: `lossy`, `notes` (all), or codes like `W0104`
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = what)]
    deny: Vec<String>,
    /// Accept these notes even if they are denied
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = code)]
    allow: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Group {
    Lossy,
    Notes,
}

fn what(text: &str) -> Result<String, String> {
    Group::from_str(text, true).map_or_else(|_| code(text), |_| Ok(text.into()))
}

fn code(text: &str) -> Result<String, String> {
    let known = wasi_shim::explain(text).map(|known| known.code.into());
    known.ok_or_else(|| "expected a code of a note; `wasi-shim explain` lists them".into())
}

/// The error of a component with denied notes.
#[derive(Debug, thiserror::Error)]
#[error("{} of the notes {} denied", .codes.len(), if .codes.len() == 1 { "is" } else { "are" })]
pub struct Denied {
    codes: Vec<&'static str>,
}

impl Denied {
    /// Advice for the user.
    pub fn hint(&self) -> String {
        format!("{}; `--allow CODE` accepts a note", explain::advice(self.codes.iter().copied()))
    }
}

impl Options {
    /// Fails if one of `notes` is denied; prints none of the others.
    pub fn check(&self, notes: &[Note]) -> Result<()> {
        refuse(&self.part(notes).0)
    }

    /// The denied notes, and the accepted ones.
    fn part<'n>(&self, notes: &'n [Note]) -> (Vec<&'n Note>, Vec<&'n Note>) {
        let is = |list: &[String], note: &Note| list.iter().any(|code| code == note.code);
        let groups = || self.deny.iter().filter_map(|what| Group::from_str(what, true).ok());
        let is_denied = |note: &&Note| {
            let in_group = groups().any(|group| match group {
                Group::Lossy => note.lossy,
                Group::Notes => true,
            });
            (in_group || is(&self.deny, note)) && !is(&self.allow, note)
        };
        notes.iter().partition(is_denied)
    }
}

fn refuse(denied: &[&Note]) -> Result<()> {
    denied.iter().copied().for_each(messages::denied);
    match denied.is_empty() {
        true => Ok(()),
        false => Err(Denied { codes: denied.iter().map(|note| note.code).collect() }.into()),
    }
}
