/** A server of docs/protocol.md §10 as far as keys need one, that can be told to lie or to lose an answer. */

import { b64, unb64, utf8 } from '../../../static/src/envelope/encoding.js';
import { dumpCard, parseCard } from '../../../static/src/envelope/keys.js';
import { fetchDigest, parseKeyCopy } from '../../../static/src/envelope/key_copies.js';
import { same } from '../../../static/src/envelope/primitives.js';
import { ENROLMENT, newToken, tokenDigest } from '../../../static/src/envelope/tokens.js';


/** @typedef {import('../../../static/src/envelope/keys.js').Card} Card */
/** @typedef {{method: string, path: string, body: any}} Asked */

export const URL_OF = 'https://forms.example.org';
const EXPIRES = '2027-11-29T00:00:00Z';
const MOST_A_DAY = 12;

export class Server {
  /** @type {Map<string, {card: Card, key: {id: string, digest: string}}>} by client id */
  clients = new Map();
  /** @type {Map<string, any[]>} copies as they came, by client id, the newest first */
  copies = new Map();
  /** Names by token. @type {Map<string, string>} */
  #tokens = new Map();
  /** @type {Asked[]} */
  asked = [];
  /** Changes an answer before it goes out. @type {(asked: Asked, answer: any) => any} */
  lie = (_, answer) => answer;
  /** The code that a call is refused with, "" for none. @type {(asked: Asked) => string} */
  refuse = () => '';
  /** How many answers get lost after they were made. */
  lost = 0;
  /** Whether nobody is there. */
  away = false;

  /** @param {string} name */
  token(name) {
    const token = newToken(ENROLMENT);
    this.#tokens.set(token, name);
    return token;
  }

  /** How an `Api` reaches it. */
  get reached() {
    return { url: URL_OF, fetch: this.fetch, sleep: async () => {} };
  }

  /** @type {import('../../../static/src/client/api.js').Fetch} */
  fetch = async (url, init) => {
    if (this.away) throw new TypeError('nobody is there');
    const body = init.body && JSON.parse(new TextDecoder().decode(/** @type {Uint8Array} */ (init.body)));
    const asked = { method: init.method ?? 'GET', path: new URL(url).pathname.replace('/api/v1', ''), body };
    this.asked.push(asked);
    const authorization = new Headers(init.headers).get('authorization');
    const code = this.refuse(asked);
    const [status, answer] = code ? refused(422, code) : await this.#answer(asked, authorization);
    if (this.lost > 0) {
      this.lost -= 1;
      throw new TypeError('the line broke');
    }
    const told = status < 300 ? this.lie(asked, answer) : answer;
    return new Response(JSON.stringify(told), { status, headers: { 'content-type': 'application/json' } });
  };

  /** @param {Asked} asked @param {string | null} authorization @returns {Promise<[number, any]>} */
  async #answer({ method, path, body }, authorization) {
    if (path === '/enrolments') return this.#enrol(body);
    const [, id = ''] = /^\/keyfiles\/(.+)$/.exec(path) ?? [];
    if (id) return this.#fetchCopy(id, body.code);
    const caller = await this.#caller(authorization);
    if (!caller) return refused(401, 'not_authenticated');
    if (method === 'PUT' && path === '/me/keyfile') return this.#keep(caller.card, body);
    if (path !== '/me') return refused(404, 'not_found');
    const key = { id: caller.key.id, created: '2026-11-29T00:00:00Z', expires: EXPIRES, last_used: null };
    return [200, { card: dumpCard(caller.card), first: null, successions: [], api_key: key }];
  }

  /** @param {any} body @returns {Promise<[number, any]>} */
  async #enrol({ token, card: wire, api_key: key }) {
    const card = await parseCard(wire);
    const found = this.clients.get(card.id);
    const answer = { client_id: card.id, api_key_id: key.id, expires: EXPIRES };
    if (found?.key.id === key.id && found?.key.digest === key.digest) return [200, answer];
    if (!this.#tokens.has(token)) return refused(403, 'token_invalid');
    if (this.#tokens.get(token) !== card.name) return refused(403, 'token_name');
    this.#tokens.delete(token);
    this.clients.set(card.id, { card, key });
    return [201, answer];
  }

  /** @param {string | null} authorization */
  async #caller(authorization) {
    const [id = '', secret = ''] = atob(authorization?.replace('Basic ', '') ?? '').split(':');
    const digest = b64(await tokenDigest(secret));
    return [...this.clients.values()].find(({ key }) => key.id === id && key.digest === digest);
  }

  /** @param {Card} card @param {any} body @returns {Promise<[number, any]>} */
  async #keep(card, body) {
    const copy = await parseKeyCopy(body);
    const kept = this.copies.get(card.id) ?? [];
    const before = kept[0] && (await parseKeyCopy(kept[0]));
    if (!same(copy.file.card.fingerprint, card.fingerprint)) return refused(422, 'mismatch');
    const [place, last] = [[copy.file.serial, copy.made], before ? [before.file.serial, before.made] : [0, 0]];
    const isNewer = place[0] > last[0] || (place[0] === last[0] && place[1] > last[1]);
    if (!isNewer) return refused(409, 'serial_conflict');
    // All of one file are of the same two hours here: the first and the last of them are kept.
    if (kept[0]?.file === body.file && kept[1]?.file === body.file) kept.shift();
    const files = new Set([body, ...kept].map(({ file }) => file));
    if (files.size > MOST_A_DAY) return refused(409, 'too_many_copies');
    this.copies.set(card.id, [body, ...kept]);
    return [201, { serial: copy.file.serial }];
  }

  /** @param {string} id @param {string} code @returns {Promise<[number, any]>} */
  async #fetchCopy(id, code) {
    const [newest] = this.copies.get(id) ?? [];
    const right = newest && same(await fetchDigest(unb64(code, 32)), unb64(newest.fetch, 32));
    if (!right) return refused(403, 'fetch_refused');
    return [200, { file: newest.file, memory: newest.memory, made: newest.made }];
  }

  /** The key file that the server has of a client. @param {string} id */
  fileOf(id) {
    return utf8(this.copies.get(id)?.[0].file ?? '');
  }
}

/** @param {number} status @param {string} code @returns {[number, any]} */
function refused(status, code) {
  return [status, { error: { code, message: `it is ${code}`, hint: 'do something else' } }];
}
