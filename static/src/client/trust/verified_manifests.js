/** Manifests as a client meets them: verified with a pinned owner, never older than before. */

import * as encoding from '../../envelope/encoding.js';
import { b64, utf8 } from '../../envelope/encoding.js';
import { parseCard } from '../../envelope/keys.js';
import { verifyManifest } from '../../envelope/manifests.js';
import { readSignature, same } from '../../envelope/primitives.js';
import { rooms } from '../../envelope/submissions.js';
import * as endpoints from '../endpoints.js';
import { ApiUnavailable, ClientError, RollbackError, VerificationError, verifying } from '../errors.js';
import { ownerOf as ownerOfVersion, paired } from '../state.js';
import * as pins from './pins.js';

/** @import { Bytes } from '../../envelope/encoding.js' */
/** @import { Manifest } from '../../envelope/manifests.js' */
/** @import { Earlier } from '../../envelope/successions.js' */
/** @import { Named, Session } from '../session.js' */
/** @import { FormMemory, State } from '../state.js' */

/** A manifest as it is served. @typedef {{manifest: string, sig: unknown, card: unknown}} Signed */

/** Manifests that are asked for at once. */
const AT_ONCE = 8;

const HANDED =
  'if that owner handed the form over, `trust hand-over FORM` follows it once you have the next ' +
  "owner's fingerprint from elsewhere; else do not go on";

/**
 * Return a form's manifest in force, and remember it; `owner` if that is known.
 *
 * @param {Session} session
 * @param {string} form
 */
export async function latest(session, form, owner = '') {
  for (let again = true; ; again = false) {
    const { manifest } = await verified(session, form, await fetchInForce(session, form), owner);
    try {
      await session.state.change((state) => remember(state, manifest));
      return manifest;
    } catch (error) {
      // The first time another run may have published in between.
      if (!again || !(error instanceof RollbackError)) throw error;
    }
  }
}

/**
 * Return the manifests in force of several forms, and remember them in one go: a memory is kept after
 * each change. Of a form whose manifest failed, the error.
 *
 * @param {Session} session
 * @param {readonly string[]} forms
 * @returns {Promise<Map<string, Manifest | ClientError>>}
 */
