/** Whom this client knows: fingerprints that came from outside the server, and their cards. */

import * as encoding from '../../envelope/encoding.js';
import { MalformedError } from '../../envelope/errors.js';
import { parseCard, pinned, readFingerprint, showFingerprint } from '../../envelope/keys.js';
import { same } from '../../envelope/primitives.js';
import { alike, pasted } from '../../envelope/seen.js';
import { follow, parsePast, pastDigest, stepDigest } from '../../envelope/successions.js';
import * as endpoints from '../endpoints.js';
import { ApiRefused, ClientError, UnpinnedError, UsageError, VerificationError, verifying } from '../errors.js';
import { meant } from '../near_names.js';
import { hasCard } from '../session.js';
import * as followedCards from './followed_cards.js';
import { CHANGED, checkSameLine, isSameCard } from './followed_cards.js';

/** @import { Bytes } from '../../envelope/encoding.js' */
/** @import { Card } from '../../envelope/keys.js' */
/** @import { Earlier, Past } from '../../envelope/successions.js' */
/** @import { Cards, Session } from '../session.js' */
/** @import { Line } from './followed_cards.js' */

const IDS = '`shares` lists client ids; a party that is not there yet finds its own with `whoami`';
export const NOT_FOUND = 404;
const FINGERPRINT_CHARACTERS = 52;

/**
 * Pin a client's fingerprint as people exchange it, and return its verified card.
 *
 * Raises UsageError for what is no fingerprint, VerificationError if another one is pinned already or
 * the server's card does not have it.
 *
 * @param {Session} session
 * @param {string} clientId
 * @param {string} shown
 * @returns {Promise<Card>}
 */
export async function pin(session, clientId, shown) {
  encoding.uuid(clientId, 'client id');
  const fingerprint = readShown(shown);
  const known = (await session.state.load()).pins.get(clientId);
  const cards = await fetch(session, clientId, known ?? fingerprint).catch((error) => {
    throw notTheGiven(error, clientId, fingerprint, known);
  });
  // An earlier card of theirs leads to today's.
  if (known && !hasCard(cards, fingerprint)) checkSamePin(cards.card.fingerprint, fingerprint, clientId);
  const today = cards.card.fingerprint;
  const isToday = same(fingerprint, today); // then a person has compared just that
  if (!isToday) followedCards.checkNotStolen(clientId, cards, known ?? fingerprint);
  await followedCards.remember(session, clientId, cards);
  await session.state.change((state) => {
    checkSamePin(state.pins.get(clientId) ?? today, today, clientId);
    state.pins.set(clientId, today);
    state.names.set(clientId, cards.card.name);
    if (!state.since.has(clientId)) state.since.set(clientId, session.now());
  });
  if (!known && !isToday) {
    session.notify(
      `the fingerprint that you gave is of earlier keys of ${cards.card.name}: today's is ` +
        showFingerprint(today),
    );
  }
  session.verified.cards.set(clientId, cards);
  return cards.card;
}

/**
 * @param {unknown} error
 * @param {string} clientId
 * @param {Bytes} fingerprint
 * @param {Bytes} [known]
 */
function notTheGiven(error, clientId, fingerprint, known) {
  if (!(error instanceof VerificationError) || error.code !== 'fingerprint') return error;
  checkSamePin(known ?? fingerprint, fingerprint, clientId);
  if (known) return error;
  return new VerificationError(
    'the fingerprint that you gave does not fit the card that the server shows for client ' +
      `${clientId}: compare it with them again`,
    { code: error.code, hint: error.hint, cause: error },
  );
}

/**
 * Return the card of a client that is pinned, or is pinned by this call.
 *
 * Raises UnpinnedError, and VerificationError where the server has another card.
 *
 * @param {Session} session
 * @param {string} clientId
 */
export async function knownCard(session, clientId, fingerprint = '') {
  if (clientId === session.me.id) return session.me;
  if (fingerprint) return pin(session, clientId, fingerprint);
  return (await knownCards(session, clientId)).card;
}

/**
 * Return the cards of a client that is pinned, or of this one itself: today's and earlier ones.
 *
 * Raises UnpinnedError, VerificationError; ForkError, RollbackError where they are not those that were
 * followed before.
 *
 * @param {Session} session
 * @param {string} clientId
 */
export function knownCards(session, clientId) {
  return session.verified.cards.find(clientId, async () => {
    const fingerprint = await pinnedFingerprint(session, clientId);
    return remembered(session, clientId, await fetch(session, clientId, fingerprint), fingerprint);
  });
}

/**
 * Return this client's card, served with what led to it; raises as `knownCards`.
 *
 * @param {Session} session
 * @param {Line} served
 */
export async function ownCard(session, served) {
  const { id, fingerprint } = session.me;
  const cards = await read(session, served, id, fingerprint);
  return (await remembered(session, id, cards, fingerprint)).card;
}

