/** A form's manifest, and every check before it may be filled (docs/protocol.md §8). */

import * as encoding from '../envelope/encoding.js';
import { ExpiredError, MismatchError } from '../envelope/errors.js';
import { inForce, verifyManifest } from '../envelope/manifests.js';
import { parseCard, readFingerprint } from '../envelope/keys.js';
import { readSignature } from '../envelope/primitives.js';
import { getManifest } from './api.js';
import { FormError } from './errors.js';
import { dialectOf } from './dialect.js';

/** @import { Bytes } from '../envelope/encoding.js' */
/** @import { Manifest } from '../envelope/manifests.js' */
/** @import { Card } from '../envelope/keys.js' */

/**
 * What the page says about its form, from outside the server.
 *
 * @typedef {object} Expected
 * @property {string} form the form's id
 * @property {Bytes} pin its owner's fingerprint, 32 bytes
 * @property {number} minVersion the least version that is accepted
 */

/** @typedef {{manifest: Manifest, owner: Card}} Verified */

/**
 * Read the form's attributes; raises FormError if id or pin are missing or mistyped.
 *
 * @param {HTMLElement} host
 * @returns {Expected}
 */
export function expectedOf(host) {
  try {
    return {
      form: encoding.uuid(host.getAttribute(dialectOf(host).form), 'form id'),
      pin: readFingerprint(host.getAttribute('data-pin')),
      minVersion: encoding.integer(Number(host.getAttribute('data-min-version') ?? 1), 'version'),
    };
  } catch {
    throw new FormError('setup');
  }
}

/**
 * Return the verified manifest that is in force; raises FormError or EnvelopeError.
 *
 * A manifest that the page carries is verified like any other. Where it does not pass, as
 * after a new publication, the server's is fetched.
 *
 * @param {string} base
 * @param {Expected} expected
 * @param {boolean} fresh whether the page's own is known to be outdated
 * @returns {Promise<Verified>}
 */
export async function verifiedManifest(base, expected, fresh) {
  const carried = `script[type="application/json"][data-sealform-manifest="${expected.form}"]`;
  const inline = !fresh && document.querySelector(carried)?.textContent;
  if (inline) {
    try {
      return await verified(JSON.parse(inline), expected);
    } catch {
      // what the server has now decides, and says what is wrong
    }
  }
  return verified(await getManifest(base, expected.form), expected);
}

/** @param {unknown} answer @param {Expected} expected */
async function verified(answer, { form, pin, minVersion }) {
  const wire = encoding.members(answer, ['manifest', 'sig', 'card'], 'the answer');
  const raw = encoding.utf8(encoding.text(wire.manifest, 'the manifest', encoding.MAX_BODY));
  const owner = await parseCard(wire.card);
  const sig = readSignature(wire.sig);
  const manifest = await verifyManifest(raw, sig, owner, { fingerprint: pin, form });
  if (manifest.version < minVersion) {
    throw new MismatchError(`the manifest is older than version ${minVersion}`);
  }
  checkTime(manifest);
  return { manifest, owner };
}

/**
 * Raises FormError `clock` where this device says that the form is not signed yet, `expired`
 * where it says that the form is closed. Both name the dates: the device may be wrong.
 *
 * @param {Manifest} manifest
 */
function checkTime(manifest) {
  const now = Date.now() / 1000;
  try {
    inForce(manifest, Math.floor(now));
  } catch (error) {
    if (!(error instanceof ExpiredError)) throw error;
    const [issued, expires] = [shownTime(manifest.issued), shownTime(manifest.expires)];
    const values = { issued, expires, now: shownTime(now) };
    throw new FormError(now < manifest.issued ? 'clock' : 'expired', error.message, { values });
  }
}

/** @param {number} seconds since 1970 */
function shownTime(seconds) {
  return new Date(seconds * 1000).toLocaleString([], { dateStyle: 'long', timeStyle: 'short' });
}
