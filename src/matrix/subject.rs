//! A component: its kind, and its form for a host.

use std::path::{Path, PathBuf};

use wasi_shim::{Error, Generation, Surface, WrapOptions};

use super::case::Case;
use super::case_error::CaseError;
use super::hosts::Host;
use crate::{defect, input};

/// A component with its cases.
pub struct Subject {
    /// Its name in the report.
    pub shown: String,
    /// Its name for itself.
    pub file_name: String,
    /// The component, or the core module that it is made from.
    pub bytes: Vec<u8>,
    /// Whether it is a core module that runs as it is.
    pub is_module: bool,
    /// The generations that it uses; `0.1` for a core module, of which a component of 0.2 is made
    /// first.
    pub uses: Vec<&'static str>,
    pub kind: Kind,
    /// One that gives it nothing if there is no file of cases.
    pub cases: Vec<Case>,
    pub has_case: bool,
    /// Why it cannot be run, although it may be a component: a file is missing or wrong.
    pub broken: Option<String>,
}

/// The kind of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Command,
    Service,
    /// Both: the case decides.
    Both,
    /// Nothing, and why.
    Nothing(String),
}

/// The form of a component for a host.
pub enum Form {
    Native,
    Wrapped(Vec<u8>),
    Refused(Vec<String>),
}

impl Subject {
    /// Reads the component at `path`, which the report calls `shown`. A file that cannot be read
    /// makes a subject that cannot run.
    pub fn read(path: &Path, shown: String, cases: Result<Option<Vec<Case>>, CaseError>) -> Subject {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let file_name = Path::new(&*name).with_extension("wasm").to_string_lossy().into_owned();
        let has_case = !matches!(cases, Ok(None));
        let (cases, broken) = match cases {
            Ok(cases) => (cases.unwrap_or_else(|| vec![Case::default()]), None),
            Err(error) => (vec![Case::default()], Some(first_line(&error.to_string()))),
        };
        let mut subject = Subject {
            shown,
            file_name,
            bytes: vec![],
            is_module: false,
            uses: vec![],
            kind: Kind::Both,
            cases,
            has_case,
            broken,
        };
        let result = defect::caught(|| {
            let bytes = input::load(path)?;
            let surface = if wasi_shim::is_core_module(&bytes) {
                Surface::of(&wasi_shim::componentize(&bytes)?)?
            } else {
                Surface::of(&bytes)?
            };
            Ok((bytes, surface))
        });
        match result {
            Err(error) => {
                let why = first_line(&error.root_cause().to_string());
                if error.root_cause().is::<std::io::Error>() || !path.is_file() {
                    subject.broken = Some(format!("cannot be read: {why}"));
                } else {
                    subject.kind = Kind::Nothing(why);
                }
            }
            Ok((bytes, surface)) => {
                let generations = [(Generation::Wasi02, "0.2"), (Generation::Wasi03, "0.3")];
                let used = generations.into_iter().filter(|(generation, _)| surface.uses(*generation));
                subject.uses = used.map(|(_, number)| number).collect();
                subject.kind = kind(&surface);
                if wasi_shim::is_core_module(&bytes) {
                    subject.uses.insert(0, "0.1");
                    subject.is_module = subject.kind == Kind::Command;
                }
                subject.bytes = bytes;
            }
        }
        subject
    }

    /// The component in the form for `host`.
    pub fn form(&self, host: &Host) -> Form {
        let is_component = !wasi_shim::is_core_module(&self.bytes);
        let Some(generation) =
            host.generation.or_else(|| (!is_component && !self.is_module).then_some(Generation::Wasi02))
        else {
            return Form::Native;
        };
        let mut options = WrapOptions::default();
        options.to = Some(generation);
        match defect::caught(|| Ok(wasi_shim::wrap(&self.bytes, &options))) {
            Ok(Ok(wrapped)) => Form::Wrapped(wrapped.bytes),
            Ok(Err(Error::AlreadyForTarget(_) | Error::NoWasi)) => Form::Native,
            Ok(Err(Error::Obstacles(obstacles))) => Form::Refused(obstacles.iter().map(ToString::to_string).collect()),
            Ok(Err(error)) => Form::Refused(vec![first_line(&error.to_string())]),
            Err(error) => Form::Refused(vec![first_line(&error.to_string())]),
        }
    }

    /// Whether `case` is about a service.
    pub fn is_service(&self, case: &Case) -> bool {
        match self.kind {
            Kind::Command | Kind::Nothing(_) => false,
            Kind::Service => true,
            Kind::Both => case.has_requests(),
        }
    }
}

fn kind(surface: &Surface) -> Kind {
    let exports = |interfaces: &[&str]| {
        surface.exports.iter().any(|export| {
            let name = export.interface.as_ref().filter(|_| export.generation().is_some());
            name.is_some_and(|name| interfaces.contains(&name.unversioned().as_str()))
        })
    };
    match (exports(&["wasi:cli/run"]), exports(&["wasi:http/incoming-handler", "wasi:http/handler"])) {
        (true, true) => Kind::Both,
        (true, false) => Kind::Command,
        (false, true) => Kind::Service,
        (false, false) => {
            let close = surface.exports.iter().find(|export| {
                ["wasi:cli/run@", "wasi:http/handler@", "wasi:http/incoming-handler@"]
                    .iter()
                    .any(|name| export.name.starts_with(name))
            });
            Kind::Nothing(match close {
                Some(export) => format!("exports `{}`, which is of neither generation", export.name),
                None => "neither a command nor a service".into(),
            })
        }
    }
}

impl Kind {
    /// In words, for a case.
    pub fn name(&self, is_service: bool) -> String {
        match self {
            Kind::Nothing(why) => why.clone(),
            _ if is_service => "service".into(),
            _ => "command".into(),
        }
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_string()
}

/// The components that `path` names, each with its name for the report; `prefix` says whether that
/// begins with `path`. Files and directories that cannot be read are among them.
pub fn discover(path: &Path, prefix: bool) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    if path.is_dir() {
        walk(path, &mut found);
    } else {
        found.push(path.to_path_buf());
    }
    let shown = |file: &Path| {
        let name = match (prefix, file.strip_prefix(path)) {
            (false, Ok(rest)) if !rest.as_os_str().is_empty() => rest,
            (false, _) => Path::new(file.file_name().unwrap_or_default()),
            (true, _) => file,
        };
        name.to_string_lossy().replace('\\', "/")
    };
    found.into_iter().map(|file| (file.clone(), shown(&file))).collect()
}

fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(dir).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let Ok(entries) = entries else { return found.push(dir.to_path_buf()) };
    let mut entries: Vec<(PathBuf, String)> =
        entries.iter().map(|entry| (entry.path(), entry.file_name().to_string_lossy().into_owned())).collect();
    entries.sort();
    for (path, name) in entries {
        // Only directories of components are read: links may lead back up, and others may not be
        // readable.
        let is_link = path.is_symlink();
        if path.is_dir() {
            if !(is_link || name.starts_with('.') || name == "target" || name == "node_modules") {
                walk(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "wasm") {
            found.push(path);
        }
    }
}
