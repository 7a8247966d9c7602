/**
 * The only place, with ./suite.js and ./xwing.js, that touches a cryptographic library
 * (docs/protocol.md §3).
 *
 * One suite, no negotiation: HPKE base mode with X-Wing (MLKEM768-X25519, 0x647a),
 * HKDF-SHA256 and AES-256-GCM (RFC 9180, draft-ietf-hpke-pq,
 * draft-connolly-cfrg-xwing-kem); Ed25519 (RFC 8032); SHA-256, HMAC and HKDF
 * (RFC 5869). WebCrypto does all but X-Wing where an engine lacks it. Randomness
 * comes from the platform.
 */

import { concat, ctx, unb64 } from './encoding.js';
import { MalformedError, OpenError, SignatureError } from './errors.js';
import { suite } from './suite.js';
import { growKeys } from './xwing.js';

/** @import { Bytes, Part } from './encoding.js' */
/** @import { CipherSuite, Key } from 'hpke' */

export const KEY = 32;
export const NONCE = 12;
export const TAG = 16;
export const MLKEM_PK = 1184;
export const KEM_PK = 1216;
export const KEM_ENC = 1120;
export const SIG_PK = 32;
export const SIG = 64;

const MLKEM_Q = 3329;
const ED25519 = 'Ed25519';
// PrivateKeyInfo of RFC 8410 up to the 32 bytes of the seed.
const ED25519_PKCS8 = Uint8Array.from([
  0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
]);

/**
 * Return `length` random bytes from the platform.
 *
 * @param {number} length at most 65536
 * @returns {Bytes}
 */
export function random(length) {
  return crypto.getRandomValues(new Uint8Array(length));
}

/**
 * Return SHA-256 over the context, 32 bytes.
 *
 * @param {string} label
 * @param {...Part} parts
 * @returns {Promise<Bytes>}
 */
export async function H(label, ...parts) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', ctx(label, ...parts)));
}

/**
 * Return HMAC-SHA256, 32 bytes (RFC 2104).
 *
 * @param {Bytes} key
 * @param {Bytes} message
 * @returns {Promise<Bytes>}
 */
export async function mac(key, message) {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, message));
}

/**
 * Compare without leaving early.
 *
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 */
export function same(left, right) {
  let difference = left.length ^ right.length;
  left.forEach((byte, i) => (difference |= byte ^ (right[i] ?? 0)));
  return difference === 0;
}

/**
 * Return HKDF-Expand-SHA256(key, context, 32): its first block, T(1) (RFC 5869 §2.3).
 *
 * @param {Bytes} key 32 bytes
 * @param {string} label
 * @param {...Part} parts
 */
export function expand(key, label, ...parts) {
  return mac(key, concat(ctx(label, ...parts), Uint8Array.of(1)));
}

/**
 * Return nonce(12) || AES-256-GCM ciphertext || tag(16) under a fresh random nonce.
 *
 * @param {Bytes} key 32 bytes
 * @param {Bytes} plaintext
 * @param {Bytes} aad
 */
export function seal(key, plaintext, aad) {
  return sealWith(key, plaintext, aad, random(NONCE));
}

/**
 * `seal` with a given nonce: for vectors only.
 *
 * @param {Bytes} key
 * @param {Bytes} plaintext
 * @param {Bytes} aad
 * @param {Bytes} nonce 12 bytes, never used twice with one key
 */
export async function sealWith(key, plaintext, aad, nonce) {
  const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: aad };
  const imported = await aesKey(key, 'encrypt');
  return concat(nonce, new Uint8Array(await crypto.subtle.encrypt(algorithm, imported, plaintext)));
}

/**
 * Open what `seal` made; raises OpenError.
 *
 * @param {Bytes} key 32 bytes
 * @param {Bytes} sealed
 * @param {Bytes} aad
 * @returns {Promise<Bytes>}
 */
export async function unseal(key, sealed, aad) {
  const algorithm = { name: 'AES-GCM', iv: sealed.subarray(0, NONCE), additionalData: aad };
  try {
    const imported = await aesKey(key, 'decrypt');
    const opened = await crypto.subtle.decrypt(algorithm, imported, sealed.subarray(NONCE));
    return new Uint8Array(opened);
  } catch (cause) {
    throw new OpenError('the seal does not open: wrong key, place or altered bytes', { cause });
  }
}

