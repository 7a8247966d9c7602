/** What people look for: a search over everything, and for who opens it a filter and an order by column. */

import { useEffect, useId, useRef } from 'preact/hooks';
import { Button } from '../kit/elements.jsx';
import { useTexts, useWorkspace } from '../kit/hooks.jsx';
import { EVERYTHING, WHEN, wordsIn } from '../kit/sifting.js';

/** @typedef {import('../kit/inbox.js').Inbox} Inbox */
/** @typedef {import('../kit/inbox.js').View} View */

/** After the last key, in milliseconds. */
const PATIENCE = 150;

/** @param {{inbox: Inbox, view: View}} props */
export function Sifting({ inbox, view: { columns, asked } }) {
  const t = useTexts();
  const { speech } = useWorkspace();
  const id = useId();
  const form = useRef(/** @type {HTMLDivElement | null} */ (null));
  const waiting = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  useEffect(() => () => clearTimeout(waiting.current), []);
  const soon = (/** @type {() => void} */ act) => {
    clearTimeout(waiting.current);
    waiting.current = setTimeout(act, PATIENCE);
  };
  const filter = (/** @type {string} */ name, /** @type {string} */ typed) => {
    soon(() => inbox.ask({ filters: { ...inbox.view.asked.filters, [name]: typed } }));
  };
  const clear = () => {
    clearTimeout(waiting.current);
    for (const box of form.current?.querySelectorAll('input') ?? []) box.value = '';
    inbox.ask(EVERYTHING);
  };
  const fields = [
    { name: WHEN, label: t('inbox.when') },
    ...columns.map(({ name, label }) => ({ name, label: wordsIn(label, speech.language) || name })),
  ];
  const used = Object.values(asked.filters).filter(Boolean).length;
  return (
    <div class="sifting" ref={form}>
      <label class="search">
        <span class="spoken">{t('inbox.search')}</span>
        <input
          type="search"
          dir="auto"
          autocomplete="off"
          spellcheck={false}
          placeholder={t('inbox.search')}
          defaultValue={asked.search}
          onInput={({ currentTarget }) => soon(() => inbox.ask({ search: currentTarget.value }))}
        />
      </label>
      <details>
        <summary>{t('inbox.filters')}{used > 0 && ` (${used})`}</summary>
        <div class="filters">
          <div>
            <label for={`${id}-by`}>{t('inbox.by')}</label>
            <select
              id={`${id}-by`}
              onChange={({ currentTarget: { value } }) => inbox.ask({ by: value.slice(1), falling: value.startsWith('-') })}
            >
              {fields.flatMap(({ name, label }) =>
                ['+', '-'].map((sign) => (
                  <option key={sign + name} value={sign + name} selected={asked.by === name && asked.falling === (sign === '-')}>
                    {t(sign === '-' ? 'inbox.falling' : 'inbox.rising', { name: label })}
                  </option>
                )),
              )}
            </select>
          </div>
          {fields.map(({ name, label }) => (
            <div key={name}>
              <label for={`${id}-${name}`}><bdi>{label}</bdi></label>
              <input
                id={`${id}-${name}`}
                dir="auto"
                autocomplete="off"
                spellcheck={false}
                placeholder={name === WHEN ? '2026-11' : undefined}
                defaultValue={asked.filters[name] ?? ''}
                onInput={({ currentTarget }) => filter(name, currentTarget.value)}
              />
            </div>
          ))}
          <Button onClick={clear}>{t('inbox.clear')}</Button>
        </div>
      </details>
    </div>
  );
}
