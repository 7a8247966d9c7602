/** The acts of the key worker, as the page calls them: one message each way. */

/** @typedef {import('./contract.js').Acts} Acts */
/** @typedef {import('./contract.js').Told} Told */

/** @typedef {{createScriptURL(url: string): string}} Policy */
/** @typedef {{createPolicy(name: string, rules: Policy): Policy}} Factory */

/** The workers that this page may start; they lie beside it. */
const WORKERS = ['keys.js'];

/** @type {Policy | undefined} */
let policy;

/** What an act refused, or why none can be called; `code` and `name` choose what the page says of it. */
export class ActError extends Error {
  /** @param {{name: string, code: string, message: string, hint: string}} told */
  constructor({ name, code, message, hint }) {
    super(message);
    this.name = name;
    this.code = code;
    this.hint = hint;
  }
}

/** What every act that was on its way ends with when the worker is gone. @param {string} code */
export const ended = (code) => new ActError({ name: 'Ended', code, message: 'the worker is gone', hint: '' });

/** Whether an act ended with a lock. A server names codes of its own, so a code alone does not say so. @param {ActError} error */
export const isLocked = ({ name, code }) => name === 'Ended' && code === 'locked';

/** Whether a person ended it herself: nothing is to be said of it. @param {ActError} error */
export const isSilent = (error) => isLocked(error) || (error.name === 'PasskeyError' && error.code === 'stopped');

/** One key worker. What it holds goes with it: `end` is the lock. */
export class KeyWorker {
  #worker;
  #next = 1;
  /** @type {Map<number, {resolve: (result: any) => void, reject: (error: ActError) => void, progress?: (done: any) => void}>} */
  #waiting = new Map();

  /**
   * @param {(told: Told) => void} onTold what it says unasked
   * @param {() => void} onBroken it did not start, or fell over
   */
  constructor(onTold, onBroken) {
    const address = new URL('keys.js', location.href).href;
    this.#worker = new Worker(/** @type {string} */ (trusted(address)));
    this.#worker.addEventListener('message', ({ data }) => this.#heard(data, onTold));
    const broken = () => {
      this.#stop('worker');
      onBroken();
    };
    this.#worker.addEventListener('error', broken);
    this.#worker.addEventListener('messageerror', broken);
  }

  /**
   * Call an act; raises ActError. What is in `transfer` is the worker's afterwards, and no longer here; `signal` stops an
   * act that can be stopped, which answers then.
   *
   * @template {keyof Acts} Act
   * @param {Act} act
   * @param {Parameters<Acts[Act]>[0]} args
   * @param {{progress?: (done: any) => void, transfer?: Transferable[], signal?: AbortSignal}} [options]
   * @returns {Promise<ReturnType<Acts[Act]>>}
   */
  call(act, args, { progress, transfer = [], signal } = {}) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, ...(progress && { progress }) });
      this.#worker.postMessage({ id, act, args }, transfer);
      signal?.addEventListener('abort', () => {
        if (this.#waiting.has(id)) void this.call('stop', { id });
      });
    });
  }

  /** End the worker and with it all that it holds; acts that are on their way are refused. */
  end() {
    this.#stop('locked');
  }

  /** @param {any} data @param {(told: Told) => void} onTold */
  #heard(data, onTold) {
    if (data.event) return onTold(data);
    const act = this.#waiting.get(data.id);
    if (!act) return undefined;
    if ('progress' in data) return act.progress?.(data.progress);
    this.#waiting.delete(data.id);
    if (data.error) return act.reject(new ActError(data.error));
    return act.resolve(data.result);
  }

  /** @param {string} code */
  #stop(code) {
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(ended(code));
    this.#waiting.clear();
  }
}

/** The address of a worker, as pages with Trusted Types take it. @param {string} url */
function trusted(url) {
  const { trustedTypes } = /** @type {{trustedTypes?: Factory}} */ (globalThis);
  policy ??= trustedTypes?.createPolicy('sealform', { createScriptURL: ours });
  return policy ? policy.createScriptURL(url) : url;
}

/** @param {string} url */
export function ours(url) {
  if (WORKERS.some((name) => new URL(name, location.href).href === url)) return url;
  throw new TypeError('this page makes no other addresses of scripts');
}
