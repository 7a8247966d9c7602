/** Grants to this client for one stream: verified before they are opened, opened once. */

import { GROUP, b64 } from '../../envelope/encoding.js';
import { INBOX, TYPE, inboxId, openGrant } from '../../envelope/grants.js';
import { KemKey } from '../../envelope/hpke.js';
import { same } from '../../envelope/primitives.js';
import { RollbackError, UnpinnedError, VerificationError, verifying } from '../errors.js';
import { formOf, shownStream } from '../session.js';
import { paired, unpaired } from '../state.js';
import { listed } from './listed_grants.js';
import { MemberEpochs, isGrantedBy, ownCard } from './member_epochs.js';

/** @import { Bytes } from '../../envelope/encoding.js' */
/** @import { Grant, Opener, Recipient } from '../../envelope/grants.js' */
/** @import { Card } from '../../envelope/keys.js' */
/** @import { Inbox } from '../../envelope/manifests.js' */
/** @import { Head } from '../../envelope/records.js' */
/** @import { Session, Stream } from '../session.js' */
/** @import { StreamMemory } from '../state.js' */

/** Keys by name, 32 bytes each. @typedef {Map<string, Bytes>} Keys */

/** An inbox that was granted, and the seed (32 bytes) that it grows from. @typedef {{key: KemKey, seed: Bytes}} OpenInbox */

/**
 * The keys that `granters` handed to this client for one stream.
 *
 * They are the verified cards of who may grant there: the writer; a form's owner, and who owned it
 * before. Grants are opened when a record first needs them; those that had to be `refused` give no
 * keys (docs/protocol.md §6).
 */
export class Keyring {
  #session;
  #stream;
  #granters;
  #epochs;
  /** @type {Map<string, number>} */
  #numbers = new Map();
  /** @type {Map<string, Grant[]>} */
  #byAkid = new Map();
  /** @type {Map<string, Grant[]>} */
  #byRecord = new Map();
  /** @type {Map<string, Promise<Keys>>} */
  #opened = new Map();
  /** @type {Map<string, Promise<OpenInbox | undefined>>} */
  #inboxes = new Map();
  /** @type {VerificationError[]} */
  refused = [];

