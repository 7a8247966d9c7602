/**
 * Rosters: a team as one reader, whose members its owner signs for (docs/protocol.md §7).
 *
 * A group is an inbox, of which each *epoch* is one X-Wing key pair. Who shares with the group seals
 * to today's epoch; the owner grants the epoch's seed to each member. The roster says which epoch
 * that is, who the members are, and how from an epoch's seed those before it are opened. The server
 * stores all of it and decides nothing: whoever grants verifies the roster first.
 */

import * as encoding from './encoding.js';
import { GROUP, VERSION, b64, ctx, dumpJson, unb64 } from './encoding.js';
import {
  CommitmentError,
  ExpiredError,
  LimitError,
  MalformedError,
  MismatchError,
} from './errors.js';
import { inboxId } from './grants.js';
import { KEM_PK, KemKey, kemPublic } from './hpke.js';
import { clientName } from './keys.js';
import {
  H,
  KEY,
  NONCE,
  TAG,
  expand,
  random,
  readSignature,
  same,
  seal,
  unseal,
  verify,
} from './primitives.js';

/** @import { Bytes } from './encoding.js' */
/** @import { Recipient } from './grants.js' */
/** @import { Card, ClientKeys } from './keys.js' */

const MAX_MEMBERS = 256;
const MAX_EPOCHS = 1024;
const MAX_TERM = 400 * 24 * 3600;
const CLOCK_SKEW = 24 * 3600;
const SEALED_SEED = NONCE + KEY + TAG;
const FIRST = /* @__PURE__ */ new Uint8Array(KEY);

/**
 * A client in a group, the fingerprint (32 bytes) of its card, and which version took it in.
 *
 * @typedef {{id: string, fingerprint: Bytes, since: number}} Member
 */

/**
 * Leads from an epoch's seed to that of the one `before`, which it seals, 60 bytes.
 *
 * @typedef {{epoch: number, before: number, sealed: Bytes}} Link
 */

/**
 * A group as a reader: what is sealed to it goes to the members of this epoch.
 *
 * `id` is `group:` and the group's id; `fingerprint` is H("epoch", group, owner, epoch, kem_pk), 32
 * bytes, what grants to the group name; `akid` is H("inbox", kem_pk), 32 bytes, that of the grants
 * of its seed to members.
 *
 * @typedef {Recipient & {owner: string, epoch: number, akid: Bytes}} Epoch
 */

/**
 * One version of who is in a group, from `issued` to `expires`, in seconds since 1970.
 *
 * @typedef {object} Roster
 * @property {string} group
 * @property {string} name
 * @property {number} version
 * @property {number} epoch
 * @property {string} owner
 * @property {Bytes} kemPk 1216 bytes
 * @property {Bytes} prev 32 bytes: the digest of the version before, zeros for the first
 * @property {Link[]} links
 * @property {number} issued
 * @property {number} expires
 * @property {Member[]} members
 * @property {Bytes} sig 64 bytes
 */

/** @typedef {Omit<Roster, 'sig'>} Bare */

/** @param {Bare} roster */
function told({ group, name, version, epoch, owner, kemPk, prev, links, issued, expires, members }) {
  return {
    ...{ v: VERSION, group, name, version, epoch, owner, kem_pk: b64(kemPk), prev: b64(prev) },
    ...{ links: links.map(dumpLink), issued, expires, members: members.map(dumpMember) },
  };
}

/** @param {Member} member */
const dumpMember = ({ id, fingerprint, since }) => ({ id, fp: b64(fingerprint), since });

/**
 * Return a link as a JSON object.
 *
 * @param {Link} link
 */
export const dumpLink = ({ epoch, before, sealed }) => ({ epoch, before, sealed: b64(sealed) });

/**
 * H("roster", canonical JSON without sig), 32 bytes: names this version.
 *
 * @param {Bare} roster
 */
export const digest = (roster) => H('roster', dumpJson(told(roster)));

/**
 * What the owner signs.
 *
 * @param {Bare} roster
 */
export const message = async (roster) => ctx('roster-sig', await digest(roster));

/**
 * What is granted to the group is sealed to this.
 *
 * @param {Bare} roster
 */
export const asReader = (roster) => epochOf(roster, roster.epoch, roster.kemPk);

/**
 * @param {Bare} roster
 * @param {number} epoch
 * @param {Bytes} kemPk
 * @returns {Promise<Epoch>}
 */
