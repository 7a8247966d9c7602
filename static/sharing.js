/**
 * Parts of a script that use the modules which the script has, instead of copies of their own.
 *
 * A part is built with those modules left out. What it imports from them is handed to it when
 * it has loaded, by the script that asked for it: see static/src/form/kit/parts.js.
 */

import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** @typedef {import('esbuild').Plugin} Plugin */

/** @typedef {Map<string, string>} Shared `module name` to the short name it is handed over by */

const EXPORTED = /^export (?:async )?(?:function|class|const|let) (\w+)/gm;
const IMPORTS = /\bimport\{([^}]*)\}from"shared:([^"]+)";/g;
const EXPORTS = /export\{([^}]*)\};\s*$/;

/**
 * Leave these modules out of a bundle, but for the names that are imported from them.
 *
 * @param {string} root
 * @param {Set<string>} modules paths below it
 * @returns {Plugin}
 */
export function leftOut(root, modules) {
  const names = (/** @type {string} */ path) =>
    [...readFileSync(root + path, 'utf8').matchAll(EXPORTED)].map(([, name]) => name).join();
  return {
    name: 'left-out',
    setup({ onLoad, onResolve }) {
      onLoad({ filter: /\.js$/, namespace: 'file' }, ({ path }) => {
        const module = relative(root, path);
        if (!modules.has(module)) return undefined;
        return { contents: `export { ${names(module)} } from 'shared:${module}';` };
      });
      onResolve({ filter: /^shared:/ }, ({ path }) => ({ path, external: true }));
    },
  };
}

/**
 * Return a bundled module as a function of what is shared, and note what it needs of that.
 *
 * @param {string} code minified, as a module
 * @param {Shared} shared
 */
export function asFunction(code, shared) {
  /** @type {string[]} */
  const needed = [];
  const used = new Set(code.replace(IMPORTS, '').match(/(?<![\w$]|(?<!\.\.)\.)[\w$]+/g));
  const rest = code.replace(IMPORTS, (_, names, module) => {
    for (const [name, own] of names.split(',').map(renamed)) {
      if (!used.has(own)) continue;
      const key = `${module} ${name}`;
      if (!shared.has(key)) shared.set(key, `$${shared.size.toString(36)}`);
      needed.push(`${shared.get(key)}:${own}`);
    }
    return '';
  });
  const [exported, list = ''] = EXPORTS.exec(rest) ?? [''];
  const returned = list.split(',').map(renamed).map(([own, name]) => `${name}:${own}`);
  const body = rest.slice(0, rest.length - exported.length);
  if (/\bshared:src/.test(body) || !exported) throw new Error('a part is not as esbuild writes it');
  return `({${needed}})=>{${body}return{${returned}}}`;
}

/** `a as b` is a, called b. @param {string} pair */
function renamed(pair) {
  const [name = '', own = name] = pair.trim().split(' as ');
  return [name, own];
}

/**
 * The script's own half: `SHARED` in it is all that its parts need.
 *
 * @param {string} root
 * @param {Shared} shared
 * @returns {import('esbuild').BuildOptions}
 */
export function handingOver(root, shared) {
  const lines = [...shared].map(([key, short]) => {
    const [module, name] = key.split(' ');
    return `import { ${name} as ${short} } from './${module}';`;
  });
  const contents = `${lines.join('\n')}\nexport const SHARED = { ${[...shared.values()]} };`;
  const plugin = /** @type {Plugin} */ ({
    name: 'handing-over',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^shared$/ }, () => ({ path: 'shared', namespace: 'shared' }));
      onLoad({ filter: /./, namespace: 'shared' }, () => ({ contents, resolveDir: root }));
    },
  });
  return { inject: ['shared'], plugins: [plugin] };
}
