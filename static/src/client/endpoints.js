/**
 * What this client asks a server, and everything that it lets the answer be: the table of
 * apps/client/endpoints.py.
 *
 * One line an endpoint (docs/protocol.md §10): its address, the shape of what comes back, how many
 * bytes that may have and how long it may take. Nothing else of an answer reaches the client.
 */

import * as encoding from '../envelope/encoding.js';
import { MAX_BODY, loadJson } from '../envelope/encoding.js';
import { LimitError } from '../envelope/errors.js';
import { clientName } from '../envelope/keys.js';
import { KEY } from '../envelope/primitives.js';
import { verifying } from './errors.js';
import {
  an,
  any,
  integerFrom,
  items,
  octets,
  oneOf,
  textOf,
  time,
  timeOrNever,
  written,
} from './served_shapes.js';

/** @import { Bytes } from '../envelope/encoding.js' */

const [KIB, MIB] = [1024, 1024 * 1024];
/** Items of one page, records or grants of one request. */
export const MAX_ITEMS = 500;
const MAX_FORMS = 1000;
const MAX_GROUPS = 1000;
/** Streams that are told to be open under an earlier epoch of a group, in one answer. */
const MAX_STALE = 1000;
const MAX_GENERATIONS = 10_000;
/** Grants of one listing: all of its pages together. */
export const MAX_GRANTS = 100_000;
/** Fields or sections of a draft: more than can be published, so that this can be said. */
const MAX_QUESTIONS = 1000;
const MAX_CURSOR = 175;
/** Values of any kind in one answer; 500 records of 128 fields have some 75,000. */
export const MAX_VALUES = 500_000;
const MAX_STEPS = 16;
const MAX_HAND_OVERS = 16;
const MAX_MEMBERS = 256;
const MAX_FILE = 256 * KIB;
const MAX_TITLE = 200;

export const SMALL = 64 * KIB;
const MANIFEST = MAX_BODY + SMALL;
const LIST = 4 * MIB;
const PAGE = 16 * MIB;
const LOOKUP = 33 * MIB;

// How long one request and its answer may take as a whole: this, and the time that the slowest line
// needs for the largest request and the largest answer.
const BASE_SECONDS = 60;
/** Bytes a second. */
const SLOWEST = 64 * KIB;

const COMMAS_AND_OPENING = new Set([...',[{'].map((sign) => sign.charCodeAt(0)));

/**
 * @template T
 * @typedef {object} EndpointParts
 * @property {'GET' | 'POST' | 'PUT'} method
 * @property {string} path has a {} for each id in it
 * @property {(value: unknown) => T} answer returns what an answer means
 * @property {number} [most] bytes that an answer may have after it was inflated
 * @property {boolean} [public] whether no credentials are sent
 * @property {boolean} [paged] whether gzip may be asked for, by who has to ask
 * @property {boolean} [idempotent] false where the same request twice is not the same
 */

/**
 * One request of docs/protocol.md §10.
 *
 * @template T
 */
export class Endpoint {
  #answer;

  /** @param {EndpointParts<T>} parts */
  constructor(parts) {
    this.method = parts.method;
    this.path = parts.path;
    this.#answer = parts.answer;
    this.most = parts.most ?? SMALL;
    this.public = parts.public ?? false;
    this.paged = parts.paged ?? false;
    this.idempotent = parts.idempotent ?? true;
  }

  /** How long it may take, from the first byte sent to the last one read. */
  get seconds() {
    return BASE_SECONDS + (MAX_BODY + this.most) / SLOWEST;
  }

  /**
   * Return what an answer means: canonical JSON of exactly this shape; raises VerificationError.
   *
   * @param {Bytes} raw
   * @param {string} path
   */
  read(raw, path) {
    return verifying(`the answer of ${path}`, () => {
      checkValues(raw);
      return this.#answer(loadJson(raw));
    });
  }
}

