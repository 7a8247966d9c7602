/** The recovery sheet, as it is printed: the same contents as the command's (apps/cli/recovery_sheet.py). */

import { Fact, Facts } from '../kit/elements.jsx';
import { useTexts } from '../kit/hooks.jsx';

/** @param {{sheet: import('../kit/contract.js').Sheet}} props */
export function SheetOfPaper({ sheet }) {
  const t = useTexts();
  return (
    <section class="paper" aria-label={t('sheet.of', { name: sheet.name })}>
      <h2>{t('sheet.of', { name: sheet.name })}</h2>
      <Facts>
        <Fact name={t('client.id')}><code dir="ltr">{sheet.id}</code></Fact>
        <Fact name={t('fingerprint')}><code dir="ltr">{sheet.fingerprint}</code></Fact>
        <Fact name={t('server')}><code dir="ltr">{location.origin}</code></Fact>
        <Fact name={t('made')}>{t('sheet.made', { date: sheet.date, serial: sheet.serial })}</Fact>
      </Facts>
      <p>{t('sheet.keep')}</p>
      <h3>{t('recovery')}</h3>
      <div class="secret">
        <Code rows={sheet.recovery} />
        <Qr rows={sheet.qr} label={t('sheet.qr')} />
      </div>
      <h3>{t('fetch.code')}</h3>
      <p>{t('sheet.fetch')}</p>
      <Code rows={sheet.fetch} />
      <p>{t('sheet.lost')} <code dir="ltr">{new URL('.', location.href).href}</code></p>
    </section>
  );
}

/** @param {{rows: string[]}} props */
function Code({ rows }) {
  return <pre dir="ltr">{rows.join('\n')}</pre>;
}

/** Drawn as one path: no image that could be asked for. @param {{rows: boolean[][], label: string}} props */
function Qr({ rows, label }) {
  const size = rows.length;
  const dark = rows.flatMap((row, y) => row.flatMap((on, x) => (on ? [`M${x} ${y}h1v1h-1z`] : [])));
  return (
    <svg class="qr" role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} shape-rendering="crispEdges">
      <path fill="#ffffff" d={`M0 0h${size}v${size}H0z`} />
      <path fill="#000000" d={dark.join('')} />
    </svg>
  );
}
