//! Strings, from each of the three encodings to each. The allocations are those of the Canonical
//! ABI: the first is a guess from the number of code units; it may grow, and shrinks to the size
//! that was needed.

use ValType::I32;
use wasm_encoder::{Instruction as I, ValType};

use super::Encoding;
use super::amend::{Kind, Transfer, check_char};
use super::memory::check;
use crate::code::{Body, CoreModule, Func, Local, Memory};

/// The bit of a length in [`Encoding::Compact`] which says UTF-16.
const UTF16_TAG: i32 = i32::MIN;

/// The most bytes that a string may have in any encoding that is tried.
const MAX_BYTES: u32 = i32::MAX as u32;

/// The code units that a string is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Units {
    Utf8,
    Utf16,
    Latin1,
}

impl Units {
    /// The base-2 logarithm of the size of a unit in bytes.
    fn shift(self) -> i32 {
        i32::from(self == Units::Utf16)
    }

    /// The alignment of strings in these units; Latin-1 has that of UTF-16, its alternative.
    fn align(self) -> i32 {
        if self == Units::Utf8 { 1 } else { 2 }
    }

    /// The function `(address, end) -> (character, address behind it)`.
    fn decode(self, module: &mut CoreModule, memory: Memory) -> Func {
        match self {
            Units::Utf8 => decode_utf8(module, memory),
            Units::Utf16 => decode_utf16(module, memory),
            Units::Latin1 => decode_latin1(module, memory),
        }
    }
}

