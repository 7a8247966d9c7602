/** On pages of our own server: asks before what was typed is lost. */

/** @param {BeforeUnloadEvent} event */
function ask(event) {
  event.preventDefault();
  event.returnValue = true; // for browsers that do not heed the former
}

/**
 * Ask who leaves the page, as long as there is something to lose: with such a listener some browsers
 * keep no page alive to come back to.
 *
 * @param {boolean} lost
 */
export function askBeforeLeaving(lost) {
  if (lost) addEventListener('beforeunload', ask);
  else removeEventListener('beforeunload', ask);
}
