/**
 * Addresses of servers: what one may look like, wherever it comes from.
 *
 * Nothing of an address that is refused is shown: it may hold a password.
 */

import { UsageError } from './errors.js';

export const ROOT = '/api/v1';
const EXAMPLE = 'like https://forms.example.org';
/** What stands for @ in some font, and becomes one or an error that shows it. */
const AT = /[@\uff20\ufe6b]/;
const LOOPBACK = /^(localhost|.+\.localhost|127(\.[0-9]+){3}|\[::1\])$/;

/**
 * Return a server's address as it is kept, without `/` and `/api/v1` behind it.
 *
 * Plain http is for this machine only, unless `allowHttp`. Raises UsageError, which calls it `what`
 * and does not show it.
 *
 * @param {string} text
 * @param {{allowHttp?: boolean, what?: string}} [more]
 */
export function readAddress(text, { allowHttp = false, what = 'the API URL' } = {}) {
  const address = bare(bare(text.trim()).replace(/\/api\/v1$/, ''));
  if (AT.test(address)) {
    throw new UsageError(`${what} must not hold a user name or a password`, {
      hint: 'the API key comes from the key file; leave out what stands before the @',
    });
  }
  if (/[?#]/.test(address)) {
    throw new UsageError(`${what} must not hold a ? or a #`, { hint: EXAMPLE });
  }
  const { protocol, hostname } = parsed(address, what);
  if (!/^https?:\/\//i.test(address) || !hostname) {
    throw new UsageError(`${what} must begin with https://`, { hint: EXAMPLE });
  }
  if (protocol === 'http:' && !allowHttp && !LOOPBACK.test(hostname)) {
    throw new UsageError(`${what} is not https: the API key would travel in the clear`, {
      hint: 'use https://',
    });
  }
  return address;
}

/** @param {string} address */
function bare(address) {
  return address.replace(/\/+$/, '');
}

/** @param {string} address @param {string} what */
function parsed(address, what) {
  try {
    return new URL(address);
  } catch {
    throw new UsageError(`${what} cannot be read`, { hint: EXAMPLE });
  }
}
