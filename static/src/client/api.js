/** HTTP with the server (docs/protocol.md §10): calls, retries, typed errors, pages. */

import { dumpJson, isObject, loadJson } from '../envelope/encoding.js';
import { EnvelopeError } from '../envelope/errors.js';
import { readAnswer } from './bounded_answers.js';
import { MAX_ITEMS, SMALL } from './endpoints.js';
import {
  ApiRefused,
  ApiUnavailable,
  NotSealform,
  VerificationError,
} from './errors.js';
import { cut, plain, serverSays } from './quoting.js';
import { ROOT, readAddress } from './server_address.js';

/** @import { Bytes } from '../envelope/encoding.js' */
/** @import { Endpoint } from './endpoints.js' */

// How often a call is made that fails, and for how long it goes on where the server says when to
// come again: seconds at once, and in all.
const ATTEMPTS = 4;
const LONGEST_WAIT = 60;
const LONGEST_IN_ALL = 180;
const MOST_ATTEMPTS = 20;
const SHORTEST_WAIT = 0.5;
/** Seconds in which something has to come. */
const PATIENCE = 30;
/** Pages in a row that may bring nothing new: what they had to show was deleted. */
export const MOST_STALE = 8;
const BUSY = [429, 503];
const BROKEN_GATEWAY = [502, 504];
const FAULT = 500;
const JSON_TYPE = 'application/json';
const CODE = /^[a-z][a-z0-9_]{0,63}$/;
const HTTP_DATE = /^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT$/;

/** @typedef {(url: string, init: RequestInit) => Promise<Response>} Fetch */
/** @typedef {{id: string, secret: string}} ApiKey */
/** @typedef {{response: Response, body: Bytes}} Answered */
/** @typedef {{[name: string]: unknown}} Params */

/** How many new things a listing has brought, as whoever reads it counts them. */
export class News {
  count = 0;
}

/** A request took longer than it may, or nothing came for long. */
class Late extends Error {}

/** One server, as one client calls it: no cookie is kept or sent, no redirect is followed. */
export class Api {
  #authorization;
  #fetch;
  #sleep;

  /**
   * `url` is the server's address; `fetch` leads to it; `sleep` takes seconds. Raises UsageError.
   *
   * @param {object} server
   * @param {string} server.url
   * @param {ApiKey | null} [server.key]
   * @param {Fetch} [server.fetch]
   * @param {boolean} [server.allowHttp]
   * @param {(seconds: number) => Promise<void>} [server.sleep]
   */
  constructor({ url, key = null, fetch = platformFetch, allowHttp = false, sleep = pause }) {
    this.url = readAddress(url, { allowHttp });
    this.#authorization = key && `Basic ${btoa(`${key.id}:${key.secret}`)}`;
    this.#fetch = fetch;
    this.#sleep = sleep;
  }

