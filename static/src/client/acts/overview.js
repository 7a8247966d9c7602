/** Who this client is, and what it may read. */

import { ME } from '../endpoints.js';
import { ClientError } from '../errors.js';
import { formOf } from '../session.js';
import * as keyring from '../trust/keyring.js';
import * as pins from '../trust/pins.js';
import * as verifiedManifests from '../trust/verified_manifests.js';

/** @import { Bytes } from '../../envelope/encoding.js' */
/** @import { Manifest } from '../../envelope/manifests.js' */
/** @import { Session, Stream } from '../session.js' */

/** This client as the server knows it; times are RFC 3339, "" for never. @typedef {{id: string, name: string, fingerprint: Bytes, server: string, expires: string, lastUsed: string}} Me */

/**
 * Return this client as the server knows it.
 *
 * @param {Session} session
 * @returns {Promise<Me>}
 */
export async function whoami(session) {
  const { api_key: key, ...line } = await session.api.call(ME);
  const { id, name, fingerprint } = await pins.ownCard(session, line);
  const server = session.api.url;
  return { id, name, fingerprint, server, expires: key.expires, lastUsed: key.last_used };
}

/**
 * Return who may grant in a stream; "" for a form whose owner is not pinned.
 *
 * @param {Session} session
 * @param {Stream} stream
 */
export async function granterOf(session, stream) {
  const form = formOf(stream);
  if (!form) return stream.writer;
  try {
    return await verifiedManifests.ownerOf(session, form);
  } catch (error) {
    if (error instanceof ClientError) return '';
    throw error;
  }
}

/**
 * A stream of which something is granted to this client; `granter` is the client who may, "" where
 * nobody here can know, and `name` what stands on its card, "" if it is not pinned.
 *
 * @typedef {Stream & {granter: string, name: string}} Readable
 */

/**
 * Return the streams of which something is granted to this client; none of it is verified yet.
 *
 * @param {Session} session
 * @returns {Promise<Readable[]>}
 */
export async function readable(session) {
  return named(session, await keyring.incoming(session));
}

/**
 * A readable stream with the manifest in force of the form that writes it, or the error that there is
 * none; of a client's stream neither.
 *
 * @typedef {Readable & {manifest?: Manifest, error?: ClientError}} Described
 */

/**
 * Return the streams of which something is granted to this client, and what their forms ask for.
 *
 * @param {Session} session
 * @returns {Promise<Described[]>}
 */
export async function described(session) {
  const found = await keyring.incoming(session);
  const forms = [...new Set(found.map(({ stream }) => formOf(stream)))].filter(Boolean);
  const manifests = await verifiedManifests.latestOfAll(session, forms);
  const streams = await named(session, found);
  return streams.map((stream) => {
    const manifest = manifests.get(formOf(stream));
    if (!manifest) return stream;
    return { ...stream, ...(manifest instanceof ClientError ? { error: manifest } : { manifest }) };
  });
}

/** @param {Session} session @param {{stream: Stream}[]} found @returns {Promise<Readable[]>} */
function named(session, found) {
  return Promise.all(
    found.map(async ({ stream }) => {
      const granter = await granterOf(session, stream);
      return { ...stream, granter, name: granter && (await pins.nameOf(session, granter)) };
    }),
  );
}

/**
 * Return the types of which something is granted to this client, by one writer or by any.
 *
 * @param {Session} session
 */
export async function readableTypes(session, writer = '') {
  const found = await readable(session);
  const wanted = found.filter((one) => !writer || [one.writer, one.granter].includes(writer));
  return [...new Set(wanted.map(({ type }) => type))].sort();
}
