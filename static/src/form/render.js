/** The whole form, built from its verified manifest (docs/protocol.md §8). */

import { inLanguage } from '../envelope/words.js';
import { element, question } from './controls.js';
import { lock } from './lock.js';

/** @import { Manifest } from '../envelope/manifests.js' */
/** @import { Field } from '../envelope/questions.js' */
/** @import { Section } from '../envelope/sections.js' */
/** @import { Words } from '../envelope/words.js' */
/** @import { Choice, Text } from './languages.js' */

/**
 * What every part of the form is built with: `say` makes an element with words of the owner.
 *
 * @typedef {object} Voice
 * @property {Text} text
 * @property {(words: Words) => string} word
 * @property {string} auto direction of what is typed; "auto" begins on the left while empty
 * @property {(tag: string, words: Words, attributes?: {[name: string]: unknown}) => HTMLElement} say
 */

/**
 * Build the form inside `host`, locked and on its first page; what it does comes from others.
 *
 * @param {object} options
 * @param {HTMLElement} options.host
 * @param {Manifest} options.manifest verified
 * @param {{name: string}} options.owner
 * @param {string} options.fingerprint the owner's, as people compare it
 * @param {Choice} options.language
 * @param {Text} options.text
 * @param {string | null} [options.parts] "fields" where the page shows title and lock itself
 * @returns {HTMLFormElement}
 */
export function renderForm({ host, manifest, owner, fingerprint, language, text, parts }) {
  const voice = speakerOf(language, text);
  const { dir } = language;
  const whole = parts !== 'fields';
  const level = Number(host.getAttribute('data-sealform-heading') ?? 2);
  const pages = pagesOf(manifest, voice, `h${level + Number(whole)}`);
  const form = /** @type {HTMLFormElement} */ (
    element(
      'form',
      { class: 'sealform', method: 'dialog', novalidate: true, autocomplete: 'off', dir },
      pages.length > 1 && progress(pages.length, text),
      ...pages,
      trap(text),
      buttons(pages.length > 1, text),
      element('p.status', { role: 'status', 'data-sealform-status': true }),
    )
  );
  for (const { name, value } of host.attributes) {
    if (name.startsWith('data-')) form.setAttribute(name, value);
  }
  form.lang = host.lang = language.interface;
  host.dir = dir;
  host.replaceChildren(...(whole ? head(manifest, voice, level) : []), form);
  if (whole) form.before(lock({ owner, fingerprint, text }));
  return form;
}

/** @param {Choice} choice @param {Text} text @returns {Voice} */
function speakerOf({ language, interface: ours, dir }, text) {
  const lang = language !== ours && language;
  const word = (/** @type {Words} */ words) => inLanguage(words, language);
  return {
    text,
    word,
    auto: dir === 'ltr' ? 'auto' : '',
    say: (tag, words, attributes) =>
      element(tag, { dir: 'auto', lang, ...attributes }, word(words)),
  };
}

/** @param {Manifest} manifest @param {Voice} voice @param {number} level */
function head({ title, description }, { say, word }, level) {
  const heading = say(`h${level}.title`, title);
  return word(description) ? [heading, say('p.description', description)] : [heading];
}

/**
 * Sections stand in the manifest's order, each on the page that it or one before it begins.
 *
 * @param {Manifest} manifest
 * @param {Voice} voice
 * @param {string} heading
 */
function pagesOf(manifest, voice, heading) {
  const fields = new Map(manifest.fields.map((field) => [field.name, field]));
  /** @type {HTMLElement[]} */
  const pages = [];
  for (const part of manifest.allSections) {
    if (part.page) {
      const hidden = pages.length > 0;
      pages.push(element('div.page', { tabindex: -1, hidden }));
    }
    pages.at(-1)?.append(section(part, fields, voice, heading));
  }
  return pages;
}

/**
 * @param {Section} part
 * @param {Map<string, Field>} fields
 * @param {Voice} voice
 * @param {string} heading
 */
function section({ title, text, fields: names }, fields, voice, heading) {
  const { say, word } = voice;
  return element(
    'div.section',
    {},
    word(title) && say(`${heading}.heading`, title),
    word(text) && say('p.text', text),
    ...names.map((name) => {
      const field = /** @type {Field} */ (fields.get(name));
      return field.kind !== 'hidden' && question(field, voice);
    }),
  );
}

/** @param {number} steps @param {Text} text */
function progress(steps, text) {
  return element(
    'div.progress',
    {},
    element('p.step', {}, text('progress', { step: 1, steps })),
    element('progress', { max: steps, value: 1, 'aria-hidden': 'true' }),
  );
}

/** A box that programs fill and people neither see nor hear of. @param {Text} text */
function trap(text) {
  const input = element('input', { tabindex: -1, autocomplete: 'off' });
  const label = element('label', {}, text('trap'), input);
  const box = element('div.trap', { 'aria-hidden': 'true' }, label);
  // Not left to the stylesheet, which not every site uses.
  box.style.cssText = 'position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)';
  return box;
}

/** @param {boolean} several @param {Text} text */
function buttons(several, text) {
  return element(
    'div.nav',
    {},
    several && button('back', text, { type: 'button', hidden: true }),
    several && button('next', text, { type: 'button' }),
    button('send', text, { disabled: true, hidden: several, 'data-sealform-submit': true }),
  );
}

/** @param {string} what @param {Text} text @param {{[name: string]: unknown}} attributes */
function button(what, text, attributes) {
  return element(`button.${what}`, attributes, text(what));
}
