/** Asks the page's own listeners before a form is sent. */

/**
 * Whether the page's own listeners let a form be sent: they hear of it once all answers are in
 * order, as they would of a native form, and may cancel it. Without an `action` a page has to cancel
 * the browser's own sending, and says nothing with it about ours.
 *
 * @param {SubmitEvent} event the visitor's
 * @param {WeakSet<Event>} asked gets ours, to be told from it
 */
export function allowed({ target, submitter }, asked) {
  const form = /** @type {HTMLFormElement} */ (target);
  const asking = new SubmitEvent('submit', { bubbles: true, cancelable: true, submitter });
  asked.add(asking);
  const method = form.getAttribute('method');
  form.setAttribute('method', 'dialog'); // or Firefox would send it by itself
  const sent = form.dispatchEvent(asking) || !form.hasAttribute('action');
  if (method === null) form.removeAttribute('method');
  else form.setAttribute('method', method);
  if (!sent) console.warn("sealform: the page's own listener cancelled the form; nothing was sent");
  return sent;
}
