/**
 * Where a client's keys rest: one payload, sealed under one or more slots (docs/protocol.md §4).
 *
 * The secret of a slot, 32 bytes, grows an X-Wing key. A change draws a new file key and seals it to
 * every slot's public key, so that nobody has to be asked for the secrets of the others.
 */

import * as encoding from './encoding.js';
import { VERSION, b64, ctx, dumpJson, loadJson, unb64 } from './encoding.js';
import { LimitError, MalformedError, MismatchError, OpenError } from './errors.js';
import { KEM_ENC, KemKey, hpkeSeal, readKemPublic } from './hpke.js';
import { ClientKeys, dumpCard, parseCard } from './keys.js';
import { SALT, checkCost } from './passphrases.js';
import { KEY, NONCE, SigningKey, TAG, expand, random, same, seal, unseal } from './primitives.js';
import { API_SECRET, SEED, readToken } from './tokens.js';

/** @import { Bytes, Wire } from './encoding.js' */
/** @import { Card } from './keys.js' */

export const PASSPHRASE = 'passphrase';
export const RECOVERY = 'recovery';
export const PASSKEY = 'passkey';
export const PLAIN = 'plain';

export const MAX_FILE = 256 * 1024;
export const MAX_SLOTS = 16;
const MAX_SEEDS = 17;
const MOST_SHARES = 16;
const SEALED_KEY = KEM_ENC + KEY + TAG;
const SEALED_SIGNER = NONCE + KEY + TAG;
/** Space, tab, carriage return, line feed. */
const AROUND = new Set([0x20, 0x09, 0x0d, 0x0a]);

/**
 * One way to open a key file; `params` are as they stand in it, in their order.
 *
 * @typedef {object} Slot
 * @property {string} id
 * @property {string} kind
 * @property {string} label
 * @property {number} made seconds since 1970
 * @property {number} proved when somebody last saw that it opens the file, 0 for never
 * @property {Wire} params
 * @property {Bytes} pk 1216 bytes, grown from the slot's secret
 * @property {Bytes} sealed 1168 bytes: the file key
 * @property {Bytes} [signer] 60 bytes: the seed of the client's recovery key
 */

/**
 * A client's key file as it lies on a disk, or at a server: nothing in it is open.
 *
 * @typedef {object} KeyFile
 * @property {Card} card
 * @property {number} serial
 * @property {Slot[]} slots
 * @property {Bytes} payload
 */

/**
 * What a key file keeps closed, as JSON: see the table in docs/protocol.md §4.
 *
 * @typedef {object} Secrets
 * @property {string[]} seeds base64url of 32 bytes each, the newest first
 * @property {string[]} ids base64url of 32 bytes each, the newest first
 * @property {string} state
 * @property {string} fetch
 * @property {string} api_url
 * @property {{id: string, secret: string} | null} api_key
 * @property {string} token
 * @property {{token: string, api_key: {id: string, secret: string}} | null} pending
 * @property {boolean} unconfirmed whether the file was made of a copy, and nobody has agreed so far
 *   that it is the newest
 */

/** @type {{[kind: string]: (params: unknown) => unknown}} */
const PARAMS = {
  passphrase: (params) => {
    const read = encoding.parse(params, 'the parameters of a passphrase', {
      salt: (salt) => unb64(salt, SALT),
      memory: encoding.integer,
      passes: encoding.integer,
      generated: encoding.boolean,
    });
    return checkCost(read);
  },
  recovery: (params) => {
    const { threshold, shares } = encoding.parse(params, 'the parameters of a recovery slot', {
      threshold: encoding.integer,
      shares: encoding.integer,
    });
    if (threshold > shares || shares > MOST_SHARES || (threshold === 1) !== (shares === 1)) {
      throw new MalformedError('of the shares of a recovery slot some or all are needed');
    }
  },
  passkey: (params) => {
    const { credential } = encoding.parse(params, 'the parameters of a passkey', {
      rp: (rp) => encoding.visible(rp, 'rp', 253),
      credential: (id) => unb64(id),
      salt: (salt) => unb64(salt, KEY),
    });
    if (!credential.length || credential.length > 1023) {
      throw new MalformedError('the id of a credential has 1 to 1,023 bytes');
    }
  },
  pkcs11: serviceParams,
  openbao: serviceParams,
  'aws-kms': serviceParams,
  plain: (params) =>
    encoding.parse(params, 'the parameters of a plain slot', {
      secret: (secret) => readToken(SEED, secret),
    }),
};

