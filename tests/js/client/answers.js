/** A client of the tests, and answers of its server by what is asked. */

import { Api } from '../../../static/src/client/api.js';
import { KeptState } from '../../../static/src/client/kept_state.js';
import { Session } from '../../../static/src/client/session.js';
import { State } from '../../../static/src/client/state.js';
import { dumpCard } from '../../../static/src/envelope/keys.js';
import { useKem } from '../../../static/src/envelope/suite.js';
import { NOW } from '../people.js';
import { SERVER, answered, ok } from './scripts.js';

/** @import { Person } from '../people.js' */

useKem('noble');

/** @typedef {(url: URL, body: any) => unknown} Answer a Response, or JSON; an Error is thrown */

/**
 * What is asked, like `GET /clients`, by the beginning of it; the longest that fits answers.
 *
 * @typedef {{[beginning: string]: Answer}} Answers
 */

/** A server that answers by what is asked; `asked` are the requests. */
export class Answering {
  /** @type {string[]} */
  asked = [];

  /** @param {Answers} answers */
  constructor(answers) {
    this.answers = answers;
  }

  /** @type {import('../../../static/src/client/api.js').Fetch} */
  fetch = async (address, { method, body }) => {
    const url = new URL(address);
    const line = `${method} ${url.pathname.slice('/api/v1'.length)}`;
    this.asked.push(line);
    const fitting = Object.keys(this.answers).filter((beginning) => line.startsWith(beginning));
    const [best = ''] = fitting.sort((a, b) => b.length - a.length);
    const text = body ? new TextDecoder().decode(/** @type {Uint8Array} */ (body)) : 'null';
    const answer = await this.answers[best]?.(url, JSON.parse(text));
    if (answer instanceof Error) throw answer;
    if (answer instanceof Response) return answer;
    if (answer !== undefined) return ok(answer);
    const error = { code: 'not_found', message: line, hint: '' };
    return answered(404, JSON.stringify({ error }));
  };

  /** How often something was asked. @param {string} beginning */
  count(beginning) {
    return this.asked.filter((line) => line.startsWith(beginning)).length;
  }
}

/**
 * A client that has pinned others, at a server; `warnings` are what it was told.
 *
 * @param {Person} me
 * @param {Person[]} pinned
 * @param {Answering} server
 */
export function session(me, pinned, server) {
  /** @type {string[]} */
  const warnings = [];
  const state = new State({ pins: new Map(pinned.map(({ id, card }) => [id, card.fingerprint])) });
  const made = new Session({
    ...{ keys: me.keys, me: me.card, state: new KeptState(state), now: () => NOW },
    api: new Api({ url: SERVER, fetch: server.fetch, sleep: async () => {} }),
    notify: (warning) => void warnings.push(warning),
  });
  return { session: made, warnings };
}

/** All items as one page. @param {unknown[]} items @param {string} [next] */
export const page = (items, next = '') => ({ items, next, more: next !== '' });

/** A line of a client whose keys never changed. @param {Person} one */
export const lineOf = ({ card }) => ({ card: dumpCard(card), first: null, successions: [] });
