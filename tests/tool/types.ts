// Compiled, never run: what the types allow, and what they do not.

import { WasiShimError, check, compose, explain, inspect, wrap } from 'wasi-shim';
import type { ErrorKind, Note, Report, WrapOptions } from 'wasi-shim';

const options: WrapOptions = { to: 'wasi03', linking: 'composed', wasiPatch: 6 };
const bytes: Uint8Array = wrap(new Uint8Array(), options).component;
const notes: Note[] = check(new ArrayBuffer(8));
const report: Report = inspect(bytes);
const size: number | undefined = report.targets[0].size;
const text: string | undefined = explain(notes[0].code);
compose([bytes, bytes], { to: 'wasi02' }).notes.map((note) => note.lossy === true);

export function kind(error: unknown): ErrorKind | undefined {
  return error instanceof WasiShimError ? error.kind : undefined;
}

// @ts-expect-error: no generation
wrap(bytes, { to: 'wasi04' });
// @ts-expect-error: a path
wrap('app.wasm');
// @ts-expect-error: no option
wrap(bytes, { target: 'wasi03' });

export { size, text };
