/**
 * The cards of a client, one after the other: followed from a pin to today's (docs/protocol.md §4).
 *
 * A server that shows fewer steps than were followed before, or another one in the place of one of
 * them, is believed neither.
 */

import { dumpJson } from '../../envelope/encoding.js';
import { FingerprintError, MismatchError } from '../../envelope/errors.js';
import { dumpCard, parseCard } from '../../envelope/keys.js';
import { same } from '../../envelope/primitives.js';
import { follow, parseSuccession, stepDigest } from '../../envelope/successions.js';
import { ForkError, RollbackError, VerificationError, verifying } from '../errors.js';
import { plain } from '../quoting.js';
import { hasCard } from '../session.js';

/** @import { Bytes } from '../../envelope/encoding.js' */
/** @import { Card } from '../../envelope/keys.js' */
/** @import { Succession } from '../../envelope/successions.js' */
/** @import { Cards, Session } from '../session.js' */
/** @import { State } from '../state.js' */

export const CHANGED =
  'do not go on: ask that party, by another channel than this server, what its `whoami` shows';

/** A client's line as it is served. @typedef {{card: unknown, first: unknown, successions: unknown[]}} Line */

/**
 * Return a client's cards as they are served, each step verified from the first one on.
 *
 * The pinned one, by its fingerprint (32 bytes), may stand anywhere among them; `known` are the steps
 * that were followed before. Raises VerificationError.
 *
 * @param {Line} served
 * @param {{clientId: string, fingerprint: Bytes, known: readonly Bytes[]}} expected
 * @returns {Promise<Cards>}
 */
export async function read(served, { clientId, fingerprint, known }) {
  const [what, about] = [`the cards of client ${clientId}`, { hint: CHANGED }];
  const { cards, digests } = await verifying(
    what,
    async () => {
      const [first, today] = [await parseCard(served.first), await parseCard(served.card)];
      const successions = await Promise.all(served.successions.map(parseSuccession));
      const line = await follow(first, successions);
      checkWhole(clientId, first, successions, today, line.card);
      const earlier = line.earlier.map(({ card }) => card);
      return {
        cards: { card: today, earlier, successions },
        digests: await Promise.all(successions.map(stepDigest)),
      };
    },
    about,
  );
  checkSameLine(clientId, known, digests);
  await verifying(what, () => checkHas(cards, fingerprint), about);
  return cards;
}

/**
 * Refuse a line of another client, one without its beginning, or with another end.
 *
 * @param {string} clientId
 * @param {Card} first
 * @param {Succession[]} steps
 * @param {Card} today
 * @param {Card} last
 */
function checkWhole(clientId, first, steps, today, last) {
  if (first.id !== clientId) throw new MismatchError('they are of another client');
  if (steps[0]?.number !== 1) throw new MismatchError('the first step of the line is missing');
  if (!isSameCard(today, last)) {
    throw new MismatchError("the line does not lead to the card that is shown as today's");
  }
}

/**
 * Whether two cards are the same, signature and all.
 *
 * @param {Card} one
 * @param {Card} other
 */
export function isSameCard(one, other) {
  return same(dumpJson(dumpCard(one)), dumpJson(dumpCard(other)));
}

/** Refuse a line that the pinned card does not stand in. @param {Cards} cards @param {Bytes} fingerprint */
function checkHas(cards, fingerprint) {
  if (!hasCard(cards, fingerprint)) {
    throw new FingerprintError('none of them is the one that was pinned');
  }
}

/**
 * Refuse a way from the pinned card, by its fingerprint (32 bytes), over one that was stolen.
 *
 * Whoever has the recovery sheet alone could have signed it, and a thief of the keys the card before:
 * which of the two is that client, only people can find out.
 *
 * @param {string} clientId
 * @param {Cards} cards
 * @param {Bytes} fingerprint
 */
export function checkNotStolen(clientId, { card, earlier, successions }, fingerprint) {
  const line = [...earlier, card];
  const at = line.findIndex((one) => same(one.fingerprint, fingerprint));
  if (!successions.slice(at < 0 ? line.length : at).some(({ compromised }) => compromised)) return;
  const who = `${plain(card.name)} (${clientId})`;
  throw new VerificationError(
    `${who} says that its keys were stolen, and names new ones, which nobody here has compared`,
    {
      code: 'compromised',
      hint:
        'ask that party, by another channel than this server, what its `whoami` shows, ' +
        `and pin that: \`trust add ${clientId} --fingerprint FP\``,
    },
  );
}

/**
 * Keep the steps that were followed, and let a pin move on to today's card; people are told.
 *
 * Own streams that the client reads are marked: their next generation is for its new keys. Raises
 * ForkError, RollbackError.
 *
 * @param {Session} session
 * @param {string} clientId
 * @param {Cards} cards
 */
export async function remember(session, clientId, cards) {
  const steps = await Promise.all(cards.successions.map(stepDigest));
  const before = await session.state.load();
  const known = before.lines.get(clientId) ?? [];
  checkSameLine(clientId, known, steps);
  const pin = before.pins.get(clientId);
  const isThere = !pin || same(pin, cards.card.fingerprint);
  if (!steps.length || (steps.length === known.length && isThere)) return;
  const { moved, forms } = await session.state.change((state) => {
    checkSameLine(clientId, state.lines.get(clientId) ?? [], steps);
    state.lines.set(clientId, steps);
    const moved = move(state, clientId, cards);
    return { moved, forms: state.formsToRenew(clientId) };
  });
  if (!moved) return;
  tell(session, clientId, cards);
  for (const form of forms) {
    session.notify(
      `publish form ${form} again: what it collects is read by ${plain(cards.card.name)}, and goes ` +
        'to its old keys until then',
    );
  }
}

/**
 * Refuse a line that does not begin with what was followed before.
 *
 * @param {string} clientId
 * @param {readonly Bytes[]} known
 * @param {readonly Bytes[]} shown
 */
export function checkSameLine(clientId, known, shown) {
  const common = Math.min(known.length, shown.length);
  const isFork = known.slice(0, common).some((step, at) => !same(step, shown[at] ?? new Uint8Array()));
  if (isFork) {
    throw new ForkError(`the server shows another next card of client ${clientId} than before`);
  }
  if (shown.length >= known.length) return;
  throw new RollbackError(
    `the server shows ${shown.length} successions of client ${clientId}; ${known.length} were ` +
      'followed before',
    { hint: 'the server lost data or is lying, and nothing was sent: ask who runs it' },
  );
}

/** Let the pin of a client name today's card. @param {State} state @param {string} clientId @param {Cards} cards */
function move(state, clientId, { card }) {
  const pin = state.pins.get(clientId);
  if (!pin || same(pin, card.fingerprint)) return false;
  state.pins.set(clientId, card.fingerprint);
  for (const memory of state.streams.values()) {
    if (memory.readers.has(clientId)) memory.renew.add(clientId);
  }
  return true;
}

/** @param {Session} session @param {string} clientId @param {Cards} cards */
function tell(session, clientId, { card, successions }) {
  const who = `${plain(card.name)} (${clientId})`;
  session.notify(
    successions.some(({ compromised }) => compromised)
      ? `KEYS WERE STOLEN: ${who} says that somebody else may have its old keys, and goes on under ` +
          'new ones, which you compared; what only the old ones signed may be a thief\'s'
      : `${who} goes on under new keys, which its old ones and its recovery key sign`,
  );
}
