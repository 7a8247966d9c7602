/** The work that a server asks for is done once, and never more than the protocol allows. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { loadJson, utf8 } from '../../static/src/envelope/encoding.js';
import { Proof } from '../../static/src/form/sending/proof.js';

/** @import { Entry } from '../../static/src/form/sending/outbox.js' */

const BITS = 6;

/** @param {string} id @returns {Entry} */
const entry = (id) => ({
  ...{ id, base: '', form: '', ids: [id], receipt: '', queued: 0 },
  body: /** @type {Entry['body']} */ (utf8('{"v":"sealform/1"}')),
});

/**
 * A proof for a server that asks this, one after the other, and a count of digests.
 *
 * @param {import('node:test').TestContext} context
 * @param {object[]} asked
 */
async function asking(context, ...asked) {
  const digest = context.mock.method(crypto.subtle, 'digest');
  context.mock.method(globalThis, 'fetch', async () => new Response(JSON.stringify(asked.shift())));
  const proof = new Proof('', 'form');
  await proof.prepare();
  return { proof, digests: () => digest.mock.callCount() };
}

/** @param {Proof} proof @param {string} [id] */
const added = async (proof, id = 'first') => loadJson(await proof.addTo(entry(id))).proof;

test('the work for a submission is done once, however often it is tried', async (context) => {
  const { proof, digests } = await asking(context, { challenge: 'one', bits: BITS, wait: 0 });
  const first = await added(proof);
  const done = digests();
  assert.ok(done > 0);
  for (let tries = 0; tries < 5; tries += 1) assert.deepEqual(await added(proof), first);
  assert.equal(digests(), done);
});

test('another challenge, and another submission, is other work', async (context) => {
  const asked = ['one', 'two'].map((challenge) => ({ challenge, bits: BITS, wait: 0 }));
  const { proof, digests } = await asking(context, ...asked);
  await added(proof);
  const first = digests();
  await added(proof, 'second');
  const second = digests();
  assert.ok(second > first);
  await proof.prepare();
  assert.equal((await added(proof, 'second')).challenge, 'two');
  assert.ok(digests() > second);
});

test('what asks for more than the protocol allows gets no work at all', async (context) => {
  for (const more of [{ bits: 25 }, { bits: 1e9 }, { bits: -1 }, { bits: 0.5 }, { wait: 61 }]) {
    const { proof, digests } = await asking(context, { challenge: 'one', bits: 1, wait: 0, ...more });
    assert.equal(await added(proof), undefined);
    assert.equal(digests(), 0);
    context.mock.restoreAll();
  }
});
