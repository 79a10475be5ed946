// What workers print, as entries of the pool's log: for real, on threads and on processes.
import * as Task from "@heddle/core/Task"
import * as TaskPool from "@heddle/core/TaskPool"
import { expectReason } from "@heddle/testing/conformance/suite/Harness"
import * as Signal from "@heddle/testing/conformance/suite/Signal"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as NodeProcesses from "../src/NodeProcesses.ts"
import * as NodeThreads from "../src/NodeThreads.ts"
import type * as printer from "./fixtures/printer.module.ts"

const Printer = Task.fromModule<typeof printer>(new URL("./fixtures/printer.module.ts", import.meta.url))

const shorten = (task: unknown): unknown =>
  typeof task === "string" ? task.replace("printer.module.ts#", "") : task

type Printed = readonly [stream: unknown, task: unknown, line: unknown, level: string, worker: unknown]

/** Runs on a pool of one worker; the second argument of the program is what was logged so far. */
const run = <A, E>(
  transport: typeof NodeThreads.layer | typeof NodeProcesses.layer,
  program: (printed: ReadonlyArray<Printed>) => Effect.Effect<A, E, TaskPool.TaskPool>
): Promise<A> => {
  const printed: Array<Printed> = []
  const logger = Logger.make<unknown, void>(({ fiber, logLevel, message }) => {
    const { stream, task, worker } = fiber.getRef(References.CurrentLogAnnotations)
    printed.push([stream, shorten(task), Array.isArray(message) ? message[0] : message, logLevel, worker])
  })
  const pool = TaskPool.layer({ size: 1, grace: 0 }).pipe(
    Layer.provide(transport({ output: "log" })),
    Layer.provideMerge(Logger.layer([logger]))
  )
  return Effect.runPromise(Effect.scoped(Effect.provide(program(printed), pool)))
}

const hear = (printed: ReadonlyArray<Printed>, text: string) =>
  Signal.awaitUntil(() => printed.some(([, , line]) => line === text), `the line "${text}"`)

const backends = [
  ["threads", NodeThreads.layer],
  ["processes", NodeProcesses.layer]
] as const

describe.each(backends)("S153: what workers print, on %s", (name, transport) => {
  it("S153: each line is logged with its stream, its worker and the task that printed it, however short tasks are", () =>
    run(
      transport,
      Effect.fnUntraced(function* (printed) {
        const numbers = Array.from({ length: 200 }, (_, n) => n)
        yield* Effect.forEach(numbers, (n) => (n % 2 === 0 ? Printer.left(n) : Printer.right(n)))
        yield* Printer.complain("a complaint")
        yield* Printer.flushed()
        yield* hear(printed, "flushed")
        yield* hear(printed, "a complaint")
        const lines = printed.filter(([, , line]) => line !== "flushed" && line !== "a complaint")
        assert.deepStrictEqual(
          lines,
          numbers.map((n) => {
            const task = n % 2 === 0 ? "left" : "right"
            return ["stdout", task, `${task} ${n}`, "Info", 1]
          })
        )
        assert.deepInclude(printed, ["stderr", "complain", "a complaint", "Warn", 1])
      })
    ))

  it("S153: lines are whole, whatever they are printed in, and a line is of one task", () =>
    run(
      transport,
      Effect.fnUntraced(function* (printed) {
        yield* Printer.pieces()
        yield* Printer.later()
        yield* hear(printed, "later")
        assert.deepStrictEqual(
          printed.map(([, task, line]) => [task, line]),
          [
            ["pieces", "aä"],
            ["pieces", "b"],
            ["later", "later"]
          ]
        )
      })
    ))

  // Of a thread, what goes past its streams is its host's own.
  it.runIf(name === "processes")("S153: what no task has printed through its streams is the worker's", () =>
    run(
      transport,
      Effect.fnUntraced(function* (printed) {
        yield* Printer.left(0)
        yield* Printer.below()
        yield* Printer.another()
        yield* hear(printed, "another")
        assert.deepStrictEqual(
          printed.map(([, task, line]) => [task, line]),
          [
            ["left", "left 0"],
            [undefined, "below"],
            [undefined, "another"]
          ]
        )
      })
    )
  )

  it("S153: what a task that never ends has printed is there while it runs", () =>
    run(
      transport,
      Effect.fnUntraced(function* (printed) {
        const running = yield* Effect.forkChild(Printer.spinAfter("spinning"), { startImmediately: true })
        yield* hear(printed, "spinning")
        assert.strictEqual(printed.find(([, , line]) => line === "spinning")?.[1], "spinAfter")
        yield* Fiber.interrupt(running)
      })
    ))

  it("S153, G9: last words without an end of line are logged before the loss is told, and explain it, unmarked", () =>
    run(
      transport,
      Effect.fnUntraced(function* (printed) {
        const lost = expectReason(yield* Effect.exit(Printer.dieAfter("last words")), "WorkerLost")
        assert.strictEqual(lost.stderr, "last words")
        assert.deepStrictEqual(printed.at(-1), ["stderr", "dieAfter", "last words", "Warn", 1])
      })
    ))
})
