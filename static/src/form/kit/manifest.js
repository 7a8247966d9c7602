/** A form's manifest as the server gives it, and as its owner signed it (docs/protocol.md §8). */

import * as encoding from '../../envelope/encoding.js';
import { parseCard } from '../../envelope/keys.js';
import { verifyManifest } from '../../envelope/manifests.js';
import { readSignature } from '../../envelope/primitives.js';
import { address, request, unavailable } from './api.js';
import { FormError } from './errors.js';

/** @import { Bytes } from '../../envelope/encoding.js' */
/** @import { Card } from '../../envelope/keys.js' */
/** @import { Manifest } from '../../envelope/manifests.js' */

/** @typedef {{manifest: Manifest, owner: Card}} Verified */

/**
 * Fetch a form's manifest, signature and owner's card; not verified yet.
 *
 * @param {string} base
 * @param {string} form
 * @param {string} [path] of one manifest rather than the latest
 */
export async function getManifest(base, form, path = 'manifest') {
  const { status, body } = await request(address(base, form, path), { cache: 'no-cache' });
  if (status === 200) return body;
  throw status === 404 ? new FormError('not_found') : unavailable(status);
}

/**
 * Verify what `getManifest` returned, or what a page carries; raises EnvelopeError.
 *
 * @param {unknown} answer
 * @param {string} form
 * @param {Bytes} fingerprint the owner's, 32 bytes
 * @returns {Promise<Verified>}
 */
export async function signed(answer, form, fingerprint) {
  const wire = encoding.members(answer, ['manifest', 'sig', 'card'], 'the answer');
  const raw = encoding.utf8(encoding.text(wire.manifest, 'the manifest', encoding.MAX_BODY));
  const owner = await parseCard(wire.card);
  const sig = readSignature(wire.sig);
  return { manifest: await verifyManifest(raw, sig, owner, { fingerprint, form }), owner };
}
