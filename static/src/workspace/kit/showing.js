/** What others wrote, as it is shown and copied: what nobody would see is made visible, and no answer looks like another. */

import { cellText } from '../exporting/safe_output.js';

/** The answers of a record in the text that is copied. @typedef {{label: string, text: string}} Answer */

/** Line ends and tabs stay; all else that moves, hides or turns text around is written out. */
export const shownText = cellText;

/** How lines begin that go on with an answer. */
const FURTHER = '    ';

/**
 * A record as text: its moment, then an answer in each line. Lines of an answer that go on are indented, so that
 * none of them passes for an answer of its own.
 *
 * @param {string} when
 * @param {readonly Answer[]} answers
 */
export function copiedText(when, answers) {
  const lines = answers.map(({ label, text }) => shownText(`${label}: ${text}`).replaceAll('\n', `\n${FURTHER}`));
  return [when, ...lines].join('\n');
}
