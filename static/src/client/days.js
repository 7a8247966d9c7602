/** Days that people write, in seconds since 1970, and times that the server says; all in UTC. */

import { FORMATS } from '../envelope/formats.js';
import { MalformedError } from '../envelope/errors.js';
import { UsageError } from './errors.js';

const DAY = 24 * 3600;
/** The first second of 9999-12-31. */
const LAST = 253_402_214_400;
const SERVED = /^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T([0-9]{2}:[0-9]{2}):([0-9]{2})Z)?$/;

/** @type {(day: string) => boolean} */
const isDay = FORMATS.get('date') ?? (() => false);
/** @type {(time: string) => boolean} */
const isTime = FORMATS.get('time') ?? (() => false);

/**
 * Return the last second of a day as people write it; raises UsageError.
 *
 * @param {string} day
 */
export function endOf(day) {
  if (!isDay(day)) throw new UsageError(`'${day}' is not a day like 2027-12-31`);
  return Date.parse(day) / 1000 + DAY - 1;
}

/**
 * Return an RFC 3339 time or a date of the server's (docs/protocol.md §10), as it is.
 *
 * @param {unknown} value
 */
export function servedTime(value) {
  const [whole, day = '', minute = '00:00', second = '00'] = SERVED.exec(String(value)) ?? [];
  if (typeof value !== 'string' || !whole || !isDay(day) || !isTime(minute) || second > '59') {
    throw new MalformedError("a time of the server's is not a time");
  }
  return value;
}

/**
 * Return the day of a time, like 2026-12-31; at most the last one that has four digits.
 *
 * @param {number} seconds
 */
export function showDay(seconds) {
  return new Date(Math.min(seconds, LAST) * 1000).toISOString().slice(0, 10);
}

/**
 * Whether the end of an access has passed, both in seconds since 1970; 0 is no end.
 *
 * @param {number} end
 * @param {number} now
 */
export function hasPassed(end, now) {
  return 0 < end && end < now;
}
