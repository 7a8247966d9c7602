/** What screens are made of. */

import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { isSilent } from './calls.js';
import { useTexts, useWorkspace } from './hooks.jsx';
import { explained } from './texts.js';

/** @typedef {import('preact').ComponentChildren} Children */
/** @typedef {ReturnType<typeof import('./hooks.jsx').useInput>} InputRef */
/** @typedef {import('./calls.js').ActError} ActError */

/** The heading of a screen or step: it takes the focus, so that who listens hears where she is. @param {{children: Children, still?: boolean}} props `still`: somebody else takes it */
export function Heading({ children, still = false }) {
  const t = useTexts();
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  useLayoutEffect(() => {
    if (!still) heading.current?.focus();
    scrollTo(0, 0);
  }, []);
  useEffect(() => {
    document.title = `${heading.current?.textContent} · ${t('title')}`;
  });
  return <h1 ref={heading} tabIndex={-1}>{children}</h1>;
}

/** The heading of what opens inside a screen; it takes the focus, too. @param {{children: Children}} props */
export function PartHeading({ children }) {
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  useLayoutEffect(() => heading.current?.focus(), []);
  return <h3 ref={heading} tabIndex={-1}>{children}</h3>;
}

/**
 * @param {object} props
 * @param {Children} props.children
 * @param {'first' | 'second' | 'danger' | 'link'} [props.kind]
 * @param {() => void} [props.onClick] without one it sends its form
 * @param {boolean} [props.disabled]
 * @param {string} [props.label] for who does not see what stands around it
 */
export function Button({ children, kind = 'second', onClick, disabled = false, label }) {
  return (
    <button type={onClick ? 'button' : 'submit'} class={kind} onClick={onClick} disabled={disabled} aria-label={label}>
      {children}
    </button>
  );
}

/** A form that no browser sends. @param {{children: Children, onSubmit: () => void, label?: string}} props */
export function Form({ children, onSubmit, label }) {
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    onSubmit();
  };
  return <form onSubmit={send} noValidate aria-label={label}>{children}</form>;
}

/**
 * @param {object} props
 * @param {string} props.label
 * @param {string} [props.help]
 * @param {InputRef} props.input
 * @param {boolean} [props.secret] typed under dots, which a button takes away
 * @param {boolean} [props.code] letters and digits, left to right in any language
 * @param {number} [props.maxLength]
 * @param {string} [props.value] what stands in it at first
 */
export function Field({ label, help, input, secret = false, code = false, maxLength, value }) {
  const t = useTexts();
  const [shown, setShown] = useState(false);
  const id = useId();
  const type = /** @type {'text'} */ (secret && !shown ? 'password' : 'text');
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {help && <p class="help" id={`${id}-help`}>{help}</p>}
      <div class="box">
        <input
          id={id}
          ref={input}
          type={type}
          aria-describedby={help ? `${id}-help` : undefined}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          dir={code ? 'ltr' : 'auto'}
          class={code ? 'code' : undefined}
          maxLength={maxLength}
          defaultValue={value}
        />
        {secret && (
          <button type="button" class="second" aria-pressed={shown} onClick={() => setShown(!shown)}>
            {t('show')}
          </button>
        )}
      </div>
    </div>
  );
}

/** Read what was typed, and leave nothing in the box. @param {InputRef} input */
export function taken(input) {
  const typed = input.current?.value ?? '';
  if (input.current) input.current.value = '';
  return typed;
}

/** @param {{kind?: 'plain' | 'good' | 'warn' | 'bad', title?: string, children: Children}} props */
export function Notice({ kind = 'plain', title, children }) {
  return (
    <div class={`notice ${kind}`}>
      {title && <h2>{title}</h2>}
      {children}
    </div>
  );
}

/** What failed, said at once. @param {{error: ActError | null}} props */
export function Failure({ error }) {
  if (!error || isSilent(error)) return null;
  return (
    <div class="notice bad" role="alert">
      <Explained error={error} />
    </div>
  );
}

/** What failed, and what to do next. @param {{error: ActError}} props */
export function Explained({ error }) {
  const t = useTexts();
  const { text, told } = explained(t, error);
  if (text) return <p>{text}</p>;
  return <>{told.map((sentence) => <p key={sentence} lang="en" dir="auto">{sentence}</p>)}</>;
}

/** A moment that takes some time, with how far it is if that is known. @param {{text: string, done?: number | undefined}} props */
export function Waiting({ text, done }) {
  const { say, hush } = useWorkspace();
  useEffect(() => {
    say(text);
    return () => hush(text);
  }, [text]);
  return (
    <div class="waiting">
      <p>{text}</p>
      <progress aria-label={text} max={1} value={done} />
    </div>
  );
}

/** Groups of four, to be compared by people. @param {{children: string}} props */
export function Fingerprint({ children }) {
  return (
    <code class="groups" dir="ltr">
      {children.split('-').map((group) => <span>{group}</span>)}
    </code>
  );
}

/** Headings and what belongs to them. @param {{children: Children}} props */
export function Facts({ children }) {
  return <dl class="facts">{children}</dl>;
}

/** @param {{name: string, children: Children}} props */
export function Fact({ name, children }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** @param {{text: string, label: string, shown?: string}} props `shown` where that is not only a word */
export function Copy({ text, label, shown }) {
  const t = useTexts();
  const { say } = useWorkspace();
  const [done, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      return say(t('copy.failed'));
    }
    setDone(true);
    return say(t('copied'));
  };
  return <Button onClick={() => void copy()} label={label}>{done ? t('copied') : (shown ?? t('copy'))}</Button>;
}
