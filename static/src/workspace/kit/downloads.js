/** Files that people keep on a disk of theirs. */

const KEPT_MS = 60_000;
/** Addresses under which bytes can be taken. @type {Set<string>} */
const live = new Set();

/** What a file is called and what it is. @typedef {{name: string, ending: string, kind: string}} FileKind */
/** @typedef {{suggestedName: string, types: {accept: {[kind: string]: string[]}}[]}} Suggested */

/** Where pages may write into a file that people choose. @typedef {{showSaveFilePicker?: (how: Suggested) => Promise<FileSystemFileHandle>}} Choosing */

/**
 * Hand bytes to the browser as a download; they can be taken from memory for a minute, or until a lock.
 *
 * @param {string} name
 * @param {...Uint8Array} parts
 */
export function saveFile(name, ...parts) {
  const blob = new Blob(/** @type {Uint8Array<ArrayBuffer>[]} */ (parts), { type: 'application/octet-stream' });
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  live.add(address);
  setTimeout(() => drop(address), KEPT_MS);
}

/** Let nobody take what was handed over until now: for a lock. */
export function dropDownloads() {
  for (const address of live) drop(address);
}

/** @param {string} address */
function drop(address) {
  if (live.delete(address)) URL.revokeObjectURL(address);
}

/** Whether people can choose a file here that the page then writes into. */
export function canChooseFile() {
  return 'showSaveFilePicker' in globalThis;
}

/**
 * Let a person choose where to save, in answer to what she pressed; null if she chose nothing.
 *
 * Raises what the browser raises where it does not let the page ask.
 *
 * @param {FileKind} file
 * @returns {Promise<FileSystemFileHandle | null>}
 */
export async function chooseFile({ name, ending, kind }) {
  const { showSaveFilePicker } = /** @type {Choosing} */ (globalThis);
  try {
    const types = [{ accept: { [kind]: [`.${ending}`] } }];
    return (await showSaveFilePicker?.call(globalThis, { suggestedName: `${name}.${ending}`, types })) ?? null;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    throw error;
  }
}
