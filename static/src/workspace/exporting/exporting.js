/** An export from its first page to the closed file: streamed, counted, and ended by whoever asks. */

import { ClientError } from '../../client/errors.js';
import { FORMATS } from './record_formats.js';
import { refusedLine } from './safe_output.js';

/** @import { Value } from '../../envelope/fields.js' */
/** @import { FormatName, Separator } from './record_formats.js' */
/** @import { Written } from './safe_output.js' */
/** @import { Sink } from './sinks.js' */

/** A record that failed, and why. @typedef {{id: string, error: {message: string}}} Refused */

/**
 * A page as acts/reading.js yields them, all of one writer, whom `source` names as the command does;
 * `read` is how many it holds.
 *
 * @typedef {{source: string, read: number, opened: readonly Written[], failed: readonly Refused[]}} Rows
 */

/**
 * A record as the page has it of the key worker: `when` it was stored, its `values` and by field its `marks`,
 * the codes of what breaks the rules of its form.
 *
 * @typedef {object} Shown
 * @property {string} id
 * @property {string} when
 * @property {number} rev
 * @property {{[name: string]: Value}} values
 * @property {{[name: string]: string}} marks
 * @property {{[name: string]: string}} meta
 * @property {boolean} stolen
 */

/**
 * Records: `read` is `written` and `failed`, when all is done. Of those that were written, `odd` ones break
 * rules of their form, and `stolen` ones are signed by keys that were stolen since.
 *
 * @typedef {{read: number, written: number, failed: number, odd: number, stolen: number}} Counts
 */

/** An export that is done; of what failed the first `MOST_LISTED` stand in `failures`. @typedef {Counts & {failures: Refused[]}} Exported */

/**
 * @typedef {object} Export
 * @property {FormatName} format
 * @property {readonly string[]} [columns] by name, all where it is left out; their order is the command's
 * @property {Separator} [separator] of a csv
 * @property {AsyncIterable<Rows>} rows
 * @property {Sink} sink
 * @property {(counts: Counts) => void} [progress]
 * @property {AbortSignal} [signal]
 */

/** `rows`: the records did not come to their end. `file`: it could not be written. @typedef {'cancelled' | 'rows' | 'file' | 'count'} Why */

export const MOST_LISTED = 10_000;
/** Records of a page that the page makes itself; how long it may leave people without an answer. */
const ROWS = 200;
const BREATH_MS = 16;

const NAME = 60;
const TOLD = {
  cancelled: 'the export was cancelled',
  rows: 'the records did not come to their end',
  file: 'the file could not be written',
  count: 'the numbers of records do not add up',
};
const HINTS = {
  cancelled: 'export again: that begins a new file',
  rows: 'try again when the server can be reached: that begins a new file',
  file: 'is there room on the disk? then export again, into a new file',
  count: 'reload the page and export again; if that does not help, use `extract`',
};

/**
 * An export that ended before its end. `counts.written` are the records in files that are whole and stay:
 * none in a file that a person chose. `cause` is what was raised.
 */
export class ExportStopped extends ClientError {
  name = 'ExportStopped';

  /** @param {Why} code @param {Counts} counts @param {readonly Refused[]} failures @param {unknown} cause */
  constructor(code, counts, failures, cause) {
    super(TOLD[code], { hint: HINTS[code], cause });
    this.code = code;
    this.counts = counts;
    this.failures = failures;
  }
}

/** Numbers that do not add up. */
class MiscountError extends RangeError {}

/**
 * Write all records to their end, and close the file; raises ExportStopped, after the sink was told to abort.
 *
 * A sheet begins to be written when the last record has come: only then its columns are known.
 *
 * @param {Export} asked
 * @returns {Promise<Exported>}
 */
