/**
 * sealform-receipt.js: checks a receipt against what the server stores (docs/protocol.md §8). The
 * receipt never leaves the page: the server is asked for records by their ids alone.
 */

import { element } from '../kit/element.js';
import { FormError } from '../kit/errors.js';
import { checkReceipt } from './check.js';

/** @import { Verdict } from './check.js' */

const COLOURS = { ok: 'sent', checking: 'sending' };

/** @type {{[key: string]: string}} */
const texts = JSON.parse(document.querySelector('[data-sealform-texts]')?.textContent || '{}');
const host = document.querySelector('[data-sealform-check]');
const form = host?.getAttribute('data-sealform-check') ?? '';
const types = host?.getAttribute('data-types')?.split(' ') ?? [];
const pin = host?.getAttribute('data-pin') ?? '';
const owner = host?.getAttribute('data-owner') ?? '';

/** @param {string} key */
const say = (key) => (texts[`check.${key}`] ?? '').replaceAll('{owner}', () => owner);

/** @param {Element} status @param {string} said */
function show(status, said) {
  status.setAttribute('data-state', COLOURS[/** @type {'ok'} */ (said)] ?? 'failed');
  const help = say(`${said}.help`);
  status.replaceChildren(
    element('strong', {}, say(said) || say('failed')),
    ...(help ? [element('p', {}, help)] : []),
  );
}

/** @param {string} typed @returns {Promise<Verdict | 'network' | 'throttled' | 'failed'>} */
async function verdictOn(typed) {
  try {
    return await checkReceipt({ base: '', form, types, pin, typed });
  } catch (error) {
    const code = error instanceof FormError ? error.code : '';
    return code === 'network' || code === 'throttled' ? code : 'failed';
  }
}

const button = host?.querySelector('button');
const input = host?.querySelector('textarea');
const status = host?.querySelector('[role=status]');

if (button && input && status) {
  button.disabled = false;
  button.addEventListener('click', async () => {
    show(status, 'checking');
    button.disabled = true;
    show(status, await verdictOn(input.value));
    button.disabled = false;
  });
}
