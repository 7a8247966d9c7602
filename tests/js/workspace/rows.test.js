/** What the page is told of records, and the pool that opens them: workers die, and all is counted. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { HERE } from '../../../static/src/client/acts/listed_items.js';
import { b64 } from '../../../static/src/envelope/encoding.js';
import { NAMES } from '../../../static/src/workspace/keys/acts.js';
import { Pool, poolSize } from '../../../static/src/workspace/keys/pool.js';
import { readRows, shownTypes } from '../../../static/src/workspace/keys/rows.js';
import { Opening, STREAM, acme, altered, form, reading, sent } from './inboxes.js';
import { Tab } from './people.js';
import { Server } from './servers.js';

const many = await Promise.all(Array.from({ length: 120 }, (_, n) => sent(`Visitor ${n}`)));

/** @param {Awaited<ReturnType<typeof reading>>} from @param {{place?: any, stopAfter?: number}} [how] */
async function all({ session }, { place, stopAfter = Infinity } = {}) {
  /** @type {any[]} */
  const told = [];
  const progress = (/** @type {any} */ one) => void told.push(structuredClone(one));
  const end = await readRows(session, STREAM, { place, progress, stopped: () => told.length >= stopAfter });
  for (const { counts } of told) assert.equal(counts.read, counts.opened + counts.failed);
  const [opened, failed] = [told.flatMap((one) => one.opened), told.flatMap((one) => one.failed)];
  return { told, opened, failed, names: opened.map(({ values }) => values.fullname), ...end };
}

/** @param {(number: number) => Opening | never} start @param {number} [size] */
const pooled = (start, size = 2) => new Pool({ start: /** @type {any} */ (start), size });

test('the page learns what there is to read, and how its form calls it', async () => {
  const [type, ...none] = await shownTypes((await reading([])).session);
  assert.deepEqual(none, []);
  const { form: id, title } = form.manifest;
  const columns = [{ name: 'fullname', kind: 'text', label: 'A question', options: [] }];
  const owner = { id: acme?.id, name: 'acme' };
  assert.deepEqual(type, { ...STREAM, form: id, title, columns, owner, own: false, problem: null, source: '' }); // a server that lists no forms
});

test('a form whose manifest is not believed is named with the reason', async () => {
  const from = await reading([]);
  from.server.answers[`GET /forms/${form.manifest.form}/manifest`] = () => ({ manifest: '{}', sig: '', card: {} });
  const [type] = await shownTypes(from.session);
  assert.deepEqual(type?.columns, []);
  assert.equal(type?.problem?.name, 'VerificationError');
});

test('rows are plain data, what fails has its reason, and no key is told', async () => {
  const [good, strange, bad] = [await sent('Ann'), await sent(true), altered(await sent('Eve'))];
  const { told, opened, failed, counts, stopped } = await all(await reading([good, strange], [bad, {}]));
  assert.deepEqual(opened.map(({ values, when, marks }) => [values, when, marks]), [
    [{ fullname: 'Ann' }, '2026-11-29', {}],
    [{ fullname: true }, '2026-11-29', { fullname: 'shape' }],
  ]);
  assert.deepEqual(failed.map(({ id, error }) => [id, error.code]), [[bad.record.id, 'open'], ['', 'malformed']]);
  assert.match(failed[0].error.message, /the seal does not open/);
  assert.deepEqual([counts, stopped], [{ read: 4, opened: 2, failed: 2 }, false]);
  const shown = JSON.stringify(told, (_, value) => (value instanceof Uint8Array ? b64(value) : value));
  for (const key of [b64(form.seeds.contact), good.record.akid]) assert.ok(!shown.includes(key));
});

test('a read that is stopped ends, and asks for no further page', async () => {
  const from = await reading(many.slice(0, 20), many.slice(20, 40), many.slice(40, 60));
  const { counts, stopped } = await all(from, { stopAfter: 1 });
  assert.deepEqual([counts.read, stopped], [20, true]);
  assert.ok(from.server.count('GET /records') <= 2);
});

