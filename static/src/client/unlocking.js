/**
 * How a key file is opened in a tab: by a passphrase or a recovery code that somebody types, or by a
 * passkey.
 */

import { readCode } from '../envelope/codes.js';
import { unb64 } from '../envelope/encoding.js';
import { OpenError } from '../envelope/errors.js';
import { PASSKEY, PASSPHRASE, RECOVERY, slotKey } from '../envelope/key_files.js';
import { passkeySecret } from '../envelope/passkeys.js';
import { passphraseSecret } from '../envelope/passphrases.js';
import { CredentialsError, coded } from './errors.js';

/** @import { Bytes } from '../envelope/encoding.js' */
/** @import { KeyFile, Slot } from '../envelope/key_files.js' */
/** @import { Way } from './slots.js' */

/** Passphrase slots that one passphrase is tried on, the newest first: each may cost seconds. */
export const MOST_TRIED = 3;

/**
 * What somebody has: a passphrase, the rows of a recovery code, or what a passkey's PRF gave for the
 * slot with this id.
 *
 * @typedef {{passphrase: string} | {recovery: string} | {passkey: {slot: string, output: Bytes}}} Has
 */

/**
 * Return a slot of the file and the secret that opens it.
 *
 * Raises CredentialsError for what opens none, MalformedError for what cannot.
 *
 * @param {KeyFile} file
 * @param {Has} has
 * @returns {Promise<Way>}
 */
export async function wayInto(file, has) {
  if ('passphrase' in has) return byPassphrase(file, has.passphrase);
  if ('recovery' in has) return byRecovery(file, has.recovery);
  return byPasskey(file, has.passkey);
}

/**
 * Return the passphrase slot that a passphrase opens, and its secret: one of the three newest.
 *
 * @param {KeyFile} file
 * @param {string} passphrase
 */
export async function byPassphrase(file, passphrase) {
  const newest = slotsOf(file, PASSPHRASE).sort((one, other) => other.made - one.made);
  for (const slot of newest.slice(0, MOST_TRIED)) {
    const { salt, memory, passes } = slot.params;
    const secret = await passphraseSecret(passphrase, unb64(salt), { memory, passes });
    if (await isOf(slot, secret)) return { slot, secret };
  }
  throw coded(
    'passphrase',
    new CredentialsError('this is not the passphrase', { hint: 'the recovery code opens the file, too' }),
  );
}

/**
 * Return the recovery slot that a code opens, and its secret.
 *
 * Raises MalformedError, which names the row that is mistyped.
 *
 * @param {KeyFile} file
 * @param {string} typed
 */
export async function byRecovery(file, typed) {
  const secret = await readCode(RECOVERY, typed);
  for (const slot of slotsOf(file, RECOVERY)) if (await isOf(slot, secret)) return { slot, secret };
  throw coded(
    'recovery',
    new CredentialsError('this is not the recovery sheet of these keys', {
      hint: 'the sheet says whose it is, and which fingerprint they have',
    }),
  );
}

/**
 * Return the slot of a passkey, and its secret.
 *
 * @param {KeyFile} file
 * @param {{slot: string, output: Bytes}} passkey
 */
async function byPasskey(file, { slot: id, output }) {
  const slot = slotsOf(file, PASSKEY).find((one) => one.id === id);
  if (slot) {
    const { rp, credential } = slot.params;
    const secret = await passkeySecret(output, { rp, credential: unb64(credential) });
    if (await isOf(slot, secret)) return { slot, secret };
  }
  throw coded(
    'passkey',
    new CredentialsError('this passkey does not open these keys', {
      hint: 'it may have been made anew since: open them with the passphrase',
    }),
  );
}

/** @param {KeyFile} file @param {string} kind */
function slotsOf(file, kind) {
  return file.slots.filter((slot) => slot.kind === kind);
}

/** @param {Slot} slot @param {Bytes} secret */
async function isOf(slot, secret) {
  try {
    await slotKey(slot, secret);
    return true;
  } catch (error) {
    if (error instanceof OpenError) return false;
    throw error;
  }
}
