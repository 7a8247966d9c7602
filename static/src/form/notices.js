/** What visitors read about answers that an earlier visit left on this device. */

import { element } from './controls.js';
import { texts } from './languages.js';
import { languageFor } from './opening.js';

/** @import { Left } from './resume.js' */

/** @type {WeakMap<HTMLElement, HTMLElement>} */
const notices = new WeakMap();

/**
 * Say before the form what became of them.
 *
 * @param {HTMLElement} host
 * @param {Left} left
 */
export async function notice(host, { state }) {
  if (state === 'sending') return;
  const text = await texts(languageFor(host, []).interface);
  const key = { waiting: 'queued', sent: 'queued.sent', lost: 'queued.lost' }[state];
  const line = notices.get(host) ?? element('p.status', { role: 'status' });
  if (!notices.has(host)) host.before(line);
  notices.set(host, line);
  line.setAttribute('data-state', state === 'lost' ? 'failed' : state);
  line.textContent = text(key);
}
