/** The line beside the button that says what the form is doing, and the confirmation. */

import { submittersOf } from './dialect.js';

/** @typedef {'checking' | 'ready' | 'sending' | 'sent' | 'failed'} State */

export class Status {
  #line;

  /**
   * Use the page's own element with `data-sealform-status`, or add one after the last button.
   *
   * @param {HTMLFormElement} form
   */
  constructor(form) {
    this.#line = form.querySelector('[data-sealform-status]') ?? added(form);
    this.#line.setAttribute('role', 'status');
    this.#line.classList.add('sealform-status');
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

/** @param {HTMLFormElement} form */
function added(form) {
  const line = document.createElement('span');
  const button = submittersOf(form).at(-1);
  if (button) button.after(' ', line);
  else form.append(line);
  return line;
}

/**
 * Put the form's confirmation in its place, and the focus on it.
 *
 * @param {HTMLFormElement} form
 * @param {string} text
 */
export function confirm(form, text) {
  const paragraph = document.createElement('p');
  paragraph.classList.add('sealform-confirmation');
  paragraph.setAttribute('role', 'status');
  paragraph.tabIndex = -1;
  paragraph.textContent = text;
  form.hidden = true;
  form.after(paragraph);
  paragraph.focus();
}
