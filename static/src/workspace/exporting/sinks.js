/**
 * Where an export goes: into a file that a person chose, or to the browser as downloads.
 *
 * Both are written in order, by one who waits for each answer. What was not closed is no file, and none
 * that looks whole.
 */

/** @import { Bytes } from '../../envelope/encoding.js' */
/** @import { Chunk } from './record_formats.js' */

/**
 * `start` comes first and once, with what each file begins with; then whole records. `close` and `abort`
 * say how many records stand in files that are whole and kept. Any of them may raise what the platform raises.
 *
 * @typedef {object} Sink
 * @property {(head: Bytes) => Promise<void>} start
 * @property {(chunk: Chunk) => Promise<void>} write
 * @property {() => Promise<number>} close
 * @property {() => Promise<number>} abort
 */

/** Bytes of one download, all of which are in memory at once; a single record may be longer. */
export const MOST_PART = 16 * 1024 * 1024;

/**
 * A file that a person chose. The browser puts what was written in its place when it is closed.
 *
 * @implements {Sink}
 */
export class ChosenFile {
  #handle;
  /** @type {FileSystemWritableFileStream | undefined} */
  #stream;
  #size = 0;
  #records = 0;
  #closed = false;

  /** @param {FileSystemFileHandle} handle */
  constructor(handle) {
    this.#handle = handle;
  }

  /** @param {Bytes} head */
  async start(head) {
    this.#stream = await this.#handle.createWritable();
    await this.write({ bytes: head, records: 0 });
  }

  /** @param {Chunk} chunk */
  async write({ bytes, records }) {
    await this.#stream?.write(bytes);
    this.#size += bytes.length;
    this.#records += records;
  }

  /** Raises where the file is not as long as what was written. */
  async close() {
    await this.#stream?.close();
    this.#closed = true;
    const { size } = await this.#handle.getFile();
    if (size !== this.#size) throw new RangeError('the closed file is not as long as what was written');
    return this.#records;
  }

  /** Also removes the empty file that choosing made, where the browser can. */
  async abort() {
    await this.#stream?.abort().catch(() => {}); // what broke off is gone already
    const handle = /** @type {FileSystemFileHandle & {remove?: () => Promise<void>}} */ (this.#handle);
    const { size } = await handle.getFile();
    if (!size || this.#closed) await handle.remove?.();
    return 0;
  }
}

/** A download: whether it is the only one, its number from 1, and whether it is the last. @typedef {{name: string, bytes: Bytes[], number: number, isLast: boolean}} Part */

/**
 * Downloads, where a page cannot write into a file: as many as it takes, each of whole records, and a file of its own.
 *
 * They are called `accounts.csv`, or `accounts.part-1.csv` and so on; the last is
 * `accounts.part-3-of-3.csv`, so that people see whether they have all.
 *
 * @implements {Sink}
 */
export class Downloads {
  #name;
  #ending;
  #most;
  #hand;
  /** @type {Bytes[]} */
  #waiting = [];
  #head = new Uint8Array();
  #size = 0;
  #records = 0;
  #handed = 0;
  #number = 0;

  /**
   * @param {object} how
   * @param {string} how.name without its ending
   * @param {string} how.ending without a dot
   * @param {(part: Part) => Promise<void>} how.hand gives it to the browser, and waits until the next may come
   * @param {number} [how.most] bytes
   */
  constructor({ name, ending, hand, most = MOST_PART }) {
    this.#name = name;
    this.#ending = ending;
    this.#hand = hand;
    this.#most = most;
  }

  /** @param {Bytes} head */
  async start(head) {
    this.#head = head;
    this.#begin();
  }

  /** @param {Chunk} chunk */
  async write({ bytes, records }) {
    if (this.#records && this.#size + bytes.length > this.#most) await this.#give(false);
    this.#waiting.push(bytes);
    this.#size += bytes.length;
    this.#records += records;
  }

  async close() {
    await this.#give(true);
    return this.#handed;
  }

  /** What was handed over stays with the browser. */
  async abort() {
    this.#waiting = [];
    return this.#handed;
  }

  #begin() {
    [this.#waiting, this.#size, this.#records] = [[this.#head], this.#head.length, 0];
  }

  /** @param {boolean} isLast */
  async #give(isLast) {
    const number = this.#number + 1;
    const part = isLast ? `.part-${number}-of-${number}` : `.part-${number}`;
    const name = `${this.#name}${isLast && number === 1 ? '' : part}.${this.#ending}`;
    await this.#hand({ name, bytes: this.#waiting, number, isLast });
    this.#number = number;
    this.#handed += this.#records;
    this.#begin();
  }
}
