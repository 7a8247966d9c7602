/** What the visitor answered, by kind (docs/protocol.md §8); whether it fits is asked elsewhere. */

import { decimal, telephone } from './numerals.js';
import { isTick } from './questions.js';

/** @import { Value } from '../envelope/fields.js' */
/** @import { Field } from '../envelope/questions.js' */
/** @import { Question } from './questions.js' */

const TICKED = ['checkbox', 'consent'];
const LONGEST = 10_000;
const AS_TYPED = ['text', 'textarea', 'hidden'];

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
