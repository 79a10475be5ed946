/**
 * Conformance cases: CANCEL, the seat of a worker immune to termination.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import { type Case, expectEqual, expectReason, makeCase } from "./Harness.ts"
import { awaitSnapshot } from "./Steps.ts"
import { BlockNative, Where } from "./tasks.ts"
import { only, recordEvents } from "./Watch.ts"

/**
 * @category cases
 * @since 0.1.0
 */
export const stuckWorkers: ReadonlyArray<Case> = [
  makeCase(
    "a pool of one replaces a worker that is stuck in native code, and is one again once that returns: S229, G4",
    { size: 1, grace: 50, terminateTimeout: 100 },
    Effect.gen(function* () {
      const events = yield* recordEvents
      const exit = yield* Effect.exit(TaskPool.run(BlockNative, undefined, { timeout: 50 }))
      expectReason(exit, "DeadlineExceeded")
      expectEqual((yield* Where()).worker, 2, "worker of the next task")
      expectEqual(
        only(events, "StuckWorkerReplaced").map(({ slot, stuck, worker }) => [worker, slot, stuck]),
        [[1, 0, 1]],
        "replacements"
      )
      const after = yield* awaitSnapshot(({ stuck }) => stuck === 0, "the call has returned")
      expectEqual(
        after.workers.map(({ state, worker }) => [worker, state]),
        [[2, "ready"]],
        "workers after the call"
      )
      expectEqual((yield* Where()).worker, 2, "worker of the last task")
      expectEqual(only(events, "WorkerStarting").length, 1, "workers that were started")
    }),
    { needs: ["native"] }
  )
]
