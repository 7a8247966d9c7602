/**
 * Records: one document of one type (docs/protocol.md §6).
 *
 * A client's record carries its writer's signature. A form's record, made by a
 * visitor who has no key, carries instead the hash of the manifest it was sealed
 * for and its access key, sealed to the inbox that this manifest names.
 */

import * as encoding from './encoding.js';
import { FORM, VERSION, b64, ctx, unb64 } from './encoding.js';
import { CommitmentError, LimitError, MalformedError, MismatchError } from './errors.js';
import {
  Place,
  openDataKey,
  openField,
  openValue,
  readSealed,
  sealField,
  showSealed,
} from './fields.js';
import { KEM_ENC } from './hpke.js';
import { akid, columnKey, columnKeys } from './keys.js';
import { H, KEY, SIG, TAG, random, same, verify } from './primitives.js';

/** @import { Bytes, Wire } from './encoding.js' */
/** @import { Sealed, Value } from './fields.js' */
/** @import { Card, ClientKeys } from './keys.js' */

export const DIGEST = 32;
export const SEALED_AK = KEM_ENC + KEY + TAG;
export const MAX_META = 16;
export const COMMON = ['id', 'writer', 'type', 'rev', 'akid', 'fields'];

const NOTHING = new Uint8Array();

/**
 * @typedef {object} RecordParts
 * @property {string} id
 * @property {string} writer
 * @property {string} type
 * @property {number} rev
 * @property {Bytes} akid 32 bytes
 * @property {Map<string, Sealed>} fields
 * @property {Bytes} [sig] 64 bytes, of a client's record
 * @property {Bytes} [manifest] 32 bytes, of a form's record
 * @property {Bytes} [ak] 1168 bytes, of a form's record
 * @property {Map<string, Bytes>} [hidden] digests (32 bytes) of columns this reader may not see
 * @property {Map<string, string>} [meta] plaintext of a client's record, by name
 */

/**
 * One record; `sig` if a client wrote it, `manifest` and `ak` if a form did.
 *
 * @extends {encoding.Having<Required<RecordParts>>}
 */
export class Record extends encoding.Having {
  /** @param {RecordParts} parts */
  constructor(parts) {
    const none = { sig: NOTHING, manifest: NOTHING, ak: NOTHING };
    super({ ...none, hidden: new Map(), meta: new Map(), ...parts });
  }

  /** Whether a visitor wrote it through a form. */
  get fromForm() {
    return this.writer.startsWith(FORM);
  }

  /** All field names, the hidden ones included. */
  get names() {
    return new Set([...this.fields.keys(), ...this.hidden.keys()]);
  }

  /** Where its fields stand. */
  get place() {
    return new Place(this);
  }

  /** Return the record as a JSON object, fields in sorted order. */
  toWire() {
    /** @type {Wire} */
    const wire = {
      v: VERSION,
      id: this.id,
      writer: this.writer,
      type: this.type,
      rev: this.rev,
      akid: b64(this.akid),
    };
    if (this.meta.size) wire.meta = sortedWire(this.meta, (plain) => plain);
    wire.fields = sortedWire(this.fields, showSealed);
    if (this.hidden.size) wire.hidden = sortedWire(this.hidden, b64);
    if (this.fromForm) return { ...wire, manifest: b64(this.manifest), ak: b64(this.ak) };
    return { ...wire, sig: b64(this.sig) };
  }
}

/**
 * @template T
 * @param {Map<string, T>} named
 * @param {(item: T) => string} show
 */
function sortedWire(named, show) {
  return Object.fromEntries(sorted(named).map(([name, item]) => [name, show(item)]));
}

/**
 * @template T
 * @param {Map<string, T>} named
 */
