//! Random types, and their text.

use std::fmt::Write;

/// A sequence of random numbers (SplitMix64), the same for the same seed.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len() as u64) as usize]
    }
}

/// A component type.
#[derive(Debug, Clone)]
pub enum Ty {
    /// A number or a boolean, by name.
    Plain(&'static str),
    Char,
    String,
    Enum(u32),
    Flags(u32),
    Record(Vec<Ty>),
    Tuple(Vec<Ty>),
    Fixed(Box<Ty>, u32),
    Variant(Vec<Option<Ty>>),
    Option(Box<Ty>),
    Result(Option<Box<Ty>>, Option<Box<Ty>>),
    List(Box<Ty>),
    Map(Box<Ty>, Box<Ty>),
    /// A handle, by its type.
    Handle(&'static str),
}

const PLAIN: &[&str] = &["bool", "u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64"];

const HANDLES: &[&str] = &["(own $resource)", "(borrow $resource)", "(stream u8)", "(future)", "error-context"];

impl Ty {
    /// A type of at most `depth` levels; results are not allowed to lend.
    pub fn random(random: &mut Random, depth: u32, lends: bool) -> Ty {
        let ty = |random: &mut Random| Box::new(Ty::random(random, depth - 1, lends));
        let maybe = |random: &mut Random| random.chance(60).then(|| ty(random));
        let some = |random: &mut Random, most| {
            (0..1 + random.below(most)).map(|_| Ty::random(random, depth - 1, lends)).collect::<Vec<_>>()
        };
        match if depth == 0 { random.below(6) } else { random.below(16) } {
            0 | 1 => Ty::Plain(random.of::<&str>(PLAIN)),
            2 => Ty::Char,
            3 => Ty::String,
            4 => match random.chance(50) {
                true => Ty::Enum(*random.of(&[1, 2, 5, 256, 257])),
                false => Ty::Flags(*random.of(&[1, 3, 8, 9, 16, 17, 32])),
            },
            5 => match *random.of(HANDLES) {
                "(borrow $resource)" if !lends => Ty::Handle("(own $resource)"),
                handle => Ty::Handle(handle),
            },
            6 => Ty::Record(some(random, 4)),
            7 => Ty::Tuple(some(random, 3)),
            8 => Ty::Fixed(ty(random), 1 + random.below(4) as u32),
            9 | 10 => Ty::Variant((0..1 + random.below(5)).map(|_| maybe(random).map(|ty| *ty)).collect()),
            11 => Ty::Option(ty(random)),
            12 => Ty::Result(maybe(random), maybe(random)),
            13 | 14 => Ty::List(ty(random)),
            _ => {
                let key = match random.chance(50) {
                    true => Ty::String,
                    false => Ty::Plain(random.of::<&str>(&PLAIN[..9])),
                };
                Ty::Map(Box::new(key), ty(random))
            }
        }
    }
}

/// How types are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a component that exports them.
    Component,
    /// In the type of an instance.
    Instance,
    /// Where nothing is exported.
    Alone,
}

/// The text of type definitions.
pub struct Text {
    pub text: String,
    place: Place,
    next: u32,
}

impl Text {
    pub fn new(place: Place) -> Text {
        let mut text = String::new();
        if place == Place::Alone {
            text += "(type $resource (resource (rep i32)))";
        }
        Text { text, place, next: 0 }
    }

    /// Defines `ty`; returns how the text refers to it.
    pub fn define(&mut self, ty: &Ty) -> String {
        let payload = |text: &mut Text, ty: &Option<Ty>| match ty {
            Some(ty) => format!(" {}", text.define(ty)),
            None => String::new(),
        };
        let (text, is_named) = match ty {
            Ty::Plain(name) => return name.to_string(),
            Ty::Char => return "char".into(),
            Ty::String => return "string".into(),
            // Components get numbers, because handles would change between them.
            Ty::Handle(_) if self.place != Place::Alone => return "u32".into(),
            Ty::Handle("error-context") => return "error-context".into(),
            Ty::Handle(handle) => (handle.to_string(), false),
            Ty::Enum(count) => (labels("enum", *count), true),
            Ty::Flags(count) => (labels("flags", *count), true),
            Ty::Record(fields) => {
                let fields = fields.iter().enumerate().fold(String::new(), |mut all, (at, field)| {
                    let ty = self.define(field);
                    let _ = write!(all, " (field \"f{at}\" {ty})");
                    all
                });
                (format!("(record{fields})"), true)
            }
            Ty::Variant(cases) => {
                let cases = cases.iter().enumerate().fold(String::new(), |mut all, (at, case)| {
                    let ty = payload(self, case);
                    let _ = write!(all, " (case \"c{at}\"{ty})");
                    all
                });
                (format!("(variant{cases})"), true)
            }
            Ty::Tuple(types) => {
                let types = types.iter().map(|ty| self.define(ty)).collect::<Vec<_>>().join(" ");
                (format!("(tuple {types})"), false)
            }
            Ty::Fixed(element, count) => (format!("(list {} {count})", self.define(element)), false),
            Ty::Option(ty) => (format!("(option {})", self.define(ty)), false),
            Ty::Result(ok, err) => {
                let ok = ok.as_ref().map_or(String::new(), |ty| format!(" {}", self.define(ty)));
                let err = err.as_ref().map_or(String::new(), |ty| format!(" (error {})", self.define(ty)));
                (format!("(result{ok}{err})"), false)
            }
            Ty::List(element) => (format!("(list {})", self.define(element)), false),
            Ty::Map(key, value) => (format!("(map {} {})", self.define(key), self.define(value)), false),
        };
        let at = self.next;
        self.next += 1;
        // Types that are nominal in WIT have to be exported.
        let _ = match (is_named, self.place) {
            (false, _) | (_, Place::Alone) => writeln!(self.text, "(type $t{at} {text})"),
            (true, Place::Component) => {
                writeln!(self.text, "(type $d{at} {text}) (export $t{at} \"t{at}\" (type $d{at}))")
            }
            (true, Place::Instance) => {
                writeln!(self.text, "(type $d{at} {text}) (export \"t{at}\" (type $t{at} (eq $d{at})))")
            }
        };
        format!("$t{at}")
    }

    /// Parameters and result of a function, as they are written.
    pub fn signature(&mut self, params: &[Ty], result: Option<&Ty>) -> String {
        let mut text = String::new();
        for (at, param) in params.iter().enumerate() {
            let ty = self.define(param);
            let _ = write!(text, " (param \"p{at}\" {ty})");
        }
        if let Some(result) = result {
            let ty = self.define(result);
            let _ = write!(text, " (result {ty})");
        }
        text
    }
}

fn labels(kind: &str, count: u32) -> String {
    let labels = (0..count).map(|at| format!(" \"l{at}\"")).collect::<String>();
    format!("({kind}{labels})")
}
