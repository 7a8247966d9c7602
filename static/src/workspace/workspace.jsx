/** The entry of the page: the bar above every screen, and which screen that is. */

import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Dialog } from './kit/dialog.jsx';
import { dropDownloads } from './kit/downloads.js';
import { Button, Notice } from './kit/elements.jsx';
import { WorkspaceContext, useLeaving, useTexts } from './kit/hooks.jsx';
import { watchIdle } from './kit/idle.js';
import { Inbox as Store } from './kit/inbox.js';
import { FIRST, INBOX, MAKE, RECORD, RECORDS, goTo, takeRoute } from './kit/routes.js';
import { Tab } from './kit/tab.js';
import { LANGUAGES, chooseLanguage, speak } from './kit/texts.js';
import { Confirming } from './screens/confirming.jsx';
import { Home } from './screens/home.jsx';
import { Inbox } from './screens/inbox.jsx';
import { Made, Making } from './screens/making.jsx';
import { Opening } from './screens/opening.jsx';
import { Unlocking } from './screens/unlocking.jsx';

/** @typedef {import('./kit/routes.js').Route} Route */
/** @typedef {import('./kit/tab.js').View} View */
/** @typedef {import('./kit/texts.js').Speech} Speech */

/** How often a countdown is read aloud. */
const SPOKEN_SECONDS = [10, 30, 60];
const OF_RECORDS = [INBOX, RECORDS, RECORD];

