/** Tells the operator that a form refused to work, and nothing else (docs/protocol.md §10). */

import { address, posted, request } from './api.js';

/** @type {Set<string>} */
const told = new Set();

/**
 * Count a failure, once however often it happens in this page. Never raises.
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
