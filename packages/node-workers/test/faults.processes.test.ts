// Faults, injected for real into worker processes. Each ends as one typed outcome in bounded time; the next task is fine.
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as Task from "@heddle/core/Task"
import type { SpawnFailed, TaskError } from "@heddle/core/TaskError"
import * as TaskPool from "@heddle/core/TaskPool"
import { expectDefect, expectReason, type Harness, withPool } from "@heddle/testing/conformance/suite/Harness"
import { awaitReady, awaitSnapshot, type Census, tapped } from "@heddle/testing/conformance/suite/Watch"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest"
import * as NodeProcesses from "../src/NodeProcesses.ts"
import type * as ruinous from "./fixtures/ruinous.ts"
import { useOwnFiles } from "./support/bundles.ts"
import { childrenOf, isAlive, openDescriptors, within } from "./support/processTable.ts"

const Ruinous = Task.fromModule<typeof ruinous>(new URL("./fixtures/ruinous.ts", import.meta.url))

const timeout = 60_000

const unhandled: Array<unknown> = []
const hear = (error: unknown) => void unhandled.push(error)

let directory = ""
let descriptors = 0

beforeAll(() => {
  useOwnFiles("bundles")
  directory = mkdtempSync(join(tmpdir(), "heddle-faults-"))
  descriptors = openDescriptors()
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
  assert.deepStrictEqual(childrenOf(process.pid), [], "processes that are left")
  assert.isAtMost(openDescriptors(), descriptors, "descriptors that are left")
})

const serving = (options: NodeProcesses.Options): Harness => ({
  name: "processes",
  has: { sharedMemory: false, realThreads: true, native: false, strays: false },
  transport: () => NodeProcesses.layer({ output: "discard", ...options }),
  run: (effect) => Effect.runPromiseExit(effect)
})

const run = <A, E>(
  options: TaskPool.PoolOptions,
  program: Effect.Effect<A, E, TaskPool.TaskPool | Scope.Scope>,
  processes: NodeProcesses.Options = {}
): Promise<A> => Effect.runPromise(withPool(serving(processes), options, program))

interface Fault {
  readonly what: string
  readonly task: Effect.Effect<unknown, TaskError, TaskPool.TaskPool>
  readonly check: (exit: Exit.Exit<unknown, TaskError>) => void
  readonly keepsWorker?: boolean
}

const lost =
  (expected: object) =>
  (exit: Exit.Exit<unknown, TaskError>): void =>
    assert.deepInclude(expectReason(exit, "WorkerLost") as object, { phase: "run", ...expected })

const violation = (exit: Exit.Exit<unknown, TaskError>): void =>
  assert.match(
    String(expectReason(exit, "WorkerLost").cause),
    /protocol violation: .*no record of this worker/
  )

const unsent = (side: "host" | "worker", detail: RegExp) => (exit: Exit.Exit<unknown, TaskError>) => {
  const reason = expectReason(exit, "NotSerializable")
  assert.strictEqual(reason.side, side)
  assert.match(reason.detail, detail)
}

const late = (exit: Exit.Exit<unknown, TaskError>): void =>
  assert.strictEqual(expectReason(exit, "DeadlineExceeded").phase, "run")

const limit = { timeout: 200 } as const

const nest = (depth: number): unknown => {
  let value: unknown = []
  for (let i = 0; i < depth; i++) value = [value]
  return value
}

