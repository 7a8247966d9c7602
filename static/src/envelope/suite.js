/**
 * Who does X-Wing, of which there is one kind: the engine itself, or noble's code.
 *
 * An engine is asked for all that it would have to do before anything depends on it.
 * What stands in is not in the main script: a page loads it where it is needed.
 */

import { b64 } from './encoding.js';
import { native } from './native.js';
import { same } from './primitives.js';

/**
 * The functions of ./native.js and ./xwing.js.
 *
 * @typedef {object} Kem
 * @property {(seed: Uint8Array) => Promise<any>} growKeys
 * @property {(publicKey: Uint8Array) => Promise<{enc: Uint8Array, secret: Uint8Array}>} encapsulate
 * @property {(enc: Uint8Array, keys: any) => Promise<Uint8Array>} decapsulate
 */

/** @type {Promise<Kem> | undefined} */
let chosen;

/** @type {() => Promise<Kem>} */
let loadFallback = async () => {
  if (typeof BUNDLED === 'undefined') return import('./xwing.js');
  throw new TypeError('nobody said where the fallback is');
};

/**
 * Say how to load what stands in for the engine.
 *
 * @param {() => Promise<Kem>} load
 */
export function fallBackTo(load) {
  loadFallback = load;
}

/**
 * Return what does X-Wing; where that has to be loaded and cannot be, asking again tries again.
 *
 * @returns {Promise<Kem>}
 */
export function suite() {
  chosen ??= choose().catch((error) => {
    chosen = undefined;
    throw error;
  });
  return chosen;
}

/**
 * Insist on one implementation; for tests. A page cannot reach this: the bundle exports nothing.
 *
 * @param {'native' | 'noble'} kem
 */
export function useKem(kem) {
  chosen = kem === 'native' ? Promise.resolve(native) : loadFallback();
}

/** @returns {Promise<Kem>} */
async function choose() {
  return (await isNative()) ? native : loadFallback();
}

/** How the secret begins that nines encapsulate to the key grown from zeros. */
const NINES = 'w4cZA7I9k5Xv';

/** Whether the engine's X-Wing agrees with itself, and with everybody else's. */
async function isNative() {
  try {
    const keys = await native.growKeys(new Uint8Array(32));
    const { enc, secret } = await native.encapsulate(keys.public);
    const known = await native.decapsulate(new Uint8Array(1120).fill(9), keys);
    return same(await native.decapsulate(enc, keys), secret) && b64(known).startsWith(NINES);
  } catch {
    return false;
  }
}
