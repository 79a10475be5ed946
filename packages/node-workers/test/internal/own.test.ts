import { assert, describe, it } from "vitest"
import { own } from "../../src/internal/own.ts"

describe("options of one's own", () => {
  it("are the own properties, on an object without a prototype: S223, G10", () => {
    const options = own(Object.assign(Object.create({ execArgv: ["--inherited"] }), { entry: 1 }))
    assert.deepStrictEqual(Object.entries(options), [["entry", 1]])
    assert.isUndefined(options.execArgv)
    assert.isNull(Object.getPrototypeOf(options))
    assert.isUndefined(Reflect.get(own({}), "toString"))
  })

  it("are a copy: later changes of the given object are not seen", () => {
    const given = { name: "a" }
    const options = own(given)
    given.name = "b"
    assert.strictEqual(options.name, "a")
  })

  it("leave every value that is no plain record to the checks behind them", () => {
    const list = ["a"]
    for (const value of [undefined, null, "text", 1, list]) assert.strictEqual(own(value), value)
  })
})
