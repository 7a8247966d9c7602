/**
 * The draft of a form in the admin: questions and options are moved by buttons, and sections are
 * put before a question by its name. Without this script the numbers can be typed.
 */

const QUESTIONS = '#fields-group';
const SECTIONS = '#sections-group';
const ROW = '.inline-related:not(.empty-form)';
const END = 'after the last question';

const said = document.createElement('p');
said.className = 'said';
said.setAttribute('role', 'status');

const questions = document.querySelector(QUESTIONS);
const sections = document.querySelector(SECTIONS);
if (questions && questions.querySelector('input[name$="-order"]')) begin(questions);

/** @param {Element} group */
function begin(group) {
  document.documentElement.classList.add('moves');
  group.prepend(said);
  for (const row of rows(group)) equip(row);
  for (const row of sections ? rows(sections) : []) equipSection(row);
  renumber(beginnings());
  document.addEventListener('formset:added', (event) => {
    const row = event.target;
    if (!(row instanceof HTMLElement)) return;
    if (row.closest(QUESTIONS)) equip(row);
    if (row.closest(SECTIONS)) equipSection(row);
    renumber(beginnings());
  });
  document.addEventListener('formset:removed', () => renumber(beginnings()));
  group.addEventListener('change', () => renumber(beginnings()));
}

/**
 * @param {Element} group
 * @returns {HTMLElement[]}
 */
function rows(group) {
  return [...group.querySelectorAll(ROW)].filter((row) => row instanceof HTMLElement);
}

/**
 * @param {Element} row
 * @param {string} member
 * @returns {HTMLInputElement | null}
 */
function box(row, member) {
  return row.querySelector(`input[name$="-${member}"]`);
}

/** @param {Element} row */
function nameOf(row) {
  return box(row, 'label')?.value || box(row, 'name')?.value || 'a question without a label';
}

/** @param {HTMLElement} row */
function equip(row) {
  if (row.querySelector('.move')) return;
  const bar = document.createElement('div');
  bar.className = 'move';
  bar.append(mover(row, 'up'), mover(row, 'down'));
  (row.querySelector('h3') ?? row.firstElementChild ?? row).after(bar);
  for (const options of row.querySelectorAll('textarea[name$="-options"]')) {
    if (options instanceof HTMLTextAreaElement) equipLines(options);
  }
}

/**
 * @param {HTMLElement} row
 * @param {'up' | 'down'} way
 */
function mover(row, way) {
  const button = made(way === 'up' ? '↑ Move up' : '↓ Move down');
  button.addEventListener('click', () => {
    const all = rows(/** @type {Element} */ (questions));
    const place = all.indexOf(row);
    const other = all[way === 'up' ? place - 1 : place + 1];
    if (!other) {
      said.textContent = `${nameOf(row)} is the ${way === 'up' ? 'first' : 'last'} question.`;
      return;
    }
    const before = beginnings();
    if (way === 'up') other.before(row);
    else other.after(row);
    renumber(before);
    button.focus();
    const now = way === 'up' ? place : place + 2;
    said.textContent = `${nameOf(row)} is now question ${now} of ${all.length}.`;
  });
  return button;
}

/** @param {string} text */
function made(text) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = text;
  return button;
}

/** Buttons that move the line of a box in which the cursor stands. @param {HTMLTextAreaElement} area */
function equipLines(area) {
  const bar = document.createElement('div');
  bar.className = 'move lines';
  for (const [text, step] of /** @type {[string, number][]} */ ([['↑ Line up', -1], ['↓ Line down', 1]])) {
    const button = made(text);
    button.addEventListener('click', () => moveLine(area, step));
    bar.append(button);
  }
  area.after(bar);
}

/**
 * @param {HTMLTextAreaElement} area
 * @param {number} step
 */
function moveLine(area, step) {
  const lines = area.value.split('\n');
  const at = area.value.slice(0, area.selectionStart).split('\n').length - 1;
  const to = at + step;
  if (to < 0 || to >= lines.length) return;
  const [line = ''] = lines.splice(at, 1);
  lines.splice(to, 0, line);
  area.value = lines.join('\n');
  const start = lines.slice(0, to).join('\n').length + (to ? 1 : 0);
  area.setSelectionRange(start, start);
  said.textContent = `${line} is now option ${to + 1} of ${lines.length}.`;
}

/** @param {HTMLElement} row */
function equipSection(row) {
  const order = box(row, 'order');
  if (!order || row.querySelector('select.before')) return;
  const choice = document.createElement('select');
  choice.className = 'before';
  choice.id = `${order.id}-choice`;
  choice.addEventListener('change', () => {
    order.value = choice.value;
  });
  order.before(choice);
  order.hidden = true;
  const label = row.querySelector(`label[for="${order.id}"]`);
  if (label instanceof HTMLLabelElement) label.htmlFor = choice.id;
}

/**
 * Which question each section begins before, null behind the last one.
 *
 * @returns {Map<HTMLInputElement, HTMLElement | null>}
 */
function beginnings() {
  const all = questions ? rows(questions) : [];
  const found = new Map();
  for (const row of sections ? rows(sections) : []) {
    const order = box(row, 'order');
    if (!order) continue;
    const first = Number(order.value || 1);
    const next = all.filter((each) => Number(box(each, 'order')?.value || Infinity) >= first);
    next.sort((a, b) => Number(box(a, 'order')?.value) - Number(box(b, 'order')?.value));
    found.set(order, next[0] ?? null);
  }
  return found;
}

/**
 * Number the questions as they stand; each section stays with its question.
 *
 * @param {Map<HTMLInputElement, HTMLElement | null>} before
 */
function renumber(before) {
  const all = questions ? rows(questions) : [];
  all.forEach((row, place) => {
    const order = box(row, 'order');
    if (order) order.value = String(place + 1);
    for (const button of row.querySelectorAll('.move:not(.lines) button')) {
      button.setAttribute('aria-label', `${(button.textContent ?? '').slice(2)}: ${nameOf(row)}`);
    }
  });
  for (const [order, row] of before) {
    order.value = String(row && row.isConnected ? all.indexOf(row) + 1 : all.length + 1);
  }
  for (const row of sections ? rows(sections) : []) offer(row, all);
}

/**
 * @param {HTMLElement} row
 * @param {HTMLElement[]} all
 */
function offer(row, all) {
  const choice = row.querySelector('select.before');
  const order = box(row, 'order');
  if (!(choice instanceof HTMLSelectElement) || !order) return;
  const options = all.map((each, place) => new Option(`${place + 1}. ${nameOf(each)}`, String(place + 1)));
  choice.replaceChildren(...options, new Option(END, String(all.length + 1)));
  choice.value = order.value;
}