impl Transfer<'_> {
    /// Whether the copy of a string can have another number of code units.
    pub fn transcodes(&self) -> bool {
        self.kind != Kind::Kept && (self.from.encoding != self.to.encoding || self.from.encoding == Encoding::Compact)
    }

    /// Takes pointer and length of a string from the stack, and pushes the pointer of a copy; then
    /// the length, if it can change.
    pub fn copy_string(&self, body: &mut Body<'_>) {
        let module = &mut *body.module;
        let copy = match (self.from.encoding, self.to.encoding) {
            (encoding, _) if self.kind == Kind::Kept => self.keep_string(module, encoding),
            (Encoding::Utf8, Encoding::Utf8) if self.from.is_trusted => {
                let copy = self.copy(module);
                body.i32(1).i32(1).call(copy);
                return;
            }
            (Encoding::Utf8, Encoding::Utf8) => self.same(module, Units::Utf8),
            (Encoding::Utf16, Encoding::Utf16) => self.same(module, Units::Utf16),
            (Encoding::Utf8, _) => self.transcode(module, Units::Utf8),
            (Encoding::Utf16, _) => self.transcode(module, Units::Utf16),
            (Encoding::Compact, _) => module.shared("wasi-shim: copy latin1+utf16", ([I32; 2], [I32; 2]), |body| {
                let [pointer, len] = [0, 1].map(|at| body.param(at));
                body.get(len).i32(0).op(I::I32LtS).if_(|body| {
                    body.get(pointer).get(len).i32(UTF16_TAG).op(I::I32Xor);
                    self.copy_compact(body, Units::Utf16);
                    body.op(I::Return);
                });
                body.gets([pointer, len]);
                self.copy_compact(body, Units::Latin1);
            }),
        };
        body.call(copy);
    }

    /// The function `(pointer, length) -> pointer` that copies a string as bytes.
    fn keep_string(&self, module: &mut CoreModule, encoding: Encoding) -> Func {
        module.shared("wasi-shim: keep string", ([I32; 2], [I32]), |body| {
            let [pointer, len] = [0, 1].map(|at| body.param(at));
            let copy = self.copy(body.module);
            body.get(pointer);
            match encoding {
                Encoding::Utf8 => body.get(len).i32(1).i32(1),
                Encoding::Utf16 => body.get(len).i32(2).i32(2),
                // The shift drops the tag of the length.
                Encoding::Compact => body
                    .get(len)
                    .i32(1)
                    .op(I::I32Shl)
                    .get(len)
                    .get(len)
                    .i32(0)
                    .op(I::I32LtS)
                    .op(I::Select)
                    .i32(1)
                    .i32(2),
            };
            body.call(copy);
        })
    }

    /// Takes pointer and length in `units` from the stack and pushes those of a copy, for a sender
    /// that uses either unit.
    fn copy_compact(&self, body: &mut Body<'_>, units: Units) {
        let module = &mut *body.module;
        let copy = match (units, self.to.encoding) {
            (Units::Utf16, Encoding::Compact) => self.probably_utf16(module),
            (Units::Utf16, Encoding::Utf16) | (_, Encoding::Compact) => {
                let len = body.local(I32);
                let copy = self.same(body.module, units);
                body.tee(len).call(copy).get(len);
                return;
            }
            _ => self.transcode(module, units),
        };
        body.call(copy);
    }

    /// The function `(pointer, length) -> pointer` for strings that stay as they are.
    fn same(&self, module: &mut CoreModule, units: Units) -> Func {
        module.shared("wasi-shim: copy string", ([I32; 2], [I32]), |body| {
            let [pointer, len] = [0, 1].map(|at| body.param(at));
            limit(body, len, 1 << units.shift());
            let copy = self.copy(body.module);
            body.gets([pointer, len]).i32(1 << units.shift()).i32(units.align()).call(copy);
            if !self.from.is_trusted && units != Units::Latin1 {
                let memory = self.from.memory.expect("strings have a memory");
                let validate = validate(body.module, units, memory);
                body.get(len);
                if units == Units::Utf16 {
                    body.i32(1).op(I::I32Shl);
                }
                body.get(pointer).op(I::I32Add).get(pointer).call(validate);
            }
        })
    }

    /// The function `(pointer, length) -> (pointer, length)` for strings that are read as `units`.
    fn transcode(&self, module: &mut CoreModule, units: Units) -> Func {
        match self.to.encoding {
            Encoding::Utf8 => self.to_utf8(module, units),
            Encoding::Utf16 => self.to_utf16(module, units),
            Encoding::Compact => self.to_compact(module, units),
        }
    }

    /// One byte for each unit, if all is ASCII; else the most that the units can need.
    fn to_utf8(&self, module: &mut CoreModule, units: Units) -> Func {
        self.transcoder(module, "wasi-shim: transcode to utf8", units, |body, string| {
            let String { len, at, end, new, out, char, .. } = *string;
            body.get(len);
            string.resize(body, 1);
            body.block(|body, done| {
                body.loop_(|body, next| {
                    body.gets([at, end]).op(I::I32Eq).br_if(done);
                    body.get(at);
                    match units {
                        Units::Utf16 => body.load(I::I32Load16U, string.source, 0),
                        _ => body.load(I::I32Load8U, string.source, 0),
                    };
                    body.tee(char).i32(0x80).op(I::I32GeU).br_if(done);
                    body.gets([out, char]).store(I::I32Store8, string.target, 0);
                    add(body, out, 1);
                    add(body, at, 1 << units.shift());
                    body.br(next);
                });
            });
            body.gets([at, end]).op(I::I32Ne).if_(|body| {
                let factor = if units == Units::Utf16 { 3 } else { 2 };
                limit(body, len, factor);
                body.get(len).i32(factor).op(I::I32Mul);
                string.resize(body, 1);
                let encode = encode_utf8(body.module, string.target);
                string.encode_rest(body, encode);
                string.fit(body, 1);
            });
            body.get(new);
            string.push_written(body);
        })
    }

    /// Two bytes for each unit.
    fn to_utf16(&self, module: &mut CoreModule, units: Units) -> Func {
        self.transcoder(module, "wasi-shim: transcode to utf16", units, |body, string| {
            limit(body, string.len, 2);
            body.get(string.len).i32(1).op(I::I32Shl);
            string.resize(body, 2);
            let encode = encode_utf16(body.module, string.target);
            string.encode_rest(body, encode);
            string.fit(body, 2);
            body.get(string.new);
            string.push_written(body);
            body.i32(1).op(I::I32ShrU);
        })
    }

    /// A byte for each unit, if all is Latin-1; else two.
    fn to_compact(&self, module: &mut CoreModule, units: Units) -> Func {
        self.transcoder(module, "wasi-shim: transcode to latin1+utf16", units, |body, string| {
            let String { len, at, end, new, out, char, .. } = *string;
            let (behind, tag) = (body.local(I32), body.local(I32));
            body.get(len);
            string.resize(body, 2);
            let decode = units.decode(body.module, string.source);
            body.block(|body, done| {
                body.loop_(|body, next| {
                    body.gets([at, end]).op(I::I32Eq).br_if(done);
                    body.gets([at, end]).call(decode).set(behind);
                    body.tee(char).i32(0xff).op(I::I32GtU).br_if(done);
                    body.gets([out, char]).store(I::I32Store8, string.target, 0);
                    add(body, out, 1);
                    body.get(behind).set(at).br(next);
                });
            });
            body.gets([at, end]).op(I::I32Ne).if_(|body| {
                limit(body, len, 2);
                body.get(len).i32(1).op(I::I32Shl);
                string.resize(body, 2);
                // The bytes so far are widened to units, the last one first.
                let left = char;
                string.push_written(body);
                body.tee(left).get(out).op(I::I32Add).set(out);
                body.block(|body, done| {
                    body.loop_(|body, next| {
                        body.get(left).op(I::I32Eqz).br_if(done);
                        add(body, left, -1);
                        body.get(left).i32(1).op(I::I32Shl).get(new).op(I::I32Add);
                        body.get(left).get(new).op(I::I32Add).load(I::I32Load8U, string.target, 0);
                        body.store(I::I32Store16, string.target, 0).br(next);
                    });
                });
                let encode = encode_utf16(body.module, string.target);
                string.encode_rest(body, encode);
                body.i32(UTF16_TAG).set(tag);
            });
            string.fit(body, 2);
            body.get(new);
            string.push_written(body);
            body.get(tag).i32(31).op(I::I32ShrU).op(I::I32ShrU).get(tag).op(I::I32Or);
        })
    }

    /// Copies UTF-16 as UTF-16, which is probably needed: the sender could have sent Latin-1. If it
    /// is not needed, narrows the string.
    fn probably_utf16(&self, module: &mut CoreModule) -> Func {
        self.transcoder(module, "wasi-shim: copy utf16", Units::Utf16, |body, string| {
            let String { len, at, end, new, out, char, .. } = *string;
            limit(body, len, 2);
            body.get(len).i32(1).op(I::I32Shl);
            string.resize(body, 2);
            body.gets([new, at, string.bytes]).memory_copy(string.target, string.source);
            let decode = Units::Utf16.decode(body.module, string.source);
            body.block(|body, done| {
                body.loop_(|body, next| {
                    body.gets([at, end]).op(I::I32Eq).br_if(done);
                    body.gets([at, end]).call(decode).set(at);
                    body.get(char).op(I::I32Or).set(char).br(next);
                });
            });
            body.get(char).i32(0xff).op(I::I32GtU).if_(|body| {
                body.get(new).get(len).i32(UTF16_TAG).op(I::I32Or).op(I::Return);
            });
            let from = char;
            body.get(new).set(from);
            body.block(|body, done| {
                body.loop_(|body, next| {
                    body.get(out).get(new).get(len).op(I::I32Add).op(I::I32Eq).br_if(done);
                    body.get(out).get(from).load(I::I32Load8U, string.target, 0);
                    body.store(I::I32Store8, string.target, 0);
                    add(body, out, 1);
                    add(body, from, 2);
                    body.br(next);
                });
            });
            body.get(len);
            string.resize(body, 2);
            body.gets([new, len]);
        })
    }

    /// A function `(pointer, length) -> (pointer, length)`.
    fn transcoder(
        &self,
        module: &mut CoreModule,
        name: &'static str,
        units: Units,
        build: impl FnOnce(&mut Body<'_>, &String),
    ) -> Func {
        let [source, target] = [&self.from, &self.to].map(|side| side.memory.expect("strings have a memory"));
        module.shared(name, ([I32; 2], [I32; 2]), |body| {
            let [at, len] = [0, 1].map(|at| body.param(at));
            let [end, new, out, bytes, size, char] = [(); 6].map(|()| body.local(I32));
            let realloc = self.to.realloc.expect("strings have a realloc");
            let check_new = (!self.to.is_trusted).then(|| check(body.module, &self.to));
            let decode = units.decode(body.module, source);
            let string =
                String { len, at, end, new, out, bytes, size, char, source, target, realloc, check_new, decode };
            limit(body, len, 1 << units.shift());
            body.get(len).i32(units.shift()).op(I::I32Shl).set(end);
            if !self.from.is_trusted {
                let check = check(body.module, &self.from);
                body.gets([at, end]).i32(units.align()).call(check);
            }
            body.get(end).get(at).op(I::I32Add).set(end);
            build(body, &string);
        })
    }
}

