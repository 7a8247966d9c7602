/** Numbers as the visitor's keyboard writes them, in the characters of docs/protocol.md §8. */

const DIGITS = /[\u0660-\u0669\u06f0-\u06f9\uff10-\uff19]/g; // Arabic-Indic, Persian, full-width
const WIDE = /[\uff0b\uff0d\uff0e]/g; // full-width + - .
const COMMA = /^(-?\d*),(\d+)$/;

/** @param {string} typed */
export function telephone(typed) {
  return typed
    .replace(DIGITS, (digit) => String(digit.charCodeAt(0) % 16))
    .replace(WIDE, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0));
}

/**
 * A decimal, as far as what was typed can mean but one; what can mean two is left as it is, and is
 * refused. HTML's number fields take "07" and ".5", a decimal does not.
 *
 * @param {string} typed
 */
export function decimal(typed) {
  const plain = telephone(typed).replace('\u2212', '-').replace('\u066b', '.');
  return plain
    .replace(COMMA, pointed)
    .replace(/^(-?)0+(?=\d)/, '$1')
    .replace(/^(-?)(?=\.\d)/, '$10');
}

/**
 * Phones offer a comma alone where it is the decimal point. But "1,000" is a thousand elsewhere, and
 * better refused than sealed as one.
 *
 * @param {string} comma
 * @param {string} whole
 * @param {string} fraction
 */
function pointed(comma, whole, fraction) {
  const thousands = fraction.length === 3 && /[1-9]/.test(whole);
  return thousands ? comma : `${whole}.${fraction}`;
}
