/**
 * What was sealed and has not arrived yet, kept on the visitor's device, and what became of it, until
 * the visitor was told. The database holds ciphertext and where it goes, never a plaintext or a key.
 * Whoever gets hold of it has what the server would have.
 */

/** @import { Bytes } from '../../envelope/encoding.js' */

/**
 * One submission on its way.
 *
 * @typedef {object} Entry
 * @property {string} id the first record's
 * @property {string} base where the API is
 * @property {string} form
 * @property {string[]} ids in the manifest's order
 * @property {Bytes} body
 * @property {string} receipt as it is shown
 * @property {number} queued milliseconds since 1970
 */

/**
 * What is left of an entry that has arrived (`sent`), or that the server takes no more (`lost`).
 *
 * @typedef {object} Notice
 * @property {string} id the first record's
 * @property {string} base
 * @property {string} form
 * @property {'sent' | 'lost'} state
 * @property {string} receipt
 * @property {number} settled milliseconds since 1970
 */

const DATABASE = 'sealform';
const VERSION = 1;
const STORE = 'outbox';
const LONGEST_NOTICE = 30 * 86_400_000; // of a form that is not visited any more
const PATIENCE = 5_000; // a database that another page deletes, or a broken one, may never open

/**
 * Keep an entry, in the place of the one it replaces; resolves once it is on the disk.
 * Raises what the browser raises where nothing can be stored.
 *
 * @param {Entry} entry
 * @param {string} [replaced] id of an entry
 */
export const keep = (entry, replaced) =>
  withStore('readwrite', (store) => {
    if (replaced) store.delete(replaced);
    return store.put(entry);
  });

/**
 * Drop what is done with. An entry that cannot be dropped is sent again at the next visit, and the
 * server recognises it.
 *
 * @param {Entry | Notice} kept
 */
export const drop = (kept) => change(kept, (store) => store.delete(kept.id));

/**
 * Drop it once the visitor sees what the page says about it.
 *
 * @param {Entry | Notice} kept
 */
export function dropWhenSeen(kept) {
  if (!document.hidden) return drop(kept);
  const again = () => void dropWhenSeen(kept);
  return document.addEventListener('visibilitychange', again, { once: true });
}

/**
 * Leave of an entry nothing but what its form's page has to tell.
 *
 * @param {Entry} entry
 * @param {Notice['state']} state
 * @returns {Promise<Notice>}
 */
export async function settle({ id, base, form, receipt }, state) {
  const notice = { id, base, form, state, receipt, settled: Date.now() };
  await change(notice, (store) => store.put(notice));
  return notice;
}

/** @param {string} id @returns {Promise<Entry | Notice | undefined>} */
export const find = (id) => withStore('readonly', (store) => store.get(id));

/** Whether it has still to be sent. @param {Entry | Notice} kept @returns {kept is Entry} */
export const waits = (kept) => 'body' in kept;

/**
 * Return what waits to be sent there, or to be told, the oldest first. Asking leaves nothing on the
 * device: where there never was a database, none is made.
 *
 * @param {string} base
 */
export async function leftFor(base) {
  const known = (await indexedDB.databases?.()) ?? [{ name: DATABASE }];
  if (!known.some(({ name }) => name === DATABASE)) return [];
  /** @type {(Entry | Notice)[]} */
  const all = await withStore('readonly', (store) => store.getAll());
  const old = all.filter((kept) => !waits(kept) && kept.settled < Date.now() - LONGEST_NOTICE);
  await Promise.all(old.map(drop));
  const left = all.filter((kept) => kept.base === base && !old.includes(kept));
  return left.sort((a, b) => timeOf(a) - timeOf(b));
}

/** @param {Entry | Notice} kept */
const timeOf = (kept) => (waits(kept) ? kept.queued : kept.settled);

/**
 * Change it while it is the same: another tab may have sealed it anew, with the same ids.
 *
 * @param {Entry | Notice} kept
 * @param {(store: IDBObjectStore) => void} how
 */
function change({ id, receipt }, how) {
  return withStore('readwrite', (store) => {
    const request = store.get(id);
    request.addEventListener('success', () => request.result?.receipt === receipt && how(store));
    return request;
  }).catch(() => {});
}

/**
 * Do one thing in one transaction of one connection: what stays open stands in the way of
 * later versions, and of the browser's back button.
 *
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} use
 * @returns {Promise<T>}
 */
async function withStore(mode, use) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode, { durability: 'strict' });
      const request = use(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    let late = false;
    setTimeout(() => reject((late = true)), PATIENCE);
    const request = indexedDB.open(DATABASE, VERSION);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'id' });
    request.onsuccess = () => (late ? request.result.close() : resolve(request.result));
    request.onerror = () => reject(request.error);
  });
}

/**
 * Run `work` while no other tab does so for this entry. Where another one does, wait until it is
 * done or closed, and let `busy` know. Browsers without such locks go on: the server
 * recognises a repetition.
 *
 * @param {string} id
 * @param {() => Promise<void>} work
 * @param {() => void} [busy]
 */
export async function alone(id, work, busy) {
  let begun = false;
  const once = () => ((begun = true), work());
  const name = `${DATABASE} ${id}`;
  try {
    await navigator.locks.request(name, { ifAvailable: true }, (lock) => lock && once());
    if (begun) return;
    busy?.();
    await navigator.locks.request(name, once);
  } catch (error) {
    if (begun) throw error;
    await work();
  }
}
