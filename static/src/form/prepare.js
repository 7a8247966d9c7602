/** What the controls of a form are taught before it may be filled, and how they are emptied. */

import { controlsOf } from './dialect.js';
import { isTick } from './questions.js';

/** @import { Control } from './dialect.js' */
/** @import { Question } from './questions.js' */

/**
 * Do what browsers do only for controls that have a name: radio buttons exclude each other, follow
 * the arrow keys and are one stop of the tab key; `required` means one of the group, which we look
 * after ourselves.
 *
 * @param {Question[]} questions
 */
export function prepareControls(questions) {
  for (const { field, controls } of questions) {
    const ticks = controls.filter(isTick);
    if (controls.length > 1) for (const tick of ticks) tick.required = false;
    const radios = ticks.filter((tick) => tick.type === 'radio');
    keepOneStop(radios);
    for (const radio of radios) {
      radio.addEventListener('change', () => choose(radios, radio));
      radio.addEventListener('keydown', (event) => step(radios, radio, event));
    }
    leaveNoNotes(controls, field.sensitive ? '' : field.autocomplete, field.sensitive);
  }
}

const HELPS = ['spellcheck', 'writingsuggestions'];

/**
 * Keep what is typed off the visitor's disk and away from what checks spelling or goes on writing,
 * some of it elsewhere: for a restart, browsers write down what stands in a form, except where
 * completion is off.
 *
 * @param {Element[]} elements
 * @param {string} [token] of HTML's autofill, for what may be completed
 */
function leaveNoNotes(elements, token = '', sensitive = true) {
  for (const element of elements) {
    element.setAttribute('autocomplete', token || 'off');
    for (const help of HELPS) element.setAttribute(help, String(!sensitive));
    element.setAttribute('autocorrect', sensitive ? 'off' : 'on');
  }
}

/** A page's own form; what is rendered has no notes. @param {HTMLElement} host */
export function leaveNoNotesIn(host) {
  if (!(host instanceof HTMLFormElement)) return;
  leaveNoNotes([host, ...[...controlsOf(host).values()].flat()]);
}

/** @param {HTMLInputElement[]} radios @param {HTMLInputElement} chosen */
function choose(radios, chosen) {
  for (const radio of radios) radio.checked = radio === chosen;
  keepOneStop(radios, chosen);
}

/** The tab key stops once in a group, at what is chosen. @param {HTMLInputElement[]} radios */
function keepOneStop(radios, stop = radios.find((radio) => radio.checked) ?? radios[0]) {
  for (const radio of radios) radio.tabIndex = radio === stop ? 0 : -1;
}

/**
 * @param {HTMLInputElement[]} radios
 * @param {HTMLInputElement} from
 * @param {KeyboardEvent} event
 */
function step(radios, from, event) {
  const forwards = event.key === 'ArrowDown' || event.key === 'ArrowRight';
  const backwards = event.key === 'ArrowUp' || event.key === 'ArrowLeft';
  const usable = radios.filter((radio) => !radio.disabled);
  const to = usable.at((usable.indexOf(from) + (forwards ? 1 : -1)) % usable.length);
  if (!(forwards || backwards) || !to) return;
  event.preventDefault();
  to.focus();
  to.click();
}

/**
 * Empty every control.
 *
 * @param {Question[]} questions
 */
export function clearControls(questions) {
  for (const { controls } of questions) for (const control of controls) write(control, '');
}

/**
 * Give a control its part of an answer: what a form that has changed meanwhile was told before.
 *
 * @param {Control} control
 * @param {unknown} answer
 */
export function write(control, answer) {
  if (!isTick(control)) control.value = String(answer);
  else control.checked = answer === true || [answer].flat().includes(control.value);
}
