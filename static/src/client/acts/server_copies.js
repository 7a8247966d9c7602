/**
 * A copy of the key file at the server: left there, and fetched with the code on the sheet.
 *
 * A server may hand out a whole file of its own making, with slots that it can open and keys that it
 * has. So what was fetched opens with the recovery code alone.
 */

import * as encoding from '../../envelope/encoding.js';
import { b64, unb64, utf8 } from '../../envelope/encoding.js';
import { EnvelopeError, MismatchError } from '../../envelope/errors.js';
import { MAX_MEMORY, dumpKeyCopy, forAServer, openMemory, sealMemory, signKeyCopy } from '../../envelope/key_copies.js';
import { MAX_FILE, bare, keyFileBytes, parseKeyFile } from '../../envelope/key_files.js';
import { KEY, same } from '../../envelope/primitives.js';
import { Api } from '../api.js';
import { FETCH_KEY_FILE, KEEP_KEY_FILE } from '../endpoints.js';
import { ApiRefused, CredentialsError, UsageError, VerificationError, coded, verifying } from '../errors.js';
import { merged } from '../merged_state.js';
import { State } from '../state.js';
import { dumpState, parseState, parseStateFile } from '../state_wire.js';
import { unconfirmed } from '../trust/unconfirmed.js';
import { read } from '../credentials.js';

/** @import { Bytes } from '../../envelope/encoding.js' */
/** @import { KeyFile } from '../../envelope/key_files.js' */
/** @import { Credentials } from '../credentials.js' */
/** @import { KeptKeys, Place, Server } from '../saving.js' */

/** How a copy begins that `keys fetch` wrote: it is no key file, lest it be used as one. */
const FETCHED = '{"v":"sealform/1","copy":';
const REFUSED = 'fetch_refused';
const TOO_MANY = 'too_many_copies';
const NO_MORE = 'the server takes no more copies of the key file today: keep it, with its memory, yourself';

/**
 * A key file that is closed, with the memory that came along.
 *
 * `memory` is what the server had, empty for none, `made` when it was left there, in milliseconds
 * since 1970, 0 for a file that was not; `state` is a state file that was kept beside it.
 *
 * @typedef {{file: KeyFile, memory: Bytes, made: number, fetched: boolean, state?: Bytes}} Copy
 */

/** When this worker last made a copy: of two of one file the later has the newer memory. */
let last = 0;

/**
 * Leave a copy of the key file and of this client's memory with the server.
 *
 * After a lost answer it is left a second time. What another tab left there meanwhile is merged into
 * `state`. Raises UsageError for a file that a server must not have, for keys that may not be the
 * newest, another file that was left there meanwhile (`newer`), or for memory that is too large.
 *
 * @param {KeptKeys} keys
 * @param {State} state
 * @returns {Promise<number>} when it was made, in milliseconds since 1970
 */
export async function upload(keys, state) {
  const { credentials, api } = keys;
  const { file, secrets, clientId } = credentials;
  checkMayLeave(file);
  if (!keys.mayBeUsed(state)) throw unconfirmed();
  await takeIn(keys, state);
  const made = (last = Math.max(Date.now(), last + 1));
  const beside = { clientId, serial: file.serial, made };
  const memory = await sealMemory(unb64(secrets.state, KEY), dumpState(state), beside);
  if (memory.length > MAX_MEMORY) {
    throw new UsageError('this client remembers more than the 524,288 bytes that a server keeps', {
      hint: 'keep the key file and its state yourself',
    });
  }
  const fetchCode = unb64(secrets.fetch, KEY);
  const copy = await signKeyCopy({ file, memory, made, fetchCode, keys: credentials.keys });
  keys.copies.add(made); // before it is sent: an answer can get lost
  const answer = await api.call(KEEP_KEY_FILE, { body: dumpKeyCopy(copy) });
  if (answer.serial !== file.serial) {
    throw new VerificationError('the server kept another copy than was sent', { code: 'mismatch' });
  }
  return made;
}

/**
 * Merge into a memory what somebody else has left with the server since these keys were opened.
 *
 * @param {KeptKeys} keys
 * @param {State} state
 */
async function takeIn(keys, state) {
  if (keys.isNew && !keys.copies.size) return;
  const copy = await ownCopy(keys);
  if (!copy || keys.copies.has(copy.made)) return;
  const { serial, card } = keys.base;
  const isOlder = copy.file.serial < serial;
  if (!isOlder && !same(keyFileBytes(copy.file), keyFileBytes(keys.base))) throw otherFile();
  const isOurs = same(copy.file.card.fingerprint, card.fingerprint); // else of keys that were rotated since
  const memory = isOurs ? await memoryOf(copy, keys.credentials) : undefined;
  if (memory) Object.assign(state, merged(state, memory));
  keys.copies.add(copy.made);
}

/**
 * Return the copy that the server has of these keys, undefined where it says that it has none.
 *
 * @param {KeptKeys} keys
 * @returns {Promise<Copy | undefined>}
 */
export async function ownCopy({ credentials: { clientId, secrets }, server }) {
  try {
    return await fetchCopy({ clientId, code: unb64(secrets.fetch, KEY), server });
  } catch (error) {
    if (error instanceof ApiRefused && error.code === REFUSED) return undefined;
    throw error;
  }
}

