/** Who can read the answers, in one sentence; behind it how, and whose key it is. */

import { element } from './controls.js';

/** @import { Text } from './languages.js' */

/**
 * @param {{owner: {name: string}, fingerprint: string, text: Text}} about
 */
export function lock({ owner, fingerprint, text }) {
  const values = { owner: `\u2068${owner.name}\u2069` }; // a name in another script stays whole
  const say = (/** @type {string} */ tag, /** @type {string} */ key) =>
    element(tag, {}, text(key, values));
  return element(
    'details.lock',
    {},
    element('summary', {}, say('span', 'lock'), ' ', say('u', 'lock.more')),
    element('ol', {}, say('li', 'lock.1'), say('li', 'lock.2'), say('li', 'lock.3')),
    say('p', 'lock.pin'),
    element('p', { dir: 'ltr', translate: 'no' }, element('code', {}, fingerprint)),
  );
}
