/**
 * Grants: keys sealed to one reader and signed by the granter (docs/protocol.md §7).
 *
 * There is one mechanism. What is shared differs only in the key map: a type
 * `{"*": access key}`, columns `{name: column key}`, fields of one record
 * `{name: data key}`, an inbox, of a form or of a group's epoch, `{"@": seed}`.
 */

import * as encoding from './encoding.js';
import {
  FORM,
  GROUP,
  MAX_FIELDS,
  VERSION,
  b64,
  ctx,
  dumpJson,
  loadJson,
  unb64,
} from './encoding.js';
import {
  CommitmentError,
  ExpiredError,
  LimitError,
  MalformedError,
  MismatchError,
} from './errors.js';
import { KEM_ENC, KemKey, hpkeSeal } from './hpke.js';
import { akid as akidOf } from './keys.js';
import { H, KEY, SIG, TAG, same, verify } from './primitives.js';
import { DIGEST } from './records.js';

/** @import { Bytes } from './encoding.js' */
/** @import { Card, ClientKeys } from './keys.js' */

export const TYPE = '*';
export const INBOX = '@';
export const EPOCH = 'epoch';
export const MAX_KEYS = 16 * 1024;

const NOTHING = new Uint8Array();

/**
 * Whom keys are granted to: a client by its card, or a group by its epoch.
 *
 * @typedef {object} Recipient
 * @property {string} id the client id, or `group:` and the group's id
 * @property {string} name
 * @property {Bytes} kemPk 1216 bytes
 * @property {Bytes} fingerprint 32 bytes: what a grant names besides the id
 */

/** @typedef {{open: (sealed: Bytes, info: Bytes) => Promise<Bytes>}} Opener of one X-Wing key */

/**
 * @typedef {object} GrantParts
 * @property {string} writer
 * @property {string} type
 * @property {number} gen
 * @property {Bytes} akid 32 bytes
 * @property {string} record an id, or ""
 * @property {string[]} fields ascending
 * @property {number} notAfter seconds since 1970, 0 for never
 * @property {string} reader
 * @property {Bytes} readerFp 32 bytes
 * @property {Bytes} [keys] the HPKE seal of the key map
 * @property {Bytes} [sig] 64 bytes
 */

/** A grant; `info` is its context, without `keys` (the HPKE seal) and `sig`. */
export class Grant {
  /** @param {GrantParts} parts */
  constructor(parts) {
    this.writer = parts.writer;
    this.type = parts.type;
    this.gen = parts.gen;
    this.akid = parts.akid;
    this.record = parts.record;
    this.fields = parts.fields;
    this.notAfter = parts.notAfter;
    this.reader = parts.reader;
    this.readerFp = parts.readerFp;
    this.keys = parts.keys ?? NOTHING;
    this.sig = parts.sig ?? NOTHING;
  }

  /** HPKE info, and the first part of what is signed. */
  get info() {
    const { writer, type, gen, akid, record, notAfter, reader, readerFp, fields } = this;
    return ctx('grant', writer, type, gen, akid, record, notAfter, reader, readerFp, ...fields);
  }

  /** The names that the key map must have, no more and no fewer. */
  get keyNames() {
    if (this.fields.length) return this.fields;
    return this.isOfInbox ? [INBOX] : [TYPE];
  }

  /**
   * Whether a form or a group is its writer: its keys are those of an inbox, or come by it.
   *
   * Who may grant them, a signed manifest or roster says.
   */
  get isOfInbox() {
    return [FORM, GROUP].some((prefix) => this.writer.startsWith(prefix));
  }

  /** Return the grant as a JSON object. */
  toWire() {
    return {
      v: VERSION,
      writer: this.writer,
      type: this.type,
      gen: this.gen,
      akid: b64(this.akid),
      record: this.record,
      fields: this.fields,
      not_after: this.notAfter,
      reader: this.reader,
      reader_fp: b64(this.readerFp),
      keys: b64(this.keys),
      sig: b64(this.sig),
    };
  }
}

/**
 * Return H("inbox", public key), 32 bytes: the `akid` of an inbox's grants.
 *
 * @param {Bytes} inbox 1216 bytes
 */
export function inboxId(inbox) {
  return H('inbox', inbox);
}

/**
 * Parse a grant strictly; raises MalformedError, LimitError.
 *
 * @param {unknown} value
 */
export function parseGrant(value) {
  const wire = encoding.versioned(
    value,
    [
      'writer',
      'type',
      'gen',
      'akid',
      'record',
      'fields',
      'not_after',
      'reader',
      'reader_fp',
      'keys',
      'sig',
    ],
    'grant',
  );
  const grant = new Grant({
    writer: encoding.grantWriter(wire.writer),
    type: encoding.name(wire.type, 'type'),
    gen: encoding.integer(wire.gen, 'gen'),
    akid: unb64(wire.akid, DIGEST),
    record: wire.record === '' ? '' : encoding.uuid(wire.record, 'record id', '48'),
    fields: parseFields(wire.fields),
    notAfter: encoding.integer(wire.not_after, 'not_after', 0),
    reader: encoding.reader(wire.reader),
    readerFp: unb64(wire.reader_fp, DIGEST),
    keys: unb64(wire.keys),
    sig: unb64(wire.sig, SIG),
  });
  if (grant.record && !grant.fields.length) {
    throw new MalformedError('a grant of one record names its fields');
  }
  if (grant.fields.length && !grant.record && grant.isOfInbox) {
    throw new MalformedError('columns of an inbox cannot be granted: each record has its own key');
  }
  if (grant.writer.startsWith(GROUP)) checkEpoch(grant);
  if (grant.keys.length <= KEM_ENC + TAG) {
    throw new MalformedError("the key map's seal is too short");
  }
  if (grant.keys.length > MAX_KEYS) throw new LimitError("the key map's seal is too long");
  return grant;
}

