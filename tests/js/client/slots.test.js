/** New ways into a key file, and what opens one: six drawn words, a passkey, paper. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { CredentialsError } from '../../../static/src/client/errors.js';
import { WORD_LIST, below, newWords, passkey, passphrase, recovery } from '../../../static/src/client/slots.js';
import { MOST_TRIED, wayInto } from '../../../static/src/client/unlocking.js';
import { argon2id } from '../../../static/src/envelope/argon2_wasm.js';
import { MalformedError } from '../../../static/src/envelope/errors.js';
import { useArgon2id } from '../../../static/src/envelope/passphrases.js';
import { random, same } from '../../../static/src/envelope/primitives.js';
import { useKem } from '../../../static/src/envelope/suite.js';

useKem('noble');
useArgon2id(argon2id);

const CHEAP = { memory: 19 * 1024, passes: 2 };

/** @param {import('../../../static/src/client/slots.js').Way[]} ways @returns {any} */
const fileOf = (...ways) => ({ slots: ways.map(({ slot }) => slot) });

/** @param {string} text @param {number} made */
async function words(text, made) {
  const { slot, secret } = await passphrase(text, { generated: true, cost: CHEAP });
  return { slot: { ...slot, made }, secret };
}

test('six words of 7,776 are drawn, and none is likelier than another', () => {
  assert.equal(new Set(WORD_LIST).size, 7776);
  const found = new Set(Array.from({ length: 50 }, newWords));
  assert.equal(found.size, 50);
  for (const drawn of found) {
    assert.equal(drawn.split(' ').length, 6);
    assert.ok(drawn.split(' ').every((word) => WORD_LIST.includes(word)));
  }
  const counts = new Array(7776).fill(0);
  for (let drawn = 0; drawn < 65_536; drawn += 1) {
    const left = [drawn];
    const word = below(7776, () => left.pop() ?? 7); // what would make some words likelier is drawn again
    if (drawn < 8 * 7776) counts[word] += 1;
    else assert.equal(word, 7);
  }
  assert.deepEqual([...new Set(counts)], [8]);
});

test('a passphrase is tried on the newest slots, and no more of them than three', async () => {
  const ways = [await words('the first of all', 1)];
  for (const made of [2, 3, 4]) ways.push(await words(`number ${made} of all`, made));
  const file = fileOf(...ways);
  assert.equal(ways.length, MOST_TRIED + 1);
  assert.equal((await wayInto(file, { passphrase: ' Number  2 of all'.toLowerCase() })).slot.made, 2);
  const wrong = { name: 'CredentialsError', code: 'passphrase' };
  await assert.rejects(wayInto(file, { passphrase: 'the first of all' }), wrong);
  await assert.rejects(wayInto(file, { passphrase: ' ' }), MalformedError);
});

test('a recovery code is read row by row, and only of this file', async () => {
  const [own, other] = [await recovery(), await recovery()];
  const file = fileOf(own.way);
  const found = await wayInto(file, { recovery: own.code.join('\n').toLowerCase() });
  assert.ok(same(found.secret, own.way.secret));
  const [first, second, third = '', fourth] = own.code;
  const mistyped = (third.startsWith('A') ? 'B' : 'A') + third.slice(1);
  const typed = [first, second, mistyped, fourth].join(' ');
  await assert.rejects(wayInto(file, { recovery: typed }), { code: 'malformed', message: /^row 3 of the recovery code/ });
  const wrong = { name: 'CredentialsError', code: 'recovery' };
  await assert.rejects(wayInto(file, { recovery: other.code.join(' ') }), wrong);
});

test('a passkey opens its own slot, with the output that its PRF gave for the salt', async () => {
  const made = { rp: 'forms.example.org', credential: random(64), salt: random(32), output: random(32) };
  const way = await passkey({ ...made, label: 'laptop' });
  const [{ slot }, file] = [way, fileOf(way)];
  assert.deepEqual(Object.keys(slot.params), ['rp', 'credential', 'salt']);
  const found = await wayInto(file, { passkey: { slot: slot.id, output: made.output } });
  assert.ok(same(found.secret, way.secret));
  for (const wrong of [{ slot: slot.id, output: random(32) }, { slot: crypto.randomUUID(), output: made.output }]) {
    await assert.rejects(wayInto(file, { passkey: wrong }), (error) => error instanceof CredentialsError && error.code === 'passkey');
  }
  const short = { slot: slot.id, output: made.output.slice(1) };
  await assert.rejects(wayInto(file, { passkey: short }), MalformedError);
});
