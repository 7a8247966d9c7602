/** What a visitor's browser asks of the server: nothing but JSON, no cookies, no referrer. */

import { isObject } from '../../envelope/encoding.js';
import { FormError } from './errors.js';

const FETCHING = 30_000;

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

/** @type {Set<string>} */
const told = new Set();

/**
 * Tell the operator that a form refused to work, and nothing else (docs/protocol.md §10): once
 * however often it happens in this page. Never raises.
 *
 * @param {string} base
 * @param {string} form
 * @param {string} code
 */
export function report(base, form, code) {
  const url = address(base, form, 'failures');
  if (told.has(url + code)) return;
  told.add(url + code);
  request(url, { ...posted(JSON.stringify({ code })), keepalive: true }).catch(() => {});
}
