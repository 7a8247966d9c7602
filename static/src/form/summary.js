/** All that is wrong, at the start of the form, each with a link to where it is mended. */

import { element } from './controls.js';

/** @typedef {{text: string, go?: () => void}} Item */

/**
 * Show the items and put the focus on them; none hides the summary.
 *
 * @param {HTMLFormElement} form
 * @param {string} heading
 * @param {Item[]} items
 */
export function summarize(form, heading, items) {
  const found = /** @type {HTMLElement | null} */ (form.querySelector('.sealform-summary'));
  const summary = found ?? element('div.summary', { tabindex: -1 });
  if (!found) form.prepend(summary);
  summary.setAttribute('role', 'group'); // not an alert: the focus goes there, and once is enough
  summary.replaceChildren(
    element('p', { role: 'heading', 'aria-level': 2 }, heading),
    element('ul', {}, ...items.map((item) => element('li', {}, linked(item)))),
  );
  summary.hidden = !items.length;
  if (items.length) summary.focus();
}

/** @param {Item} item */
function linked({ text, go }) {
  if (!go) return text;
  const link = element('a', { href: '#' }, text);
  link.addEventListener('click', (event) => {
    event.preventDefault();
    go();
  });
  return link;
}
