/** Fetching a form's manifest, and every check before it may be filled (docs/protocol.md §8). */

import * as encoding from '../envelope/encoding.js';
import { MismatchError } from '../envelope/errors.js';
import { inForce, readSignature, verifyManifest } from '../envelope/forms.js';
import { parseCard, readFingerprint } from '../envelope/keys.js';
import { getManifest } from './api.js';
import { FormError, TELL } from './errors.js';
import { dialectOf } from './dialect.js';

/** @import { Bytes } from '../envelope/encoding.js' */

/**
 * What the page says about its form, from outside the server.
 *
 * @typedef {object} Expected
 * @property {string} form the form's id
 * @property {Bytes} pin its owner's fingerprint, 32 bytes
 * @property {number} minVersion the least version that is accepted
 */

/**
 * Read the form's attributes; raises FormError if id or pin are missing or mistyped.
 *
 * @param {HTMLFormElement} form
 * @returns {Expected}
 */
export function expectedOf(form) {
  try {
    return {
      form: encoding.uuid(form.getAttribute(dialectOf(form).form), 'form id'),
      pin: readFingerprint(form.getAttribute('data-pin')),
      minVersion: encoding.integer(Number(form.getAttribute('data-min-version') ?? 1), 'version'),
    };
  } catch {
    throw new FormError(
      'setup',
      "This form is not set up correctly: its id, its owner's fingerprint (data-pin) or its " +
        `least version (data-min-version) is missing or mistyped. ${TELL}`,
    );
  }
}

/**
 * Return the verified manifest that is in force; raises FormError or EnvelopeError.
 *
 * @param {string} base
 * @param {Expected} expected
 */
export async function fetchManifest(base, { form, pin, minVersion }) {
  const answer = await getManifest(base, form);
  const wire = encoding.members(answer, ['manifest', 'sig', 'card'], 'the answer');
  const raw = encoding.utf8(encoding.text(wire.manifest, 'the manifest', encoding.MAX_BODY));
  const owner = await parseCard(wire.card);
  const sig = readSignature(wire.sig);
  const manifest = await verifyManifest(raw, sig, owner, { fingerprint: pin, form });
  if (manifest.version < minVersion) {
    throw new MismatchError(`the manifest is older than version ${minVersion}`);
  }
  return inForce(manifest, Math.floor(Date.now() / 1000));
}
