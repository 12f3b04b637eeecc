//! Components of worlds, with modules that do nothing.

use std::collections::BTreeSet;
use std::fmt::Write;

use arbitrary::{Error, Result, Unstructured};
use wasi_shim::Generation;
use wit_component::{ComponentEncoder, DecodedWasm, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve, WorldId};

use super::wit::{Body, Style, Wasi, package};

/// A component of any world.
pub fn component(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let wasi = Wasi::any(u)?;
    let (resolve, world) = if u.ratio(1, 4)? { smith(u, wasi)? } else { own(u, wasi)? };
    encode(u, resolve, world)
}

/// The component of `world`.
pub fn encode(u: &mut Unstructured<'_>, resolve: Resolve, world: WorldId) -> Result<Vec<u8>> {
    let abi = match u.int_in_range(0..=9)? {
        0..=4 => ManglingAndAbi::Legacy(LiftLowerAbi::Sync),
        5..=7 => ManglingAndAbi::Legacy(LiftLowerAbi::AsyncCallback),
        8 => ManglingAndAbi::Legacy(LiftLowerAbi::AsyncStackful),
        _ => ManglingAndAbi::Standard32,
    };
    let strings =
        *u.choose(&[StringEncoding::UTF8, StringEncoding::UTF8, StringEncoding::UTF16, StringEncoding::CompactUTF16])?;
    let merges = u.ratio(3, 4)?;
    let mut module = dummy_module(&resolve, world, abi);
    embed_component_metadata(&mut module, &resolve, world, strings).map_err(|_| Error::IncorrectFormat)?;
    let mut encoder = ComponentEncoder::default();
    let encoded = encoder.merge_imports_based_on_semver(merges).module(&module).and_then(|encoder| encoder.encode());
    encoded.map_err(|_| Error::IncorrectFormat)
}

/// The imports and exports of WASI of a world: mostly of one generation.
pub fn of_wasi(u: &mut Unstructured<'_>, wasi: &Wasi) -> Result<String> {
    let only = *u.choose(&[Some(Generation::Wasi02), Some(Generation::Wasi03), None])?;
    let usable: Vec<_> =
        wasi.interfaces.iter().filter(|interface| only.is_none_or(|only| interface.generation == only)).collect();
    let mut text = String::new();
    let mut names = BTreeSet::new();
    for _ in 0..u.int_in_range(0..=6)? {
        names.insert(&u.choose(&usable)?.name);
    }
    for name in names {
        let _ = writeln!(text, "  import {name};");
    }
    let programs: Vec<_> = usable
        .iter()
        .filter(|interface| ["/run@", "/incoming-handler@", "http/handler@"].iter().any(|p| interface.name.contains(p)))
        .collect();
    let mut names = BTreeSet::new();
    if u.ratio(2, 3)? {
        names.insert(&u.choose(&programs)?.name);
    }
    if u.ratio(1, 8)? {
        names.insert(&u.choose(&usable)?.name);
    }
    for name in names {
        let _ = writeln!(text, "  export {name};");
    }
    Ok(text)
}

/// A world of our own generator.
fn own(u: &mut Unstructured<'_>, wasi: &Wasi) -> Result<(Resolve, WorldId)> {
    let style = Style::new(u)?;
    let count = u.int_in_range(0..=3)?;
    let package = package(u, wasi, style, count)?;
    let mut world = of_wasi(u, wasi)?;
    for interface in &package.interfaces {
        match u.int_in_range(0..=3)? {
            0 | 1 => drop(writeln!(world, "  import {interface};")),
            2 => drop(writeln!(world, "  export {interface};")),
            _ => drop(writeln!(world, "  import {interface};\n  export {interface};")),
        }
    }
    world += &Body::of_world(u, wasi, style)?;
    select(wasi.resolve.clone(), &format!("package fuzz:generated@0.1.0;\n{}world w {{\n{world}}}\n", package.text))
}

/// The world `w` of the package `text`.
pub fn select(mut resolve: Resolve, text: &str) -> Result<(Resolve, WorldId)> {
    let package = resolve.push_str("fuzz.wit", text);
    if std::env::var_os("FUZZ_PRINT").is_some() {
        eprintln!("{text}\n{:?}", package.as_ref().err());
    }
    let package = package.map_err(|_| Error::IncorrectFormat)?;
    let world = resolve.select_world(&[package], Some("w")).map_err(|_| Error::IncorrectFormat)?;
    Ok((resolve, world))
}

/// A world of `wit-smith`, with imports and exports of WASI.
fn smith(u: &mut Unstructured<'_>, wasi: &Wasi) -> Result<(Resolve, WorldId)> {
    let config = wit_smith::Config {
        max_packages: 3,
        max_type_size: 60,
        max_interface_items: 5,
        max_world_items: 5,
        max_pkg_items: 5,
        max_type_parts: 6,
        max_files_per_package: 2,
        max_resource_items: 4,
        async_: u.arbitrary()?,
        futures: u.arbitrary()?,
        streams: u.arbitrary()?,
        error_context: u.ratio(1, 8)?,
        fixed_length_lists: u.ratio(1, 8)?,
        implements: u.ratio(1, 8)?,
        world_include: u.arbitrary()?,
    };
    let grafted = of_wasi(u, wasi)?;
    let bytes = wit_smith::smith(&config, u)?;
    let Ok(DecodedWasm::WitPackage(mut resolve, package)) = wit_component::decode(&bytes) else {
        return Err(Error::IncorrectFormat);
    };
    let worlds: Vec<WorldId> = resolve.packages[package].worlds.values().copied().collect();
    let world = *u.choose(&worlds)?;
    let map = resolve.merge(wasi.resolve.clone()).map_err(|_| Error::IncorrectFormat)?;
    let _ = map;
    let (name, package) = (resolve.worlds[world].name.clone(), &resolve.packages[package].name);
    let version = package.version.as_ref().map_or(String::new(), |version| format!("@{version}"));
    let included = format!("%{}:%{}/%{name}{version}", package.namespace, package.name);
    select(resolve, &format!("package fuzz:grafted;\nworld w {{\n  include {included};\n{grafted}}}\n"))
}
