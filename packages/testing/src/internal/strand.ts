/**
 * Who runs: a fiber, or a callback that was scheduled. A schedule names strands, not fibers.
 *
 * A strand is called by the way that leads to it: `0` is the program, `0.2` the third thing that it started. That name,
 * and how far a strand has come, do not depend on what other strands do meanwhile. So a decision "when `0.2` has come to
 * 14, `0.1` goes on" keeps its meaning when other decisions are taken out of a schedule.
 *
 * @since 0.1.0
 */
import type * as Fiber from "effect/Fiber"

export class Strand {
  readonly id: string
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  /** How far it has come: turns and operations. */
  at = 0
  /** How often something was drawn for it, by kind. */
  readonly draws = { fault: 0, command: 0, delay: 0 }
  /** For strategies that give strands a rank; the highest runs. */
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
  /** The strand gave up its turn by itself: it may be polling. */
  gaveWay: boolean
}
