/**
 * Files beside the main script that not every page needs: another implementation of the
 * KEM, pages and conditions, what an iframe tells, texts in other languages.
 *
 * Names and digests are fixed in the main script when it is built, so whoever checks that
 * one has checked them all. A part hands itself over by an event on its own element, and
 * leaves nothing on the page; it is a function of what both have in common.
 */

import { FormError } from './errors.js';

/** @typedef {{createPolicy: (name: string, rules: {createScriptURL: (url: string) => string}) => any}} Factory */

let home = '';

/**
 * Say where the main script came from, beside which its parts are.
 *
 * @param {string} url
 */
export function partsBeside(url) {
  home = url;
}

/** Where that is. */
export const besides = () => home;

/** @type {{createScriptURL: (url: string) => string} | undefined} */
let policy;

/** @type {Map<string, Promise<any>>} what is loaded, or on its way */
const loaded = new Map();

/**
 * Load a script and return what it exports; raises FormError `part`, after which it may be
 * tried again.
 *
 * @template {keyof Scripts} N
 * @param {N} name
 * @returns {Promise<Scripts[N]>}
 */
export const loadScript = (name) => once(name, added);

/**
 * Load the texts in one of our languages; raises as `loadScript`.
 *
 * @param {string} language
 * @returns {Promise<{[key: string]: string}>}
 */
export const loadTexts = (language) => once(`texts-${language}`, fetched);

/** @param {string} name @param {(name: string) => Promise<any>} load */
function once(name, load) {
  const before = loaded.get(name);
  if (before) return before;
  const loading = load(name).catch(() => {
    loaded.delete(name);
    throw new FormError('part', undefined, { passing: true });
  });
  loaded.set(name, loading);
  return loading;
}

/** @param {string} name */
async function fetched(name) {
  const [url, integrity] = placeOf(name);
  const response = await fetch(url, { integrity, credentials: 'omit', referrerPolicy: 'no-referrer' });
  return response.json();
}

/** @param {string} name */
async function added(name) {
  const [url, integrity] = placeOf(name);
  const script = document.createElement('script');
  script.integrity = integrity;
  script.crossOrigin = 'anonymous';
  script.src = trusted(url);
  const handedOver = new Promise((resolve, reject) => {
    script.addEventListener('sealform:part', (event) =>
      resolve(/** @type {CustomEvent} */ (event).detail(SHARED())),
    );
    script.addEventListener('error', reject);
    script.addEventListener('load', reject); // it ran, but is none of ours
  });
  document.head.append(script);
  return handedOver.finally(() => script.remove());
}

/** The address of a part, which has six bytes of its digest; and the digest. @param {string} name */
function placeOf(name) {
  const digest = PARTS[name] ?? '';
  const start = Array.from(atob(digest.slice(0, 8)), hex).join('');
  const file = `sealform-${name}.${start}.js${name.startsWith('texts') ? 'on' : ''}`;
  return /** @type {const} */ ([new URL(file, home).href, `sha256-${digest}`]);
}

/** @param {string} character */
const hex = (character) => character.charCodeAt(0).toString(16).padStart(2, '0');

/**
 * Pages with Trusted Types take a script's address only from a policy. Ours makes no
 * others than those of our parts.
 *
 * @param {string} url
 */
function trusted(url) {
  const { trustedTypes } = /** @type {{trustedTypes?: Factory}} */ (globalThis);
  policy ??= trustedTypes?.createPolicy('sealform', { createScriptURL: ours });
  return policy ? policy.createScriptURL(url) : url;
}

/** @param {string} url */
function ours(url) {
  if (Object.keys(PARTS).some((name) => placeOf(name)[0] === url)) return url;
  throw new TypeError(url);
}
