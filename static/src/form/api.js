/** The two requests that a visitor's browser makes: nothing but JSON, no cookies, no referrer. */

import { FormError } from './errors.js';

const FETCHING = 30_000;
const POSTING = 120_000; // 1 MiB over a slow line

const UNREACHABLE =
  'The server cannot be reached. Nothing you typed is lost; check the connection and try again.';

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {unknown} body parsed JSON, null if it is none
 */

/**
 * Fetch a form's manifest, signature and owner's card; not verified yet.
 *
 * @param {string} base
 * @param {string} form
 */
export async function getManifest(base, form) {
  const url = `${base}/api/v1/forms/${form}/manifest`;
  const { status, body } = await request(url, { cache: 'no-cache' }, FETCHING);
  if (status === 200) return body;
  if (status === 404) {
    throw new FormError('not_found', 'This form is not published yet, or no longer.');
  }
  throw unavailable(status);
}

/**
 * Post a sealed submission.
 *
 * @param {string} base
 * @param {string} form
 * @param {Uint8Array<ArrayBuffer>} sealed
 */
export function postSubmission(base, form, sealed) {
  const headers = { 'Content-Type': 'application/json' };
  const init = { method: 'POST', headers, body: sealed };
  return request(`${base}/api/v1/forms/${form}/submissions`, init, POSTING);
}

/**
 * Return the error for a status that says: not now.
 *
 * @param {number} status
 */
export function unavailable(status) {
  if (status === 429) {
    const message = 'Too many forms were sent from here just now. Wait a minute and try again.';
    return new FormError('throttled', message, { passing: true });
  }
  const message = 'The server has a problem. Nothing you typed is lost; try again in a minute.';
  return new FormError('server', message, { passing: true });
}

/**
 * @param {string} url
 * @param {RequestInit} init
 * @param {number} patience milliseconds
 * @returns {Promise<Answer>}
 */
async function request(url, init, patience) {
  try {
    const response = await fetch(url, {
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      redirect: 'error',
      signal: AbortSignal.timeout(patience),
      ...init,
    });
    const text = await response.text();
    return { status: response.status, body: parsed(text) };
  } catch {
    throw new FormError('network', UNREACHABLE, { passing: true });
  }
}

/** @param {string} text @returns {unknown} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
