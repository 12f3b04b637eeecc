//! The core modules of both sides, as text.

use std::collections::BTreeMap;

use wasi_shim::Generation;
use wit_parser::{InterfaceId, Resolve, Type, TypeDefKind};

use super::layout::{Core, Rng, Value, align, cases, flat, offsets, payload_at, size};
use super::{Encoding, Function, Pair, Ty};

const API: &str = "test:pairs/api";
/// Where constants begin, and the heap.
const DATA: u32 = 0x1000;
const HEAP: u32 = 0x10_0000;

/// A module under construction.
struct Module<'r> {
    resolve: &'r Resolve,
    api: InterfaceId,
    is_callee: bool,
    encoding: Encoding,
    /// Name and text.
    imports: BTreeMap<String, String>,
    /// Globals and functions.
    definitions: String,
    data: Vec<u8>,
    ends: usize,
}

/// A function under construction.
#[derive(Default)]
struct Body {
    code: String,
    pointers: usize,
    /// The code that ends the writes that were begun.
    after: String,
}

impl Body {
    fn pointer(&mut self) -> String {
        self.pointers += 1;
        format!("$p{}", self.pointers - 1)
    }

    fn locals(&self) -> String {
        (0..self.pointers).map(|at| format!("(local $p{at} i32)")).collect()
    }

    fn is32(&mut self, found: &str, expected: u32) {
        self.code += &format!("(call $is32 {found} (i32.const {}))\n", expected as i32);
    }
}

impl Encoding {
    /// The text in memory, and its length as the Canonical ABI counts it.
    fn encode(self, text: &str) -> (Vec<u8>, u32) {
        let utf16 = || text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let units = || text.encode_utf16().count() as u32;
        let latin1: Option<Vec<u8>> = text.chars().map(|char| u8::try_from(char).ok()).collect();
        match (self, latin1) {
            (Encoding::Utf8, _) => (text.as_bytes().to_vec(), text.len() as u32),
            (Encoding::Utf16, _) => (utf16(), units()),
            (Encoding::Latin1OrUtf16, Some(bytes)) => (bytes, units()),
            (Encoding::Latin1OrUtf16, None) => (utf16(), units() | 1 << 31),
        }
    }
}

fn joined(values: &[(Core, String)]) -> String {
    values.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(" ")
}

/// The value as the core type that it is flat, with its sign.
fn constant(ty: &Ty, bits: u64) -> (Core, String) {
    match ty {
        Ty::S8 => (Core::I32, format!("(i32.const {})", bits as u8 as i8)),
        Ty::S16 => (Core::I32, format!("(i32.const {})", bits as u16 as i16)),
        Ty::U64 | Ty::S64 => (Core::I64, format!("(i64.const {})", bits as i64)),
        Ty::F32 => (Core::F32, format!("(f32.reinterpret_i32 (i32.const {}))", bits as u32 as i32)),
        Ty::F64 => (Core::F64, format!("(f64.reinterpret_i64 (i64.const {}))", bits as i64)),
        _ => (Core::I32, format!("(i32.const {})", bits as u32 as i32)),
    }
}

