/**
 * What a client remembers between runs, sealed where it is kept.
 *
 * Pins came from outside the server; generations and manifest versions must never go back
 * (docs/protocol.md §7, §8, §11). ./state_wire.js writes and reads it, ./merged_state.js makes one
 * memory of two, ./kept_state.js has it changed and kept.
 */

import { FORM } from '../envelope/encoding.js';
import { hasPassed } from './days.js';

/** @import { Bytes } from '../envelope/encoding.js' */
/** @import { Known } from '../envelope/rosters.js' */
/** @import { Past, Succession } from '../envelope/successions.js' */

/** Ends of single records that are remembered of one stream, one by one. */
const MOST_ENDED = 1000;

/**
 * How far a share goes: its columns, none for all, and its last second, 0 for no end.
 *
 * @typedef {{columns: readonly string[], notAfter: number}} Extent
 */

/**
 * Return two names, or a name and a number, as one key of a Map: neither holds a space.
 *
 * @param {string} first
 * @param {string | number} second
 */
export const paired = (first, second) => `${first} ${second}`;

/** @param {string} key @returns {[string, string]} */
export function unpaired(key) {
  const [first = '', second = ''] = key.split(' ');
  return [first, second];
}

/**
 * The highest generation of an own stream; `closed` the highest one that was closed.
 *
 * `columns` are the names of all fields that this client has written there; `readers` those it
 * shares the stream with, by id. `decided` is the generation at which each of the revoked and of the
 * readers became so. `renew` are those of them whose keys were succeeded since the last generation
 * was opened. `spent` is the highest generation that an earlier card of this client opened, or who
 * had the form before: others may have its key, so nothing more is written under it. `ended` has the
 * last generation whose grants of a single record are over, by reader and record ("" for all
 * records). `holds` has the fingerprint (32 bytes) of the epoch that a generation was granted to
 * first, by group and generation, for the last ones; `lacks` the generations that this client opened
 * without a group of its readers.
 */
export class StreamMemory {
  gen = 0;
  /** @type {Bytes} */
  akid = new Uint8Array();
  closed = 0;
  /** @type {Set<string>} */
  revoked = new Set();
  /** @type {Set<string>} */
  columns = new Set();
  /** @type {Map<string, Extent>} */
  readers = new Map();
  /** @type {Map<string, number>} */
  decided = new Map();
  /** @type {Set<string>} */
  renew = new Set();
  spent = 0;
  /** By `paired` reader and record. @type {Map<string, number>} */
  ended = new Map();
  /** By `paired` group and generation. @type {Map<string, Bytes>} */
  holds = new Map();
  /** @type {Map<string, Set<number>>} */
  lacks = new Map();

  /** @param {Partial<StreamMemory>} [parts] */
  constructor(parts) {
    Object.assign(this, parts);
  }

  copy() {
    return new StreamMemory({
      ...this,
      revoked: new Set(this.revoked),
      columns: new Set(this.columns),
      readers: new Map(this.readers),
      decided: new Map(this.decided),
      renew: new Set(this.renew),
      ended: new Map(this.ended),
      holds: new Map(this.holds),
      lacks: new Map([...this.lacks].map(([reader, gens]) => [reader, new Set(gens)])),
    });
  }

  /**
   * Take note that a reader has the stream from this generation on, or some before it.
   *
   * @param {string} reader
   * @param {Extent} extent
   * @param {number} gen
   */
  share(reader, extent, gen) {
    this.revoked.delete(reader);
    this.readers.set(reader, extent);
    this.#decide(reader, gen);
  }

  /**
   * Take note that a reader gets nothing that comes after this generation.
   *
   * @param {string} reader
   * @param {number} gen
   */
  revoke(reader, gen) {
    this.#forget(reader);
    this.revoked.add(reader);
    this.#decide(reader, gen);
    this.end(reader, '', gen);
  }

