/**
 * What can go wrong in a client: the tree of apps/client/errors.py, with the same names.
 *
 * Messages are lower-case, say what failed, and never hold a plaintext, a key or a token; `hint`
 * names the next step. `name` is set, for a bundle renames classes.
 */

import { EnvelopeError } from '../envelope/errors.js';

/** @typedef {{hint?: string, cause?: unknown}} More */

/** Root of everything that a client raises but for the envelope's own errors. */
export class ClientError extends Error {
  name = 'ClientError';
  /** Stable, for programs. */
  code = 'client';

  /** @param {string} message @param {More} [more] */
  constructor(message, { hint = '', cause } = {}) {
    super(message, { cause });
    /** What to do next. */
    this.hint = hint;
  }
}

/** The key file cannot be read, or does not fit together. */
export class CredentialsError extends ClientError {
  name = 'CredentialsError';
  code = 'credentials';
}

/** The memory was altered, belongs to another client or cannot be kept. */
export class StateError extends ClientError {
  name = 'StateError';
  code = 'state';
}

/** A party was named whose fingerprint this client does not know. */
export class UnpinnedError extends ClientError {
  name = 'UnpinnedError';
  code = 'unpinned';
}

/** @typedef {More & {code: string, record?: string}} MoreVerified */

/**
 * The server sent something that MUST be rejected (docs/protocol.md §11).
 *
 * `code` is the envelope's (`signature`, `mismatch`, ...), `record` the id of the record it is about,
 * or "".
 */
export class VerificationError extends ClientError {
  name = 'VerificationError';

  /** @param {string} message @param {MoreVerified} more */
  constructor(message, { code, record = '', ...more }) {
    super(message, more);
    this.code = code;
    this.record = record;
  }
}

const ROLLED_BACK =
  'the server lost data or is lying, and nothing was sent: ask who runs it; where an older ' +
  'database was restored, the owner of the type or form runs `recover`';

/** The server shows an older state than this client has seen already. */
export class RollbackError extends VerificationError {
  name = 'RollbackError';

  /** @param {string} message @param {{hint?: string, record?: string, cause?: unknown}} [more] */
  constructor(message, { hint = ROLLED_BACK, ...more } = {}) {
    super(message, { code: 'rollback', hint, ...more });
  }
}

/** The server shows another next card of a client than the one that was followed. */
export class ForkError extends VerificationError {
  name = 'ForkError';

  /** @param {string} message */
  constructor(message) {
    super(message, {
      code: 'fork',
      hint:
        "follow neither: the server lies, or somebody has that party's recovery secret; ask that " +
        'party, by another channel than this server',
    });
  }
}

/** Rules of a split are wrong, or leave a field of their source unassigned. */
export class RulesError extends ClientError {
  name = 'RulesError';
  code = 'rules';
}

/** What was asked for is not possible, or not possible now. */
export class UsageError extends ClientError {
  name = 'UsageError';
  code = 'usage';
}

/** The latest roster of a group has ended, or is of keys of its owner that were succeeded. */
export class EndedGroupError extends UsageError {
  name = 'EndedGroupError';
  code = 'ended_group';
}

/** Nothing of a type is granted to this client: the type may be misspelt. */
export class NotReadError extends UsageError {
  name = 'NotReadError';
  code = 'not_read';
}

const NOT_FOUND =
  'is the id complete? the record may have been deleted, never been shared with this client, ' +
  'or not any more; a server can also hide one';

/** No record with one of these `ids` is there, or this client may not read it. */
export class NotFoundError extends UsageError {
  name = 'NotFoundError';
  code = 'not_found';

  /** @param {readonly string[]} ids @param {More} [more] */
  constructor(ids, { hint = NOT_FOUND, ...more } = {}) {
    const others = ids.length > 1 ? `, and ${ids.length - 1} more` : '';
    super(`there is no record ${ids[0]}${others} that this client may read`, { hint, ...more });
    this.ids = ids;
  }
}

/** The id of a record that was to be written is that of another one. */
export class TakenError extends UsageError {
  name = 'TakenError';
  code = 'taken';
}

/** This client wrote nothing of a type, or of a column: the name may be misspelt. */
export class NotWrittenError extends UsageError {
  name = 'NotWrittenError';
  code = 'not_written';
}

/** What the server supplied would be signed, and nobody has agreed to it. */
export class ConsentError extends ClientError {
  name = 'ConsentError';
  code = 'consent';
}

/** A call of the server's API failed. */
export class ApiError extends ClientError {
  name = 'ApiError';
  code = 'api';
}

/** The server answered with an error of its catalogue. */
export class ApiRefused extends ApiError {
  name = 'ApiRefused';

  /** @param {string} message @param {More & {code: string, status: number}} more */
  constructor(message, { code, status, ...more }) {
    super(message, more);
    this.code = code;
    this.status = status;
  }
}

/** The server is away, busy or broken: the same call may succeed later. */
export class ApiUnavailable extends ApiError {
  name = 'ApiUnavailable';
  code = 'unavailable';
}

/** What answers is not a Sealform server: the address may be wrong. */
export class NotSealform extends ApiError {
  name = 'NotSealform';
  code = 'not_sealform';
}

/**
 * Return what `step` does; the envelope's errors about something received become VerificationError.
 *
 * @template T
 * @param {string} what
 * @param {() => T | Promise<T>} step
 * @param {{record?: string, hint?: string}} [about]
 * @returns {Promise<T>}
 */
export async function verifying(what, step, about) {
  try {
    return await step();
  } catch (cause) {
    throw failedVerification(what, cause, about);
  }
}

/**
 * Return the VerificationError for an error of the envelope's, any other error as it is.
 *
 * @param {string} what
 * @param {unknown} cause
 * @param {{record?: string, hint?: string}} [about]
 */
export function failedVerification(what, cause, about) {
  if (!(cause instanceof EnvelopeError)) return cause;
  return new VerificationError(`${what}: ${cause.message}`, { ...about, code: cause.code, cause });
}

/**
 * Return an error with a code of its own, by which a page says it in other words.
 *
 * @template {ClientError} E
 * @param {string} code
 * @param {E} error
 */
export function coded(code, error) {
  return Object.assign(error, { code });
}
