/** Who is pinned here, and what of this client they read. */

import { GROUP } from '../../envelope/encoding.js';
import { UsageError } from '../errors.js';
import { unpaired } from '../state.js';

/** @import { Bytes } from '../../envelope/encoding.js' */
/** @import { Session, Stream } from '../session.js' */

/**
 * A client that is pinned; `since` is in seconds since 1970, 0 if that is not known.
 *
 * `reads` are the own streams that it was granted, as far as this client remembers.
 *
 * @typedef {{id: string, name: string, fingerprint: Bytes, since: number, reads: Stream[]}} Pin
 */

/**
 * Return who is pinned, by name; nobody is asked.
 *
 * @param {Session} session
 * @returns {Promise<Pin[]>}
 */
export async function listed(session) {
  const { pins, names, since, streams } = await session.state.load();
  const found = [...pins].map(([id, fingerprint]) => {
    const read = [...streams].filter(([, { readers }]) => readers.has(id)).map(([key]) => unpaired(key));
    const reads = read.map(([writer, type]) => ({ writer, type }));
    return { id, name: names.get(id) ?? '', fingerprint, since: since.get(id) ?? 0, reads };
  });
  const key = (/** @type {Pin} */ one) => `${one.name}\0${one.id}`;
  return found.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/**
 * Pin a client no longer; raises UsageError for one that is not, or that reads something.
 *
 * Who reads a stream is granted its next generation, too, and whom this client does not know would
 * silently be left out.
 *
 * @param {Session} session
 * @param {string} clientId
 */
export async function forget(session, clientId) {
  const one = (await listed(session)).find(({ id }) => id === clientId);
  if (one?.reads.length) {
    const shared = one.reads.map(({ type }) => type).join(', ');
    throw reading(`${one.name || clientId} reads ${shared} of this client`);
  }
  const state = await session.state.load();
  const owned = [...state.groups].filter(([, { known }]) => known.owner === clientId).sort();
  for (const [id, { known }] of owned) {
    const shared = [...state.streams].filter(([, { readers }]) => readers.has(GROUP + id));
    if (!shared.length) continue;
    const types = shared.map(([key]) => unpaired(key)[1]).sort().join(', ');
    throw reading(`the group ${known.name} of client ${clientId} reads ${types} of this client`);
  }
  await session.state.change((changed) => {
    if (!changed.pins.has(clientId)) {
      throw new UsageError(`client ${clientId} is not pinned here`, { hint: '`trust list` shows who' });
    }
    for (const known of [changed.pins, changed.names, changed.since]) known.delete(clientId);
    for (const [group] of owned) changed.groups.delete(group);
  });
  session.verified.cards.delete(clientId);
}

/** @param {string} message */
const reading = (message) =>
  new UsageError(message, { hint: 'end that first, with `revoke`; `shares` shows what there is' });
