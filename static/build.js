/**
 * Bundles static/src into static/dist, which is committed.
 *
 *   node static/build.js           writes the bundles, and removes what they no longer need
 *   node static/build.js --check   fails unless static/dist is exactly what the sources give
 *   node static/build.js --plain   writes what visitors load, not squeezed, in a tenth of the time, for attacks in tests
 *
 * Parts of the main script are built first: their names carry a digest, and the main
 * script says which bytes alone it accepts under each. The workspace's page names its own files so.
 */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { minify } from 'terser';
import { asFunction, handingOver, heldBy, leftOut } from './sharing.js';

/** @typedef {{[name: string]: string}} Parts SHA-256 in base64, with which the file's name begins in hex */

const PLAIN = process.argv.includes('--plain');
const DIST = 'dist/';
const MAIN = 'src/form/sealform.js';
/** What a hosted page loads before its form is ready; how much that may be when gzipped, and stay free. */
const FIRST = ['sealform-guard.js', 'sealform.js'];
const MOST_BYTES = 14_000;
const LEAST_FREE = 800;
const TEXTS = 'src/form/texts/';

/** Scripts that the main one loads where it needs them. @type {{[name: string]: string}} */
const PARTS = {
  framed: 'src/form/frame/inside.js',
  kem: 'src/envelope/xwing.js',
  owners: 'src/form/kit/owners.js',
  sending: 'src/form/sending/sending.js',
  steps: 'src/form/filling/steps.js',
};

/** Other scripts that pages name. @type {{[file: string]: string}} */
const SCRIPTS = {
  'sealform-guard.js': 'src/form/opening/sealform-guard.js',
  'sealform-frame.js': 'src/form/frame/sealform-frame.js',
  'sealform-receipt.js': 'src/form/receipt/sealform-receipt.js',
};

/** One script a page and one a worker, for people with keys. @type {{[file: string]: string}} */
const WORKSPACE = {
  'keys.js': 'src/workspace/keys/worker.js',
  'opening.js': 'src/workspace/keys/opening.js',
  'workspace.css': 'src/workspace/workspace.css',
  'workspace.js': 'src/workspace/workspace.jsx',
};
const WORKSPACE_PAGE = 'src/workspace/index.html';
const WORKSPACE_TEXTS = 'src/workspace/texts/';

/** @param {string} name */
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

const MESSAGE = /(new \w+Error\()\s*('(?:\\.|[^'\\])*'|`[^`]*`)(?:,\s*\{ cause \})?,?\s*\)/g;

/**
 * A module's source; in those of the protocol without what errors say to developers, which no page
 * shows: their classes are what it looks at.
 *
 * @param {string} path below this folder
 */
function read(path) {
  const source = readFileSync(here(path), 'utf8');
  return path.startsWith('src/envelope/') ? source.replace(MESSAGE, '$1)') : source;
}

/** @type {import('esbuild').Plugin} */
const silence = {
  name: 'silence',
  setup({ onLoad }) {
    onLoad({ filter: /\/src\/envelope\/\w+\.js$/ }, ({ path }) => ({
      contents: read(relative(here('.'), path)),
    }));
  },
};

/**
 * @param {import('esbuild').BuildOptions} options
 * @param {Parts} parts
 */
function bundled({ plugins = [], define, ...options }, parts) {
  return build({
    absWorkingDir: here('.'),
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    pure: ['Uint8Array.from', 'Uint8Array.of', 'Uint8Array'],
    charset: 'utf8',
    legalComments: 'none',
    tsconfigRaw: {},
    define: { BUNDLED: 'true', SMALL: 'true', PARTS: JSON.stringify(parts), ...define },
    plugins: [...plugins, silence],
    metafile: true,
    write: false,
    outdir: here(DIST),
    ...options,
  });
}

/**
 * Squeeze what esbuild made: another twentieth of what visitors load.
 *
 * @param {string} code
 */
async function squeezed(code) {
  if (PLAIN) return Buffer.from(code);
  const compress = /** @type {const} */ ({
    passes: 3,
    ecma: 2020,
    toplevel: true,
    keep_fargs: false,
    unsafe_arrows: true, // nothing here asks a function for its prototype
  });
  const { code: less } = await minify(code, { compress, mangle: { toplevel: true } });
  return Buffer.from(`${less}\n`);
}

/** @param {Awaited<ReturnType<typeof bundled>>} result */
function bytesOf({ outputFiles }) {
  return Buffer.from(outputFiles?.[0]?.contents ?? []);
}

/** What a script has of each module. @param {string} source */
async function heldIn(source) {
  const options = { entryPoints: [source], define: { SHARED: '{}' }, format: /** @type {const} */ ('esm') };
  const bundle = bytesOf(await bundled({ ...options, minify: false }, {}));
  return heldBy(bundle.toString(), read);
}

/**
 * A script that hands its exports over to who loaded it, and is told what they have in common.
 *
 * @param {string} source
 * @param {import('./sharing.js').Held} held
 * @param {import('./sharing.js').Shared} shared
 */
async function part(source, held, shared) {
  const others = new Map([...held].filter(([module]) => module !== source));
  const plugins = [leftOut(here('.'), others, read)];
  const options = { entryPoints: [source], plugins, format: /** @type {const} */ ('esm') };
  const result = await bundled({ ...options, minifyIdentifiers: false }, {});
  const made = asFunction(bytesOf(result).toString(), shared);
  return squeezed(
    `document.currentScript.dispatchEvent(new CustomEvent("sealform:part",{detail:${made}}));`,
  );
}

/** @param {string} source */
function catalogue(source) {
  return Buffer.from(JSON.stringify(JSON.parse(readFileSync(here(source), 'utf8'))));
}

