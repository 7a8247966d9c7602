/** What this tab knows: which key file was looked at, whose keys are open. All of it ends with the worker. */

import { ActError, KeyWorker, ended, isLocked } from './calls.js';

/** @typedef {import('./contract.js').Acts} Acts */
/** @typedef {import('./contract.js').File} File */
/** @typedef {import('./contract.js').Slot} Slot */
/** @typedef {import('./contract.js').Told} Told */
/** @typedef {import('./contract.js').Way} Way */
/** @typedef {import('./contract.js').Who} Who */

/**
 * What is shown. `locked` says why the file is closed again; `later` that the comparison was put off; `warnings` are
 * what the worker said unasked.
 *
 * @typedef {object} View
 * @property {File | null} file closed, or whose keys are open
 * @property {Who | null} who
 * @property {'button' | 'idle' | 'worker' | ''} locked
 * @property {boolean} unfinished what was locked were keys in the making
 * @property {boolean} later
 * @property {boolean} begun keys are being made, and nobody was told so far
 * @property {boolean} told the server may have heard of them
 * @property {boolean} made they were made just now
 * @property {string[]} warnings
 * @property {ActError | null} problem why the server did not say who this is
 */

/** @type {View} */
const NOTHING = { file: null, who: null, locked: '', unfinished: false, later: false, begun: false, told: false, made: false, warnings: [], problem: null };
const MAX_WARNINGS = 20;
/** The server answered, and said no: it knows what it knew before. */
export const REFUSED = 'ApiRefused';

/** As docs/protocol.md §4 bounds a key file; of its state only that no other file is read into memory. */
export const MAX_FILE = 256 * 1024;
export const MAX_STATE = 16 * 1024 * 1024;

export class Tab {
  /** @type {View} */
  view = NOTHING;
  /** @type {KeyWorker | null} */
  #worker = null;
  /** The file as it was last sealed, and what is remembered, sealed too: a lock goes on from here. */
  /** @type {{file: Uint8Array, state?: Uint8Array} | null} */
  #sealed = null;
  /** @type {Set<() => void>} */
  #listeners = new Set();

  /** @param {() => void} listener @returns {() => void} */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @param {Partial<View>} changed */
  #show(changed) {
    this.view = { ...this.view, ...changed };
    for (const listener of this.#listeners) listener();
  }

  /**
   * Call an act of the worker, which is started for the first one. Raises ActError, also if it was ended meanwhile.
   *
   * @template {keyof Acts} Act
   * @param {Act} act
   * @param {Parameters<Acts[Act]>[0]} args
   * @param {Parameters<KeyWorker['call']>[2]} [options]
   */
  async call(act, args, options) {
    const worker = (this.#worker ??= new KeyWorker((told) => this.#told(told), () => void this.#broken()));
    const result = await worker.call(act, args, options);
    if (this.#worker !== worker) throw ended('locked');
    return result;
  }

  /** @param {Told} told */
  #told(told) {
    if (told.event === 'changed' && this.view.who) {
      this.#show({ who: told.who });
      void this.#keep();
    }
    if (told.event === 'warning') {
      this.#show({ warnings: [...this.view.warnings, told.message].slice(-MAX_WARNINGS) });
    }
  }

  /** Keep what is needed to unlock the same file again: sealed bytes. Where there are none yet, a lock forgets the file. */
  async #keep() {
    try {
      const { file, state } = await this.call('download', {});
      this.#sealed = { file, state };
    } catch (error) {
      if (!(error instanceof ActError)) throw error;
    }
  }

  /**
   * Look at a key file from disk.
   *
   * @param {Uint8Array} file
   * @param {Uint8Array} [state]
   */
  async look(file, state) {
    const sealed = { file, ...(state && { state }) };
    const found = await this.call('look', sealed);
    this.#sealed = sealed;
    this.#show({ ...NOTHING, file: found });
  }

