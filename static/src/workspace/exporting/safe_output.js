/**
 * Values as files have them: such as no spreadsheet runs or changes, and the exact ones as lines of JSON.
 *
 * The same bytes as apps/cli/safe_output.py, of which this is the half that files need; both run
 * tests/vectors/record_file.json and safe_cell.json.
 */

import { plain, visible } from '../../client/quoting.js';

/** @import { Opened } from '../../client/acts/listed_items.js' */
/** @import { Value } from '../../envelope/fields.js' */

/** What a file has of a record that was opened. @typedef {Omit<Opened, 'rooms' | 'akid'>} Written */
/** By name, what stands in the columns of a record. @typedef {Map<string, Value>} Values */

// White space and digits as Python takes them: `\s` and `\d` are others here.
const SPACE = String.raw`\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;
const DIGIT = String.raw`\p{Nd}`;
const COMMANDING = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const PRINTABLE = /^[\x20-\x7e]*$/;

/** What begins a formula, with the white space before it. */
const SIGN = new RegExp(`(?<![${SPACE}])([${SPACE}]*)([=+\\-@＝＋－＠])`, 'gu');
/**
 * What a spreadsheet shows as it was typed: numbers of at most 15 digits without zeros at either
 * end, days and times. Of everything else that looks like one, it makes another number or a day:
 * 01234, +49 30, 1-2, 1e5, 4111111111111111, MARCH1.
 */
const WHOLE = /^(?:0|-?[1-9][0-9]{0,14})$/;
const NUMBER = /^(?:0|-?[1-9][0-9]{0,14}|-?(?=[0-9.]{3,16}$)(?:0|[1-9][0-9]*)\.[0-9]*[1-9])$/;
const DAY_OR_TIME = /^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)$/;
const DECIMAL = new RegExp(`^${DIGIT}+$`, 'u');
const LONGEST_NUMBER = 255;
const MONTH =
  '(?:jan(?:uar[yi]?|v(?:ier)?)?|feb(?:ruar[yi])?|f[eé]v(?:rier)?|mar(?:ch|s)?|märz?|apr(?:il)?|avr(?:il)?|ma[yi]' +
  '|jun[ei]?|juin|jul[yi]?|juillet|aug(?:ust)?|août|sept?(?:emb(?:er|re))?|o[ck]t(?:ob(?:er|re))?' +
  '|nov(?:emb(?:er|re))?|d[eé][cz](?:emb(?:er|re))?)';
const HAS_DIGIT = `(?=[^\\n]*${DIGIT})`;
const NUMERIC = new RegExp(
  `^(?:${HAS_DIGIT}[${DIGIT}${SPACE}.,:/+\\-()%'\u2019\u2212$£¥€]+(?:e[+\\-]?${DIGIT}+)?(?:[${SPACE}]*[ap]m?)?` +
    `|${HAS_DIGIT}(?:${DIGIT}{1,4}[${SPACE}.\\-/]*){0,2}${caseless(MONTH)}[${SPACE}.,\\-/]*(?:${DIGIT}{1,4}[${SPACE}.,\\-/]*){0,2}` +
    '|true|false)$',
  'iu',
);
/**
 * What one cell of a spreadsheet holds, in units of UTF-16; how much of a longer text goes into
 * each of several cells, so that it fits with the apostrophes that it may need.
 */
const CELL = 32767;
const PIECE = 16000;
/** Where some spreadsheet begins a cell inside of ours: where the decimal point is a comma, at `;`. */
const SEPARATORS = ';"';
const BREAK = /[\t\r\n]/;

/** To Python, which ignores case, the Turkish letters are an i, too. @param {string} pattern */
function caseless(pattern) {
  return pattern.replace(/(\[[^\]]*)?i/g, (_, set) => (set === undefined ? '[iıİ]' : `${set}iıİ`));
}

/** Return a value as text in one piece. @param {Value} value */
export function shown(value) {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value === 'number') return numeral(value);
  return value ?? '';
}

