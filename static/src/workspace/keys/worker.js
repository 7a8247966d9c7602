/** The worker that holds the keys of a tab. Ending it is the lock: there is nothing else that has them. */

import { argon2id } from '../../envelope/argon2_wasm.js';
import { useArgon2id } from '../../envelope/passphrases.js';
import { fallBackTo } from '../../envelope/suite.js';
import * as noble from '../../envelope/xwing.js';
import { readAddress } from '../../client/server_address.js';
import { Acts, READ, STOP, answer } from './acts.js';
import { Pool, poolSize } from './pool.js';

fallBackTo(async () => noble);
useArgon2id(argon2id);

/** The page's own server: the worker lies beside the page. */
const url = readAddress(new URL('../api/v1', self.location.href).href);
const address = new URL('opening.js', self.location.href).href;
const opening = new Pool({
  start: (number) => new Worker(address, { name: `opening ${number}` }),
  size: poolSize(navigator.hardwareConcurrency),
});
const tell = (/** @type {unknown} */ told) => self.postMessage(told);
const acts = new Acts({ server: { url }, host: self.location.hostname, tell, opening });
/** One act after the other, as they were asked for. @type {Promise<unknown>} */
let last = Promise.resolve();

/** @param {any} asked */
const done = async (asked) => tell(await answer(acts, asked, (progress) => tell({ id: asked.id, progress })));

self.addEventListener('message', ({ data }) => {
  if (data.act === STOP) return void done(data);
  last = last.then(() => (data.act === READ ? void done(data) : done(data)));
  return undefined;
});
