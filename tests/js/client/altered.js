/**
 * Asks an endpoint for answers that a server altered, for a test in Python that makes them up.
 *
 * On standard input one JSON object a line: `{endpoint, what, body, status, headers}`, `body` in
 * base64. Prints how each was refused: `{what, error, code, length}`, `error` empty for one that was taken.
 */

import { createInterface } from 'node:readline';
import { Api } from '../../../static/src/client/api.js';
import * as endpoints from '../../../static/src/client/endpoints.js';
import { ClientError } from '../../../static/src/client/errors.js';
import { KEY, SERVER } from './scripts.js';

/** Statuses that cannot come with a body. */
const BARE = [204, 205, 304];
const MOST = 4;

/** @param {{endpoint: string, what: string, body: string, status: number, headers: [string, string][]}} told */
async function refusal({ endpoint: name, what, body, status, headers }) {
  const endpoint = /** @type {any} */ (endpoints)[name];
  let asked = 0;
  const api = new Api({
    url: SERVER,
    key: KEY,
    sleep: async () => {},
    fetch: async () => {
      asked += 1;
      return new Response(BARE.includes(status) ? null : Buffer.from(body, 'base64'), { status, headers });
    },
  });
  const ids = Array.from(endpoint.path.matchAll(/\{\}/g), () => crypto.randomUUID());
  try {
    await api.call(endpoint, { ids, ...(endpoint.method !== 'GET' && { body: {} }) });
    return { what, error: '', code: '', length: 0 };
  } catch (error) {
    if (!(error instanceof ClientError)) return { what, error: String(error), code: 'defect', length: 0 };
    if (asked > MOST) return { what, error: `asked ${asked} times`, code: 'defect', length: 0 };
    return { what, error: error.name, code: error.code, length: error.message.length };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await refusal(JSON.parse(line))));
}
