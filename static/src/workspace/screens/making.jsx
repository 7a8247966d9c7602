/** New keys, step by step: nothing is told to the server before a person has shown that she has both ways back. */

import { useEffect, useState } from 'preact/hooks';
import { CodeBoxes, mistypedRow, useCode } from '../kit/codes.jsx';
import { Button, Copy, Failure, Field, Form, Heading, Notice, Waiting, taken } from '../kit/elements.jsx';
import { useAct, useInput, useLeaving, useTexts, useWorkspace } from '../kit/hooks.jsx';
import { FIRST, goTo } from '../kit/routes.js';
import { REFUSED } from '../kit/tab.js';
import { SheetOfPaper } from './sheet.jsx';

/** @typedef {import('../kit/contract.js').Sheet} Sheet */
/** @typedef {{passphrase: string, sheet: Sheet}} Begun */
/** @typedef {'name' | 'passphrase' | 'sheet' | 'prove' | 'enroll'} Step */

/** @type {Step[]} */
const STEPS = ['name', 'passphrase', 'sheet', 'prove', 'enroll'];

export function Making() {
  const { tab } = useWorkspace();
  const [step, setStep] = useState(/** @type {Step} */ ('name'));
  const [begun, setBegun] = useState(/** @type {Begun | null} */ (null));
  useLeaving(step !== 'name');
  useEffect(() => tab.subscribe(() => {
    if (tab.view.begun) return;
    setBegun(null); // a lock leaves nothing of them here
    setStep('name');
  }), []);
  const begin = async (/** @type {string} */ token, /** @type {string} */ name) => {
    setBegun(await tab.begin(token, name));
    setStep('passphrase');
  };
  const proved = () => {
    setBegun(null);
    setStep('enroll');
  };
  const restart = () => {
    tab.forget();
    setStep('name');
  };
  if (step === 'enroll') return <Enrolling key="enroll" restart={restart} />;
  if (step === 'name' || !begun) return <Naming key="name" begin={begin} />;
  if (step === 'passphrase') {
    return <Passphrase key="passphrase" passphrase={begun.passphrase} next={() => setStep('sheet')} />;
  }
  if (step === 'sheet') {
    return <Sheet key="sheet" sheet={begun.sheet} back={() => setStep('passphrase')} next={() => setStep('prove')} />;
  }
  return <Proving key="prove" back={() => setStep('sheet')} proved={proved} />;
}

/** @param {{step: Step}} props */
function Progress({ step }) {
  const t = useTexts();
  const number = STEPS.indexOf(step) + 1;
  const text = t('step', { step: number, steps: STEPS.length });
  return (
    <div class="progress">
      <p>{text}</p>
      <progress aria-label={text} max={STEPS.length} value={number} />
    </div>
  );
}

/** @param {{begin: (token: string, name: string) => Promise<void>}} props */
function Naming({ begin }) {
  const t = useTexts();
  const { given } = useWorkspace();
  const { run, busy, error, refuse } = useAct();
  const token = useInput();
  const name = useInput();
  const [asks, setAsks] = useState(!given.token);
  const send = async () => {
    const said = asks ? token.current?.value.trim() : given.token;
    const called = name.current?.value.trim() ?? '';
    if (!said) return refuse('make.token');
    if (!called) return refuse('make.name');
    const failure = await run(() => begin(said, called));
    if (failure) setAsks(true); // the link's token may be the wrong one
    return undefined;
  };
  return (
    <>
      <Progress step="name" />
      <Heading>{t('make.title')}</Heading>
      <p class="lead">{t('make.lead')}</p>
      <section class="card">
        <Form onSubmit={() => void (busy || send())}>
          {!asks && <Notice kind="good"><p>{t('make.token.given')}</p></Notice>}
          {asks && <Field label={t('make.token')} help={t('make.token.help')} input={token} code secret value={given.token} />}
          <Field label={t('make.name')} help={t('make.name.help')} input={name} maxLength={64} value={given.name} />
          <Failure error={error} />
          {busy && <Waiting text={t('make.busy')} />}
          <div class="actions">
            <Button kind="first" disabled={busy}>{t('make.begin')}</Button>
            <Button kind="link" disabled={busy} onClick={() => goTo(FIRST)}>{t('cancel')}</Button>
          </div>
        </Form>
      </section>
    </>
  );
}

