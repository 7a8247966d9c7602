/**
 * HPKE, base mode, single shot, in the one suite there is (RFC 9180, draft-ietf-hpke-pq;
 * docs/protocol.md §3): X-Wing (0x647a), HKDF-SHA256, AES-256-GCM, and empty AAD: all
 * context is in `info`.
 */

import { concat, unb64, utf8 } from './encoding.js';
import { MalformedError, OpenError } from './errors.js';
import { KEY, NONCE, mac, seal, unseal } from './primitives.js';
import { suite } from './suite.js';

/** @import { Bytes } from './encoding.js' */
/** @import { Kem } from './suite.js' */

export const MLKEM_PK = 1184;
export const KEM_PK = 1216;
export const KEM_ENC = 1120;

const MLKEM_Q = 3329;
const NOTHING = new Uint8Array();
const SUITE = Uint8Array.of(0x64, 0x7a, 0, 1, 0, 2);
/** Not a constant: engines too old for `utf8` have to get as far as being told so. */
const labels = () => concat(utf8('HPKE-v1HPKE'), SUITE); // version, suite

/**
 * Return enc(1120) || ciphertext || tag(16), sealed to a 1216-byte X-Wing public key.
 *
 * Raises MalformedError for no such key, or an X25519 point of small order (RFC 7748 §6.1).
 *
 * @param {Bytes} publicKey
 * @param {Bytes} plaintext
 * @param {Bytes} info
 */
export async function hpkeSeal(publicKey, plaintext, info) {
  const kem = await suite();
  kemPublic(publicKey);
  try {
    const { enc, secret } = await kem.encapsulate(publicKey);
    const { key, nonce } = await schedule(secret, info);
    const sealed = await seal(key, plaintext, NOTHING, nonce);
    return concat(enc, sealed.subarray(NONCE));
  } catch (cause) {
    throw new MalformedError('nothing can be sealed to this X-Wing public key', { cause });
  }
}

/**
 * Check a 1216-byte X-Wing public key, ML-KEM(1184) || X25519(32), and return it.
 *
 * The modulus check of FIPS 203 §7.2: each 12-bit coefficient is below 3329.
 *
 * @param {Bytes} publicKey
 */
export function kemPublic(publicKey) {
  if (publicKey.length !== KEM_PK) throw new MalformedError('an X-Wing public key has 1216 bytes');
  for (let i = 0; i < MLKEM_PK - KEY; i += 3) {
    const [a = 0, b = 0, c = 0] = publicKey.subarray(i, i + 3);
    if ((a | ((b & 15) << 8)) >= MLKEM_Q || ((b >> 4) | (c << 4)) >= MLKEM_Q) {
      throw new MalformedError('not an X-Wing public key');
    }
  }
  return publicKey;
}

/**
 * Decode an X-Wing public key from base64url, and check it.
 *
 * @param {unknown} value
 */
export function readKemPublic(value) {
  return kemPublic(unb64(value, KEM_PK));
}

/**
 * The key schedule: KeySchedule of RFC 9180 §5.1, without a pre-shared key.
 *
 * @param {Uint8Array} secret the KEM's, 32 bytes
 * @param {Bytes} info
 */
export async function schedule(secret, info) {
  const psk = await extract(NOTHING, 'psk_id_hash', NOTHING);
  const context = concat(Uint8Array.of(0), psk, await extract(NOTHING, 'info_hash', info));
  const prk = await extract(secret, 'secret', NOTHING);
  return {
    key: await expand(prk, 'key', context, KEY),
    nonce: await expand(prk, 'base_nonce', context, NONCE),
  };
}

/**
 * LabeledExtract of RFC 9180 §4.
 *
 * @param {Uint8Array} salt
 * @param {string} label
 * @param {Uint8Array} material
 */
function extract(salt, label, material) {
  // HMAC fills a key up with zeros, but WebCrypto takes none that is empty.
  return mac(concat(salt, new Uint8Array(KEY)), concat(labels(), utf8(label), material));
}

/**
 * LabeledExpand of RFC 9180 §4, of at most 32 bytes.
 *
 * @param {Bytes} prk
 * @param {string} label
 * @param {Uint8Array} info
 * @param {number} length
 */
async function expand(prk, label, info, length) {
  const counter = Uint8Array.of(1);
  const head = Uint8Array.of(0, length);
  return (await mac(prk, concat(head, labels(), utf8(label), info, counter))).slice(0, length);
}

/** An X-Wing key pair grown from a 32-byte seed; SHAKE256(seed, 96) = 64 ML-KEM || 32 X25519. */
export class KemKey {
  /** @type {Kem} */
  #kem;
  #keys;
  /** @type {Bytes} 1216 bytes */
  public;

  /** @param {Kem} kem @param {{public: Bytes}} keys */
  constructor(kem, keys) {
    this.#kem = kem;
    this.#keys = keys;
    this.public = keys.public;
  }

  /**
   * Grow the key pair; raises MalformedError unless the seed has 32 bytes.
   *
   * @param {Bytes} seed
   */
  static async fromSeed(seed) {
    if (seed.length !== KEY) throw new MalformedError('an X-Wing seed has 32 bytes');
    const kem = await suite();
    return new KemKey(kem, await kem.growKeys(seed));
  }

  /**
   * Open an HPKE seal, enc(1120) || ciphertext || tag(16); raises OpenError.
   *
   * @param {Bytes} sealed
   * @param {Bytes} info
   * @returns {Promise<Bytes>}
   */
  async open(sealed, info) {
    try {
      const secret = await this.#kem.decapsulate(sealed.slice(0, KEM_ENC), this.#keys);
      const { key, nonce } = await schedule(secret, info);
      return await unseal(key, concat(nonce, sealed.subarray(KEM_ENC)), NOTHING);
    } catch (cause) {
      throw new OpenError('the HPKE seal does not open under this key and context', { cause });
    }
  }
}
