//! How a component was made: producers, name and annotations, and the record of what this tool made
//! it from.
//!
//! All of these are in custom sections at the root. A composition gets a new root, so the sections
//! of the original's root are copied to it. The format of `producers` is that of the tool
//! conventions (<https://github.com/WebAssembly/tool-conventions/blob/main/ProducersSection.md>).

use std::borrow::Cow;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use wasm_encoder::{ComponentNameSection, ComponentSection, CustomSection};
use wasm_metadata::Producers;
use wasmparser::{BinaryReader, ComponentName, ComponentNameSectionReader};

use crate::report::surface::Extern;
use crate::{Error, Generation, Surface};

/// The custom section that holds the steps, as JSON.
const STEPS: &str = "wasi-shim";

const PRODUCERS: &str = "producers";

const NAME: &str = "component-name";

/// The annotations that `wasm-metadata` writes and registries read, each a section of text.
const ANNOTATIONS: [&str; 7] = ["authors", "description", "homepage", "licenses", "revision", "source", "version"];

/// Where the adapter is in an adapted component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Linking {
    /// In the component itself, as one of its core modules: for components that are not composed of
    /// others. The component stays the root.
    Linked,
    /// In a component of its own, beside the component or its parts, under a new root.
    Composed,
}

/// A step in which this tool has adapted or changed a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Step {
    /// The version of wasi-shim.
    pub version: String,
    /// The action: `wrapped for WASI 0.3`.
    pub action: String,
    /// The imports before the step.
    pub imports: Vec<Extern>,
    /// The exports before the step.
    pub exports: Vec<Extern>,
    /// Where the added adapter is; `None` if none was added, or if that was not recorded yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linking: Option<Linking>,
}

/// The steps that this tool took to make `component`, a binary component, the oldest first; none if
/// others made it.
pub fn history(component: &[u8]) -> Vec<Step> {
    let steps = sections(component).filter(|section| section.custom == Some(STEPS));
    // Other tools may have written a section of this name.
    steps.filter_map(|section| serde_json::from_slice::<Vec<Step>>(section.data).ok()).flatten().collect()
}

/// The action of `wrap`.
pub(crate) fn wrapped_for(target: Generation) -> String {
    format!("wrapped for {}", target.name())
}

impl Step {
    /// Whether the step put an adapter for hosts of `target` into the component.
    pub(crate) fn is_adapted_to(&self, target: Generation) -> bool {
        self.action == wrapped_for(target) && self.linking.is_some()
    }

    /// The step `action` on a component that had `surface`; `linking` says where the added adapter
    /// is.
    pub(crate) fn of(surface: Surface, action: String, linking: Option<Linking>) -> Step {
        let Surface { imports, exports } = surface;
        Step { version: env!("CARGO_PKG_VERSION").into(), action, imports, exports, linking }
    }
}

/// `output` with the metadata that the roots of `inputs` have, the first being the main one that it
/// was made of; and with `step` after the steps of the first.
///
/// # Errors
///
/// [`Error::Unsound`] if the steps cannot be written.
pub(crate) fn carry_over(inputs: &[&[u8]], mut output: Vec<u8>, step: Option<Step>) -> Result<Vec<u8>, Error> {
    let mut producers = Producers::empty();
    let said = inputs.iter().copied().chain([&output[..]]).flat_map(sections);
    for section in said.filter(|section| section.custom == Some(PRODUCERS)) {
        // A section that cannot be read stays in the part that it came with.
        if let Ok(more) = Producers::from_bytes(section.data, 0) {
            producers.merge(&more);
        }
    }
    producers.add("processed-by", "wasi-shim", env!("CARGO_PKG_VERSION"));

    let mut added = Vec::new();
    let has = |name| sections(&output).any(|section| section.custom == Some(name));
    let append = |added: &mut Vec<u8>, name: &str, data: &[u8]| {
        CustomSection { name: Cow::Borrowed(name), data: Cow::Borrowed(data) }.append_to_component(added);
    };
    for section in inputs.first().into_iter().flat_map(|input| sections(input)) {
        match section.custom {
            Some(NAME) if !has(NAME) => {
                if let Some(name) = name(section.data) {
                    let mut names = ComponentNameSection::new();
                    names.component(name);
                    names.append_to_component(&mut added);
                }
            }
            Some(annotation) if ANNOTATIONS.contains(&annotation) && !has(annotation) => {
                append(&mut added, annotation, section.data);
            }
            _ => {}
        }
    }
    append_producers(&mut added, &producers);
    if let Some(step) = step {
        let mut steps: Vec<Step> = inputs.first().map(|input| history(input)).unwrap_or_default();
        steps.push(step);
        append(&mut added, STEPS, &serde_json::to_vec(&steps).map_err(Error::unsound)?);
    }
    let replaced = sections(&output).filter(|section| matches!(section.custom, Some(PRODUCERS | STEPS)));
    let replaced: Vec<_> = replaced.map(|section| section.range).collect();
    replaced.into_iter().rev().for_each(|range| drop(output.drain(range)));
    output.extend(added);
    Ok(output)
}

