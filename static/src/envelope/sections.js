/** Sections: the parts that a form is shown in (docs/protocol.md §8). */

import { checkConditions, dumpWhen, parseWhen } from './conditions.js';
import * as encoding from './encoding.js';
import { MalformedError } from './errors.js';
import { choicesOf } from './questions.js';

/** @import { Condition } from './conditions.js' */
/** @import { Field } from './questions.js' */
/** @import { Words, WordsOf } from './words.js' */

/**
 * Some fields, by name, that follow each other; `page` if it begins a page.
 *
 * @typedef {object} Section
 * @property {boolean} page
 * @property {Words} title
 * @property {Words} text
 * @property {string[]} fields
 * @property {Condition[]} when
 */

const MAX_SECTIONS = 64;

/**
 * Parse all sections of a manifest; which fields they have is the question of `checkSections`.
 *
 * @param {unknown} value
 * @param {WordsOf} words
 * @returns {Section[]}
 */
export function parseSections(value, words) {
  const readers = {
    page: encoding.boolean,
    title: words(200),
    text: words(4000),
    /** @param {unknown} list @param {string} what */
    fields: (list, what) =>
      encoding.listed(list, what, encoding.MAX_FIELDS, 0).map((name) => encoding.name(name)),
  };
  return encoding.listed(value, 'sections', MAX_SECTIONS).map((section) => ({
    when: [],
    ...encoding.parse(section, 'section', readers, { when: parseWhen }),
  }));
}

/**
 * Raise MalformedError unless they hold all fields in order and ask only what came before.
 *
 * @param {Section[]} sections
 * @param {Field[]} fields
 */
export function checkSections(sections, fields) {
  const names = sections.flatMap((section) => section.fields);
  if (names.join() !== fields.map((field) => field.name).join()) {
    throw new MalformedError('the sections have all fields of the manifest, in their order');
  }
  if (!sections[0]?.page) throw new MalformedError('the first section begins a page');
  let at = 0;
  for (const { when, fields: own } of sections) {
    checkConditions(when, choices(fields.slice(0, at)));
    at += own.length;
  }
}

/**
 * Raise MalformedError unless each field's conditions ask only what came before it.
 *
 * @param {Field[]} fields
 */
export function checkFields(fields) {
  for (const [at, { when }] of fields.entries()) {
    checkConditions(when, choices(fields.slice(0, at)));
  }
}

/** @param {Field[]} fields */
function choices(fields) {
  return new Map(fields.map((field) => [field.name, choicesOf(field)]));
}

/**
 * Return a section as JSON, members in the order of the specification.
 *
 * @param {Section} section
 */
export function dumpSection({ page, title, text, fields, when }) {
  return { page, title, text, fields, ...(when.length && { when: dumpWhen(when) }) };
}