function sorted(named) {
  return [...named].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What a record says of itself besides what is sealed. @typedef {Omit<RecordParts, 'fields' | 'hidden' | 'sig' | 'ak'> & {meta: Map<string, string>}} Head */

/**
 * Parse what a record says of itself, and leave what is sealed for `parseRecord`.
 *
 * Raises MalformedError, LimitError.
 *
 * @param {unknown} value
 * @returns {Head}
 */
export function parseHead(value) {
  return headOf(membersOf(value));
}

/** The members that a record has, by who wrote it. @param {unknown} value */
function membersOf(value) {
  if (!encoding.isObject(value)) throw new MalformedError('a record must be an object');
  const hidden = Object.hasOwn(value, 'hidden') ? ['hidden'] : [];
  const fromForm = isOfForm(value);
  const tail = fromForm ? ['manifest', 'ak'] : ['sig'];
  const meta = !fromForm && Object.hasOwn(value, 'meta') ? ['meta'] : [];
  return encoding.versioned(value, [...COMMON, ...meta, ...hidden, ...tail], 'record');
}

/** @param {Wire} wire */
const isOfForm = (wire) => String(wire.writer).startsWith(FORM);

/** @param {Wire} wire @returns {Head} */
function headOf(wire) {
  const fromForm = isOfForm(wire);
  return {
    id: encoding.uuid(wire.id, 'record id', fromForm ? '4' : '48'),
    writer: encoding.writer(wire.writer),
    type: encoding.name(wire.type, 'type'),
    rev: fromForm ? first(wire.rev) : encoding.integer(wire.rev, 'rev'),
    akid: unb64(wire.akid, DIGEST),
    meta: new Map(Object.hasOwn(wire, 'meta') ? parseMeta(wire.meta) : []),
    ...(fromForm && { manifest: unb64(wire.manifest, DIGEST) }),
  };
}

/**
 * Parse a record strictly, whole or partial; raises MalformedError, LimitError.
 *
 * @param {unknown} value
 */
export function parseRecord(value) {
  const wire = membersOf(value);
  const isPartial = Object.hasOwn(wire, 'hidden');
  const fields = parseNames(wire.fields, 'fields', isPartial);
  const digests = isPartial ? parseNames(wire.hidden, 'hidden', false) : [];
  if (
    new Set([...fields, ...digests].map(([name]) => name)).size <
    fields.length + digests.length
  ) {
    throw new MalformedError('a field cannot be both present and hidden');
  }
  encoding.fieldCount(fields.length + digests.length, 'a record');
  return new Record({
    ...headOf(wire),
    fields: new Map(fields.map(([name, sealed]) => [name, readSealed(sealed)])),
    hidden: new Map(digests.map(([name, digest]) => [name, unb64(digest, DIGEST)])),
    ...(isOfForm(wire) ? { ak: unb64(wire.ak, SEALED_AK) } : { sig: unb64(wire.sig, SIG) }),
  });
}

/** @param {unknown} rev */
function first(rev) {
  if (rev !== 1) throw new MalformedError("a form's record has revision 1");
  return 1;
}

/**
 * @param {unknown} value
 * @param {string} what
 * @param {boolean} mayBeEmpty
 */
function parseNames(value, what, mayBeEmpty) {
  const named = encoding.isObject(value) ? Object.entries(value) : [];
  if (!encoding.isObject(value) || !(named.length || mayBeEmpty)) {
    throw new MalformedError(`${what} must be an object with at least one name`);
  }
  for (const [name] of named) encoding.name(name, 'field name');
  return named;
}

/**
 * @param {unknown} value
 * @returns {[string, string][]}
 */
function parseMeta(value) {
  const named = parseNames(value, 'meta', false);
  if (named.length > MAX_META) throw new LimitError(`meta has at most ${MAX_META} names`);
  return named.map(([name, plain]) => [name, encoding.visible(plain, 'a text of meta')]);
}

/**
 * Return H("field", name, k, c), 32 bytes: what a signature covers of a field.
 *
 * @param {string} name
 * @param {Sealed} sealed
 */
export function fieldDigest(name, sealed) {
  return H('field', name, sealed.k, sealed.c);
}

/**
 * Return the context that the writer signs: what is plain, then each name and digest, sorted.
 *
 * @param {Record} record
 */
export async function recordMessage(record) {
  const digests = new Map([...(await digestFields(record.fields)), ...record.hidden]);
  const { id, writer, type, rev, akid: name, meta } = record;
  const plain = [meta.size, ...sorted(meta).flat()];
  return ctx('record', id, writer, type, rev, name, ...plain, ...sorted(digests).flat());
}

/**
 * @param {Map<string, Sealed>} fields
 * @returns {Promise<Map<string, Bytes>>}
 */
async function digestFields(fields) {
  return eachField(fields, (sealed, name) => fieldDigest(name, sealed));
}

/**
 * Do the same for all fields at once, and keep their order.
 *
 * @template T, R
 * @param {Map<string, T>} named
 * @param {(item: T, name: string) => Promise<R>} step
 * @returns {Promise<Map<string, R>>}
 */
async function eachField(named, step) {
  /** @type {(entry: [string, T]) => Promise<[string, R]>} */
  const done = async ([name, item]) => [name, await step(item, name)];
  return new Map(await Promise.all([...named].map(done)));
}

/**
 * Seal and sign one record of a client under its access key (32 bytes).
 *
 * Raises MalformedError or LimitError where a name, id or value is not allowed.
 *
 * @param {object} record
 * @param {ClientKeys} record.keys
 * @param {string} record.writer
 * @param {string} record.id
 * @param {string} record.type
 * @param {number} record.rev
 * @param {Bytes} record.accessKey
 * @param {Map<string, Value>} record.values
 * @param {Map<string, string>} [record.meta] stays plaintext
 */
export async function sealRecord({ keys, writer, id, type, rev, accessKey, values, meta }) {
  encoding.fieldCount(values.size, 'a record');
  const about = { id, writer, type, rev, akid: await akid(accessKey) };
  const fields = await sealFields({ place: new Place(about), accessKey, values });
  const record = new Record({ ...about, fields, ...(meta && { meta }) });
  const sig = await keys.sig.sign(await recordMessage(record));
  return parseRecord(new Record({ ...record, sig }).toWire());
}

/**
 * Seal each value under the column key of its name, in the room that `rooms` gives it.
 *
 * @param {{place: Place, accessKey: Bytes, values: Map<string, Value>, rooms?: Map<string, number>}} all
 */
export function sealFields({ place, accessKey, values, rooms }) {
  return eachField(values, async (value, name) => {
    const key = await columnKey(accessKey, encoding.name(name, 'field name'));
    return sealField(key, place, name, value, rooms?.get(name));
  });
}

/**
 * Check that the client with this card wrote and signed the record.
 *
 * Raises MismatchError if the writer is another, SignatureError if altered.
 *
 * @param {Record} record
 * @param {Card} card
 */
export async function verifyRecord(record, card) {
  if (record.writer !== card.id) throw new MismatchError('the record names another writer');
  await verify(card.sigPk, record.sig, await recordMessage(record), 'record');
}

/**
 * Return the record for a reader who sees only `visible` columns: digests for the rest.
 *
 * @param {Record} record
 * @param {Iterable<string>} visible
 */
export async function hideFields(record, visible) {
  const seen = new Set(visible);
  const fields = [...record.fields];
  return new Record({
    ...record,
    fields: new Map(fields.filter(([name]) => seen.has(name))),
    hidden: await digestFields(new Map(fields.filter(([name]) => !seen.has(name)))),
  });
}

/**
 * Open all fields under the access key; raises CommitmentError, OpenError, PaddingError.
 *
 * The caller has verified the record: `verifyRecord`, or for a form's record
 * `openFormRecord` of ./submissions.js, which ends here.
 *
 * @param {Record} record
 * @param {Bytes} accessKey 32 bytes
 * @returns {Promise<Map<string, Value>>}
 */
export async function openRecord(record, accessKey) {
  await checkCommitment(record, accessKey);
  const [place, keyOf] = [record.place, await columnKeys(accessKey)];
  return eachField(record.fields, async (sealed, name) => openField(await keyOf(name), place, name, sealed));
}

/**
 * @param {Record} record
 * @param {Bytes} accessKey
 */
async function checkCommitment(record, accessKey) {
  if (!same(await akid(accessKey), record.akid)) {
    throw new CommitmentError('the access key is not the one that the record names');
  }
}

/**
 * Open the fields that column keys (32 bytes each) were granted for.
 *
 * @param {Record} record
 * @param {Map<string, Bytes>} columnKeys
 */
export function openColumns(record, columnKeys) {
  const place = record.place;
  return eachField(granted(record, columnKeys), ({ key, sealed }, name) =>
    openField(key, place, name, sealed),
  );
}

/**
 * Return the data keys (32 bytes) of these fields, to grant them; raises as openRecord.
 *
 * @param {Record} record
 * @param {Bytes} accessKey
 * @param {Iterable<string>} names
 */
export async function openDataKeys(record, accessKey, names) {
  await checkCommitment(record, accessKey);
  const place = record.place;
  const wanted = new Map([...names].map((name) => [name, record.fields.get(name)]));
  return eachField(wanted, async (sealed, name) => {
    if (!sealed) throw new MismatchError(`the record has no field ${name}`);
    return openDataKey(await columnKey(accessKey, name), place, name, sealed);
  });
}

/**
 * Open the fields of one record that data keys (32 bytes each) were granted for.
 *
 * @param {Record} record
 * @param {Map<string, Bytes>} dataKeys
 */
export function openValues(record, dataKeys) {
  const place = record.place;
  return eachField(granted(record, dataKeys), ({ key, sealed }, name) =>
    openValue(key, place, name, sealed),
  );
}

/**
 * Pair each field that the record shows with the key that was granted for it.
 *
 * @param {Record} record
 * @param {Map<string, Bytes>} keys
 */
function granted(record, keys) {
  /** @type {Map<string, {key: Bytes, sealed: Sealed}>} */
  const pairs = new Map();
  for (const [name, sealed] of record.fields) {
    const key = keys.get(name);
    if (key) pairs.set(name, { key, sealed });
  }
  return pairs;
}

/** Return a random access key, 32 bytes. */
export function newAccessKey() {
  return random(KEY);
}