  /**
   * Make one request and return what its answer means, which has the endpoint's shape.
   *
   * `ids` stand in the path; parameters that are "" are left out. Raises ApiError,
   * VerificationError.
   *
   * @template T
   * @param {Endpoint<T>} endpoint
   * @param {{ids?: string[], body?: unknown, params?: Params}} [asked]
   * @returns {Promise<T>}
   */
  async call(endpoint, { ids = [], body, params = {} } = {}) {
    const left = [...ids];
    const path = endpoint.path.replaceAll('{}', () => encodeURIComponent(left.shift() ?? ''));
    const given = Object.entries(params).filter(([, value]) => value !== '');
    const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    const content = body === undefined ? undefined : dumpJson(body);
    const url = this.url + ROOT + path + (query && `?${query}`);
    return endpoint.read(await this.#exchanged(endpoint, url, content), path);
  }

  /**
   * Yield the items of a list, page by page; what is asked stands in the body of a POST.
   *
   * Whoever reads it adds to `news` what a page brings that no page before did: too many that bring
   * nothing, or a cursor that stays, are no honest list. Raises VerificationError then. With
   * `ahead` the next page is on its way while one is read.
   *
   * @template I
   * @param {Endpoint<{items: I[], next: string, more: boolean}>} endpoint
   * @param {News} news
   * @param {Params} [params]
   * @param {{ahead?: boolean}} [how]
   */
  async *pages(endpoint, news, params = {}, { ahead = false } = {}) {
    const ask = (/** @type {string} */ after) => {
      const asked = { ...params, after, limit: MAX_ITEMS };
      return this.call(endpoint, endpoint.method === 'POST' ? { body: asked } : { params: asked });
    };
    let [after, stale] = ['', 0];
    /** @type {ReturnType<typeof ask> | undefined} */
    let next;
    for (;;) {
      const answer = await (next ?? ask(after));
      const [before, last] = [news.count, after];
      next = ahead && answer.more ? ask(answer.next) : undefined;
      next?.catch(() => {}); // it is told when the page is wanted
      yield answer.items;
      if (!answer.more) return;
      after = answer.next;
      stale = news.count === before ? stale + 1 : 0;
      checkProgress(after, last, stale);
    }
  }

  /**
   * Send a request, again where that may help; return the body of the answer.
   *
   * @param {Endpoint<any>} endpoint
   * @param {string} url
   * @param {Bytes} [content]
   */
  async #exchanged(endpoint, url, content) {
    for (let [waited, attempt] = [0, 1]; ; attempt += 1) {
      const ends = performance.now() + endpoint.seconds * 1000;
      const wait = await this.#send(endpoint, url, content).then(
        ({ response, body }) => {
          if (response.ok) return checkedJson(response, url, body);
          const asked = waitBeforeAnother(endpoint, response, attempt);
          if (asked === undefined || waited + asked > LONGEST_IN_ALL) {
            throw refusal(response, url, body);
          }
          return asked;
        },
        (error) => {
          if (error instanceof VerificationError) throw error;
          const again = endpoint.idempotent && attempt < ATTEMPTS && performance.now() < ends;
          if (!again) throw this.#unreachable(error);
          return backoff(attempt);
        },
      );
      if (typeof wait !== 'number') return wait;
      await this.#sleep(wait);
      waited += wait;
    }
  }

  /**
   * @param {Endpoint<any>} endpoint
   * @param {string} url
   * @param {Bytes} [content]
   * @returns {Promise<Answered>}
   */
  async #send(endpoint, url, content) {
    const [controller, fetch] = [new AbortController(), this.#fetch];
    const late = (/** @type {string} */ message) => () => controller.abort(new Late(message));
    const whole = setTimeout(late('the request took longer than it may as a whole'), endpoint.seconds * 1000);
    const nothing = late('nothing came for long');
    let patience = setTimeout(nothing, PATIENCE * 1000);
    const came = () => {
      clearTimeout(patience);
      patience = setTimeout(nothing, PATIENCE * 1000);
    };
    try {
      const response = await fetch(url, this.#request(endpoint, content, controller.signal));
      came();
      const body = await readAnswer(response, response.ok ? endpoint.most : SMALL, came).catch((error) => {
        if (response.ok || !(error instanceof VerificationError)) throw error;
        return new Uint8Array(); // a long page of some proxy says no more than its status
      });
      return { response, body };
    } finally {
      clearTimeout(whole);
      clearTimeout(patience);
    }
  }

  /**
   * @param {Endpoint<any>} endpoint
   * @param {Bytes | undefined} content
   * @param {AbortSignal} signal
   * @returns {RequestInit}
   */
  #request(endpoint, content, signal) {
    /** @type {{[name: string]: string}} */
    const headers = { Accept: JSON_TYPE };
    if (content) headers['Content-Type'] = JSON_TYPE;
    if (this.#authorization && !endpoint.public) headers['Authorization'] = this.#authorization;
    return {
      method: endpoint.method,
      headers,
      ...(content && { body: content }),
      signal,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'manual', // is not followed, and can be told from a server that is away
      referrerPolicy: 'no-referrer',
    };
  }

  /** @param {unknown} error */
  #unreachable(error) {
    const said = error instanceof Error ? cut(plain(error.message), 300) || error.name : 'an error';
    return new ApiUnavailable(`${this.url} does not answer: ${said}`, {
      hint: 'is the API URL right and the server running? trying again is safe',
      cause: error,
    });
  }
}

/** @type {Fetch} */
const platformFetch = (url, init) => fetch(url, init);

/** @param {number} seconds @returns {Promise<void>} */
const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

/** @param {string} url */
const pathOf = (url) => new URL(url).pathname;

/**
 * Return the error that an answer is which is no success.
 *
 * @param {Response} response
 * @param {string} url
 * @param {Bytes} body
 */
