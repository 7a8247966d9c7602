/** Answers as they are shown and copied: no answer forges another, and nothing in it is unseen. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { copiedText, shownText } from '../../../static/src/workspace/kit/showing.js';

test('what turns text around or is not seen is written out; line ends, tabs and joiners stay', () => {
  assert.equal(shownText('a\u202eb\u200bc\u2028d\x07'), 'a\\u{202e}b\\u{200b}c\\u{2028}d\\x07');
  assert.equal(shownText('one\r\ntwo\tmore'), 'one\ntwo\tmore');
  assert.equal(shownText('می\u200cخواهم Zoë'), 'می\u200cخواهم Zoë');
});

test('an answer of several lines does not look like several answers', () => {
  const fields = [{ label: 'Name', text: 'Eve\nAmount: 1000\r\rSigned: yes\r\nEnd' }, { label: 'Am\nount', text: '\u202e5' }];
  assert.deepEqual(copiedText('today', fields).split('\n'), [
    'today',
    'Name: Eve',
    '    Amount: 1000\\x0d\\x0dSigned: yes',
    '    End',
    'Am',
    '    ount: \\u{202e}5',
  ]);
});
