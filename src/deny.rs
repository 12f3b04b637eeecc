//! Notes that are errors: `--deny`.

use anyhow::Result;
use clap::ValueEnum;
use wasi_shim::Note;

use super::{Usage, explain, messages};

/// The notes that are errors.
#[derive(clap::Args)]
pub struct Options {
    /// Make these notes errors: `lossy`, `notes` (all), or codes like `W0104`
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    deny: Vec<String>,
    /// Accept these notes even if they are denied
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    allow: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Group {
    Lossy,
    Notes,
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
    /// Prints `notes`, and fails if one of them is denied.
    pub fn tell(&self, notes: &[Note]) -> Result<()> {
        let (denied, taken) = self.part(notes)?;
        taken.into_iter().for_each(messages::note);
        refuse(&denied)
    }

    /// Fails if one of `notes` is denied; prints none of the others.
    pub fn check(&self, notes: &[Note]) -> Result<()> {
        refuse(&self.part(notes)?.0)
    }

    /// The denied notes, and the accepted ones.
    fn part<'n>(&self, notes: &'n [Note]) -> Result<(Vec<&'n Note>, Vec<&'n Note>)> {
        for code in self.deny.iter().filter(|what| Group::from_str(what, true).is_err()).chain(&self.allow) {
            if wasi_shim::explain(code).is_none() {
                let what = format!("expected a code of a note, found `{code}`");
                return Err(Usage { what, hint: "`wasi-shim explain` lists them".into() }.into());
            }
        }
        let is = |list: &[String], note: &Note| list.iter().any(|code| code.eq_ignore_ascii_case(note.code));
        let groups = || self.deny.iter().filter_map(|what| Group::from_str(what, true).ok());
        let is_denied = |note: &&Note| {
            let in_group = groups().any(|group| match group {
                Group::Lossy => note.lossy,
                Group::Notes => true,
            });
            (in_group || is(&self.deny, note)) && !is(&self.allow, note)
        };
        Ok(notes.iter().partition(is_denied))
    }
}

fn refuse(denied: &[&Note]) -> Result<()> {
    denied.iter().copied().for_each(messages::denied);
    match denied.is_empty() {
        true => Ok(()),
        false => Err(Denied { codes: denied.iter().map(|note| note.code).collect() }.into()),
    }
}
