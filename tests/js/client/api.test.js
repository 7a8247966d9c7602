/** HTTP: typed errors, careful retries, https for everything that leaves the machine, bounds. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { Api, MOST_STALE, News } from '../../../static/src/client/api.js';
import { Endpoint, LIST_RECORDS, QUERY_RECORDS, SMALL } from '../../../static/src/client/endpoints.js';
import {
  ApiRefused,
  ApiUnavailable,
  NotSealform,
  UsageError,
  VerificationError,
} from '../../../static/src/client/errors.js';
import { an, any } from '../../../static/src/client/served_shapes.js';
import { utf8 } from '../../../static/src/envelope/encoding.js';
import { SERVER, Script, answered, ok, refusal, streamed } from './scripts.js';

/** @param {...string} members */
const asked = (...members) =>
  new Endpoint({
    method: 'GET',
    path: '/me',
    answer: an(Object.fromEntries(members.map((name) => [name, any]))),
  });
const POSTED = { method: /** @type {const} */ ('POST'), path: '/x', answer: an({}) };

/** @param {Script} script @param {Endpoint<any>} [endpoint] */
const called = (script, endpoint = asked()) => script.api.call(endpoint);

/** The pages of a list in which every item is new. @param {Script} script @param {boolean} [isNew] */
async function listed(script, isNew = true) {
  const news = new News();
  const pages = [];
  for await (const items of script.api.pages(LIST_RECORDS, news, { type: 'contact' })) {
    if (isNew) news.count += items.length;
    pages.push(items);
  }
  return pages;
}

/** @param {unknown[]} items @param {string} next */
const page = (items, next) => ok({ items, next, more: next !== '' });

/** @param {any} kind @param {{[name: string]: unknown}} about */
const of = (kind, about) => (/** @type {any} */ error) => {
  assert.ok(error instanceof kind, String(error));
  for (const [name, wanted] of Object.entries(about)) {
    if (wanted instanceof RegExp) assert.match(error[name], wanted);
    else assert.equal(error[name], wanted);
  }
  return true;
};

test('it calls below /api/v1 with basic authentication, without cookies, referrer or cache', async () => {
  const script = new Script(ok({ a: 1 }));
  assert.deepEqual(await script.api.call(asked('a'), { params: { type: 'x', after: '' } }), { a: 1 });
  const [request] = script.requests;
  assert.equal(request?.url.href, `${SERVER}/api/v1/me?type=x`);
  assert.equal(request?.headers.get('authorization'), `Basic ${btoa('an-id:a secret')}`);
  const { credentials, referrerPolicy, cache, redirect } = request?.init ?? {};
  assert.deepEqual([credentials, referrerPolicy, cache], ['omit', 'no-referrer', 'no-store']);
  assert.notEqual(redirect ?? 'follow', 'follow');
});

test('nobody is told who asks where that is no matter', async () => {
  const script = new Script(ok({}));
  await called(script, new Endpoint({ ...POSTED, public: true }));
  assert.equal(script.requests[0]?.headers.get('authorization'), null);
});

test('ids stand in the path and lead nowhere else', async () => {
  const script = new Script(ok({}));
  await script.api.call(new Endpoint({ ...POSTED, path: '/a/{}/b/{}' }), { ids: ['x', '../y?z'] });
  assert.equal(script.requests[0]?.url.pathname, '/api/v1/a/x/b/..%2Fy%3Fz');
});

test('the address may be given as people write it', () => {
  for (const url of ['https://a.example', ' https://a.example/', 'https://a.example/api/v1/']) {
    assert.equal(new Api({ url }).url, 'https://a.example');
  }
});

test('plain http is refused beyond this machine', () => {
  for (const url of ['http://forms.example.org', 'http://10.0.0.1:8000', 'http://127.evil.example']) {
    assert.throws(() => new Api({ url }), of(UsageError, { message: /not https/ }));
    assert.ok(new Api({ url, allowHttp: true }));
  }
  for (const url of ['http://localhost:8000', 'http://127.0.0.1', 'http://[::1]:80', 'http://a.localhost']) {
    assert.ok(new Api({ url }));
  }
});

