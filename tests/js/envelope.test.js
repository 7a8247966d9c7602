/** Round trips of sealform/1 in JavaScript: what is sealed opens, for whom it should. */

import assert from 'node:assert/strict';
import test from 'node:test';
import * as encoding from '../../static/src/envelope/encoding.js';
import { EnvelopeError, LimitError, MalformedError } from '../../static/src/envelope/errors.js';
import * as grants from '../../static/src/envelope/grants.js';
import { KemKey } from '../../static/src/envelope/hpke.js';
import { akid, columnKey } from '../../static/src/envelope/keys.js';
import * as manifests from '../../static/src/envelope/manifests.js';
import { random } from '../../static/src/envelope/primitives.js';
import * as receipts from '../../static/src/envelope/receipts.js';
import * as records from '../../static/src/envelope/records.js';
import * as rosters from '../../static/src/envelope/rosters.js';
import * as submissions from '../../static/src/envelope/submissions.js';
import { useKem } from '../../static/src/envelope/suite.js';
import { ANSWERS, NOW, person, publishedForm } from './people.js';

/** @import { Card } from '../../static/src/envelope/keys.js' */

useKem('noble');

const acme = await person('acme');
const marketing = await person('marketing');
const mallory = await person('mallory');

/** @param {unknown} object */
const sent = (object) => encoding.loadJson(encoding.dumpJson(object));

/** @param {string} code */
const refused = (code) => (/** @type {unknown} */ error) => {
  assert.ok(error instanceof EnvelopeError, String(error));
  assert.equal(error.code, code);
  return true;
};

/** @param {Map<string, string>} [meta] */
async function contact(meta) {
  const accessKey = records.newAccessKey();
  const values = new Map(
    Object.entries({ zip: '12345', city: 'Graz', tags: ['a', 'b'], ok: true }),
  );
  const about = {
    keys: acme.keys,
    writer: acme.id,
    id: crypto.randomUUID(),
    type: 'contact',
    rev: 1,
  };
  const record = await records.sealRecord({ ...about, accessKey, values, meta });
  return { accessKey, values, record };
}

/**
 * @param {Partial<Parameters<typeof grants.sealGrant>[0]>} parts
 * @param {encoding.Bytes} key
 */
async function granted(parts, key) {
  const about = {
    granter: acme.keys,
    reader: marketing.card,
    writer: acme.id,
    type: 'contact',
    gen: 1,
  };
  const keys = new Map([['*', key]]);
  const grant = await grants.sealGrant({ ...about, akid: await akid(key), keys, ...parts });
  return grants.parseGrant(sent(grant.toWire()));
}

/** @param {grants.Grant} grant @param {import('./people.js').Person} reader */
function opened(grant, reader, granter = acme.card, owner = acme.id) {
  return grants.openGrant(grant, { keys: reader.keys.kem, me: reader.card, granter, now: NOW, owner });
}

test('a record opens as a whole, by columns and by data keys', async () => {
  const { accessKey, values, record } = await contact();
  const read = records.parseRecord(sent(record.toWire()));
  await records.verifyRecord(read, acme.card);
  assert.deepEqual(await records.openRecord(read, accessKey), values);
  const column = new Map([['zip', await columnKey(accessKey, 'zip')]]);
  assert.deepEqual(await records.openColumns(read, column), new Map([['zip', '12345']]));
  const dataKeys = await records.openDataKeys(read, accessKey, ['city']);
  assert.deepEqual(await records.openValues(read, dataKeys), new Map([['city', 'Graz']]));
});

test('a partial record still verifies, and shows what is visible', async () => {
  const { accessKey, record } = await contact();
  const partial = records.parseRecord(sent((await records.hideFields(record, ['zip'])).toWire()));
  await records.verifyRecord(partial, acme.card);
  assert.deepEqual(await records.openRecord(partial, accessKey), new Map([['zip', '12345']]));
  await assert.rejects(records.openDataKeys(partial, accessKey, ['city']), refused('mismatch'));
});

