/**
 * The secret of a passphrase slot (docs/protocol.md §4): Argon2id, version 0x13 (RFC 9106), which
 * no engine has: ./argon2.js or ./argon2_wasm.js does it. Nothing on the way of a visitor imports
 * this file.
 *
 * What it may cost is looked at before anything is computed: the numbers stand in a file that
 * somebody else may have written.
 */

import { integer, utf8 } from './encoding.js';
import { LimitError, MalformedError } from './errors.js';

/** @import { Bytes } from './encoding.js' */

export const SALT = 16;
/** What new slots ask for: a fraction of a second, on phones too. */
export const USUAL = { memory: 64 * 1024, passes: 3 };
const MIB = 1024;
const MOST_BYTES = 1024;
const WHITE = /[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;

/** @typedef {{memory: number, passes: number}} Cost of one guess: KiB, and passes over them */

/**
 * Return Argon2id, version 0x13, one lane, 32 bytes; the cost was checked.
 *
 * @typedef {(password: Bytes, salt: Bytes, cost: Cost) => Promise<Uint8Array>} Argon2id
 */

/** @type {() => Promise<Argon2id>} */
let loadArgon2id = async () => {
  if (typeof BUNDLED === 'undefined') return (await import('./argon2.js')).argon2id;
  throw new TypeError('nobody said who computes Argon2id');
};

/**
 * Say who computes Argon2id: ./argon2.js or ./argon2_wasm.js.
 *
 * @param {Argon2id} argon2id
 */
export function useArgon2id(argon2id) {
  loadArgon2id = async () => argon2id;
}

/**
 * Return a cost within the bounds, else raise LimitError; nothing is computed.
 *
 * @param {{memory: unknown, passes: unknown}} cost
 * @returns {Cost}
 */
export function checkCost(cost) {
  const memory = integer(cost.memory, 'memory', 0);
  const passes = integer(cost.passes, 'passes', 0);
  const fits = 19 * MIB <= memory && memory <= 256 * MIB && 2 <= passes && passes <= 16;
  if (!fits || memory * passes > 1024 * MIB) {
    throw new LimitError('the cost of a passphrase slot is outside the bounds');
  }
  return { memory, passes };
}

/**
 * Return what is hashed: NFKC, no white space at the ends, one space for each run of it.
 *
 * Raises MalformedError for an empty one, one with a lone surrogate, or above 1,024 bytes.
 *
 * @param {unknown} passphrase
 */
export function prepared(passphrase) {
  if (typeof passphrase !== 'string') throw new MalformedError('a passphrase is a text');
  utf8(passphrase); // first: Firefox normalises a lone surrogate away
  const text = passphrase.normalize('NFKC').replace(WHITE, ' ').replace(/^ | $/g, '');
  const raw = utf8(text);
  if (!raw.length) throw new MalformedError('a passphrase is not empty');
  if (raw.length > MOST_BYTES) throw new MalformedError('a passphrase has at most 1,024 bytes');
  return raw;
}

/**
 * Return the 32 bytes that a passphrase gives under this salt (16 bytes) and cost.
 *
 * Raises MalformedError and LimitError, both before anything is computed.
 *
 * @param {unknown} passphrase
 * @param {Bytes} salt
 * @param {{memory: unknown, passes: unknown}} cost
 * @returns {Promise<Bytes>}
 */
export async function passphraseSecret(passphrase, salt, cost) {
  const { memory, passes } = checkCost(cost);
  if (salt.length !== SALT) throw new MalformedError('the salt of a passphrase has 16 bytes');
  const password = prepared(passphrase);
  const argon2id = await loadArgon2id();
  return new Uint8Array(await argon2id(password, salt, { memory, passes }));
}
