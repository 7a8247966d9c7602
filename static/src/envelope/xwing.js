/**
 * X-Wing (MLKEM768-X25519) for engines whose WebCrypto has no ML-KEM: an
 * implementation of the KEM interface of npm `hpke` (draft-connolly-cfrg-xwing-kem).
 *
 * ML-KEM-768, SHA3-256 and SHAKE256 come from @noble; X25519 from WebCrypto, which
 * has it wherever it has the Ed25519 that sealform/1 needs anyway.
 */

import { sha3_256, shake256 } from '@noble/hashes/sha3.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { LabeledDerive, encode } from 'hpke';
import { concat } from './encoding.js';

/** @import { Bytes } from './encoding.js' */
/** @import { KEM, Key } from 'hpke' */

const ID = 0x647a;
const ALGORITHM = { name: 'MLKEM768-X25519' };
const SEED = 32;
const MLKEM_SEED = 64;
const MLKEM_PK = 1184;
const MLKEM_CT = 1088;
const LABEL = encode('\\.//^\\');
const SUITE_ID = concat(encode('KEM'), Uint8Array.of(ID >> 8, ID & 0xff));

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
 * Encapsulate to a public key of 1216 bytes with the given randomness of 64 bytes:
 * 32 for ML-KEM, 32 the ephemeral X25519 key.
 *
 * @param {Uint8Array} publicKey
 * @param {Uint8Array} randomness
 */
export async function encapsulate(publicKey, randomness) {
  const point = publicKey.subarray(MLKEM_PK);
  const inner = ml_kem768.encapsulate(publicKey.subarray(0, MLKEM_PK), randomness.slice(0, SEED));
  const ephemeral = await scalar(randomness.subarray(SEED));
  const share = await multiply(ephemeral, BASE_POINT);
  const shared = await multiply(ephemeral, point);
  return {
    shared_secret: combine(inner.sharedSecret, shared, share, point),
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

/**
 * A key as `hpke` hands it around; its material stays inside this module.
 *
 * @implements {Key}
 */
class XWingKey {
  /** @type {'private' | 'public'} */
  type;
  /** @type {boolean} */
  extractable;
  algorithm = ALGORITHM;
  /** @type {Bytes | XWingKeys} */
  #material;

  /**
   * @param {Bytes | XWingKeys} material public bytes, or the keys grown from a seed
   * @param {boolean} extractable
   */
  constructor(material, extractable) {
    this.type = material instanceof Uint8Array ? 'public' : 'private';
    this.extractable = extractable;
    this.#material = material;
  }

  /** @param {Key} key @returns {Bytes} */
  static bytes(key) {
    const material = /** @type {XWingKey} */ (key).#material;
    return material instanceof Uint8Array ? material : material.public;
  }

  /** @param {Key} key @returns {XWingKeys} */
  static keys(key) {
    const material = /** @type {XWingKey} */ (key).#material;
    if (material instanceof Uint8Array) throw new TypeError('a private key is needed');
    return material;
  }
}

/**
 * The KEM, for the constructor of `hpke`'s CipherSuite.
 *
 * @returns {KEM<Key>}
 */
export function KEM_XWING() {
  return {
    id: ID,
    type: 'KEM',
    name: ALGORITHM.name,
    Nsecret: 32,
    Nenc: 1120,
    Npk: 1216,
    Nsk: SEED,
    async DeriveKeyPair(ikm, extractable) {
      const [label, context] = [encode('DeriveKeyPair'), new Uint8Array()];
      const seed = await LabeledDerive(SHAKE256, SUITE_ID, ikm, label, context, SEED);
      return pair(seed, extractable);
    },
    async GenerateKeyPair(extractable) {
      return pair(crypto.getRandomValues(new Uint8Array(SEED)), extractable);
    },
    SerializePublicKey: async (key) => XWingKey.bytes(key).slice(),
    DeserializePublicKey: async (bytes) => new XWingKey(concat(bytes), true),
    SerializePrivateKey: async (key) => XWingKey.keys(key).seed.slice(),
    DeserializePrivateKey: async (seed, extractable) =>
      new XWingKey(await growKeys(seed), extractable),
    Encap: (key) => encapsulate(XWingKey.bytes(key), crypto.getRandomValues(new Uint8Array(64))),
    Decap: (enc, key) => decapsulate(enc, XWingKey.keys(key)),
  };
}

const SHAKE256 = {
  /** @param {Uint8Array} ikm @param {number} L */
  Derive: async (ikm, L) => shake256(ikm, { dkLen: L }),
};

/**
 * @param {Uint8Array} seed
 * @param {boolean} extractable
 */
async function pair(seed, extractable) {
  const keys = await growKeys(seed);
  return {
    privateKey: new XWingKey(keys, extractable),
    publicKey: new XWingKey(keys.public, true),
  };
}
