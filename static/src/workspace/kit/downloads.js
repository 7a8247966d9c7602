/** Files that people keep on a disk of theirs. */

const KEPT_MS = 60_000;

/** What a file is called and what it is. @typedef {{name: string, ending: string, kind: string}} FileKind */
/** @typedef {{suggestedName: string, types: {accept: {[kind: string]: string[]}}[]}} Suggested */

/** Where pages may write into a file that people choose. @typedef {{showSaveFilePicker?: (how: Suggested) => Promise<FileSystemFileHandle>}} Choosing */

/**
 * Hand bytes to the browser as a download; they can be taken from memory for a minute.
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
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
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
