/** The whole form, built from its verified manifest (docs/protocol.md §8). No control has a name. */

import { choicesOf } from '../../envelope/questions.js';
import { inLanguage } from '../../envelope/words.js';
import { element, newId } from '../kit/element.js';

/** @import { Manifest } from '../../envelope/manifests.js' */
/** @import { Field } from '../../envelope/questions.js' */
/** @import { Section } from '../../envelope/sections.js' */
/** @import { Words } from '../../envelope/words.js' */
/** @import { Attributes, Children } from '../kit/element.js' */
/** @import { Choice, Text } from '../kit/languages.js' */

/**
 * What every part of the form is built with: `say` makes an element with words of the owner.
 *
 * @typedef {object} Voice
 * @property {Text} text
 * @property {(words: Words) => string} word
 * @property {string} auto direction of what is typed; "auto" begins on the left while empty
 * @property {(tag: string, words: Words, attributes?: {[name: string]: unknown}) => HTMLElement} say
 */

/** @typedef {(voice: Voice, level: number) => HTMLElement[]} Above */

/**
 * Build the form inside `host`, locked and on its first page; what it does comes from others.
 *
 * @param {object} options
 * @param {HTMLElement} options.host
 * @param {Manifest} options.manifest verified
 * @param {Choice} options.language
 * @param {Text} options.text
 * @param {Above} [options.above] makes what stands above the form, where the page does not say it itself
 * @returns {HTMLFormElement}
 */
export function renderForm({ host, manifest, language, text, above }) {
  const voice = speakerOf(language, text);
  const { dir } = language;
  const level = Number(host.getAttribute('data-sealform-heading') ?? 2);
  const pages = pagesOf(manifest, voice, `h${level + Number(Boolean(above))}`);
  const form = /** @type {HTMLFormElement} */ (
    element(
      'form',
      { class: 'sealform', method: 'dialog', novalidate: true, autocomplete: 'off', dir },
      pages.length > 1 && progress(pages.length, text),
      ...pages,
      buttons(pages.length > 1, text),
      element('p.status', { role: 'status', 'data-sealform-status': true }),
    )
  );
  for (const { name, value } of host.attributes) {
    if (name.startsWith('data-')) form.setAttribute(name, value);
  }
  form.lang = host.lang = language.interface;
  host.dir = dir;
  host.replaceChildren(...(above?.(voice, level) ?? []), form);
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

/**
 * Return a field's container: label, help, controls and the place for what is wrong.
 *
 * @param {Field} field
 * @param {Voice} voice
 */
function question(field, voice) {
  const id = newId();
  const notes = notesOf(field, id, voice);
  const label = [
    voice.say('span', field.label),
    field.required && element('span.required', {}, voice.text('required')),
  ];
  const described = notes.map((note) => note.id).join(' ');
  const made = (SHAPES[field.kind] ?? line)({ field, id, label, notes, described }, voice);
  made.className = 'sealform-field';
  made.setAttribute('data-kind', field.kind);
  made.append(element('p.error', {}));
  return made;
}

/**
 * A question on its way, and the texts that belong to it.
 *
 * @typedef {object} Asked
 * @property {Field} field
 * @property {string} id
 * @property {Children} label
 * @property {HTMLElement[]} notes
 * @property {string} described ids of the notes
 */

/** @typedef {(asked: Asked, voice: Voice) => HTMLElement} Shape */

/** What is read out with a control. @param {Field} field @param {string} id @param {Voice} voice */
function notesOf({ text, help, low, high, min, max }, id, { say, word }) {
  return Object.entries({ text, help, low, high }).flatMap(([part, words]) => {
    if (!word(words)) return [];
    const note = say(`p.${part}`, words, { id: `${id}-${part}` });
    const end = { low: min, high: max }[part];
    if (end) note.prepend(`${end} – `);
    return note;
  });
}

/** @type {Shape} */
function line({ field, id, label, notes, described }, voice) {
  const control = controlOf(field, { id, ...common(field, described), ...habits(field, voice) }, voice);
  const title = element('label.label', { for: id }, ...label);
  return element('div', {}, title, ...notes, control);
}

/** @param {Field} field @param {string} described */
function common({ name, required }, described) {
  return {
    'data-sealform-field': name,
    'aria-describedby': described,
    'aria-required': required && 'true',
  };
}

/** @param {Field} field @param {Attributes} attributes @param {Voice} voice */
function controlOf({ kind, options, min, max, step }, attributes, { text, word }) {
  if (kind === 'textarea') return element(kind, { ...attributes, rows: 4 });
  if (kind === 'select') {
    const choices = options.map(({ value, label }) => new Option(word(label), value));
    return element(kind, attributes, new Option(text('choose'), ''), ...choices);
  }
  if (kind !== 'number') return element('input', { type: kind, ...attributes, min, max });
  // Not type=number, which drops what it cannot read; a phone's digits have no minus.
  const whole = Number.isInteger(Number(step || 0.5)) && Number.isInteger(Number(min));
  const unsigned = min && Number(min) >= 0;
  return element('input', { ...attributes, inputmode: unsigned && (whole ? 'numeric' : 'decimal') });
}

/** How a browser treats what is typed. @param {Field} field @param {Voice} voice */
function habits({ kind, placeholder }, { word, auto }) {
  return {
    placeholder: word(placeholder),
    dir: /^text/.test(kind) ? auto : /^(email|number|tel)$/.test(kind) && 'ltr',
  };
}

/** @type {Shape} */
function group({ field, id, label, notes, described }, { say }) {
  const { 'data-sealform-field': name, ...attributes } = common(field, described);
  const single = field.kind !== 'checkboxes';
  const type = single ? 'radio' : 'checkbox';
  const choices = offered(field).map((option) =>
    choice(
      { type, value: option.value, 'data-sealform-field': name },
      say('span', option.label),
    ),
  );
  return element(
    'fieldset',
    single ? { id, role: 'radiogroup', ...attributes } : { id, 'aria-describedby': described },
    element('legend.label', {}, ...label),
    ...notes,
    element('div.choices', {}, ...choices),
  );
}

/** A scale's numbers, or the options. @param {Field} field */
function offered(field) {
  if (field.kind !== 'rating') return field.options;
  return choicesOf(field).map((number) => ({ value: String(number), label: String(number) }));
}

/** @param {Attributes} attributes @param {Children} label */
function choice(attributes, ...label) {
  const text = element('span', {}, ...label);
  return element('label.choice', {}, element('input', attributes), text);
}

/** @type {Shape} */
function tick({ field, id, label, notes, described }) {
  const box = choice({ id, type: 'checkbox', ...common(field, described) }, ...label);
  return element('div', {}, ...(field.kind === 'consent' ? [...notes, box] : [box, ...notes]));
}

/** @type {{[kind: string]: Shape}} */
const SHAPES = { radio: group, checkboxes: group, rating: group, checkbox: tick, consent: tick };
