/** What the workspace's page decides by itself: addresses, languages, texts, codes, ways and the lock. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';
import { ours } from '../../static/src/workspace/kit/calls.js';
import { IDLE_SECONDS, WARNING_SECONDS, watchIdle } from '../../static/src/workspace/kit/idle.js';
import { readRoute } from '../../static/src/workspace/kit/routes.js';
import { LANGUAGES, chooseLanguage, explained, speech } from '../../static/src/workspace/kit/texts.js';

const SOURCES = new URL('../../static/src/workspace/', import.meta.url);
const TEXTS = new URL('texts/', SOURCES);
/** @param {string} language @returns {{[key: string]: string}} */
const texts = (language) => JSON.parse(readFileSync(new URL(`${language}.json`, TEXTS), 'utf8'));
const english = texts('en');
const { t } = speech('en', english);

test('the one policy makes the address of the key worker, and of nothing else', () => {
  Object.assign(globalThis, { location: { href: 'https://forms.example.org/workspace/#/make' } });
  const own = 'https://forms.example.org/workspace/keys.js';
  assert.equal(ours(own), own);
  for (const other of ['keys.js', `${own}?x`, `${own}#x`, 'https://evil.example/workspace/keys.js', 'data:,', 'blob:x', '']) {
    assert.throws(() => ours(other), TypeError, other);
  }
});

test('a link names a page and carries a token, and nothing else is taken from it', () => {
  assert.deepEqual(readRoute('#/make?token=sfe_x&client=abc&evil=1'), {
    name: 'make',
    given: { token: 'sfe_x', client: 'abc' },
  });
  for (const hash of ['', '#', '#/', '#/elsewhere', '#javascript:alert(1)', '#/make/../x']) {
    assert.deepEqual(readRoute(hash), { name: '', given: {} }, hash);
  }
  assert.deepEqual(readRoute(`#/make?token=${'x'.repeat(201)}`).given, {});
});

test('the pages speak the first language of the browser that they have', () => {
  assert.equal(chooseLanguage(['pt-BR', 'fr-CA', 'de']), 'fr');
  assert.equal(chooseLanguage(['AR']), 'ar');
  assert.equal(chooseLanguage(['pt']), 'en');
  assert.equal(chooseLanguage([]), 'en');
  assert.equal(chooseLanguage(['constructor', 'tostring']), 'en');
});

test('each language says everything, with the same values in it', () => {
  const named = (/** @type {string} */ text) => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();
  assert.deepEqual(readdirSync(TEXTS).map((file) => file.slice(0, 2)).sort(), Object.keys(LANGUAGES).sort());
  for (const language of Object.keys(LANGUAGES)) {
    const catalogue = texts(language);
    assert.deepEqual(Object.keys(catalogue), Object.keys(english), language);
    for (const [key, text] of Object.entries(catalogue)) {
      assert.ok(text.trim(), `${language} ${key}`);
      assert.deepEqual(named(text), named(english[key] ?? ''), `${language} ${key}`);
    }
  }
});

test('every text is said somewhere, and every text that is said is there', () => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((file) => /\.jsx?$/.test(file));
  const source = files.map((file) => readFileSync(new URL(file, SOURCES), 'utf8')).join('\n');
  const said = [...source.matchAll(/\bt\((?:\w+ \? )?'([\w.-]+)'(?: : '([\w.-]+)')?/g)].flatMap(([, one, two]) => [one, two]);
  for (const key of said.filter((one) => one !== undefined)) assert.ok(key in english, key);
  // `failed.…` is chosen by a code, the others by a kind: these stand in the sources by their beginning.
  const begun = [...source.matchAll(/\bt\((?:\w+ && )?`([\w.]+)\$\{/g)].map(([, start]) => start ?? '');
  const refused = [...source.matchAll(/(?:refuse|failed|stop|ended)\('([\w.]+)'/g)].map(([, code]) => `failed.${code}`);
  for (const key of Object.keys(english)) {
    const known = said.includes(key) || refused.includes(key) || source.includes(`'${key}'`);
    const chosen = begun.some((start) => start !== 'failed.' && `${key}.`.startsWith(start));
    assert.ok(known || chosen || key.startsWith('failed.'), key);
  }
});

test('a failure is explained by its code, by its name, or as the worker says it', () => {
  assert.equal(explained(t, { name: 'X', code: 'make.name', message: '' }).text, 'Please write a name.');
  const told = { name: 'Unknown', code: 'unheard', message: 'no such file', hint: 'look again' };
  assert.deepEqual(explained(t, told), { text: '', told: ['No such file.', 'Look again.'] });
  assert.equal(explained(t, { name: 'X', message: '' }).text, english.error);
});

test('whoever does nothing is warned, and locked out', (context) => {
  context.mock.timers.enable({ apis: ['setInterval', 'Date'] });
  const said = /** @type {(number | null | 'locked')[]} */ ([]);
  const target = new EventTarget();
  const watch = watchIdle({ warn: (left) => said.push(left), lock: () => said.push('locked'), target });
  const pass = (/** @type {number} */ seconds) => context.mock.timers.tick(seconds * 1000);

  pass(IDLE_SECONDS - WARNING_SECONDS - 1);
  target.dispatchEvent(new Event('keydown'));
  pass(IDLE_SECONDS - WARNING_SECONDS - 1);
  assert.equal(said.length, 0);
  pass(1);
  assert.deepEqual(said, [WARNING_SECONDS]);
  watch.stay();
  pass(IDLE_SECONDS - WARNING_SECONDS);
  target.dispatchEvent(new Event('pointermove'));
  said.length = 0;
  pass(WARNING_SECONDS - 1);
  assert.equal(said.at(-1), 1);
  pass(1);
  target.dispatchEvent(new Event('pointermove'));
  pass(1);
  assert.deepEqual(said.slice(-2), [1, 'locked']);
  watch.stop();
  said.length = 0;
  pass(IDLE_SECONDS);
  assert.equal(said.length, 0);
});
