//! Components that others are made from: the fixtures, and the inputs of the golden tests.

use std::path::Path;
use std::sync::LazyLock;

use arbitrary::{Result, Unstructured};

/// A component, and its text if it is small enough to be changed as a text.
pub struct Base {
    pub bytes: Vec<u8>,
    pub text: Option<String>,
}

/// A text above this size is not worth the time that it takes.
const LARGEST_TEXT: usize = 24 << 10;

static BASES: LazyLock<Vec<Base>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut paths = Vec::new();
    collect(&root.join("fixtures/built"), "wasm", &mut paths);
    collect(&root.join("fixtures/wat"), "wat", &mut paths);
    collect(&root.join("tests/golden"), "wat", &mut paths);
    paths.sort();
    let components = paths.iter().filter_map(|path| wat::parse_file(path).ok());
    components.map(Base::new).collect()
});

fn collect(folder: &Path, extension: &str, found: &mut Vec<std::path::PathBuf>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            collect(&path, extension, found);
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
}

impl Base {
    pub fn new(bytes: Vec<u8>) -> Base {
        let text = (bytes.len() < LARGEST_TEXT / 4).then(|| wasmprinter::print_bytes(&bytes).ok()).flatten();
        Base { text: text.filter(|text| text.len() <= LARGEST_TEXT), bytes }
    }
}

/// One of the components, mostly a small one.
pub fn base(u: &mut Unstructured<'_>) -> Result<&'static Base> {
    let small: Vec<&Base> = BASES.iter().filter(|base| base.text.is_some()).collect();
    if u.ratio(1, 16)? { u.choose(&BASES) } else { u.choose(&small).copied() }
}
