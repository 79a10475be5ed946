/**
 * The decisions of a schedule. Zero and `false` are always the tame answers: first in line, no preemption, no fault.
 *
 * The oracles here draw from a seed, or repeat the choices of an earlier run; the explorer has others.
 *
 * @since 0.1.0
 */
import * as Prng from "./prng.ts"
import type { RunQueue } from "./runQueue.ts"
import type { Strand } from "./strand.ts"

/**
 * The purpose of a number drawn by a program, or by a simulated worker: a fault, a command of the program, or
 * a duration.
 */
export type Draw = "fault" | "command" | "delay"

/** The strands going on after the running strand's stop: its wakers and its woken strands, on the same stack. */
export interface Below {
  readonly isEmpty: () => boolean
  readonly strands: () => ReadonlyArray<Strand>
}

export interface Oracle {
  /** Which candidate runs next. Asked only when there are at least two, and any may. */
  readonly pick: (queue: RunQueue, after: Strand) => number
  /**
   * Whether the strand is preempted before its next operation. If so, a strand may be named for the next turn;
   * the strands below come first.
   */
  readonly preempt: (strand: Strand, queue: RunQueue, below: Below) => boolean | Strand
  /** Whether a timer of this strand rings after the others of its moment. Asked only in order. */
  readonly postpone: (strand: Strand) => boolean
  /** Returns one of `0 … n - 1`. */
  readonly draw: (kind: Draw, n: number, strand: Strand) => number
}

export interface SeededOptions {
  readonly seed: number
  /** Whether `pick` is random. If false, `pick` is never called. */
  readonly reorder: boolean
  /** Probability per operation. */
  readonly preempt: number
}

/** Remembers its answers as numbers: picks, and after how many operations the running strand is preempted next (0: never). */
export interface Recorded extends Oracle {
  readonly choices: ReadonlyArray<number>
}

export const seeded = (options: SeededOptions): Recorded => {
  const schedule = Prng.make(options.seed, "schedule")
  const preemption = Prng.make(options.seed, "preemption")
  // A fiber preempted at every operation makes hardly any progress.
  const logOfRest = Math.log(1 - Math.min(options.preempt, 0.5))
  return recorded(
    options,
    (n) => Math.floor(schedule.double() * n),
    () => 1 + Math.floor(Math.log(1 - preemption.double()) / logOfRest)
  )
}

/** Answers with the choices of an earlier run; where they end or do not fit, with the tame ones. */
export const replay = (choices: ReadonlyArray<number>, options: SeededOptions): Recorded => {
  let position = 0
  const next = () => choices[position++] ?? 0
  return recorded(options, (n) => Math.min(next(), n - 1), next)
}

const recorded = (options: SeededOptions, pick: (n: number) => number, gap: () => number): Recorded => {
  const draws = Prng.make(options.seed, "draws")
  const choices: Array<number> = []
  const record = (choice: number): number => {
    choices.push(choice)
    return choice
  }
  const nextGap = () => (options.preempt > 0 ? record(gap()) || Infinity : Infinity)
  let untilPreemption = nextGap()
  return {
    choices,
    pick: (queue) => record(pick(queue.candidates.length)),
    preempt: () => {
      if (--untilPreemption > 0) return false
      untilPreemption = nextGap()
      return true
    },
    postpone: () => false,
    draw: (_, n) => Math.floor(draws.double() * n)
  }
}
