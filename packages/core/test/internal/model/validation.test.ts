import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Validation from "../../../src/internal/model/validation.ts"

describe("the message of a wrong option", () => {
  it("names the option, what was expected, and the value as a program would write it: S116", () => {
    for (const [value, shown] of [
      ["4", '"4": write 4, without quotes'],
      [4n, "4n"],
      [undefined, "undefined"],
      [{ n: 1 }, '{"n":1}'],
      [() => 1, "a function"],
      [Number, "the function Number"]
    ] as const) {
      const { message } = Validation.unexpected("size", "a number", value)
      assert.strictEqual(message, `size: expected a number, got ${shown}`)
    }
  })

  it("shows a value that JSON cannot: S209", () => {
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    assert.strictEqual(Validation.show(cycle), "an object")
    assert.strictEqual(Validation.show({ toJSON: () => undefined }), "an object")
  })
})

describe("a duration", () => {
  it("may be written in any of Effect's ways; infinity is no limit", () => {
    for (const [given, millis] of [
      [1000, 1000],
      ["2 seconds", 2000],
      [Duration.minutes(1), 60_000],
      [{ seconds: 3 }, 3000],
      ["infinity", Infinity],
      [0, 0]
    ] as const) {
      assert.strictEqual(Validation.toMillis("grace", given), millis)
    }
  })

  it("is refused where Effect would read zero: a mistyped limit must not mean at once", () => {
    for (const given of [NaN, -1, "-1 second", {}, { second: 1 }, "soon", null, true]) {
      assert.throws(() => Validation.toMillis("grace", given as never), "grace: expected a duration")
    }
  })

  it("must be finite where it bounds an interruption: G4", () => {
    assert.strictEqual(Validation.finite("terminateTimeout", "1 second"), 1000)
    assert.throws(() => Validation.finite("terminateTimeout", "infinity"), "must be finite")
  })
})

describe("numbers, flags and choices", () => {
  it("an integer keeps to its bounds", () => {
    assert.strictEqual(Validation.integer("n", 3, 1, 3), 3)
    for (const n of [0, 4, 1.5, NaN, "2"]) {
      assert.throws(() => Validation.integer("n", n as number, 1, 3), "an integer from 1 to 3")
    }
  })

  it("a flag is true or false, not merely truthy", () => {
    assert.isFalse(Validation.boolean("flag", false))
    assert.throws(() => Validation.boolean("flag", 1 as never), "true or false")
  })

  it("a choice lists the alternatives", () => {
    assert.strictEqual(Validation.oneOf("order", "fifo", ["fifo", "lifo"]), "fifo")
    assert.throws(() => Validation.oneOf("order", "filo", ["fifo", "lifo"]), 'one of "fifo", "lifo"')
  })
})

describe("the keys of an object of options", () => {
  it("are all known: a misspelled one would be ignored silently: S116", () => {
    Validation.checkKeys({ a: 1 }, ["a", "b"], "queue.")
    assert.throws(
      () => Validation.checkKeys({ c: 1 }, ["a", "b"], "queue."),
      "queue.c: is no option; there are a, b"
    )
  })

  it("are those of a plain object, not of a list", () => {
    for (const value of [null, [], 7]) {
      assert.throws(() => Validation.checkKeys(value as never, [], "queue."), "queue: expected an object")
    }
  })
})
