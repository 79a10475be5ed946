/**
 * Finds the name that the user probably meant.
 *
 * @since 0.1.0
 */

/** Edit distance: how many letters to add, remove or replace to turn one word into the other. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    row = next
  }
  return row[b.length]!
}

/**
 * Returns `undefined` when no name is close. Close means at most two edits, and fewer than half of the letters; case
 * does not count.
 */
export const closest = (name: string, names: ReadonlyArray<string>): string | undefined => {
  let best: string | undefined
  // Names come from workers, so skip the comparison of names that are much longer than any export.
  let least = Math.min(3, Math.ceil(name.length / 2) + 1)
  for (const other of names) {
    if (Math.abs(other.length - name.length) >= least) continue
    const found = distance(name.toLowerCase(), other.toLowerCase())
    if (found < least) [best, least] = [other, found]
  }
  return best
}
