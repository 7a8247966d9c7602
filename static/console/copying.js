/** Buttons of the admin that copy what is to be copied, and say that they did. */

const DONE = 'Copied.';
const BY_HAND = 'It is selected: copy it with your keyboard or your menu.';

for (const element of document.querySelectorAll('.snippet, code.command, code.fingerprint')) {
  const said = document.createElement('span');
  said.className = 'said';
  said.setAttribute('role', 'status');
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'copy';
  button.textContent = 'Copy';
  button.setAttribute('aria-label', `Copy ${nameOf(element)}`);
  button.addEventListener('click', async () => {
    said.textContent = (await copied(element)) ? DONE : BY_HAND;
  });
  const row = document.createElement('span');
  row.className = 'copy-row';
  row.append(button, said);
  element.after(row);
}

/** @param {Element} element */
function nameOf(element) {
  const label = element.getAttribute('aria-label');
  if (label) return `“${label}”`;
  return element.classList.contains('fingerprint') ? 'the fingerprint' : 'the command';
}

/**
 * Copy what an element says; where the browser does not allow that, select it for who reads it.
 *
 * @param {Element} element
 */
async function copied(element) {
  const text = element instanceof HTMLTextAreaElement ? element.value : (element.textContent ?? '');
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    select(element);
    return false;
  }
}

/** @param {Element} element */
function select(element) {
  if (element instanceof HTMLTextAreaElement) {
    element.focus();
    element.select();
  } else {
    getSelection()?.selectAllChildren(element);
  }
}
