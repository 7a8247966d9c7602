/** What is kept on paper, to be printed: the same as apps/cli/recovery_sheet.py has. */

import { encodeQR } from 'qr';
import { showCode } from '../../envelope/codes.js';
import { unb64 } from '../../envelope/encoding.js';
import { KEY } from '../../envelope/primitives.js';
import { showFingerprint } from '../../envelope/keys.js';
import { showDay } from '../../client/days.js';

/** @import { Credentials } from '../../client/credentials.js' */
/** @import { Recovery } from '../../client/slots.js' */

const BORDER = 2;

/**
 * Return the sheet of a recovery slot; `qr` has a row of modules each, true where it is dark, with a
 * border of two.
 *
 * @param {Credentials} credentials
 * @param {Recovery} recovery
 */
export async function sheetOf({ file, card, secrets }, { way, code }) {
  return {
    id: card.id,
    name: card.name,
    fingerprint: showFingerprint(card.fingerprint),
    serial: file.serial,
    date: showDay(way.slot.made),
    recovery: code,
    fetch: await showCode('fetch', unb64(secrets.fetch, KEY)),
    qr: encodeQR(code.join(' '), 'raw', { ecc: 'medium', border: BORDER }),
  };
}
