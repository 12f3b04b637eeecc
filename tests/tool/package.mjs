// Uses the package: `package.mjs FIXTURES WRAPPED...`, where the command line has made each
// WRAPPED, NAME.TARGET.wasm.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { WasiShimError, check, compose, explain, inspect, wrap } from 'wasi-shim';

const [, , fixtures, ...wrapped] = process.argv;
const fixture = (name) => readFile(join(fixtures, `${name}.wasm`));

for (const path of wrapped) {
  const [, name, number] = basename(path).match(/^(.*)\.(0\.\d)\.wasm$/);
  const to = `wasi${number.replace('.', '')}`;
  const result = wrap(await fixture(name), { to });
  assert.equal(result.target, to);
  assert.ok((await readFile(path)).equals(result.component), path);
}

const hello = await fixture('hello');
const copy = hello.buffer.slice(hello.byteOffset, hello.byteOffset + hello.byteLength);
const { component, target, notes, linking } = wrap(copy);
assert.equal(target, 'wasi03', 'the other generation is the default, and an ArrayBuffer will do');
assert.equal(linking, 'linked');
assert.ok(notes.some((note) => note.code === 'W0110' && note.lossy && note.hint));
assert.equal(wrap(hello, { linking: 'composed' }).linking, 'composed');

const report = inspect(component);
assert.deepEqual(report.generations, ['wasi03']);
assert.match(report.history[0].action, /wrapped for WASI 0\.3/);
assert.deepEqual(check(component, { to: 'wasi03' }), []);

const error = (kind) => (error) => error instanceof WasiShimError && error.kind === kind && error.message !== '';
assert.throws(() => wrap('hello.wasm'), TypeError);
assert.throws(() => wrap(hello, { target: 'wasi03' }), /unknown option 'target'/);
assert.throws(() => wrap(new Uint8Array([1, 2, 3])), error('not-a-component'));
assert.throws(() => wrap(hello, { to: 'wasi02' }), error('already-for-target'));
const blobstore = await fixture('blobstore');
assert.throws(() => wrap(blobstore), (thrown) => {
  assert.ok(error('obstacles')(thrown));
  const [{ code, subject, hint }] = thrown.obstacles;
  return code === 'E0015' && subject.startsWith('wasi:blobstore/') && hint !== '' && thrown.hints.length > 0;
});

const [middleware, service] = await Promise.all(['http-middleware-p3', 'http-hello'].map(fixture));
assert.equal(compose([middleware, service]).target, 'wasi03');
assert.throws(() => compose([service, middleware]), (thrown) => error('not-composable')(thrown) && thrown.components[0] === 1);

assert.match(explain('W0110'), /^W0110: /);
assert.equal(explain('nothing'), undefined);