/** @param {unknown} params */
function serviceParams(params) {
  const found = encoding.isObject(params) ? Object.entries(params) : [];
  if (!found.length || found.length > 8) {
    throw new MalformedError('the parameters of a key service are 1 to 8 texts');
  }
  for (const [name, text] of found) encoding.visible(text, encoding.name(name), 4096);
}

/**
 * Return the file as a JSON object.
 *
 * @param {KeyFile} file
 */
export function dumpKeyFile(file) {
  return { ...bound(file), payload: b64(file.payload) };
}

/**
 * Return the bytes of the file: canonical JSON.
 *
 * @param {KeyFile} file
 */
export function keyFileBytes(file) {
  return dumpJson(dumpKeyFile(file));
}

/** @param {KeyFile} file */
function bound({ card, serial, slots }) {
  return { v: VERSION, id: card.id, card: dumpCard(card), serial, slots: slots.map(dumpSlot) };
}

/** @param {Slot} slot */
function dumpSlot({ pk, sealed, signer, ...plain }) {
  const { id, kind, label, made, proved, params } = plain;
  const wire = { id, kind, label, made, proved, params, pk: b64(pk), sealed: b64(sealed) };
  return signer ? { ...wire, signer: b64(signer) } : wire;
}

/** What the payload is sealed under: all other members. @param {KeyFile} file */
const fileContext = (file) => ctx('keyfile', dumpJson(bound(file)));

/** What the file key is sealed under. @param {Slot} slot @param {string} clientId */
function slotContext({ id, kind, label, made, params }, clientId) {
  return ctx('slot', clientId, id, kind, label, made, dumpJson(params));
}

/** What the recovery key's seed is sealed under. @param {Slot} slot @param {Card} card */
const signerContext = ({ id, kind }, card) => ctx('signer', card.id, id, kind, card.fingerprint);

/**
 * Parse the bytes of a key file strictly; raises MalformedError, LimitError, SignatureError.
 *
 * What editors add, a mark before it and line ends behind it, means nothing. What a slot would cost
 * to open is checked here, before anybody tries.
 *
 * @param {Uint8Array} whole
 * @returns {Promise<KeyFile>}
 */
export async function parseKeyFile(whole) {
  const raw = bare(whole);
  if (raw.length > MAX_FILE) throw new LimitError('a key file has at most 262,144 bytes');
  const wire = encoding.parse(loadJson(raw), 'key file', {
    v: encoding.version,
    id: encoding.uuid,
    card: (value) => value,
    serial: encoding.integer,
    slots: (slots) => encoding.listed(slots, 'slots', MAX_SLOTS).map(parseSlot),
    payload: (payload) => unb64(payload),
  });
  const { id, serial, slots, payload } = wire;
  encoding.distinct(slots.map((slot) => slot.id), 'slots');
  const card = await parseCard(wire.card);
  if (id !== card.id) throw new MalformedError('the id of a key file is that of its card');
  if (slots.every(({ kind }) => kind === PASSKEY)) {
    throw new MalformedError('a passkey is never the only way into a key file');
  }
  const file = { card, serial, slots, payload };
  if (!same(keyFileBytes(file), raw)) {
    throw new MalformedError('the members of a key file stand in the order of the specification');
  }
  return file;
}

/**
 * Return the bytes of a file without a byte order mark, and without white space around.
 *
 * @param {Uint8Array} raw
 */
