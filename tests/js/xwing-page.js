/** Decapsulation in a page of a browser: bundled on the fly by tests/browser/test_xwing.py. */

import { KEM_MLKEM768_X25519 } from 'hpke';
import { KEM_XWING } from '../../static/src/envelope/xwing.js';

const KEMS = { native: KEM_MLKEM768_X25519, noble: KEM_XWING };

/** @param {string} hex */
const raw = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
/** @param {Uint8Array} bytes */
const hexed = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * Return the shared secret in `enc`, and whether the serialized public key is taken as one.
 *
 * @param {{seed: string, public: string, enc: string}} vector
 * @param {'native' | 'noble'} which
 */
async function decapsulate(vector, which) {
  const kem = /** @type {import('hpke').KEM<any>} */ (KEMS[which]());
  const key = await kem.DeserializePrivateKey(raw(vector.seed), true);
  const publicKey = await kem.DeserializePublicKey(raw(vector.public));
  return {
    public: hexed(await kem.SerializePublicKey(publicKey)),
    secret: hexed(await kem.Decap(raw(vector.enc), key, publicKey)),
  };
}

Object.assign(globalThis, { decapsulate });
