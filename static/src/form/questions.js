/** Which controls of the page ask which field of the manifest; all or nothing. */

import { FormError, TELL } from './errors.js';
import { controlsOf } from './dialect.js';

/** @import { Field, Manifest } from '../envelope/forms.js' */
/** @import { Control } from './dialect.js' */

/**
 * One field of the manifest and what the page offers to answer it.
 *
 * @typedef {object} Question
 * @property {Field} field
 * @property {Control[]} controls
 */

/** What may ask a field of each kind. A line is a text input of any type, or a textarea. */
const FITTING = new Map([
  ['text', ['line']],
  ['textarea', ['line']],
  ['number', ['line']],
  ['date', ['line']],
  ['select', ['select', 'radio']],
  ['radio', ['select', 'radio']],
  ['checkbox', ['checkbox']],
  ['checkboxes', ['checkbox']],
]);

const NOT_ASKING = ['file', 'submit', 'image', 'button', 'reset'];

/**
 * Pair each field with its controls.
 *
 * Raises FormError, which names the field: `missing_field` has no control,
 * `unknown_field` is not in the manifest, `unfit_field` is asked in a way that its
 * kind does not allow.
 *
 * @param {HTMLFormElement} form
 * @param {Manifest} manifest
 * @returns {Question[]}
 */
export function matchQuestions(form, manifest) {
  const found = controlsOf(form);
  for (const name of found.keys()) {
    if (!manifest.fields.some((field) => field.name === name)) {
      throw refusal('unknown_field', name, 'is on this page, but not in the form');
    }
  }
  return manifest.fields.map((field) => {
    const controls = found.get(field.name);
    if (!controls)
      throw refusal('missing_field', field.name, 'is in the form, but not on this page');
    if (!fits(field, controls)) {
      throw refusal(
        'unfit_field',
        field.name,
        `cannot be asked in this way: it is of kind ${field.kind}`,
      );
    }
    return { field, controls };
  });
}

/**
 * @param {string} code
 * @param {string} field
 * @param {string} why
 */
function refusal(code, field, why) {
  const message = `This form stays locked: the field "${field}" ${why}. ${TELL}`;
  return new FormError(code, message, { field });
}

/**
 * @param {Field} field
 * @param {Control[]} controls
 */
function fits(field, controls) {
  const shapes = new Set(controls.map(shape));
  const [only = ''] = shapes;
  const several = only === 'radio' || field.kind === 'checkboxes';
  if (shapes.size > 1 || !FITTING.get(field.kind)?.includes(only)) return false;
  if (controls.length > 1 && !several) return false;
  const known = new Set(field.options.map((option) => option.value));
  return !known.size || controls.flatMap(offered).every((value) => known.has(value));
}

/** @param {Control} control */
function shape(control) {
  if (control instanceof HTMLSelectElement) return control.multiple ? 'multiple' : 'select';
  if (control instanceof HTMLTextAreaElement) return 'line';
  if (control.type === 'radio' || control.type === 'checkbox') return control.type;
  return NOT_ASKING.includes(control.type) ? 'none' : 'line';
}

/**
 * The values that a choice offers; an empty one means that nothing is chosen.
 *
 * @param {Control} control
 */
function offered(control) {
  if (!(control instanceof HTMLSelectElement)) return [control.value];
  return [...control.options].map((option) => option.value).filter((value) => value !== '');
}

/**
 * Do what browsers do only for controls that have a name: radio buttons exclude each other
 * and follow the arrow keys; `required` means one of the group, which we look after ourselves.
 *
 * @param {Question[]} questions
 */
export function prepareControls(questions) {
  for (const { field, controls } of questions) {
    const ticks = controls.filter(isTick);
    if (field.kind !== 'checkbox') for (const tick of ticks) tick.required = false;
    const radios = ticks.filter((tick) => tick.type === 'radio');
    for (const radio of radios) {
      radio.addEventListener('change', () => choose(radios, radio));
      radio.addEventListener('keydown', (event) => step(radios, radio, event));
    }
  }
}

/** @param {HTMLInputElement[]} radios @param {HTMLInputElement} chosen */
function choose(radios, chosen) {
  for (const radio of radios) radio.checked = radio === chosen;
}

/**
 * @param {HTMLInputElement[]} radios
 * @param {HTMLInputElement} from
 * @param {KeyboardEvent} event
 */
function step(radios, from, event) {
  const forwards = event.key === 'ArrowDown' || event.key === 'ArrowRight';
  const backwards = event.key === 'ArrowUp' || event.key === 'ArrowLeft';
  const usable = radios.filter((radio) => !radio.disabled);
  const to = usable.at((usable.indexOf(from) + (forwards ? 1 : -1)) % usable.length);
  if (!(forwards || backwards) || !to) return;
  event.preventDefault();
  to.focus();
  to.click();
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

/**
 * Empty every control.
 *
 * @param {Question[]} questions
 */
export function clearControls(questions) {
  for (const control of questions.flatMap((question) => question.controls)) {
    if (isTick(control)) control.checked = false;
    else if (control instanceof HTMLSelectElement) control.selectedIndex = emptyOption(control);
    else control.value = '';
  }
}

/** @param {HTMLSelectElement} select */
function emptyOption(select) {
  return [...select.options].findIndex((option) => option.value === '');
}
