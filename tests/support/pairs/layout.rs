//! Values, how they lie in memory and how they are passed flat, as the Canonical ABI says.

use super::Ty;

/// A value of a type.
#[derive(Debug, Clone)]
pub enum Value {
    /// All primitive types but text, enums and flags: the bits.
    Bits(u64),
    Text(String),
    Many(Vec<Value>),
    /// A case of an option, result or variant.
    Case(usize, Option<Box<Value>>),
    /// The representation of the resource that a handle is of.
    Thing(u32),
    /// The values that a stream or future carries.
    Carried(Vec<u64>),
}

/// Numbers that look random.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

impl Value {
    /// Some value of type `ty`.
    pub fn of(ty: &Ty, rng: &mut Rng) -> Value {
        match ty {
            Ty::Bool => Value::Bits(rng.below(2)),
            Ty::Char => Value::Bits([0x61, 0xe9, 0x20ac, 0xd7ff, 0xe000, 0x1f980, 0x10ffff][rng.below(7) as usize]),
            // No NaN: its bits may change.
            Ty::F32 => Value::Bits(u64::from((rng.next() as i32 as f32 / 7.0).to_bits())),
            Ty::F64 => Value::Bits((rng.next() as i64 as f64 / 7.0).to_bits()),
            Ty::Enum(count) => Value::Bits(rng.below(*count as u64)),
            Ty::Flags(count) => Value::Bits(rng.next() & ((1 << count) - 1)),
            Ty::Text => {
                let length = rng.below(12);
                Value::Text((0..length).map(|_| ['a', 'Z', 'é', '€', '🦀', ' '][rng.below(6) as usize]).collect())
            }
            Ty::List(ty) => Value::Many((0..rng.below(4)).map(|_| Value::of(ty, rng)).collect()),
            Ty::Tuple(types) | Ty::Record(types) => Value::Many(types.iter().map(|ty| Value::of(ty, rng)).collect()),
            Ty::Option(_) | Ty::Result(..) | Ty::Variant(_) => {
                let cases = cases(ty);
                let at = rng.below(cases.len() as u64) as usize;
                Value::Case(at, cases[at].map(|ty| Box::new(Value::of(ty, rng))))
            }
            Ty::Own | Ty::Borrow => Value::Thing(rng.below(1 << 31) as u32),
            Ty::Stream(ty) => Value::Carried((0..1 + rng.below(5)).map(|_| number(ty, rng)).collect()),
            Ty::Future(ty) => Value::Carried(vec![number(ty, rng)]),
            ty => Value::Bits(number(ty, rng)),
        }
    }
}

fn number(ty: &Ty, rng: &mut Rng) -> u64 {
    match ty {
        Ty::F32 | Ty::F64 => match Value::of(ty, rng) {
            Value::Bits(bits) => bits,
            _ => unreachable!(),
        },
        _ => rng.next() & (u64::MAX >> (64 - 8 * size(ty))),
    }
}

/// The cases of an option, result or variant.
pub fn cases(ty: &Ty) -> Vec<Option<&Ty>> {
    match ty {
        Ty::Option(ty) => vec![None, Some(ty)],
        Ty::Result(ok, error) => vec![ok.as_deref(), error.as_deref()],
        Ty::Variant(cases) => cases.iter().map(Option::as_ref).collect(),
        _ => unreachable!(),
    }
}

fn aligned(at: u32, align: u32) -> u32 {
    at.next_multiple_of(align)
}

pub fn align(ty: &Ty) -> u32 {
    match ty {
        Ty::Tuple(types) | Ty::Record(types) => types.iter().map(align).max().unwrap_or(1),
        Ty::Option(_) | Ty::Result(..) | Ty::Variant(_) => {
            cases(ty).into_iter().flatten().map(align).max().unwrap_or(1)
        }
        Ty::Text | Ty::List(_) => 4,
        ty => size(ty),
    }
}