/// A string that is being transcoded.
struct String {
    /// In units of the sender.
    len: Local,
    /// The rest to read: its bounds.
    at: Local,
    end: Local,
    /// The copy: its address, its size in bytes, and the address at which it goes on.
    new: Local,
    bytes: Local,
    out: Local,
    size: Local,
    /// A character; also used as scratch space.
    char: Local,
    source: Memory,
    target: Memory,
    realloc: Func,
    check_new: Option<Func>,
    decode: Func,
}

impl String {
    /// Takes the new size of the copy in bytes from the stack. In the beginning, it has none.
    fn resize(&self, body: &mut Body<'_>, align: i32) {
        let String { new, bytes, out, size, .. } = *self;
        body.set(size);
        self.push_written(body);
        body.gets([new, bytes]).i32(align).get(size).call(self.realloc).tee(new).op(I::I32Add).set(out);
        if let Some(check) = self.check_new {
            body.gets([new, size]).i32(align).call(check);
        }
        body.get(size).set(bytes);
    }

    /// Shrinks the copy to the bytes that were written.
    fn fit(&self, body: &mut Body<'_>, align: i32) {
        self.push_written(body);
        body.get(self.bytes).op(I::I32Ne).if_(|body| {
            self.push_written(body);
            self.resize(body, align);
        });
    }

