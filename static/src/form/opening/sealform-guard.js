/**
 * sealform-guard.js: on hosted pages, before the script of the form. Where that one is altered,
 * blocked, lost on the way or too new for the browser, this one says so and counts it. Its links keep
 * what stands behind "#".
 */

// Deferred scripts run before this event, and the form's marks its place at once. Where this one
// is lost too, the page's style sheet shows the notice after a while.
document.addEventListener('DOMContentLoaded', () =>
  setTimeout(() => {
    const host = document.querySelector('div[data-sealform]:not([data-sealform-state])');
    if (!host) return;
    host.replaceChildren();
    document.querySelector('[data-sealform-blocked]')?.setAttribute('data-sealform-blocked', 'now');
    fetch(`/api/v1/forms/${host.getAttribute('data-sealform')}/failures`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"code":"script"}',
      credentials: 'omit',
      keepalive: true,
    });
  }),
);

// Read when a link is used: what stands behind "#" goes once it has been sent.
for (const link of document.querySelectorAll('.languages a')) {
  const keep = () => ((/** @type {HTMLAnchorElement} */ (link)).hash = location.hash);
  for (const use of ['pointerdown', 'click']) link.addEventListener(use, keep);
}
document.querySelector('[data-sealform-blocked] a')?.addEventListener('click', (event) => {
  event.preventDefault();
  location.reload(); // a link to "" would drop it
});
