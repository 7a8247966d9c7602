/**
 * Whose a form is now, where its page names a card that was succeeded or an owner that handed it on
 * (docs/protocol.md §4, §8). Nobody is believed but who the pinned card leads to.
 */

import * as encoding from '../../envelope/encoding.js';
import { FingerprintError, MismatchError } from '../../envelope/errors.js';
import { parseHandOver, verifyHandOver } from '../../envelope/hand_overs.js';
import { parseCard } from '../../envelope/keys.js';
import { same } from '../../envelope/primitives.js';
import { follow, parseSuccession } from '../../envelope/successions.js';
import { address, request, unavailable } from './api.js';
import { FormError } from './errors.js';
import { signed } from './manifest.js';

/** @import { Bytes } from '../../envelope/encoding.js' */
/** @import { HandOver } from '../../envelope/hand_overs.js' */
/** @import { Card } from '../../envelope/keys.js' */
/** @import { Verified } from './manifest.js' */

const MAX_STEPS = 16;

/** @typedef {{card: Card, stolen: boolean}} Link a card, and whether the next one came after a theft */
/** @typedef {Map<string, Link[]>} Lines by client, the oldest card first */

/**
 * @typedef {object} Owners
 * @property {Lines} lines
 * @property {HandOver[]} handOvers
 */

/**
 * Who signs a version, and from which card of its line on.
 *
 * @typedef {object} Holder
 * @property {string} id
 * @property {number} from
 * @property {boolean} stolen whether a card on the way there was, at whatever time
 */

/**
 * Fetch and verify whose a form is and was; raises FormError, EnvelopeError.
 *
 * @param {string} base where the API is
 * @param {string} form
 * @returns {Promise<Owners>}
 */
async function fetchOwners(base, form) {
  const { status, body } = await request(address(base, form, 'owners'), { cache: 'no-cache' });
  if (status !== 200) throw unavailable(status);
  const wire = encoding.members(body, ['owners', 'hand_overs'], 'the answer');
  /** @type {Lines} */
  const lines = new Map();
  for (const owner of encoding.listed(wire.owners, 'owners', MAX_STEPS + 1, 1)) {
    const line = await lineOf(owner);
    const { id } = /** @type {Link} */ (line[0]).card;
    if (lines.has(id)) throw new MismatchError('an owner is named twice');
    lines.set(id, line);
  }
  const handOvers = encoding.listed(wire.hand_overs, 'hand-overs', MAX_STEPS, 0).map(parseHandOver);
  for (const one of handOvers) {
    await verifyHandOver(one, { form, giver: cardOf(lines, one.giver), taker: cardOf(lines, one.taker) });
  }
  return { lines, handOvers };
}

/** @param {unknown} owner @returns {Promise<Link[]>} */
async function lineOf(owner) {
  const wire = encoding.members(owner, ['card', 'first', 'successions'], 'an owner');
  const steps = encoding.listed(wire.successions, 'successions', MAX_STEPS, 0);
  const successions = await Promise.all(steps.map(parseSuccession));
  const first = await parseCard(wire.first === null ? wire.card : wire.first);
  const { card, earlier } = await follow(first, successions);
  if (!same((await parseCard(wire.card)).fingerprint, card.fingerprint)) {
    throw new MismatchError('the line of an owner ends with another card');
  }
  return [...earlier.map((one) => ({ card: one.card, stolen: one.compromised })), { card, stolen: false }];
}

/** @param {Link[]} line @param {Bytes} fingerprint */
const placeIn = (line, fingerprint) => line.findIndex(({ card }) => same(card.fingerprint, fingerprint));

/** @param {Lines} lines @param {{id: string, fingerprint: Bytes}} party */
function cardOf(lines, { id, fingerprint }) {
  const line = lines.get(id) ?? [];
  const found = line[placeIn(line, fingerprint)];
  if (!found) throw new MismatchError('a hand-over is between others than the owners');
  return found.card;
}

