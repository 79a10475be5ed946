/* oxlint-disable vitest/expect-expect -- a line that must not compile is the assertion */
/** @effect-diagnostics missingLayerContext:off */
import { Task, TaskPool } from "@heddle/core"
import type { TaskError } from "@heddle/core/TaskError"
import type { WorkerTransport } from "@heddle/core/WorkerTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { describe, expectTypeOf, it } from "vitest"
import * as NodeRunner from "../src/NodeRunner.ts"
import * as NodeThreads from "../src/NodeThreads.ts"

const Square = Task.make("Square", { payload: Schema.Finite, success: Schema.Finite })
class Other extends TaskPool.Service<Other>()("test/Other") {}
declare const needy: Layer.Layer<never, never, TaskPool.TaskPool>
declare const needier: Layer.Layer<never, never, Other>

describe("the transport of threads", () => {
  it("a pool needs a transport until `NodeThreads` is provided; then nothing is left to provide", () => {
    const pooled = Square(3).pipe(Effect.provide(TaskPool.layer({ size: 2 })))
    expectTypeOf<Effect.Services<typeof pooled>>().toEqualTypeOf<WorkerTransport>()
    const program = pooled.pipe(Effect.provide(NodeThreads.layer()))
    expectTypeOf(program).toEqualTypeOf<Effect.Effect<number, TaskError>>()
    const merged = TaskPool.layer().pipe(Layer.provide(NodeThreads.layer()))
    expectTypeOf(merged).toEqualTypeOf<Layer.Layer<TaskPool.TaskPool, TaskError>>()
  })

  it("options take what they say", () => {
    // @ts-expect-error: a URL is wanted, since a path says nothing about what it is relative to
    NodeThreads.layer({ entry: "./worker.ts" })
    // @ts-expect-error: no such option
    NodeThreads.layer({ size: 2 })
  })

  it("a worker serves a layer that needs no more than its registry of handlers", () => {
    const main = () => NodeRunner.runMain(Square.toLayer((n) => Effect.succeed(n * n)))
    expectTypeOf(main).returns.toBeVoid()
    // The pool that the worker belongs to.
    expectTypeOf(NodeRunner.runMain(needy)).toBeVoid()
    // @ts-expect-error: nobody provides a pool of another name to it
    NodeRunner.runMain(needier)
  })
})
