/**
 * Submissions: what a visitor sends, and how its owner opens it (docs/protocol.md §8).
 *
 * A submission is one record for each record type that the manifest routes to, each
 * under an access key of its own that is sealed to that type's inbox.
 */

import * as encoding from './encoding.js';
import { MAX_ROOM, VERSION, b64, ctx, dumpJson } from './encoding.js';
import { MalformedError, MismatchError } from './errors.js';
import { Place, dumpValue } from './fields.js';
import { hpkeSeal } from './hpke.js';
import { akid as akidOf } from './keys.js';
import { MAX_TYPES, sameNames } from './manifests.js';
import { same } from './primitives.js';
import { KINDS, choicesOf } from './questions.js';
import { newSecret, receiptOf, recordId } from './receipts.js';
import { Record, newAccessKey, openRecord, parseRecord, sealFields } from './records.js';

/** @import { Bytes } from './encoding.js' */
/** @import { Value } from './fields.js' */
/** @import { KemKey } from './hpke.js' */
/** @import { Inbox, Manifest } from './manifests.js' */
/** @import { Field } from './questions.js' */

const ROOM = 1023; // of a text that may not be shown, where its length has no limit

/**
 * Return the HPKE info of a sealed access key: form, record id, type, akid, manifest hash.
 *
 * @param {Manifest} manifest
 * @param {string} id
 * @param {string} type
 * @param {Bytes} akid
 */
export function inboxInfo(manifest, id, type, akid) {
  return ctx('inbox', manifest.form, id, type, akid, manifest.hash);
}

/**
 * Seal one record for each type of a verified manifest, in the manifest's order, and return
 * them with their receipt of 32 bytes.
 *
 * `answers` has a value for every field, empty ones included, and no other; raises
 * MismatchError otherwise. Whether they keep the form's rules is the question of ./answers.js.
 *
 * @param {Manifest} manifest
 * @param {Map<string, Value>} answers
 * @param {Bytes} [secret] 16 bytes, of a submission that has to be sealed anew
 */
export async function sealSubmission(manifest, answers, secret = newSecret()) {
  const asked = new Set(manifest.fields.map((field) => field.name));
  if (!sameNames(asked, new Set(answers.keys()))) {
    throw new MismatchError('answers must name each field of the manifest, and no other');
  }
  const records = await Promise.all(
    manifest.types.map(async (inbox) => {
      const id = await recordId(secret, manifest.form, inbox.type);
      return sealFormRecord(manifest, inbox, id, answers);
    }),
  );
  return { records, receipt: await receiptOf(manifest, secret, records) };
}

/**
 * Return how many bytes the JSON of each field's value has at least when it is sealed.
 *
 * As many as any other choice of the field would have, and, where it may not be shown, as a
 * text of usual length: so that the size does not tell what was chosen, nor which way.
 *
 * @param {Manifest} manifest
 */
export function rooms({ fields, allSections }) {
  const parts = allSections.filter(({ when }) => when.length);
  const hideable = new Set(parts.flatMap((part) => part.fields));
  return new Map(
    fields.map((field) => [
      field.name,
      roomOf(field, field.when.length > 0 || hideable.has(field.name)),
    ]),
  );
}

/** @param {Field} field @param {boolean} hideable */
function roomOf(field, hideable) {
  const { kind, maxLength } = field;
  const choices = choicesOf(field);
  if (kind === 'checkboxes') return dumpValue(/** @type {string[]} */ (choices)).length;
  if (choices.length) return Math.max(...choices.map((choice) => dumpValue(choice).length));
  const own = /** @type {string[]} */ (KINDS.get(kind));
  if (!hideable || !own.includes('max_length')) return 0;
  return maxLength ? Math.min(4 * maxLength + 2, MAX_ROOM) : ROOM;
}

/**
 * @param {Manifest} manifest
 * @param {Inbox} inbox
 * @param {string} id
 * @param {Map<string, Value>} answers
 */
async function sealFormRecord(manifest, inbox, id, answers) {
  const accessKey = newAccessKey();
  const akid = await akidOf(accessKey);
  const about = { id, writer: manifest.writer, type: inbox.type, rev: 1, akid };
  const values = new Map(
    manifest.route(inbox.type).map((name) => [name, answers.get(name) ?? null]),
  );
  const place = new Place(about);
  return new Record({
    ...about,
    fields: await sealFields({ place, accessKey, values, rooms: rooms(manifest) }),
    manifest: manifest.hash,
    ak: await hpkeSeal(inbox.public, accessKey, inboxInfo(manifest, id, inbox.type, akid)),
  });
}

/**
 * Return the body of the one POST that carries a submission.
 *
 * @param {Record[]} records
 */
export function dumpSubmission(records) {
  return dumpJson({ v: VERSION, records: records.map((record) => record.toWire()) });
}

/**
 * Parse a submission strictly: records of one form and one manifest, one a type.
 *
 * Raises MalformedError, LimitError.
 *
 * @param {unknown} value
 */
export function parseSubmission(value) {
  const wire = encoding.versioned(value, ['records'], 'submission');
  const records = encoding.listed(wire.records, 'records', MAX_TYPES).map(parseRecord);
  if (records.some((record) => record.hidden.size || !record.fromForm)) {
    throw new MalformedError('a submission holds whole records of a form');
  }
  if (new Set(records.map((record) => record.writer + b64(record.manifest))).size !== 1) {
    throw new MalformedError('all records of a submission are of one form and one manifest');
  }
  if (new Set(records.flatMap((record) => [record.id, record.type])).size !== 2 * records.length) {
    throw new MalformedError("ids and types of a submission's records must be distinct");
  }
  return records;
}

/**
 * Raise MismatchError unless the records are exactly what the manifest asks for.
 *
 * @param {Record[]} records
 * @param {Manifest} manifest
 */
export function checkSubmission(records, manifest) {
  const types = new Set(manifest.types.map((inbox) => inbox.type));
  if (!sameNames(new Set(records.map((record) => record.type)), types)) {
    throw new MismatchError('the submission has not one record for each type of the form');
  }
  for (const record of records) checkFormRecord(record, manifest);
}

/**
 * Raise MismatchError unless form, manifest hash, type and the set of fields agree.
 *
 * @param {Record} record
 * @param {Manifest} manifest
 */
export function checkFormRecord(record, manifest) {
  if (record.writer !== manifest.writer || !same(record.manifest, manifest.hash)) {
    throw new MismatchError('the record was sealed for another form or manifest');
  }
  manifest.inbox(record.type);
  if (!sameNames(record.names, new Set(manifest.route(record.type)))) {
    throw new MismatchError('the record does not have exactly the fields of its form');
  }
}

/**
 * Return a form record's access key (32 bytes), opened with its inbox's key.
 *
 * `manifest` is verified and is the one that the record names. Raises
 * MismatchError, OpenError.
 *
 * @param {Record} record
 * @param {Manifest} manifest
 * @param {KemKey} inbox
 */
export async function openAccessKey(record, manifest, inbox) {
  checkFormRecord(record, manifest);
  if (!same(inbox.public, manifest.inbox(record.type).public)) {
    throw new MismatchError('the inbox is not the one that the manifest names');
  }
  return inbox.open(record.ak, inboxInfo(manifest, record.id, record.type, record.akid));
}

/**
 * Open a form's record; raises as `openAccessKey` and `openRecord` of ./records.js.
 *
 * @param {Record} record
 * @param {Manifest} manifest
 * @param {KemKey} inbox
 */
export async function openFormRecord(record, manifest, inbox) {
  return openRecord(record, await openAccessKey(record, manifest, inbox));
}
