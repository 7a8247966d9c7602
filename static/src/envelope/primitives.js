/**
 * The primitives but for HPKE, which is in ./hpke.js (docs/protocol.md §3): SHA-256, HMAC and
 * HKDF (RFC 5869), AES-256-GCM, Ed25519 (RFC 8032). WebCrypto does them all, and only this
 * file, ./hpke.js and those that do X-Wing touch it. Randomness comes from the platform.
 */

import { concat, ctx, unb64 } from './encoding.js';
import { OpenError, SignatureError } from './errors.js';

/** @import { Bytes, Part } from './encoding.js' */

export const KEY = 32;
export const NONCE = 12;
export const TAG = 16;
export const SIG_PK = 32;
export const SIG = 64;

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
 * Return SHA-256 of bytes as they are, 32 bytes.
 *
 * @param {Bytes} bytes
 * @returns {Promise<Bytes>}
 */
export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
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
 * Return nonce(12) || AES-256-GCM ciphertext || tag(16).
 *
 * @param {Bytes} key 32 bytes
 * @param {Bytes} plaintext
 * @param {Bytes} aad
 * @param {Bytes} [nonce] 12 bytes, never used twice with one key: derived with it, or given by
 *   vectors, otherwise random
 */
export async function seal(key, plaintext, aad, nonce = random(NONCE)) {
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

/**
 * Return what expands one key of 32 bytes by label and parts, as `expand` does: it is imported once.
 *
 * @param {Bytes} key
 * @returns {Promise<(label: string, ...parts: Part[]) => Promise<Bytes>>}
 */
export async function expander(key) {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign']);
  return async (label, ...parts) => {
    const message = concat(ctx(label, ...parts), Uint8Array.of(1));
    return new Uint8Array(await crypto.subtle.sign('HMAC', imported, message));
  };
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

/**
 * Decode a base64url signature of 64 bytes; raises MalformedError.
 *
 * @param {unknown} value
 */
export function readSignature(value) {
  return unb64(value, SIG);
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
