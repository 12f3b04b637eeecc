import type { ErrorKind, Note, Obstacle, Report, WrapOptions as AllOptions, Wrapped } from './tool/types.js';

export type * from './tool/types.js';

/** How a component is adapted. Whatever is left out has a default. */
export type WrapOptions = Partial<AllOptions>;

/** A binary component, or a core module of WASI 0.1. */
export type Component = Uint8Array | ArrayBuffer;

/** Why nothing was adapted. */
export class WasiShimError extends Error {
  readonly name: 'WasiShimError';
  readonly kind: ErrorKind;
  /** Advice, a line each. */
  readonly hints: string[];
  /** The reasons, if the kind is `obstacles`. */
  readonly obstacles: Obstacle[];
  /** The components that the error is about, if several were to be composed, counted from 0. */
  readonly components: number[];
}

/**
 * Adapts a component to the other generation.
 * @throws {WasiShimError}
 */
export function wrap(component: Component, options?: WrapOptions): Wrapped;

/**
 * The notes that `wrap` would give, without the result. A component that fits already is fine.
 * @throws {WasiShimError}
 */
export function check(component: Component, options?: WrapOptions): Note[];

/**
 * Looks at a component, and at what adapting it would do.
 * @throws {WasiShimError}
 */
export function inspect(component: Component): Report;

/**
 * Connects components by their imports and exports, the one that a host sees first.
 * @throws {WasiShimError}
 */
export function compose(components: Component[], options?: WrapOptions): Wrapped;

/**
 * Explains a code (`W0110`, `E0015`), an interface (`wasi:io/poll`), or a function of one
 * (`wasi:io/poll#poll`), in lines of at most 80 characters; `undefined` for anything else.
 */
export function explain(what: string): string | undefined;
