/**
 * The unit of a schedule: a fiber, or a scheduled callback. A schedule names strands, not fibers.
 *
 * The path to a strand is its name: `0` is the program, `0.2` the third strand started by the program. The name,
 * and the progress of a strand, do not depend on other strands. So a decision "when `0.2` has come to
 * 14, `0.1` goes on" keeps its meaning when other decisions are taken out of a schedule.
 *
 * @since 0.1.0
 */
import type * as Fiber from "effect/Fiber"

export class Strand {
  readonly id: string
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  /** The strand's progress: turns and operations. */
  at = 0
  /** The number of draws for the strand, by kind. */
  readonly draws = { fault: 0, command: 0, delay: 0 }
  /** For strategies with ranks; the highest strand runs. */
  priority = 0
  private children = 0

  constructor(parent?: Strand) {
    this.id = parent === undefined ? "0" : `${parent.id}.${parent.children++}`
  }
}

/** A task in the run queue. */
export interface Ready {
  readonly run: () => void
  readonly priority: number
  strand: Strand
  /** The strand gave up its turn by itself: perhaps a polling loop. */
  gaveWay: boolean
}
