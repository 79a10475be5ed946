// Beyond conformance cases, whose time is real: every step of a fiber may be its last for a while.
import * as TaskPool from "@heddle/core/TaskPool"
import { withPool } from "@heddle/testing/conformance/suite/Harness"
import * as Tasks from "@heddle/testing/conformance/suite/tasks"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { describe, expect, it } from "vitest"
import { simulated } from "./support/simulatedHarness.ts"

const seeds = Array.from({ length: 60 }, (_, seed) => seed)

/** Runs a program on a pool of one worker under many schedules. Returns the seeds with a wrong end. */
const failing = async <A, E>(program: Effect.Effect<A, E, TaskPool.TaskPool>): Promise<Array<string>> => {
  const failed: Array<string> = []
  for (const seed of seeds) {
    const harness = simulated({ seed, preempt: 0.3, patience: 20 })
    const exit = await harness.run(withPool(harness, { size: 1 }, program))
    if (Exit.isFailure(exit)) failed.push(`seed ${seed}: ${String(exit.cause)}`)
  }
  return failed
}

/** Lets some turns pass, so the next step meets a task at any point of its life. */
const turns = (count: number) =>
  Effect.forEach(Array.from({ length: count }), () => Effect.yieldNow, { discard: true })

describe("under preemption, interrupting a task with its reply on the way completes: G1, G3", () => {
  it("for a caller", async () => {
    const program = Effect.forEach(Array.from({ length: 24 }), (_, i) =>
      Effect.gen(function* () {
        const call = yield* Effect.forkChild(Tasks.Add({ a: 1, b: 1 }), { startImmediately: true })
        yield* turns(i)
        yield* Fiber.interrupt(call)
      })
    )
    expect(await failing(program)).toEqual([])
  })

  it("for a handle, whichever comes first", async () => {
    const program = Effect.forEach(Array.from({ length: 24 }), (_, i) =>
      Effect.scoped(
        Effect.gen(function* () {
          const handle = yield* TaskPool.fork(Tasks.Add, { a: 1, b: 1 })
          yield* turns(i)
          yield* Effect.all([handle.interrupt, Effect.exit(handle.await)], { concurrency: "unbounded" })
        })
      )
    )
    expect(await failing(program)).toEqual([])
  })

  it("for a map", async () => {
    const program = Effect.forEach(Array.from({ length: 12 }), (_, i) =>
      Effect.gen(function* () {
        const inputs = Array.from({ length: 4 }, (__, b) => ({ a: 1, b }))
        const map = yield* Effect.forkChild(TaskPool.forEach(Tasks.Add, inputs, { chunkSize: 1 }), {
          startImmediately: true
        })
        yield* turns(2 * i)
        yield* Fiber.interrupt(map)
      })
    )
    expect(await failing(program)).toEqual([])
  })

  it("for a drain", async () => {
    const program = Effect.forEach(Array.from({ length: 12 }), (_, i) =>
      Effect.gen(function* () {
        yield* Effect.forkChild(Tasks.Add({ a: 1, b: 1 }), { startImmediately: true })
        yield* turns(i)
        yield* TaskPool.drain
      })
    )
    expect(await failing(program)).toEqual([])
  })
})
