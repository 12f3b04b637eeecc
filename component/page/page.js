'use strict';

const $ = (id) => document.getElementById(id);

/** An element with properties and children; text is never read as HTML. */
function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.flat());
  return element;
}

/** Text in which code is between backquotes. */
const prose = (text) =>
  text.split('`').map((part, at) => (at % 2 ? make('code', {}, part) : document.createTextNode(part)));

const size = (bytes) => {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
};

const count = (number, noun) => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** A word of a command line. */
const word = (text) => (/^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

const NUMBER = { wasi02: '0.2', wasi03: '0.3' };
const SHORT = { wasi02: 'p2', wasi03: 'p3' };

// The tool, in a worker: the page answers while it works, and can stop it.

const source = new Blob([$('worker').textContent], { type: 'text/javascript' });
let worker;
let calls = new Map();

function start() {
  const url = URL.createObjectURL(source);
  worker = new Worker(url);
  worker.postMessage({ core: $('core').textContent });
  worker.addEventListener('message', ({ data: { id, result, error } }) => {
    const { resolve, reject } = calls.get(id);
    calls.delete(id);
    if (error) reject(error);
    else resolve(result);
  });
  worker.addEventListener('error', (event) => {
    calls.forEach(({ reject }) => reject({ message: event.message || 'the tool could not be started' }));
    calls.clear();
  });
}

function call(name, args) {
  const id = crypto.getRandomValues(new Uint32Array(1))[0];
  return new Promise((resolve, reject) => {
    calls.set(id, { resolve, reject });
    worker.postMessage({ id, name, args });
  });
}

function stop() {
  worker.terminate();
  calls.forEach(({ reject }) => reject({ kind: 'cancelled' }));
  calls = new Map();
  start();
}

/** Shows `text` and that there is progress until `work` is over; `null` if it was cancelled. */
async function during(text, work) {
  $('status').textContent = text;
  $('work').hidden = false;
  try {
    return await work;
  } catch (error) {
    if (error.kind !== 'cancelled') throw error;
    return null;
  } finally {
    if (calls.size === 0) $('work').hidden = true;
  }
}

// What is shown.

const names = (items) =>
  make('ul', {}, items.map((item) => {
    const functions = item.functions.length ? `: ${item.functions.join(', ')}` : '';
    return make('li', {}, make('code', {}, item.name), make('span', { className: 'quiet' }, functions));
  }));

const folded = (title, ...content) => make('details', {}, make('summary', {}, title), ...content);

/** The long explanation of a code, fetched when it is opened. */
function explanation(code) {
  const text = make('pre', {}, '…');
  const details = folded(`${code} in full`, text);
  details.addEventListener('toggle', async () => {
    text.textContent = await call('explain', { what: code });
  }, { once: true });
  return details;
}

function note({ code, lossy, message, hint }) {
  const kind = lossy ? ['warn', 'differs'] : ['good', 'note'];
  return make('li', {},
    make('span', { className: `mark ${kind[0]}` }, kind[1]), ' ', prose(message),
    make('div', { className: 'quiet' }, prose(hint)), explanation(code));
}

function obstacle({ code, subject, reason, hint }) {
  return make('li', {},
    make('code', {}, subject), ': ', prose(reason),
    make('div', {}, make('strong', {}, 'Advice: '), prose(hint)), explanation(code));
}

/** Notes that ask for a decision, and the others below one line, unless there is just one. */
function differences(notes) {
  const calm = notes.filter((note) => !note.urgent);
  const [urgent, others] = calm.length > 1 ? [notes.filter((note) => note.urgent), calm] : [notes, []];
  const lossy = others.filter((note) => note.lossy).length;
  const title = `${count(others.length, urgent.length ? 'other note' : 'note')}, ${lossy} on behaviour that differs`;
  return [
    ...listed('Differences', urgent.map(note)),
    ...(others.length ? [folded(title, make('ul', { className: 'plain' }, others.map(note)))] : []),
  ];
}

const listed = (title, items) => (items.length ? [make('h3', {}, title), make('ul', { className: 'plain' }, items)] : []);

function command(line) {
  const button = make('button', { type: 'button', ariaLabel: `Copy ${line}` }, 'Copy');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(line);
      $('status').textContent = 'Copied.';
    } catch {
      getSelection().selectAllChildren(code);
      $('status').textContent = 'Selected: copy it with the keys of your system.';
    }
  });
  const code = make('pre', {}, line);
  return make('div', { className: 'copy' }, code, button);
}

/** What `wasmtime serve` offers only when asked. */
const CLI = /^wasi:(cli\/(environment|exit|terminal)|filesystem\/|sockets\/)/;

