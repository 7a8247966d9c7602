/** Keys and memory of one worker: changed together or not at all, and of no use to sign while they may be old. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { newCredentials } from '../../../static/src/client/credentials.js';
import { ApiUnavailable } from '../../../static/src/client/errors.js';
import { KeptKeys } from '../../../static/src/client/saving.js';
import { recovery } from '../../../static/src/client/slots.js';
import { State } from '../../../static/src/client/state.js';
import { hpkeSeal } from '../../../static/src/envelope/hpke.js';
import { ClientKeys } from '../../../static/src/envelope/keys.js';
import { showToken } from '../../../static/src/envelope/tokens.js';
import { useKem } from '../../../static/src/envelope/suite.js';

useKem('noble');

const URL = 'https://forms.example.org';
/** @typedef {import('../../../static/src/client/saving.js').Leave} Leave */

/** @param {{state?: Partial<State>, unconfirmed?: boolean, leave?: Leave}} [more] */
async function kept({ state = { serial: 1 }, unconfirmed = false, leave = async () => 'server' } = {}) {
  const paper = await recovery();
  const who = { id: crypto.randomUUID(), keys: await ClientKeys.generate(), name: 'acme', apiUrl: URL };
  const made = await newCredentials({ ...who, slots: [], recovery: paper });
  const api_key = { id: crypto.randomUUID(), secret: showToken('sfs', new Uint8Array(32)) };
  const credentials = await made.changed({ secrets: { ...made.secrets, api_key, unconfirmed } });
  return new KeptKeys({ credentials, state: new State(state), kept: 'file', leave, server: { url: URL } });
}

const SIGNED = Uint8Array.of(1, 2, 3);

test('keys that may not be the newest open, and sign nothing', async () => {
  for (const more of [{ unconfirmed: true }, { state: { serial: 0 } }, { state: { serial: 1, unconfirmed: true } }]) {
    const keys = await kept(more);
    const session = await keys.session();
    await assert.rejects(session.keys.sig.sign(SIGNED), { name: 'UsageError', code: 'unconfirmed' });
    const sealed = await hpkeSeal(session.me.kemPk, SIGNED, SIGNED);
    assert.deepEqual(await session.keys.kem.open(sealed, SIGNED), SIGNED);
  }
  const session = await (await kept()).session();
  assert.equal((await session.keys.sig.sign(SIGNED)).length, 64);
});

test('the serial grows with each change, and what is remembered with it', async () => {
  const keys = await kept();
  await keys.saved({});
  await keys.saved({});
  assert.deepEqual([keys.credentials.file.serial, (await keys.state.load()).serial, keys.kept], [3, 3, 'server']);
  const old = await kept({ state: { serial: 9 } });
  await old.saved({});
  const state = await old.state.load();
  assert.deepEqual([old.credentials.file.serial, state.serial, state.unconfirmed], [1, 9, true]);
  assert.ok(old.credentials.secrets.unconfirmed, 'what makes it a copy is sealed into it');
});

test('what is not kept has not changed, of the file and of the memory', async () => {
  const keys = await kept({ leave: () => Promise.reject(new ApiUnavailable('away')) });
  const before = keys.credentials;
  await assert.rejects(keys.saved({}), ApiUnavailable);
  await assert.rejects(keys.state.change((state) => void (state.serial = 7)), ApiUnavailable);
  assert.equal(keys.credentials, before);
  assert.deepEqual([(await keys.state.load()).serial, keys.kept], [1, 'file']);
});

test('a memory that changes by itself is left, too, beside the file of now', async () => {
  /** @type {number[]} */
  const serials = [];
  const leave = /** @type {Leave} */ (async ({ credentials }, state) => {
    serials.push(credentials.file.serial, state.pins.size);
    return 'server';
  });
  const keys = await kept({ leave });
  const { state } = await keys.session();
  await state.change((known) => void known.pins.set(crypto.randomUUID(), new Uint8Array(32)));
  await Promise.all([keys.saved({}), state.change((known) => void known.pins.set('other', new Uint8Array(32)))]);
  assert.deepEqual(serials, [1, 1, 2, 1, 2, 2]);
});
