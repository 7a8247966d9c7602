/**
 * What the page may ask of the key worker: the acts, by their names.
 *
 * One file is looked at, one client's keys are open. No result holds a seed, a key or a secret of the
 * API, but what a person has to write down.
 */

import { readCode } from '../../envelope/codes.js';
import { unb64 } from '../../envelope/encoding.js';
import * as envelope from '../../envelope/errors.js';
import { keyFileBytes } from '../../envelope/key_files.js';
import { KEY, random, same } from '../../envelope/primitives.js';
import { pasted } from '../../envelope/seen.js';
import { begin, checkMayBeGivenUp, enrol } from '../../client/acts/enrolling.js';
import { add, changePassphrase, confirm, prove, remembering, remove, unlock } from '../../client/acts/key_slots.js';
import { whoami } from '../../client/acts/overview.js';
import { fetchCopy, mayLeave, ownCopy, readCopy, upload } from '../../client/acts/server_copies.js';
import { ApiError, ClientError, CredentialsError, UsageError, coded } from '../../client/errors.js';
import { notEnrolled } from '../../client/saving.js';
import { newWords, passkey, passphrase } from '../../client/slots.js';
import { dumpStateFile } from '../../client/state_wire.js';
import { byPassphrase } from '../../client/unlocking.js';
import { readRows, shownTypes } from './rows.js';
import { shownFile, shownSlot, shownWho } from './shown.js';
import { sheetOf } from './sheet.js';

/** @import { Bytes } from '../../envelope/encoding.js' */
/** @import { Copy } from '../../client/acts/server_copies.js' */
/** @import { KeptKeys, Server } from '../../client/saving.js' */
/** @import { Place as Opening } from '../../client/acts/listed_items.js' */
/** @import { Way } from '../../client/slots.js' */

const FETCH_CODE = 'fetch';
const NO_MEMORY = 'no_memory';

/**
 * Where the worker is: its server, the host that passkeys are made for, who is told unasked, and where
 * records are opened, if not here.
 *
 * @typedef {{server: Server, host: string, tell: (told: {event: string, [name: string]: unknown}) => void, opening?: Opening}} Place
 */

/** The message that asked for an act, and who hears how far it is. @typedef {{id: number, progress: (told: unknown) => void}} Asked */

/** The acts of one worker. */
export class Acts {
  #place;
  /** @type {Copy | undefined} */
  #copy;
  /** @type {KeptKeys | undefined} */
  #keys;
  #expires = '';
  /** Why there is no memory of these keys, which has to be agreed to. @type {ShownError | null} */
  #missing = null;
  /** When the copy was left that they, or their memory, came from, in milliseconds since 1970. */
  #made = 0;
  /** What was begun and is not enrolled yet. @type {{keys: KeptKeys, token: string, proved: boolean} | undefined} */
  #begun;
  /** @type {{salt: Bytes} | undefined} */
  #passkey;
  /** @type {Way | undefined} */
  #words;

  /** Reads that are running, by the messages that asked for them. @type {Map<number, {stopped: boolean}>} */
  #reads = new Map();

  /** @param {Place} place */
  constructor(place) {
    this.#place = place;
  }

