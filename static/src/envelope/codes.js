/** Codes that people copy from paper, with a check in each row (docs/protocol.md §4). */

import { concat } from './encoding.js';
import { MalformedError } from './errors.js';
import { showFingerprint } from './keys.js';
import { H, KEY, same } from './primitives.js';
import { pasted } from './seen.js';

/** @import { Bytes } from './encoding.js' */

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ROWS = 4;
const ROW_BYTES = KEY / ROWS;
const CHECK = 2;
const ROW_CHARACTERS = 16;

/**
 * Return 32 bytes as four rows of four groups of four characters, A-Z and 2-7.
 *
 * @param {string} what `recovery` or `fetch`
 * @param {Bytes} secret
 */
export function showCode(what, secret) {
  return Promise.all(
    Array.from({ length: ROWS }, async (_, i) => {
      const part = secret.slice(i * ROW_BYTES, (i + 1) * ROW_BYTES);
      return showFingerprint(concat(part, await check(what, i + 1, part)));
    }),
  );
}

/**
 * Return the 32 bytes of a code that people typed or pasted, in one line or in several.
 *
 * Case, spaces, hyphens and what nobody sees do not matter. Raises MalformedError, which names
 * the row that is wrong and never shows it.
 *
 * @param {string} what
 * @param {unknown} shown
 * @returns {Promise<Bytes>}
 */
export async function readCode(what, shown) {
  const typed = typeof shown === 'string' ? pasted(shown).replaceAll('-', '') : '';
  if (!/^[\0-\x7f]*$/.test(typed)) {
    throw new MalformedError('a code is made of the letters A-Z and the digits 2-7');
  }
  const rows = typed.toUpperCase().match(/.{1,16}/gs) ?? [];
  if (typed.length !== ROWS * ROW_CHARACTERS) {
    throw new MalformedError(`a ${what} code has ${ROWS} rows of ${ROW_CHARACTERS} characters`);
  }
  return concat(...(await Promise.all(rows.map((row, i) => readRow(what, i + 1, row)))));
}

/**
 * @param {string} what
 * @param {number} number from 1
 * @param {string} row
 */
async function readRow(what, number, row) {
  if (!/^[A-Z2-7]*$/.test(row)) {
    throw new MalformedError(`row ${number} of the ${what} code has a character not of A-Z, 2-7`);
  }
  const bits = row.replace(/./g, (one) => BASE32.indexOf(one).toString(2).padStart(5, '0'));
  const bytes = Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => parseInt(byte, 2));
  const part = bytes.slice(0, ROW_BYTES);
  if (!same(bytes.slice(ROW_BYTES), await check(what, number, part))) {
    throw new MalformedError(`row ${number} of the ${what} code is mistyped, or of another code`);
  }
  return part;
}

/**
 * @param {string} what
 * @param {number} number
 * @param {Bytes} part
 */
async function check(what, number, part) {
  return (await H('code', what, number, part)).slice(0, CHECK);
}
