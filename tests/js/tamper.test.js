/**
 * Altered blobs: one bit of every byte (of every eighth in an HPKE seal, whose opening is
 * slow) of each part of a submission, a record, a grant, a manifest, a roster and a leave.
 */

import assert from 'node:assert/strict';
import test from 'node:test';
import { dumpJson, loadJson } from '../../static/src/envelope/encoding.js';
import { EnvelopeError } from '../../static/src/envelope/errors.js';
import * as grants from '../../static/src/envelope/grants.js';
import { KemKey } from '../../static/src/envelope/hpke.js';
import { akid } from '../../static/src/envelope/keys.js';
import * as manifests from '../../static/src/envelope/manifests.js';
import { random } from '../../static/src/envelope/primitives.js';
import * as records from '../../static/src/envelope/records.js';
import * as rosters from '../../static/src/envelope/rosters.js';
import * as statements from '../../static/src/envelope/statements.js';
import * as submissions from '../../static/src/envelope/submissions.js';
import { useKem } from '../../static/src/envelope/suite.js';
import { ANSWERS, NOW, person, publishedForm } from './people.js';

/** @import { Bytes } from '../../static/src/envelope/encoding.js' */

useKem('noble');

const acme = await person('acme');
const form = await publishedForm(acme);
const {
  records: [submitted],
} = await submissions.sealSubmission(form.manifest, ANSWERS);
assert.ok(submitted);
const accessKey = records.newAccessKey();
const written = await records.sealRecord({
  keys: acme.keys,
  writer: acme.id,
  id: crypto.randomUUID(),
  type: 'contact',
  rev: 1,
  accessKey,
  values: ANSWERS,
});
const grant = await grants.sealGrant({
  granter: acme.keys,
  reader: acme.card,
  writer: acme.id,
  type: 'contact',
  gen: 1,
  akid: await akid(accessKey),
  keys: new Map([['*', accessKey]]),
});

/** @param {records.Record} record @param {'k' | 'c'} part */
function fieldBlob(record, part) {
  const [[name, sealed] = []] = record.fields;
  assert.ok(name && sealed);
  /** @param {Bytes} blob */
  const replaced = (blob) =>
    new records.Record({
      ...record,
      fields: new Map([...record.fields, [name, { ...sealed, [part]: blob }]]),
    });
  return { blob: sealed[part], replaced };
}

/** @param {records.Record} record */
const openSubmitted = (record) => submissions.openFormRecord(record, form.manifest, form.inboxes.contact);
/** @param {records.Record} record */
const verifyWritten = (record) => records.verifyRecord(record, acme.card);
/** @param {Partial<grants.GrantParts>} parts */
const openAltered = (parts) =>
  grants.openGrant(new grants.Grant({ ...grant, ...parts }), {
    keys: acme.keys.kem,
    me: acme.card,
    granter: acme.card,
    now: NOW,
  });
/** @param {Bytes} raw @param {Bytes} sig */
const verifyForm = (raw, sig) =>
  manifests.verifyManifest(raw, sig, acme.card, {
    fingerprint: acme.card.fingerprint,
    form: form.manifest.form,
  });

const [submittedK, submittedC] = [fieldBlob(submitted, 'k'), fieldBlob(submitted, 'c')];
const [writtenK, writtenC] = [fieldBlob(written, 'k'), fieldBlob(written, 'c')];

const seeds = [random(32), random(32)];
const [firstKey, key] = await Promise.all(seeds.map(KemKey.fromSeed));
const [first = random(32), second = random(32)] = seeds;
assert.ok(firstKey && key);
const group = crypto.randomUUID();
const link = await rosters.sealLink({ group, epoch: 2, seed: second, before: 1, former: first });
const { id, card } = acme;
const roster = await rosters.signRoster(
  {
    ...{ group, name: 'ward 3', version: 2, epoch: 2, owner: acme.id, kemPk: key.public },
    ...{ prev: random(32), links: [link], issued: NOW, expires: NOW + 3600 },
    members: [{ id, fingerprint: card.fingerprint, since: 1 }],
  },
  acme.keys,
);
const bare = new statements.Leave({ group, member: id, since: 1 });
const leave = await statements.signLeave(bare, acme.keys);
const epoch = await rosters.asReader(roster);
const epochGrant = await grants.sealGrant({
  ...{ granter: acme.keys, reader: card, writer: epoch.id, type: 'epoch', gen: 2 },
  ...{ akid: epoch.akid, keys: new Map([['@', second]]) },
});
/** @param {Bytes} text */
const verifyRoster = async (text) =>
  rosters.verifyRoster(rosters.parseRoster(loadJson(text)), { group, owner: card });