test('what a client says in plaintext is under its signature, in a partial record, too', async () => {
  const meta = new Map([
    ['state', 'open'],
    ['customer', '4711'],
  ]);
  const { record } = await contact(meta);
  const partial = await records.hideFields(record, ['zip']);
  for (const one of [record, partial]) {
    const wire = /** @type {encoding.Wire} */ (one.toWire());
    const read = records.parseRecord(sent(wire));
    assert.deepEqual(Object.keys(wire.meta), ['customer', 'state']);
    assert.deepEqual([...read.meta].sort(), [...meta].sort());
    await records.verifyRecord(read, acme.card);
    for (const changed of [{ ...wire.meta, state: 'closed' }, { state: 'open' }]) {
      const altered = records.parseRecord({ ...wire, meta: changed });
      await assert.rejects(records.verifyRecord(altered, acme.card), refused('signature'));
    }
    const { meta: _, ...rest } = wire;
    const without = records.parseRecord(rest);
    await assert.rejects(records.verifyRecord(without, acme.card), refused('signature'));
  }
  const { record: plain } = await contact();
  assert.equal('meta' in plain.toWire(), false);
  await assert.rejects(contact(new Map([['state', ' open']])), refused('malformed'));
});

test('a record is refused from another writer, and under another access key', async () => {
  const { record } = await contact();
  await assert.rejects(records.verifyRecord(record, mallory.card), refused('mismatch'));
  await assert.rejects(records.openRecord(record, random(32)), refused('commitment'));
});

test('each kind of grant opens for its reader, and for nobody else', async () => {
  const { accessKey, record } = await contact();
  const form = await publishedForm(acme);
  const kinds = {
    type: await granted({}, accessKey),
    columns: await granted(
      { keys: new Map([['zip', await columnKey(accessKey, 'zip')]]) },
      accessKey,
    ),
    record: await granted(
      { record: record.id, keys: await records.openDataKeys(record, accessKey, ['zip', 'city']) },
      accessKey,
    ),
    inbox: await granted(
      {
        writer: form.manifest.writer,
        akid: await grants.inboxId(form.inboxes.contact.public),
        keys: new Map([['@', form.seeds.contact]]),
      },
      accessKey,
    ),
  };
  for (const grant of Object.values(kinds)) {
    assert.deepEqual(
      [...(await opened(grant, marketing)).keys()].sort(),
      [...grant.keyNames].sort(),
    );
    await assert.rejects(opened(grant, mallory), refused('mismatch'));
    await assert.rejects(opened(grant, marketing, mallory.card), refused('mismatch'));
  }
  await assert.rejects(opened(kinds.inbox, marketing, acme.card, mallory.id), refused('mismatch'));
});

test('a grant that the server forged for acme is refused, and an ended one', async () => {
  const key = random(32);
  const forged = await granted({ granter: mallory.keys, reader: acme.card }, key);
  await assert.rejects(opened(forged, acme), refused('signature'));
  const wrong = await granted({ akid: random(32) }, key);
  await assert.rejects(opened(wrong, marketing), refused('commitment'));
  const ended = await granted({ notAfter: NOW - 1 }, key);
  await assert.rejects(opened(ended, marketing), refused('expired'));
  await assert.rejects(
    granted(
      {
        keys: new Map([
          ['*', key],
          ['zip', key],
        ]),
      },
      key,
    ),
    refused('malformed'),
  );
});

test('a submission has one record a type, each opens with its own inbox only', async () => {
  const { manifest, sig, inboxes, description } = await publishedForm(acme);
  const pin = { fingerprint: acme.card.fingerprint, form: description.form };
  const verified = await manifests.verifyManifest(manifest.raw, sig, acme.card, pin);
  manifests.inForce(verified, NOW);
  const body = submissions.dumpSubmission(
    (await submissions.sealSubmission(verified, ANSWERS)).records,
  );
  const [first, second] = submissions.parseSubmission(encoding.loadJson(body));
  assert.ok(first && second);
  submissions.checkSubmission([first, second], verified);
  assert.deepEqual(
    await submissions.openFormRecord(first, verified, inboxes.contact),
    new Map([['fullname', 'Ada Lovelace']]),
  );
  assert.deepEqual(
    await submissions.openFormRecord(second, verified, inboxes.health),
    new Map([['age', '']]),
  );
  await assert.rejects(submissions.openFormRecord(first, verified, inboxes.health), refused('mismatch'));
});

