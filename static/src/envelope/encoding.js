/** Contexts, base64url, canonical JSON, names and ids (docs/protocol.md §2). */

import { LimitError, MalformedError } from './errors.js';

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** @typedef {string | number | Uint8Array} Part as UTF-8, as u64be, as it is */
/** @typedef {Record<string, any>} Wire a JSON object whose members were checked */

export const VERSION = 'sealform/1';
export const MAX_INT = Number.MAX_SAFE_INTEGER;
export const MAX_FIELDS = 128;
export const MAX_BODY = 1024 * 1024;
export const MAX_ROOM = 4095;

export const NAME = /^[a-z][a-z0-9_]{0,63}$/;
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
export const FORM = 'form:';
export const GROUP = 'group:';

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|^\p{Zs}|\p{Zs}$/u;

const ALPHABET = 'base64url';
/** The engine's own base64, which is many times as fast; TypeScript does not know it yet. Visitors' scripts do without. */
const native = typeof SMALL === 'undefined' && 'fromBase64' in Uint8Array && /** @type {any} */ (Uint8Array);

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Encode a string as UTF-8; raises MalformedError on a lone surrogate, which
 * TextEncoder alone would silently replace.
 *
 * @param {string} string
 * @returns {Bytes}
 */
export function utf8(string) {
  return encoder.encode(wellFormed(string));
}

/**
 * Decode UTF-8 strictly, a byte order mark included; raises MalformedError.
 *
 * @param {Uint8Array} bytes
 */
export function fromUtf8(bytes) {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new MalformedError('not UTF-8', { cause });
  }
}

/** @param {string} string */
function wellFormed(string) {
  if (!string.isWellFormed()) throw new MalformedError('a string holds a lone surrogate');
  return string;
}

/**
 * Join byte strings.
 *
 * @param {...Uint8Array} parts
 * @returns {Bytes}
 */
export function concat(...parts) {
  const joined = new Uint8Array(parts.reduce((size, bytes) => size + bytes.length, 0));
  let at = 0;
  for (const bytes of parts) {
    joined.set(bytes, at);
    at += bytes.length;
  }
  return joined;
}

/**
 * Return one context part: u32be(length) || bytes.
 *
 * @param {Part} value an integer is from 0 to 2^53 - 1
 * @returns {Bytes}
 */
export function part(value) {
  if (typeof value === 'string') value = utf8(value);
  else if (typeof value === 'number') value = u64be(value);
  const framed = new Uint8Array(4 + value.length);
  new DataView(framed.buffer).setUint32(0, value.length);
  framed.set(value, 4);
  return framed;
}

/** @param {number} value */
function u64be(value) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(integer(value, 'an integer', 0)));
  return bytes;
}

/**
 * Return the context `label` over `parts`; appending `part(x)` extends it by x.
 *
 * @param {string} label
 * @param {...Part} parts
 * @returns {Bytes}
 */
export function ctx(label, ...parts) {
  return concat(part(`${VERSION} ${label}`), ...parts.map(part));
}

/**
 * Return `bytes` as unpadded base64url (RFC 4648 §5).
 *
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function b64(bytes) {
  if (native) return /** @type {any} */ (bytes).toBase64({ alphabet: ALPHABET, omitPadding: true });
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/**
 * Decode canonical unpadded base64url, of exactly `length` bytes if given.
 *
 * Raises MalformedError on padding, foreign characters or spare bits.
 *
 * @param {unknown} string
 * @param {number} [length]
 * @returns {Bytes}
 */
export function unb64(string, length) {
  if (typeof string !== 'string') throw new MalformedError('base64url must be a string');
  /** @type {Bytes} */
  let bytes;
  try {
    bytes = native ? native.fromBase64(string, { alphabet: ALPHABET }) : decoded(string);
  } catch (cause) {
    throw new MalformedError('not base64url', { cause });
  }
  if (b64(bytes) !== string) {
    throw new MalformedError('not canonical base64url: no padding, no spare bits');
  }
  if (length !== undefined && bytes.length !== length) {
    throw new MalformedError(`expected ${length} bytes, found ${bytes.length}`);
  }
  return bytes;
}

