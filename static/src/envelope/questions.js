/** The fields of a form (docs/protocol.md §8). */

import { dumpWhen, parseWhen } from './conditions.js';
import * as encoding from './encoding.js';
import { LimitError, MalformedError } from './errors.js';
import { FORMATS, exact } from './formats.js';
import { checkPattern, matches } from './patterns.js';
import { alike } from './seen.js';

/** @import { Condition } from './conditions.js' */
/** @import { Words, WordsOf } from './words.js' */

/**
 * One choice of a field: what is sealed, and what the visitor reads.
 *
 * @typedef {{value: string, label: Words}} Option
 */

/**
 * One question of a form and the record type that its answer goes to. What comes after
 * `options` is optional: "", 0 and [] say that there is none.
 *
 * @typedef {object} Field
 * @property {string} name
 * @property {string} type
 * @property {string} kind
 * @property {Words} label
 * @property {Words} help
 * @property {boolean} required
 * @property {Option[]} options
 * @property {Words} placeholder
 * @property {Words} text
 * @property {string} min
 * @property {string} max
 * @property {string} step
 * @property {number} minLength
 * @property {number} maxLength
 * @property {string} pattern
 * @property {string} example
 * @property {Words} low
 * @property {Words} high
 * @property {string} autocomplete
 * @property {boolean} sensitive
 * @property {Condition[]} when
 */

const MAX_OPTIONS = 256;

const LENGTHS = ['placeholder', 'min_length', 'max_length', 'autocomplete'];
const PATTERN = [...LENGTHS, 'pattern', 'example'];
const LIMITS = ['min', 'max'];

/** The optional members that each kind has; all have `sensitive` and `when` too. */
export const KINDS = new Map(
  Object.entries({
    text: PATTERN,
    textarea: LENGTHS,
    email: LENGTHS,
    tel: PATTERN,
    number: [...LIMITS, 'placeholder', 'step', 'autocomplete'],
    date: [...LIMITS, 'autocomplete'],
    time: LIMITS,
    select: ['autocomplete'],
    radio: ['autocomplete'],
    checkboxes: [],
    checkbox: [],
    rating: [...LIMITS, 'low', 'high'],
    consent: ['text'],
    hidden: ['max_length'],
  }),
);
export const CHOICES = ['select', 'radio', 'checkboxes'];
export const YES_OR_NO = ['checkbox', 'consent'];

const AUTOCOMPLETE =
  /^(name|(given|additional|family)-name|honorific-(pre|suf)fix|nickname|email|tel|organization(-title)?|street-address|address-l(ine[123]|evel[12])|postal-code|country(-name)?|language|bday|sex|url)$/;

/** What a field has that does not say otherwise, in the order of the specification. */
export const DEFAULTS = {
  placeholder: '',
  text: '',
  min: '',
  max: '',
  step: '',
  minLength: 0,
  maxLength: 0,
  pattern: '',
  example: '',
  low: '',
  high: '',
  autocomplete: '',
  sensitive: true,
  when: /** @type {Condition[]} */ ([]),
};

/**
 * Return the values among which an answer is, if the field's kind has such.
 *
 * @param {Field} field
 * @returns {(string | boolean)[]}
 */
export function choicesOf({ kind, options, min, max }) {
  if (YES_OR_NO.includes(kind)) return [false, true];
  if (kind !== 'rating') return options.map((option) => option.value);
  return Array.from({ length: +max - +min + 1 }, (_, n) => String(+min + n));
}

/**
 * Parse a field strictly; what its conditions may ask is for ./manifests.js to see.
 *
 * @param {unknown} value
 * @param {WordsOf} words
 * @returns {Field}
 */
export function parseField(value, words) {
  const kind = encoding.isObject(value) ? value.kind : undefined;
  const own = KINDS.get(kind);
  if (!own) throw new MalformedError('a field is of a kind that this version does not know');
  const all = Object.entries(optional(kind, words));
  const known = all.filter(([name]) => /** @type {string[]} */ (own).includes(name));
  const rest = /** @type {ReturnType<typeof optional>} */ (
    Object.fromEntries([...known, ['sensitive', sensitive], ['when', parseWhen]])
  );
  const found = encoding.parse(value, 'field', needed(kind, words), rest);
  const { min_length: minLength = 0, max_length: maxLength = 0, ...others } = found;
  const field = { ...DEFAULTS, minLength, maxLength, ...others };
  check(field);
  return field;
}

