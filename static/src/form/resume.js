/** Sends what earlier visits left on this device: the same ids, the same bytes. */

import { deliver } from './delivery.js';
import { FormError } from './errors.js';
import { alone, drop, dropWhenSeen, find, waitingFor } from './outbox.js';
import { Proof } from './proof.js';

/**
 * What becomes of something that waited. `lost` is what the server takes no more: the plaintext
 * is gone, so that nothing is left but to tell the visitor.
 *
 * @typedef {object} Left
 * @property {'sending' | 'waiting' | 'sent' | 'lost'} state
 * @property {string} form
 * @property {string[]} ids
 * @property {string} receipt
 * @property {number} queued milliseconds since 1970: when it was to be sent
 * @property {string} [code] why it is lost
 */

/**
 * Send what is left for this server, of all forms, the oldest first. One that has to wait does
 * not hold up the others; one that another tab is sending is left to that tab as long as it lives.
 *
 * @param {string} base
 * @param {{onState: (left: Left) => void}} listeners
 */
export async function resumeOutbox(base, { onState }) {
  const left = await waitingFor(base).catch(() => []);
  for (const { id } of left) {
    await /** @type {Promise<void>} */ (
      new Promise((next) => alone(id, () => resume(id, onState, next), next).then(next, next))
    );
  }
}

/**
 * @param {string} id
 * @param {(left: Left) => void} onState
 * @param {() => void} next
 */
async function resume(id, onState, next) {
  const entry = await find(id); // meanwhile another tab may have sent it
  if (!entry) return;
  const { base, form, ids, receipt, queued } = entry;
  /** @type {(state: Left['state'], code?: string) => void} */
  const tell = (state, code) => onState({ state, form, ids, receipt, queued, code });
  const waits = () => (tell('waiting'), next());
  try {
    tell('sending');
    await deliver(entry, new Proof(base, form), waits);
  } catch (error) {
    if (!(error instanceof FormError)) throw error; // a fault of ours: it stays
    tell('lost', error.code);
    await dropWhenSeen(id);
    return;
  }
  await drop(id);
  tell('sent');
}
