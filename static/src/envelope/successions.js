/**
 * The signed word for a client's next card, and what its earlier ones still stand for (§4).
 *
 * A succession revokes the card before it. Nobody makes one without the recovery key that stands on
 * that card, whose secret is on paper: who steals a seed cannot name the next card.
 *
 * Anybody may see a succession. What the old card still stands for is its *past*, a document of its
 * own for clients, of which the succession says no more than the digest.
 */

import * as encoding from './encoding.js';
import { FORM, VERSION, b64, ctx, dumpJson, unb64 } from './encoding.js';
import { FingerprintError, LimitError, MalformedError, MismatchError } from './errors.js';
import { dumpCard, parseCard } from './keys.js';
import { H, KEY, SIG, readSignature, same, verify } from './primitives.js';

/** @import { Bytes } from './encoding.js' */
/** @import { Card } from './keys.js' */

const MAX_STREAMS = 2048;
const MAX_FORMS = 1000;
const MAX_STEPS = 16;
const NOTHING = new Uint8Array();

/** @typedef {{sign: (message: Bytes) => Promise<Bytes>}} Signer */
/** @typedef {{writer: string, type: string, gen: number, akid: Bytes}} LastGeneration */
/** @typedef {{form: string, version: number}} LastVersion */

/** @typedef {{streams: LastGeneration[], forms: LastVersion[]}} Past all that an old card still stands for */

/**
 * One step from a card to the next one of the same client.
 *
 * @typedef {object} Succession
 * @property {string} client
 * @property {number} number counts the client's steps, from 1
 * @property {Bytes} fingerprint 32 bytes: that of the old card
 * @property {Card} card the next one
 * @property {boolean} compromised
 * @property {Bytes} past 32 bytes: the digest of what the old card still stands for
 * @property {Bytes} byOld 64 bytes, or none where the old key may be in other hands
 * @property {Bytes} byNext
 * @property {Bytes} byRecovery
 */

/** @typedef {Omit<Succession, 'byOld' | 'byNext' | 'byRecovery'>} Bare */

/** @param {Bare} succession */
function told({ client, number, fingerprint, card, compromised, past }) {
  return {
    ...{ v: VERSION, client, number, fingerprint: b64(fingerprint), card: dumpCard(card) },
    ...{ compromised, past: b64(past) },
  };
}

/**
 * H("past", its canonical JSON), 32 bytes: what the succession says of a past.
 *
 * @param {Past} past
 */
export const pastDigest = (past) => H('past', dumpJson(dumpPast(past)));

/**
 * Return a past as a JSON object.
 *
 * @param {Past} past
 */
export const dumpPast = ({ streams, forms }) => ({
  streams: streams.map(({ writer, type, gen, akid }) => ({ writer, type, gen, akid: b64(akid) })),
  forms: forms.map(({ form, version }) => ({ form, version })),
});

/**
 * Parse a past strictly; raises MalformedError, LimitError.
 *
 * Whose it is and of which step, the digest in a succession tells.
 *
 * @param {unknown} value
 * @returns {Past}
 */
export function parsePast(value) {
  const { streams, forms } = encoding.parse(value, 'past', {
    streams: (list) => encoding.listed(list, 'streams', MAX_STREAMS, 0).map(lastGeneration),
    forms: (list) => encoding.listed(list, 'forms', MAX_FORMS, 0).map(lastVersion),
  });
  ascending(streams.map(({ writer, type }) => `${writer} ${type}`), 'streams');
  ascending(forms.map(({ form }) => form), 'forms');
  return { streams, forms };
}

/** What is signed by all: the object without the signatures. @param {Bare} succession */
export const message = (succession) => ctx('succession', dumpJson(told(succession)));

/** H("step", what is signed), 32 bytes: what a client remembers of a step it followed. @param {Bare} succession */
export const stepDigest = (succession) => H('step', message(succession));

/**
 * Return the succession as a JSON object.
 *
 * @param {Succession} succession
 */
export function dumpSuccession(succession) {
  const { byOld, byNext, byRecovery } = succession;
  const signatures = { by_old: b64(byOld), by_next: b64(byNext), by_recovery: b64(byRecovery) };
  return { ...told(succession), ...signatures };
}

/**
 * Parse a succession strictly; raises MalformedError, LimitError, SignatureError.
 *
 * The card in it has signed itself; who signed the succession is the question of `verifySuccession`.
 *
 * @param {unknown} value
 * @returns {Promise<Succession>}
 */
export async function parseSuccession(value) {
  const wire = encoding.parse(value, 'succession', {
    v: encoding.version,
    client: encoding.uuid,
    number: encoding.integer,
    fingerprint: (fingerprint) => unb64(fingerprint, KEY),
    card: (card) => card,
    compromised: encoding.boolean,
    past: (digest) => unb64(digest, KEY),
    by_old: (sig) => (sig === '' ? NOTHING : unb64(sig, SIG)),
    by_next: readSignature,
    by_recovery: readSignature,
  });
  const { client, number, fingerprint, compromised, past } = wire;
  if (!!wire.by_old.length === compromised) {
    throw new MalformedError('the old key signs a succession, but one after it was stolen');
  }
  const signatures = { byOld: wire.by_old, byNext: wire.by_next, byRecovery: wire.by_recovery };
  const bare = { client, number, fingerprint, card: await parseCard(wire.card), compromised, past };
  return { ...bare, ...signatures };
}

/** @param {unknown} value @returns {LastGeneration} */
function lastGeneration(value) {
  return encoding.parse(value, 'last generation', {
    writer: encoding.writer,
    type: encoding.name,
    gen: encoding.integer,
    akid: (akid) => unb64(akid, KEY),
  });
}

