import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { explainMissing } from "../../../src/internal/worker/missing.ts"

class Database extends Context.Service<Database, { readonly url: string }>()("app/Database") {}

const task = { name: "Query", module: undefined }

/** Returns Effect's own cause of a missing service. */
const causeOfMissing = (): Cause.Cause<unknown> => {
  const exit = Effect.runSyncExit(Database as unknown as Effect.Effect<unknown>)
  if (exit._tag === "Success") throw new Error("the service was there")
  return exit.cause
}

const defectOf = (cause: Cause.Cause<unknown>): Error => {
  const [reason] = cause.reasons
  if (reason?._tag !== "Die") throw new Error("no defect")
  return reason.defect as Error
}

describe("a defect of a missing service", () => {
  it("names the task, the service, and where to provide its layer", () => {
    assert.strictEqual(
      defectOf(explainMissing(causeOfMissing(), task)).message,
      "Query needs the service app/Database, which its worker does not provide: provide its layer to the handler's layer, in the entry of the worker"
    )
  })

  it("of a module's function advises Task.make, since a plain module has no layers", () => {
    const module = { url: "file:///a.ts", name: "query" }
    assert.include(defectOf(explainMissing(causeOfMissing(), { ...task, module })).message, "Task.make")
  })

  it("keeps Effect's own defect as its cause: G9", () => {
    const cause = causeOfMissing()
    assert.strictEqual(defectOf(explainMissing(cause, task)).cause, defectOf(cause))
  })

  it("stands among the other reasons of the cause, which stay as they are: G9", () => {
    const fail = Cause.makeFailReason("no")
    const found = explainMissing(Cause.fromReasons([fail, ...causeOfMissing().reasons]), task)
    assert.strictEqual(found.reasons[0], fail)
    assert.strictEqual(found.reasons.length, 2)
  })
})

describe("every other cause", () => {
  it("is returned itself", () => {
    for (const cause of [
      Cause.fail("no"),
      Cause.interrupt(),
      Cause.die(new Error("Service not found")),
      Cause.empty
    ]) {
      assert.strictEqual(explainMissing(cause, task), cause)
    }
  })

  it("may hold a defect that throws when it is read: S209", () => {
    const hostile = new Proxy(new Error("x"), {
      get: () => {
        throw new Error("trap")
      }
    })
    const cause = Cause.die(hostile)
    assert.strictEqual(explainMissing(cause, task), cause)
  })
})
