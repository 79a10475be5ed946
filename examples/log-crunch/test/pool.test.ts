import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { TaskPool } from "@heddle/core"
import { NodeThreads } from "@heddle/node-workers"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { readdirSync, readFileSync, readlinkSync } from "node:fs"
import { runInline } from "../src/inline.ts"
import { rangesOf } from "../src/ranges.ts"
import { run } from "../src/run.ts"
import { findings } from "../src/summary.ts"
import { Crunch, LogUnreadable } from "../src/tasks.ts"
import { expected, fileOf, line, withBorders } from "./fixture.ts"

const patience = 60_000

const pool = (size: number) =>
  TaskPool.layer({ size }).pipe(
    Layer.provide(NodeThreads.layer({ entry: new URL("../src/worker.ts", import.meta.url) }))
  )

const step = 32 * 1024

/** How many times the file is open in this process, whose threads the workers are. */
const openNow = (file: string): number =>
  readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === file
    } catch {
      return false
    }
  }).length

describe("A log on a pool of threads", () => {
  it.live(
    "the answer is the same at any number of workers, whatever lies at the borders of their parts: G13",
    () =>
      Effect.gen(function* () {
        const log = yield* fileOf(withBorders(step, 24))
        const { bad, lines } = expected(readFileSync(log.file))
        const answer = findings(runInline(log))
        for (const workers of [1, 2, 3]) {
          const parts = rangesOf(log.size, workers)
          assert.deepStrictEqual(
            parts.filter(({ to }) => to % step !== 0),
            []
          )
          const report = yield* run(log, Crunch, { workers }).pipe(Effect.provide(pool(workers)))
          assert.strictEqual(findings(report), answer, `${workers} workers`)
          assert.strictEqual(report.tally.lines, lines)
          assert.deepStrictEqual(
            report.firstBad.map(({ offset }) => offset),
            [...bad]
          )
          assert.strictEqual(report.bytes, log.size)
        }
      }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)),
    patience
  )

  it.live(
    "the first bad lines end the run: the workers have closed the file by then, and serve the next run: G3",
    () =>
      Effect.gen(function* () {
        const log = yield* fileOf(`${line()}\n`.repeat(5000) + `oops\n${line()}\n`.repeat(4000))
        const report = yield* run(log, Crunch, { workers: 2, firstErrors: 3 })
        if (process.platform === "linux") assert.strictEqual(openNow(log.file), 0)
        assert.strictEqual(report.badLines, 3)
        assert.isBelow(report.bytes, log.size)
        assert.strictEqual(findings(yield* run(log, Crunch, { workers: 2 })), findings(runInline(log)))
      }).pipe(Effect.scoped, Effect.provide([NodeFileSystem.layer, pool(2)])),
    patience
  )

  it.live(
    "an interruption returns once the file is closed: G3",
    () =>
      Effect.gen(function* () {
        const log = yield* fileOf(`oops\n${line()}\n`.repeat(6000))
        const begun = yield* Deferred.make<void>()
        const running = yield* run(log, Crunch, {
          workers: 2,
          onFound: () => Deferred.doneUnsafe(begun, Effect.void)
        }).pipe(Effect.forkChild)
        yield* Deferred.await(begun)
        yield* Fiber.interrupt(running)
        if (process.platform === "linux") assert.strictEqual(openNow(log.file), 0)
      }).pipe(Effect.scoped, Effect.provide([NodeFileSystem.layer, pool(2)])),
    patience
  )

  it.live(
    "a log that is not there is an error that names it, as its class",
    () =>
      Effect.gen(function* () {
        const error = yield* run({ file: "/no/such/log", size: 10 }, Crunch, { workers: 1 }).pipe(Effect.flip)
        assert.instanceOf(error, LogUnreadable)
        assert.include(error.message, "/no/such/log")
      }).pipe(Effect.provide(pool(1))),
    patience
  )
})
