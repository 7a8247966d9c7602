/** A tab that is locked goes on from what it knew: the page has the last sealed memory, and the server, too. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { b64 } from '../../../static/src/envelope/encoding.js';
import { INBOX, inboxId, sealGrant } from '../../../static/src/envelope/grants.js';
import { dumpCard } from '../../../static/src/envelope/keys.js';
import { signManifest } from '../../../static/src/envelope/manifests.js';
import { Tab } from '../../../static/src/workspace/kit/tab.js';
import { Acts, answer } from '../../../static/src/workspace/keys/acts.js';
import { publishedForm } from '../people.js';
import { opened } from './memories.js';
import { HOST, enrolled } from './people.js';
import { Server, URL_OF } from './servers.js';

/** @typedef {import('../../../static/src/client/api.js').Fetch} Fetch */

/** A page whose key worker is in this process. @param {Server} server @param {Fetch} [fetch] */
function page(server, fetch = server.fetch) {
  const reached = { ...server.reached, fetch };
  class Worker {
    /** @type {{[name: string]: (event: any) => void}} */
    #listeners = {};
    #isEnded = false;
    #acts = new Acts({ server: reached, host: HOST, tell: (told) => this.#tell(told) });

    /** @param {any} told */
    #tell(told) {
      setTimeout(() => this.#isEnded || this.#listeners.message?.({ data: structuredClone(told) }));
    }

    /** @param {string} name @param {(event: any) => void} listener */
    addEventListener(name, listener) {
      this.#listeners[name] = listener;
    }

    /** @param {any} message */
    postMessage(message) {
      void answer(this.#acts, structuredClone(message)).then((told) => this.#tell(told));
    }

    terminate() {
      this.#isEnded = true;
    }
  }
  Object.assign(globalThis, { Worker, location: { href: `${URL_OF}/workspace/` } });
  return new Tab();
}

/** @param {any} answered */
const json = (answered) => new Response(JSON.stringify(answered), { headers: { 'content-type': 'application/json' } });
const settled = () => new Promise((resolve) => setTimeout(resolve, 50));

/** Somebody with a form, and a server that shows the version of its manifest that a test wants. */
async function publishing() {
  const one = await enrolled();
  const { credentials } = await opened(one);
  const me = { id: one.who.id, keys: credentials.keys, card: credentials.card };
  const form = await publishedForm(/** @type {any} */ (me));
  const stream = { writer: `form:${form.description.form}`, type: 'contact', gen: 1, record: '' };
  const akid = await inboxId(form.inboxes.contact.public);
  const keys = new Map([[INBOX, form.seeds.contact]]);
  const grant = await sealGrant({ ...stream, akid, granter: me.keys, reader: me.card, keys });
  const now = Math.floor(Date.now() / 1000);
  let version = 7;
  /** @type {Fetch} */
  const fetch = async (url, init) => {
    const { pathname } = new URL(url);
    const granted = { granted: '2026-11-29T12:00:00Z', grant: grant.toWire() };
    if (pathname.endsWith('/grants')) return json({ items: [granted], next: '', more: false });
    if (!pathname.endsWith('/manifest')) return one.server.fetch(url, init);
    const said = { ...form.description, version, issued: now - 3600, expires: now + 36000 };
    const [manifest, sig] = await signManifest(said, me.keys);
    return json({ manifest: new TextDecoder().decode(manifest.raw), sig: b64(sig), card: dumpCard(me.card) });
  };
  return { one, tab: page(one.server, fetch), show: (/** @type {number} */ shown) => void (version = shown) };
}

test('what a read has taught is there after a lock, though the server has no copy to give', async () => {
  const { one, tab, show } = await publishing();
  const { file, state } = await one.tab.call('download');
  await tab.look(file, state);
  await tab.unlock({ passphrase: one.passphrase });
  assert.equal((await tab.call('types', {}))[0]?.problem, null);
  await settled();
  assert.equal(tab.view.who?.kept, 'server', 'the page was told');
  await tab.lock('idle');
  one.server.copies.clear();
  await tab.unlock({ passphrase: one.passphrase });
  assert.equal(tab.view.who?.unconfirmed, false);
  show(3);
  assert.equal((await tab.call('types', {}))[0]?.problem?.code, 'rollback');
});

test('where the server takes no more copies, the page is told that nothing keeps what was read', async () => {
  const { one, tab } = await publishing();
  const { file, state } = await one.tab.call('download');
  await tab.look(file, state);
  await tab.unlock({ passphrase: one.passphrase });
  one.server.refuse = ({ path }) => (path === '/me/keyfile' ? 'too_many_copies' : '');
  await tab.call('types', {});
  await settled();
  assert.equal(tab.view.who?.kept, 'nothing');
});

test('keys whose copy is refused stay open, and can be saved', async () => {
  const server = new Server();
  const tab = page(server);
  const { passphrase, sheet } = await tab.begin(server.token('acme'), 'acme');
  await tab.call('prove', { passphrase, recovery: sheet.recovery.join('\n') });
  server.refuse = ({ path }) => (path === '/me/keyfile' ? 'limit' : '');
  await tab.enroll();
  assert.deepEqual([tab.view.who?.kept, tab.view.made, tab.view.warnings.length], ['nothing', true, 1]);
  await tab.lock('idle');
  assert.equal(tab.view.file?.id, sheet.id);
  await tab.unlock({ passphrase });
  assert.equal(tab.view.who?.id, sheet.id);
});

test('keys without memory are confirmed when that was agreed to, or it came after all', async () => {
  const one = await enrolled();
  const { file } = await one.tab.call('download');
  const tab = page(one.server);
  await tab.look(file);
  one.server.away = true;
  await tab.unlock({ passphrase: one.passphrase });
  one.server.away = false;
  await assert.rejects(tab.confirm(), { code: 'no_memory' });
  assert.equal(tab.view.who?.missing?.code, 'unavailable');
  await tab.remember();
  await tab.confirm();
  assert.deepEqual([tab.view.who?.missing, tab.view.who?.unconfirmed], [null, false]);
});
