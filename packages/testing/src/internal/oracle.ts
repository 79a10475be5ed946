/**
 * What decides a schedule: a seed, or the choices of an earlier run.
 *
 * Every decision is a small number, and zero is always the tame one (first in line, no preemption left), so a
 * list of choices is the whole schedule: it can be stored, replayed and shortened.
 *
 * @since 0.1.0
 */
import * as Prng from "./prng.ts"

export interface Oracle {
  /** One of `n` things that are ready, `0 … n - 1`, in the order in which they became ready. */
  readonly pick: (n: number) => number
  /** After how many operations the running fiber is preempted next; `Infinity`: never again. */
  readonly gap: () => number
  /** Every answer so far; `gap` records 0 for never. */
  readonly choices: ReadonlyArray<number>
}

export interface OracleOptions {
  readonly seed: number
  /** Whether `pick` is random; if not, it answers 0 and records nothing. */
  readonly reorder: boolean
  /** Probability per operation. */
  readonly preempt: number
}

export const seeded = (options: OracleOptions): Oracle => {
  const schedule = Prng.make(options.seed, "schedule")
  const preemption = Prng.make(options.seed, "preemption")
  const choices: Array<number> = []
  const record = (choice: number): number => {
    choices.push(choice)
    return choice
  }
  // A fiber that is preempted at every operation makes no progress worth the name.
  const logOfRest = Math.log(1 - Math.min(options.preempt, 0.5))
  return {
    choices,
    pick: (n) => (n > 1 && options.reorder ? record(Math.floor(schedule.double() * n)) : 0),
    gap: () =>
      options.preempt > 0 ? record(1 + Math.floor(Math.log(1 - preemption.double()) / logOfRest)) : Infinity
  }
}

/** Answers with the choices of an earlier run; where they end or do not fit, with the tame ones. */
export const replay = (recorded: ReadonlyArray<number>, options: OracleOptions): Oracle => {
  const choices: Array<number> = []
  let position = 0
  const next = (): number => {
    const choice = recorded[position++] ?? 0
    choices.push(choice)
    return choice
  }
  return {
    choices,
    pick: (n) => (n > 1 && options.reorder ? Math.min(next(), n - 1) : 0),
    gap: () => (options.preempt > 0 ? next() || Infinity : Infinity)
  }
}
