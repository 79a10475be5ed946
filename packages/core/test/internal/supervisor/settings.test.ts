import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { defaultsTable, supervisorDefaults } from "../../../src/internal/model/supervisorDefaults.ts"
import * as Supervisor from "../../../src/Supervisor.ts"
import type { InvalidSpec } from "../../../src/SupervisorError.ts"
import { Troupe } from "../../support/troupe.ts"

const fields: ReadonlyArray<readonly [field: string, options: object]> = [
  ["strategy", { strategy: "one_for_one" }],
  ["intensity", { intensity: -1 }],
  ["intensity", { intensity: 1.5 }],
  ["period", { period: 0 }],
  ["period", { period: Infinity }],
  ["period", { period: "soon" }],
  ["backoff", { backoff: "exponential" }],
  ["terminateTimeout", { terminateTimeout: Infinity }],
  ["autoShutdown", { autoShutdown: "some" }],
  ["shutdowns", { shutdowns: 3 }],
  ["id", { id: "" }],
  ["id", { id: "a/b" }],
  ["children", { children: "a" }],
  ["children[1]", { bad: { id: "b", run: Effect.never } }],
  ["children[1]", { bad: undefined }],
  ["children[1].id", { bad: { id: 3, run: Effect.never }, isChild: true }],
  ["children[1].id", { bad: { id: "a", run: Effect.never }, isChild: true }],
  ["children[1].run", { bad: { id: "b" }, isChild: true }],
  ["children[1].run", { bad: { id: "b", run: 3 }, isChild: true }],
  ["children[1].start", { bad: { id: "b", start: () => Effect.void }, isChild: true }],
  ["children[1].restart", { bad: { id: "b", run: Effect.never, restart: "always" }, isChild: true }],
  ["children[1].shutdown", { bad: { id: "b", run: Effect.never, shutdown: "never" }, isChild: true }],
  ["children[1].shutdown", { bad: { id: "b", run: Effect.never, shutdown: -1 }, isChild: true }],
  ["children[1].type", { bad: { id: "b", run: Effect.never, type: "worker" }, isChild: true }],
  ["children[1].significant", { bad: { id: "b", run: Effect.never, significant: 1 }, isChild: true }],
  ["children[1].significant", { bad: { id: "b", run: Effect.never, significant: true }, isChild: true }]
]

const specOf = (troupe: Troupe, options: { bad?: unknown; isChild?: boolean }) => {
  const { bad, isChild, ...rest } = options
  const second = isChild === true ? Supervisor.child(bad as never) : bad
  const children = "bad" in options ? [troupe.child("a"), second as never] : troupe.children("a")
  return Supervisor.tree({ id: "app", children, ...rest })
}

describe("wrong specifications", () => {
  for (const [field, options] of fields) {
    const shown = JSON.stringify(options, (_, value: unknown) => (Effect.isEffect(value) ? "…" : value))
    it.effect(`${shown} names ${field}, typed, and starts nothing: S116`, () =>
      Effect.gen(function* () {
        const troupe = new Troupe()
        const error = yield* Effect.flip(Effect.scoped(Supervisor.make(specOf(troupe, options))))
        assert.strictEqual(error._tag, "SupervisorError")
        assert.strictEqual((error.reason as InvalidSpec).field, field)
        assert.isAbove((error.reason as InvalidSpec).problem.length, 5)
        assert.strictEqual(troupe.take(), "")
      })
    )
  }

  const fieldOf = (spec: unknown) =>
    Effect.map(
      Effect.flip(Effect.scoped(Supervisor.make(spec as Supervisor.Tree<never>))),
      (error) => (error.reason as InvalidSpec).field
    )

  it.effect(
    "a child below, a permanent significant child, a bad template and what is no supervisor: S116",
    () =>
      Effect.gen(function* () {
        const bad = Supervisor.child({ id: "b", run: Effect.never, restart: "always" as never })
        const inner = Supervisor.tree({ id: "inner", children: [bad] })
        assert.strictEqual(
          yield* fieldOf(Supervisor.tree({ id: "app", children: [inner] })),
          "children[0].children[0].restart"
        )
        const vital = Supervisor.child({ id: "b", run: Effect.never, significant: true })
        assert.strictEqual(
          yield* fieldOf(Supervisor.tree({ id: "app", autoShutdown: "any", children: [vital] })),
          "children[0].significant"
        )
        const child = 3 as never
        assert.strictEqual(yield* fieldOf(Supervisor.dynamic({ id: "app", child })), "child")
        assert.strictEqual(
          yield* fieldOf(Supervisor.dynamic({ id: "app", max: 0, child: () => vital })),
          "max"
        )
        for (const spec of [vital, undefined, 3]) assert.strictEqual(yield* fieldOf(spec), "tree")
      })
  )

  it.effect("a wrong child at run time is refused, typed, and changes nothing: S116", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const app = yield* Supervisor.make(Supervisor.tree({ id: "app", children: troupe.children("a") }))
      const bad = Supervisor.child({ id: "b", run: Effect.never, shutdown: "slowly" as never })
      const { reason } = yield* Effect.flip(app.startChild(bad))
      assert.strictEqual((reason as InvalidSpec).field, "child.shutdown")
      assert.strictEqual((yield* app.countChildren).specs, 1)
    })
  )
})

describe("defaults", () => {
  it("each has its row in the table, with a why", () => {
    const listed = defaultsTable.map((row) => row.option)
    const options = Object.keys(supervisorDefaults).filter((option) => option !== "eventBuffer")
    assert.deepStrictEqual(listed.toSorted(), options.toSorted())
    for (const { option, why } of defaultsTable) assert.match(why, /\.$/, option)
  })
})
