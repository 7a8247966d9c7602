/**
 * A tab without a page, for tests in Python that compare: its key worker's acts, against a real server.
 *
 * On standard input `{url, calls: [[act, args]]}`; a text `@0.sheet.fetch` in args is what the first call
 * told there, rows in one text, and `{"base64url": ...}` are bytes. Prints what each call told, bytes as
 * base64url.
 */

import { readFileSync } from 'node:fs';
import { argon2id } from '../../../static/src/envelope/argon2_wasm.js';
import { b64, unb64 } from '../../../static/src/envelope/encoding.js';
import { useArgon2id } from '../../../static/src/envelope/passphrases.js';
import { Acts, answer } from '../../../static/src/workspace/keys/acts.js';

useArgon2id(argon2id);
const asked = JSON.parse(readFileSync(0, 'utf8'));
/** @type {any[]} */
const told = [];
const acts = new Acts({ server: { url: asked.url }, host: 'localhost', tell: (one) => void told.push(one) });
/** @type {any[]} */
const results = [];

/** @param {any} value @returns {any} */
function meant(value) {
  if (typeof value === 'string' && value.startsWith('@')) {
    const found = value.slice(1).split('.').reduce((at, name) => at[name], /** @type {any} */ (results));
    return Array.isArray(found) ? found.join('\n') : found;
  }
  return value?.base64url === undefined ? value : unb64(value.base64url);
}

for (const [id, [act, args]] of asked.calls.entries()) {
  const given = Object.fromEntries(Object.entries(args).map(([name, value]) => [name, meant(value)]));
  const { result, error } = /** @type {any} */ (await answer(acts, { id, act, args: given }));
  results.push(result ?? { error });
}
const shown = JSON.stringify({ results, told }, (_, value) => (value instanceof Uint8Array ? b64(value) : value));
process.stdout.write(shown);