fn append_producers(component: &mut Vec<u8>, producers: &Producers) {
    component.push(0); // a custom section; what follows has its size and name
    component.extend(producers.raw_custom_section());
}

/// The name of a component, from the contents of its name section.
fn name(data: &[u8]) -> Option<&str> {
    let names = ComponentNameSectionReader::new(BinaryReader::new(data, 0));
    names.into_iter().find_map(|name| match name {
        Ok(ComponentName::Component { name, .. }) => Some(name),
        _ => None,
    })
}

/// The bytes before the first section: magic number, version and layer.
const HEADER: usize = 8;

/// A section at the root.
struct Section<'a> {
    /// The place of the section: its identifier, its size, and its contents.
    range: Range<usize>,
    /// The name of a custom section.
    custom: Option<&'a str>,
    /// The contents, behind the name.
    data: &'a [u8],
}

/// The sections at the root of `component`, without nested ones. They end where the binary is
/// malformed.
fn sections(component: &[u8]) -> impl Iterator<Item = Section<'_>> {
    let mut reader = BinaryReader::new(component.get(HEADER..).unwrap_or_default(), 0);
    std::iter::from_fn(move || {
        let start = reader.original_position();
        let id = reader.read_u8().ok()?;
        let size = reader.read_var_u32().ok()?;
        let contents = reader.read_bytes(size as usize).ok()?;
        let range = HEADER + start as usize..HEADER + reader.original_position() as usize;
        let mut contents = BinaryReader::new(contents, 0);
        let custom = if id == 0 { contents.read_string().ok() } else { None };
        let rest = contents.bytes_remaining();
        Some(Section { range, custom, data: contents.read_bytes(rest).ok()? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(text: &str) -> Vec<u8> {
        wat::parse_str(text).expect("the text is valid")
    }

    fn with(mut component: Vec<u8>, name: &str, data: &[u8]) -> Vec<u8> {
        CustomSection { name: name.into(), data: data.into() }.append_to_component(&mut component);
        component
    }

    fn contents<'a>(component: &'a [u8], name: &str) -> Vec<&'a [u8]> {
        sections(component).filter(|section| section.custom == Some(name)).map(|section| section.data).collect()
    }

    fn wrapped(input: &[u8], output: &[u8], action: &str) -> Vec<u8> {
        let step = Step::of(Surface::of(input).unwrap(), action.into(), Some(Linking::Linked));
        carry_over(&[input], output.to_vec(), Some(step)).unwrap()
    }

    #[test]
    fn a_new_root_says_what_the_old_one_said() {
        let mut producers = Producers::empty();
        producers.add("language", "Rust", "1.95");
        let mut input = component("(component $app)");
        append_producers(&mut input, &producers);
        let input = with(with(input, "description", b"an app"), "other", b"stays where it is");
        let stamped = wrapped(&input, &component("(component (component))"), "wrapped");
        wasmparser::validate(&stamped).unwrap();

        let [said] = contents(&stamped, PRODUCERS)[..] else { panic!("one section") };
        let said = Producers::from_bytes(said, 0).unwrap();
        assert_eq!(said.get("language").unwrap().get("Rust").unwrap(), "1.95");
        assert_eq!(said.get("processed-by").unwrap().get("wasi-shim").unwrap(), env!("CARGO_PKG_VERSION"));
        assert_eq!(contents(&stamped, "description"), [b"an app"]);
        assert_eq!(contents(&stamped, NAME).into_iter().map(name).collect::<Vec<_>>(), [Some("app")]);
        assert!(contents(&stamped, "other").is_empty());
    }

    #[test]
    fn steps_follow_one_another() {
        let first = component(r#"(component (import "a" (func)))"#);
        let second = wrapped(&first, &component(r#"(component (import "b" (func)))"#), "one");
        let third = wrapped(&second, &second, "two");
        assert!(history(&first).is_empty());
        let steps = history(&third);
        let seen: Vec<_> = steps.iter().map(|step| (&step.action[..], &step.imports[0].name[..])).collect();
        assert_eq!(seen, [("one", "a"), ("two", "b")]);
        assert_eq!(contents(&third, PRODUCERS).len(), 1);
    }

    #[test]
    fn steps_of_versions_that_do_not_say_where_the_adapter_is_are_read() {
        let of = |more: &str| {
            let step = format!(r#"[{{"version":"0.1.0","action":"one","imports":[],"exports":[]{more}}}]"#);
            let steps = history(&with(component("(component)"), STEPS, step.as_bytes()));
            steps.into_iter().map(|step| step.linking).collect::<Vec<_>>()
        };
        assert_eq!(of(""), [None]);
        assert_eq!(of(r#","linking":"composed""#), [Some(Linking::Composed)]);
    }

    #[test]
    fn nonsense_in_sections_is_left_out() {
        let input = with(with(component("(component)"), PRODUCERS, &[9, 9]), STEPS, b"{");
        let input = with(input, NAME, &[0, 200]);
        let stamped = wrapped(&input, &component("(component (component))"), "wrapped");
        assert_eq!(history(&stamped).len(), 1);
        assert!(sections(&[]).next().is_none() && sections(b"\0asm\x0d\0\x01\0\0\xff").next().is_none());
    }
}