/** The commands by which hosts run `name`, made of a component with these imports and exports. */
function commands(name, { target, linking }, { imports, exports }) {
  const exported = (...names) => names.some((name) => exports.some((item) => item.name.startsWith(`${name}@`)));
  const imported = (names) => imports.some((item) => names.test(item.name));
  const serves = exported('wasi:http/incoming-handler', 'wasi:http/handler');
  if (!serves && !exported('wasi:cli/run')) return [];
  const verb = serves ? 'serve' : 'run';
  const lacking = serves ? imported(CLI) && '-S cli' : imported(/^wasi:http\//) && '-S http';
  const wasmtime = ['wasmtime', verb, lacking, word(name)].filter(Boolean).join(' ');
  // jco runs modules with several memories only if it transpiles them first.
  return target === 'wasi02' && linking !== 'linked' ? [wasmtime, `jco ${verb} ${word(name)}`] : [wasmtime];
}

const options = () => ({
  reuseInstance: $('reuse-instance').checked,
  asyncExports: $('async-exports').checked,
  ...($('composed').checked ? { linking: 'composed' } : {}),
});

/** What a failed call says. */
function failure(error) {
  const hints = (error.hints ?? []).map((hint) => make('li', {}, prose(hint)));
  const [first] = error.message.split('\n');
  return make('div', {},
    make('p', {}, make('span', { className: 'mark bad' }, 'error'), ' ', prose(first)),
    error.obstacles?.length ? make('ul', { className: 'plain' }, error.obstacles.map(obstacle)) : make('ul', {}, hints));
}

function wrapper(file, plan, report) {
  const place = make('div', {});
  const button = make('button', { type: 'button', className: 'main' }, `Wrap for WASI ${NUMBER[plan.target]}`);
  button.addEventListener('click', async () => {
    button.disabled = true;
    const asked = { ...options(), to: plan.target };
    try {
      const wrapped = await during(`Wrapping ${file.name} for WASI ${NUMBER[plan.target]}…`, call('wrap', { file, options: asked }));
      if (!wrapped) {
        $('status').textContent = 'Cancelled.';
        return;
      }
      const name = `${file.name.replace(/\.[^.]*$/, '')}.${SHORT[plan.target]}.wasm`;
      const link = make('a', { className: 'button main', href: URL.createObjectURL(wrapped.file), download: name }, `Download ${name}`);
      const lines = commands(name, wrapped, report);
      place.replaceChildren(
        make('p', {}, link, ` ${size(wrapped.file.size)}, ${wrapped.linking ?? 'without an adapter'}`),
        ...(lines.length ? [make('h3', {}, 'Run it'), ...lines.map(command)] : []),
        make('h3', {}, 'The same on a command line'),
        command(line(file.name, asked)));
      $('status').textContent = `${name} is ready.`;
      link.focus();
    } catch (error) {
      place.replaceChildren(failure(error));
      $('status').textContent = `${file.name} was not wrapped.`;
    } finally {
      button.disabled = false;
    }
  });
  return [make('p', {}, button), place];
}

const line = (name, { to, linking, reuseInstance, asyncExports }) =>
  ['wasi-shim wrap', word(name), `--to ${NUMBER[to]}`, linking && `--link ${linking}`,
    reuseInstance && to === 'wasi03' && '--reuse-instance', asyncExports && to === 'wasi03' && '--async-exports']
    .filter(Boolean).join(' ');

const VERDICTS = {
  'nothing-to-do': ['good', 'runs as it is'],
  adaptable: ['good', 'can be wrapped'],
  blocked: ['bad', 'cannot be wrapped'],
};

function section(file, plan, report) {
  const [kind, words] = VERDICTS[plan.verdict];
  const changes = plan.changes.map(({ subject, change }) => make('li', {}, make('code', {}, subject), `: ${change}`));
  const facts = plan.verdict === 'adaptable' ? [make('p', { className: 'quiet' }, `The result has ${size(plan.size)}.`)] : [];
  const title = make('h2', {}, `Hosts of WASI ${NUMBER[plan.target]}`);
  return make('section', {},
    make('header', {}, title, make('span', { className: `mark ${kind}` }, words)),
    ...facts,
    ...listed('Reasons', plan.obstacles.map(obstacle)),
    ...differences(plan.notes),
    ...(changes.length ? [folded(`${count(changes.length, 'change')} of imports and exports`, make('ul', {}, changes))] : []),
    ...(plan.verdict === 'adaptable' ? wrapper(file, plan, report) : []));
}

function summary(file, report) {
  const uses = report.generations.map((generation) => `WASI ${NUMBER[generation]}`).join(' and ') || 'no WASI';
  const packages = report.packages.map(({ name, versions }) => make('li', {}, make('code', {}, `${name} ${versions.join(', ')}`)));
  const title = make('h2', { tabIndex: -1 }, `${file.name} uses ${uses}`);
  return make('section', {},
    title,
    make('p', { className: 'quiet' }, size(file.size)),
    make('ul', {}, packages),
    report.history.map(({ version, action }) => make('p', {}, `It was ${action} by wasi-shim ${version}.`)),
    report.notes.map((text) => make('p', {}, prose(text))),
    folded(count(report.imports.length, 'import'), names(report.imports)),
    folded(count(report.exports.length, 'export'), names(report.exports)));
}

/** The file that is looked at. */
let current;

async function look(file) {
  if (calls.size) stop();
  current = file;
  $('report').replaceChildren();
  try {
    const report = await during(`Looking at ${file.name}, ${size(file.size)}…`, call('inspect', { file }));
    if (file !== current) return;
    if (!report) {
      $('status').textContent = 'Cancelled.';
      return;
    }
    const targets = report.targets.map((plan) => section(file, plan, report));
    $('report').replaceChildren(summary(file, report), ...targets);
    $('status').textContent = `Looked at ${file.name}.`;
    $('report').querySelector('h2').focus();
  } catch (error) {
    $('report').replaceChildren(make('section', {}, failure(error)));
    $('status').textContent = `${file.name} cannot be looked at.`;
  }
}

$('file').addEventListener('change', ({ target }) => target.files[0] && look(target.files[0]));
$('cancel').addEventListener('click', stop);
addEventListener('dragover', (event) => {
  event.preventDefault();
  $('drop').classList.add('over');
});
addEventListener('dragleave', (event) => event.relatedTarget || $('drop').classList.remove('over'));
addEventListener('drop', (event) => {
  event.preventDefault();
  $('drop').classList.remove('over');
  const [file] = event.dataTransfer.files;
  if (file) look(file);
});

start();
