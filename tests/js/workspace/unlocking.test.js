/** Key files that are looked at, fetched and opened in a tab, honest ones and others. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { dumpJson, loadJson, unb64 } from '../../../static/src/envelope/encoding.js';
import { keyFileBytes, parseKeyFile, sealKeyFile } from '../../../static/src/envelope/key_files.js';
import { State } from '../../../static/src/client/state.js';
import { dumpStateFile } from '../../../static/src/client/state_wire.js';
import { newCredentials } from '../../../static/src/client/credentials.js';
import { ClientKeys, dumpCard, makeCard } from '../../../static/src/envelope/keys.js';
import { useArgon2id } from '../../../static/src/envelope/passphrases.js';
import { Tab, enrolled, quick } from './people.js';
import { form, learn, learned, opened } from './memories.js';
import { Server } from './servers.js';

/** @typedef {import('./people.js').Somebody} Somebody */

/** @param {Uint8Array} file @param {(wire: any) => void} change */
function altered(file, change) {
  const wire = structuredClone(loadJson(file));
  change(wire);
  return dumpJson(wire);
}

/** @param {Somebody} one @param {Uint8Array} file @param {Uint8Array} [state] */
async function looked({ server }, file, state) {
  const tab = new Tab(server);
  return { tab, found: await tab.call('look', { file, ...(state && { state }) }) };
}

test('a file with its memory opens by passphrase and by recovery code, and signs at once', async () => {
  const one = await enrolled();
  const { name, file, state } = await one.tab.call('download');
  assert.equal(name, 'acme.json');
  for (const way of [{ passphrase: one.passphrase }, { recovery: one.recovery }]) {
    const { tab, found } = await looked(one, file, state);
    assert.deepEqual([found.id, found.serial, found.fetched, found.hasMemory], [one.who.id, 1, false, true]);
    assert.deepEqual(found.slots, one.who.slots);
    const who = await tab.call('unlock', way);
    assert.deepEqual([who.unconfirmed, who.memory, who.kept, who.expires], [false, true, 'file', '']);
    assert.match((await tab.call('who')).expires, /^2027-/);
  }
});

test('a file alone gets its memory from the server, and signs when somebody has compared it', async () => {
  const one = await enrolled();
  const { file } = await one.tab.call('download');
  const { tab, found } = await looked(one, file);
  assert.equal(found.hasMemory, false);
  const who = await tab.call('unlock', { passphrase: one.passphrase });
  assert.deepEqual([who.unconfirmed, who.memory, who.kept], [true, true, 'server']);
  await assert.rejects(tab.call('upload'), { name: 'UsageError', code: 'unconfirmed' });
  const confirmed = await tab.call('confirm');
  assert.deepEqual([confirmed.unconfirmed, confirmed.serial, confirmed.kept], [false, 1, 'server']);
});

test('a memory that is missing is said, asked for again, and given up by agreement alone', async () => {
  for (const fails of /** @type {((server: Server) => void)[]} */ ([
    (server) => void (server.away = true),
    (server) => void (server.refuse = ({ path }) => (path.startsWith('/keyfiles/') ? 'fetch_refused' : '')),
    (server) => void (server.lie = ({ path }, told) => (path.startsWith('/keyfiles/') ? { ...told, memory: '' } : told)),
  ])) {
    const one = await enrolled();
    await learn(one);
    const { file } = await one.tab.call('download');
    const { tab } = await looked(one, file);
    fails(one.server);
    const who = await tab.call('unlock', { passphrase: one.passphrase });
    assert.deepEqual([who.unconfirmed, who.kept, tab.warnings], [true, 'file', []]);
    assert.match(who.missing.code, /^(unavailable|no_memory)$/);
    assert.deepEqual((await tab.call('remember')).missing, who.missing);
    Object.assign(one.server, { away: false, refuse: () => '', lie: (/** @type {any} */ _, /** @type {any} */ told) => told });
    await assert.rejects(tab.call('confirm'), { name: 'UsageError', code: 'no_memory' });
    assert.equal(await learned(one), 1, 'what the server has is not replaced');
    const found = await tab.call('remember');
    assert.deepEqual([found.missing, found.unconfirmed, found.made > 0], [null, true, true]);
    assert.equal((await tab.call('confirm')).unconfirmed, false);
    assert.equal(await learned(one), 1);
  }
  const one = await enrolled();
  const { file } = await one.tab.call('download');
  one.server.copies.clear();
  const { tab } = await looked(one, file);
  assert.equal((await tab.call('unlock', { passphrase: one.passphrase })).missing.code, 'no_memory');
  const who = await tab.call('confirm', { withoutMemory: true });
  assert.deepEqual([who.unconfirmed, who.missing, who.kept], [false, null, 'server']);
});

