/** Takes records out into a file: what for, which columns, how far it is, and what became of it. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { ExportStopped, exportTo, failedLines, fileName } from '../exporting/exporting.js';
import { ChosenFile, Downloads, MOST_PART } from '../exporting/sinks.js';
import { ActError } from '../kit/calls.js';
import { Dialog } from '../kit/dialog.jsx';
import { canChooseFile, chooseFile, saveFile } from '../kit/downloads.js';
import { Button, Explained, Fact, Facts, Failure, Form, Notice, PartHeading } from '../kit/elements.jsx';
import { useAct, useLeaving, useTexts, useWorkspace } from '../kit/hooks.jsx';

/** @typedef {import('../exporting/exporting.js').Counts} Counts */
/** @typedef {import('../exporting/exporting.js').Exported} Exported */
/** @typedef {import('../exporting/exporting.js').Rows} Rows */
/** @typedef {import('../exporting/sinks.js').Part} Part */

/** A column and what people call it; `meta.NAME` is what a record says in plaintext. @typedef {{name: string, label: string}} Column */
/** @typedef {keyof typeof KINDS} Kind */
/** @typedef {{kind: Kind, columns: string[] | undefined}} Wish */

/** What went into which file. @typedef {{name: string, parts: number, exported: Exported}} Done */

/**
 * Where an export is: `part` waits to be saved, in downloads.
 *
 * @typedef {{at: 'choosing'} | {at: 'running', counts: Counts, part?: {number: number, save: () => void}}
 *   | {at: 'done', done: Done} | {at: 'stopped', stopped: ExportStopped}} Stage
 */

const KINDS = /** @type {const} */ ({
  comma: { format: 'csv', ending: 'csv', kind: 'text/csv' },
  semicolon: { format: 'csv', ending: 'csv', kind: 'text/csv' },
  jsonl: { format: 'jsonl', ending: 'jsonl', kind: 'application/jsonl' },
});
/** Where the decimal point is a comma, spreadsheets take semicolons. */
const WITH_SEMICOLON = ['de', 'fr', 'es'];
const NOTHING = { read: 0, written: 0, failed: 0, odd: 0, stolen: 0 };
const LISTED = 20;
const MEGABYTE = 1024 * 1024;
const SHOWN_MS = 200;

/**
 * @param {object} props
 * @param {string} props.title what people call the records
 * @param {readonly Column[]} props.columns
 * @param {() => AsyncIterable<Rows>} props.rows from their beginning, each time
 * @param {() => void} props.onClose
 */
export function Exporting({ title, columns, rows, onClose }) {
  const t = useTexts();
  const [stage, setStage] = useState(/** @type {Stage} */ ({ at: 'choosing' }));
  const running = useRef(/** @type {AbortController | null} */ (null));
  const { run, busy, error, refuse } = useAct();
  useEffect(() => () => running.current?.abort(), []);
  useLeaving(stage.at === 'running');

  /** @param {Wish} wish */
  const start = async ({ kind, columns: chosen }) => {
    if (chosen?.length === 0) return refuse('export.columns');
    const control = new AbortController();
    running.current = control;
    const name = fileName(title);
    return run(async () => {
      const place = await placeFor({ ...KINDS[kind], name }, control.signal, setStage);
      if (!place) return;
      setStage({ at: 'running', counts: NOTHING });
      const progress = seldom((counts) => setStage((now) => (now.at === 'running' ? { ...now, counts } : now)));
      const separator = kind === 'jsonl' ? undefined : kind;
      const asked = { format: KINDS[kind].format, ...(separator && { separator }), ...(chosen && { columns: chosen }) };
      const ended = await exportTo({ ...asked, rows: rows(), sink: place.sink, progress, signal: control.signal }).then(
        (exported) => /** @type {Stage} */ ({ at: 'done', done: { ...place.handed(), exported } }),
        (failure) => stoppedBy(failure),
      );
      setStage(ended);
    });
  };
  const leave = () => (stage.at === 'running' ? running.current?.abort() : onClose());
  return (
    <Dialog title={t('export.title', { title })} onEscape={leave}>
      {stage.at === 'choosing' && <Choosing columns={columns} busy={busy} error={error} start={start} cancel={onClose} />}
      {stage.at === 'running' && <Running {...stage} cancel={leave} />}
      {stage.at === 'done' && <Finished {...stage.done} close={onClose} />}
      {stage.at === 'stopped' && (
        <Stopped stopped={stage.stopped} again={() => setStage({ at: 'choosing' })} close={onClose} name={fileName(title)} />
      )}
    </Dialog>
  );
}

