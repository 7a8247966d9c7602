/** The inbox: what there is to read at the side, and the records of one type. */

import { useEffect, useState } from 'preact/hooks';
import { pagesOf } from '../exporting/exporting.js';
import { Button, Explained, Heading, Notice, Waiting } from '../kit/elements.jsx';
import { useTexts, useWorkspace } from '../kit/hooks.jsx';
import { INBOX, RECORD, RECORDS, goTo } from '../kit/routes.js';
import { wordsIn } from '../kit/sifting.js';
import { Exporting } from './exporting.jsx';
import { Grid } from './grid.jsx';
import { Record } from './record.jsx';
import { Sifting } from './sifting.jsx';

/** @typedef {import('../kit/contract.js').Type} Type */
/** @typedef {import('../kit/inbox.js').Inbox} Store */
/** @typedef {import('../kit/inbox.js').View} View */

const WIDE = '(min-width: 52rem)';

/** @param {{inbox: Store, name: string}} props */
export function Inbox({ inbox, name }) {
  const t = useTexts();
  const { speech } = useWorkspace();
  const [view, setView] = useState(inbox.view);
  useEffect(() => inbox.subscribe(() => setView(inbox.view)), []);
  useEffect(() => inbox.speak(speech), [speech]);
  useEffect(() => {
    if (!inbox.view.types) void inbox.list();
  }, []);
  const { types, chosen, open, problem } = view;
  useEffect(() => {
    const [first] = types ?? [];
    if (first && !chosen && (name === RECORDS || matchMedia(WIDE).matches)) void inbox.choose(first);
  }, [types]);
  useEffect(() => {
    if (name === RECORD && !open) goTo(INBOX);
    if (name !== RECORD && open) inbox.look(null);
  }, [name]); // whoever opens one looks first, and goes there then
  if (name === RECORD && open) return <Record key={open.id} inbox={inbox} line={open} />;
  const choose = (/** @type {Type} */ type) => {
    if (type !== chosen) void inbox.choose(type);
    goTo(RECORDS);
  };
  return (
    <div class={name === RECORDS ? 'inbox chosen' : 'inbox'}>
      <div class="side">
        <Heading still={inbox.place.back}>{t('inbox.title')}</Heading>
        {problem && !types && (
          <Notice kind="bad">
            <Explained error={problem} />
            <Button onClick={() => void inbox.list()}>{t('again')}</Button>
          </Notice>
        )}
        {!types && !problem && <Waiting text={t('inbox.listing')} />}
        {types && <Types types={types} chosen={chosen} choose={choose} />}
      </div>
      {types?.length === 0 && <Nothing again={() => void inbox.list()} />}
      {chosen && <Records key={`${chosen.writer} ${chosen.type}`} inbox={inbox} view={view} type={chosen} />}
    </div>
  );
}

/** Before anybody sent or shared anything. @param {{again: () => void}} props */
function Nothing({ again }) {
  const t = useTexts();
  return (
    <section class="card nothing">
      <h2>{t('inbox.nothing')}</h2>
      <p>{t('inbox.nothing.form')}</p>
      <p>{t('inbox.nothing.shared')}</p>
      <Button onClick={again}>{t('inbox.look')}</Button>
    </section>
  );
}

