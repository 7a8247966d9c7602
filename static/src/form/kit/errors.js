/** What can fail at a visitor's, by a stable code; what is said about it stands in ../texts/. */

import { EnvelopeError } from '../../envelope/errors.js';

/** @import { Text } from './languages.js' */

/**
 * @typedef {object} About
 * @property {string} [field] the field's name
 * @property {boolean} [passing] whether the same may work a moment later
 * @property {{[name: string]: unknown}} [values] for the text's placeholders, never an answer
 */

/** A failure outside the protocol: the page, the network, an answer. */
export class FormError extends Error {
  /**
   * @param {string} code stable: in the event `sealform:error`, and as `error.CODE` in the texts
   * @param {string} [message] for who debugs, never an answer; visitors read the texts
   * @param {About} [about]
   */
  constructor(code, message = code, { field, passing = false, values } = {}) {
    super(message);
    this.code = code;
    this.field = field;
    this.passing = passing;
    this.values = values;
  }
}

/** The server has a newer manifest: fetch it, verify it, seal again. */
export class SupersededError extends FormError {
  constructor() {
    super('manifest_superseded', undefined, { passing: true });
  }
}

/** Codes whose text has another key. @type {{[code: string]: string}} */
const SAID_AS = { clock: 'early' };

/**
 * Return what happened, for the visitor and for the page's script. Never holds an answer.
 *
 * @param {unknown} error
 * @param {Text} text
 */
export function explain(error, text) {
  const { code, field, passing, values } = typed(error);
  const message = text(`error.${SAID_AS[code] ?? code}`, { field, ...values });
  return { code, field, passing, message };
}

/** @param {unknown} error */
function typed(error) {
  if (error instanceof FormError) return error;
  if (error instanceof EnvelopeError) {
    return new FormError(error.code === 'limit' ? 'malformed' : error.code);
  }
  const missing = error instanceof DOMException && error.name === 'NotSupportedError';
  return new FormError(missing ? 'unsupported' : 'internal');
}
