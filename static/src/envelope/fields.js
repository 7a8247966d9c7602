/** Padding, and the two layers of a sealed field (docs/protocol.md §5). */

import { MAX_INT, b64, concat, ctx, fromUtf8, part, unb64, utf8 } from './encoding.js';
import { LimitError, MalformedError, PaddingError } from './errors.js';
import { KEY, NONCE, TAG, random, seal, unseal } from './primitives.js';

/** @import { Bytes } from './encoding.js' */

/** @typedef {string | string[] | boolean | number | null} Value */

/**
 * A sealed field: `k` the sealed data key (60 bytes), `c` the sealed value.
 *
 * @typedef {{k: Bytes, c: Bytes}} Sealed
 */

export const MIN_PADDED = 64;
export const MAX_PADDED = 64 * 1024;
export const SEALED_KEY = NONCE + KEY + TAG;
export const OVERHEAD = NONCE + TAG;

const MARK = 0x80;
// A number's sign, digits before and behind the point, and exponent.
const NUMBER = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:e([+-]?[0-9]+))?$/i;
const MAX_NUMBER = 64;

/** Where a field stands: bound into both of its seals, so that it opens nowhere else. */
export class Place {
  #key;
  #value;
  #akid;

  /** @param {{id: string, writer: string, type: string, rev: number, akid: Bytes}} record */
  constructor({ id, writer, type, rev, akid }) {
    this.#key = ctx('dk', id, writer, type, rev);
    this.#value = ctx('value', id, writer, type, rev);
    this.#akid = part(akid);
  }

  /**
   * Return ctx("dk", id, writer, type, rev, field, akid).
   *
   * @param {string} field
   */
  keyAad(field) {
    return concat(this.#key, part(field), this.#akid);
  }

  /**
   * Return ctx("value", id, writer, type, rev, field).
   *
   * @param {string} field
   */
  valueAad(field) {
    return concat(this.#value, part(field));
  }
}

/**
 * Append 0x80 and zeros up to a power of two, at least 64 and at most 65536 bytes.
 *
 * @param {Bytes} message
 * @returns {Bytes}
 */
export function pad(message) {
  const size = paddedSize(message);
  if (size > MAX_PADDED) throw new LimitError('a value is at most 65535 bytes of JSON');
  const padded = new Uint8Array(size);
  padded.set(message);
  padded[message.length] = MARK;
  return padded;
}

/** @param {Bytes} message */
function paddedSize(message) {
  let size = MIN_PADDED;
  while (size <= message.length) size *= 2;
  return size;
}

/**
 * Undo `pad`; raises PaddingError unless `pad` would give the same bytes.
 *
 * @param {Bytes} padded
 */
export function unpad(padded) {
  const end = padded.findLastIndex((byte) => byte !== 0);
  const message = padded.subarray(0, Math.max(end, 0));
  const known = padded[end] === MARK && padded.length <= MAX_PADDED;
  if (!known || paddedSize(message) !== padded.length) {
    throw new PaddingError('the padding of a value is wrong');
  }
  return message;
}

/**
 * Return a value as JSON in UTF-8; raises MalformedError on any other shape.
 *
 * @param {Value} value
 */
export function dumpValue(value) {
  checkValue(value);
  return utf8(JSON.stringify(value));
}

/**
 * Parse a value: string, list of strings, boolean, number or null.
 *
 * @param {Bytes} raw
 * @returns {Value}
 */
export function loadValue(raw) {
  const text = fromUtf8(raw);
  let value;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new MalformedError('a value is not JSON in UTF-8', { cause });
  }
  checkValue(value);
  if (typeof value === 'number' && !isExact(text.trim(), value)) {
    throw new MalformedError('a value is a number that is not kept exactly');
  }
  return value;
}

/**
 * Whether the shortest decimal that is read as `value` is the one that stood there.
 *
 * @param {string} number
 * @param {number} value
 */
function isExact(number, value) {
  if (number.length > MAX_NUMBER || Object.is(value, -0)) return false;
  return decimal(number) === decimal(String(value));
}

/**
 * Return a number's sign, its digits without zeros at the ends, and their power of ten.
 *
 * @param {string} number
 */
function decimal(number) {
  const [, sign, whole, fraction = '', exponent = '0'] = NUMBER.exec(number) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  const power = Number(exponent) - fraction.length + digits.length - kept.length;
  return kept ? `${sign}${kept}e${power}` : '0';
}

/** @param {unknown} value */
function checkValue(value) {
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'number' && Math.abs(value) <= MAX_INT) return; // NaN compares false
  const strings = Array.isArray(value) ? value : [value];
  if (!strings.every((item) => typeof item === 'string')) {
    throw new MalformedError('a value is a string, a list of strings, a boolean, a number or null');
  }
  if (!strings.every((item) => item.isWellFormed())) {
    throw new MalformedError('a value holds a lone surrogate');
  }
}

