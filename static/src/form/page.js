/** One form of the page, from locked to sent. */

import { suite } from '../envelope/suite.js';
import { forgetFragment, submitNatively } from './after.js';
import { dialectOf, takeNames, tell } from './dialect.js';
import { SupersededError, explain } from './errors.js';
import { Filling } from './filling.js';
import { english, texts } from './languages.js';
import { Locks } from './locks.js';
import { languageFor, openForm } from './opening.js';
import { leaveNoNotesIn } from './prepare.js';
import { panel, withdraw } from './receipt-panel.js';
import { report } from './reports.js';
import { Status } from './status.js';
import { Submission } from './submission.js';
import { trapSprung } from './trap.js';

/** @import { Value } from '../envelope/fields.js' */
/** @import { Sent } from './submission.js' */

const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 60_000;

/** What is nobody's failure. */
const EXPECTED = ['answer', 'not_found', 'closed'];

export class SealedForm {
  #host;
  #base;
  #status;
  #submission;
  #locks = new Locks();
  #busy = true;
  #sent = false;
  #text = english;
  /** @type {Filling | undefined} verified */
  #filling;

  /**
   * @param {HTMLElement} host the page's own form, or what one is rendered into
   * @param {string} base where the API is
   */
  constructor(host, base) {
    this.#host = host;
    this.#base = base;
    this.#status = new Status(host);
    this.#submission = new Submission(base);
    for (const edit of ['input', 'change']) {
      document.addEventListener(edit, (event) => this.#filling?.edited(event.target));
    }
    document.addEventListener('focusout', (event) => this.#filling?.left(event));
    addEventListener('pageshow', (event) => event.persisted && this.#comeBack());
  }

  /** Lock the form until its keys are verified, trying again where only the network failed. */
  async open() {
    this.#lock();
    leaveNoNotesIn(this.#host); // before anything is known of the form, all of it is sensitive
    const greeted = this.#greet();
    for (let pause = FIRST_PAUSE; !this.#filling; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        await this.#verify();
      } catch (error) {
        await greeted;
        if (!this.#fail(error)) return;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
    const { form, version } = this.#filling.manifest;
    this.#unlock();
    tell(this.#filling.form, 'ready', { form, version });
  }

  /** Seal and send, unless that is already happening or the form is locked. */
  async submit() {
    const filling = this.#filling;
    if (this.#busy || !filling || filling.advance()) return;
    this.#lock();
    try {
      await this.#send(filling);
    } catch (error) {
      withdraw(filling.form);
      if (this.#filling) this.#unlock();
      this.#fail(error);
    }
  }

  /** Say that keys are being checked, in the visitor's language as soon as it is there. */
  async #greet() {
    this.#say('checking', this.#text('checking'));
    const text = await texts(languageFor(this.#host, []).interface);
    if (this.#filling) return;
    this.#text = text;
    this.#say('checking', text('checking'));
  }

  async #verify() {
    const kem = suite(); // asks for ML-KEM now, so that sending does not wait for it
    kem.catch(() => {});
    const opened = await openForm(this.#host, this.#base, this.#filling?.opened);
    const filling = this.#filling?.renewed(opened) ?? new Filling(opened);
    this.#text = opened.text;
    this.#status = new Status(filling.form);
    this.#lock(filling.form);
    await kem;
    this.#filling = filling;
    this.#submission.prepare(opened.manifest.form);
  }

  /** @param {Filling} filling */
  async #send(filling) {
    trapSprung(filling.form);
    takeNames(filling.form);
    filling.check();
    if (!tell(filling.form, 'submit', {})) return this.#unlock();
    const typed = filling.read(); // before anything of the page can reset the form
    try {
      await this.#post(filling, typed);
    } catch (error) {
      await this.#superseded(filling, typed, error);
      await this.#post(filling, typed);
    }
  }

  /**
   * Verify the newer manifest; raises the error again where visitors have to look at it first.
   *
   * @param {Filling} before
   * @param {Map<string, Value>} typed
   * @param {unknown} error
   */
  async #superseded(before, typed, error) {
    if (!(error instanceof SupersededError)) throw error;
    await this.#verifyAgain();
    if (this.#filling === before) return;
    this.#filling?.restore(typed);
    throw error;
  }

  /** A manifest that fails verification locks the form; a failing network does not. */
  async #verifyAgain() {
    try {
      await this.#verify();
    } catch (error) {
      if (!explain(error, this.#text).passing) this.#filling = undefined;
      throw error;
    }
  }

  /** @param {Filling} filling @param {Map<string, Value>} typed */
  async #post(filling, typed) {
    this.#say('sending', this.#text('sending'));
    const { form } = filling;
    const { manifest, answers } = filling.judged(typed);
    /** @type {(sent: Sent) => void} */
    const onQueued = ({ ids, receipt }) => {
      tell(form, 'queued', { records: ids });
      this.#show(filling, 'queued', receipt);
    };
    const { ids, receipt } = await this.#submission.send(manifest, answers, { onQueued });
    this.#sent = true;
    filling.clear();
    if (this.#host.getAttribute('data-sealform-parts') === 'fields') forgetFragment();
    this.#say('sent', '');
    tell(form, 'sent', { records: ids, receipt });
    if (this.#host.hasAttribute('action')) submitNatively(form, ids);
    else this.#show(filling, 'sent', receipt);
  }

  /** @param {Filling} filling @param {'queued' | 'sent'} state @param {string} receipt */
  #show({ form, confirmation }, state, receipt) {
    panel({ form, text: this.#text, confirmation, receipt, state });
  }

  /** The visitor came back with the browser's button to a page that was kept alive. */
  #comeBack() {
    if (!this.#sent) return;
    this.#sent = false;
    this.#unlock();
  }

  #lock(form = this.#host) {
    this.#busy = true;
    if (form instanceof HTMLFormElement) this.#locks.lock(form);
  }

  #unlock() {
    this.#busy = false;
    this.#locks.unlock();
    this.#say('ready', '');
  }

  /**
   * @param {import('./status.js').State} state
   * @param {string} text
   */
  #say(state, text) {
    this.#host.setAttribute('data-sealform-state', state);
    this.#status.show(state, text);
  }

  /**
   * Show what failed, count it at the server; returns whether it may pass.
   *
   * @param {unknown} error
   */
  #fail(error) {
    const { code, message, field, passing } = explain(error, this.#text);
    this.#say('failed', code === 'answer' ? '' : message);
    tell(this.#filling?.form ?? this.#host, 'error', { code, field });
    const form = this.#host.getAttribute(dialectOf(this.#host).form);
    if (form && (code === 'part' || !passing) && !EXPECTED.includes(code)) report(this.#base, form, code);
    return passing;
  }
}
