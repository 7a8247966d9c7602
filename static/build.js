/**
 * Bundles static/src into static/dist, which is committed.
 *
 *   node static/build.js           writes the bundles
 *   node static/build.js --check   fails unless each committed bundle is what the sources give
 */

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const BUNDLES = [
  { source: 'src/form/embed.js', bundle: 'dist/sealform.js', required: true },
  { source: 'src/console/workspace.js', bundle: 'dist/workspace.js', required: false },
];

/** @param {string} name */
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** @param {string} source @param {string} bundle @param {boolean} write */
async function bundled(source, bundle, write) {
  const result = await build({
    entryPoints: [here(source)],
    outfile: here(bundle),
    absWorkingDir: here('.'),
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    tsconfigRaw: {},
    metafile: true,
    write,
  });
  return write ? readFileSync(here(bundle)) : Buffer.from(result.outputFiles?.[0]?.contents ?? []);
}

const check = process.argv.includes('--check');

for (const { source, bundle, required } of BUNDLES) {
  if (!required && !existsSync(here(source))) continue;
  const bytes = await bundled(source, bundle, !check);
  if (check && !(existsSync(here(bundle)) && bytes.equals(readFileSync(here(bundle))))) {
    console.error(`static/${bundle} is not what the sources give: run \`make bundle\``);
    process.exitCode = 1;
  } else {
    const verb = check ? 'matches its sources' : 'written';
    console.log(`static/${bundle} ${verb}: ${bytes.length} bytes, ${gzipSync(bytes).length} gzipped`);
  }
}
