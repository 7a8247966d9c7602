/**
 * Reading as a member: the epochs of groups that this client is in (docs/protocol.md §7, "Groups").
 *
 * A member needs no word of the server's on who is in a group. What an epoch's seed opens, it was
 * granted by the owner, whom it has pinned; from there the roster's links lead to the epochs before.
 */

import { GROUP, b64, unb64 } from '../../envelope/encoding.js';
import { EnvelopeError } from '../../envelope/errors.js';
import { EPOCH, INBOX, openGrant, verifyGrant } from '../../envelope/grants.js';
import { same } from '../../envelope/primitives.js';
import { openPast, verifyRoster } from '../../envelope/rosters.js';
import { UnpinnedError, VerificationError, verifying } from '../errors.js';
import { plain } from '../quoting.js';
import * as groups from './groups.js';
import { listed } from './listed_grants.js';

/** @import { Bytes } from '../../envelope/encoding.js' */
/** @import { Grant, Opener } from '../../envelope/grants.js' */
/** @import { Card } from '../../envelope/keys.js' */
/** @import { OpenEpoch } from '../../envelope/rosters.js' */
/** @import { Cards, OpenGroup, Session } from '../session.js' */

/** Whose turn it is to open more of a group: what is opened for one is there for the next. @type {WeakMap<OpenGroup, Promise<unknown>>} */
const turns = new WeakMap();

/**
 * Opens the epochs that some grants are sealed to; groups are asked for once they are needed.
 *
 * What was opened is kept for some minutes. Where it lacks an epoch it is asked for again, once.
 */
export class MemberEpochs {
  #session;
  /** @type {Set<string>} */
  #asked = new Set();
  /** By group, fingerprints in base64url. @type {Map<string, Set<string>>} */
  #wanted = new Map();

  /** @param {Session} session @param {Grant[]} grants */
  constructor(session, grants) {
    this.#session = session;
    for (const { reader, readerFp } of grants) {
      if (!groups.isGroup(reader)) continue;
      const group = groups.groupId(reader);
      this.#wanted.set(group, (this.#wanted.get(group) ?? new Set()).add(b64(readerFp)));
    }
  }

