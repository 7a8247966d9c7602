/**
 * The browser's Back in a form of several pages, on pages of our own server: each step that the visitor
 * went on to is an entry of the history, which holds the step's number and nothing else.
 */

/**
 * @typedef {object} Turning
 * @property {() => number} step that is shown, from 0
 * @property {(step: number) => void} back turns to an earlier step, if it is one
 * @property {(step: number) => void} ahead turns as far as all is in order
 */

/** In a frame the history is the whole page's, whose own entries ours must not undo. */
const alone = () => parent === window;

/**
 * Return the trail of a form; undefined where its page is somebody else's. The page around an iframe
 * sees the history grow: with conditions, it would learn from that which steps were skipped.
 *
 * @param {HTMLFormElement} form
 * @param {Turning} turning
 */
export function trailOf(form, turning) {
  const told = !alone() && form.hasAttribute('data-sealform-conditions');
  return form.hasAttribute('data-sealform-hosted') && !told ? new Trail(form, turning) : undefined;
}

class Trail {
  #turning;
  #entry = Number(history.state) || 0; // after a reload it is an old one; never before the step
  #going = false;

  /** @param {HTMLFormElement} form @param {Turning} turning */
  constructor(form, turning) {
    this.#turning = turning;
    history.scrollRestoration = 'manual'; // turning moves the focus, and with it what is seen
    addEventListener('popstate', ({ state }) => form.isConnected && this.#came(Number(state) || 0));
    this.settle();
  }

  /** The visitor went on by one step. */
  went() {
    const step = this.#turning.step();
    if (step > this.#entry) history.pushState((this.#entry = step), '');
  }

  /** The visitor is at an earlier step than the browser: take it along. */
  settle() {
    const step = this.#turning.step();
    if (this.#going || !alone() || step >= this.#entry) return;
    this.#going = true;
    history.go(step - this.#entry);
  }

  /** @param {number} entry */
  #came(entry) {
    const { step, back, ahead } = this.#turning;
    const [before, ours] = [this.#entry, this.#going];
    this.#entry = entry;
    this.#going = false;
    if (entry > before) ahead(entry);
    else back(Math.min(entry, step() - Number(!ours)));
    this.settle();
  }
}
