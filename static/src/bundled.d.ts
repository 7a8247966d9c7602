/** What static/build.js puts in place of these names; where sources run as they are, nothing. */

declare const BUNDLED: true | undefined;

/** Where each byte counts: in what visitors load. */
declare const SMALL: true | undefined;

/** The files that stand beside the main script, by the SHA-256 of the only bytes that may run, in base64. */
declare const PARTS: { [name: string]: string };

/** The workspace's texts by their addresses beside its page, each with its `integrity`. */
declare const TEXTS: { [address: string]: string };

/** Returns what parts of the main script use of it. */
declare const SHARED: () => unknown[];

/** What each part hands over: the exports of the module that static/build.js makes it of. */
interface Scripts {
  framed: typeof import('./form/frame/inside.js');
  kem: import('./envelope/suite.js').Kem;
  owners: typeof import('./form/kit/owners.js');
  sending: typeof import('./form/sending/sending.js');
  steps: typeof import('./form/filling/steps.js');
}
