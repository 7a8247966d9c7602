/**
 * Runs the scenarios of tests/vectors through static/src/envelope and client, in Node and in browsers.
 *
 * tests/vectors/README.md lists the operations; tests/envelope/operations.py is the same in
 * Python.
 */

import { StateError } from '../../static/src/client/errors.js';
import { merged } from '../../static/src/client/merged_state.js';
import { dumpState, parseState, parseStateFile } from '../../static/src/client/state_wire.js';
import * as codes from '../../static/src/envelope/codes.js';
import * as checking from '../../static/src/envelope/answers.js';
import * as encoding from '../../static/src/envelope/encoding.js';
import { EnvelopeError, MismatchError } from '../../static/src/envelope/errors.js';
import * as fields from '../../static/src/envelope/fields.js';
import * as grants from '../../static/src/envelope/grants.js';
import * as handOvers from '../../static/src/envelope/hand_overs.js';
import * as hpke from '../../static/src/envelope/hpke.js';
import * as keyFiles from '../../static/src/envelope/key_files.js';
import * as keyCopies from '../../static/src/envelope/key_copies.js';
import * as keys from '../../static/src/envelope/keys.js';
import * as manifests from '../../static/src/envelope/manifests.js';
import { matches } from '../../static/src/envelope/patterns.js';
import { passkeySecret } from '../../static/src/envelope/passkeys.js';
import { passphraseSecret, prepared } from '../../static/src/envelope/passphrases.js';
import * as primitives from '../../static/src/envelope/primitives.js';
import * as receipts from '../../static/src/envelope/receipts.js';
import * as records from '../../static/src/envelope/records.js';
import * as rosters from '../../static/src/envelope/rosters.js';
import { alike, pasted } from '../../static/src/envelope/seen.js';
import * as statements from '../../static/src/envelope/statements.js';
import * as submissions from '../../static/src/envelope/submissions.js';
import * as successions from '../../static/src/envelope/successions.js';
import { readToken, showToken, tokenDigest } from '../../static/src/envelope/tokens.js';
import { typed } from '../../static/src/envelope/typed_answers.js';
import { workDone } from '../../static/src/envelope/proof_of_work.js';
import { FORMATS } from '../../static/src/workspace/exporting/record_formats.js';
import { safeCell } from '../../static/src/workspace/exporting/safe_output.js';

/** @import { Bytes } from '../../static/src/envelope/encoding.js' */

/** @typedef {{[name: string]: any}} Json */

/**
 * @typedef {object} Scenario
 * @property {string} name
 * @property {Json} input
 * @property {Json} [output]
 * @property {string} [error]
 * @property {string[]} [languages]
 */

/**
 * What a file of tests/vectors holds.
 *
 * @typedef {{operation: string, scenarios: Scenario[]}} Vectors
 */

/**
 * Return the scenarios that are ours. Another language's say so, and we have no such operation.
 *
 * @param {Vectors} vectors
 */
export function ours({ operation, scenarios }) {
  return scenarios.filter(
    ({ languages }) => !languages || languages.includes('javascript') || OPERATIONS[operation],
  );
}

/**
 * Run the scenarios that are ours; returns which ones do not end as they say, and how they end.
 *
 * @param {Vectors} vectors
 * @returns {Promise<string[]>}
 */
export async function failures(vectors) {
  const wrong = [];
  for (const { name, input, output, error } of ours(vectors)) {
    const found = sorted(await outcome(vectors.operation, input));
    const expected = sorted(error ? { error } : { output: expanded(output) });
    if (found !== expected) wrong.push(`${name}: expected ${expected}, found ${found}`);
  }
  return wrong;
}

/**
 * How an operation ends. A defect hides no other scenario.
 *
 * @param {string} operation
 * @param {Json} input
 */
async function outcome(operation, input) {
  try {
    const run = OPERATIONS[operation];
    if (!run) throw new Error(`unknown operation ${operation}`);
    return { output: await run(expanded(input)) };
  } catch (failure) {
    if (failure instanceof EnvelopeError || failure instanceof StateError) return { error: failure.code };
    return { defect: String(failure) };
  }
}

