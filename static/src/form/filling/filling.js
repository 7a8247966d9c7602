/** A form whose keys are verified, while the visitor fills it. */

import { emptyValue, problems, shown } from '../../envelope/answers.js';
import { inLanguage } from '../../envelope/words.js';
import { FormError } from '../kit/errors.js';
import { controlsOf, isTick, ownedBy } from '../kit/markup.js';
import { prepareGroups, renewControls } from './groups.js';
import { setTrap } from './trap.js';
import { clearControls, prefilledBy, readAnswers, write } from './inputs.js';
import { summarize } from './messages.js';
import { Validation } from './validation.js';

/** @import { Value } from '../../envelope/fields.js' */
/** @import { Control } from '../kit/markup.js' */
/** @import { Question } from '../kit/controls.js' */
/** @import { Opened } from '../opening/opening.js' */

/**
 * What nobody sees of a form that is opened: controls that go together, and the trap.
 *
 * @param {Opened} opened
 */
export function prepare({ form, questions, text }) {
  prepareGroups(questions);
  setTrap(form, text);
}

export class Filling {
  #opened;
  #lenient;
  #prefilled;
  #validation;
  #steps;

  /** @param {Opened} opened */
  constructor(opened) {
    const { form, text, steps, manifest } = opened;
    this.#opened = opened;
    prepare(opened);
    this.#prefilled = prefilledBy(manifest.fields);
    this.#lenient = form.noValidate;
    form.noValidate = true; // what is wrong is said in one way, in the form's language
    this.#validation = new Validation(this);
    this.#steps = steps?.startSteps({
      form,
      text,
      state: () => ({ ...this.judged(), all: this.#opened.questions }),
      check: (only) => !this.#validation.check(only),
    });
  }

  get form() {
    return this.#opened.form;
  }

  get text() {
    return this.#opened.text;
  }

  get manifest() {
    return this.#opened.manifest;
  }

  get opened() {
    return this.#opened;
  }

  /** What the visitor reads when all is sent. */
  get confirmation() {
    const { manifest, language, text } = this.#opened;
    return inLanguage(manifest.confirmation, language.language) || text('thanks');
  }

  /**
   * Go on under a newer manifest; returns undefined if another form has to be filled for it.
   *
   * @param {Opened} opened
   */
  renewed(opened) {
    if (opened.form !== this.form) return undefined;
    this.#opened = opened;
    return this;
  }

  /** The language in which the visitor reads the form and answers it. */
  get language() {
    const { language, interface: ours } = this.#opened.language;
    return language || ours;
  }

  /** What stands in the controls, shown or not. */
  read() {
    renewControls(this.form, this.#opened.questions);
    return readAnswers(this.#opened.questions, this.#prefilled, this.language);
  }

  /**
   * The questions that are asked, and the answers as they would be sealed: of what is not
   * shown nothing but that it is empty.
   *
   * @param {Map<string, Value>} typed
   */
  judged(typed = this.read()) {
    const { manifest, questions } = this.#opened;
    const asked = shown(manifest, typed);
    const answers = new Map(
      manifest.fields.map((field) => {
        const value = asked.has(field.name) ? typed.get(field.name) : undefined;
        return [field.name, value ?? emptyValue(field)];
      }),
    );
    return { manifest, answers, questions: questions.filter(({ field }) => asked.has(field.name)) };
  }

  /**
   * Show what is wrong; raises FormError `answer` with the first field of it. What the page asks for
   * itself is checked as a browser would: not where the form, or the button, says that it is not.
   *
   * @param {HTMLElement | null} [button] that was pressed
   * @param {boolean} [unasked] whether the page's script sends it, which no browser checks either
   */
  check(button, unasked) {
    const wrong = this.#validation.check();
    if (wrong) throw new FormError('answer', undefined, { field: wrong.field.name });
    if (unasked || this.#lenient || button?.hasAttribute('formnovalidate')) return;
    const others = faultyOthers(this.form);
    if (others.length) this.#complain(others);
  }

  /** Let the browser point at what it finds fault with; what it cannot point at is put in words. @param {Control[]} others */
  #complain(others) {
    for (const other of others) reveal(other);
    if (others.every(canBeSeen)) others[0]?.reportValidity();
    else summarize(this.form, this.text('summary'), others.map((other) => this.#item(other)));
    throw new FormError('answer');
  }

  /** @param {Control} other */
  #item(other) {
    const label = other.labels?.[0]?.textContent?.trim() || other.getAttribute('aria-label') || other.name;
    const message = other.validationMessage;
    if (canBeSeen(other)) return { label, message, go: () => other.focus() };
    return { label, message: `${message} ${this.text('problem.unseen')}` };
  }

  /** Whether what was typed keeps the rules of a manifest that came later. @param {Map<string, Value>} typed */
  fits(typed) {
    const { manifest, answers } = this.judged(typed);
    return !problems(manifest, answers).size;
  }

  /** @param {Map<string, Value>} typed in this form before it changed */
  restore(typed) {
    for (const { field, controls } of this.#opened.questions) {
      for (const control of controls) write(control, typed.get(field.name) ?? '');
    }
    this.#steps?.refresh();
  }

  /** Whether something was typed or chosen that would be lost with the page. */
  get filled() {
    const controls = this.#opened.questions.flatMap((question) => question.controls);
    return controls.some((control) => (isTick(control) ? control.checked : control.value));
  }

  clear() {
    clearControls(this.#opened.questions);
    this.#prefilled.clear();
    this.#steps?.restart();
  }

  /** @param {EventTarget | null} target */
  edited(target) {
    renewControls(this.form, this.#opened.questions);
    if (this.#opened.questions.some(({ controls }) => controls.some((one) => one === target))) {
      this.#steps?.refresh();
      this.#validation.edited(target);
    }
  }

  /** @param {FocusEvent} event */
  left(event) {
    this.#validation.left(event);
  }

  /** Go on to the next page; returns false on the last one, where there is nothing but to send. */
  advance() {
    return Boolean(this.#steps?.advance());
  }

  /** Put the focus on what is asked first. */
  begin() {
    const first = this.judged().questions.find(({ controls }) => controls.some(canBeSeen));
    if (first) this.go(first);
  }

  /** @param {Question} question */
  label({ field }) {
    return inLanguage(field.label, this.#opened.language.language);
  }

  /** Put the focus on a question, wherever it is asked. @param {Question} question */
  go({ field, controls }) {
    this.#steps?.go(field.name);
    for (const control of controls) reveal(control);
    const chosen = controls.find((control) => control.matches(':checked'));
    (chosen ?? controls[0])?.focus();
  }
}

/**
 * Return the page's own controls that the browser finds fault with.
 *
 * @param {HTMLFormElement} form
 */
function faultyOthers(form) {
  const sealed = new Set([...controlsOf(form).values()].flat());
  const others = ownedBy(form, 'input, select, textarea').filter((one) => !sealed.has(one));
  return others.filter((control) => !control.checkValidity());
}

/** Open what can be opened around a control. @param {Element} control */
function reveal(control) {
  for (let around = control.closest('details'); around; around = around.parentElement?.closest('details') ?? null) {
    around.open = true;
  }
}

/** Whether a browser could put the focus there. @param {Control} control */
function canBeSeen(control) {
  const shown = control.checkVisibility?.({ visibilityProperty: true }) ?? control.getClientRects().length > 0;
  return shown && !control.closest('[inert]');
}