  /** @param {string} reader @param {number} gen */
  #decide(reader, gen) {
    this.decided.set(reader, Math.max(gen, this.decided.get(reader) ?? 0));
  }

  /**
   * Forget readers whose time has passed: a generation was opened without them.
   *
   * @param {number} now
   */
  lapse(now) {
    for (const [reader, { notAfter }] of [...this.readers]) {
      if (!hasPassed(notAfter, now)) continue;
      this.#forget(reader);
      this.decided.delete(reader);
    }
    this.renew.clear();
    for (const key of [...this.holds.keys()]) {
      if (Number(unpaired(key)[1]) < this.gen) this.holds.delete(key);
    }
  }

  /** @param {string} reader */
  #forget(reader) {
    this.readers.delete(reader);
    this.lacks.delete(reader);
    for (const key of [...this.holds.keys()]) if (unpaired(key)[0] === reader) this.holds.delete(key);
  }

  /**
   * Take note, before it is sent, that a generation is granted to this epoch of a group.
   *
   * Who had it by an earlier epoch has it still.
   *
   * @param {string} reader
   * @param {number} gen
   * @param {Bytes} epoch
   */
  hold(reader, gen, epoch) {
    const key = paired(reader, gen);
    if (!this.holds.has(key)) this.holds.set(key, epoch);
  }

  /**
   * Take note that a group of the readers is not granted the generation that is opened.
   *
   * @param {string} reader
   * @param {number} gen
   */
  openWithout(reader, gen) {
    this.lacks.set(reader, (this.lacks.get(reader) ?? new Set()).add(gen));
  }

  /**
   * Return the epoch of a group that has the last generation, undefined if it is not remembered.
   *
   * Of one that another machine opened that of the one before.
   *
   * @param {string} reader
   * @param {number} last
   */
  heldBy(reader, last) {
    if (this.lacks.get(reader)?.has(last) && !this.holds.has(paired(reader, last))) return undefined;
    const gens = [...this.holds.keys()]
      .map(unpaired)
      .filter(([id, gen]) => id === reader && Number(gen) <= last)
      .map(([, gen]) => Number(gen));
    return this.holds.get(paired(reader, Math.max(...gens)));
  }

  /**
   * Take note that no grant of a record up to this generation is made anew for a reader.
   *
   * A record of "" is all of them. Of more than MOST_ENDED the reader with the most of them has all of
   * its records ended: it is granted too little anew rather than too much.
   *
   * @param {string} reader
   * @param {string} record
   * @param {number} gen
   */
  end(reader, record, gen) {
    if (gen > (this.ended.get(paired(reader, '')) ?? 0)) {
      const key = paired(reader, record);
      this.ended.set(key, Math.max(gen, this.ended.get(key) ?? 0));
    }
    this.#tidy(reader);
    /** @type {Map<string, number>} */
    const single = new Map();
    let total = 0;
    for (const [of, one] of [...this.ended.keys()].map(unpaired)) {
      if (!one) continue;
      single.set(of, (single.get(of) ?? 0) + 1);
      total += 1;
    }
    if (total <= MOST_ENDED) return;
    const [most] = [...single].reduce((first, next) => (next[1] > first[1] ? next : first));
    const gens = [...this.ended].filter(([key]) => unpaired(key)[0] === most).map(([, of]) => of);
    this.ended.set(paired(most, ''), Math.max(...gens));
    this.#tidy(most);
  }

  /** Forget what is said of all records anyway. @param {string} reader */
  #tidy(reader) {
    const allUpTo = this.ended.get(paired(reader, '')) ?? 0;
    for (const [key, gen] of [...this.ended]) {
      const [of, record] = unpaired(key);
      if (of === reader && record && gen <= allUpTo) this.ended.delete(key);
    }
  }

  /**
   * Whether a grant of one record, of this generation, is over for a reader.
   *
   * @param {string} reader
   * @param {string} record
   * @param {number} gen
   */
  hasEnded(reader, record, gen) {
    return ['', record].some((one) => gen <= (this.ended.get(paired(reader, one)) ?? 0));
  }
}

/** Who had a form, and the last version of its manifest that is this client's. @typedef {{id: string, version: number}} FormerOwner */

/**
 * Who owns a form, and the version and hash (32 bytes) of its latest known manifest.
 *
 * `former` are the owners before, the first one first: a person agreed to each hand-over.
 *
 * @typedef {{owner: string, version: number, hash: Bytes, former: readonly FormerOwner[]}} FormMemory
 */