async function epochOf({ group, name, owner }, epoch, kemPk) {
  const fingerprint = await H('epoch', group, owner, epoch, kemPk);
  return { id: GROUP + group, name, owner, epoch, kemPk, fingerprint, akid: await inboxId(kemPk) };
}

/**
 * Return a client's membership, undefined if it is not in the group.
 *
 * @param {Bare} roster
 * @param {string} id
 */
export const memberOf = ({ members }, id) => members.find((one) => one.id === id);

/**
 * Return the roster as a JSON object.
 *
 * @param {Roster} roster
 */
export const dumpRoster = (roster) => ({ ...told(roster), sig: b64(roster.sig) });

/**
 * Parse a roster strictly; raises MalformedError, LimitError. No signature is checked.
 *
 * @param {unknown} value
 * @returns {Roster}
 */
export function parseRoster(value) {
  const { kem_pk: kemPk, ...wire } = encoding.parse(value, 'roster', {
    v: encoding.version,
    group: encoding.uuid,
    name: clientName,
    version: encoding.integer,
    epoch: encoding.integer,
    owner: encoding.uuid,
    kem_pk: (key) => unb64(key, KEM_PK),
    prev: (prev) => unb64(prev, KEY),
    links: (list) => encoding.listed(list, 'links', MAX_EPOCHS - 1, 0).map(parseLink),
    issued: encoding.integer,
    expires: encoding.integer,
    members: (list) => encoding.listed(list, 'members', MAX_MEMBERS, 0).map(parseMember),
    sig: readSignature,
  });
  const { version, epoch, prev, links, issued, expires, members } = wire;
  kemPublic(kemPk);
  if (epoch > version) throw new MalformedError('a roster has no more epochs than versions');
  if ((version === 1) !== same(prev, FIRST)) {
    throw new MalformedError('the first version of a roster follows none, each other one does');
  }
  if (expires <= issued) throw new MalformedError('a roster ends after it was issued');
  if (expires - issued > MAX_TERM) {
    throw new LimitError('a roster is in force for at most 400 days');
  }
  ascending(members.map(({ id }) => id), 'the members of a roster');
  ascending(links.map((link) => link.epoch), 'the links of a roster');
  if (members.some(({ since }) => since > version)) {
    throw new MalformedError('no later version of a roster took its members in');
  }
  if (links.some((link) => link.before >= link.epoch || link.epoch > epoch)) {
    throw new MalformedError('each link of a roster leads from one of its epochs to one before');
  }
  return { ...wire, kemPk };
}

/** @param {unknown} value @returns {Link} */
function parseLink(value) {
  return encoding.parse(value, 'link', {
    epoch: encoding.integer,
    before: encoding.integer,
    sealed: (sealed) => unb64(sealed, SEALED_SEED),
  });
}

/** @param {unknown} value @returns {Member} */
function parseMember(value) {
  const { id, fp, since } = encoding.parse(value, 'member', {
    id: encoding.uuid,
    fp: (fingerprint) => unb64(fingerprint, KEY),
    since: encoding.integer,
  });
  return { id, fingerprint: fp, since };
}

/** Ids are ASCII. @param {(string | number)[]} keys @param {string} what */
function ascending(keys, what) {
  if (keys.some((key, i) => i && key <= /** @type {string | number} */ (keys[i - 1]))) {
    throw new MalformedError(`${what} are ascending, each once`);
  }
}

/**
 * Return the roster with its owner's signature.
 *
 * @param {Bare} roster
 * @param {ClientKeys} keys
 */
export async function signRoster(roster, keys) {
  return parseRoster(dumpRoster({ ...roster, sig: await keys.sig.sign(await message(roster)) }));
}

/**
 * Check that a roster is this group's and signed by its owner; raises MismatchError, SignatureError.
 *
 * @param {Roster} roster
 * @param {{group: string, owner: Card}} expected
 */
export async function verifyRoster(roster, { group, owner }) {
  if (roster.group !== group) throw new MismatchError('this is the roster of another group');
  if (roster.owner !== owner.id) throw new MismatchError('this group has another owner');
  await verify(owner.sigPk, roster.sig, await message(roster), 'roster');
}

/**
 * Check that a roster counts now: else its group has no members. Raises ExpiredError.
 *
 * @param {Bare} roster
 * @param {number} now seconds since 1970
 */
export function checkInForce({ issued, expires }, now) {
  if (now >= expires) throw new ExpiredError('the roster has ended');
  if (now < issued - CLOCK_SKEW) throw new ExpiredError('the roster is of a time to come');
}