test('a receipt is of the records that were sealed with it, and of no others', async () => {
  const { manifest } = await publishedForm(acme);
  const { records: sealed, receipt } = await submissions.sealSubmission(manifest, ANSWERS);
  const kept = receipts.readReceipt(receipts.showReceipt(receipt).toLowerCase());
  const stored = [...sealed].reverse().map((record) => records.parseRecord(sent(record.toWire())));
  await receipts.verifyReceipt(kept, manifest, stored);
  const other = await submissions.sealSubmission(manifest, ANSWERS);
  await assert.rejects(receipts.verifyReceipt(kept, manifest, other.records), refused('mismatch'));
  const [first, second] = sealed;
  assert.ok(first && second);
  const altered = new records.Record({ ...first, ak: random(1168) });
  const both = [altered, second];
  await assert.rejects(receipts.verifyReceipt(kept, manifest, both), refused('mismatch'));
});

test('a manifest is refused from another owner, of another form, out of its time', async () => {
  const { manifest, sig, description } = await publishedForm(acme);
  const pin = { fingerprint: acme.card.fingerprint, form: description.form };
  const verified = (/** @type {object} */ changed, card = acme.card) =>
    manifests.verifyManifest(manifest.raw, sig, card, { ...pin, ...changed });
  await assert.rejects(verified({}, mallory.card), refused('fingerprint'));
  const theirs = { fingerprint: mallory.card.fingerprint };
  await assert.rejects(verified(theirs, mallory.card), refused('signature'));
  await assert.rejects(verified({ form: crypto.randomUUID() }), refused('mismatch'));
  const foreign = await manifests.signManifest(description, mallory.keys);
  const signedByMallory = manifests.verifyManifest(...foreignArguments(foreign), { ...pin, ...theirs });
  await assert.rejects(signedByMallory, refused('mismatch'));
  assert.throws(() => manifests.inForce(manifest, description.expires), refused('expired'));
  assert.throws(() => manifests.inForce(manifest, description.issued - 86_401), refused('expired'));
});

/**
 * @param {[manifests.Manifest, encoding.Bytes]} signed
 * @returns {[encoding.Bytes, encoding.Bytes, Card]}
 */
function foreignArguments([manifest, sig]) {
  return [manifest.raw, sig, mallory.card];
}

test('answers must be those that the manifest asks for', async () => {
  const { manifest } = await publishedForm(acme);
  const few = new Map([['fullname', 'Ada']]);
  await assert.rejects(submissions.sealSubmission(manifest, few), refused('mismatch'));
  const many = new Map([...ANSWERS, ['admin', 'yes']]);
  await assert.rejects(submissions.sealSubmission(manifest, many), refused('mismatch'));
  const long = new Map([...ANSWERS, ['age', 'x'.repeat(65_535)]]);
  await assert.rejects(submissions.sealSubmission(manifest, long), LimitError);
});

test('nothing is sealed to a key that is none', async () => {
  const { description } = await publishedForm(acme);
  const [contactInbox] = description.types;
  assert.ok(contactInbox);
  const zeroPoint = encoding.concat(contactInbox.public.subarray(0, 1184), new Uint8Array(32));
  const weak = {
    ...description,
    types: [{ ...contactInbox, public: zeroPoint }, ...description.types.slice(1)],
  };
  const [manifest] = await manifests.signManifest(weak, acme.keys);
  await assert.rejects(submissions.sealSubmission(manifest, ANSWERS), MalformedError);
});

