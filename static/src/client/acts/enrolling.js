/** Enrolling: keys are made here, and shown to be kept, and only then is the server told (§10). */

import { b64 } from '../../envelope/encoding.js';
import { EnvelopeError } from '../../envelope/errors.js';
import { ClientKeys, clientName, dumpCard } from '../../envelope/keys.js';
import { API_SECRET, ENROLMENT, newToken, readToken, tokenDigest } from '../../envelope/tokens.js';
import { newCredentials } from '../credentials.js';
import { ENROL } from '../endpoints.js';
import { ApiRefused, UsageError, VerificationError, coded } from '../errors.js';
import { KeptKeys } from '../saving.js';
import { newWords, passphrase, recovery } from '../slots.js';
import { State } from '../state.js';
import { leave } from './server_copies.js';

/** @import { Secrets } from '../../envelope/key_files.js' */
/** @import { ApiKey } from '../api.js' */
/** @import { Server } from '../saving.js' */
/** @import { Recovery } from '../slots.js' */

/**
 * Return a new client that nobody knows of yet, the six words that open its file, and its recovery.
 *
 * Its memory begins before the server knows it: once it is enrolled, a missing one is a lost one.
 * Raises UsageError for what cannot work.
 *
 * @param {object} wanted
 * @param {string} wanted.token
 * @param {string} wanted.name
 * @param {Server} wanted.server
 * @param {(warning: string) => void} [wanted.notify]
 * @returns {Promise<{keys: KeptKeys, words: string, recovery: Recovery}>}
 */
export async function begin({ token, name, server, notify }) {
  checkArguments(token, name);
  const [words, paper] = [newWords(), await recovery()];
  const own = await passphrase(words, { generated: true });
  const credentials = await newCredentials({
    id: crypto.randomUUID(),
    keys: await ClientKeys.generate(),
    name,
    apiUrl: server.url,
    slots: [own.slot],
    recovery: paper,
  });
  const state = new State({ serial: credentials.file.serial });
  const more = notify && { notify };
  const keys = new KeptKeys({ credentials, state, kept: 'nothing', leave, server, ...more });
  keys.isNew = true;
  return { keys, words, recovery: paper };
}

/** Refuse what cannot work before anything is made. @param {string} token @param {string} name */
function checkArguments(token, name) {
  try {
    readToken(ENROLMENT, token);
    clientName(name);
  } catch (cause) {
    if (!(cause instanceof EnvelopeError)) throw cause;
    throw new UsageError(cause.message, { hint: 'an admin of the server issues tokens', cause });
  }
}

/**
 * Tell the server of a client that was begun.
 *
 * Its file has what the server is told before it hears of it: after a lost answer the same call goes
 * on where it stood. Where it is done, nothing is asked. Raises ApiError, VerificationError.
 *
 * @param {KeptKeys} keys
 * @param {string} token
 * @returns {Promise<{expires: string}>} when the API key ends, "" for never or where it is not known
 */
export async function enrol(keys, token) {
  if (keys.isEnrolled) return { expires: '' };
  const mayBeKnown = keys.credentials.secrets.pending !== null;
  const pending = await prepared(keys, token);
  try {
    return await told(keys, pending.api_key, token);
  } catch (error) {
    if (error instanceof ApiRefused && !mayBeKnown) {
      await keys.begun({ secrets: { ...keys.credentials.secrets, pending: null } });
    }
    throw error;
  }
}

/** Have a pending API key for this token in the file. @param {KeptKeys} keys @param {string} token */
async function prepared(keys, token) {
  const [{ secrets }, digest] = [keys.credentials, b64(await tokenDigest(token))];
  if (secrets.pending?.token === digest) return secrets.pending;
  const pending = { token: digest, api_key: { id: crypto.randomUUID(), secret: newToken(API_SECRET) } };
  await keys.begun({ secrets: { ...secrets, pending } });
  return pending;
}

/** @param {KeptKeys} keys @param {ApiKey} apiKey @param {string} token */
async function told(keys, apiKey, token) {
  const { credentials, api } = keys;
  const digest = b64(await tokenDigest(apiKey.secret));
  const body = { token, card: dumpCard(credentials.card), api_key: { id: apiKey.id, digest } };
  const answer = await api.call(ENROL, { body });
  if (answer.client_id !== credentials.clientId || answer.api_key_id !== apiKey.id) {
    throw new VerificationError('the server enrolled somebody else', { code: 'mismatch' });
  }
  /** @type {Secrets} */
  const secrets = {
    ...credentials.secrets,
    api_key: apiKey,
    token: b64(await tokenDigest(token)),
    pending: null,
  };
  await keys.begun({ secrets });
  return { expires: answer.expires };
}

/**
 * Refuse to make other keys in the place of those that the server may know.
 *
 * @param {KeptKeys} keys
 */
export function checkMayBeGivenUp({ credentials }) {
  if (!credentials.secrets.pending) return;
  throw coded(
    'pending',
    new UsageError(
      `the keys of ${credentials.card.name} may be enrolled: the server's answer did not come`,
      { hint: 'enrol them again; or close them first, if they are of no use' },
    ),
  );
}
