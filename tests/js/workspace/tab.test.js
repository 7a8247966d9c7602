/** What a tab shows, whatever its worker answers, and when. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { Tab } from '../../../static/src/workspace/kit/tab.js';

const FILE = { id: 'id', name: 'Acme', fingerprint: '', serial: 1, slots: [], fetched: false, hasMemory: true };
const turn = () => new Promise((resolve) => setTimeout(resolve));

/** A key worker that answers when the test says so. */
class FakeWorker extends EventTarget {
  /** @type {any[]} */
  asked = [];

  constructor() {
    super();
    worker = this;
  }

  /** @param {any} message */
  postMessage(message) {
    this.asked.push(message);
  }

  /** Answer the newest message of an act. @param {string} act @param {any} answer */
  async answer(act, answer) {
    const { id } = this.asked.findLast((one) => one.act === act);
    this.dispatchEvent(new MessageEvent('message', { data: { id, ...answer } }));
    await turn();
  }

  terminate() {}
}

/** @type {FakeWorker} */
let worker;
Object.assign(globalThis, { Worker: FakeWorker, location: { href: 'https://forms.example.org/workspace/' } });

async function unlocking() {
  const tab = new Tab();
  const looking = tab.look(new Uint8Array(1));
  await worker.answer('look', { result: FILE });
  await looking;
  const unlocking = tab.unlock({ passphrase: 'words' }).then(() => null, (error) => error);
  await worker.answer('unlock', { result: { ...FILE, unconfirmed: false } });
  return { tab, unlocking };
}

test('who forgets the file while it opens sees no keys over a worker that has none', async () => {
  const { tab, unlocking: opening } = await unlocking();
  assert.equal(worker.asked.at(-1).act, 'download');
  tab.forget();
  assert.deepEqual([(await opening)?.name, tab.view.who, tab.view.file], ['Ended', null, null]);
});

test('an answer of a worker that was ended meanwhile opens nothing', async () => {
  const { tab, unlocking: opening } = await unlocking();
  const done = worker.answer('download', { result: { file: new Uint8Array(1) } });
  tab.forget(); // before anybody went on with the answer
  await done;
  assert.deepEqual([(await opening)?.code, tab.view.who], ['locked', null]);
});

test('why the server did not say who this is is shown, whatever it calls that', async () => {
  const { tab, unlocking: opening } = await unlocking();
  await worker.answer('download', { result: { file: new Uint8Array(1) } });
  assert.equal(await opening, null);
  await worker.answer('who', { error: { name: 'ApiRefused', code: 'locked', message: 'no', hint: '' } });
  assert.equal(tab.view.problem?.code, 'locked');
});