test('the next page is on its way while one is opened, and no other', async () => {
  const from = await reading(many.slice(0, 20), many.slice(20, 40), many.slice(40, 60));
  const pool = pooled(() => new Opening());
  const { counts } = await all(from, { place: pool, stopAfter: 1 });
  assert.equal(counts.read, 20);
  assert.equal(from.server.count('GET /records'), 3); // told of one, stopped at the second
  assert.deepEqual((await all(from, { place: pool })).counts, { read: 60, opened: 60, failed: 0 });
  pool.end();
});

test('workers open what one client alone would', async () => {
  const items = [...many.slice(0, 50), altered(await sent('Eve')), { stored: '', record: {} }];
  const [here, there] = [await reading(items), await reading(items)];
  const started = /** @type {number[]} */ ([]);
  const pool = pooled((number) => {
    started.push(number);
    return new Opening();
  });
  const expected = await all(here, { place: HERE });
  const found = await all(there, { place: pool });
  assert.deepEqual(found.opened, expected.opened);
  assert.deepEqual(found.failed, expected.failed);
  assert.deepEqual(started, [1, 2]);
  pool.end();
});

test('a worker that dies is replaced, its work is done again, and the counts add up', async () => {
  const workers = /** @type {Opening[]} */ ([]);
  const pool = pooled((number) => {
    const worker = new Opening((message) => (number <= 2 && message === 2 ? 'error' : 'answer'));
    workers.push(worker);
    return worker;
  });
  const { names, counts } = await all(await reading([...many, altered(await sent('Eve'))]), { place: pool });
  assert.deepEqual(counts, { read: 121, opened: 120, failed: 1 });
  assert.equal(new Set(names).size, 120);
  assert.equal(workers.length, 4);
  assert.deepEqual(workers.map(({ isEnded }) => isEnded), [true, true, false, false]);
  pool.end();
});

test('a worker that falls silent is taken for dead', async () => {
  const start = (/** @type {number} */ number) => new Opening(() => (number === 1 ? 'silence' : 'answer'));
  const pool = new Pool({ start: /** @type {any} */ (start), size: 1, silentMs: 200 });
  const { counts } = await all(await reading(many.slice(0, 30)), { place: pool });
  assert.deepEqual(counts, { read: 30, opened: 30, failed: 0 });
  pool.end();
});

test('where no worker lives, or none can be started, records are opened all the same', async () => {
  let started = 0;
  const dying = pooled(() => {
    started += 1;
    return new Opening(() => 'error');
  });
  assert.equal((await all(await reading(many), { place: dying })).counts.opened, 120);
  assert.ok(started <= 17, 'and not started for ever');
  const none = pooled(() => {
    throw new ReferenceError('Worker is not defined');
  });
  const items = [...many.slice(0, 5), altered(await sent('Eve'))];
  assert.deepEqual((await all(await reading(items), { place: none })).counts, { read: 6, opened: 5, failed: 1 });
});

test('what is on its way has a bound', async () => {
  let most = 0;
  /** @type {Opening[]} */
  const workers = [];
  const pool = pooled(() => {
    const worker = new Opening();
    const post = worker.postMessage.bind(worker);
    worker.postMessage = (message) => {
      most = Math.max(most, message.sent.length);
      post(message);
    };
    workers.push(worker);
    return worker;
  });
  await all(await reading(many), { place: pool });
  assert.ok(most <= 16);
  assert.equal(workers.length, 2);
  assert.equal(pool.atOnce, 96);
  pool.end();
});

test('what failed says why: the bundles of the workspace keep what errors say', () => {
  for (const name of ['keys.js', 'opening.js']) {
    const bundle = readFileSync(new URL(`../../../static/dist/workspace/${name}`, import.meta.url), 'utf8');
    assert.ok(bundle.includes('the seal does not open: wrong key, place or altered bytes'), name);
  }
});

test('a machine has one worker at least, and four at most', () => {
  assert.deepEqual([undefined, 1, 2, 4, 5, 64].map((one) => poolSize(one)), [1, 1, 1, 3, 4, 4]);
});

test('without open keys there is nothing to read', async () => {
  const tab = new Tab(new Server());
  assert.deepEqual(['types', 'read', 'stop'].filter((act) => !NAMES.includes(act)), []);
  await assert.rejects(tab.call('types'), { code: 'closed' });
  await assert.rejects(tab.call('read', STREAM), { code: 'closed' });
  assert.deepEqual(await tab.call('stop', { id: 3 }), {});
});
