/** Exports: in order and counted to the end, whatever stops them; and nothing that a spreadsheet runs. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { ExportStopped, exportTo, failedLines, fileName, pagesOf } from '../../../static/src/workspace/exporting/exporting.js';
import { ChosenFile, Downloads } from '../../../static/src/workspace/exporting/sinks.js';
import { FakeFile, Kept, coming, counted, page, record } from './exports.js';

/** @import { Export } from '../../../static/src/workspace/exporting/exporting.js' */
/** @import { Part } from '../../../static/src/workspace/exporting/sinks.js' */

/** @type {Export['format'][]} */
const FORMATS = ['csv', 'jsonl'];
const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

/** @param {Promise<unknown>} ending @returns {Promise<ExportStopped>} */
async function stopped(ending) {
  const error = await ending.then(() => undefined, (failure) => failure);
  assert.ok(error instanceof ExportStopped, String(error));
  assert.ok(error.hint);
  return error;
}

for (const format of FORMATS) {
  test(`${format}: read is written and failed, and the file is closed last`, async () => {
    const sink = new Kept();
    const odd = { ...record(2), problems: new Map([['age', 'number']]), stolen: true };
    const rows = coming(page([record(1)], 1), page([], 2), page([odd, record(3)]));
    const found = await exportTo({ format, rows, sink });

    assert.deepEqual({ ...found, failures: found.failures.length }, { read: 6, written: 3, failed: 3, odd: 1, stolen: 1, failures: 3 });
    assert.equal(sink.told[0], 'start');
    assert.equal(sink.told.at(-1), 'close');
    assert.equal(sink.text.trim().split('\n').length, format === 'csv' ? 4 : 3);
  });

  test(`${format}: nothing to export is a whole file`, async () => {
    const sink = new Kept();
    assert.equal((await exportTo({ format, rows: coming(), sink })).read, 0);
    assert.deepEqual(sink.told, ['start', 'close']);
    assert.equal(sink.text, format === 'csv' ? '\ufeffrecord.id,record.writer,record.stored\r\n' : '');
  });

  test(`${format}: a file that takes its time is waited for`, async () => {
    const sink = new Kept(turn);
    let given = 0;
    const rows = (async function* () {
      for (const one of counted(10, 300)) {
        // What was not written yet: of lines a page, of sheets all, which wait sealed.
        if (format === 'jsonl') assert.equal(given, sink.records);
        given += one.read;
        yield one;
      }
    })();
    const found = await exportTo({ format, rows, sink });
    assert.equal(found.written, 3000);
    assert.equal(sink.most, 1);
    const numbers = [...sink.text.matchAll(/Visitor (\d+)/g)].map(([, number]) => Number(number));
    assert.deepEqual(numbers, Array.from({ length: 3000 }, (_, i) => i));
  });

  test(`${format}: a disk that is full in the middle leaves nothing that looks whole`, async () => {
    const full = new DOMException('', 'QuotaExceededError');
    const sink = new Kept((told, records) => {
      if (told === 'write' && records > 1000) throw full;
    });
    const error = await stopped(exportTo({ format, rows: coming(...counted(4, 1500)), sink }));
    assert.equal(error.code, 'file');
    assert.equal(error.cause, full);
    assert.equal(error.counts.written, 0);
    assert.deepEqual(sink.told.slice(-2), ['write', 'abort']);
  });

  test(`${format}: a file that cannot be closed is not done`, async () => {
    const sink = new Kept((told) => {
      if (told === 'close') throw new Error('gone');
    });
    const error = await stopped(exportTo({ format, rows: coming(page([record(1)])), sink }));
    assert.equal(error.code, 'file');
    assert.deepEqual(error.counts, { read: 1, written: 0, failed: 0, odd: 0, stolen: 0 });
    assert.equal(sink.told.at(-1), 'abort');
  });

  test(`${format}: a network that is lost keeps the counts, and another try is another file`, async () => {
    const sink = new Kept();
    const lost = new Error('away');
    const rows = (async function* () {
      yield page([record(1)], 1);
      throw lost;
    })();
    const error = await stopped(exportTo({ format, rows, sink }));
    assert.equal(error.code, 'rows');
    assert.equal(error.cause, lost);
    assert.deepEqual([error.counts.read, error.counts.written, error.counts.failed], [2, 0, 1]);
    assert.equal(error.failures.length, 1);
    assert.equal(sink.told.at(-1), 'abort');

    const again = new Kept();
    assert.equal((await exportTo({ format, rows: coming(page([record(1), record(2)])), sink: again })).written, 2);
    assert.equal(again.told[0], 'start');
    assert.ok(!again.text.includes('undefined'));
  });

  test(`${format}: cancelled at once, even where nothing ever comes`, async () => {
    const sink = new Kept();
    let returned = false;
    const never = {
      next: () => new Promise(() => {}),
      return: async () => ({ done: /** @type {const} */ (true), value: void (returned = true) }),
    };
    const control = new AbortController();
    const rows = /** @type {any} */ ({ [Symbol.asyncIterator]: () => never });
    const ending = stopped(exportTo({ format, rows, sink, signal: control.signal }));
    await turn();
    control.abort();
    assert.equal((await ending).code, 'cancelled');
    assert.ok(returned);
    assert.deepEqual(sink.told, ['abort']);
    assert.equal((await stopped(exportTo({ format, rows, sink, signal: control.signal }))).code, 'cancelled');
  });

  test(`${format}: cancelled in the middle of the writing`, async () => {
    const control = new AbortController();
    const sink = new Kept((_, records) => records > 500 && control.abort());
    const rows = coming(...counted(4, 1500));
    const error = await stopped(exportTo({ format, rows, sink, signal: control.signal }));
    assert.equal(error.code, 'cancelled');
    assert.equal(sink.told.at(-1), 'abort');
    assert.ok(!sink.told.includes('close'));
  });

  test(`${format}: a page or a file that miscounts is told of`, async () => {
    const short = { ...page([record(1)]), read: 2 };
    assert.equal((await stopped(exportTo({ format, rows: coming(short), sink: new Kept() }))).code, 'count');
    const [more, less] = [{ ...page([record(1)]), read: 2 }, { ...page([record(2)]), read: 0 }];
    assert.equal((await stopped(exportTo({ format, rows: coming(more, less), sink: new Kept() }))).code, 'count');
    const lossy = new Kept();
    lossy.close = async () => 1;
    assert.equal((await stopped(exportTo({ format, rows: coming(page([record(1), record(2)])), sink: lossy }))).code, 'count');
    assert.equal(lossy.told.at(-1), 'abort');
  });
}

