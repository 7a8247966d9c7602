/** Every scenario of tests/vectors, in Node with noble's X-Wing, and with each Argon2id. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';
import { argon2id as noble } from '../../static/src/envelope/argon2.js';
import { argon2id as wasm } from '../../static/src/envelope/argon2_wasm.js';
import { useArgon2id } from '../../static/src/envelope/passphrases.js';
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

test('Argon2id is the same by WebAssembly', async (t) => {
  t.after(() => useArgon2id(noble));
  useArgon2id(wasm);
  const [vectors] = files.filter(({ operation }) => operation === 'passphrase_secret');
  assert.ok(vectors && ours(vectors).length > 5);
  assert.deepEqual(await failures(vectors), []);
  const salt = Uint8Array.from({ length: 16 }, (_, i) => i);
  const uneven = { memory: 19 * 1024 + 3, passes: 2 };
  const by = (/** @type {typeof noble} */ argon2id) => argon2id(Uint8Array.of(1, 2), salt, uneven);
  assert.deepEqual(new Uint8Array(await by(wasm)), new Uint8Array(await by(noble)));
});

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