/** @param {unknown} failure @returns {Stage} */
function stoppedBy(failure) {
  if (failure instanceof ExportStopped) return { at: 'stopped', stopped: failure };
  throw failure;
}

/** Somewhere to write, and afterwards what it was; null if a person chose nothing. @typedef {{sink: import('../exporting/sinks.js').Sink, handed: () => {name: string, parts: number}}} Place */

/**
 * @param {import('../kit/downloads.js').FileKind} file
 * @param {AbortSignal} signal
 * @param {(stage: (now: Stage) => Stage) => void} setStage
 * @returns {Promise<Place | null>}
 */
async function placeFor(file, signal, setStage) {
  if (canChooseFile()) {
    const handle = await chooseFile(file).catch(() => {
      throw new ActError({ name: 'PageError', code: 'export.choose', message: '', hint: '' });
    });
    return handle && { sink: new ChosenFile(handle), handed: () => ({ name: handle.name, parts: 0 }) };
  }
  let last = { name: '', parts: 0 };
  const hand = async (/** @type {Part} */ { name, bytes, number, isLast }) => {
    if (number > 1 || !isLast) await pressed(number, signal, setStage);
    saveFile(name, ...bytes);
    last = { name, parts: number };
  };
  return { sink: new Downloads({ ...file, hand }), handed: () => last };
}

/**
 * Wait until a person saves the part: browsers let a page begin one download by itself, and no more.
 *
 * @param {number} number
 * @param {AbortSignal} signal
 * @param {(stage: (now: Stage) => Stage) => void} setStage
 */
function pressed(number, signal, setStage) {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    const save = () => {
      setStage((now) => (now.at === 'running' ? { at: 'running', counts: now.counts } : now));
      resolve(undefined);
    };
    setStage((now) => (now.at === 'running' ? { ...now, part: { number, save } } : now));
  });
}

/** Numbers that change a thousand times a second are shown five times. @param {(counts: Counts) => void} show */
function seldom(show) {
  let latest = NOTHING;
  let isPlanned = false;
  return (/** @type {Counts} */ counts) => {
    latest = counts;
    if (isPlanned) return;
    isPlanned = true;
    setTimeout(() => {
      isPlanned = false;
      show(latest);
    }, SHOWN_MS);
  };
}

/**
 * @param {object} props
 * @param {readonly Column[]} props.columns
 * @param {boolean} props.busy
 * @param {ActError | null} props.error
 * @param {(wish: Wish) => void} props.start
 * @param {() => void} props.cancel
 */
function Choosing({ columns, busy, error, start, cancel }) {
  const t = useTexts();
  const { speech } = useWorkspace();
  const [kind, setKind] = useState(/** @type {Kind} */ (WITH_SEMICOLON.includes(speech.language) ? 'semicolon' : 'comma'));
  const [left, setLeft] = useState(/** @type {readonly string[]} */ ([]));
  const kinds = /** @type {Kind[]} */ (Object.keys(KINDS));
  const names = columns.map(({ name }) => name);
  const chosen = names.filter((name) => !left.includes(name));
  const toggle = (/** @type {string} */ name) => setLeft(left.includes(name) ? left.filter((one) => one !== name) : [...left, name]);
  return (
    <Form onSubmit={() => void (busy || start({ kind, columns: left.length ? chosen : undefined }))}>
      <Notice kind="warn" title={t('export.warning.title')}><p>{t('export.warning')}</p></Notice>
      <fieldset class="choices">
        <legend>{t('export.format')}</legend>
        {kinds.map((one) => (
          <label key={one}>
            <input type="radio" name="format" checked={one === kind} onChange={() => setKind(one)} />
            <span>{t(`export.format.${one}`)}<small class="help">{t(`export.for.${one}`)}</small></span>
          </label>
        ))}
      </fieldset>
      <details>
        <summary>{t('export.columns', { chosen: chosen.length, all: names.length })}</summary>
        <p class="help">{t('export.columns.help')}</p>
        <fieldset class="choices">
          <legend class="spoken">{t('export.columns', { chosen: chosen.length, all: names.length })}</legend>
          {columns.map(({ name, label }) => (
            <label key={name}>
              <input type="checkbox" checked={!left.includes(name)} onChange={() => toggle(name)} />
              <span dir="auto">{label || name}</span>
            </label>
          ))}
        </fieldset>
      </details>
      {!canChooseFile() && <Notice><p>{t('export.parts', { size: MOST_PART / MEGABYTE })}</p></Notice>}
      <Failure error={error} />
      <div class="actions">
        <Button kind="first" disabled={busy}>{t('export.start')}</Button>
        <Button disabled={busy} onClick={cancel}>{t('cancel')}</Button>
      </div>
    </Form>
  );
}

