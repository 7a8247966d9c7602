/** A worker that opens records with what it is sent: it asks nobody, and keeps nothing but what many records have in common. */

import { EnvelopeError } from '../../envelope/errors.js';
import { parseRecord } from '../../envelope/records.js';
import { fallBackTo } from '../../envelope/suite.js';
import * as noble from '../../envelope/xwing.js';
import { Unpacking, openRecord } from '../../client/acts/opening.js';

/** @import { Answered, Sent } from './pool.js' */

fallBackTo(async () => noble);
const unpacking = new Unpacking();

/** @param {Sent} sent @returns {Promise<Answered>} */
async function opened({ wire, packed }) {
  try {
    return { contents: await openRecord(parseRecord(wire), await unpacking.unpacked(packed)) };
  } catch (error) {
    if (error instanceof EnvelopeError) return { error: { code: error.code, message: error.message } };
    return { defect: error instanceof Error ? error.name : 'Error' };
  }
}

self.addEventListener('message', async ({ data: { id, sent } }) => {
  self.postMessage({ id, answers: await Promise.all(sent.map(opened)) });
});
