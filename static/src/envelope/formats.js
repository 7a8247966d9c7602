/** The forms that entered values have: decimals, dates, times, addresses (docs/protocol.md §8). */

const DECIMAL = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/;
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const TIME = /^([01][0-9]|2[0-3]):[0-5][0-9]$/;
const LABEL = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const EMAIL = RegExp(`^[A-Za-z0-9.!#$%&'*+/=?^_\`{|}~-]+@${LABEL}(\\.${LABEL})+$`);
const TEL = /^\+?[0-9 ()./-]{3,40}$/;

const MAX_DECIMAL = 40;
const MAX_EMAIL = 254;

/** Which kinds have a form of their own; the kind is also the name of the problem. */
export const FORMATS = new Map(
  Object.entries({
    /** @param {string} value a decimal of at most 40 characters */
    number: (value) => value.length <= MAX_DECIMAL && DECIMAL.test(value),
    /** @param {string} value a day of the Gregorian calendar as `YYYY-MM-DD`, from year 1 on */
    date: (value) => {
      const known = DATE.test(value) && value >= '0001';
      return known && new Date(value).toJSON()?.slice(0, value.length) === value;
    },
    /** @param {string} value a time of day as `HH:MM` */
    time: (value) => TIME.test(value),
    /** @param {string} value an e-mail address of at most 254 characters */
    email: (value) => value.length <= MAX_EMAIL && EMAIL.test(value),
    /** @param {string} value a telephone number with at least three digits */
    tel: (value) => TEL.test(value) && /([0-9].*){3}/.test(value),
  }),
);

/**
 * Return a decimal in units of 10^-40: neither rounded now nor when it is subtracted.
 *
 * @param {string} decimal
 */
export function exact(decimal) {
  const [whole = '', fraction = ''] = decimal.split('.');
  return BigInt(whole + fraction.padEnd(MAX_DECIMAL, '0'));
}
