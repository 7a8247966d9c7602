/** Who a client is: its key file, opened, and the server that knows it. */

import { b64, unb64 } from '../envelope/encoding.js';
import { EnvelopeError } from '../envelope/errors.js';
import { openKeyFile, parseKeyFile, sealKeyFile } from '../envelope/key_files.js';
import { ClientKeys, NO_RECOVERY, makeCard } from '../envelope/keys.js';
import { KEY, random } from '../envelope/primitives.js';
import { CredentialsError, coded } from './errors.js';
import { recoverySlot } from './slots.js';

/** @import { Card } from '../envelope/keys.js' */
/** @import { KeyFile, Secrets, Slot } from '../envelope/key_files.js' */
/** @import { ApiKey } from './api.js' */
/** @import { Recovery, Way } from './slots.js' */

const RESTORE = 'take a copy of it, or the one at the server, which the recovery code opens';

/** An own card that was succeeded, and the keys that it was made of. @typedef {{card: Card, keys: ClientKeys}} Former */

/** A key file and what is in it; it is not changed in place. */
export class Credentials {
  #secrets;
  #keys;

  /** @param {{file: KeyFile, secrets: Secrets, keys: ClientKeys}} opened */
  constructor({ file, secrets, keys }) {
    this.file = file;
    this.#secrets = secrets;
    this.#keys = keys;
  }

  get secrets() {
    return this.#secrets;
  }

  /** The client's keys, which were seen to grow its card. */
  get keys() {
    return this.#keys;
  }

  get clientId() {
    return this.file.card.id;
  }

  get card() {
    return this.file.card;
  }

  /** What the server knows the client by, null before the enrolment is complete. @returns {ApiKey | null} */
  get apiKey() {
    return this.#secrets.api_key;
  }

  /**
   * The client's earlier cards with their keys, the newest first.
   *
   * The recovery key and the name stay, so that each seed tells the whole card.
   *
   * @returns {Promise<Former[]>}
   */
  former() {
    const { id, name, recovery } = this.card;
    return Promise.all(
      this.#secrets.seeds.slice(1).map(async (seed) => {
        const keys = await ClientKeys.fromSeed(unb64(seed, KEY));
        return { keys, card: await makeCard({ keys, id, name, recovery }) };
      }),
    );
  }

  /**
   * Return the same with other secrets, other slots or another serial, sealed anew.
   *
   * @param {{secrets?: Secrets, slots?: readonly Slot[], serial?: number}} changes
   */
  async changed({ secrets = this.#secrets, slots = this.file.slots, serial = this.file.serial }) {
    const file = await sealKeyFile({ card: this.card, serial, slots: [...slots], secrets });
    return new Credentials({ file, secrets, keys: this.#keys });
  }
}

/** The keys of what is in a key file. @param {Secrets} secrets */
async function keysOf({ seeds: [seed = ''], state, ids: [ids = ''] }) {
  const { kem, sig } = await ClientKeys.fromSeed(unb64(seed, KEY));
  return new ClientKeys({ seed: unb64(seed, KEY), kem, sig, state: unb64(state, KEY), ids: unb64(ids, KEY) });
}

/**
 * Return the credentials of a new client, with serial 1; nobody knows of it yet.
 *
 * @param {object} made
 * @param {string} made.id
 * @param {ClientKeys} made.keys
 * @param {string} made.name
 * @param {string} made.apiUrl
 * @param {readonly Slot[]} made.slots
 * @param {Recovery} [made.recovery]
 */
export async function newCredentials({ id, keys, name, apiUrl, slots, recovery }) {
  /** @type {Secrets} */
  const secrets = {
    seeds: [b64(keys.seed)],
    ids: [b64(keys.ids)],
    state: b64(keys.state),
    fetch: b64(random(KEY)),
    api_url: apiUrl,
    api_key: null,
    token: '',
    pending: null,
    unconfirmed: false,
  };
  const card = await makeCard({ keys, id, name, recovery: recovery?.public ?? NO_RECOVERY });
  const paper = recovery ? [await recoverySlot(recovery, card)] : [];
  const file = await sealKeyFile({ card, serial: 1, slots: [...slots, ...paper], secrets });
  return new Credentials({ file, secrets, keys });
}

/**
 * Return a key file as the secret of one of its slots opens it; raises CredentialsError.
 *
 * @param {KeyFile} file
 * @param {Way} way
 */
export async function opened(file, { slot, secret }) {
  try {
    const secrets = await openKeyFile(file, slot, secret);
    return new Credentials({ file, secrets, keys: await keysOf(secrets) });
  } catch (cause) {
    if (!(cause instanceof EnvelopeError)) throw cause;
    const message = `the key file was altered since it was written: ${cause.message}`;
    throw coded('altered', new CredentialsError(message, { hint: RESTORE, cause }));
  }
}

/**
 * Parse the bytes of a key file; nothing is opened, and nothing computed. Raises CredentialsError.
 *
 * @param {Uint8Array} raw
 */
export async function read(raw) {
  try {
    return await parseKeyFile(raw);
  } catch (cause) {
    if (!(cause instanceof EnvelopeError)) throw cause;
    const message = `this is not a key file: ${cause.message}`;
    throw coded('key_file', new CredentialsError(message, { hint: RESTORE, cause }));
  }
}
