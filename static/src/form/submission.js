/** Sealing the answers and posting them, once however often the visitor presses the button. */

import { MAX_BODY, isObject } from '../envelope/encoding.js';
import { dumpSubmission, sealSubmission } from '../envelope/forms.js';
import { postSubmission, unavailable } from './api.js';
import { FormError, SupersededError, TELL } from './errors.js';

/** @import { Bytes } from '../envelope/encoding.js' */
/** @import { Value } from '../envelope/fields.js' */
/** @import { Manifest } from '../envelope/forms.js' */
/** @import { Answer } from './api.js' */

/**
 * What was sealed, kept until it has arrived: a second try sends the same bytes, which
 * the server recognises by their record ids.
 *
 * @typedef {object} Sealed
 * @property {Manifest} manifest
 * @property {string} answers what it was sealed from
 * @property {string[]} ids in the manifest's order
 * @property {Bytes} body
 */

export class Submission {
  #base;
  /** @type {Sealed | undefined} */
  #sealed;

  /** @param {string} base */
  constructor(base) {
    this.#base = base;
  }

  /**
   * Seal and post; returns the record ids, in the manifest's order.
   *
   * Raises SupersededError, or FormError `limit`, `network`, `throttled`, `server`, `refused`.
   *
   * @param {Manifest} manifest
   * @param {Map<string, Value>} answers
   */
  async send(manifest, answers) {
    const sealed = await this.#seal(manifest, JSON.stringify([...answers]), answers);
    const answer = await postSubmission(this.#base, manifest.form, sealed.body);
    if (!arrived(answer, sealed.ids)) throw this.#failure(answer);
    this.#sealed = undefined;
    return sealed.ids;
  }

  /**
   * @param {Manifest} manifest
   * @param {string} typed
   * @param {Map<string, Value>} answers
   */
  async #seal(manifest, typed, answers) {
    const kept = this.#sealed;
    if (kept?.manifest === manifest && kept.answers === typed) return kept;
    const records = await sealSubmission(manifest, answers);
    const body = dumpSubmission(records);
    if (body.length > MAX_BODY) {
      throw new FormError('limit', 'Your answers are too long together; please shorten them.');
    }
    this.#sealed = { manifest, answers: typed, ids: records.map((record) => record.id), body };
    return this.#sealed;
  }

  /** @param {Answer} answer */
  #failure({ status, body }) {
    if (status < 400 || status === 429 || status >= 500) return unavailable(status);
    this.#sealed = undefined; // the same bytes would be refused again
    if (status === 409 && codeOf(body) === 'manifest_superseded') return new SupersededError();
    if (status === 404 || status === 410) {
      return new FormError('closed', 'This form does not take answers any more. Nothing was sent.');
    }
    const message = `The server refused the answers. Nothing you typed is lost. ${TELL}`;
    return new FormError('refused', message);
  }
}

/**
 * Whether the server says that it has exactly these records. A status alone says little:
 * a network's sign-in page answers 200, too.
 *
 * @param {Answer} answer
 * @param {string[]} ids
 */
function arrived({ status, body }, ids) {
  if (status !== 200 && status !== 201) return false;
  const stored = isObject(body) && Array.isArray(body.records) ? body.records : [];
  return ids.every((id) => stored.includes(id));
}

/** @param {unknown} body */
function codeOf(body) {
  return isObject(body) && isObject(body.error) ? body.error.code : '';
}
