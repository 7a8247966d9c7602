/**
 * A form in somebody's iframe tells the page around it how high it is and what happened, never
 * an answer, nor the receipt, which is the visitor's own. Only pages that the owner allows hear it.
 */

/** The members of our events that the page around may know. @type {{[what: string]: string[]}} */
const TOLD = {
  ready: ['form', 'version'],
  queued: ['records'],
  sent: ['records'],
  error: ['code', 'field'],
};

/** @param {string[]} origins that may hear it, or "*" for all */
export function speakToParent(origins) {
  let target = around();

  /** @param {object} said */
  const say = (said) => {
    const known = origins.includes(target) || (origins.includes('*') && /^https?:/.test(target));
    if (known) parent.postMessage({ sealform: said }, target);
  };
  const root = document.documentElement;
  const measure = () => say({ height: Math.ceil(root.getBoundingClientRect().height) });

  new ResizeObserver(measure).observe(root);
  for (const [what, names] of Object.entries(TOLD)) {
    addEventListener(`sealform:${what}`, (event) => {
      const { detail } = /** @type {CustomEvent} */ (event);
      say({ what, detail: Object.fromEntries(names.map((name) => [name, detail[name]])) });
    });
  }
  // Browsers that do not say who is around, and pages that begin to listen later, ask.
  addEventListener('message', ({ source, origin, data }) => {
    if (source !== parent || data?.sealform !== 'height') return;
    target = origin;
    measure();
  });
}

/** The origin of the page around, as far as the browser says. */
function around() {
  const [nearest] = location.ancestorOrigins ?? [];
  if (nearest || !document.referrer) return nearest ?? '';
  return new URL(document.referrer).origin;
}