test('a group reads by its epochs: who was removed reads what was granted before, and no more', async () => {
  const [group, first, second] = [crypto.randomUUID(), random(32), random(32)];
  const term = { issued: NOW, expires: NOW + 3600, owner: acme.id, group, name: 'ward 3' };
  /** @param {import('./people.js').Person[]} people */
  const memberships = (...people) =>
    people
      .map(({ id, card }) => ({ id, fingerprint: card.fingerprint, since: 1 }))
      .sort((one, other) => (one.id < other.id ? -1 : 1));
  const begun = await rosters.signRoster(
    {
      ...{ ...term, version: 1, epoch: 1, prev: new Uint8Array(32), links: [] },
      kemPk: (await KemKey.fromSeed(first)).public,
      members: memberships(marketing, mallory),
    },
    acme.keys,
  );
  const link = await rosters.sealLink({ group, epoch: 2, seed: second, before: 1, former: first });
  const next = await rosters.signRoster(
    {
      ...{ ...term, version: 2, epoch: 2, prev: await rosters.digest(begun), links: [link] },
      kemPk: (await KemKey.fromSeed(second)).public,
      members: memberships(marketing),
    },
    acme.keys,
  );
  const current = rosters.parseRoster(sent(rosters.dumpRoster(next)));
  await rosters.verifyRoster(current, { group, owner: acme.card });
  await rosters.checkFollows(current, await rosters.known(begun));
  await assert.rejects(rosters.checkFollows(begun, await rosters.known(current)), refused('mismatch'));
  assert.equal(rosters.memberOf(current, marketing.id)?.since, 1);
  assert.equal(rosters.memberOf(current, mallory.id), undefined);

  const { accessKey } = await contact();
  const [former, today] = [await rosters.asReader(begun), await rosters.asReader(current)];
  const before = await granted({ reader: former }, accessKey);
  const after = await granted({ reader: today, gen: 2 }, accessKey);
  const epoch = { writer: `group:${group}`, type: 'epoch', gen: 2, akid: today.akid };
  const seal = await granted({ ...epoch, keys: new Map([['@', second]]) }, accessKey);
  const seed = (await opened(seal, marketing)).get('@') ?? random(32);
  /** @param {grants.Grant} grant @param {rosters.OpenEpoch} by */
  const read = (grant, { key, party }) =>
    grants.openGrant(grant, { keys: key, me: party, granter: acme.card, now: NOW });
  const [two, one] = await rosters.openPast(current, { epoch: 2, seed });
  assert.ok(one && two);
  assert.deepEqual((await read(before, one)).get('*'), accessKey);
  assert.deepEqual((await read(after, two)).get('*'), accessKey);

  const [kept, ...more] = await rosters.openPast(current, { epoch: 1, seed: first });
  assert.ok(kept);
  assert.deepEqual(more, []);
  assert.deepEqual((await read(before, kept)).get('*'), accessKey);
  await assert.rejects(read(after, kept), refused('mismatch'));
  await assert.rejects(read(after, { ...kept, party: two.party }), refused('open'));
  await assert.rejects(opened(seal, mallory), refused('mismatch'));
  await assert.rejects(rosters.openPast(current, { epoch: 2, seed: first }), refused('commitment'));
});

test('names of properties that every object has are plain names', async () => {
  const accessKey = records.newAccessKey();
  const values = new Map(Object.entries({ constructor: 'a', valueof: 'b' }));
  const about = {
    keys: acme.keys,
    writer: acme.id,
    id: crypto.randomUUID(),
    type: 'contact',
    rev: 1,
  };
  const record = await records.sealRecord({ ...about, accessKey, values });
  const read = records.parseRecord(sent(record.toWire()));
  assert.deepEqual(await records.openRecord(read, accessKey), new Map([...values].sort()));
  const polluted = JSON.parse('{"__proto__":{"v":"sealform/1"}}');
  assert.throws(() => encoding.versioned(polluted, [], 'it'), refused('malformed'));
});

test('keys are not told by what prints an object', async () => {
  const inbox = await KemKey.fromSeed(random(32));
  for (const object of [acme.keys, inbox, acme.keys.sig]) {
    assert.equal(/seed|private/.test(JSON.stringify(object)), false);
  }
});
