/** Values inside a sentence, in its language: a form says "1,5" in German where it seals "1.5". */

/** @import { Field } from '../../envelope/questions.js' */

// Days are of the Gregorian calendar, whatever calendar a language has, and of no time zone.
const DAY = /** @type {const} */ ({ dateStyle: 'long', timeZone: 'UTC', calendar: 'gregory' });
const TIME = /** @type {const} */ ({ timeStyle: 'short', timeZone: 'UTC', hourCycle: 'h23' }); // as it is typed

/**
 * A decimal with the digits and the sign of a language, not parted into thousands.
 *
 * @param {string} decimal
 * @param {string} language
 */
export function decimalIn(decimal, language) {
  const ours = new Intl.NumberFormat(language || 'en', { useGrouping: false });
  const digits = [...ours.format(9_876_543_210)].reverse();
  const point = ours.formatToParts(1.5).find(({ type }) => type === 'decimal')?.value ?? '.';
  return decimal.replace('.', point).replace(/\d/g, (digit) => digits[Number(digit)] ?? digit);
}

/**
 * A value of a field, as a sentence in this language has it.
 *
 * @param {string} kind
 * @param {string} value
 * @param {string} language
 */
export function valueIn(kind, value, language) {
  if (!value) return '';
  if (kind === 'number' || kind === 'rating') return decimalIn(value, language);
  if (kind === 'date') return new Date(value).toLocaleDateString(language, DAY);
  if (kind === 'time') return new Date(`1970-01-01T${value}Z`).toLocaleTimeString(language, TIME);
  return value;
}

/**
 * A reading, as it can be typed without being asked about again: a number with a fraction of three
 * digits gets a fourth.
 *
 * @param {Field['kind']} kind
 * @param {string} value
 * @param {string} language
 */
export function writable(kind, value, language) {
  if (kind !== 'number') return value;
  const short = value.includes('.') ? value.replace(/\.?0+$/, '') : value;
  return decimalIn(/\.\d{3}$/.test(short) ? `${short}0` : short, language);
}