/** @param {Session} session @param {string} clientId @param {Cards} cards @param {Bytes} fingerprint */
async function remembered(session, clientId, cards, fingerprint) {
  const isOwn = clientId === session.me.id;
  if (isOwn && !isSameCard(cards.card, session.me)) {
    throw new VerificationError('these keys were succeeded by others, of this very client', {
      code: 'fingerprint',
      hint:
        'use the newest key file of this client; if nobody rotated its keys, somebody else has its ' +
        'recovery secret',
    });
  }
  followedCards.checkNotStolen(clientId, cards, fingerprint);
  if (isOwn) await spendEarlier(session, cards);
  await followedCards.remember(session, clientId, cards);
  return cards;
}

/**
 * Take note of what own earlier cards opened, as far as this memory has not followed them.
 *
 * They were rotated on another machine, or the memory was lost. Raises VerificationError.
 *
 * @param {Session} session
 * @param {Cards} cards
 */
async function spendEarlier(session, { successions }) {
  const { id } = session.me;
  const { lines, rotating } = await session.state.load();
  const begun = rotating && (await stepDigest(rotating.succession));
  for (const step of successions.slice(lines.get(id)?.length ?? 0)) {
    if (begun && same(begun, await stepDigest(step))) continue; // what it opened was noted then
    const past = await fetchPast(session, id, step.number);
    if (!past || !same(await pastDigest(past), step.past)) {
      throw new VerificationError(
        'the server does not tell what earlier keys of this client still stand for',
        { code: 'mismatch', hint: 'nothing was written: ask who runs the server' },
      );
    }
    await session.state.change((state) => {
      for (const { writer, type, gen } of past.streams) state.spend(writer, type, gen);
    });
  }
}

/**
 * Return the earlier cards of a client with what they still stand for, the oldest first.
 *
 * They stand for nothing where the server does not tell their past. Raises as `knownCards`.
 *
 * @param {Session} session
 * @param {string} clientId
 * @returns {Promise<readonly Earlier[]>}
 */
export function earlierCards(session, clientId) {
  return session.verified.earlier.find(clientId, async () =>
    withPasts(session, clientId, await knownCards(session, clientId)),
  );
}

/**
 * Return the earlier ones of a client's verified cards with what they still stand for.
 *
 * @param {Session} session
 * @param {string} clientId
 * @param {Cards} cards
 */
export async function withPasts(session, clientId, { card, earlier, successions }) {
  const found = await Promise.all(successions.map(({ number }) => fetchPast(session, clientId, number)));
  const pasts = found.flatMap((past) => past ?? []);
  const [first = card] = earlier;
  return verifying(`what earlier cards of client ${clientId} stand for`, async () => {
    return (await follow(first, [...successions], pasts)).earlier;
  });
}

/**
 * @param {Session} session
 * @param {string} clientId
 * @param {number} number
 * @returns {Promise<Past | undefined>}
 */
async function fetchPast(session, clientId, number) {
  const answer = await notFound(session.api.call(endpoints.PAST, { ids: [clientId, String(number)] }));
  if (!answer) return undefined;
  return verifying(`what an earlier card of client ${clientId} stands for`, () => parsePast(answer.past));
}

/**
 * Return what a call does, undefined where the server has no such thing.
 *
 * @template T
 * @param {Promise<T>} call
 */
export async function notFound(call) {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ApiRefused && error.status === NOT_FOUND) return undefined;
    throw error;
  }
}

/**
 * Return a fingerprint (32 bytes) as people exchange it; raises UsageError, which says why not.
 *
 * 256 bits fill 51 characters of five bits and one bit of the last: only that one can be checked.
 *
 * @param {string} shown
 */
export function readShown(shown) {
  const text = pasted(shown);
  try {
    return readFingerprint(text);
  } catch (cause) {
    if (!(cause instanceof MalformedError)) throw cause;
    const characters = text.replaceAll('-', '').toUpperCase();
    const strange = [...new Set(characters)].filter((one) => !/[A-Z2-7]/.test(one)).sort();
    let why = `nobody has a fingerprint that ends with ${characters.slice(-1)}: one was mistyped`;
    if (strange.length) {
      why = `a fingerprint has A-Z and 2-7 only, and no ${strange.join(' ')}`;
    } else if (characters.length !== FINGERPRINT_CHARACTERS) {
      why = `a fingerprint has ${FINGERPRINT_CHARACTERS} characters, and not ${characters.length}`;
    }
    throw new UsageError(why, { hint: "copy it again from what that party's `whoami` shows", cause });
  }
}

/**
 * Return the id of the client that was named: by its id, or by the name of one that is pinned.
 *
 * Raises UsageError for a name that nobody has who is pinned here, or several.
 *
 * @param {Session} session
 * @param {string} named
 */