/** @param {Bytes} text */
const verifyLeave = async (text) =>
  statements.verifyStatement(statements.parseLeave(loadJson(text)), card);
/** @param {Bytes} sealed */
const followed = (sealed) =>
  rosters.openPast({ ...roster, links: [{ ...link, sealed }] }, { epoch: 2, seed: second });
/** @param {Bytes} text */
const openEpochGrant = async (text) =>
  grants.openGrant(grants.parseGrant(loadJson(text)), {
    ...{ keys: acme.keys.kem, me: card, granter: card, now: NOW, owner: acme.id },
  });

/** @typedef {{blob: Bytes, use: (blob: Bytes) => Promise<unknown>, step?: number}} Part */

/** @type {{[what: string]: Part}} */
const MATRIX = {
  'a submitted data key': {
    blob: submittedK.blob,
    use: (blob) => openSubmitted(submittedK.replaced(blob)),
  },
  'a submitted value': {
    blob: submittedC.blob,
    use: (blob) => openSubmitted(submittedC.replaced(blob)),
  },
  'a submitted access key': {
    blob: submitted.ak,
    use: (ak) => openSubmitted(new records.Record({ ...submitted, ak })),
    step: 8,
  },
  'a submitted akid': {
    blob: submitted.akid,
    use: (akid) => openSubmitted(new records.Record({ ...submitted, akid })),
  },
  'a submitted manifest hash': {
    blob: submitted.manifest,
    use: (manifest) => openSubmitted(new records.Record({ ...submitted, manifest })),
  },
  'a written data key': {
    blob: writtenK.blob,
    use: (blob) => verifyWritten(writtenK.replaced(blob)),
  },
  'a written value': { blob: writtenC.blob, use: (blob) => verifyWritten(writtenC.replaced(blob)) },
  'a written akid': {
    blob: written.akid,
    use: (akid) => verifyWritten(new records.Record({ ...written, akid })),
  },
  "a record's signature": {
    blob: written.sig,
    use: (sig) => verifyWritten(new records.Record({ ...written, sig })),
  },
  "a grant's akid": { blob: grant.akid, use: (akid) => openAltered({ akid }) },
  "a grant's reader": { blob: grant.readerFp, use: (readerFp) => openAltered({ readerFp }) },
  "a grant's keys": { blob: grant.keys, use: (keys) => openAltered({ keys }), step: 8 },
  "a grant's signature": { blob: grant.sig, use: (sig) => openAltered({ sig }) },
  'an HPKE seal': {
    blob: submitted.ak,
    use: async (ak) =>
      (await KemKey.fromSeed(form.seeds.contact)).open(
        ak,
        submissions.inboxInfo(form.manifest, submitted.id, 'contact', submitted.akid),
      ),
    step: 64,
  },
  'a manifest': { blob: form.manifest.raw, use: (raw) => verifyForm(raw, form.sig) },
  'a roster': { blob: dumpJson(rosters.dumpRoster(roster)), use: verifyRoster },
  'a link of a roster': { blob: link.sealed, use: followed },
  'a leave': { blob: dumpJson(leave.toWire()), use: verifyLeave },
  "an epoch's grant": { blob: dumpJson(epochGrant.toWire()), use: openEpochGrant },
  "a manifest's signature": { blob: form.sig, use: (sig) => verifyForm(form.manifest.raw, sig) },
};

let count = 0;
for (const [what, { blob, use, step = 1 }] of Object.entries(MATRIX)) {
  test(`${what} opens as it is, and is refused altered in any byte`, async () => {
    await use(blob);
    for (let i = 0; i < blob.length; i += step) {
      const altered = blob.slice();
      altered[i] = (altered[i] ?? 0) ^ (1 << ((i / step) % 8));
      await assert.rejects(use(altered), EnvelopeError, `byte ${i}`);
      count += 1;
    }
  });
}

test('the count', (t) => t.diagnostic(`tampered: ${count} of ${count} refused in Node`));