test('whoever waits for the page is answered while it exports what it has', async () => {
  let answers = 0;
  const asking = setInterval(() => void (answers += 1), 1);
  await exportTo({ format: 'jsonl', rows: coming(...counted(40, 200)), sink: new Kept() });
  clearInterval(asking);
  assert.ok(answers > 0);
});

test('progress tells what is read, and then what is written', async () => {
  /** @type {number[][]} */
  const seen = [];
  const progress = (/** @type {{read: number, written: number}} */ { read, written }) => void seen.push([read, written]);
  await exportTo({ format: 'csv', rows: coming(...counted(2, 2)), sink: new Kept(), progress });
  assert.deepEqual(seen, [[2, 0], [4, 0], [4, 2], [4, 4]]);
});

test('columns that are not wanted are in no format', async () => {
  const one = { ...record(1, { fullname: 'Ann', age: 'x', zip: '9' }), meta: new Map([['state', 'open'], ['city', 'Reno']]) };
  one.problems.set('age', 'number');
  const columns = ['zip', 'fullname', 'meta.city'];
  const csv = new Kept();
  await exportTo({ format: 'csv', columns, rows: coming(page([one])), sink: csv });
  assert.match(csv.text, /stored,fullname,zip,meta\.city\r\n.*,Ann,9,Reno\r\n$/);
  const jsonl = new Kept();
  await exportTo({ format: 'jsonl', columns, rows: coming(page([one])), sink: jsonl });
  const { data, meta, problems } = JSON.parse(jsonl.text);
  assert.deepEqual({ data, meta, problems }, { data: { fullname: 'Ann', zip: '9' }, meta: { city: 'Reno' }, problems: {} });
});