test('a memory of the server that does not verify opens nothing', async () => {
  const [one, other] = [await enrolled(), await enrolled('other')];
  const { file, state } = await one.tab.call('download');
  const memory = other.server.copies.get(other.who.id)?.[0].memory;
  one.server.lie = ({ path }, told) => (path.startsWith('/keyfiles/') ? { ...told, memory } : told);
  for (const beside of [undefined, state]) {
    const { tab } = await looked(one, file, beside);
    await assert.rejects(tab.call('unlock', { passphrase: one.passphrase }), { name: 'VerificationError' });
    await assert.rejects(tab.call('who'), { code: 'closed' });
  }
});

test('an old memory beside a file is merged with the one at the server, and does not replace it', async () => {
  const one = await enrolled();
  const before = await one.tab.call('download');
  await learn(one);
  const { tab } = await looked(one, before.file, before.state);
  const who = await tab.call('unlock', { passphrase: one.passphrase });
  assert.deepEqual([who.unconfirmed, who.missing, who.kept], [false, null, 'server']);
  const held = loadJson((await tab.call('download')).state);
  assert.notDeepEqual(held, loadJson(before.state));
  await tab.call('upload');
  assert.equal(await learned(one), 1);
});

test('memories that contradict each other open nothing', async () => {
  const one = await enrolled();
  const before = await opened(one);
  await before.state.change((known) => void known.forms.set('f', form(1)));
  const kept = await one.tab.call('download');
  const key = unb64(before.credentials.secrets.state, 32);
  const clientId = one.who.id;
  const state = await dumpStateFile(new State({ serial: 1, forms: new Map([['f', form(2)]]) }), { clientId, key });
  const { tab } = await looked(one, kept.file, state);
  await assert.rejects(tab.call('unlock', { passphrase: one.passphrase }), { name: 'StateError', message: /contradict/ });
});

test('what is typed wrong is refused with what is wrong', async () => {
  const [one, other] = [await enrolled(), await enrolled('other')];
  const { file, state } = await one.tab.call('download');
  const { tab } = await looked(one, file, state);
  for (const [way, wrong] of /** @type {[any, any][]} */ ([
    [{ passphrase: 'correct horse battery staple' }, { name: 'CredentialsError', code: 'passphrase' }],
    [{ passphrase: '' }, { name: 'MalformedError', code: 'malformed' }],
    [{ recovery: other.recovery }, { name: 'CredentialsError', code: 'recovery' }],
    [{ recovery: 'AAAA' }, { name: 'MalformedError', message: /4 rows of 16/ }],
    [{ passkey: { slot: 'x', output: new Uint8Array(32) } }, { name: 'CredentialsError', code: 'passkey' }],
  ])) {
    await assert.rejects(tab.call('unlock', way), wrong);
  }
  await assert.rejects(tab.call('who'), { code: 'closed' });
});

test('a memory of another client, or an altered one, is refused', async () => {
  const [one, other] = [await enrolled(), await enrolled('other')];
  const [own, others] = [await one.tab.call('download'), await other.tab.call('download')];
  for (const state of [others.state, altered(own.state, (wire) => (wire.state.serial = 7)), Uint8Array.of(255)]) {
    const { tab } = await looked(one, own.file, state);
    await assert.rejects(tab.call('unlock', { passphrase: one.passphrase }), { name: 'StateError' });
  }
});

test('an altered file does not open', async () => {
  const [one, other] = [await enrolled(), await enrolled('other')];
  const { file, state } = await one.tab.call('download');
  const others = loadJson((await other.tab.call('download')).file);
  const changes = /** @type {((wire: any) => void)[]} */ ([
    (wire) => (wire.serial = 2),
    (wire) => (wire.slots[0].made -= 1),
    (wire) => (wire.slots[1].proved = 0),
    (wire) => (wire.slots[0].sealed = others.slots[0].sealed),
    (wire) => (wire.payload = others.payload),
    (wire) => void wire.slots.push(others.slots[1]),
  ]);
  for (const change of changes) {
    const { tab } = await looked(one, altered(file, change), state);
    await assert.rejects(tab.call('unlock', { passphrase: one.passphrase }), {
      ...{ name: 'CredentialsError', code: 'altered' },
    }, String(change));
  }
});

