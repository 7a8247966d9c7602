/**
 * What was sealed and has not arrived yet, kept on the visitor's device. The database holds
 * ciphertext and where it goes, never a plaintext or a key. Whoever gets hold of it has what the
 * server would have.
 */

/** @import { Bytes } from '../envelope/encoding.js' */

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

const DATABASE = 'sealform';
const VERSION = 1;
const STORE = 'outbox';
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
 * Drop an entry that has arrived, or was refused for good. What cannot be dropped is sent again
 * at the next visit, and the server recognises it.
 *
 * @param {string} id
 */
export const drop = (id) => withStore('readwrite', (store) => store.delete(id)).catch(() => {});

/**
 * Drop an entry once the visitor sees what the page says about it.
 *
 * @param {string} id
 */
export function dropWhenSeen(id) {
  if (!document.hidden) return drop(id);
  const again = () => void dropWhenSeen(id);
  return document.addEventListener('visibilitychange', again, { once: true });
}

/** @param {string} id @returns {Promise<Entry | undefined>} */
export const find = (id) => withStore('readonly', (store) => store.get(id));

/**
 * Return what waits to be sent there, the oldest first.
 *
 * @param {string} base
 */
export async function waitingFor(base) {
  /** @type {Entry[]} */
  const all = await withStore('readonly', (store) => store.getAll());
  return all.filter((entry) => entry.base === base).sort((a, b) => a.queued - b.queued);
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
