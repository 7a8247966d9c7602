/** What the page says of a failure: a server's codes choose few words of ours, and hide nothing. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { ActError, isSilent } from '../../../static/src/workspace/kit/calls.js';
import { ENGLISH, explained, reasonOf } from '../../../static/src/workspace/kit/texts.js';

const { t } = ENGLISH;
/** @param {string} name @param {string} code */
const error = (name, code) => new ActError({ name, code, message: 'the server says: "no"', hint: 'ask' });
const QUOTED = { text: '', told: ['The server says: "no".', 'Ask.'] };

test('what a client found is said in words of ours', () => {
  assert.equal(explained(t, error('OpenError', 'passphrase')).text, t('failed.passphrase'));
  assert.equal(explained(t, error('ApiUnavailable', 'unavailable')).text, t('failed.ApiUnavailable'));
  assert.equal(reasonOf(t, error('VerificationError', 'open')), t('cannot.open'));
});

test('of what a server named, a short list is; all else is quoted', () => {
  for (const code of ['fetch_refused', 'token_refused', 'token_expired', 'token_used', 'token_name', 'throttled']) {
    assert.equal(explained(t, error('ApiRefused', code)).text, t(`failed.${code}`));
    assert.notEqual(t(`failed.${code}`), '');
  }
  for (const code of ['passphrase', 'recovery', 'passkey', 'server', 'key_file', 'worker', 'export.columns', 'constructor']) {
    assert.deepEqual(explained(t, error('ApiRefused', code)), QUOTED, code);
  }
  assert.equal(reasonOf(t, error('ApiRefused', 'open')), t('cannot'));
});

test('only what a person ended herself is silent, whatever a server calls its errors', () => {
  assert.ok(isSilent(error('Ended', 'locked')));
  assert.ok(isSilent(error('PasskeyError', 'stopped')));
  for (const code of ['locked', 'stopped']) assert.ok(!isSilent(error('ApiRefused', code)), code);
  assert.ok(!isSilent(error('Ended', 'worker')));
});