test('what is no address is refused, and a password in one is not shown', () => {
  const wrong = ['', 'forms.example.org', 'ftp://a', 'https://', 'https://a:x', 'https:a', 'https://a?b', 'https://a#'];
  for (const url of wrong) assert.throws(() => new Api({ url }), of(UsageError, { message: /API URL/ }), url);
  assert.throws(
    () => new Api({ url: 'https://me:canary@a.example' }),
    (/** @type {Error} */ error) => error instanceof UsageError && !error.message.includes('canary'),
  );
});

test('an error of the catalogue is typed, and its words are quoted', async () => {
  const about = { code: 'some_code', status: 403, message: 'the server says: "it failed"', hint: /"do this"/ };
  await assert.rejects(called(new Script(refusal(403))), of(ApiRefused, about));
});

test('who does not answer as the API is another server', async () => {
  const moved = answered(302, null, { location: 'https://elsewhere.example' });
  const login = answered(200, '<h1>', { 'content-type': 'text/html' });
  const odd = answered(403, '{"error":{"code":"Not one","message":"m","hint":"h"}}');
  for (const answer of [moved, login, odd, answered(404, '[]'), answered(404, '{"error":null}')]) {
    await assert.rejects(called(new Script(answer)), of(NotSealform, { hint: /API URL/ }));
  }
});

test('a broken server is away', async () => {
  for (const answer of [answered(500, '<h1>'), refusal(500), refusal(507)]) {
    const about = { message: RegExp(`answered ${answer.status}`), code: 'unavailable' };
    await assert.rejects(called(new Script(answer)), of(ApiUnavailable, about));
  }
});

test('what is repeated is asked again, a few times and later each time', async () => {
  const script = new Script(new TypeError('gone'), answered(502, ''), answered(503, ''), ok({}));
  assert.deepEqual(await called(script), {});
  const [first = 0, second = 0, third = 0] = script.waits;
  assert.ok(first >= 0.25 && first <= 0.5 && second >= 0.5 && third >= 1 && third <= 2, String(script.waits));
  const gone = Array.from({ length: 9 }, () => new TypeError('gone\u202e'));
  const always = new Script(...gone);
  await assert.rejects(called(always), of(ApiUnavailable, { message: /does not answer: gone\\u\{202e\}$/ }));
  assert.equal(always.requests.length, 4);
});

test('what must not come twice is sent once', async () => {
  const once = new Endpoint({ ...POSTED, idempotent: false });
  for (const answer of [new TypeError('gone'), answered(502, '')]) {
    const script = new Script(answer, ok({}));
    await assert.rejects(called(script, once), ApiUnavailable);
    assert.equal(script.requests.length, 1);
  }
});

test('a busy server says when to come again, within bounds', async () => {
  const date = { date: 'Sun, 06 Nov 1994 08:49:37 GMT', 'retry-after': 'Sun, 06 Nov 1994 08:49:47 GMT' };
  const script = new Script(
    refusal(429, { 'retry-after': '7' }),
    refusal(503, { 'retry-after': '0' }),
    refusal(503, date),
    ok({}),
  );
  await called(script);
  assert.deepEqual(script.waits, [7, 0.5, 10]);
  await assert.rejects(called(new Script(refusal(429, { 'retry-after': '61' }))), ApiUnavailable);
  const busy = Array.from({ length: 30 }, () => refusal(429, { 'retry-after': '50' }));
  const long = new Script(...busy);
  await assert.rejects(called(long), of(ApiUnavailable, { message: /429.*it failed/ }));
  assert.deepEqual(long.waits, [50, 50, 50]);
});

