/**
 * X-Wing by the engine itself: WebCrypto's MLKEM768-X25519 (draft-connolly-cfrg-xwing-kem).
 *
 * The same functions as in ./xwing.js, which stands in where an engine lacks it.
 */

/** @import { Bytes } from './encoding.js' */

/** @typedef {{public: Bytes, private: CryptoKey}} NativeKeys */

const X_WING = 'MLKEM768-X25519';
const ENCAPSULATE = 'encapsulateBits';
const DECAPSULATE = 'decapsulateBits';

// TypeScript does not know these yet.
const engine = /** @type {any} */ (globalThis.crypto?.subtle);

/**
 * Grow a key pair from a seed of 32 bytes.
 *
 * @param {Uint8Array} seed
 * @returns {Promise<NativeKeys>}
 */
async function growKeys(seed) {
  const key = await engine.importKey('raw-seed', seed, X_WING, false, [DECAPSULATE]);
  const publicKey = await engine.getPublicKey(key, [ENCAPSULATE]);
  return { public: bytes(await engine.exportKey('raw-public', publicKey)), private: key };
}

/**
 * Encapsulate a fresh secret of 32 bytes to a public key of 1216.
 *
 * @param {Uint8Array} publicKey
 */
async function encapsulate(publicKey) {
  const key = await engine.importKey('raw-public', publicKey, X_WING, false, [ENCAPSULATE]);
  const { ciphertext, sharedKey } = await engine.encapsulateBits(X_WING, key);
  return { enc: bytes(ciphertext), secret: bytes(sharedKey) };
}

/**
 * Decapsulate 1120 bytes to the secret.
 *
 * @param {Uint8Array} enc
 * @param {NativeKeys} keys
 */
async function decapsulate(enc, keys) {
  return bytes(await engine.decapsulateBits(X_WING, keys.private, enc));
}

/** @param {ArrayBuffer} buffer */
function bytes(buffer) {
  return new Uint8Array(buffer);
}

/** The engine's implementation. */
export const native = { growKeys, encapsulate, decapsulate };
