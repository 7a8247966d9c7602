/**
 * sealform.js: seals every form marked `data-sealform` in the visitor's browser.
 *
 * Nothing is sent unsealed, whatever happens: our forms are never submitted natively
 * before their keys are verified, and sealed inputs have no name.
 */

import { FORMS, takeNames } from './dialect.js';
import { SealedForm } from './page.js';

const script = document.currentScript;
const home =
  script instanceof HTMLScriptElement && script.src ? new URL(script.src).origin : location.origin;

/** @type {WeakMap<HTMLFormElement, SealedForm>} */
const opened = new WeakMap();

/**
 * @param {EventTarget | null} target
 * @returns {target is HTMLFormElement}
 */
function isOurs(target) {
  return target instanceof HTMLFormElement && target.matches(FORMS);
}

/** @param {HTMLFormElement} form */
function open(form) {
  const sealed = opened.get(form) ?? new SealedForm(form, baseOf(form));
  if (!opened.has(form)) void sealed.open();
  opened.set(form, sealed);
  return sealed;
}

/** @param {HTMLFormElement} form */
function baseOf(form) {
  const api = form.getAttribute('data-sealform-api');
  return api ? new URL(api, location.href).href.replace(/\/$/, '') : home;
}

function openAll() {
  for (const form of document.querySelectorAll(FORMS)) if (isOurs(form)) open(form);
}

// From the very start, before any form exists, and ahead of the page's own listeners.
document.addEventListener(
  'submit',
  (event) => {
    if (!isOurs(event.target)) return;
    event.preventDefault();
    if (document.readyState !== 'loading') void open(event.target).submit();
  },
  true,
);

// Whatever gathers a form's data, the page's own script included, gets no sealed input.
document.addEventListener(
  'formdata',
  (event) => {
    if (!isOurs(event.target)) return;
    for (const name of takeNames(event.target)) event.formData.delete(name);
  },
  true,
);

if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', openAll);
else openAll();
