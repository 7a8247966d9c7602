/** The ways to the keys: each opens the key file by itself. */

import { useRef, useState } from 'preact/hooks';
import { Dialog } from '../kit/dialog.jsx';
import { Button, Copy, Failure, Field, Form, Notice, PartHeading, Waiting, taken } from '../kit/elements.jsx';
import { useAct, useInput, useStopped, useTexts, useWorkspace } from '../kit/hooks.jsx';
import { hasPasskeys, makePasskey, usable } from '../kit/webauthn.js';
import { Words } from './making.jsx';

/** @typedef {import('../kit/contract.js').Slot} Slot */
/** @typedef {import('../kit/contract.js').Who} Who */

const PASSKEY = 'passkey';
/** What commands call a way whose owner calls it nothing: its kind says as much. @type {{[kind: string]: string}} */
const USUAL_LABELS = { passphrase: 'passphrase', recovery: 'recovery sheet' };

/** @param {Slot} slot */
const labelOf = ({ kind, label }) => (label === USUAL_LABELS[kind] ? '' : label);

/** A passkey is a second way, never the only one. @param {Slot[]} slots @param {Slot} slot */
export const isNeeded = (slots, slot) => slots.every(({ id, kind }) => id === slot.id || kind === PASSKEY);

/** @param {{who: Who}} props */
export function WaysIn({ who }) {
  const t = useTexts();
  const { tab, say } = useWorkspace();
  const [open, setOpen] = useState(/** @type {'' | 'passkey' | 'passphrase'} */ (''));
  const [removing, setRemoving] = useState(/** @type {Slot | null} */ (null));
  const [done, setDone] = useState('');
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  const close = () => {
    setOpen('');
    setRemoving(null);
    heading.current?.focus();
  };
  const finish = async (/** @type {Slot[]} */ slots, /** @type {string} */ text) => {
    await tab.changed(slots);
    close();
    setDone(text);
    say(text);
  };
  return (
    <section class="card">
      <h2 ref={heading} tabIndex={-1}>{t('ways.title')}</h2>
      <p>{t('ways.help')}</p>
      <ul class="ways">
        {who.slots.map((slot) => (
          <Way key={slot.id} slot={slot} needed={isNeeded(who.slots, slot)} remove={who.unconfirmed ? null : () => setRemoving(slot)} />
        ))}
      </ul>
      {done && <p class="done">{done}</p>}
      {who.unconfirmed && <p class="help">{t('ways.unconfirmed')}</p>}
      {!open && !who.unconfirmed && (
        <div class="actions">
          {hasPasskeys() && <Button onClick={() => setOpen('passkey')}>{t('ways.passkey.add')}</Button>}
          <Button onClick={() => setOpen('passphrase')}>{t('ways.passphrase.new')}</Button>
        </div>
      )}
      {open === 'passkey' && <AddPasskey finish={finish} cancel={close} />}
      {open === 'passphrase' && <NewPassphrase finish={finish} cancel={close} />}
      {removing && <Removing slot={removing} finish={finish} cancel={() => setRemoving(null)} />}
    </section>
  );
}

/** @param {{slot: Slot, needed: boolean, remove: (() => void) | null}} props */
function Way({ slot, needed, remove }) {
  const t = useTexts();
  const name = [t(`slot.${slot.kind}`), labelOf(slot)].join(' ').trim();
  const elsewhere = slot.kind === PASSKEY && !usable([slot]).length;
  return (
    <li>
      <div>
        <strong>{t(`slot.${slot.kind}`)}</strong> <span dir="auto">{labelOf(slot)}</span>
        <p class="help">
          {t('ways.made', { made: day(slot.made) })}{' '}
          {slot.proved ? t('ways.proved', { proved: day(slot.proved) }) : t('ways.unproved')}
          {elsewhere && <> {t('ways.elsewhere', { host: slot.rp })}</>}
        </p>
      </div>
      {remove && needed && <span class="help">{t('ways.needed')}</span>}
      {remove && !needed && (
        <Button kind="link" label={t('ways.remove.of', { name })} onClick={remove}>{t('ways.remove')}</Button>
      )}
    </li>
  );
}

