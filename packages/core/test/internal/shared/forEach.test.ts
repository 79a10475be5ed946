import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { TypeId } from "../../../src/internal/model/definition.ts"
import type { ForEachOptions } from "../../../src/internal/model/pool.ts"
import type { Caller, ChunkRequest } from "../../../src/internal/shared/Caller.ts"
import { forEach } from "../../../src/internal/shared/forEach.ts"
import * as Task from "../../../src/Task.ts"
import * as Schema from "effect/Schema"

const Double = Task.make("Double", { payload: Schema.Number, success: Schema.Number })

const definition = Double[TypeId]

interface Call extends ChunkRequest {
  isEnded: boolean
}

/** A caller whose calls the test answers. */
const fake = (parts: Partial<Caller<Call>> = {}) => {
  const calls: Array<Call> = []
  const caller: Caller<Call> = {
    width: 2,
    sharedChunks: undefined,
    drawing: () => (payload) => payload,
    chunkSize: (_, most) => Math.min(most, 3),
    start: (request) => {
      const call = { ...request, isEnded: false }
      calls.push(call)
      return call
    },
    endAsSibling: (call) => {
      call.isEnded = true
    },
    ...parts
  }
  const run = (inputs: Iterable<unknown>, options?: ForEachOptions) =>
    Effect.runFork(forEach(caller, definition, inputs, options) as Effect.Effect<any>)
  const answer = (call: Call) =>
    call.onSettled(Exit.succeed(Array.from(call.payloads, (n) => 2 * (n as number))))
  return { answer, calls, run }
}

const sizes = (calls: ReadonlyArray<Call>) => calls.map(({ payloads }) => payloads.length)

const valueOf = (fiber: Fiber.Fiber<any, any>) => {
  const exit = fiber.pollUnsafe()
  assert.isDefined(exit, "it goes on")
  return exit._tag === "Success" ? exit.value : exit.cause
}

describe("forEach", () => {
  it("draws no more inputs than its chunks in flight take: G7", () => {
    const { calls, run } = fake()
    let drawn = 0
    function* inputs() {
      for (;;) yield drawn++
    }
    run(inputs())
    assert.deepStrictEqual(sizes(calls), [3, 3])
    assert.strictEqual(drawn, 6)
  })

  it("keeps the order of the inputs, whatever the order of the answers", () => {
    const { answer, calls, run } = fake()
    const fiber = run([1, 2, 3, 4, 5], { chunkSize: 3 })
    answer(calls[1]!)
    answer(calls[0]!)
    assert.deepStrictEqual(valueOf(fiber), [2, 4, 6, 8, 10])
  })

  it("leaves no worker alone with the end of a list: the last inputs are shared out", () => {
    const { calls, run } = fake({ chunkSize: () => 100 })
    run([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26])
    assert.deepStrictEqual(sizes(calls), [13, 13])
  })

  it("a limit of the run is one for each item: such maps send one item at a time", () => {
    const { calls, run } = fake()
    run([1, 2, 3, 4], { timeout: 5 })
    assert.deepStrictEqual(sizes(calls), [1, 1])
  })

  it("takes the sizes that its options name", () => {
    const { calls, run } = fake()
    run([1, 2, 3, 4, 5, 6, 7], { chunkSize: 2, concurrency: 3 })
    assert.deepStrictEqual(sizes(calls), [2, 2, 2])
  })

  it("a failure ends all other chunks, and is the outcome once they have ended: G3", () => {
    const { calls, run } = fake()
    const fiber = run([1, 2, 3, 4, 5, 6, 7, 8, 9])
    calls[0]!.onSettled(Exit.fail("broken"))
    assert.isTrue(calls[1]!.isEnded)
    assert.isUndefined(fiber.pollUnsafe())
    calls[1]!.onSettled(Exit.void)
    assert.deepStrictEqual(
      valueOf(fiber).reasons.map((reason: any) => reason.error),
      ["broken"]
    )
    assert.lengthOf(calls, 2, "nothing is sent after a failure")
  })

  it("a failure that came too late to be ended joins the first one: G9", () => {
    const { calls, run } = fake()
    const fiber = run([1, 2, 3, 4])
    calls[0]!.onSettled(Exit.fail("first"))
    calls[1]!.onSettled(Exit.fail("second"))
    assert.deepStrictEqual(
      valueOf(fiber).reasons.map((reason: any) => reason.error),
      ["first", "second"]
    )
  })

  it("an answer that comes while the call is made counts", () => {
    const { calls, run } = fake({
      start: (request) => {
        const call = { ...request, isEnded: false }
        call.onSettled(Exit.succeed(Array.from(call.payloads)))
        return call
      }
    })
    assert.deepStrictEqual(valueOf(run([1, 2, 3, 4])), [1, 2, 3, 4])
    assert.lengthOf(calls, 0)
  })

  it("a call that is refused at once fails the map, and nothing more is drawn: G1", () => {
    const refused = Exit.fail("refused") as Exit.Exit<never, any>
    const fiber = fake({ start: () => refused }).run([1, 2, 3])
    assert.deepStrictEqual(
      valueOf(fiber).reasons.map((reason: any) => reason.error),
      ["refused"]
    )
  })

  it("an input that throws is a defect of the map, and what was drawn before it is ended: G9", () => {
    const { calls, run } = fake()
    function* inputs() {
      yield* [1, 2, 3, 4]
      throw new Error("no more")
    }
    const fiber = run(inputs())
    assert.deepStrictEqual(sizes(calls), [3])
    assert.isTrue(calls[0]!.isEnded)
    calls[0]!.onSettled(Exit.void)
    assert.isTrue(Cause.hasDies(valueOf(fiber)))
  })

  it("interruption ends every chunk and waits for their ends; the rest of the input is given up: G3", () => {
    const { calls, run } = fake()
    let isGivenUp = false
    function* inputs() {
      try {
        for (let n = 0; ; n++) yield n
      } finally {
        isGivenUp = true
      }
    }
    const fiber = run(inputs())
    fiber.interruptUnsafe()
    assert.isTrue(calls.every(({ isEnded }) => isEnded))
    assert.isTrue(isGivenUp)
    for (const call of calls) {
      assert.isUndefined(fiber.pollUnsafe(), "it has not waited")
      call.onSettled(Exit.void)
    }
    assert.isTrue(Cause.hasInterrupts(valueOf(fiber)))
  })

  it("nothing to do is done at once", () => {
    assert.deepStrictEqual(valueOf(fake().run([])), [])
  })
})
