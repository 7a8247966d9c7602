/**
 * Manifests, inboxes and submissions (docs/protocol.md §8).
 *
 * A manifest is exact JSON bytes with its owner's signature. A submission is one
 * record for each record type that the manifest routes to, each under an access
 * key of its own that is sealed to that type's inbox.
 */

import * as encoding from './encoding.js';
import { FORM, VERSION, b64, ctx, dumpJson, loadJson, unb64 } from './encoding.js';
import { ExpiredError, LimitError, MalformedError, MismatchError } from './errors.js';
import { Place } from './fields.js';
import { akid as akidOf, pinned } from './keys.js';
import { H, KEM_PK, SIG, hpkeSeal, kemPublic, same, verify } from './primitives.js';
import { Record, newAccessKey, openRecord, parseRecord, sealFields } from './records.js';

/** @import { Bytes } from './encoding.js' */
/** @import { Value } from './fields.js' */
/** @import { Card, ClientKeys } from './keys.js' */
/** @import { KemKey } from './primitives.js' */

export const KINDS = [
  'text',
  'textarea',
  'number',
  'date',
  'select',
  'radio',
  'checkbox',
  'checkboxes',
];
export const CHOICES = ['select', 'radio', 'checkboxes'];
export const MAX_TYPES = 16;
export const MAX_OPTIONS = 256;
export const SKEW = 24 * 60 * 60;

/**
 * Where records of one type go: an X-Wing public key (1216 bytes) and its generation.
 *
 * @typedef {{type: string, gen: number, public: Bytes}} Inbox
 */

/**
 * One choice of a field: what is sealed, and what the visitor reads.
 *
 * @typedef {{value: string, label: string}} Option
 */

/**
 * One question of a form and the record type that its answer goes to.
 *
 * @typedef {object} Field
 * @property {string} name
 * @property {string} type
 * @property {string} kind
 * @property {string} label
 * @property {string} help
 * @property {boolean} required
 * @property {Option[]} options
 */

/**
 * What an owner signs; times in seconds since 1970.
 *
 * @typedef {object} Description
 * @property {string} form
 * @property {number} version
 * @property {string} owner
 * @property {number} issued
 * @property {number} expires
 * @property {string} title
 * @property {string} description
 * @property {string} confirmation
 * @property {Inbox[]} types
 * @property {Field[]} fields
 */

/** A form as its owner signed it; `raw` the signed bytes, `hash` H("manifest", raw). */
export class Manifest {
  /**
   * @param {Description} parts
   * @param {Bytes} raw
   * @param {Bytes} hash 32 bytes: what a submission names
   */
  constructor(parts, raw, hash) {
    this.form = parts.form;
    this.version = parts.version;
    this.owner = parts.owner;
    this.issued = parts.issued;
    this.expires = parts.expires;
    this.title = parts.title;
    this.description = parts.description;
    this.confirmation = parts.confirmation;
    this.types = parts.types;
    this.fields = parts.fields;
    this.raw = raw;
    this.hash = hash;
  }

  /** The writer of this form's records. */
  get writer() {
    return FORM + this.form;
  }

  /**
   * Return the inbox of a record type; raises MismatchError.
   *
   * @param {string} type
   */
  inbox(type) {
    const inbox = this.types.find((one) => one.type === type);
    if (!inbox) throw new MismatchError(`the manifest routes nothing to type ${type}`);
    return inbox;
  }

  /**
   * The names of the fields that go to a type.
   *
   * @param {string} type
   */
  route(type) {
    return this.fields.filter((field) => field.type === type).map((field) => field.name);
  }
}

/**
 * Return the bytes to sign: canonical JSON, members in the order of the specification.
 *
 * @param {Description} manifest
 */
export function dumpManifest(manifest) {
  const { form, version, owner, issued, expires, title, description, confirmation } = manifest;
  const types = manifest.types.map((inbox) => {
    return { type: inbox.type, gen: inbox.gen, inbox: b64(inbox.public) };
  });
  const fields = manifest.fields.map(({ name, type, kind, label, help, required, options }) => {
    const choices = options.map((option) => ({ value: option.value, label: option.label }));
    return { name, type, kind, label, help, required, options: choices };
  });
  const about = { form, version, owner, issued, expires, title, description, confirmation };
  return dumpJson({ v: VERSION, ...about, types, fields });
}

