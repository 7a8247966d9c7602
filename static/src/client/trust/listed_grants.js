/** Grants as a server lists them: parsed, bounded, and none of them verified yet. */

import { b64 } from '../../envelope/encoding.js';
import { parseGrant } from '../../envelope/grants.js';
import { News } from '../api.js';
import { LIST_GRANTS, MAX_GRANTS } from '../endpoints.js';
import { VerificationError, verifying } from '../errors.js';

/** @import { Grant } from '../../envelope/grants.js' */
/** @import { Session } from '../session.js' */

/** @typedef {{direction: 'incoming' | 'outgoing', writer?: string, type?: string, record?: string}} Asked */

/**
 * Yield each grant that the server lists, with when it was granted; none is verified yet.
 *
 * Of one `record` alone, if it is named. A grant that comes again is left out. Raises
 * VerificationError.
 *
 * @param {Session} session
 * @param {Asked} asked
 * @returns {AsyncGenerator<{granted: string, grant: Grant}>}
 */
export async function* listed(session, { direction, writer = '', type = '', record = '' }) {
  const [news, seen] = [new News(), new Set()];
  for await (const page of session.api.pages(LIST_GRANTS, news, { direction, writer, type, record })) {
    for (const { granted, grant: wire } of page) {
      const grant = await verifying("a grant in the server's list", () => parseGrant(wire));
      const sig = b64(grant.sig);
      if (seen.has(sig)) continue;
      seen.add(sig);
      news.count += 1;
      checkBound(news.count);
      yield { granted, grant };
    }
  }
}

/** Refuse a list of more grants than a client keeps in memory. @param {number} count */
function checkBound(count) {
  if (count <= MAX_GRANTS) return;
  throw new VerificationError(`the server lists more than ${MAX_GRANTS.toLocaleString('en')} grants`, {
    code: 'limit',
  });
}
