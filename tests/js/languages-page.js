/** The choice of a language in a page, bundled on the fly by tests/browser/test_languages.py. */

import { chooseLanguage } from '../../static/src/form/kit/languages.js';

/** @typedef {{wanted: string[], offered: string[]}} Asked */

/** @param {Asked[]} cases */
function chosenLanguages(cases) {
  return cases.map(({ wanted, offered }) => Object.values(chooseLanguage(wanted, offered)));
}

Object.assign(globalThis, { chosenLanguages });
