/** The events of a task ended in the middle of one of its steps, as a law. */
import type { Laws } from "@heddle/testing"
import * as TaskPool from "@heddle/core/TaskPool"
import { expect, expectEqual } from "@heddle/testing/conformance/suite/Harness"
import { Echo, SabotageAgain } from "@heddle/testing/conformance/suite/tasks"
import { make } from "../../src/conformance/laws/Law.ts"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"

export const asItIsTold: Laws.Law = make({
  name: "every change is told once, in order",
  numbers: ["S219"],
  states:
    "a task that is ended while it goes back to the queue is queued, then settled, and nothing of it is left",
  pool: { size: 1, restarts: { intensity: 100 } },
  program: Effect.gen(function* () {
    const controller = new AbortController()
    const { subscribe } = yield* TaskPool.TaskPool
    subscribe((event) => {
      if (event._tag === "TaskRequeued") controller.abort()
    })
    const handle = yield* TaskPool.fork(
      SabotageAgain,
      { how: "exit", code: 3 },
      { signal: controller.signal }
    )
    const told = yield* Effect.timeoutOption(Stream.runCollect(handle.observe), "20 seconds")
    const after = yield* Effect.exit(Effect.timeout(Echo("echo"), "20 seconds"))
    return { told: told._tag === "Some" ? Array.from(told.value) : [], after }
  }),
  check: ({ after, told }) => {
    // An observer may come when all is over.
    if (told.length > 1) expectEqual(told.slice(-2), ["queued", "settled"], "the last changes that were told")
    else expectEqual(told, ["settled"], "the only status that was told")
    expect(Exit.isSuccess(after), "the pool goes on")
  }
})
