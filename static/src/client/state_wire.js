/**
 * The memory of a client as canonical JSON (docs/protocol.md §4, "State"), and as the file that only
 * this client can have written: `{"state": {...}, "mac": ...}`.
 */

import * as encoding from '../envelope/encoding.js';
import { b64, ctx, dumpJson, loadJson, unb64 } from '../envelope/encoding.js';
import { EnvelopeError, MalformedError } from '../envelope/errors.js';
import { mac, same } from '../envelope/primitives.js';
import { dumpPast, dumpSuccession, parsePast, parseSuccession } from '../envelope/successions.js';
import { StateError } from './errors.js';
import { State, StreamMemory, paired, unpaired } from './state.js';

/** @import { Bytes, Wire } from '../envelope/encoding.js' */
/** @import { FormMemory, GroupMemory } from './state.js' */

export const RESTORE =
  'restore it from a backup; or go on without memory, and say that the keys are the newest: ' +
  'fingerprints have to be given again, and an older state of the server would not be noticed';

/**
 * Return a state as canonical JSON.
 *
 * @param {State} state
 */
export function dumpState(state) {
  return dumpJson(toWire(state));
}

/**
 * Return what `dumpState` wrote; raises StateError for anything else.
 *
 * @param {Bytes} raw
 */
export async function parseState(raw) {
  try {
    return await fromWire(loadJson(raw));
  } catch (cause) {
    if (!(cause instanceof EnvelopeError)) throw cause;
    throw new StateError('the memory was written by another version of this program', { cause });
  }
}

/**
 * Return the file that keeps a memory; `key` is the client's state key, 32 bytes.
 *
 * @param {State} state
 * @param {{clientId: string, key: Bytes}} client
 */
export async function dumpStateFile(state, client) {
  const wire = toWire(state);
  return dumpJson({ state: wire, mac: b64(await macOf(wire, client)) });
}

/**
 * Return what `dumpStateFile` wrote for this client; raises StateError for anything else.
 *
 * @param {Bytes} raw
 * @param {{clientId: string, key: Bytes}} client
 */
export async function parseStateFile(raw, client) {
  let wire;
  try {
    wire = encoding.members(loadJson(raw), ['state', 'mac'], 'the state file');
    if (!same(unb64(wire.mac), await macOf(wire.state, client))) {
      throw new MalformedError('it is not as this client wrote it');
    }
  } catch (cause) {
    if (!(cause instanceof EnvelopeError)) throw cause;
    throw new StateError(`the memory is damaged: ${cause.message}`, { hint: RESTORE, cause });
  }
  return parseState(dumpJson(wire.state));
}

/** @param {Wire} wire @param {{clientId: string, key: Bytes}} client */
function macOf(wire, { clientId, key }) {
  return mac(key, ctx('state', clientId, dumpJson(wire)));
}

/**
 * By their names, all of which are ASCII.
 *
 * @template T
 * @param {Map<string, T>} named
 * @returns {[string, T][]}
 */
const sorted = (named) => [...named].sort(([a], [b]) => (a < b ? -1 : 1));

/**
 * By both names of a pair.
 *
 * @template T
 * @param {Map<string, T>} named
 * @returns {[string, string, T][]}
 */
function sortedPairs(named) {
  const pairs = [...named].map(([key, one]) => /** @type {[string, string, T]} */ ([...unpaired(key), one]));
  return pairs.sort(([a, b], [c, d]) => (a < c || (a === c && b < d) ? -1 : 1));
}

/**
 * @template T, R
 * @param {Map<string, T>} named
 * @param {(one: T, name: string) => R} show
 */
const objectOf = (named, show) =>
  Object.fromEntries(sorted(named).map(([name, one]) => [name, show(one, name)]));

/** @param {State} state */
function toWire({ pins, names, since, ...state }) {
  const { rotating } = state;
  return {
    groups: objectOf(state.groups, dumpGroup),
    pins: objectOf(pins, (pin, id) => [b64(pin), names.get(id) ?? '', since.get(id) ?? 0]),
    streams: sortedPairs(state.streams).map(dumpStream),
    forms: objectOf(state.forms, dumpForm),
    signed: objectOf(state.signed, (sent) => sent.map(b64)),
    lines: objectOf(state.lines, (line) => line.map(b64)),
    rotating: rotating && {
      succession: dumpSuccession(rotating.succession),
      past: dumpPast(rotating.past),
    },
    serial: state.serial,
    unconfirmed: state.unconfirmed,
  };
}

/** @param {GroupMemory} group */
function dumpGroup({ known, removed }) {
  const { owner, name, version, digest, epoch, fingerprint } = known;
  return [owner, name, version, b64(digest), epoch, b64(fingerprint), sorted(removed)];
}

/** @param {FormMemory} form */
function dumpForm({ owner, version, hash, former }) {
  return [owner, version, b64(hash), former.map((one) => [one.id, one.version])];
}