export function bare(raw) {
  let from = [0xef, 0xbb, 0xbf].every((byte, at) => raw[at] === byte) ? 3 : 0;
  let to = raw.length;
  while (from < to && AROUND.has(raw[from])) from += 1;
  while (from < to && AROUND.has(raw[to - 1])) to -= 1;
  return raw.subarray(from, to);
}

/** @param {unknown} value @returns {Slot} */
function parseSlot(value) {
  const slot = encoding.parse(
    value,
    'slot',
    {
      id: encoding.uuid,
      kind: (kind) => kindOf(kind),
      label: (label) => encoding.visible(label, 'label', 64),
      made: (made) => encoding.integer(made, 'made', 0),
      proved: (proved) => encoding.integer(proved, 'proved', 0),
      params: (params) => /** @type {Wire} */ (params),
      pk: readKemPublic,
      sealed: (sealed) => unb64(sealed, SEALED_KEY),
    },
    { signer: (signer) => unb64(signer, SEALED_SIGNER) },
  );
  PARAMS[slot.kind]?.(slot.params);
  if (!!slot.signer !== (slot.kind === RECOVERY)) {
    throw new MalformedError('each recovery slot, and no other, holds the recovery key');
  }
  return slot;
}

/** @param {unknown} kind */
function kindOf(kind) {
  if (typeof kind !== 'string' || !Object.hasOwn(PARAMS, kind)) {
    throw new MalformedError('unknown kind of slot');
  }
  return kind;
}

/**
 * Return the slot with this id; raises MismatchError.
 *
 * @param {KeyFile} file
 * @param {string} id
 */
export function slotOf(file, id) {
  const slot = file.slots.find((one) => one.id === id);
  if (!slot) throw new MismatchError('the key file has no such slot');
  return slot;
}

/**
 * Return a slot that `secret` (32 bytes) opens once a file was sealed with it.
 *
 * @param {string} kind
 * @param {Bytes} secret
 * @param {{id: string, label: string, made: number, params: Wire}} about `made` in seconds since 1970
 * @returns {Promise<Slot>}
 */
export async function newSlot(kind, secret, { id, label, made, params }) {
  const { public: pk } = await KemKey.fromSeed(secret);
  return { id, kind, label, made, proved: 0, params, pk, sealed: new Uint8Array() };
}

/**
 * Whether somebody has seen that a recovery slot opens the file.
 *
 * @param {KeyFile} file
 */
export function isRecoverable({ slots }) {
  return slots.some(({ kind, proved }) => kind === RECOVERY && proved > 0);
}

/**
 * Return a file that each of the slots opens, under a new file key.
 *
 * Whoever changes a file that he opened with `openKeyFile` may seal to all its slots: that they are
 * those of the file was checked there.
 *
 * @param {{card: Card, serial: number, slots: Slot[], secrets: Secrets}} file
 * @returns {Promise<KeyFile>}
 */
export async function sealKeyFile({ card, serial, slots, secrets }) {
  const fileKey = random(KEY);
  const sealed = await Promise.all(
    slots.map(async (slot) => {
      const context = slotContext(slot, card.id);
      return { ...slot, sealed: await hpkeSeal(slot.pk, fileKey, context) };
    }),
  );
  const open = { card, serial, slots: sealed, payload: new Uint8Array() };
  const payload = await seal(fileKey, dumpJson(secrets), fileContext(open));
  const file = await parseKeyFile(keyFileBytes({ ...open, payload }));
  await checkKeys(file, secrets);
  return file;
}

/**
 * Return a recovery slot that also holds the seed (32 bytes) of the client's recovery key.
 *
 * Only who has the slot's secret can do so, for one card: so it shows whose a file is.
 *
 * @param {Slot} slot
 * @param {Bytes} secret
 * @param {Card} card
 * @param {Bytes} seed
 * @returns {Promise<Slot>}
 */
