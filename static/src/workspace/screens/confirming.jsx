/** Keys that came from a copy: a person compares them with paper before anything is signed. */

import { useState } from 'preact/hooks';
import { Button, Fact, Facts, Failure, Fingerprint, Heading, Notice } from '../kit/elements.jsx';
import { useAct, useTexts, useWorkspace } from '../kit/hooks.jsx';

/** @param {{who: import('../kit/contract.js').Who}} props */
export function Confirming({ who }) {
  const t = useTexts();
  const { tab } = useWorkspace();
  const { run, busy, error } = useAct();
  const [differs, setDiffers] = useState(false);
  return (
    <>
      <Heading>{t('confirm.title')}</Heading>
      <p class="lead">{t('confirm.lead')}</p>
      <section class="card">
        <Facts>
          <Fact name={t('client.name')}><strong dir="auto">{who.name || t('unnamed')}</strong></Fact>
          <Fact name={t('serial')}><strong class="large">{who.serial}</strong></Fact>
          <Fact name={t('fingerprint')}><Fingerprint>{who.fingerprint}</Fingerprint></Fact>
        </Facts>
        <p>{t('confirm.how')}</p>
        <Failure error={error} />
        <div class="actions">
          <Button kind="first" disabled={busy} onClick={() => void run(() => tab.confirm())}>{t('confirm.same')}</Button>
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