const faults: ReadonlyArray<Fault> = [
  { what: "process.exit(3)", task: Ruinous.exit(3), check: lost({ exitCode: 3 }) },
  { what: "SIGABRT", task: Ruinous.abort(), check: lost({ signal: "SIGABRT", outOfMemory: false }) },
  { what: "SIGKILL", task: Ruinous.signal("SIGKILL"), check: lost({ signal: "SIGKILL" }) },
  { what: "SIGSEGV", task: Ruinous.signal("SIGSEGV"), check: lost({ signal: "SIGSEGV" }) },
  { what: "SIGSTOP under a deadline", task: TaskPool.run(Ruinous.signal, "SIGSTOP", limit), check: late },
  { what: "an uncaught null", task: Ruinous.throwNull(), check: lost({ exitCode: 1 }) },
  { what: "a heap that grows", task: Ruinous.eat(), check: lost({ outOfMemory: true, signal: "SIGABRT" }) },
  { what: "a heap past its limit at once", task: Ruinous.eatAtOnce(), check: lost({ outOfMemory: true }) },
  { what: "a loop under a deadline", task: TaskPool.run(Ruinous.loop, undefined, limit), check: late },
  {
    what: "a regular expression under a deadline",
    task: TaskPool.run(Ruinous.regularExpression, undefined, limit),
    check: late
  },
  { what: "execFileSync under a deadline", task: TaskPool.run(Ruinous.sleep, undefined, limit), check: late },
  { what: "pbkdf2Sync under a deadline", task: TaskPool.run(Ruinous.hash, undefined, limit), check: late },
  { what: "a loop that hears no SIGTERM", task: TaskPool.run(Ruinous.deaf, undefined, limit), check: late },
  { what: "garbage on descriptor 4", task: Ruinous.garbage(4), check: violation },
  { what: "its channel closed", task: Ruinous.close(4), check: lost({ signal: "SIGTERM" }) },
  { what: "its inbox closed", task: Ruinous.close(3), check: lost({ signal: "SIGTERM" }) },
  { what: "its watchdog pipe closed", task: Ruinous.close(5), check: lost({ signal: "SIGTERM" }) },
  {
    what: "a stack overflow",
    task: Ruinous.overflow(),
    check: (exit) => assert.instanceOf(expectDefect(exit), RangeError),
    keepsWorker: true
  },
  {
    what: "a reply a hundred thousand deep",
    task: Ruinous.deep(100_000),
    check: unsent("worker", /nested deeper/),
    keepsWorker: true
  },
  {
    what: "a payload a million deep",
    task: Ruinous.typeOf(nest(1_000_000)),
    check: unsent("host", /nested deeper/),
    keepsWorker: true
  },
  {
    what: "a huge payload",
    task: Ruinous.lengthOf(new Uint8Array(20 * 1024 * 1024)),
    check: unsent("host", /larger than/),
    keepsWorker: true
  },
  {
    what: "a huge reply",
    task: Ruinous.large(20 * 1024 * 1024),
    check: unsent("worker", /larger than/),
    keepsWorker: true
  },
  {
    what: "shared memory in a reply",
    task: Ruinous.shared(),
    check: unsent("worker", /shared memory/),
    keepsWorker: true
  },
  {
    what: "2 MB of output that nobody reads",
    task: Ruinous.flood(),
    check: (exit) => assert.deepInclude(exit, { _tag: "Success", value: "printed" }),
    keepsWorker: true
  }
]

describe("tasks that ruin their process", () => {
  for (const { check, keepsWorker = false, task, what } of faults) {
    it(
      `${what}: one outcome, in bounded time, and the next task is fine: G1, G5`,
      () =>
        run(
          { size: 1, grace: 100 },
          Effect.gen(function* () {
            const pid = yield* Ruinous.pid()
            const began = performance.now()
            check(yield* Effect.exit(task))
            assert.isBelow(performance.now() - began, 10_000)
            assert.strictEqual(yield* Ruinous.add(20, 22), 42)
            assert.strictEqual((yield* Ruinous.pid()) === pid, keepsWorker, "the same worker")
          }),
          { resourceLimits: { maxOldGenerationSizeMb: 64 }, maxFrameBytes: 16 * 1024 * 1024 }
        ),
      timeout
    )
  }

  it(
    "an exit just after the reply takes nothing of it back: S026, G5",
    () =>
      run(
        { size: 1 },
        Effect.gen(function* () {
          for (let worker = 1; worker <= 5; worker++) {
            assert.strictEqual(yield* Ruinous.exitAfter(1), 42)
            yield* awaitSnapshot(({ workers }) => workers[0]?.worker === worker + 1, "the next worker")
            yield* awaitReady(1)
          }
        })
      ),
    timeout
  )

  it(
    "SIGKILL from outside loses what ran there alone, and what it had spawned is gone: S027, G2, G5",
    () =>
      run(
        { size: 2 },
        Effect.gen(function* () {
          yield* awaitReady(2)
          const spawned = yield* Ruinous.leave()
          assert.isTrue(isAlive(spawned))
          // One waits in each; that which spawned is killed, its neighbour is not harmed.
          const waiting = yield* Effect.all([
            TaskPool.fork(Ruinous.wait, 500),
            TaskPool.fork(Ruinous.wait, 500)
          ])
          const leader = childrenOf(process.pid).find((pid) => childrenOf(pid).includes(spawned))!
          process.kill(leader, "SIGKILL")
          const exits = yield* Effect.forEach(waiting, (handle) => Effect.exit(handle.await))
          assert.sameMembers(
            exits.map((exit) => exit._tag),
            ["Success", "Failure"]
          )
          lost({ signal: "SIGKILL", pid: leader })(exits.find((exit) => exit._tag === "Failure")!)
          assert.isTrue(yield* Effect.promise(() => within(1000, () => !isAlive(spawned))))
        })
      ),
    timeout
  )

  it(
    "flags that confine a process do: what they deny is a task's failure, and the worker stays: G10",
    () =>
      run(
        { size: 1 },
        Effect.gen(function* () {
          const pid = yield* Ruinous.pid()
          const defect = expectDefect(yield* Effect.exit(Ruinous.leave()))
          assert.strictEqual(Reflect.get(Object(defect), "code"), "ERR_ACCESS_DENIED")
          assert.strictEqual(yield* Ruinous.pid(), pid)
        }),
        { execArgv: ["--permission", "--allow-worker", "--allow-fs-read=*"] }
      ),
    timeout
  )

  it(
    "a pool closes while its worker prints without end into pipes that nobody reads: S154, G2",
    async () => {
      const began = performance.now()
      await run(
        { size: 1, grace: 100 },
        Effect.gen(function* () {
          yield* Ruinous.flood()
          yield* TaskPool.fork(Ruinous.flood, undefined)
        })
      )
      assert.isBelow(performance.now() - began, 10_000)
    },
    timeout
  )
})

