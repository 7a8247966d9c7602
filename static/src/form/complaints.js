/** What is said of an answer that does not fit: how to mend it. */

import { dumpValue } from '../envelope/fields.js';

/** @import { Value } from '../envelope/fields.js' */
/** @import { Text } from './languages.js' */
/** @import { Question } from './questions.js' */

/**
 * @typedef {object} Judgement
 * @property {string} code the problem of the answer by the form's rules, or ""
 * @property {Value} answer
 * @property {Text} text
 * @property {boolean} asking whether the page's listeners for `invalid` are asked, too
 */

const LONGEST = 65_535; // bytes of a value's JSON (docs/protocol.md §2)

/** Kinds of which a browser may hold back what was typed, because it cannot read it. */
const READABLE = ['number', 'date', 'time'];

/**
 * Return what to say, or "". First comes what the page itself complains about, then what
 * cannot be read, the form's rules, and at last the rules of the page's own attributes.
 *
 * @param {Question} question
 * @param {Judgement} judgement
 */
export function complaint({ field, controls }, { code, answer, text, asking }) {
  const faulty = controls.find((control) => {
    return control.willValidate && !(asking ? control.checkValidity() : control.validity.valid);
  });
  if (faulty?.validity.customError) return faulty.validationMessage;
  const unreadable = faulty?.validity.badInput && READABLE.includes(field.kind);
  const problem = unreadable ? field.kind : code;
  if (!problem) return faulty?.validationMessage ?? '';
  // what is none of the options is as good as no choice
  const key = `problem.${problem === 'option' ? 'required' : problem}.${field.kind}`;
  return text(key, { ...field, ...limits(field), length: [...String(answer)].length });
}

/** @param {Question['field']} field */
function limits({ kind, min, max }) {
  return kind === 'date' ? { min: shownDay(min), max: shownDay(max) } : { min: min || '0' };
}

/** @param {string} day */
function shownDay(day) {
  const style = /** @type {const} */ ({ dateStyle: 'long', timeZone: 'UTC' });
  return day && new Date(day).toLocaleDateString([], style);
}

/** Return the problem `limit` for what is too long to be sealed, or "". @param {Value} answer */
export const tooLong = (answer) => (dumpValue(answer).length > LONGEST ? 'limit' : '');
