/** What the visitor answered, by kind (docs/protocol.md §8), and what is wrong with it. */

import { LimitError } from '../envelope/errors.js';
import { dumpValue, pad } from '../envelope/fields.js';
import { FormError } from './errors.js';
import { isTick } from './questions.js';

/** @import { Value } from '../envelope/fields.js' */
/** @import { Question } from './questions.js' */

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const DATE = /^\d{4}-\d\d-\d\d$/;

/**
 * Return a value for every field; raises FormError `answer`, after showing each problem
 * at its control and moving the focus to the first.
 *
 * @param {Question[]} questions
 * @returns {Map<string, Value>}
 */
export function readAnswers(questions) {
  const answers = questions.map((question) => ({ question, value: readValue(question) }));
  const problems = answers
    .map(({ question, value }) => ({ question, text: problem(question, value) }))
    .filter(({ text }) => text);
  for (const { question, text } of problems) question.controls[0]?.setCustomValidity(text);
  const [worst] = problems;
  if (worst) {
    worst.question.controls[0]?.reportValidity();
    throw new FormError('answer', worst.text, { field: worst.question.field.name });
  }
  return new Map(answers.map(({ question, value }) => [question.field.name, value]));
}

/**
 * Forget a problem as soon as its answer is edited.
 *
 * @param {Question[]} questions
 * @param {EventTarget | null} edited
 */
export function clearProblem(questions, edited) {
  for (const { controls } of questions) {
    if (controls.some((control) => control === edited)) {
      for (const control of controls) control.setCustomValidity('');
    }
  }
}

/** @param {Question} question @returns {Value} */
function readValue({ field, controls }) {
  const chosen = controls.filter((control) => !isTick(control) || control.checked);
  if (field.kind === 'checkbox') return chosen.length > 0;
  if (field.kind === 'checkboxes') return chosen.map((control) => control.value);
  const value = chosen[0]?.value.toWellFormed() ?? '';
  if (field.kind === 'number') return jsonNumber(value.trim());
  return field.kind === 'date' ? value.trim() : value;
}

/**
 * HTML's number fields take "07" and ".5", JSON does not.
 *
 * @param {string} typed
 */
function jsonNumber(typed) {
  return typed.replace(/^(-?)0+(?=\d)/, '$1').replace(/^(-?)(?=\.\d)/, '$10');
}

/**
 * Return what is wrong with an answer, or "".
 *
 * @param {Question} question
 * @param {Value} value
 */
function problem({ field, controls }, value) {
  if (controls.some((control) => control.validity.badInput)) return unreadable(field.kind);
  if (isEmpty(value)) return field.required ? `Please answer "${field.label}".` : '';
  if (field.kind === 'number' && !NUMBER.test(String(value))) return unreadable('number');
  if (field.kind === 'date' && !isDate(String(value))) return unreadable('date');
  if (!isOffered(field.options, value)) return 'Please choose one of the options.';
  return isTooLong(value) ? 'This answer is too long; please shorten it.' : '';
}

/** @param {string} kind */
function unreadable(kind) {
  return kind === 'date'
    ? 'Please enter a date like 2024-12-31.'
    : 'Please enter a number like 12 or 3.5.';
}

/** @param {Value} value */
function isEmpty(value) {
  return typeof value === 'string' ? !value.trim() : value === false || String(value) === '';
}

/** @param {string} value */
function isDate(value) {
  const date = DATE.test(value) ? new Date(`${value}T00:00:00Z`) : new Date(NaN);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}

/**
 * @param {{value: string}[]} options
 * @param {Value} value
 */
function isOffered(options, value) {
  const known = options.map((option) => option.value);
  const chosen = Array.isArray(value) ? value : [String(value)];
  return !known.length || chosen.every((one) => known.includes(one));
}

/** @param {Value} value */
function isTooLong(value) {
  try {
    pad(dumpValue(value));
    return false;
  } catch (error) {
    if (error instanceof LimitError) return true;
    throw error;
  }
}
