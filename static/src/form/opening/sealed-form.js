/** One form of the page, from locked to sent. */

import { suite } from '../../envelope/suite.js';
import { report } from '../kit/api.js';
import { element } from '../kit/element.js';
import { explain } from '../kit/errors.js';
import { languageFor, texts, untilLoaded } from '../kit/languages.js';
import { formOf, submittersOf, tell } from '../kit/markup.js';
import { loadScript } from '../kit/parts.js';
import { keepValuesIn, leaveNoNotesIn } from '../kit/controls.js';
import { openForm } from './opening.js';

/** @import { Opened } from './opening.js' */

/** @typedef {'checking' | 'ready' | 'sending' | 'sent' | 'failed'} State */

const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 60_000;

/** While the rest of the script is on its way, a form that is in order waits no longer than this. */
const PATIENCE = 1_000;

/** What passes once somebody has mended it elsewhere: the device's clock, the list of the form's sites. */
const MENDED = ['clock', 'expired', 'origin'];

/** What is nobody's failure, or what the server sees itself. */
const EXPECTED = ['answer', 'not_found', 'closed', 'origin'];

/** What tells that somebody begins to fill in a form; not every browser focuses what is clicked. */
const TOUCHES = ['focusin', 'input', 'change'];

export class SealedForm {
  #host;
  #base;
  #status;
  #locks = new Locks();
  #busy = true;
  #lacking = false; // whether a part is missing that filling in needs
  #sent = false;
  #text = untilLoaded;
  /** @type {Opened | undefined} verified */
  #opened;
  /** @type {InstanceType<Scripts['sending']['Sending']> | undefined} from the visitor's first touch */
  #sending;

