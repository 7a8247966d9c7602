/** One question and what answers it, by kind (docs/protocol.md §8). No control has a name. */

/** @import { Field } from '../envelope/questions.js' */
/** @import { Voice } from './render.js' */

/** @typedef {{[name: string]: unknown}} Attributes */
/** @typedef {(Node | string | false | undefined)[]} Children */

let ids = 0;

/** An id that nothing else in the page has, another form included. */
export const newId = () => `sealform-${(ids += 1)}`;

/**
 * Make an element, `p.error` of class `sealform-error`; false, "" and undefined leave an
 * attribute or a child out.
 *
 * @param {string} what
 * @param {Attributes} attributes
 * @param {Children} children
 */
export function element(what, attributes, ...children) {
  const [tag = '', part] = what.split('.');
  const made = document.createElement(tag);
  if (part) made.className = `sealform-${part}`;
  for (const [name, value] of Object.entries(attributes)) {
    if (value || value === 0) made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(.../** @type {(Node | string)[]} */ (children.filter(Boolean)));
  return made;
}

/**
 * Return a field's container: label, help, controls and the place for what is wrong.
 *
 * @param {Field} field
 * @param {Voice} voice
 */
export function question(field, voice) {
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
function controlOf({ kind, options, min, max }, attributes, { text, word }) {
  if (kind === 'textarea') return element(kind, { ...attributes, rows: 4 });
  if (kind === 'select') {
    const choices = options.map(({ value, label }) => new Option(word(label), value));
    return element(kind, attributes, new Option(text('choose'), ''), ...choices);
  }
  if (kind !== 'number') return element('input', { type: kind, ...attributes, min, max });
  // Not type=number, which drops what it cannot read; a phone's digits have no minus.
  return element('input', { ...attributes, inputmode: Number(min || -1) >= 0 && 'decimal' });
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
  const choices = choicesOf(field).map((option) =>
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
function choicesOf({ kind, options, min, max }) {
  if (kind !== 'rating') return options;
  const numbers = Array.from({ length: Number(max) - Number(min) + 1 }, (_, n) => String(n + +min));
  return numbers.map((number) => ({ value: number, label: number }));
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
