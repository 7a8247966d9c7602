/** What stands in a form's controls, by kind (docs/protocol.md §8); whether it fits is asked elsewhere. */

import { CHOICES, YES_OR_NO } from '../../envelope/questions.js';
import { alike } from '../../envelope/seen.js';
import { typed } from '../../envelope/typed_answers.js';
import { isTick } from '../kit/markup.js';
import { decimalIn } from './wording.js';

/** @import { Value } from '../../envelope/fields.js' */
/** @import { Field } from '../../envelope/questions.js' */
/** @import { Typed } from '../../envelope/typed_answers.js' */
/** @import { Control } from '../kit/markup.js' */
/** @import { Question } from '../kit/controls.js' */

const LONGEST = 10_000;

/** Controls in which what was typed stands as it was typed. */
const BOXES = /^(text|search|tel|email|url|textarea)$/;

/** A time as some browsers give it and others do not; nothing is lost with these. */
const SECONDS = /(\d\d:\d\d):00(\.0+)?$/;
const CLOCKS = /^(time|datetime-local)$/;

/**
 * Return a value for every field.
 *
 * @param {Question[]} questions
 * @param {Map<string, string>} prefilled what the address says of hidden fields
 * @param {string} [language] of the form
 * @returns {Map<string, Value>}
 */
export function readAnswers(questions, prefilled, language) {
  return new Map(
    questions.map(({ field, controls }) => {
      const value = readValue(field, controls, language);
      return [field.name, value || (prefilled.get(field.name) ?? value)];
    }),
  );
}

/** @param {Field} field @param {Question['controls']} controls @param {string} [language] @returns {Value} */
function readValue(field, controls, language) {
  const chosen = controls.filter((control) => !isTick(control) || control.checked);
  if (YES_OR_NO.includes(field.kind)) return chosen.length > 0;
  if (field.kind !== 'checkboxes') return readText({ field, controls }, language).value;
  return chosen.map((control) => typed(field, control.value).value);
}

/**
 * Return what a question was answered with, by a kind of which the value is a string.
 *
 * @param {Question} question
 * @param {string} [language] of the form
 * @returns {Typed}
 */
export function readText({ field, controls }, language) {
  return typed(field, textIn(controls), language);
}

/** @param {Control[]} controls */
function textIn(controls) {
  const control = controls.find((one) => !isTick(one) || one.checked);
  const text = control?.value.toWellFormed() ?? '';
  return control && CLOCKS.test(control.type) ? text.replace(SECONDS, '$1') : text;
}

/**
 * Let the box show what was made of what was typed there, once the visitor has gone on. Returns what it
 * shows if that looks different, else "".
 *
 * @param {Question} question
 * @param {string} language of the form
 */
export function showValue({ field, controls }, language) {
  const [box] = controls;
  if (!box || !BOXES.test(box.type) || CHOICES.includes(field.kind)) return '';
  const before = box.value;
  const { value, readings } = readText({ field, controls }, language);
  const shown = field.kind === 'number' ? decimalIn(value, language) : value;
  const again = typed(field, shown, language);
  if (readings.length || again.readings.length || again.value !== value || shown === before) return '';
  box.value = shown;
  return alike(before) === alike(shown) ? '' : shown;
}

/**
 * Return what the page's address says of hidden fields, after its "#", which no server sees.
 *
 * @param {Field[]} fields
 * @returns {Map<string, string>}
 */
export function prefilledBy(fields, fragment = location.hash.slice(1)) {
  const said = new URLSearchParams(fragment);
  const found = new Map();
  for (const { kind, name, maxLength } of fields) {
    const value = (kind === 'hidden' && said.get(name)?.toWellFormed()) || '';
    if ([...value].length > (maxLength || LONGEST)) {
      console.warn(`sealform: what the address says of "${name}" is too long; it was left out`);
    } else if (value) found.set(name, value);
  }
  return found;
}

/**
 * Empty every control.
 *
 * @param {Question[]} questions
 */
export function clearControls(questions) {
  for (const { controls } of questions) for (const control of controls) write(control, '');
}

/**
 * Give a control its part of an answer: what a form that has changed meanwhile was told before.
 *
 * @param {Control} control
 * @param {unknown} answer
 */
export function write(control, answer) {
  const chosen = [answer].flat().map((one) => (typeof one === 'string' ? alike(one) : undefined));
  const { value } = control;
  if (isTick(control)) control.checked = answer === true || chosen.includes(alike(value));
  else if (!(control instanceof HTMLSelectElement)) control.value = String(answer);
  else control.selectedIndex = [...control.options].findIndex((one) => chosen.includes(alike(one.value)));
}
