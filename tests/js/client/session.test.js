/** What a client remembers while it runs: changed in turn, kept before anything goes on, bounded. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { ApiRefused, ApiUnavailable, VerificationError } from '../../../static/src/client/errors.js';
import { KeptState } from '../../../static/src/client/kept_state.js';
import { FAILED_FOR, KEPT_FOR, Kept, Session } from '../../../static/src/client/session.js';
import { State } from '../../../static/src/client/state.js';
import { random } from '../../../static/src/envelope/primitives.js';

const PIN = random(32);

test('a change is kept before it is known, and one that changes nothing is not', async () => {
  /** @type {State[]} */
  const kept = [];
  const memory = new KeptState(new State({ serial: 1 }), async (state) => {
    assert.equal((await memory.load()).pins.size, 0);
    kept.push(state);
  });
  assert.equal(await memory.change((state) => state.serial), 1);
  assert.equal(kept.length, 0);
  await memory.change((state) => void state.pins.set('a', PIN));
  assert.deepEqual(kept[0]?.pins.get('a'), PIN);
  assert.deepEqual((await memory.load()).pins.get('a'), PIN);
});

test('a change that fails, or cannot be kept, is none', async () => {
  const memory = new KeptState(undefined, () => Promise.reject(new Error('the disk is full')));
  const pinned = (/** @type {State} */ state) => void state.pins.set('a', PIN);
  await assert.rejects(memory.change(pinned), /disk is full/);
  const failing = memory.change((state) => {
    pinned(state);
    throw new Error('no');
  });
  await assert.rejects(failing, /no/);
  assert.equal((await memory.load()).pins.size, 0);
});

test('what is loaded is a copy, as deep as it goes', async () => {
  const memory = new KeptState();
  await memory.change((state) => state.stream('w', 't').revoke('r', 1));
  const state = await memory.load();
  state.stream('w', 't').share('r', { columns: [], notAfter: 0 }, 2);
  state.pins.set('a', PIN);
  assert.deepEqual((await memory.load()).stream('w', 't').revoked, new Set(['r']));
  assert.equal((await memory.load()).pins.size, 0);
});

test('changes come one after the other', async () => {
  /** @type {number[]} */
  const kept = [];
  const memory = new KeptState(undefined, async (state) => {
    await new Promise((done) => setTimeout(done, 1));
    kept.push(state.serial);
  });
  await Promise.all([1, 2, 3].map(() => memory.change((state) => void (state.serial += 1))));
  assert.deepEqual(kept, [1, 2, 3]);
});

test('what was found is not asked for again, nor twice at once', async () => {
  const kept = new Kept(10);
  let asked = 0;
  const fetch = async () => (asked += 1);
  assert.deepEqual(await Promise.all([kept.find('a', fetch), kept.find('a', fetch)]), [1, 1]);
  assert.equal(await kept.find('a', fetch), 1);
  kept.delete('a');
  assert.equal(await kept.find('a', fetch), 2);
});

test('what lapses is found out again, what does not is kept', async () => {
  let [now, asked] = [0, 0];
  const fetch = () => (asked += 1);
  const lapsing = new Kept(10, { lapses: true, clock: () => now });
  const lasting = new Kept(10, { clock: () => now });
  await lapsing.find('a', fetch);
  await lasting.find('a', fetch);
  now = KEPT_FOR - 1;
  assert.equal(await lapsing.find('a', fetch), 1);
  now = KEPT_FOR;
  assert.equal(await lapsing.find('a', fetch), 3);
  assert.equal(await lasting.find('a', fetch), 2);
});

test('what was refused is not asked for again for a while, what was away is', async () => {
  let [now, asked] = [0, 0];
  const kept = new Kept(10, { clock: () => now });
  const failing = (/** @type {Error} */ error) => () => {
    asked += 1;
    throw error;
  };
  for (const error of [
    new VerificationError('altered', { code: 'mismatch' }),
    new ApiRefused('no', { code: 'not_found', status: 404 }),
  ]) {
    now += FAILED_FOR;
    await assert.rejects(kept.find('a', failing(error)), error);
    await assert.rejects(kept.find('a', failing(new Error('other'))), error);
  }
  assert.equal(asked, 2);
  now += FAILED_FOR;
  const away = new ApiUnavailable('away');
  for (let i = 0; i < 2; i += 1) await assert.rejects(kept.find('a', failing(away)), away);
  assert.equal(asked, 4);
});

test('the oldest makes room for the next', async () => {
  const kept = new Kept(2);
  for (const key of ['a', 'b', 'a', 'c']) kept.set(key, key);
  assert.deepEqual(['a', 'b', 'c'].map((key) => kept.current(key)), [undefined, 'b', 'c']);
});

test('a warning that comes again is told once', () => {
  /** @type {string[]} */
  const told = [];
  const nobody = /** @type {any} */ (undefined);
  const session = new Session({
    ...{ keys: nobody, me: nobody, api: nobody, state: new KeptState() },
    notify: (warning) => void told.push(warning),
  });
  for (const warning of ['a', 'b', 'a']) session.tellOnce(warning);
  assert.deepEqual(told, ['a', 'b']);
});