/**
 * Parse a manifest's bytes strictly; it is not trusted before `verifyManifest`.
 *
 * Raises MalformedError, LimitError.
 *
 * @param {Bytes} raw
 */
export async function parseManifest(raw) {
  const wire = encoding.versioned(
    loadJson(raw),
    [
      'form',
      'version',
      'owner',
      'issued',
      'expires',
      'title',
      'description',
      'confirmation',
      'types',
      'fields',
    ],
    'manifest',
  );
  const parts = {
    form: encoding.uuid(wire.form, 'form id'),
    version: encoding.integer(wire.version, 'version'),
    owner: encoding.uuid(wire.owner, 'owner'),
    issued: encoding.integer(wire.issued, 'issued', 0),
    expires: encoding.integer(wire.expires, 'expires', 0),
    title: encoding.text(wire.title, 'title', 200, 1),
    description: encoding.text(wire.description, 'description', 4000),
    confirmation: encoding.text(wire.confirmation, 'confirmation', 2000),
    types: parseList(wire.types, 'types', MAX_TYPES).map(parseInbox),
    fields: parseList(wire.fields, 'fields', encoding.MAX_FIELDS).map(parseField),
  };
  const types = unique(
    parts.types.map((inbox) => inbox.type),
    'types',
  );
  unique(
    parts.fields.map((field) => field.name),
    'fields',
  );
  const routed = new Set(parts.fields.map((field) => field.type));
  if (!sameNames(routed, types)) {
    throw new MalformedError('a manifest has an inbox for each type of its fields and no other');
  }
  return new Manifest(parts, raw, await H('manifest', raw));
}

/**
 * @param {unknown} value
 * @param {string} what
 * @param {number} most
 * @returns {unknown[]}
 */
function parseList(value, what, most, least = 1) {
  if (!Array.isArray(value)) throw new MalformedError(`a manifest's ${what} must be a list`);
  if (value.length < least) throw new MalformedError(`a manifest has at least ${least} of ${what}`);
  if (value.length > most) throw new LimitError(`a manifest has at most ${most} ${what}`);
  return value;
}

/**
 * @param {string[]} names
 * @param {string} what
 */
function unique(names, what) {
  const distinct = new Set(names);
  if (distinct.size !== names.length) {
    throw new MalformedError(`a manifest's ${what} must be distinct`);
  }
  return distinct;
}

/**
 * @param {Set<string>} left
 * @param {Set<string>} right
 */
function sameNames(left, right) {
  return left.size === right.size && [...left].every((name) => right.has(name));
}

/** @param {unknown} value @returns {Inbox} */
function parseInbox(value) {
  const wire = encoding.members(value, ['type', 'gen', 'inbox'], 'inbox');
  const publicKey = kemPublic(unb64(wire.inbox, KEM_PK));
  const gen = encoding.integer(wire.gen, 'gen');
  return { type: encoding.name(wire.type, 'type'), gen, public: publicKey };
}

/** @param {unknown} value @returns {Field} */
function parseField(value) {
  const keys = ['name', 'type', 'kind', 'label', 'help', 'required', 'options'];
  const wire = encoding.members(value, keys, 'field');
  if (!KINDS.includes(wire.kind)) {
    throw new MalformedError('a field is of a kind that this version does not know');
  }
  if (typeof wire.required !== 'boolean') {
    throw new MalformedError('required must be true or false');
  }
  const least = CHOICES.includes(wire.kind) ? 1 : 0;
  const field = {
    name: encoding.name(wire.name, 'field name'),
    type: encoding.name(wire.type, 'type'),
    kind: wire.kind,
    label: encoding.text(wire.label, 'label', 500, 1),
    help: encoding.text(wire.help, 'help', 2000),
    required: wire.required,
    options: parseList(wire.options, 'options', MAX_OPTIONS, least).map(parseOption),
  };
  if (!least && field.options.length) throw new MalformedError('only a choice has options');
  unique(
    field.options.map((option) => option.value),
    'options',
  );
  return field;
}

