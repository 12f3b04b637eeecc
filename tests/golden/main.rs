//! One trial for each `<direction>/<case>/`: `component.wat` is wrapped, and the outcome is what
//! the other files there say: `composed.wat` and `linked.wat` are the output in that form, without
//! the adapter; `error.txt` is why there is none. `BLESS=1` writes those files anew, and for a new
//! case the form that it has by default.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use similar::TextDiff;
use wasi_shim::{Error, Generation, Linking, Wrap, Wrapped};

const FORMS: [(&str, Linking); 2] = [("linked.wat", Linking::Linked), ("composed.wat", Linking::Composed)];

/// The files of a case: names and contents.
type Files = BTreeMap<String, String>;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut trials = Vec::new();
    for (direction, target) in [("p2-on-p3", Generation::Wasi03), ("p3-on-p2", Generation::Wasi02)] {
        let cases = fs::read_dir(root.join(direction)).unwrap().map(|case| case.unwrap().path());
        trials.extend(cases.map(|case| {
            let name = format!("{direction}/{}", case.file_name().unwrap().display());
            Trial::test(name, move || check(&case, target))
        }));
    }
    trials.sort_by(|one, other| one.name().cmp(other.name()));
    libtest_mimic::run(&Arguments::from_args(), trials).exit()
}

fn check(case: &Path, target: Generation) -> Result<(), Failed> {
    let expected = expected(case);
    let actual = actual(case, target, &expected)?;
    if std::env::var_os("BLESS").is_some() {
        bless(case, &expected, &actual);
        return Ok(());
    }
    let names: BTreeSet<_> = expected.keys().chain(actual.keys()).collect();
    let differences: String = names.into_iter().map(|name| difference(name, &expected, &actual)).collect();
    if differences.is_empty() { Ok(()) } else { Err(format!("{differences}\nBLESS=1 accepts this").into()) }
}

/// The files beside `component.wat`.
fn expected(case: &Path) -> Files {
    let files = fs::read_dir(case).unwrap().map(|file| file.unwrap().path());
    let others = files.filter(|file| !file.ends_with("component.wat"));
    let read = |file: PathBuf| (file.file_name().unwrap().display().to_string(), fs::read_to_string(file).unwrap());
    others.map(read).collect()
}

/// The files that should be there instead.
fn actual(case: &Path, target: Generation, expected: &Files) -> Result<Files, Failed> {
    let component = wat::parse_file(case.join("component.wat"))?;
    let wrap = Wrap::new(&component).to(target);
    let mut forms: Vec<_> = FORMS.into_iter().filter(|(file, _)| expected.contains_key(*file)).collect();
    if forms.is_empty() {
        let default = wrap.clone().run().ok().and_then(|wrapped| wrapped.linking);
        forms.extend(FORMS.into_iter().find(|(_, linking)| default.is_none_or(|default| *linking == default)));
    }
    let outcomes = forms.into_iter().map(|(file, linking)| match wrap.clone().linking(linking).run() {
        Ok(wrapped) => (file.to_string(), without_adapter(&wrapped)),
        Err(error) => ("error.txt".to_string(), explained(&error)),
    });
    Ok(outcomes.collect())
}

/// The output as text, but for the adapter, which is by far the largest of its components and core
/// modules, and but for what tells the version of the tool.
fn without_adapter(wrapped: &Wrapped) -> String {
    let text = wasmprinter::print_bytes(&wrapped.bytes).unwrap();
    let (start, end) = ("\n  (", "\n)\n");
    let mut fields: Vec<_> = text.trim_end_matches(end).split(start).map(String::from).collect();
    fields.retain(|field| !field.starts_with('@'));
    if wrapped.linking.is_some() {
        let code =
            fields.iter_mut().filter(|field| field.starts_with("component ") || field.starts_with("core module "));
        let adapter = code.max_by_key(|field| field.len()).unwrap();
        *adapter = format!("{} ;; the adapter\n  )", adapter.lines().next().unwrap());
    }
    fields.join(start) + end
}

fn explained(error: &Error) -> String {
    let hints: String = error.hints().iter().map(|hint| format!("hint: {hint}\n")).collect();
    format!("{error}\n{hints}")
}

fn bless(case: &Path, expected: &Files, actual: &Files) {
    for name in expected.keys() {
        fs::remove_file(case.join(name)).unwrap();
    }
    for (name, text) in actual {
        fs::write(case.join(name), text).unwrap();
    }
}

/// The difference in one file, which need not be in both.
fn difference(name: &str, expected: &Files, actual: &Files) -> String {
    let [before, after] = [expected, actual].map(|files| files.get(name).map_or("", String::as_str));
    TextDiff::from_lines(before, after).unified_diff().header(name, "now").to_string()
}
