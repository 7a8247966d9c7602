/** In which language a form speaks, and what its interface says in it. */

import fewTexts from '../texts/until-loaded.json' with { type: 'json' };
import { loadTexts } from './parts.js';

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
const TAG = /^[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?(?![^-])/i;
const RIGHT_TO_LEFT = /Adlm|Ara[bn]|Hebr|Nkoo|Rohg|Syrc|Thaa/;

/**
 * A page's own form speaks as its page does, unless it says otherwise.
 *
 * @param {HTMLElement} host
 * @param {readonly string[]} languages
 */
export function languageFor(host, languages) {
  const around = host.closest('form')?.closest('[lang]')?.getAttribute('lang');
  const said = host.getAttribute('data-sealform-lang') ?? around ?? '';
  return chooseLanguage([...said.split(' '), ...navigator.languages], languages);
}

/**
 * Choose among what there is (docs/protocol.md §8, Choosing a language), as our own server does.
 *
 * @param {readonly string[]} wanted language tags, the best first
 * @param {readonly string[]} languages the manifest's
 * @returns {Choice}
 */
export function chooseLanguage(wanted, languages) {
  const language = best(wanted, languages) ?? languages[0] ?? '';
  const ours = best([language, ...wanted], OURS) ?? 'en';
  const [, script = ''] = subtags(language || ours);
  return { language, interface: ours, dir: RIGHT_TO_LEFT.test(script) ? 'rtl' : 'ltr' };
}

/**
 * The first tag decides that has the language and script of anything, best with its country; else
 * the first that has the language, in whatever script.
 *
 * @param {readonly string[]} wanted
 * @param {readonly string[]} offered
 */
function best(wanted, offered) {
  for (const depths of [[3, 2], [1]]) {
    for (const tag of wanted) {
      for (const depth of depths) {
        const start = subtags(tag).slice(0, depth).join();
        const found = offered.find((each) => subtags(each).slice(0, depth).join() === start);
        if (found) return found;
      }
    }
  }
  return undefined;
}

/**
 * Return language, script and country, the likely ones where the tag has none; nothing of what is no tag.
 *
 * @param {string} tag
 */
function subtags(tag) {
  const [plain] = TAG.exec(tag) ?? [];
  if (!plain) return [];
  const { language, script, region } = new Intl.Locale(plain).maximize();
  return [language, script, region];
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
  return speaker(inline ? JSON.parse(inline) : await loadTexts(language), language);
}

/** Speaks at once, in English: what has to be said where the texts themselves do not load. */
export const untilLoaded = speaker(fewTexts);

/** Numbers and moments are said in the language of the text. @param {{[key: string]: string}} catalogue @returns {Text} */
function speaker(catalogue, language = 'en') {
  const said = (/** @type {unknown} */ value) => {
    if (typeof value === 'number') return value.toLocaleString(language, { useGrouping: false });
    if (!(value instanceof Date)) return String(value ?? '');
    return value.toLocaleString(language, { dateStyle: 'long', timeStyle: 'short' });
  };
  /** @type {(key: string) => string} */
  const lookUp = (key) => catalogue[key] ?? (key && lookUp(key.slice(0, key.lastIndexOf('.'))));
  return (key, values = {}) =>
    lookUp(key).replace(/\{(\w+)\}/g, (_, name) => said(values[name]));
}
