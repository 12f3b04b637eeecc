//! Packages of WIT with every type that the Canonical ABI has, which use types of WASI as well.

use std::fmt::Write;
use std::sync::LazyLock;

use arbitrary::{Result, Unstructured};
use wasi_shim::Generation;
use wasi_shim::wasi::Catalogue;
use wit_parser::{Resolve, TypeDefKind, UnresolvedPackageGroup};

/// The kinds of types that a package may have.
#[derive(Clone, Copy)]
pub struct Style {
    /// Async functions, streams and futures.
    pub is_async: bool,
    /// Types that no engine has by default.
    pub is_rare: bool,
    /// The generations whose types are used.
    pub used: [bool; 2],
}

impl Style {
    pub fn new(u: &mut Unstructured<'_>) -> Result<Style> {
        Ok(Style { is_async: u.arbitrary()?, is_rare: u.ratio(1, 8)?, used: [u.ratio(1, 2)?, u.ratio(1, 2)?] })
    }
}

/// A type that has a name.
#[derive(Clone)]
struct Named {
    name: String,
    is_resource: bool,
    has_borrow: bool,
}

/// An interface of WASI.
pub struct Interface {
    /// With its version.
    pub name: String,
    pub generation: Generation,
    types: Vec<Named>,
}

/// WASI of both generations: 0.2 in version 0.2.`patch`, as far as that is known.
pub struct Wasi {
    pub resolve: Resolve,
    pub interfaces: Vec<Interface>,
}

const PATCHES: [u64; 4] = [0, 3, 6, 12];

static WASI: LazyLock<Vec<Wasi>> = LazyLock::new(|| PATCHES.map(Wasi::new).into());

impl Wasi {
    pub fn any(u: &mut Unstructured<'_>) -> Result<&'static Wasi> {
        // Most programs are new.
        u.choose(&[3, 3, 2, 1, 0]).map(|at| &WASI[*at])
    }

    pub fn newest() -> &'static Wasi {
        &WASI[PATCHES.len() - 1]
    }

    fn new(patch: u64) -> Wasi {
        let mut resolve = Resolve { all_features: true, ..Resolve::default() };
        let mut interfaces = Vec::new();
        for generation in Generation::ALL {
            for (package, text) in Catalogue::texts(generation) {
                // Nothing is from later than that.
                let text = text.replace("@0.2.12", &format!("@0.2.{patch}"));
                let text =
                    (1..=12).rev().fold(text, |text, since| text.replace(&format!("= 0.2.{since})"), "= 0.2.0)"));
                resolve.push_group(UnresolvedPackageGroup::parse(*package, &text).unwrap()).unwrap();
            }
        }
        for (id, interface) in &resolve.interfaces {
            let name = resolve.id_of(id).unwrap();
            let generation = if name.contains("@0.2") { Generation::Wasi02 } else { Generation::Wasi03 };
            let types = interface.types.iter().map(|(name, ty)| Named {
                name: name.clone(),
                is_resource: is_resource(&resolve, *ty),
                // No type of WASI has one.
                has_borrow: false,
            });
            interfaces.push(Interface { name, generation, types: types.collect() });
        }
        Wasi { resolve, interfaces }
    }
}

fn is_resource(resolve: &Resolve, ty: wit_parser::TypeId) -> bool {
    match resolve.types[ty].kind {
        TypeDefKind::Resource => true,
        TypeDefKind::Type(wit_parser::Type::Id(ty)) => is_resource(resolve, ty),
        _ => false,
    }
}

/// A package, and the interfaces that it has.
pub struct Package {
    pub text: String,
    /// As worlds name them.
    pub interfaces: Vec<String>,
}

/// A package with `count` interfaces.
pub fn package(u: &mut Unstructured<'_>, wasi: &Wasi, style: Style, count: usize) -> Result<Package> {
    let mut known: Vec<(String, Vec<Named>)> = Vec::new();
    let mut text = String::new();
    for at in 0..count {
        let name = format!("i{at}");
        let mut body = Body { style, wasi, known: &known, types: Vec::new(), text: String::new(), names: 0 };
        body.interface(u)?;
        let (types, body) = (body.types, body.text);
        let _ = writeln!(text, "interface {name} {{\n{body}}}");
        known.push((name, types));
    }
    Ok(Package { text, interfaces: known.into_iter().map(|(name, _)| name).collect() })
}

/// The items of an interface, or of a world.
pub struct Body<'a> {
    style: Style,
    wasi: &'a Wasi,
    /// The interfaces before, with their types.
    known: &'a [(String, Vec<Named>)],
    types: Vec<Named>,
    pub text: String,
    names: usize,
}

