/** The lock of what nobody uses comes, whatever becomes of the clock. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { IDLE_SECONDS, watchIdle } from '../../../static/src/workspace/kit/idle.js';

/** Watch, with a clock and a time of the page that the test sets apart. @param {import('node:test').TestContext} t */
function watching(t) {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: 1e12 });
  const time = { page: 0, clock: 1e12 };
  t.mock.method(performance, 'now', () => time.page);
  t.mock.method(Date, 'now', () => time.clock);
  const target = new EventTarget();
  let locks = 0;
  const watch = watchIdle({ warn() {}, lock: () => void (locks += 1), target });
  t.after(() => watch.stop());
  /** @param {number} page seconds @param {number} [clock] seconds */
  const pass = (page, clock = page) => {
    time.page += page * 1000;
    time.clock += clock * 1000;
  };
  return { target, pass, tick: () => t.mock.timers.tick(1000), watch, locks: () => locks };
}

test('each sign of a person puts it off', (t) => {
  const { target, pass, tick, locks } = watching(t);
  pass(IDLE_SECONDS - 100);
  target.dispatchEvent(new Event('keydown'));
  pass(IDLE_SECONDS - 100);
  tick();
  assert.equal(locks(), 0);
  pass(100);
  tick();
  assert.equal(locks(), 1);
});

test('a clock that stands still or goes slowly does not put it off, nor does a page that slept', (t) => {
  const { pass, tick, locks } = watching(t);
  pass(IDLE_SECONDS, 0);
  tick();
  assert.equal(locks(), 1);
  pass(0, IDLE_SECONDS);
  tick();
  assert.equal(locks(), 2);
});

test('a clock that was set back locks, one that was put right does not', (t) => {
  const { target, pass, tick, locks } = watching(t);
  pass(0, -2);
  tick();
  assert.equal(locks(), 0);
  pass(0, -3600);
  target.dispatchEvent(new Event('keydown'));
  assert.equal(locks(), 1);
});

test('it goes on after a lock: what is typed later is not kept for ever', (t) => {
  const { pass, tick, locks } = watching(t);
  for (const count of [1, 2, 3]) {
    pass(IDLE_SECONDS);
    tick();
    tick();
    assert.equal(locks(), count);
  }
});

test('a page that is set aside is locked, and one that comes back looks at the clock at once', (t) => {
  const { target, pass, watch, locks } = watching(t);
  target.dispatchEvent(Object.assign(new Event('pagehide'), { persisted: false }));
  assert.equal(locks(), 0);
  target.dispatchEvent(Object.assign(new Event('pagehide'), { persisted: true }));
  assert.equal(locks(), 1);
  pass(IDLE_SECONDS);
  target.dispatchEvent(new Event('visibilitychange'));
  assert.equal(locks(), 2);
  watch.stop();
  pass(IDLE_SECONDS);
  target.dispatchEvent(new Event('visibilitychange'));
  assert.equal(locks(), 2);
});
