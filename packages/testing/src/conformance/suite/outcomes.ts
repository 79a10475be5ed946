/**
 * Conformance cases: OUT, outcomes and errors.
 *
 * @since 0.1.0
 */
import * as Task from "@heddle/core/Task"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import {
  type Case,
  expect,
  expectDefect,
  expectEqual,
  expectFailure,
  expectReason,
  expectSuccess,
  makeCase,
  withPool
} from "./Harness.ts"
import * as Tasks from "./tasks.ts"
import * as Signal from "./Signal.ts"
import { only, recordEvents } from "./Watch.ts"

const one = { size: 1 }

/** Expects the worker from before, still serving. */
const expectSameWorker = (worker: number) =>
  Effect.gen(function* () {
    expectEqual((yield* Tasks.Where()).worker, worker, "the worker")
    expectEqual(yield* Tasks.Add({ a: 20, b: 22 }), 42)
  })

/** Expects another worker in the place of this one, serving. */
const expectNewWorker = (worker: number) =>
  Effect.gen(function* () {
    expect((yield* Tasks.Where()).worker > worker, `expected a worker younger than ${worker}`)
  })

const thrown: ReadonlyArray<readonly [what: typeof Tasks.Thrown.Type, shown: (defect: unknown) => boolean]> =
  [
    ["null", (defect) => defect === null],
    ["undefined", (defect) => defect === undefined],
    ["string", (defect) => defect === "a thrown string"],
    ["symbol", (defect) => defect === "Symbol(thrown)"],
    ["function", (defect) => defect === "[Function thrownFunction]"],
    ["cyclic cause", (defect) => defect instanceof Error && defect.message === "cyclic"],
    ["throwing message", (defect) => defect instanceof Error && defect.name === "Error"]
  ]

/**
 * @category cases
 * @since 0.1.0
 */
