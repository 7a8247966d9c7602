/** The vector runner for a page, bundled on the fly by tests/browser/test_vectors.py. */

import { argon2id as noble } from '../../static/src/envelope/argon2.js';
import { argon2id as wasm } from '../../static/src/envelope/argon2_wasm.js';
import { useArgon2id } from '../../static/src/envelope/passphrases.js';
import { useKem } from '../../static/src/envelope/suite.js';
import { failures, ours } from './vectors.js';

/** @import { Vectors } from './vectors.js' */

/**
 * Run all vectors with one X-Wing, those of passphrases with each Argon2id; returns how many ran,
 * and what failed.
 *
 * @param {Vectors[]} files
 * @param {'native' | 'noble'} kem
 */
async function runVectors(files, kem) {
  useKem(kem);
  const failed = [];
  useArgon2id(noble);
  for (const vectors of files) failed.push(...(await failures(vectors)));
  useArgon2id(wasm);
  const passphrases = files.filter(({ operation }) => operation === 'passphrase_secret');
  for (const vectors of passphrases) failed.push(...(await failures(vectors)));
  return { ran: files.flatMap(ours).length, failures: failed };
}

Object.assign(globalThis, { runVectors });
