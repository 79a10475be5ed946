import { assert, describe, it } from "@effect/vitest"
import { ServedTasks } from "../../../../src/internal/host/dispatch/ServedTask.ts"
import { definitionOf } from "../fakes.ts"

const module = { url: "file:///a.js", name: "f" }

describe("what all calls of a task share", () => {
  it("is made once for each definition", () => {
    const all = new ServedTasks(5)
    const [a, b] = [definitionOf("A"), definitionOf("B")]
    const served = all.of(a)
    assert.notStrictEqual(all.of(b), served)
    assert.strictEqual(all.of(a), served)
  })

  it("is one number and one measure for a task that is defined again and again", () => {
    const all = new ServedTasks(5)
    const [first, second] = [all.of(definitionOf("A")), all.of(definitionOf("A"))]
    assert.notStrictEqual(first, second)
    assert.strictEqual(first.number, second.number)
    assert.strictEqual(first.measure, second.measure)
    assert.notStrictEqual(all.of(definitionOf("B")).number, first.number)
  })

  it("tells a function of a module from a task of the same name, and from the same export elsewhere", () => {
    const all = new ServedTasks(5)
    const numbers = [
      definitionOf("f"),
      { ...definitionOf("f"), module },
      { ...definitionOf("f"), module: { ...module, url: "file:///b.js" } },
      { ...definitionOf("f"), module: { ...module, name: "g" } }
    ].map((definition) => all.of(definition).number)
    assert.deepStrictEqual(numbers, [0, 1, 2, 3])
  })

  it("has the limits of its policy, and the pool's grace where that names none", () => {
    const all = new ServedTasks(5)
    const { callLimits } = all.of(definitionOf("A", { priority: 2, timeout: 10, queueTimeout: 20 }))
    assert.deepStrictEqual(callLimits, {
      priority: 2,
      grace: 5,
      runLimit: 10,
      queueLimit: 20,
      deadline: Infinity,
      onInterrupt: "wait"
    })
    assert.strictEqual(all.of(definitionOf("B", { grace: 0 })).callLimits.grace, 0)
  })

  it("finds the measure that a worker speaks of by its number, if there is one: S037", () => {
    const all = new ServedTasks(5)
    const { measure, number } = all.of(definitionOf("A"))
    assert.strictEqual(all.measureOf(number), measure)
    for (const unknown of [1, -1, 0.5]) assert.isUndefined(all.measureOf(unknown))
  })
})

describe("a task that a worker has called", () => {
  const called = { name: "A", module: undefined, idempotent: false }

  it("is one for all such calls, and shares number and measure with the calls of the host", () => {
    const all = new ServedTasks(5)
    const host = all.of(definitionOf("A"))
    const nested = all.ofCall(called)
    assert.strictEqual(all.ofCall({ ...called }), nested)
    assert.strictEqual(nested.number, host.number)
  })

  it("is another one where it may run again: G6", () => {
    const all = new ServedTasks(5)
    assert.isFalse(all.ofCall(called).definition.policy.idempotent)
    assert.isTrue(all.ofCall({ ...called, idempotent: true }).definition.policy.idempotent)
  })

  it("crosses the host as it is: the worker has encoded it, and will decode the outcome", () => {
    const { codec, definition } = new ServedTasks(5).ofCall(called)
    assert.strictEqual(definition.policy.validate, "none")
    const value = { any: [1, "a"] }
    assert.strictEqual(codec.host.decodeSuccess(value), value)
    assert.strictEqual(codec.host.decodeError(value), value)
  })
})
