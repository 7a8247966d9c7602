/** The secret of a passkey slot (docs/protocol.md §4), made of what WebAuthn's `prf` gives. */

import { MalformedError } from './errors.js';
import { KEY, expand } from './primitives.js';

/** @import { Bytes } from './encoding.js' */

/**
 * Return the 32 bytes that a credential's PRF output gives, of which the first 32 count.
 *
 * Raises MalformedError for a shorter one.
 *
 * @param {Bytes} output
 * @param {{rp: string, credential: Bytes}} params
 */
export async function passkeySecret(output, { rp, credential }) {
  if (output.length < KEY) throw new MalformedError('the PRF of a passkey gives at least 32 bytes');
  return expand(output.slice(0, KEY), 'passkey', rp, credential);
}
