/** What of a text people see (docs/protocol.md §8, "What visitors type"). */

/** Control characters, those that Unicode lets a renderer ignore, annotation marks, empty braille. */
const INVISIBLE = /(?![\t-\r\x85])[\p{DI}\p{Cc}\u2800\ufff9-\ufffb]/gu;

/** Full-width ASCII, but for the comma, which ends a thousand for some and a number for others. */
const WIDE = /[\uff01-\uff0b\uff0d-\uff5e]/g;
const HYPHENS = /[\u2010-\u2015\u2212\u30fc\ufe58\ufe63\uff70]/g;

const BLANK = /^[\s\x85\p{DI}\0-\x1f\x7f-\x9f\u2800\ufff9-\ufffb]*$/u;

/** Characters that look like one of ASCII, beside those below and digits. @type {[RegExp, string][]} */
const TWINS = [
  [/[\s\x85]/, ' '],
  [/[\xb4\u02bc\u2018\u2019\u201b\u2032]/, "'"],
  [/[\u201c-\u201f\u2033]/, '"'],
  [/[\u2044\u2215]/, '/'],
];

export const ENDS = /^[\s\x85]+|[\s\x85]+$/g;

/** @param {string} text */
export const unseenOut = (text) => text.replace(INVISIBLE, '');

/** In code points. @param {string} text */
export const length = (text) => [...text].length;

/** How many code points somebody sees, outer white space left out. @param {string} text */
export const visibleLength = (text) => length(unseenOut(text).replace(ENDS, ''));

/** What two texts have in common if and only if people take them for the same. @param {string} text */
export const alike = (text) =>
  unseenOut(text).normalize('NFC').replace(/[\s\x85]+/g, ' ').replace(/^ | $/g, '');

/** Whether nothing of this is visible. @param {string} text */
export const isBlank = (text) => BLANK.test(text);

/**
 * A fingerprint, reference, id or address that somebody pasted, as it was shown: without white space
 * and what else nobody sees, hyphens and full-width letters in ASCII.
 *
 * @param {string} text
 */
export const pasted = (text) =>
  unseenOut(text).replace(/[\s\x85]/g, '').replace(WIDE, narrow).replace(HYPHENS, '-');

/** @param {string} wide */
const narrow = (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0);

/**
 * A line without what nobody sees, in ASCII where a character looks like one of it.
 *
 * @param {string} text
 */
export function plain(text) {
  const seen = unseenOut(text).normalize('NFC');
  return [...seen].map(folded).join('').replace(/ +/g, ' ').replace(/^ | $/g, '');
}

/** @param {string} character */
export function folded(character) {
  if (/\p{Nd}/u.test(character)) return digit(character);
  const [, twin] = TWINS.find(([twins]) => twins.test(character)) ?? [];
  return twin ?? character.replace(WIDE, narrow).replace(HYPHENS, '-');
}

/** The digits of a script follow each other, from zero, in tens. @param {string} character */
function digit(character) {
  const code = character.codePointAt(0) ?? 0;
  let zero = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String((code - zero) % 10);
}
