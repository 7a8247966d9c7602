/**
 * Records as lines of JSON, or as a sheet for a spreadsheet: the same bytes as apps/cli/record_formats.py.
 *
 * `csv` is for people, who open it in a spreadsheet: nothing in it is run or turned into another
 * number. What a program should read is `jsonl`, which has the exact values.
 */

import { utf8 } from '../../envelope/encoding.js';
import { jsonLine, safeCell, valuesOf } from './safe_output.js';
import { Rows } from './sheets.js';

/** @import { Bytes } from '../../envelope/encoding.js' */
/** @import { Written } from './safe_output.js' */

export const SEPARATORS = { comma: ',', semicolon: ';', tab: '\t' };
const BYTE_ORDER_MARK = '\ufeff';
/** Characters that make a chunk: little enough to wait for, and enough to be worth it. */
const CHUNK = 128 * 1024;

/** @typedef {'csv' | 'jsonl'} FormatName */
/** @typedef {keyof typeof SEPARATORS} Separator */

/** Whole records as they stand in the file, and how many of them. @typedef {{bytes: Bytes, records: number}} Chunk */

/**
 * What may be chosen: the columns, all of them where there are none named (`meta.NAME` is what a record
 * says in plaintext), and the separator between the cells of a csv.
 *
 * @typedef {{columns?: readonly string[] | undefined, separator?: Separator | undefined}} Look
 */

/**
 * Writes one format. `take` yields what can be written of a page at once; `rest`, when the last page was
 * taken, what had to wait. Each file begins with `head`, which is known from the first chunk on.
 *
 * @typedef {object} Format
 * @property {(records: readonly Written[], source: string) => AsyncIterable<Chunk>} take
 * @property {() => Bytes} head
 * @property {() => AsyncIterable<Chunk>} rest
 */

/** @type {{[name in FormatName]: (look: Look) => Format}} */
export const FORMATS = { jsonl: (look) => new JsonLines(look), csv: (look) => new Csv(look) };

/** @implements {Format} */
class JsonLines {
  #wanted;

  /** @param {Look} look */
  constructor({ columns }) {
    this.#wanted = chosen(columns);
  }

  /** @param {readonly Written[]} records @param {string} source */
  async *take(records, source) {
    yield* chunks(records.map((record) => `${jsonLine(this.#only(record), source)}\n`));
  }

  head() {
    return utf8('');
  }

  async *rest() {}

  /** @param {Written} record @returns {Written} */
  #only(record) {
    const wanted = this.#wanted;
    return {
      ...record,
      data: filtered(record.data, wanted),
      problems: filtered(record.problems, wanted),
      meta: filtered(record.meta, (name) => wanted(`meta.${name}`)),
    };
  }
}

/** @implements {Format} */
class Csv {
  #rows = new Rows();
  #wanted;
  #separator;

  /** @param {Look} look */
  constructor({ columns, separator = 'comma' }) {
    this.#wanted = chosen(columns);
    this.#separator = SEPARATORS[separator];
  }

  /** @param {readonly Written[]} records @param {string} source @returns {AsyncGenerator<Chunk>} */
  async *take(records, source) {
    await this.#rows.add(
      records.map((record) => ({ ...record, source, values: filtered(valuesOf(record), this.#wanted) })),
    );
  }

  head() {
    return utf8(BYTE_ORDER_MARK + this.#line(this.#rows.headings));
  }

  /** @returns {AsyncGenerator<Chunk>} */
  async *rest() {
    const look = { point: this.#separator !== ';' };
    for await (const page of this.#rows) {
      yield* chunks(page.map((cells) => this.#line(cells.map((text) => safeCell(text, look)))));
    }
  }

  /** @param {readonly string[]} cells */
  #line(cells) {
    return `${cells.map((cell) => this.#quoted(cell)).join(this.#separator)}\r\n`;
  }

  /** @param {string} cell */
  #quoted(cell) {
    return /["\r\n]/.test(cell) || cell.includes(this.#separator) ? `"${cell.replaceAll('"', '""')}"` : cell;
  }
}

/** @param {readonly string[]} [columns] @returns {(name: string) => boolean} */
function chosen(columns) {
  if (!columns) return () => true;
  const names = new Set(columns);
  return (name) => names.has(name);
}

/**
 * @template T
 * @param {Map<string, T>} map
 * @param {(name: string) => boolean} wanted
 */
function filtered(map, wanted) {
  return new Map([...map].filter(([name]) => wanted(name)));
}

/** @param {readonly string[]} lines a record each @returns {Generator<Chunk>} */
function* chunks(lines) {
  let [waiting, records] = ['', 0];
  for (const line of lines) {
    waiting += line;
    records += 1;
    if (waiting.length < CHUNK) continue;
    yield { bytes: utf8(waiting), records };
    [waiting, records] = ['', 0];
  }
  if (records) yield { bytes: utf8(waiting), records };
}