/** @param {{passphrase: string, next: () => void}} props */
function Passphrase({ passphrase, next }) {
  const t = useTexts();
  return (
    <>
      <Progress step="passphrase" />
      <Heading>{t('make.passphrase.title')}</Heading>
      <p class="lead">{t('make.passphrase.lead')}</p>
      <section class="card">
        <Words>{passphrase}</Words>
        <p>{t('make.passphrase.help')}</p>
        <div class="actions">
          <Button kind="first" onClick={next}>{t('make.passphrase.next')}</Button>
          <Copy text={passphrase} label={t('make.passphrase.copy')} />
        </div>
      </section>
    </>
  );
}

/** The words of a passphrase, to be written down. @param {{children: string}} props */
export function Words({ children }) {
  return <p class="words" dir="ltr" lang="en" translate={false}>{children}</p>;
}

/** @param {{sheet: Sheet, back: () => void, next: () => void}} props */
function Sheet({ sheet, back, next }) {
  const t = useTexts();
  return (
    <>
      <Progress step="sheet" />
      <Heading>{t('make.sheet.title')}</Heading>
      <p class="lead">{t('make.sheet.lead')}</p>
      <div class="actions">
        <Button kind="first" onClick={() => print()}>{t('make.sheet.print')}</Button>
        <Button onClick={next}>{t('make.sheet.next')}</Button>
        <Button kind="link" onClick={back}>{t('back')}</Button>
      </div>
      <SheetOfPaper sheet={sheet} />
    </>
  );
}

/** @param {{back: () => void, proved: () => void}} props */
function Proving({ back, proved }) {
  const t = useTexts();
  const { tab } = useWorkspace();
  const { run, busy, error, refuse } = useAct();
  const input = useInput();
  const code = useCode();
  const [wrong, setWrong] = useState(0);
  const send = async () => {
    setWrong(0);
    if (!input.current?.value) return refuse('prove.passphrase');
    const row = code.wrong();
    setWrong(row);
    if (row) return undefined;
    const typed = { passphrase: taken(input), recovery: code.taken() };
    const failure = await run(() => tab.call('prove', typed));
    const mistyped = mistypedRow(failure);
    setWrong(mistyped);
    if (mistyped) return code.put(typed.recovery); // to be mended in its box
    return failure ? input.current?.focus() : proved();
  };
  return (
    <>
      <Progress step="prove" />
      <Heading>{t('make.prove.title')}</Heading>
      <p class="lead">{t('make.prove.lead')}</p>
      <section class="card">
        <Form onSubmit={() => void (busy || send())}>
          <Field label={t('passphrase')} help={t('make.prove.passphrase')} input={input} secret />
          <CodeBoxes legend={t('recovery')} help={t('make.prove.recovery')} code={code} wrong={wrong} />
          <Failure error={wrong ? null : error} />
          {busy && <Waiting text={t('unlock.busy.passphrase')} />}
          <div class="actions">
            <Button kind="first" disabled={busy}>{t('make.prove.check')}</Button>
            <Button kind="link" disabled={busy} onClick={back}>{t('back')}</Button>
          </div>
        </Form>
      </section>
    </>
  );
}

/** @param {{restart: () => void}} props */
function Enrolling({ restart }) {
  const t = useTexts();
  const { tab } = useWorkspace();
  const { run, busy, error } = useAct();
  const mayBeginAgain = error?.name === REFUSED && !tab.view.told;
  const enroll = async () => {
    await tab.enroll();
    goTo(FIRST);
  };
  return (
    <>
      <Progress step="enroll" />
      <Heading>{t('make.enroll.title')}</Heading>
      <p class="lead">{t('make.enroll.lead')}</p>
      <section class="card">
        <p>{t('make.enroll.help')}</p>
        <Failure error={error} />
        {busy && <Waiting text={t('make.enroll.busy')} />}
        <div class="actions">
          <Button kind="first" disabled={busy} onClick={() => void run(enroll)}>
            {t(error ? 'again' : 'make.enroll.send')}
          </Button>
          {mayBeginAgain && (
            <Button kind="link" disabled={busy} onClick={restart}>{t('make.restart')}</Button>
          )}
        </div>
      </section>
    </>
  );
}

/** What now. */
export function Made() {
  const t = useTexts();
  const { tab } = useWorkspace();
  return (
    <>
      <Heading>{t('made.title')}</Heading>
      <p class="lead">{t('made.lead')}</p>
      <section class="card">
        <ol class="next">
          <li>{t('made.1')}</li>
          <li>{t('made.2')}</li>
          <li>{t('made.3')}</li>
        </ol>
        <Button kind="first" onClick={() => tab.settle()}>{t('made.go')}</Button>
      </section>
    </>
  );
}
