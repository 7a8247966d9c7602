/** Brings one sealed submission to the server, however long that takes. */

import { isObject } from '../../envelope/encoding.js';
import { address, codeOf, posted, request, unavailable } from '../kit/api.js';
import { FormError, SupersededError } from '../kit/errors.js';

/** @import { Answer } from '../kit/api.js' */
/** @import { Entry } from './outbox.js' */
/** @import { Proof } from './proof.js' */

const POSTING = 120_000; // 1 MiB over a slow line
const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 60_000;
const LONGEST_REST = 600_000; // whatever a server says of itself
const PROOFS = 3;

/** Refusals that pass, though their status says otherwise. */
const PASSING = [408, 425, 429];

/** @type {Set<() => void>} what sleeps until the next try */
const sleepers = new Set();

/** Try again at once what waits for its next try. */
export function hurry() {
  for (const wake of sleepers) wake();
}

let listening = false;

/** From the first delivery on, try again once the network or the visitor is back. */
function listen() {
  if (listening) return;
  listening = true;
  addEventListener('online', hurry);
  document.addEventListener('visibilitychange', () => document.hidden || hurry());
}

/**
 * Resolves when the server says that it has exactly these records. Raises SupersededError, or
 * FormError `closed` or `refused`, where trying again would not help.
 *
 * @param {Entry} entry
 * @param {Proof} proof
 * @param {(failure: FormError) => void} later is told of each failure that may pass
 */
export async function deliver(entry, proof, later) {
  listen();
  for (let pause = FIRST_PAUSE; ; ) {
    const { failure, rest } = await attempt(entry, proof);
    if (!failure) return;
    later(failure);
    const woken = await sleep(rest, pause);
    pause = woken ? FIRST_PAUSE : Math.min(pause * 2, LONGEST_PAUSE);
  }
}

/**
 * @param {Entry} entry
 * @param {Proof} proof
 * @returns {Promise<{failure?: FormError, rest: number}>} what may pass, and how long to rest
 */
async function attempt(entry, proof) {
  try {
    const answer = await post(entry, proof);
    return { failure: arrived(answer, entry.ids) ? undefined : passing(answer), rest: answer.pause };
  } catch (error) {
    if (!(error instanceof FormError) || error.code !== 'network') throw error;
    return { failure: error, rest: 0 };
  }
}

/** @param {Entry} entry @param {Proof} proof */
async function post(entry, proof) {
  const url = address(entry.base, entry.form, 'submissions');
  for (let tries = 1; ; tries += 1) {
    const answer = await request(url, posted(await proof.addTo(entry)), POSTING);
    if (codeOf(answer.body) !== 'proof_refused' || tries > PROOFS) return answer;
    await proof.prepare();
  }
}

/**
 * Whether the server says that it has exactly these records, or had them. A status alone says
 * little: a network's sign-in page answers 200, too.
 *
 * @param {Answer} answer
 * @param {string[]} ids
 */
function arrived({ status, body }, ids) {
  if (codeOf(body) === 'record_deleted') return true; // its owner deleted it, having received it
  if (status !== 200 && status !== 201) return false;
  const stored = isObject(body) && Array.isArray(body.records) ? body.records : [];
  return ids.every((id) => stored.includes(id));
}

/**
 * Return the failure if it may pass, else raise it. Refusals are the API's own: what
 * stands between may refuse for a while what the API would take.
 *
 * @param {Answer} answer
 */
function passing({ status, body }) {
  const code = codeOf(body);
  const final = status >= 400 && status < 500 && !PASSING.includes(status) && (code || status === 413);
  if (code === 'proof_refused') return new FormError(code, undefined, { passing: true });
  if (!final) return unavailable(status);
  if (code === 'manifest_superseded') throw new SupersededError();
  throw new FormError(status === 404 || status === 410 ? 'closed' : 'refused', `the server: ${code}`);
}

/**
 * Rest as long as the server asked for, else until something wakes us.
 *
 * @param {number} rest milliseconds
 * @param {number} pause milliseconds
 * @returns {Promise<boolean>} whether it was cut short
 */
function sleep(rest, pause) {
  return new Promise((resolve) => {
    const wake = (/** @type {boolean} */ woken) => {
      sleepers.delete(hurried);
      resolve(woken);
    };
    const hurried = () => wake(true);
    if (!rest) sleepers.add(hurried);
    const jittered = pause * (0.75 + Math.random() / 2);
    setTimeout(wake, Math.min(rest, LONGEST_REST) || jittered, false);
  });
}
