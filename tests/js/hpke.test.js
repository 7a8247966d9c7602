/** Our HPKE against vectors that others made, and against npm `hpke`. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256 } from 'hpke';
import { utf8 } from '../../static/src/envelope/encoding.js';
import { KEM_ENC, KemKey, hpkeSeal, schedule } from '../../static/src/envelope/hpke.js';
import { random } from '../../static/src/envelope/primitives.js';
import { useKem } from '../../static/src/envelope/suite.js';
import { KEM_XWING } from './hpke-kem.js';

useKem('noble');

const theirs = new CipherSuite(KEM_XWING, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
const seed = random(32);
const ours = await KemKey.fromSeed(seed);
const message = utf8('an access key');
const contexts = [new Uint8Array(), utf8('a context'), random(4000)];

/** @param {Uint8Array} bytes */
const plain = (bytes) => Buffer.from(bytes).toString();

test('what npm hpke seals, we open, and the other way round', async () => {
  const publicKey = await theirs.DeserializePublicKey(ours.public);
  const privateKey = await theirs.DeserializePrivateKey(seed);
  for (const info of contexts) {
    const { encapsulatedSecret, ciphertext } = await theirs.Seal(publicKey, message, { info });
    const made = Uint8Array.from([...encapsulatedSecret, ...ciphertext]);
    assert.equal(plain(await ours.open(made, info)), plain(message));
    const sealed = await hpkeSeal(ours.public, message, info);
    const [enc, ct] = [sealed.slice(0, KEM_ENC), sealed.slice(KEM_ENC)];
    assert.equal(plain(await theirs.Open(privateKey, enc, ct, { info })), plain(message));
  }
});

test('another context, another key or an altered byte do not open', async () => {
  const sealed = await hpkeSeal(ours.public, message, utf8('here'));
  await assert.rejects(ours.open(sealed, utf8('there')), { code: 'open' });
  const other = await KemKey.fromSeed(random(32));
  await assert.rejects(other.open(sealed, utf8('here')), { code: 'open' });
  for (const at of [0, KEM_ENC - 1, KEM_ENC, sealed.length - 1]) {
    const altered = sealed.slice();
    altered[at] = (altered[at] ?? 0) ^ 1;
    await assert.rejects(ours.open(altered, utf8('here')), { code: 'open' });
  }
});

test('the key schedule is that of RFC 9180: secrets of equal context, and no other', async () => {
  const secret = random(32);
  const info = utf8('a context');
  const { key, nonce } = await schedule(secret, info);
  assert.deepEqual([key.length, nonce.length], [32, 12]);
  assert.deepEqual(await schedule(secret, info), { key, nonce });
  assert.notDeepEqual((await schedule(secret, utf8('another'))).key, key);
  assert.notDeepEqual((await schedule(random(32), info)).key, key);
});
