/**
 * Parts of a script that use what the script has, instead of copies of their own.
 *
 * What a script has is known by its declarations, not by its modules: a function stands where it
 * belongs, and is loaded with the script that uses it. A part is built with those declarations
 * left out. What it needs of them is handed to it when it has loaded, by the script that asked for it:
 * see static/src/form/kit/parts.js.
 */

import { relative } from 'node:path';

/** @typedef {import('esbuild').Plugin} Plugin */
/** @typedef {(path: string) => string} Read gives the source of a module by its path */

/** @typedef {Map<string, Set<string>>} Held the names that a script has of each module */
/** @typedef {Map<string, number>} Shared `module name` to the place in the list that is handed over */

const DECLARATION = /^(?:export )?(?:async )?(?:function|class|const|let) (\w+)/;
const CHUNKS = /^(?=(?:export )?(?:async )?(?:function|class|const|let) \w)/m;
const CHANGING = /^(?:export )?let /;
const LITERAL = /^(?:export )?const \w+ = (?:[\d_ *]+|'[^'\\]*');/;
const IMPORTS = /\bimport\s*\{([^}]*)\}\s*from\s*"shared:([^"]+)";/g;
const EXPORTS = /export\s*\{([^}]*)\};\s*$/;

/**
 * A module's declarations, each with what stands before the next, by their names; "" is its head.
 *
 * @param {string} source as we write them: every declaration begins a line
 */
function declarationsOf(source) {
  const [head = '', ...chunks] = `\n${source}`.split(CHUNKS);
  const named = chunks.map((chunk) => /** @type {const} */ ([DECLARATION.exec(chunk)?.[1] ?? '', chunk]));
  return new Map([/** @type {const} */ (['', head]), ...named]);
}

/**
 * What a script has of each module, from what esbuild writes when it bundles without minifying: a
 * comment names the module, and a name that another module has, too, ends with a number.
 *
 * @param {string} bundle
 * @param {Read} read
 * @returns {Held}
 */
export function heldBy(bundle, read) {
  const modules = bundle.split(/^\/\/ (?=src\/.*\.js$)/m).slice(1);
  return new Map(
    modules.map((text) => {
      const [path = '', ...lines] = text.split('\n');
      const declared = declarationsOf(read(path));
      const names = lines.flatMap((line) => {
        const name = /^(?:async )?(?:function\*?|class|const|let|var) (\w+)/.exec(line)?.[1];
        return name ? [declared.has(name) ? name : name.replace(/\d+$/, '')] : [];
      });
      return [path, new Set(names.filter((name) => declared.has(name)))];
    }),
  );
}

/**
 * Return the module without what a script has, which it imports from there. What changes a variable
 * of the script stays with it; a number or a text is written anew, which is shorter.
 *
 * @param {string} path
 * @param {string} source
 * @param {Set<string>} held
 */
export function remainder(path, source, held) {
  const declarations = [...declarationsOf(source)];
  const changing = declarations.filter(([name, text]) => held.has(name) && CHANGING.test(text));
  const words = new RegExp(`\\b(${changing.map(([name]) => name).join('|') || '(?!)'})\\b`);
  const isGiven = (/** @type {readonly [string, string]} */ [name, text]) =>
    name && !LITERAL.test(text) && (held.has(name) || words.test(text));
  const given = declarations.filter(isGiven);
  const kept = declarations.filter((declaration) => !isGiven(declaration));
  const exported = given.filter(([, text]) => text.startsWith('export ')).map(([name]) => name);
  return [
    `import { ${given.map(([name]) => name)} } from 'shared:${path}';`,
    `export { ${exported} };`,
    ...kept.map(([, text]) => text),
  ].join('\n');
}

/**
 * Leave out of a bundle what a script has.
 *
 * @param {string} root
 * @param {Held} held
 * @param {Read} read
 * @returns {Plugin}
 */
export function leftOut(root, held, read) {
  return {
    name: 'left-out',
    setup({ onLoad, onResolve }) {
      onLoad({ filter: /\.js$/, namespace: 'file' }, ({ path }) => {
        const module = relative(root, path);
        const names = held.get(module);
        return names && { contents: remainder(module, read(module), names) };
      });
      onResolve({ filter: /^shared:/ }, ({ path }) => ({ path, external: true }));
    },
  };
}

/**
 * Return a bundled module as a function of what is shared, and note what it needs of that.
 *
 * @param {string} code as esbuild writes a module
 * @param {Shared} shared
 */
export function asFunction(code, shared) {
  /** @type {string[]} */
  const needed = [];
  const rest = code.replace(IMPORTS, '');
  const used = new Set(rest.match(/(?<![\w$]|(?<!\.\.)\.)[\w$]+/g)); // what follows "." is none, but "..."
  for (const [, names = '', module] of code.matchAll(IMPORTS)) {
    for (const [name, own = ''] of names.split(',').filter((pair) => pair.trim()).map(renamed)) {
      const key = `${module} ${name}`;
      if (used.has(own)) needed[shared.get(key) ?? shared.set(key, shared.size).size - 1] = own;
    }
  }
  const [exported, list = ''] = EXPORTS.exec(rest) ?? [''];
  const returned = list.split(',').map(renamed).map(([own, name]) => `${name}:${own}`);
  const body = rest.slice(0, rest.length - exported.length);
  if (/\bshared:src/.test(body) || !exported) throw new Error('a part is not as esbuild writes it');
  return `([${needed}])=>{${body}return{${returned}}}`;
}

/** `a as b` is a, called b. @param {string} pair */
function renamed(pair) {
  const [name = '', own = name] = pair.trim().split(' as ');
  return [name, own];
}

/**
 * The script's own half: `SHARED` in it returns all that its parts need, asked when it has run.
 *
 * @param {string} root
 * @param {Shared} shared
 * @param {Read} read
 * @returns {import('esbuild').BuildOptions}
 */
export function handingOver(root, shared, read) {
  /** @type {Map<string, string[]>} */
  const names = new Map();
  const lines = [...shared].map(([key, place]) => {
    const [module = '', name = ''] = key.split(' ');
    names.set(module, [...(names.get(module) ?? []), name]);
    return `import { ${name} as $${place} } from './${module}';`;
  });
  const list = [...shared.values()].map((place) => `$${place}`);
  const contents = `${lines.join('\n')}\nexport const SHARED = () => [${list}];`;
  const plugin = /** @type {Plugin} */ ({
    name: 'handing-over',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^shared$/ }, () => ({ path: 'shared', namespace: 'shared' }));
      onLoad({ filter: /./, namespace: 'shared' }, () => ({ contents, resolveDir: root }));
      onLoad({ filter: /\.js$/, namespace: 'file' }, ({ path }) => {
        const module = relative(root, path);
        const needed = names.get(module);
        return needed && { contents: exporting(read(module), needed) };
      });
    },
  });
  return { inject: ['shared'], plugins: [plugin] };
}

/**
 * A module that exports these names, too. What changes later cannot be handed over.
 *
 * @param {string} source
 * @param {string[]} names
 */
export function exporting(source, names) {
  const declarations = declarationsOf(source);
  const texts = names.map((name) => /** @type {const} */ ([name, declarations.get(name) ?? '']));
  const changing = texts.find(([, text]) => CHANGING.test(text));
  if (changing) throw new Error(`a part would get a copy of ${changing[0]}, which changes`);
  const inner = texts.filter(([, text]) => !text.startsWith('export ')).map(([name]) => name);
  return `${source}\nexport { ${inner} };`;
}
