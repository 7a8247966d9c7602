/** What a visitor is told when something fails, and the code that the page's script gets. */

import { EnvelopeError } from '../envelope/errors.js';

/** A failure outside the protocol: the page, the network, an answer. */
export class FormError extends Error {
  /**
   * @param {string} code stable, in the event `sealform:error`
   * @param {string} message for the visitor: what failed and what to do next
   * @param {{field?: string, passing?: boolean}} [about] the field's name; whether to try again
   */
  constructor(code, message, { field, passing = false } = {}) {
    super(message);
    this.code = code;
    this.field = field;
    this.passing = passing;
  }
}

/** The server has a newer manifest: fetch it, verify it, seal again. */
export class SupersededError extends FormError {
  constructor() {
    super('manifest_superseded', 'The form has just changed. Check your answers and send again.', {
      passing: true,
    });
  }
}

export const TELL = 'Please tell the owner of this site.';
export const TOO_OLD = 'This browser is too old to encrypt your answers. Please update it.';

/** @type {{[code: string]: string}} */
const VERIFYING = {
  fingerprint: 'the keys that the server gave are not the ones this page was made for',
  signature: 'the form was not signed by its owner, or was altered',
  mismatch: 'the server gave another form, or an older one',
  malformed: 'its description is damaged',
  limit: 'its description is too large',
};

/**
 * Return what happened, for the visitor and for the page's script. Never holds an answer.
 *
 * @param {unknown} error
 * @returns {{code: string, message: string, field?: string, passing: boolean}}
 */
export function explain(error) {
  if (error instanceof FormError) return error;
  if (error instanceof EnvelopeError && error.code === 'expired') {
    const message = `This form cannot be filled in now: ${error.message}.`;
    return { code: error.code, message, passing: false };
  }
  if (error instanceof EnvelopeError) {
    const why = VERIFYING[error.code] ?? 'its keys could not be checked';
    const message = `This form stays locked, for your safety: ${why}. ${TELL}`;
    return { code: error.code, message, passing: false };
  }
  if (error instanceof DOMException && error.name === 'NotSupportedError') {
    return unsupported(TOO_OLD);
  }
  return {
    code: 'internal',
    message:
      'Something went wrong on this page. Your answers were not sent; reload it and try again.',
    passing: false,
  };
}

/** @param {string} message */
export function unsupported(message) {
  return new FormError('unsupported', message);
}
