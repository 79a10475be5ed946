/** Numbers from a seed: the same ones on every machine (mulberry32). */

/** From 0 to 1, without 1. */
export type Random = () => number

export const seeded = (seed: number): Random => {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const below = (random: Random, end: number): number => Math.floor(random() * end)

/** An array of no elements has none to give. */
export const pick = <A>(random: Random, values: ReadonlyArray<A>): A => values[below(random, values.length)]!
