/** Ways in that are added, removed and changed in a tab; each change is left with the server, or is none. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { begin, enrol } from '../../../static/src/client/acts/enrolling.js';
import { add, remove } from '../../../static/src/client/acts/key_slots.js';
import { leave, upload } from '../../../static/src/client/acts/server_copies.js';
import { newCredentials } from '../../../static/src/client/credentials.js';
import { KeptKeys } from '../../../static/src/client/saving.js';
import { passkey, passphrase } from '../../../static/src/client/slots.js';
import { State } from '../../../static/src/client/state.js';
import { newSlot } from '../../../static/src/envelope/key_files.js';
import { ClientKeys } from '../../../static/src/envelope/keys.js';
import { showToken } from '../../../static/src/envelope/tokens.js';
import { random } from '../../../static/src/envelope/primitives.js';
import { shownWho } from '../../../static/src/workspace/keys/shown.js';
import { learned, opened } from './memories.js';
import { HOST, Tab, enrolled } from './people.js';
import { Server } from './servers.js';

/** @typedef {import('./people.js').Somebody} Somebody */

const PASSKEY = { rp: HOST, credential: random(16), salt: random(32), output: random(32), label: 'laptop' };

/** @param {Somebody} one @param {string} [label] */
async function withPasskey({ tab }, label = 'laptop') {
  const { rp, salt, challenge, user } = await tab.call('addPasskeyOptions');
  assert.deepEqual([rp, salt.length, challenge.length, user.id.length], [HOST, 32, 32, 32]);
  const [credential, output] = [random(64), random(32)];
  const slots = await tab.call('addPasskey', { credential, salt, output, label });
  return { slots, output, slot: slots.find((/** @type {any} */ slot) => slot.label === label) };
}

/** The file as the server has it, in another tab. @param {Somebody} one */
async function elsewhere(one) {
  const tab = new Tab(one.server);
  const { file, state } = await one.tab.call('download');
  await tab.call('look', { file, state });
  return tab;
}

test('a passkey is a second way in, and the change is left with the server', async () => {
  const one = await enrolled();
  const { slots, slot, output } = await withPasskey(one);
  assert.deepEqual(slots.map((/** @type {any} */ each) => each.kind), ['passphrase', 'recovery', 'passkey']);
  assert.deepEqual(Object.keys(slot), ['id', 'kind', 'label', 'made', 'proved', 'rp', 'credential', 'salt']);
  assert.equal(slot.rp, HOST);
  assert.equal(one.server.copies.get(one.who.id)?.length, 2);
  const tab = await elsewhere(one);
  const who = await tab.call('unlock', { passkey: { slot: slot.id, output } });
  assert.deepEqual([who.serial, who.unconfirmed], [2, false]);
  await assert.rejects((await elsewhere(one)).call('unlock', { passkey: { slot: slot.id, output: random(32) } }), {
    code: 'passkey',
  });
  assert.equal(one.tab.told.at(-1)?.event, 'changed');
  assert.equal(one.tab.told.at(-1)?.who.serial, 2);
});

test('a passkey is made for a salt that was asked for here, under a name of its own', async () => {
  const one = await enrolled();
  const made = { credential: random(16), output: random(32), label: 'laptop' };
  await assert.rejects(one.tab.call('addPasskey', { ...made, salt: random(32) }), { code: 'not_asked' });
  const { salt } = await one.tab.call('addPasskeyOptions');
  await assert.rejects(one.tab.call('addPasskey', { ...made, salt: random(32) }), { code: 'not_asked' });
  await assert.rejects(one.tab.call('addPasskey', { ...made, salt, label: 'passphrase' }), { code: 'label' });
  await assert.rejects(one.tab.call('addPasskey', { ...made, salt, output: random(31) }), { code: 'malformed' });
  await one.tab.call('addPasskey', { ...made, salt });
  await assert.rejects(one.tab.call('addPasskey', { ...made, salt, label: 'again' }), { code: 'not_asked' });
});

test('the last sheet stays, and the last way that needs no passkey', async () => {
  const one = await enrolled();
  const { slots, slot } = await withPasskey(one);
  const [passphrase, recovery] = slots;
  await assert.rejects(one.tab.call('removeSlot', { id: recovery.id }), { code: 'last_recovery' });
  await assert.rejects(one.tab.call('removeSlot', { id: crypto.randomUUID() }), { code: 'no_slot' });
  const left = await one.tab.call('removeSlot', { id: passphrase.id });
  assert.deepEqual(left.map((/** @type {any} */ each) => each.id), [recovery.id, slot.id]);
  assert.deepEqual(await one.tab.call('slots'), left);
});

test('keys without a sheet keep a way that needs no passkey', async () => {
  const server = new Server();
  const [own, second] = [await passphrase('six drawn words', { generated: true }), await passkey(PASSKEY)];
  const made = { id: crypto.randomUUID(), keys: await ClientKeys.generate(), name: 'acme', apiUrl: server.reached.url };
  const credentials = await newCredentials({ ...made, slots: [own.slot, second.slot] });
  const keys = new KeptKeys({ credentials, state: new State(), kept: 'nothing', leave, server: server.reached });
  await assert.rejects(remove(keys, own.slot.id), { name: 'UsageError', code: 'last_way' });
  await remove(keys, second.slot.id);
  await assert.rejects(remove(keys, own.slot.id), { name: 'UsageError', code: 'last_way' });
  assert.deepEqual(keys.credentials.file.slots.map(({ kind }) => kind), ['passphrase']);
});

