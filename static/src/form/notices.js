/** What visitors read about answers that an earlier visit left on this device. */

import { element } from './controls.js';
import { texts } from './languages.js';
import { languageFor } from './opening.js';

const SAID = { waiting: 'queued', sent: 'queued.sent', lost: 'queued.lost' };

/** @type {Map<string, HTMLElement>} by the first record's id */
const lines = new Map();

/**
 * Say before the form what became of them; of what has arrived, with the receipt that is due.
 *
 * @param {HTMLElement} host
 * @param {{id: string, receipt: string}} left
 * @param {keyof typeof SAID} state
 */
export async function notice(host, { id, receipt }, state) {
  const text = await texts(languageFor(host, []).interface);
  const line = lines.get(id) ?? element('p.status', { role: 'status' });
  if (!lines.has(id)) host.before(line);
  lines.set(id, line);
  line.setAttribute('data-state', state === 'lost' ? 'failed' : state);
  line.replaceChildren(text(SAID[state]));
  if (state !== 'sent') return;
  line.append(` ${text('receipt')}: `, element('code', { dir: 'ltr', translate: 'no' }, receipt));
}
