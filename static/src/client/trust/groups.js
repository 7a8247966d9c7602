/**
 * Groups to share with: whom their pinned owner signed for, and never whom a server names (§7).
 *
 * A roster is believed if the owner's card of today signed it and it follows the one that is
 * remembered. One that has ended, or that an earlier card of the owner signed, counts as none: what is
 * written next is not for the group. Any other is refused, which stops the writing.
 */

import * as encoding from '../../envelope/encoding.js';
import { GROUP } from '../../envelope/encoding.js';
import { ExpiredError, SignatureError } from '../../envelope/errors.js';
import { same } from '../../envelope/primitives.js';
import {
  asReader,
  checkFollows,
  checkInForce,
  known as knownOf,
  parseRoster,
  verifyRoster,
} from '../../envelope/rosters.js';
import { showDay } from '../days.js';
import * as endpoints from '../endpoints.js';
import { ApiRefused, EndedGroupError, UnpinnedError, VerificationError, verifying } from '../errors.js';
import { plain } from '../quoting.js';
import * as pins from './pins.js';

/** @import { Epoch, Roster } from '../../envelope/rosters.js' */
/** @import { Cards, Served, Session } from '../session.js' */

/** What a group is today; `whyNot` says why it counts as having no members, else "". @typedef {{epoch: Epoch, whyNot: string}} Standing */

/**
 * Return today's epoch of a group, by `group:` and its id: what is granted is sealed to it.
 *
 * Raises UnpinnedError, EndedGroupError, VerificationError.
 *
 * @param {Session} session
 * @param {string} reader
 */
export async function knownEpoch(session, reader) {
  const { epoch, whyNot } = await standing(session, reader);
  if (!whyNot) return epoch;
  throw new EndedGroupError(whyNot, {
    hint: 'its owner runs `groups renew`, which brings it into force again',
  });
}

/**
 * Return whether and how a group can be granted something now.
 *
 * The server is asked again after five minutes. Raises UnpinnedError, VerificationError.
 *
 * @param {Session} session
 * @param {string} reader
 */
export async function standing(session, reader) {
  return verified(session, groupId(reader), await ownerOf(session, reader));
}

/**
 * Learn a group of an owner who is pinned, or is pinned by this call; both came from outside.
 *
 * Raises UnpinnedError, EndedGroupError, VerificationError.
 *
 * @param {Session} session
 * @param {string} reader
 * @param {string} owner
 */
export async function pinGroup(session, reader, owner, fingerprint = '') {
  const group = groupId(reader);
  await pins.knownCard(session, owner, fingerprint);
  const memory = (await session.state.load()).groups.get(group);
  if (memory && memory.known.owner !== owner) {
    throw new VerificationError(`group ${group} is known here as one of client ${memory.known.owner}`, {
      code: 'mismatch',
      hint: "ask that group's owner, by another channel than this server",
    });
  }
  await verified(session, group, owner);
  return knownEpoch(session, GROUP + group);
}

/**
 * Return the owner of a group that is known here; raises UnpinnedError.
 *
 * @param {Session} session
 * @param {string} reader
 */
export async function ownerOf(session, reader) {
  const group = groupId(reader);
  const memory = (await session.state.load()).groups.get(group);
  if (memory) return memory.known.owner;
  throw new UnpinnedError(`group ${group} is not known here`, {
    hint:
      "ask its owner, by another channel than this server, for the group's id and its own " +
      `fingerprint, and pass both once: --with group:${group} --owner CLIENT_ID --fingerprint FP`,
  });
}

/** Return the id in `group:ID`; raises MalformedError for what is none. @param {string} reader */
export function groupId(reader) {
  return encoding.uuid(isGroup(reader) ? reader.slice(GROUP.length) : reader, 'group id');
}

/** Whether a reader is a group. @param {string} reader */
export function isGroup(reader) {
  return reader.startsWith(GROUP);
}

