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
};

self.addEventListener('message', async ({ data: { id, act, args } }) => {
  try {
    self.postMessage({ id, result: await ACTS[act](args) });
  } catch ({ code = 'fake', message, hint = '' }) {
    self.postMessage({ id, error: { name: 'OpenError', code, message, hint } });
  }
});
