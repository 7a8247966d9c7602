/** In which language a form speaks, and what its interface says in it. */

import first from '../texts/first.json' with { type: 'json' };
import { loadJson } from './parts.js';

/**
 * @typedef {object} Choice
 * @property {string} language of the owner's words, "" where they are in one that nobody named
 * @property {string} interface of our own texts
 * @property {'ltr' | 'rtl'} dir
 */

/**
 * Says a text: `problem.min.date` falls back to `problem.min`, then to `problem`.
 *
 * @typedef {(key: string, values?: {[name: string]: unknown}) => string} Text
 */

const OURS = ['en', 'de', 'fr', 'es', 'ar', 'ja'];
const RIGHT_TO_LEFT = /-(Arab|Hebr|Thaa|Syrc|Nkoo|Adlm)/;

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
 * Choose by what the page asks for, then by the visitor's browser, among what there is.
 *
 * @param {object} about
 * @param {string | null} [about.wanted] a language tag from the page
 * @param {{languages: readonly string[]}} about.manifest
 * @param {readonly string[]} about.navigatorLanguages
 * @returns {Choice}
 */
export function chooseLanguage({ wanted, manifest: { languages }, navigatorLanguages }) {
  const tags = [wanted ?? '', ...navigatorLanguages];
  const language = best(tags, languages) ?? languages[0] ?? '';
  const ours = best([language, ...tags], OURS) ?? 'en';
  const dir = RIGHT_TO_LEFT.test(maximized(language || ours)) ? 'rtl' : 'ltr';
  return { language, interface: ours, dir };
}

/**
 * Return what is closest to the first tag that anything is close to: the same language, script
 * and country before the same language and script, before the same language.
 *
 * @param {readonly string[]} tags
 * @param {readonly string[]} offered
 */
function best(tags, offered) {
  for (const wanted of tags.map(maximized).filter(Boolean)) {
    for (const parts of [3, 2, 1]) {
      const found = offered.find((tag) => head(maximized(tag), parts) === head(wanted, parts));
      if (found) return found;
    }
  }
  return undefined;
}

/** @param {string} tag @param {number} parts */
const head = (tag, parts) => tag.split('-', parts).join();

/**
 * Return a tag with its likely script and country; "" for what is no tag.
 *
 * @param {string} tag
 */
function maximized(tag) {
  try {
    return new Intl.Locale(tag).maximize().baseName;
  } catch {
    return '';
  }
}

/**
 * Return what says the interface's texts: those that the page carries, or else a part of the
 * script. Raises FormError `part`.
 *
 * @param {string} language one that `chooseLanguage` gave as `interface`
 * @returns {Promise<Text>}
 */
export async function texts(language) {
  const carried = `script[type="application/json"][data-sealform-texts="${language}"]`;
  const inline = globalThis.document?.querySelector(carried)?.textContent;
  return speaker(inline ? JSON.parse(inline) : await loadJson(`texts-${language}`));
}

/** Speaks at once, in English: what has to be said before anything is loaded, or where nothing is. */
export const atFirst = speaker(first);

/** @param {{[key: string]: string}} catalogue @returns {Text} */
function speaker(catalogue) {
  /** @type {(key: string) => string} */
  const lookUp = (key) => catalogue[key] ?? (key && lookUp(key.slice(0, key.lastIndexOf('.'))));
  return (key, values = {}) =>
    lookUp(key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
}