export async function withSigner(slot, secret, card, seed) {
  const key = await expand(secret, 'signer');
  return { ...slot, signer: await seal(key, seed, signerContext(slot, card)) };
}

/**
 * Open a file with the secret (32 bytes) of one of its slots.
 *
 * A recovery slot's opens its `signer` first. Raises OpenError where the secret is not the slot's, or
 * where anything in the file is not as it was sealed; MismatchError where the seeds are not those of
 * the card.
 *
 * @param {KeyFile} file
 * @param {Slot} slot
 * @param {Bytes} secret
 * @returns {Promise<Secrets>}
 */
export async function openKeyFile(file, slot, secret) {
  if (slot.kind === RECOVERY) await openSigner(file, slot, secret);
  const key = await slotKey(slot, secret);
  const fileKey = await key.open(slot.sealed, slotContext(slot, file.card.id));
  const secrets = parseSecrets(loadJson(await unseal(fileKey, file.payload, fileContext(file))));
  await checkKeys(file, secrets);
  return secrets;
}

/**
 * Return the seed (32 bytes) of the client's recovery key, with the secret of a recovery slot.
 *
 * That it opens shows that the card in the file is the one that the slot was made for: who knows only
 * public keys can make a whole file of his own, and seal its file key to them. Raises OpenError;
 * MismatchError if the slot has none, or another than the card names.
 *
 * @param {KeyFile} file
 * @param {Slot} slot
 * @param {Bytes} secret
 */
export async function openSigner(file, slot, secret) {
  if (!slot.signer) throw new MismatchError('this slot holds no recovery key');
  await slotKey(slot, secret);
  const key = await expand(secret, 'signer');
  const seed = await unseal(key, slot.signer, signerContext(slot, file.card));
  if (!same((await SigningKey.fromSeed(seed)).public, file.card.recovery)) {
    throw new MismatchError('the recovery key in this slot is not the one on the card');
  }
  return seed;
}

/**
 * Return the key that a slot's secret grows; raises OpenError if it is not the slot's.
 *
 * @param {Slot} slot
 * @param {Bytes} secret
 */
export async function slotKey(slot, secret) {
  const key = await KemKey.fromSeed(secret);
  if (!same(key.public, slot.pk)) throw new OpenError('this is not the secret of the slot');
  return key;
}

/** @param {KeyFile} file @param {Secrets} secrets */
async function checkKeys({ card }, { seeds }) {
  const keys = await ClientKeys.fromSeed(unb64(seeds[0], KEY));
  if (!same(keys.kem.public, card.kemPk) || !same(keys.sig.public, card.sigPk)) {
    throw new MismatchError('the seeds in a key file are not those of its card');
  }
}

/** @param {unknown} value @returns {Secrets} */
function parseSecrets(value) {
  encoding.parse(value, 'payload', {
    seeds: keysOf,
    ids: keysOf,
    state: (key) => unb64(key, KEY),
    fetch: (code) => unb64(code, KEY),
    api_url: (url) => encoding.text(url, 'api_url', 2000),
    api_key: (key) => key === null || parseApiKey(key),
    token: (token) => token === '' || unb64(token, KEY),
    pending: (pending) => pending === null || parsePending(pending),
    unconfirmed: encoding.boolean,
  });
  return /** @type {Secrets} */ (value);
}

/** @param {unknown} keys @param {string} what */
function keysOf(keys, what) {
  const found = encoding.listed(keys, what, MAX_SEEDS);
  for (const key of found) unb64(key, KEY);
  encoding.distinct(found, what);
}

/** @param {unknown} value */
function parseApiKey(value) {
  const secret = (/** @type {unknown} */ text) => readToken(API_SECRET, text);
  return encoding.parse(value, 'api_key', { id: encoding.uuid, secret });
}

/** @param {unknown} value */
function parsePending(value) {
  const token = (/** @type {unknown} */ digest) => unb64(digest, KEY);
  return encoding.parse(value, 'pending', { token, api_key: parseApiKey });
}
