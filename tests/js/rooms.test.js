/** The rooms of static/src: who may use whom, no circles, and nothing that acts when it is imported. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'node:test';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../static/src/', import.meta.url));
const PYTHON = new URL('../../apps/', import.meta.url);

/** What each room may use besides itself. @type {{[room: string]: string[]}} */
const DOORS = {
  envelope: [],
  client: ['envelope', 'client/trust'],
  'client/trust': ['envelope', 'client'],
  'client/acts': ['envelope', 'client', 'client/trust'],
  'workspace/keys': ['envelope', 'client', 'client/acts'],
  'form/kit': ['envelope'],
  'form/opening': ['envelope', 'form/kit'],
  'form/filling': ['envelope', 'form/kit'],
  'form/receipt': ['envelope', 'form/kit'],
  'form/sending': ['envelope', 'form/kit', 'form/filling', 'form/receipt'],
  'form/frame': [],
  form: ['envelope', 'form/kit', 'form/opening'],
  'workspace/exporting': ['envelope', 'client'],
  'workspace/kit': ['envelope', 'workspace/exporting'],
  'workspace/screens': ['workspace/kit', 'workspace/exporting'],
  workspace: ['workspace/kit', 'workspace/screens'],
};

/** What they may speak of in types, too: an opened form is what is filled and sent, an opened record what is exported. */
const TYPES = { ...DOORS };
TYPES['form/filling'] = [...TYPES['form/filling'] ?? [], 'form/opening'];
TYPES['workspace/exporting'] = [...TYPES['workspace/exporting'] ?? [], 'client/acts'];
TYPES['form/sending'] = [...TYPES['form/sending'] ?? [], 'form/opening'];

/** Basenames that stand in two rooms, for they mean the same in both. */
const SAME = ['api.js', 'conditions.js', 'errors.js', 'groups.js', 'opening.js', 'owners.js'];

/**
 * Argon2id and X-Wing, which a library does in Python; where keys may live; tables of members, of which a server describes its API.
 */
const ONLY_OURS = ['argon2', 'argon2_wasm', 'hpke', 'native', 'suite', 'xwing'];
const ONLY_PYTHONS = ['drafted_forms', 'holders', 'shapes'];
/** Modules of the client's that are parts of acts/reading.py, state.py and trust/pins.py there. */
const PARTS = ['acts/listed_items', 'kept_state', 'merged_state', 'state_wire', 'trust/pin_list'];

const all = readdirSync(ROOT, { recursive: true, encoding: 'utf8' });
const modules = all.filter((path) => /\.jsx?$/.test(path)).sort();
const ENTRIES = ['workspace/workspace.jsx', 'workspace/keys/opening.js', 'workspace/keys/worker.js'];
const isEntry = (/** @type {string} */ path) => basename(path).startsWith('sealform') || ENTRIES.includes(path);
/** @param {string} path */
const source = (path) => readFileSync(join(ROOT, path), 'utf8');

/** What each module imports, now or later, as esbuild finds it. @type {Map<string, string[]>} */
const imports = new Map();
const { metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: modules,
  ...{ bundle: true, format: 'esm', packages: 'external', metafile: true, write: false, outdir: '.' },
  ...{ jsx: 'automatic', jsxImportSource: 'preact' },
});
for (const [path, input] of Object.entries(metafile.inputs)) {
  const inside = input.imports.filter(({ external, path }) => !external && /\.jsx?$/.test(path));
  imports.set(path, inside.map((each) => each.path));
}

