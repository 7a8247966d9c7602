/** Words: what a visitor reads, in one language or in several (docs/protocol.md §8). */

import { members, text } from './encoding.js';
import { MalformedError } from './errors.js';

/** @typedef {string | {[language: string]: string}} Words one text for every language, or for each */
/** @typedef {(most: number, least?: number) => (value: unknown, what: string) => Words} WordsOf */

export const MAX_LANGUAGES = 16;

const LANGUAGE = /^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$/;

/**
 * Return a language tag: the subset of BCP 47 that §8 has.
 *
 * @param {unknown} value
 */
export function languageTag(value) {
  if (typeof value !== 'string' || !LANGUAGE.test(value)) {
    throw new MalformedError('a language is a tag like en, pt-BR or zh-Hant');
  }
  return value;
}

/**
 * Return what reads words of `least` to `most` code points in each of these languages.
 *
 * @param {string[]} languages
 * @returns {WordsOf}
 */
export function wordsIn(languages) {
  return (most, least = 0) =>
    (value, what) => {
      if (!languages.length || typeof value === 'string') return text(value, what, most, least);
      const texts = members(value, languages, what);
      for (const one of Object.values(texts)) text(one, what, most, least);
      return texts;
    };
}

/**
 * Return the text in `language`, or in the first that there is.
 *
 * @param {Words} words
 * @param {string} language
 */
export function inLanguage(words, language) {
  if (typeof words === 'string') return words;
  return words[language] || (Object.values(words)[0] ?? '');
}