/** @param {[string, string, StreamMemory]} named */
function dumpStream([writer, type, one]) {
  const holds = [...one.holds].map(([key, epoch]) => {
    const [reader, gen] = unpaired(key);
    return /** @type {const} */ ([reader, Number(gen), b64(epoch)]);
  });
  return [
    writer,
    type,
    one.gen,
    b64(one.akid),
    one.closed,
    [...one.revoked].sort(),
    [...one.columns].sort(),
    sorted(one.readers).map(([id, { columns, notAfter }]) => [id, columns, notAfter]),
    sorted(one.decided),
    [...one.renew].sort(),
    one.spent,
    sortedPairs(one.ended),
    holds.sort(([a, b], [c, d]) => (a === c ? b - d : a < c ? -1 : 1)),
    sorted(one.lacks).map(([id, gens]) => [id, [...gens].sort((a, b) => a - b)]),
  ];
}

/** @typedef {(value: any) => any} Reader */

/**
 * Shapes are checked, and what ids and names look like is not: only some version of this client can
 * have made the MAC.
 *
 * @param {unknown} value
 */
async function fromWire(value) {
  const wire = encoding.parse(value, 'the memory', {
    groups: named(tuple(string, string, number, unb64, number, unb64, listOf(tuple(string, number)))),
    pins: named(tuple(unb64, string, number)),
    streams: listOf(STREAM),
    forms: named(tuple(string, number, unb64, listOf(tuple(string, number)))),
    signed: named(listOf(unb64)),
    lines: named(listOf(unb64)),
    rotating: (/** @type {any} */ one) => one,
    serial: number,
    unconfirmed: encoding.boolean,
  });
  const { pins, serial, unconfirmed } = wire;
  return new State({
    pins: mapped(pins, ([pin]) => pin),
    names: mapped(new Map([...pins].filter(([, [, name]]) => name)), ([, name]) => name),
    since: mapped(new Map([...pins].filter(([, [, , since]]) => since)), ([, , since]) => since),
    streams: new Map(wire.streams.map(parseStream)),
    forms: mapped(wire.forms, ([owner, version, hash, former]) => ({
      ...{ owner, version, hash },
      former: former.map((/** @type {[string, number]} */ [id, version]) => ({ id, version })),
    })),
    signed: wire.signed,
    lines: wire.lines,
    groups: mapped(wire.groups, ([owner, name, version, digest, epoch, fingerprint, removed]) => ({
      known: { owner, name, version, digest, epoch, fingerprint },
      removed: new Map(removed),
    })),
    rotating: wire.rotating === null ? null : await parseRotating(wire.rotating),
    serial,
    unconfirmed,
  });
}

/** @param {unknown} value */
function string(value) {
  if (typeof value !== 'string') throw new MalformedError('a name in the memory is a text');
  return value;
}

/** @param {unknown} value */
const number = (value) => encoding.integer(value, 'a number in the memory', 0);

/** @param {Reader} of @returns {(value: unknown) => any[]} */
const listOf = (of) => (value) =>
  encoding.listed(value, 'a list in the memory', Infinity, 0).map((item) => of(item));

/** @param {...Reader} of @returns {Reader} */
const tuple = (...of) => (value) => {
  if (!Array.isArray(value) || value.length !== of.length) {
    throw new MalformedError(`a list in the memory has ${of.length} items`);
  }
  return of.map((read, at) => read(value[at]));
};

/** @param {Reader} of @returns {(value: unknown) => Map<string, any>} */
const named = (of) => (value) => {
  if (!encoding.isObject(value)) throw new MalformedError('a part of the memory is an object');
  return new Map(Object.entries(value).map(([name, one]) => [name, of(one)]));
};

/**
 * @param {Map<string, any>} from
 * @param {Reader} show
 * @returns {Map<string, any>}
 */
const mapped = (from, show) => new Map([...from].map(([name, one]) => [name, show(one)]));

const STREAM = tuple(
  string,
  string,
  number,
  unb64,
  number,
  listOf(string),
  listOf(string),
  listOf(tuple(string, listOf(string), number)),
  listOf(tuple(string, number)),
  listOf(string),
  number,
  listOf(tuple(string, string, number)),
  listOf(tuple(string, number, unb64)),
  listOf(tuple(string, listOf(number))),
);

/** @param {any[]} wire @returns {[string, StreamMemory]} */
function parseStream(wire) {
  const [writer, type, gen, akid, closed, revoked, columns, readers, decided, renew, ...rest] = wire;
  const [spent, ended, holds, lacks] = rest;
  const memory = new StreamMemory({
    ...{ gen, akid, closed, spent, revoked: new Set(revoked), columns: new Set(columns) },
    ...{ decided: new Map(decided), renew: new Set(renew) },
    readers: new Map(readers.map((/** @type {any[]} */ [id, columns, notAfter]) => [id, { columns, notAfter }])),
    ended: new Map(ended.map((/** @type {any[]} */ [id, record, gen]) => [paired(id, record), gen])),
    holds: new Map(holds.map((/** @type {any[]} */ [id, gen, epoch]) => [paired(id, gen), epoch])),
    lacks: new Map(lacks.map((/** @type {any[]} */ [id, gens]) => [id, new Set(gens)])),
  });
  return [paired(writer, type), memory];
}

/** @param {unknown} value */
async function parseRotating(value) {
  const wire = encoding.members(value, ['succession', 'past'], 'a rotation');
  return { succession: await parseSuccession(wire.succession), past: parsePast(wire.past) };
}