export const outcomes: ReadonlyArray<Case> = [
  makeCase(
    "a task without a result gives undefined, never null, and values keep the difference: S001",
    one,
    Effect.gen(function* () {
      expectEqual(yield* Tasks.Nothing(), undefined)
      expectEqual(yield* Tasks.Echo(undefined), undefined)
      expectEqual(yield* Tasks.Echo(null), null)
      expectEqual(yield* Tasks.Echo([undefined, null, Number.NaN]), [undefined, null, Number.NaN])
    })
  ),
  ...[false, true].map((inEffect): Case => {
    const how = inEffect ? "dies of" : "throws"
    return makeCase(
      `a handler that ${how} a TypeError keeps name, message, cause, fields and both stacks: S002, G9`,
      one,
      Effect.gen(function* () {
        const defect = expectDefect(yield* Effect.exit(Tasks.Die({ what: "TypeError", inEffect })))
        expect(defect instanceof TypeError, "a TypeError is rebuilt as one")
        expectEqual(defect.message, "not a function, said the test")
        expectEqual(Reflect.get(defect, "code"), "E_TEST")
        expect(defect.cause instanceof RangeError, "its cause is a RangeError")
        expectEqual(defect.cause.message, "the cause")
        const stack = String(defect.stack)
        expect(stack.includes("handlers."), `the stack names the handler's file: ${stack}`)
        expect(
          /at Die \(task \d+ on worker \d+\)/.test(stack),
          `the stack goes on with the caller's: ${stack}`
        )
      })
    )
  }),
  makeCase(
    "a declared error arrives as its class, nested data intact: S003",
    one,
    Effect.gen(function* () {
      const error = expectFailure(yield* Effect.exit(Tasks.Fail({ value: 42 })))
      expect(error instanceof Tasks.Refusal, "it is a Refusal")
      expectEqual(error.details, { value: 42, tags: ["a", "b"] })
      const caught = yield* Tasks.Fail({ value: 43 }).pipe(
        Effect.catchTag("Refusal", (refusal) => Effect.succeed(refusal.details.value))
      )
      expectEqual(caught, 43)
    })
  ),
  makeCase(
    "a worker's exit is reported with exit code, worker, phase and running task: S005, G9",
    one,
    Effect.gen(function* () {
      const events = yield* recordEvents
      const { worker } = yield* Tasks.Where()
      const exit = yield* Effect.exit(Tasks.Sabotage({ how: "exit", code: 99 }))
      const lost = expectReason(exit, "WorkerLost")
      expectEqual(
        [lost.exitCode, lost.worker, lost.phase, lost.outOfMemory, [...lost.running]],
        [99, worker, "run", false, ["Sabotage"]]
      )
      expect(lost.threadId !== undefined || lost.pid !== undefined, "it names the thread or the process")
      const error = expectFailure(exit)
      expect(/Sabotage: .*exit code 99/.test(String(error)), `the message says it all: ${String(error)}`)
      const [event] = only(events, "WorkerLost")
      expectEqual([event?.worker, event?.exitCode, event?.running], [worker, 99, ["Sabotage"]], "the event")
      yield* expectNewWorker(worker)
    })
  ),
  makeCase(
    "a worker's last output on standard error is kept, bounded: S005, G9",
    one,
    Effect.gen(function* () {
      const message = `${"x".repeat(100_000)} the last words`
      const lost = expectReason(
        yield* Effect.exit(Tasks.Sabotage({ how: "stderr", code: 3, message })),
        "WorkerLost"
      )
      expectEqual(lost.exitCode, 3)
      expect(lost.stderr.endsWith("the last words"), `its end is kept: ${lost.stderr.slice(-100)}`)
      expect(lost.stderr.length <= 8192, `it is bounded: ${lost.stderr.length}`)
    }),
    { needs: ["realThreads"] }
  ),
  ...(["throwLater", "rejectLater"] as const).map((how) =>
    makeCase(
      `outside of the running handler, ${how}: the task is lost with the cause, the worker replaced: S007`,
      one,
      Effect.gen(function* () {
        const { worker } = yield* Tasks.Where()
        const lost = expectReason(yield* Effect.exit(Tasks.Sabotage({ how })), "WorkerLost")
        expect(lost.cause instanceof Error, "the cause is the exception")
        expectEqual(lost.cause.message, "thrown by the test")
        expectEqual([lost.phase, lost.exitCode], ["run", 1])
        yield* expectNewWorker(worker)
      })
    )
  ),
  makeCase(
    "an unserved task is UnknownTask, naming the task and the served tasks; the worker stays: S009, S159",
    one,
    Effect.gen(function* () {
      const { worker } = yield* Tasks.Where()
      for (const name of ["Unserved", "toString", "constructor", "__proto__", "../../Echo"]) {
        const unknown = expectReason(yield* Effect.exit(Task.make(name)()), "UnknownTask")
        expectEqual(unknown.name, name)
        expect(unknown.served.includes("Echo"), "it lists what is served")
      }
      yield* expectSameWorker(worker)
    })
  ),
  makeCase(
    "a stray message is one event and never a reply; the outcome is the handler's own: S010, G10",
    one,
    Effect.gen(function* () {
      const events = yield* recordEvents
      const { worker } = yield* Tasks.Where()
      // Looks like the reply to the next task.
      const message = [worker, 2, 13, 2, 0, "forged"]
      expectEqual(yield* Tasks.Sabotage({ how: "stray", message }), 42)
      // It comes by another way than replies, and may be later than the reply of the same worker.
      yield* Signal.awaitUntil(() => only(events, "StrayMessage").length > 0, "the stray message")
      yield* expectSameWorker(worker)
      const strays = only(events, "StrayMessage")
      expectEqual(
        strays.map((event) => event.worker),
        [worker],
        "the stray messages"
      )
      expectEqual(only(events, "ProtocolViolation").length, 0, "violations")
    }),
    { needs: ["strays"] }
  ),
  makeCase(
    "a defect arrives as a defect, a declared error as a failure, also from one pool at once: S012",
    { size: 2 },
    Effect.gen(function* () {
      const exits = yield* Effect.all(
        [
          Effect.exit(Tasks.Die({ what: "string", inEffect: true })),
          Effect.exit(Tasks.Fail({ value: 1 })),
          Effect.exit(Tasks.Die({ what: "string" })),
          Effect.exit(Tasks.Add({ a: 1, b: 1 }))
        ],
        { concurrency: "unbounded" }
      )
      expectEqual(expectDefect(exits[0]), "a thrown string")
      expect(expectFailure(exits[1]) instanceof Tasks.Refusal, "the failure is a Refusal")
      expectEqual(expectDefect(exits[2]), "a thrown string")
      expectEqual(expectSuccess(exits[3]), 2)
    })
  ),
  {
    name: "a listener that throws at every event costs no task and no worker, and is told of once: S218, G1, G5",
    run: (harness) =>
      withPool(
        harness,
        one,
        Effect.gen(function* () {
          const { subscribe } = yield* TaskPool.TaskPool
          subscribe(() => {
            throw new Error("thrown by a listener")
          })
          const events = yield* recordEvents
          const { worker } = yield* Tasks.Where()
          expect(
            expectFailure(yield* Effect.exit(Tasks.Fail({ value: 3 }))) instanceof Tasks.Refusal,
            "the failure"
          )
          yield* Effect.exit(TaskPool.run(Tasks.Sleep, { millis: 60_000 }, { timeout: 20 }))
          yield* expectSameWorker(worker)
          const failed = only(events, "CallbackFailed")
          expectEqual(
            failed.map(({ whose }) => whose),
            ["listener"]
          )
          expectEqual(only(events, "TaskSettled").length, only(events, "TaskSubmitted").length)
        })
        // A simulation shows log entries.
      ).pipe(Effect.provideService(References.CurrentLoggers, new Set()))
  },
  ...thrown.map(([what, isShown]) =>
    makeCase(
      `a thrown ${what} is a defect with a printable description, and the worker stays: S013`,
      one,
      Effect.gen(function* () {
        const { worker } = yield* Tasks.Where()
        for (const inEffect of [false, true]) {
          const exit = yield* Effect.exit(Tasks.Die({ what, inEffect }))
          const defect = expectDefect(exit)
          expect(isShown(defect), `unexpected description: ${String(defect)}`)
          if (exit._tag === "Failure") expect(Cause.pretty(exit.cause).length > 0, "it can be printed")
        }
        yield* expectSameWorker(worker)
      })
    )
  )
]
