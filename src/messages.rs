//! Messages on stderr: errors, warnings, notes and hints, for people or for programs.

use std::io::Write;
use std::sync::OnceLock;

use clap::ValueEnum;
use clap::builder::styling::AnsiColor;
use wasi_shim::{Note, Obstacle};

/// The format of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Lines for people
    Text,
    /// One JSON object on each line
    Json,
}

/// The options for messages.
#[derive(clap::Args)]
#[command(next_help_heading = "Options of all commands")]
pub struct Options {
    /// Print only errors
    #[arg(short, long, global = true)]
    quiet: bool,
    /// The format of errors and notes on stderr
    #[arg(long, global = true, value_name = "FORMAT", value_enum, default_value = "text")]
    message_format: Format,
}

static CHOSEN: OnceLock<(bool, Format)> = OnceLock::new();

/// Sets the options for all messages from here on.
pub fn choose(args: &Options) {
    // Only the first choice counts; there is one.
    let _ = CHOSEN.set((args.quiet, args.message_format));
}

fn chosen() -> (bool, Format) {
    CHOSEN.get().copied().unwrap_or((false, Format::Text))
}

#[derive(serde::Serialize)]
struct Message<'m> {
    level: &'m str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lossy: Option<bool>,
    message: String,
    #[serde(skip_serializing_if = "<[Obstacle]>::is_empty")]
    obstacles: &'m [Obstacle],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    hints: &'m [String],
}

impl Message<'_> {
    fn write(&self) {
        let (_, format) = chosen();
        let text = match format {
            Format::Json => serde_json::to_string(self).expect("strings and booleans"),
            Format::Text => self.text(),
        };
        // When stderr cannot be written to, nobody is left to be told so.
        let _ = writeln!(anstream::stderr().lock(), "{text}");
    }

    /// The lines for people. The stream takes the colours out where they are not wanted.
    fn text(&self) -> String {
        let color = match self.level {
            "error" => AnsiColor::Red,
            "warning" => AnsiColor::Yellow,
            _ => AnsiColor::Green,
        };
        let code = self.code.map_or(String::new(), |code| format!("[{code}]"));
        let [level, hint] = [color, AnsiColor::Cyan].map(|color| color.on_default().bold());
        let mut text = format!("{level}{}{code}:{level:#} {}", self.level, self.message);
        text.extend(self.hints.iter().map(|line| format!("\n{hint}hint:{hint:#} {line}")));
        text
    }
}

/// Prints an error and its hints.
pub fn error(message: impl std::fmt::Display, hints: &[String]) {
    refusal(message, &[], hints);
}

/// Like [`error`], for `obstacles`, which the message names: programs get them one by one.
pub fn refusal(message: impl std::fmt::Display, obstacles: &[Obstacle], hints: &[String]) {
    Message { level: "error", code: None, lossy: None, message: message.to_string(), obstacles, hints }.write();
}

/// Prints a warning.
#[cfg(feature = "hosts")]
pub fn warning(message: impl std::fmt::Display) {
    unless_quiet("warning", message.to_string());
}

/// Prints a note.
pub fn remark(message: impl std::fmt::Display) {
    unless_quiet("note", message.to_string());
}

fn unless_quiet(level: &str, message: String) {
    if !chosen().0 {
        Message { level, code: None, lossy: None, message, obstacles: &[], hints: &[] }.write();
    }
}

/// Prints `notes` of the library on the component `shown`, which is empty if there is no other. For
/// people, those that ask for no decision are counted in one line, unless they want `all`; a single
/// one is a line already.
pub fn notes(shown: &str, notes: &[&Note], all: bool) {
    let (_, format) = chosen();
    let is_counted = |note: &&Note| !all && format == Format::Text && !is_urgent(note);
    let counted: Vec<&str> = notes.iter().copied().filter(is_counted).map(|note| note.code).collect();
    let is_counted = |note: &&Note| counted.len() > 1 && is_counted(note);
    let about = if shown.is_empty() { String::new() } else { format!("{shown}: ") };
    for one in notes.iter().copied().filter(|note| !is_counted(note)) {
        note(&about, one);
    }
    if counted.len() > 1 {
        let others = if counted.len() < notes.len() { "other notes" } else { "notes" };
        remark(format_args!("{about}{} {others}: {}; `--notes` shows them", counted.len(), counted.join(" ")));
    }
}

/// Whether a note asks for a decision, so that people should read it.
pub fn is_urgent(note: &Note) -> bool {
    wasi_shim::explain(note.code).is_none_or(|known| known.urgent)
}

/// Prints a note of the library; `about` is put before it.
pub fn note(about: &str, note: &Note) {
    if !chosen().0 {
        as_level("note", about, note);
    }
}

/// Prints a note of the library as an error.
pub fn denied(note: &Note) {
    as_level("error", "", note);
}

fn as_level(level: &str, about: &str, note: &Note) {
    let message = format!("{about}{}", note.text);
    Message { level, code: Some(note.code), lossy: Some(note.lossy), message, obstacles: &[], hints: &[] }.write();
}
