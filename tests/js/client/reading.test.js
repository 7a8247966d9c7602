/** Reading: what verifies is opened, what does not stands there with the reason, and all of it is counted. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { Unpacking, openRecord, packed } from '../../../static/src/client/acts/opening.js';
import { read } from '../../../static/src/client/acts/reading.js';
import {
  ApiUnavailable,
  NotReadError,
  UnpinnedError,
  VerificationError,
} from '../../../static/src/client/errors.js';
import { b64 } from '../../../static/src/envelope/encoding.js';
import { INBOX, TYPE, inboxId, sealGrant } from '../../../static/src/envelope/grants.js';
import { akid, columnKey } from '../../../static/src/envelope/keys.js';
import { random } from '../../../static/src/envelope/primitives.js';
import { hideFields, openDataKeys, parseHead, parseRecord, sealRecord } from '../../../static/src/envelope/records.js';
import { sealSubmission } from '../../../static/src/envelope/submissions.js';
import { ANSWERS, person, publishedForm } from '../people.js';
import { Answering, lineOf, page, session } from './answers.js';
import { answered } from './scripts.js';

/** @import { Bytes } from '../../../static/src/envelope/encoding.js' */
/** @import { Page, Wanted } from '../../../static/src/client/acts/reading.js' */
/** @import { Answers } from './answers.js' */
/** @import { Person } from '../people.js' */

const TYPES = { type: 'contact' };
const GRANTED = '2026-11-29T12:00:00Z';
const ACCESS_KEY = random(32);
const [acme, marketing, mallory] = await Promise.all(['acme', 'marketing', 'mallory'].map(person));

/** @typedef {{[name: string]: string}} Values */

/**
 * A record of acme's as it is listed.
 *
 * @param {Values} values
 * @param {{id?: string, rev?: number, type?: string}} [more]
 * @returns {Promise<{stored: string, record: any}>}
 */
async function item(values, { id = crypto.randomUUID(), rev = 1, type = 'contact' } = {}) {
  const about = { keys: acme.keys, writer: acme.id, id, type, rev, accessKey: ACCESS_KEY };
  const record = await sealRecord({ ...about, values: new Map(Object.entries(values)) });
  return { stored: '2026-11-29', record: record.toWire() };
}

/** @param {Awaited<ReturnType<typeof item>>} one */
function altered(one) {
  const changed = structuredClone(one);
  const [name = ''] = Object.keys(changed.record.fields);
  const flip = (/** @type {string} */ one) => (one === 'A' ? 'B' : 'A');
  changed.record.fields[name] = changed.record.fields[name].replace(/.(?=.{9}$)/, flip);
  return changed;
}

/** A grant to marketing, as it is listed. @param {{keys?: Map<string, Bytes>, by?: Person, record?: string, key?: Bytes}} [more] */
async function grant({ keys, by = acme, record = '', key = ACCESS_KEY } = {}) {
  const of = { writer: acme.id, type: 'contact', gen: 1, akid: await akid(key), record };
  const granted = keys ?? new Map([[TYPE, key]]);
  const sealed = await sealGrant({ ...of, granter: by.keys, reader: marketing.card, keys: granted });
  return { granted: GRANTED, grant: sealed.toWire() };
}

/** Marketing, where acme is pinned. @param {Answers} answers @param {Person[]} [pinned] */
function reader(answers, pinned = [acme]) {
  const server = new Answering({ [`GET /clients/${acme.id}`]: () => lineOf(acme), ...answers });
  return { server, ...session(marketing, pinned, server) };
}

/** @param {unknown[][]} pages @param {unknown[]} grants @param {Person[]} [pinned] */
function reading(pages, grants, pinned) {
  const at = (/** @type {URL} */ url) => Number(url.searchParams.get('after') ?? '0');
  return reader(
    {
      'GET /grants': () => page(grants),
      'GET /records': (url) => page(pages[at(url)] ?? [], at(url) + 1 < pages.length ? String(at(url) + 1) : ''),
    },
    pinned,
  );
}

/** @param {ReturnType<typeof reader>} from @param {Partial<Wanted>} [wanted] */
async function all({ session }, wanted) {
  /** @type {Page[]} */
  const pages = [];
  for await (const one of read(session, { ...TYPES, ...wanted })) pages.push(one);
  for (const one of pages) assert.equal(one.read, one.opened.length + one.failed.length);
  return {
    pages,
    opened: pages.flatMap(({ opened }) => opened),
    failed: pages.flatMap(({ failed }) => failed),
    names: pages.flatMap(({ opened }) => opened.map(({ data }) => data.get('name'))),
  };
}

