/**
 * Forms that have pages or conditions: a part of its own, which other forms do not load. On pages of our
 * own server the browser's Back turns to the step before: each step that the visitor went on to is an
 * entry of the history, which holds the step's number and nothing else.
 */

import { Conditions, markConditional } from './conditions.js';

/** @import { State } from './conditions.js' */
/** @import { Text } from '../kit/languages.js' */

/**
 * What the main script gives, so that nothing of it is loaded twice.
 *
 * @typedef {object} Page
 * @property {HTMLFormElement} form
 * @property {Text} text
 * @property {() => State} state
 * @property {(only: Set<string>) => boolean} check shows what is wrong of these fields; whether nothing is
 */

/** @param {Page} page */
export const startSteps = (page) => new Steps(page);

class Steps {
  #page;
  #conditions;
  #pages;
  #at = 0;
  #trail;

  /** @param {Page} page */
  constructor(page) {
    this.#page = page;
    this.#conditions = new Conditions(page.form);
    markConditional(page.form, page.state().manifest);
    this.#pages = /** @type {HTMLElement[]} */ ([...page.form.querySelectorAll('.sealform-page')]);
    this.#one('.sealform-step')?.setAttribute('aria-live', 'polite');
    this.#one('.sealform-next')?.addEventListener('click', () => this.advance());
    this.#one('.sealform-back')?.addEventListener('click', () => this.#back(this.#step() - 1));
    this.refresh();
    this.#trail = trailOf(page.form, {
      step: () => this.#step(),
      back: (step) => this.#back(step),
      ahead: (step) => this.#ahead(step),
    });
  }

  /** Show what the answers as they are now call for. */
  refresh() {
    this.#conditions.apply(this.#page.state());
    this.#draw();
  }

  /** Go to the next page if this one is in order; returns false on the last one. */
  advance() {
    this.refresh(); // the page's script may have answered something, which is no event
    const next = this.#open().find((index) => index > this.#at);
    if (next === undefined) return false;
    if (this.#page.check(this.#asked())) {
      this.#turn(next);
      this.#trail?.went();
    }
    return true;
  }

  /** Begin again: what was filled in has been sent. */
  restart() {
    this.#at = 0;
    this.refresh();
    this.#trail?.settle();
  }

  /** Turn to the page where a field is asked. @param {string} name */
  go(name) {
    const { all } = this.#page.state();
    const controls = all.find(({ field }) => field.name === name)?.controls ?? [];
    const at = this.#pages.findIndex((page) => controls.some((control) => page.contains(control)));
    if (at >= 0) this.#at = at;
    this.#draw();
    this.#trail?.settle();
  }

  /** Which of the steps that there are is shown, from 0. */
  #step() {
    return this.#open().indexOf(this.#at);
  }

  /** Turn to an earlier step, by whatever button. @param {number} step */
  #back(step) {
    const before = this.#open()[step] ?? this.#at;
    if (before >= this.#at) return;
    this.#page.check(new Set()); // complaints are for who goes on
    this.#turn(before);
    this.#trail?.settle();
  }

  /** Turn to a later step, or to the first on the way that is not in order. @param {number} step */
  #ahead(step) {
    for (let from = -1; from !== this.#at && this.#step() < step; ) {
      from = this.#at;
      this.advance();
    }
  }

  /** @param {number} at */
  #turn(at) {
    this.#at = at;
    this.#draw();
    const page = this.#pages[at];
    const sections = '.sealform-section:not([hidden])';
    const heading = page?.querySelector(`${sections} .sealform-heading`) ?? page;
    heading?.setAttribute('tabindex', '-1');
    if (heading instanceof HTMLElement) heading.focus();
  }

  /** The pages that have something to show. */
  #open() {
    const shown = this.#pages.map((page, index) => {
      const sections = [...page.querySelectorAll('.sealform-section')];
      const empty = sections.length > 0 && sections.every((part) => part.hasAttribute('hidden'));
      return empty ? -1 : index;
    });
    return shown.filter((index) => index >= 0);
  }

  /** The names of the fields that this page asks. */
  #asked() {
    const asked = this.#page.state().questions.filter(({ controls }) => {
      return controls.some((control) => this.#pages[this.#at]?.contains(control));
    });
    return new Set(asked.map(({ field }) => field.name));
  }

  #draw() {
    const open = this.#open();
    if (this.#pages.length < 2) return;
    for (const [index, page] of this.#pages.entries()) page.hidden = index !== this.#at;
    const [step, steps] = [open.indexOf(this.#at) + 1, open.length];
    this.#hide('.sealform-back', step === 1);
    this.#hide('.sealform-next', step === steps);
    this.#hide('.sealform-send', step < steps);
    const line = this.#one('.sealform-step');
    const said = this.#page.text('progress', { step, steps });
    if (line && line.textContent !== said) line.textContent = said;
    const bar = this.#one('progress');
    bar?.setAttribute('max', String(steps));
    bar?.setAttribute('value', String(step));
  }

  /** @param {string} selector @param {boolean} hidden */
  #hide(selector, hidden) {
    const found = this.#one(selector);
    if (found) found.hidden = hidden;
  }

  /** @param {string} selector */
  #one(selector) {
    return /** @type {HTMLElement | null} */ (this.#page.form.querySelector(selector));
  }
}

/**
 * @typedef {object} Turning
 * @property {() => number} step that is shown, from 0
 * @property {(step: number) => void} back turns to an earlier step, if it is one
 * @property {(step: number) => void} ahead turns as far as all is in order
 */

/** In a frame the history is the whole page's, whose own entries ours must not undo. */
const alone = () => parent === window;

/**
 * Return the trail of a form; undefined where its page is somebody else's. The page around an iframe
 * sees the history grow: with conditions, it would learn from that which steps were skipped.
 *
 * @param {HTMLFormElement} form
 * @param {Turning} turning
 */
function trailOf(form, turning) {
  const told = !alone() && form.hasAttribute('data-sealform-conditions');
  return form.hasAttribute('data-sealform-hosted') && !told ? new Trail(form, turning) : undefined;
}

class Trail {
  #turning;
  #entry = Number(history.state) || 0; // after a reload it is an old one; never before the step
  #going = false;

  /** @param {HTMLFormElement} form @param {Turning} turning */
  constructor(form, turning) {
    this.#turning = turning;
    history.scrollRestoration = 'manual'; // turning moves the focus, and with it what is seen
    addEventListener('popstate', ({ state }) => form.isConnected && this.#came(Number(state) || 0));
    this.settle();
  }

  /** The visitor went on by one step. */
  went() {
    const step = this.#turning.step();
    if (step > this.#entry) history.pushState((this.#entry = step), '');
  }

  /** The visitor is at an earlier step than the browser: take it along. */
  settle() {
    const step = this.#turning.step();
    if (this.#going || !alone() || step >= this.#entry) return;
    this.#going = true;
    history.go(step - this.#entry);
  }

  /** @param {number} entry */
  #came(entry) {
    const { step, back, ahead } = this.#turning;
    const [before, ours] = [this.#entry, this.#going];
    this.#entry = entry;
    this.#going = false;
    if (entry > before) ahead(entry);
    else back(Math.min(entry, step() - Number(!ours)));
    this.settle();
  }
}