    fn push_written(&self, body: &mut Body<'_>) {
        body.gets([self.out, self.new]).op(I::I32Sub);
    }

    /// Writes the rest of the string with `encode`: `(address, character) -> address behind it`.
    fn encode_rest(&self, body: &mut Body<'_>, encode: Func) {
        let String { at, end, out, .. } = *self;
        body.block(|body, done| {
            body.loop_(|body, next| {
                body.gets([at, end]).op(I::I32Eq).br_if(done);
                body.get(out).gets([at, end]).call(self.decode).set(at).call(encode).set(out).br(next);
            });
        });
    }
}

/// Traps if `len` units of `width` bytes each are more bytes than a string may have.
fn limit(body: &mut Body<'_>, len: Local, width: i32) {
    body.get(len).u32(MAX_BYTES / width as u32).op(I::I32GtU).trap_if();
}

fn add(body: &mut Body<'_>, local: Local, by: i32) {
    body.get(local).i32(by).op(I::I32Add).set(local);
}

/// The function `(end, address)` that traps unless the string between is valid.
fn validate(module: &mut CoreModule, units: Units, memory: Memory) -> Func {
    module.shared("wasi-shim: validate string", ([I32; 2], []), |body| {
        let [end, at] = [0, 1].map(|at| body.param(at));
        let decode = units.decode(body.module, memory);
        body.block(|body, done| {
            body.loop_(|body, next| {
                if units == Units::Utf8 {
                    // Eight bytes of ASCII at a time.
                    body.get(end).get(at).op(I::I32Sub).i32(8).op(I::I32GeU).if_(|body| {
                        body.get(at).load(I::I64Load, memory, 0).i64(0x8080_8080_8080_8080_u64 as i64).op(I::I64And);
                        body.op(I::I64Eqz).if_(|body| {
                            add(body, at, 8);
                            body.br(next);
                        });
                    });
                }
                body.gets([at, end]).op(I::I32Eq).br_if(done);
                body.gets([at, end]).call(decode).set(at).op(I::Drop).br(next);
            });
        });
    })
}

fn decode_latin1(module: &mut CoreModule, memory: Memory) -> Func {
    module.shared("wasi-shim: decode latin1", ([I32; 2], [I32; 2]), |body| {
        let at = body.param(0);
        body.get(at).load(I::I32Load8U, memory, 0).get(at).i32(1).op(I::I32Add);
    })
}

fn decode_utf8(module: &mut CoreModule, memory: Memory) -> Func {
    module.shared("wasi-shim: invalid utf8", ([I32; 2], [I32; 2]), |body| {
        let [at, end] = [0, 1].map(|at| body.param(at));
        let [char, more, left, byte] = [(); 4].map(|()| body.local(I32));
        let check = check_char(body.module);
        body.get(at).load(I::I32Load8U, memory, 0).set(char);
        add(body, at, 1);
        body.get(char).i32(0x80).op(I::I32GeU).if_(|body| {
            // The leading ones of the first byte are the number of bytes: at least two, at most
            // four.
            body.get(char).i32(24).op(I::I32Shl).i32(-1).op(I::I32Xor).op(I::I32Clz).i32(1).op(I::I32Sub).tee(more);
            body.set(left);
            body.get(left).i32(1).op(I::I32Sub).i32(3).op(I::I32GeU);
            body.get(left).gets([end, at]).op(I::I32Sub).op(I::I32GtU).op(I::I32Or).trap_if();
            body.get(char).i32(0x3f).get(more).op(I::I32ShrU).op(I::I32And).set(char);
            body.loop_(|body, next| {
                body.get(at).load(I::I32Load8U, memory, 0).tee(byte);
                body.i32(0xc0).op(I::I32And).i32(0x80).op(I::I32Ne).trap_if();
                body.get(char).i32(6).op(I::I32Shl).get(byte).i32(0x3f).op(I::I32And).op(I::I32Or).set(char);
                add(body, at, 1);
                body.get(left).i32(1).op(I::I32Sub).tee(left).br_if(next);
            });
            // An overlong form: less than 2 to the power of 7, 11 or 16.
            body.get(char).i32(1).i32(0x10_0b07).get(more).i32(1).op(I::I32Sub).i32(3).op(I::I32Shl).op(I::I32ShrU);
            body.op(I::I32Shl).op(I::I32LtU).trap_if();
            body.get(char).call(check);
        });
        body.gets([char, at]);
    })
}

