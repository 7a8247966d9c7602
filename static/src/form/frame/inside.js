/**
 * A form in somebody's iframe tells the page around it how high it is and what happened, never
 * an answer, nor the receipt, which is the visitor's own. Only pages that the owner allows hear it.
 *
 * Where questions depend on answers, its height as it is would tell the page around which were given.
 * There it is that of the highest page with every question shown and nothing complained of, until the
 * form is sent; what is higher still scrolls inside.
 */

/** The members of our events that the page around may know. @type {{[what: string]: string[]}} */
const TOLD = {
  ready: ['form', 'version'],
  queued: ['records'],
  sent: ['records'],
  error: ['code'], // not the field: it may be asked only after a certain answer
};

const CONDITIONAL = 'form[data-sealform-conditions]:not([hidden])';
const SAID = '.sealform-summary, .sealform-error, .sealform-status, .sealform-trap';
const INEXACT = 0.005; // sums of parts of a pixel, which must not round now up, now down

/** @type {{form?: Element, width?: number, height: number}} */
let measured = { height: 0 };

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

/** How high the page is to be shown, in whole pixels. */
function heightToShow() {
  const root = document.documentElement;
  const form = /** @type {HTMLElement | null} */ (document.querySelector(CONDITIONAL));
  if (!form) return Math.ceil(heightOf(root));
  root.style.overflow = 'hidden'; // a scrollbar, which answers may call for, breaks lines elsewhere
  const height = heightOf(root) - heightOf(form) + highest(form) - INEXACT;
  root.style.overflow = '';
  return Math.ceil(height);
}

/** @param {Element} element */
const heightOf = (element) => element.getBoundingClientRect().height;

/** Measured once for each width, on a copy that nobody sees. @param {HTMLElement} form */
function highest(form) {
  const { width } = form.getBoundingClientRect();
  if (measured.form !== form || measured.width !== width) {
    const copy = complete(form);
    copy.style.cssText = `position: absolute; visibility: hidden; inline-size: ${width}px`;
    form.after(copy);
    const heights = [...copy.querySelectorAll('.sealform-page')].map((_, at) => pageHeight(copy, at));
    copy.remove();
    measured = { form, width, height: Math.max(...heights) };
  }
  return measured.height;
}

/** A form with every question shown, and nothing that came of filling it. @param {HTMLElement} form */
function complete(form) {
  const copy = /** @type {HTMLElement} */ (form.cloneNode(true));
  for (const said of copy.querySelectorAll(SAID)) said.remove();
  for (const part of copy.querySelectorAll('[hidden], textarea')) {
    part.removeAttribute('hidden');
    part.removeAttribute('style');
  }
  return copy;
}

/** @param {HTMLElement} form @param {number} at */
function pageHeight(form, at) {
  const pages = [...form.querySelectorAll('.sealform-page')];
  for (const [index, page] of pages.entries()) page.toggleAttribute('hidden', index !== at);
  const last = at === pages.length - 1;
  for (const [button, shown] of Object.entries({ back: at > 0, next: !last, send: last })) {
    form.querySelector(`.sealform-${button}`)?.toggleAttribute('hidden', !shown);
  }
  return heightOf(form);
}
