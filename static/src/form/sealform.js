/**
 * sealform.js: renders or takes over every form marked `data-sealform`, and seals its answers
 * in the visitor's browser.
 *
 * Nothing is sent unsealed, whatever happens: our forms are never submitted natively
 * before their keys are verified, and sealed inputs have no name.
 */

import { fallBackTo } from '../envelope/suite.js';
import { HOSTS, takeNames } from './kit/markup.js';
import { loadScript, partsBeside } from './kit/parts.js';
import { SealedForm } from './opening/sealed-form.js';

// Only known while the script runs for the first time.
const script = document.currentScript;
const source = script instanceof HTMLScriptElement ? script.src : moduleSource();
const home = source ? new URL(source).origin : location.origin;
partsBeside(source);
fallBackTo(() => loadScript('kem'));

/** A module is not told which element it came from. */
function moduleSource() {
  const [module] = document.querySelectorAll('script[type=module][src*="/sealform."]');
  return module instanceof HTMLScriptElement ? module.src : '';
}

/** @type {WeakMap<HTMLElement, SealedForm>} */
const opened = new WeakMap();

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
  // The page's script may send without asking anybody: `form.submit()` is no event. Not by assignment,
  // which fails where an input is named "submit".
  Reflect.set(host, 'submit', () => void sealed.submit({ submitter: null }));
  void sealed.open(speak(host).catch(() => {})); // or nobody around hears of it, nor its height
  return sealed;
}

/**
 * In somebody's iframe, let the page around hear what happens.
 *
 * @param {HTMLElement} host
 */
async function speak(host) {
  const origins = host.getAttribute('data-sealform-frame-origins');
  if (!origins || parent === window) return;
  const { speakToParent } = await loadScript('framed');
  speakToParent(JSON.parse(origins));
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
    if (host) open(host).renew();
  }
}

/** Whether a button closes a dialog, and so sends nothing. @param {HTMLElement | null} button */
const cancels = (button) => button?.getAttribute('formmethod')?.toLowerCase() === 'dialog';

/** Submit events of ours, with which the page's own listeners are asked. @type {WeakSet<Event>} */
const asked = new WeakSet();

// From the very start, before any form exists, and ahead of the page's own listeners.
addEventListener(
  'submit',
  (event) => {
    const host = hostOf(event.target);
    if (!host || asked.has(event) || cancels(event.submitter)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (document.readyState === 'loading') return;
    // Not within this event, inside which Firefox lets no other submit event happen.
    setTimeout(() => open(host).submit(event, asked));
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
