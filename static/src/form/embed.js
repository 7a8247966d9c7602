/**
 * sealform.js: renders or takes over every form marked `data-sealform`, and seals its answers
 * in the visitor's browser.
 *
 * Nothing is sent unsealed, whatever happens: our forms are never submitted natively
 * before their keys are verified, and sealed inputs have no name.
 */

import { HOSTS, takeNames } from './dialect.js';
import { speakToParent } from './frame-child.js';
import { notice } from './notices.js';
import { SealedForm } from './page.js';
import { resumeOutbox } from './resume.js';

const script = document.currentScript;
const home =
  script instanceof HTMLScriptElement && script.src ? new URL(script.src).origin : location.origin;

/** @type {WeakMap<HTMLElement, SealedForm>} */
const opened = new WeakMap();
/** @type {Set<string>} where what earlier visits left is being sent */
const resumed = new Set();

/**
 * Return the marked element that a form belongs to: itself, or what it was rendered into.
 *
 * @param {EventTarget | null} form
 * @returns {HTMLElement | null}
 */
function hostOf(form) {
  if (!(form instanceof HTMLElement)) return null;
  return form.closest('[data-sealform]:not(form)') ?? form.closest(HOSTS);
}

/** @param {HTMLElement} host */
function open(host) {
  const found = opened.get(host);
  if (found) return found;
  const base = baseOf(host);
  const sealed = new SealedForm(host, base);
  opened.set(host, sealed);
  speakToParent(host);
  void sealed.open();
  if (!resumed.has(base)) {
    void resumeOutbox(base, { onState: (left) => void notice(host, left) });
  }
  resumed.add(base);
  return sealed;
}

/** @param {HTMLElement} host */
function baseOf(host) {
  const api = host.getAttribute('data-sealform-api');
  return api ? new URL(api, location.href).href.replace(/\/$/, '') : home;
}

function openAll() {
  takeNames();
  if (document.readyState === 'loading') return;
  for (const marked of document.querySelectorAll(HOSTS)) {
    const host = hostOf(marked);
    if (host) open(host);
  }
}

// From the very start, before any form exists, and ahead of the page's own listeners.
document.addEventListener(
  'submit',
  (event) => {
    const host = hostOf(event.target);
    if (!host) return;
    event.preventDefault();
    if (document.readyState !== 'loading') void open(host).submit();
  },
  true,
);

// Whatever gathers a form's data, the page's own script included, gets no sealed input.
document.addEventListener(
  'formdata',
  (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (hostOf(form)) for (const name of takeNames(form)) event.formData.delete(name);
  },
  true,
);

// What is added later is ours as well, and a name is taken off before anything else runs.
new MutationObserver(openAll).observe(document, {
  subtree: true,
  childList: true,
  attributeFilter: ['name', 'data-sealform', 'data-sealform-field', 'data-innovault-type'],
});

document.addEventListener('DOMContentLoaded', openAll);
openAll();
