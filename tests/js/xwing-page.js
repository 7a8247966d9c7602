/** Decapsulation in a page of a browser: bundled on the fly by tests/browser/test_xwing.py. */

import { native } from '../../static/src/envelope/native.js';
import * as noble from '../../static/src/envelope/xwing.js';

const KEMS = { native, noble };

/** @param {string} hex */
const raw = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
/** @param {Uint8Array} bytes */
const hexed = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * Return the public key of a seed, and the secret that `enc` holds for it.
 *
 * @param {{seed: string, enc: string}} vector
 * @param {'native' | 'noble'} which
 */
async function decapsulate(vector, which) {
  /** @type {import('../../static/src/envelope/suite.js').Kem} */
  const kem = KEMS[which];
  const keys = await kem.growKeys(raw(vector.seed));
  return { public: hexed(keys.public), secret: hexed(await kem.decapsulate(raw(vector.enc), keys)) };
}

Object.assign(globalThis, { decapsulate });