/// Where a type stands.
#[derive(Clone, Copy)]
struct Place {
    borrow: bool,
    stream: bool,
    depth: usize,
}

impl<'a> Body<'a> {
    /// Functions of a world, which know no types but those of WASI.
    pub fn of_world(u: &mut Unstructured<'_>, wasi: &'a Wasi, style: Style) -> Result<String> {
        let mut body = Body { style, wasi, known: &[], types: Vec::new(), text: String::new(), names: 0 };
        body.uses(u)?;
        body.definitions(u)?;
        for direction in ["import", "export"] {
            for _ in 0..u.int_in_range(0..=2)? {
                let name = body.fresh("f");
                let function = body.function(u, None)?;
                let _ = writeln!(body.text, "  {direction} {name}: {function};");
            }
        }
        Ok(body.text)
    }

    fn interface(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        self.uses(u)?;
        self.definitions(u)?;
        for _ in 0..u.int_in_range(0..=4)? {
            let name = self.fresh("f");
            let function = self.function(u, None)?;
            let _ = writeln!(self.text, "  {name}: {function};");
        }
        Ok(())
    }

    fn fresh(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    fn uses(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        for _ in 0..u.int_in_range(0..=3)? {
            let generations: Vec<Generation> =
                Generation::ALL.into_iter().zip(self.style.used).filter(|(_, used)| *used).map(|(g, _)| g).collect();
            let of_wasi = self.wasi.interfaces.iter().filter(|interface| generations.contains(&interface.generation));
            let of_wasi: Vec<(&str, &[Named])> = of_wasi.map(|known| (&known.name[..], &known.types[..])).collect();
            let own: Vec<(&str, &[Named])> = self.known.iter().map(|(name, types)| (&name[..], &types[..])).collect();
            let all = if u.arbitrary()? { of_wasi } else { own };
            let all: Vec<_> = all.into_iter().filter(|(_, types)| !types.is_empty()).collect();
            let Ok((interface, types)) = u.choose(&all).copied() else { continue };
            let ty = u.choose(types)?.clone();
            let name = self.fresh("u");
            let _ = writeln!(self.text, "  use {interface}.{{%{} as {name}}};", ty.name);
            self.types.push(Named { name, ..ty });
        }
        Ok(())
    }

    fn definitions(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        for _ in 0..u.int_in_range(0..=6)? {
            let name = self.fresh("t");
            let mut has_borrow = false;
            let place = Place { borrow: u.ratio(1, 6)?, stream: true, depth: 2 };
            let kind = u.int_in_range(0..=5)?;
            match kind {
                0 => {
                    let fields = self.members(u, place, false, &mut has_borrow)?;
                    let _ = writeln!(self.text, "  record {name} {{ {fields} }}");
                }
                1 => {
                    let cases = self.members(u, place, true, &mut has_borrow)?;
                    let _ = writeln!(self.text, "  variant {name} {{ {cases} }}");
                }
                2 | 3 => {
                    let (kind, most) = if kind == 2 { ("enum", 300) } else { ("flags", 32) };
                    let few = if u.ratio(1, 8)? { most } else { 5 };
                    let cases: Vec<String> = (0..u.int_in_range(1..=few)?).map(|at| format!("c{at}")).collect();
                    let _ = writeln!(self.text, "  {kind} {name} {{ {} }}", cases.join(", "));
                }
                4 => {
                    let _ = writeln!(self.text, "  resource {name} {{");
                    self.types.push(Named { name: name.clone(), is_resource: true, has_borrow: false });
                    if u.ratio(1, 3)? {
                        let params = self.params(u)?;
                        let _ = writeln!(self.text, "    constructor({params});");
                    }
                    for _ in 0..u.int_in_range(0..=3)? {
                        let method = self.fresh("m");
                        let is_static = if u.ratio(1, 3)? { Some("static ") } else { Some("") };
                        let function = self.function(u, is_static)?;
                        let _ = writeln!(self.text, "    {method}: {function};");
                    }
                    self.text += "  }\n";
                    continue;
                }
                _ => {
                    let ty = self.ty(u, place, &mut has_borrow)?;
                    let _ = writeln!(self.text, "  type {name} = {ty};");
                    // Which may be another name of a resource.
                    let same = self.types.iter().find(|known| known.name == ty);
                    if same.is_some_and(|known| known.is_resource) {
                        self.types.push(Named { name, is_resource: true, has_borrow: false });
                        continue;
                    }
                }
            }
            self.types.push(Named { name, is_resource: false, has_borrow });
        }
        Ok(())
    }

    fn members(
        &mut self,
        u: &mut Unstructured<'_>,
        place: Place,
        may_lack: bool,
        has_borrow: &mut bool,
    ) -> Result<String> {
        let mut members = Vec::new();
        for at in 0..u.int_in_range(1..=5)? {
            let ty = self.ty(u, place, has_borrow)?;
            members.push(match may_lack {
                true if u.ratio(1, 3)? => format!("c{at}"),
                true => format!("c{at}({ty})"),
                false => format!("c{at}: {ty}"),
            });
        }
        Ok(members.join(", "))
    }

    fn params(&mut self, u: &mut Unstructured<'_>) -> Result<String> {
        let most = if u.ratio(1, 8)? { 18 } else { 4 };
        let place = Place { borrow: true, stream: true, depth: 3 };
        let params = (0..u.int_in_range(0..=most)?).map(|at| Ok(format!("p{at}: {}", self.ty(u, place, &mut false)?)));
        Ok(params.collect::<Result<Vec<_>>>()?.join(", "))
    }

    /// A function; of a resource, if it says whether it is static.
    fn function(&mut self, u: &mut Unstructured<'_>, of_resource: Option<&str>) -> Result<String> {
        let is_async = if self.style.is_async && u.ratio(1, 3)? { "async " } else { "" };
        let params = self.params(u)?;
        let place = Place { borrow: false, stream: true, depth: 3 };
        let result = match u.ratio(2, 3)? {
            true => format!(" -> {}", self.ty(u, place, &mut false)?),
            false => String::new(),
        };
        Ok(format!("{}{is_async}func({params}){result}", of_resource.unwrap_or_default()))
    }

    fn ty(&mut self, u: &mut Unstructured<'_>, place: Place, has_borrow: &mut bool) -> Result<String> {
        const LEAVES: &[&str] =
            &["bool", "u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "f32", "f64", "char", "string"];
        if place.depth == 0 {
            return u.choose(LEAVES).map(|leaf| leaf.to_string());
        }
        let inner = Place { depth: place.depth - 1, ..place };
        let carried = Place { borrow: false, ..inner };
        Ok(match u.int_in_range(0..=15)? {
            0..=2 => u.choose(LEAVES)?.to_string(),
            3..=6 => {
                let usable: Vec<Named> =
                    self.types.iter().filter(|ty| place.borrow || !ty.has_borrow).cloned().collect();
                let Ok(ty) = u.choose(&usable) else { return Ok("string".into()) };
                *has_borrow |= ty.has_borrow;
                if ty.is_resource && place.borrow && u.arbitrary()? {
                    *has_borrow = true;
                    format!("borrow<{}>", ty.name)
                } else {
                    ty.name.clone()
                }
            }
            7 | 8 => match self.style.is_rare && u.arbitrary()? {
                true => format!("list<{}, {}>", self.ty(u, inner, has_borrow)?, u.int_in_range(1..=5)?),
                false => format!("list<{}>", self.ty(u, inner, has_borrow)?),
            },
            9 => format!("option<{}>", self.ty(u, inner, has_borrow)?),
            10 => match u.int_in_range(0..=3)? {
                0 => "result".into(),
                1 => format!("result<{}>", self.ty(u, inner, has_borrow)?),
                2 => format!("result<_, {}>", self.ty(u, inner, has_borrow)?),
                _ => format!("result<{}, {}>", self.ty(u, inner, has_borrow)?, self.ty(u, inner, has_borrow)?),
            },
            11 => {
                let parts = (0..u.int_in_range(1..=4)?).map(|_| self.ty(u, inner, has_borrow));
                format!("tuple<{}>", parts.collect::<Result<Vec<_>>>()?.join(", "))
            }
            12 | 13 if self.style.is_async && place.stream => {
                let kind = *u.choose(&["stream", "future"])?;
                match u.ratio(1, 4)? {
                    true => kind.into(),
                    false => {
                        let payload = self.ty(u, carried, has_borrow)?;
                        // Which no engine takes yet.
                        let payload = if payload == "char" { "u8".into() } else { payload };
                        format!("{kind}<{payload}>")
                    }
                }
            }
            14 if self.style.is_rare => {
                format!("map<{}, {}>", u.choose(LEAVES)?, self.ty(u, inner, has_borrow)?)
            }
            15 if self.style.is_rare && self.style.is_async => "error-context".into(),
            _ => u.choose(LEAVES)?.to_string(),
        })
    }
}