impl Module<'_> {
    fn import(&mut self, id: &str, module: &str, name: &str, ty: &str) {
        let text = format!("(import \"{module}\" \"{name}\" (func ${id} {ty}))\n");
        self.imports.insert(id.into(), text);
    }

    fn allocate(&mut self, size: u32, align: u32) -> u32 {
        let at = (DATA + self.data.len() as u32).next_multiple_of(align.max(1));
        self.data.resize((at - DATA + size) as usize, 0);
        at
    }

    fn poke(&mut self, at: u32, bytes: &[u8]) {
        let at = (at - DATA) as usize;
        self.data[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// The built-in `operation` of the type `ty` of function `f`, as `$operation-f-number`.
    fn built_in(&mut self, f: usize, ty: &Ty, operation: &str) -> String {
        let (kind, payload) = match ty {
            Ty::Stream(payload) => ("stream", payload),
            Ty::Future(payload) => ("future", payload),
            other => unreachable!("{other:?}"),
        };
        let payload = format!("{payload:?}");
        let function = &self.resolve.interfaces[self.api].functions[&format!("f{f}")];
        let of = |ty: &Option<Type>| ty.is_some_and(|ty| format!("{ty:?}") == payload);
        let is_it = |kind_: &TypeDefKind| match kind_ {
            TypeDefKind::Stream(ty) => kind == "stream" && of(ty),
            TypeDefKind::Future(ty) => kind == "future" && of(ty),
            _ => false,
        };
        let all = function.find_futures_and_streams(self.resolve);
        let at = all.iter().position(|id| is_it(&self.resolve.types[*id].kind)).unwrap();
        let id = format!("{kind}-{operation}-{at}-f{f}");
        let lowering = if matches!(operation, "read" | "write") { "[async-lower]" } else { "" };
        let module = if self.is_callee { format!("[export]{API}") } else { API.to_string() };
        let signature = match (operation, kind) {
            ("new", _) => "(result i64)",
            ("read" | "write", "stream") => "(param i32 i32 i32) (result i32)",
            ("read" | "write", _) => "(param i32 i32) (result i32)",
            ("cancel-write", _) => "(param i32) (result i32)",
            _ => "(param i32)",
        };
        self.import(&id, &module, &format!("{lowering}[{kind}-{operation}-{at}]f{f}"), signature);
        id
    }

    /// A function that begins to write `values` and gives the readable end.
    fn send(&mut self, body: &mut Body, f: usize, ty: &Ty, values: &[u64]) -> String {
        let (Ty::Stream(payload) | Ty::Future(payload)) = ty else { unreachable!() };
        let (number, count, width) = (self.ends, values.len() as u32, size(payload));
        self.ends += 1;
        let buffer = self.allocate(width * count, 8);
        for (at, value) in values.iter().enumerate() {
            self.poke(buffer + width * at as u32, &value.to_le_bytes()[..width as usize]);
        }
        let new = self.built_in(f, ty, "new");
        let write = self.built_in(f, ty, "write");
        let is_stream = matches!(ty, Ty::Stream(_));
        let length = if is_stream { format!("(i32.const {count})") } else { String::new() };
        self.definitions += &format!(
            "(global $w{number} (mut i32) (i32.const 0))
            (func $send{number} (result i32) (local $both i64)
              (local.set $both (call ${new}))
              (global.set $w{number} (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))))
              (call $is32 (call ${write} (global.get $w{number}) (i32.const {buffer}) {length}) (i32.const -1))
              (i32.wrap_i64 (local.get $both)))\n"
        );
        if !self.is_callee {
            let cancel = self.built_in(f, ty, "cancel-write");
            let drop = self.built_in(f, ty, "drop-writable");
            let written = if is_stream { count } else { 0 };
            body.after += &format!(
                "(call $is32 (i32.shr_u (call ${cancel} (global.get $w{number})) (i32.const 4)) (i32.const {written}))
                (call ${drop} (global.get $w{number}))\n"
            );
        }
        format!("(call $send{number})")
    }

    /// A function that reads `values`, all that is to be had at once, and drops the end.
    fn receive(&mut self, f: usize, ty: &Ty, values: &[u64]) -> String {
        let (Ty::Stream(payload) | Ty::Future(payload)) = ty else { unreachable!() };
        let (number, count, width) = (self.ends, values.len() as u32, size(payload));
        self.ends += 1;
        let is_stream = matches!(ty, Ty::Stream(_));
        let buffer = self.allocate(width * (count + 1), 8);
        let read = self.built_in(f, ty, "read");
        let drop = self.built_in(f, ty, "drop-readable");
        let (length, answer) =
            if is_stream { (format!("(i32.const {})", count + 1), count << 4) } else { (String::new(), 0) };
        let mut body = Body::default();
        body.is32(&format!("(call ${read} (local.get 0) (i32.const {buffer}) {length})"), answer);
        for (at, value) in values.iter().enumerate() {
            self.in_memory(&mut body, f, payload, &Value::Bits(*value), "(i32.const 0)", buffer + width * at as u32);
        }
        self.definitions +=
            &format!("(func $receive{number} (param i32)\n{} (call ${drop} (local.get 0)))\n", body.code);
        format!("$receive{number}")
    }

    /// `value` as flat arguments.
    fn flat(&mut self, body: &mut Body, f: usize, ty: &Ty, value: &Value) -> Vec<(Core, String)> {
        match (ty, value) {
            (_, Value::Bits(bits)) => vec![constant(ty, *bits)],
            (_, Value::Thing(rep)) => vec![(Core::I32, format!("(call $make (i32.const {rep}))"))],
            (_, Value::Carried(values)) => vec![(Core::I32, self.send(body, f, ty, values))],
            (Ty::Text | Ty::List(_), _) => {
                let (at, length) = self.elements(body, f, ty, value);
                [at, length].map(|number| (Core::I32, format!("(i32.const {number})"))).into()
            }
            (Ty::Tuple(types) | Ty::Record(types), Value::Many(values)) => {
                types.iter().zip(values).flat_map(|(ty, value)| self.flat(body, f, ty, value)).collect()
            }
            (_, Value::Case(case, value)) => {
                let mut out = vec![(Core::I32, format!("(i32.const {case})"))];
                if let (Some(ty), Some(value)) = (cases(ty)[*case], value) {
                    out.extend(self.flat(body, f, ty, value));
                }
                let all = flat(ty).into_iter().enumerate().map(|(at, core)| match out.get(at) {
                    Some((own, value)) => (core, own.widened(core, value.clone())),
                    None => (core, format!("({}.const 0)", core.name())),
                });
                all.collect()
            }
            other => unreachable!("{other:?}"),
        }
    }

    /// Puts the elements of a text or list into memory: where, and how many.
    fn elements(&mut self, body: &mut Body, f: usize, ty: &Ty, value: &Value) -> (u32, u32) {
        match (ty, value) {
            (_, Value::Text(text)) => {
                let (bytes, length) = self.encoding.encode(text);
                let at = self.allocate(bytes.len() as u32, 2);
                self.poke(at, &bytes);
                (at, length)
            }
            (Ty::List(ty), Value::Many(values)) => {
                let width = size(ty);
                let at = self.allocate(width * values.len() as u32, align(ty));
                for (number, value) in values.iter().enumerate() {
                    self.store(body, f, ty, value, at + width * number as u32);
                }
                (at, values.len() as u32)
            }
            other => unreachable!("{other:?}"),
        }
    }

    /// Puts `value` into memory; handles when the code of `body` runs.
    fn store(&mut self, body: &mut Body, f: usize, ty: &Ty, value: &Value, at: u32) {
        match (ty, value) {
            (_, Value::Bits(bits)) => self.poke(at, &bits.to_le_bytes()[..size(ty) as usize]),
            (_, Value::Thing(_) | Value::Carried(_)) => {
                let [(_, handle)] = &self.flat(body, f, ty, value)[..] else { unreachable!() };
                body.code += &format!("(i32.store (i32.const {at}) {handle})\n");
            }
            (Ty::Text | Ty::List(_), _) => {
                let (elements, length) = self.elements(body, f, ty, value);
                self.poke(at, &elements.to_le_bytes());
                self.poke(at + 4, &length.to_le_bytes());
            }
            (Ty::Tuple(types) | Ty::Record(types), Value::Many(values)) => {
                for ((ty, value), offset) in types.iter().zip(values).zip(offsets(types)) {
                    self.store(body, f, ty, value, at + offset);
                }
            }
            (_, Value::Case(case, value)) => {
                self.poke(at, &[*case as u8]);
                if let (Some(of), Some(value)) = (cases(ty)[*case], value) {
                    self.store(body, f, of, value, at + payload_at(ty));
                }
            }
            other => unreachable!("{other:?}"),
        }
    }

    /// Checks a handle.
    fn handle(&mut self, body: &mut Body, f: usize, ty: &Ty, value: &Value, found: &str) {
        match value {
            // The callee gets what it has lent as what it is.
            Value::Thing(rep) if *ty == Ty::Borrow => body.is32(found, *rep),
            Value::Thing(rep) => body.code += &format!("(call $is-thing {found} (i32.const {rep}))\n"),
            Value::Carried(values) => {
                let receive = self.receive(f, ty, values);
                body.code += &format!("(call {receive} {found})\n");
            }
            other => unreachable!("{other:?}"),
        }
    }

    /// Checks that flat values are `value`.
    fn is_flat(&mut self, body: &mut Body, f: usize, ty: &Ty, value: &Value, found: &[(Core, String)]) {
        match (ty, value) {
            (_, Value::Bits(bits)) => {
                let (core, expected) = constant(ty, *bits);
                let [expected, found] = [&expected, &found[0].1].map(|value| match core {
                    Core::F32 => format!("(i32.reinterpret_f32 {value})"),
                    Core::F64 => format!("(i64.reinterpret_f64 {value})"),
                    _ => value.clone(),
                });
                let is = if matches!(core, Core::I32 | Core::F32) { "$is32" } else { "$is64" };
                body.code += &format!("(call {is} {found} {expected})\n");
            }
            (_, Value::Thing(_) | Value::Carried(_)) => self.handle(body, f, ty, value, &found[0].1),
            (Ty::Text | Ty::List(_), _) => self.are_elements(body, f, ty, value, &found[0].1, &found[1].1),
            (Ty::Tuple(types) | Ty::Record(types), Value::Many(values)) => {
                let mut at = 0;
                for (ty, value) in types.iter().zip(values) {
                    let count = flat(ty).len();
                    self.is_flat(body, f, ty, value, &found[at..at + count]);
                    at += count;
                }
            }
            (_, Value::Case(case, value)) => {
                body.is32(&found[0].1, *case as u32);
                if let (Some(of), Some(value)) = (cases(ty)[*case], value) {
                    let payload = flat(of).into_iter().zip(&found[1..]);
                    let payload: Vec<_> =
                        payload.map(|(own, (core, value))| (own, own.narrowed(*core, value.clone()))).collect();
                    self.is_flat(body, f, of, value, &payload);
                }
            }
            other => unreachable!("{other:?}"),
        }
    }

    /// Checks the elements of a text or list.
    fn are_elements(&mut self, body: &mut Body, f: usize, ty: &Ty, value: &Value, at: &str, length: &str) {
        let pointer = body.pointer();
        body.code += &format!("(local.set {pointer} {at})\n");
        let pointer = format!("(local.get {pointer})");
        match (ty, value) {
            (_, Value::Text(text)) => {
                let (bytes, expected) = self.encoding.encode(text);
                body.is32(length, expected);
                for (at, byte) in bytes.into_iter().enumerate() {
                    body.is32(&format!("(i32.load8_u offset={at} {pointer})"), byte.into());
                }
            }
            (Ty::List(ty), Value::Many(values)) => {
                body.is32(length, values.len() as u32);
                for (at, value) in values.iter().enumerate() {
                    self.in_memory(body, f, ty, value, &pointer, size(ty) * at as u32);
                }
            }
            other => unreachable!("{other:?}"),
        }
    }

    /// Checks that at `offset` behind `base` is `value`.
    fn in_memory(&mut self, body: &mut Body, f: usize, ty: &Ty, value: &Value, base: &str, offset: u32) {
        let word = |at: u32| format!("(i32.load offset={at} {base})");
        match (ty, value) {
            (_, Value::Bits(bits)) => match size(ty) {
                1 => body.is32(&format!("(i32.load8_u offset={offset} {base})"), *bits as u32),
                2 => body.is32(&format!("(i32.load16_u offset={offset} {base})"), *bits as u32),
                4 => body.is32(&word(offset), *bits as u32),
                _ => {
                    let found = format!("(i64.load offset={offset} {base})");
                    body.code += &format!("(call $is64 {found} (i64.const {}))\n", *bits as i64);
                }
            },
            (_, Value::Thing(_) | Value::Carried(_)) => self.handle(body, f, ty, value, &word(offset)),
            (Ty::Text | Ty::List(_), _) => self.are_elements(body, f, ty, value, &word(offset), &word(offset + 4)),
            (Ty::Tuple(types) | Ty::Record(types), Value::Many(values)) => {
                for ((ty, value), at) in types.iter().zip(values).zip(offsets(types)) {
                    self.in_memory(body, f, ty, value, base, offset + at);
                }
            }
            (_, Value::Case(case, value)) => {
                body.is32(&format!("(i32.load8_u offset={offset} {base})"), *case as u32);
                if let (Some(of), Some(value)) = (cases(ty)[*case], value) {
                    self.in_memory(body, f, of, value, base, offset + payload_at(ty));
                }
            }
            other => unreachable!("{other:?}"),
        }
    }

    fn finish(self) -> String {
        let imports: String = self.imports.into_values().collect();
        let data: String = self.data.iter().map(|byte| format!("\\{byte:02x}")).collect();
        format!(
            "(module
              {imports}
              (memory (export \"memory\") 64)
              (global $heap (mut i32) (i32.const {HEAP}))
              (data (i32.const {DATA}) \"{data}\")
              (func $realloc (export \"cabi_realloc\") (param $old i32) (param $was i32) (param $align i32) (param $size i32)
                (result i32) (local $at i32)
                (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
                (global.set $heap (i32.add (local.get $at) (local.get $size)))
                (memory.copy (local.get $at) (local.get $old) (local.get $was))
                (local.get $at))
              (func $is32 (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then unreachable)))
              (func $is64 (param i64 i64) (if (i64.ne (local.get 0) (local.get 1)) (then unreachable)))
              {})",
            self.definitions
        )
    }
}

/// The values of a function: parameters as one tuple, and the result.
fn values(function: &Function) -> (Ty, Value, Option<Value>) {
    let mut rng = Rng(function.seed);
    let params = Ty::Tuple(function.params.clone());
    let given = Value::of(&params, &mut rng);
    let result = function.result.as_ref().map(|ty| Value::of(ty, &mut rng));
    (params, given, result)
}

fn names(cores: &[Core]) -> String {
    cores.iter().map(|core| core.name()).collect::<Vec<_>>().join(" ")
}

/// The module that calls all functions, one after the other.
pub fn caller(pair: &Pair, resolve: &Resolve, api: InterfaceId) -> String {
    let mut module = Module {
        resolve,
        api,
        is_callee: false,
        encoding: pair.encodings[0],
        imports: BTreeMap::new(),
        definitions: String::new(),
        data: Vec::new(),
        ends: 0,
    };
    module.import("make", API, "[constructor]thing", "(param i32) (result i32)");
    module.import("look", API, "[method]thing.look", "(param i32) (result i32)");
    module.import("dropped", API, "dropped", "(result i32)");
    module.import("drop", API, "[resource-drop]thing", "(param i32)");
    if pair.generation == Generation::Wasi03 {
        module.import("set", "$root", "[waitable-set-new]", "(result i32)");
        module.import("wait", "$root", "[waitable-set-wait]", "(param i32 i32) (result i32)");
        module.import("join", "$root", "[waitable-join]", "(param i32 i32)");
        module.import("subtask-drop", "$root", "[subtask-drop]", "(param i32)");
        module.import("subtask-cancel", "$root", "[subtask-cancel]", "(param i32) (result i32)");
    }
    // Who gets a thing drops it at once, and its destructor runs.
    module.definitions += "(func $is-thing (param i32 i32) (local $dropped i32)
        (call $is32 (call $look (local.get 0)) (local.get 1))
        (local.set $dropped (call $dropped))
        (call $drop (local.get 0))
        (call $is32 (call $dropped) (i32.add (local.get $dropped) (i32.const 1))))\n";
    let mut run = String::new();
    for (f, function) in pair.functions.iter().enumerate() {
        let (params, given, result) = values(function);
        let mut body = Body::default();
        let limit = if function.lowered_async { 4 } else { 16 };
        let mut cores = flat(&params);
        let mut args = if cores.len() > limit {
            cores = vec![Core::I32];
            let at = module.allocate(size(&params), align(&params));
            module.store(&mut body, f, &params, &given, at);
            format!("(i32.const {at})")
        } else {
            let args = module.flat(&mut body, f, &params, &given);
            joined(&args)
        };
        let returned = function.result.as_ref().map(|ty| (flat(ty), module.allocate(size(ty), align(ty))));
        let mut answer = Vec::new();
        if let Some((flat, at)) = &returned {
            if function.lowered_async || flat.len() > 1 {
                cores.push(Core::I32);
                args += &format!(" (i32.const {at})");
            } else {
                answer = flat.clone();
            }
        }
        let results = if function.lowered_async { vec![Core::I32] } else { answer.clone() };
        let lowering = if function.lowered_async { "[async-lower]" } else { "" };
        let signature = format!("(param {}) (result {})", names(&cores), names(&results));
        module.import(&format!("f{f}"), API, &format!("{lowering}f{f}"), &signature);
        let call = format!("(call $f{f} {args})");
        let (mut begin, mut local) = (String::new(), String::new());
        if function.lowered_async {
            begin = format!("{}(global.set $status{f} {call})\n", std::mem::take(&mut body.code));
            body.code += &awaited(f, function, module.allocate(8, 4));
        } else if let [core] = answer[..] {
            local = format!("(local $answer {})", core.name());
            body.code += &format!("(local.set $answer {call})\n");
        } else {
            body.code += &format!("{call}\n");
        }
        if let (Some(ty), Some(value), Some((_, at))) = (&function.result, &result, &returned)
            && !function.cancelled
        {
            match answer[..] {
                [core] => module.is_flat(&mut body, f, ty, value, &[(core, "(local.get $answer)".into())]),
                _ => module.in_memory(&mut body, f, ty, value, &format!("(i32.const {at})"), 0),
            }
        }
        let after = std::mem::take(&mut body.after);
        module.definitions += &format!(
            "(global $status{f} (mut i32) (i32.const 0))
            (func $begin{f} {begin})
            (func $end{f} (local $set i32) {local} {}\n{}{after})\n",
            body.locals(),
            body.code
        );
        let (begin, end) = (format!("(call $begin{f})"), format!("(call $end{f})"));
        if pair.at_once {
            run = format!("{begin}{run}{end}");
        } else {
            run += &(begin + &end);
        }
    }
    let name = match pair.generation {
        Generation::Wasi02 => "wasi:cli/run@0.2.12#run",
        Generation::Wasi03 => "wasi:cli/run@0.3.2#run",
    };
    module.definitions += &format!("(func (export \"{name}\") (result i32) {run} (i32.const 0))\n");
    module.finish()
}

/// Waits for the call of function `f`, or cancels it.
fn awaited(f: usize, function: &Function, event: u32) -> String {
    let status = format!("(global.get $status{f})");
    let subtask = format!("(i32.shr_u {status} (i32.const 4))");
    if function.cancelled {
        // It was going to wait, and ends without a result.
        return format!(
            "(call $is32 (i32.and {status} (i32.const 15)) (i32.const 1))
            (call $is32 (call $subtask-cancel {subtask}) (i32.const 4))
            (call $subtask-drop {subtask})\n"
        );
    }
    format!(
        "(if (i32.ne (i32.and {status} (i32.const 15)) (i32.const 2)) (then
          (local.set $set (call $set))
          (call $join {subtask} (local.get $set))
          (loop $again
            (call $is32 (call $wait (local.get $set) (i32.const {event})) (i32.const 1))
            (call $is32 (i32.load (i32.const {event})) {subtask})
            (br_if $again (i32.ne (i32.load offset=4 (i32.const {event})) (i32.const 2))))
          (call $subtask-drop {subtask})))\n"
    )
}

