/** What is asked only where another answer calls for it (docs/protocol.md §8, Condition). */

/** @import { Value } from '../../envelope/fields.js' */
/** @import { Condition } from '../../envelope/conditions.js' */
/** @import { Manifest } from '../../envelope/manifests.js' */
/** @import { Control } from '../kit/markup.js' */
/** @import { Question } from '../kit/controls.js' */

/**
 * A form as it stands now.
 *
 * @typedef {object} State
 * @property {Manifest} manifest
 * @property {Map<string, Value>} answers empty for what is not shown
 * @property {Question[]} questions those that are shown
 * @property {Question[]} all
 */

export class Conditions {
  #form;
  /** @type {Map<string, HTMLElement[]>} what is hidden now, by field */
  #hidden = new Map();

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.#form = form;
  }

  /**
   * Show what is asked, hide the rest. What was typed stays in its control.
   *
   * @param {State} state
   */
  apply(state) {
    const shown = new Set(state.questions.map(({ field }) => field.name));
    for (const question of state.all) this.#toggle(question, shown.has(question.field.name));
    const sections = /** @type {NodeListOf<HTMLElement>} */ (
      this.#form.querySelectorAll('.sealform-section')
    );
    for (const [index, { when, fields }] of state.manifest.allSections.entries()) {
      const holds = when.every((condition) => holding(condition, state.answers, shown));
      const empty = fields.length > 0 && !fields.some((name) => shown.has(name));
      if (sections[index]) hide(sections[index], !holds || empty);
    }
  }

  /** @param {Question} question @param {boolean} shown */
  #toggle({ field, controls }, shown) {
    const hidden = this.#hidden.get(field.name);
    if (Boolean(hidden) !== shown) return;
    const places = hidden ?? placesOf(this.#form, field.name, controls);
    for (const place of places) hide(place, !shown);
    if (shown) this.#hidden.delete(field.name);
    else this.#hidden.set(field.name, places);
  }
}

/**
 * Mark a form whose height depends on answers: ../frame/inside.js keeps that to itself.
 *
 * @param {HTMLFormElement} form
 * @param {Manifest} manifest
 */
export function markConditional(form, { fields, sections }) {
  const conditional = [...fields, ...sections].some(({ when }) => when.length);
  form.toggleAttribute('data-sealform-conditions', conditional);
}

/**
 * @param {Condition} condition
 * @param {Map<string, Value>} answers
 * @param {Set<string>} shown
 */
function holding({ field, values }, answers, shown) {
  const given = [answers.get(field)].flat();
  return shown.has(field) && values.some((value) => given.includes(value));
}

/**
 * What a field takes of the page: what was rendered for it, what the page marks as such, else
 * the largest part that asks nothing else.
 *
 * @param {HTMLFormElement} form
 * @param {string} name
 * @param {Control[]} controls
 * @returns {HTMLElement[]}
 */
function placesOf(form, name, controls) {
  const marked = /** @type {NodeListOf<HTMLElement>} */ (
    form.querySelectorAll(`[data-sealform-shown="${name}"]`)
  );
  if (marked.length) return [...marked];
  const rendered = /** @type {HTMLElement | null} */ (controls[0]?.closest('.sealform-field') ?? null);
  if (rendered) return [rendered];
  const parts = controls.flatMap((control) => [control, ...(control.labels ?? [])]);
  return [...new Set(parts.map((part) => largest(part, form, controls)))];
}

/**
 * @param {HTMLElement} part
 * @param {HTMLFormElement} form
 * @param {Control[]} controls
 */
function largest(part, form, controls) {
  let around = part;
  for (let next = part.parentElement; next && next !== form; next = next.parentElement) {
    const asked = [...next.querySelectorAll('input, select, textarea, button')];
    if (!next.closest('form') || !asked.every((one) => controls.some((own) => own === one))) break;
    around = next;
  }
  return around;
}

/**
 * Hide in a way that a page's own stylesheet does not overrule.
 *
 * @param {HTMLElement} element
 * @param {boolean} hidden
 */
function hide(element, hidden) {
  element.hidden = hidden;
  if (hidden) element.style.setProperty('display', 'none', 'important');
  else element.style.removeProperty('display');
}
