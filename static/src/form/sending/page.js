/** The page around a form that is sent: its listeners asked, its server told, nothing left behind. */

import { FormError } from '../kit/errors.js';
import { dialectOf, takeNames } from '../kit/markup.js';

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

/**
 * Whether the page's own listeners let a form be sent: they hear of it once all answers are in
 * order, as they would of a native form, and may cancel it. Without an `action` a page has to cancel
 * the browser's own sending, and says nothing with it about ours.
 *
 * @param {SubmitEvent} event the visitor's
 * @param {WeakSet<Event>} asked gets ours, to be told from it
 */
export function allowed({ target, submitter }, asked) {
  const form = /** @type {HTMLFormElement} */ (target);
  const asking = new SubmitEvent('submit', { bubbles: true, cancelable: true, submitter });
  asked.add(asking);
  const method = form.getAttribute('method');
  form.setAttribute('method', 'dialog'); // or Firefox would send it by itself
  const sent = form.dispatchEvent(asking) || !form.hasAttribute('action');
  if (method === null) form.removeAttribute('method');
  else form.setAttribute('method', method);
  if (!sent) console.warn("sealform: the page's own listener cancelled the form; nothing was sent");
  return sent;
}

/** @param {BeforeUnloadEvent} event */
function ask(event) {
  event.preventDefault();
  event.returnValue = true; // for browsers that do not heed the former
}

/**
 * Ask who leaves the page, as long as there is something to lose: with such a listener some browsers
 * keep no page alive to come back to.
 *
 * @param {boolean} lost
 */
export function askBeforeLeaving(lost) {
  if (lost) addEventListener('beforeunload', ask);
  else removeEventListener('beforeunload', ask);
}

/**
 * Empty the trap, a box that people do not see and programs fill; raises FormError `trap` if something
 * was in it.
 *
 * @param {HTMLFormElement} form
 */
export function trapSprung(form) {
  const box = /** @type {HTMLInputElement | null} */ (form.querySelector('.sealform-trap input'));
  if (!box?.value) return;
  box.value = '';
  throw new FormError('trap');
}
