import { tool } from './calls.js';
import { module } from './module.js';

export { WasiShimError } from './calls.js';
export const { wrap, check, inspect, compose, explain } = tool(module);