/**
 * Refuse JSON that may hold more values than any answer, before it is parsed.
 *
 * A few bytes of it become an object of many. What separates values is counted, also where it stands
 * in a text; raises LimitError.
 *
 * @param {Uint8Array} raw
 */
export function checkValues(raw) {
  if (raw.length <= MAX_VALUES) return;
  let count = 0;
  for (const byte of raw) if (COMMAS_AND_OPENING.has(byte)) count += 1;
  if (count > MAX_VALUES) {
    throw new LimitError(`it holds more than ${MAX_VALUES.toLocaleString('en')} values`);
  }
}

/**
 * What became of each item of a request.
 *
 * @template {string} W
 * @param {...W} statuses
 */
const results = (...statuses) =>
  an({ results: items(an({ id: recordId, status: oneOf(...statuses) }), MAX_ITEMS) });

/** @param {unknown} value @param {string} what */
const recordId = (value, what) => encoding.uuid(value, what, '48');

/** @param {unknown} value */
const id = (value) => encoding.uuid(value);

const slug = written(/^[-a-zA-Z0-9_]{1,64}$/, 64);

/**
 * A page of a listing.
 *
 * @template T
 * @param {(value: unknown, what: string) => T} item
 */
const page = (item) =>
  an({
    items: items(item, MAX_ITEMS),
    next: written(/^[A-Za-z0-9_-]*$/, MAX_CURSOR),
    more: encoding.boolean,
  });

const KEY_LINE = an({ id, created: time, expires: timeOrNever, last_used: timeOrNever });
const LINE = { card: any, first: any, successions: items(any, MAX_STEPS) };
const SIGNED = an({ manifest: textOf(MAX_BODY), sig: any, card: any });
const GENERATION = an({ gen: integerFrom(1), akid: octets(KEY), open: encoding.boolean });
const QUESTIONS = items(any, MAX_QUESTIONS);
const DRAFT = an(
  { form: id, slug, title: any, description: any, confirmation: any, fields: QUESTIONS },
  { languages: QUESTIONS, sections: QUESTIONS },
);
const FORM_LINE = an({
  id,
  slug,
  title: textOf(MAX_TITLE),
  version: integerFrom(0),
  expires: integerFrom(0),
});
const GROUP_LINE = an({
  id,
  name: clientName,
  owner: id,
  version: integerFrom(1),
  epoch: integerFrom(1),
  expires: integerFrom(1),
  member: encoding.boolean,
});
const STALE_LINE = an({
  writer: (writer) => encoding.writer(writer),
  type: encoding.name,
  gen: integerFrom(1),
  epoch: integerFrom(1),
});
const VERSION = { version: integerFrom(1) };
const ENROLLED = an({ client_id: id, api_key_id: id, expires: timeOrNever });
const STORED = an({ results: items(an({ status: oneOf('created', 'existing', 'replaced') }), MAX_ITEMS) });
const FETCHED = an({
  file: textOf(MAX_FILE),
  memory: (memory) => (memory === '' ? new Uint8Array() : encoding.unb64(memory)),
  made: integerFrom(1),
});

/** @typedef {{most?: number, public?: boolean, paged?: boolean, idempotent?: boolean}} Bounds */

/**
 * @template T
 * @param {'GET' | 'POST' | 'PUT'} method
 * @param {string} path
 * @param {(value: unknown) => T} answer
 * @param {Bounds} [bounds]
 */
const endpoint = (method, path, answer, bounds) => new Endpoint({ method, path, answer, ...bounds });

