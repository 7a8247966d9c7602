/**
 * Reads as a client of which the key file stands on this disk, for tests in Python that compare.
 *
 * On standard input `{key_file, url, follow, reads: [{type, writer, form, meta}]}`; `follow` is empty, or
 * `{form, fingerprint}` of a hand-over. `exports: [{wanted, format, separator}]` are written as the workspace does. What it remembers is kept beside the key file, as Python keeps it.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { readable, whoami } from '../../../static/src/client/acts/overview.js';
import { read } from '../../../static/src/client/acts/reading.js';
import { Sources } from '../../../static/src/client/acts/writer_names.js';
import { Api } from '../../../static/src/client/api.js';
import { ClientError } from '../../../static/src/client/errors.js';
import { KeptState } from '../../../static/src/client/kept_state.js';
import { Session } from '../../../static/src/client/session.js';
import { dumpStateFile, parseStateFile } from '../../../static/src/client/state_wire.js';
import * as owners from '../../../static/src/client/trust/owners.js';
import { b64, unb64 } from '../../../static/src/envelope/encoding.js';
import { openKeyFile, parseKeyFile } from '../../../static/src/envelope/key_files.js';
import { ClientKeys, makeCard } from '../../../static/src/envelope/keys.js';
import { SEED, readToken } from '../../../static/src/envelope/tokens.js';
import { exportTo } from '../../../static/src/workspace/exporting/exporting.js';
import { Kept } from '../workspace/exports.js';

const asked = JSON.parse(readFileSync(0, 'utf8'));

/** @param {string} path */
async function openedFile(path) {
  const file = await parseKeyFile(readFileSync(path));
  const slot = file.slots.find(({ kind }) => kind === 'plain');
  if (!slot) throw new Error('tests read with a plain slot');
  return { card: file.card, secrets: await openKeyFile(file, slot, readToken(SEED, slot.params.secret)) };
}

const { card, secrets } = await openedFile(asked.key_file);
const [keys, ...older] = await Promise.all(secrets.seeds.map((seed) => ClientKeys.fromSeed(unb64(seed))));
if (!keys) throw new Error('a key file has a seed');
const former = await Promise.all(older.map(async (one) => ({ card: await makeCard({ ...card, keys: one }), kem: one.kem })));
const owner = { clientId: card.id, key: unb64(secrets.state) };
const memory = `${asked.key_file}.state`;
const state = new KeptState(await parseStateFile(readFileSync(memory), owner), async (changed) =>
  writeFileSync(memory, await dumpStateFile(changed, owner)),
);
/** @type {string[]} */
const warnings = [];
const session = new Session({
  ...{ keys, me: card, state, former },
  api: new Api({ url: asked.url, key: secrets.api_key }),
  notify: (warning) => void warnings.push(warning),
});

/** @param {any} wanted */
async function all(wanted) {
  const meta = new Map(Object.entries(wanted.meta ?? {}));
  let [pages, count] = [0, 0];
  const [opened, failed] = [[], []].map((list) => /** @type {any[]} */ (list));
  try {
    for await (const page of read(session, { ...wanted, meta })) {
      pages += 1;
      count += page.read;
      opened?.push(...page.opened.map(shown));
      failed?.push(...page.failed.map(({ id, error }) => ({ id, code: error.code, message: error.message })));
    }
    return { pages, read: count, opened, failed };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return { error: error.name, code: error.code, message: error.message, hint: error.hint };
  }
}

/** @param {import('../../../static/src/client/acts/listed_items.js').Opened} record */
function shown({ data, problems, rooms, meta, akid, ...plain }) {
  const objects = Object.entries({ data, problems, rooms, meta });
  const maps = objects.map(([name, map]) => [name, Object.fromEntries(map)]);
  return { ...plain, ...Object.fromEntries(maps), akid: b64(akid) };
}

/** The text of the file, and its counts. @param {any} asked */
async function exported({ wanted, ...look }) {
  const [sink, sources] = [new Kept(), new Sources(session)];
  const rows = (async function* () {
    for await (const { stream, ...page } of read(session, wanted)) yield { ...page, source: await sources.of(stream.writer) };
  })();
  const { failures, ...counts } = await exportTo({ ...look, rows, sink });
  return { text: sink.text, failures: failures.map(({ id }) => id), ...counts };
}

const me = await whoami(session);
const told = { me: { ...me, fingerprint: b64(me.fingerprint) }, readable: await readable(session) };
const { form, fingerprint } = asked.follow;
if (form) await owners.agree(session, await owners.find(session, form), fingerprint);
const reads = [];
for (const wanted of asked.reads) reads.push(await all(wanted));
const exports = [];
for (const one of asked.exports ?? []) exports.push(await exported(one));
console.log(JSON.stringify({ ...told, reads, exports, warnings }));
