/**
 * Conformance cases: CANCEL, workers ending by themselves during the clean-up of their task.
 *
 * @since 0.1.0
 */
import type { PoolEvent } from "@heddle/core/PoolEvent"
import type { TaskError } from "@heddle/core/TaskError"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import { expectNext } from "./cancel.steps.ts"
import { CrashCleanup, CrashNested, summary } from "./cancel.tasks.ts"
import { type Case, expect, expectEqual, expectInterrupted, expectReason, makeCase } from "./Harness.ts"
import * as Signal from "./Signal.ts"
import { awaitReady, only, recordEvents } from "./Watch.ts"
import { open } from "./Steps.ts"

const ways = [
  { how: "exit", what: "exits with code 5", expected: ["crashed", 5, undefined] },
  { how: "throw", what: "throws past its handler", expected: ["crashed", 1, "thrown by the test"] }
] as const

type Way = (typeof ways)[number]

/** A started task. Its clean-up ends the worker. */
const begun = (way: Way, options?: TaskPool.RunOptions) =>
  Effect.gen(function* () {
    const signal = Signal.make()
    const handle = yield* TaskPool.fork(CrashCleanup, { signal, how: way.how }, options)
    yield* Signal.awaitAtLeast(signal, 0, 1)
    return handle
  })

/** The receipts delivered to the pool's listeners. */
const receiptsIn = (events: ReadonlyArray<PoolEvent>) =>
  only(events, "TaskInterrupted").map(({ receipt }) => summary(receipt))

/** The crash as reported by the reason of a typed failure. */
const crashOf = (reason: { readonly crash?: { readonly exitCode?: number; readonly cause?: unknown } }) => {
  expect(reason.crash !== undefined, "the reason says how the worker ended")
  const { cause, exitCode } = reason.crash
  return ["crashed", exitCode, cause instanceof Error ? cause.message : cause]
}

type Play = (way: Way) => Effect.Effect<void, TaskError, TaskPool.TaskPool | Scope.Scope>

const plays: Readonly<Record<string, Play>> = {
  "a handle": (way) =>
    Effect.gen(function* () {
      const handle = yield* begun(way)
      expectEqual(summary(yield* handle.interrupt), way.expected, "receipt")
      const reason = expectReason(yield* Effect.exit(handle.await), "Interrupted")
      expectEqual([reason.by, crashOf(reason)], ["handle", way.expected], "reason")
    }),
  "its caller": (way) =>
    Effect.gen(function* () {
      const events = yield* recordEvents
      const signal = Signal.make()
      const caller = yield* Effect.forkChild(CrashCleanup({ signal, how: way.how }))
      yield* Signal.awaitAtLeast(signal, 0, 1)
      yield* Fiber.interrupt(caller)
      expectInterrupted(yield* Fiber.await(caller))
      expectEqual(receiptsIn(events), [way.expected], "receipts")
    }),
  "a limit": (way) =>
    Effect.gen(function* () {
      const events = yield* recordEvents
      const task = TaskPool.run(CrashCleanup, { signal: Signal.make(), how: way.how }, { timeout: 50 })
      const reason = expectReason(yield* Effect.exit(task), "DeadlineExceeded")
      expectEqual([reason.phase, crashOf(reason)], ["run", way.expected], "reason")
      expectEqual(receiptsIn(events), [way.expected], "receipts")
    }),
  "another task": (way) =>
    Effect.gen(function* () {
      yield* awaitReady(2)
      expectEqual(yield* CrashNested({ signal: Signal.make(), how: way.how }), way.expected, "receipt")
    })
}

/**
 * @category cases
 * @since 0.1.0
 */
export const crashes: ReadonlyArray<Case> = ways.flatMap((way): ReadonlyArray<Case> => [
  ...Object.entries(plays).map(([by, play]) =>
    makeCase(
      `a worker that ${way.what} while its task is interrupted by ${by} is reported in the receipt: S213, G3`,
      { size: by === "another task" ? 2 : 1, grace: "20 seconds" },
      Effect.gen(function* () {
        yield* play(way)
        if (by !== "another task") yield* expectNext(2)
      })
    )
  ),
  {
    name: `a worker that ${way.what} while its task is interrupted by the pool is reported in the receipt: S213, G3`,
    run: (harness) =>
      Effect.scoped(
        Effect.gen(function* () {
          const pool = yield* open(harness, { size: 1, grace: "20 seconds" })
          const [events, handle] = yield* pool.provide(Effect.all([recordEvents, begun(way)]))
          yield* pool.close
          const reason = expectReason(yield* Effect.exit(handle.await), "Interrupted")
          expectEqual([reason.by, crashOf(reason)], ["pool", way.expected], "reason")
          expectEqual(receiptsIn(events), [way.expected], "receipts")
          expectEqual(summary(yield* handle.interrupt), way.expected, "receipt")
        })
      )
  }
])
