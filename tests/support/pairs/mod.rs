//! Pairs of a caller and a callee, generated from types.

mod code;
mod layout;

use proptest::prelude::*;
use wasi_shim::Generation;
use wit_component::{ComponentEncoder, StringEncoding};

/// A type of the Canonical ABI.
#[derive(Debug, Clone, PartialEq)]
pub enum Ty {
    Bool,
    U8,
    S8,
    U16,
    S16,
    U32,
    S32,
    U64,
    S64,
    F32,
    F64,
    Char,
    Text,
    List(Box<Ty>),
    Option(Box<Ty>),
    Result(Option<Box<Ty>>, Option<Box<Ty>>),
    Variant(Vec<Option<Ty>>),
    Enum(usize),
    Flags(usize),
    Tuple(Vec<Ty>),
    Record(Vec<Ty>),
    /// A resource of the callee's.
    Own,
    Borrow,
    /// Of numbers.
    Stream(Box<Ty>),
    Future(Box<Ty>),
}

/// A function of the callee.
#[derive(Debug, Clone)]
pub struct Function {
    pub params: Vec<Ty>,
    pub result: Option<Ty>,
    /// Only of 0.3: the type is async, and the call is lowered so.
    pub is_async: bool,
    pub lowered_async: bool,
    /// The callee waits for time before it returns.
    pub waits: bool,
    /// Of an async one: it returns before it waits, if it waits.
    pub returns_early: bool,
    /// Of one that waits and is lowered async: the caller cancels it.
    pub cancelled: bool,
    /// The number that all values are made from.
    pub seed: u64,
}

/// Two components.
#[derive(Debug, Clone)]
pub struct Pair {
    pub generation: Generation,
    pub functions: Vec<Function>,
    /// Whether all calls that are lowered async begin before the caller waits for the first one.
    pub at_once: bool,
    /// How the caller and the callee encode strings.
    pub encodings: [Encoding; 2],
}

/// An encoding of strings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Encoding {
    Utf8,
    Utf16,
    /// Latin-1 if that will do, else UTF-16.
    Latin1OrUtf16,
}

/// Pairs of `generation`.
pub fn strategy(generation: Generation) -> impl Strategy<Value = Pair> {
    let is_03 = generation == Generation::Wasi03;
    let function = (
        prop::collection::vec(ty(is_03), 0..5),
        prop::option::weighted(0.9, ty(is_03)),
        any::<[bool; 4]>(),
        prop::bool::weighted(0.2),
        any::<u64>(),
    );
    let function =
        function.prop_map(move |(params, result, [is_async, lowered_async, waits, returns_early], cancelled, seed)| {
            let (is_async, waits) = (is_03 && is_async, waits && (is_async || !is_03));
            let lowered_async = is_async && lowered_async;
            let returns_early = is_async && waits && returns_early;
            let cancelled = lowered_async && waits && !returns_early && cancelled;
            let result = result.map(without_borrows);
            Function { params, result, is_async, lowered_async, waits, returns_early, cancelled, seed }
        });
    let encoding = prop::sample::select(vec![Encoding::Utf8, Encoding::Utf8, Encoding::Utf16, Encoding::Latin1OrUtf16]);
    let functions = prop::collection::vec(function, 1..4);
    (functions, any::<bool>(), [encoding.clone(), encoding]).prop_map(move |(functions, at_once, encodings)| Pair {
        generation,
        functions,
        at_once,
        encodings,
    })
}

fn ty(is_03: bool) -> BoxedStrategy<Ty> {
    let number = prop::sample::select(vec![
        Ty::U8,
        Ty::S8,
        Ty::U16,
        Ty::S16,
        Ty::U32,
        Ty::S32,
        Ty::U64,
        Ty::S64,
        Ty::F32,
        Ty::F64,
    ]);
    let plain = prop_oneof![
        10 => number.clone(),
        6 => prop::sample::select(vec![Ty::Bool, Ty::Char, Ty::Text, Ty::Text, Ty::Own, Ty::Borrow]),
        1 => (1_usize..6).prop_map(Ty::Enum),
        1 => (1_usize..33).prop_map(Ty::Flags),
    ];
    let leaf = if is_03 {
        prop_oneof![
            8 => plain,
            1 => number.clone().prop_map(|ty| Ty::Stream(Box::new(ty))),
            1 => number.prop_map(|ty| Ty::Future(Box::new(ty))),
        ]
        .boxed()
    } else {
        plain.boxed()
    };
    let maybe = |ty: BoxedStrategy<Ty>| prop::option::weighted(0.7, ty.prop_map(Box::new));
    leaf.prop_recursive(3, 24, 5, move |inner| {
        let inner = inner.boxed();
        prop_oneof![
            inner.clone().prop_map(|ty| Ty::List(Box::new(ty))),
            inner.clone().prop_map(|ty| Ty::Option(Box::new(ty))),
            (maybe(inner.clone()), maybe(inner.clone())).prop_map(|(ok, error)| Ty::Result(ok, error)),
            prop::collection::vec(prop::option::weighted(0.8, inner.clone()), 1..5).prop_map(Ty::Variant),
            prop::collection::vec(inner.clone(), 1..6).prop_map(Ty::Tuple),
            prop::collection::vec(inner, 1..6).prop_map(Ty::Record),
        ]
    })
    .boxed()
}

