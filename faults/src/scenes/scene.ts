// A fault that takes more than one call: what the host does, step by step, and what came of it.
import type { Outcome } from "../outcome.ts"
import type { OpenOptions, Pool, System } from "../system.ts"

export interface Settled {
  readonly outcome: Outcome
  readonly detail: string
  /** From the call to its outcome, where that is not the whole scene. */
  readonly ms?: number
}

export interface Stage {
  readonly system: System
  /** The pool of the trial, of one worker; it has done the good task. */
  readonly pool: Pool
  /** Another one. The scene closes it. */
  readonly open: (options?: OpenOptions) => Promise<Pool>
  /** A folder that is thrown away. */
  readonly folder: string
  /** Of both numbers, the one that fits the time there is. */
  readonly count: (thorough: number, quick: number) => number
  /** What came of a call: nothing within the patience, or so many milliseconds, is a `hang`. */
  readonly settle: (
    call: () => Promise<unknown>,
    isRight?: (answer: any) => boolean,
    within?: number
  ) => Promise<Settled>
  /** The patience for one call, in milliseconds. */
  readonly patience: number
}

export type Scene = (stage: Stage) => Promise<Settled>

export const right = (detail: string): Settled => ({ outcome: "value", detail })

/** Where the system has no means to say what the fault takes. */
export const notExpressible = (detail: string): Settled => ({ outcome: "not-expressible", detail })

const badness: ReadonlyArray<Outcome> = [
  "not-expressible",
  "value",
  "typed-error",
  "error",
  "wrong-result",
  "hang",
  "left-behind",
  "host-died"
]

/** Of many, the one to worry about: the first of the worst kind. */
export const worst = (all: ReadonlyArray<Settled>): Settled =>
  all.reduce((sum, other) => (badness.indexOf(other.outcome) > badness.indexOf(sum.outcome) ? other : sum))
