/**
 * Opening the records of one stream, each verified first (docs/protocol.md §6, §8).
 *
 * In two steps: an opener finds what a record takes, and may ask the server for that; `openRecord`
 * verifies and opens with what was found, asks nobody, and so runs wherever it is sent.
 */

import { problems } from '../../envelope/answers.js';
import { b64 } from '../../envelope/encoding.js';
import { MismatchError } from '../../envelope/errors.js';
import { OVERHEAD } from '../../envelope/fields.js';
import { TYPE } from '../../envelope/grants.js';
import { KemKey } from '../../envelope/hpke.js';
import { parseManifest } from '../../envelope/manifests.js';
import * as records from '../../envelope/records.js';
import { openColumns, openValues, verifyRecord } from '../../envelope/records.js';
import { checkFormRecord, openAccessKey } from '../../envelope/submissions.js';
import { Kept } from '../session.js';
import { byHash } from '../trust/verified_manifests.js';

/** @import { Bytes } from '../../envelope/encoding.js' */
/** @import { Value } from '../../envelope/fields.js' */
/** @import { Card } from '../../envelope/keys.js' */
/** @import { Manifest } from '../../envelope/manifests.js' */
/** @import { Head, Record } from '../../envelope/records.js' */
/** @import { Earlier } from '../../envelope/successions.js' */
/** @import { Rooms, Session } from '../session.js' */
/** @import { Keyring, Keys, OpenInbox } from '../trust/keyring.js' */

/** @typedef {Map<string, Value>} Data */

/** The code of docs/protocol.md §8, "Checking answers", by field name. @typedef {Map<string, string>} Problems */

/**
 * The values of a record, which of them break the rules of their form, and how much JSON each sealed
 * field has room for as it is.
 *
 * @typedef {{data: Data, problems: Problems, rooms: Rooms}} Contents
 */

/**
 * All that it takes to verify and open one record of a client: the card that has to have signed it,
 * and the keys that were granted of its generation and of itself.
 *
 * @typedef {{signer: Card, keys: Keys, dataKeys: Keys}} ClientParts
 */

/**
 * The same of a form's record: the verified manifest that it names, and its inbox, or the keys that
 * were granted of the record alone.
 *
 * @typedef {{manifest: Manifest, inbox: OpenInbox | undefined, dataKeys: Keys}} FormParts
 */

/**
 * What an opener found for a record; one of `client` and `form` is there.
 *
 * `rooms` has the bytes that the JSON of each value of a form is to have at least wherever it is sealed
 * again. Of what is `stolen` only a key says whose it is that a thief may have. `whyNot` is the code of what
 * was wrong with the last grant that was refused, "" for none.
 *
 * @typedef {object} Unlocked
 * @property {ClientParts} [client]
 * @property {FormParts} [form]
 * @property {Rooms} [rooms]
 * @property {boolean} stolen
 * @property {string} whyNot
 */

/** Finds what it takes to open a record; raises EnvelopeError, ClientError. @typedef {{unlock: (record: Head) => Promise<Unlocked>}} Opener */

/**
 * Verify and open a record with what was found for it; raises EnvelopeError.
 *
 * @param {Record} record
 * @param {Unlocked} unlocked
 * @returns {Promise<Contents>}
 */
export async function openRecord(record, { client, form, whyNot }) {
  const rooms = roomsOf(record);
  if (client) return { data: await openOfClient(record, client, whyNot), problems: new Map(), rooms };
  if (!form) throw new MismatchError('nothing was found for this record');
  const data = inFormOrder(await openOfForm(record, form, whyNot), form.manifest);
  return { data, problems: problems(form.manifest, data), rooms };
}

/**
 * The same as plain data, which can be sent to a worker: of a manifest its bytes, of an inbox its seed.
 *
 * @typedef {object} Packed
 * @property {ClientParts} [client]
 * @property {{hash: Bytes, raw: Bytes, seed: Bytes | undefined, dataKeys: Keys}} [form]
 * @property {boolean} stolen
 * @property {string} whyNot
 */

/**
 * Return what was found for a record as plain data.
 *
 * @param {Unlocked} unlocked
 * @returns {Packed}
 */
export function packed({ client, form, stolen, whyNot }) {
  const plain = { ...(client && { client }), stolen, whyNot };
  if (!form) return plain;
  const { manifest, inbox, dataKeys } = form;
  return { ...plain, form: { hash: manifest.hash, raw: manifest.raw, seed: inbox?.seed, dataKeys } };
}

/** Makes of plain data what opens records; what many of them have in common is made once. */
export class Unpacking {
  /** @type {Kept<Manifest>} */
  #manifests = new Kept(64);
  /** @type {Kept<KemKey>} */
  #inboxes = new Kept(64);