/// Results cannot be lent.
fn without_borrows(ty: Ty) -> Ty {
    let each = |types: Vec<Ty>| types.into_iter().map(without_borrows).collect();
    let maybe = |ty: Option<Box<Ty>>| ty.map(|ty| Box::new(without_borrows(*ty)));
    match ty {
        Ty::Borrow => Ty::Own,
        Ty::List(ty) => Ty::List(Box::new(without_borrows(*ty))),
        Ty::Option(ty) => Ty::Option(Box::new(without_borrows(*ty))),
        Ty::Result(ok, error) => Ty::Result(maybe(ok), maybe(error)),
        Ty::Variant(cases) => Ty::Variant(cases.into_iter().map(|ty| ty.map(without_borrows)).collect()),
        Ty::Tuple(types) => Ty::Tuple(each(types)),
        Ty::Record(types) => Ty::Record(each(types)),
        other => other,
    }
}

impl Pair {
    /// The interface between the two, and their worlds.
    pub fn wit(&self) -> String {
        let mut types = Vec::new();
        let functions = self.functions.iter().enumerate().map(|(at, function)| {
            let mut wit = |ty: &Ty| wit_type(ty, &mut types);
            let params: Vec<String> =
                function.params.iter().enumerate().map(|(at, ty)| format!("p{at}: {}", wit(ty))).collect();
            let result = function.result.as_ref().map(|ty| format!(" -> {}", wit(ty))).unwrap_or_default();
            let is_async = if function.is_async { "async " } else { "" };
            format!("  f{at}: {is_async}func({}){result};\n", params.join(", "))
        });
        let functions: String = functions.collect();
        let (clock, run) = match self.generation {
            Generation::Wasi02 => (
                "import wasi:clocks/monotonic-clock@0.2.12; import wasi:io/poll@0.2.12;",
                "export wasi:cli/run@0.2.12;",
            ),
            Generation::Wasi03 => ("import wasi:clocks/monotonic-clock@0.3.2;", "export wasi:cli/run@0.3.2;"),
        };
        let types = types.concat();
        format!(
            "package test:pairs;\ninterface api {{\n  resource thing {{\n    constructor(rep: u32);\n    look: func() -> \
             u32;\n  }}\n  dropped: func() -> u32;\n{types}{functions}}}\n\
             world caller {{ import api; {run} }}\nworld callee {{ {clock} export api; }}\n"
        )
    }

    /// The caller, which is a command, and the callee.
    pub fn components(&self) -> [Vec<u8>; 2] {
        let mut resolve = super::wit::resolve();
        let wit = self.wit();
        let package = resolve.push_str("pairs.wit", &wit).unwrap_or_else(|error| panic!("{error:?}\n{wit}"));
        let api = resolve.packages[package].interfaces["api"];
        let texts = [("caller", code::caller(self, &resolve, api)), ("callee", code::callee(self, &resolve, api))];
        let mut encodings = self.encodings.into_iter().map(|encoding| match encoding {
            Encoding::Utf8 => StringEncoding::UTF8,
            Encoding::Utf16 => StringEncoding::UTF16,
            Encoding::Latin1OrUtf16 => StringEncoding::CompactUTF16,
        });
        texts.map(|(world, text)| {
            let mut module = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
            let world = resolve.packages[package].worlds[world];
            wit_component::embed_component_metadata(&mut module, &resolve, world, encodings.next().unwrap()).unwrap();
            let mut encoder = ComponentEncoder::default();
            let encoded = encoder.validate(true).module(&module).and_then(|encoder| encoder.encode());
            encoded.unwrap_or_else(|error| panic!("{error:?}\n{wit}\n{text}"))
        })
    }
}

/// The type in WIT; those that need a name get one in `types`.
fn wit_type(ty: &Ty, types: &mut Vec<String>) -> String {
    let many = |prefix: &str, count: usize| (0..count).map(|at| format!("{prefix}{at}")).collect::<Vec<_>>().join(", ");
    let (kind, body) = match ty {
        Ty::List(ty) => return format!("list<{}>", wit_type(ty, types)),
        Ty::Option(ty) => return format!("option<{}>", wit_type(ty, types)),
        Ty::Stream(ty) => return format!("stream<{}>", wit_type(ty, types)),
        Ty::Future(ty) => return format!("future<{}>", wit_type(ty, types)),
        Ty::Result(ok, error) => {
            let ok = ok.as_ref().map(|ty| wit_type(ty, types));
            let error = error.as_ref().map(|ty| wit_type(ty, types));
            return match (ok, error) {
                (None, None) => "result".into(),
                (Some(ok), None) => format!("result<{ok}>"),
                (ok, Some(error)) => format!("result<{}, {error}>", ok.unwrap_or("_".into())),
            };
        }
        Ty::Tuple(of) => {
            let of: Vec<String> = of.iter().map(|ty| wit_type(ty, types)).collect();
            return format!("tuple<{}>", of.join(", "));
        }
        Ty::Record(fields) => {
            let fields = fields.iter().enumerate().map(|(at, ty)| format!("m{at}: {}", wit_type(ty, types)));
            ("record", fields.collect::<Vec<_>>().join(", "))
        }
        Ty::Variant(cases) => {
            let case = |(at, ty): (usize, &Option<Ty>)| match ty {
                Some(ty) => format!("c{at}({})", wit_type(ty, types)),
                None => format!("c{at}"),
            };
            ("variant", cases.iter().enumerate().map(case).collect::<Vec<_>>().join(", "))
        }
        Ty::Enum(count) => ("enum", many("e", *count)),
        Ty::Flags(count) => ("flags", many("b", *count)),
        Ty::Own => return "thing".into(),
        Ty::Borrow => return "borrow<thing>".into(),
        Ty::Text => return "string".into(),
        primitive => return format!("{primitive:?}").to_lowercase(),
    };
    let name = format!("t{}", types.len());
    types.push(format!("  {kind} {name} {{ {body} }}\n"));
    name
}
