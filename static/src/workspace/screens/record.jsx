/** One record, all of it: to read, to copy and to print. */

import { Button, Copy, Explained, Fact, Facts, Heading, Notice } from '../kit/elements.jsx';
import { useTexts, useWorkspace } from '../kit/hooks.jsx';
import { copiedText, shownText } from '../kit/showing.js';
import { isFailed, valueOf, wordsIn } from '../kit/sifting.js';
import { Reason, When, shownMoment } from './parts.jsx';

/** @typedef {import('../kit/inbox.js').Inbox} Inbox */
/** @typedef {import('../kit/sifting.js').Line} Line */

/** @param {{inbox: Inbox, line: Line}} props */
export function Record({ inbox, line }) {
  const t = useTexts();
  const { speech } = useWorkspace();
  const { chosen } = inbox.view;
  const title = chosen ? wordsIn(chosen.title, speech.language) || chosen.type : '';
  const [newer, older] = [inbox.beside(-1), inbox.beside(1)];
  return (
    <>
      <div class="actions above">
        <Button kind="link" onClick={() => history.back()}>{t('record.back')}</Button>
        <Button disabled={!newer} onClick={() => inbox.look(newer ?? line)}>{t('record.before')}</Button>
        <Button disabled={!older} onClick={() => inbox.look(older ?? line)}>{t('record.after')}</Button>
        {!isFailed(line) && <Button onClick={() => print()}>{t('record.print')}</Button>}
      </div>
      <article class="record card">
        <Heading><span dir="auto">{title}</span></Heading>
        {isFailed(line) ? <Failed line={line} /> : <Opened inbox={inbox} row={line} speech={speech} />}
      </article>
    </>
  );
}

/** @param {{inbox: Inbox, row: import('../kit/contract.js').Row, speech: import('../kit/texts.js').Speech}} props */
function Opened({ inbox, row, speech: { language } }) {
  const t = useTexts();
  const { say, view } = inbox;
  const fields = view.columns.filter(({ name }) => valueOf(row, name) !== undefined).map((column) => ({
    name: column.name,
    label: shownText(wordsIn(column.label, language) || column.name),
    text: shownText(say(valueOf(row, column.name), column)),
  }));
  const codes = Object.keys(row.marks).length;
  return (
    <>
      <p class="help"><When when={row.when} /></p>
      {row.stolen && <Notice kind="bad"><p>{t('record.stolen')}</p></Notice>}
      {codes > 0 && <Notice kind="warn"><p>{t('record.marked')}</p></Notice>}
      <Facts>
        {fields.map(({ name, label, text }) => (
          <div key={name} class={Object.hasOwn(row.marks, name) ? 'marked' : undefined}>
            <dt dir="auto">{label}</dt>
            <dd>
              {text ? <span class="value" dir="auto">{text}</span> : <span class="help">{t('record.blank')}</span>}
              {Object.hasOwn(row.marks, name) && <span class="mark">{t(`mark.${row.marks[name]}`)}</span>}
              {text && <Copy text={text} label={t('record.copy.of', { name: label })} />}
            </dd>
          </div>
        ))}
        {Object.entries(row.meta).map(([name, plain]) => (
          <Fact key={`meta ${name}`} name={shownText(name)}><span dir="auto">{shownText(plain)}</span></Fact>
        ))}
        <Fact name={t('record.id')}><code dir="ltr">{row.id}</code></Fact>
      </Facts>
      <Copy text={copiedText(shownMoment(row.when, language), fields)} label={t('record.copy')} shown={t('record.copy')} />
    </>
  );
}

/** @param {{line: import('../kit/contract.js').FailedRow}} props */
function Failed({ line: { id, error } }) {
  const t = useTexts();
  return (
    <>
      <Notice kind="bad" title={t('record.failed')}><p><Reason error={error} /></p></Notice>
      <p>{t('record.failed.help')}</p>
      <Facts>
        {id && <Fact name={t('record.id')}><code dir="ltr">{id}</code></Fact>}
        <Fact name={t('record.code')}><code dir="ltr">{error.code}</code></Fact>
      </Facts>
      <details>
        <summary>{t('record.details')}</summary>
        <Explained error={/** @type {any} */ ({ ...error, code: '', name: '' })} />
      </details>
    </>
  );
}
