/**
 * Whose a form is: followed from the owner that is remembered to today's (docs/protocol.md §8).
 *
 * Nobody is followed unasked: whoever takes a form gets what visitors write from then on. What the owner
 * who is known here has signed names the next one, and a person who heard of it elsewhere agrees.
 */

import { MAX_INT } from '../../envelope/encoding.js';
import { MismatchError } from '../../envelope/errors.js';
import { ownerOf, parseHandOver, verifyHandOver } from '../../envelope/hand_overs.js';
import { parseCard, showFingerprint } from '../../envelope/keys.js';
import { same } from '../../envelope/primitives.js';
import { OWNERS } from '../endpoints.js';
import { ConsentError, UnpinnedError, UsageError, VerificationError, verifying } from '../errors.js';
import { plain } from '../quoting.js';
import { hasCard } from '../session.js';
import * as followedCards from './followed_cards.js';
import * as generations from './generations.js';
import * as pins from './pins.js';

/** @import { HandOver, Party } from '../../envelope/hand_overs.js' */
/** @import { Card } from '../../envelope/keys.js' */
/** @import { Cards, Session } from '../session.js' */
/** @import { FormMemory, FormerOwner } from '../state.js' */
/** @import { Line } from './followed_cards.js' */

/**
 * Who has a form today, as those who had it before have signed; nobody agreed to it here yet.
 *
 * `card` is the one that the last hand-over names; `former` are all owners before, the first one first,
 * as far as they are known here.
 *
 * @typedef {{form: string, card: Card, former: FormerOwner[]}} NextOwner
 */

/**
 * Return who has a form today; raises UsageError where nothing is new, VerificationError.
 *
 * That is either an owner after the one that is known here, or owners before the first one.
 *
 * @param {Session} session
 * @param {string} form
 * @returns {Promise<NextOwner>}
 */
export async function find(session, form) {
  const known = (await session.state.load()).forms.get(form);
  if (!known) {
    throw new UsageError(`this client knows nothing of form ${form}`, {
      hint: "give the form's id, not its name",
    });
  }
  const answer = await session.api.call(OWNERS, { ids: [form] });
  const { steps, place, last } = await verifying(`the owners of form ${form}`, async () => {
    const steps = answer.hand_overs.map(parseHandOver);
    const place = joined(known, steps);
    return { steps, place, last: await checked(session, form, steps, place, answer.owners) };
  });
  const due = steps.slice(place);
  checkNotPassed(known, due);
  const unknown = steps.slice(0, Math.max(0, place - known.former.length));
  const before = await ownersBefore(session, form, unknown, answer.owners);
  const isNew = before.length > 0;
  const card = last ?? (isNew ? await pins.knownCard(session, known.owner) : undefined);
  if (!card) throw new UsageError(`form ${form} still belongs to client ${known.owner}`);
  return { form, card, former: [...before, ...known.former, ...due.map(formerOf)] };
}

/**
 * Verify hand-overs from a place on; returns the card that the last of them names, if there are any.
 *
 * @param {Session} session
 * @param {string} form
 * @param {HandOver[]} steps
 * @param {number} place
 * @param {Line[]} served
 */
async function checked(session, form, steps, place, served) {
  /** @type {Card | undefined} */
  let card;
  for (let at = place; at < steps.length; at += 1) {
    const step = /** @type {HandOver} */ (steps[at]);
    const giver = await cardsOf(session, step.giver, served, at === place);
    card = named(await cardsOf(session, step.taker, served), step.taker);
    await verifyHandOver(step, { form, giver: named(giver, step.giver), taker: card });
    await checkGiver(session, step, giver, steps[at - 1]);
  }
  return card;
}

/** @param {HandOver} step @returns {FormerOwner} */
const formerOf = ({ giver, version }) => ({ id: giver.id, version });

/**
 * Return the place of the owner that is known here among hand-overs.
 *
 * Raises MismatchError for those that do not join, or do not lead over what was followed.
 *
 * @param {FormMemory} known
 * @param {HandOver[]} steps
 */