  /** @param {{file: Uint8Array, state?: Uint8Array}} args */
  async look({ file, state }) {
    this.#copy = await readCopy(bytes(file), state && bytes(state));
    return shownFile(this.#copy);
  }

  /** @param {{client: string, code: string}} args */
  async fetch({ client, code }) {
    const asked = { clientId: pasted(String(client)).toLowerCase(), code: await readCode(FETCH_CODE, code) };
    this.#copy = await fetchCopy({ ...asked, server: this.#place.server });
    return shownFile(this.#copy);
  }

  /** @param {any} has */
  async unlock(has) {
    if (!this.#copy) throw coded('no_file', new UsageError('no key file was looked at'));
    if (this.#keys) checkMayBeGivenUp(this.#keys);
    const { passkey: by } = has;
    const way = by ? { passkey: { slot: by.slot, output: bytes(by.output) } } : has;
    const keys = await unlock(this.#copy, way, { server: this.#place.server, notify: this.#warn });
    const { fetched, memory, state, made } = this.#copy;
    if (fetched) {
      this.#open(keys);
      this.#missing = memory.length || state ? null : shownError(noMemory());
      this.#made = made;
    } else if (keys.isEnrolled && (!state || mayLeave(keys.credentials.file))) {
      await this.#recall(keys);
    } else {
      this.#open(keys);
    }
    return this.#who();
  }

  /** Ask the server again for a memory that is missing. */
  async remember() {
    const expires = this.#expires;
    if (this.#missing) await this.#recall(this.#opened());
    this.#expires = expires;
    return this.#who();
  }

  /** @param {{withoutMemory?: boolean}} args */
  async confirm({ withoutMemory }) {
    const keys = this.#opened();
    if (this.#missing && withoutMemory !== true) throw noMemory();
    await confirm(keys);
    this.#missing = null;
    return this.#who();
  }

  async who() {
    const { expires } = await whoami(await this.#opened().session());
    this.#expires = expires;
    return this.#who();
  }

  /** @param {{token: string, name: string}} args */
  async begin({ token, name }) {
    if (this.#keys) checkMayBeGivenUp(this.#keys);
    const wanted = { token: pasted(String(token)), name: String(name).trim() };
    const made = await begin({ ...wanted, server: this.#place.server, notify: this.#warn });
    this.#open(made.keys);
    this.#begun = { keys: made.keys, token: wanted.token, proved: false };
    return { passphrase: made.words, sheet: await sheetOf(made.keys.credentials, made.recovery) };
  }

  /** @param {{passphrase: string, recovery: string}} args */
  async prove(args) {
    await prove(this.#any(), args);
    if (this.#begun) this.#begun.proved = true;
    return {};
  }

  async enroll() {
    if (!this.#begun) throw coded('not_begun', new UsageError('no keys were made here'));
    const { keys, token, proved } = this.#begun;
    if (!proved) {
      const hint = 'type the passphrase and the recovery code once: a lost one is the end of these keys';
      throw coded('unproved', new UsageError('nobody has shown that these keys can be opened again', { hint }));
    }
    const { expires } = await enrol(keys, token);
    this.#expires ||= expires;
    this.#begun = undefined;
    if (keys.kept !== 'server') await this.#leave(keys);
    return this.#who();
  }

  async download() {
    const { credentials, state } = this.#any();
    const { clientId, secrets, file } = credentials;
    const kept = await dumpStateFile(await state.load(), { clientId, key: unb64(secrets.state, KEY) });
    return { name: fileName(file.card), file: keyFileBytes(file), state: kept };
  }

  async slots() {
    return this.#slots();
  }

  async addPasskeyOptions() {
    const { name, id } = this.#opened().credentials.card;
    this.#passkey = { salt: random(KEY) };
    // Another id each time: an authenticator has one passkey for each, and would replace the earlier one.
    const user = { id: random(KEY), name: `${name} (${id.slice(0, 8)})`, displayName: name };
    return { rp: this.#place.host, challenge: random(KEY), user, salt: this.#passkey.salt };
  }

  /** @param {{credential: Uint8Array, salt: Uint8Array, output: Uint8Array, label: string}} args */
  async addPasskey({ credential, salt, output, label }) {
    const keys = this.#opened();
    if (!this.#passkey || !same(this.#passkey.salt, bytes(salt))) {
      throw coded('not_asked', new UsageError('this passkey was not made for these keys', { hint: 'make it again' }));
    }
    const made = { rp: this.#place.host, credential: bytes(credential), salt: this.#passkey.salt };
    await add(keys, await passkey({ ...made, output: bytes(output), label }));
    this.#passkey = undefined;
    return this.#changedSlots();
  }

  /** @param {{id: string}} args */
  async removeSlot({ id }) {
    await remove(this.#opened(), id);
    return this.#changedSlots();
  }

  async changePassphrase() {
    this.#opened();
    const words = newWords();
    this.#words = await passphrase(words, { generated: true });
    return { passphrase: words };
  }

  /** @param {{passphrase: string}} args */
  async changePassphraseProve({ passphrase: typed }) {
    const [keys, way] = [this.#opened(), this.#words];
    if (!way) throw coded('not_asked', new UsageError('no new passphrase was drawn', { hint: 'draw one first' }));
    await byPassphrase({ ...keys.credentials.file, slots: [way.slot] }, typed);
    const slot = { ...way.slot, proved: Math.floor(Date.now() / 1000) };
    await changePassphrase(keys, { ...way, slot });
    this.#words = undefined;
    return this.#changedSlots();
  }

  async upload() {
    const made = await this.#upload(this.#opened());
    await this.#changed();
    return { made };
  }

  async types() {
    return shownTypes(await this.#opened().session());
  }

  /** @param {{writer: string, type: string}} args @param {Asked} asked */
  async read({ writer, type }, { id, progress }) {
    const running = { stopped: false };
    this.#reads.set(id, running);
    try {
      const session = await this.#opened().session();
      const how = { progress, stopped: () => running.stopped, place: this.#place.opening };
      return await readRows(session, { writer: String(writer), type: String(type) }, how);
    } finally {
      this.#reads.delete(id);
    }
  }

  /** @param {{id: number}} args */
  async stop({ id }) {
    const running = this.#reads.get(id);
    if (running) running.stopped = true;
    return {};
  }

  /** @param {KeptKeys} keys */
  #open(keys) {
    this.#keys = keys;
    keys.changed = () => void (keys === this.#keys && this.#changed());
    this.#expires = '';
    this.#missing = null;
    this.#made = 0;
    this.#begun = this.#passkey = this.#words = undefined;
  }

  /** The keys that are open, whether or not the server knows them. */
  #any() {
    if (!this.#keys) throw coded('closed', new CredentialsError('no keys are open'));
    return this.#keys;
  }

  #opened() {
    const keys = this.#any();
    if (!keys.isEnrolled) throw notEnrolled();
    return keys;
  }

  /** @param {KeptKeys} keys */
  async #upload(keys) {
    const made = await upload(keys, await keys.state.load());
    keys.kept = 'server';
    keys.base = keys.credentials.file;
    return made;
  }

  /** Leave keys that the server knows just now; it keeps knowing them where it takes no copy. @param {KeptKeys} keys */
  async #leave(keys) {
    try {
      await this.#upload(keys);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      this.#warn(`the server has these keys, but no copy of the key file: save it. ${error.message}`);
    }
  }

  /**
   * Open keys from a disk with the memory that the server has of them, if it has any.
   *
   * What contradicts what is known, or does not verify, is raised, and nothing is open then.
   *
   * @param {KeptKeys} keys
   */
  async #recall(keys) {
    let [found, made] = [keys, 0];
    let why = shownError(noMemory());
    try {
      const copy = await ownCopy(keys);
      if (copy) found = await remembering(keys, copy);
      if (copy && found !== keys) made = copy.made;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      why = shownError(error);
    }
    const isMissing = !made && !keys.mayBeUsed(await keys.state.load());
    if (!made && !isMissing && why.code !== NO_MEMORY) {
      this.#warn(`what these keys remembered did not come from the server: ${why.message}`);
    }
    this.#open(found);
    this.#missing = isMissing ? why : null;
    this.#made = made;
  }

  #warn = (/** @type {string} */ message) => this.#place.tell({ event: 'warning', message });

  #slots() {
    return this.#any().credentials.file.slots.map(shownSlot);
  }

  async #changedSlots() {
    await this.#changed();
    return this.#slots();
  }

  async #changed() {
    this.#place.tell({ event: 'changed', who: await this.#who() });
  }

  #who() {
    const more = { expires: this.#expires, missing: this.#missing, made: this.#made };
    return shownWho(this.#any(), { server: this.#place.server.url, ...more });
  }
}

/** The names of the acts. */
export const NAMES = Object.getOwnPropertyNames(Acts.prototype).filter((name) => name !== 'constructor');

/** Acts that others do not wait for, and one that waits for none. */
export const READ = 'read';
export const STOP = 'stop';

/**
 * Return the answer to a message of the page; it never raises.
 *
 * @param {Acts} acts
 * @param {{id: number, act: string, args: any}} asked
 * @param {(told: unknown) => void} [progress]
 */
export async function answer(acts, { id, act, args }, progress = () => {}) {
  try {
    if (!NAMES.includes(act)) throw coded('act', new UsageError('no such act'));
    return { id, result: await /** @type {any} */ (acts)[act](args ?? {}, { id, progress }) };
  } catch (error) {
    return { id, error: shownError(error) };
  }
}

/** @typedef {{name: string, code: string, message: string, hint: string}} ShownError */

function noMemory() {
  const message = 'what these keys remembered is not known here: whose fingerprints, and which forms';
  const hint = 'look for the .state file, or ask the server again; without it an older state of the server is not noticed';
  return coded(NO_MEMORY, new UsageError(message, { hint }));
}

/**
 * An error as the page is told of it. What nobody foresaw is named, and no more: its words are not ours.
 *
 * @param {unknown} error
 * @returns {ShownError}
 */
export function shownError(error) {
  if (error instanceof ClientError) {
    const { name, code, message, hint } = error;
    return { name, code, message, hint };
  }
  if (error instanceof envelope.EnvelopeError) {
    // A bundle renames classes.
    const found = Object.entries(envelope).find(([, kind]) => kind === error.constructor);
    return { name: found?.[0] ?? 'EnvelopeError', code: error.code, message: error.message, hint: '' };
  }
  const name = error instanceof Error ? error.name : 'Error';
  const hint = 'close the keys and open them again; if it comes again, tell who runs this server';
  return { name: 'Defect', code: 'defect', message: `something failed that should not: ${name}`, hint };
}

/** @param {unknown} value @returns {Bytes} */
function bytes(value) {
  if (!(value instanceof Uint8Array)) throw new envelope.MalformedError('these are no bytes');
  return Uint8Array.from(value);
}

/** What a client's key file is called on a disk. @param {{name: string, id: string}} card */
function fileName({ name, id }) {
  const plain = name.toLowerCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, '-').replace(/^-|-$/g, '');
  return `${plain || id}.json`;
}
