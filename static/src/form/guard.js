/**
 * sealform-guard.js: on hosted pages, before the script of the form. Where that one is altered,
 * blocked, lost on the way or too new for the browser, this one says so and counts it.
 */

const PATIENCE = 15_000;

/** @param {boolean} over whether nothing more is being loaded */
function check(over) {
  const host = document.querySelector('[data-sealform]');
  if (!host) return;
  const silent = !host.hasAttribute('data-sealform-state');
  for (const notice of document.querySelectorAll('[data-sealform-blocked]')) {
    notice.toggleAttribute('hidden', !silent);
  }
  if (!silent || !over) return;
  host.replaceChildren();
  fetch(`/api/v1/forms/${host.getAttribute('data-sealform')}/failures`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"code":"script"}',
    credentials: 'omit',
    keepalive: true,
  });
}

// Deferred scripts run before this event, and the form's marks its place at once.
document.addEventListener('DOMContentLoaded', () => setTimeout(check, 0, true));
setTimeout(check, PATIENCE, false);
