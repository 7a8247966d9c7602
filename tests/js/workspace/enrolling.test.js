/** Keys that are made in a tab: begun, shown to be kept, told to the server, left with it. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { showCode } from '../../../static/src/envelope/codes.js';
import { openKeyFile, parseKeyFile } from '../../../static/src/envelope/key_files.js';
import { wayInto } from '../../../static/src/client/unlocking.js';
import { unb64 } from '../../../static/src/envelope/encoding.js';
import { tokenDigest } from '../../../static/src/envelope/tokens.js';
import { NAMES } from '../../../static/src/workspace/keys/acts.js';
import { Tab, enrolled, mistyped } from './people.js';
import { Server, URL_OF } from './servers.js';

/** The acts of the contract with the page. */
const CONTRACT = [
  ...['look', 'fetch', 'unlock', 'confirm', 'who', 'begin', 'prove', 'enroll', 'download', 'slots'],
  ...['addPasskeyOptions', 'addPasskey', 'removeSlot', 'changePassphrase', 'changePassphraseProve', 'upload'],
  ...['remember', 'types', 'read', 'stop'],
];

test('the acts are those of the contract, and no other name is one', async () => {
  assert.deepEqual([...NAMES].sort(), [...CONTRACT].sort());
  const tab = new Tab(new Server());
  for (const act of ['constructor', '__proto__', 'toString', 'nothing', '']) {
    await assert.rejects(tab.call(act), { name: 'UsageError', code: 'act' });
  }
  for (const act of ['who', 'confirm', 'slots', 'download', 'upload', 'changePassphrase']) {
    await assert.rejects(tab.call(act), { name: 'CredentialsError', code: 'closed' });
  }
});

test('a client is made, proved, enrolled and left with the server', async () => {
  const { server, who, sheet, passphrase } = await enrolled('Acme Inc.');
  assert.deepEqual(Object.keys(who), [
    ...['id', 'name', 'fingerprint', 'serial', 'server', 'slots', 'unconfirmed', 'memory', 'kept'],
    ...['missing', 'made', 'expires'],
  ]);
  const { id, name, serial, unconfirmed, memory, kept, expires } = who;
  assert.deepEqual([name, serial, unconfirmed, memory, kept], ['Acme Inc.', 1, false, true, 'server']);
  assert.match(expires, /^2027-/);
  assert.equal(who.server, URL_OF);
  assert.deepEqual(who.slots.map((/** @type {any} */ slot) => slot.kind), ['passphrase', 'recovery']);
  assert.ok(who.slots.every((/** @type {any} */ slot) => slot.proved > 0), 'so that it may publish');
  assert.deepEqual([sheet.id, sheet.serial, sheet.fingerprint], [id, 1, who.fingerprint]);
  assert.equal(passphrase.split(' ').length, 6);
  assert.deepEqual(server.asked.map(({ path }) => path), ['/enrolments', '/me/keyfile']);
});

test('the sheet has what the one of the command has', async () => {
  const { server, sheet, passphrase, who } = await enrolled();
  assert.deepEqual(Object.keys(sheet), ['id', 'name', 'fingerprint', 'serial', 'date', 'recovery', 'fetch', 'qr']);
  assert.match(sheet.date, /^\d{4}-\d\d-\d\d$/);
  const file = await parseKeyFile(server.fileOf(who.id));
  const { slot, secret } = await wayInto(file, { passphrase });
  const secrets = await openKeyFile(file, slot, secret);
  assert.deepEqual(await showCode('fetch', unb64(secrets.fetch)), sheet.fetch);
  assert.ok(sheet.qr.length > 20 && sheet.qr.every((/** @type {any[]} */ row) => row.length === sheet.qr.length));
  assert.ok(sheet.qr.flat().every((/** @type {unknown} */ one) => typeof one === 'boolean'));
});

test('nobody is told of keys that nobody has shown to be kept', async () => {
  const server = new Server();
  const tab = new Tab(server);
  await assert.rejects(tab.call('enroll'), { code: 'not_begun' });
  const { passphrase, sheet } = await tab.call('begin', { token: server.token('acme'), name: 'acme' });
  const recovery = sheet.recovery.join('\n');
  await assert.rejects(tab.call('enroll'), { name: 'UsageError', code: 'unproved' });
  const other = await enrolled('other');
  for (const [typed, wrong] of /** @type {[any, any][]} */ ([
    [{ passphrase: other.passphrase, recovery }, { name: 'CredentialsError', code: 'passphrase' }],
    [{ passphrase, recovery: other.recovery }, { name: 'CredentialsError', code: 'recovery' }],
    [{ passphrase, recovery: mistyped(recovery, 4) }, { name: 'MalformedError', message: /^row 4 of the recovery/ }],
  ])) {
    await assert.rejects(tab.call('prove', typed), wrong);
    await assert.rejects(tab.call('enroll'), { code: 'unproved' });
  }
  assert.deepEqual(server.asked, []);
  assert.deepEqual(await tab.call('prove', { passphrase: ` ${passphrase.replaceAll(' ', '  ')}`, recovery }), {});
  assert.equal((await tab.call('enroll')).name, 'acme');
});

