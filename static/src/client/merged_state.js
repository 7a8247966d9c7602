/** What two memories of one client know together: the higher generation or version wins. */

import { b64 } from '../envelope/encoding.js';
import { KEY, same } from '../envelope/primitives.js';
import { StateError } from './errors.js';
import { State, StreamMemory, unpaired } from './state.js';

/** @import { Bytes } from '../envelope/encoding.js' */
/** @import { Extent, FormMemory, GroupMemory } from './state.js' */

/**
 * Return what two memories of one client know together.
 *
 * A reader who was revoked, and one who was given access again, is what the later generation says,
 * and revoked where both were in one. Raises StateError for two pins of one client, and for two keys
 * or manifests under one number.
 *
 * @param {State} one
 * @param {State} other
 */
export function merged(one, other) {
  const lines = new Map(keysOf(one.lines, other.lines).map((id) => [id, mergedLine(one, other, id)]));
  return new State({
    pins: mergedPins(one, other, lines),
    lines,
    rotating: one.rotating ?? other.rotating,
    names: new Map([...one.names, ...other.names]),
    since: new Map([...other.since, ...one.since]),
    serial: Math.max(one.serial, other.serial),
    unconfirmed: one.unconfirmed || other.unconfirmed,
    streams: new Map(keysOf(one.streams, other.streams).map((key) => [key, mergedStream(one, other, key)])),
    ...mergedForms(one, other),
    groups: new Map(keysOf(one.groups, other.groups).map((id) => [id, mergedGroup(one, other, id)])),
  });
}

/**
 * All keys of some maps, ascending.
 *
 * @param {...(Map<string, unknown> | Set<string>)} maps
 */
const keysOf = (...maps) => [...new Set(maps.flatMap((map) => [...map.keys()]))].sort();

/** @param {readonly Bytes[] | undefined} one @param {readonly Bytes[] | undefined} other */
function isSameLine(one, other) {
  if (!one || !other) return one === other;
  return one.length === other.length && begins(one, other);
}

/** @param {readonly Bytes[]} long @param {readonly Bytes[]} short */
function begins(long, short) {
  return short.every((step, at) => same(step, long[at] ?? new Uint8Array()));
}

/**
 * Return the longer one of what two memories followed of a client's cards.
 *
 * @param {State} one
 * @param {State} other
 * @param {string} id
 */
function mergedLine(one, other, id) {
  const lines = [one.lines.get(id) ?? [], other.lines.get(id) ?? []];
  const [short = [], long = []] = lines.sort((a, b) => a.length - b.length);
  if (!begins(long, short)) throw twoFingerprints(id);
  return long;
}

/**
 * @param {State} one
 * @param {State} other
 * @param {Map<string, readonly Bytes[]>} lines
 */
function mergedPins(one, other, lines) {
  const pins = new Map([...one.pins, ...other.pins]);
  for (const [id, pin] of one.pins) {
    const another = other.pins.get(id);
    if (!another || same(pin, another)) continue;
    const further = [one, other].filter((each) => isSameLine(each.lines.get(id), lines.get(id)));
    const [followed] = further;
    if (further.length !== 1 || !followed) throw twoFingerprints(id);
    pins.set(id, followed.pins.get(id) ?? pin); // the other has not followed it so far
  }
  return pins;
}

/** @param {State} one @param {State} other */
function mergedForms(one, other) {
  /** @type {Map<string, FormMemory>} */
  const forms = new Map();
  /** @type {Map<string, readonly Bytes[]>} */
  const signed = new Map();
  for (const id of keysOf(one.forms, other.forms)) {
    const [first, second] = [one, other].flatMap((state) => {
      const form = state.forms.get(id);
      return form ? [{ state, form }] : [];
    });
    if (!first) continue;
    const last = second ?? first;
    if (first.form.version === last.form.version && !same(first.form.hash, last.form.hash)) {
      throw contradict(`version ${first.form.version} of form ${id}`);
    }
    const newer = last.form.version > first.form.version ? last : first;
    forms.set(id, mergedForm(id, newer.form, first.form, last.form));
    const sent = newer.state.signed.get(id);
    if (sent) signed.set(id, sent);
  }
  return { forms, signed };
}

/**
 * Return the latest manifest that was seen, of an owner that was followed as far as in any.
 *
 * @param {string} id
 * @param {FormMemory} newer
 * @param {FormMemory} one
 * @param {FormMemory} other
 * @returns {FormMemory}
 */
function mergedForm(id, newer, one, other) {
  const [short, long] = one.former.length <= other.former.length ? [one, other] : [other, one];
  const places = [...long.former, long].map((_, at) => at);
  if (!places.some((at) => isPart(short, long, at))) {
    throw contradict(`who has form ${id}, or had it up to which version`);
  }
  return { owner: long.owner, version: newer.version, hash: newer.hash, former: long.former };
}

/**
 * Whether a memory tells the same as another does from this owner of the form on.
 *
 * It may have met the form only then, and may not have followed as far. Its latest version is one
 * that its last owner can have signed, or one before.
 *
 * @param {FormMemory} short
 * @param {FormMemory} long
 * @param {number} at
 */
