/** Locks what nobody uses. */

export const IDLE_SECONDS = 15 * 60;
export const WARNING_SECONDS = 60;
/** By how much a machine may put its clock right, unasked. */
const PUT_RIGHT_MS = 5000;

const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'];

/** The clock, which people can set, and the time since the page was opened, which may stand still while a machine sleeps. */
const now = () => ({ clock: Date.now(), page: performance.now() });

/** Milliseconds, in doubt more of them. @param {ReturnType<typeof now>} then @param {ReturnType<typeof now>} since */
function passed(then, since) {
  if (since.clock < then.clock - PUT_RIGHT_MS) return Infinity;
  return Math.max(since.clock - then.clock, since.page - then.page);
}

/**
 * Watch for signs of a person until the returned function is called. Once the warning stands, only `stay` helps:
 * whoever brushes the table with the mouse does not stay.
 *
 * Time is the clock's, not counted: a machine that slept is locked when it wakes. Where the clock was set back, it is
 * locked at once, for nobody knows how long that was. A page that a browser sets aside is locked before.
 *
 * @param {object} options
 * @param {(seconds: number | null) => void} options.warn seconds that are left, once a second; null when the warning is over
 * @param {() => void} options.lock
 * @param {EventTarget} [options.target]
 */
export function watchIdle({ warn, lock, target = globalThis }) {
  let last = now();
  let warned = false;
  const left = () => IDLE_SECONDS - Math.floor(passed(last, now()) / 1000);
  const end = () => {
    last = now();
    warned = false;
    lock();
  };
  const look = () => {
    const seconds = left();
    if (seconds <= 0) return end();
    if (seconds > WARNING_SECONDS) return undefined;
    warned = true;
    return warn(seconds);
  };
  const sign = () => {
    if (left() <= 0) return end(); // who wakes a machine has not been here
    if (!warned) last = now();
    return undefined;
  };
  const leave = (/** @type {Event} */ event) => {
    if (/** @type {PageTransitionEvent} */ (event).persisted) end();
  };
  const ticking = setInterval(look, 1000);
  const options = { passive: true, capture: true };
  for (const name of SIGNS) target.addEventListener(name, sign, options);
  target.addEventListener('visibilitychange', look, options);
  target.addEventListener('pagehide', leave, options);
  return {
    stay() {
      warned = false;
      sign();
      warn(null);
    },
    stop() {
      clearInterval(ticking);
      for (const name of SIGNS) target.removeEventListener(name, sign, options);
      target.removeEventListener('visibilitychange', look, options);
      target.removeEventListener('pagehide', leave, options);
    },
  };
}
