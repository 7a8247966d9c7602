/** Reading: own records, those of forms, and what others shared, page by page. */

import * as encoding from '../../envelope/encoding.js';
import { FORM } from '../../envelope/encoding.js';
import { MAX_META } from '../../envelope/records.js';
import { News } from '../api.js';
import * as endpoints from '../endpoints.js';
import { NotReadError, UnpinnedError, UsageError, VerificationError } from '../errors.js';
import { meant } from '../near_names.js';
import { formOf, shownStream } from '../session.js';
import { formerOwners } from '../trust/generations.js';
import * as keyring from '../trust/keyring.js';
import { Keyring } from '../trust/keyring.js';
import * as pins from '../trust/pins.js';
import * as verifiedManifests from '../trust/verified_manifests.js';
import { HERE, claimedId, openItems } from './listed_items.js';
import { ClientRecords, FormRecords } from './opening.js';
import * as overview from './overview.js';
import * as ownForms from './own_forms.js';

/** @import { Grant } from '../../envelope/grants.js' */
/** @import { Card } from '../../envelope/keys.js' */
/** @import { Session, Stream } from '../session.js' */
/** @import { Failed, Meta, Opened, Place, Seen } from './listed_items.js' */
/** @import { Opener } from './opening.js' */

const MOST_BAD = 10_000;

/**
 * A page of a stream: `read` records, each of which is either `opened` or `failed`.
 *
 * What came by before exactly so is in no page; a record that was updated meanwhile comes again.
 *
 * @typedef {{stream: Stream, read: number, opened: Opened[], failed: Failed[]}} Page
 */

/**
 * @typedef {object} Wanted
 * @property {string} type
 * @property {string} [writer] a client id (its own records and those of its forms), or `form:` and an id
 * @property {string} [form] the slug or id of one form
 * @property {Meta} [meta] what records have to say in plaintext
 * @property {boolean} [allowEmpty]
 * @property {Place} [place] another place to open records in, like a pool of workers
 */

/**
 * Yield all records of a type that this client may read, or those that say all of `meta`, by pages.
 *
 * Without `writer` and `form`, everything from writers that are pinned. No record of a form has meta. A
 * record that fails stands among the `failed` of its page, and the rest go on. Raises UnpinnedError
 * if `writer` is not pinned, or if nothing but the unpinned could be read; NotReadError if nothing of
 * the type is granted to this client, unless `allowEmpty`.
 *
 * @param {Session} session
 * @param {Wanted} wanted
 * @returns {AsyncGenerator<Page>}
 */
export async function* read(session, { type, writer = '', form = '', allowEmpty = false, ...how }) {
  encoding.name(type, 'type');
  const meta = checkedMeta(how.meta);
  if (meta.size) checkCanHaveMeta(!!form || writer.startsWith(FORM));
  /** @type {UnpinnedError[]} */
  const strangers = [];
  let [found, granted, isOfForm] = [false, false, false];
  for (const { stream, grants } of await streams(session, { type, writer, form })) {
    if (meta.size && formOf(stream)) {
      isOfForm = true;
      continue;
    }
    const opener = await unlessStrange(openerOf(session, stream, grants, writer), strangers);
    if (!opener) continue;
    granted = true;
    for await (const page of readStream(session, stream, opener, { ...how, meta })) {
      found ||= page.opened.length > 0;
      yield page;
    }
  }
  if (!writer) tellOfStrangers(session, strangers, !!form || !found);
  if (granted || strangers.length || allowEmpty) return;
  checkCanHaveMeta(isOfForm);
  throw await notRead(session, type, writer);
}

/**
 * Yield the records of exactly one stream by pages; raises NotReadError, UnpinnedError.
 *
 * @param {Session} session
 * @param {Stream} stream
 * @param {{place?: Place}} [how]
 * @returns {AsyncGenerator<Page>}
 */
