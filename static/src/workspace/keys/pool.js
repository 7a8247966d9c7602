/**
 * Workers that open records, beside the one that holds the keys: a record and what was found for it goes
 * there, values come back.
 *
 * What is on its way has a bound. A worker that dies, or falls silent, is replaced, and what it had is
 * done again, each record by a worker that has nothing else. What was lost twice, and everything where no
 * worker runs, is opened here; but never what a worker fell silent over: it would hang whoever holds the keys.
 */

import { parseHead, parseRecord } from '../../envelope/records.js';
import { VerificationError } from '../../client/errors.js';
import { openRecord, packed } from '../../client/acts/opening.js';

/** @import { Head } from '../../envelope/records.js' */
/** @import { Contents, Packed, Unlocked } from '../../client/acts/opening.js' */

/** Records of one message, and messages that a worker has at once: it computes while the next one is on its way. */
const BATCH = 16;
const BATCHES = 2;
/** Records that are shown before the rest of their page is open: what fills a screen. */
const FIRST = 48;
/** A worker that has work and says nothing for so long is taken for dead. */
const SILENT_MS = 5000;
/** How often a record may be lost; and how often a worker is replaced that died. One that fell silent costs a record each time. */
const MOST_LOST = 2;
const MOST_REPLACED = 16;
const SLOW = 'it takes too long to open';
const SLOW_HINT = 'read again; if that does not help, a rule of its form is too slow for this answer: tell the owner of the form';

/** @typedef {{wire: unknown, packed: Packed}} Sent */
/** @typedef {{contents: Contents} | {error: {code: string, message: string}} | {defect: string}} Answered */

/** What a pool needs of a `Worker`. @typedef {Pick<Worker, 'postMessage' | 'terminate' | 'addEventListener'>} Opening */

/**
 * @typedef {object} Job
 * @property {unknown} wire
 * @property {Unlocked} unlocked
 * @property {(contents: Contents) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {number} lost how often
 * @property {boolean} isSlow whether to silence
 */

/**
 * A worker; what it has is `alone` where it was lost before, so that nothing else is taken for the cause.
 *
 * @typedef {{worker: Opening, batches: Map<number, Job[]>, alone: boolean, silent: ReturnType<typeof setTimeout> | undefined}} Member
 */

/**
 * How many workers open records on a machine: one processor is left for whoever holds the keys.
 *
 * @param {number} [processors]
 */
export function poolSize(processors = 2) {
  return Math.max(1, Math.min(4, processors - 1));
}

/** A place to open records in (see client/acts/listed_items.js). */
export class Pool {
  #start;
  #size;
  #silentMs;
  /** @type {Set<Member>} */
  #members = new Set();
  /** @type {Job[]} */
  #waiting = [];
  /** What was lost once. @type {Job[]} */
  #again = [];
  #next = 1;
  #started = 0;
  #replaced = 0;
  #isPlanned = false;
  read = parseHead;
  ahead = true;
  first = FIRST;

  /**
   * `start` makes a worker, the nth, and may fail; `silentMs` is how long one that has work may say nothing.
   *
   * @param {{start: (number: number) => Opening, size: number, silentMs?: number}} options
   */
  constructor({ start, size, silentMs = SILENT_MS }) {
    this.#start = start;
    this.#size = size;
    this.#silentMs = silentMs;
  }

  /** Records on their way at once: all that the workers have, and what waits to be sent next. */
  get atOnce() {
    return this.#size * BATCH * (BATCHES + 1);
  }

  /**
   * Verify and open a record elsewhere; raises VerificationError, with the code of what failed there.
   *
   * @param {Head} _
   * @param {Unlocked} unlocked
   * @param {unknown} wire
   * @returns {Promise<Contents>}
   */
  open = (_, unlocked, wire) =>
    new Promise((resolve, reject) => {
      this.#waiting.push({ wire, unlocked, resolve, reject, lost: 0, isSlow: false });
      this.#plan();
    });