function joined(known, steps) {
  const [first] = steps;
  if (first) ownerOf(MAX_INT, first.giver, steps);
  const place = placeOf(known, steps);
  if (place === undefined) throw new MismatchError('they do not lead over the owners that are known here');
  return place;
}

/**
 * Return how many hand-overs come before the owner that is known here; undefined if it has no part.
 *
 * This client may have met the form after the first ones. A form that came back has the owner in
 * several places: then it is the last one that can have signed the version that was seen.
 *
 * @param {FormMemory} known
 * @param {HandOver[]} steps
 */
function placeOf({ owner, version, former }, steps) {
  for (let place = steps.length; place >= former.length; place -= 1) {
    const since = steps[place - 1];
    const here = since?.taker.id ?? steps[0]?.giver.id ?? owner;
    const followed = steps.slice(place - former.length, place).map(formerOf);
    const isSameWay = followed.every(({ id, version: last }, at) => {
      return former[at]?.id === id && former[at]?.version === last;
    });
    const met = former.length > 0 || !since || version > since.version;
    if (owner === here && isSameWay && met) return place;
  }
  return undefined;
}

/**
 * Return who had a form before the first owner that is known here, as far back as is certain.
 *
 * Each has accepted it from the one before, who has to be pinned: what it signed can then be read.
 *
 * @param {Session} session
 * @param {string} form
 * @param {HandOver[]} steps
 * @param {Line[]} served
 */
async function ownersBefore(session, form, steps, served) {
  /** @type {FormerOwner[]} */
  const found = [];
  for (const step of [...steps].reverse()) {
    const { id } = step.giver;
    if (await isStrange(session, step.giver)) {
      session.notify(
        `client ${id} had form ${form} before, up to version ${step.version}: to read what came then, ` +
          '`trust add` its fingerprint, and follow the form again',
      );
      break;
    }
    try {
      await checkBefore(session, form, step, served);
    } catch (error) {
      if (!(error instanceof VerificationError || error instanceof UnpinnedError)) throw error;
      session.notify(`what client ${id} had of form ${form} cannot be read: ${error.message}`);
      break;
    }
    found.unshift(formerOf(step));
  }
  return found;
}

/**
 * Check a hand-over from before; who took the form vouches for who gave it.
 *
 * @param {Session} session
 * @param {string} form
 * @param {HandOver} step
 * @param {Line[]} served
 */
function checkBefore(session, form, step, served) {
  return verifying(`the owners of form ${form}`, async () => {
    const giver = named(await pins.knownCards(session, step.giver.id), step.giver);
    const takers = await cardsOf(session, step.taker, served);
    const taker = named(takers, step.taker);
    await verifyHandOver(step, { form, giver, taker });
    checkNotStolen(step, takers, lineOf(takers).indexOf(taker));
  });
}

/**
 * Refuse a hand-over at a version that its giver went beyond afterwards, as was seen here.
 *
 * @param {FormMemory} known
 * @param {HandOver[]} steps
 */
function checkNotPassed({ version }, [first]) {
  if (!first || version <= first.version) return;
  throw new VerificationError(
    `version ${version} of form ${first.form} was seen from its owner, who is said to have handed it ` +
      `over at version ${first.version}`,
    { code: 'mismatch' },
  );
}

/**
 * Follow hand-overs to the owner that a person knows by its fingerprint; return its id.
 *
 * Raises ConsentError where it is pinned neither here nor by this call, VerificationError.
 *
 * @param {Session} session
 * @param {NextOwner} found
 */