test('what is no key file is refused before anything is computed', async (t) => {
  const one = await enrolled();
  const { file } = await one.tab.call('download');
  let computed = 0;
  useArgon2id(() => Promise.reject(new Error(`computed ${(computed += 1)}`)));
  t.after(() => useArgon2id(quick));
  const passkey = {
    rp: 'forms.example.org',
    credential: 'AAAA',
    salt: 'A'.repeat(43),
  };
  const changes = /** @type {((wire: any) => void)[]} */ ([
    (wire) => (wire.slots[0].params.memory = 2 ** 31),
    (wire) => (wire.slots[0].params.memory = 1024),
    (wire) => (wire.slots[0].params.passes = 1_000_000),
    (wire) => (wire.slots = [{ ...wire.slots[0], kind: 'passkey', params: passkey }]),
    (wire) => (wire.slots = []),
    (wire) => (wire.id = crypto.randomUUID()),
    (wire) => (wire.card.name = 'mallory'),
    (wire) => (wire.more = 1),
  ]);
  for (const change of changes) {
    const looking = looked(one, altered(file, change));
    await assert.rejects(looking, { name: 'CredentialsError', code: 'key_file' }, String(change));
  }
  for (const raw of [new Uint8Array(), new Uint8Array(3_200_000), Uint8Array.of(123, 125)]) {
    await assert.rejects(looked(one, raw), { name: 'CredentialsError', code: 'key_file' });
  }
  await assert.rejects(new Tab(one.server).call('look', { file: 'text' }), { code: 'malformed' });
  assert.equal(computed, 0);
});

test("keys are not told to another server, but to this machine's own program", async () => {
  const one = await enrolled();
  const { file, state } = await one.tab.call('download');
  const elsewhere = new Tab(one.server, { url: 'https://evil.example.org' });
  await elsewhere.call('look', { file, state });
  const before = one.server.asked.length;
  await assert.rejects(elsewhere.call('unlock', { passphrase: one.passphrase }), { code: 'server' });
  assert.equal(one.server.asked.length, before);
  const here = new Tab(one.server, { url: 'http://127.0.0.1:8123' });
  await here.call('look', { file, state });
  assert.equal((await here.call('unlock', { passphrase: one.passphrase })).server, one.who.server);
});

// --- The server's copy -------------------------------------------------------------------------

/** @param {Somebody} one @param {Partial<{client: string, code: string}>} [other] */
async function fetched(one, other = {}) {
  const tab = new Tab(one.server);
  const asked = { client: one.who.id, code: one.sheet.fetch.join(' '), ...other };
  return { tab, found: await tab.call('fetch', asked) };
}

test('a fetched copy opens with the recovery code alone, reads, and signs when it was compared', async () => {
  const one = await enrolled();
  const { tab, found } = await fetched(one, { client: ` ${one.who.id.toUpperCase()}\u200b` });
  assert.deepEqual([found.fetched, found.hasMemory, found.serial], [true, true, 1]);
  await assert.rejects(tab.call('unlock', { passphrase: one.passphrase }), { code: 'fetched' });
  const who = await tab.call('unlock', { recovery: one.recovery });
  assert.deepEqual([who.unconfirmed, who.memory, who.kept, who.serial], [true, true, 'server', 1]);
  assert.equal((await tab.call('who')).id, one.who.id);
  await assert.rejects(tab.call('upload'), { code: 'unconfirmed' });
  const { file, state } = await tab.call('download');
  const again = await looked(one, file, state);
  const reopened = await again.tab.call('unlock', { passphrase: one.passphrase });
  assert.equal(reopened.unconfirmed, true, 'what marks a copy is sealed into it');
  const confirmed = await tab.call('confirm');
  assert.deepEqual([confirmed.unconfirmed, confirmed.serial, confirmed.kept], [false, 2, 'server']);
  assert.deepEqual(await tab.call('confirm'), confirmed, 'again changes nothing');
});

test('the copy is for who has the fetch code, and a mistyped row is named', async () => {
  const [one, other] = [await enrolled(), await enrolled('other')];
  await assert.rejects(fetched(one, { code: other.sheet.fetch.join(' ') }), { code: 'fetch_refused' });
  await assert.rejects(fetched(one, { client: crypto.randomUUID() }), { code: 'fetch_refused' });
  await assert.rejects(fetched(one, { client: 'acme' }), { name: 'MalformedError', message: /client id/ });
  const [first, ...rest] = one.sheet.fetch;
  const rows = [...rest, first].join(' ');
  await assert.rejects(fetched(one, { code: rows }), { name: 'MalformedError', message: /^row 1 of the fetch/ });
});

test("another client's file is refused, and one that no client leaves", async () => {
  const [one, other] = [await enrolled(), await enrolled('other')];
  const others = new TextDecoder().decode(other.server.fileOf(other.who.id));
  const own = new TextDecoder().decode(one.server.fileOf(one.who.id));
  const lies = /** @type {[any, string][]} */ ([
    [{ file: others }, 'mismatch'],
    [{ file: own.replace('"generated":true', '"generated":false') }, 'mismatch'],
    [{ file: own.replace('"memory":65536', '"memory":999999999') }, 'limit'],
    [{ file: '{}' }, 'malformed'],
    [{ more: 1 }, 'malformed'],
  ]);
  for (const [lie, code] of lies) {
    one.server.lie = (_, answer) => ({ ...answer, ...lie });
    await assert.rejects(fetched(one), { name: 'VerificationError', code });
  }
});

