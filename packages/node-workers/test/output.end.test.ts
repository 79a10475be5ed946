// What a worker has printed when it ends: it arrives, or a note says how much was dropped.
import * as Task from "@heddle/core/Task"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Signal from "@heddle/testing/conformance/suite/Signal"
import { assert, describe, it, vi } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as NodeProcesses from "../src/NodeProcesses.ts"
import * as NodeThreads from "../src/NodeThreads.ts"
import type * as printer from "./fixtures/printer.module.ts"

const Printer = Task.fromModule<typeof printer>(new URL("./fixtures/printer.module.ts", import.meta.url))

const lines = 30_000

vi.setConfig({ testTimeout: 60_000 })

interface Printed {
  readonly stdout: Array<string>
  readonly stderr: Array<string>
}

type Program = (printed: Printed) => Effect.Effect<unknown, unknown, TaskPool.TaskPool>

/** Runs on a pool of one; the lines of each stream that were logged until it had closed. */
const printedBy = async (
  transport: typeof NodeThreads.layer | typeof NodeProcesses.layer,
  program: Program
): Promise<Printed> => {
  const printed: Printed = { stdout: [], stderr: [] }
  const logger = Logger.make<unknown, void>(({ fiber, message }) => {
    const { stream } = fiber.getRef(References.CurrentLogAnnotations)
    if (stream !== "stdout" && stream !== "stderr") return
    printed[stream].push(String(Array.isArray(message) ? message[0] : message))
  })
  const pool = TaskPool.layer({ size: 1, grace: "5 seconds" }).pipe(
    Layer.provide(transport({ output: "log" })),
    Layer.provideMerge(Logger.layer([logger]))
  )
  await Effect.runPromise(Effect.exit(Effect.scoped(Effect.provide(program(printed), pool))))
  return printed
}

const expected = Array.from({ length: lines }, (_, i) => `line ${i}`)

const spinning: Program = (printed) =>
  Effect.gen(function* () {
    const task = TaskPool.run(Printer.spinAfterMany, lines, { grace: 0 })
    const running = yield* Effect.forkChild(task, { startImmediately: true })
    yield* Signal.awaitUntil(() => printed.stderr.includes("printed"), "the last line")
    yield* Fiber.interrupt(running)
  })

const ends: ReadonlyArray<readonly [how: string, program: Program]> = [
  ["stops as its pool closes", () => Printer.many(lines)],
  ["exits", () => Printer.manyThen(lines, "exit")],
  ["dies of an exception", () => Printer.manyThen(lines, "throw")]
]

describe.each([
  ["threads", NodeThreads.layer],
  ["processes", NodeProcesses.layer]
] as const)("what a worker has printed when it ends, on %s", (_, transport) => {
  for (const [how, program] of ends) {
    it(`30,000 lines arrive when it ${how}: S222`, async () => {
      const { stderr, stdout } = await printedBy(transport, program)
      assert.strictEqual(stdout.length, lines)
      assert.deepStrictEqual(stdout, expected)
      assert.include(stderr, "printed")
    })
  }

  it("30,000 lines arrive when it is terminated in a loop, or a note says how many do not: S222", async () => {
    const { stdout } = await printedBy(transport, spinning)
    const [, dropped = "0"] = /^\[(\d+) writes of this worker were dropped/.exec(stdout.at(-1) ?? "") ?? []
    const arrived = stdout.filter((line) => line.startsWith("line "))
    assert.deepStrictEqual(arrived, expected.slice(0, arrived.length))
    assert.strictEqual(arrived.length + Number(dropped), lines)
    if (transport === NodeProcesses.layer) assert.strictEqual(dropped, "0")
    assert.isAbove(arrived.length, 1000)
  })
})

describe("what a worker process has printed", () => {
  it("30,000 lines arrive when it is killed: S222", async () => {
    const { stdout } = await printedBy(NodeProcesses.layer, () => Printer.manyThen(lines, "kill"))
    assert.deepStrictEqual(stdout, expected)
  })
})
