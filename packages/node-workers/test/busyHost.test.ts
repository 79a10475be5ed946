// A host that is busy when a limit passes: its worker had answered before, and is not judged by the host's lateness.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import type { PoolEvent } from "@heddle/core/PoolEvent"
import * as TaskPool from "@heddle/core/TaskPool"
import { awaitReady, only, recordEvents } from "@heddle/testing/conformance/suite/Watch"
import * as Signal from "@heddle/testing/conformance/suite/Signal"
import { awaitSnapshot } from "@heddle/testing/conformance/suite/Steps"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as NodeProcesses from "../src/NodeProcesses.ts"
import * as NodeThreads from "../src/NodeThreads.ts"
import { Do, type How } from "./fixtures/busy.tasks.ts"
import { childrenOf, isAlive } from "./support/processTable.ts"
import { turns } from "./support/Probe.ts"

const entry = new URL("./fixtures/busy.worker.ts", import.meta.url)
const now = { startImmediately: true } as const

/** Longer than the limits that pass, and no longer than a test waits. */
const limit = 150
const patience = 30_000

/** The files that host and worker raise. */
class Flags {
  readonly directory = mkdtempSync(join(tmpdir(), "heddle-busy-"))

  readonly raise = (name: string): void => writeFileSync(join(this.directory, name), "")
  readonly isRaised = (name: string): boolean => existsSync(join(this.directory, name))
  readonly await = (name: string) => Signal.awaitUntil(() => this.isRaised(name), name)

  /** Keeps this thread from doing anything else until the condition holds, and for longer than the limit. */
  readonly block = (isDone: () => boolean, what: string): void => {
    const since = performance.now()
    while (!isDone() || performance.now() - since < 2 * limit) {
      if (performance.now() - since > patience) throw new Error(`never came: ${what}`)
    }
  }

  /** In the phase of the event loop after which timers come before messages. */
  readonly blockFirst = (isDone: () => boolean, what: string): Effect.Effect<void> =>
    Effect.andThen(
      turns(5),
      Effect.sync(() => this.block(isDone, what))
    )

  /** Tells the worker to answer, and is busy until it has. */
  readonly letAnswer = (name: string): Effect.Effect<void> =>
    this.blockFirst(() => {
      this.raise(`${name}.go`)
      return this.isRaised(`${name}.said`)
    }, `the answer of ${name}`)
}

interface Opened {
  readonly flags: Flags
  readonly scope: Scope.Closeable
  readonly events: ReadonlyArray<PoolEvent>
}

interface Row {
  readonly what: string
  readonly options: TaskPool.PoolOptions
  readonly isOpenedBusy?: boolean
  readonly on?: "threads" | "processes"
  readonly isPossible?: boolean
  readonly play: (opened: Opened) => Effect.Effect<void, unknown, TaskPool.TaskPool | Scope.Scope>
}

const started = (flags: Flags, name: string, how: How, options?: TaskPool.RunOptions) =>
  Effect.gen(function* () {
    const handle = yield* TaskPool.fork(Do, { name, how }, options)
    yield* flags.await(`${name}.started`)
    return handle
  })

