import { assert, describe, it } from "vitest"
import { faults } from "../src/catalogue.ts"
import { classifyAnswer, classifyFailure, describeAnswer, describeFailure } from "../src/outcome.ts"

class Named extends Error {
  override readonly name = "Named"
}

const hostile = new Proxy(
  {},
  {
    get() {
      throw new Error("from the trap")
    }
  }
)

describe("outcomes", () => {
  it("a failure is typed by a tag, a code or a name of its own, and by nothing else", () => {
    const typed = [
      { _tag: "TaskError" },
      Object.assign(new Error("x"), { code: "ERR_X" }),
      new RangeError("x"),
      new Named()
    ]
    assert.deepStrictEqual(
      typed.map(classifyFailure),
      typed.map(() => "typed-error")
    )
    const untyped = [new Error("x"), null, undefined, "text", Symbol("odd"), () => {}, { code: 7 }, hostile]
    assert.deepStrictEqual(
      untyped.map(classifyFailure),
      untyped.map(() => "error")
    )
  })

  it("an answer is right only where the fault has one", () => {
    assert.strictEqual(
      classifyAnswer(42, (answer) => answer === 42),
      "value"
    )
    assert.strictEqual(
      classifyAnswer(41, (answer) => answer === 42),
      "wrong-result"
    )
    assert.strictEqual(classifyAnswer(42, undefined), "wrong-result")
  })

  it("whatever was thrown or answered can be described, in a line of bounded length", () => {
    const deep: { self?: unknown } = {}
    deep.self = deep
    for (const odd of [
      null,
      undefined,
      Symbol("odd"),
      () => {},
      hostile,
      deep,
      new Error("a\nb".repeat(1000)),
      2n
    ]) {
      for (const text of [describeFailure(odd), describeAnswer(odd)]) {
        assert.notMatch(text, /\n/)
        assert.isAtMost(text.length, 200)
      }
    }
    const failure = { _tag: "TaskError", reason: { _tag: "WorkerLost" }, message: "gone" }
    assert.strictEqual(describeFailure(failure), "TaskError/WorkerLost: gone")
  })
})

describe("the catalogue", () => {
  it("names each fault once", () => {
    const names = faults.map(({ name }) => name)
    assert.deepStrictEqual(names, [...new Set(names)])
  })
})