/** @param {Grant} grant */
function checkEpoch({ type, record, notAfter, reader }) {
  if (type !== EPOCH || record || notAfter) {
    throw new MalformedError('of a group only its epochs are granted, whole and without an end');
  }
  if (reader.startsWith(GROUP)) {
    throw new MalformedError('the members of a group are clients: it is no member of a group');
  }
}

/** @param {unknown} value */
function parseFields(value) {
  if (!Array.isArray(value)) throw new MalformedError("a grant's fields must be a list");
  const names = value.map((name) => encoding.name(name, 'field name'));
  if (names.some((name, i) => i > 0 && name <= (names[i - 1] ?? ''))) {
    throw new MalformedError("a grant's fields must be sorted, each once");
  }
  if (names.length > MAX_FIELDS) throw new LimitError(`a grant has at most ${MAX_FIELDS} fields`);
  return names;
}

/**
 * Seal a key map (32 bytes a key) to a reader whose fingerprint the caller has verified.
 *
 * @param {object} grant
 * @param {ClientKeys} grant.granter
 * @param {Recipient} grant.reader
 * @param {string} grant.writer
 * @param {string} grant.type
 * @param {number} grant.gen
 * @param {Bytes} grant.akid
 * @param {Map<string, Bytes>} grant.keys
 * @param {string} [grant.record]
 * @param {number} [grant.notAfter] seconds since 1970, 0 for never
 */
export async function sealGrant(grant) {
  const { granter, reader, writer, type, gen, akid, keys, record = '', notAfter = 0 } = grant;
  const names = [...keys.keys()].sort();
  const fields = names.filter((name) => name !== TYPE && name !== INBOX);
  const to = { reader: reader.id, readerFp: reader.fingerprint };
  const bare = new Grant({ writer, type, gen, akid, record, fields, notAfter, ...to });
  if (names.join() !== bare.keyNames.join()) {
    throw new MalformedError('the key map does not fit what is granted');
  }
  const keyMap = dumpJson(
    Object.fromEntries(names.map((name) => [name, b64(keys.get(name) ?? NOTHING)])),
  );
  const sealed = new Grant({ ...bare, keys: await hpkeSeal(reader.kemPk, keyMap, bare.info) });
  const sig = await granter.sig.sign(grantMessage(sealed));
  return parseGrant(new Grant({ ...sealed, sig }).toWire());
}

/**
 * Return ctx("grant-sig", info, keys), which the granter signs.
 *
 * @param {Grant} grant
 */
export function grantMessage(grant) {
  return ctx('grant-sig', grant.info, grant.keys);
}

/**
 * Check that the granter signed, and that it may: its own type, or its own form's or group's.
 *
 * Raises MismatchError, SignatureError.
 *
 * @param {Grant} grant
 * @param {Card} granter
 * @param {string} [owner] the client that the signed manifest or roster names, for a grant of a form
 *   or of a group
 */
export async function verifyGrant(grant, granter, owner) {
  const entitled = grant.isOfInbox ? owner : grant.writer;
  if (granter.id !== entitled) throw new MismatchError('the granter does not own what is granted');
  await verify(granter.sigPk, grant.sig, grantMessage(grant), 'grant');
}

/**
 * Verify a grant to `me`, a card or a group's epoch, and return its key map, 32 bytes a key.
 *
 * Raises MismatchError (another reader, or a granter who may not), SignatureError,
 * ExpiredError, OpenError, MalformedError, CommitmentError (the key is not the one
 * that `akid` names).
 *
 * @param {Grant} grant
 * @param {object} context
 * @param {Opener} context.keys
 * @param {Recipient} context.me
 * @param {Card} context.granter
 * @param {number} context.now seconds since 1970
 * @param {string} [context.owner] as for `verifyGrant`
 * @returns {Promise<Map<string, Bytes>>}
 */
export async function openGrant(grant, { keys, me, granter, now, owner }) {
  if (grant.reader !== me.id || !same(grant.readerFp, me.fingerprint)) {
    throw new MismatchError('the grant is for another reader');
  }
  await verifyGrant(grant, granter, owner);
  if (grant.notAfter && now > grant.notAfter) throw new ExpiredError('the grant has ended');
  const wire = loadJson(await keys.open(grant.keys, grant.info));
  const names = encoding.members(wire, grant.keyNames, 'the key map');
  const opened = new Map(Object.entries(names).map(([name, key]) => [name, unb64(key, KEY)]));
  await checkCommitment(grant, opened);
  return opened;
}

/**
 * @param {Grant} grant
 * @param {Map<string, Bytes>} opened
 */
async function checkCommitment(grant, opened) {
  const [accessKey, seed] = [opened.get(TYPE), opened.get(INBOX)];
  if (accessKey && !same(await akidOf(accessKey), grant.akid)) {
    throw new CommitmentError('the granted access key is not the one that the grant names');
  }
  if (seed && !same(await inboxId((await KemKey.fromSeed(seed)).public), grant.akid)) {
    throw new CommitmentError('the granted inbox is not the one that the grant names');
  }
}
