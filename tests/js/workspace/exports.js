/** Records to export, and places to put them, for tests. */

/** @import { Opened } from '../../../static/src/client/acts/listed_items.js' */
/** @import { Rows } from '../../../static/src/workspace/exporting/exporting.js' */
/** @import { Chunk } from '../../../static/src/workspace/exporting/record_formats.js' */
/** @import { Sink } from '../../../static/src/workspace/exporting/sinks.js' */

const ID = '6f1c1d8e-7a51-4a55-9a55-0d4f6f2b8c11';

/** @param {number} number @param {{[name: string]: any}} [data] @returns {Opened} */
export function record(number, data = { fullname: `Visitor ${number}` }) {
  return {
    ...{ id: `${ID.slice(0, -4)}${String(number).padStart(4, '0')}`, writer: `form:${ID}`, type: 'account', rev: 1 },
    ...{ stored: '2026-11-29T12:00:00Z', data: new Map(Object.entries(data)), problems: new Map(), rooms: new Map() },
    ...{ stolen: false, meta: new Map(), akid: new Uint8Array(32) },
  };
}

/** @param {Opened[]} opened @param {number} [failing] @returns {Rows} */
export function page(opened, failing = 0) {
  const failed = Array.from({ length: failing }, (_, i) => ({ id: '', error: { message: `record ${i} is\u202e bad` } }));
  return { source: 'signup', read: opened.length + failing, opened, failed };
}

/** @param {...Rows} pages */
export async function* coming(...pages) {
  yield* pages;
}

/** @param {number} pages @param {number} each how many records */
export function* counted(pages, each) {
  for (let i = 0; i < pages; i += 1) yield page(Array.from({ length: each }, (_, j) => record(i * each + j)));
}

/** A place that keeps what it is told, and may take its time or fail. @implements {Sink} */
export class Kept {
  /** @type {string[]} */
  told = [];
  /** @type {Uint8Array[]} */
  parts = [];
  records = 0;
  atOnce = 0;
  most = 0;

  /** @param {(told: string, records: number) => unknown} [before] may wait, or raise */
  constructor(before = () => {}) {
    this.before = before;
  }

  /** @param {string} name @param {Chunk} [chunk] */
  async #take(name, chunk) {
    this.atOnce += 1;
    this.most = Math.max(this.most, this.atOnce);
    this.told.push(name);
    await this.before(name, this.records);
    if (chunk) this.parts.push(chunk.bytes);
    this.records += chunk?.records ?? 0;
    this.atOnce -= 1;
    return this.records;
  }

  /** @param {Chunk['bytes']} bytes */
  async start(bytes) {
    await this.#take('start', { bytes, records: 0 });
  }

  /** @param {Chunk} chunk */
  async write(chunk) {
    await this.#take('write', chunk);
  }

  close() {
    return this.#take('close');
  }

  async abort() {
    this.told.push('abort');
    return 0;
  }

  get text() {
    return new TextDecoder('utf-8', { ignoreBOM: true, fatal: true }).decode(Buffer.concat(this.parts));
  }
}

/** A file as the picker gives it; `disk` is what is on the disk, undefined when it was removed. */
export class FakeFile {
  /** @type {Uint8Array | undefined} */
  disk = new Uint8Array();
  aborted = false;

  /** @param {{lose?: number}} [how] bytes that the disk loses */
  constructor({ lose = 0 } = {}) {
    this.lose = lose;
  }

  async createWritable() {
    /** @type {Uint8Array[]} */
    const waiting = [];
    return {
      write: async (/** @type {Uint8Array} */ bytes) => void waiting.push(bytes),
      close: async () => {
        const whole = Buffer.concat(waiting);
        this.disk = whole.subarray(0, whole.length - this.lose);
      },
      abort: async () => void (this.aborted = true),
    };
  }

  async getFile() {
    return new Blob([/** @type {any} */ (this.disk)]);
  }

  async remove() {
    this.disk = undefined;
  }

  get handle() {
    return /** @type {FileSystemFileHandle} */ (/** @type {unknown} */ (this));
  }
}
