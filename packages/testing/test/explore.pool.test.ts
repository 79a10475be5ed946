// A pool under every kind of schedule, with faults in the log: faults shrink as the order does.
import { Task, TaskError, TaskPool } from "@heddle/core"
import { Explore, Fault, SimulatedWorkers } from "@heddle/testing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { describe, expect, it, vi } from "vitest"
import { atMost, check, deaths } from "./support/deaths.ts"

vi.setConfig({ testTimeout: 60_000 })

const Quick = Task.make("Quick", { payload: { n: Schema.Int }, success: Schema.Int })
const Slow = Task.make("Slow", { payload: { millis: Schema.Finite } })

const menu = {
  ...deaths,
  beforeReply: [Fault.crash("beforeReply"), Fault.duplicateFrame(), Fault.malformedReply("?")]
}

/** `forgetful`: a bug of the handler, so the test can fail: the handler counts its runs in two steps. */
const program = (sharedMemory: boolean, forgetful = false) =>
  Effect.gen(function* () {
    let [started, counted] = [0, 0]
    const count = Effect.gen(function* () {
      const before = counted
      if (forgetful) yield* Effect.yieldNow
      counted = before + 1
    })
    const handlers = Layer.mergeAll(
      Quick.toLayer(({ n }) =>
        Effect.suspend(() => {
          started++
          return Effect.as(count, n * 2)
        })
      ),
      Slow.toLayer(({ millis }) => Effect.onExit(Effect.sleep(millis), () => Effect.sleep(3)))
    )
    const workers = SimulatedWorkers.layer(handlers, {
      sharedMemory,
      latency: { min: 0, max: 3 },
      faults: forgetful ? [] : (yield* atMost(3, menu)).decide
    })
    const pool = TaskPool.layer({ size: 2, grace: 20, terminateTimeout: 20, queue: { capacity: 8 } })
    const patience = yield* Explore.draw("command", 30)
    const uses = Effect.gen(function* () {
      const calls = [0, 1, 2].map((n) => Effect.exit(Effect.timeout(Quick({ n }), "10 seconds")))
      const cut = Effect.exit(Effect.timeoutOption(Slow({ millis: 20 }), patience))
      const [exits] = yield* Effect.all([Effect.all(calls, { concurrency: "unbounded" }), cut], {
        concurrency: "unbounded"
      })
      for (const [n, exit] of exits.entries()) {
        const isRight = Exit.isSuccess(exit)
          ? exit.value === n * 2
          : TaskError.isTaskError(Cause.squash(exit.cause))
        if (!isRight) return yield* Effect.die(new Error(`G1: call ${n} ended with ${String(exit)}`))
      }
    })
    yield* Effect.provide(uses, Layer.provide(pool, workers))
    if (started > 3) return yield* Effect.die(new Error(`G6: three tasks started ${started} times`))
    if (forgetful && counted < started) return yield* Effect.die(new Error("a count is lost"))
  })

const options: Explore.Options<void, unknown> = {
  schedules: 250,
  maxSteps: 20_000,
  verifyEvery: 20,
  check
}

describe("a pool whose workers crash, hang on in native code, and reply twice or nonsense", () => {
  for (const realism of ["fifo", "adversarial"] as const) {
    for (const sharedMemory of [true, false]) {
      it(`is clean in ${options.schedules} schedules (${realism}, ${sharedMemory ? "with" : "without"} shared memory): G1, G2, G6`, async () => {
        await Explore.assert(program(sharedMemory), { ...options, realism })
      })
    }
  }

  it("a race between two handlers is found, as proof of the method", async () => {
    const { failure } = await Explore.run(program(true, true), options)
    expect(String(failure?.cause)).toBe("Error: a count is lost")
  })
})
