/** Why a server that cannot be reached cannot be: what only the site's owner can mend is said to them. */

import { address } from '../kit/api.js';
import { FormError } from '../kit/errors.js';
import { besides } from '../kit/parts.js';

const PATIENCE = 10_000;

/** @returns {RequestInit} */
const plain = () => ({
  cache: 'no-store',
  credentials: 'omit',
  referrerPolicy: 'no-referrer',
  signal: AbortSignal.timeout(PATIENCE),
});

/**
 * Return the error `origin` where the server answers pages of other origins, but not this one: browsers do
 * not tell that from a network that is lost. Else return the error as it is.
 *
 * @param {unknown} error
 * @param {string} base where the API is
 * @param {string} form
 */
export async function causeOf(error, base, form) {
  if (!(error instanceof FormError) || error.code !== 'network' || !(await serves(base))) return error;
  const again = fetch(address(base, form, 'manifest'), { ...plain(), redirect: 'manual' });
  if (await again.then(() => true, () => false)) return error; // it has passed, or is sent elsewhere
  console.error(
    `sealform: ${base} answers, but not to pages of ${location.origin}. In the admin, add exactly this origin to the ` +
      `sites of form ${form}; then come back to this page.`,
  );
  return new FormError('origin');
}

/** Whether the script's server, if it is this one, answers pages of other origins. @param {string} base */
async function serves(base) {
  const script = besides();
  if (base === location.origin || new URL(script).origin !== base) return false;
  const asked = fetch(script, { ...plain(), method: 'HEAD' });
  return asked.then(({ ok }) => ok, () => false);
}
