/**
 * Conformance cases: CLOSE, workers failing while stopping.
 *
 * @since 0.1.0
 */
import type { PoolEvent } from "@heddle/core/PoolEvent"
import * as TaskError from "@heddle/core/TaskError"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import { OnTeardown } from "./close.tasks.ts"
import { type Case, ExpectationFailed, expect, expectEqual, type Harness, withPool } from "./Harness.ts"
import * as Signal from "./Signal.ts"
import { awaitSnapshot, open } from "./Steps.ts"
import { Where } from "./tasks.ts"
import { only, recordEvents } from "./Watch.ts"

const ways = [
  { failure: "dies", what: "dies", exitCode: 1, cause: "teardown broke" },
  { failure: "exits", what: "exits", exitCode: 6, cause: undefined }
] as const

const messageOf = (cause: unknown): unknown => (cause instanceof Error ? cause.message : cause)

/** The pool's log, as `level: text`. */
const listening = (lines: Array<string>) =>
  Logger.layer([
    Logger.make(({ cause, logLevel, message }) => {
      const text = [
        ...(message as Array<unknown>),
        ...(cause.reasons.length === 0 ? [] : [Cause.pretty(cause)])
      ]
      lines.push(`${logLevel}: ${text.map(String).join(" ")}`)
    })
  ])

/** Of each defect of an exit, if the defect is a worker's failure to stop: the exit code and the message of the cause. */
const failuresIn = (exit: Exit.Exit<unknown, unknown>): ReadonlyArray<unknown> => {
  if (exit._tag === "Success") return []
  return exit.cause.reasons.map((reason) => {
    const error = Cause.isDieReason(reason) ? reason.defect : reason
    if (!TaskError.isTaskError(error) || error.reason._tag !== "WorkerLost")
      throw new ExpectationFailed(`expected a lost worker, got ${Cause.pretty(exit.cause)}`)
    return [error.reason.phase, error.reason.exitCode, messageOf(error.reason.cause)]
  })
}

const lossesIn = (events: ReadonlyArray<PoolEvent>) =>
  only(events, "WorkerLost").map(({ cause, exitCode, running }) => [
    exitCode,
    messageOf(cause),
    running.length
  ])

const ready = (count: number) =>
  awaitSnapshot(
    ({ workers }) => workers.filter((w) => w.state === "ready").length === count,
    `${count} ready`
  )

/** Closes a pool of two workers, each with orders for its own end. */
const closing = (
  harness: Harness,
  options: TaskPool.PoolOptions,
  tell: Omit<typeof OnTeardown.payload.Type, "signal">
) =>
  Effect.gen(function* () {
    const pool = yield* open(harness, { size: 2, ...options })
    const signal = Signal.make()
    const events = yield* pool.provide(
      Effect.gen(function* () {
        yield* ready(2)
        const one = OnTeardown({ signal, wait: 2, ...tell })
        yield* Effect.all([one, one], { concurrency: 2 })
        return yield* recordEvents
      })
    )
    return { exit: yield* Effect.exit(pool.close), events }
  })

const failing: ReadonlyArray<Case> = ways.flatMap(
  ({ cause, exitCode, failure, what }): ReadonlyArray<Case> => [
    {
      name: `a worker whose layer ${what} while the pool closes is reported and logged, and closing dies of the failure: S214, G2, G9`,
      run: (harness) =>
        Effect.gen(function* () {
          const lines: Array<string> = []
          const { events, exit } = yield* closing(
            harness,
            { grace: "20 seconds" },
            { millis: 0, failure }
          ).pipe(Effect.scoped, Effect.provide(listening(lines)))
          const expected = ["stop", exitCode, cause]
          expectEqual(failuresIn(exit), [expected, expected], "what closing died of")
          expectEqual(
            lossesIn(events),
            [0, 1].map(() => [exitCode, cause, 0]),
            "lost workers"
          )
          expectEqual(only(events, "WorkerStopped").length, 0, "workers that stopped well")
          const errors = lines.filter((line) => line.startsWith("Error: a worker failed while it stopped"))
          expectEqual(errors.length, 2, `errors in the log: ${lines.join("\n")}`)
          expect(
            errors.every((line) => line.includes(cause ?? `exit code ${exitCode}`)),
            errors.join("\n")
          )
        })
    },
    {
      name: `a worker whose layer ${what} during its replacement is reported and logged; pool and closing go on: S214, G2, G9`,
      run: (harness) =>
        Effect.gen(function* () {
          const lines: Array<string> = []
          let events: ReadonlyArray<PoolEvent> = []
          yield* withPool(
            harness,
            { size: 1, grace: "20 seconds" },
            Effect.gen(function* () {
              events = yield* recordEvents
              yield* OnTeardown({ signal: Signal.make(), millis: 0, failure })
              yield* TaskPool.recycle
              expectEqual((yield* Where()).worker, 2, "worker of the next task")
            })
          ).pipe(Effect.provide(listening(lines)))
          expectEqual(lossesIn(events), [[exitCode, cause, 0]], "lost workers")
          expectEqual(lines.filter((line) => line.startsWith("Error")).length, 1, "errors in the log")
        })
    }
  ]
)

const lingering: ReadonlyArray<Case> = [
  {
    name: "a worker not stopping within its grace is reported and logged as a warning, and closing succeeds: S214, G2, G4",
    run: (harness) =>
      Effect.gen(function* () {
        const lines: Array<string> = []
        const { events, exit } = yield* closing(harness, { grace: 100 }, { millis: 600_000 }).pipe(
          Effect.scoped,
          Effect.provide(listening(lines))
        )
        expectEqual(failuresIn(exit), [], "what closing died of")
        expectEqual(
          only(events, "WorkerTerminating").map(({ why }) => why),
          ["lingers", "lingers"],
          "terminations"
        )
        const warnings = lines.filter((line) => line.startsWith("Warn"))
        expectEqual(warnings.length, 2, `warnings in the log: ${lines.join("\n")}`)
      })
  },
  {
    name: "workers stopping on request are not logged, and closing succeeds: S214, G2",
    run: (harness) =>
      Effect.gen(function* () {
        const lines: Array<string> = []
        const { events, exit } = yield* closing(harness, {}, { millis: 0 }).pipe(
          Effect.scoped,
          Effect.provide(listening(lines))
        )
        expectEqual(failuresIn(exit), [], "what closing died of")
        expectEqual([only(events, "WorkerStopped").length, lines.length], [2, 0], "stopped well, log lines")
      })
  }
]

/**
 * @category cases
 * @since 0.1.0
 */
export const closeFailures: ReadonlyArray<Case> = [...failing, ...lingering]
