/** The vector runner for a page, bundled on the fly by tests/browser/test_vectors.py. */

import { useKem } from '../../static/src/envelope/suite.js';
import { isForeign, runVector } from './vectors.js';

/** @import { Vector } from './vectors.js' */

/**
 * Run all vectors with one X-Wing; returns how many ran, and what failed.
 *
 * @param {Vector[]} vectors
 * @param {'native' | 'noble'} kem
 */
async function runVectors(vectors, kem) {
  useKem(kem);
  const ours = vectors.filter((vector) => !isForeign(vector));
  const failures = [];
  for (const vector of ours) {
    try {
      await runVector(vector);
    } catch (failure) {
      failures.push(`${vector.name}: ${failure}`);
    }
  }
  return { ran: ours.length, failures };
}

Object.assign(globalThis, { runVectors });
