/** Whether the server still stores, unaltered, what a receipt was given for (docs/protocol.md §8). */

import * as encoding from '../../envelope/encoding.js';
import { EnvelopeError, FingerprintError, MalformedError, MismatchError } from '../../envelope/errors.js';
import { readFingerprint } from '../../envelope/keys.js';
import { MAX_TYPES } from '../../envelope/manifests.js';
import { readReceipt, recordId, verifyReceipt } from '../../envelope/receipts.js';
import { parseRecord } from '../../envelope/records.js';
import { checkFormRecord } from '../../envelope/submissions.js';
import { address, posted, request, unavailable } from '../kit/api.js';
import { getManifest, signed } from '../kit/manifest.js';
import { signedEver } from '../kit/owners.js';

/** @import { Bytes } from '../../envelope/encoding.js' */
/** @import { Manifest } from '../../envelope/manifests.js' */

const SECRET = 16; // what a receipt begins with

/** @typedef {'ok' | 'missing' | 'partly' | 'altered' | 'mistyped'} Verdict */

/**
 * @typedef {object} Question
 * @property {string} base where the API is
 * @property {string} form
 * @property {string[]} types all that any manifest of the form had, as the page says
 * @property {string} pin the owner's fingerprint, as it is shown
 * @property {string} typed
 */

/**
 * Raises FormError where the server does not answer; EnvelopeError where it answers what the
 * form's owner did not sign.
 *
 * @param {Question} question
 * @returns {Promise<Verdict>}
 */
export async function checkReceipt(question) {
  const receipt = read(question.typed);
  if (!receipt) return 'mistyped';
  const latest = await signedManifest(question, 'manifest');
  try {
    return await compared(question, receipt, latest);
  } catch (error) {
    if (error instanceof EnvelopeError) return 'altered';
    throw error;
  }
}

/** @param {string} typed */
function read(typed) {
  try {
    return readReceipt(typed);
  } catch {
    return undefined;
  }
}

/**
 * The types may have changed since: the ids follow from all that the form ever had, and then from
 * those of the manifest that the records were sealed for. What the page leaves out is not found.
 *
 * @param {Question} question
 * @param {Bytes} receipt
 * @param {Manifest} latest
 * @returns {Promise<Verdict>}
 */
async function compared(question, receipt, latest) {
  const ever = new Set([...typesOf(latest), ...question.types]);
  const [first] = await stored(question, receipt, [...ever]);
  if (!first) return 'missing';
  const path = `manifests/${encoding.b64(first.manifest)}`;
  const manifest = await signedManifest(question, path);
  const all = await stored(question, receipt, typesOf(manifest));
  if (all.length < manifest.types.length) return 'partly';
  await verifyReceipt(receipt, manifest, all);
  for (const record of all) checkFormRecord(record, manifest);
  return 'ok';
}

/**
 * @param {Question} question
 * @param {string} path
 */
async function signedManifest({ base, form, pin: shown }, path) {
  const answer = await getManifest(base, form, path);
  const pin = readFingerprint(shown);
  try {
    return (await signed(answer, form, pin)).manifest;
  } catch (error) {
    if (!(error instanceof FingerprintError)) throw error;
    return (await signedEver(answer, base, { form, pin })).manifest;
  }
}

/** @param {Manifest} manifest */
const typesOf = ({ types }) => types.map(({ type }) => type);

/**
 * Return the records that the server has under the receipt's ids for these types.
 *
 * @param {Question} question
 * @param {Bytes} receipt
 * @param {string[]} types
 */
async function stored({ base, form }, receipt, types) {
  const secret = receipt.slice(0, SECRET);
  const ids = await Promise.all(types.map((type) => recordId(secret, form, type)));
  const found = [];
  for (let at = 0; at < ids.length; at += MAX_TYPES) {
    found.push(...(await answered(base, form, ids.slice(at, at + MAX_TYPES))));
  }
  return found;
}

/**
 * @param {string} base
 * @param {string} form
 * @param {string[]} ids as many as one question holds
 */
async function answered(base, form, ids) {
  const question = posted(JSON.stringify({ ids }));
  const { status, body } = await request(address(base, form, 'receipts'), question);
  if (status !== 200) throw unavailable(status);
  const { records } = encoding.members(body, ['records'], 'the answer');
  if (!Array.isArray(records)) throw new MalformedError('records must be a list');
  const found = records.map(parseRecord);
  const known = new Set(found.map(({ id }) => id));
  if (known.size < found.length || found.some(({ id }) => !ids.includes(id))) {
    throw new MismatchError('the server answers with records that it was not asked for');
  }
  return found;
}
