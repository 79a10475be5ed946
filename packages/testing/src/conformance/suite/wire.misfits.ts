/**
 * Conformance cases: WIRE: values unfit for their schema.
 *
 * @since 0.1.0
 */
import * as TaskError from "@heddle/core/TaskError"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import { type Case, expect, expectDefect, expectEqual, expectReason, makeCase, withPool } from "./Harness.ts"
import { Answers } from "./map.tasks.ts"
import { awaitSnapshot, range } from "./Steps.ts"
import { Add, Echo, Where } from "./tasks.ts"
import { Misfit, Needy, Prick, ReplyUnclonable } from "./wire.tasks.ts"

/**
 * Runs an effect on a pool of one worker, and dies unless the same worker serves afterwards.
 *
 * @category running
 * @since 0.1.0
 */
export const onOneWorker = (
  harness: Parameters<Case["run"]>[0],
  effect: Effect.Effect<unknown, unknown, TaskPool.TaskPool>
): Effect.Effect<void, unknown> =>
  withPool(
    harness,
    { size: 1 },
    Effect.gen(function* () {
      const before = yield* Where()
      yield* effect
      const after = yield* Where()
      expectEqual(
        [after.worker, after.tasks],
        [before.worker, before.tasks + 1],
        "the worker, and what it ran"
      )
    })
  )

/** Side, reason, and path of an unfit value. */
const misfit = <A, E>(exit: Exit.Exit<A, E>): ReadonlyArray<string> => {
  const { path, side, what } = expectReason(exit, "Malformed")
  return [side, what, path]
}

const failureOf = (exit: Exit.Exit<unknown, unknown>): any =>
  exit._tag === "Failure" && exit.cause.reasons[0]?._tag === "Fail" ? exit.cause.reasons[0].error : undefined

const misfits: ReadonlyArray<Case> = [
  {
    name: "an untyped caller's unfit payload never reaches the handler: Malformed, with its path: S107, G10",
    run: (harness) =>
      onOneWorker(
        harness,
        Effect.gen(function* () {
          expectEqual(misfit(yield* Effect.exit(Add({ a: "1", b: 2 } as never))), [
            "worker",
            "payload",
            "$.a"
          ])
          expectEqual(misfit(yield* Effect.exit(Add({ a: 1 } as never))), ["worker", "payload", "$.b"])
          expectEqual(misfit(yield* Effect.exit(Add(null as never))), ["worker", "payload", "$"])
          const map = TaskPool.forEach(
            Add,
            [
              { a: 1, b: 1 },
              { a: 1, b: {} }
            ] as never,
            { chunkSize: 2 }
          )
          const [side, what, path] = misfit(yield* Effect.exit(map))
          expectEqual([side, what, path?.endsWith(".b")], ["worker", "payload", true])
        })
      )
  },
  {
    name: "an unfit reply and an unfit failure are Malformed in the worker, with their path; the worker is kept: S107, G10",
    run: (harness) =>
      onOneWorker(
        harness,
        Effect.gen(function* () {
          const success = yield* Effect.exit(Misfit({ how: "success" }))
          expectEqual(misfit(success), ["worker", "success", "$.list[1].n"])
          const error = yield* Effect.exit(Misfit({ how: "error" }))
          expectEqual(misfit(error), ["worker", "error", "$.code"])
          const task = TaskError.isTaskError(failureOf(error)) ? failureOf(error).task : undefined
          expectEqual(task, "Misfit", "the task that is named")
        })
      )
  },
  {
    name: "a schema throwing during decoding, in the worker or on the host, is Malformed; the worker is kept: S101, G10",
    run: (harness) =>
      onOneWorker(
        harness,
        Effect.gen(function* () {
          const payload = yield* Effect.exit(Prick({ payload: "thorn", reply: "rose" }))
          expectEqual(misfit(payload).slice(0, 2), ["worker", "payload"])
          const reply = yield* Effect.exit(Prick({ payload: "rose", reply: "thorn" }))
          expectEqual(misfit(reply).slice(0, 2), ["host", "success"])
          expect(
            expectReason(reply, "Malformed").detail.includes("pricked"),
            expectReason(reply, "Malformed").detail
          )
          const map = TaskPool.forEach(Prick, [{ payload: "rose", reply: "thorn" }])
          expectEqual(misfit(yield* Effect.exit(map)).slice(0, 2), ["host", "success"])
          expectEqual(yield* Prick({ payload: "rose", reply: "rose" }), { text: "rose" })
        })
      )
  },
  makeCase(
    "a hundred failures of sending, decoding and replying leave no slot taken and no worker lost: S101, G7",
    { size: 2, queue: { capacity: 4 } },
    Effect.gen(function* () {
      const bad: ReadonlyArray<Effect.Effect<unknown, unknown, TaskPool.TaskPool>> = [
        Echo(() => {}),
        Add({ a: "1", b: 1 } as never),
        Misfit({ how: "success" }),
        ReplyUnclonable({ what: "function" }),
        Prick({ payload: "rose", reply: "thorn" })
      ]
      const exits = yield* Effect.forEach(range(100), (i) => Effect.exit(bad[i % bad.length]!), {
        concurrency: "unbounded"
      })
      expect(
        exits.every(({ _tag }) => _tag === "Failure"),
        "one of them succeeded"
      )
      const { counts, queue, workers } = yield* awaitSnapshot(
        ({ busy, idle }) => busy === 0 && idle === 2,
        "both are idle"
      )
      expectEqual([queue.length, queue.waiting, counts.lost], [0, 0, 0])
      expectEqual(workers.map(({ worker }) => worker).toSorted(), [1, 2], "workers")
      expectEqual(yield* Add({ a: 1, b: 2 }), 3)
    })
  )
]

