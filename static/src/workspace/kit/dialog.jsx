/** Asks for a decision before anything else goes on. Escape is the harmless answer. */

import { useEffect, useId, useRef } from 'preact/hooks';

/** @param {{title: string, children: import('preact').ComponentChildren, onEscape: () => void}} props */
export function Dialog({ title, children, onEscape }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  const cancel = (/** @type {Event} */ event) => {
    event.preventDefault();
    onEscape();
  };
  return (
    <dialog ref={dialog} aria-labelledby={id} onCancel={cancel}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}