test('what cannot be a token or a name is refused before any key is made', async () => {
  const server = new Server();
  for (const wrong of [{ token: 'sfe_x', name: 'acme' }, { token: server.token('acme'), name: 'a\u202eb' }]) {
    await assert.rejects(new Tab(server).call('begin', wrong), { name: 'UsageError', hint: /an admin/ });
  }
});

test('after a lost answer the same act goes on, with the same keys', async () => {
  const server = new Server();
  const tab = new Tab(server);
  const { passphrase, sheet } = await tab.call('begin', { token: server.token('acme'), name: 'acme' });
  await tab.call('prove', { passphrase, recovery: sheet.recovery.join('\n') });
  server.lost = 4; // the client asks as often by itself
  await assert.rejects(tab.call('enroll'), { name: 'ApiUnavailable' });
  await assert.rejects(tab.call('begin', { token: server.token('b'), name: 'b' }), { code: 'pending' });
  server.lost = 1;
  const who = await tab.call('enroll');
  assert.deepEqual([who.id, who.serial, who.kept], [sheet.id, 1, 'server']);
  assert.equal(server.clients.size, 1);
  assert.equal((await tab.call('who')).id, sheet.id);
});

test('keys that the server knows are kept open where it takes no copy of them, and people are told', async () => {
  const server = new Server();
  const tab = new Tab(server);
  const { passphrase, sheet } = await tab.call('begin', { token: server.token('acme'), name: 'acme' });
  await tab.call('prove', { passphrase, recovery: sheet.recovery.join('\n') });
  server.refuse = ({ path }) => (path === '/me/keyfile' ? 'limit' : '');
  const who = await tab.call('enroll');
  assert.deepEqual([who.id, who.kept, who.missing], [sheet.id, 'nothing', null]);
  assert.match(tab.warnings.join(), /^the server has these keys, but no copy .* save it/);
  assert.ok((await tab.call('download')).file.length);
  server.refuse = () => '';
  await tab.call('upload');
  assert.equal((await tab.call('who')).kept, 'server');
  assert.equal(tab.told.at(-1)?.who.kept, 'server');
  assert.equal(server.asked.filter(({ path }) => path === '/enrolments').length, 1);
});

test('a refused token leaves nothing pending', async () => {
  const server = new Server();
  const tab = new Tab(server);
  const { passphrase, sheet } = await tab.call('begin', { token: server.token('another name'), name: 'acme' });
  await tab.call('prove', { passphrase, recovery: sheet.recovery.join('\n') });
  await assert.rejects(tab.call('enroll'), { name: 'ApiRefused', code: 'token_name' });
  assert.equal((await tab.call('begin', { token: server.token('acme'), name: 'acme' })).sheet.name, 'acme');
});

test('a server that enrols somebody else is refused', async () => {
  for (const lie of [{ client_id: crypto.randomUUID() }, { api_key_id: crypto.randomUUID() }]) {
    const server = new Server();
    const tab = new Tab(server);
    const { passphrase, sheet } = await tab.call('begin', { token: server.token('acme'), name: 'acme' });
    await tab.call('prove', { passphrase, recovery: sheet.recovery.join('\n') });
    server.lie = ({ path }, answer) => (path === '/enrolments' ? { ...answer, ...lie } : answer);
    await assert.rejects(tab.call('enroll'), { name: 'VerificationError', code: 'mismatch' });
  }
});

test('no answer to the page holds a seed, a key or a secret of the API', async () => {
  const { server, tab, passphrase, recovery, sheet, who } = await enrolled();
  await tab.call('who');
  await tab.call('slots');
  await tab.call('download');
  await tab.call('upload');
  await tab.call('addPasskeyOptions');
  const file = await parseKeyFile(server.fileOf(who.id));
  const { slot, secret } = await wayInto(file, { recovery });
  const secrets = await openKeyFile(file, slot, secret);
  const canaries = [...secrets.seeds, ...secrets.ids, secrets.state, secrets.fetch, secrets.api_key?.secret ?? ''];
  const written = [passphrase, sheet.recovery[0], sheet.fetch[0]];
  const said = tab.answers.map((answered) => JSON.stringify(answered, shown));
  const found = (/** @type {string} */ text) => said.filter((one) => one.includes(text)).length;
  assert.deepEqual(canaries.map(found), canaries.map(() => 0));
  assert.deepEqual(written.map(found), [1, 1, 1], 'what has to be written down is said once');
  const fetches = ({ path = '' }) => path.startsWith('/keyfiles/');
  assert.ok(server.asked.filter(fetches).every(({ body }) => body.code === secrets.fetch), 'its fetch code alone');
  const bodies = JSON.stringify(server.asked.filter((asked) => !fetches(asked)));
  for (const one of canaries) assert.ok(!bodies.includes(one), 'nor does the server hear of one');
  assert.ok(bodies.includes(Buffer.from(await tokenDigest(secrets.api_key?.secret ?? '')).toString('base64url')));
});

/** Bytes as text: what is sealed as JSON shows its secrets so, if it is not. @param {string} _ @param {unknown} value */
function shown(_, value) {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : value;
}
