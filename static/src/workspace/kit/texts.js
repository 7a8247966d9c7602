/** In which language the pages speak, and what they say in it. */

import english from '../texts/en.json' with { type: 'json' };

/** @typedef {{[key: string]: string}} Catalogue */

/**
 * Says a text: `error.refused.token` falls back to `error.refused`, then to `error`.
 *
 * @typedef {(key: string, values?: {[name: string]: unknown}) => string} Text
 */

/** @typedef {{language: string, dir: 'ltr' | 'rtl', t: Text}} Speech */

/** What people choose from, each in its own words. @type {{[language: string]: string}} */
export const LANGUAGES = {
  en: 'English',
  de: 'Deutsch',
  fr: 'Français',
  es: 'Español',
  ar: 'العربية',
  ja: '日本語',
};

const RIGHT_TO_LEFT = ['ar'];

/** The first of the browser's languages that the pages speak, else English. @param {readonly string[]} wanted */
export function chooseLanguage(wanted) {
  const ours = wanted.map((tag) => tag.toLowerCase().split('-')[0] ?? '');
  return ours.find((language) => Object.hasOwn(LANGUAGES, language)) ?? 'en';
}

/** English, which is always there. @type {Speech} */
export const ENGLISH = speech('en', english);

/**
 * Speak a language; where its texts do not come, or are not those that were built with this script, English.
 *
 * @param {string} language
 * @returns {Promise<Speech>}
 */
export async function speak(language) {
  const address = `texts/${language}.json`;
  const integrity = TEXTS[address];
  if (!integrity) return ENGLISH;
  try {
    const answer = await fetch(new URL(address, location.href), { integrity, credentials: 'omit' });
    return speech(language, await answer.json());
  } catch {
    return ENGLISH;
  }
}

/** @param {string} language @param {Catalogue} catalogue @returns {Speech} */
export function speech(language, catalogue) {
  const dir = RIGHT_TO_LEFT.includes(language) ? 'rtl' : 'ltr';
  return { language, dir, t: speaker(language, catalogue) };
}

/** Numbers and moments are said in the language of the text. @param {string} language @param {Catalogue} catalogue @returns {Text} */
function speaker(language, catalogue) {
  const said = (/** @type {unknown} */ value) => {
    if (typeof value === 'number') return value.toLocaleString(language);
    if (!(value instanceof Date)) return String(value ?? '');
    return value.toLocaleString(language, { dateStyle: 'long' });
  };
  /** @type {(key: string) => string} */
  const lookUp = (key) => catalogue[key] ?? (key && lookUp(key.slice(0, Math.max(0, key.lastIndexOf('.')))));
  return (key, values = {}) => lookUp(key).replace(/\{(\w+)\}/g, (_, name) => said(values[name]));
}

/** What a server may name, so that the page says it in words of its own. */
const NAMED = ['fetch_refused', 'token_refused', 'token_expired', 'token_used', 'token_name', 'throttled'];

/** Whether a code may choose words of ours: of those that a server names, few may. @param {{name: string, code: string}} error */
const isOurs = ({ name, code }) => name !== 'ApiRefused' || NAMED.includes(code);

/** Why a record cannot be shown. @param {Text} t @param {{name: string, code: string}} error */
export const reasonOf = (t, error) => (isOurs(error) ? t(`cannot.${error.code}`) : t('cannot'));

/**
 * What the page says of a failure, by its code or its name; else what the worker told, in English, as sentences.
 *
 * @param {Text} t
 * @param {{name: string, code?: string, message: string, hint?: string}} error
 * @returns {{text: string, told: string[]}}
 */
export function explained(t, { name, code = '', message, hint = '' }) {
  const text = (code && isOurs({ name, code }) && t(`failed.${code}`)) || t(`failed.${name}`);
  if (text || !message) return { text: text || t('error'), told: [] };
  return { text: '', told: [message, hint].filter(Boolean).map(sentence) };
}

/** @param {string} said */
const sentence = (said) => `${said.charAt(0).toUpperCase()}${said.slice(1).replace(/[.]$/, '')}.`;
