/**
 * The name that was probably meant.
 *
 * @since 0.1.0
 */

/** How many letters have to be added, left out or replaced to make one word of the other. */
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

/** `undefined` where none is close: two letters apart at most, and less than half of the name. Case does not count. */
export const closest = (name: string, names: ReadonlyArray<string>): string | undefined => {
  let best: string | undefined
  // Names come from workers: one far longer than any export is not compared letter by letter.
  let least = Math.min(3, Math.ceil(name.length / 2) + 1)
  for (const other of names) {
    if (Math.abs(other.length - name.length) >= least) continue
    const found = distance(name.toLowerCase(), other.toLowerCase())
    if (found < least) [best, least] = [other, found]
  }
  return best
}
