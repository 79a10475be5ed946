// Streams under any fault, in every phase: before the first element, between two, with the credit spent, at the end, after it.
import { StreamTask, Task, TaskError, TaskPool } from "@heddle/core"
import { Explore, Faults, SimulatedWorkers } from "@heddle/testing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { describe, expect, it, vi } from "vitest"

vi.setConfig({ testTimeout: 120_000 })

/** A handler that hangs is ended. */
const timeout = "5 seconds"

const Numbers = StreamTask.make("Numbers", {
  payload: { end: Schema.Int, pause: Schema.Int },
  output: Schema.Int,
  buffer: 4,
  timeout
})
const Again = StreamTask.make("Again", {
  payload: { end: Schema.Int, pause: Schema.Int },
  output: Schema.Int,
  buffer: 4,
  timeout,
  idempotent: true
})
const Echo = StreamTask.make("Echo", { input: Schema.Int, output: Schema.Int, buffer: 4, timeout })
const Outer = StreamTask.make("Outer", {
  payload: { end: Schema.Int, pause: Schema.Int },
  output: Schema.Int,
  error: TaskError.TaskError,
  buffer: 4,
  timeout
})
const Next = Task.make("Next", { payload: { n: Schema.Int }, success: Schema.Int })

const numbers = ({ end, pause }: { readonly end: number; readonly pause: number }) =>
  Stream.tap(Stream.rechunk(Stream.range(0, end - 1), 1), () =>
    pause === 0 ? Effect.void : Effect.sleep(pause)
  )

const handlers = Layer.mergeAll(
  Numbers.toLayer(numbers),
  Again.toLayer(numbers),
  Echo.toLayer((_, { inputs }) => inputs),
  Outer.toLayer((payload) => Numbers(payload)),
  Next.toLayer(({ n }) => Effect.succeed(n + 1))
)

const use = Effect.gen(function* () {
  const end = 1 + (yield* Explore.draw("command", 12))
  const pause = yield* Explore.draw("command", 3)
  const cut = yield* Explore.draw("command", 2)
  const kind = yield* Explore.draw("command", 4)
  const payload = { end, pause }
  const streams: ReadonlyArray<Stream.Stream<number, TaskError.TaskError, TaskPool.TaskPool>> = [
    Numbers(payload),
    Again(payload),
    Echo(undefined, numbers(payload)),
    Outer(payload)
  ]
  const seen: Array<number> = []
  const whole = Stream.runForEach(streams[kind]!, (n) => Effect.sync(() => void seen.push(n)))
  const limited = cut === 0 ? whole : Effect.asVoid(Effect.timeoutOption(whole, 4))
  const exit = yield* Effect.exit(Effect.timeoutOption(limited, "1 minute"))
  return { cut, end, exit, kind, seen }
})

const check = ({ cut, end, exit, kind, seen }: Effect.Success<typeof use>): void => {
  expect(seen, "a prefix").toEqual(Array.from(seen, (_, i) => i))
  if (Exit.isSuccess(exit)) {
    expect(exit.value._tag, "G4: it ends").toBe("Some")
    if (cut === 0) expect(seen.length, "G13: whole").toBe(end)
    return
  }
  const error = Cause.squash(exit.cause)
  expect(TaskError.isTaskError(error), `G9: ${String(error)}`).toBe(true)
  const { reason } = error as TaskError.TaskError
  // The elements that a nested call has lost were counted at the handler, which is gone, too, or has passed them on.
  if (reason._tag === "WorkerLost" && kind !== 3)
    expect(reason.elements, "G13: what the loss says").toBe(seen.length)
}

const program = (sharedMemory: boolean) =>
  Effect.gen(function* () {
    const faults = yield* Faults.any({ budget: 2 })
    const workers = SimulatedWorkers.layer(handlers, {
      sharedMemory,
      latency: { min: 0, max: 3 },
      faults: faults.decide
    })
    const limits = { grace: 20, terminateTimeout: 20, startTimeout: 100, silence: 20 }
    const pool = TaskPool.layer({ size: 2, ...limits, restarts: { intensity: 100 } })
    const uses = Effect.gen(function* () {
      const seen = yield* Effect.all([use, use], { concurrency: 2 })
      yield* faults.heal
      yield* Effect.sleep("10 seconds")
      expect(yield* Next({ n: 1 }), "the pool serves on").toBe(2)
      return seen
    })
    const exit = yield* Effect.exit(Effect.provide(uses, Layer.provide(pool, workers)))
    if (Exit.isSuccess(exit)) return exit.value.forEach(check)
    // A pool whose workers cannot start says so.
    const error = Cause.squash(exit.cause)
    if (!TaskError.isTaskError(error)) throw error
  })

describe.each([true, false])("streams under any fault, shared memory: %s", (sharedMemory) => {
  it("each is a prefix, ends bounded and typed, and the pool serves on: S231, S233, S236, G13", async () => {
    const { failure } = await Explore.run(program(sharedMemory), {
      schedules: 250,
      check: ({ exit, left }) => {
        if (Exit.isFailure(exit)) throw Cause.squash(exit.cause)
        if (left.fibers + left.timers > 0)
          throw new Error(`G2: left behind: ${left.fibers} fibers, ${left.timers} timers`)
      }
    })
    if (failure !== undefined) throw new Error(failure.message, { cause: failure.cause })
  })
})
