/**
 * The attributes that mark a form and its inputs: ours, and those of TozStore's easy SDK.
 *
 * @typedef {object} Dialect
 * @property {string} form on the form: its id
 * @property {string} field on an input: the name of the manifest's field
 * @property {string} result the hidden input that tells the page's server the record ids
 */

/** @type {Dialect} */
const OURS = {
  form: 'data-sealform',
  field: 'data-sealform-field',
  result: 'sealform_record_id',
};

/** @type {Dialect} */
const TOZSTORES = {
  form: 'data-innovault-token',
  field: 'data-innovault-type',
  result: 'innovault_record_id',
};

/** Finds every form that is ours to seal. */
export const FORMS = `form[${OURS.form}], form[${TOZSTORES.form}]`;

const NAMED =
  'had a name, which could send the answer unencrypted; it was removed. Take it out of the page.';

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Control */

/**
 * Return how this form is marked.
 *
 * @param {HTMLFormElement} form one that matches FORMS
 */
export function dialectOf(form) {
  return form.hasAttribute(OURS.form) ? OURS : TOZSTORES;
}

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
    const name = element.getAttribute(field) ?? '';
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
function ownedBy(form, selector) {
  const root = /** @type {Document} */ (form.getRootNode());
  const elements = /** @type {NodeListOf<Control>} */ (root.querySelectorAll(selector));
  return [...elements].filter((element) => element.form === form);
}

/**
 * Take the names off sealed inputs: what has no name is never sent, even if this script breaks.
 *
 * @param {HTMLFormElement} form
 * @returns {string[]} the names that were taken
 */
export function takeNames(form) {
  const taken = [];
  for (const [field, controls] of controlsOf(form)) {
    for (const control of controls.filter((one) => one.hasAttribute('name'))) {
      taken.push(control.name);
      control.removeAttribute('name');
      console.warn(`sealform: the input for "${field}" ${NAMED}`);
    }
  }
  return taken;
}

/**
 * Keep what is typed off the visitor's disk: for a restart, browsers write down what stands in a
 * form, except where completion is off.
 *
 * @param {HTMLFormElement} form
 */
export function leaveNoNotes(form) {
  const controls = [...controlsOf(form).values()].flat();
  for (const element of [form, ...controls]) element.setAttribute('autocomplete', 'off');
}
