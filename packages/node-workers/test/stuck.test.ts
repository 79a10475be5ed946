// Threads that are stuck in real native code.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Task, type TaskError, TaskPool } from "@heddle/core"
import type { PoolEvent } from "@heddle/core/PoolEvent"
import { awaitSnapshot } from "@heddle/testing/conformance/suite/Watch"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as NodeThreads from "../src/NodeThreads.ts"
import * as native from "./fixtures/native.module.ts"

const Native = Task.fromModule<typeof native>(new URL("./fixtures/native.module.ts", import.meta.url))

const pool = TaskPool.layer({ size: 1, grace: 0, terminateTimeout: 100 }).pipe(
  Layer.provide(NodeThreads.layer())
)

/** A file that is not there yet; it and its folder go with the scope. */
const gate = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "heddle-stuck-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
).pipe(Effect.map((folder) => join(folder, "open")))

/** Rounds that take about two seconds on this machine. */
const rounds = () => {
  const begin = performance.now()
  native.computes(20_000)
  return Math.ceil((20_000 * 2_000) / (performance.now() - begin))
}

const listen = Effect.map(TaskPool.TaskPool, ({ subscribe }) => {
  const events: Array<PoolEvent["_tag"]> = []
  subscribe(({ _tag }) => events.push(_tag))
  return events
})

/** The thread is stuck after this, and its task has its outcome. */
const holds = (call: Effect.Effect<unknown, TaskError.TaskError, TaskPool.TaskPool>) =>
  Effect.map(Effect.flip(call), ({ reason }) => assert.strictEqual(reason._tag, "DeadlineExceeded"))

/** The native code has returned: the pool has its one thread, which was started once. */
const expectOneAgain = (events: ReadonlyArray<PoolEvent["_tag"]>) =>
  Effect.gen(function* () {
    const { workers } = yield* awaitSnapshot(({ stuck }) => stuck === 0, "the call has returned")
    assert.deepStrictEqual(
      workers.map(({ state, worker }) => [worker, state]),
      [[2, "ready"]]
    )
    assert.strictEqual(yield* Native.add(2, 2), 4)
    for (const tag of ["WorkerStuck", "StuckWorkerReplaced", "WorkerStarting"] as const) {
      assert.strictEqual(events.filter((told) => told === tag).length, 1, tag)
    }
  })

describe("a pool of one thread", () => {
  it.live(
    "serves the next task while execFileSync holds its thread, and is one thread again when that returns: S229, G4",
    () =>
      Effect.gen(function* () {
        const events = yield* listen
        const file = yield* gate
        // Whatever fails, the child ends.
        yield* Effect.addFinalizer(() => Effect.sync(() => writeFileSync(file, "")))
        yield* holds(TaskPool.run(Native.waits, file, { timeout: 200 }))
        assert.strictEqual(yield* Native.add(1, 2), 3)
        const { stuck, total } = yield* TaskPool.snapshot
        assert.deepStrictEqual([total, stuck], [1, 1])
        writeFileSync(file, "")
        yield* expectOneAgain(events)
      }).pipe(Effect.scoped, Effect.provide(pool)),
    60_000
  )

  it.live(
    "serves the next task after pbkdf2Sync has passed its limit, and is one thread again when that returns: S229, G4",
    () =>
      Effect.gen(function* () {
        const events = yield* listen
        yield* Native.add(1, 1)
        yield* holds(TaskPool.run(Native.computes, rounds(), { timeout: 200 }))
        assert.strictEqual(yield* Native.add(1, 2), 3)
        yield* expectOneAgain(events)
      }).pipe(Effect.provide(pool)),
    60_000
  )
})