const rows: ReadonlyArray<Row> = [
  {
    what: "startTimeout",
    options: { startTimeout: limit },
    isOpenedBusy: true,
    play: ({ events }) => Effect.sync(() => assert.deepStrictEqual(only(events, "SpawnFailed"), []))
  },
  {
    what: "the limit of a run",
    options: {},
    play: ({ flags }) =>
      Effect.gen(function* () {
        const handle = yield* started(flags, "a", "answers", { timeout: limit })
        yield* awaitSnapshot(({ workers }) => workers[0]!.running.length === 1, "it runs")
        yield* flags.letAnswer("a")
        yield* handle.await
      })
  },
  {
    what: "a deadline",
    options: {},
    play: ({ flags }) =>
      Effect.gen(function* () {
        const handle = yield* started(flags, "a", "answers", { deadline: 60_000 })
        yield* handle.setDeadline(limit)
        yield* flags.letAnswer("a")
        yield* handle.await
      })
  },
  {
    what: "queueTimeout",
    options: {},
    play: ({ flags }) =>
      Effect.gen(function* () {
        const first = yield* started(flags, "a", "answers")
        const second = yield* TaskPool.fork(Do, { name: "b", how: "answers" }, { queueTimeout: limit })
        flags.raise("b.go")
        yield* flags.letAnswer("a")
        yield* first.await
        yield* second.await
      })
  },
  {
    what: "grace",
    options: { grace: limit },
    play: ({ flags }) =>
      Effect.gen(function* () {
        const handle = yield* started(flags, "a", "cleansUp")
        const interrupting = yield* Effect.forkChild(handle.interrupt, now)
        yield* flags.letAnswer("a")
        assert.strictEqual((yield* Fiber.join(interrupting))._tag, "clean")
      })
  },
  {
    what: "the co-runners' grace",
    options: { concurrency: 2, grace: limit },
    play: ({ flags }) =>
      Effect.gen(function* () {
        const deaf = yield* started(flags, "a", "isDeaf", { grace: 0 })
        const other = yield* started(flags, "b", "answers")
        const interrupting = yield* Effect.forkChild(deaf.interrupt, now)
        // Its grace of zero is over, and that of its neighbour has begun.
        yield* turns(5)
        yield* flags.letAnswer("b")
        yield* other.await
        assert.deepStrictEqual((yield* Fiber.join(interrupting)).casualties, [])
      })
  },
  {
    what: "the grace of an abandoned task while the pool closes",
    options: {},
    play: ({ events, flags, scope }) =>
      Effect.gen(function* () {
        const caller = yield* Effect.forkChild(
          TaskPool.run(Do, { name: "a", how: "cleansUp" }, { onInterrupt: "abandon", grace: limit }),
          now
        )
        yield* flags.await("a.started")
        yield* Fiber.interrupt(caller)
        const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), now)
        yield* flags.letAnswer("a")
        yield* Fiber.join(closing)
        assert.deepStrictEqual(only(events, "WorkerTerminating"), [])
      })
  },
  {
    what: "the grace of a worker that stops",
    options: { grace: limit },
    play: ({ events, flags, scope }) =>
      Effect.gen(function* () {
        flags.raise("stop.held")
        const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), now)
        yield* flags.letAnswer("stop")
        yield* Fiber.join(closing)
        assert.deepStrictEqual(only(events, "WorkerTerminating"), [])
        assert.strictEqual(only(events, "WorkerStopped").length, 1)
      })
  },
  {
    what: "drainTimeout",
    options: { onClose: "drain", drainTimeout: limit },
    play: ({ flags, scope }) =>
      Effect.gen(function* () {
        const handle = yield* started(flags, "a", "answers")
        const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), now)
        yield* flags.letAnswer("a")
        yield* Fiber.join(closing)
        yield* handle.await
      })
  },
  {
    what: "terminateTimeout",
    options: { terminateTimeout: limit },
    on: "processes",
    isPossible: process.platform === "linux",
    play: ({ events, flags }) =>
      Effect.gen(function* () {
        const before = childrenOf(process.pid).filter(isAlive)
        const handle = yield* started(flags, "a", "spins", { grace: 0 })
        const interrupting = yield* Effect.forkChild(handle.interrupt, now)
        yield* Signal.awaitUntil(() => only(events, "WorkerTerminating").length === 1, "its termination")
        yield* flags.blockFirst(() => before.some((pid) => !isAlive(pid)), "the end of the worker")
        assert.strictEqual((yield* Fiber.join(interrupting))._tag, "forced")
        assert.deepStrictEqual(only(events, "WorkerStuck"), [])
      })
  },
  {
    what: "silence",
    options: { silence: limit },
    play: ({ events, flags }) =>
      Effect.gen(function* () {
        const handle = yield* started(flags, "a", "answers")
        yield* flags.letAnswer("a")
        yield* handle.await
        yield* turns(5)
        assert.deepStrictEqual(only(events, "WorkerSilent"), [])
      })
  },
  {
    what: "the time of idle workers",
    options: { size: { min: 0, max: 1, idle: limit } },
    play: ({ events, flags }) =>
      Effect.gen(function* () {
        const first = yield* started(flags, "a", "answers")
        const waiting = yield* Effect.forkChild(first.await, now)
        // Whoever waits for the answer has the next task for the same worker.
        const second = yield* Effect.forkChild(
          Effect.andThen(Fiber.join(waiting), Do({ name: "b", how: "answers" })),
          now
        )
        flags.raise("b.go")
        yield* flags.letAnswer("a")
        yield* Fiber.join(second)
        assert.deepStrictEqual(only(events, "WorkerRetiring"), [])
      })
  }
]

const transports = {
  threads: (env: Record<string, string>) => NodeThreads.layer({ entry, env }),
  processes: (env: Record<string, string>) => NodeProcesses.layer({ entry, env })
}

const run = (row: Row, on: keyof typeof transports) =>
  Effect.gen(function* () {
    const flags = new Flags()
    yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(flags.directory, { recursive: true })))
    const scope = yield* Scope.make()
    const layer = TaskPool.layer({ size: 1, startTimeout: patience, ...row.options }).pipe(
      Layer.provide(transports[on]({ PATH: process.env["PATH"] ?? "", BUSY: flags.directory }))
    )
    const opening = yield* Effect.forkChild(Layer.buildWithScope(layer, scope), now)
    if (row.isOpenedBusy === true) flags.block(() => flags.isRaised("ready.said"), "a worker that is ready")
    const context = yield* Fiber.join(opening)
    yield* Effect.gen(function* () {
      yield* awaitReady(1)
      const events = yield* recordEvents
      yield* row.play({ flags, scope, events })
    }).pipe(Effect.scoped, Effect.provideContext(Context.add(context, Scope.Scope, yield* Scope.Scope)))
    yield* Scope.close(scope, Exit.void)
  }).pipe(Effect.scoped, Effect.runPromise)

describe("a host that is busy while a limit passes", () => {
  for (const on of ["threads", "processes"] as const) {
    for (const row of rows) {
      if (row.on !== undefined && row.on !== on) continue
      it.runIf(row.isPossible !== false)(
        `S217 on ${on}: ${row.what} is judged by what had arrived: G4`,
        () => run(row, on),
        60_000
      )
    }
  }
})
