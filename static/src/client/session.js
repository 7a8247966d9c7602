/** What every step of a client needs at hand. */

import { FORM } from '../envelope/encoding.js';
import { same } from '../envelope/primitives.js';
import { ApiRefused, VerificationError } from './errors.js';

/** @import { Bytes } from '../envelope/encoding.js' */
/** @import { Grant, Opener } from '../envelope/grants.js' */
/** @import { Card } from '../envelope/keys.js' */
/** @import { Manifest } from '../envelope/manifests.js' */
/** @import { OpenEpoch, Roster } from '../envelope/rosters.js' */
/** @import { Earlier, Succession } from '../envelope/successions.js' */
/** @import { Api } from './api.js' */
/** @import { ClientError } from './errors.js' */
/** @import { KeptState } from './kept_state.js' */

/** Seconds in which what was refused is not asked for again. */
export const FAILED_FOR = 60;

/**
 * Seconds after which the cards of others, and what is written under, are asked for again.
 *
 * Who has the stolen keys of a reader reads at most that much longer.
 */
export const KEPT_FOR = 300;

/** How many bytes the JSON of each field's value has at least when it is sealed. @typedef {Map<string, number>} Rooms */

/**
 * What was found out by its key, at most so many: the oldest makes room for the next.
 *
 * What was refused is kept for FAILED_FOR seconds: a thousand records may name one manifest. What
 * `lapses` is found out again after KEPT_FOR seconds. What is asked for twice at once is fetched once.
 *
 * @template V
 */
export class Kept {
  #most;
  #lapses;
  #clock;
  /** @type {Map<string, {value: V, since: number}>} */
  #found = new Map();
  /** @type {Map<string, {until: number, error: ClientError}>} */
  #refused = new Map();
  /** @type {Map<string, Promise<V>>} */
  #asked = new Map();

  /** @param {number} most @param {{lapses?: boolean, clock?: () => number}} [more] `clock` in seconds */
  constructor(most, { lapses = false, clock = () => performance.now() / 1000 } = {}) {
    this.#most = most;
    this.#lapses = lapses;
    this.#clock = clock;
  }

