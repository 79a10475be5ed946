// Workers that die at every phase, drawn by the schedule, and what must hold whenever a schedule ends.
import { TaskError } from "@heddle/core"
import { type Explore, Fault, Simulation } from "@heddle/testing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { expect } from "vitest"

type Menu = Partial<Record<Fault.At, ReadonlyArray<Fault.Fault>>>

export const deaths: Menu = {
  spawn: [Fault.crashAtStart(), Fault.slowStart(30)],
  beforeRun: [Fault.crash("beforeRun")],
  duringRun: [Fault.crash("duringRun", { after: 2 }), Fault.stuck(30)],
  beforeReply: [Fault.crash("beforeReply"), Fault.malformedReply("?")],
  afterReply: [Fault.crash("afterReply")],
  idle: [Fault.crash("idle")]
}

/** So many faults at most, drawn where they may happen. `had`: how many there were so far. */
export const atMost = (most: number, menu: Menu = deaths) =>
  Effect.map(Simulation.Current, (simulation) => {
    let had = 0
    const decide: Fault.Decide = ({ at }) => {
      const possible = menu[at] ?? []
      const drawn = had < most ? simulation!.drawUnsafe("fault", possible.length + 1) : 0
      if (drawn > 0) had++
      return possible[drawn - 1]
    }
    return { decide, had: () => had }
  })

/** Nothing is left, and only a pool that is unable to start has failed, as it should. */
export const check: Explore.Options<unknown, unknown>["check"] = ({ exit, left }) => {
  if (Exit.isFailure(exit) && !TaskError.isTaskError(Cause.squash(exit.cause))) throw Cause.squash(exit.cause)
  expect(left).toEqual({ fibers: 0, timers: 0 })
}
