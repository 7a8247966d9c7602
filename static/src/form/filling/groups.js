/**
 * What browsers do only for controls that have a name, and what the page's own script may undo: radio
 * buttons that exclude each other, controls that are drawn anew.
 */

import { controlsOf, isTick } from '../kit/markup.js';
import { fits, keepValues, prepareControls } from '../kit/controls.js';

/** @import { Question } from '../kit/controls.js' */

const MINUTE = 60;
const LAST_DAY = '9999-12-31';

/** @type {WeakSet<Element>} */
const prepared = new WeakSet();

/**
 * Radio buttons exclude each other, follow the arrow keys and are one stop of the tab key; `required` means
 * one of the group, which we look after ourselves; a picker of a time offers no seconds, and one of a day no
 * years of five digits, which an answer does not have.
 *
 * @param {Question[]} questions
 */
export function prepareGroups(questions) {
  for (const { field, controls } of questions) {
    if (controls.every((control) => prepared.has(control))) continue;
    for (const control of controls) prepared.add(control);
    const ticks = controls.filter(isTick);
    if (controls.length > 1) for (const tick of ticks) tick.required = false;
    const radios = ticks.filter((tick) => tick.type === 'radio');
    keepOneChoice(radios);
    keepOneStop(radios);
    for (const radio of radios) {
      radio.addEventListener('change', () => choose(radios, radio));
      radio.addEventListener('keydown', (event) => step(radios, radio, event));
    }
    for (const control of controls) {
      if (field.kind === 'date' && !control.getAttribute('max')) control.setAttribute('max', LAST_DAY);
      if (field.kind === 'time' && Number(control.getAttribute('step')) % MINUTE) control.removeAttribute('step');
    }
  }
}

/**
 * Where a page draws its form anew, take the controls that stand there now in place of those that are
 * gone; what does not fit is not taken.
 *
 * @param {HTMLFormElement} form
 * @param {Question[]} questions
 */
export function renewControls(form, questions) {
  const gone = questions.filter(({ controls }) => controls.some((control) => !control.isConnected));
  if (!gone.length) return;
  const found = controlsOf(form);
  for (const question of gone) {
    const controls = found.get(question.field.name) ?? [];
    keepValues(controls);
    if (!controls.length || !fits(question.field, controls)) continue;
    question.controls = controls;
    prepareControls([question]);
    prepareGroups([question]);
  }
}

/**
 * Of what was chosen before they excluded each other, keep what can be told to be the last.
 *
 * @param {HTMLInputElement[]} radios
 */
function keepOneChoice(radios) {
  const chosen = radios.filter((radio) => radio.checked);
  if (chosen.length < 2) return;
  for (const radio of chosen) radio.checked = radio === document.activeElement;
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
