/**
 * Manifests: exact JSON bytes with their owner's signature (docs/protocol.md §8).
 */

import * as encoding from './encoding.js';
import { FORM, VERSION, b64, ctx, dumpJson, loadJson } from './encoding.js';
import { ExpiredError, MalformedError, MismatchError } from './errors.js';
import { readKemPublic } from './hpke.js';
import { pinned } from './keys.js';
import { H, verify } from './primitives.js';
import { dumpField, parseField } from './questions.js';
import { checkFields, checkSections, dumpSection, parseSections } from './sections.js';
import { MAX_LANGUAGES, languageTag, wordsIn } from './words.js';

/** @import { Bytes } from './encoding.js' */
/** @import { Card, ClientKeys } from './keys.js' */
/** @import { Field } from './questions.js' */
/** @import { Section } from './sections.js' */
/** @import { Words } from './words.js' */

export const MAX_TYPES = 16;
export const SKEW = 24 * 60 * 60;

/**
 * Where records of one type go: an X-Wing public key (1216 bytes) and its generation.
 *
 * @typedef {{type: string, gen: number, public: Bytes}} Inbox
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
 * @property {Words} title
 * @property {Words} description
 * @property {Words} confirmation
 * @property {Inbox[]} types
 * @property {Field[]} fields
 * @property {string[]} [languages] of its words, the form's own first
 * @property {Section[]} [sections]
 */

/**
 * A form as its owner signed it; `raw` the signed bytes, `hash` H("manifest", raw), 32 bytes:
 * what a submission names.
 *
 * @extends {encoding.Having<Required<Description> & {raw: Bytes, hash: Bytes}>}
 */
export class Manifest extends encoding.Having {
  /** The writer of this form's records. */
  get writer() {
    return FORM + this.form;
  }

  /** The sections, or the one that a form without any is. @returns {Section[]} */
  get allSections() {
    const fields = this.fields.map((field) => field.name);
    if (this.sections.length) return this.sections;
    return [{ page: true, title: '', text: '', fields, when: [] }];
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
  const { languages = [], sections = [] } = manifest;
  const types = manifest.types.map((inbox) => {
    return { type: inbox.type, gen: inbox.gen, inbox: b64(inbox.public) };
  });
  const about = { form, version, owner, issued, expires, title, description, confirmation };
  return dumpJson({
    v: VERSION,
    ...about,
    types,
    fields: manifest.fields.map(dumpField),
    ...(languages.length && { languages }),
    ...(sections.length && { sections: sections.map(dumpSection) }),
  });
}

/**
 * Parse a manifest's bytes strictly; it is not trusted before `verifyManifest`.
 *
 * Raises MalformedError, LimitError.
 *
 * @param {Bytes} raw
 */
export async function parseManifest(raw) {
  const wire = loadJson(raw);
  const languages = parseLanguages(wire);
  const words = wordsIn(languages);
  const readers = {
    v: encoding.version,
    form: encoding.uuid,
    version: encoding.integer,
    owner: encoding.uuid,
    issued: since1970,
    expires: since1970,
    title: words(200, 1),
    description: words(4000),
    confirmation: words(2000),
    types: parseInboxes,
    /** @param {unknown} value @param {string} what */
    fields: (value, what) =>
      encoding.listed(value, what, encoding.MAX_FIELDS).map((one) => parseField(one, words)),
  };
  const parts = encoding.parse(wire, 'manifest', readers, {
    languages: () => languages,
    sections: (value) => parseSections(value, words),
  });
  checkManifest(parts);
  const hash = await H('manifest', raw);
  return new Manifest({ sections: [], ...parts, languages, raw, hash });
}

/** @param {unknown} value @param {string} what */
function since1970(value, what) {
  return encoding.integer(value, what, 0);
}

/** @param {unknown} wire a manifest @returns {string[]} */
function parseLanguages(wire) {
  if (!encoding.isObject(wire) || !Object.hasOwn(wire, 'languages')) return [];
  const languages = encoding.listed(wire.languages, 'languages', MAX_LANGUAGES).map(languageTag);
  encoding.distinct(languages, 'languages');
  return languages;
}

/** @param {unknown} value @param {string} what @returns {Inbox[]} */
function parseInboxes(value, what) {
  const readers = { type: encoding.name, gen: encoding.integer, inbox: readKemPublic };
  return encoding.listed(value, what, MAX_TYPES).map((one) => {
    const { type, gen, inbox } = encoding.parse(one, 'inbox', readers);
    return { type, gen, public: inbox };
  });
}

/** @param {{types: Inbox[], fields: Field[], sections?: Section[]}} parts */
function checkManifest({ types, fields, sections }) {
  const inboxes = types.map((inbox) => inbox.type);
  const names = fields.map((field) => field.name);
  encoding.distinct(names, 'fields');
  const routed = new Set(fields.map((field) => field.type));
  if (!sameNames(routed, encoding.distinct(inboxes, 'types'))) {
    throw new MalformedError('a manifest has an inbox for each type of its fields and no other');
  }
  checkFields(fields);
  if (sections) checkSections(sections, fields);
}

/**
 * Whether two sets have the same names.
 *
 * @param {Set<string>} left
 * @param {Set<string>} right
 */
export function sameNames(left, right) {
  return left.size === right.size && [...left].every((name) => right.has(name));
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

export { readSignature } from './primitives.js';
