/** What a tab has read: told piece by piece, stopped by a person, and forgotten by the lock. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { ActError } from '../../../static/src/workspace/kit/calls.js';
import { Inbox } from '../../../static/src/workspace/kit/inbox.js';

const TYPE = { writer: 'form:a', type: 'contact', form: 'a', title: 'Sign-up', columns: [], owner: { id: '', name: '' }, own: true, source: 'sign-up', problem: null };
/** @param {number} n */
const row = (n) => ({ id: `id ${n}`, when: `2026-11-0${n}`, rev: 1, values: { name: `Visitor ${n}` }, marks: {}, meta: {}, stolen: false });

/** A tab whose key worker answers when the test says so. */
class Tab {
  view = { who: /** @type {any} */ ({}) };
  /** @type {any} */
  asked = {};
  /** @type {() => void} */
  changed = () => {};

  /** @param {() => void} listener */
  subscribe(listener) {
    this.changed = listener;
    return () => {};
  }

  /** @param {string} act @param {any} args @param {any} [options] */
  call(act, args, options) {
    return new Promise((resolve, reject) => (this.asked = { act, args, ...options, resolve, reject }));
  }

  /** @param {number[]} opened @param {number} read */
  tell(opened, read) {
    this.asked.progress({ opened: opened.map(row), failed: [], counts: { read, opened: read, failed: 0 } });
  }
}

/** @param {{most?: number}} [bound] */
function opened(bound) {
  const tab = new Tab();
  const inbox = new Inbox(/** @type {any} */ (tab), bound);
  const reading = inbox.choose(TYPE);
  return { tab, inbox, reading, ids: () => inbox.view.lines.map(({ id }) => id) };
}

test('rows stand in the table as soon as the first ones come, and all when it ends', async () => {
  const { tab, inbox, reading, ids } = opened();
  assert.deepEqual([inbox.view.reading, tab.asked.args], [true, { writer: 'form:a', type: 'contact' }]);
  tab.tell([1, 2], 2);
  assert.deepEqual(ids(), ['id 2', 'id 1']);
  tab.tell([3], 3);
  tab.asked.resolve({ counts: { read: 3, opened: 3, failed: 0 }, stopped: false });
  await reading;
  assert.deepEqual([ids(), inbox.view.reading, inbox.view.counts.read], [['id 3', 'id 2', 'id 1'], false, 3]);
  assert.deepEqual(inbox.view.columns.map(({ name }) => name), ['name']);
});

test('a read that a person stopped tells the worker, and shows what there was', async () => {
  const { tab, inbox, reading, ids } = opened();
  tab.tell([1], 1);
  inbox.stop();
  assert.ok(tab.asked.signal.aborted);
  tab.tell([2], 2);
  tab.asked.resolve({ counts: { read: 2, opened: 2, failed: 0 }, stopped: true });
  await reading;
  assert.deepEqual([ids(), inbox.view.reading, inbox.view.stopped, inbox.view.counts.read], [['id 1'], false, true, 1]);
});

test('another type begins anew, and the one before tells nothing any more', async () => {
  const { tab, inbox, ids } = opened();
  const before = tab.asked;
  tab.tell([1], 1);
  void inbox.choose({ ...TYPE, type: 'health' });
  assert.ok(before.signal.aborted);
  before.progress({ opened: [row(9)], failed: [], counts: { read: 9, opened: 9, failed: 0 } });
  assert.deepEqual([ids(), inbox.view.counts.read, inbox.view.chosen?.type], [[], 0, 'health']);
});

test('what breaks off is told beside what was read', async () => {
  const { tab, inbox, reading, ids } = opened();
  tab.tell([1], 1);
  tab.asked.reject(new ActError({ name: 'ApiUnavailable', code: 'unavailable', message: 'away', hint: '' }));
  await reading;
  assert.deepEqual([ids(), inbox.view.problem?.code, inbox.view.reading], [['id 1'], 'unavailable', false]);
});

test('what a server calls locked is told, too', async () => {
  const told = new ActError({ name: 'ApiRefused', code: 'locked', message: 'refused', hint: '' });
  const { tab, inbox, reading } = opened();
  tab.asked.reject(told);
  await reading;
  const listing = inbox.list();
  assert.equal(inbox.view.problem, null);
  tab.asked.reject(told);
  await listing;
  assert.equal(inbox.view.problem, told);
  const again = inbox.choose(TYPE);
  tab.asked.reject(told);
  await again;
  assert.equal(inbox.view.problem, told);
});

test('a lock forgets all of it', () => {
  const { tab, inbox, ids } = opened();
  tab.tell([1], 1);
  inbox.look(inbox.view.lines[0] ?? null);
  tab.view = { who: null };
  tab.changed();
  assert.deepEqual([ids(), inbox.view.chosen, inbox.view.open, inbox.view.types], [[], null, null, null]);
  assert.ok(!JSON.stringify(inbox).includes('Visitor'));
});

test('from one record one goes to the next, in the order of the table', () => {
  const { tab, inbox } = opened();
  tab.tell([1, 2, 3], 3);
  inbox.look(inbox.view.lines[1] ?? null);
  assert.deepEqual([inbox.beside(-1)?.id, inbox.beside(1)?.id], ['id 3', 'id 1']);
  inbox.look(inbox.view.lines[2] ?? null);
  assert.equal(inbox.beside(1), undefined);
  assert.equal(inbox.place.at, 2);
});

test('a later revision takes the place of the one before, and an older one does not', async () => {
  const { tab, inbox, reading, ids } = opened();
  tab.tell([1, 2], 2);
  inbox.look(inbox.view.lines[1] ?? null);
  const said = (/** @type {number} */ rev, /** @type {string} */ name) => ({ ...row(1), rev, values: { name } });
  const counts = { read: 4, opened: 4, failed: 0 };
  tab.asked.progress({ opened: [said(3, 'new'), said(2, 'old')], failed: [], counts });
  tab.asked.resolve({ counts, stopped: false });
  await reading;
  assert.deepEqual([ids(), inbox.view.counts], [['id 2', 'id 1'], { read: 2, opened: 2, failed: 0 }]);
  assert.deepEqual(/** @type {any} */ (inbox.view.open).values, { name: 'new' });
  assert.equal(inbox.beside(-1)?.id, 'id 2');
  assert.deepEqual(inbox.everything().opened.map(({ id, rev }) => [id, rev]), [['id 1', 3], ['id 2', 1]]);
});

test('what a tab holds has a bound, and it says that it stopped there', () => {
  const bad = (/** @type {number} */ n) => ({ id: `bad ${n}`, error: { name: '', code: 'open', message: '', hint: '' } });
  const full = opened({ most: 3 });
  full.tab.tell([1, 2, 3], 3);
  assert.deepEqual([full.inbox.view.stopped, full.ids().length], [false, 3]);
  full.tab.tell([4], 4);
  assert.deepEqual([full.inbox.view.stopped, full.inbox.view.reading, full.ids().length], [true, false, 3]);
  assert.ok(full.tab.asked.signal.aborted);

  const failing = opened({ most: 3 });
  failing.tab.tell([1], 1);
  const counts = { read: 5, opened: 1, failed: 4 };
  failing.tab.asked.progress({ opened: [], failed: [1, 2, 3, 4].map(bad), counts });
  assert.deepEqual([failing.inbox.view.stopped, failing.inbox.view.counts], [true, { read: 3, opened: 1, failed: 2 }]);
  assert.equal(failing.ids().length, 3);
});
