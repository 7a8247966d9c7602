/** Which language a form speaks, and that it has all its words in each. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'node:test';
import { build } from 'esbuild';

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const TEXTS = '../../static/src/form/texts/';
const LANGUAGES = ['ar', 'de', 'en', 'es', 'fr', 'ja'];

/** @typedef {{[key: string]: string}} Catalogue */

/** @param {string} path @returns {Catalogue} */
const catalogue = (path) => JSON.parse(readFileSync(here(TEXTS + path), 'utf8'));

/** @param {string} text */
const placeholders = (text) => [...new Set(text.match(/\{\w+\}/g))].sort();

/**
 * kit/languages.js as a page has it, with another way to load its parts.
 *
 * @param {string} loadTexts the source of a function
 * @returns {Promise<typeof import('../../static/src/form/kit/languages.js')>}
 */
async function languages(loadTexts) {
  const { outputFiles } = await build({
    entryPoints: [here('../../static/src/form/kit/languages.js')],
    bundle: true,
    format: 'esm',
    write: false,
    plugins: [
      {
        name: 'parts',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /\/parts\.js$/ }, ({ path }) => ({ path, namespace: 'parts' }));
          onLoad({ filter: /./, namespace: 'parts' }, () => ({
            contents: `export const loadTexts = ${loadTexts}`,
          }));
        },
      },
    ],
  });
  const source = outputFiles[0]?.text ?? '';
  return import(`data:text/javascript;base64,${Buffer.from(source).toString('base64')}`);
}

const { chooseLanguage, untilLoaded, texts } = await languages(
  `async (language) => language === 'en' ? ${JSON.stringify(catalogue('en.json'))} : { send: language }`,
);
const english = await texts('en');

/** @typedef {{name: string, wanted: string[], offered: string[]}} Asked */
/** @typedef {Asked & {language: string, interface: string, direction: string}} Case */

/** Shared with tests/intake/test_languages.py. @type {Case[]} */
const cases = JSON.parse(readFileSync(here('../vectors/pages/language.json'), 'utf8'));

test('every language has a file in both families', () => {
  for (const family of ['', 'pages/']) {
    const files = readdirSync(here(TEXTS + family)).filter((name) => name.endsWith('.json'));
    const known = LANGUAGES.map((language) => `${language}.json`);
    assert.deepEqual(files.sort(), family ? known : [...known, 'until-loaded.json'].sort());
  }
});

for (const family of ['', 'pages/']) {
  const reference = catalogue(`${family}en.json`);
  for (const language of LANGUAGES) {
    test(`${family}${language} says the same things as English`, () => {
      const translated = catalogue(`${family}${language}.json`);
      assert.deepEqual(Object.keys(translated), Object.keys(reference));
      for (const [key, text] of Object.entries(translated)) {
        assert.ok(text.trim(), key);
        assert.deepEqual(placeholders(text), placeholders(reference[key] ?? ''), key);
      }
    });
  }
}

test('what belongs to pages alone is not in the file that every form loads', () => {
  for (const key of Object.keys(catalogue('en.json'))) assert.doesNotMatch(key, /^(page|check)\./);
  for (const key of Object.keys(catalogue('pages/en.json'))) assert.match(key, /^(page|check)\./);
});

for (const { name, wanted, offered, ...told } of cases) {
  test(`which language: ${name}`, () => {
    const { dir: direction, ...chosen } = chooseLanguage(wanted, offered);
    assert.deepEqual({ ...chosen, direction }, told);
  });
}

test('a text falls back to the more general one, and takes its values', () => {
  assert.equal(english('problem.min.date', { min: 'May 1' }), 'Please choose May 1 or later.');
  assert.equal(english('problem.min.number', { min: 3 }), 'Please write 3 or more.');
  assert.equal(english('error.nobody_knows'), catalogue('en.json').error);
  assert.equal(english('nothing'), '');
});

test('a value with braces in it is not filled in again', () => {
  const said = english('problem.pattern', { example: '{length}', length: 7 });
  assert.equal(said, 'Please write it like this: {length}');
});

test('numbers and moments are said in the language of the text, whatever the browser speaks', async () => {
  const send = '{now} {count}';
  const spoken = await languages(`async () => (${JSON.stringify({ send })})`);
  const now = new Date(Date.UTC(2020, 0, 2, 12));
  const german = (await spoken.texts('de'))('send', { now, count: 12_345 });
  assert.match(german, /^2\. Januar 2020 um \d\d:\d\d 12345$/);
  assert.match((await spoken.texts('en'))('send', { now, count: 12_345 }), /^January 2, 2020 at .* 12345$/);
});

test('a language is loaded', async () => {
  assert.equal((await texts('de'))('send'), 'de');
});

test('what is said where none loads stands in English, in the same words', () => {
  const english = catalogue('en.json');
  for (const [key, text] of Object.entries(catalogue('until-loaded.json'))) {
    assert.equal(english[key], text);
    assert.equal(untilLoaded(key), text);
  }
  assert.equal(untilLoaded('error.signature'), english.error);
});

test('a form does not speak half a language: one that does not load is an error', async () => {
  const offline = await languages("async () => { throw new TypeError('offline') }");
  await assert.rejects(offline.texts('de'), /offline/);
});