function isPart(short, long, at) {
  const end = at + short.former.length;
  const ways = [...long.former, { id: long.owner, version: short.version }];
  const last = ways[end];
  if (!last) return false;
  const sameWay = short.former.every(({ id, version }, i) => {
    const way = ways[at + i];
    return way?.id === id && way.version === version;
  });
  const before = ways[at - 1];
  const first = before && !short.former.length ? before.version + 1 : 0;
  return sameWay && short.owner === last.id && first <= short.version && short.version <= last.version;
}

/**
 * Return the latest roster that was seen, and whoever was taken out in either memory.
 *
 * @param {State} one
 * @param {State} other
 * @param {string} id
 * @returns {GroupMemory}
 */
function mergedGroup(one, other, id) {
  const first = one.groups.get(id) ?? other.groups.get(id);
  const last = other.groups.get(id) ?? first;
  if (!first || !last) throw new TypeError('one of the memories has the group');
  const [newer, older] = last.known.version > first.known.version ? [last, first] : [first, last];
  const [now, before] = [newer.known, older.known];
  const isSame = now.owner === before.owner && now.name === before.name;
  const isOther =
    now.epoch !== before.epoch ||
    !same(now.digest, before.digest) ||
    !same(now.fingerprint, before.fingerprint);
  if (!isSame || (now.version === before.version && isOther)) {
    throw contradict(`whose group ${id} is, or version ${now.version} of its roster`);
  }
  const removed = new Map(first.removed);
  for (const [member, version] of last.removed) {
    removed.set(member, Math.max(version, removed.get(member) ?? 0));
  }
  return { known: now, removed };
}

/** @param {State} left @param {State} right @param {string} key */
function mergedStream(left, right, key) {
  const one = left.streams.get(key) ?? new StreamMemory();
  const other = right.streams.get(key) ?? new StreamMemory();
  const newer = other.gen > one.gen ? other : one;
  if (one.gen === other.gen && !same(one.akid, other.akid)) {
    throw contradict(`generation ${one.gen} of one of its streams`);
  }
  const both = new StreamMemory({
    gen: newer.gen,
    akid: newer.akid,
    closed: Math.max(one.closed, other.closed),
    columns: new Set([...one.columns, ...other.columns]),
    renew: new Set([...one.renew, ...other.renew]),
    spent: Math.max(one.spent, other.spent),
  });
  for (const held of keysOf(one.holds, other.holds)) {
    const epochs = [one, other].flatMap(({ holds }) => holds.get(held) ?? []);
    const [first = new Uint8Array()] = epochs;
    const agreed = new Set(epochs.map(b64)).size === 1;
    both.holds.set(held, agreed ? first : new Uint8Array(KEY)); // none of today
  }
  for (const reader of keysOf(one.lacks, other.lacks)) {
    const gens = [one, other].flatMap(({ lacks }) => [...(lacks.get(reader) ?? [])]);
    both.lacks.set(reader, new Set(gens));
  }
  for (const ended of keysOf(one.ended, other.ended)) {
    const [reader, record] = unpaired(ended);
    both.end(reader, record, Math.max(one.ended.get(ended) ?? 0, other.ended.get(ended) ?? 0));
  }
  for (const id of keysOf(one.readers, one.revoked, other.readers, other.revoked)) {
    mergeReader(both, [one, other], id);
  }
  return both;
}

/** @param {StreamMemory} both @param {StreamMemory[]} memories @param {string} id */
function mergeReader(both, memories, id) {
  const knows = memories.filter(({ readers, revoked }) => readers.has(id) || revoked.has(id));
  const gen = Math.max(...knows.map(({ decided }) => decided.get(id) ?? 0));
  const last = knows.filter(({ decided }) => (decided.get(id) ?? 0) === gen);
  if (last.some(({ revoked }) => revoked.has(id))) return both.revoke(id, gen);
  const extents = last.flatMap(({ readers }) => readers.get(id) ?? []);
  return both.share(id, narrower(extents), gen);
}

/**
 * Return what memories agree on of one share; raises StateError for nothing.
 *
 * @param {Extent[]} extents
 * @returns {Extent}
 */
function narrower(extents) {
  const [columns = [], ...more] = extents.map((one) => one.columns).filter(({ length }) => length);
  const common = columns.filter((name) => more.every((others) => others.includes(name)));
  if (columns.length && !common.length) throw contradict('which columns a reader has');
  const ends = extents.map(({ notAfter }) => notAfter).filter(Boolean);
  return { columns: common, notAfter: ends.length ? Math.min(...ends) : 0 };
}

/** @param {string} id */
function twoFingerprints(id) {
  return new StateError(`two memories of this client know ${id} by two fingerprints`, {
    hint: 'ask that party which one is right, and restore with that memory alone',
  });
}

/** @param {string} what */
function contradict(what) {
  return new StateError(`two memories of this client contradict each other: ${what}`, {
    hint: 'restore with the newer one alone',
  });
}
