/**
 * What a form asks of its answers (docs/protocol.md §8, "Checking answers").
 *
 * A browser keeps these rules before it seals, a reader checks them after it opened: whoever
 * submits with a program of his own is bound by none of them.
 */

import { FORMATS, exact } from './formats.js';
import { matches } from './patterns.js';
import { CHOICES, YES_OR_NO, choicesOf } from './questions.js';
import { isBlank, length as lengthOf, visibleLength } from './seen.js';

/** @import { Condition } from './conditions.js' */
/** @import { Value } from './fields.js' */
/** @import { Manifest } from './manifests.js' */
/** @import { Field } from './questions.js' */

/** @typedef {Map<string, Value>} Answers */
/** @typedef {boolean | undefined} Known undefined where the reader cannot tell */

/**
 * Return the one problem of each field that has one, in the manifest's order.
 *
 * Fields that `answers` lacks are those that this reader does not see.
 *
 * @param {Manifest} manifest
 * @param {Answers} answers
 */
export function problems(manifest, answers) {
  const visible = visibility(manifest, answers);
  /** @type {Map<string, string>} */
  const found = new Map();
  for (const field of manifest.fields) {
    const value = answers.get(field.name);
    const problem = value !== undefined && problemOf(field, value, visible.get(field.name));
    if (problem) found.set(field.name, problem);
  }
  return found;
}

/**
 * Return the names of the fields that are known to be shown, given these answers.
 *
 * @param {Manifest} manifest
 * @param {Answers} answers
 */
export function shown(manifest, answers) {
  const visible = [...visibility(manifest, answers)];
  return new Set(visible.filter(([, known]) => known).map(([name]) => name));
}

/**
 * Return what is sealed where nothing was answered.
 *
 * @param {{kind: string}} field
 */
export function emptyValue({ kind }) {
  if (kind === 'checkboxes') return [];
  return YES_OR_NO.includes(kind) ? false : '';
}

/** @param {Manifest} manifest @param {Answers} answers */
function visibility(manifest, answers) {
  const fields = new Map(manifest.fields.map((field) => [field.name, field]));
  /** @type {Map<string, Known>} */
  const visible = new Map();
  const holds = (/** @type {Condition} */ { field, values }) => {
    const value = answers.get(field);
    const known = visible.get(field);
    if (value === undefined) return known && undefined;
    return has(fields.get(field), value, values) && known;
  };
  for (const { when, fields: names } of manifest.allSections) {
    const around = all(when.map(holds));
    for (const name of names) {
      visible.set(name, all([around, ...(fields.get(name)?.when ?? []).map(holds)]));
    }
  }
  return visible;
}

/** One that is false decides, else one that is unknown. @param {Known[]} known @returns {Known} */
function all(known) {
  return !known.includes(false) && (known.includes(undefined) ? undefined : true);
}

/** @param {Field | undefined} field @param {Value} value @param {Condition['values']} values */
function has(field, value, values) {
  const chosen = /** @type {(string | boolean)[]} */ ([value].flat());
  return field !== undefined && fits(field, value) && chosen.some((one) => values.includes(one));
}

/** Whether the value is of the JSON type of the field's kind. @param {Field} field @param {Value} value */
function fits(field, value) {
  const empty = emptyValue(field);
  return typeof value === typeof empty && Array.isArray(value) === Array.isArray(empty);
}

/** @param {Field} field @param {Value} value @param {Known} visible */
function problemOf(field, value, visible) {
  if (!fits(field, value) || value === null || typeof value === 'number') return 'shape';
  const empty = value === false || (value !== true && !value.length);
  if (visible === false) return empty ? '' : 'unexpected';
  const blank = typeof value === 'string' && isBlank(value);
  if (visible && field.required && (empty || blank)) return 'required';
  if (empty || value === true) return '';
  if (typeof value !== 'string') return choiceProblem(field, value);
  return textProblem(field, value);
}

/** @param {Field} field @param {string[]} chosen */
function choiceProblem(field, chosen) {
  const known = choicesOf(field);
  const once = new Set(chosen).size === chosen.length;
  return once && chosen.every((one) => known.includes(one)) ? '' : 'option';
}

/** @param {Field} field @param {string} value */
function textProblem(field, value) {
  const { kind } = field;
  const format = FORMATS.get(kind);
  if (format && !format(value)) return kind;
  if (CHOICES.includes(kind) || kind === 'rating') return choiceProblem(field, [value]);
  return rangeProblem(field, value) || lengthProblem(field, value);
}

/** @param {Field} field @param {string} value */
function rangeProblem({ kind, min, max, step }, value) {
  const scaled = kind === 'number' ? exact : String;
  if (min && scaled(value) < scaled(min)) return 'min';
  if (max && scaled(value) > scaled(max)) return 'max';
  return step && (exact(value) - exact(min || '0')) % exact(step) ? 'step' : '';
}

/** @param {Field} field @param {string} value */
function lengthProblem({ minLength, maxLength, pattern }, value) {
  const length = lengthOf(value);
  if (minLength && visibleLength(value) < minLength) return 'too_short';
  if (maxLength && length > maxLength) return 'too_long';
  return pattern && !matches(pattern, value) ? 'pattern' : '';
}
