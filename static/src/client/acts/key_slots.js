/** The ways into a key file: open it, add, remove, prove, and agree that it is the newest. */

import { MAX_SLOTS, PASSKEY, PASSPHRASE, RECOVERY } from '../../envelope/key_files.js';
import { same } from '../../envelope/primitives.js';
import { opened } from '../credentials.js';
import { CredentialsError, UsageError, coded } from '../errors.js';
import { merged } from '../merged_state.js';
import { KeptKeys } from '../saving.js';
import { now } from '../slots.js';
import { State } from '../state.js';
import { dumpState } from '../state_wire.js';
import { MOST_TRIED, byPassphrase, byRecovery, wayInto } from '../unlocking.js';
import { leave, memoryOf, recall } from './server_copies.js';

/** @import { KeyFile, Slot } from '../../envelope/key_files.js' */
/** @import { Server } from '../saving.js' */
/** @import { Has } from '../unlocking.js' */
/** @import { Way } from '../slots.js' */
/** @import { Copy } from './server_copies.js' */

const LOOPBACK = /^https?:\/\/(localhost|[^/]+\.localhost|127(\.[0-9]+){3}|\[::1\])(:[0-9]+)?$/;

/**
 * Open a key file, with what its client remembered beside it.
 *
 * One that came from a server opens with the recovery code alone, and signs nothing until somebody
 * has compared it: its serial stays. Raises CredentialsError, MalformedError, StateError,
 * VerificationError.
 *
 * @param {Copy} copy
 * @param {Has} has
 * @param {{server: Server, notify?: (warning: string) => void}} around
 */
export async function unlock(copy, has, { server, notify }) {
  if (copy.fetched && !('recovery' in has)) throw onlyByRecovery();
  const { slot, secret } = await wayInto(copy.file, has);
  const found = await opened(copy.file, { slot, secret });
  checkServer(found.secrets.api_url, server.url);
  const [memory, { serial }] = [await memoryOf(copy, found), copy.file];
  const more = { leave, server, ...(notify && { notify }) };
  if (!copy.fetched) {
    const state = memory ?? new State();
    state.met(serial);
    return new KeptKeys({ credentials: found, state, kept: 'file', ...more });
  }
  const state = recall(memory, new State(), serial);
  const slots = proved(found.file, slot.id);
  const credentials = await found.changed({ secrets: { ...found.secrets, unconfirmed: true }, slots });
  return seen(new KeptKeys({ credentials, state, kept: 'server', ...more }), copy);
}

/** Keys that know a copy of the server. @param {KeptKeys} keys @param {Copy} copy */
function seen(keys, { file, made }) {
  keys.copies.add(made);
  keys.base = file;
  return keys;
}

function onlyByRecovery() {
  const message = 'a copy from a server opens with the recovery code only';
  const hint = 'the server could have made a whole file of its own, with a passphrase that it knows';
  return coded('fetched', new CredentialsError(message, { hint }));
}

/**
 * Refuse to tell one server the API key of another; on the owner's own machine a program may lead to
 * whatever server it was told.
 *
 * @param {string} named
 * @param {string} here
 */
function checkServer(named, here) {
  if (!named || named === here || LOOPBACK.test(here)) return;
  const hint = 'open the workspace of the server that knows this client';
  throw coded('server', new CredentialsError('these keys are for another server', { hint }));
}

/**
 * Return keys with the memory that the server has of them merged into theirs; see `recall` for keys that
 * came without. The copy has memory, or it is theirs already.
 *
 * Raises VerificationError, and StateError where the two contradict each other.
 *
 * @param {KeptKeys} keys
 * @param {Copy} copy what the server sent for these keys
 */
export async function remembering(keys, copy) {
  const { credentials, server, notify } = keys;
  const { file } = credentials;
  const isOfRotated = !same(copy.file.card.fingerprint, file.card.fingerprint) && copy.file.serial < file.serial;
  const memory = isOfRotated ? undefined : await memoryOf(copy, credentials);
  if (!memory) return keys;
  const here = await keys.state.load();
  const serial = Math.max(copy.file.serial, memory.serial);
  const state = here.serial ? merged(here, memory) : recall(memory, here, serial);
  state.met(copy.file.serial);
  state.met(file.serial);
  const isSame = (/** @type {State} */ other) => same(dumpState(state), dumpState(other));
  const kept = here.serial && isSame(here) ? keys.kept : !here.serial || isSame(memory) ? 'server' : 'nothing';
  const found = new KeptKeys({ credentials, state, kept, leave, server, notify });
  found.copies.add(copy.made);
  return found;
}

