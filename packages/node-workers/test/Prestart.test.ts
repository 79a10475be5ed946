// Threads that were started before there was a pool.
import { assert, describe, it } from "@effect/vitest"
import { TaskPool } from "@heddle/core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as prestarted from "../src/internal/prestarted.ts"
import { resolve } from "../src/internal/settings.ts"
import * as NodeThreads from "../src/NodeThreads.ts"
import * as Prestart from "../src/Prestart.ts"
import { CountPrimes } from "./fixtures/smoke.tasks.ts"

const entry = new URL("./fixtures/smoke.worker.ts", import.meta.url)

const withPool = <A, E>(
  effect: Effect.Effect<A, E, TaskPool.TaskPool>,
  threads: NodeThreads.Options,
  size = 1
) => Effect.provide(effect, TaskPool.layer({ size }).pipe(Layer.provide(NodeThreads.layer(threads))))

const left = (threads: NodeThreads.Options) => prestarted.notAdopted(resolve(threads, process.env)).length

const threadIds = Effect.map(TaskPool.snapshot, ({ workers }) => workers.map(({ threadId }) => threadId))

describe("Prestart.threads", () => {
  it.live("the first workers of a pool are the threads that were begun early; further ones are its own", () =>
    Effect.gen(function* () {
      const threads = { entry, name: "early" }
      const begun: ReadonlyArray<number | undefined> = Prestart.threads({ ...threads, count: 2 })
      assert.strictEqual(left(threads), 2)
      const ids = yield* withPool(
        Effect.gen(function* () {
          assert.deepStrictEqual(
            yield* TaskPool.forEach(CountPrimes, [{ limit: 10 }, { limit: 100 }]),
            [4, 25]
          )
          return yield* threadIds
        }),
        threads,
        3
      )
      assert.deepStrictEqual(ids.slice(0, 2), [...begun])
      assert.strictEqual(new Set(ids).size, 3)
      assert.strictEqual(left(threads), 0)
    })
  )

  it.live(
    "G10: a thread with other settings is not taken: its environment is not the one that was asked for",
    () =>
      Effect.gen(function* () {
        const threads = { entry, name: "other" }
        const begun: ReadonlyArray<number | undefined> = Prestart.threads({
          ...threads,
          env: { SECRET: "1" },
          count: 1
        })
        const ids = yield* withPool(threadIds, threads)
        assert.notDeepEqual(ids, [...begun])
        assert.strictEqual(left({ ...threads, env: { SECRET: "1" } }), 1)
        // A layer that could take it ends it.
        yield* Effect.scoped(Layer.build(NodeThreads.layer({ ...threads, env: { SECRET: "1" } })))
        assert.strictEqual(left({ ...threads, env: { SECRET: "1" } }), 0)
      })
  )

  it.live("G2: closing a layer ends those that no pool took", () =>
    Effect.gen(function* () {
      const threads = { entry, name: "surplus" }
      Prestart.threads({ ...threads, count: 2 })
      yield* withPool(
        Effect.sync(() => assert.strictEqual(left(threads), 1)),
        threads
      )
      assert.strictEqual(left(threads), 0)
    })
  )

  it.live("G9: one whose file throws is forgotten, and the pool says why it cannot start", () =>
    Effect.gen(function* () {
      const threads = { entry, name: "broken", execArgv: ["--import", "/no/such/file.mjs"] }
      Prestart.threads({ ...threads, count: 1 })
      const error = yield* Effect.flip(withPool(Effect.void, threads))
      assert.strictEqual(error.reason._tag, "SpawnFailed")
      assert.strictEqual(left(threads), 0)
    })
  )

  it("G2: a program that opens no pool ends all the same", () => {
    const file = fileURLToPath(new URL("./fixtures/prestart.main.ts", import.meta.url))
    const { signal, status } = spawnSync(process.execPath, [file], { timeout: 30_000 })
    assert.deepStrictEqual({ signal, status }, { signal: null, status: 0 })
  })

  it("S225: a file that is not there is named at once", () => {
    const missing = new URL("./fixtures/not-there.worker.ts", import.meta.url)
    assert.throws(() => Prestart.threads({ entry: missing, count: 1 }), /tried .*not-there\.worker\.ts/)
  })

  it("refuses what is no number of threads, and options that threads do not have", () => {
    assert.throws(() => Prestart.threads({ count: -1 }), /count: expected a number of threads, got -1/)
    assert.throws(() => Prestart.threads({ entry, nmae: "x" } as object), /nmae: is not an option of threads/)
  })
})
