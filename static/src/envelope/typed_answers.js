/**
 * What people type, made of what they see (docs/protocol.md §8, "What visitors type").
 *
 * One step between what stands in a control and the rules for answers: what nobody sees does not
 * decide, and what can be read in two ways is asked about.
 */

import { FORMATS } from './formats.js';
import { matches } from './patterns.js';
import { CHOICES, YES_OR_NO } from './questions.js';
import { ENDS, alike, folded, isBlank, length, plain, unseenOut } from './seen.js';

/** @import { Field } from './questions.js' */

/**
 * What was typed, as it would be sealed. `readings` are the values that it could mean where that has
 * to be asked: with two or more of them nothing is sealed; one is what would have to be written.
 *
 * @typedef {{value: string, readings: string[]}} Typed
 */

/** @typedef {Pick<Field, 'kind'> & Partial<Field>} Asked */

// At the ends of a line of free text: white space, and what editors and web pages leave beside it.
const OUTER = /^[\s\x85\xad\u200b\u2060\ufeff]+|[\s\x85\xad\u200b\u2060\ufeff]+$/g;

// Languages that never set a point between thousands, and those whose dates with points begin with
// the day: in others such a notation can mean two things.
const DECIMAL_POINT =
  /^(ak|am|as|bm|bn|cy|ee|en|ga|gd|gu|gv|ha|he|hi|ig|iw|ja|ki|km|kn|ko|lg|mg|mi|ml|mr|ms|mt|my|nd|ne|or|pa|qu|sa|si|so|sw|ta|te|th|ti|to|ur|yi|yo|zh|zu)$/;
const DAY_FIRST =
  /^(az|be|bg|bs|cs|da|de|et|fi|fo|he|hr|hy|is|iw|ka|kk|lb|lv|mk|nb|nn|no|pl|ro|ru|sk|sl|sq|sr|tr|tt|uk)$/;

