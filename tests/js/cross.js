/**
 * Opens what Python sealed, or seals what Python will open: tests/envelope/test_cross_open.py.
 *
 *   node tests/js/cross.js open|seal     JSON on standard input and output, bytes in hex
 */

import { text } from 'node:stream/consumers';
import * as encoding from '../../static/src/envelope/encoding.js';
import * as grants from '../../static/src/envelope/grants.js';
import { KemKey } from '../../static/src/envelope/hpke.js';
import { ClientKeys, akid, columnKey, parseCard } from '../../static/src/envelope/keys.js';
import { readSignature, verifyManifest } from '../../static/src/envelope/manifests.js';
import * as records from '../../static/src/envelope/records.js';
import * as submissions from '../../static/src/envelope/submissions.js';
import { useKem } from '../../static/src/envelope/suite.js';

/** @import { Bytes } from '../../static/src/envelope/encoding.js' */

/** @typedef {{[name: string]: any}} Json */

/** @param {string} hex @returns {Bytes} */
const raw = (hex) => encoding.concat(Buffer.from(hex, 'hex'));
/** @param {Map<string, Bytes>} keys */
const shown = (keys) =>
  Object.fromEntries([...keys].map(([name, key]) => [name, Buffer.from(key).toString('hex')]));

/** @param {Json} given */
async function scene(given) {
  const acme = await ClientKeys.fromSeed(raw(given.acme_seed));
  const acmeCard = await parseCard(given.acme);
  const manifest = await verifyManifest(
    encoding.utf8(given.manifest),
    readSignature(given.sig),
    acmeCard,
    { fingerprint: acmeCard.fingerprint, form: given.form },
  );
  return { acme, acmeCard, marketingCard: await parseCard(given.marketing), manifest };
}

/** @param {Json} given */
async function open(given) {
  const { acmeCard, marketingCard, manifest } = await scene(given);
  const submission = [];
  for (const record of submissions.parseSubmission(given.submission)) {
    const inbox = await KemKey.fromSeed(raw(given.inboxes[record.type]));
    submission.push(Object.fromEntries(await submissions.openFormRecord(record, manifest, inbox)));
  }
  const record = records.parseRecord(given.record);
  await records.verifyRecord(record, acmeCard);
  const values = Object.fromEntries(await records.openRecord(record, raw(given.access_key)));
  const keys = await ClientKeys.fromSeed(raw(given.marketing_seed));
  const context = {
    keys: keys.kem,
    me: marketingCard,
    granter: acmeCard,
    owner: acmeCard.id,
    now: given.now,
  };
  const opened = [];
  for (const wire of given.grants) {
    opened.push(shown(await grants.openGrant(grants.parseGrant(wire), context)));
  }
  return { submission, record: values, grants: opened };
}

/** @param {Json} given */
async function seal(given) {
  const { acme, acmeCard, marketingCard, manifest } = await scene(given);
  const answers = new Map(Object.entries(given.answers));
  const sealed = await submissions.sealSubmission(manifest, answers);
  const accessKey = raw(given.access_key);
  const stream = { writer: acmeCard.id, type: 'contact' };
  const id = crypto.randomUUID();
  const values = new Map(Object.entries(given.answers));
  const record = await records.sealRecord({ keys: acme, ...stream, id, rev: 3, accessKey, values });
  const ofRecords = {
    granter: acme,
    reader: marketingCard,
    ...stream,
    gen: 2,
    akid: await akid(accessKey),
  };
  const seed = raw(given.inboxes.contact);
  const columns = new Map([['age', await columnKey(accessKey, 'age')]]);
  const dataKeys = await records.openDataKeys(record, accessKey, ['age', 'fullname']);
  const kinds = [
    { ...ofRecords, keys: new Map([['*', accessKey]]), notAfter: given.now + 1 },
    { ...ofRecords, keys: columns },
    { ...ofRecords, record: id, keys: dataKeys },
    {
      ...ofRecords,
      writer: manifest.writer,
      akid: await grants.inboxId((await KemKey.fromSeed(seed)).public),
      keys: new Map([['@', seed]]),
    },
  ];
  const made = await Promise.all(kinds.map((kind) => grants.sealGrant(kind)));
  return {
    submission: encoding.loadJson(submissions.dumpSubmission(sealed.records)),
    record: record.toWire(),
    grants: made.map((grant) => grant.toWire()),
  };
}

useKem('noble');
const given = JSON.parse(await text(process.stdin));
console.log(JSON.stringify(await (process.argv[2] === 'seal' ? seal(given) : open(given))));
