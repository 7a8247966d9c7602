/** What stands in a form's controls, by kind (docs/protocol.md §8); whether it fits is asked elsewhere. */

import { isTick } from '../kit/markup.js';

/** @import { Value } from '../../envelope/fields.js' */
/** @import { Field } from '../../envelope/questions.js' */
/** @import { Control } from '../kit/markup.js' */
/** @import { Question } from '../opening/controls.js' */

const TICKED = ['checkbox', 'consent'];
const LONGEST = 10_000;
const AS_TYPED = ['text', 'textarea', 'hidden'];

const DIGITS = /[\u0660-\u0669\u06f0-\u06f9\uff10-\uff19]/g; // Arabic-Indic, Persian, full-width
const WIDE = /[\uff0b\uff0d\uff0e]/g; // full-width + - .
const COMMA = /^(-?\d*),(\d+)$/;

/**
 * Return a value for every field.
 *
 * @param {Question[]} questions
 * @param {Map<string, string>} prefilled what the address says of hidden fields
 * @returns {Map<string, Value>}
 */
export function readAnswers(questions, prefilled) {
  return new Map(
    questions.map(({ field, controls }) => {
      const value = readValue(field, controls);
      return [field.name, value || (prefilled.get(field.name) ?? value)];
    }),
  );
}

/** @param {Field} field @param {Question['controls']} controls @returns {Value} */
function readValue({ kind }, controls) {
  const chosen = controls.filter((control) => !isTick(control) || control.checked);
  if (TICKED.includes(kind)) return chosen.length > 0;
  if (kind === 'checkboxes') return chosen.map((control) => control.value);
  const typed = chosen[0]?.value.toWellFormed() ?? '';
  const value = AS_TYPED.includes(kind) ? typed : typed.trim();
  if (kind === 'number') return decimal(value);
  return kind === 'tel' ? telephone(value) : value;
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
  if (!isTick(control)) control.value = String(answer);
  else control.checked = answer === true || [answer].flat().includes(control.value);
}

/**
 * Digits and signs as the visitor's keyboard writes them, in the characters of docs/protocol.md §8.
 *
 * @param {string} typed
 */
export function telephone(typed) {
  return typed
    .replace(DIGITS, (digit) => String(digit.charCodeAt(0) % 16))
    .replace(WIDE, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0));
}

/**
 * A decimal, as far as what was typed can mean but one; what can mean two is left as it is, and is
 * refused. HTML's number fields take "07" and ".5", a decimal does not.
 *
 * @param {string} typed
 */
export function decimal(typed) {
  const plain = telephone(typed).replace('\u2212', '-').replace('\u066b', '.');
  return plain
    .replace(COMMA, pointed)
    .replace(/^(-?)0+(?=\d)/, '$1')
    .replace(/^(-?)(?=\.\d)/, '$10');
}

/**
 * Phones offer a comma alone where it is the decimal point. But "1,000" is a thousand elsewhere, and
 * better refused than sealed as one.
 *
 * @param {string} comma
 * @param {string} whole
 * @param {string} fraction
 */
function pointed(comma, whole, fraction) {
  const thousands = fraction.length === 3 && /[1-9]/.test(whole);
  return thousands ? comma : `${whole}.${fraction}`;
}
