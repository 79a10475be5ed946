import { assert, describe, it } from "@effect/vitest"
import * as Foreign from "../../../src/internal/model/foreign.ts"

const revoked = (target: object): object => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

const hostile: ReadonlyArray<readonly [name: string, make: () => unknown]> = [
  ["a revoked object", () => revoked({})],
  ["a revoked function", () => revoked(() => {})],
  ["an object without a prototype", () => Object.create(null)],
  ["an object whose text is no text", () => ({ toString: () => ({}) })],
  ["a symbol", () => Symbol("s")],
  ["null", () => null],
  [
    "an error whose fields throw what throws again",
    () => {
      const thrower = {
        get: () => {
          throw revoked({})
        }
      }
      return Object.defineProperties(new Error("x"), { name: thrower, message: thrower })
    }
  ]
]

describe("foreign values", () => {
  for (const [name, make] of hostile) {
    it(`${name} is asked, read and printed without a throw: S209`, () => {
      const value = make()
      assert.isBoolean(Foreign.isInstance(value, Error))
      for (const key of ["name", "then", Symbol.toStringTag]) Foreign.get(value, key)
      for (const print of [Foreign.show, Foreign.messageOf, Foreign.describe]) assert.isString(print(value))
    })
  }

  it("a harmless value is read as usual: S209", () => {
    assert.isTrue(Foreign.isInstance(new RangeError("far"), Error))
    assert.strictEqual(Foreign.describe(new RangeError("far")), "RangeError: far")
    assert.strictEqual(Foreign.messageOf("thrown"), "thrown")
    assert.strictEqual(Foreign.get({ a: 1 }, "a"), 1)
  })

  it("texts are bounded: S209, G7", () => {
    const long = "x".repeat(1_000_000)
    const tagged = { [Symbol.toStringTag]: long }
    for (const value of [long, tagged, new Error(long)]) {
      assert.isAtMost(Foreign.messageOf(value).length, Foreign.maxText)
    }
  })
})
