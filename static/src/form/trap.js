/** A box that people do not see and programs fill. */

import { FormError } from './errors.js';

/**
 * Empty the trap and raise FormError `trap` if something was in it.
 *
 * @param {HTMLFormElement} form
 */
export function trapSprung(form) {
  const box = /** @type {HTMLInputElement | null} */ (form.querySelector('.sealform-trap input'));
  if (!box?.value) return;
  box.value = '';
  throw new FormError('trap');
}