  /** End all workers; what they had is opened here. */
  end() {
    this.#replaced = MOST_REPLACED;
    for (const member of [...this.#members]) this.#lose(member);
  }

  /** Send what came together, together. */
  #plan() {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    queueMicrotask(() => {
      this.#isPlanned = false;
      this.#send();
    });
  }

  #send() {
    this.#fill();
    if (!this.#members.size) {
      for (const job of [...this.#again.splice(0), ...this.#waiting.splice(0)]) finish(job);
      return;
    }
    for (let free = this.#free(); free; free = this.#free()) this.#give(free);
  }

  /** The worker that has least to do, if any can take what is to be done next. */
  #free() {
    const most = this.#again.length ? 1 : this.#waiting.length ? BATCHES : 0;
    const [free] = [...this.#members].filter(({ alone }) => !alone).sort((a, b) => a.batches.size - b.batches.size);
    return free && free.batches.size < most ? free : undefined;
  }

  /** @param {Member} member */
  #give(member) {
    member.alone = this.#again.length > 0;
    const jobs = member.alone ? this.#again.splice(0, 1) : this.#waiting.splice(0, BATCH);
    const id = this.#next++;
    member.batches.set(id, jobs);
    if (member.batches.size === 1) this.#listen(member);
    const sent = jobs.map(({ wire, unlocked }) => ({ wire, packed: packed(unlocked) }));
    member.worker.postMessage({ id, sent });
  }

  /** Start workers until there are as many as there should be. */
  #fill() {
    while (this.#members.size < this.#size && this.#replaced < MOST_REPLACED) {
      try {
        this.#add(this.#start((this.#started += 1)));
      } catch {
        this.#replaced = MOST_REPLACED; // workers start no workers in this browser
      }
    }
  }

  /** @param {Opening} worker */
  #add(worker) {
    /** @type {Member} */
    const member = { worker, batches: new Map(), alone: false, silent: undefined };
    worker.addEventListener('message', ({ data }) => this.#heard(member, data));
    for (const name of /** @type {const} */ (['error', 'messageerror'])) {
      worker.addEventListener(name, (event) => {
        event.preventDefault();
        this.#lose(member);
      });
    }
    this.#members.add(member);
  }

  /** @param {Member} member @param {{id: number, answers: Answered[]}} told */
  #heard(member, { id, answers }) {
    const jobs = member.batches.get(id) ?? [];
    member.batches.delete(id);
    member.alone = false;
    for (const [at, job] of jobs.entries()) settle(job, answers[at]);
    this.#listen(member);
    this.#send();
  }

  /** @param {Member} member */
  #listen(member) {
    clearTimeout(member.silent);
    member.silent = member.batches.size ? setTimeout(() => this.#lose(member, true), this.#silentMs) : undefined;
  }

  /** @param {Member} member @param {boolean} [isSilent] */
  #lose(member, isSilent = false) {
    if (!this.#members.delete(member)) return;
    clearTimeout(member.silent);
    member.worker.terminate();
    if (!isSilent) this.#replaced += 1;
    for (const job of [...member.batches.values()].flat()) {
      /** @type {Job} */
      const lost = { ...job, lost: job.lost + 1, isSlow: job.isSlow || isSilent };
      if (lost.lost >= MOST_LOST && isSilent === lost.isSlow) finish(lost);
      else this.#again.push(lost); // slow once, beside others, and then with a worker that died: that shows nothing
    }
    this.#send();
  }
}

/** What no worker opens. @param {Job} job */
function finish(job) {
  if (job.isSlow) job.reject(new VerificationError(SLOW, { code: 'limit', hint: SLOW_HINT }));
  else void openHere(job);
}

/** @param {Job} job */
async function openHere({ wire, unlocked, resolve, reject }) {
  try {
    resolve(await openRecord(parseRecord(wire), unlocked));
  } catch (error) {
    reject(/** @type {Error} */ (error));
  }
}

/** A message keeps no class of an error: it is made again. @param {Job} job @param {Answered} [answered] */
function settle({ resolve, reject }, answered = { defect: 'nothing' }) {
  if ('contents' in answered) return resolve(answered.contents);
  if ('error' in answered) return reject(new VerificationError(answered.error.message, answered.error));
  return reject(new TypeError(answered.defect));
}
