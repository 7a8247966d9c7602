/** Names that were probably meant. */

/** How much of two names has to be the same, in order. */
const NEAR = 0.6;

/**
 * Return a question after the names that were probably meant, "" if none is near.
 *
 * @param {string[]} unknown
 * @param {string[]} names
 */
export function meant(unknown, names) {
  const asked = unknown.flatMap((name) => {
    const near = names.map((one) => ({ one, ratio: ratio(name, one) })).filter(({ ratio }) => ratio >= NEAR);
    const [best] = near.sort((a, b) => b.ratio - a.ratio);
    return best ? [`did you mean ${best.one} by ${name}?`] : [];
  });
  return asked.join(', ');
}

/** How much of two names is a part of both, in order, from 0 to 1. @param {string} one @param {string} other */
function ratio(one, other) {
  let row = new Array(other.length + 1).fill(0);
  for (const character of one) {
    const next = [0];
    for (let at = 0; at < other.length; at += 1) {
      const longer = character === other[at] ? row[at] + 1 : 0;
      next.push(Math.max(longer, row[at + 1], next[at] ?? 0));
    }
    row = next;
  }
  return (2 * (row.at(-1) ?? 0)) / (one.length + other.length || 1);
}
