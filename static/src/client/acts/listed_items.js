/** Records as a server lists them: verified and opened, or failed with the reason. */

import * as encoding from '../../envelope/encoding.js';
import { b64, dumpJson, members } from '../../envelope/encoding.js';
import { EnvelopeError } from '../../envelope/errors.js';
import { H } from '../../envelope/primitives.js';
import { parseRecord } from '../../envelope/records.js';
import { servedTime } from '../days.js';
import { ApiRefused, ClientError, RollbackError, VerificationError } from '../errors.js';
import { shownStream } from '../session.js';
import { openRecord } from './opening.js';

/** @import { Bytes, Wire } from '../../envelope/encoding.js' */
/** @import { Head, Record } from '../../envelope/records.js' */
/** @import { Rooms, Stream } from '../session.js' */
/** @import { Contents, Data, Opener, Problems, Unlocked } from './opening.js' */


/**
 * A record that was verified and opened; `data` has the fields that were granted.
 *
 * `writer` is a client id, or `form:` and a form id; `stored` is what the server says of when it came:
 * a time, or for other readers than the owner a day. `problems` names the fields whose values break
 * the rules of the form, which nobody but the visitor's own browser enforces (docs/protocol.md §8);
 * `rooms` is for who seals the values again. What is `stolen` may be by a thief of its writer's, or its
 * form's owner's, old keys. `meta` is what the writer said in plaintext, which others see too; `akid`
 * names the access key (32 bytes) that it is sealed under.
 *
 * @typedef {object} Opened
 * @property {string} id
 * @property {string} writer
 * @property {string} type
 * @property {number} rev
 * @property {string} stored
 * @property {Data} data
 * @property {Problems} problems
 * @property {Rooms} rooms
 * @property {boolean} stolen
 * @property {Map<string, string>} meta
 * @property {Bytes} akid
 */

/** A record that failed, by its id, "" where it has none; `error` says why. @typedef {{id: string, error: VerificationError | ApiRefused}} Failed */

/**
 * A place where records are opened, `atOnce` of them at most. `read` says what is known of one before,
 * from how it came; `open` verifies and opens it with what was found for it. Whoever opens elsewhere
 * parses there what is sealed, and not here, too; `ahead` has the next page fetched meanwhile, and
 * the `first` records are told of before the others of their page.
 *
 * @template {Head} [H=any]
 * @typedef {object} Place
 * @property {(wire: unknown) => H} read
 * @property {(head: H, unlocked: Unlocked, wire: unknown) => Promise<Contents>} open
 * @property {number} atOnce
 * @property {boolean} [ahead]
 * @property {number} [first]
 */

/** Where a client opens records by itself. @type {Place<Record>} */
export const HERE = { read: parseRecord, open: openRecord, atOnce: 16 };

/** By its id, the revision of each record that came by, and a mark of its bytes. @typedef {Map<string, {rev: number, mark: string}>} Seen */

/** By name, what a record says in plaintext. @typedef {Map<string, string>} Meta */

/** A listed record that was `opened`, or `failed`; neither if exactly it came by before. @typedef {{opened?: Opened, failed?: Failed}} Ended */

/**
 * Verify and open listed records, which have to say `meta`; returns them in their order.
 *
 * Raises what does not concern one record alone: a server that is away is not asked for each of them.
 *
 * @param {unknown[]} items
 * @param {Stream} stream
 * @param {Opener} opener
 * @param {Seen} seen
 * @param {{meta?: Meta, place?: Place}} [how]
 * @returns {Promise<Ended[]>}
 */
export async function openItems(items, stream, opener, seen, { meta = new Map(), place = HERE } = {}) {
  /** @type {Ended[]} */
  const ended = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const at = next;
      next += 1;
      try {
        const item = members(items[at], ['stored', 'record'], 'an item');
        const record = place.read(item.record);
        checkAskedFor(record, stream);
        checkSays(record, meta);
        const unlocked = await opener.unlock(record);
        const contents = await place.open(record, unlocked, item.record);
        ended[at] = { opened: openedOf(item, record, unlocked, contents) };
      } catch (error) {
        const told = toldOf(error, items[at], stream);
        if (!told) {
          next = items.length;
          throw error;
        }
        ended[at] = { failed: told };
      }
    }
  };
  await Promise.all(Array.from({ length: place.atOnce }, worker));
  for (const [at, { opened }] of ended.entries()) {
    if (opened) ended[at] = await sinceBefore(opened, items[at], stream, seen);
  }
  return ended;
}