/** @param {{types: Type[], chosen: Type | null, choose: (type: Type) => void}} props */
function Types({ types, chosen, choose }) {
  const t = useTexts();
  const groups = [
    { title: t('inbox.own'), types: types.filter(({ own }) => own) },
    { title: t('inbox.shared'), types: types.filter(({ own }) => !own) },
  ];
  return (
    <nav class="types" aria-label={t('inbox.types')}>
      {groups.filter((group) => group.types.length).map((group) => (
        <section key={group.title}>
          <h2>{group.title}</h2>
          <ul>
            {group.types.map((type) => (
              <li key={`${type.writer} ${type.type}`}>
                <button type="button" aria-current={isSame(type, chosen) ? 'true' : undefined} onClick={() => choose(type)}>
                  <Name type={type} />
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </nav>
  );
}

/** @param {Type} one @param {Type | null} other */
const isSame = (one, other) => one.writer === other?.writer && one.type === other.type;

/** @param {{type: Type}} props */
function Name({ type: { type, title, owner, own, form, problem } }) {
  const t = useTexts();
  const { speech } = useWorkspace();
  const formTitle = wordsIn(title, speech.language);
  return (
    <>
      <strong><bdi>{formTitle || type}</bdi></strong>
      <span class="help">
        {formTitle && <><bdi>{type}</bdi> · </>}
        {own ? t(form ? 'inbox.from.form' : 'inbox.from.you') : t('inbox.from', { name: owner.name || t('unnamed') })}
        {problem && <> · {t('inbox.strange')}</>}
      </span>
    </>
  );
}

/** @param {{inbox: Store, view: View, type: Type}} props */
function Records({ inbox, view, type }) {
  const t = useTexts();
  const { speech } = useWorkspace();
  const { counts, reading, stopped, problem, lines, asked } = view;
  const [exporting, setExporting] = useState(false);
  const isWhole = !reading && !stopped && !problem;
  const title = wordsIn(type.title, speech.language) || type.type;
  const open = (/** @type {import('../kit/sifting.js').Line} */ line) => {
    inbox.look(line);
    goTo(RECORD);
  };
  const isSifted = !!(asked.search || asked.failed || Object.values(asked.filters).some(Boolean));
  return (
    <section class="records" aria-label={title}>
      <p class="up"><Button kind="link" onClick={() => goTo(INBOX)}>{t('inbox.up')}</Button></p>
      <div class="title">
        <h2><bdi>{title}</bdi></h2>
        <Button kind="link" onClick={() => void inbox.choose(type)} disabled={reading}>{t('inbox.again')}</Button>
        {isWhole && counts.opened > 0 && <Button onClick={() => setExporting(true)}>{t('export.open')}</Button>}
      </div>
      {exporting && (
        <Exporting
          title={title}
          columns={view.columns.map(({ name, label }) => ({ name, label: wordsIn(label, speech.language) || name }))}
          rows={() => pagesOf(type, inbox.everything())}
          onClose={() => setExporting(false)}
        />
      )}
      {type.problem && <Notice kind="warn"><Explained error={/** @type {any} */ (type.problem)} /></Notice>}
      {problem && <Notice kind="bad" title={t('inbox.broke')}><Explained error={problem} /></Notice>}
      <div class="count">
        <p>
          {t(counts.read === 1 ? 'inbox.count.one' : 'inbox.count', { count: counts.read })}
          {counts.failed > 0 && <>, {t('inbox.count.failed', { failed: counts.failed })}</>}
          {isSifted && <> · {t('inbox.count.shown', { shown: lines.length })}</>}
          {stopped && <> · {t('inbox.stopped')}</>}
        </p>
        {counts.failed > 0 && (
          <Button kind="link" onClick={() => inbox.ask({ failed: !asked.failed })}>
            {t(asked.failed ? 'inbox.failed.all' : 'inbox.failed.only')}
          </Button>
        )}
        {reading && (
          <>
            <progress aria-label={t('inbox.reading')} />
            <Button onClick={() => inbox.stop()}>{t('inbox.stop')}</Button>
          </>
        )}
      </div>
      <Spoken reading={reading} counts={counts} />
      {counts.read > 0 && <Sifting inbox={inbox} view={view} />}
      {counts.read > 0 && lines.length > 0 && <Grid inbox={inbox} open={open} label={title} />}
      {counts.read > 0 && !lines.length && <p class="none">{t('inbox.none')}</p>}
      {!counts.read && !reading && !problem && (
        <div class="none">
          <p>{t('inbox.empty')}</p>
          {type.own && type.form && <p class="help">{t('inbox.empty.help')}</p>}
        </div>
      )}
    </section>
  );
}

/** Says once that all was read: numbers that run are no news to who listens. @param {{reading: boolean, counts: View['counts']}} props */
function Spoken({ reading, counts: { read, failed } }) {
  const t = useTexts();
  const { say } = useWorkspace();
  useEffect(() => {
    if (!read && reading) return say(t('inbox.reading'));
    if (reading) return undefined;
    const all = t(read === 1 ? 'inbox.count.one' : 'inbox.count', { count: read });
    return say(failed ? `${all}, ${t('inbox.count.failed', { failed })}` : all);
  }, [reading]);
  return null;
}
