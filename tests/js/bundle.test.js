/** What visitors load: small enough, and without a way in for the page around it. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';

const MOST = 32_000;
const script = readFileSync(new URL('../../static/dist/sealform.js', import.meta.url));

test('sealform.js is at most 32 kB with both implementations of X-Wing in it', (t) => {
  const size = gzipSync(script, { level: 9 }).length;
  assert.ok(size <= MOST, `${size} bytes`);
  t.diagnostic(`sealform.js: ${script.length} bytes, ${size} with gzip -9`);
});

test('sealform.js leaves nothing behind that a page could call', () => {
  const listeners = /** @type {string[]} */ ([]);
  const page = {
    document: {
      currentScript: null,
      readyState: 'loading',
      addEventListener: (/** @type {string} */ what) => listeners.push(what),
    },
    location: { origin: 'https://example.org' },
    HTMLScriptElement: class {},
    TextEncoder,
    TextDecoder,
  };
  const before = Object.keys(page);
  runInContext(script.toString(), createContext(page));
  assert.deepEqual(Object.keys(page), before);
  assert.deepEqual(listeners, ['submit', 'formdata', 'DOMContentLoaded']);
});
