/** Work that a server may ask for before it takes a submission (docs/protocol.md §10). */

import { H } from './primitives.js';

const AT_ONCE = 256; // as many hashes as an engine does in a few milliseconds

/**
 * Whether H("work", challenge, id of the first record, nonce) begins with zero bits.
 *
 * @param {string} challenge
 * @param {string} id
 * @param {number} nonce
 * @param {number} bits 0 to 24
 */
export async function workDone(challenge, id, nonce, bits) {
  const [a = 0, b = 0, c = 0] = await H('work', challenge, id, nonce);
  return ((a << 16) | (b << 8) | c) >> (24 - bits) === 0;
}

/**
 * Return a nonce that will do: after about 2^bits hashes. The page goes on meanwhile.
 *
 * @param {string} challenge
 * @param {string} id
 * @param {number} bits 0 to 24
 */
export async function doWork(challenge, id, bits) {
  for (let first = 0; ; first += AT_ONCE) {
    const nonces = Array.from({ length: AT_ONCE }, (_, n) => first + n);
    const done = await Promise.all(nonces.map((nonce) => workDone(challenge, id, nonce, bits)));
    if (done.includes(true)) return first + done.indexOf(true);
    await new Promise((resolve) => setTimeout(resolve));
  }
}