test('hostile values stay what they are, and become nothing else', async () => {
  const values = {
    formula: '=HYPERLINK("http://x")', next: 'x;=1', quotes: '"",";\'', lines: 'a\r\nb\nc\rd', controls: '\0\x07\x1b[2J\x9b',
    bidi: '\u202eabc\u2069', lone: 'a\ud800b\udc00', long: '🌻=,"'.repeat(200_000),
  };
  const csv = new Kept();
  await exportTo({ format: 'csv', rows: coming(page([record(1, values)])), sink: csv });
  assert.ok(!/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e\u2069]/.test(csv.text));
  assert.match(csv.text, /'=HYPERLINK/);
  assert.match(csv.text, /x;'=1/);
  assert.match(csv.text, /a\\u\{d800\}b\\u\{dc00\}/);
  assert.match(csv.text, /long,long \(2\),/);
  const cells = csv.text.split('\r\n')[1] ?? '';
  assert.equal((cells.match(/🌻/gu) ?? []).length, 200_000);
  assert.ok(!csv.text.includes('\ufffd'));

  const jsonl = new Kept();
  await exportTo({ format: 'jsonl', rows: coming(page([record(1, values)])), sink: jsonl });
  assert.equal(jsonl.text.trimEnd().split('\n').length, 1);
  assert.deepEqual(JSON.parse(jsonl.text).data, values);
});

test('a chosen file is whole when it is closed, and as long as what was written', async () => {
  const file = new FakeFile();
  const found = await exportTo({ format: 'jsonl', rows: coming(...counted(3, 2)), sink: new ChosenFile(file.handle) });
  assert.equal(found.written, 6);
  assert.equal(Buffer.from(file.disk ?? []).toString().trim().split('\n').length, 6);

  const lossy = new FakeFile({ lose: 3 });
  const error = await stopped(exportTo({ format: 'jsonl', rows: coming(...counted(3, 2)), sink: new ChosenFile(lossy.handle) }));
  assert.equal(error.code, 'file');
  assert.equal(lossy.disk, undefined);
});

test('a chosen file is not touched before its end, and an empty one is removed', async () => {
  const file = new FakeFile();
  const control = new AbortController();
  const progress = ({ written = 0 }) => written && control.abort();
  const sink = new ChosenFile(file.handle);
  await stopped(exportTo({ format: 'jsonl', rows: coming(...counted(3, 2)), sink, progress, signal: control.signal }));
  assert.equal(file.aborted, true);
  assert.equal(file.disk, undefined);

  const old = new FakeFile(); // a browser that lets what was there stay until the file is closed
  old.disk = Uint8Array.of(1);
  await new ChosenFile(old.handle).abort();
  assert.deepEqual(old.disk, Uint8Array.of(1));
});

/** @param {Part[]} parts @param {number} [most] */
function downloads(parts, most) {
  const hand = async (/** @type {Part} */ part) => void parts.push(part);
  return new Downloads({ name: 'accounts', ending: 'csv', hand, ...(most && { most }) });
}

test('what fits into one download is one', async () => {
  /** @type {Part[]} */
  const parts = [];
  await exportTo({ format: 'csv', rows: coming(...counted(3, 2)), sink: downloads(parts) });
  assert.deepEqual(parts.map(({ name, isLast }) => [name, isLast]), [['accounts.csv', true]]);
});

test('more is several, each a file of whole records, and the last says how many they are', async () => {
  /** @type {Part[]} */
  const parts = [];
  const most = 300_000;
  const found = await exportTo({ format: 'csv', rows: coming(...counted(5, 1500)), sink: downloads(parts, most) });
  assert.equal(found.written, 7_500);
  const names = parts.map(({ name }) => name);
  assert.ok(names.length > 2);
  assert.deepEqual(names.slice(0, 2), ['accounts.part-1.csv', 'accounts.part-2.csv']);
  assert.equal(names.at(-1), `accounts.part-${names.length}-of-${names.length}.csv`);
  const texts = parts.map(({ bytes }) => Buffer.concat(bytes).toString());
  for (const text of texts) {
    assert.ok(text.length <= most);
    assert.ok(text.startsWith('\ufeffrecord.id,record.writer,record.stored,fullname\r\n') && text.endsWith('\r\n'));
  }
  const found2 = texts.flatMap((text) => [...text.matchAll(/Visitor (\d+)/g)].map(([, number]) => Number(number)));
  assert.deepEqual(found2, Array.from({ length: 7_500 }, (_, i) => i));
});

test('lines in several downloads are the file, one after the other', async () => {
  /** @type {Part[]} */
  const parts = [];
  const whole = new Kept();
  await exportTo({ format: 'jsonl', rows: coming(...counted(5, 1500)), sink: whole });
  await exportTo({ format: 'jsonl', rows: coming(...counted(5, 1500)), sink: downloads(parts, 700_000) });
  assert.ok(parts.length > 2);
  assert.equal(Buffer.concat(parts.flatMap(({ bytes }) => bytes)).toString(), whole.text);
});

test('an export that stops between downloads says how many records they hold, and none of them is the last', async () => {
  /** @type {Part[]} */
  const parts = [];
  const control = new AbortController();
  const hand = async (/** @type {Part} */ part) => {
    parts.push(part);
    if (part.number === 2) control.abort();
  };
  const sink = new Downloads({ name: 'accounts', ending: 'jsonl', most: 500_000, hand });
  const error = await stopped(exportTo({ format: 'jsonl', rows: coming(...counted(5, 1500)), sink, signal: control.signal }));
  const lines = Buffer.concat(parts.flatMap(({ bytes }) => bytes)).toString().trim().split('\n');
  assert.equal(error.counts.written, lines.length);
  assert.ok(error.counts.written < error.counts.read);
  assert.equal(parts.some(({ isLast }) => isLast), false);
});

test('what failed is told in lines that nothing in them breaks', () => {
  const [failed] = page([], 1).failed;
  assert.ok(failed);
  assert.equal(failedLines([failed], 3), 'refused record 0 is\\u{202e} bad\nand 2 more\n');
});

test('what the page has of a record is written as what the client has', async () => {
  const one = { ...record(1, { fullname: 'Ann', tags: ['a', 'b'] }), problems: new Map([['age', 'number']]), meta: new Map([['state', 'open']]) };
  const { id, writer, type, rev, stored: when, stolen } = one;
  const shown = {
    ...{ id, when, rev, stolen, values: Object.fromEntries(one.data) },
    ...{ marks: Object.fromEntries(one.problems), meta: Object.fromEntries(one.meta) },
  };
  for (const format of FORMATS) {
    const [first, other] = [new Kept(), new Kept()];
    await exportTo({ format, rows: coming(page([one])), sink: first });
    const { failed } = page([], 2);
    const rows = pagesOf({ writer, type, source: 'signup' }, { opened: [shown], failed });
    const { read, failed: refused, odd } = await exportTo({ format, rows, sink: other });
    assert.deepEqual({ read, refused, odd }, { read: 3, refused: 2, odd: 1 });
    assert.equal(other.text, first.text);
    const many = new Kept();
    const opened = Array.from({ length: 450 }, () => shown);
    assert.equal((await exportTo({ format, rows: pagesOf({ writer, type, source: '' }, { opened, failed: [] }), sink: many })).written, 450);
  }
});

test('a file is called after its title', () => {
  assert.equal(fileName('Sign-up: new accounts'), 'sign-up-new-accounts');
  assert.equal(fileName('../../Übung\u202e'), 'übung');
  assert.equal(fileName('申込み'), '申込み');
  assert.equal(fileName('///'), 'records');
});
