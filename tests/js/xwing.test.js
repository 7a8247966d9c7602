/** noble's X-Wing against vectors that others made, down to the shared secrets. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'node:test';
import { AEAD_ChaCha20Poly1305, CipherSuite, KDF_HKDF_SHA256 } from 'hpke';
import { decapsulate, encapsulate, growKeys } from '../../static/src/envelope/xwing.js';
import { KEM_XWING } from './hpke-kem.js';

const KEM_ID = 0x647a;
const HKDF_SHA256 = 1;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DRAFT = `${ROOT}../shared/vectors/x-wing-draft.json`;

/** @param {string} hex */
const raw = (hex) => Uint8Array.from(Buffer.from(hex, 'hex'));
/** @param {Uint8Array} bytes */
const hexed = (bytes) => Buffer.from(bytes).toString('hex');

/** The vectors of the PyPI package cryptography-vectors, which is installed for the tests. */
function packaged() {
  const [python] = readdirSync(`${ROOT}.venv/lib`);
  const folder = `${ROOT}.venv/lib/${python}/site-packages/cryptography_vectors`;
  const all = JSON.parse(readFileSync(`${folder}/HPKE/hpke-pq-test-vectors.json`, 'utf8'));
  return all.filter((/** @type {{kem_id: number}} */ vector) => vector.kem_id === KEM_ID);
}

test("the draft's vectors: keys, encapsulation, decapsulation", async (t) => {
  if (!existsSync(DRAFT)) return t.skip('only where Sealform is developed');
  await Promise.all(JSON.parse(readFileSync(DRAFT, 'utf8')).map(checkDraft));
});

/** @param {{[name: string]: string}} vector */
async function checkDraft({ seed = '', eseed = '', ss, pk = '', ct = '' }) {
  const keys = await growKeys(raw(seed));
  assert.equal(hexed(keys.public), pk);
  const made = await encapsulate(raw(pk), raw(eseed));
  assert.equal(hexed(made.enc), ct);
  assert.equal(hexed(made.secret), ss);
  assert.equal(hexed(await decapsulate(raw(ct), keys)), ss);
}

for (const vector of packaged()) {
  test(`packaged, kdf ${vector.kdf_id}: keys, and both ways to the secret`, async () => {
    const keys = await growKeys(raw(vector.skRm));
    assert.equal(hexed(keys.public), vector.pkRm);
    assert.equal(hexed(await decapsulate(raw(vector.enc), keys)), vector.shared_secret);
    const made = await encapsulate(raw(vector.pkRm), raw(vector.ikmE));
    assert.equal(hexed(made.enc), vector.enc);
  });
}

test('packaged, our KDF: the whole of HPKE up to its exported secrets', async () => {
  const [vector] = packaged().filter((/** @type {any} */ one) => one.kdf_id === HKDF_SHA256);
  // Their AEAD, which only its id matters of: Node 20 has no ChaCha20 in WebCrypto.
  const suite = new CipherSuite(KEM_XWING, KDF_HKDF_SHA256, AEAD_ChaCha20Poly1305);
  const key = await suite.DeserializePrivateKey(raw(vector.skRm));
  const context = await suite.SetupRecipient(key, raw(vector.enc), { info: raw(vector.info) });
  assert.ok(vector.exports.length);
  for (const { exporter_context, L, exported_value } of vector.exports) {
    assert.equal(hexed(await context.Export(raw(exporter_context), L)), exported_value);
  }
});
