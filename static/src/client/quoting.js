/**
 * Text that comes from somebody else: shown as such, in one line, and never at length.
 *
 * A server, a visitor or another client chooses such text. It must not look like words of ours, nor
 * turn a line around.
 */

/** But for the two joiners, which some languages are written with. */
const HIDDEN = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const LINE_END = '⏎';
/** Characters that are shown of what a server says. */
const MOST = 300;

/**
 * Return text with every control and reordering character made visible.
 *
 * @param {string} text
 */
export function plain(text) {
  return visible(text.replace(/\r?\n/g, LINE_END));
}

/**
 * Return text with the characters that nobody would see as they are written.
 *
 * @param {string} text
 */
export function visible(text) {
  return text.replace(HIDDEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const digits = code.toString(16);
    return code < 0x100 ? `\\x${digits.padStart(2, '0')}` : `\\u{${digits}}`;
  });
}

/**
 * Return the first characters of a text, none of them cut in two.
 *
 * @param {string} text
 * @param {number} most
 */
export function cut(text, most) {
  return [...text.slice(0, 2 * most)].slice(0, most).join('');
}

/**
 * Return words of a server as such: escaped, in quotation marks, cut short; "" for none.
 *
 * @param {string} text
 */
export function serverSays(text) {
  if (!text) return '';
  const short = cut(text, MOST);
  return `the server says: "${plain(short).replaceAll('"', "'")}${short.length < text.length ? '…' : ''}"`;
}
