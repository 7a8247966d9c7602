/** The line that says what the form is doing. */

import { element } from './controls.js';
import { submittersOf } from './dialect.js';

/** @typedef {'checking' | 'ready' | 'sending' | 'sent' | 'failed'} State */

export class Status {
  #line;

  /**
   * Use the page's own element with `data-sealform-status`, or add one after the last button.
   *
   * @param {HTMLElement} host
   */
  constructor(host) {
    this.#line = host.querySelector('[data-sealform-status]') ?? added(host);
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

/** @param {HTMLElement} host */
function added(host) {
  const line = element('span', { 'data-sealform-status': true });
  const button = host instanceof HTMLFormElement && submittersOf(host).at(-1);
  if (button) button.after(' ', line);
  else host.append(line);
  return line;
}