  /**
   * Return what is kept, else keep what `fetch` returns.
   *
   * Raises what it raised, too, if that was VerificationError or ApiRefused a moment ago.
   *
   * @param {string} key
   * @param {() => V | Promise<V>} fetch
   * @returns {Promise<V>}
   */
  async find(key, fetch) {
    const kept = this.current(key);
    if (kept !== undefined) return kept;
    const refused = this.#refused.get(key);
    if (refused && this.#clock() < refused.until) throw refused.error;
    const asked = this.#asked.get(key) ?? this.#ask(key, fetch);
    this.#asked.set(key, asked);
    return asked;
  }

  /** @param {string} key @param {() => V | Promise<V>} fetch */
  async #ask(key, fetch) {
    await undefined; // whoever asks is noted first
    try {
      const value = await fetch();
      this.set(key, value);
      return value;
    } catch (error) {
      if (error instanceof VerificationError || error instanceof ApiRefused) {
        makeRoom(this.#refused, key, this.#most);
        this.#refused.set(key, { until: this.#clock() + FAILED_FOR, error });
      }
      throw error;
    } finally {
      this.#asked.delete(key);
    }
  }

  /** @param {string} key @param {V} value */
  set(key, value) {
    makeRoom(this.#found, key, this.#most);
    this.#found.set(key, { value, since: this.#clock() });
  }

  /**
   * Return what is kept, undefined for nothing or what has lapsed.
   *
   * @param {string} key
   */
  current(key) {
    const found = this.#found.get(key);
    if (!found || (this.#lapses && this.#clock() - found.since >= KEPT_FOR)) return undefined;
    return found.value;
  }

  /** @param {string} key */
  delete(key) {
    this.#found.delete(key);
  }

  clear() {
    this.#found.clear();
  }
}

/** @param {Map<string, unknown>} kept @param {string} key @param {number} most */
function makeRoom(kept, key, most) {
  if (kept.has(key) || kept.size < most) return;
  for (const oldest of kept.keys()) {
    kept.delete(oldest);
    return;
  }
}

/** The manifest that a record names, the rooms of its fields, and if a thief may have signed. @typedef {{manifest: Manifest, rooms: Rooms, stolen: boolean}} Named */

/** A client's card of today, its earlier ones, the oldest first, and the steps between them. @typedef {{card: Card, earlier: readonly Card[], successions: readonly Succession[]}} Cards */

/**
 * Whether one of the cards has this fingerprint.
 *
 * @param {Cards} cards
 * @param {Bytes} fingerprint
 */
export function hasCard({ card, earlier }, fingerprint) {
  return [card, ...earlier].some((one) => same(fingerprint, one.fingerprint));
}

/**
 * The roster of a group as a server shows it, and the leaves beside it, as they came.
 *
 * It is parsed, and of its signature nothing is known.
 *
 * @typedef {{roster: Roster, leaves: readonly unknown[]}} Served
 */

/**
 * What a member has of a group: the verified roster, and the epochs that were opened so far.
 *
 * `grants` are those of its epochs that were not needed yet, the last one the latest; `seeds` (32
 * bytes) the epochs of those that were, `epochs` what they lead to, by its fingerprint in base64url,
 * and `walked` which of them were followed to the end of the links.
 *
 * @typedef {object} OpenGroup
 * @property {Roster} roster
 * @property {Cards} owner
 * @property {Grant[]} grants
 * @property {Map<number, Bytes>} seeds
 * @property {Map<string, OpenEpoch>} epochs
 * @property {Set<number>} walked
 */

/**
 * What was fetched and verified in this run, so that it is not asked for again.
 *
 * What stays true while the client runs: a form's manifest by form and hash, a form's owner by its id;
 * and for some minutes the cards of a pinned client, and what the earlier ones stand for (by client
 * id); so long too the rosters of groups, and what a member has opened of them (by group id). Which
 * generation is in force and what was granted can change, and are asked for anew. `told` are warnings
 * that people had already; `revisions` are those of records that were read by their ids, or written,
 * in this run.
 */
export class Verified {
  /** @type {Kept<Cards>} */
  cards = new Kept(1024, { lapses: true });
  /** @type {Kept<readonly Earlier[]>} */
  earlier = new Kept(64, { lapses: true });
  /** @type {Kept<Served>} */
  rosters = new Kept(1024, { lapses: true });
  /** @type {Kept<OpenGroup>} */
  groups = new Kept(64, { lapses: true });
  /** @type {Kept<Named>} */
  manifests = new Kept(64);
  /** @type {Kept<string>} */
  owners = new Kept(1024);
  /** @type {Kept<boolean>} */
  told = new Kept(1024);
  /** @type {Kept<number>} */
  revisions = new Kept(100_000);
}

/** What holds a client's keys: opens what is sealed to it, and signs for it. @typedef {{kem: Opener, sig: {sign: (message: Bytes) => Promise<Bytes>}, ids: Bytes}} Holder */

/** An own earlier card with its key, which opens what was sealed to it. @typedef {{card: Card, kem: Opener}} Former */

/**
 * @typedef {object} SessionParts
 * @property {Holder} keys
 * @property {Card} me
 * @property {KeptState} state
 * @property {Api} api
 * @property {() => number} [now] seconds since 1970
 * @property {(warning: string) => void} [notify]
 * @property {boolean} [recoverable]
 * @property {readonly Former[]} [former]
 * @property {Earlier | null} [renewing]
 */

/**
 * One client at one server: keys, own card, memory, API; `notify` takes warnings.
 *
 * `state` is what it remembers between runs, `verified` what it knows in this one; `recoverable` says
 * that somebody proved a recovery way of its key file. `former` are its own earlier cards with their
 * keys, which open what was sealed to them; `renewing` is the one whose grants and manifests are
 * signed anew, while its keys are rotated.
 */
export class Session {
  verified = new Verified();

  /** @param {SessionParts} parts */
  constructor(parts) {
    this.keys = parts.keys;
    this.me = parts.me;
    this.state = parts.state;
    this.api = parts.api;
    this.now = parts.now ?? (() => Math.floor(Date.now() / 1000));
    this.notify = parts.notify ?? (() => {});
    this.recoverable = parts.recoverable ?? false;
    this.former = parts.former ?? [];
    this.renewing = parts.renewing ?? null;
  }

  /**
   * Tell people of something that may be noticed many times in one run.
   *
   * @param {string} warning
   */
  tellOnce(warning) {
    if (this.verified.told.current(warning)) return;
    this.verified.told.set(warning, true);
    this.notify(warning);
  }
}

/** All records of one (writer, type). @typedef {{writer: string, type: string}} Stream */

/** Return the id of the form that writes a stream, "" for a client's. @param {Stream} stream */
export function formOf({ writer }) {
  return writer.startsWith(FORM) ? writer.slice(FORM.length) : '';
}

/** Return a stream for messages. @param {Stream} stream */
export function shownStream({ writer, type }) {
  return `${type} of ${writer}`;
}