/** @param {Field} field */
function check({ kind, required, min, max, minLength, maxLength, ...field }) {
  const scaled = kind === 'rating' || kind === 'number' ? exact : String;
  if (kind === 'rating' && !(min && max)) throw new MalformedError('a rating has min and max');
  if (min && max && scaled(min) > scaled(max)) throw new MalformedError('min is above max');
  if (maxLength && minLength > maxLength) throw new MalformedError('min_length above max_length');
  if (kind === 'hidden' && required) throw new MalformedError('a hidden field is not required');
  if (field.autocomplete && field.sensitive) {
    throw new MalformedError('what is sensitive is not completed');
  }
  if (!field.pattern !== !field.example) throw new MalformedError('a pattern has an example');
  if (field.pattern && !matches(field.pattern, field.example)) {
    throw new MalformedError('the example does not match the pattern');
  }
}

/**
 * What reads the members that every field has, in the order of the specification.
 *
 * @param {string} kind
 * @param {WordsOf} words
 */
function needed(kind, words) {
  const least = CHOICES.includes(kind) ? 1 : 0;
  const readers = { value: encoding.visible, label: words(500, 1) };
  return {
    name: encoding.name,
    type: encoding.name,
    kind: () => kind,
    label: words(500, 1),
    help: words(2000),
    required: encoding.boolean,
    /** @param {unknown} value @param {string} what */
    options(value, what) {
      const options = encoding
        .listed(value, what, MAX_OPTIONS, least)
        .map((option) => encoding.parse(option, 'option', readers));
      if (!least && options.length) throw new MalformedError('only a choice has options');
      const values = options.map((option) => option.value);
      encoding.distinct(values.map(alike), what);
      if (kind === 'checkboxes' && encoding.dumpJson(values).length > encoding.MAX_ROOM) {
        throw new LimitError('the values of all boxes are at most 4095 bytes');
      }
      return options;
    },
  };
}

/**
 * What reads the others, of which each kind has some.
 *
 * @param {string} kind
 * @param {WordsOf} words
 */
function optional(kind, words) {
  return {
    placeholder: words(200, 1),
    text: words(4000, 1),
    min: limit(kind, /^[01]$/),
    max: limit(kind, /^([2-9]|10)$/),
    step: limit(kind, /./),
    min_length: encoding.integer,
    max_length: encoding.integer,
    pattern: checkPattern,
    example: short,
    low: words(100, 1),
    high: words(100, 1),
    autocomplete,
    sensitive,
    when: parseWhen,
  };
}

/** @param {unknown} value @param {string} what */
function short(value, what) {
  return encoding.text(value, what, 200, 1);
}

/**
 * Return what reads a limit for answers of this kind.
 *
 * @param {string} kind
 * @param {RegExp} scale what it may be for a rating
 */
function limit(kind, scale) {
  return (/** @type {unknown} */ value, /** @type {string} */ what) => {
    const string = typeof value === 'string' ? value : '';
    const known = FORMATS.get(kind) ?? ((one) => scale.test(one));
    if (!known(string) || (what === 'step' && exact(string) <= 0n)) {
      throw new MalformedError(`${what} is no value that a field of this kind can have`);
    }
    return string;
  };
}

/** @param {unknown} value */
function autocomplete(value) {
  if (typeof value !== 'string' || !AUTOCOMPLETE.test(value)) {
    throw new MalformedError('autocomplete is not one of the tokens that there are');
  }
  return value;
}

/** @param {unknown} value */
function sensitive(value) {
  if (value !== false) throw new MalformedError('sensitive, where it is written, is false');
  return value;
}

/**
 * Return a field as JSON, members in the order of the specification.
 *
 * @param {Field} field
 */
export function dumpField({ name, type, kind, label, help, required, options, ...optional }) {
  const choices = options.map((option) => ({ value: option.value, label: option.label }));
  /** @type {encoding.Wire} */
  const wire = { name, type, kind, label, help, required, options: choices };
  /** @type {encoding.Wire} */
  const given = optional;
  for (const [key, unsaid] of Object.entries(DEFAULTS)) {
    const value = given[key] ?? unsaid;
    const said = key === 'when' ? value.length : value !== unsaid;
    const written = key.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`);
    if (said) wire[written] = key === 'when' ? dumpWhen(value) : value;
  }
  return wire;
}
