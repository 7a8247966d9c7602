/** What a visitor's browser asks of the server: nothing but JSON, no cookies, no referrer. */

import { isObject } from '../envelope/encoding.js';
import { FormError } from './errors.js';

const FETCHING = 30_000;
const POSTING = 120_000; // 1 MiB over a slow line

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {unknown} body parsed JSON, null if it is none
 * @property {number} pause milliseconds that the server wants to be left alone
 */

/** @typedef {Uint8Array<ArrayBuffer> | string} Body */

/**
 * Where the API speaks about one form.
 *
 * @param {string} base
 * @param {string} form
 * @param {string} what
 */
export const address = (base, form, what) => `${base}/api/v1/forms/${form}/${what}`;

/**
 * Fetch a form's manifest, signature and owner's card; not verified yet.
 *
 * @param {string} base
 * @param {string} form
 * @param {string} [path] of one manifest rather than the latest
 */
export async function getManifest(base, form, path = 'manifest') {
  const { status, body } = await request(address(base, form, path), { cache: 'no-cache' });
  if (status === 200) return body;
  throw status === 404 ? new FormError('not_found') : unavailable(status);
}

/**
 * Ask what the server asks of who submits.
 *
 * @param {string} base
 * @param {string} form
 */
export const getChallenge = (base, form) =>
  request(address(base, form, 'challenge'), { cache: 'no-store' });

/**
 * Post a sealed submission.
 *
 * @param {string} base
 * @param {string} form
 * @param {Body} sealed
 */
export const postSubmission = (base, form, sealed) =>
  request(address(base, form, 'submissions'), posted(sealed), POSTING);

/** @param {Body} body @returns {RequestInit} */
export const posted = (body) => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body,
});

/**
 * Return the error for a status that says: not now.
 *
 * @param {number} status
 */
export const unavailable = (status) =>
  new FormError(status === 429 ? 'throttled' : 'server', undefined, { passing: true });

/**
 * Return the API's code for what went wrong, "" where the API did not say it: a proxy, a
 * network's sign-in page and a server that starts answer with what they like.
 *
 * @param {unknown} body
 * @returns {string}
 */
export function codeOf(body) {
  return isObject(body) && isObject(body.error) ? String(body.error.code) : '';
}

/**
 * Raises FormError `network`.
 *
 * @param {string} url
 * @param {RequestInit} init
 * @param {number} patience milliseconds
 * @returns {Promise<Answer>}
 */
export async function request(url, init, patience = FETCHING) {
  try {
    const response = await fetch(url, {
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      redirect: 'error',
      signal: AbortSignal.timeout(patience),
      ...init,
    });
    const body = parsed(await response.text());
    const pause = Number(response.headers.get('Retry-After')) * 1000 || 0;
    return { status: response.status, body, pause };
  } catch {
    throw new FormError('network', undefined, { passing: true });
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
