/** What every screen uses: the texts, the tab, and acts that take a moment. */

import { createContext } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { ActError } from './calls.js';

/** @typedef {import('./tab.js').Tab} Tab */
/** @typedef {import('./texts.js').Speech} Speech */

/**
 * `say` tells screen readers something that changed, and `hush` that it is over; `given` is what a link carried.
 *
 * @typedef {object} Workspace
 * @property {Tab} tab
 * @property {Speech} speech
 * @property {(text: string) => void} say
 * @property {(text: string) => void} hush
 * @property {{[name: string]: string}} given
 */

export const WorkspaceContext = createContext(/** @type {Workspace} */ (/** @type {unknown} */ (null)));

export const useWorkspace = () => useContext(WorkspaceContext);
export const useTexts = () => useContext(WorkspaceContext).speech.t;

/** A box of which one reads what was typed when it is wanted: nothing of it is kept elsewhere. */
export const useInput = () => useRef(/** @type {HTMLInputElement | null} */ (null));

/** Returns what begins something that this part of the page waits for; it is stopped when the part goes. */
export function useStopped() {
  const last = useRef(/** @type {AbortController | null} */ (null));
  useEffect(() => () => last.current?.abort(), []);
  return () => {
    last.current?.abort();
    last.current = new AbortController();
    return last.current.signal;
  };
}

/**
 * Run one act at a time, and hold what came of it; `run` returns why it failed, null if it did not.
 *
 * @returns {{run: (act: () => Promise<unknown>) => Promise<ActError | null>, busy: boolean, error: ActError | null, refuse: (code: string) => void, clear: () => void}}
 */
export function useAct() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {ActError | null} */ (null));
  const gone = useRef(false);
  useEffect(() => () => void (gone.current = true), []);
  return {
    busy,
    error,
    clear: () => setError(null),
    refuse: (code) => setError(new ActError({ name: 'PageError', code, message: '', hint: '' })),
    async run(act) {
      setBusy(true);
      setError(null);
      try {
        await act();
        return null;
      } catch (failure) {
        if (!(failure instanceof ActError)) throw failure;
        if (!gone.current) setError(failure);
        return failure;
      } finally {
        if (!gone.current) setBusy(false);
      }
    },
  };
}

/** Ask before the tab is closed, as long as something would be lost. @param {boolean} holds */
export function useLeaving(holds) {
  useEffect(() => {
    if (!holds) return undefined;
    const ask = (/** @type {BeforeUnloadEvent} */ event) => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [holds]);
}
