/**
 * How a page marks a form and its inputs, and hears of what happens: by attributes and events of ours,
 * or the attributes of TozStore's easy SDK (docs/embedding.md).
 *
 * @typedef {object} Dialect
 * @property {string} form on the form, or on the element that it is rendered into: its id
 * @property {string} field on an input: the name of the manifest's field
 */

import { pasted } from '../../envelope/seen.js';

/** @type {Dialect} */
const OURS = {
  form: 'data-sealform',
  field: 'data-sealform-field',
};

/** @type {Dialect} */
const TOZSTORES = {
  form: 'data-innovault-token',
  field: 'data-innovault-type',
};

/** Finds every form that is ours to seal, and every place to render one. */
export const HOSTS = `[${OURS.form}], form[${TOZSTORES.form}]`;

const NAMED = `[${OURS.field}][name], [${TOZSTORES.field}][name]`;

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Control */

/**
 * Return how this form, or the place for one, is marked.
 *
 * @param {HTMLElement} host
 */
export function dialectOf(host) {
  return host.hasAttribute(TOZSTORES.form) ? TOZSTORES : OURS;
}

/** The id of a form, as it was pasted into the page. @param {HTMLElement} host */
export const formOf = (host) => pasted(host.getAttribute(dialectOf(host).form) ?? '').toLowerCase();

/**
 * Return the controls whose values are sealed, wherever in the page they stand.
 *
 * @param {HTMLFormElement} form
 * @returns {Map<string, Control[]>} by field name, in the page's order
 */
export function controlsOf(form) {
  const { field } = dialectOf(form);
  /** @type {Map<string, Control[]>} */
  const found = new Map();
  for (const element of ownedBy(form, `[${field}]`)) {
    const name = pasted(element.getAttribute(field) ?? '');
    found.set(name, [...(found.get(name) ?? []), element]);
  }
  return found;
}

/**
 * Return what submits the form.
 *
 * @param {HTMLFormElement} form
 */
export function submittersOf(form) {
  const buttons = ownedBy(form, 'button, input');
  return buttons.filter((button) => button.type === 'submit' || button.type === 'image');
}

/**
 * Elements that belong to a form, inside it or by their attribute `form`. Not
 * `form.elements`: an input named "elements" would stand in its place.
 *
 * @param {HTMLFormElement} form
 * @param {string} selector
 */
export function ownedBy(form, selector) {
  const root = /** @type {Document} */ (form.getRootNode());
  const elements = /** @type {NodeListOf<Control>} */ (root.querySelectorAll(selector));
  return [...elements].filter((element) => element.form === form);
}

/**
 * Take the names off sealed inputs: what has no name is never sent, even if this script breaks.
 * The page hears of each, by `sealform:name` at its form.
 *
 * @param {HTMLFormElement} [only] of this form; of all without
 * @returns {string[]} the names that were taken
 */
export function takeNames(only) {
  const named = /** @type {Control[]} */ ([...document.querySelectorAll(NAMED)]);
  return named.flatMap((control) => {
    const { form, name } = control;
    if (only && form !== only) return [];
    control.removeAttribute('name');
    const field = control.getAttribute(OURS.field) ?? control.getAttribute(TOZSTORES.field);
    console.warn(`sealform: "${field}" lost its name: with one, it could be sent as it is`);
    tell(form ?? document, 'name', { fields: [field] });
    return name;
  });
}

/**
 * Tell the page's own script; returns false where that cancelled what is about to happen.
 *
 * @param {EventTarget} target
 * @param {'name' | 'ready' | 'submit' | 'queued' | 'sent' | 'error'} what
 * @param {object} detail never an answer
 */
export function tell(target, what, detail) {
  const cancelable = what === 'submit';
  const event = new CustomEvent(`sealform:${what}`, { bubbles: true, cancelable, detail });
  return target.dispatchEvent(event);
}

/**
 * Whether a control is ticked rather than written in.
 *
 * @param {Control} control
 * @returns {control is HTMLInputElement}
 */
export function isTick(control) {
  return control instanceof HTMLInputElement && /^(radio|checkbox)$/.test(control.type);
}