  /**
   * @param {HTMLElement} host the page's own form, or what one is rendered into
   * @param {string} base where the API is
   */
  constructor(host, base) {
    this.#host = host;
    this.#base = base;
    this.#status = new Status(host);
    for (const touch of TOUCHES) {
      document.addEventListener(touch, ({ type, target }) => void this.#touched(type, target));
    }
    document.addEventListener('focusout', (event) => this.#sending?.left(event));
    addEventListener('pageshow', (event) => event.persisted && this.#comeBack());
  }

  /**
   * Lock the form until its keys are verified, trying again where only the network failed.
   *
   * @param {Promise<void>} heard resolves when whoever should hear of it can
   */
  async open(heard) {
    this.#lock();
    const rest = this.#fetchRest();
    leaveNoNotesIn(this.#host); // before anything is known of the form, all of it is sensitive
    const greeted = this.#greet();
    for (let pause = FIRST_PAUSE; !this.#opened; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        this.#opened = await this.#verify().finally(() => heard);
      } catch (error) {
        await greeted;
        const { code, passing } = this.#fail(await this.#causeOf(error));
        if (MENDED.includes(code)) await happening('focus');
        else if (!passing) return;
        else await after(pause);
      }
    }
    const { form, version } = this.#opened.manifest;
    const prepare = rest.then(({ prepare }) => this.#opened && prepare(this.#opened));
    await Promise.race([prepare, after(PATIENCE)]);
    this.#unlock();
    tell(this.#opened.form, 'ready', { form, version });
    void this.#touched('', document.activeElement);
  }

  /** What lies behind an error, as far as that can be told. @param {unknown} error */
  #causeOf(error) {
    return loadScript('sending').then(
      ({ causeOf }) => causeOf(error, this.#base, formOf(this.#host)),
      () => error,
    );
  }

  /**
   * Have all that filling in needs, before the network is lost; once it is there, say so, and send
   * what earlier visits left on this device.
   */
  async #fetchRest() {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      const part = await loadScript('sending').catch(() => undefined);
      if (part) {
        if (this.#lacking) this.#say('ready', '');
        part.resumeOutbox(this.#host, this.#base).catch(() => {}); // at the next visit, then
        return part;
      }
      await Promise.race([after(pause), happening('online')]);
    }
  }

  /** The page may have drawn its form anew: its buttons, or the line that we speak in. */
  renew() {
    if (!(this.#host instanceof HTMLFormElement)) return;
    keepValuesIn(this.#host); // of new options, before they are translated
    this.#locks.renew(this.#host, this.#busy);
    this.#status.renew();
  }

  /**
   * Seal and send, unless that is already happening or the form is locked.
   *
   * @param {Pick<SubmitEvent, 'submitter'>} event the visitor's
   * @param {WeakSet<Event>} [asked] gets the one with which the page's own listeners are asked; without it
   *   nobody is, nor are the page's own rules
   */
  async submit(event, asked) {
    if (this.#busy || this.#sending?.advance()) return;
    this.#lock();
    try {
      const sending = await this.#begin();
      if (!(await sending.send(event, asked))) this.#unlock();
    } catch (error) {
      if (this.#opened) this.#unlock();
      this.#fail(error);
    }
  }

  /** Say that keys are being checked, in the visitor's language as soon as it is there. */
  async #greet() {
    this.#say('checking', '');
    const text = await texts(languageFor(this.#host, []).interface).catch(() => undefined);
    if (this.#opened || !text) return;
    this.#text = text;
    this.#say('checking', text('checking'));
  }

  async #verify() {
    const kem = suite(); // asks for ML-KEM now, so that sending does not wait for it
    kem.catch(() => {});
    const opened = await openForm(this.#host, this.#base, this.#opened);
    this.#text = opened.text;
    this.#status = new Status(opened.form);
    this.#lock(opened.form);
    await kem;
    if (opened.steps) await this.#begin(opened); // pages are to be shown before they are touched
    return opened;
  }

  /** A manifest that fails verification locks the form; a failing network does not. */
  async #reopen() {
    try {
      this.#opened = await this.#verify();
      return this.#opened;
    } catch (error) {
      if (!explain(error, this.#text).passing) this.#opened = undefined;
      throw error;
    }
  }

  /**
   * Load what filling in needs, when somebody begins with it.
   *
   * @param {string} type
   * @param {EventTarget | null} target
   */
  async #touched(type, target) {
    const form = this.#opened?.form;
    const within = target instanceof Element && (target.closest('form') ?? formOfControl(target)) === form;
    if (!form || (!within && !this.#sending)) return;
    try {
      const sending = this.#sending ?? (await this.#begin());
      if (type !== 'focusin') sending.edited(target);
    } catch (error) {
      this.#lacking = this.#fail(error).code === 'part';
    }
  }

  async #begin(opened = this.#opened) {
    const { Sending } = await loadScript('sending');
    if (!opened) throw new TypeError('not verified');
    this.#sending ??= new Sending(
      {
        host: this.#host,
        base: this.#base,
        say: (state, key) => this.#say(state, this.#text(key)),
        reopen: () => this.#reopen(),
        again: () => this.#comeBack(),
        sent: () => {
          this.#sent = true;
          this.#say('sent', '');
        },
      },
      opened,
    );
    return this.#sending;
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
   * @param {State} state
   * @param {string} text
   */
  #say(state, text) {
    this.#host.setAttribute('data-sealform-state', state);
    this.#status.show(state, text);
  }

  /**
   * Show what failed, count it at the server; returns what it was, and whether it may pass.
   *
   * @param {unknown} error
   */
  #fail(error) {
    const { code, message, field, passing } = explain(error, this.#text);
    this.#say('failed', code === 'answer' ? '' : message);
    tell(this.#opened?.form ?? this.#host, 'error', { code, field });
    const form = formOf(this.#host);
    if (form && (code === 'part' || !passing) && !EXPECTED.includes(code)) report(this.#base, form, code);
    return { code, passing };
  }
}

/** @param {number} pause milliseconds */
const after = (pause) => new Promise((resolve) => setTimeout(resolve, pause));

/** @param {string} what of the window */
const happening = (what) => new Promise((resolve) => addEventListener(what, resolve, { once: true }));

/** The form that a control belongs to by its attribute `form`. @param {Element} element */
const formOfControl = (element) => /** @type {{form?: HTMLFormElement}} */ (element).form;

/** The line that says what the form is doing. */
class Status {
  #host;
  #line;

  /**
   * Use the page's own element with `data-sealform-status`, or add one after the last button.
   *
   * @param {HTMLElement} host
   */
  constructor(host) {
    this.#host = host;
    this.#line = lineIn(host);
  }

  /** Say it again where the line that said it is gone. */
  renew() {
    if (this.#line.isConnected) return;
    const { textContent } = this.#line;
    const state = /** @type {State} */ (this.#line.getAttribute('data-state'));
    this.#line = lineIn(this.#host);
    this.show(state, textContent);
  }

  /**
   * Show a state; pages may style `.sealform-status[data-state=failed]`.
   *
   * @param {State} state
   * @param {string} text
   */
  show(state, text) {
    this.#line.setAttribute('data-state', state);
    this.#line.textContent = text;
  }
}

/** @param {HTMLElement} host */
function lineIn(host) {
  const line = host.querySelector('[data-sealform-status]') ?? added(host);
  line.setAttribute('role', 'status');
  line.classList.add('sealform-status');
  return line;
}

/** @param {HTMLElement} host */
function added(host) {
  const line = element('span', { 'data-sealform-status': true });
  const button = host instanceof HTMLFormElement && submittersOf(host).at(-1);
  if (button) button.after(' ', line);
  else host.append(line);
  return line;
}

/** The buttons of a form, which may be pressed only while it may be sent. */
class Locks {
  /** @type {Set<{disabled: boolean}>} the buttons that we disabled, and not the page */
  #locked = new Set();
  /** @type {WeakSet<object>} what was there before the page drew itself anew */
  #known = new WeakSet();

  /** @param {HTMLFormElement} form */
  lock(form) {
    for (const button of submittersOf(form)) {
      // Marked so, a button may wait disabled in the page for the script to enable it.
      const waits = button.hasAttribute('data-sealform-submit');
      this.#known.add(button);
      if (waits || !button.disabled) this.#locked.add(button);
      button.disabled = true;
    }
  }

  /** @param {HTMLFormElement} form @param {boolean} busy */
  renew(form, busy) {
    if (submittersOf(form).every((button) => this.#known.has(button))) return;
    this.lock(form);
    if (!busy) this.unlock();
  }

  unlock() {
    for (const button of this.#locked) button.disabled = false;
    this.#locked.clear();
  }
}