const mistakes: ReadonlyArray<Case> = [
  makeCase(
    "a handler or a module function without its service names the service, and where to provide the service: S226",
    { size: 1 },
    Effect.gen(function* () {
      const handler = expectDefect(yield* Effect.exit(Needy()))
      const func = expectDefect(yield* Effect.exit(Answers.needy()))
      for (const [defect, task, remedy] of [
        [handler, "Needy", "in the entry of the worker"],
        [func, "answers.module.", "define the task with Task.make"]
      ] as const) {
        const { cause, message } = defect as Error
        expect(message.includes(task) && message.includes(remedy), message)
        expect(message.includes("needs the service conformance/Absent"), message)
        expect(cause instanceof Error && cause.message.startsWith("Service not found"), "its cause")
      }
    })
  ),
  makeCase(
    "a misspelt export is named with its module and the closest export; a non-function is reported as such: S226",
    { size: 1 },
    Effect.gen(function* () {
      const wrong = Answers as unknown as Record<
        string,
        () => Effect.Effect<unknown, unknown, TaskPool.TaskPool>
      >
      const of = (name: string) =>
        Effect.map(Effect.exit(wrong[name]!()), (exit) => expectReason(exit, "UnknownTask"))
      const misspelt = yield* of("varoius")
      expectEqual([misspelt.name, misspelt.export], ["varoius", "missing"])
      expect(misspelt.module?.includes("/answers.module.") === true, String(misspelt.module))
      expect(misspelt.message.includes(`Did you mean "various"?`), misspelt.message)
      expect(!misspelt.message.includes("layer"), misspelt.message)
      const value = yield* of("limit")
      expectEqual(value.export, "value")
      expect(value.message.endsWith(`exports "limit", which is no function`), value.message)
      expectEqual((yield* of("nothingLikeIt")).export, "missing")
    })
  )
]

/**
 * @category cases
 * @since 0.1.0
 */
export const wireMisfits: ReadonlyArray<Case> = [...misfits, ...mistakes]
