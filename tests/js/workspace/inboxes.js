/** Acme's form with what visitors sent, as marketing reads it: a session at a server that answers. */

import { Unpacking, openRecord } from '../../../static/src/client/acts/opening.js';
import { b64 } from '../../../static/src/envelope/encoding.js';
import { EnvelopeError } from '../../../static/src/envelope/errors.js';
import { INBOX, inboxId, sealGrant } from '../../../static/src/envelope/grants.js';
import { parseRecord } from '../../../static/src/envelope/records.js';
import { sealSubmission } from '../../../static/src/envelope/submissions.js';
import { Answering, lineOf, page, session } from '../client/answers.js';
import { person, publishedForm } from '../people.js';

export const [acme, marketing] = await Promise.all(['acme', 'marketing'].map(person));
export const form = await publishedForm(/** @type {any} */ (acme));
export const STREAM = { writer: form.manifest.writer, type: 'contact' };
const DAY = '2026-11-29';

/** One submission's record of the type, as it is listed. @param {unknown} fullname */
export async function sent(fullname) {
  const answers = /** @type {Map<string, any>} */ (new Map([['fullname', fullname], ['age', '']]));
  const { records } = await sealSubmission(form.manifest, answers);
  return { stored: DAY, record: /** @type {any} */ (records.find(({ type }) => type === 'contact')).toWire() };
}

/** The same with a byte of its seal changed. @param {Awaited<ReturnType<typeof sent>>} one */
export function altered(one) {
  const changed = structuredClone(one);
  const { fullname } = changed.record.fields;
  changed.record.fields.fullname = fullname.replace(/.(?=.{9}$)/, (/** @type {string} */ at) => (at === 'A' ? 'B' : 'A'));
  return changed;
}

/** Marketing, to whom acme granted the inbox; each list is a page. @param {...unknown[]} pages */
export async function reading(...pages) {
  const [owner, reader] = /** @type {[import('../people.js').Person, import('../people.js').Person]} */ ([acme, marketing]);
  const grant = await sealGrant({
    ...{ ...STREAM, gen: 1, record: '', akid: await inboxId(form.inboxes.contact.public) },
    ...{ granter: owner.keys, reader: reader.card, keys: new Map([[INBOX, form.seeds.contact]]) },
  });
  const signed = { manifest: new TextDecoder().decode(form.manifest.raw), sig: b64(form.sig), card: lineOf(owner).card };
  const at = (/** @type {URL} */ url) => Number(url.searchParams.get('after') ?? '0');
  const server = new Answering({
    [`GET /clients/${owner.id}`]: () => lineOf(owner),
    'GET /grants': () => page([{ granted: `${DAY}T12:00:00Z`, grant: grant.toWire() }]),
    'GET /records': (url) => page(pages[at(url)] ?? [], at(url) + 1 < pages.length ? String(at(url) + 1) : ''),
    [`GET /forms/${form.manifest.form}/manifest`]: () => signed,
  });
  return { server, ...session(reader, [owner], server) };
}

/** What a worker of the pool does, in this process; `fate` says of a message whether it lives to answer it. */
export class Opening {
  /** @type {{[name: string]: (event: any) => void}} */
  #listeners = {};
  #unpacking = new Unpacking();
  isEnded = false;

  /** @param {(message: number) => 'answer' | 'error' | 'silence'} [fate] */
  constructor(fate = () => 'answer') {
    this.fate = fate;
    this.count = 0;
  }

  /** @param {string} name @param {any} listener */
  addEventListener(name, listener) {
    this.#listeners[name] = listener;
  }

  /** @param {any} message */
  postMessage(message) {
    const { id, sent: jobs } = structuredClone(message);
    const fate = this.fate((this.count += 1));
    if (fate === 'error') setTimeout(() => this.#listeners.error?.({ preventDefault() {} }));
    if (fate !== 'answer') return;
    void Promise.all(jobs.map((/** @type {any} */ job) => this.#opened(job))).then((answers) => {
      if (!this.isEnded) this.#listeners.message?.({ data: structuredClone({ id, answers }) });
    });
  }

  terminate() {
    this.isEnded = true;
  }

  /** @param {import('../../../static/src/workspace/keys/pool.js').Sent} job */
  async #opened({ wire, packed }) {
    try {
      return { contents: await openRecord(parseRecord(wire), await this.#unpacking.unpacked(packed)) };
    } catch (error) {
      if (error instanceof EnvelopeError) return { error: { code: error.code, message: error.message } };
      throw error;
    }
  }
}
