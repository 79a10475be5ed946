// Faults that only real threads have. Each ends as one typed outcome in bounded time; the host hears of nothing else.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { pathToFileURL } from "node:url"
import * as Task from "@heddle/core/Task"
import type { SpawnFailed } from "@heddle/core/TaskError"
import * as TaskPool from "@heddle/core/TaskPool"
import { expectDefect, expectReason, type Harness, withPool } from "@heddle/testing/conformance/suite/Harness"
import * as Signal from "@heddle/testing/conformance/suite/Signal"
import * as Tasks from "@heddle/testing/conformance/suite/tasks"
import { awaitReady, type Census, tapped } from "@heddle/testing/conformance/suite/Watch"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest"
import * as NodeThreads from "../src/NodeThreads.ts"
import type * as faulty from "./fixtures/faulty.ts"
import { useOwnFiles } from "./support/bundles.ts"
import { threads } from "./support/threadsHarness.ts"

const Faulty = Task.fromModule<typeof faulty>(new URL("./fixtures/faulty.ts", import.meta.url))

const timeout = 60_000

const forkNow = { startImmediately: true } as const

const unhandled: Array<unknown> = []
const hear = (error: unknown) => void unhandled.push(error)

let directory = ""

beforeAll(() => {
  useOwnFiles("bundles")
  directory = mkdtempSync(join(tmpdir(), "heddle-faults-"))
  process.on("uncaughtException", hear)
  process.on("unhandledRejection", hear)
})

afterAll(() => {
  process.off("uncaughtException", hear)
  process.off("unhandledRejection", hear)
  rmSync(directory, { recursive: true })
})

afterEach(() => {
  assert.deepStrictEqual(unhandled.splice(0), [], "the host heard of it")
})

const serving = (options: NodeThreads.Options): Harness => ({
  ...threads,
  transport: () => NodeThreads.layer({ output: "discard", ...options })
})

/** Runs a program on a pool of threads that serve plain modules. */
const run = <A, E>(
  options: TaskPool.PoolOptions,
  program: Effect.Effect<A, E, TaskPool.TaskPool | Scope.Scope>
): Promise<A> => Effect.runPromise(withPool(serving({}), options, program))

/** A worker file with this text; none at all without. */
const fileOf = (name: string, text: string | undefined): URL => {
  const path = join(directory, `${name.replaceAll(/\W+/g, "-")}.mjs`)
  if (text !== undefined) writeFileSync(path, text)
  return pathToFileURL(path)
}

interface BadStart {
  readonly what: string
  readonly text?: string
  readonly phase: SpawnFailed["phase"]
  readonly exitCode?: number
  readonly cause?: RegExp
  readonly options?: NodeThreads.Options
}

const badStarts: ReadonlyArray<BadStart> = [
  { what: "a missing file", phase: "spawn", cause: /a-missing-file\.mjs/ },
  { what: "a syntax error", text: "const = ;", phase: "import", exitCode: 1, cause: /SyntaxError/ },
  {
    what: "a throw at import",
    text: 'throw new Error("at import")',
    phase: "import",
    exitCode: 1,
    cause: /at import/
  },
  { what: "a thrown null at import", text: "throw null", phase: "import", exitCode: 1 },
  { what: "a thrown symbol at import", text: 'throw Symbol("odd")', phase: "import", exitCode: 1 },
  { what: "an exit at import", text: "process.exit(7)", phase: "import", exitCode: 7 },
  { what: "a file that serves nothing", text: "export {}", phase: "import", exitCode: 0 },
  { what: "an endless loop at import", text: "for (;;);", phase: "ready" },
  {
    what: "a pending top-level await with a live timer",
    text: "setInterval(() => {}, 1000); await new Promise(() => {})",
    phase: "ready"
  },
  {
    what: "a pending top-level await without one",
    text: "await new Promise(() => {})",
    phase: "import",
    exitCode: 13
  },
  {
    what: "a rejection that nobody handles at import",
    text: 'Promise.reject(new Error("nobody")); await new Promise((resolve) => setTimeout(resolve, 60_000))',
    phase: "import",
    exitCode: 1,
    cause: /nobody/
  },
  {
    what: "an import that is not there",
    text: 'import "./not-there.mjs"',
    phase: "import",
    exitCode: 1,
    cause: /not-there/
  },
  {
    what: "a flag that Node does not know",
    text: "export {}",
    phase: "spawn",
    cause: /no-such-flag/,
    options: { execArgv: ["--no-such-flag"] }
  }
]

describe("workers that cannot start", () => {
  for (const { cause, exitCode, options, phase, text, what } of badStarts) {
    it(
      `${what} is one typed start failure, of one spawn, and that thread is gone: S021, S022`,
      async () => {
        const census: Census = { spawned: 0, exited: 0 }
        const harness = tapped(serving({ entry: fileOf(what, text), ...options }), census)
        const startTimeout = phase === "ready" ? 1000 : 20_000
        const began = performance.now()
        const exit = await Effect.runPromise(
          Effect.exit(withPool(harness, { size: 1, startTimeout }, Effect.void))
        )
        const took = performance.now() - began
        const reason = expectReason(exit, "SpawnFailed")
        assert.deepStrictEqual([reason.phase, reason.exitCode, reason.attempts], [phase, exitCode, 1])
        if (cause !== undefined) assert.match(String(reason.cause), cause)
        if (phase === "ready") assert.isBelow(took, 5000)
        assert.deepStrictEqual(census, { spawned: 1, exited: phase === "spawn" ? 0 : 1 })
        // The host is none the worse for it.
        assert.strictEqual(await run({ size: 1 }, Faulty.add(20, 22)), 42)
      },
      timeout
    )
  }
})

