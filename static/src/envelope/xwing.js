/**
 * X-Wing (draft-connolly-cfrg-xwing-kem) for engines whose WebCrypto has none. The same
 * functions as in ./native.js; a file of its own, which other engines do not load.
 *
 * ML-KEM-768, SHA3-256 and SHAKE256 come from @noble; X25519 from WebCrypto, which
 * has it wherever it has the Ed25519 that sealform/1 needs anyway.
 */

import { sha3_256, shake256 } from '@noble/hashes/sha3.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { concat, utf8 } from './encoding.js';
import { random } from './primitives.js';

/** @import { Bytes } from './encoding.js' */

const SEED = 32;
const MLKEM_SEED = 64;
const MLKEM_PK = 1184;
const MLKEM_CT = 1088;
const LABEL = utf8('\\.//^\\');

const X25519 = 'X25519';
const BASE_POINT = Uint8Array.of(9, ...new Uint8Array(31));
// PrivateKeyInfo of RFC 8410 up to the 32 bytes of the key.
const X25519_PKCS8 = Uint8Array.from([
  0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20,
]);

/**
 * What a 32-byte seed grows into.
 *
 * @typedef {object} XWingKeys
 * @property {Bytes} seed
 * @property {Bytes} public 1216 bytes: ML-KEM (1184) || X25519 (32)
 * @property {Uint8Array} mlkem the expanded ML-KEM private key
 * @property {CryptoKey} x25519
 */

/**
 * Grow a key pair: SHAKE256(seed, 96) = 64 ML-KEM || 32 X25519.
 *
 * @param {Uint8Array} seed 32 bytes
 * @returns {Promise<XWingKeys>}
 */
export async function growKeys(seed) {
  const grown = shake256(seed, { dkLen: MLKEM_SEED + SEED });
  const mlkem = ml_kem768.keygen(grown.subarray(0, MLKEM_SEED));
  const x25519 = await scalar(grown.subarray(MLKEM_SEED));
  const publicKey = concat(mlkem.publicKey, await multiply(x25519, BASE_POINT));
  return { seed: concat(seed), public: publicKey, mlkem: mlkem.secretKey, x25519 };
}

/**
 * Encapsulate a secret of 32 bytes to a public key of 1216.
 *
 * @param {Uint8Array} publicKey
 * @param {Uint8Array} [randomness] 64 bytes, given by vectors only: 32 for ML-KEM, 32 the
 *   ephemeral X25519 key
 */
export async function encapsulate(publicKey, randomness = random(2 * SEED)) {
  const point = publicKey.subarray(MLKEM_PK);
  const inner = ml_kem768.encapsulate(publicKey.subarray(0, MLKEM_PK), randomness.slice(0, SEED));
  const ephemeral = await scalar(randomness.subarray(SEED));
  const share = await multiply(ephemeral, BASE_POINT);
  const shared = await multiply(ephemeral, point);
  return {
    secret: combine(inner.sharedSecret, shared, share, point),
    enc: concat(inner.cipherText, share),
  };
}

/**
 * Decapsulate 1120 bytes to the 32-byte shared secret.
 *
 * @param {Uint8Array} enc
 * @param {XWingKeys} keys
 */
export async function decapsulate(enc, keys) {
  const share = enc.subarray(MLKEM_CT);
  const inner = ml_kem768.decapsulate(enc.subarray(0, MLKEM_CT), keys.mlkem);
  const shared = await multiply(keys.x25519, share);
  return combine(inner, shared, share, keys.public.subarray(MLKEM_PK));
}

/**
 * @param {Uint8Array} inner
 * @param {Uint8Array} shared
 * @param {Uint8Array} share
 * @param {Uint8Array} point
 */
function combine(inner, shared, share, point) {
  return sha3_256(concat(inner, shared, share, point, LABEL));
}

/** @param {Uint8Array} bytes */
function scalar(bytes) {
  const key = concat(X25519_PKCS8, bytes);
  return crypto.subtle.importKey('pkcs8', key, X25519, false, ['deriveBits']);
}

/**
 * @param {CryptoKey} key
 * @param {Uint8Array} point
 */
async function multiply(key, point) {
  const other = await crypto.subtle.importKey('raw', concat(point), X25519, true, []);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: X25519, public: other }, key, 256));
}
