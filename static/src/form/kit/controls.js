/**
 * The page's controls: which of them ask which field of the manifest, all or nothing, and what they
 * are taught before they may be filled.
 */

import { choicesOf } from '../../envelope/questions.js';
import { alike } from '../../envelope/seen.js';
import { FormError } from './errors.js';
import { controlsOf } from './markup.js';

/** @import { Manifest } from '../../envelope/manifests.js' */
/** @import { Field } from '../../envelope/questions.js' */
/** @import { Control } from './markup.js' */

/**
 * One field of the manifest and what the page offers to answer it.
 *
 * @typedef {object} Question
 * @property {Field} field
 * @property {Control[]} controls none for a hidden field, which the address may answer
 */

/**
 * What may ask a field. A line, for all other kinds, is a text input of any type or a textarea.
 *
 * @type {{[kind: string]: string}}
 */
const FITTING = {
  select: 'select radio',
  radio: 'select radio',
  rating: 'select radio line',
  checkbox: 'checkbox',
  consent: 'checkbox',
  checkboxes: 'checkbox',
};

/** Pickers give values of their own kind alone, which only free text can hold beside it. */
const PICKED = /^(date|datetime-local|month|week|time|color)$/;
const FREE = /^(text|textarea|hidden)$/;

const NOT_ASKING = /^(file|submit|image|button|reset)$/;
const HELPS = ['spellcheck', 'writingsuggestions'];

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
  keepValues([...found.values()].flat());
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
 * Whether these controls can ask this field.
 *
 * @param {Field} field
 * @param {Control[]} controls
 */
export function fits(field, controls) {
  const shapes = new Set(controls.map(shape));
  const [only = 'line'] = shapes;
  const several = only === 'radio' || field.kind === 'checkboxes';
  if (shapes.size > 1 || !(FITTING[field.kind] ?? 'line').includes(only)) return false;
  if (controls.length > 1 && !several) return false;
  if (controls.some(({ type }) => PICKED.test(type) && type !== field.kind && !FREE.test(field.kind))) return false;
  const known = choicesOf(field).map((value) => alike(String(value)));
  const single = only === 'checkbox' && field.kind !== 'checkboxes';
  const choices = only === 'line' || single ? [] : controls.flatMap(offered);
  return choices.every((value) => known.includes(alike(value)));
}

/**
 * Without an attribute, an option's value is its text, of which a browser's translation makes another.
 *
 * @param {Control[]} controls
 */
export function keepValues(controls) {
  for (const control of controls) {
    if (!(control instanceof HTMLSelectElement)) continue;
    for (const option of control.options) option.setAttribute('value', option.value);
  }
}

/** @param {Control} control */
function shape(control) {
  if (control instanceof HTMLSelectElement) return control.multiple ? 'multiple' : 'select';
  if (control instanceof HTMLTextAreaElement) return 'line';
  if (/^(radio|checkbox)$/.test(control.type)) return control.type;
  return NOT_ASKING.test(control.type) ? 'none' : 'line';
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
 * Teach the browser what each field is.
 *
 * @param {Question[]} questions
 */
export function prepareControls(questions) {
  for (const { field, controls } of questions) {
    leaveNoNotes(controls, field.sensitive ? '' : field.autocomplete, field.sensitive);
  }
}

/**
 * Keep what is typed off the visitor's disk and away from what checks spelling or goes on writing,
 * some of it elsewhere: for a restart, browsers write down what stands in a form, except where
 * completion is off.
 *
 * @param {Element[]} elements
 * @param {string} [token] of HTML's autofill, for what may be completed
 */
function leaveNoNotes(elements, token = '', sensitive = true) {
  for (const element of elements) {
    element.setAttribute('autocomplete', token || 'off');
    for (const help of HELPS) element.setAttribute(help, String(!sensitive));
    element.setAttribute('autocorrect', sensitive ? 'off' : 'on');
  }
}

/** A page's own form, before anything is known of it; what is rendered has no notes. @param {HTMLElement} host */
export function leaveNoNotesIn(host) {
  if (!(host instanceof HTMLFormElement)) return;
  leaveNoNotes([host, ...keepValuesIn(host)]);
}

/** @param {HTMLFormElement} form */
export function keepValuesIn(form) {
  const controls = [...controlsOf(form).values()].flat();
  keepValues(controls);
  return controls;
}
