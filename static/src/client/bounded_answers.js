/**
 * The body of an answer, never more of it than a server may send (docs/protocol.md §10).
 *
 * The platform inflates a page that is compressed while it is read: what comes out is counted.
 */

import { VerificationError } from './errors.js';

/** @import { Bytes } from '../envelope/encoding.js' */

/**
 * Return an answer's body of at most `most` bytes; `came` is told of each piece of it.
 *
 * Raises VerificationError (`limit`) for more, and what the platform raises where the connection
 * breaks.
 *
 * @param {Response} response
 * @param {number} most
 * @param {() => void} came
 * @returns {Promise<Bytes>}
 */
export async function readAnswer(response, most, came) {
  const reader = response.body?.getReader();
  if (!reader) return new Uint8Array();
  /** @type {Uint8Array[]} */
  const chunks = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      came();
      length += value.length;
      checkBound(length, most);
      chunks.push(value);
    }
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error;
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

/**
 * Refuse an answer of which more has come than an honest server sends.
 *
 * @param {number} length
 * @param {number} most
 */
function checkBound(length, most) {
  if (length <= most) return;
  throw new VerificationError(`the server answers with more than ${most.toLocaleString('en')} bytes`, {
    code: 'limit',
    hint: 'no honest server does: ask who runs it',
  });
}
