/** The memory of a client while it runs. */

import { same } from '../envelope/primitives.js';
import { State } from './state.js';
import { dumpState } from './state_wire.js';

/**
 * Takes the memory that a change has made, where it is kept: nothing goes on before it has. What is
 * kept there already may be merged into it.
 *
 * @typedef {(state: State) => Promise<void>} Keep
 */

/** The memory of one client while it runs; its changes come one after the other. */
export class KeptState {
  #state;
  #keep;
  #told;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();

  /** @param {State} [state] @param {Keep} [keep] @param {() => void} [told] hears of each change that was kept */
  constructor(state = new State(), keep = async () => {}, told = () => {}) {
    this.#state = state.copy();
    this.#keep = keep;
    this.#told = told;
  }

  /** Return what is remembered, as it is now. */
  async load() {
    return this.#state.copy();
  }

  /**
   * Change what is remembered, and have it kept where it is another now.
   *
   * Where `step` raises, or keeping does, nothing has changed. No change is made inside of another.
   *
   * @template T
   * @param {(state: State) => T | Promise<T>} step
   * @returns {Promise<T>}
   */
  change(step) {
    const done = this.#last.then(async () => {
      const changed = this.#state.copy();
      const result = await step(changed);
      if (same(dumpState(changed), dumpState(this.#state))) return result;
      const kept = changed.copy();
      await this.#keep(kept);
      this.#state = kept;
      this.#told();
      return result;
    });
    this.#last = done.catch(() => {});
    return done;
  }
}
