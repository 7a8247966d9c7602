/** A code of four rows, as it stands on paper: four boxes, or one paste into any of them. */

import { useRef } from 'preact/hooks';
import { useTexts } from './hooks.jsx';

const ROWS = 4;
const LENGTH = 16;
/** What people type or paste between the characters. */
const BETWEEN = /[^A-Z0-9]/g;

/** @param {string} typed */
export const bare = (typed) => typed.normalize('NFKC').toUpperCase().replace(BETWEEN, '');

/** @param {string} row */
const grouped = (row) => row.replace(/.{4}(?=.)/g, '$&-');

/**
 * What is wrong with these rows before anybody computes anything: the number of the first that is incomplete, 0 for none.
 *
 * @param {readonly string[]} rows
 */
export const wrongRow = (rows) => rows.findIndex((row) => !/^[A-Z2-7]{16}$/.test(bare(row))) + 1;

/**
 * The number of the row that the worker found mistyped, by the check in it; 0 for none.
 *
 * @param {{name: string, code: string, message: string} | null} failure
 */
export function mistypedRow(failure) {
  if (failure?.code !== 'malformed' || failure.name === 'ApiRefused') return 0;
  return Number(/^row ([1-4]) of the /.exec(failure.message)?.[1] ?? 0);
}

/** The boxes of one code. */
export function useCode() {
  const boxes = useRef(/** @type {(HTMLInputElement | null)[]} */ ([]));
  const rows = () => boxes.current.map((box) => box?.value ?? '');
  const text = () => rows().map(bare).join('\n');
  const clear = () => {
    for (const box of boxes.current) if (box) box.value = '';
  };
  return {
    boxes,
    /** The number of the first row that is not complete, which takes the focus; 0 for none. */
    wrong() {
      const row = wrongRow(rows());
      if (row) boxes.current[row - 1]?.focus();
      return row;
    },
    /** Read what was typed, and leave nothing in the boxes. */
    taken() {
      const typed = text();
      clear();
      return typed;
    },
    /** @param {string} typed what was taken */
    put(typed) {
      for (const [i, row] of typed.split('\n').entries()) {
        const box = boxes.current[i];
        if (box) box.value = grouped(row);
      }
    },
  };
}

/** @param {{legend: string, help: string, code: ReturnType<typeof useCode>, wrong: number}} props */
export function CodeBoxes({ legend, help, code, wrong }) {
  const t = useTexts();
  const spread = (/** @type {number} */ at, /** @type {HTMLInputElement} */ box) => {
    const typed = bare(box.value);
    if (typed.length <= LENGTH) return;
    const rows = typed.match(/.{1,16}/g) ?? [];
    const first = rows.length >= ROWS ? 0 : at;
    rows.slice(0, ROWS - first).forEach((row, i) => {
      const each = code.boxes.current[first + i];
      if (each) each.value = grouped(row);
    });
    code.boxes.current[Math.min(ROWS, first + rows.length) - 1]?.focus();
  };
  return (
    <fieldset class="codes">
      <legend>{legend}</legend>
      <p class="help">{help}</p>
      {Array.from({ length: ROWS }, (_, i) => (
        <label class="row">
          <span>{t('code.row', { row: i + 1 })}</span>
          <input
            ref={(box) => void (code.boxes.current[i] = box)}
            onInput={({ currentTarget }) => spread(i, currentTarget)}
            class="code"
            dir="ltr"
            autocomplete="off"
            autocapitalize="characters"
            spellcheck={false}
            placeholder="XXXX-XXXX-XXXX-XXXX"
            aria-invalid={wrong === i + 1}
          />
        </label>
      ))}
      {wrong > 0 && <p class="error" role="alert">{t('code.wrong', { row: wrong })}</p>}
    </fieldset>
  );
}
