/** What visitors load: the parts that there are, each once, and no way in for the page around. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';
import { createContext, runInContext } from 'node:vm';

const DIST = new URL('../../static/dist/', import.meta.url);
const NAMED = ['sealform.js', 'sealform-guard.js', 'sealform-frame.js', 'sealform-receipt.js'];

/** @param {string} file */
const text = (file) => readFileSync(new URL(file, DIST), 'utf8');
/** @param {string} file */
const digest = (file) => createHash('sha256').update(readFileSync(new URL(file, DIST)));

const main = text('sealform.js');
const files = readdirSync(DIST, { withFileTypes: true }).flatMap((one) => (one.isFile() ? [one.name] : []));
const parts = files.filter((file) => /^sealform-.+\.[0-9a-f]{12}\.(js|json)$/.test(file));

/** What noble's ML-KEM has and nothing else. */
const NOBLE = 'ROOT_OF_UNITY';

test('noble is a part of its own, and not in the main script', () => {
  const kem = parts.filter((file) => file.startsWith('sealform-kem.'));
  assert.equal(kem.length, 1);
  assert.ok(text(kem[0] ?? '').includes(NOBLE));
  assert.ok(!main.includes(NOBLE));
});

test('the main script names exactly the parts that there are, by their bytes', () => {
  const named = main.match(/(?<![\w+/])[\w+/]{43}=/g) ?? [];
  assert.ok(parts.length >= 7);
  assert.deepEqual(named.sort(), parts.map((part) => digest(part).digest('base64')).sort());
  for (const part of parts) assert.ok(part.includes(`.${digest(part).digest('hex').slice(0, 12)}.`), part);
});

test('nothing else lies beside it but what pages name', () => {
  const rest = files.filter((file) => !parts.includes(file));
  assert.deepEqual(rest.sort(), [...NAMED].sort());
});

test('a part is handed over by its own element, and touches nothing by itself', () => {
  for (const part of parts.filter((file) => file.endsWith('.js'))) {
    /** @type {CustomEvent[]} */
    const events = [];
    const page = {
      CustomEvent,
      document: { currentScript: { dispatchEvent: (/** @type {CustomEvent} */ e) => events.push(e) } },
    };
    const before = Object.keys(page);
    runInContext(text(part), createContext(page));
    assert.deepEqual(Object.keys(page), before);
    assert.deepEqual(events.map(({ type, bubbles }) => [type, bubbles]), [['sealform:part', false]]);
    assert.equal(typeof events[0]?.detail, 'function');
  }
});

test('what developers read about a failed step is not sent to visitors', () => {
  for (const said of ['lone surrogate', 'not canonical']) assert.ok(!main.includes(said), said);
});

test('sealform.js leaves nothing behind that a page could call', () => {
  const listeners = /** @type {string[]} */ ([]);
  const listen = (/** @type {string} */ what) => listeners.push(what);
  const page = {
    document: {
      currentScript: null,
      readyState: 'loading',
      addEventListener: listen,
      querySelectorAll: () => [],
    },
    addEventListener: listen,
    location: { origin: 'https://example.org' },
    HTMLScriptElement: class {},
    MutationObserver: class {
      observe() {}
    },
    TextEncoder,
    TextDecoder,
    Intl,
  };
  const before = Object.keys(page);
  runInContext(main, createContext(page));
  assert.deepEqual(Object.keys(page), before);
  for (const what of ['submit', 'formdata', 'DOMContentLoaded']) assert.ok(listeners.includes(what));
});
