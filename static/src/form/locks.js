/** The buttons of a form, which may be pressed only while it may be sent. */

import { submittersOf } from './dialect.js';

export class Locks {
  /** @type {Set<{disabled: boolean}>} the buttons that we disabled, and not the page */
  #locked = new Set();

  /** @param {HTMLFormElement} form */
  lock(form) {
    for (const button of submittersOf(form)) {
      // Marked so, a button may wait disabled in the page for the script to enable it.
      const waits = button.hasAttribute('data-sealform-submit');
      if (waits || !button.disabled) this.#locked.add(button);
      button.disabled = true;
    }
  }

  unlock() {
    for (const button of this.#locked) button.disabled = false;
    this.#locked.clear();
  }
}
