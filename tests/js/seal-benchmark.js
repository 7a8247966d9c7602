/** Sealing in a page of a browser: bundled on the fly by tests/benchmarks/seal.py. */

import { KemKey } from '../../static/src/envelope/hpke.js';
import { signManifest } from '../../static/src/envelope/manifests.js';
import { random } from '../../static/src/envelope/primitives.js';
import { dumpSubmission, sealSubmission } from '../../static/src/envelope/submissions.js';
import { useKem } from '../../static/src/envelope/suite.js';
import { EMPTY_TEXT, NOW, person } from './people.js';

const FIELDS = 10;

/** A form of one type whose fields are lines of text. */
async function form() {
  const acme = await person('acme');
  const inbox = await KemKey.fromSeed(random(32));
  const names = Array.from({ length: FIELDS }, (_, i) => `field_${i}`);
  const [manifest] = await signManifest(
    {
      form: crypto.randomUUID(),
      version: 1,
      owner: acme.id,
      issued: NOW,
      expires: NOW + 1,
      title: 'Benchmark',
      description: '',
      confirmation: '',
      types: [{ type: 'account', gen: 1, public: inbox.public }],
      fields: names.map((name) => ({ ...EMPTY_TEXT, name, type: 'account' })),
    },
    acme.keys,
  );
  return { manifest, answers: new Map(names.map((name) => [name, `the answer to ${name}`])) };
}

/**
 * Seal a ten-field submission again and again; returns the milliseconds of each time.
 *
 * @param {'native' | 'noble'} kem
 * @param {{warmUp: number, rounds: number}} counts
 */
async function timeSealing(kem, { warmUp, rounds }) {
  useKem(kem);
  const { manifest, answers } = await form();
  const times = [];
  for (let round = 0; round < warmUp + rounds; round += 1) {
    const start = performance.now();
    dumpSubmission((await sealSubmission(manifest, answers)).records);
    times.push(performance.now() - start);
  }
  return { first: times[0], times: times.slice(warmUp) };
}

Object.assign(globalThis, { timeSealing });
