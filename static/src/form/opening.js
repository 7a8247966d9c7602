/** From a marked element to a form that may be filled: verified, in a language, rendered, matched. */

import { showFingerprint } from '../envelope/keys.js';
import { FormError } from './errors.js';
import { chooseLanguage, texts } from './languages.js';
import { expectedOf, verifiedManifest } from './manifest.js';
import { loadScript } from './parts.js';
import { prepareControls } from './prepare.js';
import { matchQuestions } from './questions.js';
import { renderForm } from './render.js';

/** @import { Manifest } from '../envelope/manifests.js' */
/** @import { Choice, Text } from './languages.js' */
/** @import { Expected, Verified } from './manifest.js' */
/** @import { Question } from './questions.js' */
/** @import { startSteps } from './steps.js' */

/**
 * A form whose keys are verified.
 *
 * @typedef {object} Opened
 * @property {Manifest} manifest
 * @property {HTMLFormElement} form
 * @property {Question[]} questions
 * @property {Choice} language
 * @property {Text} text
 * @property {{startSteps: typeof startSteps} | undefined} steps what shows pages and conditions
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
  const form = formIn(host, { ...verified, language, text }, expected, before);
  const questions = matchQuestions(form, manifest);
  if (form !== before?.form) prepareControls(questions);
  return { manifest, form, questions, language, text, steps };
}

/** @param {Manifest} manifest */
function hasSteps({ sections, fields }) {
  return sections.length > 0 || fields.some((field) => field.when.length);
}

/**
 * A page's own form speaks as its page does, unless it says otherwise.
 *
 * @param {HTMLElement} host
 * @param {readonly string[]} languages
 */
export function languageFor(host, languages) {
  const around = host.closest('form')?.closest('[lang]')?.getAttribute('lang');
  const wanted = host.getAttribute('data-sealform-lang') ?? around;
  const manifest = { languages };
  return chooseLanguage({ wanted, manifest, navigatorLanguages: navigator.languages });
}

/**
 * @param {HTMLElement} host
 * @param {Verified & {language: Choice, text: Text}} verified
 * @param {Expected} expected
 * @param {Opened | undefined} before
 */
function formIn(host, verified, { pin }, before) {
  if (host instanceof HTMLFormElement) return host;
  if (before && !differ(before.manifest, verified.manifest)) return before.form;
  const parts = host.getAttribute('data-sealform-parts');
  const form = renderForm({ host, ...verified, fingerprint: showFingerprint(pin), parts });
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
