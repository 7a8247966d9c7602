/** Whose keys are open, where they are kept, and the ways to them. */

import { useEffect, useState } from 'preact/hooks';
import { Button, Copy, Explained, Fact, Facts, Failure, Fingerprint, Heading, Notice } from '../kit/elements.jsx';
import { useAct, useTexts, useWorkspace } from '../kit/hooks.jsx';
import { saveFile } from '../kit/downloads.js';
import { WaysIn } from './ways.jsx';

/** @typedef {import('../kit/contract.js').Who} Who */

/** @param {{who: Who, problem: import('../kit/calls.js').ActError | null}} props */
export function Home({ who, problem }) {
  const t = useTexts();
  const { tab } = useWorkspace();
  return (
    <>
      <Heading>{t('home.title', { name: who.name || t('unnamed') })}</Heading>
      {who.unconfirmed && (
        <Notice kind="warn" title={t('home.unconfirmed')}>
          <p>{t('home.unconfirmed.help')}</p>
          <Button onClick={() => tab.compare()}>{t('home.compare')}</Button>
        </Notice>
      )}
      {problem && (
        <Notice kind="warn" title={t('home.problem')}>
          <Explained error={problem} />
          <Button onClick={() => void tab.refresh()}>{t('again')}</Button>
        </Notice>
      )}
      <section class="card">
        <h2>{t('home.who')}</h2>
        <Facts>
          <Fact name={t('client.name')}><span dir="auto">{who.name || t('unnamed')}</span></Fact>
          <Fact name={t('client.id')}><code dir="ltr">{who.id}</code></Fact>
          <Fact name={t('fingerprint')}>
            <Fingerprint>{who.fingerprint}</Fingerprint>
            <Copy text={who.fingerprint} label={t('home.copy')} />
          </Fact>
          <Fact name={t('serial')}>{who.serial}</Fact>
          <Fact name={t('server')}><code dir="ltr">{who.server}</code></Fact>
          {who.expires && <Fact name={t('expires')}><span dir="auto">{who.expires}</span></Fact>}
        </Facts>
        <p class="help">{t('home.who.help')}</p>
      </section>
      <Kept who={who} />
      <WaysIn who={who} />
    </>
  );
}

/** @param {{who: Who}} props */
function Kept({ who }) {
  const t = useTexts();
  const { tab, say } = useWorkspace();
  const { run, busy, error } = useAct();
  const [saved, setSaved] = useState(false);
  useEffect(() => setSaved(false), [who.serial]);
  const save = () =>
    run(async () => {
      const { name, file, state } = await tab.call('download', {});
      saveFile(name, file);
      if (state.length) saveFile(`${name}.state`, state);
      setSaved(true);
      say(t('kept.saved'));
    });
  return (
    <section class="card">
      <h2>{t('kept.title')}</h2>
      <p>{t(`kept.${who.kept}`)}</p>
      {!who.memory && <Notice kind="warn"><p>{t('kept.memory')}</p></Notice>}
      <p>{t('kept.help')}</p>
      <Failure error={error} />
      <div class="actions">
        <Button disabled={busy} onClick={() => void save()}>{t('kept.save')}</Button>
        {who.kept === 'nothing' && who.memory && !who.unconfirmed && (
          <Button disabled={busy} onClick={() => void run(() => tab.call('upload', {}))}>{t('kept.leave')}</Button>
        )}
      </div>
      {saved && <p class="done">{t('kept.saved')}</p>}
    </section>
  );
}