  /** Get the server's copy. @param {string} client @param {string} code */
  async fetch(client, code) {
    const found = await this.call('fetch', { client, code });
    this.#sealed = null;
    this.#show({ ...NOTHING, file: found });
  }

  /** @param {Way} way @param {(done: number) => void} [progress] */
  async unlock(way, progress) {
    const transfer = 'passkey' in way ? [way.passkey.output.buffer] : [];
    await this.#opened(await this.call('unlock', way, { ...(progress && { progress }), transfer }));
  }

  /** Make keys, of which nobody is told. @param {string} token @param {string} name */
  async begin(token, name) {
    const begun = await this.call('begin', { token, name });
    this.#sealed = null;
    this.#show({ ...NOTHING, begun: true });
    return begun;
  }

  /** Tell the server of the keys; after a failure it can be called again. */
  async enroll() {
    const { told } = this.view;
    this.#show({ told: true });
    try {
      await this.#opened(await this.call('enroll', {}));
    } catch (error) {
      if (error instanceof ActError && error.name === REFUSED) this.#show({ told });
      throw error;
    }
    this.#show({ made: true });
  }

  /** What is said of new keys was read. */
  settle() {
    this.#show({ made: false });
  }

  /** @param {Who} who */
  async #opened(who) {
    const worker = this.#worker;
    await this.#keep();
    if (!worker || this.#worker !== worker) throw ended('locked');
    this.#show({ ...NOTHING, file: this.view.file ?? fileOf(who), who, warnings: this.view.warnings });
    void this.refresh();
  }

  /** Ask the server who this is: what is shown of it goes on without an answer. */
  async refresh() {
    try {
      const who = await this.call('who', {});
      this.#show({ who, problem: null });
    } catch (error) {
      if (!(error instanceof ActError)) throw error;
      if (this.view.who && !isLocked(error)) this.#show({ problem: error });
    }
  }

  /** A person has compared serial and fingerprint. @param {boolean} [withoutMemory] and agreed to a missing memory */
  async confirm(withoutMemory = false) {
    this.#show({ who: await this.call('confirm', { withoutMemory }) });
    await this.#keep();
  }

  /** Ask the server again for a memory that is missing. */
  async remember() {
    this.#show({ who: await this.call('remember', {}) });
    await this.#keep();
  }

  /** Go on without having compared: to read, and sign nothing. */
  postpone() {
    this.#show({ later: true });
  }

  compare() {
    this.#show({ later: false });
  }

  /** Another list of ways in. @param {Slot[]} slots */
  async changed(slots) {
    if (this.view.who) this.#show({ who: { ...this.view.who, slots } });
    await this.#keep();
  }

  /**
   * End the worker, and show the same file again, closed. Keys that were being made are gone.
   *
   * @param {'button' | 'idle' | 'worker'} why
   */
  async lock(why) {
    this.#worker?.end();
    this.#worker = null;
    const { who, begun, told } = this.view;
    if (!who && !begun) return undefined; // locked already
    const sealed = who && this.#sealed;
    const locked = { ...NOTHING, locked: why, unfinished: begun, told };
    if (!sealed) return this.#show(locked);
    this.#show({ ...locked, file: fileOf(who) });
    try {
      await this.call('look', sealed);
    } catch (error) {
      if (!(error instanceof ActError)) throw error;
      this.#show(locked);
    }
    return undefined;
  }

  /** A worker that fell over is not asked again; where it held keys, that is a lock. */
  async #broken() {
    this.#worker = null;
    if (this.view.who || this.view.begun) await this.lock('worker');
  }

  /** Forget the file, too. */
  forget() {
    this.#worker?.end();
    this.#worker = null;
    this.#sealed = null;
    this.#show(NOTHING);
  }
}

/** @param {Who} who @returns {File} */
function fileOf({ id, name, fingerprint, serial, slots }) {
  return { id, name, fingerprint, serial, slots, fetched: false, made: 0, hasMemory: true };
}
