//! Texts that are put together. `format!` does that where the values are; these are for texts that
//! are constants, with placeholders for what is known later, and for what another text is with
//! something changed.

use std::collections::BTreeSet;

/// `text` with its value for each `{{name}}`. Values may have placeholders themselves; their order
/// does not matter. Every placeholder has a value, and every value a placeholder.
#[track_caller]
pub fn template(text: &str, values: &[(&str, &str)]) -> String {
    let mut used = BTreeSet::new();
    let filled = fill(text, values, &mut used);
    let unused: Vec<_> = values.iter().map(|(name, _)| *name).filter(|name| !used.contains(name)).collect();
    assert!(unused.is_empty(), "no placeholder for {unused:?}: {filled}");
    filled
}

/// The same by values that several texts share, not all of which have a placeholder in each.
#[track_caller]
pub fn expand(text: &str, values: &[(&str, &str)]) -> String {
    fill(text, values, &mut BTreeSet::new())
}

#[track_caller]
fn fill<'a>(text: &str, values: &[(&'a str, &str)], used: &mut BTreeSet<&'a str>) -> String {
    let mut parts = text.split("{{");
    let mut filled = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let (name, rest) = part.split_once("}}").unwrap_or_else(|| panic!("no end of a placeholder: {part}"));
        let value = values.iter().find(|(known, _)| *known == name);
        let (name, value) = value.unwrap_or_else(|| panic!("no value for {{{{{name}}}}}: {text}"));
        used.insert(name);
        filled += &fill(value, values, used);
        filled += rest;
    }
    filled
}

/// `text` with one thing after another replaced wherever it is; each has to be there.
#[track_caller]
pub fn edited(text: &str, edits: &[(&str, &str)]) -> String {
    edits.iter().fold(text.to_string(), |text, (before, after)| {
        assert!(text.contains(before), "{before} is not in {text}");
        text.replace(before, after)
    })
}

/// The text of a component, with each core function that has no name given to a module: what
/// nothing uses does not stand in the way of adapting.
pub fn used(text: &str) -> String {
    const NAMELESS: &str = "(core func (canon";
    let Some(start) = text.find(NAMELESS) else { return text.into() };
    let mut depth = 0;
    let end = text[start..].find(|letter| {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        depth == 0
    });
    let (function, rest) = text[start..].split_at(end.expect("parentheses are closed") + 1);
    let name = format!("$used-{}", text.len());
    let function = function.replacen("(core func", &format!("(core func {name}"), 1);
    format!(
        r#"{}{function} (core module {name})
           (core instance (instantiate {name} (with "" (instance (export "" (func {name}))))))"#,
        &text[..start]
    ) + &used(rest)
}
