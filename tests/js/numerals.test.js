/** Numbers and telephone numbers as keyboards around the world write them. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { FORMATS } from '../../static/src/envelope/formats.js';
import { decimal, telephone } from '../../static/src/form/filling/inputs.js';

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
  for (const typed of ambiguous) assert.equal(fits('number', decimal(typed)), false, typed);
});

test('signs between thousands are refused', () => {
  const grouped = ['1.000,5', '1,000.5', '1,000,000', '1,5,5', '1.000.000', '1 000', '1\u00a0000,5'];
  grouped.push("1'000", '١٬٠٠٠', '١٬٠٠٠٫٥', '1٫5٫5', '1٫5,5', '1,', ',', '1,-5', '1，5', '1،5', '--5', '−-5');
  for (const typed of grouped) assert.equal(fits('number', decimal(typed)), false, typed);
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

test('other digits, and other words, are left for the rules to refuse', () => {
  for (const typed of ['seven', '१२', '1e3', '+5', '＋５', '²', 'Ⅻ', '十', '']) {
    assert.equal(fits('number', decimal(typed)), false, typed);
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
  for (const typed of ['1,234', 'call me']) assert.equal(telephone(typed), typed);
});
