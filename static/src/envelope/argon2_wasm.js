/**
 * Argon2id by hash-wasm's WebAssembly, several times as fast as ./argon2.js. A page whose policy has
 * no 'wasm-unsafe-eval' cannot run it.
 */

import { argon2id as compute } from 'hash-wasm';
import { KEY } from './primitives.js';

/** @import { Argon2id } from './passphrases.js' */

/** @type {Argon2id} */
export const argon2id = (password, salt, { memory, passes }) =>
  compute({
    ...{ password, salt, iterations: passes, memorySize: memory, parallelism: 1 },
    ...{ hashLength: KEY, outputType: 'binary' },
  });
