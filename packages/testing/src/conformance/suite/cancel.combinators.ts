/**
 * Conformance cases: CANCEL, through Effect's own combinators: `race`, `raceFirst`, `timeout`.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import { InterruptSelf, Occupy, occupy } from "./cancel.tasks.ts"
import { type Case, expect, expectEqual, expectFailure, expectReason, makeCase } from "./Harness.ts"
import * as Signal from "./Signal.ts"
import { Add, BlockNative, Cleanup, cleanup, Sabotage, Where } from "./tasks.ts"
import { expectTook, timed } from "./Timing.ts"

const races: ReadonlyArray<Case> = [
  makeCase(
    "a race waits for the clean-up of its loser, and so does raceFirst when the first to settle fails: G3",
    { size: 2, grace: "10 seconds" },
    (harness) =>
      Effect.gen(function* () {
        const slow = Signal.make()
        const loser = Occupy({ signal: slow, cleanup: 200 })
        const [won, raced] = yield* timed(
          Effect.race(
            Effect.andThen(Signal.awaitAtLeast(slow, occupy.arrived, 1), Add({ a: 1, b: 1 })),
            loser
          )
        )
        expectEqual([won, Signal.read(slow, occupy.cleaned)], [2, 1], "the winner, clean-ups of losers")
        expectTook(harness, raced, 200, 200, "the race")
        const failed = yield* Effect.exit(
          Effect.raceFirst(
            Effect.andThen(Signal.awaitAtLeast(slow, occupy.arrived, 2), InterruptSelf({ suspended: false })),
            loser
          )
        )
        expectEqual(expectReason(failed, "Interrupted").by, "handler", "the first to settle")
        expectEqual(Signal.read(slow, occupy.cleaned), 2, "clean-ups of losers")
      })
  )
]

const timeouts: ReadonlyArray<Case> = [
  makeCase(
    "Effect.timeout over an endless loop returns within its duration, the grace and the termination: G3, G4",
    { size: 1, grace: 200, terminateTimeout: 500 },
    (harness) =>
      Effect.gen(function* () {
        const spin = Effect.timeout(Sabotage({ how: "spin" }), 100)
        const [exit, millis] = yield* timed(Effect.exit(spin))
        expectEqual((expectFailure(exit) as { readonly _tag: string })._tag, "TimeoutError", "failure")
        expectTook(harness, millis, 300, 800, "the time-out")
        expectEqual((yield* Where()).worker, 2, "worker of the next task")
      })
  ),
  makeCase(
    "Effect.timeout over native code returns after its duration, the grace and terminateTimeout: G3, G4, S055",
    { size: 1, grace: 200, terminateTimeout: 300 },
    (harness) =>
      Effect.gen(function* () {
        const [exit, millis] = yield* timed(Effect.exit(Effect.timeout(BlockNative(), 100)))
        expect(exit._tag === "Failure", "native code ended in time")
        expectTook(harness, millis, 600, 600, "the time-out")
        expectEqual((yield* TaskPool.snapshot).stuck, 1, "stuck workers")
      }),
    { needs: ["native"] }
  ),
  makeCase(
    "Effect.timeout over a task that cleans up returns when it has: G3",
    { size: 1, grace: "10 seconds" },
    (harness) =>
      Effect.gen(function* () {
        const signal = Signal.make()
        const task = Cleanup({ work: 60_000, cleanup: 300, signal })
        const [none, millis] = yield* timed(Effect.timeoutOption(task, 100))
        expectEqual(none._tag, "None", "the time-out")
        expectEqual(Signal.read(signal, cleanup.finalized), 1, "clean-ups at the return")
        expectTook(harness, millis, 400, 400, "the time-out")
        expectEqual((yield* Where()).worker, 1, "worker of the next task")
      })
  )
]

/**
 * @category cases
 * @since 0.1.0
 */
export const combinators: ReadonlyArray<Case> = [...races, ...timeouts]
