/**
 * Passkeys with the `prf` extension (WebAuthn Level 3 §10.1.4), in the page: workers have no WebAuthn. What a passkey gives
 * goes on to the key worker at once.
 */

import { unb64 } from '../../envelope/encoding.js';
import { ActError } from './calls.js';

/** @typedef {import('./contract.js').Slot} Slot */

const CHALLENGE = 32;
const SALT = 32;
const PATIENCE_MS = 120_000;
/** Ed25519, ECDSA with P-256, RSA: which one does not matter, nobody looks at a signature. */
const ALGORITHMS = [-8, -7, -257];

/** @param {string} code @param {unknown} [cause] */
function failed(code, cause) {
  const message = cause instanceof Error ? cause.message : '';
  return new ActError({ name: 'PasskeyError', code, message, hint: '' });
}

/** Whether this browser has passkeys at all. */
export const hasPasskeys = () => 'PublicKeyCredential' in globalThis;

/** The slots whose passkeys belong to this page's host. @param {Slot[]} slots */
export function usable(slots) {
  if (!hasPasskeys()) return [];
  return slots.filter(({ kind, rp }) => kind === 'passkey' && rp === location.hostname);
}

/**
 * Ask for one of these passkeys. Raises ActError: `passkey.cancelled`, or `passkey.prf` where the authenticator has no such
 * secrets; `stopped` by the signal.
 *
 * @param {Slot[]} slots usable ones
 * @param {AbortSignal} signal
 * @returns {Promise<{slot: string, output: Uint8Array}>} the output: 32 bytes
 */
export async function askPasskey(slots, signal) {
  const salts = slots.map(({ credential = '', salt = '' }) => [credential, { first: unb64(salt, SALT) }]);
  const found = await asked({
    rpId: location.hostname,
    challenge: crypto.getRandomValues(new Uint8Array(CHALLENGE)),
    allowCredentials: slots.map(({ credential = '' }) => ({ type: 'public-key', id: unb64(credential) })),
    userVerification: 'required',
    extensions: { prf: { evalByCredential: Object.fromEntries(salts) } },
  }, signal);
  const slot = slots.find(({ credential }) => credential === found.id);
  if (!slot) throw failed('passkey.other');
  return { slot: slot.id, output: outputOf(found) };
}

/**
 * Make a passkey at this page's host and get its output; where making it gives none, it is asked once more. Raises ActError as above.
 *
 * @param {{rp: string, challenge: Uint8Array, user: {id: Uint8Array, name: string, displayName: string}, salt: Uint8Array}} options
 * @param {AbortSignal} signal
 * @returns {Promise<{credential: Uint8Array, salt: Uint8Array, output: Uint8Array}>}
 */
export async function makePasskey({ rp, challenge, user, salt }, signal) {
  if (rp !== location.hostname) throw failed('passkey.other');
  const prf = { eval: { first: buffer(salt) } };
  /** @type {PublicKeyCredentialCreationOptions} */
  const publicKey = {
    rp: { id: rp, name: 'Sealform' },
    user: { ...user, id: buffer(user.id) },
    challenge: buffer(challenge),
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
    attestation: 'none',
    timeout: PATIENCE_MS,
    extensions: { prf },
  };
  const made = credentialOf(await navigator.credentials.create({ publicKey, signal }).catch(cancelled));
  if (!made.getClientExtensionResults().prf?.enabled) throw failed('passkey.prf');
  const credential = new Uint8Array(made.rawId);
  const first = made.getClientExtensionResults().prf?.results?.first;
  if (first) return { credential, salt, output: bytesOf(first) };
  const again = await asked({
    rpId: rp,
    challenge: crypto.getRandomValues(new Uint8Array(CHALLENGE)),
    allowCredentials: [{ type: 'public-key', id: made.rawId }],
    userVerification: 'required',
    extensions: { prf },
  }, signal);
  return { credential, salt, output: outputOf(again) };
}

/** @param {PublicKeyCredentialRequestOptions} options @param {AbortSignal} signal */
async function asked(options, signal) {
  const publicKey = { ...options, timeout: PATIENCE_MS };
  return credentialOf(await navigator.credentials.get({ publicKey, signal }).catch(cancelled));
}

/** @param {Credential | null} credential */
function credentialOf(credential) {
  if (!(credential instanceof PublicKeyCredential)) throw failed('passkey.cancelled');
  return credential;
}

/** @param {PublicKeyCredential} credential */
function outputOf(credential) {
  const first = credential.getClientExtensionResults().prf?.results?.first;
  if (!first) throw failed('passkey.prf');
  return bytesOf(first);
}

/** @param {BufferSource} source */
const bytesOf = (source) =>
  ArrayBuffer.isView(source) ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength) : new Uint8Array(source);

/** Browsers say the same of who cancelled, waited too long or has no such passkey. @param {unknown} cause @returns {never} */
function cancelled(cause) {
  const isOurs = cause instanceof DOMException && cause.name === 'AbortError';
  throw failed(isOurs ? 'stopped' : 'passkey.cancelled', cause);
}

/** @param {Uint8Array} bytes */
const buffer = (bytes) => /** @type {Uint8Array<ArrayBuffer>} */ (bytes);