test('pages come one by one, and the next is asked for when somebody wants it', async () => {
  const pages = [[await item({ name: 'Ann' })], [await item({ name: 'Bob' })]];
  const from = reading(pages, [await grant()]);
  const found = read(from.session, TYPES);
  const first = await found.next();
  assert.equal(first.value?.opened[0]?.data.get('name'), 'Ann');
  assert.equal(from.server.count('GET /records'), 1);
  const second = await found.next();
  assert.equal(second.value?.opened[0]?.stored, '2026-11-29');
  assert.ok((await found.next()).done);
});

test('what fails stands there with the reason, once, and the others are read', async () => {
  const [good, bad] = [await item({ name: 'Ann' }), altered(await item({ name: 'Eve' }))];
  const strange = await item({ name: 'Bob' }, { type: 'note' });
  const from = reading([[bad, good, strange], [bad, {}, {}, null]], [await grant()]);
  const { names, failed, pages } = await all(from);
  assert.deepEqual(names, ['Ann']);
  assert.deepEqual(pages.map(({ read }) => read), [3, 3]);
  assert.deepEqual(
    failed.map(({ id, error }) => [id, error.code]),
    [
      [bad.record.id, 'signature'],
      [strange.record.id, 'mismatch'],
      ...['', '', ''].map((id) => [id, 'malformed']),
    ],
  );
  assert.match(failed[0]?.error.message ?? '', RegExp(`record ${bad.record.id} of contact of ${acme.id}: `));
});

test('a record that is updated meanwhile comes again, and one that stays does not', async () => {
  const id = crypto.randomUUID();
  const [one, two] = [await item({ name: '1' }, { id }), await item({ name: '2' }, { id, rev: 2 })];
  const { names, failed } = await all(reading([[one], [one, two]], [await grant()]));
  assert.deepEqual([names, failed], [['1', '2'], []]);
});

test('an older or another revision of what came by is refused', async () => {
  const id = crypto.randomUUID();
  const [one, two] = [await item({ name: '1' }, { id }), await item({ name: '2' }, { id, rev: 2 })];
  for (const other of [one, await item({ name: 'other' }, { id, rev: 2 })]) {
    const { names, failed } = await all(reading([[two, other]], [await grant()]));
    assert.deepEqual(names, ['2']);
    assert.deepEqual(failed.map((one) => [one.id, one.error.code]), [[id, 'rollback']]);
  }
});

test('columns and single records open as far as they were granted', async () => {
  const [one, two] = [await item({ name: 'Ann', zip: '97301' }), await item({ name: 'Bob', zip: '1' })];
  const hiding = async (/** @type {typeof one} */ { stored, record }, /** @type {string[]} */ seen) => {
    return { stored, record: (await hideFields(parseRecord(record), seen)).toWire() };
  };
  const column = await grant({ keys: new Map([['name', await columnKey(ACCESS_KEY, 'name')]]) });
  const dataKeys = await openDataKeys(parseRecord(two.record), ACCESS_KEY, ['zip']);
  const single = await grant({ keys: dataKeys, record: two.record.id });
  const items = [await hiding(one, ['name']), two];
  const { opened, failed } = await all(reading([items], [column, single]));
  assert.deepEqual(failed, []);
  assert.deepEqual(opened.map(({ data }) => Object.fromEntries(data)), [{ name: 'Ann' }, { zip: '1', name: 'Bob' }]);

  const withheld = await all(reading([[await hiding(one, ['zip'])]], [column]));
  assert.match(withheld.failed[0]?.error.message ?? '', /hides a field that was granted/);
  const more = await all(reading([[one]], [column]));
  assert.match(more.failed[0]?.error.message ?? '', /no valid grant opens field zip/);
});

test('a grant that somebody else signed gives no keys, and people are told', async () => {
  const from = reading([[await item({ name: 'Ann' })]], [await grant({ by: mallory })]);
  const { failed } = await all(from);
  assert.match(failed[0]?.error.message ?? '', /no valid grant opens field name; .* refused: signature/);
  assert.match(from.warnings.join(), /refused a grant of contact/);
});

test('who is not pinned is not read, and nothing granted is said to be that', async () => {
  const items = [[await item({ name: 'Ann' })]];
  await assert.rejects(all(reading(items, [await grant()], [])), UnpinnedError);
  const named = all(reading(items, [await grant()], []), { writer: acme.id });
  await assert.rejects(named, UnpinnedError);
  await assert.rejects(all(reading([[]], [])), NotReadError);
  assert.deepEqual((await all(reading([[]], []), { allowEmpty: true })).pages, []);
});

