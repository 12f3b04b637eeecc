// A host of WASI 0.2 in JavaScript: runs a component that jco has transpiled, with jco's shims.
//
//     node jco-host.mjs MODULE '{"dirs": {"/guest": "host"}, "args": [], "env": {}}'

import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { _setArgs, _setEnv } from '@bytecodealliance/preview2-shim/cli';
import { _setPreopens } from '@bytecodealliance/preview2-shim/filesystem';

const [, , module, given] = process.argv;
const { dirs, args, env } = JSON.parse(given);
_setPreopens(dirs);
_setArgs(args);
_setEnv(env);

function end(word, error, status) {
  const text = String(error?.message ?? error).split('\n')[0];
  writeSync(2, `wasi-shim matrix: ${word}: ${text}\n`);
  process.exit(status);
}

let run;
try {
  ({ run } = await import(pathToFileURL(module)));
} catch (error) {
  if (error instanceof WebAssembly.RuntimeError) end('trap', error, 134);
  end('cannot', error, 1);
}
try {
  await run.run();
  process.exit(0);
} catch (error) {
  if (error instanceof WebAssembly.RuntimeError) end('trap', error, 134);
  process.exit(1);
}