function otherFile() {
  const message = 'another key file was left with the server since these keys were opened';
  const hint = 'close these keys, and open the newest file, or the copy at the server';
  return coded('newer', new UsageError(message, { hint }));
}

/**
 * Leave what has changed with the server, where that may be; see `Leave`.
 *
 * A server that takes no more today stops nobody: people are told.
 *
 * @param {KeptKeys} keys
 * @param {State} state
 * @returns {Promise<Place>}
 */
export async function leave(keys, state) {
  if (!keys.isEnrolled || !keys.mayBeUsed(state) || !mayLeave(keys.credentials.file)) return 'nothing';
  try {
    await upload(keys, state);
    return 'server';
  } catch (error) {
    if (!(error instanceof ApiRefused && error.code === TOO_MANY)) throw error;
    if (keys.kept === 'server') keys.notify(NO_MORE);
    return 'nothing';
  }
}

/** Whether a server may have the file. @param {KeyFile} file */
export function mayLeave(file) {
  try {
    forAServer(file);
    return true;
  } catch (error) {
    if (error instanceof MismatchError) return false;
    throw error;
  }
}

/** Refuse a file that whoever has the server's database could open by guessing. @param {KeyFile} file */
function checkMayLeave(file) {
  if (mayLeave(file)) return;
  const message = 'a server must not have a key file with a plain slot, or a passphrase of one\'s own';
  const hint = 'take six drawn words in place of it, or remove the plain slot';
  throw coded('may_not_leave', new UsageError(message, { hint }));
}

/**
 * Return the newest copy that a server keeps of a client, with its fetch code (32 bytes).
 *
 * Whose it really is shows when the recovery code opens it. Raises ApiError, and VerificationError for
 * a file that no client leaves with a server.
 *
 * @param {{clientId: string, code: Bytes, server: Server}} asked
 * @returns {Promise<Copy>}
 */
export async function fetchCopy({ clientId, code, server }) {
  const id = encoding.uuid(clientId, 'client id');
  const api = new Api(server);
  const answer = await api.call(FETCH_KEY_FILE, { ids: [id], body: { code: b64(code) } });
  const file = await verifying('what the server sends is no copy of a key file', async () =>
    forAServer(await parseKeyFile(utf8(answer.file))),
  );
  if (file.card.id !== id) {
    throw new VerificationError("the server sends another client's key file", { code: 'mismatch' });
  }
  return { file, memory: answer.memory, made: answer.made, fetched: true };
}

/**
 * Read a key file, or a copy that `keys fetch` wrote; raises CredentialsError.
 *
 * @param {Uint8Array} raw
 * @param {Bytes} [state]
 * @returns {Promise<Copy>}
 */
export async function readCopy(raw, state) {
  if (raw.length > 4 * (MAX_FILE + MAX_MEMORY)) {
    throw coded('key_file', new CredentialsError('this is not a key file: it is too long'));
  }
  const text = bare(raw);
  const start = String.fromCharCode(...text.subarray(0, FETCHED.length));
  if (start !== FETCHED) {
    const file = await read(raw);
    return { file, memory: new Uint8Array(), made: 0, fetched: false, ...(state && { state }) };
  }
  try {
    const { copy, memory, made } = encoding.parse(encoding.loadJson(text), 'copy of a key file', {
      v: encoding.version,
      copy: (value) => encoding.text(value, 'copy', MAX_FILE, 1),
      memory: (value) => unb64(value),
      made: encoding.integer,
    });
    return { file: forAServer(await parseKeyFile(utf8(copy))), memory, made, fetched: true };
  } catch (cause) {
    if (!(cause instanceof EnvelopeError)) throw cause;
    const message = `this is not what \`keys fetch\` wrote: ${cause.message}`;
    throw coded('key_file', new CredentialsError(message, { hint: 'fetch it again', cause }));
  }
}

/**
 * Return what the client remembered beside this copy, undefined for nothing.
 *
 * Raises VerificationError, or StateError, if it is not what this client left there.
 *
 * @param {Copy} copy
 * @param {Credentials} credentials
 */
export async function memoryOf({ file, memory, made, state }, { secrets, clientId }) {
  const key = unb64(secrets.state, KEY);
  if (state) return parseStateFile(Uint8Array.from(bare(state)), { clientId, key });
  if (!memory.length) return undefined;
  const beside = { clientId, serial: file.serial, made };
  const raw = await verifying('the memory beside the copy is not what this client left with it', () =>
    openMemory(key, memory, beside),
  );
  return parseState(raw);
}

/**
 * Return what a copy remembered beside what is remembered here.
 *
 * Nothing is signed before a person has confirmed that it is the newest. Raises StateError where the
 * two know one client by two fingerprints.
 *
 * @param {State | undefined} memory
 * @param {State} here
 * @param {number} serial
 */
export function recall(memory, here, serial) {
  const state = memory ? merged(here, memory) : here.copy();
  state.serial = Math.max(state.serial, serial);
  state.unconfirmed = true;
  return state;
}
