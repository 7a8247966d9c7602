/** A box that programs fill and people neither see nor hear of. */

import { element } from '../kit/element.js';
import { FormError } from '../kit/errors.js';

/** @import { Text } from '../kit/languages.js' */

/**
 * Put it before the buttons of a form that we rendered; an owner's own form may bring one.
 *
 * @param {HTMLFormElement} form
 * @param {Text} text
 */
export function setTrap(form, text) {
  if (form.querySelector('.sealform-trap')) return;
  const input = element('input', { tabindex: -1, autocomplete: 'off' });
  const label = element('label', {}, text('trap'), input);
  const box = element('div.trap', { 'aria-hidden': 'true' }, label);
  // Not left to the stylesheet, which not every site uses.
  box.style.cssText = 'position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)';
  form.querySelector('.sealform-nav')?.before(box);
}

/**
 * Empty it; raises FormError `trap` if something was in it.
 *
 * @param {HTMLFormElement} form
 */
export function trapSprung(form) {
  const box = /** @type {HTMLInputElement | null} */ (form.querySelector('.sealform-trap input'));
  if (!box?.value) return;
  box.value = '';
  throw new FormError('trap');
}
