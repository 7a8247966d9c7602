/** Sends what earlier visits left on this device, the same ids, the same bytes; and tells of it. */

import { element } from '../kit/element.js';
import { FormError } from '../kit/errors.js';
import { languageFor, texts } from '../kit/languages.js';
import { formOf } from '../kit/markup.js';
import { deliver } from './delivery.js';
import { alone, dropWhenSeen, find, leftFor, settle, waits } from './outbox.js';
import { Proof } from './proof.js';

/** @import { Entry, Notice } from './outbox.js' */

const SAID = { waiting: 'queued', sent: 'queued.sent', lost: 'queued.lost' };

/** @type {Map<string, HTMLElement>} by the first record's id */
const lines = new Map();

/**
 * Send what is left for this server, of all forms, the oldest first, and say before this one what
 * became of its own: that of others is said on their pages. One that has to wait does not hold up
 * the others; one that another tab is sending is left to that tab as long as it lives.
 *
 * @param {HTMLElement} host
 * @param {string} base
 */
export async function resumeOutbox(host, base) {
  const left = await leftFor(base).catch(() => []);
  for (const { id } of left) {
    await /** @type {Promise<void>} */ (
      new Promise((next) => alone(id, () => resume(id, host, next), next).then(next, next))
    );
  }
}

/**
 * @param {string} id
 * @param {HTMLElement} host
 * @param {() => void} next
 */
async function resume(id, host, next) {
  const kept = await find(id); // meanwhile another tab may have sent it, and told of it
  if (!kept) return;
  const own = kept.form === formOf(host);
  const later = () => (own && void notice(host, kept, 'waiting'), next());
  const done = waits(kept) ? await sent(kept, later) : kept;
  if (!own) return;
  await notice(host, done, done.state);
  await dropWhenSeen(done);
}

/**
 * @param {Entry} entry
 * @param {() => void} later is told of each failure that may pass
 * @returns {Promise<Notice>}
 */
async function sent(entry, later) {
  try {
    await deliver(entry, new Proof(entry.base, entry.form), later);
  } catch (error) {
    if (!(error instanceof FormError)) throw error; // a fault of ours: it stays
    return settle(entry, 'lost');
  }
  return settle(entry, 'sent');
}

/**
 * Say before the form what became of them; of what has arrived, with the receipt that is due.
 *
 * @param {HTMLElement} host
 * @param {{id: string, receipt: string}} left
 * @param {keyof typeof SAID} state
 */
async function notice(host, { id, receipt }, state) {
  const text = await texts(languageFor(host, []).interface);
  const line = lines.get(id) ?? element('p.status', { role: 'status' });
  if (!lines.has(id)) host.before(line);
  lines.set(id, line);
  line.setAttribute('data-state', state === 'lost' ? 'failed' : state);
  line.replaceChildren(text(SAID[state]));
  if (state !== 'sent') return;
  line.append(` ${text('receipt')}: `, element('code', { dir: 'ltr', translate: 'no' }, receipt));
}
