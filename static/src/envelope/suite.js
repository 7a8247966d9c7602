/**
 * Which implementation runs the one suite there is: the engine's own X-Wing, or noble's.
 *
 * Both are X-Wing, id 0x647a: whatever is chosen here, the bytes are of the same kind.
 */

import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_MLKEM768_X25519 } from 'hpke';
import { KEM_XWING } from './xwing.js';

const KEMS = { native: KEM_MLKEM768_X25519, noble: KEM_XWING };

/** @type {Promise<CipherSuite> | undefined} */
let chosen;

/**
 * Return the suite: native where the engine has ML-KEM, noble elsewhere.
 *
 * @returns {Promise<CipherSuite>}
 */
export function suite() {
  chosen ??= choose();
  return chosen;
}

/**
 * Insist on one implementation; for tests. A page cannot reach this: the bundle exports nothing.
 *
 * @param {keyof typeof KEMS} kem
 */
export function useKem(kem) {
  chosen = Promise.resolve(make(kem));
}

/** @param {keyof typeof KEMS} kem */
function make(kem) {
  return new CipherSuite(KEMS[kem], KDF_HKDF_SHA256, AEAD_AES_256_GCM);
}

/**
 * Ask for ML-KEM before anything depends on it: make a key natively and seal to it.
 */
async function choose() {
  try {
    const native = make('native');
    const { publicKey } = await native.GenerateKeyPair();
    await native.Seal(publicKey, new Uint8Array());
    return native;
  } catch {
    return make('noble');
  }
}
