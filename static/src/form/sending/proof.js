/** What an operator may ask of who submits: some seconds, and work (docs/protocol.md §10). */

import { concat, isObject, utf8 } from '../../envelope/encoding.js';
import { doWork } from '../../envelope/proof_of_work.js';
import { address, request } from '../kit/api.js';

/** @import { Entry } from './outbox.js' */

const MARGIN = 250; // clocks do not tick alike

/**
 * @typedef {object} Asked
 * @property {string} challenge
 * @property {number} bits
 * @property {number} ready when it may be used, by this page's own clock
 */

export class Proof {
  #base;
  #form;
  /** @type {Promise<Asked | undefined>} nothing is known to be asked until it is */
  #asked = Promise.resolve(undefined);
  /** @type {{work: string, nonce: Promise<number>} | undefined} what was done last */
  #done;

  /**
   * @param {string} base
   * @param {string} form
   */
  constructor(base, form) {
    this.#base = base;
    this.#form = form;
  }

  /** Ask for a challenge, so that the seconds pass while the visitor types. */
  prepare() {
    this.#asked = this.#ask();
    return this.#asked;
  }

  /**
   * Return the body to post, with the proof that was asked for.
   *
   * @param {Entry} entry
   */
  async addTo({ id, body }) {
    const asked = await this.#asked;
    if (!asked) return body;
    const { challenge, bits, ready } = asked;
    await new Promise((resolve) => setTimeout(resolve, ready - performance.now()));
    const nonce = await this.#work(challenge, id, bits);
    return concat(body.subarray(0, -1), utf8(`,"proof":${JSON.stringify({ challenge, nonce })}}`));
  }

  /**
   * Once, however often the same is sent again.
   *
   * @param {string} challenge
   * @param {string} id
   * @param {number} bits
   */
  #work(challenge, id, bits) {
    const work = `${id} ${bits} ${challenge}`;
    if (this.#done?.work !== work) this.#done = { work, nonce: doWork(challenge, id, bits) };
    return this.#done.nonce;
  }

  /** Where the server cannot be asked, it is not asked: it will refuse, and be asked then. */
  async #ask() {
    const url = address(this.#base, this.#form, 'challenge');
    const { body } = await request(url, { cache: 'no-store' }).catch(() => ({ body: null }));
    return read(body);
  }
}

/** What asks for more than the protocol allows gets nothing. @param {unknown} answer @returns {Asked | undefined} */
function read(answer) {
  const { challenge, bits, wait } = isObject(answer) ? answer : {};
  const sound = /^[ -~]{1,200}$/.test(challenge) && upTo(bits, 24) && upTo(wait, 60);
  if (!sound || bits + wait === 0) return undefined;
  return { challenge, bits, ready: performance.now() + (wait && wait * 1000 + MARGIN) };
}

/** @param {unknown} value @param {number} most */
const upTo = (value, most) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most;
