/** What somebody's tabs remember, and what the server has of it. */

import { unlock } from '../../../static/src/client/acts/key_slots.js';
import { memoryOf, ownCopy, readCopy } from '../../../static/src/client/acts/server_copies.js';
import { random } from '../../../static/src/envelope/primitives.js';

/** @typedef {import('./people.js').Somebody} Somebody */

/** Her keys as another tab has them open. @param {Somebody} one */
export async function opened({ tab, server, passphrase }) {
  const { file, state } = await tab.call('download');
  return unlock(await readCopy(file, state), { passphrase }, { server: server.reached });
}

/** @param {number} version */
export const form = (version) => ({ owner: 'o', version: 7, hash: new Uint8Array(32).fill(version), former: [] });

/** Another tab of hers gets to know a fingerprint, and leaves it with the server. @param {Somebody} one */
export async function learn(one) {
  const { state } = await opened(one);
  await state.change((known) => void known.pins.set(crypto.randomUUID(), random(32)));
}

/** How many fingerprints the server's copy remembers. @param {Somebody} one */
export async function learned(one) {
  const keys = await opened(one);
  const copy = await ownCopy(keys);
  const memory = copy && (await memoryOf(copy, keys.credentials));
  return memory?.pins.size ?? 0;
}
