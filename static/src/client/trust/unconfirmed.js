/**
 * Keys that may be those of a copy: they open, and sign nothing until a person has agreed.
 *
 * A copy may be older than the last change of the keys, and whoever hands it out may know that.
 */

import { UsageError, coded } from '../errors.js';

/** @import { Holder } from '../session.js' */

/**
 * Return a Holder that opens what was sealed to the client, and refuses to sign.
 *
 * @param {Holder} keys
 * @returns {Holder}
 */
export function unconfirmedKeys({ kem, ids }) {
  return { kem, ids, sig: { sign: () => Promise.reject(unconfirmed()) } };
}

/** Return the error for who would sign. */
export function unconfirmed() {
  return coded(
    'unconfirmed',
    new UsageError(
      'these keys came from a copy, or without what this client remembers, and nobody has ' +
        'confirmed that they are the newest',
      { hint: 'compare serial and fingerprint with the newest recovery sheet; until then they only read' },
    ),
  );
}
