/** What table and record say alike. */

import { Fact } from '../kit/elements.jsx';
import { useTexts, useWorkspace } from '../kit/hooks.jsx';
import { reasonOf } from '../kit/texts.js';

/** A moment, or only its day. @param {{when: string}} props */
export function When({ when }) {
  const { speech } = useWorkspace();
  return <time dateTime={when}>{shownMoment(when, speech.language)}</time>;
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {string} when @param {string} language */
export function shownMoment(when, language) {
  const isDay = !when.includes('T');
  const key = `${language} ${isDay}`;
  /** @type {Intl.DateTimeFormatOptions} */
  const style = isDay ? { dateStyle: 'medium', timeZone: 'UTC' } : { dateStyle: 'medium', timeStyle: 'short' };
  const format = formats.get(key) ?? new Intl.DateTimeFormat(language, style);
  formats.set(key, format);
  return format.format(new Date(when));
}

/** Why a record cannot be shown, in plain words. @param {{error: import('../kit/contract.js').FailedRow['error']}} props */
export function Reason({ error }) {
  const t = useTexts();
  return <>{reasonOf(t, error)}</>;
}

/** The day on which a copy was left with the server; nothing for what is none. @param {{made: number}} props in milliseconds */
export function Left({ made }) {
  const t = useTexts();
  return made > 0 && <Fact name={t('left')}>{t('left.on', { made: new Date(made) })}</Fact>;
}
