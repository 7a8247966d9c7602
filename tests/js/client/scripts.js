/** Servers that answer from a list, to a client that calls them by something like `fetch`. */

import { Api } from '../../../static/src/client/api.js';

/** @typedef {Response | Error | ((signal: AbortSignal) => Promise<Response>)} Answer */

export const SERVER = 'https://forms.example.org';
export const KEY = { id: 'an-id', secret: 'a secret' };

/** A server that answers from a list; what it was asked is kept, and how long was waited. */
export class Script {
  /** @type {{url: URL, init: RequestInit, headers: Headers}[]} */
  requests = [];
  /** @type {number[]} */
  waits = [];

  /** @param {...Answer} answers */
  constructor(...answers) {
    this.answers = answers;
  }

  /** @type {import('../../../static/src/client/api.js').Fetch} */
  fetch = async (url, init) => {
    this.requests.push({ url: new URL(url), init, headers: new Headers(init.headers) });
    const answer = this.answers.shift();
    if (!answer) throw new TypeError('nobody has an answer left');
    if (answer instanceof Error) throw answer;
    return answer instanceof Response ? answer : answer(/** @type {AbortSignal} */ (init.signal));
  };

  get api() {
    const sleep = async (/** @type {number} */ seconds) => void this.waits.push(seconds);
    return new Api({ url: SERVER, key: KEY, fetch: this.fetch, sleep });
  }
}

/** @param {unknown} body @param {{[name: string]: string}} [headers] */
export function ok(body, headers = {}) {
  return answered(200, JSON.stringify(body), headers);
}

/** @param {number} status @param {{[name: string]: string}} [headers] */
export function refusal(status, headers = {}) {
  const error = { code: 'some_code', message: 'it failed', hint: 'do this' };
  return answered(status, JSON.stringify({ error }), headers);
}

/** @param {number} status @param {BodyInit | null} body @param {{[name: string]: string}} [headers] */
export function answered(status, body, headers = {}) {
  return new Response(body, { status, headers: { 'content-type': 'application/json', ...headers } });
}

/** @param {...Uint8Array<ArrayBuffer>} chunks */
export function streamed(...chunks) {
  const body = new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk) controller.enqueue(chunk);
      else controller.close();
    },
  });
  return answered(200, body);
}
