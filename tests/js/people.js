/** Acme owns, marketing reads, mallory must be refused: the people of the tests, and a form. */

import { KemKey } from '../../static/src/envelope/hpke.js';
import { ClientKeys, makeCard } from '../../static/src/envelope/keys.js';
import { signManifest } from '../../static/src/envelope/manifests.js';
import { random } from '../../static/src/envelope/primitives.js';
import { DEFAULTS } from '../../static/src/envelope/questions.js';

export const NOW = 1_800_000_000;
export const EMPTY_TEXT = {
  ...DEFAULTS,
  kind: 'text',
  label: 'A question',
  help: '',
  required: false,
  options: [],
};

/** @param {string} name */
export async function person(name) {
  const keys = await ClientKeys.generate();
  const id = crypto.randomUUID();
  return { id, keys, card: await makeCard({ keys, id, name }) };
}

/** @typedef {Awaited<ReturnType<typeof person>>} Person */

/**
 * A form of two types, `contact` and `health`, signed by its owner.
 *
 * @param {Person} owner
 */
export async function publishedForm(owner) {
  const seeds = { contact: random(32), health: random(32) };
  const inboxes = {
    contact: await KemKey.fromSeed(seeds.contact),
    health: await KemKey.fromSeed(seeds.health),
  };
  const description = {
    form: crypto.randomUUID(),
    version: 1,
    owner: owner.id,
    issued: NOW - 3600,
    expires: NOW + 3600,
    title: 'Sign-up',
    description: '',
    confirmation: 'Thank you.',
    types: [
      { type: 'contact', gen: 1, public: inboxes.contact.public },
      { type: 'health', gen: 1, public: inboxes.health.public },
    ],
    fields: [
      { ...EMPTY_TEXT, name: 'fullname', type: 'contact' },
      { ...EMPTY_TEXT, name: 'age', type: 'health' },
    ],
  };
  const [manifest, sig] = await signManifest(description, owner.keys);
  return { description, manifest, sig, seeds, inboxes };
}

export const ANSWERS = new Map([
  ['fullname', 'Ada Lovelace'],
  ['age', ''],
]);
