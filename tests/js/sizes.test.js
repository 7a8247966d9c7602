/** What the size of a sealed answer tells: nothing of options and branches (docs/protocol.md §8). */

import assert from 'node:assert/strict';
import test from 'node:test';
import { emptyValue, problems } from '../../static/src/envelope/answers.js';
import { visible } from '../../static/src/envelope/encoding.js';
import { signManifest } from '../../static/src/envelope/manifests.js';
import { dumpSubmission, sealSubmission } from '../../static/src/envelope/submissions.js';
import { useKem } from '../../static/src/envelope/suite.js';
import { EMPTY_TEXT, person, publishedForm } from './people.js';

/** @import { Value } from '../../static/src/envelope/fields.js' */
/** @import { Manifest } from '../../static/src/envelope/manifests.js' */
/** @import { Field } from '../../static/src/envelope/questions.js' */
/** @import { Section } from '../../static/src/envelope/sections.js' */

useKem('noble');

const acme = await person('acme');
const { description } = await publishedForm(acme);

const LONG = `Yes, ${'and then some '.repeat(12)}`.trim();
const SMOKES = { when: [{ field: 'smoker', values: ['yes'] }] };
const SMOKER = asked('smoker', { kind: 'radio', options: among('no', 'yes') });

/** @param {string[]} values */
function among(...values) {
  return values.map((value) => ({ value, label: 'One of them' }));
}

/** @param {string} name @param {Partial<Field>} [parts] @returns {Field} */
function asked(name, parts) {
  return { ...EMPTY_TEXT, ...parts, name, type: 'contact' };
}

/** @param {Field[]} fields @param {Section[]} [sections] */
async function form(fields, sections) {
  const types = description.types.slice(0, 1);
  const [manifest] = await signManifest({ ...description, types, fields, sections }, acme.keys);
  return manifest;
}

/** The sizes that a server sees. @param {Manifest} manifest @param {{[name: string]: Value}} given */
async function sizes(manifest, given) {
  const empty = manifest.fields.map((field) => [field.name, emptyValue(field)]);
  const answers = new Map(Object.entries({ ...Object.fromEntries(empty), ...given }));
  assert.deepEqual(problems(manifest, answers), new Map());
  const { records } = await sealSubmission(manifest, answers);
  const values = records.flatMap(({ fields }) => [...fields.values()]);
  return [dumpSubmission(records).length, ...values.map(({ c }) => c.length)].join();
}

/** @param {Manifest} manifest @param {{[name: string]: Value}[]} all */
async function sameSizes(manifest, all) {
  const seen = new Set(await Promise.all(all.map((given) => sizes(manifest, given))));
  assert.equal(seen.size, 1, [...seen].join(' and '));
}

for (const kind of ['select', 'radio']) {
  test(`no size tells which option of a ${kind} was taken`, async () => {
    const options = ['no', LONG, 'é'.repeat(200), '😀'.repeat(200), '"'.repeat(200)];
    const manifest = await form([asked('choice', { kind, options: among(...options) })]);
    await sameSizes(manifest, ['', ...options].map((choice) => ({ choice })));
  });
}

test('no size tells how many boxes are ticked', async () => {
  const options = Array.from({ length: 9 }, (_, n) => `${n} ${LONG}`);
  const manifest = await form([asked('boxes', { kind: 'checkboxes', options: among(...options) })]);
  await sameSizes(manifest, [0, 1, 4, 9].map((ticked) => ({ boxes: options.slice(0, ticked) })));
});

for (const kind of ['text', 'textarea', 'email', 'hidden']) {
  test(`no size tells which branch was taken, by a ${kind} in it`, async () => {
    const long = kind === 'email' ? `${'a'.repeat(90)}@${'b'.repeat(60)}.example` : 'x'.repeat(1021);
    const taken = ['', long].map((more) => ({ smoker: 'yes', more }));
    const about = { title: '', text: '' };
    const parts = [
      { ...about, page: true, fields: ['smoker'], when: [] },
      { ...about, page: false, fields: ['more'], ...SMOKES },
    ];
    const own = await form([SMOKER, asked('more', { kind, ...SMOKES })]);
    await sameSizes(own, [{ smoker: 'no' }, ...taken]);
    await sameSizes(await form([SMOKER, asked('more', { kind })], parts), [{ smoker: 'no' }, ...taken]);
  });
}

test('a text of a branch has room for as much as it may say', async () => {
  const manifest = await form([SMOKER, asked('more', { maxLength: 300, ...SMOKES })]);
  const all = ['x', '\n', '"', '😀'].map((one) => ({ smoker: 'yes', more: one.repeat(300) }));
  await sameSizes(manifest, [{ smoker: 'no' }, ...all]);
});

test('what is longer than its room is sealed as long as it is', async () => {
  const manifest = await form([SMOKER, asked('more', SMOKES), asked('free')]);
  const none = await sizes(manifest, { smoker: 'yes' });
  assert.notEqual(await sizes(manifest, { smoker: 'yes', more: 'x'.repeat(1022) }), none);
  assert.notEqual(await sizes(manifest, { free: 'x'.repeat(62) }), none);
});

test('what the protocol calls white space is at no end of an option', () => {
  const spaces = '\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a';
  const every = Array.from({ length: 0x110000 }, (_, n) => n).filter((n) => n < 0xd800 || n > 0xdfff);
  const trimmed = every.map((n) => String.fromCodePoint(n)).filter((one) => !one.trim());
  assert.equal(trimmed.join(''), `${spaces}\u2028\u2029\u202f\u205f\u3000\ufeff`);
  for (const one of trimmed) {
    assert.throws(() => visible(`${one}a`, 'it'), { code: 'malformed' });
    assert.throws(() => visible(`a${one}`, 'it'), { code: 'malformed' });
  }
});
