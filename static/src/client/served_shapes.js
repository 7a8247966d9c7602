/**
 * Tables of what a server's answers hold: what reads each member, and returns what it means.
 *
 * A reader takes a value and what it is called, and raises MalformedError or LimitError.
 */

import * as encoding from '../envelope/encoding.js';
import { unb64 } from '../envelope/encoding.js';
import { MalformedError } from '../envelope/errors.js';
import { servedTime } from './days.js';

/** @import { Readers } from '../envelope/encoding.js' */

/** What whoever uses it parses strictly: a record, a grant, a card. @param {unknown} value */
export const any = (value) => value;

/** A time or a day that exists (docs/protocol.md §10, "Listing"). @param {unknown} value */
export const time = (value) => servedTime(value);

/** The same, or null, which is read as "". @param {unknown} value */
export const timeOrNever = (value) => (value === null ? '' : servedTime(value));

/** @param {number} least @returns {(value: unknown, what: string) => number} */
export const integerFrom = (least) => (value, what) => encoding.integer(value, what, least);

/** Bytes in base64url: `length`, or as many as there are. @param {number} [length] */
export const octets = (length) => (/** @type {unknown} */ value) => unb64(value, length);

/** @param {number} most @returns {(value: unknown, what: string) => string} */
export const textOf = (most) => (value, what) => encoding.text(value, what, most);

/**
 * A string of at most `most` characters that a pattern matches as a whole.
 *
 * @param {RegExp} pattern
 * @param {number} most
 * @returns {(value: unknown, what: string) => string}
 */
export const written = (pattern, most) => (value, what) => {
  if (typeof value !== 'string' || value.length > most || !pattern.test(value)) {
    throw new MalformedError(`${what} has not the form that it must have`);
  }
  return value;
};

/**
 * One of some words.
 *
 * @template {string} W
 * @param {...W} words
 * @returns {(value: unknown, what: string) => W}
 */
export const oneOf = (...words) => (value, what) => {
  const found = words.find((word) => word === value);
  if (found === undefined) {
    throw new MalformedError(`${what} is not one of the tokens that there are`);
  }
  return found;
};

/**
 * A list of `least` to `most` items.
 *
 * @template T
 * @param {(value: unknown, what: string) => T} of
 * @param {number} most
 * @returns {(value: unknown, what: string) => T[]}
 */
export const items = (of, most, least = 0) => (value, what) =>
  encoding.listed(value, what, most, least).map((item) => of(item, `one of ${what}`));

/**
 * An object with exactly these members, or also some of the `optional` ones.
 *
 * @template {Readers} R
 * @template {Readers} [O={}]
 * @param {R} readers
 * @param {O} [optional]
 */
export const an = (readers, optional) => (/** @type {unknown} */ value, what = 'it') =>
  encoding.parse(value, what, readers, optional);
