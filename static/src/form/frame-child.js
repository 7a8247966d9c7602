/**
 * A form in somebody's iframe tells the page around it how high it is and what happened, never
 * an answer, nor the receipt, which is the visitor's own. Only pages that the owner allows hear it.
 */

import { heightToShow } from './frame-height.js';

/** The members of our events that the page around may know. @type {{[what: string]: string[]}} */
const TOLD = {
  ready: ['form', 'version'],
  queued: ['records'],
  sent: ['records'],
  error: ['code'], // not the field: it may be asked only after a certain answer
};

/** @param {string[]} origins that may hear it, or "*" for all */
export function speakToParent(origins) {
  let target = around();
  let told = 0;

  /** @param {object} said */
  const say = (said) => {
    const known = origins.includes(target) || (origins.includes('*') && /^https?:/.test(target));
    if (known) parent.postMessage({ sealform: said }, target);
  };
  const measure = () => {
    const height = heightToShow();
    if (height !== told) say({ height });
    told = height;
  };

  new ResizeObserver(measure).observe(document.documentElement);
  for (const [what, names] of Object.entries(TOLD)) {
    addEventListener(`sealform:${what}`, (event) => {
      const { detail } = /** @type {CustomEvent} */ (event);
      say({ what, detail: Object.fromEntries(names.map((name) => [name, detail[name]])) });
      measure();
    });
  }
  // Browsers that do not say who is around, and pages that begin to listen later, ask.
  addEventListener('message', ({ source, origin, data }) => {
    if (source !== parent || data?.sealform !== 'height') return;
    target = origin;
    told = 0;
    measure();
  });
}

/** The origin of the page around, as far as the browser says. */
function around() {
  const [nearest] = location.ancestorOrigins ?? [];
  if (nearest || !document.referrer) return nearest ?? '';
  return new URL(document.referrer).origin;
}