/** @param {unknown} value @returns {LastVersion} */
function lastVersion(value) {
  return encoding.parse(value, 'last version', { form: encoding.uuid, version: encoding.integer });
}

/** All are ASCII, and a space comes before what names are made of. @param {string[]} names @param {string} what */
function ascending(names, what) {
  if (names.some((name, i) => i && name <= /** @type {string} */ (names[i - 1]))) {
    throw new MalformedError(`${what} stand in ascending order, each once`);
  }
}

/**
 * Return the succession with its signatures; there is no `old` after the seed was stolen.
 *
 * @param {Bare} bare
 * @param {{old?: Signer, next: Signer, recovery: Signer}} keys
 */
export async function signSuccession(bare, { old, next, recovery }) {
  const text = message(bare);
  return parseSuccession(
    dumpSuccession({
      ...bare,
      byOld: old ? await old.sign(text) : NOTHING,
      byNext: await next.sign(text),
      byRecovery: await recovery.sign(text),
    }),
  );
}

/**
 * Check that this step leads on from `card`, and return the next one.
 *
 * Raises MismatchError for another client or name, a card without recovery key, or keys that the
 * old card has; FingerprintError for another old card; SignatureError.
 *
 * @param {Succession} succession
 * @param {Card} card
 */
export async function verifySuccession(succession, card) {
  const { client, fingerprint, card: next, compromised } = succession;
  if (client !== card.id || next.id !== card.id) {
    throw new MismatchError('this is the succession of another client');
  }
  if (!same(fingerprint, card.fingerprint)) {
    throw new FingerprintError('this succession leads on from another card');
  }
  if ([card, next].some(({ recovery }) => recovery.every((byte) => byte === 0))) {
    throw new MismatchError('a card without recovery key has no successor, and is none');
  }
  if (next.name !== card.name) throw new MismatchError('a client keeps its name');
  if (keysOf(next).some((key) => keysOf(card).includes(key))) {
    throw new MismatchError('the next card has keys of the old one');
  }
  const text = message(succession);
  if (!compromised) await verify(card.sigPk, succession.byOld, text, 'succession by the old key');
  await verify(next.sigPk, succession.byNext, text, 'succession by the next key');
  await verify(card.recovery, succession.byRecovery, text, 'succession by the recovery key');
  return next;
}

/** @param {Card} card */
const keysOf = ({ kemPk, sigPk }) => [b64(kemPk), b64(sigPk)];

/**
 * A card that was succeeded, and the little that it still stands for.
 *
 * Never a grant, a statement, or anything that is to be filled or written under.
 */
export class Earlier {
  #streams;
  #forms;

  /** @param {Card} card @param {boolean} compromised @param {Past} past */
  constructor(card, compromised, { streams, forms }) {
    this.card = card;
    this.compromised = compromised;
    this.#streams = new Map(streams.map((one) => [`${one.writer} ${one.type}`, one]));
    this.#forms = new Map(forms.map(({ form, version }) => [form, version]));
  }

  /**
   * Whether a record of this generation, whose akid (32 bytes) it names, may be the card's.
   *
   * After `compromised` it may be a thief's as well.
   *
   * @param {LastGeneration} record
   */
  standsForRecord({ writer, type, gen, akid }) {
    const last = this.#streams.get(`${writer} ${type}`);
    if (!last || gen > last.gen) return false;
    return gen < last.gen || same(akid, last.akid);
  }

  /**
   * Whether this version of a form's manifest may be the card's, to open records with.
   *
   * @param {LastVersion} manifest
   */
  standsForManifest({ form, version }) {
    return version <= (this.#forms.get(form) ?? 0);
  }
}

/**
 * Follow a client's cards from one that is pinned to today's; `earlier` has the oldest first.
 *
 * `successions` are those that begin with it, in their order; a card whose past is not among `pasts`
 * stands for nothing. Raises what `verifySuccession` does, MismatchError for a step that is missing,
 * keys that come again, or a past that is of no step, and LimitError for more than 16 steps.
 *
 * A key file keeps the seeds before its newest: what was stolen with one card are the cards before it, too.
 *
 * @param {Card} card
 * @param {Succession[]} successions
 * @param {Past[]} [pasts]
 */
export async function follow(card, successions, pasts = []) {
  const seen = new Set(keysOf(card));
  const [known, used] = [new Map(), new Set()];
  for (const past of pasts) known.set(b64(await pastDigest(past)), past);
  /** @type {Earlier[]} */
  const earlier = [];
  const stolen = successions.map(({ compromised }) => compromised).lastIndexOf(true);
  let number = 0;
  for (const step of successions) {
    if (earlier.length >= MAX_STEPS) {
      throw new LimitError("a client's cards are followed for at most 16 steps");
    }
    if (number && step.number !== number + 1) {
      throw new MismatchError('a step of the succession is missing, or comes twice');
    }
    number = step.number;
    const next = await verifySuccession(step, card);
    if (keysOf(next).some((key) => seen.has(key))) {
      throw new MismatchError('keys that were succeeded come again');
    }
    keysOf(next).forEach((key) => seen.add(key));
    const past = known.get(b64(step.past)) ?? { streams: [], forms: [] };
    used.add(b64(step.past));
    checkOwn(past, step.client);
    earlier.push(new Earlier(card, earlier.length <= stolen, past));
    card = next;
  }
  if ([...known.keys()].some((digest) => !used.has(digest))) {
    throw new MismatchError('this is the past of another card');
  }
  return { card, earlier };
}

/** @param {Past} past @param {string} client */
function checkOwn({ streams }, client) {
  if (!streams.every(({ writer }) => writer === client || writer.startsWith(FORM))) {
    throw new MismatchError("the streams of a past are the client's own, and its forms'");
  }
}