export async function exportTo({ format, columns, separator, rows, sink, progress = () => {}, signal }) {
  const counts = { read: 0, written: 0, failed: 0, odd: 0, stolen: 0 };
  /** @type {Refused[]} */
  const failures = [];
  const made = FORMATS[format]({ columns, separator });
  const breathe = breather();
  let [started, isWriting] = [false, false];

  /** @template T @param {() => Promise<T>} call @returns {Promise<T>} */
  const into = async (call) => {
    signal?.throwIfAborted();
    isWriting = true;
    const result = await call();
    isWriting = false;
    return result;
  };
  const start = async () => {
    if (!started) await into(() => sink.start(made.head()));
    started = true;
  };
  /** @param {AsyncIterable<import('./record_formats.js').Chunk>} chunks */
  const write = async (chunks) => {
    for await (const chunk of chunks) {
      await start();
      await into(() => sink.write(chunk));
      counts.written += chunk.records;
      progress({ ...counts });
      await breathe();
    }
  };

  try {
    for await (const page of untilAborted(rows, signal)) {
      if (page.read !== page.opened.length + page.failed.length) throw new MiscountError('of a page');
      counts.read += page.read;
      counts.failed += page.failed.length;
      counts.odd += page.opened.filter(({ problems }) => problems.size).length;
      counts.stolen += page.opened.filter(({ stolen }) => stolen).length;
      failures.push(...page.failed.slice(0, MOST_LISTED - failures.length));
      progress({ ...counts });
      await write(made.take(page.opened, page.source));
      await breathe();
    }
    await write(made.rest());
    await start();
    if (counts.read !== counts.written + counts.failed) throw new MiscountError('of what was written');
    const kept = await into(() => sink.close());
    if (kept !== counts.written) throw new MiscountError('of what is kept');
    return { ...counts, failures };
  } catch (cause) {
    const written = await sink.abort().catch(() => 0);
    throw new ExportStopped(why(cause, isWriting, signal), { ...counts, written }, failures, cause);
  }
}

/** @param {unknown} cause @param {boolean} isWriting @param {AbortSignal} [signal] @returns {Why} */
function why(cause, isWriting, signal) {
  if (cause instanceof MiscountError) return 'count';
  if (signal?.aborted) return 'cancelled';
  return isWriting ? 'file' : 'rows';
}

/**
 * Yield what comes, and raise at once when the signal says so, even if nothing ever comes.
 *
 * @template T
 * @param {AsyncIterable<T>} rows
 * @param {AbortSignal} [signal]
 */
async function* untilAborted(rows, signal) {
  const iterator = rows[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await orAborted(iterator.next(), signal);
      if (done) return;
      yield value;
    }
  } finally {
    iterator.return?.()?.catch(() => {}); // not waited for: it may be what hangs
  }
}

/**
 * @template T
 * @param {Promise<T>} coming
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
function orAborted(coming, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal?.reason);
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    void coming.then(resolve, reject).finally(() => signal?.removeEventListener('abort', stop));
  });
}

/**
 * Yield records that the page has as pages of an export; `source` is what the command calls their writer.
 *
 * @param {{writer: string, type: string, source: string}} stream
 * @param {{opened: readonly Shown[], failed: readonly Refused[]}} shown
 * @returns {AsyncGenerator<Rows>}
 */
export async function* pagesOf({ writer, type, source }, { opened, failed }) {
  yield { source, read: failed.length, opened: [], failed };
  for (let at = 0; at < opened.length; at += ROWS) {
    const records = opened.slice(at, at + ROWS).map(({ id, when, rev, values, marks, meta, stolen }) => ({
      ...{ id, writer, type, rev, stored: when, stolen, data: new Map(Object.entries(values)) },
      ...{ problems: new Map(Object.entries(marks)), meta: new Map(Object.entries(meta)) },
    }));
    yield { source, read: records.length, opened: records, failed: [] };
  }
}

/** Lets the browser draw and hear, where that has waited: not by a timer, which tabs behind others have once a second. */
function breather() {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < BREATH_MS) return;
    await new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve(undefined);
      };
      port2.postMessage(null);
    });
    last = performance.now();
  };
}

/** What failed as lines of text, as the command tells it. @param {readonly Refused[]} failures @param {number} failed how many in all */
export function failedLines(failures, failed) {
  const more = failed - failures.length;
  const lines = failures.map(refusedLine);
  if (more > 0) lines.push(`and ${more} more`);
  return lines.map((line) => `${line}\n`).join('');
}

/** A name for a file, without its ending, after what people call what is in it. @param {string} title */
export function fileName(title) {
  const words = title.normalize('NFC').replace(/[^\p{L}\p{N}]+/gu, '-').toLowerCase();
  return [...words].slice(0, NAME).join('').replace(/^-|-$/g, '') || 'records';
}
