/** The forms that this client owns, by the names that people give them. */

import { FORM, UUID } from '../../envelope/encoding.js';
import { pasted } from '../../envelope/seen.js';
import { LIST_FORMS } from '../endpoints.js';
import { UsageError } from '../errors.js';

/** @import { Session } from '../session.js' */

const MOST_NAMED = 20;

/** One own form; version 0 and expires 0 before its first publication. @typedef {{id: string, slug: string, title: string, version: number, expires: number}} FormLine */

/**
 * Return the forms that the server says this client owns; manifests have the proof.
 *
 * @param {Session} session
 * @returns {Promise<FormLine[]>}
 */
export async function ownForms(session) {
  return (await session.api.call(LIST_FORMS)).forms;
}

/**
 * Return an own form by slug or id; raises UsageError.
 *
 * @param {Session} session
 * @param {string} name
 */
export async function ownForm(session, name) {
  const [lines, meant] = [await ownForms(session), bare(name)];
  const line = lines.find(({ slug, id }) => meant === slug || meant === id);
  if (line) return line;
  const slugs = lines.slice(0, MOST_NAMED).map(({ slug }) => slug).join(', ');
  const more = lines.length > MOST_NAMED ? ` and ${lines.length - MOST_NAMED} more` : '';
  throw new UsageError(`this client owns no form ${name}`, {
    hint: slugs ? `it owns: ${slugs}${more}` : 'an admin drafts forms and says who owns them',
  });
}

/**
 * Return a form's id, for own forms by slug too.
 *
 * @param {Session} session
 * @param {string} name
 */
export async function formId(session, name) {
  return UUID.test(bare(name)) ? bare(name) : (await ownForm(session, name)).id;
}

/** @param {string} name */
function bare(name) {
  const meant = pasted(name);
  return meant.startsWith(FORM) ? meant.slice(FORM.length) : meant;
}
