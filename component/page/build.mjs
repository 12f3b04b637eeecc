// Puts the page together, as one file without any other: `build.mjs NPM OUT`, where NPM is the
// built package.

import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

const [, , npm, out] = process.argv;
const read = (path, encoding = 'utf8') => readFile(path, encoding);
const here = (name) => read(new URL(name, import.meta.url));

/** A script of modules that import nothing but each other. */
const joined = (modules) =>
  modules.map((text) => text.replace(/^import .*;$/gm, '').replace(/^export (?=class|function|const)/gm, '')).join('\n');

const worker = joined([await read(`${npm}/tool/tool.js`), await read(`${npm}/calls.js`), await here('worker.js')]);
if (/^(import|export) |<\/script|<!--/m.test(worker)) throw new Error('the worker cannot be put into the page');
const [script, style] = [await here('page.js'), await here('page.css')];
const core = gzipSync(await read(`${npm}/tool/tool.core.wasm`, null), { level: 9 }).toString('base64');
const { version } = JSON.parse(await read(`${npm}/package.json`));

// Nothing is loaded and nothing is sent: what is not named here is forbidden. The worker inherits
// that.
const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const policy = [
  "default-src 'none'", `script-src ${hash(script)} 'wasm-unsafe-eval'`, 'worker-src blob:',
  `style-src ${hash(style)}`, 'img-src data:', "base-uri 'none'", "form-action 'none'",
].join('; ');

const parts = {
  policy: `<meta http-equiv="Content-Security-Policy" content="${policy}">`, style, version, worker, core, script,
};
const page = (await here('index.html')).replace(/<!--(\w+)-->/g, (_, name) => parts[name]);
await writeFile(out, page);
