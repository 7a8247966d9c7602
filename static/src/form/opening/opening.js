/**
 * From a marked element to a form that may be filled: its manifest verified (docs/protocol.md §8), in
 * a language, rendered, its controls matched.
 */

import * as encoding from '../../envelope/encoding.js';
import { MismatchError } from '../../envelope/errors.js';
import { readFingerprint } from '../../envelope/keys.js';
import { inForce } from '../../envelope/manifests.js';
import { FormError } from '../kit/errors.js';
import { languageFor, texts } from '../kit/languages.js';
import { getManifest, signed } from '../kit/manifest.js';
import { formOf } from '../kit/markup.js';
import { loadScript } from '../kit/parts.js';
import { matchQuestions, prepareControls } from '../kit/controls.js';
import { renderForm } from './rendering.js';

/** @import { Bytes } from '../../envelope/encoding.js' */
/** @import { Manifest } from '../../envelope/manifests.js' */
/** @import { Choice, Text } from '../kit/languages.js' */
/** @import { Verified } from '../kit/manifest.js' */
/** @import { Question } from '../kit/controls.js' */

/**
 * A form whose keys are verified.
 *
 * @typedef {object} Opened
 * @property {Manifest} manifest
 * @property {HTMLFormElement} form
 * @property {Question[]} questions
 * @property {Choice} language
 * @property {Text} text
 * @property {Scripts['steps'] | undefined} steps what shows pages and conditions
 */

/** Raises FormError where nothing could be sealed; how an engine fails later is hard to tell. */
function checkBrowser() {
  if (!isSecureContext) throw new FormError('insecure');
  if (!crypto.subtle || !('isWellFormed' in String.prototype)) throw new FormError('unsupported');
}

/**
 * Return the form of this element; raises FormError or EnvelopeError.
 *
 * @param {HTMLElement} host the page's own form, or what one is rendered into
 * @param {string} base
 * @param {Opened} [before] as it was until the server said that there is a newer one
 * @returns {Promise<Opened>}
 */
export async function openForm(host, base, before) {
  checkBrowser();
  const expected = expectedOf(host);
  const minVersion = Math.max(expected.minVersion, before?.manifest.version ?? 0);
  const verified = await verifiedManifest(base, { ...expected, minVersion }, Boolean(before));
  const { manifest } = verified;
  const language = languageFor(host, manifest.languages);
  const [text, steps] = await Promise.all([
    texts(language.interface),
    hasSteps(manifest) ? loadScript('steps') : undefined,
  ]);
  const form = await formIn(host, { ...verified, language, text }, before);
  const questions = matchQuestions(form, manifest);
  if (form !== before?.form) prepareControls(questions);
  return { manifest, form, questions, language, text, steps };
}

/** @param {Manifest} manifest */
function hasSteps({ sections, fields }) {
  return sections.length > 0 || fields.some((field) => field.when.length);
}

/**
 * @param {HTMLElement} host
 * @param {Verified & {language: Choice, text: Text}} verified
 * @param {Opened | undefined} before
 */
async function formIn(host, verified, before) {
  if (host instanceof HTMLFormElement) return host;
  if (before && !differ(before.manifest, verified.manifest)) return before.form;
  const fieldsAlone = host.getAttribute('data-sealform-parts') === 'fields';
  const { above } = fieldsAlone ? { above: undefined } : await loadScript('sending');
  const form = renderForm({ host, ...verified, above: above?.bind(null, verified) });
  form.removeAttribute('data-sealform-state'); // that one is the host's
  return form;
}

/** Whether visitors see that a form has changed; its inboxes they don't. @param {Manifest[]} both */
function differ(...both) {
  const [old, now] = both.map(({ title, description, languages, sections, fields }) =>
    JSON.stringify([title, description, languages, sections, fields]),
  );
  return old !== now;
}

/**
 * What the page says about its form, from outside the server.
 *
 * @typedef {object} Expected
 * @property {string} form the form's id
 * @property {Bytes} pin its owner's fingerprint, 32 bytes
 * @property {boolean} pinned whether no other card is taken, though the pinned one should lead there
 * @property {number} minVersion the least version that is accepted
 */

/**
 * Read the form's attributes; raises FormError if id or pin are missing or mistyped.
 *
 * @param {HTMLElement} host
 * @returns {Expected}
 */
function expectedOf(host) {
  try {
    return {
      form: encoding.uuid(formOf(host), 'form id'),
      pin: readFingerprint(host.getAttribute('data-pin')),
      pinned: host.hasAttribute('data-pin-only'),
      minVersion: encoding.integer(Number(host.getAttribute('data-min-version') ?? 1), 'version'),
    };
  } catch {
    throw new FormError('setup');
  }
}

/**
 * Return the verified manifest that is in force; raises FormError or EnvelopeError.
 *
 * A manifest that the page carries is verified like any other. Where it does not pass, as
 * after a new publication, the server's is fetched.
 *
 * @param {string} base
 * @param {Expected} expected
 * @param {boolean} fresh whether the page's own is known to be outdated
 * @returns {Promise<Verified>}
 */
async function verifiedManifest(base, expected, fresh) {
  const carried = `script[type="application/json"][data-sealform-manifest="${expected.form}"]`;
  const inline = !fresh && document.querySelector(carried)?.textContent;
  if (inline) {
    try {
      return await verified(JSON.parse(inline), base, expected);
    } catch {
      // what the server has now decides, and says what is wrong
    }
  }
  return verified(await getManifest(base, expected.form), base, expected);
}

/** @param {unknown} answer @param {string} base @param {Expected} expected */
async function verified(answer, base, expected) {
  const found = await signedByOwner(answer, base, expected);
  if (found.manifest.version < expected.minVersion) {
    throw new MismatchError(`the manifest is older than version ${expected.minVersion}`);
  }
  checkTime(found.manifest);
  return found;
}

/**
 * Where the card is not the pinned one, look whether that one leads to it.
 *
 * @param {unknown} answer
 * @param {string} base
 * @param {Expected} expected
 * @returns {Promise<Verified>}
 */
const signedByOwner = (answer, base, expected) =>
  signed(answer, expected.form, expected.pin).catch(async (error) => {
    if (expected.pinned || error.code !== 'fingerprint') throw error;
    return (await loadScript('owners')).signedNow(answer, base, expected);
  });

/**
 * Raises FormError `clock` where this device says that the form is not signed yet, `expired`
 * where it says that the form is closed. Both name the dates: the device may be wrong.
 *
 * @param {Manifest} manifest
 */
function checkTime(manifest) {
  const now = Date.now() / 1000;
  try {
    inForce(manifest, Math.floor(now));
  } catch {
    const { issued, expires } = manifest;
    const values = { issued: moment(issued), expires: moment(expires), now: moment(now) };
    throw new FormError(now < issued ? 'clock' : 'expired', undefined, { values });
  }
}

/** @param {number} seconds since 1970 */
const moment = (seconds) => new Date(seconds * 1000);