export async function find(session, named) {
  const id = pasted(named).toLowerCase();
  if (encoding.UUID.test(id)) return encoding.uuid(id, 'client id');
  const { names, pins } = await session.state.load();
  const known = [...names].filter(([one]) => pins.has(one));
  const found = known.filter(([, name]) => alike(name) === alike(named)).map(([one]) => one).sort();
  const [only] = found;
  if (only && found.length === 1) return only;
  if (only) {
    throw new UsageError(`${found.length} clients are pinned here under the name ${alike(named)}`, {
      hint: `name one by its id: ${found.join(', ')}`,
    });
  }
  const near = meant([alike(named)], known.map(([, name]) => name));
  throw new UsageError(
    `'${alike(named)}' is no client id, and no client is pinned here under that name`,
    { hint: [near, IDS].filter(Boolean).join('; ') },
  );
}

/**
 * Return the name on a pinned client's card, "" if there is none that can be trusted.
 *
 * It is remembered since the card was verified: names on cards do not change.
 *
 * @param {Session} session
 * @param {string} clientId
 */
export async function nameOf(session, clientId) {
  const remembered = (await session.state.load()).names.get(clientId);
  if (remembered) return remembered;
  try {
    return (await knownCard(session, clientId)).name;
  } catch (error) {
    if (error instanceof ClientError) return '';
    throw error;
  }
}

/**
 * Return what is pinned for a client (32 bytes), oneself included; raises UnpinnedError.
 *
 * @param {Session} session
 * @param {string} clientId
 */
export async function pinnedFingerprint(session, clientId) {
  if (clientId === session.me.id) return session.me.fingerprint;
  const fingerprint = (await session.state.load()).pins.get(clientId);
  if (fingerprint) return fingerprint;
  throw new UnpinnedError(`the fingerprint of client ${clientId} is not known here`, {
    hint:
      'ask that party for it, by another channel than this server (its `whoami` shows it), and pass ' +
      `it once: --fingerprint FP with the client id ${clientId}`,
  });
}

/**
 * Whether this fingerprint is pinned for a client, oneself included, or leads to what is.
 *
 * @param {Session} session
 * @param {string} clientId
 * @param {Bytes} fingerprint
 */
export async function isPinned(session, clientId, fingerprint) {
  if (clientId === session.me.id) {
    return [session.me, ...session.former.map(({ card }) => card)].some((card) =>
      same(fingerprint, card.fingerprint),
    );
  }
  const { pins, lines } = await session.state.load();
  const pin = pins.get(clientId);
  if (!pin) return false;
  if (same(pin, fingerprint)) return true;
  return lines.has(clientId) && hasCard(await knownCards(session, clientId), fingerprint);
}

/**
 * Parse a served card and refuse any but the pinned client's (docs/protocol.md §11, 1).
 *
 * @param {unknown} value
 * @param {{clientId: string, fingerprint: Bytes}} expected
 */
export async function checkCard(value, { clientId, fingerprint }) {
  const parsed = async () => pinned(await parseCard(value), fingerprint);
  const card = await verifying(`the card of client ${clientId}`, parsed, { hint: CHANGED });
  if (card.id !== clientId) {
    throw new VerificationError(`the card is not that of client ${clientId}`, { code: 'mismatch' });
  }
  return card;
}

/**
 * Refuse to pin another fingerprint than the one that is pinned.
 *
 * @param {Bytes} known
 * @param {Bytes} given
 * @param {string} clientId
 */
export function checkSamePin(known, given, clientId) {
  if (same(known, given)) return;
  throw new VerificationError(
    `another fingerprint is pinned for client ${clientId}: ${showFingerprint(known)}`,
    { code: 'fingerprint', hint: CHANGED },
  );
}

/** @param {Session} session @param {string} clientId @param {Bytes} fingerprint */
async function fetch(session, clientId, fingerprint) {
  const served = await notFound(session.api.call(endpoints.CLIENT, { ids: [clientId] }));
  if (served) return read(session, served, clientId, fingerprint);
  throw new ApiRefused(`no client has the id ${clientId}`, {
    code: 'not_found',
    status: NOT_FOUND,
    hint: IDS,
  });
}

/**
 * @param {Session} session
 * @param {Line} served
 * @param {string} clientId
 * @param {Bytes} fingerprint
 * @returns {Promise<Cards>}
 */
async function read(session, served, clientId, fingerprint) {
  const known = (await session.state.load()).lines.get(clientId) ?? [];
  if (served.successions.length || served.first !== null) {
    return followedCards.read(served, { clientId, fingerprint, known });
  }
  checkSameLine(clientId, known, []);
  const card = await checkCard(served.card, { clientId, fingerprint });
  return { card, earlier: [], successions: [] };
}
