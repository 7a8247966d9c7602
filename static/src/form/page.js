/** One form of the page, from locked to sent. */

import { suite } from '../envelope/suite.js';
import { clearProblem, readAnswers } from './answers.js';
import { dialectOf, leaveNoNotes, submittersOf, takeNames } from './dialect.js';
import { SupersededError, TOO_OLD, explain, unsupported } from './errors.js';
import { expectedOf, fetchManifest } from './manifest.js';
import { clearControls, matchQuestions, prepareControls } from './questions.js';
import { Status, confirm } from './status.js';
import { Submission } from './submission.js';

/** @import { Manifest } from '../envelope/forms.js' */
/** @import { Question } from './questions.js' */

const THANKS = 'Thank you. Your answers were encrypted and sent.';
const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 60_000;

/** Raises FormError where nothing could be sealed; how an engine fails later is hard to tell. */
function checkBrowser() {
  if (!isSecureContext || !crypto.subtle) {
    throw unsupported('This page must be opened with https:// to encrypt your answers.');
  }
  if (!('isWellFormed' in String.prototype)) throw unsupported(TOO_OLD);
}

export class SealedForm {
  #form;
  #base;
  #status;
  #submission;
  /** @type {Set<{disabled: boolean}>} the buttons that we disabled, and not the page */
  #locked = new Set();
  #busy = true;
  /** @type {Manifest | undefined} verified */
  #manifest;
  /** @type {Question[]} */
  #questions = [];

  /**
   * @param {HTMLFormElement} form
   * @param {string} base where the API is
   */
  constructor(form, base) {
    this.#form = form;
    this.#base = base;
    this.#status = new Status(form);
    this.#submission = new Submission(base);
    for (const edit of ['input', 'change']) {
      form.addEventListener(edit, (event) => clearProblem(this.#questions, event.target));
    }
    addEventListener('pageshow', (event) => event.persisted && this.#comeBack());
  }

  /** Lock the form until its keys are verified, trying again where only the network failed. */
  async open() {
    this.#lock();
    takeNames(this.#form);
    leaveNoNotes(this.#form);
    this.#status.show('checking', 'Checking the encryption keys of this form…');
    for (let pause = FIRST_PAUSE; !this.#manifest; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        await this.#verify();
      } catch (error) {
        if (!this.#fail(error)) return;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
    prepareControls(this.#questions);
    this.#unlock();
    this.#status.show('ready', '');
    this.#tell('ready', { form: this.#manifest.form, version: this.#manifest.version });
  }

  /** Seal and send, unless that is already happening or the form is locked. */
  async submit() {
    if (this.#busy) return;
    this.#lock();
    takeNames(this.#form);
    try {
      this.#finish(await this.#send());
    } catch (error) {
      if (this.#manifest) this.#unlock();
      this.#fail(error);
    }
  }

  async #verify() {
    checkBrowser();
    const expected = expectedOf(this.#form);
    const minVersion = Math.max(expected.minVersion, this.#manifest?.version ?? 0);
    const [manifest] = await Promise.all([
      fetchManifest(this.#base, { ...expected, minVersion }),
      suite(), // asks for ML-KEM now, so that sending does not wait for it
    ]);
    this.#questions = matchQuestions(this.#form, manifest);
    this.#manifest = manifest;
  }

  async #send() {
    try {
      return await this.#sendOnce();
    } catch (error) {
      if (!(error instanceof SupersededError)) throw error;
    }
    await this.#verifyAgain();
    return this.#sendOnce();
  }

  async #sendOnce() {
    if (!this.#manifest) throw new TypeError('not verified');
    const answers = readAnswers(this.#questions);
    this.#status.show('sending', 'Encrypting and sending…');
    return this.#submission.send(this.#manifest, answers);
  }

  /** A manifest that fails verification locks the form; a failing network does not. */
  async #verifyAgain() {
    try {
      await this.#verify();
    } catch (error) {
      if (!explain(error).passing) this.#manifest = undefined;
      throw error;
    }
  }

  /** @param {string[]} ids */
  #finish(ids) {
    const confirmation = this.#manifest?.confirmation || THANKS;
    this.#status.show('sent', '');
    this.#tell('sent', { records: ids });
    if (this.#form.hasAttribute('action')) this.#submitNatively(ids);
    else confirm(this.#form, confirmation);
    clearControls(this.#questions);
  }

  /** @param {string[]} ids */
  #submitNatively(ids) {
    takeNames(this.#form);
    const input = document.createElement('input');
    input.type = 'hidden';
    input.name = dialectOf(this.#form).result;
    input.value = ids.join();
    this.#form.append(input);
    // Not form.submit(): an input named "submit" would stand in its place.
    HTMLFormElement.prototype.submit.call(this.#form);
    input.remove();
  }

  /** The visitor came back with the browser's button to a page that was kept alive. */
  #comeBack() {
    if (!this.#manifest || !this.#busy) return;
    this.#unlock();
    this.#status.show('ready', '');
  }

  #lock() {
    this.#busy = true;
    for (const button of submittersOf(this.#form)) {
      // Marked so, a button may wait disabled in the page for the script to enable it.
      const waits = button.hasAttribute('data-sealform-submit');
      if (waits || !button.disabled) this.#locked.add(button);
      button.disabled = true;
    }
  }

  #unlock() {
    this.#busy = false;
    for (const button of this.#locked) button.disabled = false;
    this.#locked.clear();
  }

  /**
   * Show what failed; returns whether it may pass.
   *
   * @param {unknown} error
   */
  #fail(error) {
    const { code, message, field, passing } = explain(error);
    this.#status.show('failed', message);
    this.#tell('error', { code, field });
    return passing;
  }

  /**
   * @param {'ready' | 'sent' | 'error'} what
   * @param {object} detail never an answer
   */
  #tell(what, detail) {
    this.#form.dispatchEvent(new CustomEvent(`sealform:${what}`, { bubbles: true, detail }));
  }
}
