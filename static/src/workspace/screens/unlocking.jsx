/** A key file that was looked at, and the ways to open it. */

import { useState } from 'preact/hooks';
import { CodeBoxes, mistypedRow, useCode } from '../kit/codes.jsx';
import { Button, Fact, Facts, Failure, Field, Fingerprint, Form, Heading, Notice, Waiting, taken } from '../kit/elements.jsx';
import { useAct, useInput, useStopped, useTexts, useWorkspace } from '../kit/hooks.jsx';
import { askPasskey, usable } from '../kit/webauthn.js';
import { Left } from './parts.jsx';

/** @typedef {import('../kit/calls.js').ActError} ActError */
/** @typedef {import('../kit/contract.js').File} File */
/** @typedef {import('../kit/contract.js').Way} Way */
/** @typedef {'passphrase' | 'recovery' | 'passkey'} Kind */

/** The ways of a file that this page can go; what the server kept is opened by recovery code alone. @param {File} file @returns {Kind[]} */
export function waysOf({ slots, fetched }) {
  const has = (/** @type {string} */ kind) => slots.some((slot) => slot.kind === kind);
  if (fetched) return has('recovery') ? ['recovery'] : [];
  /** @type {Kind[]} */
  const ways = [];
  if (usable(slots).length) ways.push('passkey');
  if (has('passphrase')) ways.push('passphrase');
  if (has('recovery')) ways.push('recovery');
  return ways;
}

/** @param {{file: File, locked: string}} props */
export function Unlocking({ file, locked }) {
  const t = useTexts();
  const { tab } = useWorkspace();
  const ways = waysOf(file);
  const [way, setWay] = useState(ways[0]);
  const act = useAct();
  const [done, setDone] = useState(/** @type {number | undefined} */ (undefined));
  const unlock = (/** @type {() => Promise<Way>} */ by) => {
    setDone(undefined);
    return act.run(async () => tab.unlock(await by(), setDone));
  };
  const others = ways.filter((each) => each !== way);
  return (
    <>
      <Heading>{t(locked ? 'unlock.locked' : 'unlock.title')}</Heading>
      {locked && <p class="lead">{t(`locked.${locked}`)}</p>}
      {file.fetched && <Notice title={t('unlock.fetched')}><p>{t('unlock.fetched.help')}</p></Notice>}
      {file.fetched && !file.hasMemory && <Notice kind="warn" title={t('missing.title')}><p>{t('missing.help')}</p></Notice>}
      <section class="card">
        <Facts>
          <Fact name={t('client.name')}><strong dir="auto">{file.name || t('unnamed')}</strong></Fact>
          <Fact name={t('fingerprint')}><Fingerprint>{file.fingerprint}</Fingerprint></Fact>
          <Fact name={t('serial')}>{file.serial}</Fact>
          <Left made={file.made} />
        </Facts>
        {!ways.length && <Notice kind="bad"><p>{t('unlock.none')}</p></Notice>}
        {way === 'passphrase' && <ByPassphrase busy={act.busy} unlock={unlock} />}
        {way === 'recovery' && <ByRecovery busy={act.busy} unlock={unlock} />}
        {way === 'passkey' && <ByPasskey file={file} busy={act.busy} unlock={unlock} />}
        {act.busy && <Waiting text={t(`unlock.busy.${way}`)} done={done} />}
        <Failure error={mistypedRow(act.error) ? null : act.error} />
      </section>
      {others.length > 0 && (
        <nav aria-label={t('unlock.other')} class="others">
          {others.map((each) => (
            <Button key={each} kind="link" disabled={act.busy && way !== 'passkey'} onClick={() => (act.clear(), setWay(each))}>
              {t(`unlock.by.${each}`)}
            </Button>
          ))}
        </nav>
      )}
      <p><Button kind="link" disabled={act.busy && way !== 'passkey'} onClick={() => tab.forget()}>{t('unlock.another')}</Button></p>
    </>
  );
}

/** @typedef {{busy: boolean, unlock: (by: () => Promise<Way>) => Promise<ActError | null>}} Unlock */

/** @param {Unlock} props */
function ByPassphrase({ busy, unlock }) {
  const t = useTexts();
  const input = useInput();
  const send = async () => {
    if (!input.current?.value) return input.current?.focus();
    const passphrase = taken(input);
    if (await unlock(async () => ({ passphrase }))) input.current?.focus();
    return undefined;
  };
  return (
    <Form onSubmit={() => void (busy || send())}>
      <Field label={t('passphrase')} help={t('passphrase.help')} input={input} secret />
      <Button kind="first" disabled={busy}>{t('unlock')}</Button>
    </Form>
  );
}

/** @param {Unlock} props */
function ByRecovery({ busy, unlock }) {
  const t = useTexts();
  const code = useCode();
  const [wrong, setWrong] = useState(0);
  const send = async () => {
    const row = code.wrong();
    setWrong(row);
    if (row) return;
    const recovery = code.taken();
    const mistyped = mistypedRow(await unlock(async () => ({ recovery })));
    setWrong(mistyped);
    if (mistyped) code.put(recovery); // to be mended in its box
  };
  return (
    <Form onSubmit={() => void (busy || send())}>
      <CodeBoxes legend={t('recovery')} help={t('recovery.help')} code={code} wrong={wrong} />
      <Button kind="first" disabled={busy}>{t('unlock')}</Button>
    </Form>
  );
}

/** @param {Unlock & {file: File}} props */
function ByPasskey({ file, busy, unlock }) {
  const t = useTexts();
  const begin = useStopped();
  const send = () => unlock(async () => ({ passkey: await askPasskey(usable(file.slots), begin()) }));
  return (
    <Form onSubmit={() => void (busy || send())}>
      <p>{t('passkey.help')}</p>
      <Button kind="first" disabled={busy}>{t('passkey.use')}</Button>
    </Form>
  );
}