  /**
   * @param {Session} session
   * @param {Stream} stream
   * @param {Grant[]} grants
   * @param {Card} granter
   * @param {...Card} more
   */
  constructor(session, stream, grants, granter, ...more) {
    this.#session = session;
    this.#stream = stream;
    this.#granters = [granter, ...more];
    this.#epochs = new MemberEpochs(session, grants);
    for (const grant of grants) {
      if (grant.record) add(this.#byRecord, grant.record, grant);
      else add(this.#byAkid, b64(grant.akid), grant);
    }
  }

  /**
   * Return the key map granted for an access key or inbox, an empty one if there is none.
   *
   * @param {Bytes} akid
   */
  ofGeneration(akid) {
    const key = b64(akid);
    return once(this.#opened, key, () => this.#open(this.#byAkid.get(key) ?? []));
  }

  /**
   * Return the data keys granted for this one record, none if there are none.
   *
   * @param {Head} record
   */
  async ofRecord({ id, akid }) {
    const grants = this.#byRecord.get(id) ?? [];
    return this.#open(grants.filter((grant) => same(grant.akid, akid)));
  }

  /**
   * Return which generation an access key is of, by an opened grant; 0 if that is unknown.
   *
   * @param {Bytes} akid
   */
  numberOf(akid) {
    return this.#numbers.get(b64(akid)) ?? 0;
  }

  /**
   * Return the key pair of a manifest's inbox, undefined if it was not granted.
   *
   * @param {Inbox} inbox
   */
  async inbox(inbox) {
    const akid = b64(await inboxId(inbox.public));
    return once(this.#inboxes, akid, async () => {
      const grants = this.#byAkid.get(akid) ?? [];
      const seed = (await this.#open(grants.filter(({ gen }) => gen === inbox.gen))).get(INBOX);
      return seed && { key: await KemKey.fromSeed(seed), seed };
    });
  }

  /**
   * Return the access key or inbox seed of an own generation (32 bytes).
   *
   * Raises VerificationError if no grant of it is this client's to itself.
   *
   * @param {number} gen
   * @param {Bytes} akid
   */
  async ownKey(gen, akid) {
    const grants = this.#byAkid.get(b64(akid)) ?? [];
    const keys = await this.#open(grants.filter((grant) => grant.gen === gen));
    const key = keys.get(formOf(this.#stream) ? INBOX : TYPE);
    if (key) return key;
    throw new VerificationError(
      `the server lists generation ${gen} of ${shownStream(this.#stream)}, but serves no grant of it ` +
        'that this client made to itself',
      { code: this.whyNot || 'mismatch' },
    );
  }

  /** The code of what was wrong with the last grant that was refused, "" for none. */
  get whyNot() {
    return this.refused.at(-1)?.code ?? '';
  }

  /** Combine the keys of all valid grants; an invalid one gives none, and is reported. @param {Grant[]} grants */
  async #open(grants) {
    /** @type {Keys} */
    const keys = new Map();
    for (const grant of grants) {
      try {
        const what = `a grant of ${shownStream(this.#stream)}`;
        const opened = await verifying(what, () => this.#openOne(grant));
        for (const [name, key] of opened) keys.set(name, key);
      } catch (error) {
        this.refused.push(this.#toldOf(error));
      }
    }
    return keys;
  }

  /** @param {unknown} error */
  #toldOf(error) {
    if (error instanceof VerificationError) {
      if (error.code !== 'expired') this.#session.notify(`refused ${error.message}`);
      return error;
    }
    if (error instanceof UnpinnedError) {
      this.#session.tellOnce(`${error.message}: ${error.hint}`); // who owns a group that this client is in
      return new VerificationError(error.message, { code: 'fingerprint', cause: error });
    }
    throw error;
  }

  /** @param {Grant} grant */
  async #openOne(grant) {
    const { me, keys } = await this.#reader(grant);
    const granter = await this.#granterOf(grant);
    const owner = formOf(this.#stream) ? granter.id : undefined;
    const opened = await openGrant(grant, { keys, me, granter, now: this.#session.now(), owner });
    this.#numbers.set(b64(grant.akid), grant.gen);
    return opened;
  }

  /**
   * Return whom of this client a grant is sealed to, with the keys that open it.
   *
   * An earlier card of its own, or an epoch of a group that it is in.
   *
   * @param {Grant} grant
   * @returns {Promise<{me: Recipient, keys: Opener}>}
   */
  async #reader(grant) {
    if (!grant.reader.startsWith(GROUP)) return ownCard(this.#session, grant);
    const { party, key } = await this.#epochs.find(grant);
    return { me: party, keys: key };
  }

  /** Return who signed a grant, of those who may; the first one if none of them did. @param {Grant} grant */
  async #granterOf(grant) {
    const [first, ...others] = [...this.#granters, ...mayHaveGranted(this.#session, grant)];
    for (const card of others) {
      if (await isGrantedBy(grant, card, formOf(this.#stream) ? card.id : undefined)) return card;
    }
    return /** @type {Card} */ (first);
  }
}

/** @param {Map<string, Grant[]>} grants @param {string} key @param {Grant} grant */
function add(grants, key, grant) {
  const there = grants.get(key);
  if (there) there.push(grant);
  else grants.set(key, [grant]);
}

/**
 * Return what is kept under a key, or what `make` returns, once; what fails is tried again.
 *
 * @template T
 * @param {Map<string, Promise<T>>} kept
 * @param {string} key
 * @param {() => Promise<T>} make
 */
function once(kept, key, make) {
  const found = kept.get(key) ?? make();
  kept.set(key, found);
  found.catch(() => kept.delete(key));
  return found;
}

/**
 * Return the own earlier card, while its grants are signed anew, if this is one of them.
 *
 * @param {Session} session
 * @param {Grant} grant
 */
export function mayHaveGranted({ renewing }, grant) {
  return renewing?.standsForRecord(grant) ? [renewing.card] : [];
}

/**
 * Return the grants to this client, its own to itself included, by stream.
 *
 * Those of groups' epochs are no stream's, and left out. Raises RollbackError where the grant of an
 * own stream's last generation does not come: what was written under it would silently be missing.
 *
 * @param {Session} session
 * @param {{writer?: string, type?: string}} [only]
 * @returns {Promise<{stream: Stream, grants: Grant[]}[]>}
 */
export async function incoming(session, { writer = '', type = '' } = {}) {
  const { streams } = await session.state.load(); // first: another run may open a generation meanwhile
  /** @type {Map<string, Grant[]>} */
  const found = new Map();
  for await (const { grant } of listed(session, { direction: 'incoming', writer, type })) {
    if (grant.writer.startsWith(GROUP)) continue;
    add(found, paired(grant.writer, grant.type), grant);
  }
  for (const [key, memory] of streams) {
    const [own, name] = unpaired(key);
    const isAsked = ['', own].includes(writer) && ['', name].includes(type);
    if (memory.gen && isAsked) checkServed({ writer: own, type: name }, memory, found.get(key) ?? []);
  }
  return [...found].map(([key, grants]) => {
    const [own, name] = unpaired(key);
    return { stream: { writer: own, type: name }, grants };
  });
}

/**
 * Refuse grants of an own stream without one of the last generation that is remembered.
 *
 * @param {Stream} stream
 * @param {StreamMemory} memory
 * @param {Grant[]} grants
 */
function checkServed(stream, { gen, akid }, grants) {
  if (grants.some((grant) => same(grant.akid, akid) && !grant.record)) return;
  throw new RollbackError(
    `the server serves no grant of generation ${gen} of ${shownStream(stream)}, which this client opened`,
  );
}