test('an answer is canonical JSON of the shape that is expected', async () => {
  for (const body of ['{"a":1}', '{ }', '[]', '{"b":1,"b":1}', '']) {
    const about = { code: 'malformed', message: /the answer of \/me/ };
    await assert.rejects(called(new Script(answered(200, body)), asked('b')), of(VerificationError, about), body);
  }
});

test('no more is read than an honest server sends', async () => {
  let taken = 0;
  const endless = new ReadableStream({
    pull(controller) {
      taken += 1;
      controller.enqueue(new Uint8Array(16 * 1024));
    },
  });
  const about = { code: 'limit', message: /more than 65,536 bytes/ };
  await assert.rejects(called(new Script(answered(200, endless))), of(VerificationError, about));
  assert.ok(taken < 10, String(taken));
  const long = answered(403, 'x'.repeat(SMALL + 1));
  await assert.rejects(called(new Script(long)), of(NotSealform, { message: /403/ }));
});

test('an answer may come in pieces', async () => {
  assert.deepEqual(await called(new Script(streamed(utf8('{"a"'), utf8(':1}'))), asked('a')), { a: 1 });
});

test('an answer of too many values is not parsed', async () => {
  const many = answered(200, `{"a":[${'0,'.repeat(500_001)}0]}`);
  const large = new Endpoint({ method: 'GET', path: '/me', answer: an({ a: any }), most: 16 * 1024 * 1024 });
  await assert.rejects(called(new Script(many), large), of(VerificationError, { message: /500,000 values/ }));
});

test('what never ends is given up, silence first and drops later', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  /** @param {AbortSignal} signal @returns {Promise<Response>} */
  const silent = (signal) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const silence = called(new Script(silent), new Endpoint({ ...POSTED, idempotent: false }));
  t.mock.timers.tick(30_000);
  await assert.rejects(silence, of(ApiUnavailable, { message: /nothing came/ }));

  /** @type {ReadableStreamDefaultController | undefined} */
  let drops;
  const dropping = async (/** @type {AbortSignal} */ signal) => {
    const body = new ReadableStream({ start: (controller) => void (drops = controller) });
    signal.addEventListener('abort', () => drops?.error(signal.reason));
    return answered(200, body);
  };
  const slow = new Endpoint({ ...POSTED, idempotent: false });
  const drop = called(new Script(dropping), slow);
  let ended = '';
  drop.catch((error) => (ended = error.message));
  for (let passed = 0; passed <= slow.seconds && !ended; passed += 10) {
    for (let i = 0; i < 20; i += 1) await Promise.resolve();
    if (!ended) drops?.enqueue(utf8(' '));
    for (let i = 0; i < 20; i += 1) await Promise.resolve();
    t.mock.timers.tick(10_000);
  }
  await assert.rejects(drop, of(ApiUnavailable, { message: /as a whole/ }));
});

test('a list is read page by page', async () => {
  const script = new Script(page([1, 2], 'x'), page([], 'y'), page([3], ''));
  assert.deepEqual(await listed(script), [[1, 2], [], [3]]);
  const queries = script.requests.map(({ url }) => url.search);
  assert.deepEqual(queries, ['', '&after=x', '&after=y'].map((after) => `?type=contact${after}&limit=500`));
  const posted = new Script(page([], ''));
  for await (const items of posted.api.pages(QUERY_RECORDS, new News(), { type: 'x' })) assert.deepEqual(items, []);
  const body = new TextDecoder().decode(/** @type {Uint8Array} */ (posted.requests[0]?.init.body));
  assert.deepEqual(JSON.parse(body), { type: 'x', after: '', limit: 500 });
});

test('a list that never ends is no list', async () => {
  const about = { code: 'malformed', message: /without end/ };
  await assert.rejects(listed(new Script(page([1], 'x'), page([1], 'x'))), of(VerificationError, about));
  const stale = Array.from({ length: MOST_STALE + 2 }, (_, i) => page([1], `n${i}`));
  await assert.rejects(listed(new Script(...stale), false), of(VerificationError, about));
});
