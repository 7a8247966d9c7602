/** What to call where a record comes from: a form by its slug, a client by its card's name. */

import { FORM } from '../../envelope/encoding.js';
import * as pins from '../trust/pins.js';
import * as verifiedManifests from '../trust/verified_manifests.js';
import { ownForms } from './own_forms.js';

/** @import { Session } from '../session.js' */

/** Names writers for people; each is looked up once, and only if it occurs. */
export class Sources {
  #session;
  /** @type {Map<string, Promise<string>>} */
  #names = new Map();
  /** @type {Promise<Map<string, string>> | undefined} */
  #slugs;

  /** @param {Session} session */
  constructor(session) {
    this.#session = session;
    this.#names.set(session.me.id, Promise.resolve('own'));
  }

  /**
   * Return `own`, an own form's slug, a client's name, or `form of` one.
   *
   * @param {string} writer
   * @returns {Promise<string>}
   */
  of(writer) {
    const known = this.#names.get(writer);
    if (known) return known;
    const name = writer.startsWith(FORM) ? this.#form(writer) : this.#client(writer);
    this.#names.set(writer, name);
    return name;
  }

  /** @param {string} writer */
  async #form(writer) {
    this.#slugs ??= ownForms(this.#session).then((lines) => new Map(lines.map(({ id, slug }) => [FORM + id, slug])));
    const slug = (await this.#slugs).get(writer);
    if (slug !== undefined) return slug;
    const owner = await verifiedManifests.ownerOf(this.#session, writer.slice(FORM.length));
    return `form of ${await this.#client(owner)}`;
  }

  /** @param {string} id */
  async #client(id) {
    return (await pins.knownCard(this.#session, id)).name;
  }
}
