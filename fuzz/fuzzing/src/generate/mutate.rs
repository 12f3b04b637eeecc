//! Changes of components: of bytes, of whole sections, and of words of the text, which gives valid
//! components more often.

use arbitrary::{Result, Unstructured};

use super::bases::{Base, base};
use crate::oracle;

/// The header of every binary.
const HEADER: usize = 8;
const CUSTOM: u8 = 0;
/// The sections that hold a whole module or component.
const MODULE: u8 = 1;
const COMPONENT: u8 = 4;

/// `from`, changed in one way or another.
pub fn mutated(from: &Base, u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    match (&from.text, u.int_in_range(0..=7)?) {
        (Some(text), 0..=4) => words(text, u).map(|text| wat::parse_str(text).unwrap_or_default()),
        (_, 5) => sections(&from.bytes, u, 0),
        _ => bytes(from.bytes.clone(), u),
    }
}

/// The same, valid if a few attempts give that.
pub fn valid(from: &Base, u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut bytes = mutated(from, u)?;
    for _ in 0..6 {
        if oracle::is_valid(&bytes) {
            break;
        }
        bytes = mutated(from, u)?;
    }
    Ok(bytes)
}

/// A few bytes changed, cut out, doubled, or taken from another component.
pub fn bytes(mut bytes: Vec<u8>, u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    for _ in 0..u.int_in_range(1..=6)? {
        // Few of a program's bytes are the component's; most are code.
        let outside = spans(&bytes).into_iter().filter(|(id, ..)| ![MODULE, COMPONENT].contains(id));
        let outside: Vec<_> = outside.filter(|(_, start, end)| start < end).collect();
        let (start, end) = match outside.is_empty() || u.ratio(1, 8)? {
            true => (0, bytes.len()),
            false => u.choose(&outside).map(|(_, start, end)| (*start, *end))?,
        };
        if start == end {
            return Ok(bytes);
        }
        let at = u.int_in_range(start..=end - 1)?;
        let to = (at + u.int_in_range(1..=16)?).min(bytes.len());
        match u.int_in_range(0..=7)? {
            0..=2 => bytes[at] = u.arbitrary()?,
            3 => bytes[at] ^= 1 << u.int_in_range(0..=7)?,
            4 => drop(bytes.drain(at..to)),
            5 => {
                let doubled = bytes[at..to].to_vec();
                drop(bytes.splice(at..at, doubled));
            }
            6 => {
                let other = &base(u)?.bytes;
                let from = u.int_in_range(0..=other.len() - 1)?;
                let piece = &other[from..(from + to - at).min(other.len())];
                drop(bytes.splice(at..to, piece.iter().copied()));
            }
            _ => bytes.truncate(to),
        }
    }
    Ok(bytes)
}

/// Sections left out, doubled, exchanged, or taken from another component; also those of components
/// inside.
fn sections(bytes: &[u8], u: &mut Unstructured<'_>, depth: usize) -> Result<Vec<u8>> {
    let mut all = read(bytes);
    for _ in 0..u.int_in_range(1..=3)? {
        if all.is_empty() {
            break;
        }
        let (at, other) = (u.choose_index(all.len())?, u.choose_index(all.len())?);
        match u.int_in_range(0..=5)? {
            0 => drop(all.remove(at)),
            1 => all.insert(other, all[at].clone()),
            2 => all.swap(at, other),
            3 => {
                let foreign = read(&base(u)?.bytes);
                if !foreign.is_empty() {
                    all.insert(at, u.choose(&foreign)?.clone());
                }
            }
            _ if all[at].0 == COMPONENT && depth < 4 => all[at].1 = sections(&all[at].1, u, depth + 1)?,
            _ => all[at].1 = self::bytes_of_section(all[at].1.clone(), u)?,
        }
    }
    Ok(written(bytes, all))
}

/// `component` without debug names, also inside.
pub fn without_names(component: &[u8]) -> Vec<u8> {
    let mut sections = read(component);
    sections.retain(|(id, content)| *id != CUSTOM || !content.starts_with(b"\x0ecomponent-name"));
    for (id, content) in &mut sections {
        if *id == COMPONENT {
            *content = without_names(content);
        }
    }
    written(component, sections)
}

/// The sections of a binary.
fn read(bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    spans(bytes).into_iter().map(|(id, start, end)| (id, bytes[start..end].to_vec())).collect()
}

/// The binary with the header of `bytes` and these sections.
fn written(bytes: &[u8], sections: Vec<(u8, Vec<u8>)>) -> Vec<u8> {
    let mut out = bytes[..HEADER.min(bytes.len())].to_vec();
    for (id, content) in sections {
        out.push(id);
        let mut size = content.len();
        while size >= 0x80 {
            out.push(size as u8 | 0x80);
            size >>= 7;
        }
        out.push(size as u8);
        out.extend(content);
    }
    out
}

