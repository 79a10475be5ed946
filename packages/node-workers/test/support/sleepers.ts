// Sleeps on the words of a structure in shared memory.
import type { Segment } from "../../src/internal/memory/segment.ts"

/** Ends each sleep on a word of the structure, and returns how many there were. */
export const endSleeps = (structure: object): number => {
  const { segment } = structure as { readonly segment: Segment }
  return segment.words.reduce((count, _, index) => count + Atomics.notify(segment.words, index), 0)
}
