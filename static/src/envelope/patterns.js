/**
 * Patterns: the regular expressions that mean the same everywhere (docs/protocol.md §8).
 *
 * A pattern is read by its own grammar, of which engines know far more. What is left to
 * `RegExp` is whether ranges and counts go up. A browser matches what its own visitor
 * types, so it may use an engine that goes back.
 */

import { text } from './encoding.js';
import { MalformedError } from './errors.js';

const MAX_PATTERN = 256;
const MAX_DEPTH = 8;

const SPECIAL = '\\\\^$.*+?()[\\]{}|/';
const NUMBER = '(0|[1-9]\\d?|100)';
const COUNT = `([?*+]|\\{(?!0(,0)?\\})${NUMBER}(,${NUMBER}?)?\\})?`;
const CHAR = `(\\\\[${SPECIAL}]|[^\\0-\\x1f\\x7f${SPECIAL}])`;
const MEMBER = `(\\\\[-${SPECIAL}]|[^-\\0-\\x1f\\x7f${SPECIAL}])`;
const CLASS = `\\[\\^?(\\\\d|${MEMBER}(-${MEMBER})?)+\\]`;
// A group that was read already stands as U+0000, which a pattern cannot have.
const ITEM = `((\\\\d|${CHAR}|${CLASS})${COUNT}|\\0\\??)`;

const WHOLE = RegExp(`^(${ITEM}|\\|)*$`, 'u');
const INNERMOST = RegExp(`\\\\.|\\((${ITEM}|\\|)*\\)`, 'gu');

/**
 * Return a pattern of 1 to 256 code points that follows the grammar, else raise MalformedError.
 *
 * @param {unknown} value
 */
export function checkPattern(value, what = 'pattern') {
  let rest = text(value, what, MAX_PATTERN, 1);
  compiled(rest);
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    rest = rest.replace(INNERMOST, (found) => (found.startsWith('(') ? '\0' : found));
  }
  if (!WHOLE.test(rest)) throw new MalformedError('not a pattern: something has no meaning here');
  return String(value);
}

/**
 * Whether the pattern matches the whole value; raises MalformedError if it is none.
 *
 * @param {string} pattern
 * @param {string} value
 */
export function matches(pattern, value) {
  return compiled(checkPattern(pattern)).test(value);
}

/** @param {string} pattern */
function compiled(pattern) {
  try {
    return new RegExp(`^(?:${pattern})$`, 'u');
  } catch (cause) {
    throw new MalformedError('not a pattern', { cause });
  }
}
