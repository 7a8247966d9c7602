/**
 * sealform-frame.js: for pages that show a form in an iframe marked `data-sealform-frame`. Gives the
 * iframe its height and repeats the form's events on it.
 */

const MARKED = 'iframe[data-sealform-frame]';
const EVENTS = ['ready', 'queued', 'sent', 'error'];
const LONGEST = 50_000;
const PATIENCE = 15_000;

/** @type {WeakSet<HTMLIFrameElement>} whose form has spoken */
const heard = new WeakSet();

/** @returns {HTMLIFrameElement[]} */
const marked = () => [...document.querySelectorAll(/** @type {'iframe'} */ (MARKED))];

/** @param {HTMLIFrameElement} frame */
const originOf = ({ src }) => (src ? new URL(src, location.href).origin : '');

addEventListener('message', ({ data, source, origin }) => {
  const frame = marked().find((one) => one.contentWindow === source && originOf(one) === origin);
  const said = data?.sealform;
  if (!frame || !said) return;
  heard.add(frame);
  if (said.height > 0 && said.height < LONGEST) frame.style.height = `${Number(said.height)}px`;
  if (EVENTS.includes(said.what)) {
    const { detail } = said;
    frame.dispatchEvent(new CustomEvent(`sealform:${said.what}`, { bubbles: true, detail }));
  }
});

/** A form that loaded before this script has spoken already, or does not know to whom. */
function ask() {
  for (const { contentWindow } of marked()) contentWindow?.postMessage({ sealform: 'height' }, '*');
}

/**
 * Browsers show nothing of a form on a site that it does not list, and tell nobody why: this is for the
 * site's owner.
 *
 * @param {HTMLIFrameElement} frame
 */
function miss(frame) {
  if (heard.has(frame) || !frame.isConnected) return;
  heard.add(frame);
  console.error(
    `sealform: the form in ${frame.src} does not answer. In the admin, add ${location.origin}, exactly, to its sites`,
  );
  frame.dispatchEvent(new CustomEvent('sealform:error', { bubbles: true, detail: { code: 'origin' } }));
}

/** @param {EventTarget | null} target of an event at the end of loading */
function loaded(target) {
  const frame = marked().find((one) => one === target);
  if (!frame) return;
  ask();
  setTimeout(() => miss(frame), PATIENCE);
}

document.addEventListener('load', ({ target }) => loaded(target), true);
ask();
for (const frame of marked()) setTimeout(() => miss(frame), PATIENCE);