/**
 * Return whose signature this version of the manifest has to have.
 *
 * @param {FormMemory} form
 * @param {number} version
 */
export function ownerOf({ owner, former }, version) {
  return former.find((one) => version <= one.version)?.id ?? owner;
}

/**
 * The latest roster of a group that was verified.
 *
 * `removed` are clients that its owner, this client, decided to take out, each with the version of
 * the roster up to which its membership is over.
 *
 * @typedef {{known: Known, removed: Map<string, number>}} GroupMemory
 */

/** A rotation of own keys that is not done yet: the signed step, and its past (§4). @typedef {{succession: Succession, past: Past}} Rotating */

/**
 * Pins (client id to fingerprint, 32 bytes), own streams, forms, and groups.
 *
 * `names` are those on the verified cards of pinned clients, `since` when each was pinned (seconds
 * since 1970), `signed` the hashes (32 bytes) of the manifests that this client signed last for each of
 * its forms, the one that the server has acknowledged and what was sent since; `lines` the digests (32 bytes) of the successions of each client that were followed, from
 * its first card on; `groups` by their ids those that this client shares with or owns; `rotating` is a
 * rotation of this client's own keys that was begun. `serial` is the highest that its key file had, 0
 * where nothing was ever kept; `unconfirmed` says that the file came from a copy and nobody has
 * agreed so far that it is the newest.
 */
export class State {
  /** @type {Map<string, Bytes>} */
  pins = new Map();
  /** @type {Map<string, string>} */
  names = new Map();
  /** @type {Map<string, number>} */
  since = new Map();
  /** By `paired` writer and type. @type {Map<string, StreamMemory>} */
  streams = new Map();
  /** @type {Map<string, FormMemory>} */
  forms = new Map();
  /** @type {Map<string, readonly Bytes[]>} */
  signed = new Map();
  /** @type {Map<string, readonly Bytes[]>} */
  lines = new Map();
  /** @type {Map<string, GroupMemory>} */
  groups = new Map();
  /** @type {Rotating | null} */
  rotating = null;
  serial = 0;
  unconfirmed = false;

  /** @param {Partial<State>} [parts] */
  constructor(parts) {
    Object.assign(this, parts);
  }

  /** Return the same, to be changed by itself. */
  copy() {
    const groups = [...this.groups].map(
      ([id, { known, removed }]) => /** @type {const} */ ([id, { known, removed: new Map(removed) }]),
    );
    return new State({
      ...this,
      pins: new Map(this.pins),
      names: new Map(this.names),
      since: new Map(this.since),
      streams: new Map([...this.streams].map(([key, one]) => [key, one.copy()])),
      forms: new Map(this.forms),
      signed: new Map(this.signed),
      lines: new Map(this.lines),
      groups: new Map(groups),
    });
  }

  /** Whether the key file that was met is the newest, as far as is known here. */
  get vouches() {
    return this.serial > 0 && !this.unconfirmed;
  }

  /**
   * Take note of the serial of the key file; an older one than before is a copy.
   *
   * Who remembers nothing learns nothing by it: whether a file is the newest, a person says.
   *
   * @param {number} serial
   */
  met(serial) {
    if (!this.serial) return;
    this.unconfirmed ||= serial < this.serial;
    this.serial = Math.max(this.serial, serial);
  }

  /**
   * Return what is known of an own stream, to be changed in place.
   *
   * @param {string} writer
   * @param {string} type
   */
  stream(writer, type) {
    const key = paired(writer, type);
    const memory = this.streams.get(key) ?? new StreamMemory();
    this.streams.set(key, memory);
    return memory;
  }

  /**
   * Take note that others may have the keys of a stream up to this generation.
   *
   * @param {string} writer
   * @param {string} type
   * @param {number} gen
   */
  spend(writer, type, gen) {
    const memory = this.stream(writer, type);
    memory.spent = Math.max(memory.spent, gen);
  }

  /** The forms whose records a client reads who has to get a new inbox of each. @param {string} reader */
  formsToRenew(reader) {
    const forms = [...this.streams]
      .filter(([key, { renew }]) => key.startsWith(FORM) && renew.has(reader))
      .map(([key]) => unpaired(key)[0].slice(FORM.length));
    return [...new Set(forms)].sort();
  }
}
