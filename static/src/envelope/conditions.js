/** When a field or a section is shown (docs/protocol.md §8). */

import * as encoding from './encoding.js';
import { MalformedError } from './errors.js';

/**
 * Holds if the field is shown and has one of the values.
 *
 * @typedef {{field: string, values: (string | boolean)[]}} Condition
 */

const MAX_CONDITIONS = 8;
const MAX_VALUES = 256;

/**
 * Parse conditions; what they may ask is the question of `checkConditions`.
 *
 * @param {unknown} value
 * @returns {Condition[]}
 */
export function parseWhen(value) {
  return encoding.listed(value, 'when', MAX_CONDITIONS).map((condition) => {
    const readers = { field: encoding.name, in: parseValues };
    const { field, in: values } = encoding.parse(condition, 'condition', readers);
    return { field, values };
  });
}

/** @param {unknown} value @param {string} what */
function parseValues(value, what) {
  const values = /** @type {(string | boolean)[]} */ (encoding.listed(value, what, MAX_VALUES));
  const box = values.length === 1 && typeof values[0] === 'boolean';
  if (!box && !values.every((one) => typeof one === 'string')) {
    throw new MalformedError('a condition lists strings, or true or false alone');
  }
  encoding.distinct(values, what);
  return values;
}

/**
 * Return conditions as JSON.
 *
 * @param {Condition[]} when
 */
export function dumpWhen(when) {
  return when.map(({ field, values }) => ({ field, in: values }));
}

/**
 * Raise MalformedError unless they ask for values of the fields that stand before.
 *
 * @param {Condition[]} when
 * @param {Map<string, (string | boolean)[]>} before the values that each of those can have
 */
export function checkConditions(when, before) {
  for (const { field, values } of when) {
    const known = before.get(field) ?? [];
    if (!values.every((value) => known.includes(value))) {
      throw new MalformedError('a condition names a value of a choice or box that stands before');
    }
  }
}
