/** The worker that holds the keys of a tab. Ending it is the lock: there is nothing else that has them. */

import { argon2id } from '../../envelope/argon2_wasm.js';
import { useArgon2id } from '../../envelope/passphrases.js';
import { fallBackTo } from '../../envelope/suite.js';
import * as noble from '../../envelope/xwing.js';
import { readAddress } from '../../client/server_address.js';
import { Acts, answer } from './acts.js';

fallBackTo(async () => noble);
useArgon2id(argon2id);

/** The page's own server: the worker lies beside the page. */
const url = readAddress(new URL('../api/v1', self.location.href).href);
const acts = new Acts({ server: { url }, host: self.location.hostname, tell: (told) => self.postMessage(told) });
/** One act after the other, as they were asked for. @type {Promise<unknown>} */
let last = Promise.resolve();

self.addEventListener('message', ({ data }) => {
  last = last.then(async () => self.postMessage(await answer(acts, data)));
});
