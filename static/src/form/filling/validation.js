/**
 * What is wrong with an answer and how to mend it; and when a visitor hears it: on leaving a field, while
 * mending it, and on sending.
 */

import { problems } from '../../envelope/answers.js';
import { dumpValue } from '../../envelope/fields.js';
import { readText, showValue } from './inputs.js';
import { mark, note, summarize } from './messages.js';
import { valueIn, writable } from './wording.js';

/** @import { Value } from '../../envelope/fields.js' */
/** @import { Manifest } from '../../envelope/manifests.js' */
/** @import { Text } from '../kit/languages.js' */
/** @import { Question } from '../kit/controls.js' */

const SETTLE = 250; // a message must not move away what is just being pressed
const PRESSED = '[type=radio], [type=checkbox], a, summary';
const LONGEST = 65_535; // bytes of a value's JSON (docs/protocol.md §2)

/** Kinds of which a browser may hold back what was typed, because it cannot read it. */
const READABLE = ['number', 'date', 'time'];

/**
 * The form that is judged.
 *
 * @typedef {object} Judged
 * @property {HTMLFormElement} form
 * @property {Text} text
 * @property {string} language of what the visitor reads and types
 * @property {() => {manifest: Manifest, questions: Question[], answers: Map<string, Value>}} judged
 *   as it stands now: the questions that are shown, and what would be sealed
 * @property {(question: Question) => string} label
 * @property {(question: Question) => void} go puts the focus on a question
 */

export class Validation {
  #filling;
  /** @type {Set<string>} fields that the visitor has worked on */
  #touched = new Set();
  /** @type {Map<string, Question>} what is marked as wrong */
  #marked = new Map();

  /** @param {Judged} filling */
  constructor(filling) {
    this.#filling = filling;
  }

  /**
   * Show all that is wrong, or what is wrong of some fields, and put the focus on the summary.
   *
   * @param {Set<string>} [only]
   * @returns {Question | undefined} the first that is wrong
   */
  check(only) {
    const filling = this.#filling;
    for (const question of filling.judged().questions) showValue(question, filling.language);
    const wrong = [...this.#wrong(true)].filter(([{ field }]) => !only || only.has(field.name));
    this.#forget();
    for (const [question, message] of wrong) this.#mark(question, message);
    const items = wrong.map(([question, message]) => ({
      label: filling.label(question),
      message,
      go: question.controls.length ? () => filling.go(question) : undefined,
    }));
    summarize(filling.form, filling.text('summary'), items);
    return wrong[0]?.[0];
  }

  /**
   * The visitor is changing an answer: what is mended is not complained about any more.
   *
   * @param {EventTarget | null} target
   */
  edited(target) {
    const question = this.#find(target);
    if (question) {
      this.#touched.add(question.field.name);
      note(question, '');
    }
    if (!this.#marked.size) return;
    const wrong = new Map([...this.#wrong()].map(([{ field }, message]) => [field.name, message]));
    for (const [name, marked] of this.#marked) this.#mark(marked, wrong.get(name) ?? '');
    if (!this.#marked.size) summarize(this.#filling.form, '', []);
  }

  /**
   * The visitor goes on to something else.
   *
   * @param {FocusEvent} event
   */
  left({ target, relatedTarget }) {
    const question = this.#find(target);
    if (!question || !this.#touched.has(question.field.name)) return;
    if (relatedTarget instanceof HTMLButtonElement || this.#find(relatedTarget) === question) return;
    const { language, text } = this.#filling;
    const show = () => {
      const value = showValue(question, language);
      if (value) note(question, text('changed', { value }));
      for (const [{ field }, message] of this.#wrong()) {
        if (field.name === question.field.name) this.#mark(question, message, true);
      }
    };
    if (relatedTarget instanceof Element && !relatedTarget.matches(PRESSED)) show();
    else setTimeout(show, SETTLE);
  }

  #forget() {
    for (const question of this.#marked.values()) this.#mark(question, '');
  }

  /** @param {Question} question @param {string} message @param {boolean} [aloud] */
  #mark(question, message, aloud) {
    const { name } = question.field;
    if (message) this.#marked.set(name, question);
    else this.#marked.delete(name);
    mark(question, message, aloud);
  }

  /** @param {EventTarget | null} target */
  #find(target) {
    const { questions } = this.#filling.judged();
    return questions.find(({ controls }) => controls.some((control) => control === target));
  }

  /** @param {boolean} [asking] whether the page's listeners for `invalid` are asked, too */
  #wrong(asking = false) {
    const { text, language } = this.#filling;
    const { manifest, questions, answers } = this.#filling.judged();
    const found = problems(manifest, answers);
    const judged = questions.map((question) => {
      const answer = answers.get(question.field.name) ?? '';
      const code = found.get(question.field.name) ?? tooLong(answer);
      const say = { code, answer, asking, text, language };
      return /** @type {const} */ ([question, complaint(question, say)]);
    });
    return new Map(judged.filter(([, message]) => message));
  }
}

/**
 * @typedef {object} Judgement
 * @property {string} code the problem of the answer by the form's rules, or ""
 * @property {Value} answer
 * @property {Text} text
 * @property {string} language
 * @property {boolean} asking whether the page's listeners for `invalid` are asked, too
 */

/**
 * Return what to say, or "". First comes what the page itself complains about, then what
 * cannot be read, the form's rules, and at last the rules of the page's own attributes.
 *
 * @param {Question} question
 * @param {Judgement} judgement
 */
function complaint({ field, controls }, { code, answer, text, language, asking }) {
  const faulty = controls.find((control) => {
    return control.willValidate && !(asking ? control.checkValidity() : control.validity.valid);
  });
  if (faulty?.validity.customError) return faulty.validationMessage;
  const unreadable = faulty?.validity.badInput && READABLE.includes(field.kind);
  const readings = READABLE.includes(field.kind) ? readText({ field, controls }, language).readings : [];
  if (readings.length && !unreadable) return whichOf(field, readings, { text, language });
  const problem = unreadable ? field.kind : code;
  if (!problem) return faulty?.validationMessage ?? '';
  // what is none of the options is as good as no choice
  const key = `problem.${problem === 'option' ? 'required' : problem}.${field.kind}`;
  return text(key, { ...field, ...limits(field, language), length: [...String(answer)].length });
}

/**
 * Ask about what can be read in two ways, in none that is a value.
 *
 * @param {Question['field']} field
 * @param {string[]} readings
 * @param {{text: Text, language: string}} voice
 */
function whichOf({ kind }, [first = '', second], { text, language }) {
  const values = {
    first: valueIn(kind, first, language),
    second: second && valueIn(kind, second, language),
    write: writable(kind, first, language),
    or: second && writable(kind, second, language),
  };
  return text(`problem.${second ? 'unclear' : 'meant'}.${kind}`, values);
}

/** @param {Question['field']} field @param {string} language */
function limits({ kind, min, max, step }, language) {
  const said = (/** @type {string} */ value) => valueIn(kind, value, language);
  return { min: said(min || (kind === 'number' ? '0' : '')), max: said(max), step: said(step) };
}

/** Return the problem `limit` for what is too long to be sealed, or "". @param {Value} answer */
const tooLong = (answer) => (dumpValue(answer).length > LONGEST ? 'limit' : '');
