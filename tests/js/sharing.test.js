/** Which declarations of a module go with a part, and what it is handed of the rest. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { asFunction, exporting, heldBy, remainder } from '../../static/sharing.js';

const SOURCE = `/** A module. */

import { other } from './other.js';

const MOST = 3;
const LIST = [1, 2];
let count = 0;

/** Counts. */
export function add() {
  return (count += inner(LIST));
}

function inner(list) {
  return list.length;
}

export const rare = () => inner(other(MOST));

export function forget() {
  count = 0;
}
`;
const MODULE = 'src/module.js';

/** @param {string} text @param {RegExp} pattern */
const named = (text, pattern) => (pattern.exec(text)?.[1] ?? '').split(',').map((name) => name.trim());

test('what a script has is known by its declarations, renamed or not', () => {
  const bundle = `// src/other.js\nfunction add() {\n}\n// ${MODULE}\nvar MOST = 3;\nvar LIST2 = [1, 2];
async function add2() {\n  function rare() {}\n}\n// src/last.js\nvar last = class {};\n`;
  const sources = new Map([[MODULE, SOURCE], ['src/other.js', 'export function add() {}']]);
  const held = heldBy(bundle, (path) => sources.get(path) ?? 'export class last {}');
  assert.deepEqual([...held].map(([path, names]) => [path, ...names]), [
    ['src/other.js', 'add'],
    [MODULE, 'MOST', 'LIST', 'add'],
    ['src/last.js', 'last'],
  ]);
});

test('the rest stays with the part, numbers too, and takes what the script has from there', () => {
  const rest = remainder(MODULE, SOURCE, new Set(['MOST', 'LIST', 'count', 'add', 'inner']));
  const given = named(rest, /import \{ ([^}]*) \} from 'shared:src\/module.js'/);
  assert.deepEqual(given, ['LIST', 'count', 'add', 'inner', 'forget']);
  assert.deepEqual(named(rest, /export \{ ([^}]*) \}/), ['add', 'forget']);
  for (const kept of ["from './other.js'", 'const MOST = 3', 'export const rare']) assert.ok(rest.includes(kept));
  assert.ok(!rest.includes('function inner'));
});

test('a part gets no copy of what changes', () => {
  assert.throws(() => exporting(SOURCE, ['count']), /count, which changes/);
  assert.ok(exporting(SOURCE, ['add', 'inner']).endsWith('\nexport { inner };'));
});

test('a part names what it is handed by its place, and nothing that it does not use', () => {
  const shared = new Map([[`${MODULE} first`, 0]]);
  const code = `import{add as a,inner,unused,LIST}from"shared:${MODULE}";import{first}from"shared:${MODULE}";
var x={inner:1,...LIST};x.unused;export{x as y,a};`;
  assert.equal(asFunction(code, shared).split('=>')[0], '([,a,inner,LIST])');
  assert.deepEqual([...shared.keys()], ['first', 'add', 'inner', 'LIST'].map((name) => `${MODULE} ${name}`));
  assert.match(asFunction(code, shared), /return\{y:x,a:a\}\}$/);
  assert.throws(() => asFunction('var x=1;', shared), /not as esbuild writes it/);
});
