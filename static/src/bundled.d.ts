/** What static/build.js puts in place of these names; where sources run as they are, nothing. */

declare const BUNDLED: true | undefined;

/** The files that stand beside the main script, and which bytes alone may run under their names. */
declare const PARTS: { [name: string]: [file: string, integrity: string] };

/** What parts of the main script use of it. */
declare const SHARED: object;
