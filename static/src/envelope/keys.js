/** Client keys, cards and fingerprints; access, column and split keys (docs/protocol.md §4). */

import * as encoding from './encoding.js';
import { VERSION, b64, ctx, unb64 } from './encoding.js';
import { FingerprintError, MalformedError } from './errors.js';
import { KemKey, readKemPublic } from './hpke.js';
import {
  H,
  KEY,
  SIG_PK,
  SigningKey,
  expand,
  expander,
  mac,
  random,
  readSignature,
  same,
  verify,
} from './primitives.js';
import { pasted } from './seen.js';

/** @import { Bytes } from './encoding.js' */

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
export const NO_RECOVERY = /* @__PURE__ */ new Uint8Array(SIG_PK);
// Without the flag u nothing but ASCII is folded: a long s is no S here.
const SHOWN = /^[A-Z2-7]{52}$/i;

/**
 * Everything that a client derives from its 32-byte seed.
 *
 * `kem` opens what is sealed to the client, `sig` signs, `state` (32 bytes)
 * authenticates its local state, `ids` (32 bytes) makes split record ids.
 */
export class ClientKeys {
  #seed;
  #kem;
  #sig;
  #state;
  #ids;

  /**
   * Use `ClientKeys.fromSeed` or `ClientKeys.generate`.
   *
   * @param {{seed: Bytes, kem: KemKey, sig: SigningKey, state: Bytes, ids: Bytes}} grown
   */
  constructor({ seed, kem, sig, state, ids }) {
    this.#seed = seed;
    this.#kem = kem;
    this.#sig = sig;
    this.#state = state;
    this.#ids = ids;
  }

  get seed() {
    return this.#seed;
  }
  get kem() {
    return this.#kem;
  }
  get sig() {
    return this.#sig;
  }
  get state() {
    return this.#state;
  }
  get ids() {
    return this.#ids;
  }

  /**
   * Return the keys of a seed; raises MalformedError unless it has 32 bytes.
   *
   * @param {Bytes} seed
   */
  static async fromSeed(seed) {
    if (seed.length !== KEY) throw new MalformedError('a client seed has 32 bytes');
    return new ClientKeys({
      seed,
      kem: await KemKey.fromSeed(await expand(seed, 'kem')),
      sig: await SigningKey.fromSeed(await expand(seed, 'sig')),
      state: await expand(seed, 'state'),
      ids: await expand(seed, 'ids'),
    });
  }

  /** Return keys grown from a fresh random seed. */
  static generate() {
    return ClientKeys.fromSeed(random(KEY));
  }
}

/**
 * A client's public half; `sig` proves that it holds the signing key.
 *
 * Without a signature by `recovery`, whose secret is kept apart from the client's seed, nobody
 * makes another card the next one of this client. It is NO_RECOVERY where the client has none.
 *
 * @typedef {object} Card
 * @property {string} id
 * @property {string} name
 * @property {Bytes} kemPk 1216 bytes
 * @property {Bytes} sigPk 32 bytes
 * @property {Bytes} recovery 32 bytes
 * @property {Bytes} sig 64 bytes
 * @property {Bytes} fingerprint H("client", id, kem_pk, sig_pk, recovery), 32 bytes: what is
 *   pinned
 */

/**
 * Return the card as a JSON object.
 *
 * @param {Omit<Card, 'fingerprint'>} card
 */
export function dumpCard({ id, name, kemPk, sigPk, recovery, sig }) {
  const keys = { kem_pk: b64(kemPk), sig_pk: b64(sigPk), recovery: b64(recovery) };
  return { v: VERSION, id, name, ...keys, sig: b64(sig) };
}

/**
 * Return the signed card of a client that has these keys.
 *
 * `recovery` is the public key, 32 bytes, of what may name the next card.
 *
 * @param {{keys: ClientKeys, id: string, name: string, recovery?: Bytes}} client
 */
export async function makeCard({ keys, id, name, recovery = NO_RECOVERY }) {
  const [kemPk, sigPk] = [keys.kem.public, keys.sig.public];
  const sig = await keys.sig.sign(ctx('card', id, name, kemPk, sigPk, recovery));
  return parseCard(dumpCard({ id, name, kemPk, sigPk, recovery, sig }));
}

/**
 * Parse a card and check that its own key signed it; raises MalformedError, SignatureError.
 *
 * @param {unknown} value
 * @returns {Promise<Card>}
 */