fn bytes_of_section(mut bytes: Vec<u8>, u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    if !bytes.is_empty() {
        let at = u.choose_index(bytes.len())?;
        bytes[at] = u.arbitrary()?;
    }
    Ok(bytes)
}

/// The sections of a binary: id, begin and end of the content.
fn spans(bytes: &[u8]) -> Vec<(u8, usize, usize)> {
    let mut spans = Vec::new();
    let mut at = HEADER;
    while let Some(id) = bytes.get(at) {
        let (mut size, mut shift) = (0, 0);
        loop {
            at += 1;
            let Some(byte) = bytes.get(at) else { return spans };
            size |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 || shift > 28 {
                break;
            }
        }
        let (start, end) = (at + 1, at + 1 + size);
        if end > bytes.len() {
            break;
        }
        spans.push((*id, start, end));
        at = end;
    }
    spans
}

/// Words that take the place of others.
const WORDS: &[&str] = &[
    "u8",
    "u16",
    "u32",
    "u64",
    "s8",
    "s16",
    "s32",
    "s64",
    "f32",
    "f64",
    "bool",
    "char",
    "string",
    "own",
    "borrow",
    "list",
    "option",
    "result",
    "tuple",
    "record",
    "variant",
    "enum",
    "flags",
    "stream",
    "future",
    "func",
    "instance",
    "component",
    "type",
    "eq",
    "sub resource",
    "async",
    "error-context",
    "map",
    "i32",
    "i64",
    "param",
    "field",
    "case",
    "core",
    "alias",
    "export",
    "import",
    "outer",
    "memory",
    "realloc",
    "post-return",
    "callback",
    "string-encoding=utf16",
    "string-encoding=latin1+utf16",
    "canon",
    "lift",
    "lower",
    "0",
    "1",
    "2",
    "3",
    "4",
    "7",
    "",
];

/// Pairs of parts of names.
const NAMES: &[(&str, &str)] = &[
    ("@0.2", "@0.3"),
    ("@0.3", "@0.2"),
    ("0.2.", "0.2.1"),
    ("[method]", "[static]"),
    ("[static]", "[constructor]"),
    ("wasi:", "test:"),
    ("streams", "poll"),
    ("input-stream", "output-stream"),
    ("types", "handler"),
    ("run", "start"),
    ("stdout", "stdin"),
    ("get-", "set-"),
    ("incoming", "outgoing"),
    ("io/", "cli/"),
    ("random", "insecure"),
];

/// Words of a text changed, left out, or doubled, and parts of its names.
fn words(text: &str, u: &mut Unstructured<'_>) -> Result<String> {
    let is_word = |c: char| !c.is_whitespace() && !"()\"".contains(c);
    let mut pieces: Vec<&str> = text.split_inclusive(|c: char| !is_word(c)).collect();
    let mut owned = Vec::new();
    for _ in 0..*u.choose(&[1, 1, 1, 2, 3])? {
        let at = u.choose_index(pieces.len())?;
        match u.int_in_range(0..=7)? {
            0 => drop(pieces.remove(at)),
            1 => pieces.insert(at, pieces[at]),
            2 => {
                let other = u.choose_index(pieces.len())?;
                pieces.swap(at, other);
            }
            3 => {
                // A whole form, doubled or left out.
                let Some(open) = pieces[..=at].iter().rposition(|piece| piece.ends_with('(')) else { continue };
                let mut depth = 0;
                let close = pieces[open..].iter().position(|piece| {
                    depth += i32::from(piece.ends_with('(')) - i32::from(piece.ends_with(')'));
                    depth == 0
                });
                let Some(close) = close else { continue };
                let form = pieces[open..=open + close].to_vec();
                if u.arbitrary()? {
                    drop(pieces.drain(open..=open + close));
                } else {
                    drop(pieces.splice(open..open, form));
                }
            }
            4 => {
                let (from, to) = *u.choose(NAMES)?;
                let known: Vec<usize> = (0..pieces.len()).filter(|at| pieces[*at].contains(from)).collect();
                if let Ok(at) = u.choose(&known) {
                    owned.push((*at, pieces[*at].replacen(from, to, 1)));
                }
            }
            _ => {
                // One of the words that are exchanged for each other.
                let word = |piece: &str| piece.trim_end_matches(|c| !is_word(c)).to_string();
                let known: Vec<usize> =
                    (0..pieces.len()).filter(|at| WORDS.contains(&word(pieces[*at]).as_str())).collect();
                if let Ok(at) = u.choose(&known) {
                    let word = word(pieces[*at]);
                    owned.push((*at, pieces[*at].replacen(&word, u.choose(WORDS)?, 1)));
                }
            }
        }
    }
    let mut pieces: Vec<String> = pieces.into_iter().map(String::from).collect();
    for (at, piece) in owned {
        if let Some(place) = pieces.get_mut(at) {
            *place = piece;
        }
    }
    Ok(pieces.concat())
}
