// Tasks with a declared need for a process of their own.
import { Task, TaskPool } from "@heddle/core"
import { WorkerTransport } from "@heddle/core/WorkerTransport"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { assert, describe, it } from "vitest"
import { simulated } from "./support/simulatedHarness.ts"

const harness = simulated()

/** As served by workers; the caller states the need. */
const Echo = Task.make("Echo", { payload: Schema.Unknown, success: Schema.Unknown, needsProcess: true })

const on = (isProcess: boolean | undefined) => {
  const transport = Layer.effect(
    WorkerTransport,
    Effect.map(WorkerTransport, (real) => WorkerTransport.of({ ...real, isProcess }))
  ).pipe(Layer.provide(harness.transport()))
  return Layer.provide(TaskPool.layer({ size: 1 }), transport)
}

describe("a task with a need for a process", () => {
  it("is refused by a pool without processes, as a mistake in the program, naming the option", async () => {
    for (const isProcess of [undefined, false]) {
      for (const call of [Echo(1), TaskPool.forEach(Echo, [1, 2])]) {
        const exit = await harness.run(Effect.exit(call).pipe(Effect.provide(on(isProcess))))
        assert(exit._tag === "Success" && exit.value._tag === "Failure")
        const defect = Cause.squash(exit.value.cause)
        assert.instanceOf(defect, TaskPool.InvalidOption)
        assert.strictEqual(defect.option, "needsProcess")
      }
    }
  })

  it("runs where workers are processes", async () => {
    const exit = await harness.run(Effect.provide(Echo({ a: 1 }), on(true)))
    assert(exit._tag === "Success")
    assert.deepStrictEqual(exit.value, { a: 1 })
  })
})
