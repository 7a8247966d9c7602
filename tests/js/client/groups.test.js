/** Reading as a member of a group: by the owner's roster and grants, whatever a server says. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { read } from '../../../static/src/client/acts/reading.js';
import { GROUP, b64 } from '../../../static/src/envelope/encoding.js';
import { EPOCH, INBOX, TYPE, sealGrant } from '../../../static/src/envelope/grants.js';
import { KemKey } from '../../../static/src/envelope/hpke.js';
import { akid } from '../../../static/src/envelope/keys.js';
import { random } from '../../../static/src/envelope/primitives.js';
import { sealRecord } from '../../../static/src/envelope/records.js';
import * as rosters from '../../../static/src/envelope/rosters.js';
import { NOW, person } from '../people.js';
import { Answering, lineOf, page, session } from './answers.js';

/** @import { Bytes } from '../../../static/src/envelope/encoding.js' */
/** @import { Grant } from '../../../static/src/envelope/grants.js' */
/** @import { Roster } from '../../../static/src/envelope/rosters.js' */
/** @import { Person } from '../people.js' */

const [acme, clinic, marketing, mallory] = await Promise.all(
  ['acme', 'clinic', 'marketing', 'mallory'].map(person),
);
const ID = crypto.randomUUID();
const SEEDS = [random(32), random(32)];
const [FIRST, SECOND] = await Promise.all(SEEDS.map((seed) => KemKey.fromSeed(seed)));
const LINK = await rosters.sealLink({ group: ID, epoch: 2, seed: seed(2), before: 1, former: seed(1) });
const KEYS = [random(32), random(32)];

/** @param {number} epoch */
function seed(epoch) {
  return /** @type {Bytes} */ (SEEDS[epoch - 1]);
}

/** The roster of an epoch, signed by who owns the group. @param {number} epoch @param {{by?: Person, links?: boolean}} [more] */
function roster(epoch, { by = clinic, links = true } = {}) {
  const bare = {
    ...{ group: ID, name: 'staff', version: epoch, epoch, owner: clinic.id, issued: NOW - 9, expires: NOW + 9 },
    kemPk: /** @type {KemKey} */ (epoch === 1 ? FIRST : SECOND).public,
    prev: epoch === 1 ? new Uint8Array(32) : random(32),
    links: links && epoch === 2 ? [LINK] : [],
    members: [{ id: marketing.id, fingerprint: marketing.card.fingerprint, since: 1 }],
  };
  return rosters.signRoster(bare, by.keys);
}

/** The seed of an epoch, granted to marketing. @param {number} epoch @param {Person} [by] */
async function epochGrant(epoch, by = clinic) {
  const { id: writer, akid } = await rosters.asReader(await roster(epoch));
  const keys = new Map([[INBOX, seed(epoch)]]);
  return sealGrant({ granter: by.keys, reader: marketing.card, writer, type: EPOCH, gen: epoch, akid, keys });
}

/** A generation of acme's, granted to an epoch, and a record of it. @param {number} epoch */
async function shared(epoch) {
  const key = /** @type {Bytes} */ (KEYS[epoch - 1]);
  const about = { writer: acme.id, type: 'contact' };
  const keys = new Map([[TYPE, key]]);
  const reader = await rosters.asReader(await roster(epoch));
  const grant = await sealGrant({ ...about, granter: acme.keys, reader, gen: epoch, akid: await akid(key), keys });
  const values = new Map([['name', `of epoch ${epoch}`]]);
  const record = await sealRecord({ ...about, keys: acme.keys, id: crypto.randomUUID(), rev: 1, accessKey: key, values });
  return { grant, item: { stored: '2026-11-29', record: record.toWire() } };
}

const SHARED = await Promise.all([1, 2].map(shared));

/**
 * What marketing reads.
 *
 * @param {{roster?: Roster, epochs: Grant[], pinned?: Person[]}} served
 */
async function reading({ roster: one, epochs, pinned = [acme, clinic] }) {
  const served = one ?? (await roster(2));
  const listed = (/** @type {Grant[]} */ grants) =>
    page(grants.map((grant) => ({ granted: '2026-11-29', grant: grant.toWire() })));
  const server = new Answering({
    [`GET /clients/${acme.id}`]: () => lineOf(acme),
    [`GET /clients/${clinic.id}`]: () => lineOf(clinic),
    'GET /groups': () => ({ roster: rosters.dumpRoster(served), leaves: [] }),
    'GET /grants': (url) => {
      const isOfGroup = url.searchParams.get('writer') === GROUP + ID;
      return listed(isOfGroup ? epochs : SHARED.map(({ grant }) => grant));
    },
    'GET /records': () => page(SHARED.map(({ item }) => item)),
  });
  const from = session(marketing, pinned, server);
  const pages = [];
  for await (const one of read(from.session, { type: 'contact' })) pages.push(one);
  const names = pages.flatMap(({ opened }) => opened.map(({ data }) => data.get('name')));
  return { names, failed: pages.flatMap(({ failed }) => failed), warnings: from.warnings.join('\n'), server };
}

test('a member reads what every epoch was granted, by the links from one that it has', async () => {
  const { names, failed, server } = await reading({ epochs: [await epochGrant(2)] });
  assert.deepEqual([names, failed], [['of epoch 1', 'of epoch 2'], []]);
  assert.equal(server.count('GET /groups'), 1);
});

test('and, without links, by a grant of each', async () => {
  const epochs = [await epochGrant(1), await epochGrant(2)];
  const { names } = await reading({ roster: await roster(2, { links: false }), epochs });
  assert.deepEqual(names, ['of epoch 1', 'of epoch 2']);
});

test('who joined later, without links, reads what came later', async () => {
  const one = await roster(2, { links: false });
  const { names, failed } = await reading({ roster: one, epochs: [await epochGrant(2)] });
  assert.deepEqual(names, ['of epoch 2']);
  assert.match(failed[0]?.error.message ?? '', /no valid grant opens field name/);
});

test('a roster or an epoch that the owner did not sign opens nothing', async () => {
  for (const served of [
    { roster: await roster(2, { by: mallory }), epochs: [await epochGrant(2)] },
    { epochs: [await epochGrant(2, mallory)] },
  ]) {
    const { names, failed, warnings } = await reading(served);
    assert.deepEqual([names, failed.length], [[], 2]);
    assert.match(warnings, /refused .*signature/s);
  }
});

test('whose group it is has to be pinned, and who reads is told so', async () => {
  const { names, warnings } = await reading({ epochs: [await epochGrant(2)], pinned: [acme] });
  assert.deepEqual(names, []);
  assert.match(warnings, RegExp(`client ${clinic.id}, is not pinned here: .*trust add`));
  assert.ok(!warnings.includes(b64(seed(2))));
});