/**
 * @param {Wire} item
 * @param {Head} head
 * @param {Unlocked} unlocked
 * @param {Contents} contents
 * @returns {Opened}
 */
function openedOf(item, { id, writer, type, rev, meta, akid }, { rooms, stolen }, contents) {
  const opened = { ...contents, rooms: rooms ?? contents.rooms };
  return { id, writer, type, rev, stored: servedTime(item.stored), ...opened, stolen, meta, akid };
}

/**
 * Return a record that is news, what it failed for if it is older or altered, and else nothing.
 *
 * @param {Opened} opened
 * @param {any} item
 * @param {Stream} stream
 * @param {Seen} seen
 * @returns {Promise<Ended>}
 */
async function sinceBefore(opened, item, stream, seen) {
  const { id, rev } = opened;
  const mark = b64((await H('seen', dumpJson(item.record))).slice(0, 12));
  const before = seen.get(id);
  if (before && (rev < before.rev || (rev === before.rev && mark !== before.mark))) {
    const told = `record ${id} came at revision ${before.rev}, then older or altered`;
    const error = new RollbackError(told, { record: id });
    return { failed: toldOf(error, item, stream) };
  }
  seen.set(id, { rev, mark });
  return before?.rev === rev ? {} : { opened };
}

/**
 * Return a failure as one that says which record it is about, undefined if it is about none.
 *
 * @param {unknown} error
 * @param {unknown} item
 * @param {Stream} stream
 * @returns {Failed | undefined}
 */
function toldOf(error, item, stream) {
  const id = claimedId(item);
  if (error instanceof VerificationError && error.record) return { id, error };
  const isAboutOne =
    error instanceof EnvelopeError || error instanceof VerificationError || error instanceof ApiRefused;
  return isAboutOne ? { id, error: naming(error, id, stream) } : undefined;
}

/**
 * Return an error that also says which record it is about: its manifest may be to blame.
 *
 * @param {EnvelopeError | VerificationError | ApiRefused} error
 * @param {string} id
 * @param {Stream} stream
 */
function naming(error, id, stream) {
  const what = `record ${id || 'without an id'} of ${shownStream(stream)}: ${error.message}`;
  const hint = error instanceof ClientError ? error.hint : '';
  if (error instanceof RollbackError) return new RollbackError(what, { record: id, hint, cause: error });
  if (error instanceof ApiRefused) {
    return new ApiRefused(what, { code: error.code, status: error.status, hint, cause: error });
  }
  return new VerificationError(what, { code: error.code, record: id, hint, cause: error });
}

/**
 * Refuse a record of another writer or type than was asked for (docs/protocol.md §11, 7).
 *
 * @param {Head} record
 * @param {Stream} stream
 */
function checkAskedFor({ id, writer, type }, stream) {
  if (writer === stream.writer && type === stream.type) return;
  throw new VerificationError(
    `the server put record ${id} into ${shownStream(stream)}, where it does not belong`,
    { code: 'mismatch', record: id },
  );
}

/**
 * Refuse an answer to a query that is none: a record that says something else (§10).
 *
 * @param {Head} record
 * @param {Meta} meta
 */
function checkSays(record, meta) {
  if ([...meta].every(([name, plain]) => record.meta.get(name) === plain)) return;
  throw new VerificationError(
    `the server answers with record ${record.id}, whose meta is not what was asked for`,
    { code: 'mismatch', record: record.id },
  );
}

/** Return a record's id for messages, before anything of it is believed; "" for none. @param {unknown} item */
export function claimedId(item) {
  const record = encoding.isObject(item) ? item.record : undefined;
  try {
    return encoding.uuid(encoding.isObject(record) ? record.id : undefined, 'id', '48');
  } catch (error) {
    if (error instanceof EnvelopeError) return '';
    throw error;
  }
}
