/** Secrets in a form that scanners recognise and typing errors do not pass (docs/protocol.md §10). */

import { b64, unb64, utf8 } from './encoding.js';
import { MalformedError } from './errors.js';
import { KEY, random, sha256 } from './primitives.js';

/** @import { Bytes } from './encoding.js' */

export const SEED = 'sfk';
export const API_SECRET = 'sfs';
export const ENROLMENT = 'sfe';

const TOKEN = /^[a-z]{3}_([A-Za-z0-9_-]{43})_[0-9a-f]{8}$/;

/**
 * Return 32 secret bytes in their scannable form, 56 characters.
 *
 * @param {string} prefix
 * @param {Bytes} secret
 */
export function showToken(prefix, secret) {
  const body = `${prefix}_${b64(secret)}`;
  return `${body}_${crc32(utf8(body)).toString(16).padStart(8, '0')}`;
}

/**
 * Return a fresh random token.
 *
 * @param {string} prefix
 */
export function newToken(prefix) {
  return showToken(prefix, random(KEY));
}

/**
 * Return the 32 bytes of a token; raises MalformedError, which never shows the token.
 *
 * @param {string} prefix
 * @param {unknown} text
 * @returns {Bytes}
 */
export function readToken(prefix, text) {
  const found = typeof text === 'string' ? TOKEN.exec(text) : null;
  if (!found || !found[0].startsWith(`${prefix}_`)) {
    throw new MalformedError(`not a whole token that begins with ${prefix}_`);
  }
  const secret = unb64(found[1], KEY);
  if (showToken(prefix, secret) !== text) {
    throw new MalformedError('a token was mistyped or cut off: its checksum is wrong');
  }
  return secret;
}

/**
 * Return SHA-256 of the whole token, 32 bytes: all that a server keeps.
 *
 * @param {string} text
 */
export function tokenDigest(text) {
  return sha256(utf8(text));
}

/** Of IEEE 802.3, bits reflected. @param {Uint8Array} bytes */
function crc32(bytes) {
  let rest = -1;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit += 1) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  }
  return ~rest >>> 0;
}