/** @param {string} path */
function typesOf(path) {
  const named = source(path).matchAll(/(?:@import [^']* from |import\()'(\.[^']+)'/g);
  return [...named].map(([, to = '']) => normalize(join(dirname(path), to)));
}

/** @param {string} from @param {string} to @param {{[room: string]: string[]}} doors */
function isOpen(from, to, doors) {
  const [room, other] = [dirname(from), dirname(to)];
  return room === other || doors[room]?.includes(other);
}

/** The modules of a room of Python's. @param {string} room */
function pythons(room) {
  return readdirSync(new URL(room, PYTHON)).filter((file) => /^[a-z]\w*\.py$/.test(file));
}

/**
 * The first circle that begins here, as the way round it.
 *
 * @param {Map<string, string[]>} graph
 * @param {string[]} way
 * @param {Set<string>} done
 * @returns {string[] | undefined}
 */
function circle(graph, way, done) {
  const at = way.at(-1) ?? '';
  if (way.indexOf(at) < way.length - 1) return way.slice(way.indexOf(at));
  if (done.has(at)) return undefined;
  for (const next of graph.get(at) ?? []) {
    const found = circle(graph, [...way, next], done);
    if (found) return found;
  }
  done.add(at);
  return undefined;
}

test('every module stands in a room, and every room has its doors', () => {
  assert.ok(modules.length > 40);
  assert.deepEqual([...new Set(modules.map(dirname))].sort(), Object.keys(DOORS).sort());
  assert.deepEqual([...imports.keys()].filter((path) => /\.jsx?$/.test(path)).sort(), modules);
});

test('rooms use each other through their doors alone', () => {
  for (const [path, uses] of imports) {
    for (const used of uses) assert.ok(isOpen(path, used, DOORS), `${path} imports ${used}`);
  }
});

test('and speak of no more than that in their types', () => {
  for (const path of modules) {
    for (const used of typesOf(path)) assert.ok(isOpen(path, used, TYPES), `${path} names ${used}`);
  }
});

test('no module imports itself, round whatever corner', () => {
  const done = new Set();
  for (const path of modules) assert.equal(circle(imports, [path], done)?.join(' → '), undefined);
  const round = new Map([['a', ['b']], ['b', ['c']], ['c', ['b']]]);
  assert.deepEqual(circle(round, ['a'], new Set()), ['b', 'c', 'b']);
});

test('nobody imports an entry point', () => {
  for (const [path, uses] of imports) assert.deepEqual(uses.filter(isEntry), [], path);
});

test('modules define, entry points act: all others can be imported where there is no page', async () => {
  for (const path of modules.filter((path) => !isEntry(path))) {
    if (path.endsWith('.js')) await import(join(ROOT, path)); // Node reads no JSX
    const acting = source(path).match(/^(?!import|export|const|let|function|async function|class)\w.*$/m);
    assert.equal(acting?.[0], undefined, path);
  }
});

test('a basename stands in one room, unless it means the same', () => {
  const seen = new Map();
  for (const path of modules) seen.set(basename(path), [...(seen.get(basename(path)) ?? []), path]);
  const several = [...seen].filter(([, paths]) => paths.length > 1).map(([name]) => name);
  assert.deepEqual(several.sort(), SAME);
});

test('the protocol has the same modules in Python', () => {
  const ours = modules.filter((path) => path.startsWith('envelope/')).map((path) => basename(path, '.js'));
  const theirs = pythons('envelope/').map((file) => basename(file, '.py'));
  assert.deepEqual(ours.filter((name) => !theirs.includes(name)), ONLY_OURS);
  assert.deepEqual(theirs.filter((name) => !ours.includes(name)).sort(), ONLY_PYTHONS);
});

test('a client is built of modules that Python has', () => {
  const ours = modules.filter((path) => path.startsWith('client/')).map((path) => path.slice('client/'.length, -3));
  const theirs = ['', 'trust/', 'acts/'].flatMap((room) => pythons(`client/${room}`).map((file) => room + file));
  assert.deepEqual(ours.filter((path) => !theirs.includes(`${path}.py`)), PARTS);
});

for (const room of ['form', 'workspace']) {
  test(`the reading order of ${room} names every module`, () => {
    const order = source(`${room}/README.md`);
    const inside = modules.filter((path) => path.startsWith(`${room}/`));
    assert.deepEqual(inside.filter((path) => !order.includes(`\`${basename(path)}\``)), []);
  });
}