/** @param {string} string @returns {Bytes} */
function decoded(string) {
  const binary = atob(string.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/**
 * Return canonical JSON: compact UTF-8, members in the order given.
 *
 * @param {unknown} value
 * @returns {Bytes}
 */
export function dumpJson(value) {
  return utf8(JSON.stringify(value));
}

/**
 * Parse canonical JSON; anything that would not be written the same way is refused.
 *
 * That one comparison rejects white space, duplicate keys, needless escapes, `-0` and
 * exponents; fractions, large integers and escaped lone surrogates are looked for.
 *
 * @param {Uint8Array} raw
 * @returns {any}
 */
export function loadJson(raw) {
  const string = fromUtf8(raw);
  let value;
  try {
    value = JSON.parse(string, (key, item) => {
      wellFormed(key);
      if (typeof item === 'string') wellFormed(item);
      if (typeof item === 'number') integer(item, 'a number in canonical JSON', -MAX_INT);
      return item;
    });
  } catch (cause) {
    if (cause instanceof MalformedError) throw cause;
    throw new MalformedError('not JSON', { cause });
  }
  if (JSON.stringify(value) !== string) {
    throw new MalformedError('not canonical JSON: compact, no duplicate keys, plain escapes');
  }
  return value;
}

/**
 * Whether a parsed JSON value is an object, as opposed to a list or null.
 *
 * @param {unknown} value
 * @returns {value is Wire}
 */
export function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Return `value` if it is an object with exactly `keys`, else raise MalformedError.
 *
 * It may have any of the `optional` ones too.
 *
 * @param {unknown} value
 * @param {readonly string[]} keys
 * @param {string} what
 * @param {readonly string[]} [optional]
 * @returns {Wire}
 */
export function members(value, keys, what, optional = []) {
  if (!isObject(value)) throw new MalformedError(`${what} must be an object`);
  const found = Object.keys(value);
  const missing = keys.filter((key) => !found.includes(key));
  if (missing.length) throw new MalformedError(`${what} lacks ${missing.join(', ')}`);
  const known = [...keys, ...optional];
  if (!found.every((key) => known.includes(key))) {
    throw new MalformedError(`${what} has unknown keys, it takes ${known.join(', ')}`);
  }
  return value;
}

/**
 * Like `members`, with the key `v` that must be the one version there is.
 *
 * @param {unknown} value
 * @param {readonly string[]} keys
 * @param {string} what
 * @param {readonly string[]} [optional]
 */
export function versioned(value, keys, what, optional) {
  const found = members(value, ['v', ...keys], what, optional);
  version(found.v);
  return found;
}

/** @typedef {{[name: string]: (value: unknown, what: string) => any}} Readers of the members */

/**
 * @template {Readers} R
 * @typedef {{[name in keyof R]: ReturnType<R[name]>}} Read
 */

/**
 * Return what the readers make of an object that has exactly these members, or also some
 * of the `optional` ones.
 *
 * @template {Readers} R
 * @template {Readers} O
 * @param {unknown} value
 * @param {string} what
 * @param {R} readers
 * @param {O} [optional]
 */
export function parse(value, what, readers, optional) {
  const wire = members(value, Object.keys(readers), what, Object.keys(optional ?? {}));
  const every = { ...readers, ...optional };
  const read = Object.entries(wire).map(([name, item]) => [name, every[name]?.(item, name)]);
  return /** @type {Read<R> & Partial<Read<O>>} */ (Object.fromEntries(read));
}

/**
 * Return the one version there is: what reads a member `v`.
 *
 * @param {unknown} value
 */
export function version(value) {
  if (value !== VERSION) throw new MalformedError(`this is not of version ${VERSION}`);
  return VERSION;
}

class Assigned {
  /** @param {any} parts */
  constructor(parts) {
    Object.assign(this, parts);
  }
}

/** Base of what has all members of what it is made from. */
export const Having = /** @type {new <T>(parts: T) => T} */ (/** @type {unknown} */ (Assigned));

/**
 * Return a list of `least` to `most` items; raises LimitError where there are more.
 *
 * @param {unknown} value
 * @param {string} what
 * @param {number} most
 * @returns {unknown[]}
 */
export function listed(value, what, most, least = 1) {
  if (!Array.isArray(value)) throw new MalformedError(`${what} must be a list`);
  if (value.length < least) throw new MalformedError(`${what} has at least ${least}`);
  if (value.length > most) throw new LimitError(`${what} has at most ${most}`);
  return value;
}

/**
 * Return these as a set; raises MalformedError if one comes twice.
 *
 * @template T
 * @param {T[]} values
 * @param {string} what
 */
export function distinct(values, what) {
  const set = new Set(values);
  if (set.size !== values.length) throw new MalformedError(`${what} must be distinct`);
  return set;
}

/**
 * Return true or false.
 *
 * @param {unknown} value
 * @param {string} what
 */
export function boolean(value, what) {
  if (typeof value !== 'boolean') throw new MalformedError(`${what} must be true or false`);
  return value;
}

/**
 * Return a field or type name: `[a-z][a-z0-9_]{0,63}`.
 *
 * @param {unknown} value
 */
export function name(value, what = 'name') {
  if (typeof value !== 'string' || !NAME.test(value)) {
    throw new MalformedError(`${what} must match [a-z][a-z0-9_]{0,63}`);
  }
  return value;
}

/**
 * Return a lower-case RFC 9562 UUID whose version digit is one of `versions`.
 *
 * @param {unknown} value
 */
export function uuid(value, what = 'id', versions = '4') {
  if (typeof value !== 'string' || !UUID.test(value) || !versions.includes(value.charAt(14))) {
    throw new MalformedError(`${what} must be a lower-case UUID of version ${versions}`);
  }
  return value;
}

/**
 * Return 16 bytes as a UUID of this version, variant 10.
 *
 * @param {Uint8Array} bytes longer ones are cut
 * @param {number} version
 */
export function shapedUuid(bytes, version) {
  const shaped = bytes.slice(0, 16);
  shaped[6] = ((shaped[6] ?? 0) & 0x0f) | (version << 4);
  shaped[8] = ((shaped[8] ?? 0) & 0x3f) | 0x80;
  const plain = Array.from(shaped, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return plain.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * Return a writer: a client's UUID or `form:` and a form's UUID.
 *
 * @param {unknown} value
 */
export function writer(value) {
  if (typeof value === 'string' && value.startsWith(FORM)) {
    return FORM + uuid(value.slice(FORM.length), 'writer');
  }
  return uuid(value, 'writer');
}

/**
 * Return what a grant may be of: a writer, or `group:` and a group's UUID.
 *
 * @param {unknown} value
 */
export function grantWriter(value) {
  return grouped(value) || writer(value);
}

/**
 * Return who may be granted keys: a client's UUID, or `group:` and a group's UUID.
 *
 * @param {unknown} value
 */
export function reader(value) {
  return grouped(value) || uuid(value, 'reader');
}

/** @param {unknown} value */
function grouped(value) {
  if (typeof value !== 'string' || !value.startsWith(GROUP)) return '';
  return GROUP + uuid(value.slice(GROUP.length), 'group id');
}

/**
 * Return an integer from `least` to 2^53 - 1.
 *
 * @param {unknown} value
 * @param {string} what
 */
export function integer(value, what, least = 1) {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
    throw new MalformedError(`${what} must be an integer from ${least} to 2^53-1`);
  }
  return value;
}

/**
 * Return a string of `least` to `most` code points, no U+0000, no lone surrogate.
 *
 * @param {unknown} value
 * @param {string} what
 * @param {number} most
 */
export function text(value, what, most, least = 0) {
  const length = typeof value === 'string' ? [...value].length : -1;
  if (typeof value !== 'string' || length < least || length > most) {
    throw new MalformedError(`${what} must be a string of ${least} to ${most} characters`);
  }
  if (value.includes('\0')) throw new MalformedError(`${what} holds a null character`);
  return wellFormed(value);
}

/**
 * Return a text of 1 to `most` code points, none invisible, no white space at its ends.
 *
 * @param {unknown} value
 * @param {string} what
 */
export function visible(value, what, most = 200) {
  const shown = text(value, what, most, 1);
  if (INVISIBLE.test(shown)) {
    throw new MalformedError(`${what} has no invisible characters and no outer spaces`);
  }
  return shown;
}

/**
 * Raise LimitError unless there are 1 to 128 fields.
 *
 * @param {number} count
 * @param {string} what
 */
export function fieldCount(count, what) {
  if (count < 1 || count > MAX_FIELDS) {
    throw new LimitError(`${what} must have 1 to ${MAX_FIELDS} fields`);
  }
}