/** @param {{tab: Tab, inbox: Store, route: Route, speech: Speech}} props */
function Workspace({ tab, inbox, route: first, speech: spoken }) {
  const [view, setView] = useState(tab.view);
  const [route, setRoute] = useState(first);
  const [speech, setSpeech] = useState(spoken);
  const [said, setSaid] = useState('');
  const [asking, setAsking] = useState(false);
  const [left, setLeft] = useState(/** @type {number | null} */ (null));
  const idle = useRef(/** @type {ReturnType<typeof watchIdle> | null} */ (null));
  const { t } = speech;

  useEffect(() => tab.subscribe(() => setView(tab.view)), []);
  useEffect(() => tab.subscribe(() => void (tab.view.who || dropDownloads())), []);
  useEffect(() => {
    const follow = () => setRoute(takeRoute());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  useEffect(() => {
    document.documentElement.lang = speech.language;
    document.documentElement.dir = speech.dir;
  }, [speech]);

  const lock = (/** @type {'button' | 'idle'} */ why) => {
    setLeft(null);
    setAsking(false);
    setSaid('');
    goTo(FIRST);
    void tab.lock(why);
  };
  const holds = view.who !== null || view.begun;
  useLeaving(view.who?.kept === 'nothing' && !view.who.unconfirmed);
  useEffect(() => {
    idle.current = watchIdle(holds ? { warn: setLeft, lock: () => lock('idle') } : { warn: () => {}, lock: emptyBoxes });
    return () => idle.current?.stop();
  }, [holds]);

  const choose = async (/** @type {string} */ language) => setSpeech(await speak(language));
  const hush = (/** @type {string} */ text) => setSaid((now) => (now === text ? '' : now));
  const workspace = { tab, speech, say: setSaid, hush, given: route.given };
  return (
    <WorkspaceContext.Provider value={workspace}>
      <header class="bar">
        <span class="brand"><Lock />{t('title')}</span>
        {view.who && <span class="who" dir="auto">{view.who.name}</span>}
        <label class="language">
          <span>{t('language')}</span>
          <select onChange={({ currentTarget }) => void choose(currentTarget.value)}>
            {Object.entries(LANGUAGES).map(([language, name]) => (
              <option key={language} value={language} lang={language} selected={language === speech.language}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {holds && <Button onClick={() => (view.begun ? setAsking(true) : lock('button'))}>{t('lock')}</Button>}
      </header>
      {isOpen(view) && <Places name={route.name} />}
      <main class={isOpen(view) && OF_RECORDS.includes(route.name) ? 'column wide' : 'column'}>
        {view.who && view.warnings.map((warning) => (
          <Notice key={warning} kind="warn"><p lang="en" dir="auto">{warning}</p></Notice>
        ))}
        <Screen view={view} route={route} inbox={inbox} />
      </main>
      <p class="spoken" role="status">{said}</p>
      {asking && left === null && (
        <Dialog title={t('lock.begun')} onEscape={() => setAsking(false)}>
          <p>{t(view.told ? 'locked.told' : 'locked.begun')}</p>
          <div class="actions">
            <Button kind="first" onClick={() => setAsking(false)}>{t('cancel')}</Button>
            <Button kind="danger" onClick={() => lock('button')}>{t('lock.now')}</Button>
          </div>
        </Dialog>
      )}
      {left !== null && <Warning left={left} stay={() => idle.current?.stay()} lock={() => lock('button')} />}
    </WorkspaceContext.Provider>
  );
}

/** What was typed and not sent: no box keeps it for ever. */
function emptyBoxes() {
  for (const box of document.querySelectorAll('input')) box.value = '';
}

/** Whether keys are open, and nothing has to be read about them first. @param {View} view */
const isOpen = ({ who, made, later }) => who !== null && !made && (!who.unconfirmed || later);

/** Where somebody with open keys can go. @param {{name: string}} props */
function Places({ name }) {
  const t = useTexts();
  const isOfRecords = OF_RECORDS.includes(name);
  return (
    <nav class="places" aria-label={t('places')}>
      <a href={`#/${INBOX}`} aria-current={isOfRecords ? 'page' : undefined}>{t('places.records')}</a>
      <a href={`#/${FIRST}`} aria-current={isOfRecords ? undefined : 'page'}>{t('places.keys')}</a>
    </nav>
  );
}

/** @param {{view: View, route: Route, inbox: Store}} props */
function Screen({ view: { file, who, locked, unfinished, told, later, made, begun, problem }, route, inbox }) {
  if (who && made) return <Made />;
  if (who?.unconfirmed && !later) return <Confirming who={who} />;
  if (who && OF_RECORDS.includes(route.name)) return <Inbox inbox={inbox} name={route.name} />;
  if (who) return <Home who={who} problem={problem} />;
  if (begun || (route.name === MAKE && !file)) return <Making key="make" />;
  if (file) return <Unlocking key={`${file.id} ${locked}`} file={file} locked={locked} />;
  return <Opening locked={locked} unfinished={unfinished} told={told} />;
}

/** A minute before the lock. @param {{left: number, stay: () => void, lock: () => void}} props */
function Warning({ left, stay, lock }) {
  const t = useTexts();
  const spoken = SPOKEN_SECONDS.find((each) => left <= each) ?? left;
  return (
    <Dialog title={t('idle.title')} onEscape={stay}>
      <p aria-hidden="true">{t('idle.help', { seconds: left })}</p>
      <p class="spoken" role="alert">{t('idle.help', { seconds: spoken })}</p>
      <div class="actions">
        <Button kind="first" onClick={stay}>{t('idle.stay')}</Button>
        <Button onClick={lock}>{t('lock.now')}</Button>
      </div>
    </Dialog>
  );
}

function Lock() {
  return (
    <svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M5 7.5V6a3 3 0 0 1 6 0v1.5h.5a1 1 0 0 1 1 1v3.5a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1V8.5a1 1 0 0 1 1-1zm1.5 0h3V6a1.5 1.5 0 0 0-3 0z" />
    </svg>
  );
}

/** A file that is dropped beside its place must not take the page's. @param {Event} event */
const stayHere = (event) => event.preventDefault();

async function start() {
  addEventListener('dragover', stayHere);
  addEventListener('drop', stayHere);
  const route = takeRoute();
  const speech = await speak(chooseLanguage(navigator.languages));
  const place = document.getElementById('workspace');
  if (!place) return;
  place.replaceChildren();
  const tab = new Tab();
  render(<Workspace tab={tab} inbox={new Store(tab)} route={route} speech={speech} />, place);
}

void start();
