/** Parts of the script: from where, checked by what, and what happens if they do not come. */

import assert from 'node:assert/strict';
import test from 'node:test';

/** @typedef {(url: string) => Promise<void> | void} Answer */

const shared = ['in common'];

/** An element as far as a script needs one. */
class Script extends EventTarget {
  src = '';
  integrity = '';
  crossOrigin = '';
  removed = false;

  remove() {
    this.removed = true;
  }
}

/** @type {Script[]} */
const appended = [];
/** @type {(script: Script) => void} what the network makes of a script */
let arrives = () => {};

const page = {
  BUNDLED: true,
  PARTS: { kem: 'ASNFZ4mrkem=', steps: 'ASNFZ4mrsteps=', 'texts-de': 'ASNFZ4mrtexts=' },
  SHARED: () => shared,
  document: {
    createElement: () => new Script(),
    head: {
      append(/** @type {Script} */ script) {
        appended.push(script);
        queueMicrotask(() => arrives(script));
      },
    },
  },
};
Object.assign(globalThis, page);
const { loadScript, loadTexts, partsBeside } = await import('../../static/src/form/kit/parts.js');
partsBeside('https://forms.example.org/static/dist/sealform.js?v=1');

/** @param {unknown} exported */
const handsOver = (exported) => (/** @type {Script} */ script) => {
  script.dispatchEvent(new CustomEvent('sealform:part', { detail: () => exported }));
  script.dispatchEvent(new Event('load'));
};

test('a script that fails says so in a way that passes, and is asked for again', async () => {
  arrives = (script) => script.dispatchEvent(new Event('error'));
  await assert.rejects(loadScript('steps'), { code: 'part', passing: true });
  arrives = (script) => script.dispatchEvent(new Event('load')); // it ran, but was none of ours
  await assert.rejects(loadScript('steps'), { code: 'part', passing: true });
  arrives = handsOver({ startSteps: 1 });
  assert.deepEqual(await loadScript('steps'), { startSteps: 1 });
  assert.equal(appended.splice(0).length, 3);
});

test('a script comes from beside the main one, once, checked, and leaves nothing', async () => {
  /** @type {unknown} */
  let told;
  arrives = (script) => {
    const detail = (/** @type {unknown} */ common) => ((told = common), { growKeys: 1 });
    script.dispatchEvent(new CustomEvent('sealform:part', { detail }));
  };
  const [kem, again] = await Promise.all([loadScript('kem'), loadScript('kem')]);
  assert.deepEqual(kem, { growKeys: 1 });
  assert.equal(again, kem);
  assert.equal(told, shared);
  const [script] = appended.splice(0);
  assert.equal(script?.src, 'https://forms.example.org/static/dist/sealform-kem.0123456789ab.js');
  assert.equal(script?.integrity, 'sha256-ASNFZ4mrkem=');
  assert.equal(script?.crossOrigin, 'anonymous');
  assert.ok(script?.removed);
});

test('texts are fetched with their digest, without cookies and without a referrer', async (t) => {
  const asked = t.mock.method(globalThis, 'fetch', async () => Response.json({ send: 'Senden' }));
  assert.deepEqual(await loadTexts('de'), { send: 'Senden' });
  const [url, init] = asked.mock.calls[0]?.arguments ?? [];
  assert.equal(url, 'https://forms.example.org/static/dist/sealform-texts-de.0123456789ab.json');
  assert.equal(init?.integrity, 'sha256-ASNFZ4mrtexts=');
  assert.equal(init?.credentials, 'omit');
  assert.equal(init?.referrerPolicy, 'no-referrer');
  asked.mock.mockImplementation(() => Promise.reject(new TypeError('integrity mismatch')));
  await assert.rejects(loadTexts('fr'), { code: 'part', passing: true });
});
