import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { TypeId } from "../../../../src/internal/model/definition.ts"
import {
  call,
  callPlain,
  CompiledHandler,
  effectOf,
  HandlerTable,
  ModuleTable,
  toAnswer
} from "../../../../src/internal/worker/handlers/handlers.ts"
import * as Task from "../../../../src/Task.ts"
import { Malformed, UnknownTask } from "../../../../src/TaskError.ts"
import { compiledOf, jobOf } from "../../../support/jobs.ts"

const Double = Task.make("Double", { payload: Schema.Finite, success: Schema.Finite })

const defectOf = (exit: unknown): unknown => {
  const [reason] = Exit.isExit(exit) && Exit.isFailure(exit) ? exit.cause.reasons : []
  return reason !== undefined && Cause.isDieReason(reason) ? reason.defect : undefined
}

const failureOf = (exit: unknown): unknown => {
  const [reason] = Exit.isExit(exit) && Exit.isFailure(exit) ? exit.cause.reasons : []
  return reason !== undefined && Cause.isFailReason(reason) ? reason.error : undefined
}

describe("the table of registered handlers", () => {
  const entry = {
    definition: Double[TypeId],
    kind: "sync",
    handler: (n: number) => 2 * n,
    context: Context.empty()
  } as const

  it("finds a handler by the name of its task, and lists the names for the host", () => {
    const table = new HandlerTable()
    table.add(entry)
    assert.instanceOf(table.get("Double"), CompiledHandler)
    assert.isUndefined(table.get("Triple"))
    assert.deepStrictEqual(table.names, ["Double"])
  })

  it("refuses a second handler of one task, which would hide the first", () => {
    const table = new HandlerTable()
    table.add(entry)
    assert.throws(() => table.add(entry), 'two handlers serve the task "Double"')
  })
})

describe("the table of module functions", () => {
  const url = "file:///app/maths.ts"
  const add = (a: number, b: number) => a + b
  const exports = { add, answer: 42, "module.exports": { hidden: () => 1 } }

  /** A table over these exports, and how often the module was imported. */
  const tableOf = (importModule: () => Promise<Record<string, unknown>>) => {
    const imports = { count: 0 }
    const table = new ModuleTable(() => {
      imports.count++
      return importModule()
    }, Context.empty())
    return { table, imports }
  }

  const unknownOf = (name: string) =>
    tableOf(() => Promise.resolve(exports))
      .table.get({ url, name })
      .valueOf() as Promise<never>

  it("imports a module at the first call of a function, and keeps the function", async () => {
    const { imports, table } = tableOf(() => Promise.resolve(exports))
    const handler = await table.get({ url, name: "add" })
    assert.strictEqual(table.get({ url, name: "add" }), handler)
    assert.strictEqual(imports.count, 1)
  })

  it("calls a spread function with a list as its arguments", async () => {
    const { table } = tableOf(() => Promise.resolve(exports))
    const { body } = await table.get({ url, name: "add", spread: true })
    assert.strictEqual(body.run([1, 2] as never, undefined as never), 3)
    assert.throws(() => body.run(1, undefined as never), "takes a list of arguments")
  })

  it("refuses what is no function, what is missing, and inherited names: S159", async () => {
    for (const [name, why] of [
      ["answer", "value"],
      ["sub", "missing"],
      ["toString", "missing"],
      ["constructor", "missing"]
    ] as const) {
      const error = await unknownOf(name).catch((thrown: unknown) => thrown)
      assert.instanceOf(error, UnknownTask)
      assert.deepInclude(error, { name, module: url, export: why, served: ["add"] })
    }
  })

  it("tells a function that a CommonJS module hides from Node from one that is missing", async () => {
    assert.deepInclude(await unknownOf("hidden").catch((thrown: unknown) => thrown), { export: "hidden" })
  })

  it("imports again after an import that failed", async () => {
    let isBroken = true
    const { imports, table } = tableOf(() =>
      isBroken ? Promise.reject(new Error("no such file")) : Promise.resolve(exports)
    )
    await Promise.resolve(table.get({ url, name: "add" })).catch(() => {})
    isBroken = false
    assert.instanceOf(await table.get({ url, name: "add" }), CompiledHandler)
    assert.strictEqual(imports.count, 2)
  })
})

describe("the result of a module's function", () => {
  it("is data as it is, without an Effect around it", () => {
    const value = { n: 1 }
    assert.strictEqual(toAnswer(value), value)
    assert.strictEqual(toAnswer(7), 7)
  })

  it("is awaited if it has a `then` method; a rejection is a defect", async () => {
    const run = (result: unknown) => Effect.runPromiseExit(toAnswer(result) as Effect.Effect<unknown>)
    assert.deepStrictEqual(await run(Promise.resolve(1)), Exit.succeed(1))
    const error = new Error("rejected")
    assert.strictEqual(defectOf(await run(Promise.reject(error))), error)
  })

  it("turns the failure of a returned Effect into plain data: G9", () => {
    class Refusal extends Error {
      readonly _tag = "Refusal"
      readonly retry = () => {}
    }
    const exit = Effect.runSyncExit(
      toAnswer(Effect.fail(new Refusal("no"))) as Effect.Effect<unknown, unknown>
    )
    assert.deepInclude(failureOf(exit), { _tag: "Refusal", message: "no" })
    assert.notInstanceOf(failureOf(exit), Refusal)
  })

  it("is a defect if the function throws", () => {
    const error = new Error("bug")
    const exit = callPlain(() => {
      throw error
    }, 1)
    assert.strictEqual(defectOf(exit), error)
  })
})

describe("a call of a handler", () => {
  const context = jobOf(1)
  const sync = compiledOf(Double, { kind: "sync", run: (n) => 2 * (n as number) })

  it("decodes the payload and runs the handler", () => {
    assert.deepStrictEqual(call(sync, 21, context), Exit.succeed(42))
  })

  it("fails with Malformed before it reaches the handler, if the payload does not decode: S107", () => {
    assert.instanceOf(failureOf(call(sync, "21", context)), Malformed)
  })

  it("is a defect if the handler throws, or returns no Effect where one is due: S210", () => {
    const error = new Error("bug")
    const throwing = compiledOf(Double, {
      kind: "effect",
      run: () => {
        throw error
      }
    })
    assert.strictEqual(defectOf(call(throwing, 1, context)), error)
    const plain = compiledOf(Double, { kind: "effect", run: (n) => n })
    assert.match(String(defectOf(call(plain, 1, context))), /did not return an Effect/)
    assert.strictEqual(effectOf(Effect.never), Effect.never)
  })

  it("gives a module's function its payload as the list of its arguments", () => {
    const definition = { ...Double[TypeId], module: { url: "file:///m.ts", name: "sub" } }
    const run = (a: unknown, b: unknown) => (a as number) - (b as number)
    const handler = new CompiledHandler(definition, { kind: "module", run }, Context.empty())
    assert.deepStrictEqual(call(handler, [5, 3], context), Exit.succeed(2))
  })
})