/** Return a number as Python writes it. @param {number} value */
function numeral(value) {
  if (value === 0 || Math.abs(value) >= 1e-4) return String(value);
  return value.toExponential().replace(/e-(\d)$/, 'e-0$1');
}

/**
 * Return text as a cell shows it: lines and tabs stay, what nobody sees is made visible.
 *
 * Nothing in it moves a cursor, reorders text or ends a line in a second way.
 *
 * @param {string} text
 */
export function cellText(text) {
  if (PRINTABLE.test(text)) return text;
  const lines = text.replaceAll('\r\n', '\n');
  return lines.replace(/[^\t\n]+/g, visible);
}

/**
 * Return a CSV cell that no spreadsheet runs or changes, nor a part that one takes for a cell.
 *
 * What looks like the beginning of a formula gets a `'`, and so does what would become another
 * number or a day; `point` says whether a number may have a decimal point there.
 *
 * @param {string} text
 * @param {{point?: boolean}} [look]
 */
export function safeCell(text, { point = true } = {}) {
  if ((point ? NUMBER : WHOLE).test(text) || DAY_OR_TIME.test(text)) return text;
  const changed = BREAK.test(text.charAt(0)) || looksNumeric(text);
  const safe = text.replace(SIGN, defused);
  return changed && !safe.startsWith("'") ? `'${safe}` : safe;
}

/** Whether some spreadsheet would make a number, a day or a truth of it. @param {string} text */
function looksNumeric(text) {
  if (DECIMAL.test(text)) return true;
  return text.length <= 2 * LONGEST_NUMBER && [...text].length <= LONGEST_NUMBER && NUMERIC.test(text);
}

/**
 * @param {string} whole
 * @param {string} gap
 * @param {string} sign
 * @param {number} start
 * @param {string} text
 */
function defused(whole, gap, sign, start, text) {
  const begins = start === 0 || SEPARATORS.includes(text.charAt(start - 1)) || BREAK.test(gap);
  return begins ? `${gap}'${sign}` : whole;
}

/**
 * Cut a text that is too long for one cell into several, none of them split within a character.
 *
 * @param {string} text
 */
export function pieces(text) {
  if (text.length <= CELL) return [text];
  const found = [];
  let start = 0;
  while (text.length - start > PIECE) {
    const end = start + PIECE;
    const cutsOne = (text.codePointAt(end - 1) ?? 0) > 0xffff;
    found.push(text.slice(start, cutsOne ? end - 1 : end));
    start = cutsOne ? end - 1 : end;
  }
  return [...found, text.slice(start)];
}

/**
 * Return a record as one line of JSON without its end, values exactly as they were sealed.
 *
 * @param {Written} record
 * @param {string} source
 */
export function jsonLine({ id, writer, type, rev, stored, data, problems, stolen, meta }, source) {
  const line = new Map(Object.entries({ id, writer, type, rev, stored, data, problems, stolen, meta, source }));
  return jsonText(line).replace(COMMANDING, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** JSON as Python spaces it. @param {unknown} value @returns {string} */
function jsonText(value) {
  if (typeof value === 'number') return numeral(value);
  if (Array.isArray(value)) return `[${value.map(jsonText).join(', ')}]`;
  if (!(value instanceof Map)) return JSON.stringify(value);
  return `{${[...value].map(([name, one]) => `${JSON.stringify(name)}: ${jsonText(one)}`).join(', ')}}`;
}

/**
 * Return what stands in the columns of a record: its values, then meta.NAME for each.
 *
 * @param {Written} record
 * @returns {Values}
 */
export function valuesOf({ data, meta }) {
  return new Map([...data, ...[...meta].map(([name, text]) => /** @type {const} */ ([`meta.${name}`, text]))]);
}

/** A failure as the command tells it, in one line. @param {{error: {message: string}}} failed */
export function refusedLine({ error }) {
  return `refused ${plain(error.message)}`;
}