/**
 * Seal one value under a fresh data key, and that key under the column key (32 bytes).
 *
 * Spaces follow its JSON until it has `room` bytes, so that it looks like others as long.
 *
 * @param {Bytes} columnKey
 * @param {Place} place
 * @param {string} field
 * @param {Value} value
 * @param {number} [room]
 * @param {{dataKey?: Bytes, keyNonce?: Bytes, valueNonce?: Bytes}} [randomness] given by
 *   vectors only: 32, 12 and 12 bytes
 * @returns {Promise<Sealed>}
 */
export async function sealField(columnKey, place, field, value, room = 0, randomness = {}) {
  const { dataKey = random(KEY), keyNonce, valueNonce } = randomness;
  const json = dumpValue(value);
  const padded = pad(concat(json, utf8(' '.repeat(Math.max(room - json.length, 0)))));
  return {
    k: await seal(columnKey, dataKey, place.keyAad(field), keyNonce),
    c: await seal(dataKey, padded, place.valueAad(field), valueNonce),
  };
}

/**
 * Return the field's data key (32 bytes); raises OpenError.
 *
 * @param {Bytes} columnKey
 * @param {Place} place
 * @param {string} field
 * @param {Sealed} sealed
 */
export function openDataKey(columnKey, place, field, sealed) {
  return unseal(columnKey, sealed.k, place.keyAad(field));
}

/**
 * Open the value under its data key; raises OpenError, PaddingError, MalformedError.
 *
 * @param {Bytes} dataKey
 * @param {Place} place
 * @param {string} field
 * @param {Sealed} sealed
 */
export async function openValue(dataKey, place, field, sealed) {
  return loadValue(unpad(await unseal(dataKey, sealed.c, place.valueAad(field))));
}

/**
 * Open both layers of a field.
 *
 * @param {Bytes} columnKey
 * @param {Place} place
 * @param {string} field
 * @param {Sealed} sealed
 */
export async function openField(columnKey, place, field, sealed) {
  return openValue(await openDataKey(columnKey, place, field, sealed), place, field, sealed);
}

/**
 * Return a sealed field as on the wire: `<b64url k>.<b64url c>`.
 *
 * @param {Sealed} sealed
 */
export function showSealed(sealed) {
  return `${b64(sealed.k)}.${b64(sealed.c)}`;
}

/**
 * Parse a sealed field: k of 60 bytes; c of 28 more than a power of two, 64 to 65536.
 *
 * @param {unknown} wire
 * @returns {Sealed}
 */
export function readSealed(wire) {
  const dot = typeof wire === 'string' ? wire.indexOf('.') : -1;
  if (typeof wire !== 'string' || dot < 0) {
    throw new MalformedError('a sealed field is <b64url key>.<b64url value>');
  }
  const sealed = { k: unb64(wire.slice(0, dot), SEALED_KEY), c: unb64(wire.slice(dot + 1)) };
  const size = sealed.c.length - OVERHEAD;
  if (size < MIN_PADDED || size & (size - 1)) {
    throw new MalformedError('a sealed value has a padded size that the protocol does not know');
  }
  if (size > MAX_PADDED) throw new LimitError('a sealed value is at most 65564 bytes');
  return sealed;
}
