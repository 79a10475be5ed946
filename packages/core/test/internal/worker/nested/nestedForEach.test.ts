import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import { TypeId } from "../../../../src/internal/model/definition.ts"
import { CurrentHandler } from "../../../../src/internal/model/handler.ts"
import type { ForEachOptions } from "../../../../src/internal/model/pool.ts"
import { nestedForEach } from "../../../../src/internal/worker/nested/nestedForEach.ts"
import * as Task from "../../../../src/Task.ts"
import { HostSide, returnedOf, type Sent } from "../../../support/nested.ts"

const Double = Task.make("Double", { payload: Schema.Finite, success: Schema.Finite, error: Schema.String })

const forEach = (host: HostSide, inputs: Iterable<unknown>, options?: ForEachOptions, width = 2) =>
  Effect.provideService(
    nestedForEach(host.calls, Double[TypeId], inputs, options, width),
    CurrentHandler,
    host.job
  )

const items = ({ payload }: Sent): Array<number> => Array.from(payload as ArrayLike<number>)

const answerOf = (sent: Sent) => returnedOf({ value: items(sent).map((n) => 2 * n) })

/** Answers every chunk at once. */
const obliging = (): HostSide => {
  const host = new HostSide()
  host.onSent = (sent) => host.calls.returned(sent.call, answerOf(sent))
  return host
}

describe("forEach inside a handler", () => {
  it("gives the results in the order of the inputs, from whichever kind of input", () => {
    const inputs = [1, 2, 3, 4, 5]
    for (const given of [inputs, new Float64Array(inputs), new Set(inputs)]) {
      const results = Effect.runSync(forEach(obliging(), given, { chunkSize: 2 }))
      assert.deepStrictEqual(results, [2, 4, 6, 8, 10])
    }
  })

  it("completes at once without inputs, and without a message", () => {
    const host = new HostSide()
    assert.deepStrictEqual(Effect.runSync(forEach(host, [])), [])
    assert.deepStrictEqual(host.sent, [])
  })

  it("writes numbers into the caller's array, if there is one: S132", () => {
    const into = new Float32Array(3)
    assert.strictEqual(Effect.runSync(forEach(obliging(), [1, 2, 3], { into })), into)
    assert.deepStrictEqual(Array.from(into), [2, 4, 6])
  })

  it("keeps at most `concurrency` chunks in flight, and draws the next one when a chunk returns: G7", () => {
    const host = new HostSide()
    const drawn: Array<number> = []
    const inputs = function* () {
      for (let n = 1; n <= 6; n++) {
        drawn.push(n)
        yield n
      }
    }
    Effect.runFork(forEach(host, inputs(), { chunkSize: 1, concurrency: 2 }))
    assert.deepStrictEqual(drawn, [1, 2])
    host.calls.returned(2, answerOf(host.sent[1]!))
    assert.deepStrictEqual(drawn, [1, 2, 3])
    assert.deepStrictEqual(host.sent.map(items), [[1], [2], [3]])
  })

  it("fails with the first failure, after the other chunks have ended: G3", () => {
    const host = new HostSide()
    const fiber = Effect.runFork(forEach(host, [1, 2, 3, 4], { chunkSize: 1, concurrency: 2 }))
    host.calls.returned(1, returnedOf({ how: "failed", cause: [["Fail", "no"]] }))
    assert.deepInclude(host.sent[2], { kind: "endCall", call: 2, by: "caller" })
    assert.isUndefined(fiber.pollUnsafe())
    host.calls.returned(2, returnedOf({ how: "ended" }))
    assert.deepStrictEqual(fiber.pollUnsafe(), Exit.fail("no"))
    assert.strictEqual(host.sent.length, 3)
  })

  it("returns an iterator that it does not draw to the end", () => {
    const host = new HostSide()
    let isReturned = false
    const inputs = function* () {
      try {
        for (let n = 1; ; n++) yield n
      } finally {
        isReturned = true
      }
    }
    const fiber = Effect.runFork(forEach(host, inputs(), { chunkSize: 1, concurrency: 1 }))
    Effect.runFork(Fiber.interrupt(fiber))
    host.calls.returned(1, returnedOf({ how: "ended" }))
    assert.isTrue(isReturned)
  })
})
