/** Somebody with a tab: a key worker's acts against a server, and what she wrote down. */

import assert from 'node:assert/strict';
import { concat } from '../../../static/src/envelope/encoding.js';
import { useArgon2id } from '../../../static/src/envelope/passphrases.js';
import { sha256 } from '../../../static/src/envelope/primitives.js';
import { useKem } from '../../../static/src/envelope/suite.js';
import { Acts, answer } from '../../../static/src/workspace/keys/acts.js';
import { Server } from './servers.js';

useKem('noble');
/** What costs nothing: which Argon2id it is, vectors say. @type {import('../../../static/src/envelope/passphrases.js').Argon2id} */
export const quick = async (password, salt) => sha256(concat(password, salt));
useArgon2id(quick);

export const HOST = 'forms.example.org';

/** One tab; `told` is what its worker said unasked. */
export class Tab {
  /** @type {any[]} */
  told = [];
  #acts;

  /** @param {Server} server @param {{url?: string}} [more] */
  constructor(server, { url } = {}) {
    this.server = server;
    const place = { server: { ...server.reached, ...(url && { url }) }, host: HOST };
    this.#acts = new Acts({ ...place, tell: (told) => this.told.push(told) });
  }

  /** Every answer that a page of this tab got. @type {any[]} */
  answers = [];

  /** @param {string} act @param {any} [args] @returns {Promise<any>} */
  async call(act, args = {}) {
    const answered = /** @type {any} */ (await answer(this.#acts, structuredClone({ id: 7, act, args })));
    this.answers.push(structuredClone(answered));
    assert.equal(answered.id, 7);
    if (answered.error) throw Object.assign(new Error(answered.error.message), answered.error);
    return answered.result;
  }

  get warnings() {
    return this.told.filter(({ event }) => event === 'warning').map(({ message }) => message);
  }
}

/**
 * Somebody who is enrolled and whose keys are open.
 *
 * @param {string} [name]
 * @param {Server} [server]
 */
export async function enrolled(name = 'acme', server = new Server()) {
  const tab = new Tab(server);
  const { passphrase, sheet } = await tab.call('begin', { token: server.token(name), name });
  const recovery = sheet.recovery.join('\n');
  await tab.call('prove', { passphrase, recovery });
  const who = await tab.call('enroll');
  return { server, tab, passphrase, recovery, sheet, who };
}

/** @typedef {Awaited<ReturnType<typeof enrolled>>} Somebody */

/** A code with one letter of a row altered. @param {string} code @param {number} row from 1 */
export function mistyped(code, row) {
  const rows = code.split('\n');
  const [first = ''] = rows[row - 1] ?? '';
  rows[row - 1] = (first === 'A' ? 'B' : 'A') + rows[row - 1]?.slice(1);
  return rows.join('\n');
}
