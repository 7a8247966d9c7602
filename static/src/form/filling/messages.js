/** Where what is wrong is said: beside each answer, and in a summary at the start of the form. */

import { element, newId } from '../kit/element.js';
import { isTick } from '../kit/markup.js';

/** @import { Control } from '../kit/markup.js' */
/** @import { Question } from '../kit/controls.js' */

/** @typedef {{label: string, message: string, go?: () => void}} Item of the summary, and where it is mended */

/** @type {WeakMap<Control, HTMLElement>} by the first control */
const places = new WeakMap();
/** @type {WeakMap<Control, HTMLElement>} by the first control */
const notes = new WeakMap();

const SPEAK = 100;

/** How a question ends that needs no colon behind it, in our languages and others. */
const ENDED = /[?!:.\u061f\uff1f\uff01\uff1a\u3002]$/;

/**
 * Say a message beside a question, or take it back with "".
 *
 * @param {Question} question
 * @param {string} message
 * @param {boolean} [aloud] to screen readers too, where nothing else leads there
 */
export function mark({ field, controls }, message, aloud = false) {
  const [first] = controls;
  if (!first || first.type === 'hidden') return;
  const before = places.get(first);
  const place = before?.isConnected ? before : placeOf(field.name, controls);
  places.set(first, place);
  place.setAttribute('aria-live', aloud ? 'polite' : 'off');
  if (place.textContent !== message) place.textContent = message;
  for (const control of controls) point(control, place.id, Boolean(message));
}

/**
 * Tell the visitor what became of what was typed, aloud too; or take it back with "".
 *
 * @param {Question} question
 * @param {string} message
 */
export function note({ controls }, message) {
  const [first] = controls;
  const before = first && notes.get(first);
  if (!first || (!message && !before)) return;
  const line = before ?? element('span.note', { role: 'status' });
  if (!line.isConnected) last(controls).after(line);
  notes.set(first, line);
  // a region that comes with its text is not read out
  if (message) setTimeout(() => (line.textContent = message), SPEAK);
  else line.textContent = '';
}

/** Where a message of its own stands after a question's controls. @param {Control[]} controls */
function last(controls) {
  const control = /** @type {Control} */ (controls.at(-1));
  const label = [...(control.labels ?? [])].at(-1);
  return label?.contains(control) ? label : control;
}

/**
 * Let a control point at its message, besides what it pointed at before.
 *
 * @param {Control} control
 * @param {string} id
 * @param {boolean} wrong
 */
function point(control, id, wrong) {
  const described = new Set(control.getAttribute('aria-describedby')?.split(/\s+/));
  if (wrong) described.add(id);
  else described.delete(id);
  assign(control, 'aria-describedby', [...described].join(' '));
  assign(control, 'aria-invalid', wrong && 'true');
}

/** @param {Control} control @param {string} name @param {string | false} value */
function assign(control, name, value) {
  if (value) control.setAttribute(name, value);
  else control.removeAttribute(name);
}

/**
 * The renderer's place, the page's own (`data-sealform-error`), or a new one.
 *
 * @param {string} name
 * @param {Control[]} controls
 */
function placeOf(name, controls) {
  const own = `[data-sealform-error="${name}"]`;
  const rendered = controls[0]?.closest('.sealform-field')?.querySelector('.sealform-error');
  const place = rendered ?? controls[0]?.form?.querySelector(own) ?? added(controls);
  place.id ||= newId();
  return /** @type {HTMLElement} */ (place);
}

/** @param {Control[]} controls */
function added(controls) {
  const place = element('span.error', {});
  const last = /** @type {Control} */ (controls.at(-1));
  const group = last.closest('fieldset');
  if (isTick(last) && group && holdsOnly(group, controls)) group.append(place);
  else putAfter(last, place);
  return place;
}

/**
 * Whether an element holds all of these controls and none but these.
 *
 * @param {Element} element
 * @param {Control[]} controls
 */
function holdsOnly(element, controls) {
  const held = /** @type {Control[]} */ ([...element.querySelectorAll('input,select,textarea,button')]);
  return held.length === controls.length && held.every((control) => controls.includes(control));
}

/**
 * After the control, or after its label where that comes last. Where labels around controls stand
 * in columns, a message of its own would take a column, and stands inside.
 *
 * @param {Control} control
 * @param {HTMLElement} place
 */
function putAfter(control, place) {
  const label = [...(control.labels ?? [])].at(-1);
  const ends = label && control.compareDocumentPosition(label) !== Node.DOCUMENT_POSITION_PRECEDING;
  const anchor = ends ? label : control;
  const columns = /grid|flex/.test(getComputedStyle(/** @type {Element} */ (anchor.parentElement)).display);
  if (columns) place.style.gridColumn = '1 / -1';
  if (columns && anchor.contains(control) && anchor !== control) anchor.append(place);
  else anchor.after(' ', place); // or it would stick to the control where the page has no style for it
}

/**
 * Show the items and put the focus on them; none hides the summary.
 *
 * @param {HTMLFormElement} form
 * @param {string} heading
 * @param {Item[]} items
 */
export function summarize(form, heading, items) {
  const found = /** @type {HTMLElement | null} */ (form.querySelector('.sealform-summary'));
  const summary = found ?? element('div.summary', { tabindex: -1 });
  if (!found) form.prepend(summary);
  summary.setAttribute('role', 'group'); // not an alert: the focus goes there, and once is enough
  summary.replaceChildren(
    element('p', { role: 'heading', 'aria-level': 2 }, heading),
    element('ul', {}, ...items.map((item) => element('li', {}, linked(item)))),
  );
  summary.hidden = !items.length;
  if (items.length) summary.focus();
}

/** A message may run the other way than the words of the form's owner. @param {Item} item */
function linked({ label, message, go }) {
  const said = [label + (ENDED.test(label) ? ' ' : ': '), element('bdi', {}, message)];
  if (!go) return element('span', {}, ...said);
  const link = element('a', { href: '#' }, ...said);
  link.addEventListener('click', (event) => {
    event.preventDefault();
    go();
  });
  return link;
}
