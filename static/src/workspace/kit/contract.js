/** What page and key worker say to each other: the names and shapes of the acts. No code. */

/**
 * One way to open a key file. Moments are seconds since 1970, 0 for never; the last three are a passkey's,
 * base64url but for `rp`.
 *
 * @typedef {{id: string, kind: string, label: string, made: number, proved: number, rp?: string, credential?: string, salt?: string}} Slot
 */

/**
 * A key file that was looked at, and is closed.
 *
 * @typedef {{id: string, name: string, fingerprint: string, serial: number, slots: Slot[], fetched: boolean, hasMemory: boolean}} File
 */

/**
 * Whose keys are open.
 *
 * @typedef {object} Who
 * @property {string} id
 * @property {string} name
 * @property {string} fingerprint in groups of four
 * @property {number} serial of the key file
 * @property {string} server
 * @property {Slot[]} slots
 * @property {boolean} unconfirmed nothing is signed until a person has compared serial and fingerprint
 * @property {boolean} memory whether what is remembered is kept anywhere but in the worker
 * @property {'server' | 'file' | 'nothing'} kept where it is kept
 * @property {string} expires
 */

/**
 * What a printed recovery sheet holds; `qr` has a row of modules each, true where it is dark, and a border of two.
 *
 * @typedef {{id: string, name: string, fingerprint: string, serial: number, date: string, recovery: string[], fetch: string[], qr: boolean[][]}} Sheet
 */

/** @typedef {{passphrase: string} | {recovery: string} | {passkey: {slot: string, output: Uint8Array}}} Way */

/**
 * What each act takes and gives.
 *
 * @typedef {object} Acts
 * @property {(args: {file: Uint8Array, state?: Uint8Array}) => File} look
 * @property {(args: {client: string, code: string}) => File} fetch
 * @property {(args: Way) => Who} unlock
 * @property {(args: {}) => Who} confirm
 * @property {(args: {}) => Who} who
 * @property {(args: {token: string, name: string}) => {passphrase: string, sheet: Sheet}} begin
 * @property {(args: {passphrase: string, recovery: string}) => {}} prove
 * @property {(args: {}) => Who} enroll
 * @property {(args: {}) => {name: string, file: Uint8Array, state: Uint8Array}} download
 * @property {(args: {}) => Slot[]} slots
 * @property {(args: {}) => {rp: string, challenge: Uint8Array, user: {id: Uint8Array, name: string, displayName: string}, salt: Uint8Array}} addPasskeyOptions
 * @property {(args: {credential: Uint8Array, salt: Uint8Array, output: Uint8Array, label: string}) => Slot[]} addPasskey
 * @property {(args: {id: string}) => Slot[]} removeSlot
 * @property {(args: {}) => {passphrase: string}} changePassphrase
 * @property {(args: {passphrase: string}) => Slot[]} changePassphraseProve
 * @property {(args: {}) => {made: number}} upload
 */

/** What a worker says unasked. @typedef {{event: 'warning', message: string} | {event: 'changed', who: Who}} Told */

export {};
