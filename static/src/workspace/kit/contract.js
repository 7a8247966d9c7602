/** What page and key worker say to each other: the names and shapes of the acts. No code. */

/**
 * One way to open a key file. Moments are seconds since 1970, 0 for never; the last three are a passkey's,
 * base64url but for `rp`.
 *
 * @typedef {{id: string, kind: string, label: string, made: number, proved: number, rp?: string, credential?: string, salt?: string}} Slot
 */

/**
 * A key file that was looked at, and is closed; `made` is when a copy was left with the server, in milliseconds since
 * 1970, 0 for no copy.
 *
 * @typedef {{id: string, name: string, fingerprint: string, serial: number, slots: Slot[], fetched: boolean, made: number, hasMemory: boolean}} File
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
 * @property {ToldError | null} missing why there is no memory of theirs: nothing is confirmed until that is agreed to
 * @property {number} made when the copy was left that they, or their memory, came from, in milliseconds since 1970, else 0
 * @property {string} expires
 */

/**
 * What a printed recovery sheet holds; `qr` has a row of modules each, true where it is dark, and a border of two.
 *
 * @typedef {{id: string, name: string, fingerprint: string, serial: number, date: string, recovery: string[], fetch: string[], qr: boolean[][]}} Sheet
 */

/** @typedef {{passphrase: string} | {recovery: string} | {passkey: {slot: string, output: Uint8Array}}} Way */

/** Words of a form: one text, or one a language. @typedef {string | {[language: string]: string}} Words */

/**
 * A question that a form asks, as its manifest in force has it.
 *
 * @typedef {{name: string, kind: string, label: Words, options: {value: string, label: Words}[]}} Column
 */

/** Why something failed; `code` and `name` choose what the page says of it. @typedef {{name: string, code: string, message: string, hint: string}} ToldError */

/**
 * A stream of records that this client reads.
 *
 * @typedef {object} Type
 * @property {string} writer a client id, or `form:` and a form id
 * @property {string} type
 * @property {string} form the id of the form that writes it, "" for a client's
 * @property {Words} title of the form, "" where its manifest is not known
 * @property {Column[]} columns in the manifest's order; none of a client's
 * @property {{id: string, name: string}} owner who may grant in it, "" where nobody here can know
 * @property {boolean} own
 * @property {string} source what exported files call the writer, "" where it cannot be named
 * @property {ToldError | null} problem why the manifest is not known
 */

/** @typedef {string | string[] | boolean | number | null} Value */

/**
 * A record that was verified and opened. `when` is a second for who owns the form, a day for others; `marks` are the
 * codes of what breaks the form's rules, by field; what is `stolen` may be by a thief of its writer's old keys.
 *
 * @typedef {{id: string, when: string, rev: number, values: {[name: string]: Value}, marks: {[name: string]: string}, meta: {[name: string]: string}, stolen: boolean}} Row
 */

/** A record that cannot be shown; `id` is what it says, "" for none. @typedef {{id: string, error: ToldError}} FailedRow */

/** `read` is the sum of both others. @typedef {{read: number, opened: number, failed: number}} Counts */

/** Rows that came just now, and how many there were until then. @typedef {{opened: Row[], failed: FailedRow[], counts: Counts}} Rows */

/**
 * What each act takes and gives. `read` tells of its rows while it runs (`Rows`); `stop` takes the id of its message.
  *
 * @typedef {object} Acts
 * @property {(args: {file: Uint8Array, state?: Uint8Array}) => File} look
 * @property {(args: {client: string, code: string}) => File} fetch
 * @property {(args: Way) => Who} unlock
 * @property {(args: {withoutMemory?: boolean}) => Who} confirm
 * @property {(args: {}) => Who} remember
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
 * @property {(args: {}) => Type[]} types
 * @property {(args: {writer: string, type: string}) => {counts: Counts, stopped: boolean}} read
 * @property {(args: {id: number}) => {}} stop
 */

/** What a worker says unasked. @typedef {{event: 'warning', message: string} | {event: 'changed', who: Who}} Told */

export {};
