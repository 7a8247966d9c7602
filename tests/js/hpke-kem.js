/** X-Wing of ./xwing.js as npm `hpke` takes a KEM, to compare our HPKE with theirs. */

import { decapsulate, encapsulate, growKeys } from '../../static/src/envelope/xwing.js';

/** @import { KEM, Key } from 'hpke' */

/** @typedef {Key & {material: any}} Held */

/** @param {'public' | 'private'} type @param {unknown} material @returns {Held} */
function key(type, material) {
  return { type, extractable: true, algorithm: { name: 'MLKEM768-X25519' }, material };
}

/** @returns {KEM<Held>} */
export function KEM_XWING() {
  /** @type {any} */
  const kem = {
    id: 0x647a,
    type: 'KEM',
    name: 'MLKEM768-X25519',
    Nsecret: 32,
    Nenc: 1120,
    Npk: 1216,
    Nsk: 32,
    SerializePublicKey: async (/** @type {Held} */ { material }) => material.slice(),
    DeserializePublicKey: async (/** @type {Uint8Array} */ bytes) => key('public', bytes),
    DeserializePrivateKey: async (/** @type {Uint8Array} */ seed) =>
      key('private', await growKeys(seed)),
    async Encap(/** @type {Held} */ { material }) {
      const { enc, secret } = await encapsulate(material);
      return { enc, shared_secret: secret };
    },
    Decap: (/** @type {Uint8Array} */ enc, /** @type {Held} */ { material }) =>
      decapsulate(enc, material),
  };
  return kem;
}
