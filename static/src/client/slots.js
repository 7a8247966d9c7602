/** New ways to open a key file: a slot of each kind that a tab can make, and what stands on paper. */

import list from '../../../apps/client/words.json' with { type: 'json' };
import { showCode } from '../envelope/codes.js';
import { b64 } from '../envelope/encoding.js';
import { PASSKEY, PASSPHRASE, RECOVERY, newSlot, withSigner } from '../envelope/key_files.js';
import { passkeySecret } from '../envelope/passkeys.js';
import { SALT, USUAL, passphraseSecret } from '../envelope/passphrases.js';
import { KEY, SigningKey, random } from '../envelope/primitives.js';

/** @import { Bytes, Wire } from '../envelope/encoding.js' */
/** @import { Slot } from '../envelope/key_files.js' */
/** @import { Card } from '../envelope/keys.js' */
/** @import { Cost } from '../envelope/passphrases.js' */

const WORDS = 6;
/** 7,776 words, so that six of them have 77 bits: those that the client in Python draws, too. */
export const WORD_LIST = list.words.split(' ');

/** A slot, and the secret (32 bytes) that opens it. @typedef {{slot: Slot, secret: Bytes}} Way */

/**
 * A recovery slot, the seed (32 bytes) of the client's recovery key with its public half (32 bytes),
 * and the rows of the recovery code.
 *
 * @typedef {{way: Way, seed: Bytes, public: Bytes, code: string[]}} Recovery
 */

/** Return six random words of a list of 7,776. */
export function newWords() {
  return Array.from({ length: WORDS }, () => WORD_LIST[below(WORD_LIST.length)]).join(' ');
}

/** An integer from 0 to 65,535, all equally likely. */
const drawn = () => new DataView(random(2).buffer).getUint16(0);

/**
 * Return an integer from 0 below `most` (at most 65,536), all equally likely.
 *
 * @param {number} most
 * @param {() => number} [draw] gives integers from 0 to 65,535
 */
export function below(most, draw = drawn) {
  const fair = 65_536 - (65_536 % most);
  for (;;) {
    const number = draw();
    if (number < fair) return number % most;
  }
}

/**
 * Return a slot for a passphrase; raises MalformedError.
 *
 * `generated` says that it is six words of `newWords` and not one of somebody's own.
 *
 * @param {string} text
 * @param {{generated: boolean, label?: string, cost?: Cost}} about
 * @returns {Promise<Way>}
 */
export async function passphrase(text, { generated, label = 'passphrase', cost = USUAL }) {
  const salt = random(SALT);
  const params = { salt: b64(salt), memory: cost.memory, passes: cost.passes, generated };
  return newWay(PASSPHRASE, await passphraseSecret(text, salt, cost), label, params);
}

/**
 * Return a slot for a passkey; raises MalformedError.
 *
 * `output` is what the PRF of the credential gives for `salt` (32 bytes).
 *
 * @param {{rp: string, credential: Bytes, salt: Bytes, output: Bytes, label: string}} made
 * @returns {Promise<Way>}
 */
export async function passkey({ rp, credential, salt, output, label }) {
  const params = { rp, credential: b64(credential), salt: b64(salt) };
  return newWay(PASSKEY, await passkeySecret(output, { rp, credential }), label, params);
}

/**
 * Return a recovery slot of a new secret, whose code is one sheet of paper, and a new recovery key.
 *
 * @param {{label?: string}} [about]
 * @returns {Promise<Recovery>}
 */
export async function recovery({ label = 'recovery sheet' } = {}) {
  const [secret, seed] = [random(KEY), random(KEY)];
  const way = await newWay(RECOVERY, secret, label, { threshold: 1, shares: 1 });
  const { public: publicKey } = await SigningKey.fromSeed(seed);
  return { way, seed, public: publicKey, code: await showCode(RECOVERY, secret) };
}

/**
 * Return the slot of a recovery sheet for the key file of the client with this card.
 *
 * @param {Recovery} recovery
 * @param {Card} card
 */
export function recoverySlot({ way, seed }, card) {
  return withSigner(way.slot, way.secret, card, seed);
}

/**
 * @param {string} kind
 * @param {Bytes} secret
 * @param {string} label
 * @param {Wire} params
 * @returns {Promise<Way>}
 */
async function newWay(kind, secret, label, params) {
  const about = { id: crypto.randomUUID(), label, made: now(), params };
  return { slot: await newSlot(kind, secret, about), secret };
}

/** Seconds since 1970. */
export const now = () => Math.floor(Date.now() / 1000);