function refusal(response, url, body) {
  const [{ status }, path] = [response, pathOf(url)];
  const said = refused(body, status);
  if (status >= FAULT || BUSY.includes(status)) {
    const what = said ? `; ${said.message}` : ', and not as an API';
    return new ApiUnavailable(`the server answered ${status} to ${path}${what}`, {
      hint: 'try again later; if that lasts, its operator has to look',
    });
  }
  if (said) return said;
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    return new NotSealform('the server sends this client elsewhere, where it does not go', {
      hint: 'is the API URL complete, and https where the server is?',
    });
  }
  return new NotSealform(`the server answered ${status} to ${path}, and not as an API`, {
    hint: 'is the API URL that of a Sealform server?',
  });
}

/**
 * Return the error of the catalogue that a body holds, undefined if it holds none.
 *
 * Its words are the server's: they are quoted, escaped and cut short.
 *
 * @param {Bytes} body
 * @param {number} status
 */
export function refused(body, status) {
  const { code, message, hint } = errorIn(body);
  if (typeof code !== 'string' || typeof message !== 'string' || typeof hint !== 'string') {
    return undefined;
  }
  if (!CODE.test(code)) return undefined;
  const said = serverSays(message) || 'the server refuses';
  return new ApiRefused(said, { code, status, hint: serverSays(hint) });
}

/** @param {Bytes} body @returns {{code?: unknown, message?: unknown, hint?: unknown}} */
function errorIn(body) {
  try {
    const { error } = loadJson(body);
    return isObject(error) ? error : {};
  } catch (error) {
    if (error instanceof EnvelopeError || error instanceof TypeError) return {};
    throw error;
  }
}

/**
 * Refuse what says that it is no JSON, as a page does where people log in to a network.
 *
 * @param {Response} response
 * @param {string} url
 * @param {Bytes} body
 */
function checkedJson(response, url, body) {
  const [kind = ''] = (response.headers.get('content-type') ?? JSON_TYPE).split(';');
  if (kind.trim().toLowerCase() === JSON_TYPE) return body;
  const shown = cut(plain(kind), 80);
  throw new NotSealform(`${pathOf(url)} is answered with ${shown}, and not with JSON`, {
    hint: 'is the API URL that of a Sealform server? a network may ask you to log in first',
  });
}

/**
 * Refuse a list that says it goes on, and does not: it would never end.
 *
 * @param {string} after
 * @param {string} last
 * @param {number} stale pages in a row that brought nothing new
 */
function checkProgress(after, last, stale) {
  if (after !== last && stale <= MOST_STALE) return;
  throw new VerificationError('the server pages without end', { code: 'malformed' });
}

/** Seconds to wait after the nth failure: about 0.5, 1, 2, spread at random. @param {number} attempt */
function backoff(attempt) {
  return 0.25 * 2 ** attempt * (0.5 + Math.random() / 2);
}

/**
 * Return the seconds after which another attempt may help, undefined if none does.
 *
 * Where the server says when, more attempts are made, as long as all waiting has a bound.
 *
 * @param {Endpoint<any>} endpoint
 * @param {Response} response
 * @param {number} attempt
 */
function waitBeforeAnother(endpoint, response, attempt) {
  if (BUSY.includes(response.status)) {
    const asked = askedToWait(response);
    if (asked === undefined) return attempt < ATTEMPTS ? backoff(attempt) : undefined;
    const worth = asked <= LONGEST_WAIT && attempt < MOST_ATTEMPTS;
    return worth ? Math.max(asked, SHORTEST_WAIT) : undefined;
  }
  const again = endpoint.idempotent && BROKEN_GATEWAY.includes(response.status);
  return again && attempt < ATTEMPTS ? backoff(attempt) : undefined;
}

/**
 * Return the seconds of a Retry-After header: a number of them, or a date; undefined for neither.
 *
 * A date is compared with the answer's own, where it has one: clocks differ.
 *
 * @param {Response} response
 */
function askedToWait(response) {
  const value = (response.headers.get('retry-after') ?? '').trim();
  if (/^[0-9]{1,9}$/.test(value)) return Number(value);
  const until = readDate(value);
  if (Number.isNaN(until)) return undefined;
  const now = readDate(response.headers.get('date') ?? '');
  return Math.max(0, until - (Number.isNaN(now) ? Date.now() / 1000 : now));
}

/** An HTTP date in seconds since 1970, NaN for what is none. @param {string} text */
function readDate(text) {
  return HTTP_DATE.test(text) ? Date.parse(text) / 1000 : NaN;
}