/** @param {Buffer} bytes @param {'hex' | 'base64'} encoding */
function digest(bytes, encoding) {
  return createHash('sha256').update(bytes).digest(encoding);
}

/** As a page names the only bytes that it takes. @param {Buffer | undefined} bytes */
function integrity(bytes = Buffer.of()) {
  return `sha384-${createHash('sha384').update(bytes).digest('base64')}`;
}

/** The languages that a folder of texts has. @param {string} folder */
function languagesOf(folder) {
  const names = readdirSync(here(folder)).filter((name) => /^[a-z]{2}\.json$/.test(name));
  return names.map((name) => name.slice(0, 2)).sort();
}

/**
 * The files of the workspace. English is in its script: the page speaks before anything else came.
 *
 * @returns {Promise<Map<string, Buffer>>}
 */
async function workspace() {
  /** @type {Map<string, Buffer>} */
  const files = new Map();
  for (const language of languagesOf(WORKSPACE_TEXTS).filter((one) => one !== 'en')) {
    files.set(`texts/${language}.json`, catalogue(`${WORKSPACE_TEXTS}${language}.json`));
  }
  const texts = Object.fromEntries([...files].map(([name, bytes]) => [name, integrity(bytes)]));
  for (const [file, source] of Object.entries(WORKSPACE)) {
    const { outputFiles } = await build({
      absWorkingDir: here('.'),
      entryPoints: [source],
      bundle: true,
      format: 'iife',
      platform: 'browser',
      target: 'es2022',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      minify: true,
      charset: 'utf8',
      legalComments: 'none',
      tsconfigRaw: {},
      define: { BUNDLED: 'true', TEXTS: JSON.stringify(texts) },
      write: false,
      outdir: here(DIST),
    });
    files.set(file, Buffer.from(outputFiles[0]?.contents ?? []));
  }
  const page = readFileSync(here(WORKSPACE_PAGE), 'utf8');
  const named = page.replace(/\{integrity of ([\w.]+)\}/g, (_, file) => integrity(files.get(file)));
  return files.set('index.html', Buffer.from(named));
}

/**
 * All files of static/dist.
 *
 * @returns {Promise<Map<string, Buffer>>}
 */
async function everything() {
  /** @type {Map<string, Buffer>} */
  const files = new Map();
  /** @type {Parts} */
  const parts = {};
  /** @type {import('./sharing.js').Shared} */
  const shared = new Map();
  const add = (/** @type {string} */ name, /** @type {string} */ end, /** @type {Buffer} */ bytes) => {
    const file = `sealform-${name}.${digest(bytes, 'hex').slice(0, 12)}.${end}`;
    parts[name] = digest(bytes, 'base64');
    files.set(file, bytes);
  };
  const held = await heldIn(MAIN);
  for (const [name, source] of Object.entries(PARTS)) {
    add(name, 'js', await part(source, held, shared));
  }
  for (const language of languagesOf(TEXTS)) {
    add(`texts-${language}`, 'json', catalogue(`${TEXTS}${language}.json`));
  }
  const own = { entryPoints: [MAIN], ...handingOver(here('.'), shared, read) };
  files.set('sealform.js', await squeezed(bytesOf(await bundled(own, parts)).toString()));
  for (const [file, source] of Object.entries(SCRIPTS)) {
    const options = { entryPoints: [source], define: { SHARED: '{}' } };
    files.set(file, await squeezed(bytesOf(await bundled(options, parts)).toString()));
  }
  if (PLAIN) return files;
  for (const [file, bytes] of await workspace()) files.set(`workspace/${file}`, bytes);
  return files;
}

/** @param {Buffer} bytes */
const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length;

/** @param {Map<string, Buffer>} files */
function weigh(files) {
  const first = FIRST.map((file) => gzipped(files.get(file) ?? Buffer.of()));
  const sum = first.reduce((total, size) => total + size, 0);
  const free = MOST_BYTES - sum;
  console.log(`${FIRST.join(' and ')}: ${sum} bytes gzipped, ${free} of ${MOST_BYTES} are free`);
  if (free >= LEAST_FREE) return;
  console.error(`at least ${LEAST_FREE} bytes have to be free: load later what no form needs at first`);
  process.exitCode = 1;
}

/** The files that there are now. */
function present() {
  if (!existsSync(here(DIST))) return [];
  const entries = readdirSync(here(DIST), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => relative(here(DIST), `${parentPath}/${name}`));
}

/** @param {Map<string, Buffer>} files */
function write(files) {
  for (const file of present()) if (!files.has(file)) rmSync(here(DIST + file));
  for (const [file, bytes] of files) {
    mkdirSync(dirname(here(DIST + file)), { recursive: true });
    writeFileSync(here(DIST + file), bytes);
    console.log(`static/dist/${file}: ${bytes.length} bytes, ${gzipped(bytes)} gzipped`);
  }
}

/** @param {Map<string, Buffer>} files */
function check(files) {
  const there = new Set(present());
  const wrong = [...files].filter(
    ([file, bytes]) => !there.has(file) || !bytes.equals(readFileSync(here(DIST + file))),
  );
  const extra = [...there].filter((file) => !files.has(file));
  for (const file of [...wrong.map(([name]) => name), ...extra]) {
    console.error(`static/dist/${file} is not what the sources give: run \`make bundle\``);
    process.exitCode = 1;
  }
  if (!process.exitCode) console.log(`static/dist matches its sources: ${files.size} files`);
}

const files = await everything();
if (process.argv.includes('--check')) check(files);
else write(files);
if (!PLAIN) weigh(files);