/// The module that is called.
pub fn callee(pair: &Pair, resolve: &Resolve, api: InterfaceId) -> String {
    let mut module = Module {
        resolve,
        api,
        is_callee: true,
        encoding: pair.encodings[1],
        imports: BTreeMap::new(),
        definitions: String::new(),
        data: Vec::new(),
        ends: 0,
    };
    let own = format!("[export]{API}");
    module.import("make", &own, "[resource-new]thing", "(param i32) (result i32)");
    module.import("rep", &own, "[resource-rep]thing", "(param i32) (result i32)");
    module.definitions += &format!(
        "(func $is-thing (param i32 i32) (call $is32 (call $rep (local.get 0)) (local.get 1)))
        (func (export \"{API}#[constructor]thing\") (param i32) (result i32) (call $make (local.get 0)))
        (func (export \"{API}#[method]thing.look\") (param i32) (result i32) (local.get 0))
        (global $dropped (mut i32) (i32.const 0))
        (func (export \"{API}#dropped\") (result i32) (global.get $dropped))
        (func (export \"{API}#[dtor]thing\") (param i32)
          (global.set $dropped (i32.add (global.get $dropped) (i32.const 1))))\n"
    );
    match pair.generation {
        Generation::Wasi02 => {
            let clock = "wasi:clocks/monotonic-clock@0.2.12";
            module.import("subscribe", clock, "subscribe-duration", "(param i64) (result i32)");
            module.import("block", "wasi:io/poll@0.2.12", "[method]pollable.block", "(param i32)");
        }
        Generation::Wasi03 => {
            let clock = "wasi:clocks/monotonic-clock@0.3.2";
            module.import("wait-for", clock, "[async-lower]wait-for", "(param i64) (result i32)");
            module.import("set", "$root", "[waitable-set-new]", "(result i32)");
            module.import("join", "$root", "[waitable-join]", "(param i32 i32)");
            module.import("subtask-drop", "$root", "[subtask-drop]", "(param i32)");
            module.import("subtask-cancel", "$root", "[subtask-cancel]", "(param i32) (result i32)");
            module.import("task-cancel", &own, "[task-cancel]", "");
        }
    }
    for (f, function) in pair.functions.iter().enumerate() {
        let (params, given, result) = values(function);
        let mut checks = Body::default();
        let mut cores = flat(&params);
        if cores.len() > 16 {
            cores = vec![Core::I32];
            module.in_memory(&mut checks, f, &params, &given, "(local.get 0)", 0);
        } else {
            let found: Vec<_> =
                cores.iter().enumerate().map(|(at, core)| (*core, format!("(local.get {at})"))).collect();
            module.is_flat(&mut checks, f, &params, &given, &found);
        }
        let params = format!("(param {})", names(&cores));

        // The result: flat up to a limit, else where it is.
        let limit = if function.is_async { 16 } else { 1 };
        let mut body = Body::default();
        let (mut results, mut returned) = (Vec::new(), String::new());
        if let (Some(ty), Some(value)) = (&function.result, &result) {
            results = flat(ty);
            if results.len() > limit {
                results = vec![Core::I32];
                let at = module.allocate(size(ty), align(ty));
                module.store(&mut body, f, ty, value, at);
                returned = format!("(i32.const {at})");
            } else {
                returned = joined(&module.flat(&mut body, f, ty, value));
            }
        }
        let (locals, checks) = (checks.locals(), checks.code);
        if !function.is_async {
            let wait = if function.waits { "(call $block (call $subscribe (i64.const 1000000)))" } else { "" };
            module.definitions += &format!(
                "(func (export \"{API}#f{f}\") {params} (result {}) {locals}\n{checks}{wait}\n{}{returned})\n",
                names(&results),
                body.code
            );
            continue;
        }
        module.import(
            &format!("return{f}"),
            &own,
            &format!("[task-return]f{f}"),
            &format!("(param {})", names(&results)),
        );
        let wait = if function.waits {
            let nanoseconds = if function.cancelled { "60000000000" } else { "1000000" };
            format!(
                "(local.set $status (call $wait-for (i64.const {nanoseconds})))
                (if (i32.ne (i32.and (local.get $status) (i32.const 15)) (i32.const 2)) (then
                  (local.set $set (call $set))
                  (call $join (i32.shr_u (local.get $status) (i32.const 4)) (local.get $set))
                  (global.set $timer{f} (i32.shr_u (local.get $status) (i32.const 4)))
                  (return (i32.or (i32.const 2) (i32.shl (local.get $set) (i32.const 4))))))\n"
            )
        } else {
            String::new()
        };
        let returns = format!("{}(call $return{f} {returned})", body.code);
        let (first, last) = if function.returns_early { (returns, String::new()) } else { (String::new(), returns) };
        module.definitions += &format!(
            "(global $timer{f} (mut i32) (i32.const 0))
            (func $last{f} (result i32)\n{last} (i32.const 0))
            (func (export \"[async-lift]{API}#f{f}\") {params} (result i32) (local $status i32) (local $set i32) {locals}
              {checks} {first} {wait} (call $last{f}))
            (func (export \"[callback][async-lift]{API}#f{f}\") (param i32 i32 i32) (result i32)
              (if (i32.eq (local.get 0) (i32.const 6)) (then
                (call $join (global.get $timer{f}) (i32.const 0))
                (drop (call $subtask-cancel (global.get $timer{f})))
                (call $subtask-drop (global.get $timer{f}))
                (call $task-cancel)
                (return (i32.const 0))))
              (call $is32 (local.get 0) (i32.const 1))
              (call $subtask-drop (local.get 1))
              (call $last{f}))\n",
        );
    }
    module.finish()
}