test('a new passphrase takes the place of the old one when somebody has typed it', async () => {
  const one = await enrolled();
  await assert.rejects(one.tab.call('changePassphraseProve', { passphrase: 'x' }), { code: 'not_asked' });
  const { passphrase } = await one.tab.call('changePassphrase');
  await assert.rejects(one.tab.call('changePassphraseProve', { passphrase: one.passphrase }), { code: 'passphrase' });
  assert.equal((await elsewhere(one)).server.copies.get(one.who.id)?.length, 1, 'nothing has changed so far');
  const slots = await one.tab.call('changePassphraseProve', { passphrase });
  assert.deepEqual(slots.map((/** @type {any} */ each) => each.kind), ['recovery', 'passphrase']);
  assert.ok(slots[1].proved > 0);
  const tab = await elsewhere(one);
  await assert.rejects(tab.call('unlock', { passphrase: one.passphrase }), { code: 'passphrase' });
  assert.equal((await tab.call('unlock', { passphrase })).serial, 2);
});

test('a change that the server does not take is none', async () => {
  const one = await enrolled();
  one.server.away = true;
  const { salt } = await one.tab.call('addPasskeyOptions');
  const made = { credential: random(16), output: random(32), label: 'laptop', salt };
  await assert.rejects(one.tab.call('addPasskey', made), { name: 'ApiUnavailable' });
  assert.equal((await one.tab.call('slots')).length, 2);
  one.server.away = false;
  one.server.lost = 9; // it is taken, and nobody hears of it
  await assert.rejects(one.tab.call('addPasskey', made), { name: 'ApiUnavailable' });
  one.server.lost = 0;
  assert.equal((await one.tab.call('addPasskey', made)).length, 3);
  assert.deepEqual([(await one.tab.call('who')).kept, (await one.tab.call('who')).serial], ['server', 2]);
});

test('keys of a copy change under the serial that people compare, and are kept nowhere before they have', async () => {
  const one = await enrolled();
  const tab = new Tab(one.server);
  await tab.call('fetch', { client: one.who.id, code: one.sheet.fetch.join(' ') });
  await tab.call('unlock', { recovery: one.recovery });
  await withPasskey({ ...one, tab });
  const changed = await tab.call('who');
  assert.deepEqual([changed.serial, changed.slots.length, changed.kept], [1, 3, 'nothing']);
  assert.equal(one.server.copies.get(one.who.id)?.length, 1);
  const confirmed = await tab.call('confirm');
  assert.deepEqual([confirmed.serial, confirmed.kept], [2, 'server']);
});

test('a server that takes no more today stops nobody, and people are told', async () => {
  const one = await enrolled();
  for (let copies = 1; copies < 12; copies += 1) await withPasskey(one, `key ${copies}`);
  await one.tab.call('upload'); // of the same file, which counts once
  await withPasskey(one);
  await assert.rejects(one.tab.call('upload'), { name: 'ApiRefused', code: 'too_many_copies' });
  assert.equal((await one.tab.call('who')).kept, 'nothing');
  await withPasskey(one, 'phone');
  assert.deepEqual(one.tab.warnings.length, 1, 'once');
  assert.match(one.tab.warnings.join(), /no more copies .* today/);
});

test('two tabs of one client remember together what each got to know', async () => {
  const one = await enrolled();
  const [here, there] = [await opened(one), await opened(one)];
  for (const { state } of [here, there, here]) {
    await state.change((known) => void known.pins.set(crypto.randomUUID(), random(32)));
  }
  assert.equal(await learned(one), 3);
  assert.equal((await here.state.load()).pins.size, 3);
});

test('a tab does not undo what another has changed in the key file', async () => {
  const one = await enrolled();
  const tab = await elsewhere(one);
  await tab.call('unlock', { passphrase: one.passphrase });
  const drawn = await one.tab.call('changePassphrase');
  await one.tab.call('changePassphraseProve', drawn);
  const before = one.server.fileOf(one.who.id);
  await assert.rejects(withPasskey({ ...one, tab }), { name: 'UsageError', code: 'newer', hint: /newest/ });
  assert.deepEqual(one.server.fileOf(one.who.id), before);
  assert.equal((await tab.call('slots')).length, 2);
});

test('sixteen ways are the most', async () => {
  const one = await enrolled();
  one.server.lie = (_, answer) => (one.server.copies.clear(), answer); // a new day each time
  for (let n = 3; n <= 16; n += 1) await withPasskey(one, `passkey ${n}`);
  await assert.rejects(withPasskey(one, 'one more'), { name: 'UsageError', code: 'slots' });
});

test('a file that can be guessed never goes to the server', async () => {
  const secret = random(32);
  const about = { id: crypto.randomUUID(), label: 'this machine', made: 1, params: { secret: showToken('sfk', secret) } };
  const plain = { slot: await newSlot('plain', secret, about), secret };
  const own = await passphrase('the cat sat on my keyboard', { generated: false, label: 'my own' });
  for (const way of [plain, own]) {
    const server = new Server();
    const token = server.token('acme');
    const { keys } = await begin({ token, name: 'acme', server: server.reached });
    await enrol(keys, token);
    await add(keys, way);
    assert.equal(keys.kept, 'nothing');
    assert.equal(await leave(keys, await keys.state.load()), 'nothing');
    await assert.rejects(upload(keys, await keys.state.load()), { name: 'UsageError', code: 'may_not_leave' });
    assert.equal(server.copies.get(keys.credentials.clientId), undefined);
    const { memory, kept } = await shownWho(keys, { server: '', expires: '' });
    assert.deepEqual([memory, kept], [false, 'nothing'], 'so that the page says what will be lost');
  }
});
