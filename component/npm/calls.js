// The functions of the tool, on a compiled module of it.

import { instantiate } from './tool/tool.js';

/** Why nothing was adapted; `kind` says which error it is. */
export class WasiShimError extends Error {
  constructor({ kind, message, hints = [], obstacles = [], components = [] }, options) {
    super(message, options);
    this.name = 'WasiShimError';
    Object.assign(this, { kind, hints, obstacles: [...obstacles], components: [...components] });
  }
}

// The message of a panic, which no trap can carry through the component model.
function panicMessage({ memory, panic_message }) {
  const at = BigInt.asUintN(64, panic_message());
  const [address, length] = [Number(at >> 32n), Number(at & 0xffffffffn)];
  return new TextDecoder().decode(new Uint8Array(memory.buffer, address, length));
}

// Each call has an instance of its own: the memory of a large component goes when the call is over,
// and a trap spoils no later call.
function call(module, work) {
  let core;
  const instantiateCore = (module, imports) => (core = new WebAssembly.Instance(module, imports));
  const { operations } = instantiate(() => module, {}, instantiateCore);
  try {
    return work(operations);
  } catch (error) {
    if (error.payload) throw new WasiShimError(error.payload);
    if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) throw error;
    const message = `wasi-shim failed: ${panicMessage(core.exports) || error.message}`;
    const hints = ['please report this with the component that caused it'];
    throw new WasiShimError({ kind: 'other', message, hints }, { cause: error });
  }
}

const bytes = (given) => {
  if (given instanceof Uint8Array) return given;
  if (ArrayBuffer.isView(given)) return new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  if (given instanceof ArrayBuffer) return new Uint8Array(given);
  throw new TypeError('expected a component as a Uint8Array or an ArrayBuffer');
};

const NAMES = ['to', 'wasiPatch', 'reuseInstance', 'asyncExports', 'linking'];

const complete = (options) => {
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name));
  if (unknown) throw new TypeError(`unknown option '${unknown}'; known are ${NAMES.join(', ')}`);
  return { reuseInstance: false, asyncExports: false, ...options };
};

/** The functions of the package, for the module `tool/tool.core.wasm`. */
export function tool(module) {
  return {
    wrap: (component, options = {}) =>
      call(module, (tool) => tool.wrap(bytes(component), complete(options))),
    check: (component, options = {}) =>
      call(module, (tool) => tool.check(bytes(component), complete(options))),
    inspect: (component) => call(module, (tool) => tool.inspect(bytes(component))),
    compose: (components, options = {}) =>
      call(module, (tool) => tool.compose(components.map(bytes), complete(options))),
    explain: (what) => call(module, (tool) => tool.explain(what)),
  };
}
