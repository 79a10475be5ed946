import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import type { HandlerFunction } from "../../../../src/internal/worker/handlers/handlers.ts"
import { runOf, unasked } from "../../../../src/internal/worker/handlers/numbers.ts"
import * as Task from "../../../../src/Task.ts"
import { compiledOf, jobOf } from "../../../support/jobs.ts"

const Double = Task.make("Double", { payload: Schema.Finite, success: Schema.Finite })
const Wait = Task.make("Wait", { payload: Schema.Duration, success: Schema.Finite })

/** Runs a range of items; returns where the run stopped, and the numbers so far. */
const run = (body: HandlerFunction, items: ReadonlyArray<unknown>, from = 0, to = items.length) => {
  const room = new Float64Array(items.length)
  const rest = runOf(compiledOf(Double, body), jobOf(items, { many: true }), items)!(room, from, to)
  return { ...rest, room: Array.from(room) }
}

const double = (n: unknown) => 2 * (n as number)

const bodies: ReadonlyArray<readonly [name: string, body: HandlerFunction]> = [
  ["a sync handler", { kind: "sync", run: double }],
  ["a handler whose Effect has ended already", { kind: "effect", run: (n) => Effect.succeed(double(n)) }],
  ["a module's function", { kind: "module", run: double }]
]

describe("the fast path for numbers", () => {
  for (const [name, body] of bodies) {
    it(`writes each number of ${name} at its item's index, and leaves the others alone`, () => {
      assert.deepStrictEqual(run(body, [1, 2, 3, 4], 1, 3), { at: 3, answered: unasked, room: [0, 4, 6, 0] })
    })
  }

  it("stops at a result that is no number, and hands the result on", () => {
    const text = (n: unknown) => (n === 2 ? "two" : (n as number))
    assert.deepStrictEqual(run({ kind: "module", run: text }, [1, 2, 3]), {
      at: 1,
      answered: "two",
      room: [1, 0, 0]
    })
    assert.deepStrictEqual(run({ kind: "sync", run: text }, [1, 2, 3]).answered, Exit.succeed("two"))
  })

  it("stops at a number that the schema refuses, for the codec to say why: S107", () => {
    const { answered, at } = run({ kind: "sync", run: (n) => (n as number) / 0 }, [1, 2])
    assert.deepStrictEqual([at, answered], [0, Exit.succeed(Infinity)])
  })

  it("stops before an item that does not fit, without calling the handler: S107", () => {
    const called: Array<unknown> = []
    const body: HandlerFunction = {
      kind: "sync",
      run: (n) => {
        called.push(n)
        return 0
      }
    }
    assert.deepInclude(run(body, [1, "2", 3]), { at: 1, answered: unasked })
    assert.deepStrictEqual(called, [1])
  })

  it("stops at an Effect that has not ended, and hands it on to be run", () => {
    const later = Effect.map(Effect.yieldNow, () => 1)
    assert.deepInclude(run({ kind: "effect", run: () => later }, [1]), { at: 0, answered: later })
  })

  it("turns an exception into a defect of its item", () => {
    const error = new Error("bug")
    const throwing = (n: unknown) => {
      if (n === 2) throw error
      return n
    }
    for (const kind of ["sync", "module"] as const) {
      assert.deepInclude(run({ kind, run: throwing }, [1, 2]), { at: 1, answered: Exit.die(error) })
    }
  })

  it("is not taken where payloads have to be decoded", () => {
    const handler = compiledOf(Wait, { kind: "sync", run: () => 1 })
    assert.isUndefined(runOf(handler, jobOf([], { many: true }), []))
  })
})
