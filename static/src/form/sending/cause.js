/**
 * Why a form cannot be had from the server that the page names: what only the site's owner can mend is
 * said to them.
 */

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

/** What was said in the console already: a page tries again and again. @type {Set<string>} */
const told = new Set();

/** @param {string} line */
function tellOwner(line) {
  if (!told.has(line)) console.error(`sealform: ${line}`);
  told.add(line);
}

/**
 * Return the error `origin` where the server answers pages of other origins, but not this one: browsers do
 * not tell that from a network that is lost. Else return the error as it is; where the page asks another
 * server than the one of its script, the console says which.
 *
 * @param {unknown} error
 * @param {string} base where the API is
 * @param {string} form
 */
export async function causeOf(error, base, form) {
  if (!(error instanceof FormError)) return error;
  if (isElsewhere(base) && ['network', 'not_found', 'server'].includes(error.code)) {
    tellOwner(
      `form ${form} was not to be had (${error.code}) from ${base}, which data-sealform-api names; the script comes ` +
        `from ${new URL(besides()).origin}. If the form is there, leave data-sealform-api out. If not, check that ` +
        `${base} is a Sealform server and that this form lists ${location.origin} among its sites.`,
    );
  }
  if (error.code !== 'network' || !(await serves(base))) return error;
  const again = fetch(address(base, form, 'manifest'), { ...plain(), redirect: 'manual' });
  if (await again.then(() => true, () => false)) return error; // it has passed, or is sent elsewhere
  const mend =
    origin === 'null'
      ? 'A page that is opened from a file, or in a sandbox without allow-same-origin, has no origin: serve it ' +
        'from a site, or let any site show'
      : 'In the admin, add exactly this origin to the sites of';
  tellOwner(`${base} answers, but not to pages of ${origin}. ${mend} form ${form}; then come back to this page.`);
  return new FormError('origin');
}

/** Whether the API is at another server than the one that the script came from. @param {string} base */
function isElsewhere(base) {
  const script = besides();
  return Boolean(script) && new URL(script).origin !== base;
}

/** Whether the script's server, if it is this one, answers pages of other origins. @param {string} base */
async function serves(base) {
  const script = besides();
  if (!script || base === location.origin || isElsewhere(base)) return false;
  const asked = fetch(script, { ...plain(), method: 'HEAD' });
  return asked.then(({ ok }) => ok, () => false);
}