export const ENROL = endpoint('POST', '/enrolments', ENROLLED, { public: true });
export const KEEP_KEY_FILE = endpoint('PUT', '/me/keyfile', an({ serial: integerFrom(1) }));
export const FETCH_KEY_FILE = endpoint('POST', '/keyfiles/{}', FETCHED, { most: MANIFEST, public: true });
export const ME = endpoint('GET', '/me', an({ ...LINE, api_key: KEY_LINE }));
export const CLIENT = endpoint('GET', '/clients/{}', an(LINE));
export const SUCCEED = endpoint('POST', '/me/successions', an({ number: integerFrom(1) }));
export const PAST = endpoint('GET', '/clients/{}/pasts/{}', an({ past: any }), { most: MANIFEST });
export const CREATE_RECORDS = endpoint(
  'POST',
  '/records',
  results('created', 'existing', 'conflict', 'deleted'),
);
export const UPDATE_RECORDS = endpoint('PUT', '/records', results('updated', 'existing'));
// What is no record fails alone, and not the others of its page: each is parsed when it is opened.
export const LIST_RECORDS = endpoint('GET', '/records', page(any), { most: PAGE, paged: true });
export const QUERY_RECORDS = endpoint('POST', '/records/query', page(any), { most: PAGE });
export const LOOK_UP = endpoint('POST', '/records/lookup', an({ items: items(any, MAX_ITEMS) }), {
  most: LOOKUP,
});
export const DELETE_RECORDS = endpoint('POST', '/deletions', results('deleted', 'missing'));
export const LIST_GENERATIONS = endpoint(
  'GET',
  '/generations',
  an({ generations: items(GENERATION, MAX_GENERATIONS) }),
  { most: LIST },
);
export const CREATE_GRANTS = endpoint('POST', '/grants', STORED);
export const LIST_GRANTS = endpoint('GET', '/grants', page(an({ granted: time, grant: any })), {
  most: PAGE,
  paged: true,
});
export const REVOKE = endpoint('POST', '/revocations', an({ closed: integerFrom(1), removed: integerFrom(0) }));
export const LIST_FORMS = endpoint('GET', '/forms', an({ forms: items(FORM_LINE, MAX_FORMS) }), { most: LIST });
export const FETCH_DRAFT = endpoint('GET', '/forms/{}/draft', DRAFT, { most: LIST });
export const PUBLISH = endpoint('POST', '/forms/{}/manifests', an({ ...VERSION, hash: octets(KEY) }));
export const OWNERS = endpoint(
  'GET',
  '/forms/{}/owners',
  an({ owners: items(an(LINE), MAX_HAND_OVERS + 1, 1), hand_overs: items(any, MAX_HAND_OVERS) }),
  { most: MANIFEST, public: true },
);
export const HAND_OVER = endpoint('POST', '/forms/{}/hand-over', an(VERSION));
export const LIST_HAND_OVERS = endpoint('GET', '/hand-overs', an({ hand_overs: items(any, MAX_FORMS) }), {
  most: LIST,
});
export const WITHDRAW = endpoint(
  'POST',
  '/forms/{}/hand-over/withdrawal',
  an({ withdrawn: integerFrom(0) }),
);
export const LIST_GROUPS = endpoint('GET', '/groups', an({ groups: items(GROUP_LINE, 2 * MAX_GROUPS) }), {
  most: MANIFEST,
});
export const SIGN_ROSTER = endpoint(
  'POST',
  '/groups/{}/rosters',
  an({ ...VERSION, epoch: integerFrom(1) }),
);
export const ROSTER = endpoint('GET', '/groups/{}', an({ roster: any, leaves: items(any, MAX_MEMBERS) }), {
  most: MANIFEST,
});
export const STALE = endpoint(
  'GET',
  '/groups/{}/stale',
  an({ streams: items(STALE_LINE, MAX_STALE), more: encoding.boolean }),
  { most: MANIFEST },
);
export const LEAVE = endpoint('POST', '/groups/{}/leave', an({ left: encoding.boolean }));
export const MANIFEST_IN_FORCE = endpoint('GET', '/forms/{}/manifest', SIGNED, {
  most: MANIFEST,
  public: true,
});
export const MANIFEST_BY_HASH = endpoint('GET', '/forms/{}/manifests/{}', SIGNED, {
  most: MANIFEST,
  public: true,
});