describe("handlers that go wrong", () => {
  it(
    "a stack overflow is a RangeError, and the worker stays: S013, G9",
    () =>
      run(
        { size: 1 },
        Effect.gen(function* () {
          for (let i = 0; i < 3; i++) {
            assert.instanceOf(expectDefect(yield* Effect.exit(Faulty.overflow())), RangeError)
          }
          assert.strictEqual(yield* Faulty.add(20, 22), 42)
          assert.strictEqual((yield* TaskPool.snapshot).workers[0]?.worker, 1)
        })
      ),
    timeout
  )

  it(
    "an array far past the heap is a typed loss where the pool's memory policy limits it; the next task succeeds: S230, G9",
    async () => {
      const options = { size: 1, recycle: { heap: { hard: 256e6 }, every: 20 } }
      await threads.run(
        withPool(
          threads,
          options,
          Effect.gen(function* () {
            expectReason(yield* Effect.exit(Faulty.fillHeap()), "WorkerLost")
            assert.strictEqual(yield* Faulty.add(20, 22), 42)
          })
        )
      )
    },
    timeout
  )

  it(
    "a reply nested a million deep is a typed failure, and the worker stays: S099, G10",
    () =>
      run(
        { size: 1 },
        Effect.gen(function* () {
          const reason = expectReason(yield* Effect.exit(Faulty.deep(1e6)), "NotSerializable")
          assert.deepStrictEqual([reason.side, reason.what], ["worker", "reply"])
          assert.strictEqual(yield* Faulty.add(20, 22), 42)
          assert.strictEqual((yield* TaskPool.snapshot).workers[0]?.worker, 1)
        })
      ),
    timeout
  )

  it(
    "a payload nested a million deep is a typed failure, and neither host nor worker is harmed: S099, G10",
    () =>
      run(
        { size: 1 },
        Effect.gen(function* () {
          let payload: unknown = []
          for (let i = 0; i < 1e6; i++) payload = [payload]
          const reason = expectReason(yield* Effect.exit(Faulty.take(payload)), "NotSerializable")
          assert.deepStrictEqual([reason.side, reason.what], ["host", "payload"])
          assert.strictEqual(yield* Faulty.add(20, 22), 42)
        })
      ),
    timeout
  )

  const odds: ReadonlyArray<faulty.Odd> = [
    "null",
    "undefined",
    "string",
    "symbol",
    "function",
    "an object that cannot be shown",
    "a proxy that throws"
  ]
  for (const how of ["throw", "reject"] as const) {
    it(
      `an uncaught ${how} of whatever kind loses the task that runs, and the next one succeeds: S007, S013`,
      () =>
        run(
          { size: 1 },
          Effect.gen(function* () {
            for (const kind of odds) {
              const reason = expectReason(yield* Effect.exit(Faulty.goWrong(kind, how)), "WorkerLost")
              assert.deepStrictEqual(
                [reason.exitCode, reason.phase, reason.outOfMemory],
                [1, "run", false],
                kind
              )
              assert.isNotEmpty(reason.message)
              assert.strictEqual(yield* Faulty.add(20, 22), 42)
            }
          })
        ),
      timeout
    )
  }
})

describe("handlers that hold their thread", () => {
  for (const how of ["loop", "regular expression", "Atomics.wait"] as const) {
    it(
      `interrupting one that is stuck (${how}) is forced; the next runs, its neighbour is not harmed: S054, G3, G4, G5`,
      () =>
        Effect.runPromise(
          withPool(
            threads,
            { size: 2, grace: 300 },
            Effect.gen(function* () {
              yield* awaitReady(2)
              const gate = Signal.shared()
              const bystander = yield* Effect.forkChild(
                Tasks.Gate({ signal: gate, value: "unharmed" }),
                forkNow
              )
              yield* Signal.awaitAtLeast(gate, Tasks.gate.arrived, 1)
              const started = Signal.shared()
              const handle = yield* TaskPool.fork(Faulty.hold, { started, how })
              yield* Signal.awaitAtLeast(started, 0, 1)
              const began = performance.now()
              const receipt = yield* handle.interrupt
              const took = performance.now() - began
              assert.deepStrictEqual([receipt._tag, receipt.casualties.length], ["forced", 0])
              assert.isAbove(took, 250)
              assert.isBelow(took, 300 + 1000 + 500)
              assert.strictEqual(expectReason(yield* Effect.exit(handle.await), "Interrupted").by, "handle")
              // The neighbour is busy: this one is served by the replacement.
              assert.strictEqual(yield* Tasks.Add({ a: 20, b: 22 }), 42)
              assert.strictEqual(Signal.read(gate, Tasks.gate.arrived), 1)
              Signal.addUnsafe(gate, Tasks.gate.open)
              assert.strictEqual(yield* Fiber.join(bystander), "unharmed")
            })
          )
        ),
      timeout
    )
  }
})
