import { assert, describe, it } from "@effect/vitest"
import { closest } from "../../../src/internal/model/closest.ts"

describe("the name that was probably meant", () => {
  it("is at most two letters away, and the closest; case does not count: S226", () => {
    const names = ["square", "add", "total"]
    assert.strictEqual(closest("sqaure", names), "square")
    assert.strictEqual(closest("Add", names), "add")
    assert.strictEqual(closest("ad", names), "add")
    assert.strictEqual(closest("totals", names), "total")
    assert.strictEqual(closest("total", ["totals", "total"]), "total")
  })

  it("is nobody where no name is close: S226", () => {
    assert.isUndefined(closest("median", ["square", "add"]))
    assert.isUndefined(closest("x", ["ab"]))
    assert.isUndefined(closest("a", []))
    assert.isUndefined(closest("add", ["a".repeat(1_000_000)]))
  })
})
