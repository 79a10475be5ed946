import { assert, describe, it } from "@effect/vitest"
import { framesAbove, place, placed, withFrames } from "../../../src/internal/model/stacks.ts"

const inspect = Symbol.for("nodejs.util.inspect.custom")

const Failure = placed(
  class extends Error {
    readonly reason: Error
    constructor(reason: Error) {
      super()
      this.reason = reason
    }
    override get message(): string {
      return `wrapped: ${this.reason.message}`
    }
  }
)

describe("a placed stack", () => {
  it("begins with the error's name and message, and goes on with the given frames: G9", () => {
    const error = new TypeError("no")
    place(error, () => "    at caller (app.ts:1:1)")
    assert.strictEqual(error.stack, "TypeError: no\n    at caller (app.ts:1:1)")
  })

  it("is formatted at the first read only, since most stacks are never read", () => {
    let reads = 0
    const error = new Error("no")
    place(error, () => `    at read ${++reads}`)
    assert.strictEqual(reads, 0)
    assert.strictEqual(error.stack, error.stack)
    assert.strictEqual(reads, 1)
  })

  it("is no field of the error, and can be replaced", () => {
    const error = new Error("no")
    place(error, () => "")
    assert.notInclude(Object.keys(error), "stack")
    error.stack = "mine"
    assert.strictEqual(error.stack, "mine")
  })

  it("survives frames that throw, and leaves a frozen error alone: S209", () => {
    const error = new Error("no")
    place(error, () => {
      throw new Error("trap")
    })
    assert.strictEqual(error.stack, "Error: no")
    const frozen = Object.freeze(new Error("frozen"))
    const { stack } = frozen
    place(frozen, () => "    at caller")
    assert.strictEqual(frozen.stack, stack)
  })
})

describe("an error around a reason", () => {
  it("has a stack that shows its message, and starts at its creator: G9", () => {
    const makeFailure = () => new Failure(new Error("disk full"))
    const { stack } = makeFailure()
    assert.match(stack ?? "", /^Error: wrapped: disk full\n\s+at makeFailure/)
  })

  it("has the frames of the caller where those are known, and its own again afterwards", () => {
    const make = () => new Failure(new Error("no"))
    assert.strictEqual(withFrames(() => "    at Task", make).stack, "Error: wrapped: no\n    at Task")
    assert.include(make().stack, "at make")
  })

  it("is printed with message, stack and reason", () => {
    const error = new Failure(new RangeError("too large"))
    const shown = Reflect.apply(Reflect.get(error, inspect) as () => Error, error, [])
    assert.strictEqual(shown.message, "wrapped: too large")
    assert.strictEqual(shown.stack, error.stack)
    assert.property(shown, "reason")
  })
})

it("the frames above a function leave the function itself out", () => {
  const inner = () => framesAbove(inner)
  const outer = () => inner()
  const frames = outer()()
  assert.match(frames, /^\s+at outer/)
})
