/** Keys that came from a copy: a person compares them with paper before anything is signed. */

import { useState } from 'preact/hooks';
import { ActError } from '../kit/calls.js';
import { Button, Explained, Fact, Facts, Failure, Fingerprint, Heading, Notice } from '../kit/elements.jsx';
import { useAct, useTexts, useWorkspace } from '../kit/hooks.jsx';
import { Left } from './parts.jsx';

/** Nobody has it: there is no more to say of why. */
const NO_MEMORY = 'no_memory';

/** @param {{who: import('../kit/contract.js').Who}} props */
export function Confirming({ who }) {
  const t = useTexts();
  const { tab } = useWorkspace();
  const { run, busy, error } = useAct();
  const [differs, setDiffers] = useState(false);
  const [agreed, setAgreed] = useState(false);
  const mayConfirm = !who.missing || agreed;
  return (
    <>
      <Heading>{t('confirm.title')}</Heading>
      <p class="lead">{t('confirm.lead')}</p>
      <section class="card">
        <Facts>
          <Fact name={t('client.name')}><strong dir="auto">{who.name || t('unnamed')}</strong></Fact>
          <Fact name={t('serial')}><strong class="large">{who.serial}</strong></Fact>
          <Fact name={t('fingerprint')}><Fingerprint>{who.fingerprint}</Fingerprint></Fact>
          <Left made={who.made} />
        </Facts>
        {who.missing && (
          <Notice kind="bad" title={t('missing.title')}>
            <p>{t('missing.help')}</p>
            {who.missing.code !== NO_MEMORY && <Explained error={new ActError(who.missing)} />}
            <Button disabled={busy} onClick={() => void run(() => tab.remember())}>{t('again')}</Button>
            <label>
              <input type="checkbox" checked={agreed} onChange={({ currentTarget }) => setAgreed(currentTarget.checked)} />
              <span>{t('missing.agree')}</span>
            </label>
          </Notice>
        )}
        <p>{t('confirm.how')}</p>
        <Failure error={error} />
        <div class="actions">
          <Button kind="first" disabled={busy || !mayConfirm} onClick={() => void run(() => tab.confirm(agreed))}>{t('confirm.same')}</Button>
          <Button disabled={busy} onClick={() => setDiffers(true)}>{t('confirm.differs')}</Button>
          <Button kind="link" disabled={busy} onClick={() => tab.postpone()}>{t('confirm.later')}</Button>
        </div>
      </section>
      {differs && (
        <div role="alert">
          <Notice kind="bad" title={t('confirm.differs.title')}>
            <p>{t('confirm.differs.help')}</p>
            <Button kind="danger" onClick={() => tab.forget()}>{t('confirm.close')}</Button>
          </Notice>
        </div>
      )}
    </>
  );
}