/**
 * What a client remembers of a group: the last roster that it verified.
 *
 * @typedef {object} Known
 * @property {string} owner
 * @property {string} name
 * @property {number} version
 * @property {Bytes} digest 32 bytes
 * @property {number} epoch
 * @property {Bytes} fingerprint 32 bytes: the epoch's
 */

/**
 * Return what is to be remembered of a roster that was verified.
 *
 * @param {Bare} roster
 * @returns {Promise<Known>}
 */
export async function known(roster) {
  const { owner, name, version, epoch } = roster;
  const { fingerprint } = await asReader(roster);
  return { owner, name, version, digest: await digest(roster), epoch, fingerprint };
}

/**
 * Check that a verified roster is the one that is known, or one after it.
 *
 * The next version names the digest of the known one. An epoch has one key, and another key is
 * another epoch, and neither owner nor name change. Raises MismatchError.
 *
 * @param {Bare} roster
 * @param {Known} before
 */
export async function checkFollows(roster, before) {
  const [{ owner, name, version, epoch }, hash] = [roster, await digest(roster)];
  if (owner !== before.owner || name !== before.name) {
    throw new MismatchError('this group had another owner, or another name');
  }
  if (version < before.version) {
    throw new MismatchError('a later version of this roster is known');
  }
  if (version === before.version && !same(hash, before.digest)) {
    throw new MismatchError('another roster of the same version is known');
  }
  if (version === before.version + 1 && !same(roster.prev, before.digest)) {
    throw new MismatchError('the roster does not follow the version that is known');
  }
  if (epoch < before.epoch) throw new MismatchError('a later epoch of this group is known');
  const asItWas = await epochOf(roster, before.epoch, roster.kemPk);
  if ((epoch === before.epoch) !== same(asItWas.fingerprint, before.fingerprint)) {
    throw new MismatchError('an epoch has one key, and no two epochs have the same');
  }
}

/**
 * Seal the seed (32 bytes) of a former epoch under that of a later one.
 *
 * @param {object} parts
 * @param {string} parts.group
 * @param {number} parts.epoch
 * @param {Bytes} parts.seed
 * @param {number} parts.before
 * @param {Bytes} parts.former
 * @param {Bytes} [nonce] 12 bytes, given by vectors, otherwise random
 * @returns {Promise<Link>}
 */
export async function sealLink({ group, epoch, seed, before, former }, nonce = random(NONCE)) {
  const sealed = await seal(await expand(seed, 'past'), former, link(group, epoch, before), nonce);
  return { epoch, before, sealed };
}

/** @param {string} group @param {number} epoch @param {number} before */
const link = (group, epoch, before) => ctx('past', group, epoch, before);

/** @typedef {{party: Epoch, key: KemKey}} OpenEpoch of which the seed is known; `key` opens what was sealed to it */

/**
 * Return the epoch that a seed (32 bytes) grows: its fingerprint says if it is the right one.
 *
 * Raises CommitmentError if it is the roster's own epoch, and another key.
 *
 * @param {Bare} roster
 * @param {{epoch: number, seed: Bytes}} held
 * @returns {Promise<OpenEpoch>}
 */
export async function openEpoch(roster, { epoch, seed }) {
  const key = await KemKey.fromSeed(seed);
  const party = await epochOf(roster, epoch, key.public);
  if (epoch === roster.epoch && !same(party.fingerprint, (await asReader(roster)).fingerprint)) {
    throw new CommitmentError('the seed of an epoch is not the one that the roster names');
  }
  return { party, key };
}

/**
 * Return an epoch and those before it that a verified roster leads to, the latest first.
 *
 * Raises OpenError if the seed is not the one that the roster's links were made with.
 *
 * @param {Bare} roster
 * @param {object} held
 * @param {number} held.epoch
 * @param {Bytes} held.seed 32 bytes
 * @param {Bytes[]} [held.wanted] fingerprints, 32 bytes: once all of them were found the rest is left
 */
export async function openPast(roster, { epoch, seed, wanted }) {
  const links = new Map(roster.links.map((one) => [one.epoch, one]));
  const missing = wanted && new Set(wanted.map(b64));
  const found = [];
  for (;;) {
    const open = await openEpoch(roster, { epoch, seed });
    found.push(open);
    missing?.delete(b64(open.party.fingerprint));
    const next = links.get(epoch);
    if (!next || missing?.size === 0) return found;
    const aad = link(roster.group, next.epoch, next.before);
    seed = await unseal(await expand(seed, 'past'), next.sealed, aad);
    epoch = next.before;
  }
}
