/**
 * Rows of records, of which only those in sight are drawn; all have one height, so where each stands is one multiplication.
 * On a phone the same lines are cards.
 */

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useTexts, useWorkspace } from '../kit/hooks.jsx';
import { shownText } from '../kit/showing.js';
import { WHEN, isFailed, valueOf, wordsIn } from '../kit/sifting.js';
import { Reason, When } from './parts.jsx';

/** @typedef {import('../kit/contract.js').Column} Column */
/** @typedef {import('../kit/contract.js').Row} Row */
/** @typedef {import('../kit/inbox.js').Inbox} Inbox */
/** @typedef {import('../kit/sifting.js').Line} Line */

/** Lines that are drawn above and below those in sight. */
const AROUND = 8;
const GUESSED_HEIGHT = 45;

/** @param {{inbox: Inbox, open: (line: Line) => void, label: string}} props */
export function Grid({ inbox, open, label }) {
  const { lines, columns, asked } = inbox.view;
  const { sight, rows, height, move } = useWindow(inbox, lines.length);
  const [first, last] = rows;
  const at = Math.min(inbox.place.at, Math.max(0, lines.length - 1));
  const drawn = Array.from({ length: Math.max(0, last - first) }, (_, n) => first + n);
  // The line with the focus stays, wherever it was scrolled to.
  if (lines.length && (at < first || at >= last)) drawn.push(at);
  const keys = (/** @type {KeyboardEvent} */ event) => {
    const line = lines[at];
    if (event.target instanceof Element && event.target.closest('.head')) return undefined;
    if (event.key === 'Enter' && line) return open(line);
    return move(event);
  };
  return (
    <div
      class="grid"
      role="grid"
      ref={sight}
      aria-label={label}
      aria-rowcount={lines.length + 1}
      aria-colcount={columns.length + 1}
      style={{ '--columns': String(columns.length) }}
      onKeyDown={keys}
    >
      <div class="head" role="rowgroup">
        <div class="line" role="row" aria-rowindex={1}>
          <Head inbox={inbox} name={WHEN} asked={asked} />
          {columns.map((column) => <Head key={column.name} inbox={inbox} name={column.name} column={column} asked={asked} />)}
        </div>
      </div>
      <div class="body" role="rowgroup" style={{ height: `${lines.length * height}px` }}>
        {drawn.map((index) => {
          const line = /** @type {Line} */ (lines[index]);
          return (
            <div
              key={index}
              class={isFailed(line) ? 'line failed' : 'line'}
              role="row"
              aria-rowindex={index + 2}
              tabIndex={index === at ? 0 : -1}
              style={{ transform: `translateY(${index * height}px)` }}
              onClick={() => open(line)}
              onFocus={() => void (inbox.place.at = index)}
            >
              {isFailed(line) ? <FailedCells line={line} columns={columns} /> : <Cells row={line} columns={columns} inbox={inbox} />}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** Which lines are in sight, and the keys that lead to others. @param {Inbox} inbox @param {number} count */
function useWindow(inbox, count) {
  const sight = useRef(/** @type {HTMLDivElement | null} */ (null));
  const focus = useRef(inbox.place.back);
  const [height, setHeight] = useState(GUESSED_HEIGHT);
  const [{ top, size }, setSight] = useState({ top: inbox.place.top, size: 1000 });
  const [, again] = useState({});

  const look = () => {
    const shown = sight.current;
    if (!shown) return;
    inbox.place.top = shown.scrollTop;
    setSight({ top: shown.scrollTop, size: shown.clientHeight });
    const line = shown.querySelector('.body .line');
    if (line instanceof HTMLElement && line.offsetHeight) setHeight(line.offsetHeight);
  };
  useLayoutEffect(() => {
    const shown = sight.current;
    if (!shown) return undefined;
    shown.scrollTop = inbox.place.top;
    look();
    const watching = new ResizeObserver(() => requestAnimationFrame(look));
    watching.observe(shown);
    shown.addEventListener('scroll', look, { passive: true });
    return () => {
      watching.disconnect();
      shown.removeEventListener('scroll', look);
    };
  }, []);
  useLayoutEffect(look, [count > 0]);
  useLayoutEffect(() => {
    if (sight.current && inbox.place.top === 0) sight.current.scrollTop = 0;
  }, [inbox.view.asked]);
  useLayoutEffect(() => {
    if (!focus.current) return;
    focus.current = false;
    inbox.place.back = false;
    const line = sight.current?.querySelector('.body .line[tabindex="0"]');
    if (line instanceof HTMLElement) line.focus({ preventScroll: true });
  });

  const first = Math.max(0, Math.floor(top / height) - AROUND);
  const last = Math.min(count, Math.ceil((top + size) / height) + AROUND);
  const move = (/** @type {KeyboardEvent} */ event) => {
    const page = Math.max(1, Math.floor(size / height) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -count, End: count };
    const step = Object.hasOwn(steps, event.key) ? steps[/** @type {keyof typeof steps} */ (event.key)] : 0;
    const shown = sight.current;
    if (!step || !shown) return;
    event.preventDefault();
    const at = Math.max(0, Math.min(count - 1, inbox.place.at + step));
    inbox.place.at = at;
    const head = shown.querySelector('.head');
    const room = shown.clientHeight - (head instanceof HTMLElement ? head.offsetHeight : 0);
    if (at * height < shown.scrollTop) shown.scrollTop = at * height;
    else if ((at + 1) * height > shown.scrollTop + room) shown.scrollTop = (at + 1) * height - room;
    focus.current = true;
    look();
    again({});
  };
  return { sight, rows: /** @type {const} */ ([first, last]), height, move };
}

/** @param {{inbox: Inbox, name: string, column?: Column, asked: import('../kit/sifting.js').Asked}} props */
function Head({ inbox, name, column, asked }) {
  const t = useTexts();
  const { speech } = useWorkspace();
  const isBy = asked.by === name;
  const sort = isBy ? (asked.falling ? 'descending' : 'ascending') : 'none';
  const label = column ? shownText(wordsIn(column.label, speech.language) || name) : t('inbox.when');
  return (
    <div role="columnheader" aria-sort={sort}>
      <button type="button" onClick={() => inbox.ask({ by: name, falling: isBy ? !asked.falling : name === WHEN })}>
        <span dir="auto" title={label}>{label}</span>
      </button>
    </div>
  );
}

/** @param {{row: Row, columns: Column[], inbox: Inbox}} props */
function Cells({ row, columns, inbox }) {
  const t = useTexts();
  const { speech } = useWorkspace();
  const { say } = inbox;
  return (
    <>
      <div role="gridcell" class="when"><When when={row.when} />{row.stolen && <span class="mark">{t('inbox.stolen')}</span>}</div>
      {columns.map((column) => {
        const text = say(valueOf(row, column.name), column);
        const isMarked = Object.hasOwn(row.marks, column.name);
        return (
          <div key={column.name} role="gridcell" class={isMarked ? 'marked' : undefined}>
            <span class="label" aria-hidden="true" dir="auto">{shownText(wordsIn(column.label, speech.language) || column.name)}</span>
            <span class="value" dir="auto">{shownText(text.slice(0, 200))}</span>
            {isMarked && <span class="spoken">{t('inbox.marked')}</span>}
          </div>
        );
      })}
    </>
  );
}

/** @param {{line: import('../kit/contract.js').FailedRow, columns: Column[]}} props */
function FailedCells({ line, columns }) {
  const t = useTexts();
  return (
    <>
      <div role="gridcell" class="when">{t('inbox.unknown')}</div>
      <div role="gridcell" class="reason" aria-colspan={Math.max(1, columns.length)}><Reason error={line.error} /></div>
    </>
  );
}
