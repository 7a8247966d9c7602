/** What this tab has read: the types, the rows of one of them, and where in them a person is. A lock forgets all of it. */

import { ActError } from './calls.js';
import { EVERYTHING, Sieve, columnsOf, sayer } from './sifting.js';

/** @typedef {import('./contract.js').Counts} Counts */
/** @typedef {import('./contract.js').FailedRow} FailedRow */
/** @typedef {import('./contract.js').Row} Row */
/** @typedef {import('./contract.js').Rows} Rows */
/** @typedef {import('./contract.js').Type} Type */
/** @typedef {import('./sifting.js').Asked} Asked */
/** @typedef {import('./sifting.js').Line} Line */
/** @typedef {import('./tab.js').Tab} Tab */
/** @typedef {import('./texts.js').Speech} Speech */

/** How often what is shown is found anew while rows come, at most; and how much of the time that may take. */
const PAUSE_MS = 200;
const SHARE = 4;

/**
 * @typedef {object} View
 * @property {Type[] | null} types null before they were asked for
 * @property {Type | null} chosen
 * @property {import('./contract.js').Column[]} columns
 * @property {Line[]} lines what is shown, in its order
 * @property {Counts} counts
 * @property {boolean} reading
 * @property {boolean} stopped
 * @property {ActError | null} problem
 * @property {Asked} asked
 * @property {Line | null} open
 */

/** @type {View} */
const NOTHING = {
  ...{ types: null, chosen: null, columns: [], lines: [], counts: { read: 0, opened: 0, failed: 0 } },
  ...{ reading: false, stopped: false, problem: null, asked: EVERYTHING, open: null },
};

export class Inbox {
  /** @type {View} */
  view = NOTHING;
  /** Where a person is in the table: pixels from its top, and the line that the keyboard is on. */
  place = { top: 0, at: 0, back: false };
  #tab;
  /** @type {Row[]} */
  #rows = [];
  /** @type {FailedRow[]} */
  #failed = [];
  /** @type {Set<string>} */
  #names = new Set();
  /** @type {AbortController | null} */
  #running = null;
  /** @type {ReturnType<typeof setTimeout> | null} */
  #planned = null;
  /** @type {Sieve | null} */
  #sieve = null;
  #language = '';
  /** How a value is said. */
  say = sayer({ language: 'en', yes: '', no: '' });
  #pause = PAUSE_MS;
  /** @type {Set<() => void>} */
  #listeners = new Set();

  /** @param {Tab} tab */
  constructor(tab) {
    this.#tab = tab;
    tab.subscribe(() => void (tab.view.who || this.forget()));
  }

  /** @param {() => void} listener @returns {() => void} */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @param {Partial<View>} changed */
  #show(changed) {
    this.view = { ...this.view, ...changed };
    for (const listener of this.#listeners) listener();
  }

  /** Say values in another language from now on. @param {Speech} speech */
  speak({ language, t }) {
    if (this.#language === language) return;
    this.#language = language;
    this.say = sayer({ language, yes: t('yes'), no: t('no') });
    this.#sieve = null;
    if (this.view.chosen) this.#sift();
  }

  /** Ask what there is to read. */
  async list() {
    this.#show({ types: null, problem: null });
    try {
      this.#show({ types: await this.#tab.call('types', {}) });
    } catch (error) {
      if (!(error instanceof ActError)) throw error;
      if (error.code !== 'locked') this.#show({ problem: error });
    }
  }

  /** Read a type from its beginning. @param {Type} type */
  async choose(type) {
    this.stop();
    this.#empty();
    const running = new AbortController();
    this.#running = running;
    this.#show({ ...NOTHING, types: this.view.types, chosen: type, columns: columnsOf(type, []), reading: true });
    const progress = (/** @type {Rows} */ told) => void (running.signal.aborted || this.#take(told));
    try {
      const { writer, type: name } = type;
      const read = await this.#tab.call('read', { writer, type: name }, { progress, signal: running.signal });
      this.#end(running, { counts: read.counts });
    } catch (error) {
      if (!(error instanceof ActError)) throw error;
      this.#end(running, error.code === 'locked' ? {} : { problem: error });
    }
  }

  /** @param {AbortController} running @param {Partial<View>} changed */
  #end(running, changed) {
    if (this.#running !== running) return;
    this.#running = null;
    this.#show({ ...changed, reading: false });
    this.#sift();
  }

  /** Go on with what was read until now. */
  stop() {
    const running = this.#running;
    this.#running = null;
    running?.abort();
    if (!running) return;
    this.#show({ reading: false, stopped: true });
    this.#sift();
  }

  /** @param {Rows} told */
  #take({ opened, failed, counts }) {
    for (const row of opened) {
      this.#rows.push(row);
      for (const name of Object.keys(row.values)) this.#name(name);
    }
    this.#failed.push(...failed);
    const isFirst = !this.view.counts.read;
    this.#show({ counts });
    if (isFirst) this.#sift();
    else this.#planned ??= setTimeout(() => this.#sift(), this.#pause);
  }

  /** @param {string} name */
  #name(name) {
    if (this.#names.has(name)) return;
    this.#names.add(name);
    this.#sieve = null;
  }

  /** Show other rows, or in another order. @param {Partial<Asked>} asked */
  ask(asked) {
    this.place = { top: 0, at: 0, back: false };
    this.#show({ asked: { ...this.view.asked, ...asked } });
    this.#sift();
  }

  #sift() {
    if (this.#planned) clearTimeout(this.#planned);
    this.#planned = null;
    const { chosen, asked } = this.view;
    if (!chosen) return;
    const began = performance.now();
    const columns = columnsOf(chosen, this.#names);
    this.#sieve ??= new Sieve(columns, this.say, this.#language || 'en');
    this.#show({ columns, lines: this.#sieve.sift(this.#rows, this.#failed, asked) });
    this.#pause = Math.max(PAUSE_MS, SHARE * (performance.now() - began));
  }

  /** Look at one record. @param {Line | null} line */
  look(line) {
    if (line) this.place = { ...this.place, at: Math.max(0, this.view.lines.indexOf(line)), back: true };
    this.#show({ open: line });
  }

  /** The record before or after the one that is looked at, in the order of the table. @param {number} by */
  beside(by) {
    const { open, lines } = this.view;
    const at = open ? lines.indexOf(open) : -1;
    return at < 0 ? undefined : lines[at + by];
  }

  /** All that was read, in the order in which it came. */
  everything() {
    return { opened: this.#rows, failed: this.#failed };
  }

  #empty() {
    if (this.#planned) clearTimeout(this.#planned);
    this.#planned = null;
    this.#rows = [];
    this.#failed = [];
    this.#names = new Set();
    this.#sieve = null;
    this.#pause = PAUSE_MS;
    this.place = { top: 0, at: 0, back: false };
  }

  /** Nothing was read. */
  forget() {
    this.#running = null;
    this.#empty();
    if (this.view !== NOTHING) {
      this.view = NOTHING;
      for (const listener of this.#listeners) listener();
    }
  }
}