/**
 * Return the cards of a group's owner, this client's own without asking anybody.
 *
 * @param {Session} session
 * @param {string} owner
 * @returns {Promise<Cards>}
 */
export async function ownerCards(session, owner) {
  if (owner !== session.me.id) return pins.knownCards(session, owner);
  return { card: session.me, earlier: session.former.map(({ card }) => card), successions: [] };
}

/**
 * Return what the server shows of a group; of its roster nothing is verified but its form.
 *
 * @param {Session} session
 * @param {string} group
 * @returns {Promise<Served>}
 */
export function served(session, group) {
  return session.verified.rosters.find(group, async () => {
    const answer = await pins.notFound(session.api.call(endpoints.ROSTER, { ids: [group] }));
    if (!answer) {
      throw new ApiRefused(`no group has the id ${group}`, {
        code: 'not_found',
        status: pins.NOT_FOUND,
        hint: '`groups show` lists those of this client; others are told by their owners',
      });
    }
    const { roster, leaves } = answer;
    return verifying(`the roster of group ${group}`, () => ({ roster: parseRoster(roster), leaves }));
  });
}

/**
 * Verify the roster that is served as one of this owner's, and remember it.
 *
 * Raises UnpinnedError, VerificationError.
 *
 * @param {Session} session
 * @param {string} group
 * @param {string} owner
 * @returns {Promise<Standing>}
 */
export async function verified(session, group, owner) {
  const kept = session.verified.rosters.current(group);
  try {
    return await standingOf(session, group, owner);
  } catch (error) {
    // Another run may have met a later one than this one keeps.
    if (!kept || !(error instanceof VerificationError)) throw error;
    session.verified.rosters.delete(group);
    return standingOf(session, group, owner);
  }
}

/** @param {Session} session @param {string} group @param {string} owner @returns {Promise<Standing>} */
async function standingOf(session, group, owner) {
  const { roster } = await served(session, group);
  const cards = await ownerCards(session, owner);
  const epoch = await asReader(roster);
  const name = plain(roster.name);
  const isToday = await verifying(`the roster of group ${group}`, async () => {
    if (!(await isByToday(roster, group, cards))) return false;
    await remember(session, roster);
    return true;
  });
  if (!isToday) {
    const whose = plain(cards.card.name);
    return { epoch, whyNot: `the roster of group ${name} is signed by keys of ${whose} that were succeeded` };
  }
  try {
    checkInForce(roster, session.now());
  } catch (error) {
    if (!(error instanceof ExpiredError)) throw error;
    const days = `from ${showDay(roster.issued)} to ${showDay(roster.expires)}`;
    return { epoch, whyNot: `group ${name}: ${error.message} (${days})` };
  }
  return { epoch, whyNot: '' };
}

/**
 * Whether the owner's card of today signed a roster, and not an earlier one; raises as `verifyRoster`.
 *
 * @param {Roster} roster
 * @param {string} group
 * @param {Cards} cards
 */
async function isByToday(roster, group, { card, earlier }) {
  for (const [at, owner] of [card, ...earlier].entries()) {
    try {
      await verifyRoster(roster, { group, owner });
      return at === 0;
    } catch (error) {
      if (!(error instanceof SignatureError)) throw error;
    }
  }
  throw new SignatureError('the signature of the roster is not by the expected key');
}

/**
 * Keep a roster that was verified as the latest; raises MismatchError if it does not follow.
 *
 * @param {Session} session
 * @param {Roster} roster
 */
async function remember(session, roster) {
  const now = await knownOf(roster);
  const before = (await session.state.load()).groups.get(roster.group);
  if (before && same(before.known.digest, now.digest)) return;
  await session.state.change(async (state) => {
    const memory = state.groups.get(roster.group);
    if (memory) await checkFollows(roster, memory.known);
    state.groups.set(roster.group, { known: now, removed: memory?.removed ?? new Map() });
  });
}
