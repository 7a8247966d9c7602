/** The signed word for a form's next owner: both sign, for one form and nothing else (§8). */

import * as encoding from './encoding.js';
import { VERSION, b64, ctx, unb64 } from './encoding.js';
import { FingerprintError, LimitError, MalformedError, MismatchError } from './errors.js';
import { KEY, SIG, readSignature, same, verify } from './primitives.js';

/** @import { Bytes } from './encoding.js' */
/** @import { Card } from './keys.js' */

const MAX_STEPS = 16;
const NOTHING = new Uint8Array();

/** @typedef {{sign: (message: Bytes) => Promise<Bytes>}} Signer */
/** @typedef {{id: string, fingerprint: Bytes}} Party a client, and the fingerprint of its card */

/**
 * `giver` hands a form to `taker`: manifests up to `version` are the giver's.
 *
 * @typedef {object} HandOver
 * @property {string} form
 * @property {Party} giver
 * @property {Party} taker
 * @property {number} version
 * @property {Bytes} sig 64 bytes, the giver's
 * @property {Bytes} accepted 64 bytes, the taker's; none until it has agreed
 */

/** What both sign. @param {Omit<HandOver, 'sig' | 'accepted'>} handOver */
export function message({ form, giver, taker, version }) {
  const parties = [giver.id, giver.fingerprint, taker.id, taker.fingerprint];
  return ctx('hand-over', form, ...parties, version);
}

/**
 * Return the hand-over as a JSON object.
 *
 * @param {HandOver} handOver
 */
export function dumpHandOver({ form, giver, taker, version, sig, accepted }) {
  return {
    ...{ v: VERSION, form, from: giver.id, from_fp: b64(giver.fingerprint) },
    ...{ to: taker.id, to_fp: b64(taker.fingerprint), version, sig: b64(sig) },
    accepted: b64(accepted),
  };
}

/**
 * Parse a hand-over strictly; raises MalformedError.
 *
 * @param {unknown} value
 * @returns {HandOver}
 */
export function parseHandOver(value) {
  const wire = encoding.parse(value, 'hand-over', {
    v: encoding.version,
    form: encoding.uuid,
    from: encoding.uuid,
    from_fp: (fingerprint) => unb64(fingerprint, KEY),
    to: encoding.uuid,
    to_fp: (fingerprint) => unb64(fingerprint, KEY),
    version: encoding.integer,
    sig: readSignature,
    accepted: (sig) => (sig === '' ? NOTHING : unb64(sig, SIG)),
  });
  const { form, version, sig, accepted } = wire;
  const giver = { id: wire.from, fingerprint: wire.from_fp };
  const taker = { id: wire.to, fingerprint: wire.to_fp };
  if (giver.id === taker.id) throw new MalformedError('a form is handed to another client');
  return { form, giver, taker, version, sig, accepted };
}

/**
 * Return what the owner of a form signs; `version` is its last manifest of the giver's.
 *
 * @param {{form: string, version: number, giver: Card, taker: Card, keys: Signer}} parts
 */
export async function offerHandOver({ form, version, giver, taker, keys }) {
  const bare = { form, version, giver: partyOf(giver), taker: partyOf(taker) };
  const sig = await keys.sign(message(bare));
  return parseHandOver(dumpHandOver({ ...bare, sig, accepted: NOTHING }));
}

/** @param {Card} card @returns {Party} */
const partyOf = ({ id, fingerprint }) => ({ id, fingerprint });

/**
 * Return the hand-over with the taker's signature.
 *
 * @param {HandOver} handOver
 * @param {Signer} keys
 */
export async function acceptHandOver(handOver, keys) {
  const accepted = await keys.sign(message(handOver));
  return parseHandOver(dumpHandOver({ ...handOver, accepted }));
}

/** @typedef {{form: string, giver: Card, taker: Card}} Expected */

/**
 * Check what the giver signed: for this form, from this card to that.
 *
 * Raises MismatchError, FingerprintError, SignatureError.
 *
 * @param {HandOver} handOver
 * @param {Expected} expected
 */
export async function verifyOffer(handOver, { form, giver, taker }) {
  if (handOver.form !== form) throw new MismatchError('this is the hand-over of another form');
  for (const [party, card] of /** @type {[Party, Card][]} */ ([
    [handOver.giver, giver],
    [handOver.taker, taker],
  ])) {
    if (party.id !== card.id) throw new MismatchError('this hand-over is between other clients');
    if (!same(party.fingerprint, card.fingerprint)) {
      throw new FingerprintError('this hand-over names another card of the client');
    }
  }
  await verify(giver.sigPk, handOver.sig, message(handOver), 'hand-over by who gives');
}

/**
 * Check a whole hand-over, which both have signed; raises as `verifyOffer` does.
 *
 * @param {HandOver} handOver
 * @param {Expected} expected
 */
export async function verifyHandOver(handOver, expected) {
  await verifyOffer(handOver, expected);
  if (!handOver.accepted.length) throw new MismatchError('nobody has accepted this hand-over');
  const { sigPk } = expected.taker;
  await verify(sigPk, handOver.accepted, message(handOver), 'hand-over by who takes');
}

/**
 * Return who signs this version of a form's manifest, after hand-overs that were verified.
 *
 * They stand in their order, and each begins with who had the form; a form may come back. Raises
 * MismatchError where they do not join or versions do not grow, LimitError for more than 16.
 *
 * @param {number} version
 * @param {Party} first
 * @param {HandOver[]} handOvers
 */
export function ownerOf(version, first, handOvers) {
  if (handOvers.length > MAX_STEPS) throw new LimitError('a form is handed over at most 16 times');
  let [owner, holds, last] = [first, first, 0];
  for (const step of handOvers) {
    // Whose card may have been succeeded since.
    if (step.giver.id !== holds.id) {
      throw new MismatchError('who hands the form over is not who has it');
    }
    if (step.version <= last) {
      throw new MismatchError('a hand-over is not later than the one before');
    }
    [holds, last] = [step.taker, step.version];
    if (version > step.version) owner = holds;
  }
  return owner;
}