/** @param {unknown} value @returns {Option} */
function parseOption(value) {
  const wire = encoding.members(value, ['value', 'label'], 'option');
  return {
    value: encoding.text(wire.value, 'value', 200, 1),
    label: encoding.text(wire.label, 'label', 500, 1),
  };
}

/**
 * Return the manifest with its bytes, and the owner's signature over them (64 bytes).
 *
 * @param {Description} manifest
 * @param {ClientKeys} keys
 * @returns {Promise<[Manifest, Bytes]>}
 */
export async function signManifest(manifest, keys) {
  const signed = await parseManifest(dumpManifest(manifest));
  return [signed, await keys.sig.sign(ctx('manifest', signed.raw))];
}

/**
 * Return the manifest of `form` if the owner with this pinned fingerprint signed it.
 *
 * Raises FingerprintError, SignatureError, MalformedError, or MismatchError if it
 * is of another form or names another owner. Time is `inForce`'s question.
 *
 * @param {Bytes} raw
 * @param {Bytes} sig 64 bytes
 * @param {Card} owner
 * @param {{fingerprint: Bytes, form: string}} expected
 */
export async function verifyManifest(raw, sig, owner, { fingerprint, form }) {
  pinned(owner, fingerprint);
  await verify(owner.sigPk, sig, ctx('manifest', raw), 'manifest');
  const manifest = await parseManifest(raw);
  if (manifest.form !== form) throw new MismatchError('the manifest is of another form');
  if (manifest.owner !== owner.id) throw new MismatchError('the manifest names another owner');
  return manifest;
}

/**
 * Return the manifest if it may be filled at `now` (seconds), else raise ExpiredError.
 *
 * @param {Manifest} manifest
 * @param {number} now
 */
export function inForce(manifest, now) {
  if (now >= manifest.expires) {
    throw new ExpiredError('the form has expired: its owner has to publish it again');
  }
  if (now < manifest.issued - SKEW) {
    throw new ExpiredError('the form is not valid yet: is the clock of this device right?');
  }
  return manifest;
}

/**
 * Decode a base64url signature of 64 bytes; raises MalformedError.
 *
 * @param {unknown} value
 */
export function readSignature(value) {
  return unb64(value, SIG);
}

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
 * Seal one record for each type of a verified manifest, in the manifest's order.
 *
 * `answers` has a value for every field, empty ones included, and no other;
 * raises MismatchError otherwise.
 *
 * @param {Manifest} manifest
 * @param {Map<string, Value>} answers
 */
export async function sealSubmission(manifest, answers) {
  const asked = new Set(manifest.fields.map((field) => field.name));
  if (!sameNames(asked, new Set(answers.keys()))) {
    throw new MismatchError('answers must name each field of the manifest, and no other');
  }
  return Promise.all(manifest.types.map((inbox) => sealFormRecord(manifest, inbox, answers)));
}

/**
 * @param {Manifest} manifest
 * @param {Inbox} inbox
 * @param {Map<string, Value>} answers
 */
async function sealFormRecord(manifest, inbox, answers) {
  const [accessKey, id] = [newAccessKey(), crypto.randomUUID()];
  const akid = await akidOf(accessKey);
  const about = { id, writer: manifest.writer, type: inbox.type, rev: 1, akid };
  const values = new Map(
    manifest.route(inbox.type).map((name) => [name, answers.get(name) ?? null]),
  );
  return new Record({
    ...about,
    fields: await sealFields({ place: new Place(about), accessKey, values }),
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
  if (!Array.isArray(wire.records) || !wire.records.length) {
    throw new MalformedError('a submission has at least one record');
  }
  if (wire.records.length > MAX_TYPES) {
    throw new LimitError(`a submission has at most ${MAX_TYPES} records`);
  }
  const records = wire.records.map(parseRecord);
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