const EXPONENT = /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d{1,2})$/;
const SIGNED = /^(-?)([\d.,' \u066c]+)$/;
const GROUPS = /^[1-9]\d*([.' \u066c,])\d{3}(\1\d{3})*$/;
const INDIAN = /^[1-9]\d?(,\d{2})+,\d{3}$/;
const YEAR_FIRST =
  /^(\d{4}) ?[-/.\u5e74\ub144] ?(\d{1,2}) ?[-/.\u6708\uc6d4] ?(\d{1,2}) ?[.\u65e5\uc77c]?$/;
const YEAR_LAST = /^(\d{1,2}) ?([-/.]) ?(\d{1,2}) ?\2 ?(\d{4})(?: ?\.)?$/;
const DOMAIN = /^(.*@)([\p{L}\p{M}\p{Nd}.\u3002\uff61-]+)$/u;
const HYPHENATED = /(^|[.\u3002\uff61])-|-([.\u3002\uff61]|$)/; // at an end of a label
const TIME =
  /^(\d{1,2})(?: ?[h\u6642] ?|[:.])(\d{2})\u5206?(?::00(?:[.,]0+)?)?(?: ?([ap])(?:\. ?)?m\.?)?$/i;

/**
 * Return what `text` means as an answer to this field, in a form of this language.
 *
 * @param {Asked} field of a kind whose value is a string, or `checkboxes` for one of its values
 * @param {string} text well-formed
 * @param {string} [language] a language tag of the form
 * @returns {Typed}
 */
export function typed(field, text, language = '') {
  const { kind, pattern } = field;
  if (kind === 'hidden' || YES_OR_NO.includes(kind)) return only(text);
  let composed = text.normalize('NFC');
  if (isBlank(composed)) return only('');
  if (CHOICES.includes(kind)) return only(optionLike(field, text));
  const notation = NOTATIONS.get(kind);
  if (notation) {
    const [base = ''] = language.toLowerCase().split('-');
    const found = notation(plain(composed), base);
    return pattern ? patterned(field, found) : found;
  }
  if (kind === 'text') composed = composed.replace(OUTER, '');
  return pattern ? patterned(field, only(composed)) : only(fitting(field, composed));
}

/** @param {string} value @returns {Typed} */
const only = (value) => ({ value, readings: [] });

/** The option that looks like this. @param {Asked} field @param {string} text */
function optionLike({ options = [] }, text) {
  const seen = alike(text);
  return options.find(({ value }) => alike(value) === seen)?.value ?? text;
}

/** Free text stays as it is; but what nobody sees does not make it too long. @param {Asked} field @param {string} text */
function fitting({ kind, maxLength = 0 }, text) {
  const seen = kind === 'text' ? unseenOut(text).replace(ENDS, '') : unseenOut(text);
  return maxLength && length(text) > maxLength && length(seen) <= maxLength ? seen : text;
}

/** The first way to write it that has the form. @param {Asked} field @param {Typed} found */
function patterned({ pattern = '', minLength = 0, maxLength = 0 }, found) {
  const ways = waysOf(pattern, found.value);
  const way = ways.find((text) => {
    const size = length(text);
    return size >= minLength && !(maxLength && size > maxLength) && matches(pattern, text);
  });
  return way === undefined ? found : only(way);
}

/** As it is, with what is unseen left out, in ASCII, and as the pattern writes it. @param {string} pattern @param {string} text */
function waysOf(pattern, text) {
  const tidy = plain(text);
  // A pattern may ask for what keyboards do not have: a dash, full-width digits.
  const named = new Map([...pattern].filter((one) => folded(one) !== one).map((one) => [folded(one), one]));
  const wide = /[\uff01-\uff0b\uff0d-\uff5e]/.test(pattern);
  const widened = (/** @type {string} */ one) =>
    wide && /[!-+\--~]/.test(one) ? String.fromCharCode(one.charCodeAt(0) + 0xfee0) : one;
  const twin = [...tidy].map((one) => named.get(one) ?? widened(one)).join('');
  return [text, unseenOut(text).replace(ENDS, ''), tidy, twin];
}

/** @typedef {(text: string, language: string) => Typed} Notation */

/** A decimal as far as what was typed can mean but one. @type {Notation} */
function numberIn(typedNumber, language) {
  const certain = typedNumber.includes('\u066b'); // the decimal sign of Arabic, and nothing else
  const text = typedNumber
    .replace(/^\+(?=[\d.,])/, '')
    .replaceAll('\u066b', '.')
    .replace(/^(-?)0+(?=\d)/, '$1')
    .replace(/^(-?)(?=[.,]\d)/, '$10');
  const [, minus = '', large = '', small = '', exponent] = EXPONENT.exec(text) ?? [];
  if (exponent) return only(shifted(minus, large, small, Number(exponent)));
  const [, sign = '', digits] = SIGNED.exec(text) ?? [];
  if (!digits) return only(text);
  const readings = readingsOf(digits).map((reading) => sign + reading);
  const signs = digits.replace(/\d/g, '');
  const known = certain || readings.length < 2 || DECIMAL_POINT.test(language);
  if (signs === '.' && known) return only(text);
  const [first] = readings;
  if (signs === ',' && readings.length === 1 && first === sign + digits.replace(',', '.')) return only(first);
  return { value: text, readings };
}

/** What digits with signs between them can mean: a whole number, one with a decimal sign. @param {string} digits */
function readingsOf(digits) {
  const found = [];
  if (GROUPS.test(digits) || INDIAN.test(digits)) found.push(digits.replace(/\D/g, ''));
  const at = Math.max(digits.lastIndexOf('.'), digits.lastIndexOf(','));
  const [before, fraction] = [digits.slice(0, Math.max(at, 0)), digits.slice(at + 1)];
  const grouped = GROUPS.test(before) || INDIAN.test(before);
  const apart = !before.includes(digits.charAt(at));
  if (/^\d+$/.test(fraction) && (/^\d+$/.test(before) || (grouped && apart))) {
    found.push(`${before.replace(/\D/g, '')}.${fraction}`);
  }
  return found;
}

/**
 * A number with an exponent, as number inputs give it, without.
 *
 * @param {string} sign
 * @param {string} whole
 * @param {string} fraction
 * @param {number} exponent
 */
function shifted(sign, whole, fraction, exponent) {
  const point = whole.length + exponent;
  const written = whole + fraction;
  const digits = point < 1 ? '0'.repeat(1 - point) + written : written.padEnd(point, '0');
  const at = Math.max(point, 1);
  const rest = digits.slice(at);
  return sign + digits.slice(0, at).replace(/^0+(?=\d)/, '') + (rest && `.${rest}`);
}

/** A day; "01/02/2020" is one in February to some, and one in January to others. @type {Notation} */
function dateIn(text, language) {
  const [, y = '', m = '', d = ''] = YEAR_FIRST.exec(text) ?? [];
  if (y) return only(iso(y, m, d) || text);
  const [, first = '', sign = '', second = '', year = ''] = YEAR_LAST.exec(text) ?? [];
  if (!year) return only(text);
  const days = [iso(year, second, first), iso(year, first, second)];
  if (sign === '.' && DAY_FIRST.test(language)) days.pop();
  const readings = [...new Set(days.filter(Boolean))];
  const [reading] = readings;
  return reading && readings.length === 1 ? only(reading) : { value: text, readings };
}

/** @param {string} year @param {string} month @param {string} day */
function iso(year, month, day) {
  const written = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return FORMATS.get('date')?.(written) ? written : '';
}

/** A time of day; controls add seconds, and people what half of the day it is in. @type {Notation} */
function timeIn(text) {
  const [found, hours, minute = '', half = ''] = TIME.exec(text) ?? [];
  if (!found) return only(text);
  const hour = Number(hours);
  if (half && (hour < 1 || hour > 12)) return only(text);
  const later = /p/i.test(half) ? 12 : 0;
  const written = `${String(half ? (hour % 12) + later : hour).padStart(2, '0')}:${minute}`;
  return only(FORMATS.get('time')?.(written) ? written : text);
}

/** An address; engines write a domain outside ASCII in two ways (UTS #46, ToASCII). @type {Notation} */
function emailIn(text) {
  const [, local, domain = ''] = DOMAIN.exec(text) ?? [];
  if (/^[\0-\x7f]*$/.test(domain) || HYPHENATED.test(domain)) return only(text);
  try {
    // Older engines make two letters of a capital sharp s, where all keep a small one.
    const ascii = new URL(`http://${domain.replaceAll('\u1e9e', '\xdf')}`).hostname;
    return only(/\.[a-z][^.]*$/.test(ascii) ? local + ascii : text);
  } catch {
    return only(text);
  }
}

/** How answers of the kinds are written that have a form. @type {Map<string, Notation>} */
const NOTATIONS = new Map(
  Object.entries({
    number: numberIn,
    date: dateIn,
    time: timeIn,
    email: emailIn,
    tel: only,
    rating: only,
  }),
);
