// oxlint-disable unicorn/no-thenable -- values with such a key are what is tested
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Effectable from "effect/Effectable"
import * as Exit from "effect/Exit"
import { isEffect, isExit, isThenable } from "../../../src/internal/model/genuine.ts"

class Boom extends Data.TaggedError("Boom")<{}> {}
class Box extends Effectable.Class<number> {
  asEffect() {
    return Effect.succeed(1)
  }
}
class Tag extends Context.Service<Tag, number>()("test/Tag") {}

const effects: ReadonlyArray<readonly [name: string, effect: unknown]> = [
  ["a success", Effect.succeed(1)],
  ["a failure", Effect.fail(1)],
  ["sync code", Effect.sync(() => 1)],
  ["a generator", Effect.gen(function* () {})],
  ["a callback", Effect.callback(() => {})],
  ["a promise in an Effect", Effect.promise(() => Promise.resolve())],
  ["a yield", Effect.yieldNow],
  ["a map of another", Effect.map(Effect.yieldNow, () => 1)],
  ["a tagged error", new Boom()],
  ["an Effect made by a class", new Box()],
  ["never", Effect.never]
]

const data: ReadonlyArray<unknown> = [
  undefined,
  null,
  0,
  "~effect/Effect",
  {},
  [],
  () => 1,
  JSON.parse(`{"~effect/Effect":{}}`),
  JSON.parse(`{"~effect/Effect":{"_A":{},"_E":{},"_R":{}}}`),
  JSON.parse(`{"~effect/Effect":null}`),
  JSON.parse(`{"~effect/Exit":"~effect/Exit","_tag":"Success","value":5}`),
  structuredClone(Object.assign({}, Exit.succeed(1))),
  { "~effect/Effect": {}, "~effect/Exit": "~effect/Exit", _tag: "Success", value: 5 }
]

describe("an Effect is told from data by its functions", () => {
  for (const [name, effect] of effects) {
    it(`${name} is an Effect, as Effect itself says: S210`, () => {
      assert.isTrue(isEffect(effect))
      assert.isTrue(Effect.isEffect(effect))
      assert.strictEqual(isExit(effect), Exit.isExit(effect))
    })
  }

  it("both kinds of exits are exits: S210", () => {
    for (const exit of [Exit.succeed(1), Exit.fail(1), Exit.die(1), Exit.interrupt(), Exit.void]) {
      assert.isTrue(isExit(exit) && isEffect(exit))
    }
  })

  it("data is neither, whichever keys it holds; a service's class is what Effect says it is: S210", () => {
    for (const value of data) assert.isFalse(isEffect(value) || isExit(value), JSON.stringify(value))
    assert.strictEqual(isEffect(Tag), Effect.isEffect(Tag))
  })

  it("a value with a `then` method is awaited; data has none: S210", () => {
    const then = () => {}
    for (const value of [Promise.resolve(), { then }, Object.assign(() => 1, { then })]) {
      assert.isTrue(isThenable(value))
    }
    for (const value of [undefined, null, 1, "then", {}, { then: 1 }, { then: { then: null } }]) {
      assert.isFalse(isThenable(value))
    }
  })
})
