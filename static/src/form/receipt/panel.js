/** What stands in a form's place after sending: that it waits, or has arrived, and the receipt. */

import { element } from '../kit/element.js';

/** @import { Text } from '../kit/languages.js' */

/**
 * @typedef {object} Shown
 * @property {HTMLFormElement} form
 * @property {Text} text
 * @property {string} confirmation the owner's, in the visitor's language; may be empty
 * @property {string | null} [receipt] as it is shown
 * @property {'queued' | 'sent'} state
 * @property {() => void} retry sends at once what waits
 * @property {() => void} again lets the form be filled in once more
 */

/** @type {WeakMap<HTMLFormElement, {said: HTMLElement, more: HTMLElement}>} */
const panels = new WeakMap();

/** What invites to fill in a form, and is told no more once that was done. */
const INVITING = '.sealform-description, .sealform-lock';

/**
 * Put the confirmation in the form's place, and the focus on it; what stands there already
 * changes in place, and is read out.
 *
 * @param {Shown} shown
 */
export function panel({ form, text, confirmation, receipt, state, retry, again }) {
  const { said, more } = panels.get(form) ?? placed(form);
  const queued = state === 'queued';
  said.setAttribute('data-state', state);
  more.setAttribute('data-state', state);
  said.textContent = queued ? text('queued') : confirmation || text('thanks');
  more.replaceChildren(
    ...(queued ? waiting(text, retry) : proof(receipt ?? '', text, form)),
    ...(queued ? [] : [' ', button(text('again'), again)]),
  );
  if (form.hidden) return;
  invite(form, false);
  said.focus();
}

/**
 * Give the form back: what waited was refused.
 *
 * @param {HTMLFormElement} form
 */
export function withdraw(form) {
  const { said, more } = panels.get(form) ?? {};
  said?.remove();
  more?.remove();
  if (panels.delete(form)) invite(form, true);
}

/** @param {HTMLFormElement} form @param {boolean} open */
function invite(form, open) {
  form.hidden = !open;
  if (!form.classList.contains('sealform')) return; // a page's own: what stands around it is the page's
  const around = /** @type {NodeListOf<HTMLElement>} */ (form.parentElement?.querySelectorAll(INVITING));
  for (const part of around) part.hidden = !open;
}

/** @param {HTMLFormElement} form */
function placed(form) {
  const { lang, dir } = form;
  const said = element('p', { class: 'sealform-confirmation', role: 'status', tabindex: -1, lang, dir });
  const more = element('div', { class: 'sealform-receipt', lang, dir });
  form.after(said, more);
  panels.set(form, { said, more });
  return { said, more };
}

/** @param {Text} text @param {() => void} retry */
const waiting = (text, retry) => [
  element('p', {}, text('queued.help')),
  button(text('queued.retry'), retry),
];

/** @param {string} receipt @param {Text} text @param {HTMLFormElement} form */
function proof(receipt, text, form) {
  if (!receipt) return [];
  const code = element('code', { dir: 'ltr', translate: 'no' }, receipt);
  const copied = element('span', { role: 'status' });
  const copy = async () => {
    copied.textContent = '';
    copied.textContent = (await copyOf(code)) ? text('receipt.copied') : '';
  };
  const [link, where] = checked(form.getAttribute('data-sealform-receipts'), text);
  return [
    element('h2', {}, text('receipt')),
    element('p', {}, text('receipt.help')),
    code,
    where ?? '',
    button(text('receipt.copy'), copy),
    ' ',
    button(text('receipt.print'), () => print()),
    ' ',
    copied,
    ' ',
    link ?? '',
  ];
}

/** Where a receipt is checked; it is not in the address. @param {string | null} page @param {Text} text */
function checked(page, text) {
  const href = page && new URL(page, location.href).href;
  if (!href || !/^https?:/.test(href)) return [];
  return [
    element('a', { href, target: '_blank', rel: 'noopener noreferrer' }, text('receipt.check')),
    element('p.where', {}, text('receipt.where', { address: href })), // for paper, where links say nothing
  ];
}

/**
 * Copy a text, or where that is not allowed select it, to be copied by hand.
 *
 * @param {HTMLElement} code
 */
async function copyOf(code) {
  try {
    await navigator.clipboard.writeText(code.textContent ?? '');
    return true;
  } catch {
    getSelection()?.selectAllChildren(code);
    return false;
  }
}

/** @param {string} label @param {() => void} press */
function button(label, press) {
  const made = element('button', { type: 'button' }, label);
  made.addEventListener('click', press);
  return made;
}
