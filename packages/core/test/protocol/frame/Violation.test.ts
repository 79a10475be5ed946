import { assert, describe, it } from "@effect/vitest"
import { count, list, text, Violation } from "../../../src/protocol/frame/Violation.ts"

const values = [undefined, null, true, "text", 7, -1, NaN, Infinity, 1n, [], {}, () => 1]

/** The values accepted by a check. */
const passing = (check: (value: unknown, what: string) => unknown) =>
  values.filter((value) => {
    try {
      return check(value, "a field") === value
    } catch (error) {
      assert.instanceOf(error, Violation)
      return false
    }
  })

describe("a field of a worker's message", () => {
  it("that counts is a number of zero or more: S037", () => {
    assert.deepStrictEqual(passing(count), [7, Infinity])
  })

  it("that lists is an array: S037", () => {
    assert.deepStrictEqual(passing(list), [[]])
  })

  it("that names is a text: S037", () => {
    assert.deepStrictEqual(passing(text), ["text"])
  })

  it("is named by its violation, along with what came in its place", () => {
    assert.throws(() => count("7", "a ref"), "a ref is string, not a number")
    assert.throws(() => list(null, "a cause"), "a cause is null, not a list")
    assert.throws(() => text(7, "a name"), "a name is number, not a text")
  })
})

it("a violation is told from the errors of a program by its name", () => {
  assert.strictEqual(new Violation("no frame").name, "ProtocolViolation")
})
