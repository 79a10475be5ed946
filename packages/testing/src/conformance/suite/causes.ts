/**
 * Conformance cases: the causes behind an error: the end of a worker, and the reason of an abort.
 *
 * @since 0.1.0
 */
import * as TaskError from "@heddle/core/TaskError"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { TellReason, TellReasonNested } from "./cancel.tasks.ts"
import { type Case, expect, expectDefect, expectEqual, expectReason, makeCase } from "./Harness.ts"
import * as Signal from "./Signal.ts"
import { Add, Sabotage, Sleep } from "./tasks.ts"

class Leave extends Error {
  override readonly name = "Leave"
  readonly room = 7
}

/** Reasons of an abort, and their texts in the outcome. */
const reasons: ReadonlyArray<readonly [name: string, make: () => unknown, shown: string]> = [
  ["an error of the program", () => new Leave("goodbye"), "Leave: goodbye"],
  ["a text", () => "enough", "enough"],
  ["nothing", () => undefined, "AbortError: This operation was aborted"]
]

/** The reasons of a failed exit, each in its own group. */
const partsOf = (exit: Exit.Exit<unknown, unknown>) => {
  const all = exit._tag === "Failure" ? exit.cause.reasons : []
  return {
    fails: all.filter(Cause.isFailReason).map(({ error }) => error),
    defects: all.filter(Cause.isDieReason).map(({ defect }) => defect)
  }
}

const causeOf = (error: unknown): unknown =>
  TaskError.isTaskError(error) && error.reason._tag === "Interrupted" ? error.reason.cause : error

const textOf = (value: unknown): string =>
  value instanceof Error ? `${value.name}: ${value.message}` : String(value)

const aborted: ReadonlyArray<Case> = reasons.flatMap(([name, make, shown]): ReadonlyArray<Case> => [
  makeCase(
    `a signal aborted with ${name}: the handler's signal and the outcome have the same reason: S221, G9`,
    { size: 1 },
    Effect.gen(function* () {
      const [words, controller] = [Signal.make(), new AbortController()]
      const options = { signal: controller.signal }
      const caller = yield* Effect.forkChild(TaskPool.run(TellReason, { signal: words }, options), {
        startImmediately: true
      })
      yield* Signal.awaitAtLeast(words, 0, 1)
      controller.abort(make())
      const { defects, fails } = partsOf(yield* Fiber.await(caller))
      expectEqual(fails.map(causeOf).map(textOf), [shown], "the outcome's cause")
      expectEqual(defects.map(textOf), [`Error: told ${shown}`], "what the handler was told")
    })
  ),
  makeCase(
    `a signal aborted with ${name} before the call: the task does not start, and its outcome has the reason: S221, G9`,
    { size: 1 },
    Effect.gen(function* () {
      const run = TaskPool.run(Add, { a: 1, b: 1 }, { signal: AbortSignal.abort(make()) })
      const reason = expectReason(yield* Effect.exit(run), "Interrupted")
      expectEqual([reason.by, textOf(reason.cause)], ["signal", shown])
    })
  )
])

/**
 * @category cases
 * @since 0.1.0
 */
export const causes: ReadonlyArray<Case> = [
  ...aborted,
  makeCase(
    "the abort reason of a nested task reaches its handler and comes back: S221, G9",
    { size: 2 },
    Effect.gen(function* () {
      const exit = yield* Effect.exit(TellReasonNested({ signal: Signal.make() }))
      const told = String(expectDefect(exit))
      expect(told.includes("Interrupted") && told.includes("Leave: nested"), told)
      expect(told.includes("told Leave: nested"), told)
    })
  ),
  makeCase(
    "each victim of a worker's death has an error and a cause of its own, and prints the worker's stack: S220, G9",
    { size: 1, concurrency: 3 },
    Effect.gen(function* () {
      const victims = yield* Effect.forEach(
        [Sleep({ millis: 60_000 }), Sleep({ millis: 60_000 }), Sabotage({ how: "throwLater" })],
        (task) => Effect.exit(task),
        { concurrency: "unbounded" }
      )
      const lost = victims.map((exit) => expectReason(exit, "WorkerLost"))
      const found = lost.map(({ cause }) => cause)
      for (const cause of found) expect(cause instanceof Error, "the cause is the exception")
      expectEqual(new Set([...lost, ...found]).size, 6, "errors and causes")
      for (const exit of victims) {
        const text = exit._tag === "Failure" ? Cause.pretty(exit.cause) : ""
        expect(/\[cause\]: Error: thrown by the test\n +at /.test(text), `the worker's stack: ${text}`)
      }
    })
  )
]