export async function* readOnly(session, { writer, type }, how) {
  encoding.name(type, 'type');
  const found = await keyring.incoming(session, { writer: encoding.writer(writer), type });
  const one = found.find(({ stream }) => stream.writer === writer && stream.type === type);
  const opener = one && (await openerOf(session, one.stream, one.grants));
  if (!opener) throw await notRead(session, type, writer);
  yield* readStream(session, one.stream, opener, how);
}

/**
 * @template T
 * @param {Promise<T>} made
 * @param {UnpinnedError[]} strangers
 */
async function unlessStrange(made, strangers) {
  try {
    return await made;
  } catch (error) {
    if (!(error instanceof UnpinnedError)) throw error;
    strangers.push(error);
    return undefined;
  }
}

/** @param {Meta} [meta] @returns {Meta} */
function checkedMeta(meta = new Map()) {
  if (meta.size > MAX_META) throw new UsageError(`records say at most ${MAX_META} things in plaintext`);
  for (const [name, plain] of meta) encoding.visible(plain, encoding.name(name, 'a name of meta'));
  return meta;
}

/** Refuse to look for meta where there is none. @param {boolean} isOfForm */
function checkCanHaveMeta(isOfForm) {
  if (!isOfForm) return;
  throw new UsageError('what visitors send has no meta', {
    hint: "read the form's records without it; `split` may give meta to what it writes",
  });
}

/** Say what this client reads instead, and what was probably meant. @param {Session} session @param {string} type @param {string} writer */
async function notRead(session, type, writer) {
  const types = await overview.readableTypes(session, writer);
  let message = `this client reads nothing of type ${type}`;
  if (writer === session.me.id) {
    message = `this client has nothing of its own of type ${type}, nor has a form of it`;
  } else if (writer && !writer.startsWith(FORM)) {
    const whose = (await pins.nameOf(session, writer)) || writer;
    message = `${whose} shares no ${type} with this client (any more)`;
  }
  const whence = writer ? 'there' : 'so far';
  const reads = types.length ? `it reads: ${types.join(', ')}` : `it reads nothing ${whence}`;
  return new NotReadError(message, { hint: [meant([type], types), reads].filter(Boolean).join('; ') });
}

/**
 * Yield the records of one stream by pages, each at its latest revision when it came by.
 *
 * With `meta` the server is asked for those that say so, and only those are taken. A record that
 * fails is told of once. Raises VerificationError if too many of a client's do.
 *
 * @param {Session} session
 * @param {Stream} stream
 * @param {Opener} opener
 * @param {{meta?: Meta, place?: Place}} [how]
 * @returns {AsyncGenerator<Page>}
 */
export async function* readStream(session, stream, opener, { meta = new Map(), place = HERE } = {}) {
  const news = new News();
  /** @type {Seen} */
  const seen = new Map();
  /** @type {Set<string>} */
  const failedBefore = new Set();
  const asked = { writer: stream.writer, type: stream.type };
  const pages = meta.size
    ? session.api.pages(endpoints.QUERY_RECORDS, news, { ...asked, meta: Object.fromEntries(meta) }, place)
    : session.api.pages(endpoints.LIST_RECORDS, news, asked, place);
  let inARow = 0;
  for await (const items of parted(pages, place.first)) {
    /** @type {Opened[]} */
    const opened = [];
    /** @type {Failed[]} */
    const failed = [];
    for (const one of await openItems(items, stream, opener, seen, { meta, place })) {
      if (one.failed) {
        const { id } = one.failed;
        if (!id || !failedBefore.has(id)) failed.push(one.failed);
        if (id && !failedBefore.has(id)) news.count += 1; // what has no id may be the same for ever
        failedBefore.add(id);
        inARow += 1;
        checkSomeAreGood(inARow, stream);
      } else {
        inARow = 0;
        if (one.opened) opened.push(one.opened);
      }
    }
    news.count += opened.length;
    yield { stream, read: opened.length + failed.length, opened, failed };
  }
}

/**
 * Yield pages, the `first` items of the first one apart.
 *
 * @param {AsyncIterable<unknown[]>} pages
 * @param {number} [first]
 */
