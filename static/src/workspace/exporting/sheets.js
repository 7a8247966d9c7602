/**
 * The rows of a sheet: its columns are known only when the last record has come.
 *
 * Until then the rows wait, sealed under a key that only this tab has: a browser that moves some of
 * what it holds to a disk leaves nothing there that anybody can read. As apps/cli/sheets.py.
 */

import { fromUtf8, utf8 } from '../../envelope/encoding.js';
import { KEY, random, seal, unseal } from '../../envelope/primitives.js';
import { cellText, pieces, shown } from './safe_output.js';

/** @import { Bytes } from '../../envelope/encoding.js' */
/** @import { Values } from './safe_output.js' */

/** What no field can be called: names of fields have no dots and no spaces (docs/protocol.md §2). */
const OURS = ['record.id', 'record.writer', 'record.stored'];
const WAITING = utf8('sealform rows that wait');

/** What a record has in a sheet: what is ours, and its values. @typedef {{id: string, source: string, stored: string, values: Values}} Row */
/** The same as texts, those of a column cut into pieces. @typedef {[ours: string[], texts: [string, string[]][]]} Waiting */

/**
 * The rows of all records, as texts below `headings`.
 *
 * A text that is longer than a cell goes on in the columns after its own: `comments`,
 * `comments (2)`. Iterating yields the rows once more each time, in the pages in which they came.
 */
export class Rows {
  #key = random(KEY);
  /** @type {Blob[]} */
  #pages = [];
  /** @type {Map<string, number>} */
  #widths = new Map();

  /** Take a page of rows. @param {Row[]} rows */
  async add(rows) {
    /** @type {Waiting[]} */
    const page = rows.map(({ id, source, stored, values }) => {
      const texts = [...values].map(([name, value]) => /** @type {[string, string[]]} */ ([name, pieces(cellText(shown(value)))]));
      for (const [name, parts] of texts) this.#widths.set(name, Math.max(this.#widths.get(name) ?? 1, parts.length));
      return [[id, cellText(source), stored], texts];
    });
    this.#pages.push(new Blob([await seal(this.#key, utf8(JSON.stringify(page)), WAITING)]));
  }

  /** The columns: ours, then the fields in the order in which they first appeared. */
  get headings() {
    return [...OURS, ...this.#columns().map(([name, i]) => (i ? `${name} (${i + 1})` : name))];
  }

  /** @returns {AsyncGenerator<string[][]>} */
  async *[Symbol.asyncIterator]() {
    const columns = this.#columns();
    for (const blob of this.#pages) {
      const sealed = /** @type {Bytes} */ (new Uint8Array(await blob.arrayBuffer()));
      /** @type {Waiting[]} */
      const page = JSON.parse(fromUtf8(await unseal(this.#key, sealed, WAITING)));
      yield page.map(([ours, texts]) => {
        const held = new Map(texts);
        return [...ours, ...columns.map(([name, i]) => held.get(name)?.[i] ?? '')];
      });
    }
  }

  /** @returns {[name: string, i: number][]} */
  #columns() {
    return [...this.#widths].flatMap(([name, width]) => Array.from({ length: width }, (_, i) => /** @type {[string, number]} */ ([name, i])));
  }
}
