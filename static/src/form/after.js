/** What is left to do in the page once the answers have been sent. */

import { dialectOf, takeNames } from './dialect.js';

/**
 * Let the page's own server know the record ids, and nothing else of what was sealed.
 *
 * @param {HTMLFormElement} form
 * @param {string[]} ids
 */
export function submitNatively(form, ids) {
  takeNames(form);
  const input = document.createElement('input');
  input.type = 'hidden';
  input.name = dialectOf(form).result;
  input.value = ids.join();
  form.append(input);
  // Not form.submit(): an input named "submit" would stand in its place.
  HTMLFormElement.prototype.submit.call(form);
  input.remove();
}

/** Take what prefilled hidden fields out of the address, which the browser remembers; at each step. */
export function forgetFragments() {
  forgetFragment();
  addEventListener('popstate', forgetFragment);
}

function forgetFragment() {
  if (location.hash) history.replaceState(history.state, '', location.pathname + location.search);
}
