/**
 * A client's key file and its memory while a tab is open, and how they are changed: never so that an
 * older one passes for the newest.
 *
 * What is a disk elsewhere is this worker here. So each change is left with the server before what
 * depends on it goes on, where the server may have it.
 */

import { isRecoverable } from '../envelope/key_files.js';
import { same } from '../envelope/primitives.js';
import { Api } from './api.js';
import { CredentialsError, UsageError, coded } from './errors.js';
import { KeptState } from './kept_state.js';
import { Session } from './session.js';
import { unconfirmedKeys } from './trust/unconfirmed.js';

/** @import { KeyFile, Secrets, Slot } from '../envelope/key_files.js' */
/** @import { Fetch } from './api.js' */
/** @import { Credentials } from './credentials.js' */
/** @import { State } from './state.js' */

/** Where key file and memory are besides here, as they are now. @typedef {'server' | 'file' | 'nothing'} Place */

/**
 * How the server is reached: its address, and what replaces the network in tests.
 *
 * @typedef {{url: string, fetch?: Fetch, sleep?: (seconds: number) => Promise<void>}} Server
 */

/**
 * Leaves key file and memory where they are kept, and says where that is. What the place remembers
 * besides is merged into the memory.
 *
 * @typedef {(keys: KeptKeys, state: State) => Promise<Place>} Leave
 */

/** The key file and the memory of one client, in one worker. */
export class KeptKeys {
  #credentials;
  #leave;
  #server;
  #notify;
  /** When the copies were made that were sent from here, or whose memory is part of the one here. @type {Set<number>} */
  copies = new Set();
  /** Whether they were made here, so that nobody else can have left them. */
  isNew = false;
  /** The file that was opened, or left with the server from here since. @type {KeyFile} */
  base;
  /** Hears of each change that was kept. */
  changed = () => {};
  /** Those that were last given to be left. @type {Credentials | undefined} */
  #left;
  /** @type {{credentials: Credentials, vouches: boolean, session: Session} | undefined} */
  #session;

  /**
   * @param {object} parts
   * @param {Credentials} parts.credentials
   * @param {State} parts.state
   * @param {Place} parts.kept
   * @param {Leave} parts.leave
   * @param {Server} parts.server
   * @param {(warning: string) => void} [parts.notify]
   */
  constructor({ credentials, state, kept, leave, server, notify = () => {} }) {
    this.#credentials = credentials;
    this.base = credentials.file;
    this.#leave = leave;
    this.#server = server;
    this.#notify = notify;
    this.kept = kept;
    const keep = async (/** @type {State} */ changed) => {
      this.kept = await this.#leave(this, changed);
      if (this.kept === 'server') this.base = this.#credentials.file;
      this.#left = this.#credentials;
    };
    this.state = new KeptState(state, keep, () => this.changed());
  }

  get credentials() {
    return this.#credentials;
  }

  get server() {
    return this.#server;
  }

  get notify() {
    return this.#notify;
  }

  /** Whether the server knows the client, as far as is known here. */
  get isEnrolled() {
    return this.#credentials.apiKey !== null;
  }

  /**
   * Whether these are the newest keys, as far as is known: nothing is signed else.
   *
   * @param {State} state
   */
  mayBeUsed(state) {
    return state.vouches && !this.#credentials.secrets.unconfirmed;
  }

  /** The server, as this client calls it. */
  get api() {
    return new Api({ ...this.#server, key: this.#credentials.apiKey });
  }

  /** Return what every step of the client needs; raises CredentialsError, UsageError. */
  async session() {
    const [credentials, state] = [this.#credentials, await this.state.load()];
    if (!credentials.apiKey) throw notEnrolled();
    const vouches = this.mayBeUsed(state);
    const found = this.#session;
    if (found?.credentials === credentials && found.vouches === vouches) return found.session;
    if (state.rotating && same(state.rotating.succession.card.fingerprint, credentials.card.fingerprint)) {
      throw new UsageError('a rotation of these keys was begun, and is not done', {
        hint: 'run `sealform keys rotate` again, which goes on where it stood',
      });
    }
    const former = (await credentials.former()).map(({ card, keys }) => ({ card, kem: keys.kem }));
    const session = new Session({
      keys: vouches ? credentials.keys : unconfirmedKeys(credentials.keys),
      me: credentials.card,
      state: this.state,
      api: this.api,
      notify: this.#notify,
      recoverable: isRecoverable(credentials.file),
      former,
    });
    this.#session = { credentials, vouches, session };
    return session;
  }

  /**
   * Take other secrets or other slots, and remember the serial, in one go.
   *
   * The serial grows where the file is known to be the newest. Of a file that came from a copy, is
   * older than what is remembered here, or of which nothing is remembered, the serial stays: people
   * compare it with the one on their newest sheet. Where it cannot be left with the server that keeps
   * it, nothing has changed.
   *
   * @param {{secrets?: Secrets, slots?: readonly Slot[]}} changes
   */
  saved({ secrets = this.#credentials.secrets, slots }) {
    return this.change(async (known) => {
      const found = this.#credentials;
      known.met(found.file.serial);
      const serial = found.file.serial + (this.mayBeUsed(known) ? 1 : 0);
      const unconfirmed = found.secrets.unconfirmed || known.unconfirmed;
      known.met(serial);
      return found.changed({ secrets: { ...secrets, unconfirmed }, serial, ...(slots && { slots }) });
    });
  }

  /**
   * Take the credentials that `step` returns, and keep what it makes of the memory, or neither.
   *
   * @param {(known: State) => Promise<Credentials>} step
   */
  async change(step) {
    /** @type {{credentials: Credentials, kept: Place} | undefined} */
    let before;
    try {
      await this.state.change(async (known) => {
        before = { credentials: this.#credentials, kept: this.kept };
        this.#credentials = await step(known);
      });
      const isNew = this.#credentials !== before?.credentials && this.#credentials !== this.#left;
      if (isNew) this.kept = 'nothing'; // the memory is the same: nobody was asked to keep it
    } catch (error) {
      if (before) [this.#credentials, this.kept] = [before.credentials, before.kept];
      throw error;
    }
  }

  /**
   * Take the next step of an enrolment: the serial stays the one on the sheet until all of it is done.
   *
   * @param {{secrets?: Secrets, slots?: readonly Slot[]}} changes
   */
  async begun(changes) {
    this.#credentials = await this.#credentials.changed(changes);
    this.kept = 'nothing';
  }
}

/** The error for who needs an API key while the enrolment is not complete. */
export function notEnrolled() {
  return coded(
    'not_enrolled',
    new CredentialsError('the enrolment of this client was not completed', { hint: 'enrol again' }),
  );
}