export async function agree(session, { form, card, former }, fingerprint = '') {
  const owner = card.id;
  const isOwn = owner === session.me.id;
  if (!fingerprint && !isOwn && !(await session.state.load()).pins.has(owner)) {
    throw new ConsentError(`${card.name} (${owner}) is to own form ${form}, and is not known here`, {
      hint:
        'ask that party for its fingerprint, and pass --fingerprint; the one that was signed is ' +
        showFingerprint(card.fingerprint),
    });
  }
  if (fingerprint) await pins.pin(session, owner, fingerprint);
  if (!hasCard(await pins.knownCards(session, owner), card.fingerprint)) {
    throw new VerificationError(
      `form ${form} was handed to another card of client ${owner} than is known here`,
      { code: 'fingerprint', hint: followedCards.CHANGED },
    );
  }
  await session.state.change((state) => {
    const { version, hash } = /** @type {FormMemory} */ (state.forms.get(form));
    state.forms.set(form, { owner, version, hash, former });
  });
  session.verified.owners.delete(form);
  // On another machine; which inboxes are from then, nobody tells.
  if (isOwn) await generations.spendGranted(session, form);
  return owner;
}

/** All cards of a client, the oldest first. @param {Cards} cards */
const lineOf = ({ card, earlier }) => [...earlier, card];

/**
 * Refuse what a card signed that may not give the form (any more), though its client may.
 *
 * It is no earlier one than the client took the form with, nobody stole it, and if it was succeeded
 * since, its past says that the form's version was its own. `before` is the hand-over before this one.
 * Raises MismatchError, VerificationError.
 *
 * @param {Session} session
 * @param {HandOver} step
 * @param {Cards} cards
 * @param {HandOver} [before]
 */
async function checkGiver(session, step, cards, before) {
  const line = lineOf(cards);
  const at = line.indexOf(named(cards, step.giver));
  const since = before ? line.indexOf(named(cards, before.taker)) : 0;
  if (at < since) {
    throw new MismatchError('it is signed by an earlier card than the form was taken with');
  }
  checkNotStolen(step, cards, (await isStrange(session, step.giver)) ? since : at);
  if (at === line.length - 1) return;
  const old = (await pins.withPasts(session, step.giver.id, cards))[at];
  if (!old?.standsForManifest(step)) {
    throw new MismatchError('it is signed by keys that were succeeded before');
  }
}

/**
 * Refuse what may be a thief's: a key file keeps the seeds before the one that was stolen.
 *
 * @param {HandOver} step
 * @param {Cards} cards
 * @param {number} at
 */
function checkNotStolen({ form }, { card, successions }, at) {
  if (!successions.slice(at).some(({ compromised }) => compromised)) return;
  throw new VerificationError(
    `the hand-over of form ${form} is signed by keys of ${plain(card.name)} (${card.id}) that were ` +
      'stolen, as it says: a thief may have done so',
    {
      code: 'compromised',
      hint:
        'ask that party, by another channel than this server, whether it gave the form away; if it ' +
        `did, \`recover TYPE --writer ${card.id}\` begins anew with its forms`,
    },
  );
}

/** Whether nobody has compared the card of a client, so that the hand-overs alone name it. @param {Session} session @param {Party} party */
async function isStrange(session, { id }) {
  return id !== session.me.id && !(await session.state.load()).pins.has(id);
}

/**
 * Return the cards of a client: of one that is pinned, or as a signed step names it.
 *
 * The first who gives is the owner that is known here, whom nothing but a pin can name.
 *
 * @param {Session} session
 * @param {Party} party
 * @param {Line[]} served
 */
async function cardsOf(session, party, served, isFirst = false) {
  if (isFirst || !(await isStrange(session, party))) return pins.knownCards(session, party.id);
  return asServed(party, served);
}

/** Return the card that a hand-over names. @param {Cards} cards @param {Party} party */
function named(cards, { fingerprint }) {
  const card = [cards.card, ...cards.earlier].find((one) => same(one.fingerprint, fingerprint));
  if (!card) throw new MismatchError('a hand-over names a card that its client never had');
  return card;
}

/** @param {Party} party @param {Line[]} served @returns {Promise<Cards>} */
async function asServed({ id, fingerprint }, served) {
  for (const line of served) {
    const card = await parseCard(line.card);
    if (card.id !== id) continue;
    if (!line.successions.length) return { card, earlier: [], successions: [] };
    return followedCards.read(line, { clientId: id, fingerprint, known: [] });
  }
  throw new MismatchError("an owner's card is missing");
}
