/**
 * Signed requests to delete a record, to revoke a reader, to leave a group (docs/protocol.md §9).
 *
 * An API key alone cannot destroy anything: the server acts on the signature.
 */

import * as encoding from './encoding.js';
import { VERSION, b64, ctx, unb64 } from './encoding.js';
import { SIG, verify } from './primitives.js';

/** @import { Bytes } from './encoding.js' */
/** @import { Card, ClientKeys } from './keys.js' */

const NOTHING = new Uint8Array();

/** Delete revision `rev` of a record; signed by its writer, or by its form's owner. */
export class Deletion {
  /** @param {{id: string, writer: string, type: string, rev: number, sig?: Bytes}} parts */
  constructor({ id, writer, type, rev, sig = NOTHING }) {
    this.id = id;
    this.writer = writer;
    this.type = type;
    this.rev = rev;
    this.sig = sig;
  }

  /** What is signed. */
  get message() {
    return ctx('delete', this.id, this.writer, this.type, this.rev);
  }

  /** Return the deletion as a JSON object. */
  toWire() {
    const { id, writer, type, rev, sig } = this;
    return { v: VERSION, id, writer, type, rev, sig: b64(sig) };
  }
}

/** End `reader`'s access to (writer, type) and close generation `gen`. */
export class Revocation {
  /** @param {{writer: string, type: string, gen: number, reader: string, sig?: Bytes}} parts */
  constructor({ writer, type, gen, reader, sig = NOTHING }) {
    this.writer = writer;
    this.type = type;
    this.gen = gen;
    this.reader = reader;
    this.sig = sig;
  }

  /** What is signed. */
  get message() {
    return ctx('revoke', this.writer, this.type, this.gen, this.reader);
  }

  /** Return the revocation as a JSON object. */
  toWire() {
    const { writer, type, gen, reader, sig } = this;
    return { v: VERSION, writer, type, gen, reader, sig: b64(sig) };
  }
}

/**
 * `member` goes out of a group; `since` is the version of the roster that took it in.
 *
 * So a statement of a former membership says nothing of a later one. Signed by the member.
 */
export class Leave {
  /** @param {{group: string, member: string, since: number, sig?: Bytes}} parts */
  constructor({ group, member, since, sig = NOTHING }) {
    this.group = group;
    this.member = member;
    this.since = since;
    this.sig = sig;
  }

  /** What is signed. */
  get message() {
    return ctx('leave', this.group, this.member, this.since);
  }

  /** Return the statement as a JSON object. */
  toWire() {
    const { group, member, since, sig } = this;
    return { v: VERSION, group, member, since, sig: b64(sig) };
  }
}

/**
 * Parse a deletion strictly; raises MalformedError.
 *
 * @param {unknown} value
 */
export function parseDeletion(value) {
  const wire = encoding.versioned(value, ['id', 'writer', 'type', 'rev', 'sig'], 'deletion');
  return new Deletion({
    id: encoding.uuid(wire.id, 'record id', '48'),
    writer: encoding.writer(wire.writer),
    type: encoding.name(wire.type, 'type'),
    rev: encoding.integer(wire.rev, 'rev'),
    sig: unb64(wire.sig, SIG),
  });
}

/**
 * Parse a revocation strictly; raises MalformedError.
 *
 * @param {unknown} value
 */
export function parseRevocation(value) {
  const wire = encoding.versioned(value, ['writer', 'type', 'gen', 'reader', 'sig'], 'revocation');
  return new Revocation({
    writer: encoding.writer(wire.writer),
    type: encoding.name(wire.type, 'type'),
    gen: encoding.integer(wire.gen, 'gen'),
    reader: encoding.reader(wire.reader),
    sig: unb64(wire.sig, SIG),
  });
}

/**
 * Parse a leave strictly; raises MalformedError.
 *
 * @param {unknown} value
 */
export function parseLeave(value) {
  const wire = encoding.versioned(value, ['group', 'member', 'since', 'sig'], 'leave');
  return new Leave({
    group: encoding.uuid(wire.group, 'group id'),
    member: encoding.uuid(wire.member, 'client id'),
    since: encoding.integer(wire.since, 'since'),
    sig: unb64(wire.sig, SIG),
  });
}

/**
 * Return the deletion with a signature.
 *
 * @param {Deletion} deletion
 * @param {ClientKeys} keys
 */
export async function signDeletion(deletion, keys) {
  const sig = await keys.sig.sign(deletion.message);
  return parseDeletion(new Deletion({ ...deletion, sig }).toWire());
}

/**
 * Return the revocation with a signature.
 *
 * @param {Revocation} revocation
 * @param {ClientKeys} keys
 */
export async function signRevocation(revocation, keys) {
  const sig = await keys.sig.sign(revocation.message);
  return parseRevocation(new Revocation({ ...revocation, sig }).toWire());
}

/**
 * Return the statement with a signature.
 *
 * @param {Leave} leave
 * @param {ClientKeys} keys
 */
export async function signLeave(leave, keys) {
  const sig = await keys.sig.sign(leave.message);
  return parseLeave(new Leave({ ...leave, sig }).toWire());
}

/**
 * Check the signature; who may sign is the caller's question. Raises SignatureError.
 *
 * @param {Deletion | Revocation | Leave} statement
 * @param {Card} signer
 */
export function verifyStatement(statement, signer) {
  return verify(signer.sigPk, statement.sig, statement.message, 'statement');
}
