// Random numbers that are the same in each run.

/** Numbers below a bound, by a seed: a linear congruential generator. */
export const seeded = (seed: number): ((bound: number) => number) => {
  let state = seed >>> 0
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
}