test("a server's own file, sealed to the slots whose public keys it knows, opens with no sheet", async () => {
  const [one, mallory] = [await enrolled(), await enrolled('acme')];
  const [own, theirs] = [await parseKeyFile(one.server.fileOf(one.who.id)), await parseKeyFile(mallory.server.fileOf(mallory.who.id))];
  const keys = await ClientKeys.generate();
  const card = await makeCard({ keys, id: one.who.id, name: 'acme', recovery: own.card.recovery });
  const { secrets } = await newCredentials({ id: card.id, keys, name: 'acme', apiUrl: '', slots: own.slots.slice(0, 1) });
  for (const slots of [own.slots, theirs.slots]) {
    const forged = keyFileBytes(await sealKeyFile({ card, serial: 2, slots, secrets }));
    one.server.lie = (_, answer) => ({ ...answer, file: new TextDecoder().decode(forged) });
    const { tab, found } = await fetched(one);
    assert.deepEqual([found.id, found.serial], [one.who.id, 2]);
    await assert.rejects(tab.call('unlock', { recovery: one.recovery }), { name: 'CredentialsError' });
    await assert.rejects(tab.call('unlock', { passphrase: mallory.passphrase }), { code: 'fetched' });
  }
});

test('a memory that is of another copy is refused', async () => {
  const one = await enrolled();
  const [first] = one.server.copies.get(one.who.id) ?? [];
  await one.tab.call('upload');
  const { memory } = first;
  one.server.lie = (_, answer) => ({ ...answer, memory });
  const { tab } = await fetched(one);
  await assert.rejects(tab.call('unlock', { recovery: one.recovery }), { name: 'VerificationError', code: 'open' });
});

test('what `keys fetch` wrote is a copy of the server, however it comes', async () => {
  const one = await enrolled();
  const [{ file: copy, memory, made }] = one.server.copies.get(one.who.id) ?? [];
  const { tab, found } = await looked(one, dumpJson({ v: 'sealform/1', copy, memory, made }));
  assert.equal(found.fetched, true);
  await assert.rejects(tab.call('unlock', { passphrase: one.passphrase }), { code: 'fetched' });
  assert.equal((await tab.call('unlock', { recovery: one.recovery })).unconfirmed, true);
});

test('a copy without memory is confirmed by agreement alone, and its day is said', async () => {
  const one = await enrolled();
  await learn(one);
  one.server.lie = ({ path }, told) => (path.startsWith('/keyfiles/') ? { ...told, memory: '' } : told);
  const { tab, found } = await fetched(one);
  const [{ made }] = one.server.copies.get(one.who.id) ?? [];
  assert.deepEqual([found.hasMemory, found.made], [false, made]);
  const who = await tab.call('unlock', { recovery: one.recovery });
  assert.deepEqual([who.missing.code, who.made], ['no_memory', made]);
  await assert.rejects(tab.call('confirm'), { code: 'no_memory' });
  const { file, state } = await tab.call('download');
  const again = await looked(one, file, state);
  const reopened = await again.tab.call('unlock', { passphrase: one.passphrase });
  assert.equal(reopened.missing.code, 'no_memory', 'a lock does not change that');
  await assert.rejects(again.tab.call('confirm'), { code: 'no_memory' });
  assert.equal((await tab.call('confirm', { withoutMemory: true })).unconfirmed, false);
});

test('a newer file that was left elsewhere is not passed over', async () => {
  const one = await enrolled();
  const old = await one.tab.call('download');
  const drawn = await one.tab.call('changePassphrase');
  await one.tab.call('changePassphraseProve', drawn);
  const newer = await one.tab.call('download');
  for (const state of [newer.state, undefined]) {
    const { tab } = await looked(one, old.file, state);
    const who = await tab.call('unlock', { passphrase: one.passphrase });
    assert.deepEqual([who.serial, who.unconfirmed], [1, true]);
    await assert.rejects(tab.call('confirm'), { name: 'UsageError', code: 'newer' });
  }
});

test('a server that knows another card is refused', async () => {
  const [one, other] = [await enrolled(), await enrolled('other')];
  const found = other.server.clients.get(other.who.id);
  assert.ok(found);
  one.server.lie = ({ path }, answer) => (path === '/me' ? { ...answer, card: dumpCard(found.card) } : answer);
  await assert.rejects(one.tab.call('who'), { name: 'VerificationError', code: 'fingerprint' });
});

test('nothing is opened before something was looked at', async () => {
  await assert.rejects(new Tab(new Server()).call('unlock', { passphrase: 'x' }), { code: 'no_file' });
});