export async function parseCard(value) {
  const card = encoding.parse(value, 'card', {
    v: encoding.version,
    id: encoding.uuid,
    name: clientName,
    kem_pk: readKemPublic,
    sig_pk: readSigPk,
    recovery: readSigPk,
    sig: readSignature,
  });
  const { id, name, kem_pk: kemPk, sig_pk: sigPk, recovery, sig } = card;
  await verify(sigPk, sig, ctx('card', id, name, kemPk, sigPk, recovery), 'card');
  const fingerprint = await H('client', id, kemPk, sigPk, recovery);
  return { id, name, kemPk, sigPk, recovery, sig, fingerprint };
}

/**
 * Return an Ed25519 public key, 32 bytes.
 *
 * @param {unknown} value
 */
export function readSigPk(value) {
  return unb64(value, SIG_PK);
}

/**
 * Return a client's name: 1 to 64 characters, none that is invisible or reorders text.
 *
 * @param {unknown} value
 */
export function clientName(value) {
  return encoding.visible(value, 'a client name', 64);
}

/**
 * Return `card` if it has this fingerprint, else raise FingerprintError.
 *
 * @param {Card} card
 * @param {Bytes} fingerprint 32 bytes
 */
export function pinned(card, fingerprint) {
  if (!same(card.fingerprint, fingerprint)) {
    throw new FingerprintError(`the card of client ${card.id} is not the one that was pinned`);
  }
  return card;
}

/**
 * Return the 32 bytes as base32 in thirteen groups of four, joined by `-`.
 *
 * @param {Bytes} fingerprint
 */
export function showFingerprint(fingerprint) {
  const bits = Array.from(fingerprint, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const characters = bits.replace(/.{1,5}/g, (five) =>
    BASE32.charAt(parseInt(five.padEnd(5, '0'), 2)),
  );
  return characters.replace(/.{4}(?=.)/g, '$&-');
}

/**
 * Read what people typed or pasted: case, spaces, hyphens and what nobody sees do not matter; raises
 * MalformedError.
 *
 * @param {unknown} shown
 * @returns {Bytes} 32 bytes
 */
export function readFingerprint(shown) {
  const typed = typeof shown === 'string' ? pasted(shown).replaceAll('-', '') : '';
  const characters = typed.toUpperCase();
  const bits = characters.replace(/./g, (one) => BASE32.indexOf(one).toString(2).padStart(5, '0'));
  const octets = bits.match(/.{8}/g) ?? [];
  const fingerprint = Uint8Array.from(octets, (octet) => parseInt(octet, 2));
  if (!SHOWN.test(typed) || showFingerprint(fingerprint).replaceAll('-', '') !== characters) {
    throw new MalformedError('a fingerprint is 52 characters of base32, A-Z and 2-7');
  }
  return fingerprint;
}

/**
 * Return H("akid", access key), 32 bytes: names the key and commits to it.
 *
 * @param {Bytes} accessKey
 */
export function akid(accessKey) {
  return H('akid', accessKey);
}

/**
 * Return the 32-byte key of one field name under this access key.
 *
 * @param {Bytes} accessKey
 * @param {string} field
 */
export function columnKey(accessKey, field) {
  return expand(accessKey, 'column', field);
}

/**
 * Return what gives the column keys of one access key, which is imported once.
 *
 * @param {Bytes} accessKey
 * @returns {Promise<(field: string) => Promise<Bytes>>}
 */
export async function columnKeys(accessKey) {
  const expanded = await expander(accessKey);
  return (field) => expanded('column', field);
}

/**
 * Return the UUID (version 8) of the record that `source` becomes in `targetType`.
 *
 * The same every time for one client, and unlinkable without its `ids` key.
 *
 * @param {Bytes} idsKey
 * @param {string} source
 * @param {string} targetType
 */
export async function splitId(idsKey, source, targetType) {
  return encoding.shapedUuid(await mac(idsKey, ctx('split', source, targetType)), 8);
}

/**
 * Return the UUID (version 4) that stands for the source of what a named run writes.
 *
 * `number` (from 1) says which of its records: `splitId` of it is the record's id, the same
 * whenever the run is repeated.
 *
 * @param {string} name
 * @param {number} number
 */
export async function runSource(name, number) {
  return encoding.shapedUuid(await H('run', name, number), 4);
}
