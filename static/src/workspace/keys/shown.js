/** What the page is shown of a key file and of who holds it: nothing that is secret. */

import { PASSKEY } from '../../envelope/key_files.js';
import { showFingerprint } from '../../envelope/keys.js';
import { mayLeave } from '../../client/acts/server_copies.js';

/** @import { Slot } from '../../envelope/key_files.js' */
/** @import { Copy } from '../../client/acts/server_copies.js' */
/** @import { ShownError } from './acts.js' */
/** @import { KeptKeys } from '../../client/saving.js' */

/**
 * A way in; of a passkey also where it belongs, and what its PRF is asked for.
 *
 * @param {Slot} slot
 */
export function shownSlot({ id, kind, label, made, proved, params }) {
  const { rp, credential, salt } = params;
  return { id, kind, label, made, proved, ...(kind === PASSKEY && { rp, credential, salt }) };
}

/**
 * A key file that is closed.
 *
 * @param {Copy} copy
 */
export function shownFile({ file, memory, made, state, fetched }) {
  const { card, serial, slots } = file;
  return {
    id: card.id,
    name: card.name,
    fingerprint: showFingerprint(card.fingerprint),
    serial,
    slots: slots.map(shownSlot),
    fetched,
    made,
    hasMemory: memory.length > 0 || state !== undefined,
  };
}

/**
 * Whose keys are open; `memory` says whether what is remembered may be left with the server as it
 * changes, `kept` where file and memory are as they are now, besides here.
 *
 * @param {KeptKeys} keys
 * @param {{server: string, expires: string, missing?: ShownError | null, made?: number}} more
 */
export async function shownWho(keys, { server, expires, missing = null, made = 0 }) {
  const [{ credentials, kept }, state] = [keys, await keys.state.load()];
  const { file, card, clientId, secrets } = credentials;
  return {
    id: clientId,
    name: card.name,
    fingerprint: showFingerprint(card.fingerprint),
    serial: file.serial,
    server: secrets.api_url || server,
    slots: file.slots.map(shownSlot),
    unconfirmed: !keys.mayBeUsed(state),
    memory: mayLeave(file),
    kept,
    missing,
    made,
    expires,
  };
}