async function* parted(pages, first = 0) {
  let apart = first;
  for await (const items of pages) {
    if (apart && items.length > apart) yield items.slice(0, apart);
    yield items.length > apart ? items.slice(apart) : items;
    apart = 0;
  }
}

/**
 * Refuse a client's stream of nothing but bad records: only the server can have made them.
 *
 * Those of a form may have come from anybody, who must not end the reading of the others.
 *
 * @param {number} inARow
 * @param {Stream} stream
 */
function checkSomeAreGood(inARow, stream) {
  if (inARow <= MOST_BAD || formOf(stream)) return;
  const most = MOST_BAD.toLocaleString('en');
  throw new VerificationError(
    `more than ${most} records of ${shownStream(stream)} in a row failed verification`,
    { code: 'limit' },
  );
}

/**
 * Return what was granted to this client, its own first; clients are filtered later.
 *
 * @param {Session} session
 * @param {{type: string, writer: string, form: string}} wanted
 */
async function streams(session, { type, writer, form }) {
  let only = form && FORM + (await ownForms.formId(session, form));
  if (writer.startsWith(FORM)) only = encoding.writer(writer);
  else if (writer) await pins.pinnedFingerprint(session, encoding.uuid(writer, 'writer'));
  const found = await keyring.incoming(session, { writer: only, type });
  const wanted = found.filter(({ stream }) => stream.type === type && ['', stream.writer].includes(only));
  const key = (/** @type {{stream: Stream}} */ { stream }) =>
    (stream.writer === session.me.id ? '0' : '1') + stream.writer;
  return wanted.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/**
 * Return what opens a stream, with the card of who may grant there.
 *
 * Undefined if it is not by `writer`, where one was asked for. Raises UnpinnedError.
 *
 * @param {Session} session
 * @param {Stream} stream
 * @param {Grant[]} grants
 * @returns {Promise<Opener | undefined>}
 */
export async function openerOf(session, stream, grants, writer = '') {
  const form = formOf(stream);
  const granter = form ? await verifiedManifests.ownerOf(session, form) : stream.writer;
  if (!['', granter, stream.writer].includes(writer)) return undefined;
  const card = await pins.knownCard(session, granter);
  if (!form) return ofClient(session, new Keyring(session, stream, grants, card), card);
  const before = (await formerOwners(session, stream)).cards;
  const own = session.former.map((one) => one.card); // of a form that was handed over since
  return new FormRecords(session, form, new Keyring(session, stream, grants, card, ...before, ...own));
}

/**
 * Return what opens a client's records, those of before its last rotation, too.
 *
 * @param {Session} session
 * @param {Keyring} ring
 * @param {Card} card
 */
async function ofClient(session, ring, card) {
  const isOwn = card.id === session.me.id;
  const changed = isOwn ? session.former : (await pins.knownCards(session, card.id)).earlier;
  const earlier = changed.length ? await pins.earlierCards(session, card.id) : [];
  return new ClientRecords(ring, card, earlier);
}

/**
 * Return how many records of a stream the server lists; none of them is opened.
 *
 * Ids are kept for a lane at a time, so that one that moved meanwhile counts once.
 *
 * @param {Session} session
 * @param {Stream} stream
 * @param {(done: number) => void} [progress]
 */
export async function count(session, { writer, type }, progress = () => {}) {
  const news = new News();
  let [done, lane, seen] = [0, '', new Set()];
  for await (const page of session.api.pages(endpoints.LIST_RECORDS, news, { writer, type })) {
    for (const id of page.map(claimedId)) {
      if (id.charAt(0) !== lane) [lane, done, seen] = [id.charAt(0), done + seen.size, new Set()];
      seen.add(id);
    }
    news.count = done + seen.size;
    progress(news.count);
  }
  return done + seen.size;
}

/** @param {Session} session @param {UnpinnedError[]} strangers @param {boolean} insist */
function tellOfStrangers(session, strangers, insist) {
  const [first] = strangers;
  if (first && insist) throw first;
  for (const { message } of strangers) session.notify(`${message}: what it shares was not read`);
}
