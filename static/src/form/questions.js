/** Which controls of the page ask which field of the manifest; all or nothing. */

import { choicesOf } from '../envelope/questions.js';
import { FormError } from './errors.js';
import { controlsOf } from './dialect.js';

/** @import { Manifest } from '../envelope/manifests.js' */
/** @import { Field } from '../envelope/questions.js' */
/** @import { Control } from './dialect.js' */

/**
 * One field of the manifest and what the page offers to answer it.
 *
 * @typedef {object} Question
 * @property {Field} field
 * @property {Control[]} controls none for a hidden field, which the address may answer
 */

/** What may ask a field. A line, for all other kinds, is a text input of any type or a textarea. */
const FITTING = new Map([
  ['select', ['select', 'radio']],
  ['radio', ['select', 'radio']],
  ['rating', ['select', 'radio', 'line']],
  ['checkbox', ['checkbox']],
  ['consent', ['checkbox']],
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
    if (!manifest.fields.some((field) => field.name === name)) throw refusal('unknown_field', name);
  }
  return manifest.fields.map((field) => {
    const controls = found.get(field.name) ?? [];
    if (!controls.length && field.kind !== 'hidden') throw refusal('missing_field', field.name);
    if (!fits(field, controls)) throw refusal('unfit_field', field.name);
    return { field, controls };
  });
}

/**
 * @param {string} code
 * @param {string} field
 */
function refusal(code, field) {
  return new FormError(code, undefined, { field });
}

/**
 * @param {Field} field
 * @param {Control[]} controls
 */
function fits(field, controls) {
  const shapes = new Set(controls.map(shape));
  const [only = 'line'] = shapes;
  const several = only === 'radio' || field.kind === 'checkboxes';
  if (shapes.size > 1 || !(FITTING.get(field.kind) ?? ['line']).includes(only)) return false;
  if (controls.length > 1 && !several) return false;
  const known = choicesOf(field);
  const single = only === 'checkbox' && field.kind !== 'checkboxes';
  const choices = only === 'line' || single ? [] : controls.flatMap(offered);
  return choices.every((value) => known.includes(value));
}

/** @param {Control} control */
function shape(control) {
  if (control instanceof HTMLSelectElement) return control.multiple ? 'multiple' : 'select';
  if (control instanceof HTMLTextAreaElement) return 'line';
  if (/^(radio|checkbox)$/.test(control.type)) return control.type;
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
 * Whether a control is ticked rather than written in.
 *
 * @param {Control} control
 * @returns {control is HTMLInputElement}
 */
export function isTick(control) {
  return control instanceof HTMLInputElement && /^(radio|checkbox)$/.test(control.type);
}
