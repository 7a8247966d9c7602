/** Sealing the answers and sending them, once however often the visitor presses the button. */

import { MAX_BODY } from '../../envelope/encoding.js';
import { dumpSubmission, sealSubmission } from '../../envelope/submissions.js';
import { newSecret, showReceipt } from '../../envelope/receipts.js';
import { FormError, SupersededError } from '../kit/errors.js';
import { deliver } from './delivery.js';
import { alone, drop, dropWhenSeen, keep } from './outbox.js';
import { Proof } from './proof.js';

/** @import { Bytes } from '../../envelope/encoding.js' */
/** @import { Value } from '../../envelope/fields.js' */
/** @import { Manifest } from '../../envelope/manifests.js' */
/** @import { Entry } from './outbox.js' */

const PROOF = 1024; // room for it in the body
const PATIENCE = 8_000; // what is safe on the device need not keep the visitor before a silent server

/** @typedef {{ids: string[], receipt: string}} Sent record ids in the manifest's order */

/**
 * What was sealed, kept until it has arrived: a second try sends the same bytes, which
 * the server recognises by their record ids.
 *
 * @typedef {object} Sealed
 * @property {Manifest} manifest
 * @property {string} answers what it was sealed from
 * @property {Entry} entry
 * @property {Bytes} secret from which the record ids follow
 */

export class Submission {
  #base;
  /** @type {Proof | undefined} */
  #proof;
  /** @type {Sealed | undefined} */
  #sealed;
  /** @type {Bytes | undefined} of what has to be sealed anew: it stays the same submission */
  #secret;
  /** @type {string | undefined} id of what may be in the outbox, and has not arrived */
  #kept;

  /** @param {string} base */
  constructor(base) {
    this.#base = base;
  }

  /**
   * Ask what the server asks of who submits, as soon as the form is open.
   *
   * @param {string} form
   */
  prepare(form) {
    this.#proof = new Proof(this.#base, form);
    void this.#proof.prepare();
  }

  /**
   * Seal and send; resolves once the server has it, which may be long after `onQueued` said
   * that it waits on this device.
   *
   * Raises SupersededError, FormError `limit`, `closed`, `refused`; and where this device stores
   * nothing `network`, `throttled`, `server`, `proof_refused`, which may pass.
   *
   * @param {Manifest} manifest
   * @param {Map<string, Value>} answers
   * @param {{onQueued?: (sent: Sent) => void}} [listeners]
   * @returns {Promise<Sent>}
   */
  async send(manifest, answers, { onQueued } = {}) {
    const { entry } = await this.#seal(manifest, JSON.stringify([...answers]), answers);
    const { ids, receipt } = entry;
    await alone(entry.id, () => this.#deliver(entry, () => onQueued?.({ ids, receipt })));
    return { ids, receipt };
  }

  /** @param {Entry} entry @param {() => void} onQueued is told once */
  async #deliver(entry, onQueued) {
    const safe = await this.#keep(entry);
    const waits = once(onQueued);
    const slow = setTimeout(() => safe && waits(), PATIENCE);
    try {
      await deliver(entry, (this.#proof ??= new Proof(entry.base, entry.form)), (failure) => {
        if (!safe) throw failure;
        waits();
      });
    } catch (error) {
      this.#refused(entry, error);
      throw error;
    } finally {
      clearTimeout(slow);
    }
    this.#sealed = this.#kept = this.#secret = undefined;
    if (safe) await drop(entry);
  }

  /**
   * Before anything is sent: whatever happens next, it is not lost. Returns whether it worked.
   *
   * @param {Entry} entry
   */
  async #keep(entry) {
    const replaced = this.#kept;
    this.#kept = entry.id;
    return keep(entry, replaced).then(
      () => true,
      () => false,
    );
  }

  /**
   * What was refused would be refused again. Where it has to be sealed anew, the old one stays until
   * the new one is kept in its place; else until the visitor sees that it was refused. Sealed anew it
   * has the same ids: a server that has kept the old one cannot pass both off as two.
   *
   * @param {Entry} entry
   * @param {unknown} error
   */
  #refused(entry, error) {
    const anew = error instanceof SupersededError;
    if (!(error instanceof FormError) || (error.passing && !anew)) return;
    this.#secret = anew ? this.#sealed?.secret : undefined;
    if (anew) return;
    this.#sealed = undefined;
    void dropWhenSeen(entry);
  }

  /**
   * @param {Manifest} manifest
   * @param {string} typed
   * @param {Map<string, Value>} answers
   */
  async #seal(manifest, typed, answers) {
    const kept = this.#sealed;
    if (kept?.manifest === manifest && kept.answers === typed) return kept;
    const secret = this.#secret ?? newSecret();
    const { records, receipt } = await sealSubmission(manifest, answers, secret);
    const body = dumpSubmission(records);
    if (body.length > MAX_BODY - PROOF) throw new FormError('limit');
    const ids = records.map((record) => record.id);
    const about = { id: ids[0] ?? '', base: this.#base, form: manifest.form, ids };
    const entry = { ...about, body, receipt: showReceipt(receipt), queued: Date.now() };
    this.#sealed = { manifest, answers: typed, entry, secret };
    return this.#sealed;
  }
}

/** @param {() => void} act */
function once(act) {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
}
