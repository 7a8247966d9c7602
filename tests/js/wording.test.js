/** Values inside a sentence are written in its language, and can be typed as they are written. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { typed } from '../../static/src/envelope/typed_answers.js';
import { decimalIn, valueIn, writable } from '../../static/src/form/filling/wording.js';

test('decimals have the sign of the language, and are not parted into thousands', () => {
  assert.equal(decimalIn('1234567.5', 'en'), '1234567.5');
  assert.equal(decimalIn('-1234567.5', 'de'), '-1234567,5');
  assert.equal(decimalIn('0.1234567890123456789012345678901234567', 'fr'), '0,1234567890123456789012345678901234567');
  assert.equal(decimalIn('12.5', 'ar-EG'), '١٢٫٥');
  assert.equal(decimalIn('12.5', ''), '12.5');
});

test('days and times are those of the Gregorian calendar, in no time zone', () => {
  assert.equal(valueIn('date', '2020-01-01', 'de'), '1. Januar 2020');
  assert.equal(valueIn('date', '2020-01-01', 'en'), 'January 1, 2020');
  assert.equal(valueIn('date', '2020-01-01', 'en-GB'), '1 January 2020');
  assert.equal(valueIn('date', '0001-01-01', 'de').endsWith('1'), true);
  for (const language of ['th', 'fa', 'ar-SA', 'ja']) {
    assert.match(valueIn('date', '2020-01-01', language), /2020|۲۰۲۰|٢٠٢٠/, language);
  }
  assert.equal(valueIn('time', '09:30', 'de'), '09:30');
  assert.equal(valueIn('time', '14:30', 'en'), '14:30');
  assert.equal(valueIn('time', '', 'en'), '');
});

test('what a sentence asks to write is then read as it was meant', () => {
  for (const language of ['en', 'de', 'fr', 'es', 'ar', 'ja', 'hi', 'de-CH']) {
    for (const text of ['1,000', '1.000', '1,125', '12.500', '-3,250', '1,234', '1 000', "1'000,5", '1,00,000']) {
      const { readings } = typed({ kind: 'number' }, text, language);
      for (const reading of readings) {
        const again = typed({ kind: 'number' }, writable('number', reading, language), language);
        assert.deepEqual(again.readings, [], `${text} in ${language}`);
        assert.equal(Number(again.value), Number(reading), `${text} in ${language}`);
      }
    }
    const time = valueIn('time', '14:30', language);
    assert.equal(typed({ kind: 'time' }, time, language).value, '14:30', time);
  }
});
