/** The page around a form that is sent: its listeners asked, its server told, nothing left behind. */

import { dialectOf, takeNames } from '../kit/markup.js';

/** @typedef {HTMLElement | null} Button that was pressed; null where a script asked */

/** Attributes of a form, and those of a button that stand in their place. */
const OVERRULED = { action: 'formaction', method: 'formmethod', enctype: 'formenctype', target: 'formtarget' };

/** Where in an image that is a button was clicked last. @type {WeakMap<EventTarget, {x: number, y: number}>} */
const clicked = new WeakMap();

/** Remember where images are clicked, which a submit event does not say. */
export function watchClicks() {
  const note = (/** @type {MouseEvent} */ { target, offsetX, offsetY }) => {
    if (target) clicked.set(target, { x: Math.round(offsetX), y: Math.round(offsetY) });
  };
  document.addEventListener('click', note, true);
}

/**
 * Whether the browser would go on to an address of the page's; the form of a dialog only closes it.
 *
 * @param {HTMLFormElement} form
 * @param {Button} button
 */
export function goesOn(form, button) {
  const method = button?.getAttribute('formmethod') ?? form.getAttribute('method');
  const named = form.hasAttribute('action') || hasAttribute(button, 'formaction');
  return named && method?.toLowerCase() !== 'dialog';
}

/** @param {Button} button @param {string} name */
const hasAttribute = (button, name) => Boolean(button?.hasAttribute(name));

/**
 * Let the page's own server know the record ids, and nothing else of what was sealed; in all else as the
 * browser would have sent the form: from which button, with its name and value, to where it points.
 *
 * Returns whether this page stays where it is, the answer going elsewhere.
 *
 * @param {HTMLFormElement} form
 * @param {string[]} ids
 * @param {Button} button
 */
export function submitNatively(form, ids, button) {
  takeNames(form);
  const added = entriesOf(button).map(([name, value]) => {
    const input = hidden(name, value);
    const owner = button?.getAttribute('form');
    if (owner) input.setAttribute('form', owner);
    button?.before(input); // among the others, in the page's order
    return input;
  });
  const [, whose] = dialectOf(form).form.split('-'); // "sealform", or TozStore's "innovault"
  const result = hidden(`${whose}_record_id`, ids.join());
  form.append(result);
  const restore = assign(form, attributesOf(button));
  const target = form.getAttribute('target') ?? document.querySelector('base[target]')?.getAttribute('target');
  const stays = !/^(_self|_top|_parent|)$/i.test(target ?? '');
  // Not form.submit(): an input named "submit" would stand in its place.
  HTMLFormElement.prototype.submit.call(form);
  restore();
  for (const input of [...added, result]) input.remove();
  return stays;
}

/** @param {string} name @param {string} value */
function hidden(name, value) {
  const input = document.createElement('input');
  Object.assign(input, { type: 'hidden', name, value });
  return input;
}

/** What a button adds to what is sent. @param {Button} button @returns {[string, string][]} */
function entriesOf(button) {
  const name = button?.getAttribute('name') ?? '';
  if (!button || !(button instanceof HTMLInputElement && button.type === 'image')) {
    return name ? [[name, button?.getAttribute('value') ?? '']] : [];
  }
  const { x, y } = clicked.get(button) ?? { x: 0, y: 0 };
  const prefix = name && `${name}.`;
  return [[`${prefix}x`, String(x)], [`${prefix}y`, String(y)]];
}

/** What a button says in place of its form. @param {Button} button */
function attributesOf(button) {
  const said = Object.entries(OVERRULED).filter(([, theirs]) => hasAttribute(button, theirs));
  return Object.fromEntries(said.map(([ours, theirs]) => [ours, button?.getAttribute(theirs) ?? '']));
}

/**
 * Set attributes for a moment; returns what puts back those that were there.
 *
 * @param {Element} element
 * @param {{[name: string]: string}} attributes
 */
function assign(element, attributes) {
  const before = Object.keys(attributes).map((name) => /** @type {const} */ ([name, element.getAttribute(name)]));
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return () => {
    for (const [name, value] of before) {
      if (value === null) element.removeAttribute(name);
      else element.setAttribute(name, value);
    }
  };
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
 * order, as they would of a native form, and may cancel it, or cancel it and send it themselves. Without
 * an `action` a page has to cancel the browser's own sending, and says nothing with it about ours.
 *
 * @param {HTMLFormElement} form
 * @param {Button} submitter
 * @param {WeakSet<Event>} asked gets our event, to be told from the visitor's
 */
export function allowed(form, submitter, asked) {
  const leads = goesOn(form, submitter); // as the page has it
  let submitted = false;
  const { submit } = form;
  Reflect.set(form, 'submit', () => void (submitted = true));
  const asking = new SubmitEvent('submit', { bubbles: true, cancelable: true, submitter });
  asked.add(asking);
  const own = hasAttribute(submitter, 'formmethod') && submitter;
  const restore = [
    assign(form, { method: 'dialog' }), // or Firefox would send it by itself
    ...(own ? [assign(own, { formmethod: 'dialog' })] : []),
  ];
  const sent = form.dispatchEvent(asking) || submitted || !leads;
  Reflect.set(form, 'submit', submit);
  for (const put of restore) put();
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