/**
 * JSON with members in sorted order, so that two values compare as strings.
 *
 * @param {unknown} value
 */
function sorted(value) {
  return JSON.stringify(value, (_, item) =>
    encoding.isObject(item) ? Object.fromEntries(Object.entries(item).sort()) : item,
  );
}

/**
 * Write out each list of hex and `{repeat, times}` as one hex string.
 *
 * @param {any} value
 * @returns {any}
 */
function expanded(value) {
  if (Array.isArray(value)) {
    if (!value.some(isRepetition)) return value.map(expanded);
    return value
      .map((item) => (isRepetition(item) ? item.repeat.repeat(item.times) : item))
      .join('');
  }
  if (!encoding.isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, expanded(item)]));
}

/** @param {unknown} item */
function isRepetition(item) {
  return encoding.isObject(item) && Object.keys(item).sort().join() === 'repeat,times';
}

/** @param {string} hex @returns {Bytes} */
function raw(hex) {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

/** @param {Uint8Array} bytes */
function hexed(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {Json} given a raw text, that may not even be UTF-8 */
function text(given) {
  return 'hex' in given ? raw(given.hex) : new TextEncoder().encode(given.text);
}

/** @param {Json} given */
function parts(given) {
  return given.parts.map((/** @type {Json} */ item) =>
    'hex' in item ? raw(item.hex) : Object.values(item)[0],
  );
}

/**
 * @param {Json} given
 * @param {string} key
 * @returns {[Bytes, fields.Place, string, fields.Sealed]}
 */
function fieldArguments(given, key) {
  return [raw(given[key]), place(given), given.field, fields.readSealed(given.sealed)];
}

/** @param {Json} given */
function place({ place: { id, writer, type, rev, akid } }) {
  return new fields.Place({ id, writer, type, rev, akid: raw(akid) });
}

/** @param {Json} given */
const record = (given) => records.parseRecord(given.record);

/** @param {Json} given */
const manifest = (given) => manifests.parseManifest(text(given));

/** @param {Json} given */
const answers = (given) => new Map(Object.entries(given.answers));

/** @param {Json} given */
const sent = (given) => given.records.map(records.parseRecord);

/** @param {Json} given */
const clientKeys = (given) => keys.ClientKeys.fromSeed(raw(given.seed));

/** @param {Json} given */
function keyMap(given) {
  return new Map(Object.entries(given).map(([name, key]) => [name, raw(key)]));
}

/** @param {Map<string, Bytes>} opened */
function shown(opened) {
  return Object.fromEntries([...opened].map(([name, key]) => [name, hexed(key)]));
}

/** What a file of records has in it. @param {Json} given */
async function recordFile(given) {
  const format = FORMATS[/** @type {'csv' | 'jsonl'} */ (given.format)]({ separator: given.separator });
  const chunks = [];
  for (const { source, ...one } of given.records) {
    const maps = Object.entries({ data: one.data, problems: one.problems, meta: one.meta });
    const opened = { ...one, ...Object.fromEntries(maps.map(([name, map]) => [name, new Map(Object.entries(map))])) };
    for await (const chunk of format.take([opened], source)) chunks.push(chunk.bytes);
  }
  for await (const chunk of format.rest()) chunks.push(chunk.bytes);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(encoding.concat(format.head(), ...chunks));
}

/** @param {Json} given @returns {Promise<[records.Record, manifests.Manifest, hpke.KemKey]>} */
async function inboxArguments(given) {
  const inbox = await hpke.KemKey.fromSeed(raw(given.inbox_seed));
  return [record(given), await manifest(given), inbox];
}

/** @param {Json} given @returns {Promise<[keyFiles.KeyFile, keyFiles.Slot, Bytes]>} */
async function slotArguments(given) {
  const file = await keyFiles.parseKeyFile(text(given));
  return [file, keyFiles.slotOf(file, given.slot), raw(given.secret)];
}

/** @param {Json} given */
function statement(given) {
  if ('deletion' in given) return statements.parseDeletion(given.deletion);
  if ('leave' in given) return statements.parseLeave(given.leave);
  return statements.parseRevocation(given.revocation);
}

/** @param {Json} given */
const roster = (given) => rosters.parseRoster(given.roster);

/** Who opens a grant: a client, or an epoch of a group. @param {Json} given */
async function opener({ me: told, seed }) {
  if (told.id.startsWith(encoding.GROUP)) {
    const [group, kemPk] = [told.id.slice(encoding.GROUP.length), raw(told.kem_pk)];
    const me = await rosters.asReader(/** @type {any} */ ({ ...told, group, kemPk }));
    return { me, keys: await hpke.KemKey.fromSeed(raw(seed)) };
  }
  return { me: await keys.parseCard(told), keys: (await clientKeys({ seed })).kem };
}

/**
 * Read what was granted to a group, from one member's seed and what a server sends.
 *
 * @param {Json} given
 */
async function readAsMember(given) {
  const [own, me] = [await clientKeys(given), await keys.parseCard(given.me)];
  const [owner, granter] = [await keys.parseCard(given.owner), await keys.parseCard(given.granter)];
  const [current, now] = [roster(given), given.now];
  await rosters.verifyRoster(current, { group: given.group, owner });
  const { id: reader } = await rosters.asReader(current);
  const granted = given.grants.map(grants.parseGrant);
  const [epochs, accessKeys] = [new Map(), new Map()];
  for (const grant of given.epoch_grants.map(grants.parseGrant)) {
    if (grant.writer !== reader) throw new MismatchError('the epoch of another group');
    const context = { keys: own.kem, me, granter: owner, now, owner: owner.id };
    const seed = (await grants.openGrant(grant, context)).get(grants.INBOX);
    const held = { epoch: grant.gen, seed: /** @type {Bytes} */ (seed) };
    for (const one of await rosters.openPast(current, held)) {
      epochs.set(hexed(one.party.fingerprint), one);
    }
  }
  for (const grant of granted) {
    const one = epochs.get(hexed(grant.readerFp));
    if (!one) throw new MismatchError('an epoch that the member has no key of');
    const opened = await grants.openGrant(grant, { keys: one.key, me: one.party, granter, now });
    accessKeys.set(hexed(grant.akid), opened.get(grants.TYPE));
  }
  const values = [];
  for (const wire of given.records) {
    const each = records.parseRecord(wire);
    await records.verifyRecord(each, granter);
    values.push(await records.openRecord(each, accessKeys.get(hexed(each.akid))));
  }
  return { values: values.map((one) => Object.fromEntries(one)) };
}

/** @param {string} told */
const memory = (told) => parseState(encoding.utf8(told));

/** @param {import('../../static/src/client/state.js').State} state */
const dumped = (state) => ({ text: encoding.fromUtf8(dumpState(state)) });

/** @type {{[name: string]: (stream: import('../../static/src/client/state.js').StreamMemory, rest: any[]) => unknown}} */
const STREAM_STEPS = {
  share: (stream, [reader, columns, notAfter, gen]) => stream.share(reader, { columns, notAfter }, gen),
  revoke: (stream, [reader, gen]) => stream.revoke(reader, gen),
  lapse: (stream, [now]) => stream.lapse(now),
  hold: (stream, [reader, gen, epoch]) => stream.hold(reader, gen, raw(epoch)),
  open_without: (stream, [reader, gen]) => stream.openWithout(reader, gen),
  end: (stream, [reader, record, gen]) => stream.end(reader, record, gen),
  end_many: (stream, [reader, count, gen]) => {
    for (let number = 0; number < count; number += 1) {
      stream.end(reader, `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`, gen);
    }
  },
  has_ended: (stream, [reader, record, gen]) => stream.hasEnded(reader, record, gen),
  held_by: (stream, [reader, gen]) => hexed(stream.heldBy(reader, gen) ?? new Uint8Array()),
};

/** @type {{[operation: string]: (given: Json) => unknown}} */
const OPERATIONS = {
  // §2
  ctx: (x) => ({ bytes: hexed(encoding.ctx(x.label, ...parts(x))) }),
  b64: (x) => ({ text: encoding.b64(raw(x.data)) }),
  unb64: (x) => ({ data: hexed(encoding.unb64(x.text, x.length)) }),
  load_json: (x) => ({ value: encoding.loadJson(text(x)) }),
  name: (x) => ({ value: encoding.name(x.value) }),
  writer: (x) => ({ value: encoding.writer(x.value) }),
  uuid: (x) => ({ value: encoding.uuid(x.value, 'value', x.versions) }),
  integer: (x) => ({ value: encoding.integer(x.value, 'value', x.least) }),
  text: (x) => ({ value: encoding.text(x.value, 'value', x.most, x.least) }),
  // §3
  H: async (x) => ({ hash: hexed(await primitives.H(x.label, ...parts(x))) }),
  expand: async (x) => ({ key: hexed(await primitives.expand(raw(x.key), x.label, ...parts(x))) }),
  seal: async (x) => ({
    sealed: hexed(await primitives.seal(raw(x.key), raw(x.message), raw(x.aad), raw(x.nonce))),
  }),
  unseal: async (x) => ({
    message: hexed(await primitives.unseal(raw(x.key), raw(x.sealed), raw(x.aad))),
  }),
  kem_key: async (x) => ({ public: hexed((await hpke.KemKey.fromSeed(raw(x.seed))).public) }),
  kem_public: (x) => (hpke.kemPublic(raw(x.public)), {}),
  hpke_open: async (x) => {
    const key = await hpke.KemKey.fromSeed(raw(x.seed));
    return { message: hexed(await key.open(raw(x.sealed), raw(x.info))) };
  },
  verify: async (x) => {
    await primitives.verify(raw(x.public), raw(x.signature), raw(x.message), 'vector');
    return {};
  },
  // §4
  client_keys: async (x) => {
    const { kem, sig, state, ids } = await clientKeys(x);
    const [kem_pk, sig_pk] = [hexed(kem.public), hexed(sig.public)];
    return { kem_pk, sig_pk, state: hexed(state), ids: hexed(ids) };
  },
  client_name: (x) => ({ value: keys.clientName(x.value) }),
  make_card: async (x) => {
    const [own, recovery] = [await clientKeys(x), raw(x.recovery)];
    const card = await keys.makeCard({ keys: own, id: x.id, name: x.name, recovery });
    return { card: keys.dumpCard(card) };
  },
  parse_card: async (x) => ({ fingerprint: hexed((await keys.parseCard(x.card)).fingerprint) }),
  pinned: async (x) => (keys.pinned(await keys.parseCard(x.card), raw(x.fingerprint)), {}),
  show_fingerprint: (x) => ({ shown: keys.showFingerprint(raw(x.fingerprint)) }),
  read_fingerprint: (x) => ({ fingerprint: hexed(keys.readFingerprint(x.shown)) }),
  show_code: async (x) => ({ rows: await codes.showCode(x.what, raw(x.secret)) }),
  read_code: async (x) => ({ secret: hexed(await codes.readCode(x.what, x.shown)) }),
  prepared_passphrase: (x) => ({ bytes: hexed(prepared(x.passphrase)) }),
  passphrase_secret: async (x) => ({
    secret: hexed(
      await passphraseSecret(x.passphrase, raw(x.salt), { memory: x.memory, passes: x.passes }),
    ),
  }),
  passkey_secret: async (x) => {
    const params = { rp: x.rp, credential: raw(x.credential) };
    return { secret: hexed(await passkeySecret(raw(x.output), params)) };
  },
  parse_key_file: async (x) => {
    const { card, serial, slots } = await keyFiles.parseKeyFile(text(x));
    return { id: card.id, serial, slots: slots.map(({ id }) => id) };
  },
  open_key_file: async (x) => ({
    secrets: await keyFiles.openKeyFile(...(await slotArguments(x))),
  }),
  parse_key_copy: async (x) => {
    const { file, memory, fetch } = await keyCopies.parseKeyCopy(x.copy);
    return { id: file.card.id, memory: hexed(memory), fetch: hexed(fetch) };
  },
  sign_key_copy: async (x) => ({
    copy: keyCopies.dumpKeyCopy(
      await keyCopies.signKeyCopy({
        file: await keyFiles.parseKeyFile(text(x)),
        memory: raw(x.memory),
        made: x.made,
        fetchCode: raw(x.fetch_code),
        keys: await clientKeys(x),
      }),
    ),
  }),
  open_memory: async (x) => ({
    memory: hexed(
      await keyCopies.openMemory(raw(x.state_key), raw(x.sealed), {
        clientId: x.client_id,
        serial: x.serial,
        made: x.made,
      }),
    ),
  }),
  parse_succession: async (x) => {
    const step = await successions.parseSuccession(x.succession);
    return { message: hexed(successions.message(step)), digest: hexed(await successions.stepDigest(step)) };
  },
  parse_past: async (x) => ({
    digest: hexed(await successions.pastDigest(successions.parsePast(x.past))),
  }),
  sign_succession: async (x) => {
    const { fingerprint, card, past, ...rest } = x.succession;
    const bare = {
      ...rest,
      fingerprint: raw(fingerprint),
      card: await keys.parseCard(card),
      past: raw(past),
    };
    const signed = await successions.signSuccession(bare, {
      old: x.old ? (await keys.ClientKeys.fromSeed(raw(x.old))).sig : undefined,
      next: (await keys.ClientKeys.fromSeed(raw(x.next))).sig,
      recovery: await primitives.SigningKey.fromSeed(raw(x.recovery)),
    });
    return { succession: successions.dumpSuccession(signed) };
  },
  follow: async (x) => {
    const card = await keys.parseCard(x.card);
    const steps = await Promise.all(x.successions.map(successions.parseSuccession));
    const line = await successions.follow(card, steps, x.pasts.map(successions.parsePast));
    const record = (/** @type {Json} */ one) => ({ ...one, akid: raw(one.akid) });
    return {
      fingerprint: hexed(line.card.fingerprint),
      compromised: line.earlier.map(({ compromised }) => compromised),
      records: line.earlier.map((one) =>
        x.records.map((/** @type {Json} */ each) => one.standsForRecord(/** @type {any} */ (record(each)))),
      ),
      manifests: line.earlier.map((one) =>
        x.manifests.map((/** @type {any} */ each) => one.standsForManifest(each)),
      ),
    };
  },
  parse_hand_over: (x) => ({
    message: hexed(handOvers.message(handOvers.parseHandOver(x.hand_over))),
  }),
  sign_hand_over: async (x) => {
    const [giver, taker] = [await keys.parseCard(x.giver), await keys.parseCard(x.taker)];
    const offer = await handOvers.offerHandOver({
      ...{ form: x.form, version: x.version, giver, taker },
      keys: (await keys.ClientKeys.fromSeed(raw(x.giver_seed))).sig,
    });
    const accepting = (await keys.ClientKeys.fromSeed(raw(x.taker_seed))).sig;
    return { hand_over: handOvers.dumpHandOver(await handOvers.acceptHandOver(offer, accepting)) };
  },
  verify_hand_over: async (x) => {
    const [giver, taker] = [await keys.parseCard(x.giver), await keys.parseCard(x.taker)];
    const handOver = handOvers.parseHandOver(x.hand_over);
    await handOvers.verifyHandOver(handOver, { form: x.form, giver, taker });
    return {};
  },
  owner_of: async (x) => {
    const first = await keys.parseCard(x.first);
    const steps = x.hand_overs.map(handOvers.parseHandOver);
    return { owner: handOvers.ownerOf(x.version, first, steps).id };
  },
  open_signer: async (x) => ({
    seed: hexed(await keyFiles.openSigner(...(await slotArguments(x)))),
  }),
  parse_state: async (x) => dumped(await memory(x.text)),
  open_state_file: async (x) =>
    dumped(await parseStateFile(text(x), { clientId: x.client_id, key: raw(x.key) })),
  merge_states: async (x) => dumped(merged(await memory(x.one), await memory(x.other))),
  change_stream: async (x) => {
    const state = await memory(x.text);
    const stream = state.stream(x.writer, x.type);
    for (const [name, ...rest] of x.steps) STREAM_STEPS[name]?.(stream, rest);
    const answers = x.ask.map((/** @type {[string, ...any]} */ [name, ...rest]) => STREAM_STEPS[name]?.(stream, rest));
    return { ...dumped(state), answers };
  },
  akid: async (x) => ({ akid: hexed(await keys.akid(raw(x.access_key))) }),
  column_key: async (x) => ({
    column_key: hexed(await keys.columnKey(raw(x.access_key), x.field)),
  }),
  run_source: async (x) => ({ id: await keys.runSource(x.name, x.number) }),
  split_id: async (x) => ({ id: await keys.splitId(raw(x.ids_key), x.source, x.target_type) }),
  // §5
  pad: (x) => ({ padded: hexed(fields.pad(raw(x.message))) }),
  unpad: (x) => ({ message: hexed(fields.unpad(raw(x.padded))) }),
  dump_value: (x) => ({ text: encoding.fromUtf8(fields.dumpValue(x.value)) }),
  load_value: (x) => ({ value: fields.loadValue(text(x)) }),
  seal_field: async (x) => {
    const randomness = {
      dataKey: raw(x.data_key),
      keyNonce: raw(x.key_nonce),
      valueNonce: raw(x.value_nonce),
    };
    const key = raw(x.column_key);
    const sealed = await fields.sealField(key, place(x), x.field, x.value, x.room, randomness);
    return { sealed: fields.showSealed(sealed) };
  },
  read_sealed: (x) => {
    const { k, c } = fields.readSealed(x.sealed);
    return { k: hexed(k), c: hexed(c) };
  },
  open_data_key: async (x) => ({
    data_key: hexed(await fields.openDataKey(...fieldArguments(x, 'column_key'))),
  }),
  open_value: async (x) => ({ value: await fields.openValue(...fieldArguments(x, 'data_key')) }),
  open_field: async (x) => ({ value: await fields.openField(...fieldArguments(x, 'column_key')) }),
  // §6
  parse_record: (x) => ({ record: record(x).toWire() }),
  field_digest: async (x) => ({
    digest: hexed(await records.fieldDigest(x.name, fields.readSealed(x.sealed))),
  }),
  record_message: async (x) => ({ message: hexed(await records.recordMessage(record(x))) }),
  verify_record: async (x) => {
    await records.verifyRecord(record(x), await keys.parseCard(x.card));
    return {};
  },
  hide_fields: async (x) => ({
    record: (await records.hideFields(record(x), x.visible)).toWire(),
  }),
  open_record: async (x) => ({
    values: Object.fromEntries(await records.openRecord(record(x), raw(x.access_key))),
  }),
  open_columns: async (x) => ({
    values: Object.fromEntries(await records.openColumns(record(x), keyMap(x.column_keys))),
  }),
  open_values: async (x) => ({
    values: Object.fromEntries(await records.openValues(record(x), keyMap(x.data_keys))),
  }),
  open_data_keys: async (x) => ({
    data_keys: shown(await records.openDataKeys(record(x), raw(x.access_key), x.names)),
  }),
  // §7
  inbox_id: async (x) => ({ akid: hexed(await grants.inboxId(raw(x.inbox))) }),
  parse_grant: (x) => {
    const grant = grants.parseGrant(x.grant);
    return { grant: grant.toWire(), key_names: [...grant.keyNames].sort() };
  },
  grant_info: (x) => ({ info: hexed(grants.parseGrant(x.grant).info) }),
  grant_message: (x) => ({ message: hexed(grants.grantMessage(grants.parseGrant(x.grant))) }),
  verify_grant: async (x) => {
    const granter = await keys.parseCard(x.granter);
    await grants.verifyGrant(grants.parseGrant(x.grant), granter, x.owner ?? undefined);
    return {};
  },
  open_grant: async (x) => {
    const opened = await grants.openGrant(grants.parseGrant(x.grant), {
      ...(await opener(x)),
      granter: await keys.parseCard(x.granter),
      now: x.now,
      owner: x.owner ?? undefined,
    });
    return { keys: shown(opened) };
  },
  parse_roster: async (x) => {
    const parsed = roster(x);
    const { id: reader, fingerprint, akid } = await rosters.asReader(parsed);
    const [digest, message] = [await rosters.digest(parsed), await rosters.message(parsed)];
    const signed = { digest: hexed(digest), message: hexed(message) };
    return { ...signed, reader, fingerprint: hexed(fingerprint), akid: hexed(akid) };
  },
  sign_roster: async (x) => {
    const sig = encoding.b64(new Uint8Array(primitives.SIG));
    const bare = rosters.parseRoster({ ...x.roster, sig });
    return { roster: rosters.dumpRoster(await rosters.signRoster(bare, await clientKeys(x))) };
  },
  verify_roster: async (x) => {
    const expected = { group: x.group, owner: await keys.parseCard(x.owner) };
    await rosters.verifyRoster(roster(x), expected);
    return {};
  },
  check_in_force: (x) => (rosters.checkInForce(roster(x), x.now), {}),
  known: async (x) => {
    const { digest, fingerprint, ...rest } = await rosters.known(roster(x));
    return { ...rest, digest: hexed(digest), fingerprint: hexed(fingerprint) };
  },
  check_follows: async (x) => {
    const { digest, fingerprint, ...rest } = x.known;
    const before = { ...rest, digest: raw(digest), fingerprint: raw(fingerprint) };
    await rosters.checkFollows(roster(x), before);
    return {};
  },
  seal_link: async (x) => {
    const { group, epoch, before } = x;
    const parts = { group, epoch, seed: raw(x.seed), before, former: raw(x.former) };
    return { link: rosters.dumpLink(await rosters.sealLink(parts, raw(x.nonce))) };
  },
  open_past: async (x) => {
    const held = { epoch: x.epoch, seed: raw(x.seed), wanted: x.wanted?.map(raw) };
    const found = await rosters.openPast(roster(x), held);
    return {
      epochs: found.map(({ party: { epoch, fingerprint }, key }) => ({
        ...{ epoch, fingerprint: hexed(fingerprint), public: hexed(key.public) },
      })),
    };
  },
  read_as_member: readAsMember,
  // §8
  parse_manifest: async (x) => {
    const parsed = await manifest(x);
    const routes = parsed.types.map(({ type }) => [type, parsed.route(type).sort()]);
    return { hash: hexed(parsed.hash), routes: Object.fromEntries(routes) };
  },
  verify_manifest: async (x) => {
    const card = await keys.parseCard(x.card);
    const expected = { fingerprint: raw(x.fingerprint), form: x.form };
    return { hash: hexed((await manifests.verifyManifest(text(x), raw(x.sig), card, expected)).hash) };
  },
  in_force: async (x) => (manifests.inForce(await manifest(x), x.now), {}),
  sign_manifest: async (x) => {
    const [signed, sig] = await manifests.signManifest(await manifest(x), await clientKeys(x));
    return { text: encoding.fromUtf8(signed.raw), sig: hexed(sig) };
  },
  inbox_info: async (x) => ({
    info: hexed(submissions.inboxInfo(await manifest(x), x.id, x.type, raw(x.akid))),
  }),
  rooms: async (x) => ({ rooms: Object.fromEntries(submissions.rooms(await manifest(x))) }),
  parse_submission: (x) => ({ ids: submissions.parseSubmission(x.submission).map(({ id }) => id) }),
  check_submission: async (x) => {
    submissions.checkSubmission(submissions.parseSubmission(x.submission), await manifest(x));
    return {};
  },
  check_form_record: async (x) => (submissions.checkFormRecord(record(x), await manifest(x)), {}),
  open_access_key: async (x) => ({
    access_key: hexed(await submissions.openAccessKey(...(await inboxArguments(x)))),
  }),
  open_form_record: async (x) => ({
    values: Object.fromEntries(await submissions.openFormRecord(...(await inboxArguments(x)))),
  }),
  match_pattern: (x) => ({ matches: matches(x.pattern, x.value) }),
  shown: async (x) => {
    const form = await manifest(x);
    const known = checking.shown(form, answers(x));
    return { shown: form.fields.map(({ name }) => name).filter((name) => known.has(name)) };
  },
  typed: async (x) => {
    const { fields } = await manifest(x);
    const found = Object.entries(x.typed).map(([name, text]) => {
      const field = fields.find((one) => one.name === name);
      return /** @type {const} */ ([name, typed(/** @type {any} */ (field), String(text), x.language)]);
    });
    const asked = found.filter(([, { readings }]) => readings.length);
    return {
      answers: Object.fromEntries(found.map(([name, { value }]) => [name, value])),
      asked: Object.fromEntries(asked.map(([name, { readings }]) => [name, readings])),
    };
  },
  pasted: (x) => ({ text: pasted(x.text) }),
  alike: (x) => ({ alike: new Set(x.texts.map(alike)).size === 1 }),
  problems: async (x) => ({ problems: [...checking.problems(await manifest(x), answers(x))] }),
  empty_answers: async (x) => {
    const { fields: asked } = await manifest(x);
    const empty = asked.map((field) => [field.name, checking.emptyValue(field)]);
    return { answers: Object.fromEntries(empty) };
  },
  record_id: async (x) => ({ id: await receipts.recordId(raw(x.secret), x.form, x.type) }),
  receipt: async (x) => ({
    receipt: hexed(await receipts.receiptOf(await manifest(x), raw(x.secret), sent(x))),
  }),
  verify_receipt: async (x) => {
    await receipts.verifyReceipt(raw(x.receipt), await manifest(x), sent(x));
    return {};
  },
  show_receipt: (x) => ({ shown: receipts.showReceipt(raw(x.receipt)) }),
  read_receipt: (x) => ({ receipt: hexed(receipts.readReceipt(x.shown)) }),
  // §10
  work_done: async (x) => ({ done: await workDone(x.challenge, x.id, x.nonce, x.bits) }),
  // §9
  parse_deletion: (x) => ({ message: hexed(statement(x).message) }),
  parse_revocation: (x) => ({ message: hexed(statement(x).message) }),
  parse_leave: (x) => ({ message: hexed(statement(x).message) }),
  sign_deletion: async (x) => {
    const bare = new statements.Deletion(x.deletion);
    return { deletion: (await statements.signDeletion(bare, await clientKeys(x))).toWire() };
  },
  sign_revocation: async (x) => {
    const bare = new statements.Revocation(x.revocation);
    return { revocation: (await statements.signRevocation(bare, await clientKeys(x))).toWire() };
  },
  sign_leave: async (x) => {
    const bare = new statements.Leave(x.leave);
    return { leave: (await statements.signLeave(bare, await clientKeys(x))).toWire() };
  },
  verify_statement: async (x) => {
    await statements.verifyStatement(statement(x), await keys.parseCard(x.signer));
    return {};
  },
  // §10
  show_token: (x) => ({ token: showToken(x.prefix, raw(x.secret)) }),
  read_token: (x) => ({ secret: hexed(readToken(x.prefix, x.token)) }),
  token_digest: async (x) => ({ digest: hexed(await tokenDigest(x.token)) }),
  // files of records
  safe_cell: (x) => ({ cell: safeCell(x.text, { point: x.point }) }),
  record_file: async (x) => ({ text: await recordFile(x) }),
};
