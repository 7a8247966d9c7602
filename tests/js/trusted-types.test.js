/** Pages with Trusted Types: our policy makes the addresses of our parts, and no others. */

import assert from 'node:assert/strict';
import test from 'node:test';

/** @typedef {{createScriptURL: (url: string) => string}} Rules */

/** @type {Map<string, Rules>} */
const policies = new Map();

class Script extends EventTarget {
  src = '';
  remove() {}
}

const page = {
  BUNDLED: true,
  PARTS: { kem: 'ASNFZ4mrkem=', steps: 'ASNFZ4mrsteps=' },
  SHARED: () => [],
  trustedTypes: {
    createPolicy(/** @type {string} */ name, /** @type {Rules} */ rules) {
      if (policies.has(name)) throw new TypeError('there is a policy of that name');
      policies.set(name, rules);
      return { createScriptURL: (/** @type {string} */ url) => `trusted ${rules.createScriptURL(url)}` };
    },
  },
  document: {
    createElement: () => new Script(),
    head: {
      append(/** @type {Script} */ script) {
        const detail = () => script.src;
        queueMicrotask(() => script.dispatchEvent(new CustomEvent('sealform:part', { detail })));
      },
    },
  },
};
Object.assign(globalThis, page);
const { loadScript, partsBeside } = await import('../../static/src/form/kit/parts.js');
partsBeside('https://forms.example.org/dist/sealform.js');

test('one policy makes the address of each part, and refuses any other', async () => {
  assert.equal(policies.size, 0);
  assert.equal(await loadScript('kem'), 'trusted https://forms.example.org/dist/sealform-kem.0123456789ab.js');
  assert.equal(await loadScript('steps'), 'trusted https://forms.example.org/dist/sealform-steps.0123456789ab.js');
  assert.deepEqual([...policies.keys()], ['sealform']);
  for (const other of ['https://evil.example.org/dist/sealform-kem.0123456789ab.js', 'data:,', 'sealform-kem.0123456789ab.js']) {
    assert.throws(() => policies.get('sealform')?.createScriptURL(other), TypeError);
  }
});
