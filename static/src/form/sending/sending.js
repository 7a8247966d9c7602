/**
 * From the visitor's first touch to what has been sent: a part of the main script, loaded
 * when somebody begins to fill in a form (../opening/sealed-form.js).
 */

import { Filling } from '../filling/filling.js';
import { trapSprung } from '../filling/trap.js';
import { SupersededError } from '../kit/errors.js';
import { tell, takeNames } from '../kit/markup.js';
import { panel, withdraw } from '../receipt/panel.js';
import { hurry } from './delivery.js';
import {
  allowed,
  askBeforeLeaving,
  forgetFragments,
  goesOn,
  submitNatively,
  watchClicks,
} from './page.js';
import { Submission } from './submission.js';

export { above } from '../filling/above.js';
export { prepare } from '../filling/filling.js';
export { causeOf } from './cause.js';
export { resumeOutbox } from './next-visit.js';

/** @import { Value } from '../../envelope/fields.js' */
/** @import { Opened } from '../opening/opening.js' */
/** @import { State } from '../opening/sealed-form.js' */
/** @import { Sent } from './submission.js' */

/**
 * What a form needs of its page.
 *
 * @typedef {object} Page
 * @property {HTMLElement} host
 * @property {string} base where the API is
 * @property {(state: State, key: string) => void} say
 * @property {() => Promise<Opened>} reopen verifies the newer manifest that there must be
 * @property {() => void} again lets the form be filled in once more
 * @property {() => void} sent notes that nothing is left to send
 */

export class Sending {
  #page;
  #opened;
  #filling;
  #submission;

  /** @param {Page} page @param {Opened} opened */
  constructor(page, opened) {
    this.#page = page;
    this.#opened = opened;
    this.#filling = new Filling(opened);
    this.#submission = new Submission(page.base);
    this.#submission.prepare(opened.manifest.form);
    watchClicks();
  }

  /** @param {EventTarget | null} target */
  edited(target) {
    this.#filling.edited(target);
    this.#keep();
  }

  /** @param {FocusEvent} event */
  left(event) {
    this.#filling.left(event);
  }

  /** Go on to the next page; returns false on the last one, where there is nothing but to send. */
  advance() {
    return this.#filling.advance();
  }

  /**
   * Check, seal and send; returns whether that was done, or the page had something against it.
   *
   * @param {Pick<SubmitEvent, 'submitter'>} event the visitor's
   * @param {WeakSet<Event>} [asked] gets the one with which the page's own listeners are asked; without it
   *   nobody is, nor are the page's own rules
   */
  async send({ submitter }, asked) {
    const { form } = this.#filling;
    try {
      return await this.#send(submitter, asked);
    } catch (error) {
      withdraw(form);
      this.#keep();
      throw error;
    }
  }

  /**
   * @param {HTMLElement | null} button that was pressed
   * @param {WeakSet<Event>} [asked]
   */
  async #send(button, asked) {
    const filling = this.#filling;
    trapSprung(filling.form);
    takeNames(filling.form);
    filling.check(button, !asked);
    const typed = filling.read(); // before anything of the page can reset the form
    if ((asked && !allowed(filling.form, button, asked)) || !tell(filling.form, 'submit', {})) return false;
    try {
      await this.#post(typed, button);
    } catch (error) {
      await this.#superseded(typed, error);
      await this.#post(typed, button);
    }
    return true;
  }

  /**
   * Verify the newer manifest; raises the error again where visitors have to look at it first.
   *
   * @param {Map<string, Value>} typed
   * @param {unknown} error
   */
  async #superseded(typed, error) {
    if (!(error instanceof SupersededError)) throw error;
    const before = this.#filling;
    const opened = await this.#page.reopen();
    // Or a server that has kept what it refused would get the same answers twice (docs/protocol.md §10).
    if (opened.manifest.version === before.manifest.version) throw error;
    this.#opened = opened;
    this.#filling = before.renewed(this.#opened) ?? new Filling(this.#opened);
    this.#submission.prepare(this.#opened.manifest.form);
    // The rules may be others. What counts is what was typed: the page may have emptied the form.
    if (this.#filling === before) return before.fits(typed) || before.check();
    this.#filling.restore(typed);
    throw error;
  }

  /** @param {Map<string, Value>} typed @param {HTMLElement | null} button */
  async #post(typed, button) {
    const { host, say, sent } = this.#page;
    const { form } = this.#filling;
    const { manifest, answers } = this.#filling.judged(typed);
    say('sending', 'sending');
    /** @type {(sent: Sent) => void} */
    const onQueued = ({ ids, receipt }) => {
      askBeforeLeaving(false);
      tell(form, 'queued', { records: ids });
      this.#show('queued', receipt);
    };
    const { ids, receipt } = await this.#submission.send(manifest, answers, { onQueued });
    sent();
    this.#filling.clear();
    this.#keep();
    if (host.getAttribute('data-sealform-parts') === 'fields') forgetFragments();
    tell(form, 'sent', { records: ids, receipt });
    const own = host === form && goesOn(form, button);
    if (!own) this.#show('sent', receipt);
    else if (submitNatively(form, ids, button)) say('sent', 'thanks');
  }

  /** Let nobody leave a page of ours unasked with what is neither sent nor kept. */
  #keep() {
    const { host } = this.#page;
    if (host.hasAttribute('data-sealform-hosted')) askBeforeLeaving(this.#filling.filled);
  }

  /** @param {'queued' | 'sent'} state @param {string} receipt */
  #show(state, receipt) {
    const { form, confirmation } = this.#filling;
    const again = () => this.#again();
    panel({ form, text: this.#opened.text, confirmation, receipt, state, retry: hurry, again });
  }

  /** Give the form back, empty, for another visitor or another answer. */
  #again() {
    const { form } = this.#filling;
    withdraw(form);
    this.#submission.prepare(this.#opened.manifest.form);
    this.#page.again();
    this.#filling.begin();
  }
}
