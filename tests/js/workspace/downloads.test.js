/** What is handed to the browser can be taken for a minute, and never after a lock. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { dropDownloads, saveFile } from '../../../static/src/workspace/kit/downloads.js';

Object.assign(globalThis, { document: { createElement: () => ({ click() {} }) } });

test('addresses are taken back after a minute, at a lock at once, and only once', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let made = 0;
  /** @type {string[]} */
  const revoked = [];
  t.mock.method(URL, 'createObjectURL', () => `blob:${(made += 1)}`);
  t.mock.method(URL, 'revokeObjectURL', (/** @type {string} */ address) => void revoked.push(address));

  saveFile('a.csv', new Uint8Array(1));
  t.mock.timers.tick(60_000);
  assert.deepEqual(revoked, ['blob:1']);
  saveFile('b.csv', new Uint8Array(1));
  saveFile('c.csv', new Uint8Array(1));
  dropDownloads();
  t.mock.timers.tick(60_000);
  dropDownloads();
  assert.deepEqual(revoked, ['blob:1', 'blob:2', 'blob:3']);
});
