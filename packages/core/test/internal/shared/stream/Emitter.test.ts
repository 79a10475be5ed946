import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { type Elements, Emitter } from "../../../../src/internal/shared/stream/Emitter.ts"

const made = (credit: number, encode: (element: unknown) => unknown = (element) => element) => {
  const sent: Array<Elements> = []
  const emitter = new Emitter({
    credit,
    encode,
    transferOf: undefined,
    platform: {},
    send: (each) => sent.push(each)
  })
  return { emitter, sent: () => sent.flatMap(({ wire }) => wire) }
}

describe("Emitter", () => {
  it("sends what it has credit for, and the rest as credit comes: S237, G14", async () => {
    const { emitter, sent } = made(2)
    const fiber = Effect.runFork(emitter.emit([1, 2, 3, 4, 5]))
    assert.deepStrictEqual(sent(), [1, 2])
    emitter.grant(1)
    assert.deepStrictEqual(sent(), [1, 2, 3])
    emitter.grant(10)
    await Effect.runPromise(Fiber.join(fiber))
    assert.deepStrictEqual(sent(), [1, 2, 3, 4, 5])
  })

  it("an emission that is interrupted while it waits leaves no trace: S236", async () => {
    const { emitter, sent } = made(0)
    await Effect.runPromise(Fiber.interrupt(Effect.runFork(emitter.emit([1]))))
    emitter.grant(1)
    Effect.runSync(emitter.emit([2]))
    assert.deepStrictEqual(sent(), [2])
  })

  it("an element that cannot be sent is the failure, after those before it: S232, G10", () => {
    const { emitter, sent } = made(8, (element) => {
      if (element === 3) throw "no"
      return element
    })
    assert.deepStrictEqual(Effect.runSyncExit(emitter.emit([1, 2, 3, 4])), Exit.fail("no"))
    assert.deepStrictEqual(sent(), [1, 2])
  })

  it("each element is captured when it is emitted: S231, G10", () => {
    const { emitter, sent } = made(8)
    const shared = { n: 1 }
    Effect.runSync(emitter.emit([shared]))
    shared.n = 2
    Effect.runSync(emitter.emit([shared]))
    assert.deepStrictEqual(sent(), [{ n: 1 }, { n: 2 }])
  })
})