fn decode_utf16(module: &mut CoreModule, memory: Memory) -> Func {
    module.shared("wasi-shim: invalid utf16", ([I32; 2], [I32; 2]), |body| {
        let [at, end] = [0, 1].map(|at| body.param(at));
        let [char, second] = [(); 2].map(|()| body.local(I32));
        body.get(at).load(I::I32Load16U, memory, 0).set(char);
        add(body, at, 2);
        body.get(char).i32(0xf800).op(I::I32And).i32(0xd800).op(I::I32Eq).if_(|body| {
            body.gets([at, end]).op(I::I32Eq).get(char).i32(0x400).op(I::I32And).op(I::I32Or).trap_if();
            body.get(at).load(I::I32Load16U, memory, 0).i32(0xdc00).op(I::I32Sub).tee(second);
            body.i32(0x400).op(I::I32GeU).trap_if();
            add(body, at, 2);
            body.get(char).i32(0xd7c0).op(I::I32Sub).i32(10).op(I::I32Shl).get(second).op(I::I32Or).set(char);
        });
        body.gets([char, at]);
    })
}

/// The function `(address, character) -> address behind it`.
fn encode_utf8(module: &mut CoreModule, memory: Memory) -> Func {
    module.shared("wasi-shim: encode utf8", ([I32; 2], [I32]), |body| {
        let [at, char] = [0, 1].map(|at| body.param(at));
        let [more, first] = [(); 2].map(|()| body.local(I32));
        for (least, op) in [(0x80, None), (0x800, Some(I::I32Add)), (0x1_0000, Some(I::I32Add))] {
            body.get(char).i32(least).op(I::I32GeU);
            if let Some(op) = op {
                body.op(op);
            }
        }
        body.set(more);
        // The first byte begins with as many ones as there are bytes; a single byte has none.
        body.i32(-0x80).get(more).op(I::I32ShrS).i32(0).get(more).op(I::Select).set(first);
        body.get(at).get(first).get(char).get(more).i32(6).op(I::I32Mul).op(I::I32ShrU).op(I::I32Or);
        body.store(I::I32Store8, memory, 0);
        add(body, at, 1);
        body.block(|body, done| {
            body.loop_(|body, next| {
                body.get(more).op(I::I32Eqz).br_if(done);
                add(body, more, -1);
                body.get(at).get(char).get(more).i32(6).op(I::I32Mul).op(I::I32ShrU).i32(0x3f).op(I::I32And);
                body.i32(0x80).op(I::I32Or).store(I::I32Store8, memory, 0);
                add(body, at, 1);
                body.br(next);
            });
        });
        body.get(at);
    })
}

/// The function `(address, character) -> address behind it`.
fn encode_utf16(module: &mut CoreModule, memory: Memory) -> Func {
    module.shared("wasi-shim: encode utf16", ([I32; 2], [I32]), |body| {
        let [at, char] = [0, 1].map(|at| body.param(at));
        body.get(char).i32(0x1_0000).op(I::I32GeU).if_(|body| {
            body.get(at).get(char).i32(10).op(I::I32ShrU).i32(0xd7c0).op(I::I32Add).store(I::I32Store16, memory, 0);
            add(body, at, 2);
            body.get(char).i32(0x3ff).op(I::I32And).i32(0xdc00).op(I::I32Or).set(char);
        });
        body.get(at).get(char).store(I::I32Store16, memory, 0);
        body.get(at).i32(2).op(I::I32Add);
    })
}
