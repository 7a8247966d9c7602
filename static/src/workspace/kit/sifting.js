/** Which rows of a table are shown, and in which order: sorted, filtered by column, searched. */

/** @typedef {import('./contract.js').Column} Column */
/** @typedef {import('./contract.js').FailedRow} FailedRow */
/** @typedef {import('./contract.js').Row} Row */
/** @typedef {import('./contract.js').Type} Type */
/** @typedef {import('./contract.js').Value} Value */
/** @typedef {import('./contract.js').Words} Words */

/** One line of the table. @typedef {Row | FailedRow} Line */

/** @typedef {{search: string, filters: {[column: string]: string}, by: string, falling: boolean, failed: boolean}} Asked */

/** The column that every table has: when a record came. No field is called so. */
export const WHEN = '@when';

/** Newest first, all of it. @type {Asked} */
export const EVERYTHING = { search: '', filters: {}, by: WHEN, falling: true, failed: false };

const NUMBERS = ['number', 'rating'];

/** @param {Line} line @returns {line is FailedRow} */
export const isFailed = (line) => 'error' in line;

/** The value of a field; undefined where the record has none. @param {Row} row @param {string} name @returns {Value | undefined} */
export const valueOf = (row, name) => (Object.hasOwn(row.values, name) ? row.values[name] : undefined);

/** A form's words in a language, else in the first that it has. @param {Words} words @param {string} language */
export function wordsIn(words, language) {
  if (typeof words === 'string') return words;
  return (Object.hasOwn(words, language) && words[language]) || (Object.values(words)[0] ?? '');
}

/**
 * The columns of a type: those of its manifest, then what records of other versions have besides, as it is called there.
 *
 * @param {Type} type
 * @param {Iterable<string>} names
 * @returns {Column[]}
 */
export function columnsOf({ columns }, names) {
  const known = new Set(columns.map(({ name }) => name));
  const more = [...names].filter((name) => !known.has(name));
  return [...columns, ...more.map((name) => ({ name, kind: '', label: name, options: [] }))];
}

/**
 * Says values as people read them.
 *
 * @param {{language: string, yes: string, no: string}} speech
 * @returns {(value: Value | undefined, column: Column) => string}
 */
export function sayer({ language, yes, no }) {
  const list = new Intl.ListFormat(language, { type: 'unit', style: 'short' });
  /** @param {string} value @param {Column} column */
  const chosen = (value, { options }) => {
    const option = options.find((one) => one.value === value);
    return option ? wordsIn(option.label, language) || value : value;
  };
  return (value, column) => {
    if (value === undefined || value === null) return '';
    if (Array.isArray(value)) return list.format(value.map((one) => chosen(one, column)));
    if (typeof value === 'boolean') return value ? yes : no;
    return chosen(String(value), column);
  };
}

/** Without differences that people do not type. @param {string} text */
export const bare = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** Finds rows again and again, in a time that does not depend on how they are written. */
export class Sieve {
  #columns;
  #say;
  #collator;
  /** @type {WeakMap<Line, string>} */
  #texts = new WeakMap();

  /** @param {Column[]} columns @param {ReturnType<typeof sayer>} say @param {string} language */
  constructor(columns, say, language) {
    this.#columns = columns;
    this.#say = say;
    this.#collator = new Intl.Collator(language, { numeric: true });
  }

  /** What is searched of a line. @param {Line} line */
  #text(line) {
    const known = this.#texts.get(line);
    if (known !== undefined) return known;
    const values = isFailed(line) ? [line.error.message] : this.#columns.map((column) => this.#say(valueOf(line, column.name), column));
    const text = bare([line.id, ...values].join('\n'));
    this.#texts.set(line, text);
    return text;
  }

  /**
   * The lines that are asked for, in their order: what failed is last, however it is sorted.
   *
   * @param {readonly Row[]} rows
   * @param {readonly FailedRow[]} failed
   * @param {Asked} asked
   * @returns {Line[]}
   */
  sift(rows, failed, { search, filters, by, falling, failed: failedOnly }) {
    const words = bare(search).split(/\s+/).filter(Boolean);
    const holds = (/** @type {Line} */ line) => words.every((word) => this.#text(line).includes(word));
    const tests = Object.entries(filters).flatMap(([name, typed]) => {
      const column = this.#columns.find((one) => one.name === name);
      const part = bare(typed.trim());
      if (!part) return [];
      return [(/** @type {Row} */ row) => {
        const text = name === WHEN || !column ? row.when : this.#say(valueOf(row, name), column);
        return bare(text).includes(part);
      }];
    });
    const fits = (/** @type {Row} */ row) => tests.every((test) => test(row)) && (!words.length || holds(row));
    const good = failedOnly ? [] : tests.length || words.length ? rows.filter(fits) : [...rows];
    const bad = tests.length ? [] : words.length ? failed.filter(holds) : failed;
    return [...this.#sorted(good, by, falling), ...bad];
  }

  /** @param {Row[]} rows @param {string} by @param {boolean} falling */
  #sorted(rows, by, falling) {
    const sign = falling ? -1 : 1;
    const column = this.#columns.find(({ name }) => name === by);
    if (by === WHEN || !column) return rows.sort((a, b) => (a.when === b.when ? 0 : a.when < b.when ? -sign : sign));
    if (NUMBERS.includes(column.kind)) {
      const number = (/** @type {Row} */ row) => Number.parseFloat(String(valueOf(row, by)));
      return ordered(rows, number, (a, b) => sign * (a - b), Number.isNaN);
    }
    const text = (/** @type {Row} */ row) => this.#say(valueOf(row, by), column);
    return ordered(rows, text, (a, b) => sign * this.#collator.compare(a, b), (key) => !key);
  }
}

/**
 * Rows by a key of each, those that have none at the end.
 *
 * @template K
 * @param {Row[]} rows
 * @param {(row: Row) => K} keyOf
 * @param {(a: K, b: K) => number} compare
 * @param {(key: K) => boolean} isNone
 */
function ordered(rows, keyOf, compare, isNone) {
  const keyed = rows.map((row) => ({ row, key: keyOf(row) }));
  const good = keyed.filter(({ key }) => !isNone(key)).sort((a, b) => compare(a.key, b.key));
  return [...good, ...keyed.filter(({ key }) => isNone(key))].map(({ row }) => row);
}