/**
 * Add a way into the file; raises UsageError.
 *
 * @param {KeptKeys} keys
 * @param {Way} way
 */
export async function add(keys, { slot }) {
  await keys.saved({ slots: roomFor(keys.credentials.file, slot) });
}

/**
 * Remove the way with this id.
 *
 * Copies of the file that were made before still open with it. Raises UsageError for the last that
 * needs no passkey, and for the last recovery sheet.
 *
 * @param {KeptKeys} keys
 * @param {string} id
 */
export async function remove(keys, id) {
  const { slots } = keys.credentials.file;
  const slot = slots.find((one) => one.id === id);
  if (!slot) throw coded('no_slot', new UsageError('the key file has no such way in'));
  const left = slots.filter((one) => one !== slot);
  if (slot.kind === RECOVERY && !left.some(({ kind }) => kind === RECOVERY)) {
    throw coded(
      'last_recovery',
      new UsageError(
        `${slot.label} is the last recovery sheet, and no other can be made without one: a lost ` +
          'file, or a forgotten passphrase, would be the end of these keys',
      ),
    );
  }
  if (left.every(({ kind }) => kind === PASSKEY)) {
    const message = `${slot.label} is the last way into these keys that needs no passkey`;
    throw coded('last_way', new UsageError(message, { hint: 'add another first' }));
  }
  await keys.saved({ slots: left });
}

/**
 * Let a new passphrase take the place of every one that the file has.
 *
 * @param {KeptKeys} keys
 * @param {Way} way
 */
export async function changePassphrase(keys, { slot }) {
  const kept = keys.credentials.file.slots.filter(({ kind }) => kind !== PASSPHRASE);
  await keys.saved({ slots: roomFor({ ...keys.credentials.file, slots: kept }, slot) });
}

/**
 * See that passphrase and recovery code open the file, and note it.
 *
 * Of a client that is not enrolled yet the serial stays the one on the sheet. Raises CredentialsError,
 * and MalformedError for what was mistyped.
 *
 * @param {KeptKeys} keys
 * @param {{passphrase: string, recovery: string}} typed
 */
export async function prove(keys, { passphrase, recovery }) {
  const { file } = keys.credentials;
  const ways = [await byRecovery(file, recovery), await byPassphrase(file, passphrase)];
  for (const way of ways) await opened(file, way);
  const slots = proved(file, ...ways.map(({ slot }) => slot.id));
  await (keys.isEnrolled ? keys.saved({ slots }) : keys.begun({ slots }));
}

/** @param {KeyFile} file @param {...string} ids @returns {Slot[]} */
function proved({ slots }, ...ids) {
  return slots.map((slot) => (ids.includes(slot.id) ? { ...slot, proved: now() } : slot));
}

/**
 * Agree that this key file is the newest, after a person has compared its serial and fingerprint.
 *
 * If it was made of a copy, it has the next serial from now on. Again changes nothing. Raises
 * UsageError where a newer file was seen.
 *
 * @param {KeptKeys} keys
 */
export async function confirm(keys) {
  await keys.change(async (known) => {
    const found = keys.credentials;
    const { serial } = found.file;
    known.met(serial);
    if (known.serial > serial) {
      const message = `a newer key file was seen, with serial ${known.serial}`;
      throw coded('newer', new UsageError(message, { hint: 'find that one, or fetch it from the server' }));
    }
    const marked = found.secrets.unconfirmed;
    known.serial = serial + (marked ? 1 : 0);
    known.unconfirmed = false;
    if (!marked) return found;
    return found.changed({ secrets: { ...found.secrets, unconfirmed: false }, serial: known.serial });
  });
}

/** @param {KeyFile} file @param {Slot} slot */
function roomFor({ slots }, slot) {
  if (slots.length >= MAX_SLOTS) {
    const hint = 'remove one first';
    throw coded('slots', new UsageError(`a key file has at most ${MAX_SLOTS} slots`, { hint }));
  }
  const phrases = slots.filter(({ kind }) => kind === PASSPHRASE).length;
  if (slot.kind === PASSPHRASE && phrases >= MOST_TRIED) {
    const hint = 'remove one first';
    throw coded('slots', new UsageError(`a passphrase is tried on at most ${MOST_TRIED} slots`, { hint }));
  }
  if (slots.some(({ label }) => label === slot.label)) {
    const hint = 'choose another name';
    throw coded('label', new UsageError(`there is a way called ${slot.label} already`, { hint }));
  }
  return [...slots, slot];
}
