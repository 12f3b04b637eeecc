// Gives jco's types the comments of the WIT, which it leaves out: `types.mjs WIT TYPES OUT`.

import { readFile, writeFile } from 'node:fs/promises';

const [, , wit, types, out] = process.argv;
const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
const pascal = (name) => camel(`-${name}`);

/** The comments of types (`Note`) and of their fields (`Note.code`). */
const comments = new Map();
let [owner, comment] = ['', []];
for (const line of (await readFile(wit, 'utf8')).split('\n')) {
  const [, text] = line.match(/^\s*\/\/\/ ?(.*)/) ?? [];
  const [, type] = line.match(/^\s*(?:record|enum) ([\w-]+) \{/) ?? [];
  const [, field] = line.match(/^\s+([\w-]+): /) ?? [];
  if (text !== undefined) {
    comment.push(text);
    continue;
  }
  if (type) owner = pascal(type);
  const name = type ? owner : field && `${owner}.${camel(field)}`;
  if (name && comment.length) comments.set(name, comment);
  comment = [];
}

const commented = (name, line) => {
  const indent = line.match(/^\s*/)[0];
  const text = comments.get(name);
  return text ? [`${indent}/**`, ...text.map((text) => `${indent} * ${text}`), `${indent} */`, line] : [line];
};

const lines = [];
// What jco says of enums is in the line behind it, too.
const text = (await readFile(types, 'utf8')).replace(/\/\*\*\n \* # Variants[^]*?\*\/\n/g, '');
for (const line of text.split('\n')) {
  const [, type] = line.match(/^export (?:interface|type) (\w+)/) ?? [];
  const [, field] = line.match(/^\s+(?:readonly )?'?(\w+)'?\??:/) ?? [];
  if (type) owner = type;
  // The functions of the package are others, with defaults.
  if (/^export function/.test(line)) continue;
  lines.push(...(type ? commented(type, line) : field ? commented(`${owner}.${field}`, line) : [line]));
}
await writeFile(out, lines.join('\n'));
