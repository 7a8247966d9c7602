/** Prints what the client in JavaScript knows of each endpoint, for a test in Python that compares. */

import * as endpoints from '../../../static/src/client/endpoints.js';

const table = Object.entries(endpoints).flatMap(([name, one]) => {
  if (!(one instanceof endpoints.Endpoint)) return [];
  const { method, path, most, seconds, public: open, paged, idempotent } = one;
  return [[name, { method, path, most, seconds, public: open, paged, idempotent }]];
});
console.log(JSON.stringify(Object.fromEntries(table)));