export async function latestOfAll(session, forms) {
  /** @type {Map<string, Manifest | ClientError>} */
  const found = new Map();
  const left = [...forms];
  const worker = async () => {
    for (let form = left.shift(); form; form = left.shift()) {
      const asked = form;
      found.set(asked, await unlessFailed(async () => {
        return (await verified(session, asked, await fetchInForce(session, asked))).manifest;
      }));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await session.state.change(async (state) => {
    for (const [form, manifest] of found) {
      if (manifest instanceof ClientError) continue;
      found.set(form, await unlessFailed(() => {
        remember(state, manifest);
        return manifest;
      }));
    }
  });
  return found;
}

/** @param {() => Manifest | Promise<Manifest>} step @returns {Promise<Manifest | ClientError>} */
async function unlessFailed(step) {
  try {
    return await step();
  } catch (error) {
    if (error instanceof ClientError && !(error instanceof ApiUnavailable)) return error;
    throw error;
  }
}

/**
 * Return a form's manifest as it is served, signed by its owner but maybe an older one.
 *
 * @param {Session} session
 * @param {string} form
 * @param {string} owner
 */
export async function served(session, form, owner) {
  return (await verified(session, form, await fetchInForce(session, form), owner)).manifest;
}

/** @param {Session} session @param {string} form */
const fetchInForce = (session, form) => session.api.call(endpoints.MANIFEST_IN_FORCE, { ids: [form] });

/**
 * Return the manifest that a record was sealed for, and the rooms of its fields.
 *
 * Its time does not matter. It is fetched once in a run.
 *
 * @param {Session} session
 * @param {string} form
 * @param {Bytes} hash 32 bytes
 * @returns {Promise<Named>}
 */
export function byHash(session, form, hash) {
  return session.verified.manifests.find(paired(form, b64(hash)), async () => {
    const answer = await session.api.call(endpoints.MANIFEST_BY_HASH, { ids: [form, b64(hash)] });
    const { manifest, stolen } = await verified(session, form, answer);
    if (!same(manifest.hash, hash)) {
      throw new VerificationError(
        `the served manifest of form ${form} is not the one that the record names`,
        { code: 'mismatch' },
      );
    }
    await session.state.change((state) => {
      const known = state.forms.get(form);
      checkSameOwner(known, manifest);
      if (!known || manifest.version >= known.version) remember(state, manifest);
    });
    return { manifest, rooms: rooms(manifest), stolen };
  });
}

/**
 * Return the client id of a form's owner, as remembered or as its manifest says.
 *
 * @param {Session} session
 * @param {string} form
 */
export function ownerOf(session, form) {
  return session.verified.owners.find(form, async () => {
    const known = (await session.state.load()).forms.get(form);
    return known ? known.owner : (await latest(session, form)).owner;
  });
}

/**
 * Keep owner, version and hash; raises if they contradict what is known (§8, §11, 9).
 *
 * @param {State} state
 * @param {Manifest} manifest
 */
export function remember(state, manifest) {
  const { form, version, hash } = manifest;
  const known = state.forms.get(form);
  checkSameOwner(known, manifest);
  checkNotOlder(known, manifest);
  const { owner, former } = known ?? { owner: manifest.owner, former: [] };
  state.forms.set(form, { owner, version, hash, former });
}

/**
 * Refuse a manifest that names another owner than had the form when it was published.
 *
 * @param {FormMemory | undefined} known
 * @param {Manifest} manifest
 */
function checkSameOwner(known, { form, version, owner }) {
  if (known && ownerOfVersion(known, version) !== owner) throw anotherOwner(form, known.owner);
}

/** @param {string} form @param {string} owner */
function anotherOwner(form, owner) {
  return new VerificationError(`form ${form} belongs to client ${owner}, the served manifest to another`, {
    code: 'mismatch',
    hint: HANDED,
  });
}

/**
 * Refuse a lower version, or other bytes under the same version.
 *
 * @param {FormMemory | undefined} known
 * @param {Manifest} manifest
 */
function checkNotOlder(known, { form, version, hash }) {
  if (known && version < known.version) {
    throw new RollbackError(
      `the server shows version ${version} of form ${form}; version ${known.version} was seen before`,
    );
  }
  if (known && version === known.version && !same(hash, known.hash)) {
    throw new RollbackError(`version ${version} of form ${form} is not the one seen before`);
  }
}

/**
 * Check owner, signature and form; the owner must be pinned, or be this client.
 *
 * Without memory, and unless the caller knows better, the card says who the owner is. An earlier card
 * of the owner stands for what it signed before it was succeeded; whether a thief may have done so is
 * returned, too.
 *
 * @param {Session} session
 * @param {string} form
 * @param {Signed} signed
 */
async function verified(session, form, signed, expected = '') {
  const known = (await session.state.load()).forms.get(form);
  const claimed = await claimedOwner(signed.card);
  let owner = expected || known?.owner || claimed;
  if (known && claimed !== owner) {
    if (!known.former.some(({ id }) => id === claimed)) throw anotherOwner(form, owner);
    owner = claimed;
  }
  const old = await earlier(session, owner, signed.card);
  const fingerprint = old ? old.card.fingerprint : await pins.pinnedFingerprint(session, owner);
  const card = await pins.checkCard(signed.card, { clientId: owner, fingerprint });
  const manifest = await verifying(`the manifest of form ${form}`, () =>
    verifyManifest(utf8(signed.manifest), readSignature(signed.sig), card, { fingerprint, form }),
  );
  if (old) checkStands(old, manifest);
  return { manifest, stolen: !!old?.compromised };
}

/**
 * Refuse what an earlier card of the owner signed after it was succeeded (§4).
 *
 * @param {Earlier} old
 * @param {Manifest} manifest
 */
function checkStands(old, { form, version }) {
  if (old.standsForManifest({ form, version })) return;
  throw new VerificationError(
    `version ${version} of form ${form} is signed by keys of ${old.card.name} that were succeeded before`,
    { code: 'fingerprint' },
  );
}

/**
 * Return the owner's earlier card if that is the one that is served, undefined for today's.
 *
 * Nobody is asked where the card is the pinned one, nor where it is nobody's that is known. Else the
 * server is, and the owner's pin may move by that.
 *
 * @param {Session} session
 * @param {string} owner
 * @param {unknown} card
 * @returns {Promise<Earlier | undefined>}
 */
async function earlier(session, owner, card) {
  const { fingerprint } = await verifying("the owner's card", () => parseCard(card));
  if (same(fingerprint, await pins.pinnedFingerprint(session, owner))) return undefined;
  const is = (/** @type {Earlier} */ old) => same(old.card.fingerprint, fingerprint);
  if (session.renewing && is(session.renewing)) return session.renewing;
  if (!(await pins.knownCards(session, owner)).earlier.length) return undefined;
  return (await pins.earlierCards(session, owner)).find(is);
}

/** Return the id on a card that is not verified yet, to look up its pin. @param {unknown} card */
function claimedOwner(card) {
  const id = encoding.isObject(card) ? card.id : undefined;
  return verifying("the owner's card", () => encoding.uuid(id, 'client id'));
}