pub fn size(ty: &Ty) -> u32 {
    match ty {
        Ty::Bool | Ty::U8 | Ty::S8 | Ty::Enum(_) => 1,
        Ty::U16 | Ty::S16 => 2,
        Ty::U32 | Ty::S32 | Ty::F32 | Ty::Char | Ty::Own | Ty::Borrow | Ty::Stream(_) | Ty::Future(_) => 4,
        Ty::U64 | Ty::S64 | Ty::F64 | Ty::Text | Ty::List(_) => 8,
        Ty::Flags(count) => match count {
            0..=8 => 1,
            9..=16 => 2,
            _ => 4,
        },
        Ty::Tuple(types) | Ty::Record(types) => {
            let end = types.iter().fold(0, |end, ty| aligned(end, align(ty)) + size(ty));
            aligned(end, align(ty))
        }
        Ty::Option(_) | Ty::Result(..) | Ty::Variant(_) => {
            let payload = cases(ty).into_iter().flatten().map(size).max().unwrap_or(0);
            aligned(payload_at(ty) + payload, align(ty))
        }
    }
}

/// Where the payload of a case is, behind one byte that says which.
pub fn payload_at(ty: &Ty) -> u32 {
    aligned(1, align(ty))
}

/// Where the members are.
pub fn offsets(types: &[Ty]) -> Vec<u32> {
    let mut end = 0;
    let offsets = types.iter().map(|ty| {
        let at = aligned(end, align(ty));
        end = at + size(ty);
        at
    });
    offsets.collect()
}

/// A core type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Core {
    I32,
    I64,
    F32,
    F64,
}

impl Core {
    pub fn name(self) -> &'static str {
        match self {
            Core::I32 => "i32",
            Core::I64 => "i64",
            Core::F32 => "f32",
            Core::F64 => "f64",
        }
    }

    fn join(self, other: Core) -> Core {
        match (self, other) {
            (a, b) if a == b => a,
            (Core::I32, Core::F32) | (Core::F32, Core::I32) => Core::I32,
            _ => Core::I64,
        }
    }

    /// `value` of this type as one of the joined type.
    pub fn widened(self, to: Core, value: String) -> String {
        match (self, to) {
            (a, b) if a == b => value,
            (Core::I32, Core::I64) => format!("(i64.extend_i32_u {value})"),
            (Core::F32, Core::I32) => format!("(i32.reinterpret_f32 {value})"),
            (Core::F32, Core::I64) => format!("(i64.extend_i32_u (i32.reinterpret_f32 {value}))"),
            (Core::F64, Core::I64) => format!("(i64.reinterpret_f64 {value})"),
            other => unreachable!("{other:?}"),
        }
    }

    /// `value` of the joined type `from` as one of this type.
    pub fn narrowed(self, from: Core, value: String) -> String {
        match (from, self) {
            (a, b) if a == b => value,
            (Core::I64, Core::I32) => format!("(i32.wrap_i64 {value})"),
            (Core::I32, Core::F32) => format!("(f32.reinterpret_i32 {value})"),
            (Core::I64, Core::F32) => format!("(f32.reinterpret_i32 (i32.wrap_i64 {value}))"),
            (Core::I64, Core::F64) => format!("(f64.reinterpret_i64 {value})"),
            other => unreachable!("{other:?}"),
        }
    }
}

/// The flat types.
pub fn flat(ty: &Ty) -> Vec<Core> {
    match ty {
        Ty::U64 | Ty::S64 => vec![Core::I64],
        Ty::F32 => vec![Core::F32],
        Ty::F64 => vec![Core::F64],
        Ty::Text | Ty::List(_) => vec![Core::I32; 2],
        Ty::Tuple(types) | Ty::Record(types) => types.iter().flat_map(flat).collect(),
        Ty::Option(_) | Ty::Result(..) | Ty::Variant(_) => {
            let mut joined = vec![Core::I32];
            for case in cases(ty).into_iter().flatten() {
                for (at, core) in flat(case).into_iter().enumerate() {
                    match joined.get_mut(at + 1) {
                        Some(known) => *known = known.join(core),
                        None => joined.push(core),
                    }
                }
            }
            joined
        }
        _ => vec![Core::I32],
    }
}
