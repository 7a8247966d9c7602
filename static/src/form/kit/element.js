/** Makes elements of a page. What they say is text, never markup. */

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
