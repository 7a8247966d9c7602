/** Opens the export's dialog in the workspace's page, with records that a test has, for tests/browser. */

import { h, render } from 'preact';
import { WorkspaceContext } from '../../../static/src/workspace/kit/hooks.jsx';
import { ActError } from '../../../static/src/workspace/kit/calls.js';
import { speech } from '../../../static/src/workspace/kit/texts.js';
import { Exporting } from '../../../static/src/workspace/screens/exporting.jsx';
import { page, record } from './exports.js';

const COLUMNS = [
  { name: 'fullname', label: 'Full name' },
  { name: 'comments', label: 'Is there anything else that you want to tell us before the appointment?' },
  { name: 'meta.state', label: '' },
];

/**
 * @typedef {object} Asked
 * @property {string} language
 * @property {{[key: string]: string}} catalogue
 * @property {number} pages of ten records
 * @property {number} [failing] in the last page
 * @property {number} [length] of each comment
 * @property {'lost' | 'hangs'} [ends] how, if not well
 */

/** @param {Asked} asked */
async function* rowsOf({ pages, failing = 0, length = 1, ends }) {
  for (let i = 0; i < pages; i += 1) {
    const records = Array.from({ length: 10 }, (_, j) => record(i * 10 + j, { fullname: `=Visitor ${i * 10 + j}`, comments: 'x'.repeat(length) }));
    records[0]?.problems.set('fullname', 'kind');
    yield page(records, i === pages - 1 ? failing : 0);
  }
  if (ends === 'hangs') await new Promise(() => {});
  if (ends === 'lost') throw new ActError({ name: 'ApiUnavailable', code: 'unavailable', message: '', hint: '' });
}

/** @type {{name: string, text: string}[]} */
const downloads = [];

/** @param {Asked} asked */
function showExport(asked) {
  document.getElementById('exporting')?.remove();
  const place = document.createElement('div');
  place.id = 'exporting';
  document.body.append(place);
  const spoken = speech(asked.language, asked.catalogue);
  document.documentElement.lang = spoken.language;
  document.documentElement.dir = spoken.dir;
  const value = /** @type {any} */ ({ tab: {}, speech: spoken, say() {}, hush() {}, given: {} });
  const onClose = () => render(null, place);
  const dialog = h(Exporting, { title: 'Sign-up', columns: COLUMNS, rows: () => rowsOf(asked), onClose });
  render(h(WorkspaceContext.Provider, { value, children: dialog }), place);
}

/** A place to save, in the browser's own file system, as if a person had chosen it. */
async function choose(/** @type {{suggestedName: string}} */ { suggestedName }) {
  const folder = await navigator.storage.getDirectory();
  return folder.getFileHandle(suggestedName, { create: true });
}

/** What is in a file that was chosen, null if there is none. @param {string} name */
async function chosen(name) {
  const folder = await navigator.storage.getDirectory();
  const handle = await folder.getFileHandle(name).catch(() => null);
  return handle && new TextDecoder('utf-8', { ignoreBOM: true }).decode(await (await handle.getFile()).arrayBuffer());
}

/** Let the page have no picker, and keep what it hands to the browser instead, for drivers that see no downloads. */
function catchDownloads() {
  Reflect.deleteProperty(globalThis, 'showSaveFilePicker');
  /** @type {Map<string, Blob>} */
  const blobs = new Map();
  const make = URL.createObjectURL;
  URL.createObjectURL = (blob) => {
    const address = make(blob);
    if (blob instanceof Blob) blobs.set(address, blob);
    return address;
  };
  HTMLAnchorElement.prototype.click = async function () {
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(await blobs.get(this.href)?.arrayBuffer());
    downloads.push({ name: this.download, text });
  };
}

Object.assign(globalThis, { showExport, chosen, downloads, catchDownloads, showSaveFilePicker: choose });