  /** @param {Packed} sent what this client packed: the manifest in it was verified @returns {Promise<Unlocked>} */
  async unpacked({ form, ...plain }) {
    if (!form) return plain;
    const { hash, raw, seed, dataKeys } = form;
    const manifest = await this.#manifests.find(b64(hash), () => parseManifest(raw));
    const inbox = seed && { seed, key: await this.#inboxes.find(b64(seed), () => KemKey.fromSeed(seed)) };
    return { ...plain, form: { manifest, inbox, dataKeys } };
  }
}

/**
 * By the widest key at hand.
 *
 * @param {Record} record
 * @param {ClientParts} parts
 * @param {string} whyNot
 */
async function openOfClient(record, { signer, keys, dataKeys }, whyNot) {
  await verifyRecord(record, signer);
  const accessKey = keys.get(TYPE);
  if (accessKey) {
    checkNothingWithheld(record, record.hidden);
    return records.openRecord(record, accessKey);
  }
  checkNothingWithheld(record, keys);
  checkNothingWithheld(record, dataKeys);
  const single = await openValues(record, dataKeys);
  const data = new Map([...single, ...(await openColumns(record, keys))]);
  return checkAllOpen(record, data, whyNot);
}

/**
 * @param {Record} record
 * @param {FormParts} parts
 * @param {string} whyNot
 */
async function openOfForm(record, { manifest, inbox, dataKeys }, whyNot) {
  checkFormRecord(record, manifest);
  if (inbox) {
    checkNothingWithheld(record, record.hidden);
    return records.openRecord(record, await openAccessKey(record, manifest, inbox.key));
  }
  checkNothingWithheld(record, dataKeys);
  return checkAllOpen(record, await openValues(record, dataKeys), whyNot);
}

/**
 * A client's records: signed by the client that is pinned as their writer.
 *
 * Its `earlier` cards, the oldest first, stand for records of generations that they ended.
 *
 * @implements {Opener}
 */
export class ClientRecords {
  #ring;
  #writer;
  #earlier;

  /** @param {Keyring} ring @param {Card} writer @param {readonly Earlier[]} [earlier] */
  constructor(ring, writer, earlier = []) {
    this.#ring = ring;
    this.#writer = writer;
    this.#earlier = earlier;
  }

  /** @param {Head} record @returns {Promise<Unlocked>} */
  async unlock(record) {
    const keys = await this.#ring.ofGeneration(record.akid);
    const dataKeys = keys.has(TYPE) && !this.#earlier.length ? new Map() : await this.#ring.ofRecord(record);
    const old = this.#earlierSigner(record);
    return {
      client: { signer: old?.card ?? this.#writer, keys, dataKeys },
      stolen: !!old?.compromised,
      whyNot: this.#ring.whyNot,
    };
  }

  /**
   * Return the earlier card that stands for a record's generation, undefined for today's.
   *
   * Which generation that is, a grant says that was verified.
   *
   * @param {Head} record
   */
  #earlierSigner({ writer, type, akid }) {
    const gen = this.#ring.numberOf(akid);
    return gen ? this.#earlier.find((old) => old.standsForRecord({ writer, type, gen, akid })) : undefined;
  }
}

/**
 * A form's records: as their manifest says, which its pinned owner signed.
 *
 * @implements {Opener}
 */
export class FormRecords {
  #session;
  #form;
  #ring;

  /** @param {Session} session @param {string} form @param {Keyring} ring */
  constructor(session, form, ring) {
    this.#session = session;
    this.#form = form;
    this.#ring = ring;
  }

  /** @param {Head} record @returns {Promise<Unlocked>} */
  async unlock(record) {
    const named = record.manifest ?? new Uint8Array();
    const { manifest, rooms, stolen } = await byHash(this.#session, this.#form, named);
    const inbox = await this.#ring.inbox(manifest.inbox(record.type));
    const dataKeys = inbox ? new Map() : await this.#ring.ofRecord(record);
    return { form: { manifest, inbox, dataKeys }, rooms, stolen, whyNot: this.#ring.whyNot };
  }
}

/** How much JSON each sealed field has room for, as it is. @param {Record} record @returns {Rooms} */
function roomsOf({ fields }) {
  return new Map([...fields].map(([name, { c }]) => [name, c.length - OVERHEAD - 1]));
}

/**
 * Return the values in the order of the form's questions.
 *
 * @param {Data} data
 * @param {Manifest} manifest
 * @returns {Data}
 */
function inFormOrder(data, { fields }) {
  const asked = fields.map(({ name }) => name).filter((name) => data.has(name));
  const ordered = new Map(asked.map((name) => [name, data.get(name) ?? null]));
  for (const [name, value] of data) ordered.set(name, value);
  return ordered;
}

/**
 * Refuse a hidden column that this client holds a key for (docs/protocol.md §11, 12).
 *
 * @param {Record} record
 * @param {Map<string, unknown>} granted
 */
function checkNothingWithheld({ hidden }, granted) {
  if ([...hidden.keys()].some((name) => granted.has(name))) {
    throw new MismatchError('the server hides a field that was granted');
  }
}

/**
 * Refuse a visible field that no valid grant opens (docs/protocol.md §11, 12).
 *
 * @param {Record} record
 * @param {Data} data
 * @param {string} whyNot
 */
function checkAllOpen({ fields }, data, whyNot) {
  const [locked] = [...fields.keys()].filter((name) => !data.has(name)).sort();
  if (locked === undefined) return data;
  const more = whyNot && `; the last one that was refused: ${whyNot}`;
  throw new MismatchError(`no valid grant opens field ${locked}${more}`);
}
