/** What stands above a rendered form, where its page does not say it: what it is, and who can read the answers. */

import { showFingerprint } from '../../envelope/keys.js';
import { element } from '../kit/element.js';

/** @import { Verified } from '../kit/manifest.js' */
/** @import { Voice } from '../opening/rendering.js' */

/**
 * Return title, description and lock.
 *
 * @param {Verified} verified
 * @param {Voice} voice
 * @param {number} level of the title
 * @returns {HTMLElement[]}
 */
export function above({ manifest, owner }, voice, level) {
  const { title, description, fields } = manifest;
  const { say, text, word } = voice;
  const kept = fields.filter(({ autocomplete, sensitive }) => autocomplete && !sensitive);
  const labels = kept.map(({ label }) => whole(word(label))).join(', ');
  const shown = [say(`h${level}.title`, title)];
  if (word(description)) shown.push(say('p.description', description));
  const fingerprint = showFingerprint(owner.fingerprint);
  return [...shown, lock(text, { owner: whole(owner.name), labels, fingerprint })];
}

/** A name in another script stays whole. @param {string} name */
const whole = (name) => `\u2068${name}\u2069`;

/**
 * Who can read the answers, in one sentence; behind it how, and whose key it is.
 *
 * @param {Voice['text']} text
 * @param {{owner: string, labels: string, fingerprint: string}} values
 */
function lock(text, values) {
  const say = (/** @type {string} */ tag, /** @type {string} */ key) => element(tag, {}, text(key, values));
  const steps = ['lock.1', 'lock.2', 'lock.3', ...(values.labels ? ['lock.4'] : [])];
  return element(
    'details.lock',
    {},
    element('summary', {}, say('span', 'lock'), ' ', say('u', 'lock.more')),
    element('ol', {}, ...steps.map((step) => say('li', step))),
    say('p', 'lock.pin'),
    element('p', { dir: 'ltr', translate: 'no' }, element('code', {}, values.fingerprint)),
  );
}
