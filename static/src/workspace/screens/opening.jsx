/** The first screen: where the keys come from. */

import { useState } from 'preact/hooks';
import { CodeBoxes, mistypedRow, useCode } from '../kit/codes.jsx';
import { Button, Failure, Field, Form, Heading, Notice, Waiting } from '../kit/elements.jsx';
import { useAct, useInput, useTexts, useWorkspace } from '../kit/hooks.jsx';
import { MAKE, goTo } from '../kit/routes.js';
import { MAX_FILE, MAX_STATE } from '../kit/tab.js';

const STATE = '.state';

/** @param {{locked: string, unfinished: boolean, told: boolean}} props */
export function Opening({ locked, unfinished, told }) {
  const t = useTexts();
  return (
    <>
      <Heading>{t('open.title')}</Heading>
      {locked && <Notice kind="warn"><p>{t(`locked.${locked}`)} {unfinished && t(told ? 'locked.told' : 'locked.begun')}</p></Notice>}
      <p class="lead">{t('open.lead')}</p>
      <FromDisk />
      <FromServer />
      <section class="card">
        <h2>{t('new.title')}</h2>
        <p>{t('new.help')}</p>
        <Button onClick={() => goTo(MAKE)}>{t('new.begin')}</Button>
      </section>
    </>
  );
}

/** A key file that is dropped or chosen, and with it, perhaps, what its client remembers. */
function FromDisk() {
  const t = useTexts();
  const { tab } = useWorkspace();
  const { run, busy, error, refuse } = useAct();
  const picker = useInput();
  const [over, setOver] = useState(false);
  const take = async (/** @type {FileList | null | undefined} */ list) => {
    const files = [...(list ?? [])];
    const key = files.find(({ name }) => !name.endsWith(STATE));
    const state = files.find(({ name }) => name.endsWith(STATE));
    if (!key || files.length > 2) return refuse('file.which');
    if (key.size > MAX_FILE || (state?.size ?? 0) > MAX_STATE) return refuse('file.size');
    await run(async () => tab.look(await read(key), state && (await read(state))));
    if (picker.current) picker.current.value = '';
    return undefined;
  };
  const drop = (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer?.files);
  };
  return (
    <section
      class={over ? 'card drop over' : 'card drop'}
      onDragOver={() => setOver(true)}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <h2>{t('file.title')}</h2>
      <p id="file-help">{t('file.help')}</p>
      <label class="file">
        <input
          ref={picker}
          type="file"
          multiple
          aria-describedby="file-help"
          disabled={busy}
          onChange={({ currentTarget }) => void take(currentTarget.files)}
        />
        <span>{t('file.choose')}</span>
      </label>
      <Failure error={error} />
    </section>
  );
}

/** @param {Blob} file */
const read = async (file) => new Uint8Array(await file.arrayBuffer());

/** The copy that the server keeps, by what stands on the recovery sheet. */
function FromServer() {
  const t = useTexts();
  const { tab, given } = useWorkspace();
  const { run, busy, error, refuse } = useAct();
  const [wrong, setWrong] = useState(0);
  const client = useInput();
  const code = useCode();
  const get = async () => {
    const id = client.current?.value.trim() ?? '';
    setWrong(0);
    if (!id) return refuse('fetch.client');
    const row = code.wrong();
    setWrong(row);
    if (row) return undefined;
    const said = code.taken();
    const mistyped = mistypedRow(await run(() => tab.fetch(id, said)));
    setWrong(mistyped);
    if (mistyped) code.put(said); // to be mended in its box
    return undefined;
  };
  return (
    <details class="card" open={Boolean(given.client)}>
      <summary><h2>{t('fetch.title')}</h2></summary>
      <p>{t('fetch.help')}</p>
      <Form onSubmit={() => void get()}>
        <Field label={t('client.id')} input={client} code value={given.client} maxLength={36} />
        <CodeBoxes legend={t('fetch.code')} help={t('fetch.code.help')} code={code} wrong={wrong} />
        <Failure error={wrong ? null : error} />
        {busy && <Waiting text={t('fetch.busy')} />}
        <Button kind="first" disabled={busy}>{t('fetch.get')}</Button>
      </Form>
    </details>
  );
}