/** @param {number} seconds */
const day = (seconds) => new Date(seconds * 1000);

/** @typedef {{finish: (slots: Slot[], text: string) => Promise<void>, cancel: () => void}} Change */

/** @param {Change & {slot: Slot}} props */
function Removing({ slot, finish, cancel }) {
  const t = useTexts();
  const { tab } = useWorkspace();
  const { run, busy, error } = useAct();
  const remove = () => run(async () => finish(await tab.call('removeSlot', { id: slot.id }), t('ways.removed')));
  return (
    <Dialog title={t('ways.remove.title')} onEscape={cancel}>
      <p><strong>{t(`slot.${slot.kind}`)}</strong> <span dir="auto">{labelOf(slot)}</span></p>
      <p>{t('ways.remove.help')}</p>
      <Failure error={error} />
      <div class="actions">
        <Button disabled={busy} onClick={cancel}>{t('cancel')}</Button>
        <Button kind="danger" disabled={busy} onClick={() => void remove()}>{t('ways.remove')}</Button>
      </div>
    </Dialog>
  );
}

/** @param {Change} props */
function AddPasskey({ finish, cancel }) {
  const t = useTexts();
  const { tab } = useWorkspace();
  const { run, busy, error, refuse } = useAct();
  const begin = useStopped();
  const label = useInput();
  const add = async () => {
    const called = label.current?.value.trim() ?? '';
    if (!called) return refuse('ways.label');
    return run(async () => {
      const made = await makePasskey(await tab.call('addPasskeyOptions', {}), begin());
      const transfer = [made.output.buffer];
      await finish(await tab.call('addPasskey', { ...made, label: called }, { transfer }), t('ways.added'));
    });
  };
  return (
    <Form onSubmit={() => void (busy || add())} label={t('ways.passkey.add')}>
      <PartHeading>{t('ways.passkey.add')}</PartHeading>
      <p>{t('ways.passkey.help', { host: location.hostname })}</p>
      <Field label={t('ways.label')} help={t('ways.label.help')} input={label} maxLength={64} />
      <Failure error={error} />
      {busy && <Waiting text={t('unlock.busy.passkey')} />}
      <div class="actions">
        <Button kind="first" disabled={busy}>{t('ways.passkey.make')}</Button>
        <Button kind="link" onClick={cancel}>{t('cancel')}</Button>
      </div>
    </Form>
  );
}

/** @param {Change} props */
function NewPassphrase({ finish, cancel }) {
  const t = useTexts();
  const { tab } = useWorkspace();
  const { run, busy, error } = useAct();
  const [passphrase, setPassphrase] = useState('');
  const input = useInput();
  const draw = () => run(async () => setPassphrase((await tab.call('changePassphrase', {})).passphrase));
  const prove = () => {
    const typed = taken(input);
    if (!typed) return input.current?.focus();
    return run(async () => finish(await tab.call('changePassphraseProve', { passphrase: typed }), t('ways.changed')));
  };
  return (
    <Form onSubmit={() => void (busy || (passphrase ? prove() : draw()))} label={t('ways.passphrase.new')}>
      <PartHeading>{t('ways.passphrase.new')}</PartHeading>
      <p>{t('ways.passphrase.help')}</p>
      {passphrase && (
        <>
          <Notice>
            <Words>{passphrase}</Words>
            <Copy text={passphrase} label={t('make.passphrase.copy')} />
          </Notice>
          <Field label={t('passphrase')} help={t('make.prove.passphrase')} input={input} secret />
        </>
      )}
      <Failure error={error} />
      {busy && <Waiting text={t('unlock.busy.passphrase')} />}
      <div class="actions">
        <Button kind="first" disabled={busy}>{t(passphrase ? 'ways.passphrase.use' : 'ways.passphrase.draw')}</Button>
        <Button kind="link" disabled={busy} onClick={cancel}>{t('cancel')}</Button>
      </div>
    </Form>
  );
}
