// Pools made inside the workers of pools.
import { assert, describe, it } from "@effect/vitest"
import { TaskError, TaskPool } from "@heddle/core"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as NodeThreads from "../src/NodeThreads.ts"
import { Dive } from "./fixtures/nested.tasks.ts"

const pool = TaskPool.layer({ size: 1, startTimeout: "30 seconds" }).pipe(
  Layer.provide(
    NodeThreads.layer({ entry: new URL("./fixtures/nested.worker.ts", import.meta.url), output: "discard" })
  )
)

/** How deep pools may be made inside the workers of pools. */
const limit = 4

describe("a pool made inside a worker", () => {
  it.live(
    "pools nest to a bounded depth; one more is a typed error at the caller: S142",
    () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* Dive({ depth: limit }), 42)
        const exit = yield* Effect.exit(Dive({ depth: limit + 1 }))
        assert(Exit.isFailure(exit))
        const error = Cause.squash(exit.cause)
        assert(error instanceof TaskError.TaskError)
        assert(error.reason._tag === "TooDeep")
        assert.deepStrictEqual([error.reason.what, error.reason.limit], ["pools", limit])
      }).pipe(Effect.provide(pool)),
    120_000
  )

  it.live(
    "closing the outermost pool ends those within, however deep, and a busy loop in the innermost: S093, G2",
    () =>
      Effect.gen(function* () {
        const beat = new Int32Array(new SharedArrayBuffer(8))
        const scope = yield* Scope.make()
        const context = yield* Layer.buildWithScope(pool, scope)
        yield* Effect.forkDetach(Effect.provideContext(Effect.exit(Dive({ depth: 2, beat })), context))
        while (Atomics.load(beat, 0) === 0) yield* Effect.sleep(5)
        const begin = performance.now()
        yield* Scope.close(scope, Exit.void)
        const millis = performance.now() - begin
        assert.isBelow(millis, 5_000)
        const before = Atomics.load(beat, 0)
        yield* Effect.sleep(100)
        assert.strictEqual(Atomics.load(beat, 0), before, "it beats no more")
      }),
    120_000
  )
})
