/**
 * Stands in for the key worker where only the pages are tested: it answers by the contract
 * (static/src/workspace/kit/contract.js), makes no keys and asks no server.
 */

const PASSPHRASE = 'mule lantern orbit fabric cedar tulip';
const ROW = 'ABCD-EFGH-IJKL-MNOP';
const ROWS = [ROW, ROW, ROW, ROW];
const MADE = 1_790_000_000;
const FINGERPRINT = Array.from({ length: 16 }, (_, i) => `${'ABCDEFGH'[i % 8]}Q7${i % 6 + 2}`).join('-');
const ID = '6f1c1d8e-7a51-4a55-9a55-0d4f6f2b8c11';
const SLOTS = [
  { id: 'a', kind: 'passphrase', label: 'passphrase', made: MADE, proved: MADE },
  { id: 'b', kind: 'recovery', label: 'recovery sheet', made: MADE, proved: 0 },
];

const question = (name, label, kind = 'text', options = []) => ({ name, kind, label, options });
const CHOICES = [{ value: 'am', label: { en: 'In the morning', de: 'Vormittags', ar: 'صباحًا' } }, { value: 'pm', label: 'In the afternoon' }];
const COLUMNS = [
  question('fullname', { en: 'Full name', de: 'Name', ar: 'الاسم الكامل' }),
  question('email', 'E-mail address', 'email'),
  question('slot', 'When should we call you back?', 'radio', CHOICES),
  question('age', 'Age', 'number'),
  question('letter', 'Newsletter', 'boolean'),
  question('comments', 'Anything else that we should know before we call?', 'textarea'),
];
const stream = (type, title, own, more) => ({ writer: ID, type, form: own ? ID : '', title, columns: COLUMNS, own, problem: null, ...more });
const TYPES = [
  stream('account', 'Ask for a call', true, { owner: { id: ID, name: 'Harbour Clinic' } }),
  stream('feedback', 'Feedback after a visit', true, { owner: { id: ID, name: 'Harbour Clinic' } }),
  stream('contact', '', false, { owner: { id: SLOTS[0].id, name: 'Acme Insurance' } }),
];
const PEOPLE = ['Ada Lovelace', 'Zoë O’Hara', 'محمد الأمين', '山田 花子', 'Grace Hopper', 'Søren Kierkegaard'];
const LONG = 'Please call the number of my mother, who keeps my calendar; she is at home until noon. '.repeat(9);
const row = (n) => ({
  id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  when: `2026-11-${String(28 - (n % 20)).padStart(2, '0')}T${String(8 + (n % 9)).padStart(2, '0')}:15:00Z`,
  rev: 1,
  values: {
    fullname: PEOPLE[n % PEOPLE.length],
    email: `visitor${n}@example.org`,
    slot: n % 3 ? 'am' : 'pm',
    age: n === 4 ? 'ancient' : String(20 + (n * 7) % 60),
    letter: n % 2 === 0,
    comments: n % 5 ? '' : LONG,
  },
  marks: n === 4 ? { age: 'number' } : {},
  meta: {},
  stolen: false,
});
const ROWS_OF_FORM = Array.from({ length: 1203 }, (_, n) => row(n));
const PASSKEY = {
  ...{ id: 'c', kind: 'passkey', label: 'Front desk', made: MADE, proved: 0 },
  ...{ rp: self.location.hostname, credential: 'AAAA', salt: 'A'.repeat(43) },
};

let slots = SLOTS;
let name = 'Harbour Clinic';
let fetched = false;
let unconfirmed = false;
let memory = true;

const file = () => ({ id: ID, name, fingerprint: FINGERPRINT, serial: 3, slots, fetched, hasMemory: memory });
const who = () => ({
  ...{ id: ID, name, fingerprint: FINGERPRINT, serial: 3, server: 'https://forms.example.org', slots, unconfirmed, memory },
  ...{ kept: memory ? 'server' : 'file', expires: '2027-11-29' },
});
const qr = () => Array.from({ length: 29 }, (_, y) => Array.from({ length: 29 }, (_, x) => (x * y + x + y * 7) % 3 === 0));
const refused = (code, message, hint) => Object.assign(new Error(message), { code, hint });
const bare = (text) => text.replace(/[^A-Z2-7]/g, '');

const ACTS = {
  look({ file, state }) {
    const said = new TextDecoder().decode(file);
    if (!said.startsWith('{')) throw refused('malformed', 'this is no key file', 'choose the file that `enroll` wrote');
    slots = said.includes('passkey') ? [...SLOTS, PASSKEY] : SLOTS;
    memory = Boolean(state) || !said.includes('forgetful');
    return ACTS.shown();
  },
  fetch() {
    fetched = unconfirmed = true;
    return ACTS.shown();
  },
  shown: () => file(),
  async unlock(way) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const open = way.passphrase === PASSPHRASE || bare(way.recovery ?? '') === bare(ROWS.join(''));
    if (!open && !way.passkey) throw refused('open', 'this does not open the key file', 'check each word');
    return who();
  },
  confirm() {
    unconfirmed = false;
    return who();
  },
  who,
  begin(args) {
    if (!args.token.startsWith('sfe_')) throw refused('malformed', 'this is no enrolment token', 'it begins with sfe_');
    name = args.name;
    const sheet = { id: ID, name, fingerprint: FINGERPRINT, serial: 1, date: '2026-11-29', recovery: ROWS, fetch: ROWS, qr: qr() };
    return { passphrase: PASSPHRASE, sheet };
  },
  prove({ passphrase, recovery }) {
    if (passphrase !== PASSPHRASE) throw refused('open', 'the passphrase does not open the key file', 'check each word');
    if (bare(recovery) !== bare(ROWS.join(''))) throw refused('malformed', 'row 1 of the recovery code is mistyped', '');
    return {};
  },
  enroll: () => who(),
  download: () => ({ name: 'harbour.json', file: new TextEncoder().encode('{}'), state: new TextEncoder().encode('{}') }),
  slots: () => slots,
  removeSlot({ id }) {
    return (slots = slots.filter((slot) => slot.id !== id));
  },
  changePassphrase: () => ({ passphrase: PASSPHRASE }),
  changePassphraseProve: () => slots,
  types: () => TYPES,
  read({ type }, progress) {
    const opened = type === 'feedback' ? [] : ROWS_OF_FORM;
    const failed = opened.length ? [{ id: ID, error: { name: 'VerificationError', code: 'signature', message: 'the signature is not', hint: '' } }] : [];
    const counts = { read: opened.length + failed.length, opened: opened.length, failed: failed.length };
    if (opened.length) progress({ opened, failed, counts });
    return { counts, stopped: false };
  },
  stop: () => ({}),
};

self.addEventListener('message', async ({ data: { id, act, args } }) => {
  try {
    const progress = (told) => self.postMessage({ id, progress: told });
    self.postMessage({ id, result: await ACTS[act](args, progress) });
  } catch ({ code = 'fake', message, hint = '' }) {
    self.postMessage({ id, error: { name: 'OpenError', code, message, hint } });
  }
});
