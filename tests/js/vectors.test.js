/** Every scenario of tests/vectors, in Node with noble's X-Wing. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';
import { useKem } from '../../static/src/envelope/suite.js';
import { failures, ours } from './vectors.js';

/** @import { Vectors } from './vectors.js' */

const FOLDER = new URL('../vectors/', import.meta.url);
const LEAST = 1100;

useKem('noble');

/** @type {Vectors[]} */
const files = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')));

for (const vectors of files.filter((file) => ours(file).length)) {
  test(`every scenario of ${vectors.operation} ends as it says`, async () => {
    assert.deepEqual(await failures(vectors), []);
  });
}

test('there are enough scenarios, and a runner refuses what it does not know', async (t) => {
  const count = files.flatMap(ours).length;
  assert.ok(count >= LEAST);
  const unknown = { name: 'unknown', input: {} };
  const wrong = { name: 'wrong', input: { data: '00' }, output: { text: 'AB' } };
  assert.match(String(await failures({ operation: 'fly', scenarios: [unknown] })), /unknown/);
  assert.match(String(await failures({ operation: 'b64', scenarios: [wrong] })), /expected/);
  const left = files.flatMap(({ scenarios }) => scenarios).length - count;
  t.diagnostic(`vectors: ${count} in Node with noble, ${left} left to Python`);
});