  /**
   * Return the epoch that a grant is sealed to; raises UnpinnedError, VerificationError.
   *
   * @param {Grant} grant
   * @returns {Promise<OpenEpoch>}
   */
  async find(grant) {
    const [session, group] = [this.#session, groups.groupId(grant.reader)];
    const wanted = this.#wanted.get(group) ?? new Set();
    const kept = session.verified.groups;
    if (!kept.current(group)) this.#asked.add(group);
    for (;;) {
      const opened = await kept.find(group, () => fetch(session, group));
      const epoch = await found(session, opened, b64(grant.readerFp), wanted);
      if (epoch) return epoch;
      if (this.#asked.has(group)) {
        throw new VerificationError(
          `no epoch of group ${plain(opened.roster.name)} that this client was granted is the one ` +
            'that the grant is for',
          { code: 'mismatch' },
        );
      }
      this.#asked.add(group);
      kept.delete(group);
      session.verified.rosters.delete(group);
    }
  }
}

/**
 * Ask for a group's roster, and for what this client was granted of it; opens nothing yet.
 *
 * The roster's owner has to be pinned. Its time does not matter. Raises UnpinnedError,
 * VerificationError.
 *
 * @param {Session} session
 * @param {string} group
 * @returns {Promise<OpenGroup>}
 */
async function fetch(session, group) {
  const { roster } = await groups.served(session, group);
  const owner = await groups.ownerCards(session, roster.owner).catch((cause) => {
    if (!(cause instanceof UnpinnedError)) throw cause;
    throw new UnpinnedError(
      `what is shared with group ${plain(roster.name)} cannot be read: the fingerprint of its owner, ` +
        `client ${roster.owner}, is not pinned here`,
      {
        hint:
          'ask that party for it, by another channel than this server, and pin it: ' +
          `\`trust add ${roster.owner} --fingerprint FP\``,
        cause,
      },
    );
  });
  await verifying(`the roster of group ${group}`, () => verifyRoster(roster, { group, owner: owner.card }));
  /** @type {Grant[]} */
  const grants = [];
  for await (const { grant } of listed(session, { direction: 'incoming', writer: GROUP + group, type: EPOCH })) {
    if (grant.writer === GROUP + group && grant.type === EPOCH) grants.push(grant);
  }
  grants.sort((a, b) => a.gen - b.gen);
  return { roster, owner, grants, seeds: new Map(), epochs: new Map(), walked: new Set() };
}

/**
 * Return an epoch, from what was opened before, else from the next grant that leads to it.
 *
 * @param {Session} session
 * @param {OpenGroup} opened
 * @param {string} fingerprint
 * @param {Set<string>} wanted
 * @returns {Promise<OpenEpoch | undefined>}
 */
function found(session, opened, fingerprint, wanted) {
  const search = async () => {
    if (!opened.epochs.has(fingerprint)) {
      for (const [epoch, known] of opened.seeds) await walk(session, opened, epoch, known, wanted);
    }
    while (!opened.epochs.has(fingerprint)) {
      const grant = opened.grants.pop();
      if (!grant) break;
      if (isReached(opened, grant)) continue;
      const seed = await openSeed(session, opened, grant);
      if (!seed) continue;
      opened.seeds.set(grant.gen, seed);
      await walk(session, opened, grant.gen, seed, wanted);
    }
    return opened.epochs.get(fingerprint);
  };
  const done = (turns.get(opened) ?? Promise.resolve()).then(search);
  turns.set(opened, done.catch(() => {}));
  return done;
}

/**
 * Whether links led to the epoch of a grant: what comes before it was looked at, too.
 *
 * @param {OpenGroup} opened
 * @param {Grant} grant
 */
function isReached({ epochs }, { gen, akid }) {
  return [...epochs.values()].some(({ party }) => party.epoch === gen && same(party.akid, akid));
}

/**
 * Open an epoch and those that links lead to from it, as far as they are wanted.
 *
 * @param {Session} session
 * @param {OpenGroup} opened
 * @param {number} epoch
 * @param {Bytes} seed
 * @param {Set<string>} wanted
 */
async function walk(session, opened, epoch, seed, wanted) {
  if (opened.walked.has(epoch)) return;
  const missing = [...wanted].filter((fingerprint) => !opened.epochs.has(fingerprint));
  try {
    const held = { epoch, seed, wanted: missing.map((fingerprint) => unb64(fingerprint)) };
    const what = `the links of group ${plain(opened.roster.name)}`;
    const found = await verifying(what, () => openPast(opened.roster, held));
    for (const one of found) opened.epochs.set(b64(one.party.fingerprint), one);
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    session.tellOnce(`refused ${error.message}`);
    opened.walked.add(epoch);
    return;
  }
  const toTheEnd = !missing.every((fingerprint) => opened.epochs.has(fingerprint));
  if (toTheEnd) opened.walked.add(epoch);
}

/**
 * Return the seed of an epoch (32 bytes) that was granted to this client, undefined if it was not.
 *
 * People are told once of a grant that had to be refused. One that an earlier card of the owner signed
 * is void, and was followed by another if this client still is to have it.
 *
 * @param {Session} session
 * @param {OpenGroup} opened
 * @param {Grant} grant
 */
async function openSeed(session, { roster, owner }, grant) {
  const granter = owner.card;
  const context = { granter, now: session.now(), owner: granter.id };
  try {
    const what = `a grant of group ${plain(roster.name)}`;
    const own = ownCard(session, grant);
    const keys = await verifying(what, () => openGrant(grant, { ...own, ...context }));
    return keys.get(INBOX);
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    if (!(await isLapsed(grant, owner))) session.tellOnce(`refused ${error.message}`);
    return undefined;
  }
}

/** @param {Grant} grant @param {Cards} owner */
async function isLapsed(grant, { earlier }) {
  for (const card of earlier) if (await isGrantedBy(grant, card, card.id)) return true;
  return false;
}

/**
 * Whether a client signed a grant, which it may do.
 *
 * @param {Grant} grant
 * @param {Card} card
 * @param {string} [owner] as for `verifyGrant`
 */
export async function isGrantedBy(grant, card, owner) {
  try {
    await verifyGrant(grant, card, owner);
    return true;
  } catch (error) {
    if (error instanceof EnvelopeError) return false;
    throw error;
  }
}

/**
 * Return the own card that a grant is sealed to, with its keys: an earlier one opens, too.
 *
 * @param {Session} session
 * @param {Grant} grant
 * @returns {{me: Card, keys: Opener}}
 */
export function ownCard({ former, me, keys }, { readerFp }) {
  const one = former.find(({ card }) => same(readerFp, card.fingerprint));
  return one ? { me: one.card, keys: one.kem } : { me, keys: keys.kem };
}
