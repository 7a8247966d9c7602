/** What a client leaves with its server: a copy of its key file, and of its memory (§4). */

import * as encoding from './encoding.js';
import { VERSION, b64, ctx, unb64, utf8 } from './encoding.js';
import { LimitError, MalformedError, MismatchError } from './errors.js';
import { PASSPHRASE, PLAIN, keyFileBytes, parseKeyFile } from './key_files.js';
import { H, KEY, expand, readSignature, seal, unseal, verify } from './primitives.js';

/** @import { Bytes } from './encoding.js' */
/** @import { KeyFile } from './key_files.js' */
/** @import { ClientKeys } from './keys.js' */

const MAX_FILE = 256 * 1024;
export const MAX_MEMORY = 512 * 1024;

/**
 * A key file as a server keeps it; `memory` is sealed, and empty for none.
 *
 * Of two copies of one file the later has the newer memory.
 *
 * @typedef {object} KeyCopy
 * @property {KeyFile} file
 * @property {Bytes} memory
 * @property {number} made when the client made it, in milliseconds since 1970
 * @property {Bytes} fetch 32 bytes: the digest of the code that it is asked for with
 * @property {Bytes} sig 64 bytes, by the card in the file
 */

/** What is signed. @param {Omit<KeyCopy, 'sig'>} copy */
function message({ file, memory, made, fetch }) {
  return ctx('keycopy', keyFileBytes(file), memory, made, fetch);
}

/**
 * Return the copy as a JSON object.
 *
 * @param {KeyCopy} copy
 */
export function dumpKeyCopy({ file, memory, made, fetch, sig }) {
  const text = encoding.fromUtf8(keyFileBytes(file));
  return { v: VERSION, file: text, memory: b64(memory), made, fetch: b64(fetch), sig: b64(sig) };
}

/**
 * Parse a copy strictly, the file in it too, and check that its card signed it.
 *
 * Raises MalformedError, LimitError, SignatureError; MismatchError for a file that a server must
 * not have.
 *
 * @param {unknown} value
 * @returns {Promise<KeyCopy>}
 */
export async function parseKeyCopy(value) {
  const wire = encoding.parse(value, 'key file copy', {
    v: encoding.version,
    file: (text) => encoding.text(text, 'file', MAX_FILE, 1),
    memory: (memory) => unb64(memory),
    made: encoding.integer,
    fetch: (digest) => unb64(digest, KEY),
    sig: readSignature,
  });
  const { memory, made, fetch, sig } = wire;
  if (memory.length > MAX_MEMORY) throw new LimitError('the memory has at most 524,288 bytes');
  const file = forAServer(await parseKeyFile(utf8(wire.file)));
  if (encoding.fromUtf8(keyFileBytes(file)) !== wire.file) {
    throw new MalformedError('a copy has the bytes of the key file, and nothing around them');
  }
  const copy = { file, memory, made, fetch, sig };
  await verify(file.card.sigPk, sig, message(copy), 'key file copy');
  return copy;
}

/**
 * Return a file that whoever has it cannot open by guessing, else raise MismatchError.
 *
 * So it has no plain slot, and no passphrase of somebody's own.
 *
 * @param {KeyFile} file
 */
export function forAServer(file) {
  if (file.slots.some(({ kind }) => kind === PLAIN)) {
    throw new MismatchError('a server must not have a key file with a plain slot');
  }
  if (file.slots.some(({ kind, params }) => kind === PASSPHRASE && !params.generated)) {
    throw new MismatchError('a server must not have a key file with a passphrase of one\'s own');
  }
  return file;
}

/**
 * Return the signed copy of a file; `fetchCode` has 32 bytes, `memory` is sealed.
 *
 * @param {{file: KeyFile, memory: Bytes, made: number, fetchCode: Bytes, keys: ClientKeys}} parts
 */
export async function signKeyCopy({ file, memory, made, fetchCode, keys }) {
  const bare = { file, memory, made, fetch: await fetchDigest(fetchCode) };
  const sig = await keys.sig.sign(message(bare));
  return parseKeyCopy(dumpKeyCopy({ ...bare, sig }));
}

/**
 * Return H("fetch", code), 32 bytes: all that a server knows of a fetch code.
 *
 * @param {Bytes} code
 */
export function fetchDigest(code) {
  return H('fetch', code);
}

/** @typedef {{clientId: string, serial: number, made: number}} Beside whose key file, and which copy */

/**
 * Return what a client remembers, sealed to go with one copy of its key file.
 *
 * @param {Bytes} stateKey
 * @param {Bytes} memory
 * @param {Beside} beside
 */
export async function sealMemory(stateKey, memory, { clientId, serial, made }) {
  return seal(await expand(stateKey, 'memory'), memory, ctx('memory', clientId, serial, made));
}

/**
 * Open what `sealMemory` made; raises OpenError.
 *
 * @param {Bytes} stateKey
 * @param {Bytes} sealed
 * @param {Beside} beside
 */
export async function openMemory(stateKey, sealed, { clientId, serial, made }) {
  return unseal(await expand(stateKey, 'memory'), sealed, ctx('memory', clientId, serial, made));
}
