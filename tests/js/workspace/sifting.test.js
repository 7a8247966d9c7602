/** Which rows are shown, and in which order. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { EVERYTHING, Sieve, columnsOf, sayer } from '../../../static/src/workspace/kit/sifting.js';

const TYPE = /** @type {any} */ ({
  columns: [
    { name: 'name', kind: 'text', label: 'Name', options: [] },
    { name: 'age', kind: 'number', label: 'Age', options: [] },
    { name: 'when', kind: 'radio', label: 'When', options: [{ value: 'am', label: { de: 'Vormittags', en: 'Morning' } }] },
  ],
});
/** @param {string} id @param {{[name: string]: any}} values @param {string} when */
const row = (id, values, when) => ({ id, values, when, rev: 1, marks: {}, meta: {}, stolen: false });
const ROWS = [
  row('a', { name: 'Zoë O’Hara', age: '9', when: 'am' }, '2026-11-01'),
  row('b', { name: 'Ann', age: '30' }, '2026-11-03'),
  row('c', { name: 'bob', age: 'ancient', constructor: ['x', 'y'] }, '2026-11-02'),
];
const FAILED = [{ id: 'd', error: { name: 'VerificationError', code: 'open', message: 'the seal does not open', hint: '' } }];
const say = sayer({ language: 'de', yes: 'Ja', no: 'Nein' });
const columns = columnsOf(TYPE, ['name', 'constructor']);
const sieve = new Sieve(columns, say, 'de');
/** @param {Partial<import('../../../static/src/workspace/kit/sifting.js').Asked>} [asked] */
const ids = (asked) => sieve.sift(ROWS, FAILED, { ...EVERYTHING, ...asked }).map(({ id }) => id).join('');

test('columns are those of the manifest, in its order, and then what else there was', () => {
  assert.deepEqual(columns.map(({ name }) => name), ['name', 'age', 'when', 'constructor']);
});

test('newest first, and what failed is there, too', () => {
  assert.equal(ids(), 'bcad');
  assert.equal(ids({ falling: false }), 'acbd');
  assert.equal(ids({ failed: true }), 'd');
});

test('numbers are ordered as numbers, texts as people do, and what has none comes last', () => {
  assert.equal(ids({ by: 'age', falling: false }), 'abcd');
  assert.equal(ids({ by: 'age' }), 'bacd');
  assert.equal(ids({ by: 'name', falling: false }), 'bcad');
  assert.equal(ids({ by: 'constructor' }), 'cabd');
});

test('a search finds each word anywhere, whatever its accents, and as it is shown', () => {
  assert.equal(ids({ search: 'zoe vormit' }), 'a');
  assert.equal(ids({ search: 'SEAL' }), 'd');
  assert.equal(ids({ search: 'function' }), '');
});

test('a filter asks one column, and no failed record', () => {
  assert.equal(ids({ filters: { name: 'b' } }), 'c');
  assert.equal(ids({ filters: { when: 'vor', name: '' } }), 'a');
  assert.equal(ids({ filters: { when: 'nothing' } }), '');
  assert.equal(ids({ filters: { name: 'n' }, search: 'o' }), '');
});

test('values are said as people read them', () => {
  const [name, , when] = columns;
  assert.equal(say(true, /** @type {any} */ (name)), 'Ja');
  assert.equal(say(['am', 'pm'], /** @type {any} */ (when)), 'Vormittags, pm');
  assert.equal(say(null, /** @type {any} */ (name)), '');
});