interface BadStart {
  readonly what: string
  readonly text?: string
  readonly phase: SpawnFailed["phase"]
  readonly exitCode?: number
  readonly cause?: RegExp
  readonly stderr?: RegExp
  readonly options?: NodeProcesses.Options
}

const badStarts: ReadonlyArray<BadStart> = [
  { what: "a missing file", phase: "spawn", cause: /a-missing-file\.mjs/ },
  { what: "a syntax error", text: "const = ;", phase: "import", exitCode: 1, cause: /SyntaxError/ },
  { what: "a throw at import", text: 'throw new Error("here")', phase: "import", exitCode: 1, cause: /here/ },
  { what: "a thrown null at import", text: "throw null", phase: "import", exitCode: 1 },
  { what: "an exit at import", text: "process.exit(7)", phase: "import", exitCode: 7 },
  { what: "a file that serves nothing", text: "export {}", phase: "import", exitCode: 0 },
  { what: "an endless loop at import", text: "for (;;);", phase: "ready" },
  { what: "a pending top-level await", text: "await new Promise(() => {})", phase: "import", exitCode: 13 },
  {
    what: "an unhandled rejection at import",
    text: 'Promise.reject(new Error("nobody")); await new Promise((resolve) => setTimeout(resolve, 60_000))',
    phase: "import",
    exitCode: 1,
    cause: /nobody/
  },
  {
    what: "a flag that Node does not know",
    text: "export {}",
    phase: "import",
    exitCode: 9,
    stderr: /no-such-flag/,
    options: { execArgv: ["--no-such-flag"] }
  },
  {
    what: "a process that may not have a watchdog",
    text: "export {}",
    phase: "import",
    exitCode: 1,
    cause: /allow-worker|Access to this API/,
    options: { execArgv: ["--permission", "--allow-fs-read=*"] }
  },
  {
    what: "a directory that is not there",
    text: "export {}",
    phase: "spawn",
    cause: /\/there\/is\/no\/such\/directory/,
    options: { cwd: "/there/is/no/such/directory" }
  },
  {
    what: "garbage at import",
    text: 'import { writeSync } from "node:fs"; writeSync(4, "x".repeat(100)); setInterval(() => {}, 1000)',
    phase: "import",
    cause: /no record of this worker/
  }
]

describe("processes that cannot start", () => {
  for (const { cause, exitCode, options, phase, stderr, text, what } of badStarts) {
    it(
      `${what} is one typed start failure, of one spawn, and that process is gone: S021, S022`,
      async () => {
        const path = join(directory, `${what.replaceAll(/\W+/g, "-")}.mjs`)
        if (text !== undefined) writeFileSync(path, text)
        const census: Census = { spawned: 0, exited: 0 }
        const harness = tapped(serving({ entry: pathToFileURL(path), ...options }), census)
        const startTimeout = phase === "ready" ? 1000 : 20_000
        const exit = await Effect.runPromise(
          Effect.exit(withPool(harness, { size: 1, startTimeout }, Effect.void))
        )
        const reason = expectReason(exit, "SpawnFailed")
        assert.deepStrictEqual([reason.phase, reason.exitCode, reason.attempts], [phase, exitCode, 1])
        if (cause !== undefined) assert.match(String(reason.cause), cause)
        if (stderr !== undefined) assert.match(reason.stderr, stderr)
        // Where nothing was started there is no exit.
        assert.deepStrictEqual(census, {
          spawned: 1,
          exited: phase === "spawn" && exitCode === undefined ? 0 : 1
        })
      },
      timeout
    )
  }

  it(
    "without a free descriptor a lost worker is one typed start failure, and the host goes on: S021, G1, G11",
    () => {
      const main = fileURLToPath(new URL("./fixtures/exhausted.main.ts", import.meta.url))
      const { stderr, stdout } = spawnSync(
        "sh",
        ["-c", 'ulimit -n 64; exec "$@"', "sh", process.execPath, main],
        {
          encoding: "utf8"
        }
      )
      assert.include(stdout, "{", stderr)
      const { reasons, sum } = JSON.parse(stdout)
      assert.deepInclude(reasons[0], { reason: "WorkerLost" })
      assert.deepInclude(reasons[1], { reason: "SpawnFailed", attempts: 3 })
      assert.match(reasons[1].cause, /EMFILE/)
      assert.strictEqual(sum, 42)
    },
    timeout
  )
})
