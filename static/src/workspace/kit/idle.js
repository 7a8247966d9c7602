/** Locks what nobody uses. */

export const IDLE_SECONDS = 15 * 60;
export const WARNING_SECONDS = 60;

const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'];

/**
 * Watch for signs of a person until the returned function is called. Once the warning stands, only `stay` helps:
 * whoever brushes the table with the mouse does not stay.
 *
 * Time is the clock's, not counted: a machine that slept is locked when it wakes.
 *
 * @param {object} options
 * @param {(seconds: number | null) => void} options.warn seconds that are left, once a second; null when the warning is over
 * @param {() => void} options.lock
 * @param {EventTarget} [options.target]
 */
export function watchIdle({ warn, lock, target = globalThis }) {
  let last = Date.now();
  let warned = false;
  let over = false;
  const left = () => IDLE_SECONDS - Math.floor((Date.now() - last) / 1000);
  const end = () => {
    if (!over) lock();
    over = true;
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
    if (!warned) last = Date.now();
    return undefined;
  };
  const ticking = setInterval(look, 1000);
  const options = { passive: true, capture: true };
  for (const name of SIGNS) target.addEventListener(name, sign, options);
  return {
    stay() {
      warned = false;
      sign();
      warn(null);
    },
    stop() {
      clearInterval(ticking);
      for (const name of SIGNS) target.removeEventListener(name, sign, options);
    },
  };
}
