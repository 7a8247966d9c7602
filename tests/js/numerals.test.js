/** Numbers and telephone numbers as keyboards around the world write them. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { FORMATS } from '../../static/src/envelope/formats.js';
import { typed } from '../../static/src/envelope/typed_answers.js';

/** @param {string} text */
const decimal = (text, language = 'en') => {
  const { value, readings } = typed({ kind: 'number' }, text, language);
  return readings.length > 1 ? 'two readings' : value;
};
/** @param {string} text */
const telephone = (text) => typed({ kind: 'tel' }, text).value;

/** @param {string} kind @param {string} value */
const fits = (kind, value) => FORMATS.get(kind)?.(value);

/** @param {(typed: string) => string} read @param {string} kind @param {{[typed: string]: string}} cases */
function reads(read, kind, cases) {
  for (const [typed, value] of Object.entries(cases)) {
    assert.equal(read(typed), value, typed);
    assert.ok(fits(kind, value), typed);
  }
}

test('a comma that can be nothing else is a decimal point', () => {
  reads(decimal, 'number', { '1,5': '1.5', '-1,50': '-1.50', ',5': '0.5', '1234,5': '1234.5' });
  reads(decimal, 'number', { '0,125': '0.125', '-,125': '-0.125', '1,1250': '1.1250', '07,5': '7.5' });
});

test('what is a thousand to some and one to others is refused', () => {
  const ambiguous = ['1,000', '-12,500', '123,456', '1234,567', '١,٠٠٠', '１,０００'];
  for (const text of ambiguous) assert.equal(fits('number', decimal(text)), false, text);
});

test('signs between thousands are refused', () => {
  const grouped = ['1.000,5', '1,000.5', '1,000,000', '1,5,5', '1.000.000', '1 000', '1\u00a0000,5'];
  grouped.push("1'000", '١٬٠٠٠', '١٬٠٠٠٫٥', '1٫5٫5', '1٫5,5', '1,', ',', '1,-5', '1，5', '1،5', '--5', '−-5');
  for (const text of grouped) assert.equal(fits('number', decimal(text)), false, text);
});

test('the digits of Arabic, Persian and full-width keyboards are digits', () => {
  reads(decimal, 'number', { '٠١٢٣٤٥٦٧٨٩': '123456789', '۰۱۲۳۴۵۶۷۸۹': '123456789' });
  reads(decimal, 'number', { '０１２３４５６７８９': '123456789', '٧٢': '72', '۷۲': '72', '７２': '72' });
  reads(decimal, 'number', { '٣٫٥': '3.5', '۳٫۵': '3.5', '３．５': '3.5', '３,５': '3.5', '١٫٠٠٠': '1.000' });
});

test('a minus is one, however it is written', () => {
  reads(decimal, 'number', { '−1': '-1', '－１': '-1', '−٣٫٥': '-3.5', '-0.5': '-0.5' });
});

test('what was a decimal stays as it was typed', () => {
  reads(decimal, 'number', { 0: '0', '-0': '-0', '1.50': '1.50', '.5': '0.5', '007': '7', '1.000': '1.000' });
});

test('what can mean but one is read: the digits of any script, a plus, the powers of number inputs', () => {
  reads(decimal, 'number', { '१२': '12', '１２': '12', '+5': '5', '＋５': '5', '1e3': '1000', '2.5E-3': '0.0025' });
});

test('a point before three digits is asked about where points part thousands', () => {
  for (const language of ['de', 'de-AT', 'es', 'fr', 'pt-BR', 'ar', '']) {
    assert.equal(decimal('1.000', language), 'two readings', language);
    assert.equal(decimal('1,000', language), 'two readings', language);
    assert.equal(decimal('1.5', language), '1.5', language);
  }
  for (const language of ['en', 'en-GB', 'ja', 'hi']) assert.equal(decimal('1.000', language), '1.000', language);
});

test('other words, are left for the rules to refuse', () => {
  for (const text of ['seven', '²', 'Ⅻ', '十', '', '1e', 'e3', '1e999']) {
    assert.equal(fits('number', decimal(text)), false, text);
  }
});

test('telephone numbers come from the same keyboards', () => {
  reads(telephone, 'tel', {
    '＋８１－９０－１２３４－５６７８': '+81-90-1234-5678',
    '٠٥٠ ١٢٣ ٤٥٦٧': '050 123 4567',
    '+۹۸ ۲۱ ۱۲۳۴': '+98 21 1234',
    '０３．１２３４': '03.1234',
    '+1 (555) 0100': '+1 (555) 0100',
  });
  for (const text of ['1,234', 'call me']) assert.equal(telephone(text), text);
});
