/** Files that people keep on a disk of theirs. */

const KEPT_MS = 60_000;

/**
 * Hand bytes to the browser as a download; they can be taken from memory for a minute.
 *
 * @param {string} name
 * @param {Uint8Array} bytes
 */
export function saveFile(name, bytes) {
  const blob = new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)], { type: 'application/octet-stream' });
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}
