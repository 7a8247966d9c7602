/** The vector runner for a page, bundled on the fly by tests/browser/test_vectors.py. */

import { useKem } from '../../static/src/envelope/suite.js';
import { failures, ours } from './vectors.js';

/** @import { Vectors } from './vectors.js' */

/**
 * Run all vectors with one X-Wing; returns how many ran, and what failed.
 *
 * @param {Vectors[]} files
 * @param {'native' | 'noble'} kem
 */
async function runVectors(files, kem) {
  useKem(kem);
  const failed = [];
  for (const vectors of files) failed.push(...(await failures(vectors)));
  return { ran: files.flatMap(ours).length, failures: failed };
}

Object.assign(globalThis, { runVectors });