/**
 * Return who signs this version, and from which card on, as the pinned one leads there; nobody where it does not.
 *
 * A version from before the pinned owner had the form is not its own. A hand-over by an earlier card than the trusted
 * one leads to nobody, until the pinned owner took the form again.
 *
 * @param {Owners} owners
 * @param {Bytes} pin
 * @param {number} version
 * @returns {Holder | undefined}
 */
function holderOf({ lines, handOvers }, pin, version) {
  const [pinned, line] = [...lines].find(([, links]) => placeIn(links, pin) >= 0) ?? [];
  if (!pinned || !line) return undefined;
  const start = heldBy(lines, { id: pinned, fingerprint: pin });
  const [first] = lines.keys();
  /** @type {Holder | undefined} */
  let holder = pinned === (handOvers[0]?.giver.id ?? first) ? start : undefined;
  let last = 0;
  for (const { giver, taker, version: until } of handOvers) {
    if (until <= last) throw new MismatchError('a hand-over is not later than the one before');
    last = until;
    if (version <= until) break;
    if (holder && giver.id !== holder.id) throw new MismatchError('who hands the form over is not who has it');
    const given = placeIn(lines.get(giver.id) ?? [], giver.fingerprint);
    if (holder && given < holder.from) holder = undefined;
    if (holder) {
      const next = heldBy(lines, taker);
      holder = { ...next, stolen: holder.stolen || next.stolen };
    } else if (taker.id === pinned) {
      holder = { ...start, from: Math.max(start.from, placeIn(line, taker.fingerprint)) };
    }
  }
  return holder;
}

/** @param {Lines} lines @param {{id: string, fingerprint: Bytes}} party @returns {Holder} */
function heldBy(lines, { id, fingerprint }) {
  const line = lines.get(id) ?? [];
  const from = placeIn(line, fingerprint);
  return { id, from, stolen: line.slice(from).some((link) => link.stolen) };
}

/**
 * Verify a manifest to be filled that another card than the pinned one signed; raises EnvelopeError, and FormError
 * `compromised` where the way from the pinned card leads over one that was stolen: a thief may have it in his hands.
 *
 * @param {unknown} answer
 * @param {string} base
 * @param {{form: string, pin: Bytes}} expected
 * @returns {Promise<Verified>}
 */
export async function signedNow(answer, base, { form, pin }) {
  const owners = await fetchOwners(base, form);
  const { card } = encoding.members(answer, ['manifest', 'sig', 'card'], 'the answer');
  const { fingerprint } = await parseCard(card);
  if (placeIn([...owners.lines.values()].flat(), fingerprint) < 0) {
    throw new FingerprintError('this is the card of nobody who has had the form');
  }
  const verified = await signed(answer, form, fingerprint);
  const holder = holderOf(owners, pin, verified.manifest.version);
  const line = owners.lines.get(holder?.id ?? '');
  if (!holder || !line || placeIn(line, verified.owner.fingerprint) !== line.length - 1) {
    throw new FingerprintError('nothing leads from the pinned card to this one');
  }
  if (holder.stolen) throw new FormError('compromised');
  return verified;
}

/**
 * Verify the manifest of a record that was sent earlier: one of the owners signed it under whatever card. Raises
 * EnvelopeError.
 *
 * @param {unknown} answer
 * @param {string} base
 * @param {{form: string, pin: Bytes}} expected
 * @returns {Promise<Verified>}
 */
export async function signedEver(answer, base, { form, pin }) {
  const { lines } = await fetchOwners(base, form);
  const links = [...lines.values()].flat();
  const { card } = encoding.members(answer, ['manifest', 'sig', 'card'], 'the answer');
  const { fingerprint } = await parseCard(card);
  if (placeIn(links, pin) < 0 || placeIn(links, fingerprint) < 0) {
    throw new FingerprintError('this is the card of nobody who has had the form');
  }
  return signed(answer, form, fingerprint);
}
