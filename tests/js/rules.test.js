/** Rules of answers, beyond the vectors: what floating point and other grammars would get wrong. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { problems } from '../../static/src/envelope/answers.js';
import { exact } from '../../static/src/envelope/formats.js';
import { MAX_BODY, b64, dumpJson } from '../../static/src/envelope/encoding.js';
import { KemKey } from '../../static/src/envelope/hpke.js';
import { Manifest, parseManifest } from '../../static/src/envelope/manifests.js';
import { checkPattern, matches } from '../../static/src/envelope/patterns.js';
import { random } from '../../static/src/envelope/primitives.js';
import { useKem } from '../../static/src/envelope/suite.js';
import { DEFAULTS } from '../../static/src/envelope/questions.js';
import { EMPTY_TEXT, NOW } from './people.js';
import { doWork, workDone } from '../../static/src/envelope/proof_of_work.js';

useKem('noble');

/** @param {Partial<import('../../static/src/envelope/questions.js').Field>} parts */
function problemOf(parts, value = '') {
  const field = { ...EMPTY_TEXT, ...parts, name: 'it', type: 'contact' };
  const about = { form: '', version: 1, owner: '', issued: NOW, expires: NOW, title: '' };
  const words = { description: '', confirmation: '', languages: [], sections: [], types: [] };
  const [raw, hash] = [new Uint8Array(), new Uint8Array()];
  const manifest = new Manifest({ ...about, ...words, fields: [field], raw, hash });
  return problems(manifest, new Map([['it', value]])).get('it') ?? '';
}

test('decimals compare by value, however many digits they have', () => {
  assert.equal(exact('-0'), exact('0.00'));
  assert.equal(exact('1.10'), exact('1.1'));
  assert.ok(exact('0.1') + exact('0.2') === exact('0.3'));
  assert.ok(exact('9007199254740993') > exact('9007199254740992'));
  assert.ok(exact('-0.0000000000000000000000000000000000001') < exact('0'));
});

test('a step is met exactly, from min or from 0', () => {
  const number = { kind: 'number', step: '0.1' };
  assert.equal(problemOf(number, '0.3'), '');
  assert.equal(problemOf(number, '-0.7'), '');
  assert.equal(problemOf(number, '0.35'), 'step');
  assert.equal(problemOf({ ...number, min: '0.05' }, '0.35'), '');
  assert.equal(problemOf({ ...number, min: '0.05' }, '0.3'), 'step');
  assert.equal(problemOf({ ...number, max: '0.2' }, '0.3'), 'max');
});

test('lengths are counted in code points', () => {
  assert.equal(problemOf({ maxLength: 2 }, '🙂🙂'), '');
  assert.equal(problemOf({ maxLength: 2 }, '🙂🙂🙂'), 'too_long');
  assert.equal(problemOf({ minLength: 3 }, '🙂🙂'), 'too_short');
});

test('a pattern matches a whole value, and each of its alternatives does', () => {
  assert.equal(matches('ab|cd', 'ab'), true);
  assert.equal(matches('ab|cd', 'abcd'), false);
  assert.equal(matches('a(b(c)?)?', 'abc'), true);
  assert.equal(matches('[^a]', '\n'), true);
  assert.equal(matches('.'.replace('.', '🙂{2}'), '🙂🙂'), true);
});

test('what engines know beyond our grammar is refused', () => {
  const foreign = ['.', '^a$', '\\w', '\\b', '(?:a)', '(?=a)', '(a)*', '(a)+', 'a*?', 'a??', 'a++'];
  foreign.push('(?<n>a)', '\\1', '\\u0041', '\\x41', '[[a]]', '[a&&b]'.replace('&&', '['), '[]', '[^]');
  foreign.push('[z-a]', '[\\d-z]', '[a-]', 'a{2,1}', 'a{0}', 'a{101}', 'a{01}', '{', ')', 'a)|(b', '');
  foreign.push('('.repeat(9) + ')'.repeat(9), 'a'.repeat(257), '\0', '\x7f', '\t');
  for (const pattern of foreign) {
    assert.throws(() => checkPattern(pattern), { code: 'malformed' }, JSON.stringify(pattern));
  }
});

test('the deepest, the longest and the oddest that the grammar allows are patterns', () => {
  const ours = ['('.repeat(8) + ')'.repeat(8), 'a'.repeat(256), '[\\-\\]\\d]{0,}', '\\(\\)\\/', 'a||b'];
  ours.push('(a|b(c)?)?d{2,3}', '[a-z\\d]+', '&&', '-', ' ', '[^\\\\]', '\u{10ffff}', 'a{0,1}', '()?');
  for (const pattern of ours) assert.equal(checkPattern(pattern), pattern);
});

test('work is done when the hash begins with enough zeros, and found by counting', async () => {
  const nonce = await doWork('a challenge', 'an id', 6);
  assert.ok(await workDone('a challenge', 'an id', nonce, 6));
  for (let less = 0; less < nonce; less += 1) {
    assert.equal(await workDone('a challenge', 'an id', less, 6), false);
  }
  assert.equal(await doWork('a challenge', 'an id', 0), 0);
});

test('what a field does not say is nothing at all', () => {
  const said = Object.entries(DEFAULTS).filter(([, value]) => String(value));
  assert.deepEqual(said, [
    ['minLength', 0],
    ['maxLength', 0],
    ['sensitive', true],
  ]);
});

test('a form with many questions in many languages is read as any other', async () => {
  const languages = ['en', 'de', 'fr', 'es', 'ar', 'ja', 'pt', 'it', 'nl', 'pl', 'tr'];
  const words = (/** @type {number} */ length) =>
    Object.fromEntries(languages.map((language) => [language, `${language} `.repeat(length / 3).trim()]));
  const options = Array.from({ length: 12 }, (_, n) => ({ value: `value ${n}`, label: words(36) }));
  const fields = Array.from({ length: 52 }, (_, n) => ({
    ...{ name: `field_${n}`, type: 'contact', kind: 'radio', label: words(120), help: words(600) },
    ...{ required: n % 2 === 0, options },
  }));
  const about = { v: 'sealform/1', form: crypto.randomUUID(), version: 1, owner: crypto.randomUUID() };
  const text = { title: words(60), description: words(900), confirmation: words(300) };
  const { public: inbox } = await KemKey.fromSeed(random(32));
  const types = [{ type: 'contact', gen: 1, inbox: b64(inbox) }];
  const raw = dumpJson({ ...about, issued: NOW, expires: NOW + 1, ...text, types, fields, languages });

  assert.ok(raw.length > 600_000 && raw.length < MAX_BODY, String(raw.length));
  assert.equal((await parseManifest(raw)).fields.length, 52);
});
