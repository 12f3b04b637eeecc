//! Errors of case files.

use std::path::{Path, PathBuf};

/// A case file that cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("{}{}: {problem}", .path.display(), number(.line))]
pub struct CaseError {
    path: PathBuf,
    line: Option<usize>,
    problem: Problem,
}

/// The mistake in the file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// The file is not TOML or JSON, or has unknown keys or values of other types.
    #[error("{0}")]
    Syntax(String),
    #[error("a file that is named here, `{}`, cannot be read: {because}", .file.display())]
    Missing { file: PathBuf, because: String },
    #[error("in {what}: expected {expected}, found {found}")]
    Value { what: String, expected: &'static str, found: String },
}

impl CaseError {
    pub fn new(path: &Path, line: Option<usize>, problem: Problem) -> CaseError {
        CaseError { path: path.into(), line, problem }
    }

    /// Advice.
    pub fn hint(&self) -> &'static str {
        match (&self.problem, self.path.extension().is_some_and(|extension| extension == "json")) {
            (Problem::Unreadable(_), _) => "make the file readable, or move it away from beside the component",
            (Problem::Missing { .. }, _) => "paths are relative to the case file",
            (_, true) => {
                "a `.json` beside a component is read as a specification of the WASI test suite; move it, or put a `.toml` \
                 beside the component, which goes first"
            }
            (_, false) => {
                "keys are name, args, env, stdin, dirs, network, http, exit, stdout, stderr, time-limit, request, server, case"
            }
        }
    }
}

fn number(line: &Option<usize>) -> String {
    line.map(|line| format!(":{line}")).unwrap_or_default()
}
