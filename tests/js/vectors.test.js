/** Every scenario of tests/vectors, in Node with noble's X-Wing. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';
import { useKem } from '../../static/src/envelope/suite.js';
import { isForeign, runVector } from './vectors.js';

const FOLDER = new URL('../vectors/', import.meta.url);
const LEAST = 1000;

useKem('noble');

const vectors = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => ({ file, ...JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) }));
const ours = vectors.filter((vector) => !isForeign(vector));

for (const vector of ours) {
  test(vector.name, () => runVector(vector));
}

test('there are enough scenarios, and a runner refuses what it does not know', async (t) => {
  assert.ok(ours.length >= LEAST);
  await assert.rejects(runVector({ name: 'unknown', operation: 'fly', input: {} }), /unknown/);
  await assert.rejects(
    runVector({ name: 'wrong', operation: 'b64', input: { data: '00' }, output: { text: 'AB' } }),
    /expected/,
  );
  const left = vectors.length - ours.length;
  t.diagnostic(`vectors: ${ours.length} in Node with noble, ${left} left to Python`);
});
