/**
 * sealform-frame.js: for pages that show a form in an iframe marked `data-sealform-frame`. Gives the
 * iframe its height and repeats the form's events on it.
 */

const MARKED = 'iframe[data-sealform-frame]';
const EVENTS = ['ready', 'queued', 'sent', 'error'];
const LONGEST = 50_000;

/** @returns {HTMLIFrameElement[]} */
const marked = () => [...document.querySelectorAll(/** @type {'iframe'} */ (MARKED))];

/** @param {HTMLIFrameElement} frame */
const originOf = ({ src }) => (src ? new URL(src, location.href).origin : '');

addEventListener('message', ({ data, source, origin }) => {
  const frame = marked().find((one) => one.contentWindow === source && originOf(one) === origin);
  const said = data?.sealform;
  if (!frame || !said) return;
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

document.addEventListener('load', ask, true); // of an iframe
ask();