test('a card that is not the pinned one stops everything', async () => {
  const forged = { ...acme, card: { ...mallory.card, id: acme.id } };
  const from = reading([[await item({ name: 'Ann' })]], [await grant()], [forged]);
  await assert.rejects(all(from), (/** @type {any} */ error) => {
    return error instanceof VerificationError && error.code === 'fingerprint' && /do not go on/.test(error.hint);
  });
});

test('a stream of nothing but bad records ends', async () => {
  const bad = () => ({ stored: '', record: { id: crypto.randomUUID() } });
  const pages = Array.from({ length: 21 }, () => Array.from({ length: 500 }, bad));
  await assert.rejects(all(reading(pages, [await grant()])), /10,000 records .* in a row/);
});

/** Opens records as a worker does, which is sent nothing but data. */
function elsewhere() {
  const unpacking = new Unpacking();
  /** @type {import('../../../static/src/client/acts/listed_items.js').Place} */
  const place = {
    read: parseHead,
    open: async (_, unlocked, wire) => {
      const sent = structuredClone({ wire, packed: packed(unlocked) });
      return openRecord(parseRecord(sent.wire), await unpacking.unpacked(sent.packed));
    },
    atOnce: 3,
  };
  return place;
}

test('what opens a record is sent elsewhere as data, and opens there', async () => {
  const from = reading([[await item({ name: 'Ann' }), altered(await item({ name: 'Eve' }))]], [await grant()]);
  const { names, failed } = await all(from, { place: elsewhere() });
  assert.deepEqual(names, ['Ann']);
  assert.deepEqual(failed.map(({ error }) => error.code), ['signature']);
});

test("a form's records are opened by the manifest, and its rules are checked again", async () => {
  const form = await publishedForm(acme);
  const wrong = /** @type {Map<string, any>} */ (new Map(ANSWERS)).set('fullname', true);
  const items = await Promise.all(
    [ANSWERS, wrong].map(async (answers) => {
      const { records } = await sealSubmission(form.manifest, answers);
      return { stored: '2026-11-29', record: records.find(({ type }) => type === 'contact')?.toWire() };
    }),
  );
  const { writer, hash, raw } = form.manifest;
  const about = { writer, type: 'contact', gen: 1, record: '' };
  const sealed = await sealGrant({
    ...about,
    akid: await inboxId(form.inboxes.contact.public),
    granter: acme.keys,
    reader: marketing.card,
    keys: new Map([[INBOX, form.seeds.contact]]),
  });
  const signed = { manifest: new TextDecoder().decode(raw), sig: b64(form.sig), card: lineOf(acme).card };
  const answers = {
    'GET /grants': () => page([{ granted: GRANTED, grant: sealed.toWire() }]),
    'GET /records': () => page(items),
    [`GET /forms/${form.manifest.form}/manifest`]: () => signed,
  };
  const from = reader(answers);
  const { opened, failed } = await all(from, { writer });
  assert.deepEqual((await all(reader(answers), { place: elsewhere() })).opened, opened);
  assert.deepEqual(failed, []);
  assert.deepEqual(opened.map(({ data }) => data.get('fullname')), ['Ada Lovelace', true]);
  assert.deepEqual(opened.map(({ problems }) => [...problems.keys()]), [[], ['fullname']]);
  assert.equal(from.server.count(`GET /forms/${form.manifest.form}/manifests/${b64(hash)}`), 1);
  const { forms } = await from.session.state.load();
  assert.equal(forms.get(form.manifest.form)?.version, 1);

  const away = reader({ ...answers, [`GET /forms/${form.manifest.form}/manifests`]: () => answered(500, '') });
  const many = Array.from({ length: 500 }, () => items[0]);
  away.server.answers['GET /records'] = () => page(many);
  await assert.rejects(all(away), ApiUnavailable);
  assert.ok(away.server.count(`GET /forms/${form.manifest.form}/manifests`) <= 2);

  const older = reader(answers);
  await older.session.state.change((state) => {
    state.forms.set(form.manifest.form, { owner: acme.id, version: 1, hash: random(32), former: [] });
  });
  const refused = await all(older);
  assert.deepEqual(refused.failed.map(({ error }) => error.code), ['rollback', 'rollback']);
});
