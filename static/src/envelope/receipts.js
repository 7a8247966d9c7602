/**
 * Receipts: what a visitor keeps to find again what was stored (docs/protocol.md §8).
 *
 * A receipt is the submission's secret, from which the ids of its records follow, and the
 * beginning of a hash over these records. It opens nothing.
 */

import { concat, shapedUuid } from './encoding.js';
import { MalformedError, MismatchError } from './errors.js';
import { readFingerprint, showFingerprint } from './keys.js';
import { H, random, same } from './primitives.js';
import { recordMessage } from './records.js';
import { pasted } from './seen.js';

/** @import { Bytes } from './encoding.js' */
/** @import { Manifest } from './manifests.js' */
/** @import { Record } from './records.js' */

const SECRET = 16;
const SIZE = 32;
const MARKED_CHARACTERS = 53;

/** Return the random secret of one submission, 16 bytes. */
export function newSecret() {
  return random(SECRET);
}

/**
 * Return the id (version 4) that a submission's record of this type has.
 *
 * @param {Bytes} secret
 * @param {string} form
 * @param {string} type
 */
export async function recordId(secret, form, type) {
  return shapedUuid(await H('receipt-id', secret, form, type), 4);
}

/**
 * Return the receipt, 32 bytes, of a submission's records, in any order.
 *
 * Raises MismatchError unless there is one record for each type of the manifest.
 *
 * @param {Manifest} manifest
 * @param {Bytes} secret
 * @param {Record[]} records
 */
export async function receiptOf(manifest, secret, records) {
  const stored = manifest.types.map(async ({ type }) => {
    const record = records.find((one) => one.type === type);
    if (!record) throw new MismatchError(`the submission has no record of type ${type}`);
    return H('stored', await recordMessage(record), record.ak);
  });
  const hash = await H('receipt', manifest.hash, ...(await Promise.all(stored)));
  return concat(secret, hash.subarray(0, SECRET));
}

/**
 * Raise MismatchError unless these are the records that the receipt was given for.
 *
 * @param {Bytes} receipt
 * @param {Manifest} manifest
 * @param {Record[]} records
 */
export async function verifyReceipt(receipt, manifest, records) {
  const secret = receipt.slice(0, SECRET);
  if (receipt.length !== SIZE || records.length !== manifest.types.length) {
    throw new MismatchError('the receipt is of another number of records');
  }
  const ids = records.map((record) => record.id);
  for (const { type } of manifest.types) {
    if (!ids.includes(await recordId(secret, manifest.form, type))) {
      throw new MismatchError('the receipt is of other records');
    }
  }
  if (!same(await receiptOf(manifest, secret, records), receipt)) {
    throw new MismatchError('the records are not those that the receipt was given for');
  }
}

/**
 * Return the 32 bytes as a fingerprint is shown, with `R-` in front.
 *
 * @param {Bytes} receipt
 */
export function showReceipt(receipt) {
  return `R-${showFingerprint(receipt)}`;
}

/**
 * Read what people typed: the `R` in front, case, spaces and hyphens do not matter.
 *
 * @param {unknown} shown
 */
export function readReceipt(shown) {
  if (typeof shown !== 'string') throw new MalformedError('a receipt is a string');
  const characters = pasted(shown).replaceAll('-', '');
  const marked = characters.length === MARKED_CHARACTERS && /^R/i.test(characters);
  return readFingerprint(marked ? characters.slice(1) : characters);
}