/** @param {Bytes} key @param {KeyUsage} usage */
function aesKey(key, usage) {
  return crypto.subtle.importKey('raw', key, 'AES-GCM', false, [usage]);
}

/** An X-Wing key pair grown from a 32-byte seed; SHAKE256(seed, 96) = 64 ML-KEM || 32 X25519. */
export class KemKey {
  /** @type {CipherSuite} */
  #suite;
  /** @type {Key} */
  #private;
  /** @type {Bytes} 1216 bytes */
  public;

  /** @param {CipherSuite} suite @param {Key} key @param {Bytes} publicKey */
  constructor(suite, key, publicKey) {
    this.#suite = suite;
    this.#private = key;
    this.public = publicKey;
  }

  /**
   * Grow the key pair; raises MalformedError unless the seed has 32 bytes.
   *
   * @param {Bytes} seed
   */
  static async fromSeed(seed) {
    if (seed.length !== KEY) throw new MalformedError('an X-Wing seed has 32 bytes');
    const hpke = await suite();
    const [grown, key] = [await growKeys(seed), await hpke.DeserializePrivateKey(seed)];
    return new KemKey(hpke, key, grown.public);
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
      const [enc, ct] = [sealed.slice(0, KEM_ENC), sealed.slice(KEM_ENC)];
      return concat(await this.#suite.Open(this.#private, enc, ct, { info }));
    } catch (cause) {
      throw new OpenError('the HPKE seal does not open under this key and context', { cause });
    }
  }
}

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
  const hpke = await suite();
  kemPublic(publicKey);
  try {
    const key = await hpke.DeserializePublicKey(publicKey);
    const { encapsulatedSecret, ciphertext } = await hpke.Seal(key, plaintext, { info });
    return concat(encapsulatedSecret, ciphertext);
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

/** An Ed25519 key pair from its 32-byte seed. */
export class SigningKey {
  /** @type {CryptoKey} */
  #private;
  /** @type {Bytes} 32 bytes */
  public;

  /** @param {CryptoKey} key @param {Bytes} publicKey */
  constructor(key, publicKey) {
    this.#private = key;
    this.public = publicKey;
  }

  /** @param {Bytes} seed 32 bytes */
  static async fromSeed(seed) {
    const pkcs8 = concat(ED25519_PKCS8, seed);
    // WebCrypto tells the public half only of a key that may be exported; that one is dropped.
    const open = await crypto.subtle.importKey('pkcs8', pkcs8, ED25519, true, ['sign']);
    const { x } = await crypto.subtle.exportKey('jwk', open);
    const key = await crypto.subtle.importKey('pkcs8', pkcs8, ED25519, false, ['sign']);
    return new SigningKey(key, unb64(x, SIG_PK));
  }

  /**
   * Return the 64-byte signature over `message`.
   *
   * @param {Bytes} message
   * @returns {Promise<Bytes>}
   */
  async sign(message) {
    return new Uint8Array(await crypto.subtle.sign(ED25519, this.#private, message));
  }
}

// RFC 8032 §5.1: the order of the base point, which S has to be below. Not every engine looks.
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** @param {Bytes} signature */
function isReduced(signature) {
  const s = signature.subarray(SIG - KEY).reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return s < ORDER;
}

/**
 * Check a 64-byte Ed25519 signature; raises SignatureError naming `what`.
 *
 * @param {Bytes} publicKey 32 bytes
 * @param {Bytes} signature
 * @param {Bytes} message
 * @param {string} what
 */
export async function verify(publicKey, signature, message, what) {
  let good = false;
  try {
    const key = await crypto.subtle.importKey('raw', publicKey, ED25519, true, ['verify']);
    good = (await crypto.subtle.verify(ED25519, key, signature, message)) && isReduced(signature);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'NotSupportedError') throw cause;
    // Otherwise the engine refused bytes that are no point of the curve: no signature either.
  }
  if (!good) throw new SignatureError(`the signature of the ${what} is not by the expected key`);
}