/** @param {{counts: Counts, part?: {number: number, save: () => void}, cancel: () => void}} props */
function Running({ counts, part, cancel }) {
  const t = useTexts();
  return (
    <>
      <PartHeading key={part?.number}>{t('export.running')}</PartHeading>
      <Numbers {...counts} />
      {part ? (
        <div class="notice warn" role="alert"><p>{t('export.part', { number: part.number })}</p></div>
      ) : (
        <progress aria-label={t('export.running')} />
      )}
      <div class="actions">
        {part && <Button kind="first" onClick={part.save}>{t('export.part.save', { number: part.number })}</Button>}
        <Button onClick={cancel}>{t('cancel')}</Button>
      </div>
    </>
  );
}

/** @param {Done & {close: () => void}} props */
function Finished({ name, parts, exported, close }) {
  const t = useTexts();
  return (
    <>
      <PartHeading>{t('export.done')}</PartHeading>
      <p>{parts ? t('export.done.downloads', { parts }) : t('export.done.file')} <bdi>{name}</bdi></p>
      <Numbers {...exported} />
      {exported.odd > 0 && <Notice kind="warn"><p>{t('export.odd', { odd: exported.odd })}</p></Notice>}
      {exported.stolen > 0 && <Notice kind="warn"><p>{t('export.stolen', { stolen: exported.stolen })}</p></Notice>}
      <Refused {...exported} name={name.replace(/(\.part-[\w-]+)?\.\w+$/, '')} />
      <p>{t('export.next')}</p>
      <div class="actions"><Button kind="first" onClick={close}>{t('export.close')}</Button></div>
    </>
  );
}

/** @param {{stopped: ExportStopped, again: () => void, close: () => void, name: string}} props */
function Stopped({ stopped, again, close, name }) {
  const t = useTexts();
  const { code, counts, failures, cause } = stopped;
  return (
    <>
      <PartHeading>{t('export.stopped')}</PartHeading>
      <Notice kind={code === 'cancelled' ? 'plain' : 'bad'}>
        <p>{t(`export.stopped.${code}`)}</p>
        {code === 'rows' && cause instanceof ActError && <Explained error={cause} />}
        <p>{counts.written ? t('export.kept', { written: counts.written }) : t('export.kept.nothing')}</p>
      </Notice>
      <Numbers {...counts} />
      <Refused failed={counts.failed} failures={failures} name={name} />
      <div class="actions">
        <Button kind="first" onClick={again}>{t('export.again')}</Button>
        <Button onClick={close}>{t('export.close')}</Button>
      </div>
    </>
  );
}

/** @param {Counts} props */
function Numbers({ read, written, failed }) {
  const t = useTexts();
  const { speech } = useWorkspace();
  const said = (/** @type {number} */ number) => number.toLocaleString(speech.language);
  return (
    <Facts>
      <Fact name={t('export.read')}>{said(read)}</Fact>
      <Fact name={t('export.written')}>{said(written)}</Fact>
      <Fact name={t('export.failed')}>{said(failed)}</Fact>
    </Facts>
  );
}

/** What is in no file, and why. @param {{failed: number, failures: ExportStopped['failures'], name: string}} props */
function Refused({ failed, failures, name }) {
  const t = useTexts();
  if (!failed) return null;
  const lines = failedLines(failures.slice(0, LISTED), failed).trimEnd().split('\n');
  const save = () => saveFile(`${name}.failed.txt`, new TextEncoder().encode(failedLines(failures, failed)));
  return (
    <Notice kind="bad">
      <p>{t('export.refused')}</p>
      <ul class="told" lang="en" dir="ltr">{lines.map((line, i) => <li key={i}>{line}</li>)}</ul>
      <Button onClick={save}>{t('export.refused.save')}</Button>
    </Notice>
  );
}
