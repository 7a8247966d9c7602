/** Which page the address names, and what a link carried in its fragment: `#/make?token=…`. */

/** @typedef {{name: string, given: {[name: string]: string}}} Route */

export const FIRST = '';
export const MAKE = 'make';
export const INBOX = 'inbox';
export const RECORDS = 'records';
export const RECORD = 'record';

const NAMES = [FIRST, MAKE, INBOX, RECORDS, RECORD];
/** What a link may carry: an enrolment token and the name it is for, and the id of a client whose copy is to be fetched. */
const GIVEN = ['token', 'name', 'client'];
const MOST = 200;

/**
 * Read a fragment; what nobody knows leads to the first page.
 *
 * @param {string} hash
 * @returns {Route}
 */
export function readRoute(hash) {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?', 2);
  const carried = new URLSearchParams(query);
  const given = GIVEN.flatMap((name) => {
    const value = carried.get(name);
    return value && value.length <= MOST ? [[name, value]] : [];
  });
  return { name: NAMES.includes(path) ? path : FIRST, given: Object.fromEntries(given) };
}

/**
 * Read the address and leave nothing in it, nor in the history, but the name of the page: a token there
 * would be shown, kept and synchronised.
 *
 * @returns {Route}
 */
export function takeRoute() {
  const route = readRoute(location.hash);
  const bare = `#/${route.name}`;
  if (location.hash !== bare) history.replaceState(null, '', bare);
  return route;
}

/** @param {string} name */
export function goTo(name) {
  location.hash = `#/${name}`;
}
