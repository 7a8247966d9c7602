/** What the page is shown of records: which there are to read, and rows of what was opened. No key is in it. */

import { described } from '../../client/acts/overview.js';
import { readOnly } from '../../client/acts/reading.js';
import { Sources } from '../../client/acts/writer_names.js';
import { ClientError } from '../../client/errors.js';
import { formOf } from '../../client/session.js';

/** @import { Manifest } from '../../envelope/manifests.js' */
/** @import { Failed, Opened, Place } from '../../client/acts/listed_items.js' */
/** @import { Described } from '../../client/acts/overview.js' */
/** @import { Session, Stream } from '../../client/session.js' */

/** Rows of one message to the page: what is drawn at once. */
const ROWS = 100;

/**
 * All streams that this client reads, with the columns that the manifest in force has for them.
 *
 * @param {Session} session
 */
export async function shownTypes(session) {
  const streams = await described(session);
  const sources = new Sources(session);
  return Promise.all(
    streams.map(async (stream) => ({
      ...shownType(stream, session.me.id),
      source: await sources.of(stream.writer).catch(unnamed),
    })),
  );
}

/** Who cannot be named is no reason to show nothing: `problem` says why. @param {unknown} error */
function unnamed(error) {
  if (error instanceof ClientError) return '';
  throw error;
}

/** @param {Described} stream @param {string} me */
function shownType({ writer, type, granter, name, manifest, error }, me) {
  const form = formOf({ writer, type });
  return {
    writer,
    type,
    form,
    title: manifest?.title ?? '',
    columns: manifest ? columnsOf(manifest, type) : [],
    owner: { id: granter, name },
    own: granter === me,
    problem: error ? { name: error.name, code: error.code, message: error.message, hint: error.hint } : null,
  };
}

/** @param {Manifest} manifest @param {string} type */
function columnsOf({ fields }, type) {
  const asked = fields.filter((field) => field.type === type);
  return asked.map(({ name, kind, label, options }) => ({ name, kind, label, options }));
}

/** How many records there were so far; `read` is the sum of both others. @typedef {{read: number, opened: number, failed: number}} Counts */

/**
 * Read one stream, and tell of it by rows; returns the counts, and whether somebody stopped it.
 *
 * @param {Session} session
 * @param {Stream} stream
 * @param {object} how
 * @param {(told: {opened: ReturnType<typeof shownRow>[], failed: ReturnType<typeof shownFailed>[], counts: Counts}) => void} how.progress
 * @param {() => boolean} how.stopped
 * @param {Place | undefined} how.place
 */
export async function readRows(session, stream, { progress, stopped, place }) {
  const counts = { read: 0, opened: 0, failed: 0 };
  const tell = (/** @type {Opened[]} */ opened, /** @type {Failed[]} */ failed) => {
    counts.opened += opened.length;
    counts.failed += failed.length;
    counts.read = counts.opened + counts.failed;
    progress({ opened: opened.map(shownRow), failed: failed.map(shownFailed), counts: { ...counts } });
  };
  for await (const { opened, failed } of readOnly(session, stream, place && { place })) {
    if (stopped()) return { counts, stopped: true };
    for (let at = 0; at === 0 || at < opened.length; at += ROWS) {
      tell(opened.slice(at, at + ROWS), at === 0 ? failed : []);
    }
  }
  return { counts, stopped: stopped() };
}

/** `marks` names what breaks the rules of the form, by field. @param {Opened} opened */
function shownRow({ id, stored, rev, data, problems, stolen, meta }) {
  return {
    id,
    when: stored,
    rev,
    values: Object.fromEntries(data),
    marks: Object.fromEntries(problems),
    meta: Object.fromEntries(meta),
    stolen,
  };
}

/** @param {Failed} failed */
function shownFailed({ id, error: { name, code, message, hint } }) {
  return { id, error: { name, code, message, hint } };
}
