/** Argon2id by noble's code, for engines that may not run WebAssembly; see ./passphrases.js. */

import { argon2idAsync } from '@noble/hashes/argon2.js';
import { KEY } from './primitives.js';

/** @import { Argon2id } from './passphrases.js' */

/** @type {Argon2id} */
export const argon2id = (password, salt, { memory, passes }) =>
  argon2idAsync(password, salt, { t: passes, m: memory, p: 1, version: 0x13, dkLen: KEY });
