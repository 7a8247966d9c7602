/**
 * Who else may have granted, or have, the keys of a form's stream (docs/protocol.md §7, "Generations").
 */

import { UnpinnedError, VerificationError } from '../errors.js';
import { formOf } from '../session.js';
import * as keyring from './keyring.js';
import * as pins from './pins.js';

/** @import { Card } from '../../envelope/keys.js' */
/** @import { Session, Stream } from '../session.js' */

/** Who owned a form before, and all their cards; not `areKnown` where one is missing. @typedef {{ids: string[], cards: Card[], areKnown: boolean}} FormerOwners */

/**
 * Return who owned a form before, nobody for a client's own type.
 *
 * With their earlier cards, too: they granted inboxes, to which a manifest commits, and cannot do so
 * anew. One that cannot be followed, after a theft there, is done without, and people are told: whose
 * form it was must not keep its owner of today from anything.
 *
 * @param {Session} session
 * @param {Stream} stream
 * @returns {Promise<FormerOwners>}
 */
export async function formerOwners(session, stream) {
  const form = formOf(stream);
  const former = (await session.state.load()).forms.get(form)?.former ?? [];
  const ids = [...new Set(former.map(({ id }) => id))].filter((id) => id !== session.me.id);
  /** @type {Card[]} */
  const cards = [];
  let areKnown = true;
  for (const id of ids) {
    try {
      const line = await pins.knownCards(session, id);
      cards.push(line.card, ...line.earlier);
    } catch (error) {
      if (!(error instanceof VerificationError || error instanceof UnpinnedError)) throw error;
      areKnown = false;
      session.tellOnce(`what ${id} granted when it had form ${form} is left: ${error.message}`);
    }
  }
  return { ids, cards, areKnown };
}

/**
 * Take note that the inboxes of a form that this client was granted so far are others', too.
 *
 * @param {Session} session
 * @param {string} form
 */
export async function spendGranted(session, form) {
  const found = await keyring.incoming(session);
  await session.state.change((state) => {
    for (const { stream, grants } of found) {
      if (formOf(stream) !== form) continue;
      state.spend(stream.writer, stream.type, Math.max(...grants.map(({ gen }) => gen)));
    }
  });
}
